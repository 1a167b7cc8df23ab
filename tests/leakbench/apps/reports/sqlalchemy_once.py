"""sqlalchemy/sqlalchemy#4794: a listener that is added with once=True for each request stays after it ran."""

from typing import Any

from flask import Flask
from sqlalchemy import create_engine, event, text

ENGINE = create_engine("sqlite://")


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/query/<int:number>")
    def query(number: int) -> str:
        seen: list[tuple[int, str]] = []

        def log(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
            seen.append((number, statement))

        event.listen(ENGINE, "before_cursor_execute", log, once=True)
        with ENGINE.connect() as connection:
            connection.execute(text("select 1"))
        return str(len(seen))

    return app
