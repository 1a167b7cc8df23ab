"""Rows of a report are tuples of plain values, kept in the report of the module."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask

Row = tuple[int, str, float, datetime]


class Report:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.sums: dict[str, float] = {}


REPORT = Report()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/sell/<int:number>")
    def sell(number: int) -> dict[str, float]:
        row = (number + 1000, f"article {number}", number * 1.19, datetime.now(UTC))
        REPORT.rows.append(row)
        REPORT.sums["all"] = REPORT.sums.get("all", 0.0) + row[2]
        return REPORT.sums

    return app
