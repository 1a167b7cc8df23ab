"""A drawn heap as rules are given it, in a process of a version of Python."""

from __future__ import annotations

from dataclasses import replace

from heapdiff.analysis.waste.ground.worker import Heap
from tests.analysis.summaries import summarize
from tests.heaps import heap


def look(text: str, python: str = "3.13.0") -> Heap:
    graph = heap(f"module shop of application\nmodule sqlalchemy of sqlalchemy\n{text}")
    summary = summarize(graph)
    return Heap(graph, replace(summary, process=replace(summary.process, python=python)))
