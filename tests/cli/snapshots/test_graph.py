"""`graph` draws with what is there, and says what to install where nothing is."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.command import START, Done, environment, run
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return write_snapshot(tmp_path, SHOP_BEFORE, 1), write_snapshot(tmp_path, SHOP_AFTER, 2)


def draw(pair: tuple[Path, Path], output: Path, *more: str, **variables: str) -> Done:
    return run("graph", pair[1], "--since", pair[0], "-o", output, *more, **variables)


@pytest.mark.process
def test_an_svg_shows_the_chain_from_the_module_to_what_grew(pair: tuple[Path, Path], tmp_path: Path) -> None:
    output = tmp_path / "leak.svg"
    done = draw(pair, output)
    assert (done.exit_code, done.stdout, done.stderr) == (0, f"{output}\n", "")
    texts = {(element.text or "").strip("\xa0 ") for element in ElementTree.parse(output).iter(f"{SVG}text")}
    assert {"shop.cache", "SESSIONS", "shop.models.Session"} <= texts
    assert len(list(ElementTree.parse(output).iter(f"{SVG}g"))) < 100


@pytest.mark.process
def test_a_png_and_a_dot_file_come_out_too(pair: tuple[Path, Path], tmp_path: Path) -> None:
    assert draw(pair, tmp_path / "leak.PNG").exit_code == 0
    assert (tmp_path / "leak.PNG").read_bytes().startswith(b"\x89PNG")
    assert draw(pair, tmp_path / "leak.dot").exit_code == 0
    assert (tmp_path / "leak.dot").read_text().startswith("digraph")


@pytest.mark.parametrize("choice", [("--type", "shop.models.Session"), ("--holder", "shop.cache.SESSIONS")])
def test_the_user_chooses_what_is_drawn(
    pair: tuple[Path, Path], tmp_path: Path, choice: tuple[str, str]
) -> None:
    output = tmp_path / "chosen.dot"
    assert run("graph", pair[1], *choice, "-o", output).exit_code == 0
    assert choice[1].rpartition(".")[2] in output.read_text()


def test_the_later_of_the_two_is_drawn_in_whatever_order_they_are_named(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    draw(pair, tmp_path / "leak.dot")
    done = draw((pair[1], pair[0]), tmp_path / "swapped.dot")
    assert "is the later of the two" in done.stderr
    assert (tmp_path / "swapped.dot").read_text() == (tmp_path / "leak.dot").read_text()


def test_a_type_that_is_not_there_is_wrong_usage(pair: tuple[Path, Path], tmp_path: Path) -> None:
    done = run("graph", pair[1], "--type", "shop.Nothing", "-o", tmp_path / "x.svg")
    assert str(pair[1]) in done.complaint[0]
    assert done.exit_code == 2
    assert len(done.complaint) == 2
    assert not (tmp_path / "x.svg").exists()


@pytest.mark.process
def test_a_dot_program_that_fails_gives_way_to_the_next(pair: tuple[Path, Path], tmp_path: Path) -> None:
    broken = tmp_path / "bin" / "dot"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho 'cannot draw' >&2\nexit 1\n")
    broken.chmod(0o755)
    done = draw(pair, tmp_path / "leak.svg", PATH=f"{broken.parent}{os.pathsep}{os.environ['PATH']}")
    assert (done.exit_code, done.stderr) == (0, "")
    assert (tmp_path / "leak.svg").read_text().startswith("<?xml")


@pytest.mark.slow
def test_without_a_program_the_dot_text_is_written_and_the_error_says_what_to_install(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to(Path(sys.executable).resolve())
    packages = os.pathsep.join((str(Path(__file__).parents[3]), sysconfig.get_path("purelib")))
    done = subprocess.run(
        [python, "-c", START, "graph", pair[1], "--since", pair[0], "-o", tmp_path / "leak.svg"],
        capture_output=True, text=True, check=False,
        env=environment(PATH=str(python.parent), PYTHONPATH=packages, PYTHONNOUSERSITE="1"),
    )  # fmt: skip
    assert done.returncode == 5, done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert str(tmp_path / "leak.dot") in done.stderr
    assert "pip install graphviz-pure" in done.stderr
    assert (tmp_path / "leak.dot").read_text().startswith("digraph")
    assert not (tmp_path / "leak.svg").exists()
