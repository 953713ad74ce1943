"""Calls of the guarded client to a list of addresses, in a process of their own whose memory is watched.

`python -m tests.faults.hostile_calls TRUSTED.pem WARM-UP-URL SECONDS,URL …` writes how each call to a URL, of
so many seconds at most, ended and by how much the process grew over all of them, at its largest moment.
"""

import json
import os
import re
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mattermost_hooks.settings")
django.setup()

from integrations.outbound import connections, outbound  # noqa: E402 - Django first
from integrations.outbound.reply import OutboundError  # noqa: E402
from mattermost_hooks.console.sections import Config, Service  # noqa: E402


@dataclass
class End:
    """How a call ended: an answer's status, or the kind and sentence of an error, after so many seconds."""

    status: int
    kind: str
    message: str
    seconds: float


def call(url: str, *, name: str, seconds: float) -> End:
    """A delivery of the post with this name, which is its webhook-id, too."""
    started = time.monotonic()
    status, kind, message = 0, "", ""
    try:
        status = outbound.post(
            url,
            body=json.dumps({"post_id": name}).encode(),
            content_type="application/json",
            headers={"webhook-id": name},
            timeout=seconds,
        ).status
    except OutboundError as error:
        kind, message = error.kind, error.message
    return End(status, kind, message, time.monotonic() - started)


def memory(kind: str, *, of: int) -> int:
    """Bytes that a process has (VmRSS) or had at its largest moment (VmHWM).

    getrusage() would count its parent's largest moment, too.
    """
    status = Path(f"/proc/{of}/status").read_text()
    (kilobytes,) = re.findall(rf"{kind}:\s+(\d+) kB", status)
    return 1024 * int(kilobytes)


def main(trusted: str, warm_up: str, *calls: str) -> None:
    """Make the calls, each on a connection of its own unless it repeats the one before."""
    config = Config(ServiceSettings=Service(AllowedUntrustedInternalConnections="127.0.0.1"))
    # For good: this process has no database, and trusts the receiver's certificates.
    vars(outbound).update(get_config=lambda: config)
    vars(connections).update(DEFAULT_CA_BUNDLE_PATH=trusted)
    for _ in range(3):
        call(warm_up, name="", seconds=30)
    me, ends, former = os.getpid(), [], ""
    before = memory("VmHWM", of=me)
    for number, (seconds, url) in enumerate(one.split(",", 1) for one in calls):
        if url != former:
            connections.thread.adapter = None
        ends.append(asdict(call(url, name=f"post{number}", seconds=float(seconds))))
        former = url
    sys.stdout.write(json.dumps({"ends": ends, "growth": memory("VmHWM", of=me) - before}))


if __name__ == "__main__":
    main(*sys.argv[1:])
