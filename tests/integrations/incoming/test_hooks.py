"""Incoming webhooks as rows: what may change and what may not."""

import pytest

from integrations.incoming import hooks
from tests import make

pytestmark = pytest.mark.django_db


def test_a_hook_deleted_while_it_is_changed_stays_deleted() -> None:
    ann = make.user()
    team = make.team(ann)
    admin, channel = make.team_admin(team), make.channel(team, ann)
    seen = hooks.find(make.incoming_hook(channel, admin).id)
    hooks.delete(actor=admin, hook=hooks.find(seen.id))
    hooks.update(actor=admin, hook=seen, channel=channel, display_name="new")
    seen.refresh_from_db()
    assert seen.delete_at > 0
