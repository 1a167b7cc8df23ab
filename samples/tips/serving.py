"""What gunicorn is told to serve: one twin of a tip, with heapdiff in it and a way to see which worker answered."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from flask import Flask, Response

from heapdiff.flask import HeapDiff


def create_app(tip: str, twin: str) -> Flask:
    """Called from the tips' folder, so that places in the code read as they would in a project: `data_structures.waste.ROWS`."""
    made: Any = import_module(f"{tip}.{twin}")
    app: Flask = made.create_app()
    app.after_request(name_worker)
    app.add_url_rule("/health", "health", lambda: "ok")
    HeapDiff(app)
    return app


def name_worker(response: Response) -> Response:
    response.headers["X-Worker"] = str(os.getpid())
    return response
