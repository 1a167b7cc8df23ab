"""Processes with an agent as a table, and below it who samples, and a line for each that has a restriction."""

from collections.abc import Sequence

from rich.console import Console

from heapdiff.answers import ArmedProcess, ArmedProcesses, SampledProcess, SampledProcesses, Sampling
from heapdiff.render.amounts import count, elapsed, plural, size
from heapdiff.render.terminal.console import line, paragraph
from heapdiff.render.terminal.table import Column, build_table

COLUMNS = (
    Column("PID"),
    Column("Role", right=False, drop=2),
    Column("Server", share=1, right=False),
    Column("Up"),
    Column("RSS"),
    Column("Requests", drop=1),
    Column("Snapshots", drop=3),
    Column("Armed", right=False),
)


def render_processes(console: Console, found: ArmedProcesses) -> None:
    """Print one row per process, who samples, and a note where one cannot be asked, or not in every way.

    Sampling has lines of its own: as a column, it would take the place of another in 80 columns.
    """
    console.print(build_table(COLUMNS, [row_of(process) for process in found.processes], console.width))
    for said, pids in sampling_of(found.processes).items():
        paragraph(console, line(f"{'PID' if len(pids) == 1 else 'PIDs'} {', '.join(pids)}: {said}"), "")
    for process in found.processes:
        if process.reason:
            paragraph(console, line(f"PID {process.pid}: {process.reason}"), "")


def row_of(process: ArmedProcess) -> tuple[str, ...]:
    return (
        str(process.pid),
        process.role,
        process.server or "-",
        elapsed(process.uptime_s),
        "-" if process.rss_bytes is None else size(process.rss_bytes),
        "-" if process.requests is None else count(process.requests),
        count(process.snapshots),
        armed_by(process),
    )


def sampling_of(processes: Sequence[ArmedProcess]) -> dict[str, list[str]]:
    """Which processes sample, by what there is to say of it."""
    said: dict[str, list[str]] = {}
    for process in processes:
        if process.sample is not None:
            said.setdefault(rate(process.sample), []).append(str(process.pid))
    return said


def armed_by(process: ArmedProcess) -> str:
    ways = [*(["socket"] if process.socket else []), *([process.signal] if process.signal else [])]
    return ", ".join(ways) if process.armed else "no"


def render_sampling(console: Console, found: SampledProcesses) -> None:
    """Print a line for each process: what it samples now, and what that costs."""
    for process in found.processes:
        paragraph(console, line(f"process {process.pid}: {describe_sampling(process)}"), "")


def describe_sampling(process: SampledProcess) -> str:
    """`sampling every 512 kB for another 10 min; this takes up to 2 % more CPU time`"""
    gone = f"; {plural(process.forgotten, 'earlier sample')} dropped" if process.forgotten else ""
    if process.sample is None:
        return f"not sampling{gone}"
    now = process.sample
    if process.changed:
        return f"{rate(now)}; {cost(process.cost_percent)}{gone}"
    lost = f", {count(now.lost)} lost for lack of room" if now.lost else ""
    return f"{rate(now)}; {plural(now.live, 'live sample')} of {count(now.taken)} taken{lost}"


def rate(now: Sampling) -> str:
    limit = "" if now.seconds_left is None else f" for another {elapsed(now.seconds_left)}"
    return f"sampling one allocation per {size(now.bytes)}{limit}"


def cost(percent: float | None) -> str:
    if percent is None:
        return "at so short an interval it takes noticeably more CPU time"
    return f"a request takes up to {percent:g} % more CPU time"
