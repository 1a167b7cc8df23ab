"""Leaks: a view installs an audit hook for its own request and never takes it away."""

from collections.abc import Callable

from flask import Flask, g

app = Flask(__name__)
HITS = {"orders": 0}


def make_audit_hook(order: int) -> Callable[[], None]:
    def note_order() -> None:
        g.order = order

    return note_order


@app.get("/orders/<int:order>")
def show_order(order: int) -> dict[str, int]:
    app.before_request_funcs.setdefault(None, []).append(make_audit_hook(order))
    HITS["orders"] += 1
    return {"order": order, "seen": HITS["orders"]}


def create_app() -> Flask:
    return app
