"""An interrupt, or an order to end, is one line and 130 or 128 and its number, whatever is being imported or done just then."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from heapdiff.cli import run_explained
from heapdiff.errors import UsageError
from tests.cli.command import INTERRUPTIBLE, Done, environment, run
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot

ROOT = Path(__file__).parents[2]
PROGRAM = """
import signal, sys, weakref
class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            interrupt = lambda _: signal.raise_signal({number})
            referred = set()
            reference = weakref.ref(referred, interrupt) if {dropped} else interrupt(None)
            del referred
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, {hangup})  # which nohup may have started the tests without
sys.meta_path.insert(0, Interrupts())
from heapdiff.__main__ import main
sys.exit(main())
"""
ONLY = Done(130, "", "heapdiff: interrupted\n")


def interrupted_at(
    module: str,
    *arguments: str | Path,
    number: int = signal.SIGINT,
    hangup: signal.Handlers = signal.SIG_DFL,
    dropped: bool = False,
    **variables: str,
) -> Done:
    program = PROGRAM.format(module=module, number=int(number), hangup=int(hangup), dropped=dropped)
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True, text=True, check=False,
        env=environment(PYTHONPATH=str(ROOT), **INTERRUPTIBLE, **variables),
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


def test_an_error_that_is_its_own_cause_is_explained() -> None:
    def fail() -> None:
        error = UsageError("circular", "Nothing.")
        raise error from error

    assert run_explained(fail) == 2


MODULES = ["heapdiff.cli.failure", "click", "heapdiff.cli.snapshots.why", "numpy", "rich.console"]


@pytest.mark.parametrize("module", ["heapdiff.cli", *MODULES])
def test_an_interrupt_while_something_is_imported_is_one_line(tmp_path: Path, module: str) -> None:
    assert interrupted_at(module, "why", write_snapshot(tmp_path, SHOP_AFTER), "dict") == ONLY


@pytest.mark.parametrize("module", MODULES[1:])
def test_one_that_a_callback_drops_comes_again(tmp_path: Path, module: str) -> None:
    assert interrupted_at(module, "why", write_snapshot(tmp_path, SHOP_AFTER), "dict", dropped=True) == ONLY


class Spoiled:
    """From CPython 3.12 on what this raises is passed on as it is."""

    def __set_name__(self, owner: type, name: str) -> None:
        raise KeyboardInterrupt


@pytest.mark.parametrize("cause", [KeyboardInterrupt, None])
def test_so_is_one_that_something_else_made_an_error_of(
    capsys: pytest.CaptureFixture[str], cause: type[BaseException] | None
) -> None:
    def work() -> None:
        if cause is not None:
            raise RuntimeError("surprise") from cause
        type("Made", (), {"attribute": Spoiled()})

    assert (run_explained(work), capsys.readouterr().err) == (130, ONLY.stderr)


@pytest.mark.parametrize("module", [MODULES[0], "numpy"])
def test_so_is_an_order_to_end(tmp_path: Path, module: str) -> None:
    path = write_snapshot(tmp_path, SHOP_AFTER)
    done = interrupted_at(module, "why", path, "dict", number=signal.SIGTERM)
    assert done == Done(143, "", "heapdiff: ended by SIGTERM\n")


def test_an_interrupt_while_an_error_is_explained_is_one_line(tmp_path: Path) -> None:
    assert interrupted_at("heapdiff.render.escape", "show", tmp_path / "gone.json") == ONLY


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_one_that_is_told_to_end_takes_back_what_it_made_for_a_while(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """The redacted copies are there, and a page is being made from them."""
    before, after = write_snapshot(tmp_path, SHOP_BEFORE, 1), write_snapshot(tmp_path, SHOP_AFTER, 2)
    temporary, output = tmp_path / "temporary", tmp_path / "output"
    temporary.mkdir()
    output.mkdir()
    done = interrupted_at(
        "heapdiff.render.bundle.zipped", "compare", before, after, "--redact", "--bundle", output / "leak.zip",
        number=number, TMPDIR=str(temporary),
    )  # fmt: skip
    assert done == Done(code, "", f"heapdiff: ended by {number.name}\n")
    assert [*temporary.iterdir(), *output.iterdir()] == []


def test_whoever_has_it_ignored_goes_on(tmp_path: Path) -> None:
    """As `nohup` does before it starts a command."""
    path = write_snapshot(tmp_path, SHOP_AFTER)
    done = interrupted_at("rich.console", "why", path, "dict", number=signal.SIGHUP, hangup=signal.SIG_IGN)
    assert done.exit_code == 0


def test_in_another_thread_they_are_left_alone(tmp_path: Path) -> None:
    path, codes = write_snapshot(tmp_path, SHOP_AFTER), list[int]()
    thread = threading.Thread(target=lambda: codes.append(run("why", path, "dict").exit_code))
    thread.start()
    thread.join()
    assert codes == [0]


def test_afterwards_the_signals_mean_what_they_did(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]
    assert run("why", write_snapshot(tmp_path, SHOP_AFTER), "dict").exit_code == 0
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)] == before


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
