"""Leaks: each import adds a sink of its own to the logger and never removes it."""

from flask import Flask
from loguru import logger

logger.remove()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/imports/<int:number>/log")
    def read_log(number: int) -> dict[str, list[str]]:
        lines: list[str] = []
        logger.add(lines.append, level="WARNING", filter=lambda record: record["extra"].get("run") == number)
        logger.bind(run=number).warning("row {} has no price", number)
        return {"lines": lines}

    return app
