"""What a receiver answers is posted, or noted."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from accounts.people.models import User
from channels_app.membership.models import Channel, ChannelMember
from channels_app.posts.models import Post
from integrations.delivery import worker
from integrations.delivery.models import DELIVERED, Attempt, Delivery
from integrations.outgoing.models import OutgoingWebhook
from tests import at_once, make
from tests.deliveries import hook_of, post_of

PATIENCE = 20.0


def test_reply_is_posted_by_the_creator_of_the_hook(
    owed: Any, answers: Any, after: Any, replies_to: Any
) -> None:
    answers({"text": "hello back"})
    tried = after(owed())

    (reply,) = replies_to(tried)
    assert (reply.message, reply.user_id) == ("hello back", hook_of(tried).creator_id)
    assert (reply.channel_id, reply.root_id) == (post_of(tried).channel_id, None)
    assert reply.props["from_webhook"] == "true"


def test_reply_fires_no_hooks(owed: Any, answers: Any, after: Any) -> None:
    answers({"text": "trigger again"})
    after(owed())

    assert Delivery.objects.count() == 1


def test_name_and_picture_of_the_hook_are_those_of_the_reply(
    owed: Any, console: Any, answers: Any, after: Any, replies_to: Any
) -> None:
    console(
        ServiceSettings__EnablePostUsernameOverride=True,
        ServiceSettings__EnablePostIconOverride=True,
    )
    answers({"text": "x"})
    due = owed()
    OutgoingWebhook.objects.update(username="robot", icon_url="/i.png", display_name="Builds")

    (reply,) = replies_to(after(due))

    assert reply.props["override_username"] == "robot"
    assert reply.props["override_icon_url"] == "/i.png"
    assert reply.props["webhook_display_name"] == "Builds"


def test_comment_answers_in_the_thread(
    owed: Any, answers: Any, after: Any, replies_to: Any
) -> None:
    answers({"text": "x", "response_type": "comment"})
    tried = after(owed())

    assert replies_to(tried)[0].root_id == tried.cause_id


def test_comment_on_a_reply_goes_to_the_first_post_of_the_thread(
    owed: Any, answers: Any, after: Any
) -> None:
    answers({"text": "x", "response_type": "comment"})
    author = make.user()
    root = make.post(make.channel(), author)
    tried = after(owed(post=make.post(root.channel, author, root=root)))

    reply = Post.objects.exclude(id__in=[root.id, tried.cause_id]).get()
    assert reply.root_id == root.id


def test_blocks_alone_make_a_reply(owed: Any, answers: Any, after: Any, replies_to: Any) -> None:
    answers({"blocks": [{"type": "header", "text": {"type": "plain_text", "text": "Done"}}]})
    (reply,) = replies_to(after(owed()))

    assert reply.message == "### Done"


def test_attachments_alone_make_a_reply(
    owed: Any, answers: Any, after: Any, replies_to: Any
) -> None:
    answers({"attachments": [{"text": "att"}]})

    (reply,) = replies_to(after(owed()))

    assert (reply.message, reply.type) == ("", "slack_attachment")


@pytest.mark.parametrize("body", ["", " \n", "{}", '{"text": null}', '{"text": ""}', "null"])
def test_empty_reply_posts_nothing(
    owed: Any, httpserver: HTTPServer, body: str, after: Any, replies_to: Any
) -> None:
    httpserver.expect_request("/hook").respond_with_data(body)
    tried = after(owed())

    assert (tried.status, tried.note, replies_to(tried)) == (DELIVERED, "", [])


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ("ok", ""),
        ("<html></html>", ""),
        ('{"text": 5}', "text"),
        ('{"text": "x", "props": []}', "props"),
        ('{"text": "x", "type": "system_join_channel"}', "type"),
    ],
)
def test_reply_that_cannot_be_posted_is_noted_and_not_fetched_again(
    owed: Any, httpserver: HTTPServer, body: str, named: str, after: Any, replies_to: Any
) -> None:
    httpserver.expect_request("/hook").respond_with_data(body)
    tried = after(owed())

    assert tried.status == DELIVERED
    assert tried.note.startswith("Reply not posted: ")
    assert named in tried.note
    assert replies_to(tried) == []


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_errors_are_not_posted(
    owed: Any, status: int, answers: Any, after: Any, replies_to: Any
) -> None:
    answers({"text": "an error"}, status=status)

    assert replies_to(after(owed())) == []


def _archive(post: Post) -> None:
    Channel.objects.filter(id=post.channel_id).update(delete_at=1)


def _delete(post: Post) -> None:
    Post.objects.filter(id=post.id).update(delete_at=1)


@pytest.mark.parametrize(
    ("happens", "note"),
    [
        (_archive, "Reply not posted: the channel was archived meanwhile."),
        (_delete, "Reply not posted: the post it answers was deleted meanwhile."),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_what_happens_while_the_receiver_thinks_counts(
    owed: Any,
    httpserver: HTTPServer,
    happens: Callable[[Post], None],
    note: str,
    after: Any,
    replies_to: Any,
) -> None:
    due = owed()

    def think(request: Request) -> Response:
        happens(post_of(due))
        connection.close()
        return Response('{"text": "x", "response_type": "comment"}')

    httpserver.expect_request("/hook").respond_with_handler(think)

    assert after(due).note == note
    assert replies_to(due) == []


def test_hook_of_a_deactivated_creator_goes_on(
    owed: Any, answers: Any, after: Any, replies_to: Any
) -> None:
    answers({"text": "still here"})
    due = owed()
    User.objects.filter(id=hook_of(due).creator_id).update(delete_at=1)

    assert len(replies_to(after(due))) == 1


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_receivers_that_answer_to_everybody_at_once_are_each_called_once(
    owed: Any, answers: Any
) -> None:
    creator = make.user()
    channel = make.channel(make.team(creator), creator)
    hook = make.outgoing_hook(make.team_of(channel), creator)
    for _ in range(100):
        ChannelMember.objects.create(channel=channel, user=make.user())
    answers({"text": "@all seen"})
    due = [
        [owed(post=make.post(channel, creator, "trigger"), hook=hook) for _ in range(5)]
        for _ in range(8)
    ]

    def work(number: int) -> None:
        for one in due[number]:
            worker.attempt(delivery_id=one.id)

    at_once.do(work, threads=8)

    assert set(Delivery.objects.values_list("status", "attempt_count")) == {(DELIVERED, 1)}
    assert Attempt.objects.count() == 40
    assert Post.objects.filter(channel=channel, message="@all seen").count() == 40


def test_a_reply_reaches_a_closed_channel_only_as_a_member_of_it(
    owed: Any, answers: Any, after: Any, replies_to: Any
) -> None:
    answers({"text": "hello back"})
    due = owed(post=make.post(make.channel(type="P"), make.user(), "trigger me"))
    assert not replies_to(after(due))
    due.refresh_from_db()
    assert due.note.startswith("Reply not posted: the channel is closed")
    member = owed(post=post_of(due), hook=hook_of(due))
    post_of(due).channel.members.create(user=hook_of(due).creator)
    assert replies_to(after(member))
