"""What samples add to the other answers: garbage, native growth, `why`, `show` and pictures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heapdiff.analysis import build_picture, compare, explain, take_inventory
from heapdiff.answers import Comparison, Verdict, VerdictKind
from heapdiff.errors import UsageError
from heapdiff.format import SampleSource
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.samples import Recording
from heapdiff.model import Collector
from heapdiff.render.terminal.console import render_text
from heapdiff.render.terminal.inventory import render_inventory
from tests.analysis.sampled import INTERVAL, Sampling, sampled
from tests.analysis.summaries import Beyond, captures, processes

PARSE = "9 x shop/xml.py:4 parse <- shop/views.py:12 product <- FLASK"
FILL = "9 x shop/cache.py:31 put <- shop/mail.py:8 send <- celery/app/trace.py:500 trace_task"
SHOP = "shop.cache.ITEMS: list -> shop.Item * {}"


def nodes_of(graph: HeapGraph, kind: str) -> list[int]:
    return [node for node in range(len(graph)) if graph.type_name(node) == kind]


def with_garbage(text: str = PARSE, age_ms: int = 30_000) -> Comparison:
    """3,000 objects wait for a collector that is off."""
    first, last = captures(*(f"shop.c.X: dict\norphan: list -> shop.V * {number}" for number in (0, 3000)))
    off = Collector(False, 0, (700, 10, 10), (100, 10, 3))
    graphs = []
    for graph in (first, Sampling().add(text, nodes_of(last, "shop.V"), age_ms=age_ms).put_into(last)):
        assert graph.summary is not None
        graphs.append(replace(graph, summary=replace(graph.summary, collector=off)))
    return compare(graphs)


def test_garbage_says_what_allocated_it() -> None:
    found = with_garbage()
    assert found.verdict.kind is VerdictKind.GARBAGE
    assert (
        "3,000 shop.V, allocated at shop/xml.py:4 in parse, view shop.views.product. The"
        in found.verdict.text
    )
    (row,) = found.garbage.allocated
    assert (row.samples, row.agrees) == (9, True)


def test_garbage_without_samples_since_the_first_snapshot_says_nothing_of_it() -> None:
    found = with_garbage(age_ms=61_000)
    assert found.garbage.allocated == ()
    assert "allocated" not in found.verdict.text


def natively(count: int, size: int) -> Verdict:
    graphs = processes("shop.app.X: dict", [Beyond(native=level) for level in (8, 40, 72)], 100)
    sampling = Sampling().add(PARSE.replace("9 x", f"{count} x"), size=size)
    return compare([*graphs[:-1], sampling.put_into(graphs[-1])]).verdict


def test_native_memory_from_the_allocators_of_python_says_who_got_it() -> None:
    verdict = natively(count=60, size=1_000_000)
    assert verdict.kind is VerdictKind.NATIVE
    assert (
        "About 60.0 MB that no object owns was allocated at shop/xml.py:4 in parse, view shop.views."
        in verdict.text
    )
    assert "memray" not in verdict.text


@pytest.mark.parametrize(("count", "size"), [(60, 1000), (7, 1_000_000)])
def test_a_few_blocks_without_an_object_do_not_explain_native_growth(count: int, size: int) -> None:
    text = natively(count, size).text
    assert "memray --native" in text
    assert "allocated at" not in text


def test_why_says_what_allocated_the_objects_and_what_they_keep() -> None:
    (graph,) = captures(f"{SHOP.format(20)} -> .tags: list")
    found = explain(sampled(graph, FILL, nodes_of(graph, "list")), "shop.Item")
    assert found.witness.startswith(
        "Allocated at shop/cache.py:31 in put, task shop.mail.send: 9 of 9 samples"
    )
    assert found.allocated[0].agrees


def test_why_without_samples_says_nothing_of_it() -> None:
    (graph,) = captures(SHOP.format(20))
    assert (explain(graph, "shop.Item").witness, explain(graph, "shop.Item").allocated) == ("", ())


def both() -> HeapGraph:
    (graph,) = captures(SHOP.format(20))
    items = nodes_of(graph, "shop.Item")
    return (
        Sampling()
        .add(PARSE, items, age_ms=10**9)
        .add(FILL)
        .add("5 x shop/main.py:3 <module>")
        .put_into(graph)
    )


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("site", {"shop/xml.py:4 in parse", "shop/cache.py:31 in put", "shop/main.py:3 in <module>"}),
        ("entry", {"view shop.views.product", "task shop.mail.send", "(no entry)"}),
    ],
)
def test_an_inventory_by_what_allocated_has_all_live_samples(by: str, names: set[str]) -> None:
    inventory = take_inventory(both(), by)
    assert {row.name for row in inventory.rows} == names
    assert sum(row.count for row in inventory.rows) == 23
    assert inventory.rows[-1].count == 5
    assert inventory.notes == (
        "Estimated from 23 live samples, one per 16.4 kB allocated on average, in the last 10 minutes; what was allocated "
        "before that isn't in any row.",
    )


def test_an_inventory_of_samples_reads_well() -> None:
    text = render_text(lambda console: render_inventory(console, take_inventory(both(), "entry"), 2))
    assert text.splitlines()[2].split() == ["Entry", "Samples", "Bytes", "Share"]
    assert "… and 1 more entry (-n 0 shows all)" in text


def test_an_inventory_is_of_one_recording() -> None:
    (graph,) = captures(SHOP.format(20))
    traced = Recording(SampleSource.TRACEMALLOC, 0, 60_000)
    sampling = Sampling((traced, Recording(SampleSource.SAMPLER, INTERVAL, 60_000)))
    sampling.add("9 x shop/x.py:1")
    (row,) = take_inventory(sampling.put_into(graph), "site").rows
    assert (row.name, row.count, row.bytes) == ("shop/x.py:1", 9, 9000)
    sampling.add(FILL, recording=1)
    (row,) = take_inventory(sampling.put_into(graph), "site").rows
    assert row.name == "shop/cache.py:31 in put"


def test_an_inventory_of_samples_that_are_not_there_says_how_to_get_some() -> None:
    (graph,) = captures(SHOP.format(20))
    with pytest.raises(UsageError) as raised:
        take_inventory(graph, "site")
    assert "heapdiff sample 4242 on" in raised.value.hint
    with pytest.raises(UsageError, match="--retained"):
        take_inventory(both(), "entry", retained=5)


def test_the_growing_edge_of_a_picture_carries_the_site() -> None:
    first, last = captures(SHOP.format(20), SHOP.format(400))
    picture = build_picture(sampled(last, FILL, nodes_of(last, "shop.Item")), base=first)
    assert [edge.site for edge in picture.edges if edge.site] == [
        "shop/cache.py:31 in put, task shop.mail.send"
    ]
    assert all(edge.growing for edge in picture.edges if edge.site)


def test_a_picture_without_samples_has_no_site() -> None:
    first, last = captures(SHOP.format(20), SHOP.format(400))
    assert not any(edge.site for edge in build_picture(last, base=first).edges)
