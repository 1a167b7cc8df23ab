"""`heapdiff sample`: have running processes sample their allocations, so that snapshots say which code made what is alive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from heapdiff.cli.options import complete_pid, directory_option, format_option
from heapdiff.errors import HeapdiffError, ProcessError, UsageError

if TYPE_CHECKING:
    from heapdiff.remote.finding import Agent

EVERY = "512kB"
TRY = "Try: heapdiff sample --help"


def _complete_word(ctx: click.Context, word: click.Parameter, incomplete: str) -> list[str]:
    switches = [each for each in ("on", "off") if each.startswith(incomplete)]
    return [*complete_pid(ctx, word, incomplete), *switches]


@click.command(short_help="Have running processes sample their allocations.")
@click.argument("words", metavar="[PID]... [on|off]", nargs=-1, shell_complete=_complete_word)
@click.option("--all", "everyone", is_flag=True, help="Ask every process that has an agent.")
@click.option(
    "--every", metavar="BYTES", help=f"With on: one allocation in BYTES on average.  [default: {EVERY}]"
)
@click.option("--for", "limit", metavar="TIME", help="With on: stop after TIME (10m).  [default: never]")
@directory_option()
@format_option("table", "json")
@click.pass_context
def sample(
    ctx: click.Context,
    words: tuple[str, ...],
    everyone: bool,
    every: str | None,
    limit: str | None,
    directory: Path | None,
    form: str,
) -> None:
    """Switch sampling on or off, or show what each process samples.

    A process that samples records the stack of one allocation in every 512 kB (--every) for as long as that memory is alive.
    Snapshots then say which line and which view allocated what grew. About 8 times --every must leak before a
    line is named: use 64kB while you're looking for a leak. Switching it off, or to another interval, drops all samples.

    \b
      heapdiff sample 4242 on
      heapdiff sample 4242 on --every 64kB --for 10m
      heapdiff sample --all off
      heapdiff sample 4242
    """
    from dataclasses import replace

    from heapdiff.answers import SampledProcesses
    from heapdiff.cli.failure import explain
    from heapdiff.cli.output import print_answer
    from heapdiff.knowledge.sampling import cost_percent
    from heapdiff.remote.describing import sample_all
    from heapdiff.render.terminal.running.processes import render_sampling

    pids, switch = _read_words(words, everyone)
    order = _order_for(switch, every, limit)
    agents, missing = _find(pids, directory)
    told = [*missing, *sample_all(agents, order)]
    done = [each for each in told if not isinstance(each, HeapdiffError)]
    found = SampledProcesses(
        tuple(
            replace(each, cost_percent=cost_percent(each.sample.bytes)) if each.sample else each
            for each in done
        )
    )
    if form == "json" or done:
        print_answer(form, "sample/1", found, lambda console: render_sampling(console, found))
    for error in told:
        if isinstance(error, HeapdiffError):
            explain(error).report()
    if len(done) < len(told):
        ctx.exit(ProcessError.exit_code)


def _read_words(words: tuple[str, ...], everyone: bool) -> tuple[list[int], str]:
    """Processes, and `on`, `off` or nothing. Raises UsageError."""
    switch = words[-1] if words and words[-1] in ("on", "off") else ""
    numbers = words[:-1] if switch else words
    for word in numbers:
        if not (word.isascii() and word.isdigit() and len(word) < 10 and int(word)):
            raise UsageError(f"sample: {word!a} is neither a PID nor on or off", TRY)
    if bool(numbers) == everyone:
        raise UsageError(
            f"sample: {'give either PIDs or --all, not both' if everyone else 'give PIDs, or --all'}", TRY
        )
    return [*dict.fromkeys(map(int, numbers))], switch


def _order_for(switch: str, every: str | None, limit: str | None) -> str:
    """Raises UsageError."""
    from heapdiff.agent.settings.amounts import parse_period
    from heapdiff.agent.settings.parsers import parse_sample
    from heapdiff.remote.describing import OFF, STATE, on

    if switch != "on" and (every is not None or limit is not None):
        raise UsageError("sample: --every and --for need on", "heapdiff sample PID on --every 64kB")
    if switch != "on":
        return OFF if switch == "off" else STATE
    try:
        interval = parse_sample(every or EVERY)
    except (ValueError, TypeError) as error:
        raise UsageError(f"sample: --every {every}: {error}", TRY) from error
    if not interval:
        raise UsageError(f"sample: --every {every}: that is no interval", "heapdiff sample PID off")
    try:
        return on(interval, 0 if limit is None else parse_period(limit))
    except (ValueError, TypeError) as error:
        raise UsageError(f"sample: --for {limit}: {error}", TRY) from error


def _find(pids: list[int], directory: Path | None) -> tuple[list[Agent], list[HeapdiffError]]:
    """The agents, and why there is none where there is none. Raises ProcessError where there is none at all."""
    from heapdiff.cli.processes.absence import nobody
    from heapdiff.cli.processes.ps import tell_closed, tell_unlooked
    from heapdiff.remote.attaching import find_or_offer
    from heapdiff.remote.finding import find_agents

    if not pids:
        agents = find_agents(directory)
        tell_closed(agents.closed)
        tell_unlooked(agents.unlooked)
        if not agents.found:
            raise nobody(directory)
        return list(agents.found), []
    found: list[Agent] = []
    missing: list[HeapdiffError] = []
    for pid in pids:
        try:
            found.append(find_or_offer(pid, directory))
        except HeapdiffError as error:
            missing.append(error)
    return found, missing
