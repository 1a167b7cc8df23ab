"""Every command on every graph: an answer, or an error that says whose fault it is. Never ours."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from heapdiff.graph.heap import HeapGraph
from tests.any_graphs import TYPES, any_graphs, write_any
from tests.builder import GraphBuilder
from tests.cli.command import run
from tests.heaps import heap

DOCUMENTED = {0, 1, 2, 3, 4, 5}
SMALL = {
    "empty": GraphBuilder().build(),
    "one object": heap("orphan: list"),
    "four objects, no references": heap("orphan: list * 3\norphan: dict"),
    "weak references only": heap("orphan: list $a\norphan: dict -> weak: $a"),
}


def commands(directory: Path, before: Path, after: Path, graph: HeapGraph) -> list[tuple[str | Path, ...]]:
    what = {graph.type_name(node) for node in range(len(graph))} or {TYPES[0]}
    places = [f"0x{int(address):x}" for address in graph.addresses[:2]] or ["0x10"]
    holders = [f"{root.name}.SESSIONS" for root in graph.roots[:2]]
    drawing = ("-o", directory / "drawn.dot")
    return [
        *(("show", after, "--by", by, *more) for by in ("type", "holder", "module", "package", "distribution")
          for more in ((), ("--retained",))),
        ("show", after.with_suffix(".heap"), "--by", "holder", "--format", "json"),
        *(("compare", before, after, "--format", form) for form in ("table", "json", "markdown")),
        ("compare", before, after, "--fail-on-growth", "1kB"),
        ("tree", after), ("tree", after, "-n", "0", "--format", "json"),
        *((command, after, *option, each) for each in [*sorted(what)[:4], *places, *holders]
          for command, *option in (("why",), ("tree", "--from"))),
        *(("graph", after, option, each, *drawing) for option, those in
          (("--type", sorted(what)[:4]), ("--address", places), ("--holder", holders)) for each in those),
        ("graph", after, "--since", before, *drawing),
        ("redact", after, "-o", directory / "redacted.json"),
        ("export", after, "--to", "chrome", "-o", directory / "x.heapsnapshot"),
        ("dump", after),
        ("report", after, "-o", directory / "page.html"),
    ]  # fmt: skip


def run_all(one: HeapGraph, other: HeapGraph) -> None:
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        before, after = write_any(one, directory, 1), write_any(other, directory, 2)
        for command in commands(directory, before, after, other):
            done = run(*command, HEAPDIFF_DEBUG="1")
            assert "internal error" not in done.stderr, (command, done.stderr)
            assert done.exit_code in DOCUMENTED, (command, done)


@pytest.mark.parametrize("graph", SMALL.values(), ids=SMALL)
def test_the_smallest_graphs_are_answered(graph: HeapGraph) -> None:
    run_all(GraphBuilder().build(), graph)
    run_all(graph, GraphBuilder().build())


UNHURRIED = settings(max_examples=6, suppress_health_check=list(HealthCheck))


@UNHURRIED
@given(any_graphs())
def test_any_graph_is_answered(graphs: tuple[HeapGraph, HeapGraph]) -> None:
    run_all(*graphs)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@settings(UNHURRIED, max_examples=1000)
@given(any_graphs())
def test_a_thousand_of_any_graphs_are_answered(graphs: tuple[HeapGraph, HeapGraph]) -> None:
    run_all(*graphs)
