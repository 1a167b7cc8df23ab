"""`heapdiff trim`: what a running process gives back when malloc is asked to, measured."""

from __future__ import annotations

from pathlib import Path

import click

from heapdiff.cli.options import complete_pid, directory_option, format_option


@click.command(short_help="Have a running process give free memory back, and measure it.")
@click.argument("pid", metavar="PID", type=click.IntRange(min=1), shell_complete=complete_pid)
@directory_option()
@format_option("table", "json")
def trim(pid: int, directory: Path | None, form: str) -> None:
    """Have malloc return the free memory it keeps (malloc_trim) to the system, and show resident memory before and after.

    Memory that Python has freed may stay with the process: malloc keeps it for later, and pages with anything alive on them
    can't be returned. How much comes back can't be told in advance, so try this before you change an allocator's settings. A
    thread that allocates more than 512 bytes meanwhile waits until it's done: some 10 ms per 100 MB that are given back, several
    times that on a busy machine. It works with glibc's malloc only.

    \b
      heapdiff trim 4242
      heapdiff trim 4242 --format json
    """
    from heapdiff.cli.output import print_answer
    from heapdiff.remote.attaching import find_or_offer
    from heapdiff.remote.describing import trim_process
    from heapdiff.render.terminal.running.trimming import render_trimmed

    agent = find_or_offer(pid, directory)
    trimmed = trim_process(agent)
    print_answer(form, "trim/1", trimmed, lambda console: render_trimmed(console, trimmed))
