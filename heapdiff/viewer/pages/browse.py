"""The pages of one snapshot that are there at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from flask import url_for

from heapdiff.analysis.browsing import around, listing, searching
from heapdiff.analysis.browsing.listing import Window
from heapdiff.analysis.browsing.prepared import Prepared
from heapdiff.answers import ObjectPage, TypePage, Whole
from heapdiff.errors import UsageError
from heapdiff.viewer.pages.asked import Asked, parse_size
from heapdiff.viewer.pages.sheets import Fact, Kind, Link, Sheet, Table
from heapdiff.viewer.pages.tables import lead_to, tabulate_objects, tabulate_path, tabulate_types

FEW: Final = Window(size=10)
NO_ROOT: Final = "No root reaches it: it waits for the cycle collector."
SORTED: Final = "In this order, the {:,} largest are listed."

Browse = Callable[..., Sheet]


def types(asked: Asked, number: int) -> Sheet:
    """All types, or those with a text in their name."""
    sort, contains = asked.text("sort", "bytes"), asked.text("contains")
    rows = listing.list_types(asked.prepared(number), sort, contains)
    places = asked.window.over(len(rows))
    table = tabulate_types(
        rows[places.start : places.stop],
        sort,
        places.start,
        len(rows),
        empty="No type has that in its name.",
        note="Retained is what would be freed with the outermost objects of a type. Types overlap.",
    )
    return Sheet("Types", number, tables=(table,), search=contains)


def objects(asked: Asked, number: int) -> Sheet:
    """The objects of a type."""
    prepared, name, sort = asked.prepared(number), asked.text("type"), asked.text("sort", "retained")
    page = listing.list_instances(prepared, name, sort, asked.window)
    row = listing.row_of_kind(prepared, prepared.kind_numbers[name])
    weigh = url_for("weigh", number=number, type=name)
    return Sheet(
        "Objects of",
        number,
        name,
        facts=(
            Fact("count", "Objects", row.count, Kind.COUNT),
            Fact("bytes", "Own", row.bytes, Kind.BYTES),
            Fact("retained_bytes", "Retained", row.retained_bytes, Kind.BYTES),
        ),
        tables=(tabulate_objects("objects", "Objects", page, sort, note=note_order(page)),),
        links=(Link("What if all of them went together?", weigh),),
    )


def note_order(page: ObjectPage) -> str:
    return SORTED.format(page.listed) if page.listed < page.total else ""


def one_object(asked: Asked, number: int, address: str) -> Sheet:
    """One object, and the beginnings of all lists around it."""
    prepared = asked.prepared(number)
    node = asked.node(prepared, address)
    found = around.describe(prepared, node)
    here: dict[str, Any] = {"number": number, "address": address}
    lists = (
        ("references", "References", around.list_references(prepared, node, FEW), (address, "")),
        ("referrers", "Referrers", around.list_referrers(prepared, node, FEW), ("", address)),
        ("dominated", "Dominated directly", around.list_dominated(prepared, node, FEW), None),
    )
    tables = [
        tabulate_objects(
            key, title, page, cut=cut, more=lead_to(key, page.total, len(page.rows), url_for(key, **here))
        )
        for key, title, page, cut in lists
    ]
    above = around.list_dominators(prepared, node)
    dominators = ObjectPage(len(above.rows), len(above.rows), 0, above.rows[:10])
    tables.append(
        tabulate_objects(
            "dominators",
            "Dominators, nearest first",
            dominators,
            empty="Only the roots together keep it.",
            more=lead_to("dominators", len(above.rows), 10, url_for("dominators", **here)),
        )
    )
    return Sheet(
        "Object",
        number,
        found.type,
        facts=tuple(_facts(found)),
        tables=(tabulate_path(found.chain), *tables),
        notes=() if found.reached else (NO_ROOT,),
    )


def _facts(found: Whole) -> list[Fact]:
    facts = [
        Fact("address", "Address", found.address, Kind.CODE),
        Fact("type", "Type", found.type, Kind.TYPE),
        Fact("name", "Name", found.name, Kind.CODE),
        Fact("value", "Value", found.value, Kind.CODE),
        Fact("path", "Path", found.path, Kind.CODE),
        Fact("kept_as", "Kept by", found.kind.value.replace("-", " ")),
        Fact("bytes", "Own", found.bytes, Kind.BYTES),
        Fact("retained_bytes", "Retained", found.retained_bytes, Kind.BYTES),
        Fact("length", "Entries", found.length, Kind.COUNT),
        Fact("reference_count", "Reference count", found.reference_count or "immortal", Kind.TEXT),
    ]
    if isinstance(facts[-1].value, int):
        facts[-1] = replace(facts[-1], kind=Kind.COUNT)
    return [each for each in facts if each.value not in ("", None)]


def _around(
    key: str,
    title: str,
    listed: Callable[[Prepared, int, Window], ObjectPage],
    grouped: Callable[[Prepared, int], TypePage],
    cut: Callable[[str], tuple[str, str]] | None = None,
) -> Browse:
    """A page with one list around an object, or with its types."""

    def show(asked: Asked, number: int, address: str) -> Sheet:
        prepared = asked.prepared(number)
        node = asked.node(prepared, address)
        here: dict[str, Any] = {"number": number, "address": address}
        table: Table
        if asked.text("by") == "type":
            found = grouped(prepared, node)
            places = asked.window.over(len(found.rows))
            table = tabulate_types(found.rows[places.start : places.stop], "", places.start, len(found.rows))
            other = Link("One by one", url_for(key, **here))
        else:
            page = listed(prepared, node, asked.window)
            table = tabulate_objects(key, title, page, cut=cut(address) if cut else None)
            other = Link("By type", url_for(key, **here, by="type"))
        about = f"{prepared.graph.type_name(node)} {address}"
        return Sheet(
            f"{title} of",
            number,
            about,
            tables=(table,),
            links=(Link("The object", url_for("object", **here)), other),
        )

    return show


def dominators(asked: Asked, number: int, address: str) -> Sheet:
    """Who dominates an object."""
    prepared = asked.prepared(number)
    node = asked.node(prepared, address)
    found = around.list_dominators(prepared, node)
    page = ObjectPage(len(found.rows), len(found.rows), 0, found.rows)
    table = tabulate_objects(
        "dominators", "Dominators, nearest first", page, empty="Only the roots together keep it."
    )
    note = f"There are more above these {len(found.rows):,}." if found.more else ""
    about = f"{prepared.graph.type_name(node)} {address}"
    back = Link("The object", url_for("object", number=number, address=address))
    return Sheet("Dominators of", number, about, tables=(replace(table, note=note),), links=(back,))


def top(asked: Asked, number: int) -> Sheet:
    """What only the roots together keep: the top of the dominator tree."""
    prepared = asked.prepared(number)
    root = len(prepared.graph)
    table: Table
    if asked.text("by") == "type":
        found = around.group_dominated(prepared, root)
        places = asked.window.over(len(found.rows))
        table = tabulate_types(found.rows[places.start : places.stop], "", places.start, len(found.rows))
        other = Link("One by one", url_for("top", number=number))
    else:
        page = around.list_dominated(prepared, root, asked.window)
        table = tabulate_objects("dominated", "Objects", page)
        other = Link("By type", url_for("top", number=number, by="type"))
    return Sheet("Top of the dominator tree", number, tables=(table,), links=(other,))


def search(asked: Asked, number: int) -> Sheet:
    """What somebody typed: a type, a path, an address; or all objects from a size on."""
    prepared, what, least = asked.prepared(number), asked.text("what"), asked.text("least")
    if least:
        by = asked.text("by", "retained")
        page = searching.list_from_size(prepared, parse_size(least), by, asked.window)
        title = "Objects that retain at least" if by == "retained" else "Objects of at least"
        return Sheet(
            title,
            number,
            least,
            tables=(tabulate_objects("objects", "Objects", page, note=note_order(page)),),
        )
    if not what.strip():
        raise UsageError(
            "nothing to search for", "Type a type, a path such as shop.cache.SESSIONS, or an address."
        )
    found = searching.search(prepared, what, asked.window)
    tables = []
    if found.objects.total:
        note = note_order(found.objects)
        tables.append(tabulate_objects("objects", "Objects", found.objects, note=note))
    if found.types:
        tables.append(tabulate_types(found.types))
    return Sheet(
        "Search for", number, found.what, tables=tuple(tables), notes=(found.hint,) if found.hint else ()
    )


BROWSE: Final[Mapping[str, tuple[str, Browse]]] = {
    "types": ("/<int:number>/types", types),
    "objects": ("/<int:number>/objects", objects),
    "object": ("/<int:number>/object/<address>", one_object),
    "references": (
        "/<int:number>/object/<address>/references",
        _around(
            "references",
            "References",
            around.list_references,
            around.group_references,
            lambda address: (address, ""),
        ),
    ),
    "referrers": (
        "/<int:number>/object/<address>/referrers",
        _around(
            "referrers",
            "Referrers",
            around.list_referrers,
            around.group_referrers,
            lambda address: ("", address),
        ),
    ),
    "dominated": (
        "/<int:number>/object/<address>/dominated",
        _around("dominated", "Dominated", around.list_dominated, around.group_dominated),
    ),
    "dominators": ("/<int:number>/object/<address>/dominators", dominators),
    "top": ("/<int:number>/top", top),
    "search": ("/<int:number>/search", search),
}
