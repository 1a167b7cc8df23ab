"""`investigate` with real agents in real processes, and a clock that doesn't wait: what it answers, keeps and leaves behind."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from heapdiff.answers import Comparison, Comparisons
from heapdiff.cli.comparison.comparing import Named, compare_named
from heapdiff.cli.investigation import concluding
from heapdiff.cli.options import complete_pid
from tests.agent.cgroups import memory_group
from tests.agent.setups import NEEDS_NATIVE
from tests.cli.command import Done, run
from tests.cli.investigation.clocks import PlannedClock, interrupt
from tests.cli.targets import WAITING, running

pytestmark = pytest.mark.process
PROGRAM = """
import os, sys
class Session:
    def __init__(self):
        self.basket = ["tea"]
SESSIONS = {{}}
import heapdiff
heapdiff.install(dir={directory!r}, signal=None, {options})
{more}
print("ready", flush=True)
for line in sys.stdin:
    for number in range(int(line)):
        SESSIONS[len(SESSIONS)] = Session()
    print("grown", flush=True)
"""
SHORT_OF_MEMORY = """
from heapdiff.agent import _native
from heapdiff.agent.engines.headroom import NEEDS
needs = NEEDS["native"]
_native.bound(0, needs._replace({lacking}))
"""
LACKS_GRAPH = "graph=needs.graph._replace(bytes=1e15)"
LACKS_ALL = (
    f"{LACKS_GRAPH}, summary=needs.summary._replace(bytes=1e15), tracked=needs.tracked._replace(bytes=1e15)"
)
MASTER = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {program!r}], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
with open({path!r}, "w") as file:
    file.write(str(child.pid))
"""
Plan = Mapping[float, Callable[[], object]]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[Plan], None]:
    """Has something happen at seconds of the command's clock."""
    return lambda plan: monkeypatch.setattr(
        "heapdiff.cli.investigation.investigate.make_clock", lambda: PlannedClock(plan)
    )


@pytest.fixture
def shop(directory: Path) -> Iterator[subprocess.Popen[str]]:
    with running(program(directory)) as process:
        yield process


def program(directory: Path, more: str = "", options: str = "") -> str:
    return PROGRAM.format(directory=str(directory), more=more, options=options)


def grow(process: subprocess.Popen[str], sessions: int = 1000) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{sessions}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "grown\n"


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def investigate(directory: Path, *arguments: object) -> Done:
    return run("investigate", *map(str, arguments), "--dir", directory)


def twice(process: subprocess.Popen[str]) -> Plan:
    return {100.0: lambda: grow(process), 200.0: lambda: grow(process)}


def paths(directory: Path) -> list[Path]:
    return sorted(directory.glob("[!.]*.json"))


def test_three_snapshots_name_the_leak_and_the_next_commands(
    shop: subprocess.Popen[str], directory: Path, at: Callable[[Plan], None], tmp_path: Path
) -> None:
    at(twice(shop))
    done = investigate(directory, shop.pid)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.startswith("LEAK: __main__.SESSIONS keeps 2,000 more entries (__main__.Session)")
    assert "in both intervals" in " ".join(done.stdout.split())
    first, second, last = paths(directory)
    for number, path in enumerate((first, second, last), 1):
        assert f"process {shop.pid}: snapshot {number} of 3 at " in done.stderr
        assert f"MB: {path}\n" in done.stderr
        assert json.loads(path.read_text())["label"] == f"investigate {number} of 3"
    commands = [line for line in done.stdout.splitlines() if line.startswith("heapdiff ")]
    assert commands == [
        f"heapdiff graph {last} --since {first} -o leak.svg",
        f"heapdiff investigate {shop.pid} --for 5m --sample --dir {directory}",
        f"heapdiff compare {first} {second} {last} --bundle leak.zip",
    ]
    compared = run(
        "compare", *commands[2].split()[2:5], "--bundle", tmp_path / "leak.zip", "--format", "json"
    )
    assert json.loads(compared.stdout)["verdict"]["kind"] == "leak"


@NEEDS_NATIVE
def test_an_interrupt_answers_with_what_there_is_and_who_samples_already_goes_on(
    shop: subprocess.Popen[str], directory: Path, at: Callable[[Plan], None]
) -> None:
    assert run("sample", str(shop.pid), "on", "--every", "128kB", "--dir", directory).exit_code == 0
    at({100.0: lambda: grow(shop), 110.0: interrupt})
    done = investigate(directory, shop.pid, "--sample")
    assert done.exit_code == 0
    assert "heapdiff: stopped waiting; taking one more to compare with" in done.stderr
    assert "__main__.SESSIONS keeps 1,000 more entries" in " ".join(done.stdout.split())
    assert "note: The wait was ended early, after 2 of 3 snapshots." in done.stdout
    assert f"heapdiff investigate {shop.pid} --for 5m --sample --dir {directory}" in done.stdout.splitlines()
    assert "128 kB" in run("sample", str(shop.pid), "--dir", directory).stdout


def test_two_interrupts_name_the_one_snapshot_and_what_to_do_with_it(
    shop: subprocess.Popen[str], directory: Path, at: Callable[[Plan], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from heapdiff.cli.investigation.workers import Workers

    def interrupt_twice() -> None:
        monkeypatch.setattr(Workers, "take", lambda *_: interrupt())
        interrupt()

    at({10.0: interrupt_twice})
    done = investigate(directory, shop.pid)
    (path,) = paths(directory)
    assert (done.exit_code, done.stdout) == (130, "")
    assert done.complaint[-2] == f"heapdiff: process {shop.pid}: there is only one snapshot of it ({path})"
    assert done.complaint[-1].endswith(f"then: heapdiff compare {path} LATER.json")


def test_a_process_that_ends_is_compared_as_far_as_it_came(
    shop: subprocess.Popen[str], directory: Path, at: Callable[[Plan], None]
) -> None:
    at({100.0: lambda: grow(shop), 200.0: lambda: end(shop)})
    done = investigate(directory, shop.pid)
    assert done.exit_code == 0
    assert f"heapdiff: process {shop.pid} has ended, after 2 snapshots of it" in done.stderr
    assert "SESSIONS keeps 1,000 more entries" in " ".join(done.stdout.split())
    assert f"PID {shop.pid} ended after 2 of 3 snapshots." in done.stdout
    assert f"investigate {shop.pid}" not in done.stdout


def test_a_process_that_ends_too_early_leaves_its_snapshot(
    shop: subprocess.Popen[str], directory: Path, at: Callable[[Plan], None]
) -> None:
    at({100.0: lambda: end(shop)})
    done = investigate(directory, shop.pid)
    (path,) = paths(directory)
    assert (done.exit_code, done.stdout) == (4, "")
    assert (
        done.complaint[-2]
        == f"heapdiff: process {shop.pid}: it has ended; there is only one snapshot of it ({path})"
    )


@pytest.mark.parametrize(("keep", "code"), [(2, 0), (1, 4)])
def test_what_the_process_deleted_to_make_room_is_missed(
    directory: Path, at: Callable[[Plan], None], keep: int, code: int
) -> None:
    with running(program(directory, options=f"keep={keep}")) as process:
        at(twice(process))
        done = investigate(directory, process.pid)
    assert (done.exit_code, len(paths(directory))) == (code, keep)
    told = " ".join((done.stdout + done.stderr).split())
    assert f"{'one snapshot was' if keep == 2 else '2 snapshots were'} deleted meanwhile" in told
    assert (keep == 2) == ("SESSIONS keeps 1,000 more entries" in told)


@pytest.mark.slow
def test_so_is_what_goes_while_it_is_read(
    shop: subprocess.Popen[str], directory: Path, at: Callable[[Plan], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def go_and_compare(named: list[Named]) -> Comparison | Comparisons:
        for path in directory.glob("*-0001-*"):
            path.unlink()
        return compare_named(named)

    monkeypatch.setattr(concluding, "compare_named", go_and_compare)
    at(twice(shop))
    done = investigate(directory, shop.pid)
    assert (done.exit_code, len(paths(directory))) == (0, 2), done.stderr
    assert "one snapshot was deleted meanwhile" in " ".join(done.stdout.split())


@pytest.mark.slow
def test_that_the_kernel_killed_it_for_lack_of_memory_is_told(
    shop: subprocess.Popen[str], directory: Path, at: Callable[[Plan], None]
) -> None:
    with memory_group() as group:
        if group is None:
            pytest.skip("control groups can't be made here")
        group.add(shop.pid)

        def take_too_much() -> None:
            group.limit(group.used() + (8 << 20))
            assert shop.stdin is not None
            shop.stdin.write("1000000\n")
            shop.stdin.flush()
            shop.wait()

        at({100.0: partial(grow, shop), 200.0: take_too_much})
        done = investigate(directory, shop.pid)
    assert (shop.returncode, done.exit_code) == (-signal.SIGKILL, 0)
    killed = "the kernel killed a process of its control group: out of memory"
    assert f"process {shop.pid} has ended, after 2 snapshots of it; {killed}\n" in done.stderr
    assert f"PID {shop.pid} ended after 2 of 3 snapshots; {killed}." in " ".join(done.stdout.split())


@pytest.mark.slow
def test_several_are_compared_as_compare_does_and_one_that_ended_is_named(
    shop: subprocess.Popen[str], directory: Path, at: Callable[[Plan], None]
) -> None:
    with running(program(directory)) as other, running(program(directory)) as third:
        growing = {moment: partial(grow, each) for moment, each in ((100.0, shop), (101.0, other))}
        later = {moment + 100: action for moment, action in growing.items()}
        at({90.0: lambda: end(third), **growing, **later})
        done = investigate(directory, "--all", "--format", "json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert (found["schema"], found["verdict"]["kind"]) == ("comparisons/1", "leak")
    assert found["shared"][0]["processes"] == sorted([shop.pid, other.pid])
    assert f"PID {third.pid} ended after 1 of 3 snapshots." in found["notes"]
    assert "3 snapshots of each in 5 min" in done.stderr
    bundles = {
        command.split()[-1]
        for each in found["processes"]
        for command in each["commands"]
        if "--bundle" in command
    }
    assert bundles == {f"leak-{each.pid}.zip" for each in (shop, other)}


@pytest.mark.slow
@NEEDS_NATIVE
def test_samples_are_taken_meanwhile_and_then_no_more(
    shop: subprocess.Popen[str], directory: Path, at: Callable[[Plan], None]
) -> None:
    """The answer in JSON is that of `compare`, and so is the exit code."""
    during: list[object] = []
    growing = {moment: partial(grow, shop, 9000) for moment in (100.0, 200.0)}
    at({50.0: lambda: during.append(sampled(shop.pid, directory)), **growing})
    done = investigate(directory, shop.pid, "--sample", "--format", "json", "--fail-on-growth", "1kB")
    (sample,) = during
    assert isinstance(sample, dict)
    assert (sample["bytes"], sample["seconds_left"] > 300) == (64_000, True)
    assert sampled(shop.pid, directory) is None
    assert done.exit_code == 1
    found, again = json.loads(done.stdout), document(*paths(directory))
    told = ("Allocated at <module>: ", "Entries allocated at <module>: ")  # which samples there are is chance
    assert found["suspects"][0]["witness"].startswith(told)
    assert not any("--sample" in command for command in found.pop("commands"))
    again.pop("commands")
    assert (found, found["schema"]) == (again, "compare/1")


@pytest.mark.slow
@NEEDS_NATIVE
def test_who_samples_by_itself_is_not_asked_to_but_for_longer(
    directory: Path, at: Callable[[Plan], None]
) -> None:
    with running(program(directory, options="sample=10**9")) as shop:
        at(twice(shop))
        done = investigate(directory, shop.pid)
        assert f"heapdiff investigate {shop.pid} --for 10m --dir {directory}" in done.stdout.splitlines()


def sampled(pid: int, directory: Path) -> object:
    done = run("sample", str(pid), "--dir", directory, "--format", "json")
    return json.loads(done.stdout)["processes"][0]["sample"]


def document(*snapshots: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("compare", *snapshots, "--format", "json").stdout)
    return found


@pytest.mark.slow
@NEEDS_NATIVE
def test_without_room_for_a_graph_it_says_why_and_how_to_get_one(
    directory: Path, at: Callable[[Plan], None]
) -> None:
    with running(program(directory, SHORT_OF_MEMORY.format(lacking=LACKS_GRAPH))) as process:
        at(twice(process))
        done = investigate(directory, process.pid)
        told = " ".join(done.stdout.split())
        assert "3 of 3 snapshots have no graph" in told
        assert "too little memory" in told
        assert "no graph: too little memory" in done.stderr
        again = f"heapdiff investigate {process.pid} --for 5m --force --dir {directory}"
        assert again in done.stdout.splitlines()
        at(twice(process))
        assert run(*again.split()[1:]).stdout.startswith("LEAK")


@NEEDS_NATIVE
def test_without_room_for_anything_it_says_how_large_it_became(
    directory: Path, at: Callable[[Plan], None]
) -> None:
    with running(program(directory, SHORT_OF_MEMORY.format(lacking=LACKS_ALL))) as process:
        at(twice(process))
        done = investigate(directory, process.pid)
    assert (done.exit_code, done.stdout) == (4, "")
    assert "nothing to compare; it went from " in done.complaint[-2]
    assert "--force" in done.complaint[-1]


def test_for_a_master_its_workers_are_looked_into(
    directory: Path, tmp_path: Path, at: Callable[[Plan], None]
) -> None:
    at({10.0: interrupt})
    path = tmp_path / "child"
    with running(MASTER.format(program=program(directory), path=str(path)) + WAITING) as process:
        child = int(path.read_text())
        done = investigate(directory, process.pid, "--format", "json")
    assert (
        f"process {process.pid} has no agent itself; looking into its workers: {child}" in done.complaint[0]
    )
    assert {each["pid"] for each in json.loads(done.stdout)["snapshots"]} == {child}


def test_a_process_without_an_agent_can_be_given_one_by_the_same_command(tmp_path: Path) -> None:
    with running(WAITING) as process:
        done = investigate(tmp_path, process.pid)
    assert done.exit_code == 4
    assert f"process {process.pid} has no heapdiff agent" in done.complaint[0]
    assert (
        f"heapdiff investigate {process.pid} --attach" in done.complaint[1]
        or "can't be attached" in done.stderr
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), 2, "give a PID, or --all"),
        ((7, "--all"), 2, "give either PIDs or --all"),
        ((7, "--for", "soon"), 2, "expected a duration"),
        ((7, "--for", "2d"), 2, "longer than a day"),
        (("--all",), 4, "no process has an agent"),
        ((4194304,), 4, "there is no such process"),
    ],
)
def test_what_cannot_be_done_is_two_lines(
    tmp_path: Path, arguments: tuple[object, ...], code: int, said: str
) -> None:
    done = investigate(tmp_path, *arguments)
    assert (done.exit_code, done.stdout, len(done.complaint)) == (code, "", 2)
    assert said in done.complaint[0]


def test_the_pid_is_completed_by_who_has_an_agent(shop: subprocess.Popen[str], directory: Path) -> None:
    from heapdiff.cli.investigation.investigate import investigate as command

    (argument,) = (each for each in command.params if each.name == "pids")
    context = command.make_context("investigate", ["--all", "--dir", str(directory)])
    assert [each.value for each in argument.shell_complete(context, "")] == [str(shop.pid)]
    assert complete_pid(context, argument, "x") == []
