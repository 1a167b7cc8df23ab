"""What would be freed."""

from __future__ import annotations

from heapdiff.analysis.browsing.severing import sever, weigh_type
from heapdiff.analysis.holders.lookup import find_objects
from tests.analysis.browsing.looking import node_of, shop


def test_all_objects_of_a_type_free_what_only_they_keep_together() -> None:
    #   A -> first, second -> shared: neither alone keeps it, both together do
    prepared = shop("shop.A: list -> []: shop.Both * 2 size=10 -> .shared: bytes size=100")
    found = weigh_type(prepared, "shop.Both")
    assert (found.objects, found.bytes, found.retained_bytes) == (
        2,
        20,
        20 + sum(int(prepared.graph.sizes[node]) for node in prepared.of_kind("bytes").tolist()),
    )


def test_cutting_the_only_reference_frees_all_below_and_cutting_one_of_two_frees_nothing() -> None:
    prepared = shop()
    (log,) = find_objects(prepared.routes, "shop.audit.LOG").tolist()
    entry = int(prepared.dominated_by(log)[0])
    assert (sever(prepared, log, entry).freed_bytes, sever(prepared, log, entry).other_referrers) == (1000, 0)
    session = node_of(prepared, "shop.models.Session")
    (holder,) = find_objects(prepared.routes, "shop.cache.SESSIONS").tolist()
    cut = sever(prepared, holder, session)
    assert (cut.freed_bytes, cut.other_referrers) == (0, 1)
