"""Asks heapdiff as a user does, in this process: its exit code, and its answer in JSON."""

from __future__ import annotations

import contextlib
import io
import json
from dataclasses import dataclass
from typing import Any

from heapdiff.cli import main as heapdiff

__all__ = ["Answer", "ask"]


@dataclass(frozen=True, slots=True)
class Answer:
    """`content` is empty where it printed none; `said` is what it wrote to standard error."""

    code: int
    content: dict[str, Any]
    said: str


def ask(*arguments: str) -> Answer:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = heapdiff([*arguments, "--format", "json"])
    text = out.getvalue()
    return Answer(code, json.loads(text) if text.strip() else {}, err.getvalue())
