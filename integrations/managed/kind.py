"""A kind of hook, and what is the same for all kinds: who may manage them, finding, listing, deleting."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import transaction
from django.db.models import QuerySet

from accounts.people import users
from accounts.people.models import User
from channels_app.membership import permissions
from channels_app.membership.models import Channel, Team
from mattermost_hooks import errors, process_cache
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import Refusal
from mattermost_hooks.limits import Limit
from mattermost_hooks.records import now_ms

from . import owners
from .models import ManagedHook
from .shapes import Shapes

Hook = TypeVar("Hook", bound=ManagedHook)


@dataclass(frozen=True)
class Kind(Generic[Hook]):
    """What tells one kind from another.

    `name` names many of the kind: people read it, and permissions end with it. `setting` is the switch in
    ServiceSettings. `remembered_as` is what processes remember of a hook (process_cache). A hook that
    `needs_channel` has one, maybe a private one, and is managed by those who may read it; others have a
    public channel or none.
    """

    model: type[Hook]
    needs_channel: bool
    name: str
    setting: str
    said: Shapes
    disabled_id: str
    missing_id: str
    remembered_as: Callable[[Hook], process_cache.Subject]

    @property
    def words(self) -> str:
        """What people call many of the kind, as a sentence begins."""
        return self.name.replace("_", " ").capitalize()

    @cached_property
    def limits(self) -> list[Limit]:
        """How long the texts may be, in the order in which Mattermost checks them."""
        return [shape.limit for shape in self.said.values() if shape.limit]

    @cached_property
    def switched_off(self) -> Refusal:
        """The 501 while the console has this kind switched off."""
        sentence = f"{self.words} have been disabled by the system admin."
        return Refusal(self.disabled_id, sentence, status=501)

    @cached_property
    def no_such_hook(self) -> Refusal:
        """The 404 for a hook that is not there, or no longer."""
        return Refusal(self.missing_id, "Unable to get the webhook.", status=404)

    @property
    def of_one(self) -> tuple[Refusal, ...]:
        """What whoever asks for one hook may be refused with."""
        return errors.not_permitted, self.switched_off, self.no_such_hook

    @property
    def manage(self) -> str:
        """The permission for one's own hooks."""
        return f"manage_{self.name}"

    @property
    def manage_others(self) -> str:
        """The permission for everybody's."""
        return f"manage_others_{self.name}"

    @property
    def owner_id(self) -> str:
        """What clients call the id of the owner."""
        return f"{self.model.OWNER}_id"

    @property
    def is_enabled(self) -> bool:
        """Does the console let hooks of this kind be?"""
        return bool(getattr(get_config().ServiceSettings, self.setting))

    def live(self) -> QuerySet[Hook]:
        """All hooks that are not deleted."""
        alive = self.model._default_manager.filter(delete_at=0)
        return alive.select_related("team", "channel", self.model.OWNER)

    def find(self, hook_id: str) -> Hook:
        """The live hook with this id; 404 if there is none."""
        if (found := self.live().filter(id=hook_id).first()) is None:
            raise self.no_such_hook()
        return found

    def read(self, *, actor: User, hook_id: str) -> Hook:
        """The hook, for those who may manage it."""
        hook = self.find(hook_id)
        self.require_enabled()
        self.require_managing(actor, hook)
        return hook

    def of_team(
        self,
        *,
        actor: User,
        team: Team | None,
        first: int = 0,
        limit: int = 200,
        newest_first: bool = False,
    ) -> list[Hook]:
        """Live hooks of a team (of all teams for None), oldest first unless told; only one's own without the
        permission to manage those of others. 403 for those who may not manage any.
        """
        hooks = self.own_or_all(
            self.live() if team is None else self.live().filter(team=team), actor, team
        )
        return list((hooks.reverse() if newest_first else hooks)[first : first + limit])

    def own_or_all(self, hooks: QuerySet[Hook], actor: User, team: Team | None) -> QuerySet[Hook]:
        """Those of these hooks that the actor may manage, oldest first; refused like of_team()."""
        self.require_enabled()
        permissions.require(actor, self.manage, team=team)
        if not permissions.may(actor, self.manage_others, team=team):
            hooks = hooks.filter(**{self.model.OWNER: actor})
        return hooks.order_by("create_at", "id")

    def delete(self, *, actor: User, hook: Hook) -> None:
        """Delete a hook; it takes and sends nothing from now on. 404 for one that is deleted already."""
        self.require_enabled()
        self.require_managing(actor, hook)
        now = now_ms()
        self.change(hook, {"delete_at": now, "update_at": now})

    def end_with_channel(self, channel: Channel, at: int) -> None:
        """Delete the hooks whose channel is being archived, at that time (ms)."""
        of_channel = self.model._default_manager.filter(channel=channel)
        of_channel.filter(delete_at=0).update(delete_at=at, update_at=at)
        ended = of_channel.filter(delete_at=at)
        process_cache.forget_everywhere(*{self.remembered_as(hook) for hook in ended})

    def require_enabled(self) -> None:
        """Raise the 501 while the console has this kind switched off."""
        if not self.is_enabled:
            raise self.switched_off()

    def require_managing(self, actor: User, hook: Hook) -> None:
        """Raise the 403 unless the actor may manage this hook: one's own, or everybody's."""
        permissions.require(actor, self.manage, team=hook.team)
        if hook.owner.id != actor.id:
            permissions.require(actor, self.manage_others, team=hook.team)
        if self.needs_channel and not hook.channel.is_open:
            permissions.require(actor, "read_channel", channel=hook.channel)

    def owner_for(self, *, actor: User, owner_id: str, team: Team) -> User:
        """Who is to own a new hook, the actor unless told; refused while the kind is switched off."""
        owner = actor
        if owner_id:
            permissions.require(actor, self.manage_others, team=team)
            owner = users.find_shared(owner_id)
        self.require_enabled()
        owners.check(actor=actor, owner=owner, team=team, field=self.owner_id)
        return owner

    def check_owner(self, hook: Hook) -> None:
        """Raise the 400 for a hook whose owner has left its team."""
        owners.check_membership(owner=hook.owner, team=hook.team, field=self.owner_id)

    def say(self, hook: Hook, said: Mapping[str, Any]) -> None:
        """Put into the hook what is said of it, blank where nothing is; stores and checks nothing."""
        for name, shape in self.said.items():
            setattr(hook, name, shape.kept(said, name))

    def store(self, hook: Hook, *also: str) -> None:
        """Write what is said of a live hook, its channel, and fields that go with them; all else stays."""
        hook.update_at = now_ms()
        changed = (*self.said, "channel", "update_at", *also)
        self.change(hook, {name: getattr(hook, name) for name in changed})

    def change(self, hook: Hook, values: Mapping[str, Any]) -> None:
        """Write these fields of a live hook, and no others; 404 if it is deleted at this moment."""
        with transaction.atomic():
            alive = self.model._default_manager.filter(id=hook.id, delete_at=0)
            if not alive.update(**values):
                raise self.no_such_hook()
            process_cache.forget_everywhere(self.remembered_as(hook))
