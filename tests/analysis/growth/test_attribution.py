"""Growth goes to what a person can name: namespaces, trees of containers, owners of nameless references."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heapdiff.analysis import compare
from heapdiff.analysis.holders.lookup import resolve_holder
from heapdiff.analysis.reach.routes import compute_routes
from heapdiff.answers import Confidence, Suspect, VerdictKind
from tests.analysis.summaries import captures, compared
from tests.heaps import draw


def first(*texts: str, requests: int | None = None) -> Suspect:
    return compared(*texts, requests=requests).suspects[0]


@pytest.mark.parametrize(
    ("owner", "path"),
    [
        ("shop.jobs", "shop.jobs.__dict__"),
        ("shop.jobs.Features: type ->", "shop.jobs.Features.__dict__"),
    ],
)
def test_objects_under_ever_new_names_belong_to_the_namespace(owner: str, path: str) -> None:
    # namespace ──► .job0 Job, .job1 Job, …
    def named(count: int) -> str:
        dotted = f"{owner} ." if ">" in owner else f"{owner}."
        return "\n".join(f"{dotted}job{n}: shop.Job size=90" for n in range(count))

    suspect = first(named(3), named(300))
    assert suspect.holder.path == path
    assert [(held.type, held.count_delta) for held in suspect.holds][:1] == [("shop.Job", 297)]
    assert (suspect.holder.length_before, suspect.holder.length_after) == (3, 300)


def test_new_objects_under_names_that_were_there_are_no_growth_of_the_namespace() -> None:
    def named(generation: int) -> str:
        return "\n".join(f"shop.jobs.job{n}: shop.Job gen={generation}" for n in range(300))

    assert compared(named(1), named(2)).suspects == ()


def test_what_hangs_on_a_reference_without_a_name_is_a_part_of_its_owner() -> None:
    # ARCHIVE: tee ──► chunk ──► items, next chunk ──► …
    def chunk(count: int) -> str:
        return f"itertools._tee_dataobject -> shop.Article * {count}"

    suspect = first(*(f"shop.a.ARCHIVE: itertools._tee -> ref: {chunk(count)}" for count in (10, 300)))
    assert (suspect.holder.path, suspect.holder.type) == ("shop.a.ARCHIVE", "itertools._tee")


def test_dicts_in_dicts_that_grow_at_three_depths_belong_to_the_outermost() -> None:
    # TRIE ──► ['…'] dict ──► ['…'] dict ──► more dicts at each depth
    def trie(more: int) -> str:
        return f"""
            shop.t.TRIE: dict -> [1]: dict -> [1]: dict -> [?]: dict * {more}
            shop.t.TRIE -> [1] -> [?]: dict * {more}
            shop.t.TRIE -> [?]: dict * {more}
        """

    suspects = compared(trie(2), trie(100)).suspects
    assert [(suspect.holder.path, suspect.objects_delta) for suspect in suspects] == [("shop.t.TRIE", 588)]


def test_threads_that_differ_only_in_their_number_are_one_suspect() -> None:
    def threads(count: int) -> str:
        return "\n".join(
            f"thread Thread-{n} -> frame watch -> local subject: shop.Watch" for n in range(count)
        )

    suspect = first(f"shop.a.X: dict\n{threads(2)}", f"shop.a.X: dict\n{threads(200)}")
    assert suspect.holder.path.startswith("<thread Thread-…>.watch")
    assert "shop.Watch" in {held.type for held in suspect.holds}


def test_an_attribute_of_a_class_made_from_threading_local_is_thread_local() -> None:
    # STATS ──► dict of threads ──► a thread's dict ──► .queries
    base = "threading.local: type $base"

    def stats(count: int) -> str:
        return f"""
            {base}
            shop.s.Stats: type -> .__base__: $base
            shop.s.STATS: shop.s.Stats -> ref: dict -> [?]: dict -> [*]: list -> shop.Query * {count}
        """

    suspect = first(stats(3), stats(300))
    assert suspect.holder.path == "shop.s.STATS['…']"
    assert suspect.holder.kind.value == "thread-local"


def test_an_attribute_of_a_thread_local_is_found_by_its_path() -> None:
    text = """
        threading.local: type $base
        shop.s.Stats: type -> .__base__: $base
        shop.s.STATS: shop.s.Stats -> ref: dict -> [?]: dict -> [queries]: list $queries
    """
    graph, nodes = draw(text)
    assert list(resolve_holder(compute_routes(graph), "shop.s.STATS.queries")) == [nodes["queries"]]


def test_a_context_variables_value_is_named_by_the_variable() -> None:
    # context ──► table ──► value, variable
    def context(count: int) -> str:
        return f"""
            shop.c.STEPS: _contextvars.ContextVar $steps
            interpreter context: hamt_bitmap_node $table -> ref: list -> shop.Step * {count}
            $table -> ref: $steps
        """

    suspect = first(context(3), context(300))
    assert suspect.holder.path == "shop.c.STEPS.<value>"


@pytest.mark.parametrize(
    ("kept", "path"),
    [
        (
            "shop.c.TENANTS: shop.Stack -> ._storage: _contextvars.ContextVar $steps",
            "shop.c.TENANTS._storage",
        ),
        ("shop.Tracer: type -> .current: _contextvars.ContextVar $steps", "shop.Tracer.current"),
    ],
)
def test_a_context_variable_in_an_attribute_has_the_attributes_name(kept: str, path: str) -> None:
    def context(count: int) -> str:
        return f"""
            {kept}
            interpreter context: hamt_bitmap_node $table -> ref: list -> shop.Step * {count}
            $table -> ref: $steps
        """

    assert first(context(3), context(300)).holder.path == f"{path}.<value>"


def test_what_new_threads_set_is_named_by_the_variable_as_what_others_set() -> None:
    # thread-state context, of each thread ──► table ──► value, variable
    def threads(*counts: int) -> str:
        contexts = "\n".join(
            f"thread-state context: _contextvars.Context -> ref: hamt_bitmap_node $t{n} -> ref: list -> shop.Step * {count}\n"
            f"$t{n} -> ref: $steps"
            for n, count in enumerate(counts)
        )
        return f"shop.c.STEPS: _contextvars.ContextVar $steps\n{contexts}"

    (suspect,) = compared(threads(3), threads(200, 150, 140), threads(350, 250, 300), requests=400).suspects
    assert suspect.holder.path == "shop.c.STEPS.<value>"
    assert suspect.objects_delta > 890


def test_one_string_that_gets_longer_is_growth_with_two_snapshots() -> None:
    comparison = compared("shop.x.LOG: str size=1000", "shop.x.LOG: str size=400000", requests=600)
    assert comparison.suspects[0].confidence is Confidence.MEDIUM
    assert comparison.verdict.kind is VerdictKind.GROWTH


def test_an_lru_cache_among_what_grows_does_not_make_the_holder_bounded() -> None:
    # CONNECTIONS ──► [i] Connection ──► its cache of statements
    def connections(count: int) -> str:
        statements = "functools._lru_list_elem size=64"
        return f"shop.db.CONNECTIONS: list -> sqlite3.Connection * {count} size=300 -> ref: {statements}"

    assert first(connections(5), connections(605), requests=600).confidence is Confidence.HIGH


def test_a_bounded_lru_cache_is_no_leak() -> None:
    cache = "shop.c.f: lru_cache -> [*]: functools._lru_list_elem * {}"
    assert first(cache.format(5), cache.format(905), requests=900).confidence is Confidence.LOW


@pytest.mark.parametrize("most", [1000, 100_000])
def test_a_container_that_fills_up_to_its_known_bound_is_no_leak(most: int) -> None:
    recent = f"shop.c.RECENT: collections.deque most={most} -> {{}}: shop.Search * {{}} size=100"
    two = first(*(recent.format("{}", count) for count in (5, 905)), requests=900)
    assert two.confidence is Confidence.LOW
    assert f"its limit of {most:,}" in two.reason
    three = first(*(recent.format("{}", count) for count in (5, 455, 905)), requests=450)
    assert three.confidence is Confidence.LOW


def test_a_bound_that_memory_would_not_reach_is_hardly_one() -> None:
    recent = "shop.c.RECENT: collections.deque most=10000000 -> {}: shop.Search * {} size=2000"
    found = first(*(recent.format("{}", count) for count in (5, 905)), requests=900)
    assert found.confidence is Confidence.MEDIUM
    assert "20.0 GB" in found.reason


def test_a_bound_is_measured_against_the_memory_of_the_process() -> None:
    cache = "shop.c.RECENT: collections.deque most=50000 -> {{}}: shop.Page * {} size=10000"
    found = first(cache.format(50), cache.format(450), requests=400)
    assert found.confidence is Confidence.MEDIUM
    assert "It may hold up to 50,000 entries, which would take 0.5 GB." in found.reason


def test_of_several_holders_each_needs_a_bound() -> None:
    def feeds(count: int, most: str) -> str:
        one = "shop.c.FEEDS: dict -> [{}]: collections.deque {} -> {{}}: shop.Item * {} size=100"
        return "\n".join(one.format(key, most if key else "most=900", count) for key in range(4))

    assert first(feeds(5, "most=900"), feeds(305, "most=900"), requests=300).confidence is Confidence.LOW
    assert first(feeds(5, ""), feeds(305, ""), requests=300).confidence is Confidence.HIGH


def test_three_snapshots_show_a_bound_that_is_too_far_away() -> None:
    cache = "shop.c.f: lru_cache -> [*]: functools._lru_list_elem * {}"
    assert first(*map(cache.format, (5, 2005)), requests=2000).confidence is Confidence.LOW
    assert first(*map(cache.format, (5, 2005, 4005)), requests=2000).confidence is Confidence.HIGH


def test_a_cache_above_the_bound_that_its_kind_has_is_not_bounded() -> None:
    engine = "shop.db.ENGINE: sqlalchemy.engine.base.Engine"
    cache = f"{engine} -> ._compiled_cache: dict -> [*]: sqlalchemy.sql.compiler.SQLCompiler * {{}}"
    assert first(cache.format(5), cache.format(305), requests=300).confidence is Confidence.LOW
    assert first(cache.format(5), cache.format(905), requests=900).confidence is Confidence.HIGH


def test_a_cache_of_jinja_without_a_bound_is_a_dict_and_no_bounded_cache() -> None:
    cache = "shop.app.app: flask.Flask -> .jinja_env: jinja2.Env -> .cache: dict -> [*]: jinja2.Template * {}"
    assert first(cache.format(5), cache.format(305), requests=300).confidence is Confidence.HIGH


def test_small_modules_made_per_request_are_entries_of_the_table_of_modules() -> None:
    def made(count: int) -> str:
        lines = ["module shop.app", "interpreter modules: dict $table"]
        lines += [f"module shop.m{n}\nshop.m{n}.f: function" for n in range(count)]
        return "\n".join(lines)

    suspect = first(made(5), made(305), requests=300)
    assert suspect.holder.path == "<interpreter modules>"
    assert ("module", 300) in {(held.type, held.count_delta) for held in suspect.holds}


def test_a_ring_whose_empty_places_fill_is_no_leak() -> None:
    def ring(full: int) -> str:
        lines = [
            f"shop.r.RING -> [{n}]: " + (f"dict gen={n} size=300" if n < full else "$none")
            for n in range(700)
        ]
        return "\n".join(["shop.r.NONE: shop.Nothing $none", "shop.r.RING: list", *lines])

    assert first(ring(50), ring(600), requests=600).confidence is Confidence.LOW


def test_a_logger_leads_not_to_the_registry_of_all_loggers() -> None:
    # a web server's logger ──► .manager ◄── logging.Logger
    def loggers(count: int) -> str:
        return f"""
            logging.Logger: type -> .manager: logging.Manager $manager
            gunicorn.wsgi.log: logging.Logger -> .manager: $manager
            $manager -> .loggerDict: dict -> [*]: logging.Logger * {count}
        """

    assert first(loggers(3), loggers(300)).holder.path == "logging.Logger.manager.loggerDict"


def test_native_memory_far_above_the_leaking_objects_is_said() -> None:
    text = "shop.a.CONNS: list -> shop.Connection * {}"
    graphs = captures(text.format(5), text.format(605), requests=600)
    summary = graphs[1].summary
    assert summary is not None
    memory = replace(summary.memory, rss_bytes=summary.memory.rss_bytes + (60 << 20))
    verdict = compare([graphs[0], replace(graphs[1], summary=replace(summary, memory=memory))]).verdict
    assert verdict.kind is VerdictKind.LEAK
    assert "another leak, in native memory" in verdict.text
