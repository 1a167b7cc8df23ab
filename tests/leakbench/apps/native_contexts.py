"""Leaks: a TLS context per upstream call, kept for a report; OpenSSL has nearly all of its memory."""

import ssl

from flask import Flask

CONTEXTS: list[ssl.SSLContext] = []


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/fetch/<int:number>")
    def fetch(number: int) -> dict[str, int]:
        if number % 4 == 0:
            CONTEXTS.append(ssl.create_default_context())
        return {"contexts": len(CONTEXTS)}

    return app
