"""A small team to look round in on a fresh server: people, webhooks, a bot that answers, first posts."""

import json
import re
import secrets
from dataclasses import dataclass

from django.db import transaction

from accounts.bots import bots
from accounts.people import users
from accounts.people.models import User
from channels_app.channels import channels
from channels_app.membership.models import OPEN, Team
from channels_app.posts import posts
from channels_app.teams import teams
from mattermost_hooks.console.config import get_config, is_fixed, save_config

from .incoming import hooks as incoming
from .incoming.models import IncomingWebhook
from .message import posting
from .message.message import Message
from .outgoing import hooks as outgoing
from .outgoing.models import OutgoingWebhook

TEAM = "demo"
PEOPLE = {"ann": ("Ann", "Archer"), "bob": ("Bob", "Baker")}
BUILD_BOT, MONITORING = "Build bot", "Monitoring"
BOT_HOST = "127.0.0.1"
TRIGGER_WORD = "#build"

# Whoever lets the demo's webhook call a program of their own changes the path.
_BOT_URL = re.compile(rf"http://{re.escape(BOT_HOST)}:(?P<port>\d+)/demo-build-bot\Z")

WELCOME = """\
Welcome! This channel shows what webhooks can do here.

- **Incoming**: a program posts to an address. See *Account Settings → Integrations → Incoming Webhooks*.
- **Outgoing**: a program hears of posts and answers. Write `#build` and see.
"""
CODE = """\
My deploy script now ends with this :tada:
```python
def report(text: str) -> None:
    requests.post(HOOK_URL, json={"text": text}, timeout=10)
```
"""
ALERT = {
    "attachments": [
        {
            "fallback": "Disk of db-2 is 91 % full",
            "color": "warning",
            "pretext": "A program said this through an incoming webhook:",
            "author_name": "db-2",
            "title": ":floppy_disk: Disk of db-2 is 91 % full",
            "text": "It grows by about **1 %** a day. Nothing is broken *yet*.",
            "fields": [
                {"title": "Host", "value": "`db-2`", "short": True},
                {"title": "Free", "value": "18 GB", "short": True},
                {"title": "Advice", "value": "Delete the old backups.", "short": False},
            ],
            "footer": "Checked every five minutes",
        }
    ]
}


@dataclass(frozen=True)
class Seeded:
    """What was made: passwords by username, and the incoming webhook."""

    passwords: dict[str, str]
    hook: IncomingWebhook


@dataclass(frozen=True)
class BuildBot:
    """What the bundled build bot must know: where to listen, and the token to expect."""

    port: int
    token: str


def is_due() -> bool:
    """Is the server empty but for the first account?"""
    people = User.objects.filter(is_bot=False)
    return people.count() == 1 and not Team.objects.exists()


@transaction.atomic
def seed(*, administrator: User, build_bot_port: int) -> Seeded:
    """Make the demo team around the administrator: all of it or nothing.

    Mattermost's defaults stay but for one: the server may call 127.0.0.1, where the bot listens.
    """
    _allow_bot()
    team = teams.create(actor=administrator, name=TEAM, display_name="Demo", type=OPEN)
    passwords = {name: _join(administrator, team, name) for name in PEOPLE}
    square = channels.find_by_name(team, "town-square")
    hook = incoming.create(
        actor=administrator,
        channel=square,
        owner_id=_join_bot(administrator, team, MONITORING).id,
        display_name=MONITORING,
        description="Posts into Town Square.",
    )
    outgoing.create(
        actor=administrator,
        team=team,
        creator_id=_join_bot(administrator, team, BUILD_BOT).id,
        trigger_words=[TRIGGER_WORD],
        callback_urls=[_bot_url(build_bot_port)],
        display_name=BUILD_BOT,
        description="Answers #build with the state of the last build.",
    )
    _talk(administrator, hook)
    return Seeded(passwords, hook)


def build_bot() -> BuildBot | None:
    """How to run the bot that the demo's outgoing webhook calls; None when there is no such webhook."""
    found = _bot_hook()
    return BuildBot(found[1], found[0].token) if found else None


def call_build_bot_at(port: int) -> None:
    """Make the demo's outgoing webhook, if there is one, call the bot at this port."""
    if (found := _bot_hook()) and found[1] != port:
        hook, old_port = found
        outgoing.call_elsewhere(hook=hook, url=_bot_url(port), instead_of=_bot_url(old_port))


def _bot_hook() -> tuple[OutgoingWebhook, int] | None:
    """The webhook that calls the bundled bot, and the port it calls."""
    for hook in OutgoingWebhook.objects.filter(team__name=TEAM, delete_at=0):
        for url in hook.callback_urls:
            if call := _BOT_URL.match(url):
                return hook, int(call["port"])
    return None


def _bot_url(port: int) -> str:
    return f"http://{BOT_HOST}:{port}/demo-build-bot"


def _allow_bot() -> None:
    if is_fixed("ServiceSettings", "AllowedUntrustedInternalConnections"):
        return  # the operator has decided
    allowed = get_config().ServiceSettings.AllowedUntrustedInternalConnections
    words = f"{allowed} {BOT_HOST}".strip()
    save_config({"ServiceSettings": {"AllowedUntrustedInternalConnections": words}})


def _join(administrator: User, team: Team, username: str) -> str:
    """Make a person who is in the team; returns the password."""
    first_name, last_name = PEOPLE[username]
    # The ending fits the password rules whatever the random part is.
    password = secrets.token_urlsafe(9) + ".aA1"
    person = users.create(
        actor=administrator,
        username=username,
        email=f"{username}@localhost.localdomain",
        password=password,
        first_name=first_name,
        last_name=last_name,
    )
    teams.add_member(actor=administrator, team=team, user=person)
    return password


def _join_bot(administrator: User, team: Team, name: str) -> User:
    """Make a bot account that is in the team: what its webhook posts is shown under its name."""
    username = name.lower().replace(" ", "-")
    bot = bots.make(owner=administrator, username=username, display_name=name).user
    teams.add_member(actor=administrator, team=team, user=bot)
    return bot


def _talk(administrator: User, hook: IncomingWebhook) -> None:
    square = hook.channel
    ann, bob = (users.find_by_username(name) for name in PEOPLE)
    assert ann is not None  # noqa: S101 - made above
    assert bob is not None  # noqa: S101 - made above
    posts.submit(actor=administrator, channel=square, message=WELCOME)
    posts.submit(actor=bob, channel=square, message=CODE)
    posting.post_message(
        user=hook.user,
        channel=square,
        message=Message.parse(json.dumps(ALERT).encode()),
        sender=posting.Sender(hook.display_name),
    )
    posts.submit(actor=bob, channel=square, message="@ann that one is yours, isn't it? :eyes:")
    posts.submit(actor=ann, channel=square, message=f"{TRIGGER_WORD} Let's see the status")
