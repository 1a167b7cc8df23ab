"""Who owns a module: the standard library, an installed distribution, or the application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from heapdiff.format import ModuleOwner
from heapdiff.graph.heap import Owner
from heapdiff.knowledge.packages import OURS, is_standard, is_well_known

SITE_HOOKS: Final = frozenset(("sitecustomize", "usercustomize"))  # ours, or the administrator's
LONGEST: Final = 1000  # characters of a name of code, which is far shorter


def is_ours(name: str) -> bool:
    """Whether a module, a type or a path is heapdiff's own."""
    return name.partition(".")[0] == OURS


@dataclass(frozen=True)
class Ownership:
    """What one snapshot says about its modules. Where it says nothing, the name decides."""

    modules: Mapping[str, Owner] = field(default_factory=dict)
    has_application: bool = False

    @classmethod
    def of(cls, modules: Mapping[str, Owner]) -> Ownership:
        own = {
            name.partition(".")[0] for name, owner in modules.items() if owner.kind is ModuleOwner.APPLICATION
        }
        return cls(modules, any(not top.startswith("__") for top in own - SITE_HOOKS - {OURS}))

    def is_user(self, name: str) -> bool:
        """Whether the application owns a module, or what a dotted name says is defined in one."""
        return bool(name) and self.find(name) is ModuleOwner.APPLICATION

    def is_user_type(self, name: str) -> bool:
        """Whether the application defines a type; one without a module is built in."""
        return "." in name and self.is_user(name)

    def is_framework(self, name: str) -> bool:
        return self.find(name) is ModuleOwner.DISTRIBUTION

    def is_library(self, name: str) -> bool:
        """Whether anyone but the application owns it."""
        return self.find(name) is not ModuleOwner.APPLICATION

    def find(self, name: str) -> ModuleOwner:
        """Who owns the module with the longest name that this one begins with. heapdiff itself is like something built in."""
        top = name.partition(".")[0]
        if top == OURS or top.startswith("_frozen"):
            return ModuleOwner.BUILT_IN
        if top in SITE_HOOKS:
            return ModuleOwner.DISTRIBUTION
        owner = self._owner_of(name)
        return _by_name(top) if owner is None else self._judge(owner)

    def distribution(self, name: str) -> str:
        """The import name of the installed package that a module belongs to; empty where it's none of one."""
        if self.find(name) is not ModuleOwner.DISTRIBUTION:
            return ""
        owner = self._owner_of(name)
        return (owner.distribution if owner is not None else "") or name.partition(".")[0]

    def _owner_of(self, name: str) -> Owner | None:
        """Of a name too long to be one of code the beginning counts: each of its parts is one more look at all before it."""
        name = name[:LONGEST]
        while name and name not in self.modules:
            name = name.rpartition(".")[0]
        return self.modules[name] if name else None

    def _judge(self, owner: Owner) -> ModuleOwner:
        """Where nothing else is the application's, it was installed like any package, and is one that few know."""
        if owner.kind is ModuleOwner.DISTRIBUTION and not self.has_application:
            return _by_name(owner.distribution)
        return owner.kind


def _by_name(top: str) -> ModuleOwner:
    if is_standard(top):
        return ModuleOwner.STANDARD
    return ModuleOwner.DISTRIBUTION if is_well_known(top) else ModuleOwner.APPLICATION
