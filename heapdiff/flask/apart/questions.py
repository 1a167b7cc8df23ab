"""Asks heapdiff's command line about snapshots, and draws, in a fresh process: the worker gains neither NumPy nor a graph."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from heapdiff.beside.reading import read_failure
from heapdiff.beside.starting import COMMAND_LINE
from heapdiff.errors import CaptureError, HeapdiffError, MissingToolError
from heapdiff.escaping import escape_terminal
from heapdiff.flask.apart.fresh import Outcome, run_fresh

DEADLINE_S: Final = 30.0
DRAWING: Final = "heapdiff.flask.apart.drawn"


def ask_heapdiff(arguments: Sequence[str], deadline_s: float = DEADLINE_S) -> str:
    """What `heapdiff ARGUMENTS…` prints. Raises HeapdiffError: no room, no answer in time, or what the command said was wrong.

    It may have half of the memory that is left.
    """
    name = f"heapdiff {arguments[0]}"
    return _run(name, COMMAND_LINE, arguments, deadline_s).decode("utf-8", "replace")


def ask_for_json(arguments: Sequence[str], deadline_s: float = DEADLINE_S) -> dict[str, Any]:
    """The same with `--format json`, parsed."""
    found: dict[str, Any] = json.loads(ask_heapdiff([*arguments, "--format", "json"], deadline_s))
    return found


def draw_graph(dot: str, deadline_s: float = DEADLINE_S) -> bytes:
    """An SVG of a text in Graphviz's language. Raises MissingToolError where nothing here can draw."""
    return _run("drawing", DRAWING, (), deadline_s, dot.encode("utf-8", "replace"))


def _run(name: str, module: str, arguments: Sequence[str], deadline_s: float, given: bytes = b"") -> bytes:
    outcome = run_fresh(name, module, arguments, deadline_s, given)
    if outcome.code:
        raise _explain(name, outcome)
    return outcome.answer


def _explain(name: str, outcome: Outcome) -> HeapdiffError:
    what, hint = map(escape_terminal, read_failure(name, outcome.code, outcome.said))
    kind = MissingToolError if outcome.code == MissingToolError.exit_code else CaptureError
    return kind(what, hint or "Run it by hand to see why.")
