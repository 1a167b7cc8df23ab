"""Leaks: a filter that adds the request's id to log records, added by each request and never removed."""

import logging

from flask import Flask

LOG = logging.getLogger("shop.checkout")


class RequestId(logging.Filter):
    """Puts the id of a request into each record."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.request_id = f"req-{number:08d}"

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = self.request_id
        return True


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/checkout/<int:number>")
    def check_out(number: int) -> dict[str, int]:
        LOG.addFilter(RequestId(number))
        LOG.warning("checked out")
        return {"number": number}

    return app
