"""`flask heapdiff …` in this process: which snapshots it chooses, how it fails, and that it leaves no agent behind."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask.cli import ScriptInfo

from heapdiff.agent.directory.names import default_directory
from heapdiff.agent.directory.registry import read_agent
from heapdiff.agent.system.identity import own_identity
from heapdiff.agent.worker.installation import uninstall
from heapdiff.flask import HeapDiff
from heapdiff.flask.commands.adoption import directory_of
from heapdiff.flask.commands.choosing import MOST_ENDED, Series, choose, find_series
from heapdiff.flask.commands.group import heapdiff
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot
from tests.flask.conftest import MakeApp
from tests.test_layers import HEAVY, modules_after

Ask = Callable[..., Result]


@pytest.fixture
def ask(directory: Path, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Runs `flask heapdiff ARGUMENTS`, which makes the app."""
    monkeypatch.setenv("COLUMNS", "200")
    directory.mkdir(mode=0o700)

    def run(*arguments: str) -> Result:
        runner = Flask("other").test_cli_runner()
        return runner.invoke(heapdiff, arguments, obj=ScriptInfo(create_app=make_app))

    return run


def ended_well(done: Result) -> str:
    assert done.exit_code == 0, done.output
    return done.stdout


def complaint(done: Result) -> list[str]:
    """The two lines on stderr."""
    lines = done.stderr.splitlines()
    assert len(lines) == 2, done.stderr
    return lines


def test_a_command_finds_the_snapshots_of_the_app_and_compares_them(ask: Ask, directory: Path) -> None:
    write_snapshot(directory, SHOP_BEFORE, 1)
    write_snapshot(directory, SHOP_AFTER, 2)
    done = ask("compare")
    assert "shop.cache.SESSIONS" in ended_well(done)
    assert f"process 4242 (no longer running), snapshots in {directory}" in done.stderr


def test_a_command_takes_paths_as_well(ask: Ask, tmp_path: Path) -> None:
    named = [
        write_snapshot(tmp_path, text, number) for number, text in enumerate((SHOP_BEFORE, SHOP_AFTER), 1)
    ]
    done = ask("compare", *map(str, named), "--format", "json")
    assert '"schema": "compare/1"' in ended_well(done)
    assert not done.stderr


def test_advice_is_for_one_worker(ask: Ask, directory: Path) -> None:
    write_snapshot(directory, SHOP_BEFORE, 1)
    write_snapshot(directory, SHOP_BEFORE, 2, pid=4243)
    done = ask("advise", "--format", "json")
    assert '"pid": 4243' in ended_well(done)
    assert '"pid": 4242' not in done.stdout


def test_the_app_is_loaded_without_an_agent(ask: Ask, directory: Path) -> None:
    """So that `ps` doesn't show the process that asks, and nobody asks it for a snapshot."""
    done = ask("ps")
    assert done.exit_code == 0
    assert complaint(done)[0] == f"heapdiff: no process has an agent in {directory}"
    assert read_agent(directory, os.getpid()) is None


def test_an_app_made_afterwards_is_armed_again(ask: Ask, directory: Path, make_app: MakeApp) -> None:
    ask("ps")
    make_app()
    assert read_agent(directory, os.getpid()) is not None


@pytest.mark.parametrize(
    ("arguments", "exit_code", "says"),
    [
        (("compare",), 3, "no worker has two snapshots to compare"),
        (("advise",), 3, "no worker has a snapshot"),
        (("snapshot",), 4, "no process has an agent in"),
        (("sample", "on"), 4, "no process has an agent in"),
        (("watch", "shop.cache.SESSIONS"), 4, "no process has an agent in"),
        (("compare", "gone.json"), 2, "only one snapshot"),
        (("compare", "-o", "/nowhere/at/all"), 2, "there is no directory /nowhere/at"),
        (("sample", "--every", "64kB"), 2, "--every and --for need on"),
    ],
)
def test_what_goes_wrong_is_a_line_a_hint_and_an_exit_code(
    ask: Ask, arguments: tuple[str, ...], exit_code: int, says: str
) -> None:
    done = ask(*arguments)
    assert done.exit_code == exit_code, done.output
    assert says in complaint(done)[0]
    assert done.stdout == ""


def test_what_the_app_raises_is_not_hidden() -> None:
    def broken() -> Flask:
        raise RuntimeError("no database")

    done = Flask("other").test_cli_runner().invoke(heapdiff, ["ps"], obj=ScriptInfo(create_app=broken))
    assert isinstance(done.exception, RuntimeError)


def test_names_in_a_snapshot_cannot_steer_the_terminal(ask: Ask, directory: Path) -> None:
    for number, text in enumerate((SHOP_BEFORE, SHOP_AFTER), 1):
        path = write_snapshot(directory, text, number)
        path.write_text(json.dumps({**json.loads(path.read_text()), "label": "\x1b[2J"}))
    done = ask("compare")
    assert "\x1b" not in done.output
    assert "\\x1b[2J" in ended_well(done)


def test_every_command_of_the_table_has_its_name_and_says_what_it_does(ask: Ask) -> None:
    listed = ended_well(ask("--help"))
    for name in heapdiff.list_commands(None):  # type: ignore[arg-type]
        command = heapdiff.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        assert command.name == name
        assert f"  {name} " in listed


@pytest.mark.process
def test_what_flask_loads_with_every_command_is_light() -> None:
    """`flask run` imports the group: neither what it analyses with, nor the extension of an app that has none."""
    loaded = modules_after("import heapdiff.flask.commands.group")
    assert loaded & HEAVY == set()
    ours = {name for name in loaded if name.startswith("heapdiff.")}
    assert ours == {
        "heapdiff.cli",
        "heapdiff.cli.commands",
        "heapdiff.cli.streams",
        "heapdiff.errors",
        "heapdiff.escaping",
        "heapdiff.version",
        "heapdiff.flask",
        "heapdiff.flask.commands",
        "heapdiff.flask.commands.group",
    }


def test_without_the_extension_the_config_and_the_environment_say_where_the_snapshots_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Flask("bare")
    monkeypatch.delenv("HEAPDIFF_DIR", raising=False)
    assert directory_of(app) == default_directory()
    monkeypatch.setenv("HEAPDIFF_DIR", str(tmp_path / "environment"))
    assert directory_of(app) == tmp_path / "environment"
    app.config["HEAPDIFF_DIR"] = str(tmp_path / "config")
    assert directory_of(app) == tmp_path / "config"


def series(pid: int, count: int, runs: bool = False, at: int = 0) -> Series:
    paths = tuple(Path(f"{pid}-{number}.json") for number in range(count))
    return Series(pid, paths, tuple(f"{at:03}-{number:03}" for number in range(count)), runs)


def test_running_workers_come_before_those_that_ended() -> None:
    choice = choose([series(1, 5, at=9), series(2, 2, runs=True), series(3, 1, runs=True)])
    assert [each.pid for each in choice.series] == [2]
    assert (choice.run, choice.lacking) == (True, (3,))


def test_where_none_that_runs_has_two_those_that_ended_last_are_looked_at() -> None:
    choice = choose([series(1, 1, runs=True), *(series(pid, 2, at=pid) for pid in range(2, 30))])
    assert [each.pid for each in choice.series] == list(range(30 - MOST_ENDED, 30))
    assert not choice.run


def test_of_many_snapshots_the_first_the_middle_and_the_last_are_compared() -> None:
    assert [path.name for path in series(1, 9).spread()] == ["1-0.json", "1-4.json", "1-8.json"]
    assert len(series(1, 2).spread()) == 2
    assert len(series(1, 1).spread()) == 1


def test_a_process_that_runs_is_told_from_an_earlier_one_of_its_number(
    make_app: MakeApp, directory: Path
) -> None:
    make_app()
    write_snapshot(directory, SHOP_BEFORE, 1, pid=os.getpid(), identity="")
    write_snapshot(directory, SHOP_BEFORE, 2, pid=os.getpid(), identity=str(own_identity()))
    found = find_series(directory)
    assert [(each.pid, len(each.paths), each.runs) for each in found] == [
        (os.getpid(), 1, False),
        (os.getpid(), 1, True),
    ]


def test_what_cannot_be_read_is_left_out(directory: Path) -> None:
    assert find_series(directory) == []
    directory.mkdir()
    assert find_series(directory) == []
    write_snapshot(directory, SHOP_BEFORE, 1)
    cut = write_snapshot(directory, SHOP_BEFORE, 2)
    cut.write_text(cut.read_text()[:-40])
    assert [each.paths[0].name for each in find_series(directory)] == ["web1-4242-0001-20261122T140107Z.json"]


def test_the_extension_is_imported_when_it_is_asked_for() -> None:
    import heapdiff.flask

    assert heapdiff.flask.HeapDiff is HeapDiff
    with pytest.raises(AttributeError, match="no attribute 'HeapDifff'"):
        _ = heapdiff.flask.HeapDifff
    uninstall()
