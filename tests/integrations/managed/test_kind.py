"""What holds for hooks of every kind."""

from typing import Any

import pytest

from channels_app.membership.models import Channel
from integrations.incoming import hooks as incoming
from integrations.managed.kind import Kind
from integrations.outgoing import hooks as outgoing
from mattermost_hooks import process_cache
from mattermost_hooks.errors import AppError
from tests import make

pytestmark = pytest.mark.django_db

KINDS = [incoming.KIND, outgoing.KIND]


def _hook(kind: Kind[Any], channel: Channel) -> Any:
    own = {kind.model.OWNER: make.user()}
    return kind.model._default_manager.create(team=make.team_of(channel), channel=channel, **own)


@pytest.fixture
def channel() -> Channel:
    """A public channel of a team."""
    return make.channel(make.team())


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_hook_that_was_deleted_meanwhile_stays_as_it_is(
    kind: Kind[Any], channel: Channel
) -> None:
    hook = _hook(kind, channel)
    kind.model._default_manager.filter(id=hook.id).update(delete_at=1)
    hook.display_name = "Too late"
    with pytest.raises(AppError) as refused:
        kind.store(hook)
    assert (refused.value.id, refused.value.status) == (kind.missing_id, 404)
    hook.refresh_from_db()
    assert (hook.display_name, hook.delete_at) == ("", 1)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_hooks_end_with_their_channel_and_are_forgotten(
    kind: Kind[Any], channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending, gone = _hook(kind, channel), _hook(kind, channel)
    kind.model._default_manager.filter(id=gone.id).update(delete_at=1)
    staying = _hook(kind, make.channel(make.team_of(channel)))
    forgotten: set[process_cache.Subject] = set()
    monkeypatch.setattr(
        process_cache, "forget_everywhere", lambda *subjects: forgotten.update(subjects)
    )
    kind.end_with_channel(channel, 77)
    rows = kind.model._default_manager.in_bulk()
    assert {id: row.delete_at for id, row in rows.items()} == {
        ending.id: 77,
        gone.id: 1,
        staying.id: 0,
    }
    assert forgotten == {kind.remembered_as(ending)}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_hook_without_a_name_is_called_after_its_kind(kind: Kind[Any], channel: Channel) -> None:
    hook = _hook(kind, channel)
    assert f"{hook}s" == kind.words.lower()
    hook.display_name = "Alerts"
    assert str(hook) == "Alerts"
