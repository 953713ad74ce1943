"""Personal access tokens."""

import pytest

from accounts import tokens
from accounts.models import AccessToken, User
from tests import make

pytestmark = pytest.mark.django_db


def test_a_token_revoked_while_it_is_switched_stays_revoked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    admin = make.admin()
    token = AccessToken.objects.create(user=admin, description="robot")

    def find_and_lose(actor: User, token_id: str) -> AccessToken:
        AccessToken.objects.filter(id=token_id).delete()
        return token

    monkeypatch.setattr(tokens, "_find", find_and_lose)
    tokens.set_active(actor=admin, token_id=token.id, active=True)
    assert not AccessToken.objects.filter(id=token.id).exists()
