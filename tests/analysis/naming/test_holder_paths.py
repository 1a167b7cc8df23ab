"""Holder paths read like Python, mask users' keys, and lead through the user's code first."""

from __future__ import annotations

import pytest

from heapdiff.analysis.holders.holder import place_of
from heapdiff.analysis.holders.lookup import find_type, resolve_holder
from heapdiff.analysis.reach.routes import compute_routes
from heapdiff.answers import HolderKind
from heapdiff.errors import UsageError
from heapdiff.format import EdgeKind, RootKind
from tests.builder import GraphBuilder
from tests.heaps import draw
from tests.together import together

# what is drawn (the object labelled $x), its holder path, what keeps it
NAMED = [
    ("shop.cache.SESSIONS: dict $x", "shop.cache.SESSIONS", HolderKind.MODULE_GLOBAL),
    ("shop.app.funcs: dict -> [None]: list $x", "shop.app.funcs[None]", HolderKind.MODULE_GLOBAL),
    ("shop.app.flags: dict -> [True]: list $x", "shop.app.flags[True]", HolderKind.MODULE_GLOBAL),
    ("shop.app.by_id: dict -> [7]: list $x", "shop.app.by_id[7]", HolderKind.MODULE_GLOBAL),
    ("shop.app.by_id: dict -> [-7]: list $x", "shop.app.by_id[-7]", HolderKind.MODULE_GLOBAL),
    ("shop.app.by_name: dict -> [*]: list $x", "shop.app.by_name['…']", HolderKind.MODULE_GLOBAL),
    ("shop.app.by_pair: dict -> [?]: list $x", "shop.app.by_pair[…]", HolderKind.MODULE_GLOBAL),
    ("shop.app.ROWS: list -> [3]: shop.Row $x", "shop.app.ROWS[3]", HolderKind.MODULE_GLOBAL),
    ("shop.app.SEEN: set -> {}: shop.Row $x", "shop.app.SEEN.<member>", HolderKind.MODULE_GLOBAL),
    (
        "shop.models.Registry: type -> ._instances: dict $x",
        "shop.models.Registry._instances",
        HolderKind.CLASS_ATTRIBUTE,
    ),
    (
        "shop.app.app: flask.app.Flask -> .before_request_funcs: dict -> [None]: list $x",
        "shop.app.app.before_request_funcs[None]",
        HolderKind.INSTANCE_ATTRIBUTE,
    ),
    (
        "shop.tasks.run: function -> closure done: list\nshop.tasks.run -> closure pending: list $x",
        "shop.tasks.run.<closure pending>",
        HolderKind.CLOSURE,
    ),
    (
        "shop.views.search: function -> default acc: list $x",
        "shop.views.search.<default acc>",
        HolderKind.FUNCTION_DEFAULT,
    ),
    (
        "shop.views.search: function -> kwdefault acc: list $x",
        "shop.views.search.<default acc>",
        HolderKind.FUNCTION_DEFAULT,
    ),
    (
        "shop.views.Page: type -> .find: staticmethod -> .__func__: function -> default acc: list $x",
        "shop.views.Page.find.<default acc>",
        HolderKind.FUNCTION_DEFAULT,
    ),
    (
        "shop.views.Page: type -> .make: classmethod -> .__func__: function -> closure seen: list $x",
        "shop.views.Page.make.<closure seen>",
        HolderKind.CLOSURE,
    ),
    (
        "shop.views.Page: type -> .find: staticmethod -> .__func__: function $x",
        "shop.views.Page.find.__func__",
        HolderKind.INSTANCE_ATTRIBUTE,
    ),
    ("shop.pricing.quote: lru_cache $x", "shop.pricing.quote.<lru_cache>", HolderKind.LRU_CACHE),
    (
        "thread MainThread -> frame serve -> local backlog: list $x",
        "<thread MainThread>.serve.<local backlog>",
        HolderKind.FRAME_LOCAL,
    ),
    (
        "shop.stream.FEED: generator -> local rows: list $x",
        "shop.stream.FEED.<local rows>",
        HolderKind.GENERATOR,
    ),
    (
        "shop.jobs.READY: _asyncio.Future -> ref: builtin_function_or_method -> .__self__: _asyncio.Task"
        " -> ref: coroutine name=Worker.run -> local kept: list $x",
        "shop.jobs.READY.<task>.<coroutine Worker.run>.<local kept>",
        HolderKind.GENERATOR,
    ),
    ("native: list extra=1 $x", "<native>.list", HolderKind.NATIVE),
]


@together(("text", "path", "kind"), NAMED)
def test_a_holder_path_reads_like_python(text: str, path: str, kind: HolderKind) -> None:
    graph, labels = draw(text)
    place = place_of(compute_routes(graph), labels["x"])
    assert (place.path, place.kind) == (path, kind)


@together(("text", "path"), [(text, path) for text, path, _ in NAMED])
def test_a_holder_path_leads_back_to_its_object(text: str, path: str) -> None:
    graph, labels = draw(text)
    assert resolve_holder(compute_routes(graph), path) == (labels["x"],)


def test_a_key_of_data_stays_masked_even_if_code_uses_the_same_string() -> None:
    # "SESSIONS" is a global's name, and a user's key in another dict
    graph, labels = draw("shop.cache.SESSIONS: dict\nshop.data.D: dict -> [SESSIONS]: list $x")
    assert place_of(compute_routes(graph), labels["x"]).path == "shop.data.D['…']"


def test_user_code_comes_before_a_shorter_way_through_a_framework() -> None:
    # flask.globals.G ──► [0] ──► x
    # shop.app.app ──► .state ──► .items ──► x
    graph, labels = draw("""
        shop.app.app: flask.app.Flask -> .state: shop.State -> .items: list -> [0]: shop.Row $x
        flask.globals.G: list -> [0]: $x
    """)
    assert place_of(compute_routes(graph), labels["x"]).path == "shop.app.app.state.items[0]"


def test_a_framework_comes_before_a_running_frame() -> None:
    graph, labels = draw("""
        thread MainThread -> frame run -> local handlers: list $x
        logging.root: logging.RootLogger -> .handlers: $x
    """)
    assert place_of(compute_routes(graph), labels["x"]).path == "logging.root.handlers"


def test_no_path_goes_from_module_to_module() -> None:
    # shop.app ──► logging (module) ──► .handlers; the module's own root is the way
    builder = GraphBuilder()
    namespaces = {}
    for name in ("shop.app", "logging"):
        module = builder.add_object("module", name=name)
        namespaces[name] = builder.add_object("dict")
        builder.add_edge(module, namespaces[name], EdgeKind.ATTRIBUTE, name="__dict__")
        builder.add_root(RootKind.MODULE, name, module)
    handlers = builder.add_object("list")
    builder.add_global(namespaces["logging"], "handlers", handlers)
    builder.add_global(namespaces["shop.app"], "logging", module)
    graph = builder.build()
    node = graph.index_of(builder.address(handlers))
    assert place_of(compute_routes(graph), node).path == "logging.handlers"


def test_a_class_imported_elsewhere_is_named_where_it_was_defined() -> None:
    graph, labels = draw("""
        shop.models.Registry: type $c -> ._all: list $x
        shop.app.Registry: $c
    """)
    assert place_of(compute_routes(graph), labels["x"]).path == "shop.models.Registry._all"


def test_a_class_without_instances_is_named_where_it_was_defined() -> None:
    # `admin` imports it and comes first by name; nothing is of its type, so the table of types does not have it
    graph, labels = draw("""
        shop.registry.Carts: class $c -> .by_user: dict $x
        shop.admin.Carts: $c
    """)
    assert "shop.registry.Carts" not in {kind.name for kind in graph.types}
    assert place_of(compute_routes(graph), labels["x"]).path == "shop.registry.Carts.by_user"


def test_a_library_class_that_the_application_imports_is_named_where_it_was_defined() -> None:
    graph, labels = draw("""
        flask.registry.Figures: class $c -> .figs: dict $x
        shop.views.Figures: $c
    """)
    assert place_of(compute_routes(graph), labels["x"]).path == "flask.registry.Figures.figs"


def test_a_variable_that_others_import_is_named_where_they_import_from() -> None:
    # shop.app has `from shop.cache import SESSIONS, lookup`; by name alone shop.app would come first
    graph, labels = draw("""
        module shop.cache -> .__dict__: dict $space
        shop.cache.SESSIONS: dict $x
        shop.cache.lookup: function $f -> .__globals__: $space
        shop.app.SESSIONS: $x
        shop.app.lookup: $f
    """)
    assert place_of(compute_routes(graph), labels["x"]).path == "shop.cache.SESSIONS"


def test_a_built_in_class_is_not_named_by_who_uses_it() -> None:
    # shop.app.CODEC ──► tuple (the class) ◄── builtins.tuple
    graph, _ = draw("""
        builtins.tuple: type -> ._all: list -> [0]: shop.Found
        shop.app.Base: list
    """)
    (node,) = find_type(graph, "shop.Found")
    assert place_of(compute_routes(graph), int(node)).path == "builtins.tuple._all[0]"


def test_of_two_equal_ways_the_name_decides_and_not_the_address() -> None:
    for first, second in (("0x5000", "0x9000"), ("0x9000", "0x5000")):
        graph, labels = draw(f"""
            shop.a.BETA: list @{first} -> [0]: shop.Row $x
            shop.a.ALPHA: list @{second} -> [0]: $x
        """)
        assert place_of(compute_routes(graph), labels["x"]).path == "shop.a.ALPHA[0]"


def test_a_path_that_is_not_there_names_what_comes_near() -> None:
    graph, _ = draw("shop.cache.SESSIONS: dict")
    with pytest.raises(UsageError) as caught:
        resolve_holder(compute_routes(graph), "shop.cache.SESION")
    assert "shop.cache.SESSIONS" in caught.value.hint


def test_a_masked_path_names_every_object_it_may_mean() -> None:
    graph, _ = draw("shop.cache.SESSIONS: dict -> [*]: shop.Session * 3")
    assert len(resolve_holder(compute_routes(graph), "shop.cache.SESSIONS['…']")) == 3
