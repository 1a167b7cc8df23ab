"""Which types can own native memory: made in C, by an extension, and with nothing that counts it."""

from __future__ import annotations

import pytest

from heapdiff.analysis.native.owners import OwnerTypes
from heapdiff.analysis.reach.ownership import Ownership
from tests.heaps import heap

MODULES = (
    "module shop.app of application\nmodule pics of pics\nmodule _ssl of standard\nmodule _io of standard\n"
)


def owners(text: str, *names: str) -> dict[str, bool]:
    """Those of the types that may own native memory, and whether that is known of them."""
    graph = heap(MODULES + text)
    found = OwnerTypes(graph, Ownership.of(graph.modules)).find(names)
    return {name: owner.known for name, owner in found.items()}


def test_a_type_that_an_extension_made_may_own_native_memory() -> None:
    assert owners("pics._c.Core: ctype\nshop.app.X: list -> pics._c.Core", "pics._c.Core") == {
        "pics._c.Core": False
    }


def test_a_class_of_python_code_owns_nothing_beyond_its_objects() -> None:
    text = "pics.Image: type -> .open: function\nshop.app.X: list -> pics.Image"
    assert owners(text, "pics.Image") == {}


def test_a_class_that_borrows_a_method_of_c_is_still_python_code() -> None:
    text = "pics.Image: type -> .open: function\npics.Image: type -> .get: method_descriptor\nshop.app.X: list -> pics.Image"
    assert owners(text, "pics.Image") == {}


def test_a_class_of_python_code_owns_what_the_type_in_c_owns_that_it_is_made_from() -> None:
    text = """
        pics._c.Core: ctype $core
        pics.Image: type -> .open: function
        pics.Image: type -> .__base__: $core
        shop.app.X: list -> pics.Image
    """
    assert owners(text, "pics.Image") == {"pics.Image": False}


def test_a_type_that_counts_what_it_owns_has_no_native_memory() -> None:
    text = "pics._c.Core: ctype -> .__dict__: dict -> [__sizeof__]: method_descriptor\nshop.app.X: list -> pics._c.Core"
    assert owners(text, "pics._c.Core") == {}


@pytest.mark.parametrize(("name", "owns"), [("_ssl._SSLContext", True), ("_io.FileIO", False)])
def test_of_the_standard_library_those_that_are_known_own_native_memory(name: str, owns: bool) -> None:
    assert owners(f"{name}: ctype\nshop.app.X: list -> {name}", name) == ({name: True} if owns else {})


def test_plain_objects_own_none() -> None:
    assert owners("shop.app.X: list -> dict", "dict", "list", "str") == {}


def test_an_exception_owns_nothing_whatever_else_a_library_calls_the_one_it_is_made_from() -> None:
    aliases = "".join(f"parsing{number}.Failure: $exception\n" for number in range(8))
    text = f"""
        builtins.Exception: metatype $exception -> .__dict__: dict -> [__init__]: wrapper_descriptor
        {aliases}
        shop.app.Declined: type -> .__base__: $exception
        shop.app.X: list -> shop.app.Declined
    """
    modules = "".join(f"module parsing{number} of parsing\n" for number in range(8))
    assert owners(f"module builtins of built-in\n{modules}{text}", "shop.app.Declined") == {}


def test_an_exception_owns_nothing_where_plain_ones_are_alive_too() -> None:
    text = """
        module builtins of built-in
        builtins.BaseException: ctype $all
        builtins.KeyError: ctype $key -> .__base__: $all
        shop.app.Missing: type -> .__base__: $key
        shop.app.X: list -> KeyError
        shop.app.X -> shop.app.Missing
    """
    assert owners(text, "shop.app.Missing", "KeyError") == {}
