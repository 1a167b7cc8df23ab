"""An SSL context for every call (python/cpython#84904): a megabyte of certificates each, freed at once."""

from __future__ import annotations

import ssl

from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/call/<int:number>")
    def call(number: int) -> str:
        context = ssl.create_default_context()
        return f"{number}: {context.cert_store_stats()['x509_ca'] >= 0}"

    return app
