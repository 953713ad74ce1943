"""manage.py reseal."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from integrations.delivery import signing_secrets
from integrations.outgoing.models import OutgoingWebhook
from mattermost_hooks.records import now_ms
from tests import make

pytestmark = pytest.mark.django_db


def _reseal() -> str:
    said = StringIO()
    call_command("reseal", stdout=said)
    return said.getvalue()


def _signs(hook: OutgoingWebhook) -> bool:
    hook.refresh_from_db()
    return bool(signing_secrets.valid(hook.sealed_secrets, now=now_ms()))


def test_afterwards_the_fallback_may_go(settings: Any) -> None:
    hooks = [make.outgoing_hook(make.team(), make.user()) for _ in range(2)]
    old, settings.SECRET_KEY = settings.SECRET_KEY, "a new key, " + "n" * 40
    settings.SECRET_KEY_FALLBACKS = [old]
    assert _reseal() == "Signing secrets sealed anew: 2\n"
    settings.SECRET_KEY_FALLBACKS = []
    assert all(map(_signs, hooks))


def test_what_no_key_opens_is_told_and_left_as_it_is(settings: Any) -> None:
    hook = make.outgoing_hook(make.team(), make.user())
    settings.SECRET_KEY = "another key, " + "n" * 40
    said = _reseal()
    assert "sealed anew: 0\n" in said
    assert "no known key opens: 1." in said
    sealed = hook.sealed_secrets
    hook.refresh_from_db()
    assert hook.sealed_secrets == sealed
