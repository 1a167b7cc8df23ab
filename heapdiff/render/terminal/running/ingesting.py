"""What a lake gained, as text."""

from rich.console import Console
from rich.text import Text

from heapdiff.answers.ingesting import Ingested
from heapdiff.render.amounts import plural, size
from heapdiff.render.terminal.console import line, paragraph
from heapdiff.render.terminal.table import Column, build_table


def render_ingested(console: Console, done: Ingested) -> None:
    """Print what was added in a line, what became of the sources, and a table of those that couldn't be read."""
    gained = ", ".join(plural(each.rows, each.table.removesuffix("s")) for each in done.tables)
    paragraph(
        console, Text.assemble(line(done.lake, "bold"), line(f"  gained {gained}: {size(done.bytes)}", "dim"))
    )
    paragraph(console, line(f"{plural(done.sources, 'source')}: {', '.join(_became(done))}"))
    for note in _notes(done):
        paragraph(console, line(note), "note: ")
    if done.failures:
        console.print()
        columns = [
            Column("Couldn't be read", share=1, right=False, ends=True),
            Column("Why", share=1, right=False),
        ]
        rows = [(each.source, each.reason) for each in done.failures]
        console.print(build_table(columns, rows, console.width))
        if (more := done.unreadable - len(done.failures)) > 0:
            console.print(line(f"… and {more:,} more", "dim"))


def _became(done: Ingested) -> list[str]:
    counts = (
        (done.new, "new"),
        (done.known, "seen before"),
        (done.passed_over, "not from heapdiff"),
        (done.unreadable, "unreadable"),
    )
    return [f"{count:,} {what}" for count, what in counts if count] or ["none"]


def _notes(done: Ingested) -> list[str]:
    notes = []
    if done.compared:
        notes.append(f"{plural(done.compared, 'pair')} of snapshots compared")
    if done.duplicates:
        notes.append(
            f"{plural(done.duplicates, 'snapshot or comparison/snapshots or comparisons')} already in the lake"
        )
    if done.overlapping:
        notes.append(f"{plural(done.overlapping, 'comparison')} left out: the lake has one of the same time")
    if done.shortened:
        notes.append(
            f"{plural(done.shortened, 'comparison')} with more than 50 suspects: the first 50 are kept"
        )
    if done.merged:
        notes.append(f"{plural(done.merged, 'small file')} of the lake merged into larger ones")
    if done.moved:
        notes.append(
            f"{plural(done.moved, 'snapshot')} from a clock that is ahead: dated by when the file was written"
        )
    return notes
