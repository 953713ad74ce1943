"""What the tests of outgoing webhooks share: deliveries that are due, and a receiver for them."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from channels_app.posts.models import Post
from integrations.delivery.endpoints import endpoint_of
from integrations.outgoing import delivery, payload
from integrations.outgoing.models import JSON, Delivery
from mattermost_hooks.records import now_ms
from tests import make


@pytest.fixture
def owed(console: Any, httpserver: HTTPServer) -> Callable[..., Delivery]:
    """`owed(url=…)`: a delivery of a new post, due now; to the test's receiver unless told otherwise."""
    console(ServiceSettings__AllowedUntrustedInternalConnections="127.0.0.1 localhost")

    def make_delivery(**more: Any) -> Delivery:
        post: Post = more.pop("post", None) or make.post(make.channel(), make.user(), "trigger me")
        assert post.channel.team is not None
        hook = more.pop("hook", None) or make.outgoing_hook(post.channel.team, make.user())
        fields = {"url": httpserver.url_for("/hook"), "content_type": JSON} | more
        fields |= {"endpoint": endpoint_of(fields["url"])}
        return Delivery.objects.create(
            hook=hook,
            post=post,
            payload=payload.build(post, trigger_word="trigger"),
            **fields,
        )

    return make_delivery


@pytest.fixture
def answers(httpserver: HTTPServer) -> Callable[..., None]:
    """`answers({"text": "hi"}, status=500)`: what the receiver answers to every request."""

    def answer(response_json: object = None, **more: Any) -> None:
        handler = httpserver.expect_request("/hook")
        handler.respond_with_json({} if response_json is None else response_json, **more)

    return answer


@pytest.fixture
def after() -> Callable[[Delivery], Delivery]:
    """`after(owed())`: the delivery after one attempt."""

    def attempt(due: Delivery) -> Delivery:
        delivery.attempt(delivery_id=due.id)
        due.refresh_from_db()
        return due

    return attempt


@pytest.fixture
def fall_due() -> Callable[[Delivery], None]:
    """`fall_due(due)`: its time has come."""

    def pass_time(waiting: Delivery) -> None:
        Delivery.objects.filter(id=waiting.id).update(due_at=now_ms())

    return pass_time


@pytest.fixture
def replies_to() -> Callable[[Delivery], list[Post]]:
    """`replies_to(due)`: all posts but the one that is delivered, oldest first."""

    def posted(of: Delivery) -> list[Post]:
        return list(Post.objects.exclude(id=of.post_id).order_by("create_at"))

    return posted
