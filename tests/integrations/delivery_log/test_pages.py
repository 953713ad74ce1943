"""The delivery log on the pages of a hook."""

from typing import Any

import pytest
from django.test import Client

from accounts.people.models import User
from integrations.delivery.models import DELIVERED, FAILED, PENDING, Attempt, Delivery, Trouble
from integrations.delivery_log import pages
from integrations.outgoing.models import OutgoingWebhook
from mattermost_hooks.records import now_ms
from tests import browsing

from .conftest import URL

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(manager: User) -> Client:
    """The manager's browser."""
    return browsing.signed_in(manager)


@pytest.fixture
def page(hook: OutgoingWebhook) -> str:
    """The page of the hook."""
    return f"/operations/account/integrations/outgoing/{hook.id}"


def test_the_way_leads_from_the_hook_to_its_log_and_to_each_delivery(
    browser: Client, page: str, sent: Any
) -> None:
    delivery = sent(status=DELIVERED)

    assert f'href="{page}/deliveries"' in browsing.text_of(browser.get(page))
    log = browsing.text_of(browser.get(f"{page}/deliveries"))
    assert f'href="{page}/deliveries/{delivery.id}"' in log
    assert "ci.example.com" in log
    assert "s3cret" not in log


def test_a_long_log_has_pages(
    browser: Client, page: str, sent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "DELIVERIES_ON_A_PAGE", 2)
    newest = [sent(status=FAILED).id for _ in range(5)][::-1]

    address, seen = f"{page}/deliveries?status=failed", []
    for number in range(3):
        shown = browser.get(address).context
        seen += [row.delivery.id for row in shown["deliveries"]]
        assert bool(shown["older"]) == (number < 2)
        address = f"{page}/deliveries?status=failed&before={shown['older']}"

    assert seen == newest


def test_the_log_shows_one_status_alone(browser: Client, page: str, sent: Any) -> None:
    made = {status: sent(status=status).id for status in (PENDING, DELIVERED, FAILED)}
    for status, delivery_id in made.items():
        shown = browser.get(f"{page}/deliveries?status={status}").context["deliveries"]
        assert [row.delivery.id for row in shown] == [delivery_id]


def test_a_delivery_shows_what_was_sent_every_attempt_and_the_answer_as_text(
    browser: Client, page: str, sent: Any
) -> None:
    delivery = sent(status=FAILED, attempt_count=1, note="Given up: The receiver answered 503.")
    Attempt.objects.create(
        delivery=delivery,
        duration_ms=17,
        timings={"name": 2, "tls": 5, "first_byte": 10},
        status_code=503,
        response_start="<script>alert(1)</script>",
    )

    shown = browsing.text_of(browser.get(f"{page}/deliveries/{delivery.id}"))

    assert "the text" in shown
    assert "503" in shown
    assert "name 2 ms, TLS 5 ms, first byte 10 ms" in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert(1)" not in shown


def test_a_delivery_is_delivered_again_from_its_page(browser: Client, page: str, sent: Any) -> None:
    delivery = sent(status=FAILED)
    address = f"{page}/deliveries/{delivery.id}"

    answer = browser.post(f"{address}/again", follow=True)

    assert answer.redirect_chain == [(address, 302)]
    assert "It is being delivered again." in browsing.text_of(answer)
    assert Delivery.objects.get().status == PENDING


@pytest.mark.parametrize(("hours", "begun"), [("1", 2), ("24", 2), ("lots", 2)])
def test_all_that_was_given_up_lately_is_delivered_again(
    browser: Client, page: str, sent: Any, hours: str, begun: int
) -> None:
    for status in (FAILED, FAILED, DELIVERED):
        sent(status=status)

    answer = browser.post(f"{page}/deliveries/again", {"hours": hours}, follow=True)

    assert f"Being delivered again: {begun}." in browsing.text_of(answer)
    assert Delivery.objects.filter(status=PENDING).count() == begun


def test_the_page_of_a_hook_says_which_address_is_switched_off_and_switches_it_on(
    browser: Client, page: str, hook: OutgoingWebhook
) -> None:
    Trouble.objects.create(
        kind="outgoing_webhook",
        owner_id=hook.id,
        url=URL,
        since=now_ms(),
        told=100,
        ended_at=now_ms(),
        reason="It answered 410.",
    )
    shown = browsing.text_of(browser.get(page))
    assert "is switched off." in shown
    assert "It answered 410." in shown

    answer = browser.post(f"{page}/switch_on", {"url": URL}, follow=True)

    assert "called again from now on" in browsing.text_of(answer)
    assert "is switched off." not in browsing.text_of(answer)


def test_the_page_of_a_hook_says_how_far_an_address_is_on_the_way_there(
    browser: Client, page: str, hook: OutgoingWebhook
) -> None:
    fields = {"kind": "outgoing_webhook", "owner_id": hook.id, "since": now_ms()}
    Trouble.objects.create(url=URL, told=70, **fields)
    Trouble.objects.create(url="http://not.called.any.more", told=90, **fields)

    shown = browsing.text_of(browser.get(page))

    assert "70 % of the time" in shown
    assert "90 %" not in shown


def test_a_hook_of_another_team_has_no_log_here(browser: Client, sent: Any, page: str) -> None:
    other = page.replace("/operations/", "/elsewhere/")
    assert browser.get(f"{other}/deliveries").status_code == 404
