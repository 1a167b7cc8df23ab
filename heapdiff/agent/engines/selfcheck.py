"""The probes of the native engine's self-check: objects of every kind whose sizes and references are known.

Built with ordinary Python code, compared in C with what the walk finds. Nothing here may depend on the application.
"""

import gc
import sys
from types import ModuleType, SimpleNamespace
from typing import Any, Final

YOUNG_MOST: Final = 100_000
"""Above this many young objects only the probes are compared: a list of all of them would cost the host."""


class Plain:
    """Attributes inline in the instance."""

    def __init__(self, number: int) -> None:
        self.first = [number]
        self.second = (number, [number])
        self.third = {"number": [number]}


class WithDict:
    """Attributes in a dict that somebody asked for."""

    def __init__(self) -> None:
        self.member = [0]


class Slotted:
    """Attributes in slots."""

    __slots__ = ("left", "right")

    def __init__(self) -> None:
        self.left = [1]
        self.right = [2]


class Derived(dict[str, object]):
    """A dict with attributes of its own."""


class Rising(Exception):
    """An exception with an attribute."""


def counter(start: object) -> Any:
    """A generator whose local variable is known."""
    held = [start]
    yield held
    yield start


def closure_over(value: object) -> Any:
    """A function with a cell and a default."""

    def inner(extra: object = None) -> object:
        return value, extra

    return inner


class Expectations:
    """What the walk has to find: sizes and named references by address."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []
        self.references: list[tuple[int, str, int]] = []
        self.kept: list[object] = []

    def size(self, probe: object) -> None:
        """A shallow size that `sys.getsizeof` knows exactly."""
        self.kept.append(probe)
        self.sizes.append((id(probe), sys.getsizeof(probe)))

    def refers(self, owner: object, name: str, target: object) -> None:
        self.kept += (owner, target)
        self.references.append((id(owner), name, id(target)))


def build(expected: Expectations) -> None:
    """A few hundred probes."""
    for number in range(20):
        plain = Plain(number)
        expected.refers(plain, "first", plain.first)
        expected.refers(plain, "second", plain.second)
        expected.refers(plain.third, "number", plain.third["number"])
        for part in (plain.first, plain.second, plain.third, plain.third["number"]):
            expected.size(part)
    probes: list[object] = [
        list(range(100)), [], (), tuple([[n] for n in range(9)]), {}, {n: [n] for n in range(50)},
        {f"key{n}": [n] for n in range(50)}, {(1, 2): []}, {1.5, 2.5}, set(range(200)), frozenset(range(3)),
        [b"bytes" * 30], ["text" * 30], ["t\u00e4xt" * 9], ["\u4e2d" * 9], ["\U0001f600" * 9], [1 << 400, -(1 << 90), 0, 1, -1],
        [1.5, 2j], bytearray(b"x" * 100), memoryview(b"abc"), slice(1, [2]), range(10), object(),
    ]  # fmt: skip
    for probe in probes:
        expected.size(probe)
        if isinstance(probe, list):
            for item in probe:
                if type(item) in (str, bytes, float) or (type(item) is int and abs(item) > 1 << 40):
                    expected.size(item)
    with_dict = WithDict()
    expected.refers(with_dict, "__dict__", with_dict.__dict__)
    expected.refers(with_dict.__dict__, "member", with_dict.member)
    expected.size(Slotted())
    module = ModuleType("probe")
    expected.refers(module.__dict__, "held", module.__dict__.setdefault("held", [3]))
    derived = Derived(key=[4])
    derived.attribute = [5]  # type: ignore[attr-defined]
    expected.refers(derived, "key", derived["key"])
    function = closure_over([6])
    expected.size(function)
    started = counter([7])
    expected.refers(WithDict, "__dict__", gc.get_referents(WithDict)[0])
    expected.kept += (next(started), started, function, Rising([8]), SimpleNamespace(a=[9]))
    expected.size(module)


def find_moved(layout: list[tuple[str, int, int]]) -> str | None:
    """What the interpreter itself says to be elsewhere than in the release that the extension was built for."""
    moved = [name for name, here, built in layout if here != built]
    if not moved:
        return None
    return f"built for a different release of CPython: {', '.join(moved[:3])} differ here; reinstall heapdiff from source"


def check(native: Any) -> str | None:
    """None when the walk finds exactly what is known to be there, else the reason why not."""
    moved = find_moved(native._layout())
    if moved is not None:
        return moved
    expected = Expectations()
    build(expected)
    tracked = gc.get_objects(generation=0) if gc.get_count()[0] < YOUNG_MOST else []
    answer: str | None = native._verify(expected.sizes, expected.references, list(map(id, tracked)))
    return answer
