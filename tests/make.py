"""Makes rows for tests: plain functions with defaults, past all rules and permissions."""

from itertools import count
from typing import Any

from accounts.people.models import User
from accounts.sessions.models import Session
from accounts.sessions.sessions import start
from channels_app.membership.models import Channel, ChannelMember, Team, TeamMember
from channels_app.posts.models import Post
from integrations.incoming.models import IncomingWebhook
from integrations.outgoing.models import OutgoingWebhook

PASSWORD = "Correct-horse.9"

_numbers = count(1)


def user(username: str = "", **more: Any) -> User:
    """A person with a password that fits the rules."""
    username = username or f"user{next(_numbers)}"
    made = User(username=username, email=f"{username}@example.com", **more)
    made.set_password(PASSWORD)
    made.save()
    return made


def admin(username: str = "") -> User:
    """A system administrator."""
    return user(username, roles="system_admin system_user")


def session(of: User) -> Session:
    """A sign-in."""
    return start(user=of)


def team(*members: User, name: str = "", **more: Any) -> Team:
    """A team with town-square and these members in both."""
    name = name or f"team{next(_numbers)}"
    made = Team.objects.create(name=name, display_name=name.title(), **more)
    square = Channel.objects.create(team=made, name="town-square", display_name="Town Square")
    for member in members:
        TeamMember.objects.create(team=made, user=member)
        ChannelMember.objects.create(channel=square, user=member)
    return made


def team_admin(of: Team, username: str = "") -> User:
    """A person who runs the team."""
    made = user(username)
    TeamMember.objects.create(team=of, user=made, is_admin=True)
    return made


def channel(of: Team | None = None, *members: User, name: str = "", **more: Any) -> Channel:
    """A public channel with these members; of a new team unless told."""
    name = name or f"channel{next(_numbers)}"
    team_of = of or team(*members)
    made = Channel.objects.create(team=team_of, name=name, display_name=name.title(), **more)
    for member in members:
        ChannelMember.objects.create(channel=made, user=member)
    return made


def team_of(channel: Channel) -> Team:
    """The team of a channel that has one."""
    assert channel.team
    return channel.team


def post(in_channel: Channel, by: User, message: str = "hello", **more: Any) -> Post:
    """A post, past the one birth of posts: nothing listens."""
    return Post.objects.create(channel=in_channel, user=by, message=message, **more)


def incoming_hook(to: Channel, owner: User, **more: Any) -> IncomingWebhook:
    """An incoming webhook into a channel."""
    return IncomingWebhook.objects.create(channel=to, team=team_of(to), user=owner, **more)


def outgoing_hook(of: Team, creator: User, **more: Any) -> OutgoingWebhook:
    """An outgoing webhook; it fires on "trigger" unless told otherwise."""
    fields = {"trigger_words": ["trigger"], "callback_urls": ["http://127.0.0.1:9/hook"]}
    return OutgoingWebhook.objects.create(team=of, creator=creator, **(fields | more))
