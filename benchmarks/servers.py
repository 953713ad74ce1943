"""What our bridge costs beside other ways to serve the same Django: gunicorn's threads, a2wsgi, granian.

    python -m benchmarks.servers [--rounds 5] [--seconds 4] [--clients 8]

All with two processes of four threads on one empty endpoint, in turns. Those that are not installed are left
out. Prints requests a second, latencies, and the processor time of a request in all processes of a server (ms),
which says more than the others on a machine that is busy with something else.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from tests import running, servers

from . import load, rounds, stage

GUNICORN = "gunicorn -w 2 -b 127.0.0.1:{port} --no-control-socket --log-level warning"
COMMANDS = {
    # Two of the four answer only hook calls, and hand these connections over to the others.
    "ours": f"{GUNICORN} -w 4 mattermost_hooks.asgi:application -k mattermost_hooks.web_worker.WebWorker",
    "gthread": f"{GUNICORN} benchmarks.wsgi:application -k gthread --threads 4 --keep-alive 15",
    "a2wsgi": f"{GUNICORN} benchmarks.wsgi:through_a2wsgi -k asgi --keep-alive 15",
    "granian": "granian --interface wsgi --host 127.0.0.1 --port {port} --workers 2"
    " --blocking-threads 4 --log-level warning benchmarks.wsgi:application",
}
NEEDED = {"a2wsgi": "a2wsgi", "granian": "granian"}
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass
class Measured:
    """What came of the rounds of one server."""

    loads: list[load.Load] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)  # of a request


def main() -> None:
    """Run the benchmark and print the figures."""
    options = rounds.options(__doc__, clients="8")
    names = [name for name in COMMANDS if name not in NEEDED or find_spec(NEEDED[name])]
    print("left out, not installed:", ", ".join(sorted(COMMANDS.keys() - names)) or "none")
    with ExitStack() as stack:
        folder = stack.enter_context(servers.temporary_folder())
        variables = stage.environment(stack, folder)
        stage.set_up(variables)
        at_work = {name: stack.enter_context(_server(name, variables)) for name in names}
        for clients in map(int, options.clients.split(",")):
            print(f"\n{clients} clients")
            measured = {name: Measured() for name in names}
            for number in range(options.rounds + 1):
                for name, (url, process_id) in at_work.items():
                    seconds = options.seconds if number else 1.0
                    one = _measure(url, process_id, clients, seconds)
                    if number:
                        measured[name].loads.append(one[0])
                        measured[name].cpu_ms.append(one[1])
            _show(measured)


@contextmanager
def _server(name: str, variables: dict[str, str]) -> Iterator[tuple[str, int]]:
    port = servers.free_port()
    program = [sys.executable, "-m", *COMMANDS[name].format(port=port).split()]
    process = subprocess.Popen(program, env=os.environ | variables)
    try:
        stage.wait_for(f"http://127.0.0.1:{port}/api/floor/empty", process)
        yield f"http://127.0.0.1:{port}/api/floor/empty", process.pid
    finally:
        process.terminate()
        process.wait()


def _measure(url: str, process_id: int, clients: int, seconds: float) -> tuple[load.Load, float]:
    before = _cpu_seconds(process_id)
    found = load.run(load.Request(url, body=b"{}"), clients=clients, seconds=seconds)
    spent = _cpu_seconds(process_id) - before
    return found, spent * 1000 / (found.per_second * max(1, round(seconds)))


def _cpu_seconds(process_id: int) -> float:
    """Of the process and its children (Linux)."""
    ticks = 0
    for one in (process_id, *running.children(process_id)):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_A_SECOND


def _show(measured: dict[str, Measured]) -> None:
    row = "{:<12}{:>10}{:>10}{:>10}{:>12}{:>18}{:>18}"
    print(row.format("", "req/s", "p50 ms", "p99 ms", "CPU ms", "req/s of ours", "CPU of ours"))
    ours = measured["ours"]
    for name, one in measured.items():
        cpu = zip(one.cpu_ms, ours.cpu_ms, strict=True)
        print(
            row.format(
                name,
                f"{statistics.median(run.per_second for run in one.loads):.0f}",
                f"{statistics.median(run.p50_ms for run in one.loads):.1f}",
                f"{statistics.median(run.p99_ms for run in one.loads):.1f}",
                f"{statistics.median(one.cpu_ms):.3f}",
                f"{rounds.ratio(one.loads, ours.loads, lambda run: run.per_second):.2f}",
                f"{statistics.median(mine / other for mine, other in cpu):.2f}",
            )
        )


if __name__ == "__main__":
    main()
