"""Signing in and out with a browser."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.passwords import guesses
from accounts.sessions import browsers
from accounts.sessions.cookies import CSRF_COOKIE, TOKEN_COOKIE, USER_COOKIE
from accounts.sessions.models import Session
from channels_app.posts.models import Post
from integrations.incoming.models import IncomingWebhook
from tests import browsing, make

pytestmark = pytest.mark.django_db


def sign_in(client: Client, **fields: str) -> Any:
    """POST /login."""
    return client.post("/login", {"login_id": "ann", "password": make.PASSWORD} | fields)


def test_sign_in_keeps_the_session_in_the_same_cookies_as_rest() -> None:
    ann = make.user("ann")
    client = Client()
    response = sign_in(client)
    assert response.status_code == 302
    session = Session.objects.get(user=ann)
    assert response.cookies[TOKEN_COOKIE].value == session.token
    assert response.cookies[TOKEN_COOKIE]["httponly"]
    assert response.cookies[USER_COOKIE].value == ann.id
    assert response.cookies[CSRF_COOKIE].value == session.csrf


def test_wrong_password_says_so_beside_the_form_and_keeps_the_name() -> None:
    make.user("ann")
    response = sign_in(Client(), password="wrong")
    page = browsing.text_of(response)
    assert response.status_code == 401
    assert response.context["form"].errors == {
        "password": ["Enter a valid email or username and/or password."]
    }
    assert 'value="ann"' in page
    assert "wrong" not in page
    assert page.index("autofocus") > page.index('name="password"')


@pytest.mark.parametrize("field", ["login_id", "password"])
def test_a_nul_is_told_beside_the_field_that_holds_it(field: str) -> None:
    make.user("ann")
    response = sign_in(Client(), **{field: "a\0b"})
    assert response.status_code == 400
    assert response.context["form"].errors == {field: ["Null characters are not allowed."]}
    assert 'aria-invalid="true"' in browsing.text_of(response)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"login_id": "", "password": ""}, ["login_id", "password"]),
        ({"login_id": "  "}, ["login_id"]),
        ({"password": ""}, ["password"]),
    ],
)
def test_who_leaves_something_out_is_told_there_and_that_is_no_wrong_password(
    fields: dict[str, str], wrong: list[str]
) -> None:
    ann = make.user("ann")
    response = sign_in(Client(), **fields)
    assert response.status_code == 400
    assert list(response.context["form"].errors) == wrong
    assert browsing.text_of(response).count("autofocus") == 1
    assert guesses.standing(ann.id).wrong == 0


def test_a_guesser_at_the_same_address_does_not_keep_a_browser_out_that_was_here_before() -> None:
    make.user("ann")
    known, stranger = Client(), Client()
    assert sign_in(known).status_code == 302
    assert known.cookies[browsers.COOKIE]["httponly"]
    known.post("/logout")
    for _ in range(10):
        sign_in(stranger, password="wrong")
    told = sign_in(stranger)
    assert told.status_code == 401
    assert "seconds" in browsing.text_of(told)
    assert 0 < int(told.headers["Retry-After"]) <= 30
    assert sign_in(known).status_code == 302


@pytest.mark.parametrize(
    ("wanted", "target"),
    [
        ("/demo/channels/off-topic", "/demo/channels/off-topic"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("http://testserver/", "/"),
        ("home", "/"),
        ("nosuchpage", "/"),
        ("[", "/"),
        ("", "/"),
    ],
)
def test_sign_in_goes_on_to_paths_of_this_server_only(wanted: str, target: str) -> None:
    make.user("ann")
    response = sign_in(Client(), next=wanted)
    assert response.headers["Location"] == target


def test_the_page_bears_the_name_of_the_site(console: Callable[..., None]) -> None:
    console(TeamSettings__SiteName="Bridge & Co")
    page = browsing.text_of(Client().get("/login"))
    assert "<title>Sign in · Bridge &amp; Co</title>" in page
    assert "<h1>Sign in to Bridge &amp; Co</h1>" in page


def test_who_is_signed_in_is_sent_on() -> None:
    client = browsing.signed_in(make.user())
    assert client.get("/login?next=/x/channels/y").headers["Location"] == "/x/channels/y"


def test_sign_in_without_the_csrf_word_is_refused() -> None:
    make.user("ann")
    response = sign_in(Client(enforce_csrf_checks=True))
    assert response.status_code == 403
    assert not Session.objects.exists()


def test_sign_out_ends_the_session_and_forgets_its_cookies() -> None:
    client = browsing.signed_in(make.user())
    response = client.post("/logout")
    assert response.headers["Location"] == "/login"
    assert not Session.objects.exists()
    assert response.cookies[TOKEN_COOKIE].value == ""


def test_a_link_cannot_sign_anybody_out() -> None:
    client = browsing.signed_in(make.user())
    assert client.get("/logout").status_code == 405
    assert Session.objects.count() == 1


def test_signing_out_empties_what_the_browser_keeps() -> None:
    response = browsing.signed_in(make.user()).post("/logout")
    assert response.headers["Clear-Site-Data"] == '"storage"'


# --- Forms that came too late -------------------------------------------------------------------------

MESSAGE = "<b>first</b>\n\n  second & last"


def late(client: Client, **headers: str) -> Any:
    """A message whose sender has no session any more."""
    return client.post("/demo/channels/town-square/say", {"message": MESSAGE}, headers=headers)


def hidden_fields(page: str) -> dict[str, str]:
    """What the first form of a page keeps unseen."""
    inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    areas = re.findall(r'<textarea name="([^"]+)" hidden>\n([^<]*)</textarea>', page)
    return {name: html.unescape(value) for name, value in [*inputs, *areas]}


def test_a_form_without_a_session_is_kept_and_offered_after_signing_in() -> None:
    ann = make.user("ann")
    team = make.team(ann, name="demo")
    client = Client()
    page = "http://testserver/demo/channels/town-square?reply=x"
    response = late(client, Referer=page)
    assert response.status_code == 401
    assert "no-store" in response.headers["Cache-Control"]
    fields = hidden_fields(browsing.text_of(response))
    assert fields["next"] == "/demo/channels/town-square?reply=x"
    wrong = browsing.text_of(sign_in(client, **fields, password="wrong"))
    offered = sign_in(client, **hidden_fields(wrong))
    assert offered.status_code == 200
    assert offered.cookies[TOKEN_COOKIE].value
    text = browsing.text_of(offered)
    assert 'action="/demo/channels/town-square/say"' in text
    assert 'href="/demo/channels/town-square?reply=x"' in text
    assert not Post.objects.exists()
    kept = hidden_fields(text)
    client.post("/demo/channels/town-square/say", {"message": kept["message"]})
    assert Post.objects.get(channel__team=team).message == MESSAGE


def test_a_webhook_that_was_filled_in_too_late_is_made_after_signing_in() -> None:
    make.team(make.admin("ann"), name="demo")
    client = Client()
    path = "/demo/account/integrations/incoming"
    late_form = client.post(path, {"display_name": "Deploys", "channel": "town-square"})
    offered = sign_in(client, **hidden_fields(browsing.text_of(late_form)))
    assert not IncomingWebhook.objects.exists()
    assert client.post(path, hidden_fields(browsing.text_of(offered))).status_code == 302
    assert IncomingWebhook.objects.get().display_name == "Deploys"


@pytest.mark.parametrize(
    "referer", ["", "http://elsewhere.example/x", "http://testserver//x.example"]
)
def test_a_late_form_comes_back_to_a_page_of_ours_only(referer: str) -> None:
    fields = hidden_fields(browsing.text_of(late(Client(), Referer=referer)))
    assert fields["next"] == "/"


@pytest.mark.parametrize(
    "action", ["https://elsewhere.example/", "//elsewhere.example", "javascript:x", ""]
)
def test_a_late_form_goes_to_this_server_only(action: str) -> None:
    make.user("ann")
    response = sign_in(Client(), late_action=action, **{"late.message": "x"})
    assert response.headers["Location"] == "/"
