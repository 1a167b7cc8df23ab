"""Where samples say that code is from, and that a made-up file name tells nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from heapdiff.agent.engines.choice import load_native
from heapdiff.format import ModuleOwner
from tests.agent.setups import NEEDS_NATIVE
from tests.together import together

pytestmark = NEEDS_NATIVE
STANDARD, BUILT_IN, DISTRIBUTION, APPLICATION = map(int, ModuleOwner)


def place_of(filename: str, name: str = "f") -> tuple[str, int, str, str]:
    from heapdiff.agent import _native

    assert not isinstance(load_native(), str)
    code = compile("1", "x", "exec").replace(co_filename=filename, co_qualname=name)
    return _native._code_place(code)


@pytest.fixture
def roots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path, "", "/app", "/app/vendored/", "/", "relative", "/ap\np"])


@together(
    ("filename", "place"),
    [
        (json.__file__, ("json/__init__.py", STANDARD, "")),
        (pytest.__file__, ("pytest/__init__.py", DISTRIBUTION, "pytest")),
        ("<frozen importlib._bootstrap>", ("importlib/_bootstrap.py", BUILT_IN, "")),
        ("/app/shop/cache.py", ("shop/cache.py", APPLICATION, "")),
        ("/app/./shop/cache.py", ("shop/cache.py", APPLICATION, "")),
        ("/app/shop/templates/product.html", ("shop/templates/product.html", APPLICATION, "")),
        ("/app/vendored/thing.py", ("thing.py", APPLICATION, "")),
        ("/app/my-app/shop/cache.py", ("shop/cache.py", APPLICATION, "")),
        ("/v/site-packages/old-1.0.egg/old/x.py", ("old/x.py", DISTRIBUTION, "old")),
        ("/v/site-packages/Alice, 1 Some Street/x.py", ("x.py", APPLICATION, "")),
        ("/app/tenants/4711.py", ("", APPLICATION, "")),
        ("/app/alice@example.org.py", ("", APPLICATION, "")),
        ("/app/alice smith/x.py", ("x.py", APPLICATION, "")),
        ("/app/bin/gunicorn", ("", 0, "")),
        ("/application/shop.py", ("", APPLICATION, "")),
        ("/srv/alice.py", ("", APPLICATION, "")),
        ("/app/" + "a/" * 3000 + "x.py", ("", 0, "")),
        ("alice.py", ("", 0, "")),
        ("shop/cache.py", ("", 0, "")),
        ("<string>", ("", 0, "")),
        ("<frozen alice smith>", ("", 0, "")),
        ("<frozen >", ("", 0, "")),
        ("<frozen alice_smith>", ("", 0, "")),
        ("/app/tenants/alice_smith/iban_DE4711.xlsx", ("", APPLICATION, "")),
        ("/app/alice_smith", ("", APPLICATION, "")),
        ("", ("", 0, "")),
        ("/", ("", APPLICATION, "")),
        ("\ud800/x.py", ("", 0, "")),
    ],
)
@pytest.mark.usefixtures("roots")
def test_code_is_told_by_its_file_below_where_it_was_imported_from(
    filename: str, place: tuple[str, int, str]
) -> None:
    assert place_of(filename) == (*place, "f")


@pytest.mark.usefixtures("roots")
def test_the_working_directory_counts_where_modules_are_imported_from_it(tmp_path: Path) -> None:
    assert place_of(f"{tmp_path}/shop/cache.py")[0] == "shop/cache.py"


def test_a_module_that_a_finder_of_its_own_found_is_below_a_directory_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, file in (("shop", "/src/shop/__init__.py"), ("tool", "/alone/tool.py"), ("lies", "/home/x.py")):
        module = type(sys)(name)
        module.__file__ = file
        monkeypatch.setitem(sys.modules, name, module)
    assert [place_of(file)[0] for file in ("/src/shop/cache.py", "/alone/tool.py", "/home/y.py")] == [
        "shop/cache.py", "tool.py", "",
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "told"), [("Cache.get", "Cache.get"), ("for alice", ""), ("4711", "")])
def test_a_function_is_told_if_it_has_a_name_of_code(name: str, told: str) -> None:
    assert place_of("/app/x.py", name)[3] == told


def test_a_script_is_told_by_its_name(tmp_path: Path) -> None:
    script = tmp_path / "serve.py"
    script.write_text(
        "from heapdiff.agent.engines.choice import load_native\n"
        "print(load_native()._code_place((lambda: 1).__code__))"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "('serve.py', 4, '', '<lambda>')"
