"""An application that says which process answered, for tests of the web worker."""

import json
import os
from collections.abc import Awaitable, Callable
from typing import Any


class WhoAmI:
    """Answers every request with the process it is in, its niceness and how much body came."""

    def is_hook_call(self, method: str, path: str) -> bool:
        """As in the real application, in short."""
        return method == "POST" and path.startswith("/hooks/")

    def end_streams(self) -> None:
        """There are none."""

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message["body"]), message["more_body"]
        said = {"process": os.getpid(), "niceness": os.nice(0), "body": size, "path": scope["path"]}
        body = json.dumps(said).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


application = WhoAmI()
