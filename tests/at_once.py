"""Several threads at the same work, each with its own connection to the database."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

Result = TypeVar("Result")


def do(work: Callable[[int], Result], *, threads: int) -> list[Result]:
    """What `work(number)` returns in each thread; they begin together. Raises what one of them raises."""
    begin = threading.Barrier(threads)

    def run(number: int) -> Result:
        try:
            begin.wait()
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))
