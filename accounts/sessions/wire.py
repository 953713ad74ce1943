"""How access tokens look in the answers of REST API v4 (specification §1.8)."""

from typing import Any

from .models import AccessToken


def token_json(token: AccessToken, *, secret: bool) -> dict[str, Any]:
    """A token as REST shows it; with its secret only when it has just been made."""
    shown = {
        "id": token.id,
        "user_id": token.user_id,
        "description": token.description,
        "is_active": token.is_active,
    }
    return shown | ({"token": token.token} if secret else {})
