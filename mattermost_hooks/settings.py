"""Deploy-time settings, read from the environment once. What an administrator changes while the
server runs stands in console/sections.py instead.
"""

import os
import secrets
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from mattermost_hooks import log_lines

BASE_DIR = Path(__file__).resolve().parent.parent


def env_bool(name: str, *, default: bool) -> bool:
    """A switch from the environment; any word but the usual ones is refused at start-up."""
    word = os.environ.get(name, "").strip().lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    if not word:
        return default
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {word!r}.")


def env_int(name: str, *, default: int) -> int:
    """A whole number from the environment."""
    word = os.environ.get(name) or str(default)
    try:
        return int(word)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {word!r}.") from None


def env_secret(name: str, *, keep_in: Path) -> str:
    """A secret from NAME, from the file NAME_FILE, or made once and kept in a private file."""
    if value := os.environ.get(name):
        return value
    path = Path(os.environ.get(f"{name}_FILE") or keep_in)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


def env_folder(name: str, *, default: Path) -> Path:
    """A folder from the environment, made if it is not there; one that cannot be written to is refused."""
    path = Path(os.environ.get(name) or default).resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=path).close()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} must be a folder that can be written to, not {path} ({error.strerror})."
        ) from None
    return path


DATA_DIR = env_folder("DATA_DIR", default=BASE_DIR / "data")

# Whether `manage.py up` makes a demo team in an empty database, and runs the bot of one.
DEMO = env_bool("DEMO", default=True)

SECRET_KEY = env_secret("SECRET_KEY", keep_in=DATA_DIR / "secret_key")
# Earlier ones, separated by blanks: what was signed or sealed under them still counts.
SECRET_KEY_FALLBACKS = os.environ.get("SECRET_KEY_FALLBACKS", "").split()
DEBUG = False
# Every link this server hands out is built from SiteURL, never from the Host header.
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "*").split(",")

INSTALLED_APPS = [
    "mattermost_hooks",
    "mattermost_hooks.console",
    "accounts",
    "channels_app",
    "integrations",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "mattermost_hooks.static_files.UsedFiles",
    "django_htmx",
    "rest_framework",
]

MIDDLEWARE = [
    "mattermost_hooks.middleware.RequestMiddleware",
    "mattermost_hooks.middleware.SitePathMiddleware",
    "accounts.sessions.rate_limit.RateLimitMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mattermost_hooks.middleware.PageSessionMiddleware",
    "mattermost_hooks.middleware.FormMiddleware",
    "accounts.sessions.authentication.SessionTokenMiddleware",
    "mattermost_hooks.middleware.PageMessageMiddleware",
    "mattermost_hooks.middleware.ErrorPageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "mattermost_hooks.urls"
WSGI_APPLICATION = None
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "mattermost_hooks.console.theme.Templates",
                    ],
                ),
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mattermost_hooks.console.context.site_name",
                "channels_app.show.page_frame.shell",
            ],
        },
    },
]

# SITE_URL is the short name of the one console setting that most installations fix from outside.
if site_url := os.environ.get("SITE_URL"):
    os.environ.setdefault("MM_SERVICESETTINGS_SITEURL", site_url)

# --- Database: SQLite in DATA_DIR, or what DATABASE_URL says -----------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# On SQLite a write must ask for its lock at BEGIN, or a read that turns into a write fails at once.
SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": DATA_DIR / "mattermost_hooks.sqlite3",
    "CONN_MAX_AGE": None,
    "OPTIONS": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
        " PRAGMA cache_size=-20000; PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=67108864;",
    },
}

POSTGRESQL = {
    "ENGINE": "mattermost_hooks.postgresql",
    # Connections of a process: a web process has as many threads at most, a worker's threads take turns.
    "POOL_SIZE": env_int("DATABASE_POOL", default=8),
    # A statement of a web process may take so long; workers and commands are never cut short.
    "STATEMENT_SECONDS": env_int("DATABASE_STATEMENT_SECONDS", default=30),
}
POSTGRESQL_OPTIONS = {
    # What is asked for often is prepared on the server, which then need not parse it again. It is still
    # planned for the values at hand: a plan for any values cannot use an index of some rows only.
    "server_side_binding": True,
    "prepare_threshold": 5,
    "options": "-c plan_cache_mode=force_custom_plan",
    # A server that vanished without a word is noticed by the system, also while a connection rests.
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,  # ms
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}


def database_from_environment() -> dict[str, object]:
    """SQLite unless DATABASE_URL names another; what stands in the query of a URL goes to the driver."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        return SQLITE
    try:
        parsed: dict[str, Any] = dict(dj_database_url.parse(url))
    except ValueError:
        raise ImproperlyConfigured(
            "DATABASE_URL must be an address such as postgresql://user:password@host/database."
        ) from None
    if parsed["ENGINE"] == "django.db.backends.postgresql":
        parsed |= POSTGRESQL | {"OPTIONS": POSTGRESQL_OPTIONS | parsed.get("OPTIONS", {})}
    return parsed


DATABASES = {"default": database_from_environment()}

# --- Redis: broker, live updates, the generation of the process caches -------------------------------

_EMBEDDED_SOCKET = DATA_DIR / "valkey.sock"
REDIS_URL = os.environ.get("REDIS_URL") or f"unix://{_EMBEDDED_SOCKET}?db=0"
# Calls that a worker makes at the same time to receivers that answer at once.
WORKER_THREADS = env_int("WORKER_THREADS", default=32)
CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL") or (
    os.environ.get("REDIS_URL") or f"redis+socket://{_EMBEDDED_SOCKET}?virtual_host=1"
)
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# The queue is a hint and the outbox the truth, so a publish gives up at once when the broker is away.
CELERY_TASK_PUBLISH_RETRY = False
# kombu looks for messages of dead workers every 100 s by default, whatever visibility_timeout says.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "unacked_restore_limit": 1000,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 25,
}

# --- Accounts, security ------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
# The first is for new passwords; the others are understood, and replaced when their owner signs in.
PASSWORD_HASHERS = [
    "accounts.passwords.passwords.Argon2",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, str]] = []  # the rules stand in PasswordSettings
LOGIN_URL = "sign_in"
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
SECURE_COOKIES = os.environ.get("SITE_URL", "").startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "mattermost_hooks.middleware.csrf_refused"
SECURE_SSL_REDIRECT = False  # the proxy in front decides; plain HTTP on a local network is allowed
SECURE_HSTS_SECONDS = env_int("HSTS_SECONDS", default=0)
# A proxy in front says who the client is (X-Forwarded-For) and how it came (X-Forwarded-Proto).
BEHIND_PROXY = env_bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
X_FRAME_OPTIONS = "DENY"
# Pages run and show only what this server itself holds, but for pictures, which posts have from everywhere
# (channels_app/pictures.py judges each of them).
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data: http: https:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# The deploy check wants HTTPS everywhere; a server inside a company network may do without (docs/decisions.md).
# W003 knows Django's protection of forms only by its name: ours is built on it (middleware.FormMiddleware).
SILENCED_SYSTEM_CHECKS = [
    f"security.W0{number}" for number in ("03", "04", "05", "08", "12", "16", "21")
]
# The limit on bodies is MaximumPayloadSizeBytes, enforced before Django sees the request.
DATA_UPLOAD_MAX_MEMORY_SIZE = None

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Static files ------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = (
    Path(os.environ.get("STATIC_DIR") or DATA_DIR) / "static"
)  # a folder of its own: all in it is served
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "mattermost_hooks.static_files.NamedByContent"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_USE_FINDERS = True  # what was not made ready is served as it is
WHITENOISE_ROOT = BASE_DIR / "static" / "root"  # for addresses that browsers make up: /favicon.ico
WHITENOISE_ALLOW_ALL_ORIGINS = False

# --- REST framework ----------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.sessions.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["mattermost_hooks.rest.SignedIn"],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["mattermost_hooks.rest.PlainJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "mattermost_hooks.rest.IgnoreAccept",
    "DEFAULT_METADATA_CLASS": "mattermost_hooks.rest.AllowOnly",
    "EXCEPTION_HANDLER": "mattermost_hooks.rest.answer_error",
    "UNAUTHENTICATED_USER": None,
}

# --- Logs --------------------------------------------------------------------------------------------

log_lines.hide_secrets()

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "filters": {
        "first_line_only": {"()": "mattermost_hooks.log_lines.FirstLineOnly"},
        "unforeseen": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: bool(record.exc_info),
        },
    },
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO").upper()},
    # Refusals are answers, not incidents, a 501 too. Statements with their values, and the addresses that
    # outgoing webhooks call, are secrets in no form that log_lines could know.
    "loggers": {
        "django.request": {"level": "ERROR", "filters": ["unforeseen"]},
        "django.db.backends": {"level": "INFO"},
        "urllib3": {"level": "INFO"},
        "celery.beat": {"filters": ["first_line_only"]},
    },
}
