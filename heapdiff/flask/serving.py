"""Under `heapdiff run`: adds the endpoints to an app that doesn't have the extension, if there is a token."""

import functools
import threading
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from flask import Flask

from heapdiff.agent.settings.settings import read_settings
from heapdiff.agent.worker.hooks import Place, put_around
from heapdiff.flask.extension import EXTENSION, HeapDiff


def equip(module: ModuleType) -> None:
    """Wrap `Flask.wsgi_app` of the module `flask`, where the environment has a token. Idempotent."""
    if read_settings().token is not None:
        put_around(module, Place("Flask.wsgi_app", offer_endpoints), "")


def offer_endpoints(original: Callable[..., Any], _server: str) -> Callable[..., Any]:
    """What asks for our prefix is answered by an app of our own; the host's sees all the rest."""
    prefix = read_settings().url_prefix
    made = threading.Lock()
    own: Flask | None = None

    @functools.wraps(original)
    def wsgi_app(self: Flask, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        nonlocal own
        path = str(environ.get("PATH_INFO", ""))
        answer = original.__get__(self)
        if EXTENSION not in self.extensions and (path == prefix or path.startswith(f"{prefix}/")):
            with made:
                own = own or make_app()
            answer = original.__get__(own)
        answered: Iterable[bytes] = answer(environ, start_response)
        return answered

    return wsgi_app


def make_app() -> Flask:
    """An app with nothing but the endpoints."""
    app = Flask(__name__, static_folder=None)
    HeapDiff(app)
    return app
