"""How the System Console shows clocks and secrets, and lists of very many records."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from integrations.delivery.models import DELIVERED, FAILED, Delivery
from mattermost_hooks.console import record_admin
from mattermost_hooks.console.record_admin import clock, masked
from mattermost_hooks.records import new_id
from tests import browsing, make, plans
from tests.deliveries import hook_of, owed, post_of


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (0, ""),
        (1, "1970-01-01 00:00:00"),
        (1_700_000_000_999, "2023-11-14 22:13:20"),
        (4_102_444_800_000, "2100-01-01 00:00:00"),
    ],
)
def test_a_clock_is_shown_as_date_and_time_in_utc(milliseconds: int, shown: str) -> None:
    assert clock(milliseconds) == shown


def test_a_mask_keeps_four_letters_and_no_hint_of_the_length() -> None:
    secret = new_id()
    assert masked(secret) == f"{secret[:4]}…"
    assert masked(secret * 2) == masked(secret)


# --- Lists of many records ----------------------------------------------------------------------------


@pytest.fixture
def browser() -> Client:
    """An administrator's browser."""
    return browsing.signed_in(make.admin())


@pytest.fixture
def deliveries() -> list[Delivery]:
    """Sixty failed deliveries, each of a hook of its own."""
    ann = make.user()
    team = make.team(ann)
    post = make.post(make.channel(team, ann), ann)
    return Delivery.objects.bulk_create(
        owed(make.outgoing_hook(team, ann, display_name=f"Hook {number}."), post, status=FAILED)
        for number in range(60)
    )


LOG = "/admin_console/integrations/delivery/"


@pytest.mark.django_db
def test_a_long_list_is_counted_and_shown_up_to_a_limit_and_says_so(
    browser: Client, deliveries: list[Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "60\n" in browsing.text_of(browser.get(LOG))
    monkeypatch.setattr(record_admin, "MOST_LISTED", 55)
    with CaptureQueriesContext(connection) as queries:
        page = browsing.text_of(browser.get(LOG))
    assert "and more, which are not listed" in page
    assert "?p=2" in page
    counts = [one["sql"] for one in queries if "COUNT(" in one["sql"]]
    assert all("LIMIT 56" in sql and "ORDER BY" not in sql for sql in counts)
    last = browsing.text_of(browser.get(LOG, {"p": 2}))
    assert last.count('name="_selected_action"') == 5
    assert browser.get(LOG, {"p": 3}).status_code == 302


@pytest.mark.django_db
def test_a_filter_offers_some_of_many_teams_and_takes_every_other(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_admin, "MOST_CHOICES", 10)
    ann = make.user()
    hooks = [
        make.outgoing_hook(make.team(ann), ann, display_name=f"Hook {number}.")
        for number in range(12)
    ]
    address = "/admin_console/integrations/outgoingwebhook/"
    page = browsing.text_of(browser.get(address))
    assert "team (the first 10)" in page
    assert page.count("?team__id__exact=") == 10
    for number, hook in enumerate(hooks):
        of_team = browsing.text_of(browser.get(address, {"team__id__exact": hook.team_id}))
        assert [n for n in range(12) if f"Hook {n}." in of_team] == [number]


@pytest.mark.django_db
def test_an_action_on_very_many_records_takes_the_first_and_says_so(
    browser: Client, deliveries: list[Delivery], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_admin, "MOST_AT_ONCE", 7)
    fields = {
        "action": "deliver_again",
        "select_across": "1",
        "_selected_action": [one.id for one in deliveries[:50]],
    }
    page = browsing.text_of(browser.post(LOG, fields, follow=True))
    assert "Only the first 7 of your choice were taken." in page
    assert Delivery.objects.filter(status=FAILED).count() == 53


@pytest.mark.servers
@pytest.mark.django_db
def test_failed_deliveries_are_listed_from_their_index(deliveries: list[Delivery]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("plans are read on PostgreSQL")
    one = deliveries[0]
    Delivery.objects.bulk_create(
        owed(hook_of(one), post_of(one), status=DELIVERED) for _ in range(5000)
    )
    failed = Delivery.objects.filter(status=FAILED)
    assert plans.rows_touched(failed.order_by("-id")[:50]) < 200
    assert (
        plans.rows_touched(Delivery.objects.filter(owner_id=one.owner_id).order_by("-id")[:20])
        < 100
    )
