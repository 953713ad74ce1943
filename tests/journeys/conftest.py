"""A real server, a real browser, and windows of people in it."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import servers
from tests.browsing import ADMIN_PASSWORD, PATIENCE_MS, Server, Visit, enter

ROOT = Path(__file__).resolve().parents[2]
UP_WITHIN_SECONDS = 60.0

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """`manage.py up` in a folder of its own, with the demo team."""
    with servers.temporary_folder() as folder, _running(folder) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium: the one on PATH, else the one that playwright fetched."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    options = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        if program is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("no Chromium here: nobody has looked at the pages in a browser")
        chromium = playwright.chromium.launch(executable_path=program, args=options)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(server: Server, browser: Browser) -> Iterator[Visit]:
    """`visit("ann")`: a browser window of that person, in town square."""
    contexts = []

    def open_window(username: str, **options: Any) -> Page:
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{server.url}/demo/channels/town-square")
        enter(page, server, username)
        expect(page.get_by_role("heading", name="Town Square")).to_be_visible()
        page.wait_for_load_state()  # its scripts have begun
        return page

    yield open_window
    for context in contexts:
        context.close()


@contextmanager
def _running(folder: Path) -> Iterator[Server]:
    port = servers.free_port()
    environment = {
        **os.environ,
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "STATIC_DIR": str(servers.STATIC_DIR),
        "ADMIN_PASSWORD": ADMIN_PASSWORD,
        "WEB_CONCURRENCY": "1",
        "WORKER_THREADS": "4",
    }
    for name in ("DATABASE_URL", "REDIS_URL", "DEMO", "BIND", "SITE_URL"):
        environment.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Server(f"http://127.0.0.1:{port}", _greeting(process))
    finally:
        process.terminate()
        process.wait(30)


def _greeting(process: "subprocess.Popen[str]") -> str:
    """What the server says until it is up; the rest is read on and dropped, or it would block."""
    lines: Queue[str] = Queue()

    def read_on() -> None:
        for line in process.stdout or ():
            lines.put(line)

    threading.Thread(target=read_on, daemon=True).start()
    said = ""
    while "Ctrl-C stops it" not in said:
        try:
            said += lines.get(timeout=UP_WITHIN_SECONDS)
        except Empty:
            pytest.fail(f"the server did not come up:\n{said}")
    return said
