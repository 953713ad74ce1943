"""manage.py explain."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from channels_app.posts import posts
from channels_app.posts.models import Origin, Post
from integrations.delivery.models import DELIVERED, Delivery
from integrations.outgoing.models import OutgoingWebhook
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def hook() -> OutgoingWebhook:
    """A hook that fires on "trigger"."""
    ann = make.user("ann")
    return make.outgoing_hook(make.team(ann), ann)


def say(hook: OutgoingWebhook, message: str) -> Post:
    """A post of ann in the hook's team."""
    square = hook.team.channels.get()
    return posts.create(user=hook.creator, channel=square, message=message, origin=Origin.PERSON)


def explained(hook: OutgoingWebhook, post: Post) -> list[str]:
    """The lines of the answer."""
    said = StringIO()
    call_command("explain", hook.id, post.id, stdout=said)
    return said.getvalue().splitlines()


def test_it_says_every_rule_and_what_was_not_asked_any_more(hook: OutgoingWebhook) -> None:
    no = "The first word, “hello”, is none of the trigger words: “trigger”."
    assert explained(hook, say(hook, "hello")) == [
        f"It did not fire. {no}",
        "  ✓  Are outgoing webhooks switched on? Outgoing webhooks are switched on.",
        "  ✓  Did a person or a bot write the post? ann, a person, wrote it.",
        "  ✓  Is it in a public channel? Town Square is a public channel.",
        "  ✓  Is it of the webhook's team? The channel and the webhook are of the same team.",
        "  ✓  Are the webhook and its team still there? The webhook and its team are there.",
        "  ✓  Is its creator still there, where that is needed? Webhooks go on without their creators.",
        "  ✓  Does the webhook listen to the channel? The webhook listens to all public channels.",
        f"  ✗  Does the post begin as the webhook wants it? {no}",
        "  ·  Is there a callback URL to call? Not asked any more.",
    ]


def test_it_says_what_became_of_the_deliveries(hook: OutgoingWebhook) -> None:
    post = say(hook, "trigger")
    Delivery.objects.update(status=DELIVERED, attempt_count=1, note="Reply not posted: x")
    lines = explained(hook, post)
    assert lines[0] == "It fired and was delivered. Reply not posted: x"
    assert lines[-1] == "  →  http://127.0.0.1:9/hook: delivered, 1 try. Reply not posted: x"


def test_it_knows_deleted_hooks_and_posts_and_says_what_has_changed(hook: OutgoingWebhook) -> None:
    post = say(hook, "trigger")
    Post.objects.update(delete_at=1)
    Delivery.objects.all().delete()
    OutgoingWebhook.objects.update(delete_at=1, update_at=post.create_at + 1)
    lines = explained(hook, post)
    assert lines[:2] == [
        "It did not fire. The webhook is deleted.",
        "(The webhook was changed after the post; the rules are asked of it as it is now.)",
    ]


@pytest.mark.parametrize("which", ["hook", "post"])
def test_an_unknown_id_is_an_error(hook: OutgoingWebhook, which: str) -> None:
    ids = [hook.id, "nothing"] if which == "post" else ["nothing", say(hook, "x").id]
    with pytest.raises(CommandError, match=f"There is no .*{which} 'nothing'"):
        call_command("explain", *ids)
