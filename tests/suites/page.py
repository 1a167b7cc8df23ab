"""What the suites showed, as a table for the terminal and for `docs/suites.md`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.suites.judging import Cause, Difference
from tests.suites.running import Run
from tests.suites.taking import Taken

__all__ = ["PAGE", "Row", "by_title", "count_outcomes", "render", "replace"]

PAGE: Final = Path(__file__).parents[2] / "docs/suites.md"
BEGIN, END = "<!-- written by: python -m tests.suites --write-docs -->", "<!-- end -->"
HEAD: Final = (
    *(
        "suite",
        "parts",
        "tests",
        "without the agent: passed, failed, skipped",
        "with: passed, failed, skipped",
    ),
    *("differences", "captures", "by signal", "processes", "bad files", "lost", "killed"),
)
OUTCOMES: Final = ("passed", "failed", "skipped")


@dataclass(slots=True)
class Row:
    """What some parts of a suite summed up to: one, all that ran, or those of every suite."""

    title: str
    parts: list[str] = field(default_factory=list)
    without: Counter[str] = field(default_factory=Counter)
    with_agent: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    taken: Taken = field(default_factory=Taken)
    empty: list[str] = field(default_factory=list)  # parts of which no test ran, so that nothing is known

    def add(self, other: Row) -> None:
        self.parts += other.parts
        self.without.update(other.without)
        self.with_agent.update(other.with_agent)
        self.differences += other.differences
        self.taken.add(other.taken)
        self.empty += other.empty

    @property
    def is_clean(self) -> bool:
        caused = any(each.cause is Cause.CAUSED for each in self.differences)
        return bool(self.taken.captures) and not (
            caused or self.empty or self.taken.bad or self.taken.lost or self.taken.killed
        )

    def cells(self) -> list[str]:
        causes = Counter(each.cause for each in self.differences)
        found = ", ".join(f"{count} {cause.value}" for cause in Cause if (count := causes[cause]))
        taken = self.taken
        counts = (len(taken.bad), len(taken.lost), len(taken.killed))
        return [
            *(
                self.title,
                f"{len(self.parts)}",
                f"{self.without.total():,}",
                triple(self.without),
                triple(self.with_agent),
            ),
            *(found or "0", f"{taken.captures:,}", f"{taken.by_signal:,}", f"{len(taken.processes):,}"),
            *map(str, counts),
        ]


def triple(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[outcome]:,}" for outcome in OUTCOMES)


def render(rows: Sequence[Row]) -> str:
    cells = [HEAD, ["---"] * len(HEAD), *(row.cells() for row in rows), total(rows).cells()]
    lines = ["| " + " | ".join(each) + " |" for each in cells]
    return "\n".join([*lines, "", *remarks(rows)])


def total(rows: Sequence[Row]) -> Row:
    whole = Row("all")
    for row in rows:
        whole.add(row)
    return whole


def by_title(parts: Iterable[Row]) -> list[Row]:
    """Each suite's parts as one row, in the order in which they came."""
    rows: dict[str, Row] = {}
    for part in parts:
        rows.setdefault(part.title, Row(part.title)).add(part)
    return list(rows.values())


def count_outcomes(
    title: str, part: str, without: Run, with_agent: Run, differences: Sequence[Difference], taken: Taken
) -> Row:
    """The row of one part."""
    empty = [] if outcomes_of(without).total() else [part]
    return Row(title, [part], outcomes_of(without), outcomes_of(with_agent), list(differences), taken, empty)


def outcomes_of(run: Run) -> Counter[str]:
    return Counter({outcome: run.count(outcome) for outcome in OUTCOMES})


def remarks(rows: Sequence[Row]) -> Iterator[str]:
    """Every difference by name, and what the counts do not tell."""
    for row in rows:
        for each in row.differences:
            yield (
                f"- {row.title}, {each.cause.value}: `{each.test}`: without the agent {', '.join(each.without)}; "
                f"with it {', '.join(each.with_agent)}."
            )
        for part in dict.fromkeys(row.empty):
            yield f"- {row.title}: no test of {part} ran, also without the agent"
        for trouble in (*row.taken.bad, *row.taken.lost, *row.taken.killed):
            yield f"- {row.title}: {trouble}"
    taken = total(rows).taken
    yield (
        f"- {taken.bytes / 1e9:,.1f} GB of graphs were read; {taken.without_graph} snapshots had none, for want of memory; "
        f"{taken.faults} crashes of types' own C code were survived."
    )
    for reason, count in taken.failed.most_common():
        yield f"- {count:,} times no snapshot: {reason}"


def replace(rows: Sequence[Row]) -> None:
    """Write the table between its two marks."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{render(rows)}\n\n{END}{after}", "utf-8")
