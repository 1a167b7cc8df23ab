"""Requests to one worker, one after another over one connection; bounded by a deadline."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Final

__all__ = ["QUIET", "Load", "LoadError"]

QUIET: Final = "/__leakbench__/quiet"


class LoadError(Exception):
    """The app did not answer as a case's app must."""


@dataclass
class Load:
    """A client that numbers its requests. `deadline` is a moment of `time.monotonic`.

    `leaking` says of each request whether it goes to the view that leaks; the others get a view that does nothing.
    """

    port: int
    deadline: float
    stopped: Callable[[], bool] = lambda: False
    leaking: Iterator[bool] = field(default_factory=lambda: repeat(True))
    done: int = 0
    connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def drive(self, path: str, requests: int) -> None:
        """So many requests; `{n}` in `path` becomes the number of those that leak."""
        for _ in range(requests):
            if next(self.leaking):
                self.get(path.replace("{n}", str(self.done)))
                self.done += 1
            else:
                self.get(QUIET)

    def ask(self, path: str) -> Any:
        """A request that is not counted; its answer as JSON."""
        return json.loads(self.get(path))

    def get(self, path: str) -> bytes:
        connection = self.connection or self.connect()
        connection.timeout = self.remaining_s()
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise LoadError(f"GET {path}: {error!r}") from error
        if answer.status != 200:
            raise LoadError(f"GET {path}: {answer.status} {body[:200].decode(errors='replace')}")
        if answer.will_close:
            self.close()
        return body

    def connect(self) -> http.client.HTTPConnection:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.remaining_s())
        return self.connection

    def remaining_s(self) -> float:
        if self.stopped():
            raise LoadError("stopped")
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise LoadError("the case's time is over")
        return remaining

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None
