"""A view is called by its endpoint, where the application's `view_functions` tell which code is whose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from heapdiff.analysis.witnesses.choosing import Witnesses
from heapdiff.graph.heap import HeapGraph
from heapdiff.graph.samples import Calls, EndpointCalls
from heapdiff.model import NodeIndex
from tests.analysis.sampled import Sampling
from tests.heaps import draw

APP = """
    shop.app.app: flask.app.Flask -> .view_functions: dict $views
    shop.app.LEAK: list $leak
    shop.views.product: function $view -> .__code__: code $product
    shop.views.cart: function $cart_view -> .__code__: code $cart
    shop.views.checked: function $checked -> .__code__: code $wrapper
    shop.views.closed: function $closed -> .__code__: $wrapper
    $checked -> .__wrapped__: $cart_view
    $closed -> closure view: function -> .__code__: code $inner
    shop.views.api: function $api -> .__code__: code $as_view
    $api -> .view_class: type -> .get: function -> .__code__: code $get
    shop.views.made: function $made -> .__code__: code $factory
    shop.views.made2: function $made2 -> .__code__: $factory
    $views -> [shop.product]: $view
    $views -> [shop.cart]: $checked
    $views -> [shop.closed]: $closed
    $views -> [shop.api]: $api
    $views -> [shop.traced]: _wrappers.FunctionWrapper -> ref: _wrappers.FunctionWrapper $proxy
    $proxy -> ref: function -> .__code__: code $traced
    $proxy -> ref: function -> .__code__: code $tracing
    $views -> [shop.one]: $made
    $views -> [shop.two]: $made2
"""
PRODUCT = {"product": "product"}
FLASK = "flask/app.py:900 dispatch_request"


def entry_of(
    stack: str, text: str = APP, names: dict[str, str] | None = None, codes: dict[str, str] | None = None
) -> str:
    """What the entry of a stack is called; `codes` say which code object each function's is."""
    graph, labels = draw(text)
    found = Sampling(code_nodes={function: int(labels[label]) for function, label in (codes or {}).items()})
    graph = found.add(f"9 x {stack}", [labels["leak"]]).put_into(counted(graph, names or {}))
    mask = np.zeros(len(graph), np.bool_)
    mask[labels["leak"]] = True
    (row,) = Witnesses(graph).ask_of(mask).rows
    return str(row.entry)


def counted(graph: HeapGraph, names: dict[str, str]) -> HeapGraph:
    """With calls of endpoints whose str objects have these names in the graph, or others in the counts."""
    nodes = {graph.name_of(node): NodeIndex(node) for node in range(len(graph))}
    calls = tuple(EndpointCalls(name, 1, nodes[key]) for key, name in names.items())
    return replace(graph, calls=Calls(calls))


SHARED = """
    shop.app.app: flask.app.Flask -> .view_functions: dict $views
    shop.app.LEAK: list $leak
    admin.views.List.show: function $show -> .__code__: code $list
    admin.views.List.edit: function $edit -> .__code__: code $editing
    admin.access.a: function $a -> .__code__: code $guard
    admin.access.b: function $b -> .__code__: $guard
    admin.access.c: function $c -> .__code__: $guard
    $a -> .__wrapped__: $show
    $b -> .__wrapped__: $show
    $c -> .__wrapped__: {edit}
    $views -> [users.list]: $a
    $views -> [roles.list]: $b
    $views -> [users.edit]: $c
"""


@pytest.mark.parametrize("edit", ["$edit", "$show"])
def test_a_view_that_several_endpoints_share_is_called_by_its_function_and_not_by_its_decorator(
    edit: str,
) -> None:
    stack = f"admin/views.py:7 List.show <- admin/access.py:2 guard <- {FLASK}"
    codes = {"List.show": "list", "guard": "guard"}
    assert entry_of(stack, SHARED.format(edit=edit), codes=codes) == "view admin.views.List.show"


@pytest.mark.parametrize(
    ("stack", "codes", "entry"),
    [
        (f"shop/views.py:1 product <- {FLASK}", {"product": "product"}, "view shop.product"),
        (
            f"shop/views.py:1 cart <- shop/auth.py:2 check <- {FLASK}",
            {"check": "wrapper", "cart": "cart"},
            "view shop.cart",
        ),
        (
            f"shop/views.py:1 inner <- shop/auth.py:2 check <- {FLASK}",
            {"check": "wrapper", "inner": "inner"},
            "view shop.closed",
        ),
        (f"shop/auth.py:2 check <- {FLASK}", {"check": "wrapper"}, "view shop.auth.check"),
        (
            f"shop/views.py:1 show <- tracer/hooks.py:2 trace <- {FLASK}",
            {"trace": "tracing", "show": "traced"},
            "view shop.traced",
        ),
        (
            f"shop/views.py:1 Api.get <- flask/views.py:107 view <- {FLASK}",
            {"Api.get": "get", "view": "as_view"},
            "view shop.api",
        ),
        (f"shop/views.py:1 made <- {FLASK}", {"made": "factory"}, "view shop.views.made"),
        (f"shop/views.py:1 unknown <- {FLASK}", {}, "view shop.views.unknown"),
        (
            f"shop/views.py:1 cart <- shop/views.py:2 product <- {FLASK}",
            {"cart": "cart", "product": "product"},
            "view shop.product",
        ),
        (
            "shop/views.py:1 product <- asyncio/events.py:9 Handle._run",
            {"product": "product"},
            "view shop.product",
        ),
        ("shop/views.py:1 product <- HOOK", {"product": "product"}, "hook shop.views.product"),
    ],
)
def test_what_a_view_is_called(stack: str, codes: dict[str, str], entry: str) -> None:
    assert entry_of(stack, codes=codes) == entry


def test_counted_calls_know_the_names_of_endpoints_better_than_the_keys_do() -> None:
    stack = f"shop/views.py:1 product <- {FLASK}"
    assert entry_of(stack, names={"shop.product": "shop.page"}, codes=PRODUCT) == "view shop.page"
    assert entry_of(stack, names={"shop.product": ""}, codes=PRODUCT) == "view shop.product"


def test_endpoints_without_a_name_are_called_by_their_function() -> None:
    text = APP.replace("[shop.product]", "[*]")
    assert entry_of(f"shop/views.py:1 product <- {FLASK}", text, codes=PRODUCT) == "view shop.views.product"


def test_the_table_is_found_in_the_dict_of_an_application_too() -> None:
    text = APP.replace(
        "flask.app.Flask -> .view_functions: dict $views",
        "flask.app.Flask -> .__dict__: dict -> [view_functions]: dict $views",
    )
    assert entry_of(f"shop/views.py:1 product <- {FLASK}", text, codes=PRODUCT) == "view shop.product"
