"""A worker that gave up root is protected from others of its user; a capture does not undo that."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.setups import EVERY_ENGINE, engine_setup
from tests.agent.target import Target

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be given up")
USER = 54321
SETUP = """
import ctypes
from contextlib import suppress
secret = b"loaded as root"
heap = [[n, str(n)] for n in range(30_000)]
os.setgroups([])
os.setgid({user})
os.setuid({user})
ctypes.CDLL(None).prctl(4, {dumpable})
engine.start()
def at_work(look):
    "Asks for another capture where the child was done before it could be stopped."
    seen = []
    while not seen:
        assert engine.request("api", None, None, None, True)
        while not engine.status()["objects_so_far"] and engine.status()["state"] == "running":
            pass
        for child in children():
            with suppress(ProcessLookupError, FileNotFoundError):
                os.kill(child, signal.SIGSTOP)
                while state_of(child) not in "TZ":
                    pass
                if state_of(child) == "T":
                    seen = [look(os.getpid()), look(child)]
                os.kill(child, signal.SIGCONT)
        state = finished()["state"]
    return [*seen, state]
def state_of(pid):
    return open(f"/proc/{{pid}}/stat").read().rpartition(")")[2].split()[0]
def readable(pid):
    "By another process of the same user."
    reader = os.fork()
    if reader == 0:
        try:
            os._exit(os.pread(os.open(f"/proc/{{pid}}/mem", os.O_RDONLY), 200, id(secret)).count(secret))
        except OSError:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(reader, 0)[1])
def score(pid):
    return int(open(f"/proc/{{pid}}/oom_score_adj").read())
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(dir=tempfile.gettempdir()))
    os.chown(place, USER, USER)
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture(params=EVERY_ENGINE)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("dumpable", [0, 1])
def test_a_child_is_readable_only_where_its_worker_is(engine: str, dumpable: int, directory: Path) -> None:
    setup = SETUP.format(user=USER, dumpable=dumpable)
    with Target(engine_setup(engine, directory) + setup) as target:
        assert target.evaluate("at_work(readable)") == [dumpable, dumpable, "done"]


def test_only_what_may_be_read_can_offer_itself_to_the_oom_killer(engine: str, directory: Path) -> None:
    for dumpable in (0, 1):
        setup = SETUP.format(user=USER, dumpable=dumpable)
        with Target(engine_setup(engine, directory) + setup) as target:
            own, childs, state = target.evaluate("at_work(score)")
            assert (childs, state) == (1000 if dumpable else own, "done")


def test_where_the_kernel_might_take_the_worker_instead_a_capture_wants_more_room_and_says_why(
    engine: str, directory: Path
) -> None:
    for dumpable in (0, 1):
        setup = SETUP.format(user=USER, dumpable=dumpable)
        with Target(engine_setup(engine, directory) + setup) as target:
            target.execute("engine.bound(0, needs._replace(graph=needs.graph._replace(bytes=1e15)))")
            assert target.evaluate("snapshot()['state']") == "done"
            path = max(directory.glob("[!.]*.json"))
            (note,) = json.loads(path.read_text())["notes"]
            assert "no graph: too little memory" in note
            assert ("oom_score_adj is protected" in note) is not bool(dumpable)
        path.unlink()
