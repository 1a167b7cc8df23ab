"""Under `heapdiff run`: adds the endpoints to an app that doesn't have the extension, if there is a token."""

import functools
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

from heapdiff.agent.settings.settings import read_settings
from heapdiff.agent.worker.hooks import TEST_CLIENT, Place, put_around
from heapdiff.flask.extension import EXTENSION, State, add_pages, read_app_settings


def equip(module: ModuleType) -> None:
    """Wrap `Flask.preprocess_request` of the module `flask`, where the environment asks for pages of ours. Idempotent."""
    if has_pages():
        put_around(module, Place("Flask.preprocess_request", offer_endpoints), "")


def has_pages() -> bool:
    settings = read_settings()
    return settings.token is not None or settings.live


def offer_endpoints(original: Callable[..., Any], _server: str) -> Callable[..., Any]:
    """What asks for our prefix is answered by an app of our own, once the host's own guard let it pass.

    The host's `before_request` functions and error handlers run as for a route of its own; so do its `after_request`
    functions, on our answer.
    """
    prefix = read_settings().url_prefix
    made = threading.Lock()
    made_for: dict[bool, Flask] = {}

    @functools.wraps(original)
    def preprocess_request(self: Flask, *args: Any, **kwargs: Any) -> Any:
        path = request.path
        if EXTENSION in self.extensions or not (path == prefix or path.startswith(f"{prefix}/")):
            return original(self, *args, **kwargs)
        with made:
            own = made_for.get(self.debug) or made_for.setdefault(self.debug, make_app(self.debug))
        if read_app_settings(self).app_guard:
            name_endpoint(self, own)
            refusal = original(self, *args, **kwargs)
            if refusal is not None or request.routing_exception is not None:
                return refusal
        environ = {key: value for key, value in request.environ.items() if key != TEST_CLIENT}
        return self.response_class.from_app(own, environ)

    return preprocess_request


def name_endpoint(host: Flask, own: Flask) -> None:
    """Let the host's guard see what is asked for, not a page that the host doesn't have: it may let those pass.

    What else is wrong with a request (its host isn't one that the app trusts) stays the host's to refuse.
    """
    if not isinstance(request.routing_exception, NotFound | MethodNotAllowed | RequestRedirect | None):
        return
    try:
        rule, parts = own.url_map.bind_to_environ(request.environ).match(return_rule=True)
    except HTTPException:  # of a host name that is none
        return
    request.url_rule, request.view_args, request.routing_exception = rule, dict(parts), None
    host.view_functions.setdefault(rule.endpoint, own.view_functions[rule.endpoint])


def make_app(debug: bool) -> Flask:
    """An app with nothing but the endpoints and the live page. It counts nothing: the host's requests are counted."""
    app = Flask(__name__, static_folder=None)
    app.debug = debug
    settings = read_settings()
    app.extensions[EXTENSION] = State(settings)
    add_pages(app, settings)
    return app
