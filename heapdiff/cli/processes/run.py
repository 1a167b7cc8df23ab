"""`heapdiff run`: start a server with the agent in each of its workers. Becomes the command; nothing stays behind."""

import errno
import os
import shutil
import signal
import sys
from pathlib import Path

import click

from heapdiff.cli.options import directory_option
from heapdiff.errors import MissingToolError, UsageError

IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)  # and a program would inherit that


@click.command(
    short_help="Start a server with the agent in each worker.",
    context_settings={"allow_interspersed_args": False},
)
@click.argument("command", metavar="-- COMMAND...", nargs=-1, type=click.UNPROCESSED)
@directory_option()
@click.option(
    "--signal",
    "signal_name",
    metavar="NAME",
    help="The signal that requests a snapshot, or none.  [default: USR2]",
)
@click.option("--keep", metavar="N", help="Keep the N newest snapshots of a process.  [default: 20]")
@click.option("--engine", metavar="NAME", help="native or gc.  [default: the best that works]")
@click.option(
    "--sample",
    metavar="BYTES",
    help="Sample allocations, one in BYTES (512kB): see heapdiff sample.  [default: off]",
)
@click.option("--no-hash", is_flag=True, help="Leave out of snapshots which strings are equal.")
def run(
    command: tuple[str, ...],
    directory: Path | None,
    signal_name: str | None,
    keep: str | None,
    engine: str | None,
    sample: str | None,
    no_hash: bool,
) -> None:
    """Start COMMAND, any kind of server, with the agent in each worker and no change to the application.

    The command takes over this process: same PID, same signals, same exit code. Only processes that serve requests get
    the agent, not masters, reloaders or other programs that the command starts. It works for every Python that reads
    PYTHONPATH; see docs/servers.md for those that don't.

    \b
      heapdiff run -- gunicorn --workers 4 shop:app
      heapdiff run --dir /var/lib/shop/heaps -- flask --app shop run --reload
      heapdiff run --signal USR1 -- python -m waitress --port 8000 shop:app
      heapdiff run -- ./start.sh
    """
    if not command:
        raise UsageError("run: no command", "Try: heapdiff run -- gunicorn shop:app")
    given = {
        "DIR": directory,
        "SIGNAL": signal_name,
        "KEEP": keep,
        "ENGINE": engine,
        "SAMPLE": sample,
        "HASH": "false" if no_hash else None,
    }
    environment = _environment(
        {f"HEAPDIFF_{name}": str(value) for name, value in given.items() if value is not None}
    )
    program = _find(command[0])
    sys.stdout.flush()
    sys.stderr.flush()
    for number in IGNORED_BY_PYTHON:
        signal.signal(number, signal.SIG_DFL)
    _become(program, command, environment)


def _environment(given: dict[str, str]) -> dict[str, str]:
    """Ours, with the settings, and with the startup folder first on PYTHONPATH. Raises UsageError."""
    from heapdiff.agent.settings.parsers import PARSERS
    from heapdiff.agent.startup import FOLDER

    for name, value in given.items():
        try:
            parsed = PARSERS[name][1](value)
        except (ValueError, TypeError) as error:
            option = name.removeprefix("HEAPDIFF_").lower()
            raise UsageError(f"run: --{option} {value}: {error}", "Try: heapdiff run --help") from error
        if isinstance(parsed, Path):
            given = {**given, name: str(parsed)}
    others = [
        entry
        for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep)
        if entry not in ("", str(FOLDER))
    ]
    return {**os.environ, **given, "PYTHONPATH": os.pathsep.join([str(FOLDER), *others])}


def _find(name: str) -> str:
    """The program that a shell would start. Raises MissingToolError or UsageError."""
    found = shutil.which(name)
    if found is not None:
        return found
    if os.path.dirname(name) and os.path.isdir(name):
        raise UsageError(f"run: {name} is a directory", "Name a program.")
    if os.path.dirname(name) and os.path.exists(name):
        raise UsageError(f"run: {name} is not executable", f"Make it executable: chmod +x {name}")
    if not os.path.dirname(name):
        beside = Path(sys.executable).with_name(name)
        if os.access(beside, os.X_OK):
            hint = f"Give its full path: heapdiff run -- {beside} ..."
            raise MissingToolError(f"run: there is no {name} on PATH", hint)
    here = f"It's in this directory: heapdiff run -- ./{name} ..." if os.path.isfile(name) else ""
    raise MissingToolError(f"run: there is no program {name}", here or "Install it, or give its full path.")


def _become(program: str, command: tuple[str, ...], environment: dict[str, str]) -> None:
    try:
        os.execve(program, command, environment)
    except OSError as error:
        if error.errno == errno.ENOEXEC:
            hint = f"Start it through its interpreter: heapdiff run -- sh {' '.join(command)}"
            raise UsageError(f"run: {program} is not a program (no #! line)", hint) from error
        raise UsageError(
            f"run: {program}: {error.strerror}", "Check that the program starts without heapdiff."
        ) from error
