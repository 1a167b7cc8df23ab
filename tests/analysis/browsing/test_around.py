"""One object, and what is around it."""

from __future__ import annotations

from heapdiff.analysis.browsing.around import (
    MOST_DOMINATORS,
    describe,
    group_dominated,
    group_referrers,
    list_dominated,
    list_dominators,
    list_references,
    list_referrers,
)
from heapdiff.analysis.browsing.listing import Window
from heapdiff.analysis.holders.lookup import find_objects
from tests.analysis.browsing.looking import HUB, described, node_of, shop


def test_an_object_says_what_it_is_and_how_a_root_leads_to_it() -> None:
    prepared = shop()
    found = describe(prepared, node_of(prepared, "shop.models.Session"))
    assert (found.type, found.bytes, found.retained_bytes, found.reached) == (
        "shop.models.Session",
        100,
        150,
        True,
    )
    assert "".join(step.text for step in found.chain) == found.path
    assert found.path.startswith("shop.")
    assert (found.references, found.referrers, found.dominated) == (2, 2, 1)


def test_what_nothing_reaches_says_so() -> None:
    prepared = shop()
    orphan = next(node for node in range(len(prepared.graph)) if not prepared.routes.reached[node])
    found = describe(prepared, orphan)
    assert (found.reached, found.retained_bytes) == (False, 0)


def test_references_read_as_in_a_path() -> None:
    prepared = shop()
    session = node_of(prepared, "shop.models.Session")
    assert described(list_references(prepared, session)) == [
        (".__class__", "type", 1064),
        (".tags", "list", 50),
    ]
    assert {(row.reference, row.type) for row in list_referrers(prepared, session).rows} == {
        ("['…']", "dict"),
        ("[0]", "list"),
    }


def test_a_hub_has_pages_of_referrers_and_one_row_by_type() -> None:
    prepared = shop(HUB.replace("$hub", "list") + "\nshop.big.HUB: list $h\nshop.big.REF: list -> []: $h")
    (hub,) = find_objects(prepared.routes, "shop.big.ALL").tolist()
    page = list_references(prepared, hub, Window(200))
    assert (page.total, page.start, len(page.rows)) == (250, 200, 50)
    assert page.rows[0].reference == "[200]"
    (row,) = [row for row in group_dominated(prepared, hub).rows if row.type == "shop.Item"]
    assert row.count == 250
    item = node_of(prepared, "shop.Item")
    assert [(row.type, row.count, row.retained_bytes) for row in group_referrers(prepared, item).rows] == [
        ("list", 1, None)
    ]


def test_dominators_lead_up_and_their_lists_lead_down() -> None:
    prepared = shop()
    (log,) = find_objects(prepared.routes, "shop.audit.LOG").tolist()
    assert described(list_dominated(prepared, log)) == [("", "bytes", 1000)] * 3
    above = list_dominators(prepared, int(prepared.dominated_by(log)[0]))
    assert (above.rows[0].type, above.more) == ("list", False)
    assert above.rows[-1].type == "module"


def test_of_a_deep_chain_only_the_nearest_dominators_are_listed() -> None:
    steps = " -> ".join(f".next{number}: shop.Link" for number in range(MOST_DOMINATORS + 20))
    prepared = shop(f"shop.deep.FIRST: shop.Link -> {steps}")
    leaf = next(
        node
        for node in prepared.of_kind("shop.Link")[::-1].tolist()
        if not len(prepared.dominated_by(int(node)))
    )
    above = list_dominators(prepared, int(leaf))
    assert (len(above.rows), above.more) == (MOST_DOMINATORS, True)
