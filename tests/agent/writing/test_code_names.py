"""What is a name of code, and that both engines say the same of every kind of name."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from heapdiff.agent.system.code_names import HIDDEN, is_code_name, is_identifier, is_thread_name
from tests.agent.heapread import Heap, read_heap
from tests.agent.setups import EVERY_ENGINE, NEEDS_NATIVE, engine_setup
from tests.agent.target import Target
from tests.together import together

IDENTIFIERS = (
    "Session", "_private", "__dunder__", "_", "x1", "größe", "Ключ", "变量", "ª", "\u017f", "class", "None", "a" * 255, "é" * 255,
    "a·", "\U0001d431" * 255, "__", "___", "_1", "_1_a", "_a__b", "_é__b", "__1",
)  # fmt: skip
DOTTED = (
    "shop.cache", "shop.größe.Ключ", "search.<locals>.Row", "<lambda>", "<module>", "f.<locals>.<lambda>", "f.<locals>.<genexpr>",
    "f.<locals>.<listcomp>.<lambda>", "Page[User]", "Page[dict[str, list[int]]]", "Page[A][B].Row", "a." * 127 + "b",
)  # fmt: skip
DATA = (
    "", " ", "a b", "someone@example.com 000 000", "Some Name, 1 Some Street", "IBAN XX00 0000 0000", ".", "a.", ".a", "a..b",
    "_4711__items", "__1a__b", "_·x__y", "_٣__y", "f._1__y", "1a", "a.1b", "4111-1111", "a-b", "<", ">", "<>", "<a>", "<alice>", "f.<alice>.g", "<locals", "locals>", "a<b>", "a.<locals>b",
    "<locals>a", "a[", "a]", "a[]", "[a]", "a[b", "a[b]]", "a[b]c", "a[b,c]", "a[b, c", "a, b", "a[, b]", "a[1]", "a['b']", "a\0",
    "a\nb", "größe!", "·a", "٣", "\u0301a", "\u200ba", "a\u200b", "\ud800", "a\ud800b", "é" * 256, "a" * 256, "a." * 128 + "b", "x" * 5000,
)  # fmt: skip
NAMES = (*IDENTIFIERS, *DOTTED, *DATA)
THREADS = {
    "MainThread": True, "Thread-1": True, "Thread-7 (work)": True, "Thread-7 (f.<locals>.<lambda>)": True, "Thread-123456789": True,
    "Dummy-3": True, "asyncio_0": True, "ThreadPoolExecutor-0_12": True, "QueueFeederThread": True,
    "Thread-4111111111111111": False, "Thread-": False, "Thread-x": False, "Thread-1 ": False, "Thread-1 ()": False, "Thread-1 (a b)": False,
    "Thread-1 (work) x": False, "MainThread of Alice": False, "MainThreads": False, "ThreadPoolExecutor-alice_0": False,
    "ThreadPoolExecutor-0": False, "Thread-٣": False, "Thread-1 (работа)": True, "a b": False, "": False,
}  # fmt: skip


@together("name", [*IDENTIFIERS, *DOTTED])
def test_what_code_calls_things_is_a_name(name: str) -> None:
    assert is_code_name(name)
    assert is_identifier(name) is (name in IDENTIFIERS)


@together("name", DATA)
def test_anything_else_is_data(name: str) -> None:
    assert not is_code_name(name)
    assert not is_identifier(name)


@together(("name", "fits"), THREADS.items())
def test_threads_are_named_as_the_standard_library_does(name: str, fits: bool) -> None:
    assert is_thread_name("".join(list(name))) is fits


def test_every_function_of_the_standard_library_has_a_name_of_code() -> None:
    """The other way round: the rule hides nothing that a compiler made."""
    codes = (code for module in [*sys.modules.values()] for code in codes_of(module))
    assert [code.co_qualname for code in codes if not is_code_name(code.co_qualname)] == []


def codes_of(module: types.ModuleType) -> Iterator[types.CodeType]:
    found = [value.__code__ for value in vars(module).values() if type(value) is types.FunctionType]
    while found:
        code = found.pop()
        if not code.co_name.startswith("<generic"):  # 3.12 on: of type parameters, and runs but once
            yield code
        found += [const for const in code.co_consts if type(const) is types.CodeType]


MAKE = """
import sys, types
HELD, NAMES = [], {names!r}
def plain(value): yield value
def named(found, name):
    found.__name__ = found.__qualname__ = name
    return found
for name in NAMES:
    if name and chr(0) not in name and not any("\\ud800" <= c < "\\ue000" for c in name):
        HELD.append(type(name, (), {{"__module__": "classes"}})())
    HELD.append(type("Row", (), {{"__qualname__": name, "__module__": "qualnames"}})())
    HELD.append(type("Row", (), {{"__module__": name}})())
    HELD += [named(lambda: 1, name), named(plain(1), name), types.ModuleType(name)]
    HELD.append(types.SimpleNamespace()); HELD[-1].__dict__[name] = HELD
    sys.modules["names." + name] = types.ModuleType("names")
"""


def taken(engine: str, directory: Path, names: tuple[str, ...] = NAMES) -> Heap:
    directory.mkdir(mode=0o700)
    with Target(engine_setup(engine, directory) + MAKE.format(names=names)) as target:
        return read_heap(Path(target.evaluate("snapshot()")["path"]).with_suffix(".heap"))


def told(heap: Heap) -> tuple[set[str], set[str], set[str]]:
    """The classes by the names of which the test chose a part, the roots, and what objects are called."""
    types = {
        name
        for name in heap.types.values()
        if name.endswith(".Row") or name.startswith(("classes.", "qualnames."))
    }
    modules = {name for kind, name, _ in heap.roots if name.startswith("names.")}
    return types, modules, set(heap.names.values()) & set(NAMES)


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_a_snapshot_has_the_names_of_code_and_no_others(engine: str, tmp_path: Path) -> None:
    heap = taken(engine, tmp_path / "d")
    types, modules, names = told(heap)
    code = {*IDENTIFIERS, *DOTTED}
    short = {name for name in code if len(name) < 240}
    classes = {f"classes.{name}" for name in code} | {f"qualnames.{name}" for name in code}
    assert types == classes | {f"{name}.Row" for name in code} | {
        f"classes.{HIDDEN}",
        f"qualnames.{HIDDEN}",
        f"{HIDDEN}.Row",
        "qualnames.",
    }
    assert {f"names.{name}" for name in short} <= modules
    assert names == code
    assert not {name for name in DATA if name} & {
        *heap.names.values(),
        *(label for _, _, label, _ in heap.references),
    }


@NEEDS_NATIVE
@pytest.mark.gc_engine
def test_both_engines_name_the_same(tmp_path: Path) -> None:
    native, slow = (told(taken(engine, tmp_path / engine)) for engine in ("native", "gc"))
    assert native == slow


@pytest.mark.slow
@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_classes_whose_names_are_hidden_are_still_told_apart(engine: str, tmp_path: Path) -> None:
    """Each has an entry of its own, by its address; what has one shown name is one row, as with any two classes."""
    heap = taken(engine, tmp_path / "d", ("Alice, 1 Some Street", "Bob, 2 Some Street"))
    hidden = [address for address, name in heap.types.items() if name == f"classes.{HIDDEN}"]
    kinds = {target for source, kind, _, target in heap.references if source in hidden}
    assert len(hidden) == 2
    assert len(kinds) in (0, 2)
