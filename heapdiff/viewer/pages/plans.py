"""How a question that may take long is answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from heapdiff.viewer.apart import Work
from heapdiff.viewer.pages.sheets import Sheet


@dataclass(frozen=True)
class Plan:
    """How a question is answered: `work` finds the answer, `show` makes a page of it. `at_once`: within a click."""

    key: str
    title: str
    about: str
    number: int
    work: Work
    show: Callable[[Any], Sheet]
    at_once: bool = False
