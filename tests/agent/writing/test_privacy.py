"""Secrets planted wherever a process may hold them; the bytes of its snapshots are searched for each.

What a name may be: attributes, variables and classes are code, and are recorded if they are identifiers. So the
secrets stand in values, in keys of data, and in names that are no identifiers.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.agent.setups import EVERY_ENGINE
from tests.agent.target import Target

SPELLED = "Zq7hush-{place}@example.org!"  # no identifier
IDENTIFIER = "Zq7hush_{place}"  # looks like code

PLACES = {
    "string": "HELD.append({secret!r} + str(len(HELD)))",
    "interned": "HELD.append(sys.intern({secret!r}))",
    "bytes": "HELD.append({secret!r}.encode())",
    "bytearray": "HELD.append(bytearray({secret!r}.encode()))",
    "key": "HELD.append({{{secret!r}: 1}})",
    "nestedkey": "HELD.append({{'outer': {{({secret!r}, 1): None}}}})",
    "keyofsubclass": "HELD.append(collections.OrderedDict({{{secret!r}: 1}}))",
    "defaultdictkey": "HELD.append(collections.defaultdict(list, {{{secret!r}: [1]}}))",
    "member": "HELD.append({{{secret!r}}})",
    "frozenmember": "HELD.append(frozenset([{secret!r}]))",
    "attributevalue": "HELD.append(Thing({secret!r}))",
    "slotvalue": "HELD.append(Slotted({secret!r}))",
    "default": "HELD.append(lambda value={secret!r}: value)",
    "constant": 'exec("def constant():\\n    return {secret!r}", globals())',
    "docstring": 'exec("def documented():\\n    {secret!r}", globals())',
    "moduledoc": "HELD.append(types.ModuleType('plain', {secret!r}))",
    "environment": "os.environ['PLANTED'] = {secret!r}",
    "environmentname": "os.environ[{secret!r}] = '1'",
    "exception": "HELD.append(ValueError({secret!r}))",
    "raised": "HELD.append(caught({secret!r}))",
    "closure": "HELD.append((lambda value: lambda: value)({secret!r}))",
    "generatorlocal": "HELD.append(suspended({secret!r})); next(HELD[-1])",
    "threadlocalvalue": "LOCAL.value = {secret!r}",
    "threadlocalkey": "LOCAL.data = {{{secret!r}: 1}}",
    "contextvar": "HELD.append(contextvars.ContextVar('plain').set({secret!r}))",
    "partial": "HELD.append(functools.partial(print, {secret!r}, end={secret!r}))",
    "partialkey": "HELD.append(functools.partial(dict, **{{{secret!r}: 1}}))",
    "cached": "cached({secret!r})",
    "filename": "HELD.append(compile('1', '/srv/{secret}.py', 'exec'))",
    "openfile": "HELD.append(open(os.path.join(FOLDER, {secret!r}), 'w'))",
    "path": "HELD.append(pathlib.Path({secret!r}))",
    "logger": "HELD.append(logging.getLogger({secret!r}))",
    "threadname": "start(''.join({secret!r}))",
    "pattern": "HELD.append(re.compile({secret!r}))",
    "structure": "HELD.append(memoryview({secret!r}.encode()))",
    "number": "HELD.append(int.from_bytes({secret!r}.encode(), 'big'))",
    "deque": "HELD.append(collections.deque([{secret!r}]))",
    "chainmap": "HELD.append(collections.ChainMap({{{secret!r}: 1}}))",
    "weakkey": "HELD.append(weakref.WeakValueDictionary({{{secret!r}: HELD[0]}}))",
    "syspath": "sys.path.append({secret!r})",
    "argvvalue": "sys.argv.append('--password=' + {secret!r})",
}
NAMED_AFTER_DATA = {
    "classname": "HELD.append(type({secret!r}, (), {{}}))",
    "functionname": "HELD.append(types.FunctionType((lambda: 1).__code__, {{}}, {secret!r}))",
    "codename": "HELD.append((lambda: 1).__code__.replace(co_name={secret!r}))",
    "modulename": "HELD.append(types.ModuleType({secret!r}))",
    "loadedmodule": "sys.modules[{secret!r}] = types.ModuleType('plain')",
    "attributename": "setattr(HELD[0], {secret!r}, 1)",
    "globalname": "globals()[{secret!r}] = 1",
    "threadnameincode": "start({secret!r})",
}
SETUP = """
import collections, contextvars, functools, logging, os, pathlib, re, sys, threading, time, types, weakref
FOLDER = {folder!r}
class Thing:
    def __init__(self, value): self.value = value
class Slotted:
    __slots__ = ("value",)
    def __init__(self, value): self.value = value
HELD = [Thing(0)]
LOCAL = threading.local()
@functools.lru_cache
def cached(value): return [value]
def suspended(value):
    yield value
def caught(value):
    try:
        raise KeyError(value)
    except KeyError as error:
        return error
gate = threading.Event()
def start(value):
    ready = threading.Event()
    def work(local):
        ready.set()
        gate.wait()
    threading.Thread(target=work, args=(value,), name=value, daemon=True).start()
    ready.wait()
"""
TAKE = """
import heapdiff
path = heapdiff.snapshot()
"""


def planted(spelling: str, places: dict[str, str]) -> dict[str, str]:
    return {place: spelling.format(place=place) for place in places}


@pytest.mark.parametrize("engine", EVERY_ENGINE)
@pytest.mark.parametrize("spelling", [SPELLED, IDENTIFIER], ids=["no identifiers", "identifiers"])
def test_no_planted_secret_is_in_the_files(tmp_path: Path, engine: str, spelling: str) -> None:
    places = {**PLACES, **NAMED_AFTER_DATA} if spelling == SPELLED else PLACES
    secrets = planted(spelling, places)
    directory = tmp_path / "snapshots"
    setup = SETUP.format(folder=str(tmp_path))
    with Target(setup, HEAPDIFF_DIR=str(directory), HEAPDIFF_ENGINE=engine, HEAPDIFF_SIGNAL="none") as target:
        for place, code in places.items():
            target.execute(code.format(secret=secrets[place]))
        target.execute("start('mailer')")
        path = Path(target.evaluate("str(path)", TAKE))
    content = path.read_bytes() + path.with_suffix(".heap").read_bytes()
    leaked = [place for place, secret in secrets.items() if is_in(content, secret)]
    assert leaked == []
    assert b"Zq7hush" not in content
    assert is_in(content, "mailer"), "a thread's name that stands in the code is code"
    assert os.environ.get("PLANTED") is None


def is_in(content: bytes, secret: str) -> bool:
    return any(spelled in content for spelled in (secret.encode(), secret.encode("utf-16-le")))


def test_the_search_finds_what_is_a_name_of_code(tmp_path: Path) -> None:
    """The other way round: the test above would see it."""
    with Target(HEAPDIFF_DIR=str(tmp_path / "d"), HEAPDIFF_ENGINE="gc", HEAPDIFF_SIGNAL="none") as target:
        path = Path(target.evaluate("str(path)", "Zq7hush_global = [1]\n" + TAKE))
    assert is_in(path.with_suffix(".heap").read_bytes(), "Zq7hush_global")
