"""`docs/leakbench.md` from the results of a whole run. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tests.leakbench.grading import Question, question_of
from tests.leakbench.report import peer_said, said
from tests.leakbench.runner import Result
from tests.leakbench.totals import divide, total, total_peers

__all__ = ["page"]

PREFACE: Final = """\
# LeakBench: how often heapdiff is right

{leaks} small Flask apps that leak, each in its own way and with the real libraries, and {healthy}
healthy ones that only look as if they did. This page is written by `python -m tests.leakbench
--write-docs` (`pip install 'heapdiff[dev,leakbench]'`); everything on it was measured in that one run.

## How it is measured

- Each app runs as a real gunicorn worker: gthread with four threads, or gevent. Requests come one after
  another over one connection.
- After a warm-up (50 requests unless the case says otherwise) the worker gets its signal and writes the
  first snapshot; then come three equal rounds (of 200 requests, or as the case says), each with a
  snapshot at its end.
- heapdiff is asked three times: with the first and the last snapshot (2), with the first, second and
  last (3), and with all four.
- A case knows its truth: the holder's path, and the type that leaks. *Right* means that the first
  suspect's whole path is that holder and that it holds that type. Where nobody holds what grows (native
  memory, fragmentation, garbage) the verdict must be right.
- A healthy app must leave heapdiff *silent*: no suspect of high or medium confidence, and no verdict
  that says leak. Healthy are among others caches that fill up, lazy imports, pools, and churn.
- A case that cannot be run counts as wrong.
- The peers get the same app and the same load, each in a run of its own and without heapdiff, inside the
  worker, as they demand: objgraph's `growth(limit=10)`, guppy3's `setrelheap()` and `heap()`, pympler's
  `SummaryTracker.diff()`, between the first moment and the last. The leaked type's last name anywhere in
  a line counts for them, whatever else stands there; so does the last name in the holder's path.
"""


def page(results: Sequence[Result]) -> str:
    """The whole page, in Markdown."""
    leaks, healthy = divide(results)
    parts = (
        PREFACE.format(leaks=len(leaks), healthy=len(healthy)),
        "## Numbers\n",
        *numbers(results),
        "\n## Leaks\n",
        "The rank of the right holder and the verdict, with two, three and four snapshots; for each peer, the"
        " line in which it names the type.\n",
        *cases(leaks),
        "\n## Healthy apps\n",
        "For each peer, how many lines it prints to be judged by the reader.\n",
        *cases(healthy),
    )
    return "\n".join(parts) + "\n"


def numbers(results: Sequence[Result]) -> Iterator[str]:
    yield from table(
        ("heapdiff with", "right first", "right among first 3", "right verdict", "healthy and silent"),
        (
            (f"{each.snapshots} snapshots", each.first, each.among_first, each.verdicts, each.silent)
            for each in total(results)
        ),
    )
    yield ""
    yield from table(
        (
            "peer",
            "names the type in its first 3 lines",
            "in 10 lines",
            "names the holder",
            "lines for a healthy app",
        ),
        (
            (each.peer, each.type_in_three, each.type_in_ten, each.holder, f"{each.lines_if_healthy:.1f}")
            for each in total_peers(results)
        ),
    )


def cases(results: Sequence[Result]) -> Iterator[str]:
    peers = list(dict.fromkeys(answer.peer for result in results for answer in result.peers))
    yield from table(("case", "what it is", "2", "3", "4", *peers), (row(result) for result in results))


def row(result: Result) -> tuple[str, ...]:
    case = result.case
    if result.trouble is not None:
        return (f"`{case.name}`", case.title, f"failed: {result.trouble.splitlines()[0]}")
    healthy = question_of(case) is Question.SILENCE
    others = (
        str(len(answer.lines)) if healthy else peer_said(answer) if case.leaked else "-"
        for answer in result.peers
    )
    marked = (
        said(result, answer) if answer.right else f"**{said(result, answer)}**" for answer in result.answers
    )
    return (f"`{case.name}`", case.title, *marked, *others)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A Markdown table; short rows are filled up."""
    yield "| " + " | ".join(heads) + " |"
    yield "|" + " --- |" * len(heads)
    for each in rows:
        cells = [str(cell).replace("|", "\\|") for cell in each]
        yield "| " + " | ".join([*cells, *[""] * (len(heads) - len(cells))]) + " |"
