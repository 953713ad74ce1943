"""A program behind an outgoing webhook that trusts signatures only: it answers who wrote what.

    pip install standardwebhooks
    SIGNING_SECRET=whsec_… PORT=5001 python examples/signed_receiver.py

The secret stands on the webhook's page. The callback URL is then http://127.0.0.1:5001/, the content type
application/json.
"""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

LARGEST_BODY = 1024 * 1024


class SignedReceiver(BaseHTTPRequestHandler):
    """One request of the webhook."""

    def do_POST(self) -> None:
        """Answer what is signed with our secret and not older than five minutes; refuse everything else."""
        length = min(int(self.headers.get("Content-Length") or 0), LARGEST_BODY)
        body = self.rfile.read(
            length
        )  # as it came: what was parsed and written anew has another signature
        try:
            call = Webhook(os.environ["SIGNING_SECRET"]).verify(body, dict(self.headers))
        except (
            WebhookVerificationError,
            ValueError,
        ):  # the latter for headers and bodies that are nonsense
            self._answer(401, {"error": "not signed with SIGNING_SECRET"})
            return
        self._answer(200, {"text": f"{call['user_name']} wrote: {call['text']}"})

    def _answer(self, status: int, fields: dict[str, str]) -> None:
        body = json.dumps(fields).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    address = (os.environ.get("BIND") or "127.0.0.1", int(os.environ.get("PORT") or 5001))
    ThreadingHTTPServer(address, SignedReceiver).serve_forever()
