"""Targets that take turns, so that what the machine is at meets all of them alike; their ratios in one run."""

import argparse
import statistics
from collections.abc import Callable, Mapping

from . import load

Results = Mapping[str, list[load.Load]]


def options(description: str | None, *, clients: str) -> argparse.Namespace:
    """The usual options of a benchmark; `clients` is a default such as "1,8"."""
    parser = argparse.ArgumentParser(description=(description or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--clients", default=clients, help="how many, separated by commas")
    return parser.parse_args()


def measure(
    targets: Mapping[str, load.Request], *, clients: int, rounds: int, seconds: float
) -> Results:
    """Load the targets in turns; a first, short round only warms up."""
    results: dict[str, list[load.Load]] = {name: [] for name in targets}
    for number in range(rounds + 1):
        for name, request in targets.items():
            found = load.run(request, clients=clients, seconds=seconds if number else 1.0)
            if number:
                results[name].append(found)
    return results


def show(results: Results, floors: Mapping[str, str]) -> None:
    """Print a line for each target, with its ratios to the floor that `floors` names for it."""
    row = "{:<32}{:>10}{:>10}{:>10}   {}"
    print(row.format("", "req/s", "p50 ms", "p99 ms", "of its floor: req/s, p99"))
    for name, runs in results.items():
        floor = floors.get(name)
        compared = ""
        if floor:
            per_second = ratio(runs, results[floor], lambda run: run.per_second)
            p99 = ratio(runs, results[floor], lambda run: run.p99_ms)
            compared = f"{floor}: {per_second:.2f}, {p99:.2f}"
        print(
            row.format(
                name,
                f"{statistics.median(run.per_second for run in runs):.0f}",
                f"{statistics.median(run.p50_ms for run in runs):.1f}",
                f"{statistics.median(run.p99_ms for run in runs):.1f}",
                compared,
            )
        )


def ratio(
    runs: list[load.Load], others: list[load.Load], figure: Callable[[load.Load], float]
) -> float:
    """The median of the ratios, round by round."""
    return statistics.median(
        figure(one) / figure(other) for one, other in zip(runs, others, strict=True)
    )
