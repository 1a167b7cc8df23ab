"""What one snapshot holds, as text; all of it, or what is new in it."""

from rich.console import Console
from rich.text import Text

from heapdiff.answers import Held, Inventory, Keeper, Newcomers, Share
from heapdiff.render.amounts import count, duration, moment, plural, signed, signed_size, size
from heapdiff.render.terminal.console import line, paragraph, print_notes, print_rest
from heapdiff.render.terminal.table import Column, build_table

MOST_TYPES = 6
SAMPLED = frozenset(("site", "entry"))


def render_inventory(console: Console, inventory: Inventory, limit: int | None = 20) -> None:
    """Print the largest rows, at most `limit` of them, with their share of all bytes, or of all that is sampled."""
    snapshot = inventory.snapshot
    totals = line(f"{plural(snapshot.objects, 'object')}, {size(snapshot.bytes)}", "bold")
    release = f", release {snapshot.short_release}" if snapshot.release else ""
    facts = f"  PID {snapshot.pid}, {moment(snapshot.captured_at)}, RSS {size(snapshot.rss_bytes)}{release}"
    paragraph(console, Text.assemble(totals, line(facts, "dim")))
    console.print()
    shown, sampled = inventory.rows[:limit], inventory.by in SAMPLED
    whole = sum(row.bytes for row in inventory.rows) if sampled else snapshot.bytes
    columns = [
        Column(inventory.by.capitalize(), share=1, right=False, ends=True),
        Column("Samples" if sampled else "Objects"),
        Column("Bytes"),
        Column("Share", drop=1),
    ]
    rows: list[tuple[str, ...]] = [
        (row.name, count(row.count), size(row.bytes), _percent(row.bytes, whole)) for row in shown
    ]
    if any(row.retained_bytes is not None for row in shown):
        columns.append(Column("Retained"))
        rows = [(*cells, _retained(row)) for cells, row in zip(rows, shown, strict=True)]
    console.print(build_table(columns, rows, console.width))
    noun = "entry/more entries" if inventory.by == "entry" else inventory.by
    print_rest(console, len(inventory.rows) - len(shown), noun)
    print_notes(console, inventory.notes)


def _retained(row: Share) -> str:
    return "-" if row.retained_bytes is None else size(row.retained_bytes)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def render_newcomers(console: Console, answer: Newcomers, limit: int | None = 20) -> None:
    """Print the holders that keep something new, most bytes first, at most `limit` of them."""
    base, later = answer.snapshots
    objects, kept = (sum(each.objects for each in answer.keepers), sum(each.bytes for each in answer.keepers))
    head = f"{plural(objects, 'new object')}, {size(kept)}" if answer.keepers else "Nothing new is kept"
    time = duration(base.captured_at, later.captured_at)
    facts = f"  PID {later.pid}, {moment(later.captured_at)}, {time} after {base.id}"
    paragraph(console, Text.assemble(line(head, "bold"), line(facts, "dim")))
    for number, keeper in enumerate(answer.keepers[:limit], 1):
        console.print()
        paragraph(console, line(keeper.path, "bold cyan"), f"{number}  ")
        paragraph(console, line(tell_holds(keeper)), "   ")
        for row in keeper.allocated[:1]:
            paragraph(console, line(f"allocated at {row.site}", "dim"), "   ")
    if len(answer.keepers) > len(answer.keepers[:limit]):
        console.print()
        print_rest(console, len(answer.keepers) - len(answer.keepers[:limit]), "holder")
    waiting = answer.unreachable_objects_delta
    be = "is" if waiting == 1 else "are"
    unreachable = f"{plural(waiting, 'more object')} {be} unreachable and waiting for the collector."
    print_notes(console, (*([unreachable] if waiting > 0 else ()), *answer.notes))


def tell_holds(keeper: Keeper) -> str:
    """`+1 shop.models.Session, +2 str: 377 B`"""
    shown = ", ".join(f"{signed(held.count_delta)} {held.type}" for held in _telling(keeper)[:MOST_TYPES])
    more = len(_telling(keeper)) - MOST_TYPES
    rest = f", {plural(more, 'more type')}" if more > 0 else ""
    return f"{shown or keeper.type}{rest}: {signed_size(keeper.bytes)}"


def _telling(keeper: Keeper) -> list[Held]:
    return [held for held in keeper.holds if held.count_delta]
