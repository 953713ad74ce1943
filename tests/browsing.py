"""Pages as a signed-in account sees them: what the server answers, and what a real browser shows."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Locator, Page

from accounts.people.models import User
from accounts.sessions.cookies import TOKEN_COOKIE
from tests import make

PATIENCE_MS = 10_000
ADMIN_PASSWORD = "Correct-horse.9"

# --- Without a browser --------------------------------------------------------------------------------


def signed_in(user: User, *, checks_csrf: bool = False) -> Client:
    """A browser that holds a session of the user."""
    client = Client(enforce_csrf_checks=checks_csrf)
    client.cookies[TOKEN_COOKIE] = make.session(user).token
    return client


def text_of(response: object) -> str:
    """The page, as text."""
    content: bytes = getattr(response, "content", b"")
    return content.decode()


# --- In a browser: the fixtures `server` and `visit` of tests/journeys give windows ------------------------


@dataclass(frozen=True)
class Server:
    """A running server and what it said at its start."""

    url: str
    greeting: str

    def password_of(self, username: str) -> str:
        """The password of an account."""
        found = re.search(rf"{username}, password (\S+)", self.greeting)
        assert found, self.greeting
        return ADMIN_PASSWORD if username == "admin" else found[1]

    @property
    def hook_url(self) -> str:
        """The demo's incoming webhook."""
        found = re.search(r"(http\S+/hooks/\w+)", self.greeting)
        assert found, self.greeting
        return found[1]


Visit = Callable[..., Page]


def box_of(page: Page) -> Locator:
    """The message box."""
    return page.get_by_label("Message", exact=True)


def write(page: Page, message: str) -> None:
    """Type a message, a line break with Shift + Enter, and send it with Enter."""
    box = box_of(page)
    for number, line in enumerate(message.split("\n")):
        if number:
            box.press("Shift+Enter")
        box.press_sequentially(line)
    box.press("Enter")


def post(page: Page, text: str) -> Locator:
    """Posts that hold this text."""
    return page.locator(".post", has_text=text)


def enter(page: Page, server: Server, username: str) -> None:
    """Fill in the sign-in page that stands there."""
    page.get_by_label("Username or email").fill(username)
    page.get_by_label("Password").fill(server.password_of(username))
    page.get_by_role("button", name="Sign in").click()


def stays(page: Page) -> None:
    """Mark the page, to find out later that it was not loaded anew."""
    page.evaluate("window.isTheSame = true")


def has_stayed(page: Page) -> None:
    """It was not."""
    assert page.evaluate("window.isTheSame") is True


# --- Can everybody use it? ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Look:
    """One way in which a page is looked at."""

    colors: Literal["light", "dark"]
    width: int


LOOKS = (Look("light", 1280), Look("dark", 1280), Look("light", 360), Look("dark", 360))
GRAVE = ("serious", "critical")


def barriers(page: Page, addresses: Iterable[str], *, looks: Iterable[Look] = LOOKS) -> list[str]:
    """What axe-core calls serious or critical on these pages, in light, in dark and on a small phone.

    Each is told with its page, look, rule and element. The page is looked at as it is once it is loaded.
    """
    found = []
    for address in addresses:
        for look in looks:
            page.emulate_media(color_scheme=look.colors, reduced_motion="reduce")
            page.set_viewport_size({"width": look.width, "height": 900})
            page.goto(address)
            found += [
                f"{address} ({look.colors}, {look.width} px): {one}" for one in barriers_on(page)
            ]
    return found


def barriers_on(page: Page) -> list[str]:
    """What axe-core calls serious or critical on a page as it stands: rule, element and why."""
    violations = Axe().run(page).response["violations"]
    return [
        f"{rule['id']} at {node['target']}: {node['failureSummary']}"
        for rule in violations
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]
