"""Two containers with one host name and one number that share a directory; a `/tmp` that only one process sees."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heapdiff.agent.directory.access import is_abandoned
from heapdiff.agent.system.procfs import read_process
from heapdiff.remote.door import ask_status
from heapdiff.remote.seeing import fold
from heapdiff.snapshot import read_snapshot
from tests.agent.containers import LIMIT_S, container, number_outside, private
from tests.agent.setups import EVERY_ENGINE, WITHOUT_ITS_WALK
from tests.agent.target import Target
from tests.cli.command import run
from tests.processes import agent_files
from tests.servers.running import wait_for

SETUP = """
import json, os
import heapdiff
from pathlib import Path
from heapdiff.agent.worker.arming import host_name
from heapdiff.remote.finding import find_agents
from heapdiff.remote.door import ask_status
from heapdiff.remote.seeing import fold
heapdiff.install()
def agents(directory=None):
    return [(agent.pid, agent.record.identity) for agent in find_agents(directory).found]
def snapshot():
    return heapdiff.snapshot().name
"""
CLEAR = """
from heapdiff.agent.directory.registry import remove_dead_agents
remove_dead_agents(Path({directory!r}), host_name())
"""
ONE_ONLY = {"HEAPDIFF_KEEP": "1", "HEAPDIFF_MAX_BYTES": "1"}


def start(directory: Path, prefix: tuple[str, ...], engine: str = "gc", **environment: str) -> Target:
    setup = SETUP if engine == "native" else WITHOUT_ITS_WALK + SETUP
    return Target(setup, prefix=prefix, HEAPDIFF_DIR=str(directory), HEAPDIFF_ENGINE=engine, **environment)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "shared").mkdir(mode=0o700)
    return tmp_path / "shared"


@pytest.fixture(params=EVERY_ENGINE)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def pair(directory: Path, engine: str) -> Iterator[tuple[Target, Target]]:
    with (
        start(directory, container(), engine) as one,
        start(directory, container(), engine, **ONE_ONLY) as other,
    ):
        yield one, other


def listed(*arguments: str | Path) -> dict[int, dict[str, Any]]:
    done = run("ps", "--format", "json", *arguments)
    assert done.exit_code == 0, done.stderr
    return {process["pid"]: process for process in json.loads(done.stdout)["processes"]}


def test_neither_deletes_what_is_the_others_nor_answers_for_it(
    pair: tuple[Target, Target], directory: Path
) -> None:
    one, other = pair
    host = one.evaluate("host_name()")
    assert [target.evaluate("(os.getpid(), host_name())") for target in pair] == [[1, host]] * 2
    first, second = map(number_outside, pair)
    files = {*agent_files(directory, first), *agent_files(directory, second)}
    assert len(files) == 4
    assert set(directory.iterdir()) == files, "arming cleared nothing away"
    taken = {one.evaluate("snapshot()") for _ in range(2)}
    kept = [other.evaluate("snapshot()") for _ in range(2)][-1]
    assert {path.name for path in directory.glob("[!.]*.json")} == {*taken, kept}

    assert [target.evaluate(f"agents(Path({str(directory)!r}))") for target in pair] == [
        [[1, identity_of(directory, first)]],
        [[1, identity_of(directory, second)]],
    ], "each sees itself only"
    found = listed("--dir", directory)
    assert {pid: (each["own_pid"], each["snapshots"]) for pid, each in found.items()} == {
        first: (1, 2),
        second: (1, 1),
    }
    assert set(directory.iterdir()) >= files, "nor did ps, here or there"

    by_number = {}
    for pid in (first, second):
        done = run("snapshot", str(pid), "--dir", directory, "--no-graph", "--label", f"of {pid}")
        assert (done.exit_code, done.stderr) == (0, "")
        by_number[pid] = read_snapshot(Path(done.stdout.strip())).summary
    assert {pid: (each.label, each.process.pid) for pid, each in by_number.items()} == {
        first: (f"of {first}", 1),
        second: (f"of {second}", 1),
    }
    assert by_number[first].process.identity == identity_of(directory, first)
    done = run("compare", directory, "--format", "json")
    assert json.loads(done.stdout)["schema"] == "comparisons/1", "two processes, each by itself"

    door = agent_files(directory, first)[1]
    end(one, first)
    wait_for(lambda: is_abandoned(directory, door.name))  # its thread may close it a moment later
    assert set(directory.iterdir()) >= files
    other.execute(CLEAR.format(directory=str(directory)))
    assert set(directory.glob(".agent-*")) == set(agent_files(directory, second)), "the dead one's only"
    other.execute("snapshot()")
    assert len(list(directory.glob("[!.]*.json"))) == 1, "and now its snapshots may go"


def end(target: Target, pid: int) -> None:
    target.close()
    last = time.monotonic() + LIMIT_S
    while read_process(pid) is not None:
        assert time.monotonic() < last


def identity_of(directory: Path, pid: int) -> str:
    return agent_files(directory, pid)[0].name.removeprefix(".agent-").removesuffix(".json")


def test_from_another_container_a_socket_is_not_taken_for_one_of_ours(directory: Path) -> None:
    """The other one has put his socket where ours should be."""
    with start(directory, container()) as one, start(directory, container()) as other:
        ours, theirs = (agent_files(directory, number_outside(target))[1] for target in (one, other))
        place = f"Path({str(directory)!r})"
        assert one.evaluate(f"ask_status({place}, 1) is not None")
        ours.unlink()
        theirs.rename(ours)
        assert one.evaluate(f"ask_status({place}, 1) is None")
        assert ask_status(directory, number_outside(one)) is None


@pytest.mark.parametrize("contained", [True, False], ids=["container", "PrivateTmp"])
def test_an_agent_with_a_temporary_directory_of_its_own_is_found_and_asked(
    tmp_path: Path, contained: bool
) -> None:
    hidden, pipe = tmp_path / "private", tmp_path / "pipe"
    hidden.mkdir()
    os.mkfifo(pipe)
    commands = f"{private(hidden)} && mkdir -m 700 {hidden}/link && ln -s {hidden}/link {hidden}/heapdiff-7"
    prefix = container(commands=commands)
    if not contained:
        prefix = tuple(
            word for word in prefix if word not in ("--pid", "--mount-proc", "--kill-child", "--fork")
        )
    with (
        Target(SETUP, prefix=prefix, TMPDIR=str(hidden), HEAPDIFF_DIR="") as target,
        Target("import os", TMPDIR=str(tmp_path), HEAPDIFF_DIR=str(pipe)),
    ):
        pid = number_outside(target) if contained else target.process.pid
        found = listed()[pid]
        assert list(hidden.iterdir()) == []
        seen = Path(f"/proc/{pid}/root{hidden}/heapdiff-0")
        assert (found["directory"], found["own_pid"]) == (str(seen), 1 if contained else pid)
        done = run("snapshot", str(pid), "--no-graph")
        assert (done.exit_code, done.stderr) == (0, "")
        path = Path(done.stdout.strip())
        assert path.parent == seen
        assert read_snapshot(path).summary.process.pid == found["own_pid"]
        assert run("doctor", str(pid)).exit_code == 0


NOBODY = """
from heapdiff.agent.worker import installation
installation.uninstall()  # it was there to load what nobody may read
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
heapdiff.install()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up root")
def test_of_a_worker_that_gave_up_root_in_its_own_tmp_root_finds_the_agent(outside: Path) -> None:
    """Such a process hides from its own user what it sees of the disk."""
    prefix = container(commands=private(outside))
    with Target(SETUP + NOBODY, prefix=prefix, TMPDIR=str(outside), HEAPDIFF_DIR="") as target:
        pid = number_outside(target)
        done = run("snapshot", str(pid), "--no-graph")
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout.startswith(f"/proc/{pid}/root{outside}/heapdiff-65534/")


CLOSED = """
import os
from heapdiff.cli.processes.ps import tell_closed
from heapdiff.remote.finding import find_agents
os.environ.pop("HEAPDIFF_DIR", None)
find_agents(None)
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
tell_closed(find_agents(None).closed)
"""


def test_what_may_not_be_looked_into_is_counted() -> None:
    with Target(CLOSED) as target:
        said = target.errors()
    assert said.startswith("heapdiff: ")
    assert "not looked into: other users' or protected; as root they would be" in said


def test_nothing_is_cleared_away_where_proc_shows_other_numbers(directory: Path) -> None:
    """A PID namespace that has kept the `/proc` of the one above it: what has our number there is another process."""
    words = tuple(word for word in container() if word != "--mount-proc")
    with start(directory, words) as target:
        before = set(directory.iterdir())
        target.execute(CLEAR.format(directory=str(directory)))
        assert set(directory.iterdir()) == before


def test_a_link_in_a_container_leads_to_where_it_leads_there(tmp_path: Path) -> None:
    """Not to what has that name outside: root would look, and make directories, where the container's user may not."""
    hidden, ours = tmp_path / "private", tmp_path / "ours"
    hidden.mkdir()
    ours.mkdir()
    links = {
        "absolute": ours,
        "round": hidden / "round",
        "up": "../../../../../../../.." + str(ours),
        "self": ".",
    }
    made = " && ".join(f"ln -s {target} {hidden}/{name}" for name, target in links.items())
    commands = f"{private(hidden)} && {private(ours)} && mkdir {ours}/inside && {made}"
    with Target(prefix=container(commands=commands)) as target:
        pid = number_outside(target)
        there = {name: fold(pid, hidden / name / "inside", None) for name in links}
        assert all(folder.root is not None for folder in there.values())
        assert {name: str(folder.path) for name, folder in there.items()} == {
            "absolute": f"{ours}/inside",
            "up": f"{ours}/inside",
            "round": "/dev/null/heapdiff",
            "self": f"{hidden}/inside",
        }
        assert {name for name, folder in there.items() if folder.reached.is_dir()} == {"absolute", "up"}
    assert list(ours.iterdir()) == []
