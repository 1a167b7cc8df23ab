"""What the questions to a lake have in common: their options, the engine, and how an answer is printed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from heapdiff.cli.options import format_option, output_option, parse_duration

if TYPE_CHECKING:
    from heapdiff.fleet.questions.narrowing import Narrowed
    from heapdiff.render.fleet.sheet import Sheet

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
SHARE = 0.5  # of the memory that is left
LEAST_BYTES = 256_000_000
MOST_BYTES = 16_000_000_000
UNKNOWN_LEFT = 4_000_000_000
FORMATS = ("table", "json", "markdown", "html")


@dataclass(frozen=True, slots=True)
class Asking:
    """Where and how to ask, as the user said it."""

    lake: str
    engine: str
    service: str | None
    environment: str | None
    release: str | None
    since: str | None
    form: str
    output: Path | None
    limit: int | None

    @property
    def name(self) -> str:
        """The lake's address without what is secret in it."""
        from heapdiff.fleet.lake.opening import shown

        return shown(self.lake)


def asking_options(shown: int, rows: str, *, release: bool = True) -> Callable[[Decorated], Decorated]:
    """LAKE and all the options; the command gets one `asking`."""

    def decorate(function: Any) -> Any:
        import functools

        @functools.wraps(function)
        def command(**values: Any) -> Any:
            given = {name: values.pop(name, None) for name in Asking.__dataclass_fields__}
            return function(Asking(**given), **values)

        for option in reversed(_options(shown, rows, release)):
            command = option(command)
        return command

    return decorate


def _options(shown: int, rows: str, release: bool) -> list[Callable[[Any], Any]]:
    only = [
        click.option("--service", metavar="NAME", help="Only this service."),
        click.option("--environment", metavar="NAME", help="Only this environment."),
        click.option("--release", metavar="NAME", help="Only this release."),
    ]
    return [
        click.argument("lake", metavar="LAKE"),
        *(only if release else only[:2]),
        click.option(
            "--since",
            metavar="TIME",
            help="Only the last 12h, 7d …, counted back from the lake's latest row.",
        ),
        click.option(
            "--engine",
            metavar="ENGINE",
            default="duckdb",
            show_default=True,
            help="Where to ask: duckdb, sc://HOST:PORT (Spark Connect, Sail), spark://HOST:PORT or local[N] (PySpark).",
        ),
        click.option(
            "-n",
            "limit",
            type=click.IntRange(min=0),
            metavar="N",
            help=f"Show at most N {rows}; 0 shows all. [default: {shown}; all with --format json]",
        ),
        format_option(*FORMATS),
        output_option(),
    ]


@contextmanager
def opened(asking: Asking) -> Iterator[Narrowed]:
    """The rows that are asked about, in the engine."""
    from heapdiff.cli.output import busy
    from heapdiff.fleet.engines.connecting import open_engine
    from heapdiff.fleet.engines.kinds import parse_engine
    from heapdiff.fleet.questions.narrowing import Choice, narrow

    engine = parse_engine(asking.engine)
    since = None if asking.since is None else parse_since(asking.since)
    from heapdiff.fleet.lake.opening import open_lake

    choice = Choice(asking.service, asking.environment, asking.release, since)
    lake = open_lake(asking.lake)
    with busy("asking"), open_engine(lake, engine, _memory()) as asked:
        yield narrow(asked, choice, asking.name)


def parse_since(text: str) -> int:
    """Seconds: as other durations, and days: `7d`."""
    if text[-1:] == "d" and text[:-1].isascii() and text[:-1].isdigit() and int(text[:6].rstrip("d")) > 0:
        return int(text[:-1][:6]) * 86_400
    return parse_duration(text)


def answer(
    asking: Asking, schema: str, found: object, shown: int, describe: Callable[[Any, int | None], Sheet]
) -> None:
    """Print the answer in the form that was asked for."""
    from heapdiff.cli.output import print_table, print_text, shown_rows
    from heapdiff.render.json import render_json

    if asking.form == "json":
        print_text(render_json(schema, found), asking.output)
        return
    sheet = describe(found, shown_rows(asking.limit, shown))
    if asking.form == "markdown":
        from heapdiff.render.fleet.marking import mark_sheet

        print_text(mark_sheet(sheet), asking.output)
    elif asking.form == "html":
        from heapdiff.render.fleet.paging import page_sheet

        print_text(page_sheet(sheet, _typed(asking)), asking.output)
    else:
        from heapdiff.render.fleet.printing import print_sheet

        print_table(lambda console: print_sheet(console, sheet), asking.output)


def _typed(asking: Asking) -> str:
    """The command, without what is secret in the lake's address."""
    import shlex

    return f"heapdiff {shlex.join(asking.name if each == asking.lake else each for each in sys.argv[1:])}"


def _memory() -> int:
    from heapdiff.agent.system.memory_limits import memory_left

    left, _limit = memory_left()
    return max(LEAST_BYTES, min(MOST_BYTES, int((UNKNOWN_LEFT if left is None else left) * SHARE)))
