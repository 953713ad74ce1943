"""How access tokens look in the answers of REST API v4 (specification §1.8)."""

from typing import NotRequired, TypedDict

from .models import AccessToken


class TokenJson(TypedDict):
    """An access token."""

    id: str
    user_id: str
    description: str
    is_active: bool
    token: NotRequired[str]


def token_json(token: AccessToken, *, secret: bool) -> TokenJson:
    """A token as REST shows it; with its secret only when it has just been made."""
    shown: TokenJson = {
        "id": token.id,
        "user_id": token.user_id,
        "description": token.description,
        "is_active": token.is_active,
    }
    if secret:
        shown["token"] = token.token
    return shown
