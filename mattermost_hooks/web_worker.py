"""Gunicorn's ASGI worker, with one addition: event streams end as soon as it is told to stop."""

from gunicorn.workers.gasgi import ASGIWorker


class WebWorker(ASGIWorker):  # type: ignore[misc] # gunicorn has no types
    """Without this a stop would wait for every open page, up to the graceful time-out."""

    def handle_exit_signal(self) -> None:
        """SIGTERM: no new connections, and no more events for the open ones."""
        super().handle_exit_signal()
        self.asgi.end_streams()
