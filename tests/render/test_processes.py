"""The table of `ps`: what it must show stands in 80 columns, whatever else there is to say."""

from __future__ import annotations

from heapdiff.answers import ArmedProcess, ArmedProcesses, Sampling
from heapdiff.render.terminal.console import render_text
from heapdiff.render.terminal.running.processes import render_processes

HEADINGS = ["PID", "Role", "Server", "Up", "RSS", "Requests", "Snapshots", "Armed"]


def worker(pid: int, sample: Sampling | None = None) -> ArmedProcess:
    return ArmedProcess(
        pid=pid,
        role="worker",
        server="gunicorn",
        uptime_s=23.0,
        rss_bytes=37_400_000,
        requests=259,
        snapshots=3,
        armed=True,
        signal="USR2",
        socket=True,
        reason="",
        engine="native",
        directory="/heaps",
        heapdiff="0.1.0",
        own_pid=pid,
        sample=sample,
    )


def every(size: int, seconds_left: int | None = None) -> Sampling:
    return Sampling(bytes=size, live=10, taken=20, lost=0, seconds_left=seconds_left)


def printed(*processes: ArmedProcess) -> list[str]:
    return render_text(lambda console: render_processes(console, ArmedProcesses(processes))).splitlines()


def test_workers_that_sample_keep_every_column() -> None:
    assert printed(worker(25723))[0].split() == HEADINGS
    assert printed(worker(25723, every(4000)), worker(25724, every(4000)))[0].split() == HEADINGS


def test_who_samples_is_said_once_for_all_that_do_so_alike() -> None:
    lines = printed(worker(1, every(4000)), worker(2), worker(3, every(4000)), worker(4, every(512_000, 600)))
    assert lines[-2:] == [
        "PIDs 1, 3: sampling one allocation per 4.00 kB",
        "PID 4: sampling one allocation per 512 kB for another 10 min",
    ]
