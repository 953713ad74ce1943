"""Signing in and out, and whom a token stands for (specification §6)."""

from typing import TypeVar

from django.db import transaction
from django.utils.crypto import constant_time_compare

from accounts.passwords import guesses, passwords
from accounts.people import users
from accounts.people.models import User
from mattermost_hooks import errors, process_cache
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import AppError, Refusal
from mattermost_hooks.records import batches, is_id, now_ms

from . import browsers
from .models import AccessToken, Session

Secret = TypeVar("Secret", Session, AccessToken)

DAY_MS = 24 * 60 * 60 * 1000
LONGEST_DEVICE_ID = 512

blank_password = Refusal(
    "api.user.login.blank_pwd.app_error", "Password field must not be blank", field="password"
)
no_bot_signs_in = Refusal(
    "api.user.login.bot_login_forbidden.app_error",
    "Bot login is forbidden.",
    status=401,
    field="password",
)
deactivated = Refusal(
    "api.user.login.inactive.app_error",
    "Login failed because your account has been deactivated.  Please contact an administrator.",
    status=401,
    field="password",
)
wrong_email_or_password = Refusal(
    "api.user.login.invalid_credentials_email",
    "Enter a valid email and/or password.",
    status=401,
    field="password",
)
wrong_username_or_password = Refusal(
    "api.user.login.invalid_credentials_username",
    "Enter a valid username and/or password.",
    status=401,
    field="password",
)
wrong_name_or_password = Refusal(
    "api.user.login.invalid_credentials_email_username",
    "Enter a valid email or username and/or password.",
    status=401,
    field="password",
)
# Whatever sign_in() refuses with, but for a wrong body.
OF_SIGNING_IN = (
    blank_password,
    no_bot_signs_in,
    deactivated,
    wrong_email_or_password,
    wrong_username_or_password,
    wrong_name_or_password,
    passwords.too_many,
    *guesses.REFUSALS,
)


def sign_in(
    *, login_id: str, password: str, address: str, browser: str = "", device_id: str = ""
) -> Session:
    """A new session for whoever has this name and password.

    `address` is where the client is, `browser` the cookie of accounts.sessions.browsers. 401 for anything that
    does not fit, with Mattermost's id for bots, deactivated and locked accounts; 400 for a blank password
    or an overlong device id; 429 while too many sign in. Wrong passwords count (accounts.passwords.guesses).
    """
    if not password:
        raise blank_password()
    if len(device_id) > LONGEST_DEVICE_ID:
        raise errors.invalid_body(
            "device_id", detail=f"device_id is longer than {LONGEST_DEVICE_ID} characters"
        )
    passwords.require_room()
    user = users.by_login(login_id)
    if user is not None and user.is_bot:
        raise no_bot_signs_in()
    account = user.id if user else guesses.nobody(login_id)
    known = browsers.recognise(browser, user)
    with guesses.counted(account=account, address=address, browser=known) as attempt:
        verdict = passwords.verify(password, user.password if user else "")
        attempt.right = verdict.right
    if user is None or not verdict.right:
        raise _invalid_credentials()
    return _start_with_password(user, verdict.renewed, device_id)


def start(*, user: User, device_id: str = "") -> Session:
    """A session for a user whose identity is known already."""
    lifetime = get_config().ServiceSettings.SessionLengthWebInDays * DAY_MS
    return Session.objects.create(user=user, device_id=device_id, expires_at=now_ms() + lifetime)


def sign_out(*, session: Session) -> None:
    """End a session: the next request with its token is refused, in every process."""
    with transaction.atomic():
        Session.objects.filter(id=session.id).delete()
        process_cache.forget_everywhere(("session", session.token))


def prune(*, most: int) -> int:
    """Delete sessions that ended longer ago than the console says, at most so many; how many it were."""
    ended_before = now_ms() - get_config().DataRetentionSettings.SessionRetentionDays * DAY_MS
    ended = Session.objects.filter(expires_at__gt=0, expires_at__lt=ended_before)
    ids = list(ended.values_list("id", flat=True)[:most])
    Session.objects.filter(id__in=ids).delete()
    return len(ids)


def session_of(token: str) -> tuple[Session, User] | None:
    """The live session with this token and its holder, both shared; None for unknown and ended ones."""
    session = _known(Session, "session", token)
    if session is None or 0 < session.expires_at < now_ms():
        return None
    user = users.find_shared(session.user_id)
    return None if user.delete_at else (session, user)


def access_token_owner(token: str) -> User | None:
    """Whom a personal access token acts for, shared; None while tokens are off, except for bots (§6.5)."""
    found = _known(AccessToken, "access_token", token)
    if found is None or not found.is_active:
        return None
    owner = users.find_shared(found.user_id)
    allowed = owner.is_bot or get_config().ServiceSettings.EnableUserAccessTokens
    return owner if allowed and not owner.delete_at else None


def _known(kind: type[Secret], name: str, token: str) -> Secret | None:
    def load() -> Secret | None:
        row = kind._default_manager.filter(token=token).first()
        return row if row and constant_time_compare(row.token, token) else None

    return process_cache.remember_if_there((name, token), load) if is_id(token) else None


def _start_with_password(user: User, renewed: str, device_id: str) -> Session:
    """A session, unless the password was changed while it was compared: that ended all others."""
    with transaction.atomic():
        same = User.objects.select_for_update().filter(id=user.id, password=user.password)
        found = same.first()
        if found is None:
            raise _invalid_credentials()
        if found.delete_at:
            raise deactivated()
        if renewed:
            same.update(password=renewed)
            process_cache.forget_everywhere(("user", user.id))
        return start(user=found, device_id=device_id)


def _invalid_credentials() -> AppError:
    email = get_config().EmailSettings
    if not email.EnableSignInWithUsername:
        return wrong_email_or_password()
    if not email.EnableSignInWithEmail:
        return wrong_username_or_password()
    return wrong_name_or_password()


def end_all(user: User, *, keep: Session | None = None) -> None:
    """End the sessions of an account, but for the one to keep; called in a transaction."""
    ended = Session.objects.filter(user=user).exclude(id=keep.id if keep else "")
    tokens = list(ended.values_list("token", flat=True))
    for some in batches(tokens):
        Session.objects.filter(token__in=some).delete()
    process_cache.forget_everywhere(*(("session", token) for token in tokens))
