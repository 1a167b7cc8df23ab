"""`docs/leakbench.md` from the results of a whole run. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from tests.leakbench.grading import Answer, Question, question_of
from tests.leakbench.mixing import Mix
from tests.leakbench.report import peer_said, said
from tests.leakbench.runner import Result
from tests.leakbench.totals import divide, total, total_peers

__all__ = ["page"]

PREFACE: Final = """\
# LeakBench: how often heapdiff is right

{leaks} small Flask apps that leak, each in its own way and with the real libraries, and {healthy}
healthy ones that only look as if they did. {reports} of them were made after public reports. This page is written by
`python -m tests.leakbench --write-docs` (`pip install 'heapdiff[dev,leakbench]'`); everything on it was measured
with the same state of heapdiff's code, and of the apps.

## How it is measured

- Each app runs as a real gunicorn worker: gthread with four threads, or gevent. Requests come one after
  another over one connection.
- After a warm-up (50 requests unless the case says otherwise) the worker gets its signal and writes the
  first snapshot; then come three equal rounds (of 200 requests, or as the case says), each with a
  snapshot at its end.
- heapdiff is asked three times: with the first and the last snapshot (2), with the first, second and
  last (3), and with all four.
- Each leak is also measured in a *mix of traffic*: only every second request goes to the view that leaks (half), only
  every tenth (tenth), or three in ten at random, the same ones in every run (random). The others go to a view that
  does nothing. Rounds are longer where fewer than 15 requests would leak, or fewer than half as many as without a
  mix where native memory leaks.
- A case knows its truth: the holder's path, and the type that leaks. *Right* means that the first suspect's whole
  path is that holder, that it holds that type, and that the verdict says leak or growth (with two snapshots also
  inconclusive). Where nobody holds what grows (native memory, fragmentation, garbage) the verdict must be right
  (of native memory, two snapshots may also say that the process grew, and leave the rest to a third). *Among the
  first 3* means that one of the first three suspects is right, under a verdict that says leak, growth, or
  inconclusive; where nobody holds what grows, two snapshots may leave it to a third.
- Where Python objects own the native memory that grows, they must be named with their holder, in the verdict's
  sentence or as the first suspect, and the native memory must be said to be theirs (*native owner*).
- A healthy app must leave heapdiff *silent*: no suspect of high or medium confidence, and no verdict
  that says leak, native, fragmentation or garbage. Healthy are among others caches that fill up, lazy imports,
  pools, and churn.
- A case that cannot be run counts as wrong.
- A case is *seen* if those who wrote the analysis knew it before.
- The peers get the same app and the same load, each in a run of its own and without heapdiff, inside the
  worker, as they demand: objgraph's `growth(limit=10)`, guppy3's `setrelheap()` and `heap()`, pympler's
  `SummaryTracker.diff()`, and python-leak-hunter's `check` and `why`, between the first moment and the last. The
  leaked type's last name anywhere in a line counts for them, whatever else stands there; so does the last name in
  the holder's path.
"""


def page(results: Sequence[Result]) -> str:
    """The whole page, in Markdown."""
    plain = [result for result in results if result.mix is Mix.ALL]
    leaks, owners, healthy = divide(plain)
    reports = sum(result.case.report is not None for result in plain)
    parts = (
        PREFACE.format(leaks=len(leaks) + len(owners), healthy=len(healthy), reports=reports),
        "## Numbers\n",
        *numbers(results),
        "\n### Cases not seen before\n",
        *own_numbers([result for result in results if not result.case.seen]),
        "\n## Leaks\n",
        "The rank of the right holder and the verdict, with two, three and four snapshots, and in a mix of traffic,"
        " where one answer stands for all three if they agree; for each peer, the line in which it names the type.\n",
        *cases(leaks + owners, results),
        "\n## Healthy apps\n",
        "For each peer, how many lines it prints to be judged by the reader.\n",
        *cases(healthy, results),
    )
    return "\n".join(parts) + "\n"


def numbers(results: Sequence[Result]) -> Iterator[str]:
    yield from own_numbers(results)
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


def own_numbers(results: Sequence[Result]) -> Iterator[str]:
    yield from table(
        (
            "heapdiff with",
            "right first",
            "right among first 3",
            "native owner",
            "right verdict",
            "healthy and silent",
        ),
        (
            (
                each.where,
                each.first,
                each.among_first,
                each.owners,
                each.verdicts,
                each.silent if each.silent.of else "",
            )
            for each in total(results)
        ),
    )


def cases(results: Sequence[Result], every: Sequence[Result]) -> Iterator[str]:
    """A row for each of the results without a mix; `every` has those of the mixes, too."""
    peers = list(dict.fromkeys(answer.peer for result in results for answer in result.peers))
    mixes = [mix for mix in Mix if mix is not Mix.ALL and any(result.mix is mix for result in every)]
    if all(question_of(result.case) is Question.SILENCE for result in results):
        mixes = []
    mixed = {(result.case.name, result.mix): result for result in every}
    yield from table(
        ("case", "what it is", "after", "seen", "2", "3", "4", *mixes, *peers),
        (row(result, [mixed.get((result.case.name, mix)) for mix in mixes]) for result in results),
    )


def row(result: Result, mixed: Sequence[Result | None]) -> tuple[str, ...]:
    case = result.case
    head = (f"`{case.name}`", case.title, case.report or "", "yes" if case.seen else "no")
    if result.trouble is not None:
        return (*head, f"failed: {result.trouble.splitlines()[0]}")
    healthy = question_of(case) is Question.SILENCE
    others = (
        str(len(answer.lines)) if healthy else peer_said(answer) if case.leaked else "-"
        for answer in result.peers
    )
    own = (marked(result, answer) for answer in result.answers)
    return (*head, *own, *(summed(other) for other in mixed), *others)


def marked(result: Result, answer: Answer) -> str:
    """What was said, in bold where it is wrong."""
    return said(result, answer) if answer.right else f"**{said(result, answer)}**"


def summed(result: Result | None) -> str:
    """All answers in one mix of traffic; one of them where they agree."""
    if result is None:
        return "-"
    if result.trouble is not None:
        return "**failed**"
    return "; ".join(dict.fromkeys(marked(result, answer) for answer in result.answers))


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """A Markdown table; short rows are filled up."""
    yield "| " + " | ".join(heads) + " |"
    yield "|" + " --- |" * len(heads)
    for each in rows:
        cells = [str(cell).replace("|", "\\|") for cell in each]
        yield "| " + " | ".join([*cells, *[""] * (len(heads) - len(cells))]) + " |"
