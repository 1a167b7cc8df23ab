"""`heapdiff export`: a snapshot for other tools."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heapdiff.cli.options import SNAPSHOT
from heapdiff.cli.streams import print_line
from heapdiff.errors import UsageError

if TYPE_CHECKING:
    from heapdiff.export.formats import Format


class FormatChoice(click.Choice):  # type: ignore[type-arg]  # older releases of click have no argument
    """The formats that there are, looked up when somebody asks: `heapdiff --help` doesn't."""

    def __init__(self) -> None:
        self.case_sensitive = True

    @cached_property
    def choices(self) -> Sequence[str]:  # type: ignore[override]
        from heapdiff.export.formats import FORMATS

        return tuple(FORMATS)


@click.command(short_help="Write a snapshot for Chrome's Memory panel, or as Parquet.")
@click.argument("snapshot", metavar="A", type=SNAPSHOT)
@click.option("--to", "name", type=FormatChoice(), required=True, help="What to write.")
@click.option(
    "-o", "--output", metavar="PATH", required=True,
    help="chrome: the file to write, ending in .heapsnapshot. parquet: a new directory for a file per table.",
)  # fmt: skip
def export(snapshot: Path, name: str, output: str) -> None:
    """Write the objects and references of snapshot A for another tool.

    \b
      heapdiff export second.json --to chrome -o second.heapsnapshot
      heapdiff export second.json --to parquet -o tables/

    chrome is for the Memory panel of Chrome's DevTools ("Load profile") and for memlab: retained sizes and dominators there
    are those of `heapdiff tree`. An object has the same number in each snapshot of its process, so the panel's "Comparison"
    works.

    parquet has the tables of `heapdiff query`. Needs the package duckdb: pip install 'heapdiff[sql]'.

    Only you can read what it writes. docs/how-to/export.md says what to click and what the sums mean.
    """
    from heapdiff.cli.loading import open_snapshot, require_graph
    from heapdiff.cli.output import busy, refuse_to_overwrite, writing_directory, writing_file
    from heapdiff.export.formats import FORMATS

    chosen, path = FORMATS[name], Path(output)
    _require_place(chosen, output)
    chosen.require()
    opened = open_snapshot(snapshot)
    refuse_to_overwrite(path, [opened.path])
    graph = require_graph(opened)
    written = writing_file(path) if chosen.ending else writing_directory(path)
    with busy(f"writing {path.name}") as progress, written as new:
        chosen.write(graph, new, progress)
    print_line(output)


def _require_place(chosen: Format, output: str) -> None:
    from heapdiff.cli.output import require_new_directory, require_output

    if output == "-":
        raise UsageError("-o -: this can't be written to standard output", "Name a file with -o.")
    if not chosen.ending:
        require_new_directory(output)
        return
    require_output(output)
    if not output.endswith(chosen.ending):
        raise UsageError(
            f"{output}: doesn't end in {chosen.ending}, which its readers expect",
            f"Use -o {Path(output).stem}{chosen.ending}",
        )
