"""Options that several commands share, and the types of their values."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from heapdiff.errors import HeapdiffError, UsageError

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

COMPLETING_S = 1.0
PREFIXES = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def parse_size(text: str) -> int:
    """A number of bytes: `4096`, `10MB` (powers of 1000), `1.5GiB` (powers of 1024)."""
    match = re.fullmatch(r"\s*(\d{1,18}(?:\.\d{1,9})?)\s*([kmgt]?)(i?)b?\s*", text, re.ASCII | re.IGNORECASE)
    if not match or (match[3] and not match[2]):
        raise click.BadParameter(f"{text!r} is not a size; write 4096, 10MB or 1.5GiB")
    from decimal import Decimal

    base = 1024 if match[3] else 1000
    factor: int = base ** PREFIXES[match[2].lower()]
    return round(Decimal(match[1]) * factor)


class NamedPath(click.Path):
    """A path that has a name: an empty one, as of a variable that isn't set, would be the current directory."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            whose = f"{param.opts[0]}: " if isinstance(param, click.Option) else "an argument: "
            raise UsageError(
                f"{whose}the name is empty", "Name the current directory with a dot, if you mean it."
            )
        return super().convert(value, param, ctx)


SNAPSHOT = NamedPath()


def complete_pid(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The processes with an agent, for a shell. Never an error: nobody would see it."""
    from heapdiff.remote.finding import find_agents

    try:
        agents = find_agents(ctx.params.get("directory"), time.monotonic() + COMPLETING_S)
    except HeapdiffError:
        return []
    return [pid for pid in (str(agent.pid) for agent in agents.found) if pid.startswith(incomplete)]


def directory_option() -> Callable[[Decorated], Decorated]:
    """`--dir`"""
    return click.option(
        "--dir",
        "directory",
        metavar="D",
        type=NamedPath(),
        help="Where the processes keep their snapshots.  [default: HEAPDIFF_DIR, set here or in the process, "
        "else heapdiff-UID in the temporary directory]",
    )


def format_option(*formats: str) -> Callable[[Decorated], Decorated]:
    """`--format`, first of `formats` by default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="The output format. json is stable, for scripts.",
    )


def parse_duration(text: str) -> int:
    """Seconds: `90`, `90s`, `10m`, `1h`."""
    from heapdiff.agent.settings.amounts import parse_period

    try:
        return parse_period(text)
    except (ValueError, TypeError) as error:
        raise click.BadParameter(f"{text!r}: {error}") from error


def limit_option(default: int, what: str) -> Callable[[Decorated], Decorated]:
    """`-n`: None when the user did not say, so that JSON can then hold everything."""
    return click.option(
        "-n",
        "limit",
        type=click.IntRange(min=0),
        metavar="N",
        help=f"Show at most N {what}; 0 shows all. [default: {default}; all with --format json]",
    )


class OutputFile(click.Path):
    """A file to write, refused before any work where it can't be one. `-` is standard output, which is None.

    `option` is what the user gives it with; `ending`, what its name must end in.
    """

    def __init__(self, piped: bool, option: str = "-o", ending: str = "") -> None:
        super().__init__(path_type=Path)
        self.piped, self.option, self.ending = piped, option, ending

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        from heapdiff.cli.output import require_output

        if value == "-":
            if self.piped:
                return None
            raise UsageError(
                f"{self.option} -: this can't be written to standard output",
                f"Name a file with {self.option}.",
            )
        if isinstance(value, str):
            require_output(value, self.option)
            if not value.lower().endswith(self.ending):
                raise UsageError(
                    f"{value}: doesn't end in {self.ending}", f"Use a name like leak{self.ending}."
                )
        return super().convert(value, param, ctx)


def output_option(
    required: bool = False, what: str = "Write to FILE instead of standard output."
) -> Callable[[Decorated], Decorated]:
    """`-o`: a required one is a file."""
    return click.option(
        "-o", "--output", type=OutputFile(piped=not required), required=required, metavar="FILE", help=what
    )
