"""What a forked child looks up among the living objects. Runs there only; answers JSON.

An address is never trusted: it's looked for among the objects that the collector knows, and what they refer to.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from heapq import nlargest
from itertools import chain, compress, filterfalse, tee
from types import FrameType, ModuleType
from typing import Any, Final

from heapdiff.agent.system.code_names import HIDDEN, is_code_name, is_identifier
from heapdiff.errors import CaptureError
from heapdiff.flask.live.shortened import (
    attributes_of,
    known_name,
    length_of,
    shallow_bytes,
    shorten,
    type_name,
)

SHOWN_MOST: Final = 50
KEY: Final = "[…]"  # stands for a key of data


def list_objects(wanted: str, values: bool) -> bytes:
    """The objects of a type, by name: how many there are, their size, and the largest of them."""
    known = gc.get_objects()
    found = list(of_type(lambda: known, wanted, values))
    tracked = bool(found)
    if not found:
        found = list(
            {id(thing): thing for thing in of_type(lambda: _untracked(known), wanted, values)}.values()
        )
    sizes = [shallow_bytes(thing) for thing in found]
    order = nlargest(SHOWN_MOST, range(len(found)), key=lambda at: (sizes[at], length_of(found[at]) or 0))
    return _encode(
        {
            "type": wanted,
            "count": len(found),
            "bytes": sum(sizes),
            "tracked": tracked,
            "shown": [_describe(found[at], values) for at in order],
        }
    )


def of_type(among: Callable[[], Iterable[object]], wanted: str, values: bool) -> Iterator[object]:
    """By the type's name, without a step of Python for each object: there may be millions. `among` gives them anew each time."""
    one, other = tee(map(type, among()))
    kinds = dict(zip(map(id, one), other, strict=True))
    named = {number for number, kind in kinds.items() if type_name(kind, values) == wanted}
    things, same = tee(among())
    return compress(things, map(named.__contains__, map(id, map(type, same)))) if named else iter(())


def show_object(address: int, values: bool) -> bytes:
    """One object, what refers to it, and what it refers to."""
    known = gc.get_objects()
    thing = find(address, known)
    ours = {id(known), id(sys._getframe())}
    holders, held = gc.get_referrers(thing), gc.get_referents(thing)
    kept = _without(holders, ours)
    return _encode(
        {
            "object": _describe(thing, values),
            "referrers": len(kept),
            "referrers_shown": _describe_ends(kept[:SHOWN_MOST], thing, values, to=True),
            "referents": len(held),
            "referents_shown": _describe_ends(held[:SHOWN_MOST], thing, values, to=False),
        }
    )


def _describe_ends(ends: list[object], thing: object, values: bool, to: bool) -> list[dict[str, Any]]:
    """The other end of each reference to an object, or from it. No closure: its cell would be one more that refers to it."""
    found = []
    for end in ends:
        label = edge_label(end, thing, values) if to else edge_label(thing, end, values)
        found.append({**_describe(end, values), "by": label})
    return found


def find(address: int, known: list[object]) -> object:
    """The object at an address. Raises CaptureError where there is none any more, or never was."""
    for among in (known, _untracked(known)):
        things, same = tee(among)
        for thing in compress(things, map(address.__eq__, map(id, same))):
            return thing
    raise CaptureError(f"there is no object at {address:#x} in this worker (any more)")


def edge_label(source: object, target: object, values: bool) -> str:
    """How one object refers to another, as code would write it; a key of data only with `values`."""
    kind = type(source)
    if kind is dict:
        return _key_label(source, target, values)  # type: ignore[arg-type]
    if kind is list or kind is tuple:
        held: Any = source
        return f"[{_place_in(held, target)}]"
    if kind is not ModuleType and type(target) is dict and attributes_of(source) is target:
        return "__dict__"
    for name, each in attributes_of(source).items():
        if each is target:
            return f".{name[:80]}" if type(name) is str and is_name(name, values) else ""
    return ""


def _place_in(held: Any, target: object) -> int | str:
    for at, each in enumerate(held):
        if each is target:
            return at
    return "…"


def _key_label(source: dict[Any, object], target: object, values: bool) -> str:
    for key, value in source.items():
        if value is target:
            if is_namespace(source) and type(key) is str and is_name(key, values):
                return key[:80]
            return f"[{shorten(key)}]" if values else KEY
        if key is target:
            return "a key"
    return ""


def is_name(text: str, values: bool) -> bool:
    """Whether it's shown as a name that code has; by the rule of snapshots where data must not be seen."""
    return text.isidentifier() if values else is_identifier(text)


def is_namespace(held: dict[Any, object]) -> bool:
    """Whether its keys are names of code: a module's globals."""
    return module_with(held) is not None


def module_with(held: dict[Any, object]) -> str | None:
    """The name of the module that has these globals. They aren't asked for it: a key like it may compare in Python."""
    for name, module in sys.modules.items():
        if type(module) is ModuleType and ModuleType.__getattribute__(module, "__dict__") is held:
            return name if type(name) is str else None
    return None


def _untracked(known: list[object]) -> Iterator[object]:
    """What the collector's objects refer to without its knowing: texts, numbers, containers of those. One may come often."""
    return filterfalse(gc.is_tracked, chain.from_iterable(map(gc.get_referents, known)))


def _without(holders: list[object], ours: set[int]) -> list[object]:
    """Those that are the application's: without what this look itself holds."""
    return [holder for holder in holders if id(holder) not in ours and not is_own_frame(holder)]


def is_own_frame(holder: object) -> bool:
    if type(holder) is not FrameType:
        return False
    return str(holder.f_globals.get("__name__")).startswith(("heapdiff.", "objgraph"))


def _describe(thing: object, values: bool) -> dict[str, Any]:
    return {
        "address": hex(id(thing)),
        "type": type_name(type(thing), values),
        "bytes": shallow_bytes(thing),
        "length": length_of(thing),
        "name": code_name(thing, values),
        "value": shorten(thing) if values else None,
    }


def code_name(thing: object, values: bool) -> str:
    """What code calls it; a module's globals are called after the module."""
    module = module_with(thing) if type(thing) is dict else None
    if module is None:
        return known_name(thing, values)
    return f"globals of {module if values or is_code_name(module) else HIDDEN}"[:200]


def _encode(content: dict[str, Any]) -> bytes:
    return json.dumps(content).encode()
