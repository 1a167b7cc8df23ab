"""Imports modules in fresh processes of this interpreter, one after the other, and takes the medians of what they say."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from heapdiff.answers.importing import ImportCost, ImportPart, Imports
from heapdiff.errors import MissingToolError, UsageError
from heapdiff.escaping import escape_terminal
from heapdiff.fields import Fields, parse_fields

PROGRAM: Final = Path(__file__).with_name("fresh_import.py")
DEADLINE_S: Final = 120
ANSWER_MOST: Final = 1 << 16
NAME_MOST: Final = 200
PARTS_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Run:
    """What one process said."""

    ms: float
    rss_bytes: int
    objects: int
    modules: int
    heaviest: tuple[ImportPart, ...]


def measure_imports(modules: Sequence[str], runs: int, done: Callable[[int, int], None]) -> Imports:
    """Each module `runs` times. Raises UsageError, MissingToolError."""
    for module in modules:
        _check(module)
    costs = []
    for number, module in enumerate(modules):
        measured = []
        for run in range(runs):
            done(number * runs + run, len(modules) * runs)
            measured.append(_import_once(module))
        costs.append(_summarize(module, measured))
    return Imports(platform.python_version(), runs, tuple(costs))


def _check(module: str) -> None:
    if len(module) > NAME_MOST or not all(part.isidentifier() for part in module.split(".")):
        raise UsageError(
            f"imports: {module} is not the name of a module",
            "Name what code imports (sklearn, google.cloud.storage), not what pip installs.",
        )


def _import_once(module: str) -> Run:
    reading, writing = os.pipe()
    with open(reading, "rb") as answers:
        try:
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM.read_text("utf-8"), module, str(writing)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(writing,),
                start_new_session=True,
            )
        finally:
            os.close(writing)
        try:
            process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            raise UsageError(
                f"imports: importing {module} took more than {DEADLINE_S} s",
                "Import it by hand to see what it waits for.",
            ) from None
        finally:
            process.kill()
            process.wait()
        os.set_blocking(reading, False)
        payload = answers.read(ANSWER_MOST) or b""
    try:
        return _read(module, parse_fields(payload))
    except ValueError as error:
        raise UsageError(
            f"imports: {module} ended its process before it was imported (status {process.returncode})",
            f"Try: {os.path.basename(sys.executable)} -c 'import {module}'",
        ) from error


def _read(module: str, answer: Fields) -> Run:
    if "error" in answer:
        missing, told = answer.optional_text("missing"), escape_terminal(answer.text("error"))
        if missing and (module == missing or module.startswith(f"{missing}.")):
            raise MissingToolError(
                f"imports: there is no module {escape_terminal(missing)} for {sys.executable}",
                "Install it there, or run heapdiff with the application's Python: python -m heapdiff imports -- ...",
            )
        raise UsageError(
            f"imports: {module} can't be imported: {told}",
            f"Try: {os.path.basename(sys.executable)} -c 'import {module}'",
        )
    parts = tuple(
        ImportPart(part.text("package"), part.number("ms"), part.integer("rss_bytes"))
        for part in answer.objects("heaviest")
    )
    return Run(
        answer.number("ms"),
        answer.integer("rss_bytes"),
        answer.integer("objects"),
        answer.integer("modules"),
        parts,
    )


def _summarize(module: str, runs: Sequence[Run]) -> ImportCost:
    by_package: dict[str, list[ImportPart]] = {}
    for run in runs:
        for part in run.heaviest:
            by_package.setdefault(part.package, []).append(part)
    parts = [
        ImportPart(
            package,
            round(median(part.ms for part in found), 1),
            int(median(part.rss_bytes for part in found)),
        )
        for package, found in by_package.items()
    ]
    parts.sort(key=lambda part: (-part.ms, part.package))
    return ImportCost(
        module=module,
        ms=round(median(run.ms for run in runs), 1),
        rss_bytes=int(median(run.rss_bytes for run in runs)),
        objects=int(median(run.objects for run in runs)),
        modules=int(median(run.modules for run in runs)),
        heaviest=tuple(parts[:PARTS_SHOWN]),
    )
