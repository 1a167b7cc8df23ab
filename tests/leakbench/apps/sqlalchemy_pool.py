"""Leaks: connections are checked out for reports and kept by the report, never returned to the pool."""

from flask import Flask
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import QueuePool

ENGINE = create_engine("sqlite://", poolclass=QueuePool, pool_size=5, max_overflow=-1)


class Report:
    """Rows that are read when somebody scrolls down."""

    running: "list[Report]" = []  # noqa: RUF012

    def __init__(self, number: int) -> None:
        self.number = number
        self.connection: Connection = ENGINE.connect()
        self.first = self.connection.execute(text("select 42")).scalar_one()
        Report.running.append(self)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/reports/<int:number>")
    def start_report(number: int) -> dict[str, int]:
        return {"first": Report(number).first}

    return app
