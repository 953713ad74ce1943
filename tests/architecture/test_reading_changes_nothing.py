"""GET and HEAD change nothing, on any address: a picture in a post can make a reader's browser ask for it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.people.models import Bot, User
from accounts.sessions.models import AccessToken
from channels_app.membership.models import Channel
from channels_app.posts.models import Post
from integrations.delivery.models import Attempt
from integrations.incoming.models import IncomingCall
from integrations.outgoing.models import OutgoingWebhook
from mattermost_hooks.console.site import site
from tests import browsing, deliveries, make
from tests.architecture import test_permission_matrix as matrix

pytestmark = pytest.mark.django_db

# What a post looks like is worked out when it is first shown and kept: the same for every reader.
DERIVED: dict[Any, set[str]] = {Post: {"html", "html_version"}}
WITH_QUERIES = [
    "/gold/messages?username=someone",
    "/gold/browse?q=open&page=2",
    "/gold/channels/secret?before={post}",
    "/gold/channels/secret?after={post}",
    "/gold/channels/secret?around={post}&reply={post}",
    "/admin_console/autocomplete/?app_label=integrations&model_name=incomingwebhook&field_name=channel&term=o",
    "/login?next=/gold/channels/secret",
]

# So many of the addresses have something to show, or the walk does not reach what it is there for.
LEAST_SEEN = {"stranger": 5, "mate": 12, "member": 20, "team admin": 14, "administrator": 75}

world = matrix.world


@pytest.fixture
def full_world(world: matrix.World) -> matrix.World:
    """Something unread in every channel, no direct channels, and a row of every kind."""
    someone = User.objects.get(id=world.names["someone"])
    for channel in Channel.objects.all():
        make.post(channel, someone, "@here **look** ~open @member")
    robot = make.user("robot", is_bot=True)
    Bot.objects.create(user=robot, owner=someone)
    AccessToken.objects.create(user=robot, description="for the robot")
    IncomingCall.objects.create(hook_id=world.names["incoming"], status=200)
    post = Post.objects.get(id=world.names["post"])
    delivery = deliveries.stored(OutgoingWebhook.objects.get(), post)
    Attempt.objects.create(delivery=delivery, error="it was away")
    return world


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("actor", ["stranger", "mate", "member", "team admin", "administrator"])
def test_no_address_changes_a_row_when_it_is_read(
    full_world: matrix.World, actor: str, method: str
) -> None:
    person = full_world.people[actor]
    assert person
    client = browsing.signed_in(person)
    addresses = [
        full_world.fill(one) for one in [*addresses_of_people_and_programs(), *WITH_QUERIES]
    ]
    before, changed, answers = rows(), [], []
    for address in [*addresses, *addresses_of_the_console()]:
        answers.append(getattr(client, method)(address).status_code)
        if (after := rows()) != before:
            changed.append(address)
            before = after
    assert changed == []
    assert answers.count(200) >= LEAST_SEEN[actor]


def addresses_of_people_and_programs() -> list[str]:
    """Every address outside the System Console, whatever methods it takes."""
    paths = (row[0].split(" ")[1] for row in matrix.ROWS)
    return list(dict.fromkeys(path if path.startswith("/") else f"/{path}" for path in paths))


def addresses_of_the_console() -> list[str]:
    """Every address of the System Console, with rows that there are."""
    return [f"/admin_console/{route}" for route in _console_routes(get_resolver().url_patterns)]


def rows() -> dict[str, list[Any]]:
    """Every row of every table, without what is derived."""
    found = {}
    for model in apps.get_models():
        fields = [
            field.attname
            for field in model._meta.concrete_fields
            if field.name not in DERIVED.get(model, ())
        ]
        found[model._meta.label] = list(model._default_manager.order_by("pk").values_list(*fields))
    return found


def _console_routes(
    entries: list[URLPattern | URLResolver], before: str = "", *, inside: bool = False
) -> Iterator[str]:
    for entry in entries:
        route = str(entry.pattern)
        is_inside = inside or route == "admin_console/"
        if isinstance(entry, URLResolver) and (is_inside or route == ""):
            path = "" if route == "admin_console/" else before + route
            yield from _console_routes(entry.url_patterns, path, inside=is_inside)
        elif isinstance(entry, URLPattern) and is_inside:
            yield _filled((before + route).removeprefix("^").removesuffix("$"))


def _filled(route: str) -> str:
    """The route with the key of a row, where it asks for one."""
    for model in site._registry:
        if route.startswith(f"{model._meta.app_label}/{model._meta.model_name}/"):
            first = model._default_manager.order_by("pk").values_list("pk", flat=True).first()
            assert first is not None, f"there is no row for {route}"
            route = route.replace("<path:object_id>", str(first))
    return re.sub(r"<\w+:\w+>|\(\?P<\w+>[^)]*\)", "1", route)
