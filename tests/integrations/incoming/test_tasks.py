"""The tasks themselves: one call each."""

import pytest

from integrations.incoming import tasks
from integrations.incoming.models import IncomingCall
from tests import make

pytestmark = pytest.mark.django_db


def test_old_calls_are_pruned() -> None:
    hook = make.incoming_hook(make.channel(), make.user())
    IncomingCall.objects.create(id="1" * 26, hook=hook, status=200)
    kept = IncomingCall.objects.create(hook=hook, status=200)
    tasks.prune_calls(added_by_a_newer_version=True)
    assert list(IncomingCall.objects.all()) == [kept]
