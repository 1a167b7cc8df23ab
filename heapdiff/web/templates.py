"""Turns values into a page's HTML, escaped, and hands out the files that a page needs.

The environment is our own: neither the application's templates nor its context processors run.
"""

from pathlib import Path
from typing import Any, Final

from flask import Response
from jinja2 import BaseLoader, Environment, StrictUndefined

from heapdiff.escaping import escape_terminal
from heapdiff.render.amounts import count, elapsed, moment, plural, signed, signed_size, size

ASSETS: Final = Path(__file__).with_name("assets")
KINDS: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


def make_environment(loader: BaseLoader) -> Environment:
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=show,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "size": size, "signed_size": signed_size, "count": count, "signed": signed,
        "plural": plural, "moment": moment, "elapsed": elapsed, "sentence": sentence,
    }  # fmt: skip
    return made


def load_all(environment: Environment) -> Environment:
    """All templates now: one by one, they would be growth between two snapshots."""
    for name in environment.list_templates():
        environment.get_template(name)
    return environment


def show(value: Any) -> Any:
    """Letters that hide, or turn the order of a line, are shown as escapes; HTML's own are escaped after this."""
    if value is None:
        return "-"
    return escape_terminal(value) if type(value) is str else value


def sentence(message: str) -> str:
    return message[:1].upper() + message[1:]


def answer_asset(name: str, *folders: Path) -> Response | None:
    """A file of ours by its name, from the first folder that has it; None where there is none."""
    for folder in (ASSETS, *folders):
        for path in folder.iterdir():
            if path.name == name and path.suffix in KINDS:
                return Response(path.read_bytes(), mimetype=KINDS[path.suffix])
    return None
