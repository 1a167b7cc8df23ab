"""Whatever goes wrong: two lines on stderr, the right exit code, no traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from heapdiff.cli.failure import explain
from heapdiff.cli.processes.capturing import tell_notes
from tests.cli.command import START, Done, environment, run, run_process
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot, write_summary

READERS = [("show",), ("dump",), ("why", "str")]


def complains(done: Done, exit_code: int, name: object) -> None:
    assert done.exit_code == exit_code, done.stderr
    assert len(done.complaint) == 2, done.stderr
    assert str(name) in done.complaint[0]
    assert "Traceback" not in done.stderr


def ask(command: tuple[str, ...], path: Path) -> Done:
    return run(command[0], path, *command[1:])


@pytest.mark.parametrize("command", READERS)
def test_a_file_that_is_not_there_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    complains(ask(command, tmp_path / "gone.json"), 3, "gone.json")


def test_without_a_temporary_directory_the_hint_says_how_to_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots = write_snapshot(tmp_path, SHOP_BEFORE), write_snapshot(tmp_path, SHOP_AFTER)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "gone")])
    done = run("compare", *snapshots, "--redact")
    complains(done, 2, "No usable temporary directory")
    assert done.complaint[1] == "Set TMPDIR to a directory that you can write to."


@pytest.mark.parametrize("command", READERS)
def test_a_directory_without_snapshots_is_named(tmp_path: Path, command: tuple[str, ...]) -> None:
    complains(ask(command, tmp_path), 3, f"{tmp_path}: holds no snapshots")


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("ending", ["json", "heap"])
def test_an_empty_file_is_no_snapshot(tmp_path: Path, command: tuple[str, ...], ending: str) -> None:
    path = tmp_path / f"empty.{ending}"
    path.touch()
    complains(ask(command, path), 3, path.name)


@pytest.mark.parametrize("command", READERS)
def test_foreign_content_is_no_snapshot(tmp_path: Path, command: tuple[str, ...]) -> None:
    for number, content in enumerate(
        (b"{}", b"[1]", b"\x7fELF\x00\xff", b'{"schema": "snapshot/9"}', b"[" * 100_000)
    ):
        path = tmp_path / f"foreign{number}.json"
        path.write_bytes(content)
        complains(ask(command, path), 3, path.name)


@pytest.mark.parametrize("command", READERS)
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path, command: tuple[str, ...]) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    complains(ask(command, tmp_path / "pipe.json"), 3, "pipe.json")


@pytest.mark.parametrize("command", [("dump",), ("why", "str")])
def test_a_cut_off_heap_is_reported_with_what_was_read(tmp_path: Path, command: tuple[str, ...]) -> None:
    heap = write_snapshot(tmp_path, SHOP_BEFORE).with_suffix(".heap")
    heap.write_bytes(heap.read_bytes()[:-60])
    done = ask(command, heap)
    assert done.exit_code == 3
    assert "cut off" in done.complaint[-2]


@pytest.mark.parametrize("command", [("dump",), ("why", "str")])
def test_a_summary_without_its_heap_says_what_to_copy(tmp_path: Path, command: tuple[str, ...]) -> None:
    complains(ask(command, write_summary(tmp_path, SHOP_BEFORE)), 3, ".json")


def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    path = write_summary(tmp_path, SHOP_BEFORE)
    script = FORBIDDEN.format(path=str(path))
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env=environment()
    )
    complains(Done(done.returncode, "", done.stderr), 3, "Permission denied")


def test_a_hostile_file_name_cannot_steer_the_terminal(tmp_path: Path) -> None:
    done = run("show", tmp_path / "evil\x1b[31m\nname.json")
    complains(done, 3, "evil\\x1b[31m\\nname.json")
    assert "\x1b" not in done.stderr


def test_a_reader_that_stops_early_ends_it_quietly(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, "m.X: list -> str * 20000")
    command = [sys.executable, "-c", START, "dump", str(path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 128 + signal.SIGPIPE


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    path = write_summary(tmp_path, SHOP_BEFORE)
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", START, "show", path],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environment(),
        )  # fmt: skip
    complains(Done(done.returncode, "", done.stderr), 2, "No space left")


def test_a_full_device_is_named(tmp_path: Path) -> None:
    pair = write_summary(tmp_path, SHOP_BEFORE), write_summary(tmp_path, SHOP_BEFORE, 2)
    complains(run("compare", *pair, "-o", "/dev/full"), 2, "/dev/full: No space left")


@pytest.mark.parametrize("ending", [".json", ".heap"])
def test_a_snapshot_is_never_written_over(tmp_path: Path, ending: str) -> None:
    path = write_snapshot(tmp_path, SHOP_BEFORE)
    own = path.with_suffix(ending)
    before = own.read_bytes()
    for command in (("compare", path, path), ("redact", path)):
        complains(run(*command, "-o", own), 2, "is a snapshot itself")
    assert own.read_bytes() == before


def without_graph(directory: Path, reason: str) -> Path:
    path = write_summary(directory, SHOP_BEFORE)
    path.write_text(json.dumps({**json.loads(path.read_text()), "notes": [f"no graph: {reason}"]}))
    return path


def test_a_missing_graph_has_the_reason_that_the_agent_had(tmp_path: Path) -> None:
    path = without_graph(tmp_path, "too little disk space")
    done = run("why", path, "dict")
    complains(done, 3, "taken without references, which this needs (no graph: too little disk space)")
    assert "--no-graph" not in done.stderr


def test_what_a_new_snapshot_lacks_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = without_graph(tmp_path, "too little memory")
    tell_notes(path)
    assert capsys.readouterr().err == f"heapdiff: {path.name}: no graph: too little memory\n"


def test_a_closed_standard_output_is_no_crash(tmp_path: Path) -> None:
    path = write_summary(tmp_path, SHOP_BEFORE)
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", sys.executable, "-c", START, "show", path],
        stderr=subprocess.PIPE, text=True, check=False, env=environment(),
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (KeyboardInterrupt(), 130),
        (MemoryError(), 3),
        (PermissionError(13, "Permission denied", "x.json"), 2),
        (BrokenPipeError(32, "Broken pipe"), 141),
        (RuntimeError("surprise\x1b[0m"), 70),
    ],
)
def test_every_exception_becomes_lines_and_an_exit_code(
    error: BaseException, exit_code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = explain(error)
    failure.report()
    assert failure.exit_code == exit_code
    complaint = capsys.readouterr().err
    assert len(complaint.splitlines()) <= 2
    assert "\x1b" not in complaint


@pytest.mark.slow
def test_an_interrupt_ends_with_130(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, "m.X: list -> str * 20000")
    script = f"import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n{START}"
    with subprocess.Popen(
        [sys.executable, "-c", script, "dump", str(path)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    ) as process:  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()  # it now waits for us to read the rest
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (130, "heapdiff: interrupted\n")


FORBIDDEN = """
import os, sys
from heapdiff.cli import main
assert main(["show", {path!r}]) == 0
os.chmod({path!r}, 0)
if os.geteuid() == 0:
    os.seteuid(65534)
sys.exit(main(["show", {path!r}]))
"""


@pytest.mark.parametrize(
    "command", [["trim"], ["watch", "shop.cache"], ["sample"]], ids=lambda words: words[0]
)
def test_a_process_that_is_not_there_is_said_at_once(tmp_path: Path, command: list[str]) -> None:
    done = run(command[0], "4194304", *command[1:], "--dir", tmp_path)  # no PID is as high
    assert (done.exit_code, done.stdout) == (4, "")
    assert "4194304" in done.stderr


@pytest.mark.parametrize("missing", ["click", "numpy"])
def test_a_missing_dependency_is_named(tmp_path: Path, missing: str) -> None:
    snapshots = [write_snapshot(tmp_path, text) for text in (SHOP_BEFORE, SHOP_AFTER)]
    done = run_process("compare", *snapshots, start=f"import sys; sys.modules[{missing!r}] = None; {START}")
    complains(done, 2, f"the package {missing} isn't installed")
