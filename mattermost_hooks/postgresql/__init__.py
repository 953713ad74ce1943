"""Django's PostgreSQL backend with connections of our own, which notice when the server is away."""

_watching_threads = 0


def watch(*, connections: int) -> None:
    """From now on nobody in this process waits for a PostgreSQL that is away; called before any connection.

    So many threads may need one at the same time. Workers and commands do not watch: nobody waits for them,
    and what they are at may take its time.
    """
    global _watching_threads
    _watching_threads = connections


def watching_threads() -> int:
    """How many threads of this process may be refused; 0 when none may."""
    return _watching_threads
