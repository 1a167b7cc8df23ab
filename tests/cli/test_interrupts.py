"""An interrupt is one line and 130, whatever is being imported or done just then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import Done, environment
from tests.cli.snapshot_files import SHOP_AFTER, write_snapshot

ROOT = Path(__file__).parents[2]
PROGRAM = """
import signal, sys
class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupts())
from heapdiff.__main__ import main
sys.exit(main())
"""
ONLY = Done(130, "", "heapdiff: interrupted\n")


def interrupted_at(module: str, *arguments: str | Path) -> Done:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(module=module), *map(str, arguments)],
        capture_output=True, text=True, check=False, env=environment(PYTHONPATH=str(ROOT)),
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    "module",
    ["heapdiff.cli", "heapdiff.cli.failure", "click", "heapdiff.cli.snapshots.why", "numpy", "rich.console"],
)
def test_an_interrupt_while_something_is_imported_is_one_line(tmp_path: Path, module: str) -> None:
    assert interrupted_at(module, "why", write_snapshot(tmp_path, SHOP_AFTER), "dict") == ONLY


def test_an_interrupt_while_an_error_is_explained_is_one_line(tmp_path: Path) -> None:
    assert interrupted_at("heapdiff.render.escape", "show", tmp_path / "gone.json") == ONLY


def test_what_is_being_written_when_it_is_interrupted_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from heapdiff.cli.output import write_file

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fchmod", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(tmp_path / "x.md", b"text")
    assert list(tmp_path.iterdir()) == []


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "heapdiff", "--version"],
        capture_output=True, text=True, check=True, env=environment(PYTHONPATH=str(ROOT)),
    )  # fmt: skip
    assert done.stdout.startswith("heapdiff ")
