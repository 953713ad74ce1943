"""Calls of an incoming webhook alone, and beside people who log in and load slow pages.

    python -m benchmarks.lanes [--rounds 5] [--seconds 5] [--clients 4]

Beside the callers of the webhook 16 clients log in and 16 load a page that computes for a tenth of a second,
all of them without a pause. Prints requests a second, latencies, and the ratios to the calls alone.
"""

import json
import multiprocessing
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from tests import servers

from . import load, rounds, stage

OTHERS = 16  # of each kind
TEXT = "Build 1042 of *gold* passed, see <http://ci.example.com/1042|the report>."
FLOORS = {"beside slow pages": "alone", "beside logins": "alone", "beside both": "alone"}


def main() -> None:
    """Run the benchmark and print the figures."""
    options = rounds.options(__doc__, clients="4")
    with ExitStack() as stack:
        folder = stack.enter_context(servers.temporary_folder())
        variables = stage.environment(stack, folder)
        stage.set_up(variables)
        hook_id, username, password = _make_world()
        # The number of threads is a part of what is measured: that of an installation.
        base = stack.enter_context(stage.web(variables | {"WEB_THREADS": ""}))
        body = json.dumps({"text": TEXT}).encode()
        call = load.Request(f"{base}/hooks/{hook_id}", body=body)
        credentials = json.dumps({"login_id": username, "password": password}).encode()
        pages = load.Request(f"{base}/api/floor/slow", "GET")
        logins = load.Request(f"{base}/api/v4/users/login", body=credentials)
        beside = {
            "alone": [],
            "beside slow pages": [pages],
            "beside logins": [logins],
            "beside both": [pages, logins],
        }
        for clients in map(int, options.clients.split(",")):
            print(f"\n{clients} clients")
            results = _measure(call, beside, clients, options.rounds, options.seconds)
            rounds.show(results, FLOORS)


def _make_world() -> tuple[str, str, str]:
    from django.db import connection

    from tests import make

    owner = make.user()
    hook = make.incoming_hook(make.channel(None, owner), owner)
    connection.close()
    return hook.id, owner.username, make.PASSWORD


def _measure(
    call: load.Request,
    beside: Mapping[str, list[load.Request]],
    clients: int,
    number_of_rounds: int,
    seconds: float,
) -> rounds.Results:
    results: dict[str, list[load.Load]] = {name: [] for name in beside}
    load.run(call, clients=clients, seconds=1.0)
    for _ in range(number_of_rounds):
        for name, others in beside.items():
            with ExitStack() as stack:
                for other in others:
                    stack.enter_context(_busy_with(other, seconds + 2))
                results[name].append(load.run(call, clients=clients, seconds=seconds))
    return results


@contextmanager
def _busy_with(request: load.Request, seconds: float) -> Iterator[None]:
    """Others who send this request without a pause; how they fare does not matter."""
    others = multiprocessing.get_context("spawn").Process(
        target=load.run_regardless, args=(request,), kwargs={"clients": OTHERS, "seconds": seconds}
    )
    others.start()
    try:
        yield
    finally:
        others.join()
        # What they asked for last would be counted against the next. It is worked off in its order, so once
        # as many more are answered in all processes, nothing of it is left.
        with ThreadPoolExecutor(OTHERS) as last_ones:
            list(last_ones.map(load.once, [request] * OTHERS))


if __name__ == "__main__":
    main()
