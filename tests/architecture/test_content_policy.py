"""Every page runs only what this server holds in files: no code, and no style, stands in a page itself."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.test import Client

from mattermost_hooks.console import theme
from tests import make
from tests.browsing import signed_in

pytestmark = pytest.mark.django_db

ALIKE = re.compile(r"[0-9a-z]{26}|\d+|\?.*")  # pages that differ in these alone need one look
MOST_PAGES = 200


class Inline(HTMLParser):
    """What a strict policy forbids on a page, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element."""
        names = dict(attrs)
        if tag == "style" or (tag == "script" and not names.get("src")):
            self.found.append(tag)
        self.found += [
            f"{tag} {name}={value}"
            for name, value in attrs
            if name == "style"
            or name.startswith(("on", "hx-on"))
            or (value or "").strip().lower().startswith("javascript:")
        ]
        if tag == "a" and names.get("href"):
            self.links.append(str(names["href"]))


def test_no_page_that_links_lead_to_holds_code_or_style_in_itself() -> None:
    admin = make.admin("admin")
    team = make.team(admin, name="gold")
    square = team.channels.get(name="town-square")
    make.post(square, admin, "| a |\n|--:|\n| ![](https://a.b/c.png) |\n\n```python\nx = 1\n```")
    make.incoming_hook(square, admin, display_name="In")
    make.outgoing_hook(team, admin, display_name="Out")
    client = signed_in(admin)
    seen, waiting = set[str](), ["/", "/admin_console/", "/gold/nowhere", "/nowhere/at/all"]
    while waiting and len(seen) < MOST_PAGES:
        address = waiting.pop()
        if (kind := ALIKE.sub("…", address)) in seen:
            continue
        seen.add(kind)
        page = Inline()
        page.feed(checked(client, address))
        assert (address, page.found) == (address, [])
        waiting += [urljoin(address, link) for link in page.links if not urlsplit(link).netloc]
    assert len(seen) > 30


@pytest.mark.parametrize("path", ["/login", "/nowhere", "/login?next=/x", "/emoji/1f47b.svg"])
def test_strangers_get_the_policy_too(path: str) -> None:
    checked(Client(), path)


def test_a_form_that_is_refused_has_the_policy() -> None:
    answer = Client(enforce_csrf_checks=True).post("/logout", headers={"Accept": "text/html"})
    assert answer.status_code == 403
    assert answer.headers["Content-Security-Policy"] == settings.CONTENT_SECURITY_POLICY


def test_a_page_that_fails_has_the_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("accounts.sessions.sign_in_page.render", fail)
    answer = Client(raise_request_exception=False).get("/login", headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert answer.headers["Content-Security-Policy"] == settings.CONTENT_SECURITY_POLICY


def test_the_policy_lets_no_code_and_no_style_stand_in_a_page() -> None:
    policy = settings.CONTENT_SECURITY_POLICY
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    for kind in ("script", "style", "connect", "font"):
        assert f"{kind}-src 'self';" in policy


@pytest.mark.parametrize("template", theme.REWRITINGS)
def test_the_theme_still_has_what_is_rewritten(template: str) -> None:
    get_template(template)


def test_a_theme_without_what_is_to_be_rewritten_is_an_error() -> None:
    with pytest.raises(LookupError, match="holds nothing like"):
        theme.rewritten("admin/actions.html", "<p>Another theme</p>")


def checked(client: Client, address: str) -> str:
    """The page, if it is one, with the policy on it."""
    answer = client.get(address, follow=True, headers={"Accept": "text/html"})
    assert answer.headers["Content-Security-Policy"] == settings.CONTENT_SECURITY_POLICY, address
    is_page = answer.headers.get("Content-Type", "").startswith("text/html")
    return answer.content.decode() if is_page else ""
