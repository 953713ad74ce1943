"""A program behind an outgoing webhook: answers `#build` with the state of the last build.

    MATTERMOST_TOKEN=<the webhook's token> PORT=5000 python examples/build_bot.py

Its callback URL is then http://127.0.0.1:5000/. With MATTERMOST_TOKEN_FILE the token is read from that file
at every request, so that it can be changed while this runs. Needs nothing but Python.
"""

import hmac
import json
import os
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

LARGEST_BODY = 1024 * 1024

REPORT = """
---
##### Build Break - Project X - {time}
| Component  | Tests Run   | Tests Failed                                   |
|:-----------|:------------|:-----------------------------------------------|
| Server     | 948         | :white_check_mark: 0                           |
| Web Client | 123         | :warning: [2 (see details)](http://linktologs) |
| iOS Client | 78          | :warning: [3 (see details)](http://linktologs) |
---
"""


class BuildBot(BaseHTTPRequestHandler):
    """One request of the webhook."""

    def do_POST(self) -> None:
        """Answer those who know the token; everybody else is refused."""
        call = self._read_call()
        if not hmac.compare_digest(call.get("token", "").encode(), _token().encode()):
            self._answer(401, {"error": "the token is not MATTERMOST_TOKEN"})
            return
        time = datetime.now(UTC).strftime("%B %d, %Y - %H:%M GMT +0")
        self._answer(200, {"text": REPORT.format(time=time), "username": "build-bot"})

    def _read_call(self) -> dict[str, str]:
        """The fields of the call, whichever of the two content types the webhook sends."""
        length = min(int(self.headers.get("Content-Length") or 0), LARGEST_BODY)
        body = self.rfile.read(length).decode("utf-8", "replace")
        if not self.headers.get("Content-Type", "").startswith("application/json"):
            return dict(parse_qsl(body))
        try:
            fields = json.loads(body)
        except ValueError:
            return {}
        return (
            {key: str(value) for key, value in fields.items()} if isinstance(fields, dict) else {}
        )

    def _answer(self, status: int, fields: dict[str, str]) -> None:
        body = json.dumps(fields).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _token() -> str:
    if path := os.environ.get("MATTERMOST_TOKEN_FILE"):
        return Path(path).read_text().strip()
    return os.environ["MATTERMOST_TOKEN"]


class Server(ThreadingHTTPServer):
    """Listens at a port that another program of this user may have reserved for it."""

    allow_reuse_port = True


def serve(*, host: str, port: int) -> None:
    """Answer until the process ends."""
    Server((host, port), BuildBot).serve_forever()


if __name__ == "__main__":
    serve(host=os.environ.get("BIND") or "127.0.0.1", port=int(os.environ.get("PORT") or 5000))
