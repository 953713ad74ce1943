"""A channel whose every post is reported to a program, which answers: what faults are seen by."""

import json
import threading
import time
from collections import Counter

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.running import Person


class Receiver:
    """A program behind an outgoing webhook: notes every post it hears of, and answers once it may."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("/")
        self.heard: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        server.expect_request("/").respond_with_handler(self._answer)

    def _answer(self, request: Request) -> Response:
        text = request.form["text"]
        self.heard.append(text)
        self.may_answer.wait()
        return Response(json.dumps({"text": reply_to(text)}))


class WatchedChannel:
    """A public channel of its own team, every post of which is reported to a receiver."""

    def __init__(self, admin: Person, receiver: Receiver) -> None:
        self._admin = admin
        name = f"team{time.time_ns()}"
        team = admin.call("POST", "/teams", {"name": name, "display_name": name, "type": "O"})
        square = admin.call("GET", f"/teams/{team['id']}/channels/name/town-square")
        self._id = square["id"]
        hook = {"team_id": team["id"], "channel_id": self._id, "callback_urls": [receiver.url]}
        admin.call("POST", "/hooks/outgoing", hook)

    def write(self, text: str) -> None:
        """Post as a person; HTTPError unless the server says that it took it."""
        self._admin.call("POST", "/posts", {"channel_id": self._id, "message": text})

    def texts(self) -> Counter[str]:
        """How often each text stands in the channel."""
        found: Counter[str] = Counter()
        number = 0
        while posts := self._page(number):
            found.update(post["message"] for post in posts)
            number += 1
        return found

    def is_answered(self, text: str) -> bool:
        """Does the answer to this text stand in the channel?"""
        return bool(self.texts()[reply_to(text)])

    def _page(self, number: int) -> list[dict[str, str]]:
        path = f"/channels/{self._id}/posts?per_page=200&page={number}"
        return list(self._admin.call("GET", path)["posts"].values())


def reply_to(text: str) -> str:
    """What receivers answer."""
    return f"heard: {text}"
