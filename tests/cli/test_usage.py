"""Help, versions, completion, options: what a user meets before any file is read."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from heapdiff.cli.commands import COMMANDS
from heapdiff.cli.options import parse_size
from tests.cli.command import run, run_process
from tests.cli.targets import WAITING, running
from tests.together import together


@pytest.mark.parametrize(
    ("arguments", "exit_code"), [(("--help",), 0), (("nonsense",), 2), (("show", "gone.json"), 3)]
)
def test_a_process_of_its_own_answers_as_ours_does(arguments: tuple[str, ...], exit_code: int) -> None:
    done = run_process(*arguments)
    assert done == run(*arguments)
    assert done.exit_code == exit_code


def test_help_lists_every_command_with_a_line_about_it() -> None:
    done = run("--help")
    assert (done.exit_code, done.stderr) == (0, "")
    assert [line for line in done.stdout.splitlines() if len(line) > 80] == []
    for name in COMMANDS:
        assert any(
            line.split()[:1] == [name] and len(line.split()) > 2 for line in done.stdout.splitlines()
        ), name


def test_without_a_command_it_prints_the_help() -> None:
    assert run().stdout == run("--help").stdout
    assert run().exit_code == 0


@together("name", COMMANDS)
def test_each_command_has_help_with_an_example_that_fits_eighty_columns(name: str) -> None:
    done = run(name, "--help")
    assert done.exit_code == 0
    assert done.stdout.count(f"heapdiff {name}") >= 2
    assert [line for line in done.stdout.splitlines() if len(line) > 80] == []


def test_the_version_is_a_line_for_scripts() -> None:
    done = run("--version")
    assert done.exit_code == 0
    assert done.stdout.split()[0] == "heapdiff"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.process
def test_completion_prints_a_script_for_the_shell(shell: str) -> None:
    done = run("completion", shell)
    assert done.exit_code == 0
    assert "_HEAPDIFF_COMPLETE" in done.stdout


def test_completion_completes_commands() -> None:
    done = run(COMP_WORDS="heapdiff sna", COMP_CWORD="1", _HEAPDIFF_COMPLETE="bash_complete")
    assert done.stdout.split() == ["plain,snapshot"]


def complete(words: str, directory: Path) -> list[str]:
    """What a shell offers after these words."""
    at = {"COMP_CWORD": str(len(words.split(" ")) - 1), "HEAPDIFF_DIR": str(directory)}
    done = run(COMP_WORDS=words, _HEAPDIFF_COMPLETE="bash_complete", **at)
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.mark.process
def test_completion_completes_processes_switches_and_groups(tmp_path: Path) -> None:
    with running(
        "import heapdiff\nheapdiff.install(signal=None)\n" + WAITING, HEAPDIFF_DIR=str(tmp_path)
    ) as process:
        pid = str(process.pid)
        for command in ("snapshot", "watch", "doctor"):
            assert complete(f"heapdiff {command} {pid[:-1]}", tmp_path) == [pid]
        assert complete("heapdiff sample ", tmp_path) == [pid, "on", "off"]
    assert complete(f"heapdiff sample {pid} of", tmp_path) == ["off"]
    assert complete("heapdiff show a.json --by e", tmp_path) == ["entry"]


def test_completion_is_silent_where_processes_cannot_be_looked_for(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert complete("heapdiff watch 4", tmp_path / "file") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("--nonsense",),
        ("compare",),
        ("compare", "only-one.json"),
        ("show",),
        ("show", "a.json", "--format", "xml"),
        ("show", "a.json", "-n", "-1"),
        ("snapshot",),
        ("snapshot", "4242", "--all"),
        ("snapshot", "worker"),
        ("why", "a.json"),
        ("graph", "a.json", "-o", "x.svg"),
        ("graph", "a.json", "--type", "T", "-o", "x.pdf"),
        ("graph", "a.json", "--type", "T", "--holder", "m.X", "-o", "x.svg"),
        ("compare", "a.json", "b.json", "--fail-on-growth", "much"),
        ("completion", "tcsh"),
        ("doctor", "0"),
    ],
)
def test_wrong_usage_is_two_lines_and_exit_code_two(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.complaint) == 2, done.stderr
    assert done.complaint[0].startswith("heapdiff: ")


@pytest.mark.parametrize(
    ("arguments", "whose"),
    [
        (("show", ""), "an argument"),
        (("compare", ".", ""), "an argument"),
        (("query", "", "FROM types"), "an argument"),
        (("mcp", ""), "an argument"),
        (("ps", "--dir", ""), "--dir"),
        (("snapshot", "4242", "--to", ""), "--to"),
        (("redact", ".", "-o", "x.json", "--key-file", ""), "--key-file"),
        (("fleet", "leaks", "lake", "--owners", ""), "--owners"),
    ],
)
def test_a_variable_that_is_not_set_names_no_directory(arguments: tuple[str, ...], whose: str) -> None:
    done = run(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.complaint[0] == f"heapdiff: {whose}: the name is empty"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("4096", 4096),
        ("10MB", 10_000_000),
        ("10 mb", 10_000_000),
        ("1.5GiB", 3 << 29),
        ("1k", 1000),
        ("1KiB", 1024),
        ("2TB", 2 * 10**12),
        ("5B", 5),
    ],
)
def test_a_size_is_read_as_people_write_it(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "MB", "-1", "1iB", "1e6", "10 parrots", "1,000", "٣", "inf", "9" * 40])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="not a size"):
        parse_size(text)
