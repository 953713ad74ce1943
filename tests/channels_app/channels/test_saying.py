"""What people write into the message box."""

import pytest

from accounts.people.models import User
from channels_app.channels import saying
from channels_app.membership.models import Channel
from channels_app.posts.models import Post
from mattermost_hooks.errors import AppError
from tests import at_once, make

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    """A member of the channel."""
    return make.user("ann")


@pytest.fixture
def channel(ann: User) -> Channel:
    """Where she writes."""
    return make.channel(None, ann)


@pytest.mark.parametrize(
    "message", ["/deploy", "/", "/deploy now", "//", "/etc/passwd is open", "/ a"]
)
def test_what_looks_like_a_command_is_refused_with_a_way_on(
    ann: User, channel: Channel, message: str
) -> None:
    with pytest.raises(AppError) as caught:
        saying.say(actor=ann, channel=channel, message=message)
    assert caught.value.status == 400
    assert "blank before the /" in caught.value.detail
    assert not Post.objects.exists()


@pytest.mark.parametrize(
    "message", [" /deploy", "\n/deploy", "see /deploy", "`/deploy`", "\\/deploy"]
)
def test_what_only_holds_a_slash_is_posted_as_it_is(
    ann: User, channel: Channel, message: str
) -> None:
    assert saying.say(actor=ann, channel=channel, message=message).message == message


@pytest.mark.parametrize("message", ["", "  ", "\n\t "])
def test_nothing_is_not_posted(ann: User, channel: Channel, message: str) -> None:
    with pytest.raises(AppError):
        saying.say(actor=ann, channel=channel, message=message)
    bob = make.user("bob")
    with pytest.raises(AppError):
        saying.say_to_person(actor=ann, other=bob, message=message)
    assert not Channel.objects.filter(type="D").exists()
    assert not Post.objects.exists()


def test_the_same_form_sent_again_is_the_same_post(ann: User, channel: Channel) -> None:
    first = saying.say(actor=ann, channel=channel, message="hello", form_id="f")
    assert saying.say(actor=ann, channel=channel, message="hello", form_id="f") == first
    assert Post.objects.count() == 1


def test_who_goes_back_to_a_form_and_writes_something_else_is_heard(
    ann: User, channel: Channel
) -> None:
    elsewhere = make.channel(None, ann)
    root = saying.say(actor=ann, channel=channel, message="hello", form_id="f")
    saying.say(actor=ann, channel=channel, message="hello again", form_id="f")
    saying.say(actor=ann, channel=channel, message="hello", root_id=root.id, form_id="f")
    saying.say(actor=ann, channel=elsewhere, message="hello", form_id="f")
    saying.say(actor=ann, channel=channel, message="hello")
    saying.say(actor=ann, channel=channel, message="hello")
    assert Post.objects.count() == 6


def test_a_form_id_of_any_length_will_do(ann: User, channel: Channel) -> None:
    for _ in range(2):
        saying.say(actor=ann, channel=channel, message="hello", form_id="f" * 5_000)
    assert Post.objects.count() == 1


def test_a_reply_needs_a_thread_that_is_there(ann: User, channel: Channel) -> None:
    root = make.post(channel, ann, "root")
    assert saying.say(actor=ann, channel=channel, message="a", root_id=root.id).root == root
    elsewhere = make.post(make.channel(None, ann), ann)
    gone = make.post(channel, ann, "gone", delete_at=1)
    for root_id in (elsewhere.id, gone.id, "x" * 26):
        with pytest.raises(AppError) as caught:
            saying.say(actor=ann, channel=channel, message="a", root_id=root_id)
        assert "replying to" in caught.value.message


@pytest.mark.servers
@pytest.mark.django_db(transaction=True)
def test_a_form_sent_several_times_at_once_is_one_post(ann: User, channel: Channel) -> None:
    made = at_once.do(
        lambda _: saying.say(actor=ann, channel=channel, message="hello", form_id="f"), threads=6
    )
    assert len({post.id for post in made}) == 1
    assert Post.objects.count() == 1
