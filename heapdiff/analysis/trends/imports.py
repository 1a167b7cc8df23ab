"""Growth that ends because code comes once: modules that were imported in between, and what a library makes when first used."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.growth.attribution import NAMES, Group, names_at
from heapdiff.analysis.holders.modules import find_module_table
from heapdiff.analysis.trends.judgement import End
from heapdiff.analysis.trends.measuring import Measured
from heapdiff.analysis.trends.trend import EVEN, SURE
from heapdiff.graph.narrow import distinct

DEFINED: Final = frozenset(("module", "type", "function"))  # what a module of code consists of
MOST_NAMES: Final = 3


def find_imports(found: Measured) -> End | None:
    """The end of growth that goes with imports, in proportion to what was imported."""
    imported = found.last.imported
    if not imported:
        return None
    if found.finding.place.node == find_module_table(found.graph):
        return _find_modules(found, [*imported.values()])
    if _refers_to_imports(found):
        return End("imports", ", with modules that were imported between the snapshots.")
    return None


def find_first_use(found: Measured) -> End | None:
    """In one step only: all of it is in what a library keeps under new names, and none comes with each request."""
    reading, ownership = found.reading, found.last.routes.ownership
    if (
        len(reading.units) > 1
        or reading.regular(reading.units)
        or ownership.is_user(found.finding.place.path)
    ):
        return None
    groups = [found.last.growth.groups[number] for number in found.finding.own]
    if not all(_is_under_new_name(found, group) for group in groups):
        return None
    return End("made", ", in objects that its library created between the snapshots.")


def _is_under_new_name(found: Measured, group: Group) -> bool:
    """Whether a survivor has all of it under one name, which it did not have at first."""
    if group.keeper < 0 or group.slot[0] not in NAMES:
        return False
    first = found.lengths.first.graph
    return group.slot[1] not in names_at(first, first.index_of(int(found.graph.addresses[group.keeper])))


def _find_modules(found: Measured, names: Sequence[str]) -> End | None:
    """New modules in `sys.modules`: as many as it gained, and not ever new ones of the application under new names."""
    own = sum(found.last.routes.ownership.is_user(name) for name in names)
    entries = found.last.growth.entries(found.finding.groups)
    gained = found.trend.total if found.trend.by_length else len(entries)
    if own >= SURE.units or len(names) < (1 - EVEN) * gained:
        return None
    were = "module was" if len(names) == 1 else "modules were"
    told = f"{len(names):,} {were} imported between the snapshots ({_summarize(names)})"
    return End("imports", f": {told}.")


def _summarize(names: Collection[str]) -> str:
    """`phonenumbers.data.…` where most are from one package, else the names of the first few."""
    if len(names) == 1:
        return next(iter(names))
    package, count = _most(name.rpartition(".")[0] for name in names)[0]
    if package and 2 * count >= len(names):
        return f"{package}.…"
    tops = _most(name.partition(".")[0] for name in names)
    shown = [f"{top}.…" if count > 1 else top for top, count in tops[:MOST_NAMES]]
    return ", ".join([*shown, "…"] if len(tops) > MOST_NAMES else shown)


def _most(words: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(words).items(), key=lambda item: (-item[1], item[0]))


def _refers_to_imports(found: Measured) -> bool:
    """Whether as many entries as it gained are something of an imported module: itself, or a class or function in it.

    In a library's container anything that such a module has.
    """
    graph, growth, place = found.graph, found.last.growth, found.finding.place
    inside = growth.group_at(place.node) in found.last.imported and find_module_table(graph) >= 0
    if inside or not found.trend.by_length:
        return False
    targets = distinct(graph.targets[graph.row(place.node)].astype(np.int64))
    groups = growth.groups_at(targets)
    theirs = targets[np.isin(groups, list(found.last.imported)) | _is_brought(found, targets, groups)]
    if not found.last.routes.ownership.is_library(place.path):
        theirs = theirs[[graph.type_name(node) in DEFINED for node in theirs.tolist()]]
    return len(theirs) >= (1 - EVEN) * found.trend.total


def _is_brought(found: Measured, nodes: NDArray[np.int64], groups: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of these are new, and a variable of an imported module as well."""
    brought: NDArray[np.bool_] = (groups >= 0) & np.isin(nodes, found.last.brought)
    return brought
