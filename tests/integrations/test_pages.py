"""Account Settings → Integrations."""

from collections.abc import Callable

import pytest

from tests import browsing, make

pytestmark = pytest.mark.django_db


def test_an_administrator_of_the_team_gets_to_both_kinds() -> None:
    team = make.team(name="demo")
    client = browsing.signed_in(make.team_admin(team))
    page = browsing.text_of(client.get("/demo/account/integrations"))
    assert "<h1>Account Settings → Integrations</h1>" in page
    assert 'href="/demo/account/integrations/incoming"' in page
    assert 'href="/demo/account/integrations/outgoing"' in page


def test_who_may_not_manage_webhooks_is_told_who_may() -> None:
    ann = make.user()
    make.team(ann, name="demo")
    page = browsing.text_of(browsing.signed_in(ann).get("/demo/account/integrations"))
    assert page.count("Only administrators of this team or of the server may manage") == 2
    assert 'href="/demo/account/integrations/incoming"' not in page


def test_what_is_switched_off_says_so(console: Callable[..., None]) -> None:
    console(ServiceSettings__EnableIncomingWebhooks=False)
    team = make.team(name="demo")
    client = browsing.signed_in(make.team_admin(team))
    page = browsing.text_of(client.get("/demo/account/integrations"))
    assert "Incoming webhooks are switched off." in page
    assert 'href="/demo/account/integrations/outgoing"' in page


def test_strangers_find_nothing() -> None:
    make.team(name="demo")
    response = browsing.signed_in(make.user()).get("/demo/account/integrations")
    assert response.status_code == 404
