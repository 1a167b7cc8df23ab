"""Whose a module is comes from the snapshot; only where it does not say so does the name decide."""

from __future__ import annotations

import pytest

from heapdiff.analysis.holders.holder import place_of
from heapdiff.analysis.reach.ownership import Ownership
from heapdiff.analysis.reach.routes import compute_routes
from heapdiff.format import ModuleOwner
from tests.analysis.summaries import compared
from tests.heaps import draw, heap

STANDARD, DISTRIBUTION = ModuleOwner.STANDARD, ModuleOwner.DISTRIBUTION
APPLICATION, BUILT_IN = ModuleOwner.APPLICATION, ModuleOwner.BUILT_IN
SAID = """
    module limits of application
    module __main__ of gunicorn
    module little_known of little_known
    module flask.app of flask
    module six of six
    module imp of standard
    module sys of built-in
"""


def said(text: str) -> Ownership:
    return Ownership.of(heap(text).modules)


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("limits", APPLICATION),  # a well-known package has the same name
        ("limits.Storage.values", APPLICATION),
        ("__main__", DISTRIBUTION),  # python -m gunicorn
        ("little_known.cache", DISTRIBUTION),
        ("flask.app.Flask", DISTRIBUTION),
        ("six.moves.urllib", DISTRIBUTION),  # made by six, from no file
        ("imp", STANDARD),  # gone in Python 3.12
        ("sys", BUILT_IN),
        ("heapdiff.agent", BUILT_IN),
        ("sitecustomize", DISTRIBUTION),
        ("json.decoder", STANDARD),  # from here on nothing is said
        ("jinja2.nodes", DISTRIBUTION),
        ("shop.cache", APPLICATION),
        ("<thread MainThread>.serve", APPLICATION),
    ],
)
def test_the_snapshot_says_whose_a_module_is_and_else_its_name(name: str, owner: ModuleOwner) -> None:
    assert said(SAID).find(name) is owner


@pytest.mark.parametrize(
    ("beginning", "owner"), [("flask.app.", DISTRIBUTION), ("limits.", APPLICATION), ("", APPLICATION)]
)
def test_a_name_that_goes_on_for_megabytes_takes_no_longer_than_others(
    beginning: str, owner: ModuleOwner
) -> None:
    """Part by part it would be copied four million times: hours."""
    name = beginning + "a." * 4_000_000
    assert (said(SAID).find(name), said(SAID).distribution(name)) == (
        owner,
        "flask" if owner is DISTRIBUTION else "",
    )


def test_an_application_that_was_installed_like_a_package_is_known_by_there_being_no_other() -> None:
    ownership = said("""
        module shop.app of shop
        module flask.app of flask
        module __main__ of application
        module heapdiff.agent of application
    """)
    assert ownership.find("shop.app") is APPLICATION
    assert ownership.find("flask.app") is DISTRIBUTION


def test_a_path_leads_through_what_the_snapshot_says_to_be_the_applications() -> None:
    graph, labels = draw("""
        module redis of application
        module acme.pool of acme
        acme.pool.ALL: list -> [0]: acme.Connection $x
        redis.connections: dict -> [*]: $x
    """)
    assert place_of(compute_routes(graph), labels["x"]).path == "redis.connections['…']"


def test_types_of_the_application_come_first_in_the_table_of_types() -> None:
    # as many, and as heavy; `factory` is a package that many know, here it is the application's
    heaps = [
        f"""
        module factory of application
        module shopping of shopping
        factory.ALL: list -> [*]: factory.Part * {count} size=48
        shopping.ALL: list -> [*]: shopping.Cart * {count} size=48
        """
        for count in (5, 50)
    ]
    types = [row.type for row in compared(*heaps).types]
    assert types.index("factory.Part") < types.index("shopping.Cart")
    assert types[0] == "factory.Part"
