"""Sessions on the server that expire after a second; a thread sweeps them away, and visitors come back."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from flask import Flask

LIFE_S = 0.2


@dataclass
class Visit:
    """What the server knows of one visitor."""

    seen: float
    pages: list[str] = field(default_factory=list)


class Sessions:
    """Visits by visitor; those not seen for a second go."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.visits: dict[str, Visit] = {}

    def seen(self, visitor: str, page: str) -> int:
        with self.lock:
            visit = self.visits.setdefault(visitor, Visit(0.0))
            visit.seen = time.monotonic()
            visit.pages.append(page)
            return len(visit.pages)

    def sweep(self) -> None:
        while True:
            time.sleep(LIFE_S / 4)
            until = time.monotonic() - LIFE_S
            with self.lock:
                self.visits = {key: visit for key, visit in self.visits.items() if visit.seen >= until}


SESSIONS = Sessions()


def create_app() -> Flask:
    app = Flask(__name__)
    started = threading.Event()

    @app.get("/page/<int:number>")
    def page(number: int) -> str:
        if not started.is_set():  # in the worker, not in the process that it was forked from
            started.set()
            threading.Thread(target=SESSIONS.sweep, daemon=True).start()
        return str(SESSIONS.seen(f"visitor {number // 3}", f"/page/{number}"))

    return app
