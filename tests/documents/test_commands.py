"""Each command that a page shows is run as it stands, or `elsewhere.py` says why not."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import click
import pytest

from heapdiff.cli.commands import heapdiff
from heapdiff.flask.commands.group import heapdiff as flask_heapdiff
from tests.cli.command import environment, run
from tests.cli.targets import WAITING, running
from tests.documents.commands import PAGES, Command, Script, commands_of, scripts_of
from tests.documents.elsewhere import ELSEWHERE
from tests.documents.stage import PIDS, WORKER, prepare, write_originals

ALL = [command for page in PAGES for command in commands_of(page)]
NOT_HERE = {text for texts in ELSEWHERE.values() for text in texts}
ASKS_A_WORKER = frozenset(("ps", "sample", "snapshot", "trim", "watch"))
PROGRAMS = frozenset(
    ("awk", "eval", "export", "gzip", "head", "heapdiff", "less", "mkdir", "openssl", "umask")
)
HAS_SQL = importlib.util.find_spec("duckdb") is not None
HAS_FLEET = all(importlib.util.find_spec(name) is not None for name in ("duckdb", "ibis", "pyarrow"))
NEEDS = {  # by words of a command, whether what it needs beyond heapdiff is here
    ("query",): HAS_SQL,
    ("export", "parquet"): HAS_SQL,
    ("fleet",): HAS_FLEET,
    ("mcp",): importlib.util.find_spec("mcp") is not None,
    ("watch",): sys.version_info >= (3, 12),
}


def own_words(command: Command) -> list[list[str]]:
    """The words behind `heapdiff`, for each time that a line has it."""
    return [words[words.index("heapdiff") + 1 :] for words in command.words if "heapdiff" in words]


def asks_a_worker(command: Command) -> bool:
    return any(
        words[0] in ASKS_A_WORKER or words[:1] < words[:2] == ["doctor", PIDS[0]]
        for words in own_words(command)
    )


def works_here(command: Command) -> bool:
    """Whether what it needs is here: the step `docs-commands` of `.ci/run` has all of it."""
    return all(
        here or not set(needing) <= set(words)
        for needing, here in NEEDS.items()
        for words in own_words(command)
    )


HERE = [command for command in ALL if command.text not in NOT_HERE]
READING = {each.text: each for each in HERE if own_words(each) and not asks_a_worker(each)}
SCRIPTS = {  # alike ones once; the tutorial is a test of its own
    tuple(command.text for command in here.commands): here
    for page in PAGES
    if page.name != "tutorial.md"
    for script in scripts_of(page)
    if (here := script.without(NOT_HERE)).commands
}


def test_every_command_is_of_programs_that_the_tests_run_or_is_said_not_to_be_run() -> None:
    unknown = [
        str(command)
        for command in HERE
        if not all(words[0] in PROGRAMS for words in command.words) and "tutorial.md" not in str(command.page)
    ]
    assert unknown == [], "add them to tests/documents/elsewhere.py, with the reason"


def test_what_is_said_not_to_be_run_is_shown_somewhere() -> None:
    assert NOT_HERE - {command.text for command in ALL} == set()


def test_each_command_takes_the_arguments_that_it_is_shown_with(tmp_path: Path) -> None:
    wrong = []
    for command in ALL:
        group: click.Group = flask_heapdiff if command.text.startswith("flask ") else heapdiff
        for name, *arguments in own_words(command):
            used = group.get_command(click.Context(group), name)
            if used is None:
                wrong.append(f"{command}: there is no command {name}")
                continue
            with chdir(tmp_path):
                try:
                    used.make_context(name, arguments, parent=click.Context(group), resilient_parsing=False)
                except click.UsageError as error:
                    wrong.append(f"{command}: {error.format_message()}")
    assert wrong == []


def test_each_module_that_is_run_exists() -> None:
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    modules = set(re.findall(r"\bpython -m ((?:tests|samples|heapdiff)(?:\.\w+)*)", text))
    assert modules
    assert {module for module in modules if importlib.util.find_spec(module) is None} == set()


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_originals(tmp_path_factory.mktemp("originals"))


@pytest.mark.process
@pytest.mark.soak
def test_commands_that_read_snapshots_answer(originals: list[Path], tmp_path: Path) -> None:
    wrong = []
    for number, command in enumerate(filter(works_here, READING.values())):
        directory = tmp_path / str(number)
        directory.mkdir()
        prepare(directory, originals, command.text)
        with chdir(directory):
            done = run(
                *(name for word in own_words(command)[0] for name in _expanded(word)),
                XDG_CACHE_HOME=str(directory),
            )
        if done.exit_code:
            wrong.append(f"{command}: exit code {done.exit_code}: {done.stderr}")
    assert wrong == []


def _expanded(word: str) -> list[str]:
    return sorted(map(str, Path().glob(word))) if "*." in word else [word]


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The PID of a worker whose shop fills all the time, and its directory."""
    directory = tmp_path_factory.mktemp("worker")
    with running(WORKER + WAITING, HEAPDIFF_DIR=str(directory)) as process:
        yield str(process.pid), directory


@pytest.mark.soak  # every block in a shell of its own
@pytest.mark.parametrize("script", SCRIPTS.values(), ids=str)
def test_each_block_works_as_typed(
    script: Script, originals: list[Path], worker: tuple[str, Path], tmp_path: Path
) -> None:
    commands = [command for command in script.commands if works_here(command)]
    if not commands:
        pytest.skip("needs an extra, or CPython 3.12; .ci/run docs-commands has both")
    text = "\n".join(command.text for command in commands)
    prepare(tmp_path, originals, text)
    pid, directory = worker
    for word in PIDS:
        text = re.sub(rf"\b{word}\b(?!-)", pid, text)
    done = subprocess.run(
        ["bash", "-euc", text],
        cwd=tmp_path,
        env=environment(
            HOME=str(tmp_path),
            XDG_CACHE_HOME=str(tmp_path),
            HEAPDIFF_DIR=str(directory),
            PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
