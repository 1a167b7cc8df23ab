"""`show --by`: every reached object counts once, where the shortest way to it leads."""

from __future__ import annotations

import pytest

from heapdiff.analysis import take_inventory
from heapdiff.analysis.reach.routes import compute_routes
from heapdiff.errors import UsageError
from tests.analysis.summaries import captures

SHOP = """
    shop.cache.SESSIONS: dict -> [*]: shop.models.Session * 5 -> .tags: list
    shop.models.Registry: type -> ._all: list
    flask.globals.G: list -> bytes * 3 size=1000
    thread MainThread -> frame serve -> local backlog: list
    native: list extra=1
    orphan: list
"""


@pytest.mark.parametrize("by", ["holder", "module", "package", "distribution"])
def test_rows_add_up_to_all_reached_objects(by: str) -> None:
    (graph,) = captures(SHOP)
    inventory = take_inventory(graph, by)
    reached = compute_routes(graph).reached
    assert sum(row.count for row in inventory.rows) == reached.sum()
    assert sum(row.bytes for row in inventory.rows) == graph.sizes[reached].sum()
    assert any("unreachable" in note for note in inventory.notes)


def test_by_holder_names_variables() -> None:
    (graph,) = captures(SHOP)
    rows = {row.name: row.count for row in take_inventory(graph, "holder").rows}
    assert rows["shop.cache.SESSIONS"] == 1 + 5 * 3
    assert rows["flask.globals.G"] == 4
    assert rows["shop.models.Registry._all"] == 1


def test_by_distribution_the_application_and_the_standard_library_are_a_row_each() -> None:
    (graph,) = captures(
        """
        module shop.cache of application
        module pkg_resources._vendor of setuptools
        module setuptools of setuptools
        module json.decoder of standard
        shop.cache.ROWS: list size=4000
        pkg_resources._vendor.X: list size=3000
        setuptools.Y: list size=2000
        json.decoder.Z: list size=1000
        """
    )
    rows = {row.name: row.bytes for row in take_inventory(graph, "distribution").rows}
    assert {"(application)", "setuptools", "(standard library)"} == rows.keys()
    assert rows["setuptools"] > 5000


def test_by_package_sums_its_modules() -> None:
    (graph,) = captures(SHOP)
    modules = take_inventory(graph, "module").rows
    packages = {row.name: row.bytes for row in take_inventory(graph, "package").rows}
    assert packages["shop"] == sum(row.bytes for row in modules if row.name.startswith("shop."))
    assert "(thread stacks)" in packages
    assert "(native code)" in packages


def test_a_row_retains_what_would_go_with_it_and_what_two_share_goes_with_neither() -> None:
    # SESSIONS ──► Session ──► profile;  SESSIONS ──► shared ◄── OTHER
    (graph,) = captures(
        """
        shop.cache.SESSIONS: dict size=100 -> [1]: Session size=50 -> .profile: Profile size=10
        shop.cache.SESSIONS -> [2]: Shared size=1000 $shared
        shop.other.OTHER: list size=30 -> $shared
        """
    )
    keys = 2 * 28
    holders = {row.name: row.retained_bytes for row in take_inventory(graph, "holder", retained=9).rows}
    assert holders["shop.cache.SESSIONS"] == 100 + keys + 50 + 10
    assert holders["shop.other.OTHER"] == 30
    types = {row.name: row.retained_bytes for row in take_inventory(graph, "type", retained=9).rows}
    assert (types["Session"], types["Profile"], types["Shared"]) == (60, 10, 1000)
    packages = take_inventory(graph, "package", retained=1).rows
    assert packages[0].retained_bytes == packages[0].bytes
    assert all(row.retained_bytes is None for row in packages[1:])


def test_by_something_else_is_an_error() -> None:
    (graph,) = captures(SHOP)
    with pytest.raises(UsageError):
        take_inventory(graph, "colour")
