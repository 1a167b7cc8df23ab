"""Where a module's file lies, read from what the import system left in it. Runs no code of the application."""

from __future__ import annotations

import contextlib
from types import ModuleType
from typing import Final

from heapdiff.agent.engines.gc.types import get_own_attribute

MODULE_NAMESPACE: Final = vars(ModuleType)["__dict__"].__get__
SPEC: Final = type(__spec__)


def place_of(found: object) -> str:
    """Its `__file__`, else what its spec has as its origin; empty for what has neither, or is no module."""
    namespace = MODULE_NAMESPACE(found) if issubclass(type(found), ModuleType) else None
    if type(namespace) is not dict:
        return ""
    place, spec = dict.get(namespace, "__file__"), dict.get(namespace, "__spec__")
    if type(place) is not str and type(spec) is SPEC:
        with contextlib.suppress(AttributeError):
            place = get_own_attribute(spec, "origin")
    return place if type(place) is str else ""
