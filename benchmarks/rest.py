"""REST calls of people and bots against floors measured in the same run.

    python -m benchmarks.rest [--rounds 5] [--seconds 4] [--clients 1,8,16]

Takes turns with an empty endpoint, one that does one INSERT, one that reads the same page of posts with one
SELECT, `POST /posts`, `GET /channels/{id}/posts` of 60, and `GET /users/me`. Prints requests a second,
latencies, the ratios to the floors, and the SQL statements of one warm call.
"""

import json
from contextlib import ExitStack

from tests import servers

from . import load, rounds, stage

TEXT = "Build 1042 of *gold* passed, see http://ci.example.com/1042."
FLOORS = {
    "one INSERT": "empty",
    "POST /posts": "one INSERT",
    "one SELECT": "empty",
    "GET a channel's posts": "one SELECT",
    "GET /users/me": "empty",
}


def main() -> None:
    """Run the benchmark and print the figures."""
    options = rounds.options(__doc__, clients="1,8,16")
    with ExitStack() as stack:
        folder = stack.enter_context(servers.temporary_folder())
        variables = stage.environment(stack, folder)
        stage.set_up(variables)
        calls = _make_world()
        base = stack.enter_context(stage.web(variables))
        targets = {
            name: load.Request(base + call.url, call.method, call.body, call.headers)
            for name, call in calls.items()
        }
        for clients in map(int, options.clients.split(",")):
            print(f"\n{clients} clients")
            results = rounds.measure(
                targets, clients=clients, rounds=options.rounds, seconds=options.seconds
            )
            rounds.show(results, FLOORS)


def _make_world() -> dict[str, load.Request]:
    """Name of a target → its request, with the path alone for an address."""
    from django.db import connection

    from tests import make

    person = make.user()
    channel, written_to = make.channel(None, person), make.channel(None, person)
    for number in range(60):
        make.post(channel, person, f"{TEXT} ({number})")
    signed_in = {"Authorization": f"Bearer {make.session(person).token}"}
    post = json.dumps({"channel_id": written_to.id, "message": TEXT}).encode()
    text = json.dumps({"text": TEXT}).encode()
    calls = {
        "empty": load.Request("/api/floor/empty", body=text),
        "one INSERT": load.Request(f"/api/floor/one_insert/{written_to.id}/{person.id}", body=text),
        "POST /posts": load.Request("/api/v4/posts", body=post, headers=signed_in),
        "one SELECT": load.Request(f"/api/floor/one_select/{channel.id}", "GET"),
        "GET a channel's posts": load.Request(
            f"/api/v4/channels/{channel.id}/posts", "GET", headers=signed_in
        ),
        "GET /users/me": load.Request("/api/v4/users/me", "GET", headers=signed_in),
    }
    for name, call in calls.items():
        stage.show_statements(
            name, call.url, body=call.body.decode(), method=call.method, headers=call.headers
        )
    connection.close()
    return calls


if __name__ == "__main__":
    main()
