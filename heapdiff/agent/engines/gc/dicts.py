"""Finds the `__dict__` that an instance has already where the collector does not show it: CPython 3.13 on.

There, an instance's dict shares its values with the instance, and traversal leads to the values only. Asking
for `__dict__` would create one; so the pointer before the object is looked at first, in /proc/self/mem.
"""

import os
import sys
from collections.abc import Callable
from types import GetSetDescriptorType
from typing import Any, Final

from heapdiff.agent.engines.gc.types import FLAGS, MRO, NAMESPACE

INLINE_VALUES_FLAG: Final = 1 << 2
POINTER_OFFSET: Final = -24
POINTER_BYTES: Final = 8
IS_NEEDED: Final = sys.version_info >= (3, 13)

DictGetter = Callable[[object], object]


class DictFinder:
    """Looks at instances of types with inline values. Where this cannot be done, it finds nothing."""

    def __init__(self) -> None:
        self._getters: dict[int, DictGetter | None] = {}
        self._memory = -1
        if IS_NEEDED:
            try:
                self._memory = os.open("/proc/self/mem", os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                return
            if not self._is_right():
                self._memory = -1

    def find(self, found: object) -> dict[Any, Any] | None:
        if self._memory < 0:
            return None
        kind = type(found)
        if id(kind) not in self._getters:
            self._getters[id(kind)] = dict_getter(kind)
        get = self._getters[id(kind)]
        if get is None or not self._pointer(found):
            return None
        own = get(found)
        return own if type(own) is dict else None

    def _pointer(self, found: object) -> int:
        try:
            return int.from_bytes(
                os.pread(self._memory, POINTER_BYTES, id(found) + POINTER_OFFSET), sys.byteorder
            )
        except OSError:
            return 0

    def _is_right(self) -> bool:
        """Whether this interpreter keeps the pointer where it is looked for."""
        without, having = Probe(), Probe()
        own = having.__dict__
        return self._pointer(without) == 0 and self._pointer(having) == id(own)


class Probe:
    """An instance with an attribute of its own."""

    def __init__(self) -> None:
        self.attribute = self.__class__


def dict_getter(found: type) -> DictGetter | None:
    """The C getter of `__dict__`, if instances keep their values inside and no class replaced it."""
    if not FLAGS(found) & INLINE_VALUES_FLAG:
        return None
    for base in MRO(found):
        getter = NAMESPACE(base).get("__dict__")
        if getter is not None:
            return getter.__get__ if type(getter) is GetSetDescriptorType else None
    return None
