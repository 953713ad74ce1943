"""Hooks over REST v4, whatever their kind: bodies, ids and answers (specification §1.10, §1.11)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import GenericAlias
from typing import Any, TypedDict, cast

from msgspec import UNSET, UnsetType, defstruct
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.people import users
from accounts.people.asking import actor_of
from channels_app.channels import channels
from channels_app.membership.models import Channel
from channels_app.teams import teams
from mattermost_hooks import errors, rest
from mattermost_hooks.endpoints.bodies import Body
from mattermost_hooks.endpoints.endpoint import DONE, Done, serves
from mattermost_hooks.errors import Refusal

from .kind import Kind
from .models import ManagedHook

of_another_team = Refusal(
    "api.webhook.team_mismatch.app_error", "Unable to update webhook across teams."
)

Fields = dict[str, Any]


class HookBody(Body, kw_only=True):
    """What a body holds of any hook; body_of() adds what people say of one kind."""

    id: str = ""
    channel_id: str = ""
    team_id: str = ""


class HookJson(TypedDict):
    """What answers hold of any hook."""

    id: str
    create_at: int
    update_at: int
    delete_at: int
    channel_id: str
    team_id: str


def body_of(kind: Kind[Any], called: str, *also: str) -> type[HookBody]:
    """What bodies of a kind hold: what people say of it, the owner's id, and the texts `also`.

    `called` is the name that refusals give the body.
    """
    texts = [(name, str, "") for name in (kind.owner_id, *also)]
    said = [(name, shape.given | UnsetType, UNSET) for name, shape in kind.said.items()]
    name = f"{called.title().replace('_', '')}Body"
    namespace = {"called": called, "limits": tuple(kind.limits)}
    made = defstruct(name, [*texts, *said], bases=(HookBody,), namespace=namespace, kw_only=True)
    return cast("type[HookBody]", made)


def of_team(kind: Kind[Any], request: Request, page: rest.Page) -> Sequence[ManagedHook]:
    """The hooks of the team that the query names, or of all."""
    team_id = request.query_params.get("team_id")
    team = teams.find_or_empty(team_id) if team_id else None
    return kind.of_team(actor=actor_of(request), team=team, first=page.first, limit=page.size)


@dataclass(frozen=True)
class Doors:
    """What the addresses of a kind have of their own.

    `service` is the kind's module `hooks`, which also tells what it refuses OF_A_NEW_HOOK and OF_A_CHANGE; a
    body is what body_of() made. Of a new hook, `place` looks up where it is to be, then one that has an id
    is refused with `is_there`, and `beside` gives further arguments.
    """

    service: Any
    takes: type[HookBody]
    gives: Any
    place: Callable[[Any], Fields]
    is_there: Refusal
    beside: Callable[[Any], Fields]
    listed: Callable[[Kind[Any], Request, rest.Page], Sequence[ManagedHook]] = of_team
    changed_status: int = 200

    @property
    def kind(self) -> Kind[Any]:
        """The kind, as its service declares it."""
        kind: Kind[Any] = self.service.KIND
        return kind

    @property
    def of_a_change(self) -> tuple[Refusal, ...]:
        """What a change of a hook is refused with."""
        named = (of_another_team, teams.not_a_member, channels.no_such_channel)
        return *self.kind.of_one, *named, *self.service.OF_A_CHANGE

    @property
    def of_a_new_one(self) -> tuple[Refusal, ...]:
        """What a new hook is refused with."""
        named = (self.is_there, teams.not_a_member, users.no_such_account, channels.no_such_channel)
        general = (errors.not_permitted, self.kind.switched_off)
        return *general, *named, *self.service.OF_A_NEW_HOOK

    def shown(self, hook: ManagedHook) -> Fields:
        """A hook as REST shows it."""
        fields = {name: getattr(hook, name) for name in self.gives.__annotations__}
        return fields | {"channel_id": hook.channel_id or ""}

    def said(self, body: HookBody) -> Fields:
        """What a body says of a hook; all else in it has arguments of its own."""
        return {name: value for name, value in body.given().items() if name in self.kind.said}


def channel_of(kind: Kind[Any], body: HookBody) -> Channel | None:
    """The channel that a body names; None for none, where a hook can do without."""
    asked = body.channel_id or kind.needs_channel
    return channels.find_shared(body.channel_id) if asked else None


def list_view(doors: Doors) -> type[APIView]:
    """GET of the hooks there are, and POST of a new one."""

    class HookList(APIView):
        @serves(
            GenericAlias(list, (doors.gives,)),
            paged=True,
            raises=(errors.not_permitted, doors.kind.switched_off),
        )
        def get(self, request: Request, page: rest.Page) -> list[Fields]:
            """The hooks that the query asks for."""
            return [doors.shown(hook) for hook in doors.listed(doors.kind, request, page)]

        @serves(doors.gives, takes=doors.takes, status=201, raises=doors.of_a_new_one)
        def post(self, request: Request, body: HookBody) -> Fields:
            """A new hook."""
            arguments = doors.place(body)
            if body.id:
                raise doors.is_there()
            arguments |= doors.beside(body) | doors.said(body)
            return doors.shown(doors.service.create(actor=actor_of(request), **arguments))

    return HookList


def one_view(doors: Doors) -> type[APIView]:
    """GET, PUT and DELETE of one hook."""
    kind = doors.kind

    class OneHook(APIView):
        @serves(doors.gives, raises=kind.of_one)
        def get(self, request: Request, hook_id: str) -> Fields:
            """The hook."""
            return doors.shown(kind.read(actor=actor_of(request), hook_id=hook_id))

        @serves(
            doors.gives,
            takes=doors.takes,
            status=doors.changed_status,
            raises=doors.of_a_change,
        )
        def put(self, request: Request, hook_id: str, body: HookBody) -> Fields:
            """Replace what is said of the hook; a secret or an owner in the body changes nothing."""
            if body.id != hook_id:
                raise errors.invalid_body("hook_id")
            hook = kind.find(hook_id)
            if body.team_id not in ("", hook.team_id):
                raise of_another_team()
            said = doors.said(body) | {"channel": channel_of(kind, body)}
            return doors.shown(doors.service.update(actor=actor_of(request), hook=hook, **said))

        @serves(Done, raises=kind.of_one)
        def delete(self, request: Request, hook_id: str) -> Done:
            """Delete the hook."""
            kind.delete(actor=actor_of(request), hook=kind.find(hook_id))
            return DONE

    return OneHook
