"""`python -m tests.servers.metrics`: Debian's Prometheus scrapes a gunicorn whose workers come and go, as a table.

Four workers with `max_requests` under load, some killed, with gunicorn's `child_exit` hook and without: every series is of a
process that runs, its value is what /proc and the snapshots say, and no more files are left than there may be. Also checks and
tests the alert rules with promtool. Needs Debian's package `prometheus`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prometheus_client.mmap_dict import MmapedDict

from heapdiff.agent.directory.names import find_snapshots
from heapdiff.agent.system.procfs import read_resident_bytes
from heapdiff.errors import MissingToolError
from tests.flask.gunicorn import BOOTING, ROOT, Gunicorn
from tests.processes import children_of
from tests.servers.load import Load
from tests.servers.running import wait_for

RULES = ROOT / "samples" / "prometheus"
WORKERS = 4
REQUESTS_EACH = 300
SCRAPE_S = 1
NAMES = 3
SETTLE_S = 5.0  # a worker's figures are as old as that, at most, plus the time to its next request
SETTLE_PACE_S = 0.1
CLOSE = 0.05
GENTLE_S = 1.0  # between two requests of a client, so that no worker reaches its end while its snapshots are compared
COMPARED_S = 300.0  # a comparison runs when nobody else wants to
COLUMNS = (
    "hook",
    "lives",
    "killed",
    "requests",
    "failed",
    "snapshots",
    "RSS series",
    "live files",
    "counter files",
    "seconds",
)

SHOP = """
import os
from flask import Flask, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from heapdiff.flask import HeapDiff
LEAK = []
def make():
    app = Flask("shop")
    HeapDiff(app)
    @app.get("/")
    def index():
        LEAK.append(bytearray(20_000))
        return jsonify(pid=os.getpid(), parent=os.getppid())
    @app.get("/metrics")
    def metrics():
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
        return Response(generate_latest(registry), mimetype=CONTENT_TYPE_LATEST)
    return app
"""
HOOK = """
from prometheus_client import multiprocess
def child_exit(server, worker):
    multiprocess.mark_process_dead(worker.pid)
"""
CONFIGURATION = """
global: {{scrape_interval: {seconds}s, evaluation_interval: {seconds}s}}
rule_files: [{rules}]
scrape_configs: [{{job_name: shop, static_configs: [{{targets: ["127.0.0.1:{port}"]}}]}}]
"""


@dataclass(slots=True)
class Prometheus:
    """A server of its own that scrapes one port, and what it answers."""

    port: int
    process: subprocess.Popen[bytes] = field(repr=False)

    def query(self, expression: str) -> list[tuple[dict[str, str], float]]:
        """Labels and value of each series now."""
        found = self.get("query", query=expression)["result"]
        return [(row["metric"], float(row["value"][1])) for row in found]

    def by_pid(self, name: str) -> dict[int, float]:
        return {int(labels["pid"]): value for labels, value in self.query(name)}

    def single(self, expression: str) -> float | None:
        found = self.query(expression)
        return found[0][1] if found else None

    def get(self, what: str, **words: str) -> Any:
        address = f"http://127.0.0.1:{self.port}/api/v1/{what}?{urllib.parse.urlencode(words)}"
        with urllib.request.urlopen(address, timeout=30) as answer:
            content = json.load(answer)
        assert content["status"] == "success", content
        return content["data"]

    def is_ready(self) -> bool:
        try:
            return bool(self.get("targets")["activeTargets"])
        except OSError:
            return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def prometheus(folder: Path, target: int) -> Iterator[Prometheus]:
    port, place = free_port(), folder / "prometheus"
    place.mkdir()
    configuration = CONFIGURATION.format(seconds=SCRAPE_S, rules=RULES / "heapdiff.rules.yml", port=target)
    (place / "prometheus.yml").write_text(configuration)
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            ["prometheus", f"--config.file={place}/prometheus.yml", f"--storage.tsdb.path={place}/data",
             f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        server = Prometheus(port, process)
        wait_for(server.is_ready)
        yield server
    finally:
        process.terminate()
        process.wait()


def check_rules() -> None:
    """promtool must find nothing wrong with them, and their tests pass."""
    for words in (("check", "rules", "heapdiff.rules.yml"), ("test", "rules", "heapdiff.rules.test.yml")):
        done = subprocess.run(["promtool", *words], cwd=RULES, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        print(f"promtool {' '.join(words)}: ok")


class Trial:
    """One gunicorn, its load and what becomes of its workers."""

    def __init__(self, folder: Path, hook: bool, lives: int) -> None:
        self.folder, self.hook, self.lives = folder, hook, lives
        self.files = folder / "metrics"
        self.files.mkdir()
        (folder / "gunicorn.conf.py").write_text(HOOK if hook else "")
        self.server = Gunicorn(
            folder,
            "--max-requests",
            str(REQUESTS_EACH),
            "--max-requests-jitter",
            str(REQUESTS_EACH // 3),
            workers=WORKERS,
            shop=SHOP,
            PROMETHEUS_MULTIPROC_DIR=str(self.files),
            HEAPDIFF_METRICS="prometheus",
            HEAPDIFF_METRICS_SUSPECTS=str(NAMES),
            HEAPDIFF_KEEP="1000",
        )
        self.port = int(self.server.listener.getsockname()[1])
        self.killed = 0

    def started(self) -> list[int]:
        return [int(pid) for pid in BOOTING.findall(self.server.log.read_text())]

    def alive(self) -> set[int]:
        return set(children_of(self.server.process.pid))

    def churn(self, load: Load) -> None:
        """Until so many workers have lived, with a snapshot of all and a kill now and then."""
        load.pace(0)
        for part in (0.3, 0.6):
            wait_for(self.started, lambda pids, part=part: len(pids) > part * self.lives)  # type: ignore[misc]
            os.kill(max(self.alive()), signal.SIGKILL)
            self.killed += 1
            self.snapshot_all()
        wait_for(self.started, lambda pids: len(pids) >= self.lives)
        load.pace(GENTLE_S)

    def snapshot_all(self) -> None:
        """Of each worker that is still there when it's asked."""
        subprocess.run(
            [sys.executable, "-m", "heapdiff", "snapshot", "--all", "--dir", str(self.server.directory)],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip

    def hurry(self) -> None:
        """Let what compares run at the usual priority: at the lowest, it may not run at all on a busy machine."""
        for worker in self.alive():
            with contextlib.suppress(OSError):  # it, or a child, ends meanwhile
                for child in children_of(worker):
                    os.setpriority(os.PRIO_PROCESS, child, 0)

    def summaries(self) -> list[dict[str, Any]]:
        names = find_snapshots(self.server.directory)
        return [json.loads((self.server.directory / f"{name}.json").read_text()) for name in names]

    def counted(self) -> Counter[int]:
        """How many snapshots each worker, dead or alive, counted in its file."""
        found: Counter[int] = Counter()
        for path in self.files.glob("counter_*.db"):
            for key, value, *_ in MmapedDict.read_all_values_from_file(str(path)):
                if json.loads(key)[1] == "heapdiff_snapshots_total":
                    found[int(path.stem.rpartition("_")[2])] = int(value)
        return found

    def story(self) -> str:
        taken = Counter(summary["process"]["pid"] for summary in self.summaries())
        return f"counted {dict(self.counted())}, taken {dict(taken)}, alive {self.alive()}\n{self.server.log.read_text()[-9000:]}"

    def names(self, pattern: str) -> list[str]:
        return [path.name for path in self.files.iterdir() if re.fullmatch(pattern, path.name)]


def without_last(
    summaries: list[dict[str, Any]], counts: Counter[int], living: Collection[int]
) -> list[dict[str, Any]]:
    """Without the snapshot that a worker's child was still writing when the worker ended: there was nobody left to count it."""
    taken = Counter(summary["process"]["pid"] for summary in summaries)
    late = {pid for pid in taken if pid not in living and taken[pid] == counts[pid] + 1}
    last = {summary["process"]["pid"]: summary for summary in summaries}
    return [
        each
        for each in summaries
        if not (each["process"]["pid"] in late and each is last[each["process"]["pid"]])
    ]


def check(trial: Trial, scraped: Prometheus) -> dict[str, float]:
    """What Prometheus has, against the processes and files; raises AssertionError."""
    living = trial.alive()
    counts = trial.counted()
    summaries = without_last(trial.summaries(), counts, living)
    total = len(summaries)
    assert counts == Counter(summary["process"]["pid"] for summary in summaries), trial.story()
    counted = scraped.single("heapdiff_snapshots_total")
    assert counted == total, (counted, total)
    paused = sum(summary["capture"]["pause_ms"] for summary in summaries) / 1000
    found = scraped.single("heapdiff_snapshot_pause_seconds_total")
    assert found is not None
    assert abs(found - paused) < 1e-5 * total, (found, paused)

    resident = scraped.by_pid("heapdiff_rss_bytes")
    assert set(resident) == living, (resident, living)
    for pid, value in resident.items():
        now = read_resident_bytes(pid)
        assert now is not None
        assert abs(value - now) < CLOSE * now, (pid, value, now)
    ever = {int(labels["pid"]) for labels, _ in scraped.query("count_over_time(heapdiff_rss_bytes[1h])")}
    assert len(ever) > 2 * WORKERS, "workers came and went, and Prometheus saw them"

    last = {summary["process"]["pid"]: summary for summary in summaries}
    python = scraped.by_pid("heapdiff_python_bytes")
    assert python == {pid: last[pid]["memory"]["python_object_bytes"] for pid in living & set(last)}
    rules = scraped.get("rules")["groups"][0]["rules"]
    assert {rule["health"] for rule in rules} == {"ok"}, rules

    live, counters = trial.names(r"gauge_live\w+_\d+\.db"), trial.names(r"counter_\d+\.db")
    of_living = {name for name in live if int(name.rpartition("_")[2].removesuffix(".db")) in living}
    assert set(live) == of_living, "what dead processes left"
    taken_by = {summary["process"]["pid"] for summary in summaries}
    assert len(counters) <= len(taken_by), (counters, taken_by)
    assert trial.names(r".*") == [*trial.names(r"gauge_live\w+_\d+\.db|counter_\d+\.db")]
    return {
        "RSS series": len(resident),
        "live files": len(live),
        "counter files": len(counters),
        "snapshots": total,
    }


def check_suspects(trial: Trial, scraped: Prometheus, load: Load) -> None:
    """Two snapshots of a worker with a leak in between: it's named, after a while and a few requests."""
    last = time.monotonic() + COMPARED_S
    while not (suspects := scraped.query("heapdiff_suspect_bytes")):
        assert time.monotonic() < last, "no holder was named"
        trial.snapshot_all()  # some workers have ended since the last one
        before = sum(load.answers.values())
        trial.hurry()
        wait_for(lambda before=before: sum(load.answers.values()) - before, lambda more: more > 10 * WORKERS)  # type: ignore[misc]
        trial.hurry()
    names = {labels["holder"]: value for labels, value in suspects}
    assert len(names) <= NAMES * WORKERS
    assert names.get("shop.LEAK", 0) > 0, names
    assert all("pid" not in labels for labels, _ in suspects), "one series for all workers"


def settle(trial: Trial, load: Load) -> None:
    """Until each worker has had a request that made it write its figures: which one gets a request is the kernel's choice."""
    load.pace(SETTLE_PACE_S)
    time.sleep(SETTLE_S)
    before = Counter(load.answers)
    wait_for(
        lambda: [pid for pid in trial.alive() if load.answers[pid] == before[pid]], lambda left: not left
    )


def run(hook: bool, lives: int) -> dict[str, Any]:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="heapdiff-metrics-") as name:
        folder = Path(name)
        trial = Trial(folder, hook, lives)
        with trial.server, prometheus(folder, trial.port) as scraped:
            with Load(trial.port) as load:
                trial.churn(load)
                check_suspects(trial, scraped, load)
                settle(trial, load)
            found = wait_until_right(trial, scraped)
        failed = len(load.failures)
        assert failed <= trial.killed * 2, load.failures[:3]
        return {"hook": "yes" if hook else "no", "lives": len(trial.started()), "killed": trial.killed,
                "requests": sum(load.answers.values()), "failed": failed,
                "seconds": round(time.monotonic() - began), **found}  # fmt: skip


def wait_until_right(trial: Trial, scraped: Prometheus) -> dict[str, float]:
    """The load has ended; a scrape or two later nothing changes any more."""
    last = time.monotonic() + 10 * SETTLE_S
    while True:
        try:
            return check(trial, scraped)
        except AssertionError:
            if time.monotonic() > last:
                raise
            time.sleep(SCRAPE_S)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--lives", type=int, default=60, help="workers that live and end, in each run")
    options = parser.parse_args()
    if shutil.which("prometheus") is None or shutil.which("promtool") is None:
        raise MissingToolError("prometheus isn't installed", "apt install prometheus")
    check_rules()
    print("\t".join(COLUMNS))
    for hook in (True, False):
        row = run(hook, options.lives)
        print("\t".join(str(row[column]) for column in COLUMNS), flush=True)


if __name__ == "__main__":
    main()
