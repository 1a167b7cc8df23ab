"""Namespaces are found in one pass, whatever a file says of its roots."""

from __future__ import annotations

from pathlib import Path

from heapdiff.analysis.native.owners import OwnerTypes
from heapdiff.analysis.reach.namespaces import find_globals, spaces_by_owner
from heapdiff.analysis.reach.ownership import Ownership
from heapdiff.graph import load
from heapdiff.snapshot import read_snapshot
from tests.forged import forge
from tests.heaps import heap


def test_a_module_s_namespace_is_what_it_has_as_its_dict() -> None:
    graph = heap("shop.cache.SESSIONS: dict\nshop.models.ALL: list")
    spaces = spaces_by_owner(graph)
    assert find_globals(graph) == {root.name: spaces[root.node] for root in graph.roots}
    assert {graph.type_name(space) for space in spaces.values()} == {"dict"}


def test_many_roots_of_one_object_with_many_attributes_take_a_pass_each(tmp_path: Path) -> None:
    """Each root by each attribute would be two and a half thousand million steps: hours."""
    graph = load(read_snapshot(forge(tmp_path, "ROOT of a hub, module", 400_000)))
    assert (len(graph.roots), len(graph.targets)) == (50_000, 50_000)
    assert find_globals(graph) == {"a": 1}
    assert OwnerTypes(graph, Ownership.of(graph.modules)).find({"builtins.list"}) == {}
