"""Bot accounts: users without a password who act through access tokens (specification §1.9, §6.6)."""

from dataclasses import replace

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.activation import activation
from accounts.people import users
from accounts.people.models import Bot, User
from mattermost_hooks import errors, limits
from mattermost_hooks.console.config import get_config
from mattermost_hooks.errors import Refusal
from mattermost_hooks.limits import Limit

LIMITS = (
    Limit(
        field="description",
        most=1024,
        id="model.bot.is_valid.description.app_error",
        sentence="Invalid description.",
    ),
)
# REST calls it display_name; it is kept as the account's first name.
DISPLAY_NAME = replace(users.FIRST_NAME, field="display_name")

switched_off = Refusal("api.bot.create_disabled", "Bot creation has been disabled.", status=403)
no_such_bot = Refusal("store.sql_bot.get.missing.app_error", "Bot does not exist.", status=404)
bad_username = Refusal(
    "model.bot.is_valid.username.app_error",
    "Invalid username.",
    field="username",
    words=f"{users.USERNAME_RULE} A bot's does not end in a dot.",
)
# Whatever create() refuses with, but for permissions and limits.
OF_A_NEW_BOT = (switched_off, bad_username, users.username_taken, users.email_taken)


def create(*, actor: User, username: str, display_name: str = "", description: str = "") -> Bot:
    """A bot owned by `actor`, with a user row of its own. 403 for bots, and while creation is off."""
    if actor.is_bot or not actor.is_system_admin:
        raise errors.not_permitted()
    if not get_config().ServiceSettings.EnableBotAccountCreation:
        raise switched_off()
    return make(owner=actor, username=username, display_name=display_name, description=description)


def make(*, owner: User, username: str, display_name: str = "", description: str = "") -> Bot:
    """A bot like create()'s, whoever asks for it: 400 for names and texts beyond the limits."""
    username = username.lower()
    if not users.is_valid_username(username) or username.endswith("."):
        raise bad_username()
    user = User(
        username=username, email=f"{username}@localhost", first_name=display_name, is_bot=True
    )
    bot = Bot(user=user, owner=owner, description=description)
    limits.check(bot, LIMITS)
    user.set_unusable_password()
    users.check(user)
    with transaction.atomic():
        users.save_new(user)
        bot.save(force_insert=True)
    return bot


def system() -> User:
    """The account in whose name the server speaks to people; made when it is first needed."""
    user, _ = User.objects.get_or_create(
        username=users.SYSTEM_BOT,
        defaults={
            "email": f"{users.SYSTEM_BOT}@localhost",
            "first_name": "System",
            "is_bot": True,
            "password": make_password(None),
        },
    )
    return user


def set_enabled(*, actor: User, user_id: str, enabled: bool) -> Bot:
    """Enable or disable a bot; 404 for what is no bot, or whose existence is not the actor's to know."""
    bot = Bot.objects.select_related("user").filter(user_id=user_id).first()
    if bot is None or not actor.is_system_admin:
        raise no_such_bot()
    activation.set_active(actor=actor, user=bot.user, active=enabled)
    bot.refresh_from_db()
    return bot
