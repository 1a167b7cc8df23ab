"""The live page's own environment, and what stands on each of its pages."""

from __future__ import annotations

import functools
import os
from typing import Any, Final

from flask import Response, g, request, url_for
from jinja2 import Environment, PackageLoader

from heapdiff.agent.system.procfs import format_time
from heapdiff.errors import HeapdiffError
from heapdiff.flask.live import visitors
from heapdiff.render.amounts import moment
from heapdiff.version import __version__
from heapdiff.web.headers import POLICY
from heapdiff.web.templates import load_all, make_environment, sentence

PICTURE_POLICY: Final = POLICY.replace("img-src 'self'", "img-src 'self' data:")


def page(template: str, status: int = 200, **values: Any) -> Response:
    text = environment().get_template(f"{template}.html").render(**frame(), **values)
    return Response(text, status, mimetype="text/html")


def frame() -> dict[str, Any]:
    """What stands on every page."""
    settings = g.heapdiff_settings
    return {
        "version": __version__,
        "pid": os.getpid(),
        "link": lambda name, /, **values: url_for(f".{name}", **values),
        "form_token": visitors.form_token(g.heapdiff_nonce, settings),
        "signed_in": settings.token is not None and visitors.has_session(request, settings),
        "values_shown": settings.live_values,
    }


def problem(status: int, message: str, hint: str = "") -> Response:
    """One sentence, and what to do about it."""
    return page("problem", status, message=message, hint=hint)


def explain(error: HeapdiffError, status: int) -> Response:
    return problem(status, f"{sentence(error.message).rstrip('.')}.", error.hint)


@functools.cache
def environment() -> Environment:
    made = make_environment(PackageLoader("heapdiff.flask.live"))
    made.filters["time"] = lambda at_s: moment(format_time(at_s))
    return load_all(made)
