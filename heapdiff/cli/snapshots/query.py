"""`heapdiff query`: any question, in SQL."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heapdiff.cli.caching import cache_option
from heapdiff.cli.options import SNAPSHOT, format_option, output_option
from heapdiff.errors import UsageError

if TYPE_CHECKING:
    from heapdiff.export.sql import Query
    from heapdiff.graph.heap import HeapGraph

SHOWN = 1_000
TIMEOUT_S: float = 60
BINARY = "parquet"
WHOLE = frozenset(("csv", BINARY))


@click.command(short_help="Ask anything, in SQL.")
@click.argument("given", metavar='A [B] "SELECT …"', nargs=-1, required=True)
@click.option(
    "-n",
    "limit",
    type=click.IntRange(min=0),
    metavar="N",
    help=f"At most N rows; 0 is all. [default: {SHOWN:,}; all with csv and parquet]",
)
@click.option(
    "--timeout",
    "seconds",
    type=click.FloatRange(min=0, min_open=True, max=86_400),
    default=TIMEOUT_S,
    show_default=True,
    metavar="S",
    help="Stop the statement after S seconds.",
)
@output_option()
@format_option("table", "json", "csv", BINARY)
@cache_option()
def query(given: tuple[str, ...], limit: int | None, seconds: float, output: Path | None, form: str) -> None:
    """Ask about snapshot A, or about A and a later B, in SQL.

    \b
      heapdiff query A "SELECT * FROM types ORDER BY bytes DESC LIMIT 10"
      heapdiff query A "DESCRIBE objects"
      heapdiff query A B "FROM b.objects WHERE other_node IS NULL"
      heapdiff query A "FROM objects" --format parquet -o objects.parquet

    Tables: objects, refs, types, roots, names, dominators. With two snapshots they're a.objects, b.objects and so on, and
    survivors says which objects are in both. docs/how-to/query.md has every column, and twelve questions to start from.

    It takes one statement that reads (SELECT, WITH, FROM, DESCRIBE), and the statement reaches no file and no network. A
    snapshot may be a directory: its latest. Needs the package duckdb: pip install 'heapdiff[sql]'.
    """
    *names, statement = given
    if not 1 <= len(names) <= 2:
        wrong = "no statement" if not names else f"{len(names):,} snapshots"
        raise UsageError(
            f"expected one or two snapshots and then a statement, got {wrong}", "Put it in quotes."
        )
    if form == BINARY and output is None:
        raise UsageError("parquet can't be written to standard output", "Name a file with -o.")
    from heapdiff.cli.loading import expand
    from heapdiff.cli.output import refuse_to_overwrite, writing_file
    from heapdiff.export.sql import Bounds, open_query, require_statement

    paths = [SNAPSHOT.convert(name, None, None) for name in names]
    refuse_to_overwrite(output, expand(paths))
    require_statement(statement)
    graphs = _load(paths)
    shown = (0 if form in WHOLE else SHOWN) if limit is None else limit
    with ExitStack() as opened:
        new = opened.enter_context(writing_file(output)) if output is not None and form in WHOLE else None
        bounds = Bounds.now(seconds)
        asked = opened.enter_context(open_query(graphs, statement, bounds, new if form == BINARY else None))
        _answer(asked, form, shown or None, new, output)


def _load(paths: list[Path]) -> list[HeapGraph]:
    """Of two, the later is opened first, so that a directory is its latest snapshot and then its first of that process."""
    from heapdiff.cli.loading import open_snapshot, require_graph

    later = open_snapshot(paths[-1])
    snapshots = [later] if len(paths) == 1 else [open_snapshot(paths[0], before=later), later]
    return [require_graph(snapshot) for snapshot in snapshots]


def _answer(asked: Query, form: str, limit: int | None, new: Path | None, output: Path | None) -> None:
    from heapdiff.cli.output import busy, print_table, print_text

    if form == BINARY:
        assert new is not None
        with busy("writing"):
            asked.write_parquet(new, limit)
    elif form == "csv":
        _write_csv(asked, limit, new)
    else:
        with busy("asking"):
            found = asked.rows(limit)
        if form == "json":
            from heapdiff.render.json import render_json

            print_text(render_json("query/1", found), output)
        else:
            from heapdiff.render.rows.grid import render_rows

            print_table(lambda console: render_rows(console, found), output)


def _write_csv(asked: Query, limit: int | None, new: Path | None) -> None:
    """Piece by piece: there may be millions of rows."""
    from heapdiff.cli.streams import print_document
    from heapdiff.render.rows.separated import render_csv

    with ExitStack() as opened:
        file = opened.enter_context(new.open("w", encoding="utf-8")) if new else None
        for number, piece in enumerate(asked.pieces(limit)):
            text = render_csv(piece, headed=not number)
            if file is None:
                print_document(text)
            else:
                file.write(text)
