"""Personal access tokens: issued, listed, disabled, revoked (specification §6.5)."""

from django.db import transaction

from accounts.people import roles
from accounts.people.models import User
from mattermost_hooks import errors, limits, process_cache
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import Refusal
from mattermost_hooks.limits import Limit

from .models import AccessToken

LIMITS = (
    Limit(
        field="description",
        most=255,
        id="model.user_access_token.is_valid.description.app_error",
        sentence="Invalid description, must be 255 or less characters.",
    ),
)

switched_off = Refusal(
    "app.user_access_token.disabled",
    "Personal access tokens are disabled on this server. Please contact your system "
    "administrator for details.",
    status=501,
)
no_such_token = Refusal(
    "app.user_access_token.get_by_user.app_error",
    "Unable to get the personal access tokens by user.",
    status=404,
)


def issue(*, actor: User, owner: User, description: str) -> AccessToken:
    """A new token for `owner`; only its maker ever sees the secret, in this answer.

    501 while tokens are switched off (bots may have them all the same), 403 without the permission.
    """
    _require(actor, owner, "create_user_access_token")
    if not owner.is_bot and not get_config().ServiceSettings.EnableUserAccessTokens:
        raise switched_off()
    token = AccessToken(user=owner, description=description)
    limits.check(token, LIMITS)
    token.save(force_insert=True)
    return token


def revoke(*, actor: User, token_id: str) -> None:
    """Delete a token; it stops at once."""
    token = _find(actor, token_id)
    with transaction.atomic():
        if not AccessToken.objects.filter(id=token.id).delete()[0]:
            raise no_such_token()
        process_cache.forget_everywhere(("access_token", token.token))


def set_active(*, actor: User, token_id: str, active: bool) -> None:
    """Enable or disable a token; it acts at once. 404 for one that is revoked at this moment."""
    token = _find(actor, token_id)
    with transaction.atomic():
        if not AccessToken.objects.filter(id=token.id).update(is_active=active):
            raise no_such_token()
        process_cache.forget_everywhere(("access_token", token.token))


def _find(actor: User, token_id: str) -> AccessToken:
    token = AccessToken.objects.select_related("user").filter(id=token_id).first()
    if token is None:
        raise no_such_token()
    _require(actor, token.user, "revoke_user_access_token")
    return token


def _require(actor: User, owner: User, permission: str) -> None:
    if actor.id != owner.id and not actor.is_system_admin:
        raise errors.not_permitted()
    if not roles.grants(actor.roles, permission):
        raise errors.not_permitted()
