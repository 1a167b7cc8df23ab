"""How a child is made: it never holds a descriptor of the application, and nothing but fork(2) may be allowed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.seccomp import ON_X86, REFUSE
from tests.agent.setups import NEEDS_NATIVE, engine_setup
from tests.agent.target import Target
from tests.agent.tracing import held_at_birth

pytestmark = NEEDS_NATIVE

AT_WORK = """
heap = [[n, str(n)] for n in range(100_000)]
def at_work(act):
    "Ask for a capture, act on the child that walks, and wait for the end."
    assert engine.request("api", None, None, None, True)
    while not engine.status()["objects_so_far"] and engine.status()["state"] == "running":
        pass
    for child in children():
        os.kill(child, signal.SIGSTOP)
        act(child)
        os.kill(child, signal.SIGCONT)
    return finished()
def held(child):
    place = f"/proc/{child}/fd"
    found.append([os.readlink(f"{place}/{number}") for number in os.listdir(place)])
"""


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Target]:
    with Target(engine_setup("native", tmp_path) + AT_WORK + REFUSE) as running:
        running.execute("engine.start()")
        yield running


def test_a_child_that_has_not_begun_keeps_no_port_and_no_pipe_open(target: Target) -> None:
    """It may have to wait long for a processor: what the application closes meanwhile is closed."""
    target.execute("""
import select, socket
listener = socket.create_server(("127.0.0.1", 0))
address = listener.getsockname()
out, into = os.pipe()
end = select.poll()
end.register(out, select.POLLIN)
def is_free():
    try:
        socket.create_server(address, reuse_port=False).close()
    except OSError:
        return False
    return True
def watchers():
    return [int(task) for task in os.listdir("/proc/self/task")
            if open(f"/proc/self/task/{task}/comm").read().startswith("heapdiff")]
while not (named := watchers()):  # the thread names itself
    pass
watcher = named[0]
""")
    with held_at_birth(target.evaluate("watcher")) as birth:
        target.execute("assert engine.request('api', None, None, None, True)")
        child = birth()
        assert target.evaluate("children()", "listener.close(); os.close(into)") == [child]
        assert target.evaluate("[is_free(), bool(end.poll(0))]") == [True, True]
    assert target.evaluate("finished()['state']") == "done"


@pytest.mark.slow
@ON_X86
@pytest.mark.parametrize("refused", [(), ("close_range",), ("close_range", "unshare")], ids=str)
def test_a_child_at_work_has_only_its_own_files_open(
    target: Target, tmp_path: Path, refused: tuple[str, ...]
) -> None:
    if refused:
        target.execute(f"refuse(errno.EPERM, *{refused})")
    links: list[str] = []
    for _ in range(20):  # on a busy machine it may be done before it is looked at
        assert target.evaluate("(found := []) or at_work(held)['state']") == "done"
        (links,) = target.evaluate("found")
        if links:
            break
    assert links
    own = (str(tmp_path), "/proc/")  # what it writes, and what it reads of its siblings' memory
    assert [link for link in links if not link.startswith(own)] == []


@ON_X86
def test_an_application_that_reaps_every_child_does_no_harm_where_only_fork_is_allowed(
    target: Target,
) -> None:
    """Some sandboxes, and qemu-user, refuse a child without SIGCHLD."""
    target.execute("""
rung, endings = [], []
def reap(*_):
    rung.append(1)
    try:
        while (found := os.waitpid(-1, os.WNOHANG)) != (0, 0):
            endings.append(found[1])
    except ChildProcessError:
        pass
signal.signal(signal.SIGCHLD, reap)
""")
    assert target.evaluate("[snapshot()['state'], rung]") == ["done", []]
    target.execute("refuse_silent_clones(errno.EINVAL)")
    assert target.evaluate("[snapshot()['state'] for _ in range(3)]") == ["done"] * 3
    assert target.evaluate("ENGINES['native'].__wrapped__() is engine")
    assert target.evaluate("children()") == []
    assert target.evaluate("[bool(rung), any(endings)]") == [True, False]


@ON_X86
def test_a_self_check_that_cannot_run_is_a_reason_to_take_another_engine(target: Target) -> None:
    target.execute("refuse(errno.EAGAIN, 'clone', 'clone3', 'fork', 'vfork')")
    reason = target.evaluate("ENGINES['native'].__wrapped__()")
    assert reason == "its self-check could not run: Resource temporarily unavailable"
