"""People: made, found, changed, deactivated (specification §1.1, §7.2)."""

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from accounts.passwords import guesses, passwords, rules
from mattermost_hooks import errors, limits, process_cache
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import Refusal
from mattermost_hooks.limits import Limit
from mattermost_hooks.records import batches, now_ms

from . import roles
from .models import Bot, User

SYSTEM_BOT = "system-bot"
RESERVED_USERNAMES = frozenset({"all", "channel", "matterbot", "system", SYSTEM_BOT})
LONGEST_USERNAME = 64
USERNAME_RULE = (
    f"A username has 1 to {LONGEST_USERNAME} letters from a to z, digits, dots, dashes and underscores, "
    f"and is none of {', '.join(sorted(RESERVED_USERNAMES))}."
)

_USERNAME = re.compile(r"[a-z0-9._-]+\Z")
LIMITS = tuple(
    Limit(
        field=field,
        most=most,
        id=f"model.user.is_valid.{field}.app_error",
        sentence=f"Invalid {field.replace('_', ' ')}.",
    )
    for field, most in [
        ("nickname", 64),
        ("first_name", 64),
        ("last_name", 64),
        ("position", 128),
        ("locale", 5),
    ]
)

FIRST_NAME = next(one for one in LIMITS if one.field == "first_name")

no_such_account = Refusal("app.user.missing_account.const", "Unable to find the user.", status=404)
no_such_username = Refusal(
    "app.user.get_by_username.app_error",
    "Unable to find an existing account matching your username for this team. This team may require "
    "an invite from the team owner to join.",
    status=404,
)
bad_username = Refusal(
    "model.user.is_valid.username.app_error",
    "Username must begin with a letter, and contain between 3 to 22 lowercase characters made up "
    'of numbers, letters, and the symbols ".", "-", and "_".',
    field="username",
    words=USERNAME_RULE,
)
bad_email = Refusal(
    "model.user.is_valid.email.app_error",
    "Invalid email.",
    field="email",
    words="Enter an e-mail address such as ann@example.com.",
)
username_taken = Refusal(
    "app.user.save.username_exists.app_error",
    "An account with that username already exists.",
    field="username",
)
email_taken = Refusal(
    "app.user.save.email_exists.app_error",
    "An account with that email already exists.",
    field="email",
)
no_sign_up = Refusal(
    "api.user.create_user.signup_email_disabled.app_error",
    "User sign-up with email is disabled.",
    status=501,
)
not_open = Refusal(
    "api.user.create_user.no_open_server",
    "This server does not allow open signups.  Please speak with your Administrator to receive "
    "an invitation.",
    status=403,
)
# Whatever create() refuses with, but for limits.
OF_A_NEW_ACCOUNT = (
    bad_username,
    bad_email,
    username_taken,
    email_taken,
    no_sign_up,
    not_open,
    passwords.too_many,
    *rules.REFUSALS,
)
last_administrator = Refusal(
    "api.user.update_roles.last_administrator.app_error",
    "There must be at least one active administrator.",
)
no_bot_administers = Refusal(
    "api.user.update_roles.bot.app_error",
    "A bot cannot administer the server.",
    field="administrator",
)


def create(
    *, username: str, email: str, password: str, actor: User | None = None, **names: str
) -> User:
    """A new account. The first one on a server becomes its administrator.

    `names` may hold nickname, first_name, last_name, position and locale. Without `actor` this is a
    visitor who signs up: refused with 403 unless the server is open or still empty.
    """
    if not _is_empty():
        _require_creation_allowed(actor)
    user = User(username=username.lower(), email=email.strip().lower(), **names)
    check(user)
    rules.check(password)
    _check_free(user)
    user.password = passwords.hashed(password)
    with transaction.atomic():
        if _is_empty() and _is_empty(for_us=True):
            user.roles = f"{roles.SYSTEM_ADMIN} {roles.SYSTEM_USER}"
        else:  # perhaps only since a moment ago
            _require_creation_allowed(actor)
        save_new(user)
    return user


def save_new(user: User) -> None:
    """Insert an account; a taken username or e-mail address is a 400 with Mattermost's id."""
    _check_free(user)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise username_taken() from error


def find_shared(user_id: str) -> User:
    """The shared row of the account with this id, deactivated ones included; 404 if there is none."""

    def load() -> User:
        user = User.objects.filter(id=user_id).first()
        if user is None:
            raise no_such_account()
        return user

    return process_cache.remember(("user", user_id), load)


def find_by_username(username: str) -> User | None:
    """The account with this username in any letter case, deactivated ones included."""
    return User.objects.filter(username=username.lower()).first()


def bot_of(user: User) -> Bot | None:
    """What a bot account has beyond its user row; None for a person."""
    return Bot.objects.filter(user=user).first()


def usernames(user_ids: set[str]) -> dict[str, str]:
    """Id → username of those that exist."""
    found: dict[str, str] = {}
    for some in batches(user_ids):
        found |= User.objects.filter(id__in=some).values_list("id", "username")
    return found


def existing_usernames(candidates: set[str]) -> dict[str, str]:
    """Username → id of the active accounts among these lower-case names."""
    found: dict[str, str] = {}
    for some in batches(candidates):
        active = User.objects.filter(username__in=some, delete_at=0)
        found |= active.values_list("username", "id")
    return found


def by_login(login_id: str) -> User | None:
    """Who signs in with exactly this: an id, or a username or e-mail address as the console allows."""
    email = get_config().EmailSettings
    wanted = login_id.lower()
    matches = Q(id=login_id)
    if email.EnableSignInWithUsername:
        matches |= Q(username=wanted)
    if email.EnableSignInWithEmail:
        matches |= Q(email=wanted)
    return User.objects.filter(matches).first()


def rename(*, actor: User, user: User, username: str) -> None:
    """Give an account another username, in lower case. Only administrators may; 400 for one that is taken.

    The old name is free at once: what mentions or addresses it no longer means this account, old posts
    included. Posts, webhooks and direct messages belong to the account and go along.
    """
    if not actor.is_system_admin:
        raise errors.not_permitted()
    renamed = User(username=username.lower(), email=user.email, is_bot=user.is_bot)
    check(renamed)
    try:
        with transaction.atomic():
            account = User.objects.filter(id=user.id)
            if not account.update(username=renamed.username, update_at=now_ms()):
                raise no_such_account()
            process_cache.forget_everywhere(("user", user.id))
    except IntegrityError as error:
        raise username_taken() from error


def set_administrator(*, actor: User, user: User, administrator: bool) -> None:
    """Let a person administer the server, or no longer. Only administrators may.

    400 for a bot, and for the last active administrator: nobody could let another one in.
    """
    if not actor.is_system_admin:
        raise errors.not_permitted()
    if user.is_bot:
        raise no_bot_administers()
    with transaction.atomic():
        if not administrator:
            require_another_administrator(user, field="administrator")
        account = User.objects.select_for_update().filter(id=user.id).first()
        if account is None:
            raise no_such_account()
        others = [role for role in account.roles.split() if role != roles.SYSTEM_ADMIN]
        account.roles = " ".join([roles.SYSTEM_ADMIN] * administrator + others)
        account.update_at = now_ms()
        account.save(update_fields=["roles", "update_at"])
        process_cache.forget_everywhere(("user", user.id))


def unlock(*, user: User) -> None:
    """Forget the wrong passwords that slow down who signs in to this account."""
    guesses.forget(user.id)


def check(user: User) -> None:
    """Refuse names and addresses that break the limits of specification §1.1."""
    if not is_valid_username(user.username):
        raise bad_username()
    if not _is_email(user.email) and not user.is_bot:
        raise bad_email()
    limits.check(user, LIMITS)


def is_valid_username(username: str) -> bool:
    """1 to 64 of a-z, 0-9, dot, dash and underscore, and none of the reserved names."""
    return (
        len(username) <= LONGEST_USERNAME
        and bool(_USERNAME.match(username))
        and username not in RESERVED_USERNAMES
    )


def require_another_administrator(user: User, *, field: str) -> None:
    """Refuse to lose this person as an administrator if no other active one is left."""
    # Holding the rows makes two who take the right from each other come one after the other.
    active = User.objects.filter(delete_at=0, is_bot=False, roles__contains=roles.SYSTEM_ADMIN)
    left = [one for one in active.select_for_update().order_by("id") if one.is_system_admin]
    if [one.id for one in left] == [user.id]:
        raise last_administrator(field=field)


def _is_empty(*, for_us: bool = False) -> bool:
    """Has this server no person yet? `for_us` keeps others from becoming the first meanwhile."""
    if (
        for_us and connection.vendor == "postgresql"
    ):  # SQLite's transactions write one after the other
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE accounts_user IN SHARE ROW EXCLUSIVE MODE")
    return not User.objects.filter(is_bot=False).exists()


def _check_free(user: User) -> None:
    if User.objects.filter(email=user.email).exists():
        raise email_taken()
    if User.objects.filter(username=user.username).exists():
        raise username_taken()


def _require_creation_allowed(actor: User | None) -> None:
    team = get_config().TeamSettings
    if actor is not None and actor.is_system_admin:
        return
    if not team.EnableUserCreation:
        raise no_sign_up()
    if not team.EnableOpenServer:
        raise not_open()


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= 128
