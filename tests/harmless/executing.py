"""Programs that a process forks and executes, while somebody asks for snapshots of all processes again and again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from heapdiff.agent.engines.contract import Wish
from heapdiff.errors import HeapdiffError
from heapdiff.remote.asking import ask
from heapdiff.remote.finding import find_agents
from tests.harmless.effect import Extent, Row, prepared, python

# As twisted, pexpect, ptyprocess and daemons fork. Some wait so long before they execute that they are armed by then.
FORKING = """
import json, os, pty, subprocess, sys, time, warnings
from collections import Counter
warnings.simplefilter("ignore")
PROGRAM = ["/bin/sleep", "0.1"]
AT_ONCE, WAITS = 8, (0, 0, 0, 0, 0, 0, 0, 0.2, 0.22)
def forked(number):
    way = (os.fork, os.fork, os.forkpty, pty.fork)[number % 4]
    pid = way()
    pid, terminal = pid if isinstance(pid, tuple) else (pid, None)
    if pid == 0:
        time.sleep(WAITS[number % len(WAITS)])
        os.execv(PROGRAM[0], PROGRAM)
    return pid, terminal
def prepared(number):
    process = subprocess.Popen(PROGRAM, preexec_fn=lambda: time.sleep(WAITS[number % len(WAITS)]))
    return process.pid, process
endings, number = Counter(), 0
while number < int(sys.argv[1]):
    running = [forked(number + each) for each in range(AT_ONCE - 1)] + [prepared(number)]
    for pid, held in running:
        endings[os.waitpid(pid, 0)[1]] += 1
        if isinstance(held, int):
            os.close(held)
    number += AT_ONCE
print(json.dumps(endings))
"""


def programs_killed(directory: Path, extent: Extent) -> Iterator[Row]:
    """Nobody dies of a signal that was meant for the agent of what the process was before."""
    with python(prepared(FORKING, directory, True), str(extent.executed)) as process:
        assert process.stdout is not None
        asked = 0
        while process.poll() is None:
            asked += ask_everybody(directory)
        endings = process.stdout.read()
    ended = Counter({int(status): count for status, count in json.loads(endings).items()})
    killed = ended.total() - ended[0]
    yield Row(
        f"of {ended.total():,} executed programs, ended by a signal while all were asked ({asked:,} snapshots)",
        "0",
        f"{killed:,}",
        "0",
        killed == 0,
    )


def ask_everybody(directory: Path) -> int:
    """What `heapdiff snapshot --all --no-graph` does, without waiting for the answers: how many will come."""
    asked = 0
    for agent in find_agents(directory).found:
        with suppress(HeapdiffError):
            ask(agent.pid, directory, Wish(graph=False))
            asked += 1
    return asked
