"""Snapshots say whose each module is, with every engine with a graph, and nothing of where it lies."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest

from heapdiff.agent.engines.gc.modules import owner_of
from heapdiff.agent.system.installed import Installed, find_installed
from heapdiff.format import ModuleOwner
from heapdiff.graph.heap import Owner
from heapdiff.graph.loading import load
from heapdiff.snapshot import read_snapshot
from tests.agent.setups import EVERY_ENGINE, engine_setup
from tests.agent.target import Target
from tests.together import together

PLACES = (  # as an application may leave them in `__file__`
    "", "/", "/site-packages/", "/site-packages", "/dist-packages/" + "a" * 9000, "/" * 5000, "\xe9/site-packages/\xe9",
    "/site-packages/a/site-packages/", "/site-packages/b.egg/site-packages/-", "built-in", "frozen", "\ud800/x",
    "/site-packages/a b/c.py", "/site-packages/1a/c.py", "/site-packages/_", "/site-packages/a.py", "/site-packages/a.b.so/c", "/site-packages/a.exe",
    "/site-packages/" + "a" * 255, "/site-packages/" + "a" * 256 + ".egg", "/site-packages/a..py", "/site-packages/a-1/b", "/site-packages/a.egg",
    "/site-packages/a\n", "/site-packages/a\n/b", "/site-packages/a+b.py",
)  # fmt: skip
INSTALLED = Installed(("/usr/lib/python3.11/",), frozenset({"shop"}))
STANDARD, BUILT_IN = (ModuleOwner.STANDARD, ""), (ModuleOwner.BUILT_IN, "")
APPLICATION = (ModuleOwner.APPLICATION, "")


@together(
    ("place", "owner"),
    [
        ("/usr/lib/python3.11/json/__init__.py", STANDARD),
        ("/usr/lib/python3.11/lib-dynload/_json.cpython-311-x86_64-linux-gnu.so", STANDARD),
        ("/usr/lib/python3.11/site-packages/flask/app.py", (ModuleOwner.DISTRIBUTION, "flask")),
        ("/usr/lib/python3/dist-packages/six.py", (ModuleOwner.DISTRIBUTION, "six")),
        ("/v/site-packages/_cffi_backend.cpython-311.so", (ModuleOwner.DISTRIBUTION, "_cffi_backend")),
        ("/v/site-packages/old-1.0-py3.11.egg/old/__init__.py", (ModuleOwner.DISTRIBUTION, "old")),
        ("/site-packages/a/site-packages/b/c.py", (ModuleOwner.DISTRIBUTION, "b")),
        (f"/v/site-packages/{'a' * 300}.py", APPLICATION),
        ("/v/site-packages/Alice, 1 Some Street/x.py", APPLICATION),
        ("/usr/lib/python3.11/site-packages/Alice, 1 Some Street/x.py", APPLICATION),
        ("/v/site-packages/4111111111111111/x.py", APPLICATION),
        ("/v/site-packages/alice@example.org.py", APPLICATION),
        ("/v/site-packages/shop/cache.py", APPLICATION),
        ("/v/site-packages/shopping/cache.py", (ModuleOwner.DISTRIBUTION, "shopping")),
        ("/home/anna/limits.py", APPLICATION),
        ("/usr/lib/python3.11-tools/run.py", APPLICATION),
        ("/my-site-packages/shop.py", APPLICATION),
        ("built-in", BUILT_IN),
        ("frozen", BUILT_IN),
        ("<string>", None),
        ("", None),
    ],
)
def test_the_path_decides(place: str, owner: tuple[ModuleOwner, str] | None) -> None:
    assert owner_of(place, INSTALLED) == owner


def test_the_directories_of_the_standard_library_are_those_of_sysconfig() -> None:
    found = find_installed().standard
    for name in ("stdlib", "platstdlib"):
        path = Path(
            sysconfig.get_path(name, vars={"base": sys.base_prefix, "platbase": sys.base_exec_prefix})
        )
        assert any(Path(place) == path for place in found)


MODULES = """
import json, types
sys.modules["made"] = types.ModuleType("made")
sys.modules["made.up"] = types.ModuleType("made.up")
sys.modules["nothing"] = None
sys.modules["lies"] = types.ModuleType("lies")
sys.modules["lies"].__file__ = 7
sys.path.insert(0, {site!r})
sys.path.insert(0, {home!r})
import limits, flask_thing.views, mine
"""


def write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_every_module_with_a_file_has_an_owner_and_no_path_is_written(engine: str, tmp_path: Path) -> None:
    site, home = tmp_path / "env" / "site-packages", tmp_path / "anna"
    for path in (site / "flask_thing" / "__init__.py", site / "flask_thing" / "views.py", home / "limits.py"):
        write(path)
    write(site / "mine.py")
    write(site / "mine-1.0.dist-info" / "direct_url.json", '{"url": "file:///src", "dir_info": {}}')
    write(site / "mine-1.0.dist-info" / "RECORD", "mine.py,,\nmine-1.0.dist-info/RECORD,,\n")
    (tmp_path / "snapshots").mkdir(mode=0o700)
    code = MODULES.format(site=str(site), home=str(home))
    with Target(f"import sys\n{code}" + engine_setup(engine, tmp_path / "snapshots")) as target:
        taken = Path(target.evaluate("snapshot()")["path"])
    modules = load(read_snapshot(taken)).modules
    application, installed = Owner(ModuleOwner.APPLICATION), Owner(ModuleOwner.DISTRIBUTION, "flask_thing")
    assert {name: modules.get(name) for name in ("limits", "mine", "flask_thing", "flask_thing.views")} == {
        "limits": application, "mine": application, "flask_thing": installed, "flask_thing.views": installed,
    }  # fmt: skip
    assert modules["json"] == modules["os"] == modules["os.path"] == Owner(ModuleOwner.STANDARD)
    assert modules["sys"] == modules["builtins"] == Owner(ModuleOwner.BUILT_IN)
    assert not {"made", "made.up", "nothing", "lies"} & modules.keys()
    assert b"anna" not in taken.with_suffix(".heap").read_bytes()


@pytest.mark.gc_engine
def test_both_engines_say_the_same(tmp_path: Path) -> None:
    said = []
    for engine in ("native", "gc"):
        directory = tmp_path / engine
        directory.mkdir(mode=0o700)
        with Target(engine_setup(engine, directory)) as target:
            target.execute(
                "import asyncio, click, markupsafe, sqlite3, unittest.mock, xml.dom.minidom, types, zlib"
            )
            for number, place in enumerate(PLACES):
                target.execute(f"sys.modules['m{number}'] = module = types.ModuleType('m{number}')")
                target.execute(f"module.__file__ = {place!r}")
            said.append(load(read_snapshot(Path(target.evaluate("snapshot()")["path"]))).modules)
    native, slow = ({name: owner for name, owner in each.items() if "heapdiff" not in name} for each in said)
    assert len(native) > 150
    assert native == slow
