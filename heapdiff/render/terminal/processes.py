"""Processes with an agent as a table, and below it a line for each that has a restriction."""

from rich.console import Console

from heapdiff.answers import ArmedProcess, ArmedProcesses
from heapdiff.render.amounts import count, elapsed, size
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
    """Print one row per process; a note where one cannot be asked, or not in every way."""
    console.print(build_table(COLUMNS, [row_of(process) for process in found.processes], console.width))
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


def armed_by(process: ArmedProcess) -> str:
    ways = [*(["socket"] if process.socket else []), *([process.signal] if process.signal else [])]
    return ", ".join(ways) if process.armed else "no"
