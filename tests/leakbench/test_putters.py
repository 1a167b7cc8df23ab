"""The oracle for the code that can put something into a holder."""

from __future__ import annotations

import pytest

from tests.leakbench.catalogue import collect, select
from tests.leakbench.putters import ask


@pytest.mark.slow
@pytest.mark.parametrize("name", ["class_list", "lru_method"])
def test_the_function_that_puts_is_among_those_that_can(name: str) -> None:
    (case,) = select(collect(), [name])
    found = ask(case)
    assert not found.trouble
    assert found.right, found
