"""Personal access tokens."""

from functools import partial

import pytest

from accounts.people.models import User
from accounts.sessions import tokens
from accounts.sessions.models import AccessToken
from mattermost_hooks.errors import AppError
from tests import make

pytestmark = pytest.mark.django_db


def test_a_token_revoked_meanwhile_is_a_404_and_stays_revoked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    admin = make.admin()
    token = AccessToken.objects.create(user=admin, description="robot")

    def find_and_lose(actor: User, token_id: str) -> AccessToken:
        AccessToken.objects.filter(id=token_id).delete()
        return token

    monkeypatch.setattr(tokens, "_find", find_and_lose)
    for change in (partial(tokens.set_active, active=True), tokens.revoke):
        with pytest.raises(AppError) as refusal:
            change(actor=admin, token_id=token.id)
        assert refusal.value.status == 404
    assert not AccessToken.objects.filter(id=token.id).exists()
