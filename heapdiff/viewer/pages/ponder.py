"""The pages whose answers may take long: each is a question with an address of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from flask import url_for
from numpy.typing import NDArray

from heapdiff.analysis.browsing.born import find_born, sum_up_born
from heapdiff.analysis.browsing.listing import page_of
from heapdiff.analysis.browsing.severing import sever, weigh_type
from heapdiff.analysis.comparison.comparing import examine
from heapdiff.answers import Comparison, Severed, Weighed
from heapdiff.errors import UsageError
from heapdiff.viewer.pages.asked import Asked
from heapdiff.viewer.pages.owners import owners
from heapdiff.viewer.pages.plans import Plan
from heapdiff.viewer.pages.sheets import Fact, Kind, Link, Sheet
from heapdiff.viewer.pages.tables import (
    tabulate_growth,
    tabulate_memory,
    tabulate_objects,
    tabulate_suspects,
    tabulate_types,
)

FEW_OBJECTS: Final = 2_000_000  # of which a set is weighed within a click
FEW_REFERRERS: Final = 10_000
SHOWN_MOST: Final = 100


def weigh(asked: Asked, number: int) -> Plan:
    """What would be freed with all objects of a type."""
    prepared, name = asked.prepared(number), asked.text("type")
    prepared.of_kind(name)

    def show(found: Weighed) -> Sheet:
        facts = (
            Fact("count", "Objects", found.objects, Kind.COUNT),
            Fact("bytes", "Own", found.bytes, Kind.BYTES),
            Fact("retained_bytes", "Freed if all of them went", found.retained_bytes, Kind.BYTES),
        )
        links = (Link("The objects", url_for("objects", number=number, type=name)),)
        return Sheet("All together of", number, name, facts, links=links)

    return Plan(
        f"weigh {number} {name}",
        "All together of",
        name,
        number,
        lambda: weigh_type(prepared, name),
        show,
        len(prepared.graph) <= FEW_OBJECTS,
    )


def cut(asked: Asked, number: int) -> Plan:
    """What would be freed if one object no longer referred to another."""
    prepared = asked.prepared(number)
    owner, target = (asked.node(prepared, asked.text(name)) for name in ("owner", "target"))
    row = prepared.graph.referrers.row(target)

    def show(found: Severed) -> Sheet:
        facts = (
            Fact("owner", "From", found.owner.address, Kind.OBJECT),
            Fact("owner_type", "Type", found.owner.type, Kind.TYPE),
            Fact("target", "To", found.target.address, Kind.OBJECT),
            Fact("target_type", "Type", found.target.type, Kind.TYPE),
            Fact("freed_bytes", "Would be freed", found.freed_bytes, Kind.BYTES),
            Fact("other_referrers", "Other referrers", found.other_referrers, Kind.COUNT),
        )
        held = "Nothing would be freed: something else holds it as well."
        return Sheet(
            "If this reference were cut", number, facts=facts, notes=() if found.freed_bytes else (held,)
        )

    return Plan(
        f"cut {number} {owner} {target}",
        "If this reference were cut",
        "",
        number,
        lambda: sever(prepared, owner, target),
        show,
        row.stop - row.start <= FEW_REFERRERS,
    )


def compare(asked: Asked) -> Plan:
    """What grew between two snapshots, and who keeps it."""
    numbers = sorted((asked.chosen("before"), asked.chosen("after")))
    if numbers[0] == numbers[1]:
        raise UsageError("these are the same snapshot", "Choose two that have traffic in between.")
    first, last = (asked.prepared(number) for number in numbers)
    spots = [asked.spot(number) for number in numbers]

    def work() -> Comparison:
        summaries = [spot.snapshot.summary for spot in spots]
        routes = (first.routes, last.routes)
        return examine([first.graph, last.graph], summaries, [spot.name for spot in spots], routes).comparison

    def show(found: Comparison) -> Sheet:
        verdict = Fact("verdict", found.verdict.kind.value.capitalize(), found.verdict.text, Kind.PROSE)
        tables = (
            tabulate_suspects(found, SHOWN_MOST),
            tabulate_growth(found, SHOWN_MOST),
            tabulate_memory(found),
        )
        return Sheet("Compared", numbers[1], about, (verdict,), tables, notes=(*found.notes, *found.commands))

    about = f"{spots[0].name} → {spots[1].name}"
    return Plan(f"compare {numbers}", "Compare", about, numbers[1], work, show)


def born(asked: Asked) -> Plan:
    """What is new in one snapshot, and still there in a later one."""
    numbers = [asked.chosen(name) for name in ("before", "born", "still")]
    if not numbers[0] < numbers[1] <= numbers[2]:
        raise UsageError(
            "these three aren't in order",
            "Choose an earlier one, a later one, and that one or a still later one.",
        )
    before, middle, still = (asked.prepared(number) for number in numbers)
    names = [asked.spot(number).name for number in numbers]
    about = f"not in {names[0]}, in {names[1]}" + (
        f", still in {names[2]}" if numbers[2] > numbers[1] else ""
    )
    query: dict[str, Any] = dict(zip(("before", "born", "still"), numbers, strict=True))

    def show(nodes: NDArray[np.uint32]) -> Sheet:
        if chosen := asked.text("type"):
            wanted = still.kind_numbers.get(chosen, -1)
            some = nodes[still.kinds_of(nodes) == wanted] if wanted >= 0 else nodes[:0]
            page = page_of(still, some, window=asked.window)
            back = Link("All types", url_for("born", **query))
            return Sheet(
                "Born",
                numbers[2],
                about,
                tables=(tabulate_objects("objects", f"Of {chosen}", page),),
                links=(back,),
            )
        found = sum_up_born(still, nodes)
        places = asked.window.over(len(found.types))
        table = tabulate_types(found.types[places.start : places.stop], "", places.start, len(found.types))
        facts = (
            Fact("count", "Objects", found.total, Kind.COUNT),
            Fact("bytes", "Own", found.bytes, Kind.BYTES),
        )
        page = page_of(still, nodes[:SHOWN_MOST])
        heaviest = tabulate_objects("objects", "The heaviest", page, empty="There are none.")
        links = tuple(
            Link(row.type, url_for("born", **query, type=row.type)) for row in found.types[:10] if row.type
        )
        return Sheet("Born", numbers[2], about, facts, (table, heaviest), links)

    return Plan(f"born {numbers}", "Born", about, numbers[2], lambda: find_born(before, middle, still), show)


PONDER: Final[Mapping[str, tuple[str, Callable[..., Plan]]]] = {
    "weigh": ("/<int:number>/weigh", weigh),
    "cut": ("/<int:number>/cut", cut),
    "owners": ("/<int:number>/owners", owners),
    "compare": ("/compare", compare),
    "born": ("/born", born),
}
