"""Where a module's file lies, read from what the import system left in it, and who owns it. Runs no code of the application."""

import contextlib
from types import ModuleType
from typing import Final

from heapdiff.agent.engines.gc.types import get_own_attribute
from heapdiff.agent.system.installed import Installed, distribution_of, is_application, is_standard
from heapdiff.format import ModuleOwner

MODULE_NAMESPACE: Final = vars(ModuleType)["__dict__"].__get__
SPEC: Final = type(__spec__)
WITHOUT_FILE: Final = frozenset(("built-in", "frozen"))


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


def owner_of(place: str, installed: Installed) -> tuple[ModuleOwner, str] | None:
    """Who owns a file, and for a distribution which; None for what is no path, such as `<string>`."""
    if place in WITHOUT_FILE:
        return ModuleOwner.BUILT_IN, ""
    if distribution := distribution_of(place, installed):
        return ModuleOwner.DISTRIBUTION, distribution
    if is_standard(place, installed):
        return ModuleOwner.STANDARD, ""
    return (ModuleOwner.APPLICATION, "") if is_application(place, installed) else None
