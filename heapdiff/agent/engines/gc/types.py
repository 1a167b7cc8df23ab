"""What the `gc` engine knows about a type: its name, how to size an instance, how its references are called.

Everything is read through descriptors written in C, never through the type's or the instance's own
attributes: a metaclass may lie, a property may run code.
"""

import functools
import opcode
import sys
from collections.abc import Callable, Iterator
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    MemberDescriptorType,
    MethodDescriptorType,
    TracebackType,
    WrapperDescriptorType,
)
from typing import Final

from heapdiff.agent.system.code_names import hide_data
from heapdiff.format import TypeFlag

MRO: Final = type.__dict__["__mro__"].__get__
NAMESPACE: Final = type.__dict__["__dict__"].__get__
FLAGS: Final = type.__dict__["__flags__"].__get__
BASIC_SIZE: Final = type.__dict__["__basicsize__"].__get__
DICT_OFFSET: Final = type.__dict__["__dictoffset__"].__get__
NAME: Final = type.__dict__["__name__"].__get__
QUALNAME: Final = type.__dict__["__qualname__"].__get__
MODULE: Final = type.__dict__["__module__"].__get__
GETTER: Final = property.__dict__["fget"].__get__
HEAP_TYPE_FLAG: Final = 1 << 9
GC_FLAG: Final = 1 << 14
FREE_THREADED: Final = "t" in sys.abiflags  # the collector keeps no links there
PREHEADER_FLAGS: Final = 1 << 4 | (1 << 3 if sys.version_info >= (3, 12) else 0)
MAX_NAMES: Final = 64
SINGLETONS: Final = {"none": id(None), "true": id(True), "false": id(False), "ellipsis": id(...)}
IMMORTAL: Final = 1 << 29
STORE_ATTR: Final = opcode.opmap["STORE_ATTR"]
EXTENDED_ARG: Final = opcode.opmap["EXTENDED_ARG"]
LOADS_LOCAL: Final = frozenset(
    number for name, number in opcode.opmap.items() if name.startswith("LOAD_FAST")
)
C_METHODS: Final = (MethodDescriptorType, WrapperDescriptorType)
GETTERS: Final[
    dict[type, tuple[str, ...]]
] = {  # computed attributes that give out what is there, and nothing more
    FunctionType: ("__code__", "__defaults__", "__kwdefaults__", "__name__", "__qualname__"),
    BuiltinFunctionType: ("__self__",),
    BaseException: ("args", "__traceback__", "__context__", "__cause__"),
    TracebackType: ("tb_next",),
}
get_own_attribute: Final = object.__getattribute__
borrowed: Final[
    dict[int, int]
] = {  # references that the walk itself keeps, by address; what is never freed has more
    **dict.fromkeys((*SINGLETONS.values(), id(NotImplemented)), -IMMORTAL)
}


class TypeFacts:
    """One type as the walk meets it. Keeps no reference to the type, whose count would then be wrong."""

    __slots__ = (
        "_getters", "_has_getters", "_names", "bytes", "count", "has_instance_dict", "id", "is_heap", "name",
        "size",
    )  # fmt: skip

    def __init__(self, found: type, type_id: int, module: str, qualname: str) -> None:
        flags = FLAGS(found)
        self.id = type_id
        self.name = qualname if module in ("builtins", "") else f"{module}.{qualname}"
        self.is_heap = bool(flags & HEAP_TYPE_FLAG)
        self.has_instance_dict = DICT_OFFSET(found) != 0
        self.size = size_function(found)
        self.count = 0
        self.bytes = 0
        self._has_getters = False
        self._getters: tuple[tuple[str, Callable[[object], object]], ...] = ()
        self._names: tuple[str, ...] = ()

    def attributes(self, found: object) -> Iterator[tuple[str, object]]:
        """Attributes that can be read from an instance without running code or creating its `__dict__`."""
        if not self._has_getters:
            self._getters = tuple(find_getters(type(found)))
            self._names = find_attribute_names(type(found)) if self.has_instance_dict and self.is_heap else ()
            self._has_getters = True
        for name, get in self._getters:
            try:
                yield name, get(found)
            except (AttributeError, ValueError):
                continue
        for name in self._names:
            try:
                yield name, get_own_attribute(found, name)
            except AttributeError:
                continue


def type_flags(found: type) -> int:
    flags, order = FLAGS(found), MRO(found) or ()
    return (
        (TypeFlag.HEAP_TYPE if flags & HEAP_TYPE_FLAG else 0)
        | (TypeFlag.GC if flags & GC_FLAG else 0)
        | (TypeFlag.DICT if any(base is dict for base in order) else 0)
        | (TypeFlag.TYPE if any(base is type for base in order) else 0)
    )


def describe_type(found: type) -> tuple[str, str]:
    """Module and qualified name; new texts, so that the application's own keep their reference counts.

    A static type's name is a literal of its C code, which may have a hyphen in it; a class's may be made of anything.
    """
    module, qualname = module_of(found), QUALNAME(found)
    copies = [copy_text(part) if type(part) is str else "" for part in (module, qualname)]
    before, name = map(hide_data, copies) if FLAGS(found) & HEAP_TYPE_FLAG else copies
    return before, name


def module_of(found: type) -> object:
    """As the type itself says; where that is a descriptor for its instances: as its C code or its functions say."""
    try:
        module = MODULE(found)
    except AttributeError:
        module = None
    if type(module) is str:
        return module
    before, _, name = name_in_struct(found).rpartition(".")
    return before if before and name == NAME(found) else module_of_functions(found)


def name_in_struct(found: type) -> str:
    """What C code called the type. CPython shows it in complaints only; nothing but `bool` is a kind of `bool`."""
    try:
        bool.__new__(found)
    except TypeError as error:
        return str(error).partition("(")[2].partition("): ")[0]
    return ""


def module_of_functions(found: type) -> object:
    """The module of a function that the class's own body defines."""
    for value in NAMESPACE(found).values():
        function = GETTER(value) if type(value) is property else value
        if type(function) is FunctionType and function.__qualname__.startswith(f"{QUALNAME(found)}."):
            return function.__module__
    return None


def copy_text(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def size_function(found: type) -> Callable[[object], int]:
    """How to size instances: as `sys.getsizeof` does, unless that would run the application's Python code."""
    header = header_bytes(found)
    for base in MRO(found):
        method = NAMESPACE(base).get("__sizeof__")
        if method is None:
            continue
        if any(type(method) is kind for kind in C_METHODS):
            return sys.getsizeof if is_plain(found, base) else functools.partial(measure, method, header)
    return functools.partial(measure, object.__sizeof__, header)


def header_bytes(found: type) -> int:
    """What the interpreter keeps in front of an object: the collector's links, its `__dict__`."""
    flags = FLAGS(found)
    return (16 if flags & GC_FLAG and not FREE_THREADED else 0) + (16 if flags & PREHEADER_FLAGS else 0)


def measure(method: Callable[[object], int], header: int, found: object) -> int:
    return method(found) + header


def is_plain(found: type, owner: type) -> bool:
    """Whether `owner` is the first class in the order that defines `__sizeof__`."""
    for base in MRO(found):
        if "__sizeof__" in NAMESPACE(base):
            return base is owner
    return False


def find_getters(found: type) -> Iterator[tuple[str, Callable[[object], object]]]:
    """Slots and other members that C code reads straight from the instance."""
    seen = set()
    for base in MRO(found):
        known = next((names for owner, names in GETTERS.items() if owner is base), ())
        for name, value in NAMESPACE(base).items():
            if type(name) is not str or name in seen:
                continue
            if type(value) is MemberDescriptorType or name in known:
                seen.add(name)
                borrowed[id(value)] = borrowed.get(id(value), 0) + 1
                yield copy_text(name), value.__get__


def find_attribute_names(found: type) -> tuple[str, ...]:
    """Names that methods of a class store on `self`: what an instance's inline attributes can be called."""
    names: dict[str, None] = {}
    bases = [base for base in MRO(found) if FLAGS(base) & HEAP_TYPE_FLAG]
    for base in bases:
        for value in NAMESPACE(base).values():
            if type(value) is FunctionType:
                names.update(dict.fromkeys(stored_on_self(value.__code__)))
    for base in bases:
        annotations = NAMESPACE(base).get("__annotations__")
        if type(annotations) is dict:
            names.update(dict.fromkeys(name for name in annotations if type(name) is str))
    usable = (name for name in names if name.isidentifier() and not is_computed(found, name))
    return tuple(copy_text(name) for name in usable)[:MAX_NAMES]


def is_computed(found: type, name: str) -> bool:
    """Whether asking an instance for the name may run a descriptor: a property, a cached_property."""
    values = (NAMESPACE(base)[name] for base in MRO(found) if name in NAMESPACE(base))
    return any("__get__" in NAMESPACE(kind) for value in values for kind in MRO(type(value)))


def stored_on_self(code: CodeType) -> Iterator[str]:
    """Attributes assigned to the first argument: a load of local 0, then STORE_ATTR."""
    words, extended, loads_self = code.co_code, 0, False
    if not code.co_argcount:
        return
    for at in range(0, len(words), 2):
        operation, argument = words[at], words[at + 1] | extended
        extended = argument << 8 if operation == EXTENDED_ARG else 0
        if operation == STORE_ATTR and loads_self and argument < len(code.co_names):
            yield code.co_names[argument]
        if operation != EXTENDED_ARG:
            loads_self = (
                operation in LOADS_LOCAL and (argument & 15 if is_double(operation) else argument) == 0
            )


def is_double(operation: int) -> bool:
    return opcode.opname[operation].count("LOAD_FAST") > 1
