"""What a pair of twins is."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True, slots=True)
class Twin:
    """The source of an application's module `shop`, with the waste that one rule is about and without it.

    `N` is defined in both: how many items there are. `rss` says whether resident memory can be compared, too: not where what's
    saved is malloc's and stays with the process.
    """

    name: str
    rule: str
    waste: str
    fixed: str
    items: int = 100_000
    rss: bool = True
    needs: tuple[str, ...] = ()  # modules
    silent_on: str = "never"  # the Python on which the rule can't tell, such as 3.12
    least: float | None = None  # what is found or predicted is a share of what is saved: at least this

    def source(self, fixed: bool, items: int | None = None) -> str:
        return f"N = {items or self.items}\n{dedent(self.fixed if fixed else self.waste)}"
