"""Errors and breadcrumbs are recorded by sentry-sdk (getsentry/sentry-python#4327), in bounded buffers."""

from __future__ import annotations

import logging

import sentry_sdk
from flask import Flask
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.transport import Transport


class Dropped(Transport):
    """Sends to nobody."""

    def capture_envelope(self, envelope: object) -> None: ...


def create_app() -> Flask:
    sentry_sdk.init(
        dsn="http://key@localhost/1",
        transport=Dropped,
        integrations=[FlaskIntegration()],
        traces_sample_rate=0.5,
    )
    app = Flask(__name__)
    logger = logging.getLogger("shop")
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.NullHandler())
    logger.propagate = False

    @app.get("/order/<int:number>")
    def order(number: int) -> str:
        with sentry_sdk.start_span(op="db", name="select"):
            logger.info("order %s is looked up", number)
        for n in range(5):
            sentry_sdk.add_breadcrumb(category="shop", message=f"order {number}, step {n}")
        if number % 10 == 3:
            try:
                raise LookupError(f"no order {number}")
            except LookupError as error:
                sentry_sdk.capture_exception(error)
        return f"order {number}"

    return app
