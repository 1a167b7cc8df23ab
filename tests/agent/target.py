"""A process under test: runs Python given line by line, answers each with one line. No sleeps, always ended."""

from __future__ import annotations

import contextlib
import json
import marshal
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTORS = "os.listdir('/proc/self/fd')"
LOOKS = 200

# Neither imports what an interpreter doesn't have at its start: that would take three times as long, and fill the heap.
LOOP = """
import marshal, os, sys
space = {"__name__": "__main__"}
channel = open(int(os.environ["CHANNEL"]), "w", buffering=1)
for line in sys.stdin:
    code, expression = eval(line)
    exec(code, space)
    print(marshal.dumps(eval(expression, space)).hex(), file=channel)
    del code, expression, line
"""

NATIVE = """
import os, time
from heapdiff.agent import _native
def identity():
    "As heapdiff.agent.system.identity has it."
    with open("/proc/self/stat") as stat, open("/proc/sys/kernel/random/boot_id") as boot:
        ticks, digits = stat.read().rpartition(")")[2].split()[19], boot.read().replace("-", "")[:12]
    return f"{os.getpid()}-{ticks}-{os.stat('/proc/self/ns/pid').st_ino}-{digits}"
def configure(directory, **changes):
    settings = dict(directory=directory, keep=20, deadline_s=60.0, version="0", server="", argv_json="[]",
                    started_at="2026-01-01T00:00:00Z", host="host", identity=identity())
    _native.configure(**{**settings, **changes})
def finished():
    while _native.status()["state"] == "running":
        time.sleep(0.002)
    return _native.status()
def snapshot(label=None, graph=True):
    ticket = _native.request("api", label, None, None, graph)
    assert ticket
    return finished()
"""


class Target:
    """`with Target(setup) as target: target.evaluate("expression")`."""

    def __init__(self, setup: str = "", prefix: tuple[str, ...] = (), **environment: str) -> None:
        read, write = os.pipe()
        place = {**os.environ, "PYTHONPATH": str(ROOT), "CHANNEL": str(write), **environment}
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-c", LOOP],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(write,),
            text=True,
            env=place,
            start_new_session=True,
        )
        os.close(write)
        self.answers = os.fdopen(read)
        self.setup = setup

    def __enter__(self) -> Target:
        try:
            self.execute(self.setup)
        except BaseException:
            self.close()
            raise
        return self

    def evaluate(self, expression: str, code: str = "") -> Any:
        """Run `code`, then return what `expression` gives, as JSON would have it."""
        self.ask(expression, code)
        return self.answer()

    def ask(self, expression: str, code: str = "") -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(ascii((code, expression)) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        """To the first question that has none yet."""
        answer = self.answers.readline()
        assert answer, f"the target died:\n{self.errors()}"
        return json.loads(json.dumps(marshal.loads(bytes.fromhex(answer))))

    def holds_only(self, before: list[str]) -> bool:
        """Whether it closes all descriptors but these, as `listdir` has them: a thread of ours may have one open for a moment."""
        return any(set(self.evaluate(DESCRIPTORS)) <= set(before) for _ in range(LOOKS))

    def execute(self, code: str) -> None:
        self.evaluate("None", code)

    def errors(self) -> str:
        """End the target and return what it wrote to standard error."""
        _, errors = self.process.communicate(timeout=60)
        return errors

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # what it forked would hold its pipes open
        self.process.communicate()
        self.answers.close()
