"""The panel as Flask-DebugToolbar knows it: made for each request, and active if the browser's cookie says so."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Flask, current_app, url_for
from flask_debugtoolbar.panels import DebugPanel
from jinja2 import Environment
from markupsafe import Markup
from werkzeug import Request, Response

from heapdiff.agent.system.procfs import read_resident_bytes
from heapdiff.flask.toolbar.panel_page import size, visible
from heapdiff.flask.toolbar.panel_route import ENDPOINT, add_route
from heapdiff.flask.toolbar.taking import Look, begin, finish
from heapdiff.flask.toolbar.traffic import count_requests

logger = logging.getLogger("heapdiff")

ALWAYS: Final = "DEBUG_TB_HEAPDIFF_ENABLED"
INACTIVE: Final = "The panel is off. Switch it on with the mark beside its name, then reload the page."
NOT_IN_DEBUG: Final = "The panel works only in debug mode."
NOT_A_PAGE: Final = (
    "The panel looks at requests that ask for a page (Accept: text/html), and this one didn't."
)
# hidden until the toolbar shows it: its own style comes later, and until then the frame would be in sight, and so loaded
FRAME: Final = Markup("""<style>
#flDebug #flDebugHeapDiffPanel-content {{ display: none }}
#flDebug #flDebugHeapDiffPanel-content iframe {{ width: 100%; height: calc(100vh - 150px); min-height: 300px; border: 0 }}
#flDebug #flDebugHeapDiffPanel-content .flDebugScroll p {{ margin: 8px 0 }}
@media (max-width: 700px) {{ #flDebug #flDebugHeapDiffPanel-content {{ right: 0 }} }}
</style>
<p>{memory} <a href="{url}" target="_blank" rel="noopener">Open what this request left behind in a page of its own</a>; comparing
the snapshots takes a second or two.</p>
<iframe src="{url}" loading="lazy" sandbox="allow-same-origin" title="What this request left behind"></iframe>""")

Function = TypeVar("Function", bound=Callable[..., Any])


def quietly(default: Any) -> Callable[[Function], Function]:
    """What fails in the panel must not fail in the app: log it and go on with `default`."""

    def wrap(function: Function) -> Function:
        @functools.wraps(function)
        def call(self: HeapDiffPanel, *args: Any) -> Any:
            try:
                return function(self, *args)
            except Exception as error:
                logger.warning("heapdiff: the toolbar's panel: %s: %s", type(error).__name__, error)
                return default

        return call  # type: ignore[return-value]

    return wrap


class HeapDiffPanel(DebugPanel):
    """What the request left behind. Add `heapdiff.flask.toolbar.HeapDiffPanel` to `DEBUG_TB_PANELS`."""

    name = "HeapDiff"
    has_content = True
    user_activate = True

    def __init__(self, jinja_env: Environment, context: dict[str, Any] | None = None) -> None:
        super().__init__(jinja_env, context=context)
        self.is_active = bool(current_app.config.get(ALWAYS))
        self._look: Look | None = None
        self._problem = ""
        self._rss_bytes = 0

    @classmethod
    def init_app(cls, app: Flask) -> None:
        try:
            count_requests(app)
            add_route(app)
        except Exception as error:
            logger.warning("heapdiff: the toolbar's panel isn't available: %s", error)

    @quietly(None)
    def process_request(self, request: Request) -> None:
        if not self.is_active:
            self._problem = INACTIVE
        elif not current_app.debug:
            self._problem = NOT_IN_DEBUG
        elif not any(kind == "text/html" for kind, _ in request.accept_mimetypes):
            self._problem = NOT_A_PAGE
        else:
            self._rss_bytes = read_resident_bytes() or 0
            self._look = begin()
            self._problem = self._look.visit.problem

    @quietly(None)
    def process_response(self, request: Request, response: Response) -> None:  # noqa: ARG002
        if self._look is not None:
            response.call_on_close(functools.partial(finish, self._look))

    def nav_title(self) -> str:
        return "HeapDiff"

    @quietly("")
    def nav_subtitle(self) -> str:
        return f"RSS {size(read_resident_bytes() or 0)}" if self.is_active else "off"

    def title(self) -> str:
        return "Left behind"

    def url(self) -> str:
        return ""

    @quietly("The panel can't be shown; the log says why.")
    def content(self) -> str:
        if self._look is None or self._problem:
            return Markup("<p>{}</p>").format(visible(self._problem or INACTIVE))
        rss_bytes = read_resident_bytes() or 0
        gained = rss_bytes - self._rss_bytes
        memory = f"RSS is {size(rss_bytes)} now, {'+' if gained >= 0 else ''}{size(gained)} since this request began."
        return FRAME.format(
            memory=memory, url=url_for(ENDPOINT, token=self._look.visit.token, since="request")
        )
