"""Runs everything on this machine, with nothing else installed: `manage.py up`."""

import fcntl
import io
import os
import re
import secrets
import signal
import socket
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import OperationalError, connections

from accounts.people import users
from accounts.people.models import User
from integrations import demo
from mattermost_hooks import embedded_valkey, listening, static_files, supervisor
from mattermost_hooks.embedded_valkey import ValkeyError
from mattermost_hooks.errors import AppError
from mattermost_hooks.listening import CannotListen
from mattermost_hooks.supervisor import GivenUp, Program

PROCFILE_LINE = re.compile(r"^([a-z]+):\s*(.+)$", re.MULTILINE)
PROCESSES = ("web", "worker", "beat")
DEMO_BOT = "examples.build_bot"
# What the programs read as numbers: with anything else they would end again and again.
NUMBERS = ("WEB_CONCURRENCY", "WEB_CONNECTIONS", "WEB_THREADS", "HOOK_THREADS", "WORKER_THREADS")
ANSWERS_WITHIN_SECONDS = 60

Environment = dict[str, str]


class Command(BaseCommand):
    """Starts the broker, the database, the first account and all processes; Ctrl-C stops them."""

    help = (
        "Starts the server with all that it needs, and stops it all on Ctrl-C. In the environment: PORT, "
        "BIND, DATA_DIR, ADMIN_USERNAME, ADMIN_PASSWORD, DEMO=0, SITE_URL, DATABASE_URL, REDIS_URL."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGINT or SIGTERM; then the processes end first and the broker last."""
        stopping = _stop_on_signals()
        try:
            environment = _environment()
            with _only_run(settings.DATA_DIR), socket.socket() as place_of_bot:
                listening.require_free(listening.place())
                with _broker(environment) as broker:
                    greeting = _prepare(place_of_bot)
                    if not stopping.is_set():
                        _run(environment, broker=broker, greeting=greeting, stopping=stopping)
        except (CannotListen, ValkeyError, GivenUp, AppError, OperationalError) as error:
            raise CommandError(f"Stopped: {error}") from error


def _stop_on_signals() -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def _environment() -> Environment:
    """What the processes see: ours, checked, with this Python's programs before all others."""
    for name in NUMBERS:
        if (word := os.environ.get(name)) and not word.isdecimal():
            raise CommandError(f"{name} must be a whole number, not {word!r}.")
    place = listening.place()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {
        **os.environ,
        "PATH": path,
        "DATA_DIR": str(settings.DATA_DIR),
        "BIND": place.bind,
        "PORT": str(place.port),
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def _only_run(folder: Path) -> Iterator[None]:
    """Hold the folder for this run; the system lets go of it however the run ends."""
    with (folder / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise CommandError(
                f"Another run (process {lock.read().strip()}) works in {folder}. Stop it, or set DATA_DIR "
                "and PORT for a second server."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextmanager
def _broker(environment: Environment) -> Iterator[list[Program]]:
    """The embedded Valkey at work, unless REDIS_URL names another server."""
    if os.environ.get("REDIS_URL"):
        yield []
        return
    server = embedded_valkey.set_up(settings.DATA_DIR)
    embedded_valkey.stop_leftover(server.url)
    if server.url.startswith("redis://"):
        environment["REDIS_URL"] = server.url
    program = Program(
        "valkey",
        server.command,
        environment,
        folder=settings.DATA_DIR,
        unwanted=embedded_valkey.KERNEL_ADVICE,
    )
    try:
        program.start()
        embedded_valkey.wait_until_ready(server.url, is_running=lambda: program.is_running)
        yield [program]
    finally:
        supervisor.stop([program])


def _prepare(place_of_bot: socket.socket) -> str:
    """Bring static files and database up to date, with a first account and the demo team.

    The answer tells about both.
    """
    try:
        static_files.make_ready()
        call_command("migrate", interactive=False, verbosity=0)
        return _first_account() + _demo(place_of_bot)
    finally:
        connections.close_all()


def _first_account() -> str:
    if User.objects.filter(is_bot=False).exists():
        return ""
    username = os.environ.get("ADMIN_USERNAME") or "admin"
    # The ending fits the password rules whatever the random part is.
    password = os.environ.get("ADMIN_PASSWORD") or secrets.token_urlsafe(12) + ".aA1"
    users.create(username=username, email=f"{username}@localhost.localdomain", password=password)
    shown = "ADMIN_PASSWORD" if os.environ.get("ADMIN_PASSWORD") else password
    return f"  Administrator  {username}, password {shown}\n"


def _demo(place_of_bot: socket.socket) -> str:
    """Make the demo team, or make its webhook follow its bot; whatever fails, the server does without it.

    The command itself says who is in the team and how to post there.
    """
    site_url = listening.place().url
    if not settings.DEMO:
        return f"  Try            curl {site_url}/api/v4/system/ping\n"
    told = io.StringIO()
    try:
        bot = demo.build_bot()
        preferred = bot.port if bot else 0
        port = listening.reserve(place_of_bot, demo.BOT_HOST, preferred=preferred)
        call_command("demo", site_url=site_url, build_bot_port=port, stdout=told)
        demo.call_build_bot_at(port)
    except (AppError, CommandError, OSError) as error:
        return f"  Demo           there is none: {error}\n"
    return told.getvalue()


def _run(
    environment: Environment, *, broker: list[Program], greeting: str, stopping: threading.Event
) -> None:
    programs = _programs(environment)
    greeter = threading.Thread(target=_greet, args=(greeting, stopping), daemon=True)
    try:
        for program in programs:
            program.start()
        greeter.start()
        supervisor.keep_running([*broker, *programs], until=stopping)
    finally:
        supervisor.stop(programs)


def _programs(environment: Environment) -> list[Program]:
    """The lines of the Procfile that run for ever, and the demo's bot."""
    lines = dict(PROCFILE_LINE.findall((settings.BASE_DIR / "Procfile").read_text()))
    commands = {name: ["sh", "-c", f"exec {lines[name]}"] for name in PROCESSES}
    programs = [
        Program(name, command, environment, folder=settings.BASE_DIR)
        for name, command in commands.items()
    ]
    return [*programs, *_bot(environment)]


def _bot(environment: Environment) -> list[Program]:
    """The bot that the demo's outgoing webhook calls, if there is one."""
    try:
        bot = demo.build_bot() if settings.DEMO else None
    finally:
        connections.close_all()
    if bot is None:
        return []
    told = {"BIND": demo.BOT_HOST, "PORT": str(bot.port), "MATTERMOST_TOKEN": bot.token}
    command = [sys.executable, "-m", DEMO_BOT]
    program = Program(
        "bot", command, {**environment, **told}, folder=settings.BASE_DIR, is_vital=False
    )
    return [program]


def _greet(greeting: str, stopping: threading.Event) -> None:
    """Say where everything is, as soon as it answers."""
    site_url = listening.place().url
    for _ in range(ANSWERS_WITHIN_SECONDS * 10):
        if _answers(site_url):
            print(
                f"\nMattermost Hooks is up: {site_url}\n{greeting}  Ctrl-C stops it.\n",
                flush=True,
            )
            return
        if stopping.wait(0.1):
            return
    print(f"The web process has not answered for {ANSWERS_WITHIN_SECONDS} s: see the lines above.")


def _answers(site_url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{site_url}/api/v4/system/ping", timeout=5) as answer:  # noqa: S310 - ours
            return bool(answer.status == 200)
    except OSError:
        return False
