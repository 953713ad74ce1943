"""What became of deliveries, read at a cost that does not grow with them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.people.models import User
from channels_app.posts.models import Post
from integrations.delivery import log
from integrations.delivery.models import Delivery
from integrations.outgoing.models import OutgoingWebhook
from tests import deliveries as deliveries_made
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def post() -> Post:
    """A post that hooks report."""
    ann = make.user()
    return make.post(make.channel(None, ann), ann)


def hook(post: Post, *, deliveries: int = 0) -> OutgoingWebhook:
    """A hook with so many deliveries, all newer than those of the hooks before."""
    assert post.channel.team
    made = make.outgoing_hook(post.channel.team, User.objects.get(id=post.user_id))
    Delivery.objects.bulk_create(deliveries_made.owed(made, post) for _ in range(deliveries))
    return made


def latest_of(hooks: list[OutgoingWebhook]) -> dict[str, Delivery]:
    """The latest delivery of each of these hooks."""
    return log.latest_of_each(OutgoingWebhook, [one.id for one in hooks])


def test_the_latest_of_each_hook_is_found(post: Post) -> None:
    hooks = [hook(post, deliveries=number) for number in (3, 0, 2)]
    latest = latest_of(hooks)
    assert set(latest) == {hooks[0].id, hooks[2].id}
    for one in latest.values():
        ids = Delivery.objects.filter(owner_id=one.owner_id).values_list("id", flat=True)
        assert one.id == max(ids)


@pytest.mark.parametrize("counts", [[30, 1, 30], [1] * 30, [5, 0, 7], [], [0]])
def test_the_most_recent_of_all_hooks_are_found(post: Post, counts: list[int]) -> None:
    hooks = [hook(post, deliveries=number) for number in counts]
    hook(post, deliveries=30)  # nobody asks about this one
    latest = latest_of(hooks)
    found = log.most_recent(latest.values(), limit=20)
    expected = Delivery.objects.filter(owner_id__in=[one.id for one in hooks]).order_by("-id")[:20]
    assert [one.id for one in found] == [one.id for one in expected]


def test_hooks_that_have_rested_for_long_are_not_asked(post: Post) -> None:
    resting = [hook(post, deliveries=1) for _ in range(40)]
    busy = hook(post, deliveries=25)
    latest = latest_of([*resting, busy])
    with CaptureQueriesContext(connection) as queries:
        log.most_recent(latest.values(), limit=20)
    assert len(queries) == 1


def test_what_a_hook_delivered_of_a_post_is_found_however_much_followed(post: Post) -> None:
    mine = hook(post, deliveries=2)
    other = make.post(post.channel, post.user)
    followed = (deliveries_made.owed(mine, other) for _ in range(log.MOST_FOLLOWING))
    Delivery.objects.bulk_create(followed)
    hook(post, deliveries=1)
    found = log.of_cause(mine.id, post.id)
    assert [one.owner_id for one in found] == [mine.id] * 2
    assert {one.cause_id for one in found} == {post.id}
    assert [one.id for one in found] == sorted(one.id for one in found)
