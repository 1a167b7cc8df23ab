"""A comparison as text: the answer in the first line, then the suspects, then the numbers behind them."""

from collections.abc import Iterable, Sequence, Set

from rich.console import Console
from rich.table import Table
from rich.text import Text

from heapdiff.answers import (
    Comparison,
    Confidence,
    EntryGrowth,
    Held,
    SnapshotRef,
    Suspect,
    Verdict,
    VerdictKind,
)
from heapdiff.render.amounts import cost, count, duration, moment, plural, signed, signed_size, size
from heapdiff.render.code import tell_putters
from heapdiff.render.escape import escape_terminal
from heapdiff.render.terminal.chain import print_chain
from heapdiff.render.terminal.console import line, paragraph, print_notes, print_rest
from heapdiff.render.terminal.table import Column, build_table

VERDICT_STYLES = {
    VerdictKind.LEAK: "bold red",
    VerdictKind.GROWTH: "bold yellow",
    VerdictKind.NATIVE: "bold yellow",
    VerdictKind.FRAGMENTATION: "bold yellow",
    VerdictKind.GARBAGE: "bold yellow",
    VerdictKind.STABLE: "bold green",
    VerdictKind.INCONCLUSIVE: "bold",
}
CONFIDENCE_STYLES = {Confidence.HIGH: "red", Confidence.MEDIUM: "yellow", Confidence.LOW: "dim"}
EXPLAINED = 3
FIRST, LAST = 3, 2
HELD_SHOWN = 5
INDENT = "   "

NATIVE_COLUMN = Column("Native")
SUSPECT_COLUMNS = (
    Column("#"),
    Column("Holder", share=3, right=False, ends=True),
    Column("Newly holds", share=2, right=False, drop=1),
    Column("Each", drop=3),
    Column("Bytes"),
    NATIVE_COLUMN,
    Column("/request", drop=2),
    Column("Sure", right=False),
)
TYPE_COLUMNS = (
    Column("Type", share=1, right=False),
    Column("Before", drop=2),
    Column("After", drop=1),
    Column("Objects"),
    Column("Bytes"),
)
MEMORY_COLUMNS = (Column("Memory", share=1, right=False), Column("Before"), Column("After"), Column("Change"))


def render_comparison(
    console: Console, comparison: Comparison, limit: int | None = 10, told: Set[str] = frozenset()
) -> None:
    """Print a comparison, at most `limit` suspects and types (None: all of them).

    Suspects whose fingerprint is among those `told` were explained elsewhere.
    """
    _print_head(console, comparison, limit)
    if comparison.suspects:
        _print_suspects(console, comparison.suspects, limit, told)
    if comparison.advice:
        _print_advice(console, comparison)
    if comparison.types:
        _print_types(console, comparison, limit)
    if comparison.memory:
        console.print()
        rows = [
            (change.name, size(change.before), size(change.after), signed_size(change.delta))
            for change in comparison.memory
        ]
        console.print(build_table(MEMORY_COLUMNS, rows, console.width))
    _print_notes(console, comparison)


def print_verdict(console: Console, verdict: Verdict) -> None:
    head = (f"{verdict.kind.value.upper()}: ", VERDICT_STYLES[verdict.kind])
    paragraph(console, Text.assemble(head, line(verdict.text, "bold")))


def _print_head(console: Console, comparison: Comparison, limit: int | None) -> None:
    print_verdict(console, comparison.verdict)
    console.print()
    snapshots = comparison.snapshots
    if not snapshots:
        return
    _print_snapshots(console, snapshots, limit)
    if comparison.same_process:
        paragraph(console, line(_change(snapshots[0], snapshots[-1])))


def _print_snapshots(console: Console, snapshots: Sequence[SnapshotRef], limit: int | None) -> None:
    """All of a few, or the first and the last ones."""
    few = limit is None or len(snapshots) <= FIRST + LAST + 1
    for snapshot in snapshots if few else snapshots[:FIRST]:
        paragraph(console, _snapshot_line(snapshot))
    if not few:
        print_rest(console, len(snapshots) - FIRST - LAST, "snapshot")
        for snapshot in snapshots[-LAST:]:
            paragraph(console, _snapshot_line(snapshot))


def _change(first: SnapshotRef, last: SnapshotRef) -> str:
    """`In 10 min, 1,000 requests: +10,000 objects, +900 kB Python objects, +2.70 MB RSS`"""
    span = [duration(first.captured_at, last.captured_at)]
    if served := (last.requests or 0) - (first.requests or 0):
        span.append(plural(served, "request"))
    between = ", ".join(filter(None, span))
    return (
        f"{f'In {between}: ' if between else ''}{signed(last.objects - first.objects)} objects, "
        f"{signed_size(last.bytes - first.bytes)} Python objects, "
        f"{signed_size(last.rss_bytes - first.rss_bytes)} RSS"
    )


def _snapshot_line(snapshot: SnapshotRef) -> Text:
    totals = f"{plural(snapshot.objects, 'object')}  {size(snapshot.bytes)}"
    label = f"  {snapshot.label}" if snapshot.label else ""
    return line(f"{moment(snapshot.captured_at)}  PID {snapshot.pid}  {totals}{label}", "dim")


def _print_suspects(console: Console, suspects: Sequence[Suspect], limit: int | None, told: Set[str]) -> None:
    shown = suspects[:limit]
    rows = [
        (
            str(suspect.rank),
            suspect.holder.path,
            _held_briefly(suspect),
            _weight(suspect.entries) or "-",
            signed_size(suspect.bytes_delta),
            signed_size(suspect.native_bytes_delta) if suspect.native_bytes_delta else "-",
            "-" if suspect.bytes_per_request is None else size(suspect.bytes_per_request),
            suspect.confidence.value,
        )
        for suspect in shown
    ]
    console.print()
    console.print(_build_suspects(rows, console.width, any(each.native_bytes_delta for each in shown)))
    print_rest(console, len(suspects) - len(shown), "suspect")
    explained = shown if limit is None else _choose_explained(shown, told)
    for suspect in explained:
        _print_suspect(console, suspect)
    if len(explained) < len(shown):
        console.print()
        print_rest(console, len(suspects) - len(explained), "suspect in detail/more suspects in detail")


def _print_advice(console: Console, comparison: Comparison) -> None:
    console.print()
    paragraph(
        console,
        line(f"What these could do without (more: heapdiff advise {comparison.snapshots[-1].path})", "bold"),
    )
    for finding in comparison.advice:
        amounts = cost(finding.bytes, finding.share, finding.saves_bytes)
        paragraph(console, line(": ".join(filter(None, (finding.title, amounts)))), "- ")


def _build_suspects(rows: Sequence[Sequence[str]], width: int, native: bool) -> Table:
    """The table, with the column of native memory where some suspect has any."""
    chosen = [at for at, column in enumerate(SUSPECT_COLUMNS) if native or column is not NATIVE_COLUMN]
    columns = [SUSPECT_COLUMNS[at] for at in chosen]
    return build_table(columns, [[row[at] for at in chosen] for row in rows], width)


def _choose_explained(shown: Sequence[Suspect], told: Set[str]) -> list[Suspect]:
    """The first, and those after it that are worth the lines; without what was told already."""
    return [
        suspect
        for suspect in shown[:EXPLAINED]
        if (suspect is shown[0] or suspect.confidence is not Confidence.LOW)
        and suspect.fingerprint not in told
    ]


def _print_suspect(console: Console, suspect: Suspect) -> None:
    console.print()
    title = Text.assemble((f"{suspect.rank}  ", "bold"), line(suspect.holder.path, "bold cyan"))
    paragraph(console, title)
    paragraph(console, line(_describe(suspect), "dim"), INDENT)
    if suspect.witness:
        paragraph(console, line(suspect.witness, "bold" if suspect.is_allocation_known else ""), INDENT)
    if suspect.reason:
        style = CONFIDENCE_STYLES[suspect.confidence]
        reason = Text.assemble((f"{suspect.confidence.value}: ", style), line(suspect.reason))
        paragraph(console, reason, INDENT)
    if suspect.holds:
        held = line(_held(suspect.holds[:HELD_SHOWN]))
        paragraph(console, Text.assemble(("newly holds ", "bold"), held), INDENT)
    if suspect.chain:
        paragraph(console, Text("held by", style="bold"), INDENT)
        print_chain(console, suspect.chain, indent=len(INDENT) + 2)
    if suspect.code:
        paragraph(console, line(tell_putters(suspect.code)), INDENT)
    for advice in suspect.advice:
        paragraph(console, line(advice), INDENT + "→ ")
    paragraph(console, line(f"fingerprint {suspect.fingerprint}", "dim"), INDENT)


def _describe(suspect: Suspect) -> str:
    holder = suspect.holder
    facts = [*filter(None, (holder.known_as, holder.type)), holder.kind.value.replace("-", " ")]
    if holder.length_before is not None and holder.length_after is not None:
        facts.append(f"{count(holder.length_before)} → {plural(holder.length_after, 'entry/entries')}")
    weight = _weight(suspect.entries)
    per_call = [f"{size(each)} per call of {name}" for name, each in (suspect.bytes_per_call or {}).items()]
    facts += [f"{weight} per new entry" if weight else "", *per_call, holder.address]
    return ", ".join(fact for fact in facts if fact)


def _weight(entries: EntryGrowth) -> str:
    """What one of several new entries keeps, where that is known."""
    each = entries.retained_bytes_each
    return size(each) if entries.count_delta and each else ""


def _held(holds: Iterable[Held]) -> str:
    return ", ".join(f"{signed(held.count_delta)} {held.type} ({size(held.bytes_delta)})" for held in holds)


def _held_briefly(suspect: Suspect) -> str:
    """`2,000 Session`: the entries' type without its module, or the first of what came where it has no entries."""
    entries, holds = suspect.entries, suspect.holds
    if not entries.count_delta:
        return f"{count(holds[0].count_delta)} {_bare(holds[0].type)}" if holds else ""
    if entries.type:
        return f"{count(entries.count_delta)} {_bare(entries.type)}"
    return plural(entries.count_delta, "entry/entries")


def _bare(type_name: str) -> str:
    return type_name.rpartition(".")[2]


def _print_types(console: Console, comparison: Comparison, limit: int | None) -> None:
    shown = comparison.types[:limit]
    rows = [
        (
            growth.type,
            count(growth.count_before),
            count(growth.count_after),
            signed(growth.count_delta),
            signed_size(growth.bytes_delta),
        )
        for growth in shown
    ]
    console.print()
    console.print(build_table(TYPE_COLUMNS, rows, console.width))
    print_rest(console, len(comparison.types) - len(shown), "type")


def _print_notes(console: Console, comparison: Comparison) -> None:
    print_notes(console, comparison.notes)
    if comparison.commands and not comparison.notes:
        console.print()
    for command in comparison.commands:
        console.print(Text(escape_terminal(command)), soft_wrap=True)  # whole, to be copied
