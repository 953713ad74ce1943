"""Log records tell no secrets, are cut to what a reader needs, and do not come by the thousand."""

import io
import logging
import subprocess
import sys
from collections.abc import Callable

import pytest

from mattermost_hooks import log_lines
from mattermost_hooks.log_lines import FirstLineOnly, Seldom, without_secrets
from tests import servers
from tests.growth import is_linear

HOOK = "kx5f8y3tnjbpzqwi7mcu6rdoah"


def test_a_stack_in_a_record_is_cut_to_its_first_line() -> None:
    try:
        raise ConnectionError("no broker")
    except ConnectionError:
        failure = sys.exc_info()
    record = logging.LogRecord("beat", 40, "", 1, "%s\n%s", ("no broker", "stack"), failure)
    assert FirstLineOnly().filter(record)
    assert logging.Formatter("%(message)s").format(record) == "no broker"


@pytest.mark.parametrize(
    "line",
    [
        f"POST /hooks/{HOOK} HTTP/1.1",
        f"POST http://chat.example.com:8065/hooks/{HOOK}?x=1",
        f"//hooks///{HOOK}/",
        f"/%68ooks/{HOOK}",
        f"/HOOKS%2f{HOOK}",
        f"%252Fhooks%252F{HOOK}",
        f"/hooks/{HOOK[:4]}%{ord(HOOK[4]):02x}{HOOK[5:]}",
        f"/hooks/commands/{HOOK}",
        f"GET /api/v4/hooks/incoming/{HOOK}",
        f"KeyError: '{HOOK}'",
        f"<IncomingWebhook: {HOOK}>",
        f"POST /plugins/jira/webhook?secret={HOOK}&team=a",
        f"GET /login?access_token={HOOK}",
        f"{{'HTTP_AUTHORIZATION': 'Bearer {HOOK}', 'PATH': '/'}}",
        f"authorization: token {HOOK}",
        f"signed with whsec_{HOOK}+/=, it says",
        f"Cookie: MMUSERID=a; MMAUTHTOKEN={HOOK}",
        f'{{"token": "{HOOK}"}}',
        f"{{'login_id': 'ann', 'password': '{HOOK}'}}",
        f"DETAIL:  Key (token)=({HOOK}) already exists.",
        f"redis://:{HOOK}@cache:6379/0",
        f"postgresql://user:{HOOK}@db/app",
        f"host=db password={HOOK} dbname=app",
    ],
)
def test_secrets_are_hidden_in_every_spelling(line: str) -> None:
    hidden = without_secrets(line)
    assert HOOK not in hidden
    assert HOOK[5:] not in hidden


@pytest.mark.parametrize(
    "line",
    [
        "connection to server at 127.0.0.1, port 5432 failed: Connection refused",
        "mattermost_hooks.rest Unexpected error",
        f"Delivery {HOOK} is given up: HTTP 500",
        f"Settings changed by request {HOOK}",
        "https://chat.example.com/team/channels/town-square",
        "redis://cache:6379/0",
        "password authentication failed for user ann",
    ],
)
def test_what_an_operator_needs_stays(line: str) -> None:
    assert without_secrets(line) == line


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "a.",
        "/hooks/",
        "%25",
        "/%25",
        "://",
        "://a:",
        "token ",
        "token:'",
        "cookie",
        "key (",
        "a1b2",
    ],
)
def test_hiding_takes_time_in_proportion_to_the_line(unit: str) -> None:
    assert is_linear(without_secrets, unit, length=400_000)


@pytest.fixture
def written() -> Callable[..., str]:
    """What a handler that knows nothing of secrets writes for a record."""

    def write(say: Callable[[logging.Logger], None]) -> str:
        out = io.StringIO()
        logger = logging.getLogger("somebody.else")
        handler = logging.StreamHandler(out)
        logger.addHandler(handler)
        try:
            say(logger)
        finally:
            logger.removeHandler(handler)
        return out.getvalue()

    return write


def test_messages_and_their_values_are_discreet(written: Callable[..., str]) -> None:
    said = written(lambda logger: logger.error("Not Found: %s", f"/hooks/{HOOK}"))
    assert said == f"Not Found: /hooks/{log_lines.HIDDEN}\n"


def test_tracebacks_and_stacks_are_discreet(written: Callable[..., str]) -> None:
    def fail(logger: logging.Logger) -> None:
        try:
            raise LookupError(f"/hooks/{HOOK}") from ValueError(f"token={HOOK}")
        except LookupError:
            logger.exception("Failed", stack_info=True)

    said = written(fail)
    assert HOOK not in said
    assert "LookupError" in said
    assert "Stack (most recent call last)" in said


@pytest.mark.parametrize(
    "program",
    [
        "raise LookupError({secret!r})",
        "import warnings; warnings.warn({secret!r})",
        "import threading\n"
        "def work(): raise LookupError({secret!r})\n"
        "threading.Thread(target=work).start()",
    ],
)
def test_what_a_process_dies_or_warns_of_is_discreet(program: str) -> None:
    code = "import logging; from mattermost_hooks import log_lines\n"
    code += "logging.basicConfig(); log_lines.hide_secrets()\n"
    code += program.format(secret=f"/hooks/{HOOK}")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=servers.ROOT, capture_output=True, text=True, check=False
    )
    assert log_lines.HIDDEN in done.stderr
    assert HOOK not in done.stderr


def test_a_line_said_seldom_tells_how_often_it_was_not(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    say = Seldom(logging.getLogger("busy").warning)
    for number in range(5):
        say("Refused %d", number)
    assert caplog.messages == ["Refused 0"]
    monkeypatch.setattr(say, "_say_again_at", 0.0)
    say("Refused %d", 5)
    assert caplog.messages[1:] == ["Refused 5 (and 4 times more since this was last said)"]
