"""The interpreter's own functions where a library such as gevent has put cooperative ones in their place.

A greenlet cannot watch over its own process: the watcher must be a real thread that really waits.
"""

import importlib
import sys
from typing import Any


def original(module: str, name: str) -> Any:
    """A function of the standard library as it was before monkey-patching."""
    gevent = sys.modules.get("gevent.monkey")
    if gevent is not None:
        return gevent.get_original(module, name)
    eventlet = sys.modules.get("eventlet.patcher")
    if eventlet is not None:
        return getattr(eventlet.original(module), name)
    return getattr(importlib.import_module(module), name)
