"""Every address of the product, and what each kind of person gets there.

A new address without a row here fails the first test. Columns: a visitor without a session, a stranger with
an account, a member of the team, a member of the channel too, an administrator of the team, an administrator
of the system.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.people.models import User
from accounts.sessions.cookies import TOKEN_COOKIE
from mattermost_hooks.console.site import site
from tests import deliveries, make

pytestmark = pytest.mark.django_db

ACTORS = ["visitor", "stranger", "mate", "member", "team admin", "administrator"]
SESSION = "401 200 200 200 200 200"
MEMBERS = "401 403 403 200 403 200"
ADMINISTRATORS = "401 403 403 403 403 200"
TEAM_ADMINISTRATORS = "401 403 403 403 200 200"
PAGE = "302 200 200 200 200 200"
# Pages hide from strangers that there is such a team.
TEAM_PAGE = "302 404 200 200 200 200"
HOOK_PAGE, HOOK_ACTION = "302 404 403 403 200 200", "401 404 403 403 302 302"

# method and address | body | what each actor gets
ROWS: list[tuple[str, dict[str, Any] | list[Any] | None, str]] = [
    ("POST /hooks/{incoming}", {"text": "hi"}, "200 200 200 200 200 200"),
    ("GET /api/v4/system/ping", None, "200 200 200 200 200 200"),
    ("GET /api/v4/config", None, ADMINISTRATORS),
    ("PUT /api/v4/config", {}, ADMINISTRATORS),
    ("PUT /api/v4/config/patch", {}, ADMINISTRATORS),
    ("POST /api/v4/users", {}, "403 403 403 403 403 400"),
    ("POST /api/v4/users/login", {"login_id": "x", "password": "y"}, "401 401 401 401 401 401"),
    ("POST /api/v4/users/logout", None, "200 200 200 200 200 200"),
    ("GET /api/v4/users/{someone}", None, SESSION),
    ("GET /api/v4/users/username/someone", None, SESSION),
    ("PUT /api/v4/users/{someone}/active", {"active": True}, ADMINISTRATORS),
    ("POST /api/v4/users/{someone}/tokens", {"description": "x"}, "401 403 403 403 403 501"),
    ("POST /api/v4/users/tokens/revoke", {"token_id": "x"}, "401 404 404 404 404 404"),
    ("POST /api/v4/users/tokens/disable", {"token_id": "x"}, "401 404 404 404 404 404"),
    ("POST /api/v4/users/tokens/enable", {"token_id": "x"}, "401 404 404 404 404 404"),
    ("POST /api/v4/bots", {"username": "robot"}, ADMINISTRATORS.replace("200", "403")),
    ("POST /api/v4/bots/{someone}/disable", None, "401 404 404 404 404 404"),
    ("POST /api/v4/bots/{someone}/enable", None, "401 404 404 404 404 404"),
    ("POST /api/v4/teams", {}, "401 400 400 400 400 400"),
    ("GET /api/v4/teams/{team}", None, "401 403 200 200 200 200"),
    ("GET /api/v4/teams/name/gold", None, "401 403 200 200 200 200"),
    (
        "POST /api/v4/teams/{team}/members",
        {"team_id": "{team}", "user_id": "{someone}"},
        "401 403 201 201 201 201",
    ),
    ("DELETE /api/v4/teams/{team}/members/{someone}", None, "401 403 403 403 400 400"),
    (
        "PUT /api/v4/teams/{team}/members/{member}/roles",
        {"roles": "team_user"},
        TEAM_ADMINISTRATORS,
    ),
    ("GET /api/v4/teams/{team}/channels/name/secret", None, "401 404 404 200 404 200"),
    ("GET /api/v4/teams/name/gold/channels/name/secret", None, "401 404 404 200 404 200"),
    (
        "POST /api/v4/channels",
        {"team_id": "{team}", "name": "new", "display_name": "New", "type": "O"},
        "401 403 201 201 201 201",
    ),
    ("POST /api/v4/channels/direct", ["{member}", "{someone}"], "401 403 403 201 403 201"),
    ("GET /api/v4/channels/{secret}", None, MEMBERS),
    ("DELETE /api/v4/channels/{secret}", None, MEMBERS),
    ("PUT /api/v4/channels/{secret}/patch", {"header": "x"}, MEMBERS),
    ("POST /api/v4/channels/{secret}/members", {"user_id": "{mate}"}, "401 403 403 201 403 201"),
    (
        "POST /api/v4/channels/members/{member}/view",
        {"channel_id": "{secret}"},
        "401 403 403 200 403 200",
    ),
    ("GET /api/v4/users/{member}/channels/{secret}/unread", None, "401 403 403 200 403 200"),
    ("GET /api/v4/channels/{secret}/posts", None, MEMBERS),
    (
        "POST /api/v4/posts",
        {"channel_id": "{secret}", "message": "x"},
        "401 403 403 201 403 201",
    ),
    ("GET /api/v4/posts/{post}", None, MEMBERS),
    ("DELETE /api/v4/posts/{post}", None, "401 403 403 200 200 200"),
    ("GET /api/v4/hooks/incoming?team_id={team}", None, TEAM_ADMINISTRATORS),
    # Who owns a webhook is in its team; this administrator of the system is not.
    ("POST /api/v4/hooks/incoming", {"channel_id": "{open}"}, "401 403 403 403 201 400"),
    ("GET /api/v4/hooks/incoming/{incoming}", None, TEAM_ADMINISTRATORS),
    (
        "PUT /api/v4/hooks/incoming/{incoming}",
        {"id": "{incoming}", "channel_id": "{open}"},
        "401 403 403 403 201 201",
    ),
    ("DELETE /api/v4/hooks/incoming/{incoming}", None, TEAM_ADMINISTRATORS),
    ("GET /api/v4/hooks/incoming/{incoming}/calls", None, TEAM_ADMINISTRATORS),
    ("GET /api/v4/hooks/outgoing?team_id={team}", None, TEAM_ADMINISTRATORS),
    (
        "POST /api/v4/hooks/outgoing",
        {"team_id": "{team}", "trigger_words": ["w"], "callback_urls": ["http://a.example"]},
        "401 403 403 403 201 400",
    ),
    ("GET /api/v4/hooks/outgoing/{outgoing}", None, TEAM_ADMINISTRATORS),
    (
        "PUT /api/v4/hooks/outgoing/{outgoing}",
        {"id": "{outgoing}", "trigger_words": ["w"], "callback_urls": ["http://a.example"]},
        TEAM_ADMINISTRATORS,
    ),
    ("DELETE /api/v4/hooks/outgoing/{outgoing}", None, TEAM_ADMINISTRATORS),
    ("POST /api/v4/hooks/outgoing/{outgoing}/regen_token", None, TEAM_ADMINISTRATORS),
    ("PUT /api/v4/hooks/outgoing/{outgoing}/regen_token", None, TEAM_ADMINISTRATORS),
    ("GET /api/v4/hooks/outgoing/{outgoing}/deliveries", None, TEAM_ADMINISTRATORS),
    ("POST /api/v4/hooks/outgoing/{outgoing}/deliveries", {}, TEAM_ADMINISTRATORS),
    ("GET /api/v4/hooks/outgoing/{outgoing}/deliveries/{delivery}", None, TEAM_ADMINISTRATORS),
    ("POST /api/v4/hooks/outgoing/{outgoing}/deliveries/{delivery}", None, TEAM_ADMINISTRATORS),
    ("POST /api/v4/hooks/outgoing/{outgoing}/regen_signing_secret", None, TEAM_ADMINISTRATORS),
    ("GET /metrics", None, "401 403 403 403 403 200"),
    # Who may manage the hook, and read the post's channel as well.
    (
        "GET /api/v4/hooks/outgoing/{outgoing}/explain?post_id={public_post}",
        None,
        TEAM_ADMINISTRATORS,
    ),
    (
        "GET /api/v4/hooks/outgoing/{outgoing}/explain?post_id={post}",
        None,
        "401 403 403 403 404 200",
    ),
    ("POST /hooks", None, "404 404 404 404 404 404"),
    ("GET /login", None, "200 302 302 302 302 302"),
    ("GET /admin_console", None, "302 302 302 302 302 302"),
    ("POST /logout", None, "302 302 302 302 302 302"),
    ("GET /", None, "302 200 302 302 302 200"),
    ("GET /emoji/1f47b.svg", None, "200 200 200 200 200 200"),
    ("GET /gold", None, "302 404 302 302 302 302"),
    ("GET /gold/browse", None, TEAM_PAGE),
    ("GET /gold/channels/secret", None, "302 404 404 200 404 200"),
    ("GET /gold/channels/secret/new?after={post}", None, "302 404 404 200 404 200"),
    ("POST /gold/channels/secret/viewed", {"post_id": "{post}"}, "401 404 404 302 404 302"),
    ("POST /gold/channels/secret/say", {"message": "x"}, "401 404 404 302 404 302"),
    ("POST /gold/channels/open/join", None, "401 404 302 302 302 404"),
    ("GET /gold/pl/{post}", None, "302 404 404 302 404 302"),
    ("GET /gold/messages?username=someone", None, "302 404 302 302 302 302"),
    ("GET /gold/messages/@someone", None, TEAM_PAGE),
    ("POST /gold/messages/@someone/say", {"message": "x"}, "401 404 302 302 302 302"),
    ("GET /gold/account/integrations", None, TEAM_PAGE),
    ("GET /gold/account/integrations/incoming", None, TEAM_PAGE),
    ("GET /gold/account/integrations/incoming/{incoming}", None, "302 404 403 403 200 200"),
    ("POST /gold/account/integrations/incoming/{incoming}", {"channel": "open"}, "401 404 403 403 302 302"),
    ("GET /gold/account/integrations/incoming/{incoming}/calls", None, "302 404 403 403 200 200"),
    ("POST /gold/account/integrations/incoming/delete", {"hook_id": "{incoming}"}, "401 404 403 403 302 302"),
    ("GET /gold/account/integrations/outgoing", None, TEAM_PAGE),
    ("GET /gold/account/integrations/outgoing/{outgoing}", None, "302 404 403 403 200 200"),
    ("GET /gold/account/integrations/outgoing/{outgoing}/explain", None, "302 404 403 403 200 200"),
    (
        "GET /gold/account/integrations/outgoing/{outgoing}/explain?post={post}",
        None,
        "302 404 403 403 400 200",
    ),
    (
        "POST /gold/account/integrations/outgoing/{outgoing}",
        {
            "trigger_words": "w",
            "trigger_when": "0",
            "callback_urls": "http://a.example",
            "content_type": "application/json",
        },
        "401 404 403 403 302 302",
    ),
    ("POST /gold/account/integrations/outgoing/delete", {"hook_id": "{outgoing}"}, "401 404 403 403 302 302"),
    ("GET /gold/account/integrations/outgoing/{outgoing}/deliveries", None, HOOK_PAGE),
    ("GET /gold/account/integrations/outgoing/{outgoing}/deliveries/{delivery}", None, HOOK_PAGE),
    ("POST /gold/account/integrations/outgoing/{outgoing}/deliveries/again", {"hours": "1"}, HOOK_ACTION),
    ("POST /gold/account/integrations/outgoing/{outgoing}/deliveries/{delivery}/again", {}, HOOK_ACTION),
    ("POST /gold/account/integrations/outgoing/{outgoing}/switch_on", {"url": "x"}, HOOK_ACTION),
    (
        "POST /gold/account/integrations/outgoing/regenerate_token",
        {"hook_id": "{outgoing}"},
        "401 404 403 403 302 302",
    ),
    (
        "POST /gold/account/integrations/outgoing/regenerate_signing_secret",
        {"hook_id": "{outgoing}"},
        "401 404 403 403 302 302",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class World:
    """The people of the columns, and what the addresses name."""

    people: dict[str, User | None]
    names: dict[str, str]

    def fill(self, value: Any) -> Any:
        """Names in braces replaced by ids."""
        if isinstance(value, dict):
            return {key: self.fill(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.fill(one) for one in value]
        return value.format(**self.names) if isinstance(value, str) else value


def test_every_address_has_a_row() -> None:
    addresses = [row[0].split(" ")[1].split("?")[0].lstrip("/") for row in ROWS]
    missing = [
        pattern
        for pattern in patterns(get_resolver().url_patterns)
        if not any(re.fullmatch(pattern, re.sub(r"\{\w+\}", "x" * 26, one)) for one in addresses)
    ]
    assert missing == []


@pytest.mark.parametrize(("address", "body", "expected"), ROWS, ids=[row[0] for row in ROWS])
@pytest.mark.parametrize("actor", ACTORS)
def test_what_each_kind_of_person_gets(
    world: World, actor: str, address: str, body: Any, expected: str
) -> None:
    method, path = world.fill(address).split(" ")
    client = Client()
    person = world.people[actor]
    filled = world.fill(body)
    more: dict[str, Any] = {"content_type": "application/json"}
    if path.startswith("/api/"):
        if person:
            client = Client(headers={"Authorization": f"Bearer {make.session(person).token}"})
    elif person:
        client.cookies[TOKEN_COOKIE] = make.session(person).token
    if not path.startswith(("/api/", "/hooks/")):
        more = {}
    answer = getattr(client, method.lower())(path, *([] if filled is None else [filled]), **more)
    assert answer.status_code == int(expected.split()[ACTORS.index(actor)])


@pytest.mark.parametrize("model", site._registry, ids=lambda model: model.__name__)
def test_the_system_console_is_for_administrators_of_the_system(world: World, model: Any) -> None:
    path = f"/admin_console/{model._meta.app_label}/{model._meta.model_name}/"
    for actor, person in world.people.items():
        client = Client()
        if person:
            client.cookies[TOKEN_COOKIE] = make.session(person).token
        expected = 200 if actor == "administrator" else 302
        assert client.get(path).status_code == expected, actor


@pytest.fixture
def world() -> World:
    """A team with an open and a private channel, hooks, a post, and people around them."""
    mate, member = make.user(), make.user()
    team = make.team(mate, member, name="gold")
    opened = make.channel(team, member, name="open")
    secret = make.channel(team, member, name="secret", type="P")
    someone, owner = make.user("someone"), make.user("owner")
    team.members.create(user=owner)
    outgoing = make.outgoing_hook(team, owner)
    named: dict[str, Any] = {
        "team": team,
        "open": opened,
        "secret": secret,
        "someone": someone,
        "mate": mate,
        "member": member,
        "post": make.post(secret, member),
        "public_post": make.post(opened, member),
        "incoming": make.incoming_hook(opened, owner),
        "outgoing": outgoing,
        "delivery": deliveries.stored(outgoing, make.post(opened, member)),
    }
    people = {
        "visitor": None,
        "stranger": make.user(),
        "mate": mate,
        "member": member,
        "team admin": make.team_admin(team),
        "administrator": make.admin(),
    }
    return World(people, {name: row.id for name, row in named.items()})


def patterns(entries: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """The regular expression of every address, the System Console's own left out."""
    for entry in entries:
        regex = before + entry.pattern.regex.pattern.lstrip("^").removesuffix(r"\Z").rstrip("$")
        if isinstance(entry, URLPattern):
            yield regex
        elif not regex.startswith("admin_console"):
            yield from patterns(entry.url_patterns, regex)
