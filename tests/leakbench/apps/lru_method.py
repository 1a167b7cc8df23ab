"""A cache on a method has `self` in its keys, so it keeps every report."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask


class Report:
    def __init__(self, sales: list[int]) -> None:
        self.sales = sales

    @lru_cache(maxsize=None)  # noqa: B019, UP033
    def total(self, rate: int) -> int:
        return sum(self.sales) * (100 + rate) // 100


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/report/<int:number>")
    def report(number: int) -> dict[str, int]:
        return {"total": Report([number + 1000, number + 2000]).total(19)}

    return app
