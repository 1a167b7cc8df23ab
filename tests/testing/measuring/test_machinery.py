"""Which modules are the tools' of a test."""

from __future__ import annotations

import pytest

from heapdiff.testing.measuring.machinery import NEEDS_PYTEST, describe_test


def test_the_tools_are_pytest_what_needs_it_and_its_plugins_but_no_conftest(
    request: pytest.FixtureRequest,
) -> None:
    facts = describe_test(request.node)
    assert {"_pytest", "pluggy", "unittest", "heapdiff"} <= set(facts.machinery)
    assert {"xdist", "pytest_timeout"} <= set(facts.machinery)
    assert not [
        name for name in facts.machinery if "conftest" in name or name in ("flask", "tests", "builtins")
    ]
    assert (facts.module, facts.function) == (__name__, request.node.name)


@pytest.mark.parametrize("need", ["pytest", "pytest>=7.0.0", "pytest<10,>=8.2", "Pytest (>=7)"])
def test_a_distribution_that_requires_pytest_is_a_tool(need: str) -> None:
    assert NEEDS_PYTEST.match(need)


@pytest.mark.parametrize("need", ["pytest; extra == 'test'", "pytest-cov", "pytestify", "attrs"])
def test_one_that_wants_it_for_its_own_tests_or_wants_something_else_is_not(need: str) -> None:
    assert not NEEDS_PYTEST.match(need)
