"""The process that looks at the snapshots, from the side of the test: the test's own gains neither NumPy nor a graph."""

from __future__ import annotations

import json
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from heapdiff.beside.reading import wait_readable
from heapdiff.beside.starting import Work, end, start
from heapdiff.errors import CaptureError
from heapdiff.escaping import escape_terminal
from heapdiff.testing import real_popen
from heapdiff.testing.measuring.capturing import stating_what_failed

ANSWERING: Final = "heapdiff.testing.looking.answering"
DEADLINE_S: Final = 120


class Analyst:
    """It loads each snapshot while the test goes on. Ended with the test."""

    def __init__(self) -> None:
        with stating_what_failed("no process to compare snapshots could be started"), ExitStack() as opened:
            self._said = opened.enter_context(tempfile.TemporaryFile())
            self._process = start(
                Work(ANSWERING, priority=0),
                real_popen,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
            )
            opened.pop_all()

    def __enter__(self) -> Analyst:
        return self

    def __exit__(self, *_: object) -> None:
        end(self._process)
        for pipe in (self._process.stdin, self._process.stdout, self._said):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        self._process.wait()

    def add(self, snapshot: Path, calls: int) -> None:
        """One more snapshot, taken after so many calls since the first."""
        self._tell({"order": "add", "path": str(snapshot), "calls": calls})

    def ask(self, order: str, **details: object) -> dict[str, Any]:
        """Raises CaptureError where it ended or takes too long."""
        self._tell({"order": order, **details})
        pipe = self._process.stdout
        assert pipe is not None
        if not wait_readable((pipe.fileno(),), DEADLINE_S):
            raise CaptureError(f"the snapshots could not be compared within {DEADLINE_S} s", "Try again.")
        line = pipe.readline()
        if not line:
            raise self._explain()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _tell(self, question: dict[str, object]) -> None:
        pipe = self._process.stdin
        assert pipe is not None
        try:
            pipe.write(json.dumps(question).encode() + b"\n")
            pipe.flush()
        except BrokenPipeError:
            raise self._explain() from None

    def _explain(self) -> CaptureError:
        self._process.wait()
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
        why = escape_terminal(lines[-1]) if lines else f"it ended with {self._process.returncode}"
        return CaptureError(f"the snapshots could not be compared: {why}", "Run `heapdiff doctor`.")
