"""Runs an engine inside a target process; the same code for every engine, since all have one interface."""

from __future__ import annotations

import importlib.util
import platform
from pathlib import Path

import pytest

ON_GLIBC = platform.libc_ver()[0] == "glibc"
BUILT = importlib.util.find_spec("heapdiff.agent._native") is not None
NEEDS_NATIVE = pytest.mark.skipif(not BUILT, reason="no compiler here: the native engine was not built")
NATIVE = pytest.param("native", marks=[NEEDS_NATIVE, pytest.mark.process])
EVERY_ENGINE = (NATIVE, "gc")

SETUP = """
import gc, json, os, signal, sys, time
from heapdiff.agent.engines.choice import ENGINES
from heapdiff.agent.engines.headroom import NEEDS
from heapdiff.agent.system.identity import own_identity
from tests.processes import children_of
engine = ENGINES[{name!r}]()
assert not isinstance(engine, str), engine
needs = NEEDS[{name!r}]
engine.bound(0, needs)
def configure(directory={directory!r}, keep=20, deadline_s=60.0):
    engine.configure(directory, keep, deadline_s, "0.1.0", "", "[]", "2026-01-01T00:00:00Z", "host", str(own_identity()))
def finished(count=None):
    while engine.status()["state"] == "running" or (count is not None and done() < count):
        time.sleep(0.002)
    return dict(engine.status())
def done():
    return engine.status()["captures"] + engine.status()["failures"]
def snapshot(label=None, graph=True):
    assert engine.request("api", label, None, None, graph)
    return finished()
def children():
    return children_of(os.getpid())
configure()
gc.collect()
gc.disable()
"""


WITHOUT_ITS_WALK = """
from heapdiff.agent.engines.gc.walk import Walk
Walk.run = lambda self, tracked, job, threads: None
"""


def engine_setup(name: str, directory: Path, walk: bool = True) -> str:
    """Code that loads an engine in a target, with `configure`, `snapshot` and `finished`.

    Without its walk the `gc` engine does all else and records no object: half a second less for each capture.
    """
    setup = SETUP.format(name=name, directory=str(directory))
    return setup if walk or name == "native" else setup + WITHOUT_ITS_WALK


HELD = """
from heapdiff.agent.engines.forked.watcher import ForkedEngine
def replace_capture(capture):
    global engine
    engine = ForkedEngine("gc", capture)
    configure()
"""

WHILE_IT_RUNS = """
def while_it_runs(act):
    "Ask for a capture, act as soon as there is a child, and wait for the end."
    while not engine.request("api", None, None, None, True):
        pass
    while not (found := children()) and engine.status()["state"] == "running":
        pass
    if found:
        try:
            act(int(found[0]))
        except ProcessLookupError:
            pass
    return finished()
heap = [[n, str(n)] for n in range(300_000)]
"""
