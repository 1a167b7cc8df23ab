"""Files that are left open: more and more of them in one holder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heapdiff.analysis.waste.connections.open_connections import find_left_open
from heapdiff.analysis.waste.ground.rule import Rule
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Finding, Topic
from heapdiff.knowledge.advice.connections import FILES

RULE: Final = Rule("open-files", Topic.CONNECTIONS)


def find_open_files(heap: Heap) -> Iterator[Finding]:
    """Those that the application keeps, and those in cycles."""
    return find_left_open(heap, RULE, FILES)
