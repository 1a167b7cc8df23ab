"""One self-contained page: templates, what is built from `assets`, and the policy under which a browser runs it.

Everything that a snapshot says is escaped twice over: what could hide or reorder text as in a terminal, then for HTML.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import re
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from heapdiff.render import amounts
from heapdiff.render.escape import shorten
from heapdiff.version import __version__

MOST_CELLS: Final = 800  # of any text; names are cut before
MOST_NAME: Final = 200
CODE: Final = re.compile("`([^`]+)`")
POLICY: Final = (
    "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)
STILL_POLICY: Final = "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"


def render_page(template: str, data: dict[str, Any], **values: Any) -> str:
    """The page; `data` is what its scripts read. The same values give the same bytes."""
    script, style = read_built("report.js"), read_built("report.css")
    return (
        _environment()
        .get_template(template)
        .render(
            policy=POLICY.format(script=_hash(script), style=_hash(style)),
            script=Markup(script),
            style=Markup(style),
            licences=read_built("LICENSES.txt"),
            data=Markup(write_data(data)),
            version=__version__,
            **values,
        )
    )


def render_still_page(template: str, **values: Any) -> str:
    """A page without scripts: the policy allows none."""
    style = read_built("report.css")
    policy = STILL_POLICY.format(style=_hash(style))
    return (
        _environment()
        .get_template(template)
        .render(policy=policy, style=Markup(style), version=__version__, **values)
    )


def write_data(data: dict[str, Any]) -> str:
    """JSON that can end neither its element nor a line of a script, whatever names are in it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def data_uri(kind: str, content: bytes) -> str:
    """What an image shows: as an image, an SVG can run nothing and ask for nothing."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def name(text: str) -> str:
    """A name from a snapshot, as long as a person can read."""
    return shorten(text, MOST_NAME)


@functools.cache
def read_built(file: str) -> str:
    return files("heapdiff.render.html").joinpath("built", file).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _shown(value: Any) -> Any:
    """What a template writes; Jinja escapes it for HTML afterwards."""
    return shorten(value, MOST_CELLS) if isinstance(value, str) and not isinstance(value, Markup) else value


def told(text: str) -> Markup:
    """A sentence of ours; what stands between backticks in it is code."""
    shown = Markup.escape(shorten(text, MOST_CELLS))
    return Markup(CODE.sub(r"<code>\1</code>", shown))


def _lines(text: str) -> Markup:
    """Several lines of at most the usual length each."""
    return Markup("\n").join(Markup.escape(shorten(each, MOST_CELLS)) for each in text.split("\n"))


def _whole(text: str) -> Markup:
    """A text of our own that may be long."""
    return Markup.escape(text)


@functools.cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("heapdiff.render.html"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        {each: getattr(amounts, each) for each in ("count", "signed", "size", "signed_size", "moment")},
        name=name,
        told=told,
        whole=_whole,
        lines=_lines,
    )
    made.globals.update(plural=amounts.plural, cost=amounts.cost, duration=amounts.duration)
    return made
