"""How often each endpoint was called: `capture/calls.c` in Python, for an engine that has no C."""

import itertools
from typing import Final

from heapdiff.agent.system.code_names import HIDDEN, is_identifier, is_known_to_code
from heapdiff.agent.writing.job import Served

MOST: Final = 384
OTHER: Final = "<other>"


class CallCounter:
    """Counts with `next`, which is one step for all threads. Endpoints are told apart by their text."""

    def __init__(self) -> None:
        self._counters: dict[str | None, itertools.count[int]] = {}
        self._calls: dict[str | None, int] = {}
        self._judged: dict[str, bool] = {}

    def count(self, endpoint: object) -> None:
        """A call of a Flask app's endpoint, None if the request has none."""
        key = endpoint if endpoint is None or type(endpoint) is str else OTHER
        if key not in self._calls and len(self._calls) >= MOST:
            key = OTHER
        self._calls[key] = next(self._counters.setdefault(key, itertools.count(1)))

    def forget(self) -> None:
        self._counters, self._calls = {}, {}

    def describe(self, requests: int | None) -> Served:
        """Under public names: calls of endpoints that may be called by a user's data are one sum."""
        calls = dict(self._calls)
        unrouted, endpoints = calls.pop(None, 0), dict[str, int]()
        for endpoint, count in calls.items():
            shown = endpoint if endpoint is not None and self._is_public(endpoint) else HIDDEN
            endpoints[shown] = endpoints.get(shown, 0) + count
        return Served(requests, endpoints if endpoints or unrouted else None, unrouted)

    def _is_public(self, endpoint: str) -> bool:
        return endpoint == OTHER or all(map(self._stands_in_code, endpoint.split(".")))

    def _stands_in_code(self, part: str) -> bool:
        """Asked once, for who asks interns it."""
        if part not in self._judged:
            self._judged[part] = is_identifier(part) and is_known_to_code(part)
        return self._judged[part]
