"""A call of an incoming webhook: what is posted where, and what is refused with which words."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.people.models import User
from channels_app.channels import channels
from channels_app.membership import permissions
from channels_app.membership.models import Channel, ChannelMember
from channels_app.posts.models import Post
from integrations.incoming.models import IncomingWebhook
from integrations.incoming.receive import receive
from mattermost_hooks import process_cache
from mattermost_hooks.errors import AppError
from tests import make

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


@pytest.fixture
def hook() -> IncomingWebhook:
    """A hook of ann in a public channel."""
    ann = make.user("ann")
    return make.incoming_hook(make.channel(make.team(ann), ann, name="golden"), ann)


def call(hook: IncomingWebhook, hook_id: str = "", **payload: Any) -> list[Post]:
    body = json.dumps({"text": "hi"} | payload).encode()
    return receive(hook_id=hook_id or hook.id, content_type="application/json", body=body, query={})


def refusal(hook: IncomingWebhook, **payload: Any) -> tuple[str, int]:
    with pytest.raises(AppError) as caught:
        call(hook, **payload)
    assert not Post.objects.exists()
    return caught.value.id, caught.value.status


def other_channel(hook: IncomingWebhook, *members: User, **more: Any) -> Channel:
    return make.channel(hook.team, *members, **more)


def test_the_text_stands_in_the_hooks_channel_under_its_owner(hook: IncomingWebhook) -> None:
    (post,) = call(hook)
    assert (post.message, post.channel, post.user) == ("hi", hook.channel, hook.user)
    assert post.props == {"from_webhook": "true", "webhook_display_name": ""}


@pytest.mark.parametrize("name", ["{}", "#{}"])
def test_a_channel_is_named_by_its_handle(hook: IncomingWebhook, name: str) -> None:
    target = other_channel(hook)
    (post,) = call(hook, channel=name.format(target.name))
    assert post.channel == target


def test_a_channel_of_another_team_is_not_found(hook: IncomingWebhook) -> None:
    elsewhere = make.channel(name="elsewhere")
    assert refusal(hook, channel=elsewhere.name) == ("web.incoming_webhook.channel.app_error", 404)


def test_an_archived_channel_is_not_found_by_name(hook: IncomingWebhook) -> None:
    archived = other_channel(hook, delete_at=1)
    assert refusal(hook, channel=archived.name)[1] == 404


def test_a_person_is_reached_in_the_direct_channel_with_the_owner(hook: IncomingWebhook) -> None:
    bob = make.user("bob")
    (post,) = call(hook, channel="@Bob")
    assert post.channel == channels.direct(hook.user, bob)


def test_a_hook_without_direct_messages_writes_to_nobody_in_its_owners_name(
    hook: IncomingWebhook,
) -> None:
    bob, eve = make.user("bob"), make.user("eve")
    there = channels.direct(hook.user, bob)
    IncomingWebhook.objects.update(direct_messages=False)
    wanted = ("web.incoming_webhook.permissions.app_error", 403)
    for target in ("@bob", "@eve", there.name):
        assert refusal(hook, channel=target) == wanted
    assert not Channel.objects.filter(members__user=eve).exists()


def test_a_locked_hook_makes_no_direct_channel_before_it_is_refused(hook: IncomingWebhook) -> None:
    bob = make.user("bob")
    IncomingWebhook.objects.update(channel_locked=True)
    assert refusal(hook, channel="@bob") == ("web.incoming_webhook.channel_locked.app_error", 403)
    assert not Channel.objects.filter(members__user=bob).exists()


def test_an_unknown_person_is_a_400(hook: IncomingWebhook) -> None:
    assert refusal(hook, channel="@nobody") == ("web.incoming_webhook.user.app_error", 400)


def test_a_private_channel_needs_the_owners_membership(hook: IncomingWebhook) -> None:
    private = other_channel(hook, type="P")
    wanted = ("web.incoming_webhook.permissions.app_error", 403)
    assert refusal(hook, channel=private.name) == wanted
    ChannelMember.objects.create(channel=private, user=hook.user)
    assert call(hook, channel=private.name)


def test_not_even_an_administrators_hook_reaches_closed_channels_of_others(
    hook: IncomingWebhook,
) -> None:
    root = make.admin()
    IncomingWebhook.objects.update(user=root)
    wanted = ("web.incoming_webhook.permissions.app_error", 403)
    for closed in (
        channels.direct(make.user(), make.user()),
        make.channel(hook.team, name="hidden", type="P"),
        Channel.objects.create(name="f" * 40, type="G"),
    ):
        assert refusal(hook, channel=closed.name) == wanted
        ChannelMember.objects.create(channel=closed, user=root)
        process_cache.forget_now(permissions.channel_member_subject(closed.id, root.id))
        assert call(hook, channel=closed.name)
        Post.objects.all().delete()


def test_a_hook_loses_its_private_channel_with_its_owners_membership(hook: IncomingWebhook) -> None:
    private = other_channel(hook, hook.user, type="P")
    IncomingWebhook.objects.update(channel=private)
    assert call(hook)
    Post.objects.all().delete()
    private.members.all().delete()
    process_cache.forget_now(permissions.channel_member_subject(private.id, hook.user_id))
    assert refusal(hook) == ("web.incoming_webhook.permissions.app_error", 403)


def test_a_system_administrators_hook_stays_in_the_private_channel_it_was_made_for(
    hook: IncomingWebhook,
) -> None:
    private = other_channel(hook, type="P")
    IncomingWebhook.objects.update(user=make.admin(), channel=private)
    assert call(hook)


def test_a_public_channel_needs_no_membership(hook: IncomingWebhook) -> None:
    hook.channel.members.all().delete()
    assert call(hook)


def test_a_locked_hook_refuses_another_channel_and_takes_its_own_by_name(
    hook: IncomingWebhook,
) -> None:
    IncomingWebhook.objects.update(channel_locked=True)
    target = other_channel(hook)
    wanted = ("web.incoming_webhook.channel_locked.app_error", 403)
    assert refusal(hook, channel=target.name) == wanted
    assert call(hook, channel=hook.channel.name)


def test_an_unknown_hook_a_deleted_one_and_one_of_an_archived_team_are_invalid(
    hook: IncomingWebhook,
) -> None:
    invalid = ("web.incoming_webhook.invalid.app_error", 400)
    assert refusal(hook, hook_id="v" * 26) == invalid
    assert refusal(hook, hook_id=hook.id.upper()) == invalid
    IncomingWebhook.objects.update(delete_at=1)
    assert refusal(hook) == invalid
    IncomingWebhook.objects.update(delete_at=0)
    hook.team.delete_at = 1
    hook.team.save()
    assert refusal(hook) == invalid


def test_the_switch_of_the_console_acts_at_once(
    hook: IncomingWebhook, console: Callable[..., None]
) -> None:
    assert call(hook)
    Post.objects.all().delete()
    console(ServiceSettings__EnableIncomingWebhooks=False)
    assert refusal(hook) == ("web.incoming_webhook.disabled.app_error", 501)


def test_blocks_beside_an_empty_attachment_leave_something_to_read(hook: IncomingWebhook) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "<!here> *down*"}}
    (post,) = call(hook, text="", blocks=[section], attachments=[{}])
    assert post.message == "@here **down**"
    (post,) = call(hook, text="", attachments=[{"blocks": [section, {"type": "call"}]}])
    assert post.props["attachments"][0]["text"] == (
        "@here **down**\n\n*Not shown: a block of the type `call`*"
    )


def test_blocks_without_a_word_are_refused_like_no_text(hook: IncomingWebhook) -> None:
    assert refusal(hook, text="", blocks=[{"type": "divider"}])[0] == (
        "web.incoming_webhook.text.app_error"
    )


def test_no_text_is_refused_before_the_hook_is_looked_at(hook: IncomingWebhook) -> None:
    assert refusal(hook, hook_id="v" * 26, text="") == ("web.incoming_webhook.text.app_error", 400)


def test_a_deactivated_owners_hook_goes_on(hook: IncomingWebhook) -> None:
    hook.user.delete_at = 1
    hook.user.save()
    assert call(hook)


def test_a_reply_goes_into_the_thread_even_when_the_root_named_is_a_reply(
    hook: IncomingWebhook,
) -> None:
    root = make.post(hook.channel, hook.user)
    reply = make.post(hook.channel, hook.user, root=root)
    for named in (root, reply):
        (post,) = call(hook, root_id=named.id)
        assert post.root_id == root.id


def test_a_root_of_another_channel_or_of_nowhere_is_a_400(hook: IncomingWebhook) -> None:
    elsewhere = make.post(other_channel(hook), hook.user)
    for root_id in (elsewhere.id, "v" * 26, "nonsense"):
        with pytest.raises(AppError) as caught:
            call(hook, root_id=root_id)
        assert (caught.value.status, "root_id" in caught.value.detail) == (400, True)


def test_the_time_of_last_use_is_written_and_not_with_every_call(hook: IncomingWebhook) -> None:
    call(hook)
    hook.refresh_from_db()
    first = hook.last_used
    assert first
    call(hook)
    hook.refresh_from_db()
    assert hook.last_used == first


def test_a_plain_text_call_takes_at_most_three_statements_when_warm(
    hook: IncomingWebhook,
) -> None:
    call(hook)
    process_cache.refresh()
    with CaptureQueriesContext(connection) as queries:
        call(hook)
    statements = [one["sql"] for one in queries if not one["sql"].startswith(("SAVE", "RELEASE"))]
    assert len(statements) <= 3, statements


def test_an_archived_channel_is_not_found_as_the_hooks_own(hook: IncomingWebhook) -> None:
    Channel.objects.filter(id=hook.channel_id).update(delete_at=1)
    assert refusal(hook, text="hi") == ("web.incoming_webhook.channel.app_error", 404)
