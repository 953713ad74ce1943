"""Incoming webhooks against two floors measured in the same run.

    python -m benchmarks.incoming [--rounds 5] [--seconds 4] [--clients 8]

Takes turns with an empty endpoint, an endpoint that does one INSERT, a text, a text with attachment and
overrides, and a text that mentions everybody in a channel of 2 000 members. Prints requests a second,
latencies, the ratios to the floors, and the SQL statements of one warm call.
"""

import json
from contextlib import ExitStack

from tests import servers

from . import load, rounds, stage

MEMBERS = 2_000
TEXT: dict[str, object] = {
    "text": "Build 1042 of *gold* passed, see <http://ci.example.com/1042|the report>."
}
EVERYBODY: dict[str, object] = {"text": "@all Build 1042 of *gold* passed."}
RICH: dict[str, object] = {
    "text": "Build 1043 failed.",
    "username": "ci",
    "icon_url": "http://ci.example.com/icon.png",
    "attachments": [
        {
            "fallback": "Build 1043 failed",
            "color": "danger",
            "title": "gold",
            "title_link": "http://ci.example.com/1043",
            "text": "3 of 948 tests failed",
            "fields": [
                {"title": "Branch", "value": "main", "short": True},
                {"title": "Failed", "value": 3, "short": True},
            ],
        }
    ],
}
FLOORS = {
    "one INSERT": "empty",
    "text": "one INSERT",
    "text + attachment + overrides": "one INSERT",
    "@all to 2 000 members": "one INSERT",
}


def main() -> None:
    """Run the benchmark and print the figures."""
    options = rounds.options(__doc__, clients="8")
    with ExitStack() as stack:
        folder = stack.enter_context(servers.temporary_folder())
        variables = stage.environment(stack, folder)
        stage.set_up(variables)
        paths = _make_world()
        base = stack.enter_context(stage.web(variables))
        targets = {
            name: load.Request(base + path, body=json.dumps(payload).encode())
            for name, (path, payload) in paths.items()
        }
        for clients in map(int, options.clients.split(",")):
            print(f"\n{clients} clients")
            results = rounds.measure(
                targets, clients=clients, rounds=options.rounds, seconds=options.seconds
            )
            rounds.show(results, FLOORS)


def _make_world() -> dict[str, tuple[str, dict[str, object]]]:
    """Name of a target → its path and what is posted there."""
    from django.db import connection

    from accounts.people.models import User
    from channels_app.membership.models import ChannelMember
    from tests import make

    owner = make.user()
    channel = make.channel(None, owner)
    crowd = User.objects.bulk_create(
        User(username=f"crowd{number}", email=f"crowd{number}@example.com")
        for number in range(MEMBERS - 1)
    )
    ChannelMember.objects.bulk_create(ChannelMember(channel=channel, user=one) for one in crowd)
    hook = make.incoming_hook(channel, owner, display_name="ci")
    url = f"/hooks/{hook.id}"
    paths = {
        "empty": ("/hooks/floor/empty", TEXT),
        "one INSERT": (f"/hooks/floor/one_insert/{channel.id}/{owner.id}", TEXT),
        "text": (url, TEXT),
        "text + attachment + overrides": (url, RICH),
        "@all to 2 000 members": (url, EVERYBODY),
    }
    for name, (path, payload) in paths.items():
        stage.show_statements(name, path, body=json.dumps(payload))
    connection.close()
    return paths


if __name__ == "__main__":
    main()
