"""The same Django behind other people's servers, for benchmarks.servers."""

from typing import Any

from mattermost_hooks.asgi import Handler

application = Handler()


def __getattr__(name: str) -> Any:
    """`benchmarks.wsgi:through_a2wsgi` is made when a server asks for it: a2wsgi need not be installed."""
    if name != "through_a2wsgi":
        raise AttributeError(name)
    from a2wsgi import WSGIMiddleware

    return WSGIMiddleware(application, workers=4)
