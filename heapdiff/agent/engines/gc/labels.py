"""How the references of an object are called, for the `gc` engine: one function per shape of object.

What the collector's own traversal yields decides what is referred to; names are found by identity, through
C getters. Whatever has no name found stays an unnamed reference: a wrong name would be worse.
"""

import functools
import gc
import weakref
from types import (
    AsyncGeneratorType,
    CellType,
    CodeType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    ModuleType,
)
from typing import Any, Final

from heapdiff.agent.engines.gc.containers import CONTAINERS, extend
from heapdiff.agent.engines.gc.modules import MODULE_NAMESPACE
from heapdiff.agent.engines.gc.shapes import Referents, Shape, Walker, label_others
from heapdiff.agent.engines.gc.types import (
    FLAGS,
    GC_FLAG,
    HEAP_TYPE_FLAG,
    MRO,
    NAME,
    NAMESPACE,
    QUALNAME,
    TypeFacts,
)
from heapdiff.agent.writing.record import Record
from heapdiff.format import EdgeKind, GroupKind

BASES: Final = type.__dict__["__bases__"].__get__
BASE: Final = type.__dict__["__base__"].__get__
FRAME_OF: Final = {GeneratorType: "gi_frame", CoroutineType: "cr_frame", AsyncGeneratorType: "ag_frame"}
CODE_MEMBERS: Final = (
    "co_consts", "co_names", "co_exceptiontable", "co_filename", "co_name", "co_qualname", "co_linetable",
)  # fmt: skip
CACHE_INFO: Final = functools._lru_cache_wrapper.cache_info
FUNCTION_SCOPE: Final = 3  # CO_OPTIMIZED | CO_NEWLOCALS
call_weakref: Final = weakref.ref.__call__


def label_nothing(_walk: Walker, _record: Record, _found: object, _facts: TypeFacts) -> int:
    return 0


def label_instance(walk: Walker, record: Record, found: object, facts: TypeFacts) -> int:
    label_others(walk, record, found, facts, Referents(found, facts))
    return 0


def label_cache(walk: Walker, record: Record, found: Any, facts: TypeFacts) -> int:
    """`functools.lru_cache`: a C type without members; it wraps a function, its cache is a dict."""
    info = CACHE_INFO(found)
    if info.maxsize is not None:
        walk.bound(found, info.maxsize)
    walk.fact(found, "hits", info.hits)
    walk.fact(found, "misses", info.misses)
    referents = Referents(found, facts)
    parts = []
    for each in referents.found:
        name = "func" if type(each) is FunctionType else "cache" if is_cache(each) else None
        if name is not None and referents.take(each):
            parts.append((walk.name(name), walk.target(each)))
    if parts:
        record.named(EdgeKind.INTERNAL, parts)
    label_others(walk, record, found, facts, referents)
    return 0


def is_cache(found: object) -> bool:
    return type(found) is dict and "__wrapped__" not in dict.keys(found)


def label_module(walk: Walker, record: Record, found: ModuleType, facts: TypeFacts) -> int:
    namespace = MODULE_NAMESPACE(found)
    if type(namespace) is not dict:
        return label_instance(walk, record, found, facts)
    walk.learn_namespace(namespace)
    label_others(walk, record, found, facts, Referents(found, facts))
    return walk.learn_name(namespace.get("__name__"))


def label_function(walk: Walker, record: Record, found: FunctionType, facts: TypeFacts) -> int:
    label_others(walk, record, found, facts, Referents(found, facts))
    return walk.code_name(found.__qualname__)


def label_cell(walk: Walker, record: Record, found: CellType, _facts: TypeFacts) -> int:
    if targets := walk.targets(gc.get_referents(found)):
        record.named(EdgeKind.ATTRIBUTE, [(walk.name("cell_contents"), targets[0])])
    return 0


def label_weakref(walk: Walker, record: Record, found: Any, facts: TypeFacts) -> int:
    referent = call_weakref(found)
    if referent is not None:
        record.bare(GroupKind.WEAK, [walk.target(referent)])
    return label_instance(walk, record, found, facts)


def label_type(walk: Walker, record: Record, found: type, facts: TypeFacts) -> int:
    referents = Referents(found, facts)
    namespace = next(iter(gc.get_referents(NAMESPACE(found))), None)
    order = MRO(found)
    parts = [
        ("__dict__", namespace),
        (
            "__bases__",
            None if order is None else BASES(found),
        ),  # of a type that is not ready, CPython reads NULL
        ("__mro__", order),
        ("__base__", BASE(found)),
    ]
    own_name = 0
    if FLAGS(found) & HEAP_TYPE_FLAG:
        parts += [("__name__", NAME(found)), ("__qualname__", QUALNAME(found))]
        own_name = walk.code_name(QUALNAME(found))
    named = []
    for name, part in parts:
        if part is not None:
            referents.take(part)
            named.append((walk.name(name), walk.target(part)))
    record.named(EdgeKind.ATTRIBUTE, named)
    if type(namespace) is dict:
        walk.learn_namespace(namespace)
        walk.learn_name(dict.get(namespace, "__module__"))
    label_others(walk, record, found, facts, referents)
    return own_name


def label_code(walk: Walker, record: Record, found: CodeType, _facts: TypeFacts) -> int:
    record.named(
        EdgeKind.ATTRIBUTE, [(walk.name(name), walk.target(getattr(found, name))) for name in CODE_MEMBERS]
    )
    for name in found.co_names:
        walk.learn_name(name)
    cells = frozenset(found.co_cellvars)
    arguments = frozenset(found.co_varnames)
    variables = [(EdgeKind.CELL if name in cells else EdgeKind.LOCAL, name) for name in found.co_varnames]
    variables += [(EdgeKind.CELL, name) for name in found.co_cellvars if name not in arguments]
    variables += [(EdgeKind.FREE, name) for name in found.co_freevars]
    if variables:
        record.declares(walk.layout(variables), found.co_argcount, found.co_kwonlyargcount)
    return walk.code_name(found.co_qualname)


def label_generator(walk: Walker, record: Record, found: Any, facts: TypeFacts) -> int:
    referents = Referents(found, facts)
    frame = getattr(found, FRAME_OF[type(found)])
    if frame is not None:
        label_variables(walk, record, frame, referents)
    label_others(walk, record, found, facts, referents)
    return walk.code_name(found.__qualname__)


def label_frame_object(walk: Walker, record: Record, found: FrameType, facts: TypeFacts) -> int:
    referents = Referents(found, facts)
    label_variables(walk, record, found, referents)
    label_others(walk, record, found, facts, referents)
    return walk.code_name(found.f_code.co_qualname)


def label_frame(walk: Walker, record: Record, found: FrameType) -> int:
    """A running frame of a thread: the interpreter shows its variables, but no traversal does."""
    record.named(EdgeKind.INTERNAL, [(walk.name("code"), walk.target(found.f_code))])
    label_variables(walk, record, found, None)
    return walk.code_name(found.f_code.co_qualname)


def label_variables(walk: Walker, record: Record, frame: FrameType, referents: Referents | None) -> None:
    code, variables = frame.f_code, frame.f_locals
    if code.co_flags & FUNCTION_SCOPE != FUNCTION_SCOPE:
        if type(variables) is dict and (referents is None or referents.take(variables)):
            record.named(EdgeKind.INTERNAL, [(walk.name("f_locals"), walk.target(variables))])
            walk.learn_namespace(variables)
        return
    kinds = dict.fromkeys(code.co_cellvars, EdgeKind.CELL) | dict.fromkeys(code.co_freevars, EdgeKind.FREE)
    for name, value in list(variables.items()):
        if referents is None or referents.take(value):
            record.named(kinds.get(name, EdgeKind.LOCAL), [(walk.name(name), walk.target(value))])
    if type(variables) is dict:
        variables.clear()  # a copy in this child, whose references are nobody's


OTHERS: Final[dict[type, Shape]] = {
    type: label_type,
    ModuleType: label_module,
    FunctionType: label_function,
    CodeType: label_code,
    CellType: label_cell,
    FrameType: label_frame_object,
    GeneratorType: label_generator,
    CoroutineType: label_generator,
    AsyncGeneratorType: label_generator,
    weakref.ref: label_weakref,
    functools._lru_cache_wrapper: label_cache,
}


def shape_of(found: type) -> Shape:
    """How to label instances of a type: as the first built-in along its order that has a shape of its own."""
    for base in MRO(found):
        for known, shape in CONTAINERS.items():
            if base is known:
                return shape if base is found else extend(shape, base)
        for known, shape in OTHERS.items():
            if base is known:  # never by a lookup: a metaclass may define `__hash__`
                return shape
    return label_instance if FLAGS(found) & GC_FLAG else label_nothing
