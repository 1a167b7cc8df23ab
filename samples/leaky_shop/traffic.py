"""Visitors without cookies: each worker gets the same number of requests, over its own connections."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException

CONNECTIONS_PER_WORKER = 2
MAX_CONNECTIONS = 400
TIMEOUT_S = 10
BOOT_S = 20
RETRY_S = 0.02


class TrafficError(Exception):
    """The shop didn't answer as it should."""


def find_workers(port: int, wanted: int) -> tuple[int, ...]:
    """The PIDs of the workers behind the port, ascending, once `wanted` of them have answered."""
    seen: set[int] = set()
    deadline = time.monotonic() + BOOT_S
    while time.monotonic() < deadline:
        connection, pid = connect(port)
        connection.close()
        seen.add(pid)
        if len(seen) == wanted:
            return tuple(sorted(seen))
        time.sleep(RETRY_S)
    raise TrafficError(f"only {len(seen)} of {wanted} workers answered")


def drive(port: int, workers: Sequence[int], requests: int, progress: Callable[[int], None]) -> None:
    """Send each worker exactly `requests` requests; `progress` is told how many were just sent."""
    with ExitStack() as open_connections:
        connections = connect_to_each(port, workers, open_connections)
        with ThreadPoolExecutor(len(workers) * CONNECTIONS_PER_WORKER) as pool:
            visits = [
                pool.submit(visit, connection, pid, share, progress)
                for seed, (pid, opened) in enumerate(connections.items())
                for connection, share in zip(opened, shares(requests, seed), strict=True)
            ]
            for each in visits:
                each.result()


def connect_to_each(
    port: int, workers: Sequence[int], stack: ExitStack
) -> Mapping[int, Sequence[HTTPConnection]]:
    """Open connections until each worker has accepted its share; the kernel decides which one accepts."""
    opened: dict[int, list[HTTPConnection]] = {pid: [] for pid in workers}
    for _ in range(MAX_CONNECTIONS):
        if all(len(each) == CONNECTIONS_PER_WORKER for each in opened.values()):
            return opened
        connection, pid = connect(port)
        if pid in opened and len(opened[pid]) < CONNECTIONS_PER_WORKER:
            opened[pid].append(connection)
            stack.callback(connection.close)
        else:
            connection.close()
    raise TrafficError("one of the workers accepts no connection")


def connect(port: int) -> tuple[HTTPConnection, int]:
    """A connection that stays open, and the PID of the worker that accepted it."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    return connection, ask(connection, "GET", "/health")


def ask(connection: HTTPConnection, method: str, path: str) -> int:
    """One request; returns the worker that answered."""
    try:
        connection.request(method, path, headers={"User-Agent": "TeaBot/1.0"})
        response = connection.getresponse()
        response.read()
    except (OSError, HTTPException) as error:
        raise TrafficError(f"{method} {path}: {error!r}") from error
    if response.status != 200:
        raise TrafficError(f"{method} {path}: status {response.status}")
    return int(response.headers["X-Worker"])


def visit(
    connection: HTTPConnection, pid: int, paths: Iterable[tuple[str, str]], progress: Callable[[int], None]
) -> None:
    for count, (method, path) in enumerate(paths, 1):
        if ask(connection, method, path) != pid:
            raise TrafficError(f"worker {pid} closed its connection")
        if count % 25 == 0:
            progress(25)


def shares(requests: int, seed: int) -> Iterator[list[tuple[str, str]]]:
    """One worker's requests, split between its connections: three look at a product, the fourth buys it."""
    chance = random.Random(seed)
    paths = [a_path(chance, number) for number in range(requests)]
    for first in range(CONNECTIONS_PER_WORKER):
        yield paths[first::CONNECTIONS_PER_WORKER]


def a_path(chance: random.Random, number: int) -> tuple[str, str]:
    sku, currency = f"tea-{chance.randrange(500):03}", chance.choice(["EUR", "USD", "GBP", "CHF"])
    if number % 4 == 3:
        return "POST", f"/buy/{sku}?currency={currency}&quantity={chance.randint(1, 5)}"
    return "GET", f"/product/{sku}?currency={currency}"
