"""The owner map, one level at a time: a table without a script, the report's treemap with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import url_for

from heapdiff.analysis.comparison.captured import is_other_process
from heapdiff.analysis.owner_map.mapping import map_owners
from heapdiff.answers import GroupKind, OwnerGroup, OwnerMap, SnapshotRef, write_paths
from heapdiff.errors import UsageError
from heapdiff.render.html.embedding import embed_owners
from heapdiff.render.html.page import write_data
from heapdiff.viewer.pages.asked import Asked
from heapdiff.viewer.pages.plans import Plan
from heapdiff.viewer.pages.sheets import Column, Fact, Kind, Link, Sheet, Table

FEW_OBJECTS: Final = 100_000  # which are mapped within a click
COLUMNS: Final = (
    Column("group", "Group", Kind.GROUP),
    Column("type", "Type", Kind.CODE),
    Column("objects", "Objects", Kind.COUNT),
    Column("bytes", "Bytes", Kind.BYTES),
    Column("own_bytes", "Itself", Kind.BYTES),
    Column("bytes_delta", "Growth", Kind.SIGNED_BYTES),
    Column("path", "Find objects", Kind.PATH),
)


def owners(asked: Asked, number: int) -> Plan:
    """Who owns a snapshot's memory, and with `since` how that changed."""
    numbers = [asked.chosen("since"), number] if asked.text("since") else [number]
    if numbers[0] >= number and len(numbers) > 1:
        raise UsageError("that isn't an earlier snapshot", "Choose one that was taken before.")
    prepared = [asked.prepared(each) for each in numbers]
    if is_other_process(prepared[0].graph.summary, prepared[-1].graph.summary):
        raise UsageError(
            "these snapshots are from different processes", "Choose snapshots of the same worker."
        )
    spots = [asked.spot(each) for each in numbers]

    def work() -> OwnerMap:
        return map_owners(
            [each.routes for each in prepared],
            [SnapshotRef.of(spot.snapshot.summary, spot.name) for spot in spots],
        )

    def show(found: OwnerMap) -> Sheet:
        return _show(asked, number, found)

    few = sum(len(each.graph) for each in prepared) <= FEW_OBJECTS
    about = f"since {spots[0].name}" if len(spots) > 1 else ""
    return Plan(f"owners {numbers}", "Owner map", about, number, work, show, few)


def _show(asked: Asked, number: int, found: OwnerMap) -> Sheet:
    """The groups below the one that `at` names."""
    groups, compared = found.groups, len(found.snapshots) > 1
    at = asked.number("at", -1)
    at = at if at < len(groups) else -1
    paths = list(write_paths(groups))
    below = [each for each, group in enumerate(groups) if group.parent == at]
    places = asked.window.over(len(below))
    rows = tuple(_row(groups[each], each, paths[each]) for each in below[places.start : places.stop])
    table = Table(
        "groups",
        "Groups",
        COLUMNS,
        rows,
        len(below),
        len(below),
        places.start,
        empty="Nothing further is below it.",
        hidden=_hide(rows, compared),
    )
    facts = (
        Fact("objects", "Objects", groups[at].objects if at >= 0 else found.objects, Kind.COUNT),
        Fact("bytes", "Bytes", groups[at].bytes if at >= 0 else found.bytes, Kind.BYTES),
        Fact("unreachable_bytes", "Unreachable, not in the map", found.unreachable_bytes, Kind.BYTES),
    )
    since = asked.text("since") or None
    links = [Link("Everything", url_for("owners", number=number, since=since))] if at >= 0 else []
    if at >= 0 and (above := groups[at].parent) >= 0:
        links.append(Link("One level up", url_for("owners", number=number, since=since, at=above)))
    first = asked.shelf.of_process(number)[0].number
    if first < number and since is None:
        links.append(Link("What grew since the first", url_for("owners", number=number, since=first)))
    about = (paths[at] or groups[at].label) if at >= 0 else ""
    return Sheet(
        "Owner map",
        number,
        about,
        facts,
        (table,),
        tuple(links),
        data=write_data({"owners": embed_owners(found)}),
    )


def _hide(rows: Sequence[tuple[object, ...]], compared: bool) -> frozenset[str]:
    """Columns that would be empty."""
    empty = {
        column.key
        for at, column in enumerate(COLUMNS)
        if column.kind in (Kind.CODE, Kind.PATH) and not any(row[at] for row in rows)
    }
    return frozenset(empty if compared else {*empty, "bytes_delta"})


def _row(group: OwnerGroup, number: int, path: str) -> tuple[object, ...]:
    name = f"{group.merged:,} smaller" if group.kind is GroupKind.MORE else group.label
    return (
        (number, name), group.type or None, group.objects, group.bytes, group.own_bytes, group.bytes_delta, path or None,
    )  # fmt: skip
