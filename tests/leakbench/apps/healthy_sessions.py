"""A session store that drops the oldest session when there are more than 80."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Flask

MOST = 80


@dataclass
class Session:
    """A visitor, and what lies in the basket."""

    visitor: str
    basket: list[str] = field(default_factory=list)


class Store:
    """Sessions by number, oldest first."""

    def __init__(self) -> None:
        self.sessions: dict[int, Session] = {}

    def open(self, number: int) -> Session:
        session = self.sessions.setdefault(number, Session(f"visitor {number}"))
        while len(self.sessions) > MOST:
            del self.sessions[next(iter(self.sessions))]
        return session


def create_app() -> Flask:
    app = Flask(__name__)
    store = Store()

    @app.get("/visit/<int:number>")
    def visit(number: int) -> str:
        store.open(number).basket.extend(f"article {n} of {number}" for n in range(5))
        return str(len(store.sessions))

    return app
