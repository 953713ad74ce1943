"""Who finds which deliveries, and what starts over."""

from typing import Any

import pytest

from accounts.people.models import User
from channels_app.membership.models import Channel, ChannelMember, Team
from integrations.delivery import deliveries
from integrations.delivery.models import DELIVERED, FAILED, PENDING, Delivery, Trouble
from integrations.delivery_log import reading
from integrations.outgoing.hooks import KIND
from integrations.outgoing.models import OutgoingWebhook
from mattermost_hooks.errors import AppError
from mattermost_hooks.records import first_ordered_id, new_id, now_ms
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def asks(hook: OutgoingWebhook, manager: User) -> dict[str, Any]:
    """What the manager says in every call."""
    return {"actor": manager, "kind": KIND, "hook": hook}


def test_deliveries_are_found_newest_first_and_cut_by_the_last_one_seen(
    asks: dict[str, Any], sent: Any
) -> None:
    made = [sent(status=DELIVERED).id for _ in range(5)][::-1]

    first = reading.of_hook(**asks, limit=2)
    then = reading.of_hook(**asks, before=first[-1].id, limit=10)

    assert [one.id for one in first + then] == made


def test_deliveries_of_one_status_are_found(asks: dict[str, Any], sent: Any) -> None:
    by_status = {status: sent(status=status).id for status in reading.STATES}

    for status, delivery_id in by_status.items():
        found = reading.of_hook(**asks, status=status, limit=10)
        assert [one.id for one in found] == [delivery_id]


@pytest.mark.parametrize("wrong", [{"before": "x"}, {"status": "lost"}])
def test_what_is_no_id_or_status_is_refused_by_name(
    asks: dict[str, Any], wrong: dict[str, Any]
) -> None:
    with pytest.raises(AppError, match=next(iter(wrong))) as refusal:
        reading.of_hook(**asks, **wrong, limit=10)
    assert refusal.value.status == 400


def test_a_delivery_of_another_hook_is_not_found(
    asks: dict[str, Any], sent: Any, team: Team, manager: User
) -> None:
    delivery = sent()
    other = make.outgoing_hook(team, manager)

    for call in (reading.one, reading.deliver_again):
        with pytest.raises(AppError) as refusal:
            call(**asks | {"hook": other}, delivery_id=delivery.id)
        assert refusal.value.status == 404


def test_bodies_are_for_those_who_may_read_the_channel(
    asks: dict[str, Any], sent: Any, team: Team, manager: User
) -> None:
    closed = make.channel(team, type="P")
    delivery = sent(on=closed)
    assert not reading.one(**asks, delivery_id=delivery.id).may_read

    ChannelMember.objects.create(channel=closed, user=manager)
    assert reading.one(**asks, delivery_id=delivery.id).may_read


def test_only_what_was_given_up_since_then_starts_over_and_not_all_at_once(
    asks: dict[str, Any], sent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MOST_A_SECOND", 2)
    old, delivered = sent(status=FAILED), sent(status=DELIVERED)
    since = now_ms() + 1
    for number in range(5):
        sent(status=FAILED, id=_id_at(since + number))

    assert reading.deliver_failed_again(**asks, since=since) == 5

    due = list(
        Delivery.objects.filter(status=PENDING).order_by("id").values_list("due_at", flat=True)
    )
    assert [at - due[0] >= 900 for at in due] == [False, False, True, True, True]
    assert due[4] - due[0] >= 1900
    assert {Delivery.objects.get(id=one.id).status for one in (old, delivered)} == {
        FAILED,
        DELIVERED,
    }


def test_starting_over_names_who_wished_it(asks: dict[str, Any], sent: Any) -> None:
    again = reading.deliver_again(**asks, delivery_id=sent(status=FAILED).id)
    assert (again.status, again.note) == (PENDING, "Started over by @manager.")


def test_an_address_is_switched_on_again(
    asks: dict[str, Any], hook: OutgoingWebhook, channel: Channel
) -> None:
    url = hook.callback_urls[0]
    Trouble.objects.create(kind="x", owner_id=hook.id, url=url, since=1, ended_at=2)

    reading.switch_on(**asks, url=url)

    assert not Trouble.objects.exists()


def test_nothing_of_it_is_for_people_who_may_not_manage_the_hook(
    asks: dict[str, Any], sent: Any, team: Team
) -> None:
    somebody, delivery = make.user(), sent()
    team.members.create(user=somebody)
    asked = asks | {"actor": somebody}
    for call in (
        lambda: reading.of_hook(**asked, limit=1),
        lambda: reading.one(**asked, delivery_id=delivery.id),
        lambda: reading.deliver_again(**asked, delivery_id=delivery.id),
        lambda: reading.deliver_failed_again(**asked, since=0),
        lambda: reading.switch_on(**asked, url="x"),
    ):
        with pytest.raises(AppError) as refusal:
            call()
        assert refusal.value.status == 403


def _id_at(at: int) -> str:
    return f"{first_ordered_id(at)[:20]}{new_id()[:6]}"
