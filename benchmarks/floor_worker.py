"""A Celery worker that does next to nothing: what deliveries are measured against.

Run by benchmarks.outgoing as `celery -A benchmarks.floor_worker worker`.
"""

import os
import threading
import time

import redis
import requests
from celery import Celery

HOPS = "floor:hops"

app = Celery("floor", broker=os.environ.get("FLOOR_BROKER", "redis://127.0.0.1:6379/9"))
app.conf.task_ignore_result = True

_mine = threading.local()


@app.task
def call(url: str, body: str) -> None:
    """One POST."""
    if not hasattr(_mine, "session"):
        _mine.session = requests.Session()
    _mine.session.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=10)


@app.task
def hop(sent_at: float) -> None:
    """Say how long it took from there to here; both clocks are this machine's monotonic one."""
    took = time.monotonic() - sent_at
    if not hasattr(_mine, "redis"):
        _mine.redis = redis.Redis.from_url(str(app.conf.broker_url))
    _mine.redis.rpush(HOPS, took)
