"""Which file is the application's: as Flask, the command line or the script say, and never a server's own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from heapdiff.agent.system.installed import Installed, find_version

ROOT = Path(__file__).resolve().parents[3]
LOOK = "from heapdiff.agent.deployment.applications import find_application as f; print(f({named!r}))"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What is started in it finds modules `shop`, `plain` and `app`; each prints what it takes for the application."""
    (tmp_path / "shop").mkdir()
    for name in ("shop/__init__.py", "shop/wsgi.py", "plain.py"):
        (tmp_path / name).write_text("")
    (tmp_path / "shop/__main__.py").write_text(LOOK.format(named=""))
    (tmp_path / "app.py").write_text(LOOK.format(named=""))
    (tmp_path / "serve").write_text(LOOK.format(named=""))
    return tmp_path


def found(folder: Path, *command: str, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip().removeprefix(f"{folder}/")


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (("shop:app",), "shop/__init__.py"),
        (("--workers", "4", "shop.wsgi:create_app('x', 1)"), "shop/__init__.py"),
        (("-b", "127.0.0.1:8000", "localhost:http", "plain:app"), "plain.py"),
        (("unix:/run/shop", "missing:app", "plain:make()"), "plain.py"),
        (("shop",), ""),
        (("../shop:app", ":", "a b:c", "shop:", "1shop:app", "shop..wsgi;:app"), ""),
    ],
)
def test_the_command_line_names_it_before_it_is_loaded(
    folder: Path, words: tuple[str, ...], place: str
) -> None:
    assert found(folder, "-c", LOOK.format(named=""), *words) == place


def test_flask_goes_before_the_command_line_and_that_before_the_variable(folder: Path) -> None:
    assert found(folder, "-c", LOOK.format(named="plain"), "shop:app", FLASK_APP="app.py") == "plain.py"
    assert found(folder, "-c", LOOK.format(named=""), "shop:app", FLASK_APP="app.py") == "shop/__init__.py"
    assert found(folder, "-c", LOOK.format(named=""), FLASK_APP="app.py:make") == "app.py"
    assert found(folder, "-c", LOOK.format(named="missing"), FLASK_APP="plain") == "plain.py"


def test_a_loaded_module_is_where_it_was_loaded_from(folder: Path) -> None:
    load = "import sys; sys.path.insert(0, '.'); import shop.wsgi; "
    assert found(folder, "-c", load + LOOK.format(named="shop.wsgi")) == "shop/wsgi.py"


def test_a_module_may_have_any_file_and_any_class(folder: Path) -> None:
    """No code of it runs."""
    odd = """
import sys, types
class Odd(types.ModuleType):
    def __getattribute__(self, name): sys.exit('asked for ' + name)
for name, place in (('seven', 7), ('text', '\\0'), ('own', type('Text', (str,), {})('/x'))):
    sys.modules[name] = Odd(name)
    vars(types.ModuleType)['__dict__'].__get__(sys.modules[name])['__file__'] = place
sys.modules['none'] = None
from heapdiff.agent.deployment.deployment import find_release as f
print([f(name) for name in ('seven', 'text', 'own', 'none', 'a' * 10**6, '\\0', '../x')])
"""
    assert found(folder, "-c", odd) == str([""] * 7)


def test_a_script_is_the_application_but_no_server(folder: Path) -> None:
    assert found(folder, "app.py") == "app.py"
    assert found(folder, "-m", "shop") == "shop/__main__.py"
    assert found(folder, "serve") == "", "it may be the program of a package"
    assert found(folder, "-c", LOOK.format(named="")) == ""
    main = "import runpy, sys; sys.modules['__main__'].__file__ = {place!r}; "
    for place in ("/v/lib/python3.11/site-packages/gunicorn/__main__.py", subprocess.__file__):
        assert found(folder, "-c", main.format(place=place) + LOOK.format(named="")) == ""


def site(tmp_path: Path, *distributions: str) -> Path:
    place = tmp_path / "lib/site-packages"
    for each in distributions:
        (place / each).mkdir(parents=True)
    return place


NONE = Installed((), frozenset())


@pytest.mark.parametrize(
    ("package", "version"),
    [
        ("shop", "1.4.0"), ("shop_web", "2.0+local.1"), ("Under_Score", "3!1.0"), ("missing", ""), ("odd", ""),
    ],
)  # fmt: skip
def test_the_version_is_in_the_name_of_the_distribution(tmp_path: Path, package: str, version: str) -> None:
    place = site(
        tmp_path,
        *("shop-1.4.0.dist-info", "shop_web-2.0+local.1.dist-info", "under.score-3!1.0.dist-info"),
        *("odd-<b>.dist-info", "shop.dist-info", "-1.dist-info", "shop-9.egg-info"),
    )
    assert find_version(f"{place}/{package}/__init__.py", NONE) == version
    assert find_version(f"{place}/{package}.py", NONE) == version


def test_a_distribution_with_another_name_must_say_that_it_has_the_package(tmp_path: Path) -> None:
    place = site(tmp_path, "acme_shop-1.0.dist-info", "shop_tools-2.0.dist-info", "workshop-3.0.dist-info")
    (place / "shop_tools-2.0.dist-info/RECORD").write_text(
        "shop_tools/x.py,,\nmyshop/a.py,,\nshopping/x.py,,\n"
    )
    (place / "acme_shop-1.0.dist-info/RECORD").write_text(
        "acme/__init__.py,,\nshop/__init__.py,sha256=x,12\n"
    )
    assert find_version(f"{place}/shop/wsgi.py", NONE) == "1.0"
    (place / "acme_shop-1.0.dist-info/RECORD").write_text("acme/__init__.py,,\n")
    assert find_version(f"{place}/shop/wsgi.py", NONE) == ""
    (place / "workshop-3.0.dist-info/RECORD").write_text("shop.cpython-311-x86_64-linux-gnu.so,,\n")
    assert find_version(f"{place}/shop.cpython-311-x86_64-linux-gnu.so", NONE) == "3.0"


def test_a_package_that_came_from_a_directory_has_the_version_that_was_found_with_it() -> None:
    own = Installed((), frozenset({"shop"}), {"shop": "1.5.0"})
    assert find_version("/nowhere/site-packages/shop/wsgi.py", own) == "1.5.0"
    assert find_version("/srv/shop/wsgi.py", own) == ""
