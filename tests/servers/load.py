"""Concurrent clients of a server: what they asked, who answered, what failed."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from types import TracebackType

__all__ = ["Load", "ask"]

TIMEOUT_S = 60.0
CLIENTS = 4
PACE_S = 0.03


def ask(
    port: int, method: str = "GET", path: str = "/", token: str | None = None
) -> tuple[int, dict[str, object]]:
    """Status and JSON content of one answer, over a connection of its own. Raises OSError, HTTPException."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    headers = {"Connection": "close", **({"Authorization": f"Bearer {token}"} if token else {})}
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if answer.status < 300 else {}
    finally:
        connection.close()


class Load:
    """`with Load(port) as load:` keeps some clients busy; `answers` counts by process, `failures` must stay empty.

    `pace()` sets the pause between two requests of a client; with none, they take what the machine has.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: Counter[int] = Counter()
        self.failures: list[str] = []
        self.last = 0
        self._pause = PACE_S
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._clients = [
            threading.Thread(target=self._ask_again_and_again, daemon=True) for _ in range(CLIENTS)
        ]

    def pace(self, pause_s: float) -> None:
        self._pause = pause_s

    def __enter__(self) -> Load:
        for client in self._clients:
            client.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for client in self._clients:
            client.join(TIMEOUT_S * 2)

    def _ask_again_and_again(self) -> None:
        while not self._stop.is_set():
            try:
                status, content = ask(self.port)
                failure = "" if status == 200 else f"status {status}"
            except (OSError, http.client.HTTPException) as error:
                failure = f"{type(error).__name__}: {error}"
            with self._lock:
                if failure:
                    self.failures.append(failure)
                else:
                    self.last = int(str(content["pid"]))
                    self.answers[self.last] += 1
            self._stop.wait(self._pause)
