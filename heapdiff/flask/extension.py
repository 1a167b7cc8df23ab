"""`HeapDiff(app)`: installs the agent as configured in the app. Keeps no reference to the app or to a request."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, request

from heapdiff.agent.settings.settings import Settings, read_settings
from heapdiff.agent.worker.installation import (
    call_function,
    count_function,
    earlier_settings,
    is_settled,
    settle,
)
from heapdiff.agent.worker.joining import install, watch_reloader
from heapdiff.flask.endpoints import make_blueprint

logger = logging.getLogger("heapdiff")

EXTENSION: Final = "heapdiff"
CONFIG_PREFIX: Final = "HEAPDIFF_"


@dataclass(frozen=True, slots=True)
class State:
    """One app's settings: `app.extensions["heapdiff"]`."""

    settings: Settings


class HeapDiff:
    """Flask extension: `HeapDiff(app)`, or `HeapDiff()` and later `init_app(app)`, for any number of apps."""

    def __init__(self, app: Flask | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Install the agent in this process as `app.config` says; add the endpoints if there is a token.

        Never raises: the app must start without us.
        """
        try:
            self._init_app(app)
        except Exception as error:
            logger.warning("heapdiff: the extension is not active: %s", error)

    def _init_app(self, app: Flask) -> None:
        if EXTENSION in app.extensions:
            return
        settings = read_app_settings(app, earlier_settings())
        app.extensions[EXTENSION] = State(settings)
        install(settings, app.import_name)
        watch_reloader()
        hooks = app.before_request_funcs.setdefault(None, [])
        if settings.metrics and (update := start_metrics(settings)) is not None:
            hooks.insert(0, update)
        hooks.insert(0, make_hook())
        add_pages(app, settings)


def add_pages(app: Flask, settings: Settings) -> None:
    """The endpoints if there is a token; the live page if it is asked for. Its rules come first, the endpoints take the rest.

    What the page needs is loaded for whoever asks for it.
    """
    if settings.live:
        from heapdiff.flask.live.pages import make_live_blueprint

        if settings.token is None and not app.debug:
            logger.warning("heapdiff: HEAPDIFF_LIVE needs HEAPDIFF_TOKEN or the debug mode: no live page")
        app.register_blueprint(
            make_live_blueprint(alone=settings.token is None), url_prefix=settings.url_prefix
        )
    if settings.token is not None:
        app.register_blueprint(make_blueprint(), url_prefix=settings.url_prefix)


def start_metrics(settings: Settings) -> Callable[[], None] | None:
    """Imported by those only who want metrics."""
    from heapdiff.flask.metrics.switching import switch_on

    return switch_on(settings)


def read_app_settings(app: Flask, *others: tuple[str, Mapping[str, Any]]) -> Settings:
    """What the app's config says; where it is silent, other sources and the environment."""
    own = {key: value for key, value in app.config.items() if key.startswith(CONFIG_PREFIX)}
    return read_settings(("the app's config", own), *others)


def make_hook() -> Callable[[], None]:
    """Runs first in each request: counts it and the call of its endpoint, and lets the agent see the first one.

    Both here: a function in `url_value_preprocessors`, which gets the endpoint as an argument, costs twice as much.
    """
    count, count_call = count_function(), call_function()

    def heapdiff_before_request() -> None:
        count()
        count_call(request.endpoint)
        if not is_settled():
            settle(request.environ)

    return heapdiff_before_request
