"""The gate as a sheet: what fails it, and what else grows in either release."""

from __future__ import annotations

from shlex import quote
from typing import Final

from heapdiff.answers import Gate, GateRow, GateVerdict
from heapdiff.render.amounts import count
from heapdiff.render.fleet.sheet import Remark, Sheet, SheetColumn, SheetTable, said, with_margin

TONES: Final = {
    GateVerdict.FAILED: "leak",
    GateVerdict.PASSED: "fine",
    GateVerdict.INCONCLUSIVE: "open",
}
ROWS: Final = (
    SheetColumn("Id", "word", 1),
    SheetColumn("Service", "name", 4),
    SheetColumn("Change", "word"),
    SheetColumn("Before"),
    SheetColumn("After"),
    SheetColumn("Workers", drop=2),
    SheetColumn("Chance", drop=3),
    SheetColumn("Holder", "path"),
)
SIDES: Final = (
    SheetColumn("Service", "name", 1),
    SheetColumn("Release", "name"),
    SheetColumn("Workers"),
    SheetColumn("Intervals"),
    SheetColumn("Worker-hours"),
)
LEAST_SHOWN: Final = 0.0001
PLAIN: Final = 0.1


def describe_gate(found: Gate, limit: int | None) -> Sheet:
    """What fails first."""
    failed = [row for row in found.rows if row.failed]
    others = [row for row in found.rows if not row.failed]
    units = sorted({row.unit for row in found.rows})
    sides = [each for pair in zip(found.before, found.after, strict=True) for each in pair]
    return Sheet(
        title="Gate of a release",
        word=found.verdict.value,
        lead=found.reason,
        tone=TONES[found.verdict],
        facts=(f"Bytes per {' or '.join(units)}, with 95 % margins over workers",) if units else (),
        tables=(
            _table("New or grown", failed, limit),
            _table("Other holders", others, limit),
            SheetTable(
                "What was observed at like age",
                SIDES,
                tuple(
                    (
                        said(each.service),
                        said(each.release),
                        count(each.workers),
                        count(each.intervals),
                        f"{each.hours:,.1f}",
                    )
                    for each in sides
                ),
            ),
        ),
        remarks=tuple(Remark(row.path, row.reason) for row in failed[:limit]),
        commands=tuple(
            f"heapdiff fleet show {quote(found.lake)} {row.fingerprint[:8]}" for row in failed[:1]
        ),
        notes=found.notes,
    )


def _table(title: str, rows: list[GateRow], limit: int | None) -> SheetTable:
    shown = rows[:limit]
    return SheetTable(title, ROWS, tuple(map(_row, shown)), len(rows) - len(shown), "holder")


def _row(row: GateRow) -> tuple[str, ...]:
    return (
        row.fingerprint[:8],
        said(row.service),
        row.change,
        with_margin(row.before, row.before_margin),
        with_margin(row.after, row.after_margin),
        f"{count(row.workers_before)} → {count(row.workers_after)}",
        _chance(row.chance),
        row.path,
    )


def _chance(value: float) -> str:
    if value < LEAST_SHOWN:
        return "< 0.01 %"
    return f"{100 * value:.0f} %" if value >= PLAIN else f"{100 * value:.2g} %"
