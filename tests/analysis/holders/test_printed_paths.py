"""Every path that is printed leads back to what it was printed for, whatever the names in it are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heapdiff.analysis import build_picture, build_tree, compare, explain
from heapdiff.analysis.holders.holder import place_of
from heapdiff.analysis.holders.lookup import resolve_holder
from heapdiff.analysis.reach.routes import Routes, compute_routes
from heapdiff.errors import UsageError
from heapdiff.escaping import escape_terminal
from heapdiff.format import EdgeKind, RootKind
from heapdiff.graph.heap import HeapGraph
from tests.analysis.summaries import captures
from tests.builder import GraphBuilder, Handle
from tests.heaps import draw, heap
from tests.together import together

HOSTILE = [
    "a.b",
    ".",
    "..",
    "x[0]",
    "['…']",
    "[…]",
    "…",
    ".…",
    "it's",
    'say "so"',
    "two\nlines",
    "\x1b[31mred\x1b[0m",
    "\\n",
    "\\x1b",
    "<lru_cache>",
    "<local x>",
    "<native>.dict",
    "<thread MainThread>",
    "Größe",
    "e\u0301\u0301\u0301",
    "\u202eabc",
    "{}",
    "{name}",
    "a b",
    "z" * 3_000,
]
names = st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=8)


def build(module: str, name: str, attribute: str, deep: int) -> HeapGraph:
    """A module and a class with these names, and what hangs on them in every way that has a name."""
    builder = GraphBuilder()
    head = builder.add_object("module", name=module, key="module")
    space = builder.add_object("dict", key="space")
    builder.add_edge(head, space, EdgeKind.ATTRIBUTE, name="__dict__")
    builder.add_root(RootKind.MODULE, module, head)
    keeper = builder.add_object(f"{module}.{name}", key="keeper")
    builder.add_global(space, name, keeper)
    for number, owner in enumerate((keeper, _instance_with_dict(builder, space, attribute))):
        parts = builder.add_object("dict", key=f"parts {number}")
        builder.add_edge(owner, parts, EdgeKind.ATTRIBUTE, name=attribute)
        key = builder.add_object("str", key=f"key {number}")
        chained = [builder.add_object("list", key=f"list {number} {at}") for at in range(deep)]
        builder.add_item(parts, key, chained[0])
        for above, below in pairwise(chained):
            builder.add_edge(above, below, EdgeKind.ELEMENT, index=0)
        row = builder.add_object("generator", key=f"row {number}")
        builder.add_int_item(parts, 7, row)
        local = builder.add_object("set", key=f"local {number}")
        builder.add_edge(row, local, EdgeKind.LOCAL, name=name)
        builder.add_edge(local, builder.add_object("bytes", key=f"member {number}"), EdgeKind.MEMBER)
    frame = builder.add_object("frame", name=name, size=0, key="frame")
    builder.add_root(RootKind.THREAD, attribute, frame)
    builder.add_edge(frame, builder.add_object("list", key="backlog"), EdgeKind.LOCAL, name=attribute)
    builder.add_object(f"shop.{name}", key="held", extra_refs=1)
    builder.add_object(f"lost.{attribute}", key="lost")
    return builder.build()


def _instance_with_dict(builder: GraphBuilder, space: Handle, attribute: str) -> Handle:
    instance = builder.add_object("shop.Plain", key="instance")
    builder.add_global(space, attribute + "2", instance)
    own = builder.add_object("dict", key="own")
    builder.add_edge(instance, own, EdgeKind.ATTRIBUTE, name="__dict__")
    builder.add_global(own, attribute, builder.add_object("list", key="in dict"))
    return instance


def lost_paths(graph: HeapGraph) -> Iterator[str]:
    """Paths of objects that do not lead back to them, in a file, masked, or on a terminal."""
    routes = compute_routes(graph)
    for node in range(len(graph)):
        place = place_of(routes, node)
        for path in {place.path, place.path_with_masks(), escape_terminal(place.path)}:
            if not leads_to(routes, path, node):
                yield f"{path[:200]!r}: {graph.type_name(node)}"


def leads_to(routes: Routes, path: str, node: int) -> bool:
    """Whether a path leads to an object, or to the one whose hidden part it is."""
    found = set(resolve_holder(routes, path))
    parent = int(routes.parent[node])
    hidden = routes.graph.type_name(node) == "cell" or path.endswith(".<lru_cache>")
    return node in found or (
        hidden and bool(found & {parent, int(routes.parent[parent]), *below(routes, node)})
    )


def below(routes: Routes, node: int) -> set[int]:
    return {int(edge.target) for edge in routes.graph.edges(node)}


@together("name", HOSTILE)
def test_hostile_names_lead_back(name: str) -> None:
    assert list(lost_paths(build(name, name, name, 3))) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["x[0]", "…"])
def test_hostile_names_lead_back_along_paths_with_steps_left_out(name: str) -> None:
    assert list(lost_paths(build(name, name, name, 60))) == []


@settings(max_examples=10, deadline=None)
@given(names, names, names, st.sampled_from([1, 4, 5, 6, 30]))
def test_any_names_lead_back(module: str, name: str, attribute: str, deep: int) -> None:
    assert list(lost_paths(build(module, name, attribute, deep))) == []


DEEP = [
    "shop.q.HEAD: shop.Node" + " -> .next: shop.Node" * 120 + " -> .value: shop.Last",
    "shop.q.HEAD: dict" + " -> [*]: dict" * 120 + " -> [3]: list -> shop.Row",
    "shop.q.HEAD: shop.Node"
    + " -> .left: shop.Node -> .right: shop.Node" * 50
    + " -> .rows: list -> shop.Row * 3",
    "shop.q.HEAD: shop.Node" + " -> .a: shop.Node" * 40 + " -> .b: shop.Node" * 40 + " -> .c: shop.Node" * 40,
    """
    shop.pricing.quote: lru_cache -> [*]: shop.Price * 3 -> .rows: list
    shop.tasks.run: function -> closure pending: dict -> [*]: shop.Job * 2
    shop.views.Page: type -> .find: staticmethod -> .__func__: function -> default acc: list
    shop.views.Page -> .make: classmethod -> .__func__: function -> closure seen: list
    shop.jobs.READY: _asyncio.Future -> ref: builtin_function_or_method -> .__self__: _asyncio.Task $task
    $task -> ref: coroutine name=W.run -> local kept: list
    thread Worker-7 -> frame serve -> local backlog: list -> shop.Job * 2
    interpreter codecs: list -> [0]: function
    """,
]


@pytest.mark.slow
@pytest.mark.parametrize("text", DEEP)
def test_deep_paths_with_steps_left_out_and_idioms_lead_back(text: str) -> None:
    assert list(lost_paths(heap(text))) == []


def test_a_context_variables_value_leads_back() -> None:
    graph = heap("""
        shop.ctx.VAR: _contextvars.ContextVar $var
        thread Main -> frame run -> local ctx: _contextvars.Context -> ref: hamt_bitmap_node $table
        $table -> ref: list $value
        $table -> ref: $var
    """)
    assert list(lost_paths(graph)) == []


LEAK = """
    shop.cache.BY_USER: dict -> [*]: shop.User * {users} -> .visits: list -> shop.Visit * {each}
    shop.orders.ALL: dict -> [*]: shop.Order * {each}0 $order
    shop.orders.RECENT: list -> $order
    shop.tasks.run: function -> closure pending: list -> shop.Job * {each}
"""


def test_what_compare_why_and_tree_print_goes_back_into_each_command() -> None:
    before, after = captures(LEAK.format(users=40, each=2), LEAK.format(users=40, each=30))
    routes = compute_routes(after)
    suspects = compare([before, after]).suspects
    assert any("[" in suspect.holder.path for suspect in suspects)
    for suspect in suspects:
        address = int(suspect.holder.address, 16)
        assert after.index_of(address) in resolve_holder(routes, suspect.holder.path)
        assert build_picture(after, holder=suspect.holder.path).nodes
        assert build_tree(after, suspect.holder.path, summary=after.summary).rows
        for path in explain(after, suspect.holder.path).paths:
            assert after.index_of(int(path.address, 16)) in resolve_holder(routes, path.path)
            assert path.cut is None or resolve_holder(routes, path.cut.path)


def test_a_masked_path_leads_to_the_printed_one_among_very_many() -> None:
    graph, labels = draw("""
        shop.cache.ROWS: dict -> [*]: shop.Row * 11000
        shop.cache.ROWS -> [*]: shop.Last -> .rows: list $x
    """)
    assert resolve_holder(compute_routes(graph), "shop.cache.ROWS['…'].rows") == (labels["x"],)


@pytest.mark.parametrize(
    "path", ["…che.SESSIONS", "shop.cac….<lru_cache>", "sh…quote.<lru_cache>", "…che.SESSIONS['…']"]
)
def test_a_path_that_a_table_cut_leads_back(path: str) -> None:
    graph = heap("""
        shop.cache.SESSIONS: dict -> [*]: shop.Session
        shop.cache.quote: lru_cache -> [*]: shop.Price
        shop.orders.SESSIONS: dict -> [*]: shop.Session
    """)
    routes = compute_routes(graph)
    (found,) = resolve_holder(routes, path)
    start, end = path.split("…", 1)
    assert place_of(routes, found).path.startswith(start)
    assert place_of(routes, found).path.endswith(end)


def test_a_path_cut_too_short_says_where_it_is_whole() -> None:
    with pytest.raises(UsageError) as caught:
        resolve_holder(compute_routes(heap("shop.cache.SESSIONS: dict")), "…SIONS")
    assert "--format json" in caught.value.hint
