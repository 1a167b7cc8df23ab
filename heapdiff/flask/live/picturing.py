"""Who refers to an object, as a picture: objgraph follows the referrers in a forked child, Graphviz draws in another process.

objgraph writes what objects hold into their boxes. In the child, its functions for that are replaced by ours.
"""

from __future__ import annotations

import gc
import io
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any, Final

from heapdiff.errors import CaptureError
from heapdiff.flask.live.living import code_name, edge_label, find, is_own_frame
from heapdiff.flask.live.shortened import known_name, length_of, mro_of, namespace_of, shorten, type_name

DEPTH: Final = 4
BRANCHES: Final = 6
REPLACED: Final = ("_safe_repr", "_edge_label", "_long_typename", "_quote")


def describe_referrers(address: int, values: bool) -> bytes:
    """A text in Graphviz's language. Runs in a child only."""
    import objgraph

    if not all(callable(getattr(objgraph, name, None)) for name in REPLACED):
        raise CaptureError("this release of objgraph isn't known to hide what objects hold")
    known = gc.get_objects()
    thing = find(address, known)
    ignored = [id(known), id(objgraph.__dict__)]

    def label(each: object) -> str:
        length = length_of(each)
        parts = [
            code_name(each, values),
            "" if length is None else f"{length:,} long",
            shorten(each) if values else "",
        ]
        return "\n".join(part for part in parts if part)

    def edge(source: object, target: object, _shortnames: bool = True) -> str:
        shown = edge_label(source, target, values)
        return f' [label="{objgraph._quote(shown)}"]' if shown else ""

    replace_questions(objgraph, values)
    module: Any = objgraph
    module._safe_repr, module._edge_label = label, edge
    module._long_typename = lambda each: type_name(type(each), values)
    drawn = io.StringIO()
    objgraph.show_backrefs(
        [thing],
        max_depth=DEPTH,
        too_many=BRANCHES,
        extra_ignore=ignored,
        filter=lambda each: not is_own_frame(each),
        shortnames=False,
        output=drawn,
    )
    return drawn.getvalue().encode("utf-8", "replace")


def replace_questions(module: Any, values: bool) -> None:
    """objgraph asks objects for their class, and classes for methods and names; a proxy, a property or a metaclass would answer
    in Python. Here it asks what the interpreter knows."""
    module.getattr, module.hasattr = partial(ask_object, values), has_method
    module.isinstance = lambda thing, kinds: issubclass(type(thing), kinds)
    module.inspect = SimpleNamespace(ismodule=lambda thing: issubclass(type(thing), ModuleType))


def ask_object(values: bool, thing: object, name: str, missing: object = None) -> object:
    if name == "__class__":
        return type(thing)
    return known_name(thing, values) if name == "__name__" else missing


def has_method(kind: object, name: str) -> bool:
    return isinstance(kind, type) and any(name in namespace_of(base) for base in mro_of(kind))
