"""`doctor` and the agent judge alike, in Python and in C: whether there is room for a graph, a summary, or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.agent.setups import EVERY_ENGINE, engine_setup
from tests.agent.target import Target

SITUATIONS = """
from pathlib import Path
from heapdiff.cli.processes.process_checks import check_headroom
from heapdiff.remote.finding import Agent
from heapdiff.remote.seeing import Folder
from types import SimpleNamespace
SAID = {{"no types": "none", "types only": "tracked", "no graph until": "all"}}
group, directory, MIB = Path("/sys/fs/cgroup"), Path({directory!r}), 1 << 20
agent = Agent(SimpleNamespace(pid=os.getpid(), engine={engine!r}, known_as=own_identity()), Folder(directory))
def meet(left, together, free):
    ballast = directory / "ballast"
    ballast.unlink(missing_ok=True)
    (group / "memory.oom.group").write_text(f"{{together}}\\n")
    (group / "memory.max").write_text(f"{{1000 * MIB}}\\n")
    (group / "memory.current").write_text(f"{{(1000 - left) * MIB}}\\n")
    taken = os.statvfs(directory).f_bavail * os.statvfs(directory).f_frsize - free * MIB
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, taken)
    check, status = check_headroom(agent), snapshot()
    said = next((kind for words, kind in SAID.items() if words in check.todo), "nothing")
    said = said if check.todo else "graph"
    if status["state"] == "failed":
        return said, check.found, "nothing", status["error"]
    summary = json.loads(Path(status["path"]).read_text())
    done = "graph" if summary["graph"] else summary["capture"]["counted"]
    return said, check.found, done, "".join(summary["notes"])
"""
LEFT = (2, 6, 9, 12, 20, 90, 400)
FREE = (1, 4)


@pytest.mark.slow
@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_doctor_says_beforehand_what_the_agent_then_does(engine: str, tmp_path: Path) -> None:
    mounts = f"mount -t tmpfs cgroup /sys/fs/cgroup && mount -t tmpfs -o size=64m,mode=700 small {tmp_path}"
    prefix = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", f'{mounts} && exec "$0" "$@"')
    setup = engine_setup(engine, tmp_path, walk=False) + SITUATIONS.format(
        directory=str(tmp_path), engine=engine
    )
    met: dict[tuple[int, int, int], Any] = {}
    with Target(setup, prefix=prefix) as target:
        for situation in [(400, 0, free) for free in FREE] + [
            (left, flag, 40) for flag in (0, 1) for left in LEFT
        ]:
            said, found, done, reason = met[situation] = target.evaluate(f"meet{situation}")
            assert (said, done) == (done, said), situation
            assert ("memory.oom.group" in found) == ("memory.oom.group" in reason), situation
    outcomes = {situation: done for situation, (_, _, done, _) in met.items()}
    assert outcomes[400, 0, 40] == outcomes[400, 1, 40] == "graph"
    assert (outcomes[400, 0, 1], outcomes[400, 0, 4], outcomes[2, 0, 40]) == ("nothing", "all", "none")
    alone, together = ([outcomes[left, flag, 40] for left in LEFT] for flag in (0, 1))
    assert (alone != together) == (engine == "native")
