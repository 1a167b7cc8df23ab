"""Leaks: callbacks that carry their request's context wait in a list for a deploy that never comes."""

from collections.abc import Callable

from flask import Flask, copy_current_request_context, request

AFTER_DEPLOY: list[Callable[[], str]] = []


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/jobs/<int:number>")
    def enqueue(number: int) -> dict[str, int]:
        @copy_current_request_context
        def redo() -> str:
            return request.path

        AFTER_DEPLOY.append(redo)
        return {"job": number}

    return app
