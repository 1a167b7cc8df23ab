"""Turns values into the page's HTML, escaped, and gives every answer the headers that keep it to itself.

The environment is our own: neither the application's templates nor its context processors run.
"""

from __future__ import annotations

import functools
import os
from typing import Any, Final

from flask import Response, g, request, url_for
from jinja2 import Environment, PackageLoader, StrictUndefined

from heapdiff.agent.system.procfs import format_time
from heapdiff.errors import HeapdiffError
from heapdiff.escaping import escape_terminal
from heapdiff.flask.live import visitors
from heapdiff.render.amounts import count, elapsed, moment, plural, signed, signed_size, size
from heapdiff.version import __version__

POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
PICTURE_POLICY: Final = POLICY.replace("img-src 'self'", "img-src 'self' data:")
HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


def harden(answer: Response) -> Response:
    """Nothing may be cached, sniffed, framed, indexed, or load anything but what is ours."""
    answer.headers.update(HEADERS)
    answer.headers.setdefault("Content-Security-Policy", POLICY)
    return answer


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


def sentence(message: str) -> str:
    return message[:1].upper() + message[1:]


@functools.cache
def environment() -> Environment:
    made = Environment(
        loader=PackageLoader("heapdiff.flask.live"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=show,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "size": size, "signed_size": signed_size, "count": count, "signed": signed,
        "plural": plural, "moment": moment, "elapsed": elapsed, "time": lambda at_s: moment(format_time(at_s)),
        "sentence": sentence,
    }  # fmt: skip
    for name in made.list_templates():  # all now: one by one, they would be growth between two snapshots
        made.get_template(name)
    return made


def show(value: Any) -> Any:
    """Letters that hide, or turn the order of a line, are shown as escapes; HTML's own are escaped after this."""
    if value is None:
        return "-"
    return escape_terminal(value) if type(value) is str else value
