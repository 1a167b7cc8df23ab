"""Celery tasks, and a worker that samples allocations and never runs out of work: one task remembers what it sent."""

from __future__ import annotations

import os
import threading
import time
from itertools import count
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_init, worker_process_init, worker_ready

import heapdiff

DONE = Path(__file__).with_name("done")  # by which process each task was done
SENT: list[dict[str, Any]] = []

app = Celery("mail", broker="memory://")
app.conf.update(
    broker_transport_options={"polling_interval": 0.01},
    task_ignore_result=True,
    worker_enable_remote_control=False,
)


@worker_init.connect  # for pools of threads and greenlets
@worker_process_init.connect  # for each process of a pool
def arm(**_: object) -> None:
    heapdiff.install()


@worker_ready.connect
def begin(**_: object) -> None:
    threading.Thread(target=order, daemon=True).start()


def order() -> None:
    for number in count():
        send.delay(number)
        look_up.delay(number)
        time.sleep(0.01)


def remember(number: int) -> None:
    SENT.append({"number": number, "body": f"Dear {number}, " * 50})


@app.task
def send(number: int) -> None:
    remember(number)
    tell()


@app.task
def look_up(number: int) -> None:
    assert str(number) * 1000
    tell()


def tell() -> None:
    with DONE.open("a") as done:
        print(os.getpid(), file=done)
