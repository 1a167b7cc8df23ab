"""A copy of the context is kept for work to be done later, and with it the values of its variables."""

from __future__ import annotations

from contextvars import Context, ContextVar, copy_context

from flask import Flask

TENANT: ContextVar[Tenant] = ContextVar("tenant")
LATER: list[Context] = []


class Tenant:
    def __init__(self, name: str) -> None:
        self.name = name


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/tenant/<name>")
    def tenant(name: str) -> str:
        token = TENANT.set(Tenant(name))
        LATER.append(copy_context())
        TENANT.reset(token)
        return f"hello, {name}"

    return app
