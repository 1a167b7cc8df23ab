"""What engines know of types that are made in unusual ways: with a metatype of their own, or without a module's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.heapread import Heap, read_heap
from tests.agent.setups import EVERY_ENGINE, engine_setup
from tests.agent.target import Target

PROGRAM = """
import ctypes
class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_double * 3)]
class Meta(type(ctypes.Structure)): pass
class Named(ctypes.Structure, metaclass=Meta):
    _fields_ = [("to", ctypes.POINTER(Point))]
class Plain(type): pass
class WithPlain(metaclass=Plain): pass
CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Point), ctypes.py_object)
made = [ctypes.Structure, ctypes.c_int, Point, Point * 4, ctypes.POINTER(Point), Named, CALLBACK, WithPlain, Meta]

class Spec(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("basic", ctypes.c_int), ("item", ctypes.c_int), ("flags", ctypes.c_uint),
                ("slots", ctypes.c_void_p)]
class Slot(ctypes.Structure):
    _fields_ = [("slot", ctypes.c_int), ("value", ctypes.c_void_p)]
class Member(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("kind", ctypes.c_int), ("offset", ctypes.c_ssize_t), ("flags", ctypes.c_int),
                ("text", ctypes.c_char_p)]
members = (Member * 2)(Member(b"__module__", 6, object.__basicsize__, 1, None))
slots = (Slot * 2)(Slot(72, ctypes.addressof(members)))
spec = Spec(b"fast.inner.Function", object.__basicsize__ + 8, 0, 0, ctypes.addressof(slots))
from_spec = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p)(("PyType_FromSpec", ctypes.pythonapi))
Compiled = from_spec(ctypes.addressof(spec))  # as Cython makes the type of its functions

def answer(_): boom
class Asked:
    __module__ = property(answer)
    borrowed = Target = read = answer
    def name(self): return 1
class Metaclass(type):
    __module__ = property(lambda cls: boom)
class Interface(metaclass=Metaclass): pass
class Bare:
    __module__ = property(answer)
Dotted = type("not.a.module", (), {"__module__": property(answer)})
unnamed = {}; exec("Unnamed = type('Unnamed', (), {})", unnamed)
held = [Compiled(), Asked(), Interface, Interface(), Bare(), Dotted(), unnamed["Unnamed"]()]
"""
REFERENTS = "[[id(each), [*map(id, gc.get_referents(each))], id(type(each))] for each in made]"
OWN_LABELS = {"tp_subclasses", "__name__", "__qualname__", "__slots__"}  # nothing of these can be in a cycle


@pytest.fixture(scope="module", params=EVERY_ENGINE)
def taken(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Target, Heap]]:
    with Target(engine_setup(str(request.param), tmp_path_factory.mktemp("types")) + PROGRAM) as target:
        status = target.evaluate("snapshot()")
        assert status["state"] == "done", status
        yield target, read_heap(Path(status["path"]).with_suffix(".heap"))


@pytest.mark.slow
def test_a_type_refers_to_what_the_collector_sees_also_in_the_storage_of_its_metatype(
    taken: tuple[Target, Heap],
) -> None:
    target, heap = taken
    for owner, referents, metatype in target.evaluate(REFERENTS):
        recorded = Counter(
            to for source, _, label, to in heap.references if source == owner and label not in OWN_LABELS
        )
        seen = Counter(referents)
        assert recorded - seen == Counter() or not referents  # of a static type the collector sees nothing
        assert seen - recorded <= Counter([metatype])  # every object's record names its type


def test_a_module_that_is_no_string_is_found_without_running_code(taken: tuple[Target, Heap]) -> None:
    target, heap = taken
    kinds = [heap.types[address] for address in target.evaluate("[id(each) for each in held]")]
    assert kinds == [
        "fast.inner.Function",
        "__main__.Asked",
        "__main__.Metaclass",
        "__main__.Interface",
        "Bare",
        "not.a.module",
        "Unnamed",
    ]
