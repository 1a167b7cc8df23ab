"""An app with the toolbar: views that leave something behind, one that doesn't, hostile names, and an error."""

from __future__ import annotations

import os
import threading
from typing import Any

from flask import Flask, request
from flask_debugtoolbar import DebugToolbarExtension

from heapdiff.flask import HeapDiff

PANEL = "heapdiff.flask.toolbar.HeapDiffPanel"
PAGE = "<!doctype html><html><head><title>Shop</title></head><body><h1>{}</h1></body></html>"
HOSTILE = "<script>document.title='owned'</script>"


class Session:
    """What a request leaves behind."""

    def __init__(self, number: int) -> None:
        self.tags = [f"{number}"] * 4


SESSIONS: dict[int, Session] = {}
BY_NAME: dict[str, Any] = {}
CATALOGUE: list[dict[str, Any]] = []
TURN = threading.Event()
WAITING = threading.Event()


def create_app(**config: Any) -> Flask:
    """The app; `SHOP_OBJECTS` in the environment says how much heap it has beside."""
    app = Flask("shop")
    app.config.update({"SECRET_KEY": "for tests", "DEBUG_TB_INTERCEPT_REDIRECTS": False, **config})
    app.config.setdefault("DEBUG_TB_PANELS", (PANEL, "flask_debugtoolbar.panels.versions.VersionDebugPanel"))
    HeapDiff(app)
    DebugToolbarExtension(app)
    CATALOGUE.extend(
        {"number": number, "tags": [number]} for number in range(int(os.environ.get("SHOP_OBJECTS", "0")))
    )

    @app.get("/")
    def quiet() -> str:
        return PAGE.format("nothing is left behind")

    @app.get("/leak")
    def leak() -> str:
        SESSIONS[len(SESSIONS)] = Session(len(SESSIONS))
        return PAGE.format("one session is left behind")

    @app.get("/hostile/<path:name>")
    def hostile(name: str) -> str:
        kind = type(HOSTILE, (), {"__module__": "shop"})
        BY_NAME.setdefault(HOSTILE, []).append(kind())
        setattr(hostile_names, f"{HOSTILE}{len(BY_NAME)}", [kind(), name])
        return PAGE.format("hostile names are left behind")

    @app.get("/slow")
    def slow() -> str:
        WAITING.set()
        TURN.wait(60)
        SESSIONS[len(SESSIONS)] = Session(len(SESSIONS))
        return PAGE.format("it waited for another")

    @app.get("/boom")
    def boom() -> str:
        held = [Session(0)]
        raise RuntimeError(f"boom {len(held)} {request.path}")

    @app.get("/favicon.ico")
    def favicon() -> tuple[str, int]:
        return "", 204

    @app.get("/data")
    def data() -> dict[str, int]:
        return {"sessions": len(SESSIONS)}

    return app


def hostile_names() -> None:
    """Has attributes with hostile names."""
