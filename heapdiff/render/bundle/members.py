"""What a bundle holds: the text to read, the report, the answer for scripts, a picture of each suspect."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from heapdiff.answers import Comparison, Comparisons, Picture, Report
from heapdiff.errors import MissingToolError
from heapdiff.model import Summary
from heapdiff.render.bundle.pictures import draw_files
from heapdiff.render.html.report import render_report
from heapdiff.render.json import render_comparison_json
from heapdiff.render.markdown import code, escape_markdown, render_markdown

TEXT: Final = "leak.md"
ANSWER: Final = "compare.json"
PAGE: Final = "leak.html"
MOST_ON_THE_PAGE: Final = 5  # pictures; each is a file of its own here anyway


@dataclass(frozen=True, slots=True)
class Chain:
    """A picture of what one suspect newly keeps, the stem of its files, and whose it is."""

    stem: str
    holder: str
    pid: int | None  # None where all are of one process
    picture: Picture


@dataclass(frozen=True, slots=True)
class Members:
    """The files by their names, which are ours; why pictures are there as DOT text only, if so."""

    files: Mapping[str, bytes]
    undrawn: MissingToolError | None


def gather_members(
    answer: Comparison | Comparisons, reports: Sequence[Report], limit: int | None, contains: str
) -> Members:
    """Everything, drawn here and now, from an answer and a report on each of its comparisons.

    `limit`: so many suspects and types in the text; `contains`: what a reader learns from it.
    """
    chains = list(_chains(reports))
    drawn = draw_files((chain.stem, chain.picture) for chain in chains)
    shown = max(reports, key=_grown)
    files = {
        ANSWER: render_comparison_json(answer).encode("ascii"),
        PAGE: _render_page(shown).encode("utf-8"),
        **drawn.files,
    }
    about = f" on PID {shown.snapshots[-1].pid}, which grew most" if len(reports) > 1 else ""
    footer = _footer(
        chains, files, [each for report in reports for each in report.summaries], contains, about
    )
    text = "\n".join([render_markdown(answer, limit), *footer])
    return Members({**files, TEXT: text.encode("utf-8") + b"\n"}, drawn.undrawn)


def _grown(report: Report) -> int:
    return report.snapshots[-1].bytes - report.snapshots[0].bytes


def _render_page(report: Report) -> str:
    paths = [each.path for each in report.snapshots]
    again = shlex.join(["heapdiff", "report", *paths, "-o", PAGE])
    return render_report(replace(report, pictures=report.pictures[:MOST_ON_THE_PAGE]), again)


def _chains(reports: Sequence[Report]) -> Iterator[Chain]:
    """The pictures; what several processes share, as their suspects' fingerprints say, only in the first of them."""
    told: set[str] = set()
    numbers = count(1)
    for report in reports:
        suspects = () if report.comparison is None else report.comparison.suspects
        for suspect, picture in zip(suspects, report.pictures, strict=False):
            if suspect.fingerprint not in told:
                told.add(suspect.fingerprint)
                pid = report.snapshots[-1].pid if len(reports) > 1 else None
                yield Chain(f"chain-{next(numbers)}", suspect.holder.path, pid, picture)


def _footer(
    chains: Sequence[Chain],
    files: Iterable[str],
    summaries: Sequence[Summary],
    contains: str,
    about: str,
) -> Iterator[str]:
    yield "### Files beside this one"
    yield ""
    for chain in chains:
        names = [name for name in sorted(files) if name.rpartition(".")[0] == chain.stem]
        whose = "" if chain.pid is None else f" in PID {chain.pid}"
        yield f"- {', '.join(map(code, names))}: who keeps what {code(chain.holder)} newly holds{whose}"
    yield f"- {code(PAGE)}: the report{about}, with a map of who owns all memory, for a browser"
    yield f"- {code(ANSWER)}: the whole answer, for scripts"
    yield ""
    yield "### Where it was captured"
    yield ""
    for fact in dict.fromkeys(map(_describe, summaries)):
        yield f"- {escape_markdown(fact)}"
    yield ""
    yield f"Contains {contains}."


def _describe(summary: Summary) -> str:
    process = summary.process
    server = f" under {process.server}" if process.server else ""
    release = f"release {process.short_release}, " if process.release else ""
    return f"{release}Python {process.python}{server}, captured by heapdiff {summary.heapdiff} ({summary.capture.engine} engine)"
