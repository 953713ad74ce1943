"""Hooks over REST v4, whatever their kind: bodies, ids and answers (specification §1.10, §1.11)."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.people.asking import actor_of
from channels_app.channels import channels
from channels_app.membership.models import Channel
from channels_app.teams import teams
from mattermost_hooks import errors, rest
from mattermost_hooks.errors import AppError

from .kind import Kind
from .models import ManagedHook


class HookView(APIView):
    """What a kind says of its bodies and answers.

    `service` is the kind's module `hooks`, `body` the name of the body in refusals. `also_read` are texts that
    a new hook may be given beside what people say of it, `also_shown` what answers hold beside that.
    """

    service: Any
    body: str
    also_read: tuple[str, ...] = ()
    also_shown: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind[Any]:
        """The kind, as its service declares it."""
        kind: Kind[Any] = self.service.KIND
        return kind

    def fields(self, request: Request) -> rest.Fields:
        """What the body holds of a hook's fields; of lists, texts only."""
        kind = self.kind
        ids = ("id", kind.owner_id, "channel_id", "team_id", *self.also_read)
        said = {name: shape.type for name, shape in kind.said.items()}
        fields = rest.read_fields(request, self.body, dict.fromkeys(ids, str) | said)
        for name, value in fields.items():
            if isinstance(value, list) and not all(isinstance(one, str) for one in value):
                raise errors.invalid_body(self.body, detail=f"{name} must be a list of texts")
        return fields

    def said(self, fields: rest.Fields) -> rest.Fields:
        """Those of the fields that people say of a hook; all others have arguments of their own."""
        return {name: value for name, value in fields.items() if name in self.kind.said}

    def channel(self, fields: rest.Fields) -> Channel | None:
        """The channel that the body names; None for none, where a hook can do without."""
        channel_id = fields.get("channel_id", "")
        return channels.find_shared(channel_id) if channel_id or self.kind.needs_channel else None

    def shown(self, hook: ManagedHook) -> dict[str, Any]:
        """A hook as REST shows it."""
        ids = ("id", self.kind.owner_id, "team_id")
        clocks = ("create_at", "update_at", "delete_at")
        names = (*ids, *clocks, *self.kind.said, *self.also_shown)
        shown = {name: getattr(hook, name) for name in names}
        return shown | {"channel_id": hook.channel_id or ""}


class HookListView(HookView):
    """GET of the hooks there are, and POST of a new one."""

    def get(self, request: Request) -> Response:
        """The hooks of a team, or of all."""
        page = rest.page_of(request)
        team_id = request.query_params.get("team_id")
        team = teams.find_or_empty(team_id) if team_id else None
        found = self.kind.of_team(
            actor=actor_of(request), team=team, first=page.first, limit=page.size
        )
        return Response([self.shown(hook) for hook in found])

    def post(self, request: Request) -> Response:
        """A new hook, 201."""
        fields = self.fields(request)
        place = self.place(fields)
        if fields.get("id"):
            raise self.is_there()
        hook = self.service.create(
            actor=actor_of(request), **place, **self.beside(fields), **self.said(fields)
        )
        return Response(self.shown(hook), status=201)

    def place(self, fields: rest.Fields) -> dict[str, Any]:
        """The argument of the service that says where the hook is to be; looked up before all else."""
        raise NotImplementedError

    def beside(self, fields: rest.Fields) -> dict[str, Any]:
        """Further arguments, beside what people say of the hook."""
        raise NotImplementedError

    def is_there(self) -> AppError:
        """The refusal of a body with an id: new hooks get theirs here."""
        raise NotImplementedError


class OneHookView(HookView):
    """GET, PUT and DELETE of one hook."""

    changed_status: int = 200

    def get(self, request: Request, hook_id: str) -> Response:
        """The hook."""
        rest.check_id(hook_id, "hook_id")
        return Response(self.shown(self.kind.read(actor=actor_of(request), hook_id=hook_id)))

    def put(self, request: Request, hook_id: str) -> Response:
        """Replace what is said of the hook; a secret or an owner in the body changes nothing."""
        rest.check_id(hook_id, "hook_id")
        fields = self.fields(request)
        if fields.get("id", "") != hook_id:
            raise errors.invalid_body("hook_id")
        hook = self.kind.find(hook_id)
        if fields.get("team_id", "") not in ("", hook.team_id):
            raise AppError(
                "api.webhook.team_mismatch.app_error", "Unable to update webhook across teams."
            )
        hook = self.service.update(
            actor=actor_of(request), hook=hook, channel=self.channel(fields), **self.said(fields)
        )
        return Response(self.shown(hook), status=self.changed_status)

    def delete(self, request: Request, hook_id: str) -> Response:
        """Delete the hook."""
        hook = self.kind.find(rest.check_id(hook_id, "hook_id"))
        self.kind.delete(actor=actor_of(request), hook=hook)
        return rest.ok()
