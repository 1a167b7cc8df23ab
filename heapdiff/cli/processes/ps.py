"""`heapdiff ps`: the processes that have an agent, and whether each can be asked."""

import os
from pathlib import Path

import click

from heapdiff.cli.options import directory_option, format_option
from heapdiff.cli.streams import say
from heapdiff.errors import HeapdiffError


@click.command(short_help="List the processes that have an agent.")
@directory_option()
@format_option("table", "json")
def ps(directory: Path | None, form: str) -> None:
    """List the processes that have an agent: what they are, how large they are, and how to request a snapshot.

    \b
      heapdiff ps
      heapdiff ps --format json

    ARMED lists the ways to request one: the agent's socket, a signal. If one is missing, a line below says why. As
    root, this includes containers and services with their own /tmp; PID is the number here. Files left behind by ended
    processes are removed.
    """
    from heapdiff.answers import ArmedProcesses
    from heapdiff.cli.failure import explain
    from heapdiff.cli.output import print_answer
    from heapdiff.cli.processes.absence import nobody
    from heapdiff.remote.describing import describe_all
    from heapdiff.remote.finding import find_agents
    from heapdiff.render.terminal.running.processes import render_processes

    agents = find_agents(directory)
    tell_closed(agents.closed)
    tell_unlooked(agents.unlooked)
    described = []
    for each in describe_all(agents.found):
        if isinstance(each, HeapdiffError):
            explain(each).report()
        else:
            described.append(each)
    found = ArmedProcesses(tuple(described))
    if form == "json" or found.processes:
        print_answer(form, "ps/1", found, lambda console: render_processes(console, found))
    else:
        explain(nobody(directory)).report()


def tell_closed(count: int) -> None:
    """Once, how many processes may have an agent for all we know."""
    if count:
        some = "1 process was" if count == 1 else f"{count:,} processes were"
        why = (
            "other users' or protected; as root they would be"
            if os.geteuid()
            else "protected even from root here"
        )
        say(f"heapdiff: {some} not looked into: {why}")


def tell_unlooked(users: tuple[int, ...]) -> None:
    """Once, that agents may be missing, and whose directories would have taken too long."""
    if users:
        first = ", ".join(map(str, users[:3])) + (", ..." if len(users) > 3 else "")
        say(f"heapdiff: not everything was looked at: the directories of user {first} take too long")
