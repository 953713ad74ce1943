"""What the workers do for accounts."""

import pytest

from accounts.sessions import sessions, tasks
from accounts.sessions.models import Session
from mattermost_hooks.records import now_ms
from tests import make


@pytest.mark.django_db
def test_old_sessions_are_pruned() -> None:
    Session.objects.create(user=make.user(), expires_at=now_ms() - 100 * sessions.DAY_MS)
    tasks.prune_sessions.apply()
    assert not Session.objects.exists()
