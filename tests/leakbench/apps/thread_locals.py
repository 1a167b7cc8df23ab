"""The worker's threads never end, and each keeps its own list of queries."""

from __future__ import annotations

import threading

from flask import Flask


class Query:
    def __init__(self, text: str) -> None:
        self.text = text


class Statistics(threading.local):
    def __init__(self) -> None:
        self.queries: list[Query] = []


STATISTICS = Statistics()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/rows/<int:number>")
    def rows(number: int) -> dict[str, int]:
        STATISTICS.queries.append(Query(f"SELECT * FROM rows WHERE number = {number}"))
        return {"rows": len(STATISTICS.queries) % 7}

    return app
