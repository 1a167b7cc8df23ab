"""The verdict in one word, and what the notes say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heapdiff.analysis import compare
from heapdiff.answers import Confidence, VerdictKind
from heapdiff.errors import UsageError
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import Counted, MemoryUse, Summary
from tests.analysis.summaries import captures, compared, summarize
from tests.heaps import heap

CACHE = "shop.c.CACHE: dict -> [*]: shop.V * {}"


def cache(*lengths: int) -> list[str]:
    return [CACHE.format(length) for length in lengths]


def test_two_snapshots_that_differ_by_nothing_are_stable_without_suspects_or_types() -> None:
    comparison = compared(*cache(300, 300))
    assert comparison.verdict.kind is VerdictKind.STABLE
    assert (comparison.suspects, comparison.types, comparison.notes) == ((), (), ())


def test_the_order_of_the_arguments_does_not_matter_and_is_noted() -> None:
    graphs = captures(*cache(10, 500, 1000), requests=500)
    straight, turned = compare(graphs), compare(graphs[::-1])
    assert turned.suspects == straight.suspects
    assert turned.verdict == straight.verdict
    assert any("sorted" in note for note in turned.notes)
    assert not any("sorted" in note for note in straight.notes)


def test_one_entry_per_request_is_a_leak_even_with_two_snapshots() -> None:
    comparison = compared(*cache(10, 510), requests=500)
    assert comparison.verdict.kind is VerdictKind.LEAK
    assert "shop.c.CACHE" in comparison.verdict.text
    assert "Take a third snapshot" in comparison.verdict.text


def test_growth_of_which_two_snapshots_cannot_tell_is_growth() -> None:
    assert compared(*cache(10, 510)).verdict.kind is VerdictKind.GROWTH


@pytest.mark.parametrize(("requests", "kind"), [(500, VerdictKind.LEAK), (None, VerdictKind.GROWTH)])
def test_two_snapshots_tell_how_many_holders_grow(requests: int | None, kind: VerdictKind) -> None:
    texts = [
        "\n".join(f"shop.c.CACHE{at}: dict -> [*]: shop.V * {size}" for at in "123") for size in (10, 510)
    ]
    first, last = captures(*texts, requests=requests)
    assert "; 2 other holders are growing the same way." in compare([first, last]).verdict.text
    verdict = compare([first, needing(last, 100 << 20)]).verdict
    assert (verdict.kind, verdict.text.count(". ") < 3) == (kind, True)
    assert "; 2 other holders are growing the same way." in verdict.text
    assert "third snapshot" in verdict.text


def needing(graph: HeapGraph, more: int) -> HeapGraph:
    """The capture of a process with so much more resident memory."""
    summary = required(graph)
    memory = replace(summary.memory, rss_bytes=summary.memory.rss_bytes + more)
    return replace(graph, summary=replace(summary, memory=memory))


def test_growth_at_every_step_is_a_leak() -> None:
    comparison = compared(*cache(10, 310, 610, 910))
    assert comparison.verdict.kind is VerdictKind.LEAK
    assert comparison.suspects[0].confidence is Confidence.HIGH
    assert "third" not in comparison.verdict.text


@pytest.mark.parametrize("lengths", [(10, 400, 400), (10, 400, 420), (10, 400, 300)])
def test_a_cache_that_fills_or_stops_or_shrinks_is_stable(lengths: tuple[int, ...]) -> None:
    comparison = compared(*cache(*lengths), requests=400)
    assert comparison.verdict.kind is VerdictKind.STABLE
    assert {suspect.confidence for suspect in comparison.suspects} <= {Confidence.LOW}


def test_fewer_requests_in_the_last_step_do_not_look_like_slowing_down() -> None:
    assert compare(counted(cache(0, 1000, 1100), [0, 1000, 1100])).verdict.kind is VerdictKind.LEAK


def counted(texts: list[str], requests: list[int]) -> list[HeapGraph]:
    """Captures of a process that had served so many requests at each."""
    return [
        replace(heap(text), summary=summarize(heap(text), minute, served))
        for minute, (text, served) in enumerate(zip(texts, requests, strict=True))
    ]


@pytest.mark.parametrize(
    ("lengths", "requests", "noted"),
    [
        ((210, 420, 610, 610), (21, 42, 61, 61), "without requests"),
        ((210, 210, 420, 610), (21, 21, 42, 61), "without requests"),
        ((210, 420, 420, 420, 610), (21, 42, 43, 43, 61), "with hardly any requests"),
    ],
)
def test_a_step_with_hardly_any_requests_does_not_count_against_a_leak(
    lengths: tuple[int, ...], requests: tuple[int, ...], noted: str
) -> None:
    comparison = compare(counted(cache(*lengths), list(requests)))
    assert comparison.verdict.kind is VerdictKind.LEAK
    assert comparison.suspects[0].confidence is Confidence.HIGH
    assert any(f"Intervals {noted} say nothing" in note for note in comparison.notes)


def test_growth_in_a_step_without_requests_is_seen() -> None:
    assert compare(counted(cache(10, 310, 610), [21, 21, 21])).verdict.kind is VerdictKind.LEAK


def test_one_step_with_requests_is_judged_as_two_snapshots_are() -> None:
    comparison = compare(counted(cache(10, 1010, 1010), [0, 500, 500]))
    assert comparison.verdict.kind is VerdictKind.LEAK
    assert "Take another snapshot after more requests" in comparison.verdict.text


def test_native_growth_has_not_stopped_because_no_requests_came() -> None:
    graph = heap("shop.c.X: dict")
    series = [
        serving(using(graph, minute, size * 1_000_000), served)
        for minute, (size, served) in enumerate([(100, 0), (180, 10), (260, 20), (260, 20)])
    ]
    assert compare(series).verdict.kind is VerdictKind.NATIVE


def serving(graph: HeapGraph, requests: int) -> HeapGraph:
    summary = required(graph)
    return replace(graph, summary=replace(summary, process=replace(summary.process, requests=requests)))


def test_a_handful_of_objects_is_noise() -> None:
    comparison = compared(*cache(10, 14), requests=10)
    assert comparison.verdict.kind is VerdictKind.STABLE
    assert comparison.suspects == ()


@pytest.mark.parametrize("holder", ["shop.c.CACHE", "jinja2.c.CACHE"])
def test_some_entries_more_are_no_all_clear_in_a_container_of_one_s_own(holder: str) -> None:
    text = f"{holder}: dict $c\n$c -> [*]: shop.V"
    comparison = compared(f"{text} * 10", f"{text} * 18", requests=80)
    own = holder.startswith("shop")
    assert [suspect.holder.path for suspect in comparison.suspects] == [holder] * own
    assert comparison.verdict.kind is (VerdictKind.INCONCLUSIVE if own else VerdictKind.STABLE)


def test_modules_imported_in_between_are_no_leak() -> None:
    functions = "\n".join(f"shop.late.f{n}: function" for n in range(300))
    late = f"{functions}\nshop.late.__spec__: _frozen_importlib.ModuleSpec"
    comparison = compared("shop.c.X: dict", f"shop.c.X: dict\n{late}")
    assert comparison.verdict.kind is VerdictKind.STABLE


def using(graph: HeapGraph, minute: int, rss: int, **allocator: int) -> HeapGraph:
    summary = summarize(graph, minute)
    memory = MemoryUse(rss, None, None, summary.memory.python_object_bytes, allocator)
    return replace(graph, summary=replace(summary, memory=memory))


def test_growth_that_no_python_object_explains_is_native() -> None:
    graph = heap("shop.c.X: dict")
    comparison = compare([using(graph, 0, 100_000_000), using(graph, 1, 180_000_000)])
    assert comparison.verdict.kind is VerdictKind.NATIVE


def test_growth_that_is_free_memory_of_the_allocators_is_fragmentation() -> None:
    graph = heap("shop.c.X: dict")
    levels = [(100, 1), (180, 74), (260, 147), (340, 220)]
    comparison = compare(
        [allocating(graph, minute, rss, malloc_free=free) for minute, (rss, free) in enumerate(levels)]
    )
    assert comparison.verdict.kind is VerdictKind.FRAGMENTATION
    assert "malloc, free +219.0 MB" in comparison.verdict.text


def test_growth_of_malloc_in_use_is_native_and_names_the_figures() -> None:
    graph = heap("shop.c.X: dict")
    comparison = compare([allocating(graph, 0, 100), allocating(graph, 1, 180, malloc_used=99)])
    assert comparison.verdict.kind is VerdictKind.NATIVE
    assert "other malloc in use +79.0 MB" in comparison.verdict.text


def test_growth_where_malloc_tells_nothing_is_native_and_may_be_malloc_s() -> None:
    graph = heap("shop.c.X: dict")
    figures = {"pymalloc_used_bytes": 30_000_000, "pymalloc_free_bytes": 5_000_000}
    comparison = compare(
        [
            using(graph, at, rss, anonymous_bytes=rss, **figures)
            for at, rss in enumerate((100_000_000, 180_000_000))
        ]
    )
    assert comparison.verdict.kind is VerdictKind.NATIVE
    assert "malloc, stacks and other mappings +80.0 MB" in comparison.verdict.text


def test_unexplained_growth_that_has_stopped_is_no_leak() -> None:
    graph = heap("shop.c.X: dict")
    series = [allocating(graph, 0, 100)]
    series += [allocating(graph, minute, 180, malloc_used=99) for minute in (1, 2)]
    assert compare(series).verdict.kind is VerdictKind.STABLE


@pytest.mark.parametrize(
    "known",
    [
        {},
        {"pymalloc_used": 30, "pymalloc_free": 5},
        {"pymalloc_used": 30, "pymalloc_free": 5, "malloc_used": 20, "malloc_free": 9},
        {"pymalloc_used": 30, "pymalloc_free": 5, "malloc_used": 20, "malloc_free": 9, "anonymous": 80},
        {"pymalloc_used": 30, "pymalloc_free": 50, "malloc_used": 20, "malloc_free": 90, "anonymous": 80},
    ],
)
def test_the_terms_of_the_memory_equation_add_up_to_the_process(known: dict[str, int]) -> None:
    graph = heap("shop.c.X: dict")
    figures = {f"{name}_bytes": amount * 1_000_000 for name, amount in known.items()}
    comparison = compare(
        [using(graph, 0, 100_000_000, **figures), using(graph, 1, 180_000_000, **figures)],
    )
    rss, *terms = comparison.memory
    assert rss.delta == 80_000_000
    for side in ("before", "after", "delta"):
        assert sum(getattr(term, side) for term in terms) == getattr(rss, side)
    assert all(term.before >= 0 and term.after >= 0 for term in terms)


def allocating(
    graph: HeapGraph, minute: int, rss: int, malloc_used: int = 20, malloc_free: int = 1
) -> HeapGraph:
    """A capture of a process of so many megabytes, all figures known."""
    figures = {
        "pymalloc_used": 30,
        "pymalloc_free": 5,
        "malloc_used": malloc_used,
        "malloc_free": malloc_free,
    }
    sizes = {f"{name}_bytes": amount * 1_000_000 for name, amount in figures.items()}
    return using(graph, minute, rss * 1_000_000, anonymous_bytes=(rss - 10) * 1_000_000, **sizes)


def test_different_processes_are_compared_by_type_only_and_said() -> None:
    graphs = captures(*cache(10, 900))
    other = replace(graphs[1], summary=summarize(graphs[1], 1, pid=77))
    comparison = compare([graphs[0], other])
    assert comparison.verdict.kind is VerdictKind.INCONCLUSIVE
    assert comparison.suspects == ()
    assert comparison.types
    assert any("77" in note for note in comparison.notes)
    assert comparison.commands == ("heapdiff snapshot 77 4242",)


def test_a_restarted_worker_is_another_process_though_it_has_the_number_of_the_last() -> None:
    graphs = captures(*cache(10, 20))
    first, last = map(required, graphs)
    again = replace(last, process=replace(last.process, started_at="2026-11-22T14:00:30Z"))
    assert not compare(graphs, [first, again]).same_process
    assert compare(graphs, [first, last]).same_process


def test_a_missing_graph_leaves_the_types_and_is_said() -> None:
    graphs = captures(*cache(10, 900))
    summaries = [required(graph) for graph in graphs]
    comparison = compare([graphs[0], None], summaries, ["a.json", "b.json"])
    assert comparison.suspects == ()
    assert comparison.types
    assert any("b.json" in note for note in comparison.notes)


@pytest.mark.parametrize("missing", [1, 2])
def test_suspects_are_found_among_the_snapshots_that_have_a_graph(missing: int) -> None:
    graphs: list[HeapGraph | None] = [*captures(*cache(10, 310, 610, 910), requests=300)]
    summaries = [required(graph) for graph in graphs if graph is not None]
    graphs[missing] = None
    comparison = compare(graphs, summaries, ["a", "b", "c", "d"])
    assert comparison.verdict.kind is VerdictKind.LEAK
    assert comparison.suspects[0].holder.length_after == 910
    assert len(comparison.snapshots) == 4
    assert "snapshot" not in comparison.verdict.text
    assert any(f"No graph for {'abcd'[missing]}: " in note for note in comparison.notes)


def test_two_graphs_of_three_snapshots_are_judged_as_two_snapshots_are() -> None:
    first, middle, last = captures(*cache(10, 510, 1010), requests=500)
    comparison = compare([first, None, last], [required(graph) for graph in (first, middle, last)])
    assert comparison.verdict.kind is VerdictKind.LEAK
    assert "Take another snapshot" in comparison.verdict.text


def test_what_is_held_after_the_last_graph_is_not_counted() -> None:
    graphs = captures(*cache(10, 310, 610, 910), requests=300)
    comparison = compare([*graphs[:3], None], [required(graph) for graph in graphs], ["a", "b", "c", "d"])
    assert comparison.suspects[0].holder.length_after == 610
    assert comparison.suspects[0].bytes_per_request == compare(graphs).suspects[0].bytes_per_request
    assert any("between a and c" in note for note in comparison.notes)


def required(graph: HeapGraph) -> Summary:
    assert graph.summary is not None
    return graph.summary


def test_different_engines_are_said() -> None:
    graphs = captures(*cache(10, 10))
    summary = required(graphs[1])
    other = replace(summary, capture=replace(summary.capture, engine="gc"))
    comparison = compare([graphs[0], replace(graphs[1], summary=other)])
    assert any("engine" in note for note in comparison.notes)


def test_one_snapshot_is_nothing_to_compare_however_often_it_is_named() -> None:
    (graph,) = captures("shop.c.X: dict")
    for graphs in ([graph], [graph, graph]):
        with pytest.raises(UsageError):
            compare(graphs)


def test_a_snapshot_that_is_named_twice_is_no_step() -> None:
    first, last = captures(*cache(10, 510), requests=500)
    once, twice = compare([first, last]), compare([first, last, last])
    assert (twice.verdict, twice.suspects, twice.snapshots) == (once.verdict, once.suspects, once.snapshots)
    assert any("each snapshot counts once" in note for note in twice.notes)


def partial(graph: HeapGraph, counted: Counted) -> Summary:
    summary = required(graph)
    return replace(summary, capture=replace(summary.capture, counted=counted, bytes=0), types=(), graph=None)


@pytest.mark.parametrize("counted", ["tracked", "none"])
def test_a_snapshot_that_had_no_memory_to_count_all_objects_is_left_out(counted: Counted) -> None:
    first, second, last = captures(*cache(10, 510, 1010), requests=500)
    without = compare([first, second])
    summaries = [required(first), required(second), partial(last, counted)]
    comparison = compare([first, second, None], summaries, ["a", "b", "c"])
    assert (comparison.verdict, comparison.types) == (without.verdict, without.types)
    assert "Left out: c, for which memory was too short to count all objects." in comparison.notes
    with pytest.raises(UsageError, match="c: memory was too short to count all objects"):
        compare([first, None], [required(first), partial(last, counted)], ["a", "c"])


def test_of_a_snapshot_named_with_and_without_its_graph_the_graph_is_used() -> None:
    first, last = captures(*cache(10, 510), requests=500)
    summaries = [required(first), required(last), required(last)]
    assert compare([first, None, last], summaries).suspects


LIST = "shop.c.TRAIL: list $t\n$t -> dict * {own}\njinja2.c.NOTES: list $n\n$n -> dict * {others} size=400"


def test_two_snapshots_give_no_all_clear_while_a_container_grew_that_nothing_ends() -> None:
    comparison = compared(LIST.format(own=1, others=1), LIST.format(own=51, others=61), requests=150)
    assert comparison.verdict.kind is VerdictKind.INCONCLUSIVE
    assert "shop.c.TRAIL" in comparison.verdict.text
    assert "or that of 1 other holder" in comparison.verdict.text
    assert "Take a third snapshot" in comparison.verdict.text
    assert [(suspect.holder.path, suspect.own) for suspect in comparison.suspects] == [
        ("shop.c.TRAIL", True),
        ("jinja2.c.NOTES", False),
    ]


def test_stable_is_said_of_what_is_known_to_end_and_names_it() -> None:
    comparison = compared(
        "shop.c.CACHE: lru_cache most=100 -> [*]: shop.V",
        "shop.c.CACHE: lru_cache most=100 -> [*]: shop.V * 60",
    )
    assert comparison.verdict.kind is VerdictKind.STABLE
    assert [suspect.end for suspect in comparison.suspects] == ["full"]
    assert "stops by itself" in comparison.verdict.text


@pytest.mark.parametrize("graphs", [0, 1])
def test_without_graphs_growth_is_no_all_clear(graphs: int) -> None:
    first, last = captures("shop.c.C: list -> shop.V * 3", "shop.c.C: list -> shop.V * 3000")
    seen = [first if graphs else None, None]
    comparison = compare(seen, [required(first), required(last)])
    assert comparison.verdict.kind is VerdictKind.INCONCLUSIVE
    assert comparison.verdict.text.startswith(f"{2 - graphs} of 2 snapshots ")
    assert "--no-graph" in comparison.verdict.text


def test_where_a_process_had_no_room_for_a_graph_its_reason_stands_in_the_verdict() -> None:
    first, last = map(required, captures("shop.c.C: list -> shop.V * 3", "shop.c.C: list -> shop.V * 3000"))
    note = "no graph: too little memory: a graph needs 9 MB (snapshot --force tries all the same)"
    text = compare([None, None], [first, replace(last, notes=(note,))]).verdict.text
    assert "who keeps what grew: too little memory: a graph needs 9 MB (snapshot --force tries" in text
    assert "--no-graph" not in text


def test_stable_never_says_that_nothing_grew_above_tables_that_grew() -> None:
    comparison = compared("shop.c.C: list -> shop.V * 3", "shop.c.C: list -> shop.V * 5")
    assert comparison.verdict.kind is VerdictKind.STABLE
    assert "Nothing grew" not in comparison.verdict.text
