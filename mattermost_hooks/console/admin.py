"""The settings pages of the System Console, and how the server itself is."""

import logging
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import redis
from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from mattermost_hooks import redis_link

from . import config, rate_limit, sections
from .settings_form import SettingsForm
from .site import AUTHENTICATION, ENVIRONMENT, INTEGRATIONS, SITE_CONFIGURATION, Figure, Page, site

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SettingsPage:
    """A page for the settings whose `group` is its title."""

    title: str
    slug: str
    group: str
    icon: str
    description: str


PAGES = [
    SettingsPage(
        sections.INTEGRATIONS,
        "integration_management",
        INTEGRATIONS,
        "webhook",
        "What external programs may do here. Older guides call this page Service Settings.",
    ),
    SettingsPage(
        sections.BOTS,
        "bot_accounts",
        INTEGRATIONS,
        "smart_toy",
        "Accounts without a password, which act through access tokens.",
    ),
    SettingsPage(
        sections.WEB_SERVER,
        "web_server",
        ENVIRONMENT,
        "dns",
        "The address of this server, and its calls to others.",
    ),
    SettingsPage(
        sections.DEVELOPER,
        "developer",
        ENVIRONMENT,
        "code",
        "What helps while integrations are written, and what integrations may reach in your network.",
    ),
    SettingsPage(
        sections.FILES,
        "file_storage",
        ENVIRONMENT,
        "folder",
        "How large files and requests may be.",
    ),
    SettingsPage(
        sections.LOGGING, "logging", ENVIRONMENT, "description", "What the server writes down."
    ),
    SettingsPage(
        rate_limit.RATE_LIMITING,
        "rate_limiting",
        ENVIRONMENT,
        "speed",
        "How often programs may call the API and webhooks.",
    ),
    SettingsPage(
        sections.RETENTION,
        "data_retention",
        ENVIRONMENT,
        "auto_delete",
        "How long what nobody needs any more is kept.",
    ),
    SettingsPage(
        sections.USERS_AND_TEAMS,
        "users_and_teams",
        SITE_CONFIGURATION,
        "groups",
        "Who may join, and how large teams may grow.",
    ),
    SettingsPage(
        sections.POSTS,
        "posts",
        SITE_CONFIGURATION,
        "chat",
        "How long posts may be, and their hashtags.",
    ),
    SettingsPage(
        sections.LOGIN,
        "authentication",
        AUTHENTICATION,
        "lock",
        "How people sign in, for how long, and what their passwords need.",
    ),
]


def settings_page(request: HttpRequest, *, page: SettingsPage) -> HttpResponseBase:
    """Show the settings of a page, or save them: all of them or, if one is wrong, none."""
    form = SettingsForm(page.title, request.POST if request.method == "POST" else None)
    if form.is_valid():
        changes = form.changes()
        config.save_config(changes)
        names = ", ".join(f"{section}.{name}" for section in changes for name in changes[section])
        if names:
            logger.info("%s changed %s in the System Console", request.user, names)
        messages.success(request, f"Saved: {names}." if names else "Nothing was changed.")
        return redirect(request.path)
    context = site.each_context(request) | {"title": page.title, "page": page, "form": form}
    return render(request, "console/settings.html", context)


def server_figures() -> Iterable[Figure]:
    """Version, database, Redis."""
    yield Figure("Version", _version())
    yield Figure("Database", connection.display_name)
    is_up = _redis_answers()
    yield Figure("Redis", "answers" if is_up else "does not answer", alarming=not is_up)


def _redis_answers() -> bool:
    try:
        redis_link.connection.ping()
    except redis.RedisError:
        return False
    return True


def _version() -> str:
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


for _page in PAGES:
    view = partial(settings_page, page=_page)
    site.add_page(Page(_page.slug, _page.title, _page.group, _page.icon, view))
site.add_figures(server_figures)
