"""The shop's application factory."""

from __future__ import annotations

from flask import Flask

from heapdiff.flask import HeapDiff

from .views import shop


def create_app() -> Flask:
    app = Flask("shop")
    app.register_blueprint(shop)
    HeapDiff(app)
    return app
