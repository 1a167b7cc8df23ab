"""Real workers with the sampler on: two snapshots name the view, the task or the job that what grows comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

import heapdiff
from heapdiff.answers import Comparison
from tests.servers.cases import CASES, Case, gunicorn
from tests.servers.load import Load, ask
from tests.servers.proof import SOME, by_command
from tests.servers.running import Running, wait_for

ENOUGH = 400
EVERY = {"HEAPDIFF_SAMPLE": "1kB"}
BY_NAME: Mapping[str, Case] = {case.name: case for case in CASES}


def who_grew(first: Path, last: Path, holder: str) -> tuple[str, str]:
    """Function and entry that the samples of a holder agree on."""
    comparison = heapdiff.compare(first, last)
    assert isinstance(comparison, Comparison)
    found = {suspect.holder.path: suspect for suspect in comparison.suspects}
    agreeing = [row for row in found[holder].allocated if row.agrees]
    assert agreeing, found[holder].witness
    assert {row.function for row in agreeing} == {agreeing[0].function}
    assert agreeing[0].samples >= 0.9 * sum(row.samples for row in agreeing)
    return f"{agreeing[0].file}:{agreeing[0].function}", str(agreeing[0].entry)


def around_requests(load: Load, take: Callable[[int], Path]) -> tuple[Path, Path, int]:
    """Two snapshots of the worker that answers, with enough requests between them, and how many it had answered by then."""
    pid = wait_for(lambda: load.last, lambda pid: load.answers[pid] >= SOME)
    first = take(pid)
    load.pace(0)
    so_far = load.answers[pid]
    answered = wait_for(lambda: load.answers[pid], lambda answers: answers >= so_far + ENOUGH)
    return first, take(pid), answered


@pytest.mark.timeout(200)
@pytest.mark.parametrize(
    ("name", "by_run"),
    [
        pytest.param("gunicorn gthread", True, marks=pytest.mark.every_server),
        pytest.param("gunicorn gevent", False, marks=pytest.mark.every_server),
        pytest.param("gunicorn gevent", True, marks=pytest.mark.every_server),
        pytest.param("gevent.pywsgi", False, marks=pytest.mark.every_server),
        pytest.param("gevent.pywsgi", True, marks=pytest.mark.every_server),
        pytest.param("gunicorn + uvicorn worker", True, marks=pytest.mark.every_server),
        pytest.param("uWSGI --master --threads", True, marks=pytest.mark.every_server),
    ],
)
def test_a_server_s_view_is_named(name: str, by_run: bool, tmp_path: Path) -> None:
    case = BY_NAME[name]
    assert not case.missing, f"not installed here: {', '.join(case.missing)}"
    with Running(case, tmp_path, by_run, EVERY) as server, Load(server.port) as load:
        first, last, _ = around_requests(load, partial(by_command, server))
    assert load.failures == []
    assert who_grew(first, last, "shop.SESSIONS") == ("shop.py:create_app.<locals>.index", "view index")


JOBS = Case("APScheduler", gunicorn("--threads", "4", app="jobs:app"), ("apscheduler",))


@pytest.mark.every_server
@pytest.mark.timeout(200)
def test_a_scheduler_s_job_is_named_and_the_view_beside_it(tmp_path: Path) -> None:
    assert not JOBS.missing
    with Running(JOBS, tmp_path, False, EVERY) as server:

        def prices() -> int:
            return int(str(ask(server.port)[1]["prices"]))

        pid = int(str(ask(server.port)[1]["pid"]))
        wait_for(prices, lambda many: many > SOME)
        first, so_far = by_command(server, pid), prices()
        for number in range(ENOUGH):
            assert ask(server.port, path=f"/visit/v{number}")[0] == 200
        wait_for(prices, lambda many: many > so_far + ENOUGH)
        last = by_command(server, pid)
    assert who_grew(first, last, "jobs.PRICES") == ("jobs.py:read_price", "job jobs.update")
    assert who_grew(first, last, "jobs.VISITS") == ("jobs.py:visit", "view visit")


class CeleryWorker(Running):
    """A worker of the application `mail`."""

    def __init__(self, pool: str, folder: Path) -> None:
        command = ("{python}", "-m", "celery", "--app", "mail", "worker", "--pool", pool, "--concurrency", "1",
                   "--without-gossip", "--without-mingle", "--without-heartbeat")  # fmt: skip
        super().__init__(Case(f"Celery {pool}", command), folder, False, EVERY)

    def wait_for_more(self, tasks: int) -> int:
        """Until it has done so many more; who did the last."""
        done = self.folder / "done"
        wanted = len(done.read_text().split()) + tasks
        return int(wait_for(lambda: done.read_text().split(), lambda pids: len(pids) >= wanted)[-1])

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.said()
        return (self.folder / "done").exists()


@pytest.mark.every_server
@pytest.mark.timeout(200)
@pytest.mark.parametrize("pool", ["prefork", "solo", "threads", "gevent"])
def test_a_celery_worker_s_task_is_named(pool: str, tmp_path: Path) -> None:
    with CeleryWorker(pool, tmp_path) as worker:
        pid = worker.wait_for_more(SOME)
        first = by_command(worker, pid)
        assert worker.wait_for_more(2 * ENOUGH) == pid
        last = by_command(worker, pid)
    assert who_grew(first, last, "mail.SENT") == ("mail.py:remember", "task mail.send")
