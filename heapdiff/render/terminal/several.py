"""Comparisons of several processes as text: the answer, what they share, then each process as it stands alone."""

from rich.console import Console
from rich.text import Text

from heapdiff.answers import Comparison, Comparisons
from heapdiff.render.amounts import moment, signed_size, size
from heapdiff.render.terminal.comparison import print_verdict, render_comparison
from heapdiff.render.terminal.console import line, paragraph, print_notes, print_rest
from heapdiff.render.terminal.table import Column, build_table

SHARED_COLUMNS = (
    Column("Growing in several", share=3, right=False, ends=True),
    Column("Newly holds", share=2, right=False, drop=1),
    Column("Processes"),
    Column("Bytes"),
    Column("/request", drop=2),
    Column("Sure", right=False),
)


def render_answer(console: Console, answer: Comparison | Comparisons, limit: int | None = 10) -> None:
    """Print the answer to `compare`, whichever it is."""
    if isinstance(answer, Comparison):
        render_comparison(console, answer, limit)
    else:
        _render_several(console, answer, limit)


def _render_several(console: Console, comparisons: Comparisons, limit: int | None) -> None:
    """Print them, at most `limit` shared holders, and of each process suspects and types (None: all of them).

    What several share is explained in the first of them only, unless all is shown.
    """
    print_verdict(console, comparisons.verdict)
    _print_shared(console, comparisons, limit)
    print_notes(console, comparisons.notes)
    told: set[str] = set()
    shared = {leak.fingerprint for leak in comparisons.shared}
    for comparison in comparisons.processes:
        last = comparison.snapshots[-1]
        started = f", started {moment(last.started_at)}" if last.started_at else ""
        console.print()
        title = Text.assemble((f"── PID {last.pid} ", "bold"), line(f"on {last.host}{started}"))
        paragraph(console, title)
        console.print()
        render_comparison(console, comparison, limit, frozenset(told))
        told |= shared & {suspect.fingerprint for suspect in comparison.suspects[:limit]}


def _print_shared(console: Console, comparisons: Comparisons, limit: int | None) -> None:
    shown = comparisons.shared[:limit]
    if not shown:
        return
    rows = [
        (
            leak.path,
            leak.held.rpartition(".")[2],
            f"{len(leak.processes)} of {len(comparisons.processes)}",
            signed_size(leak.bytes_delta),
            "-" if leak.bytes_per_request is None else size(leak.bytes_per_request),
            leak.confidence.value,
        )
        for leak in shown
    ]
    console.print()
    console.print(build_table(SHARED_COLUMNS, rows, console.width))
    print_rest(console, len(comparisons.shared) - len(shown), "shared holder")
