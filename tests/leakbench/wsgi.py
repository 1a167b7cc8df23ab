"""What gunicorn serves: the app of one case, with heapdiff in it, or with a peer."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from flask import Flask

from heapdiff.flask import HeapDiff
from tests.leakbench.load import QUIET
from tests.leakbench.peers import PEERS, Peer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

APP: Final = "LEAKBENCH_APP"
PEER_PATH: Final = "/__leakbench__/"


def create_app() -> Flask:
    """The case's app as its author would deploy it, with one more view that does nothing."""
    app: Flask = import_module(os.environ[APP]).create_app()
    app.add_url_rule(QUIET, "quiet", quiet)
    HeapDiff(app)
    return app


def quiet() -> str:
    """What those of the requests get that leak nothing."""
    return "quiet"


def create_app_with_peer(name: str) -> WSGIApplication:
    """The case's app without heapdiff; more paths start the peer's measurement, tell it its middle, and end it.

    They are answered before Flask sees the request, so that its hooks do not run.
    """
    app: Flask = import_module(os.environ[APP]).create_app()
    return beside(app, PEERS[name]())


def beside(app: Flask, peer: Peer) -> WSGIApplication:
    answers: dict[str, Callable[[WSGIEnvironment], Any]] = {
        f"{PEER_PATH}start": lambda _: peer.start(),
        f"{PEER_PATH}middle": lambda environ: peer.middle(int(environ["QUERY_STRING"])),
        f"{PEER_PATH}lines": lambda _: peer.lines(),
    }

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answer = answers.get(environ["PATH_INFO"])
        if answer is None:
            return app(environ, start_response)
        body = json.dumps(answer(environ)).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return serve
