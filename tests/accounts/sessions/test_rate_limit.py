"""How often programs may call."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from mattermost_hooks import buckets, redis_link
from tests import make

pytestmark = pytest.mark.django_db

PING = "/api/v4/system/ping"
HERE, THERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def limited(console: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`limited(VaryByUser=True)`: two calls at once, and one more each second, which is an hour here."""
    redis_link.connection.delete(buckets.KEY)
    monkeypatch.setattr(buckets, "SECOND", 3600 * buckets.SECOND)

    def switch_on(**more: object) -> None:
        settings = {"Enable": True, "PerSec": 1, "MaxBurst": 1} | more
        console(**{f"RateLimitSettings__{name}": value for name, value in settings.items()})

    return switch_on


def get(path: str = PING, address: str = HERE, token: str = "", **headers: str) -> Any:
    """What a program gets."""
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return Client(REMOTE_ADDR=address).get(path, headers=headers)


def is_used_up(**caller: str) -> bool:
    """Has this caller no call left, after three?"""
    return bool([get(**caller).status_code for _ in range(3)][-1] == 429)


def test_nothing_is_limited_or_told_unless_it_is_switched_on() -> None:
    answers = [get() for _ in range(200)]
    assert {answer.status_code for answer in answers} == {200}
    assert not any(name.startswith("X-RateLimit") for name in answers[0].headers)


def test_every_answer_tells_what_is_left_and_a_refusal_when_to_come_again(
    limited: Callable[..., None],
) -> None:
    limited()
    first, second, refused = get(), get(), get()
    assert [one.status_code for one in (first, second, refused)] == [200, 200, 429]
    assert [one.headers["X-RateLimit-Remaining"] for one in (first, second)] == ["1", "0"]
    told = {name: refused.headers[name] for name in ("X-RateLimit-Limit", "X-RateLimit-Remaining")}
    assert told == {"X-RateLimit-Limit": "2", "X-RateLimit-Remaining": "0"}
    assert (refused.headers["X-RateLimit-Reset"], refused.headers["Retry-After"]) == ("2", "1")
    assert refused.headers["Content-Type"].startswith("text/plain")
    assert refused.content == b"limit exceeded"
    assert refused.headers["X-Request-Id"]


def test_a_refusal_counts_and_hooks_are_limited_like_the_rest(
    limited: Callable[..., None], call_hook: Callable[..., Any]
) -> None:
    limited()
    ann = make.user()
    hook = make.incoming_hook(make.channel(make.team(ann), ann), ann)
    assert get("/api/v4/users/me").status_code == 401
    assert Client(REMOTE_ADDR=HERE).post("/hooks/none").headers["X-RateLimit-Remaining"] == "0"
    assert Client(REMOTE_ADDR=HERE).post(f"/hooks/{hook.id}", {"text": "x"}).status_code == 429


def test_people_look_at_pages_as_often_as_they_like(limited: Callable[..., None]) -> None:
    limited()
    assert {get("/login").status_code for _ in range(5)} == {200}


@pytest.mark.parametrize(
    ("settings", "address", "user", "header"),
    [
        ({}, True, False, False),
        ({"VaryByUser": True}, True, True, False),
        ({"VaryByUser": True, "VaryByRemoteAddr": False}, False, True, False),
        ({"VaryByRemoteAddr": False}, False, False, False),
        ({"VaryByHeader": "X-Who"}, True, False, True),
        ({"VaryByHeader": "X-Who", "VaryByRemoteAddr": False}, False, False, True),
        ({"VaryByHeader": "X-Who", "VaryByUser": True}, True, True, True),
        ({"VaryByHeader": "X-Who", "VaryByUser": True, "VaryByRemoteAddr": False}, False, True, True),
    ],
)  # fmt: skip
def test_callers_are_told_apart_as_the_console_says(
    settings: dict[str, object],
    address: bool,
    user: bool,
    header: bool,
    limited: Callable[..., None],
) -> None:
    limited(**settings)
    assert is_used_up()
    assert (get(address=THERE).status_code == 200) is address
    assert (get(token=make.session(make.user()).token).status_code == 200) is user
    assert (get(**{"X-Who": "bob"}).status_code == 200) is header


def test_an_account_has_one_bucket_wherever_it_calls_from(limited: Callable[..., None]) -> None:
    limited(VaryByUser=True)
    ann = make.user()
    assert is_used_up(token=make.session(ann).token)
    assert get(token=make.session(ann).token, address=THERE).status_code == 429


def test_who_makes_up_tokens_gets_no_bucket_for_each(limited: Callable[..., None]) -> None:
    limited(VaryByUser=True)
    answers = [get(token=letter * 26).status_code for letter in "abc"]
    assert answers[-1] == 429


def test_the_letter_case_of_a_header_does_not_count(limited: Callable[..., None]) -> None:
    limited(VaryByHeader="X-Who")
    assert is_used_up(**{"X-Who": "Ann"})
    assert get(**{"X-Who": "aNN"}).status_code == 429


def test_behind_a_proxy_the_address_is_what_the_proxy_says(
    limited: Callable[..., None], settings: Any
) -> None:
    settings.BEHIND_PROXY = True
    limited()
    assert is_used_up(**{"X-Forwarded-For": "203.0.113.1"})
    assert get(**{"X-Forwarded-For": "203.0.113.2"}).status_code == 200
    assert get(**{"X-Forwarded-For": "203.0.113.2, 203.0.113.1"}).status_code == 429


@pytest.mark.parametrize("name", ["PerSec", "MaxBurst", "MemoryStoreSize"])
@pytest.mark.parametrize("value", [0, -1])
def test_numbers_that_are_none_are_refused(name: str, value: int, api: Callable[..., Any]) -> None:
    answer = api(make.admin()).put("/config/patch", {"RateLimitSettings": {name: value}})
    assert answer.status_code == 400
    assert answer.json()["id"].startswith("model.config.is_valid.")
