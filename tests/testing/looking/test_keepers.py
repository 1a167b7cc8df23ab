"""Whose a holder is: the application's, or the test's and its tools'."""

from __future__ import annotations

import pytest

from heapdiff.analysis.reach.routes import compute_routes
from heapdiff.testing.looking.keepers import Test, is_the_tests
from tests.heaps import heap

TEST = Test(("_pytest", "pluggy", "unittest", "heapdiff"), "test_shop", "test_orders")
MODULES = """
module shop of application
module test_shop of application
module flask of flask
module logging of standard
"""


def is_tests(text: str) -> bool:
    """The list labelled `$it`."""
    graph = heap(MODULES + text)
    (node,) = [
        node for node in range(len(graph)) if graph.type_name(node) == "list" and graph.sizes[node] == 777
    ]
    return is_the_tests(compute_routes(graph), node, TEST)


@pytest.mark.parametrize(
    "text",
    [
        "shop.KEPT: list size=777",
        "test_shop.KEPT: list size=777",  # of the module, not of the test's call
        "shop.app: flask.Flask -> .seen: list size=777",
        # made by a fixture, kept by pytest alone: still the application's object
        "interpreter x: _pytest.python.Function -> .funcargs: dict -> [*]: flask.Flask -> .seen: list size=777",
        "thread MainThread -> frame test_orders -> local app: flask.Flask -> .seen: list size=777",
        "thread MainThread -> frame worker -> local backlog: list size=777",
        # a handler of the application's own
        "logging.root: logging.RootLogger -> .handlers: list -> shop.Handler -> .records: list size=777",
    ],
)
def test_what_the_application_has_is_its_own(text: str) -> None:
    assert not is_tests(text)


@pytest.mark.parametrize(
    "text",
    [
        "logging.root: logging.RootLogger -> .handlers: list -> _pytest.logging.LogCaptureHandler -> .records: list size=777",
        "shop.send: unittest.mock.Mock -> .mock_calls: list size=777",
        "interpreter x: _pytest.python.Function -> .funcargs: dict -> [*]: list size=777",
        # a list that the application was given to fill: a fixture's value, under no name of the application's
        "shop.send: builtin_function_or_method -> ref: list size=777 $it\n"
        "interpreter x: _pytest.python.Function -> .funcargs: dict -> [*]: $it",
    ],
)
def test_what_the_tools_have_is_the_tests(text: str) -> None:
    assert is_tests(text)


def test_what_a_module_of_the_application_has_under_a_name_is_its_own_whoever_put_it_there() -> None:
    assert not is_tests(
        "shop.OUTBOX: list size=777 $it\ninterpreter x: _pytest.python.Function -> .funcargs: dict -> [*]: $it"
    )
