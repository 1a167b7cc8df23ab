"""`heapdiff doctor`: what works here and what does not, each with what to do."""

from pathlib import Path

import click

from heapdiff.cli.options import complete_pid, directory_option, format_option


@click.command(short_help="Say what works here and what doesn't.")
@click.argument("pid", type=click.IntRange(min=1), required=False, shell_complete=complete_pid)
@directory_option()
@format_option("table", "json")
@click.pass_context
def doctor(ctx: click.Context, pid: int | None, directory: Path | None, form: str) -> None:
    """Check this installation, or, with PID, whether a snapshot of that process can be taken.

    \b
      heapdiff doctor
      heapdiff doctor 4242

    The exit code is 4 if a snapshot of PID can't be taken, else 0.
    """
    from heapdiff.answers import CheckState, Checkup
    from heapdiff.cli.output import print_answer
    from heapdiff.cli.processes.checks import check_installation
    from heapdiff.cli.processes.process_checks import check_process
    from heapdiff.render.terminal.running.checkup import render_checkup

    checkup = Checkup(
        pid, tuple(check_installation(directory) if pid is None else check_process(pid, directory))
    )
    print_answer(form, "doctor/1", checkup, lambda console: render_checkup(console, checkup))
    if pid is not None and any(check.state is CheckState.BROKEN for check in checkup.checks):
        ctx.exit(4)
