"""`heapdiff dump`: the records of a heap file as text."""

import os
from pathlib import Path

import click

from heapdiff.cli.options import SNAPSHOT
from heapdiff.cli.streams import print_document


@click.command(short_help="Print a heap file's records as text.")
@click.argument("snapshot", metavar="A", type=SNAPSHOT)
def dump(snapshot: Path) -> None:
    """Print every section, table entry and record of the .heap file of snapshot A, to debug the format.

    \b
      heapdiff dump web1-4242-0001-20261122T140507Z.heap | less
    """
    from heapdiff.cli.loading import open_snapshot, require_file, require_heap
    from heapdiff.snapshot.dump import dump_heap
    from heapdiff.snapshot.packing import plain_name

    if plain_name(snapshot).suffix == ".heap" and not os.path.isdir(snapshot):
        require_file(snapshot)
        heap = snapshot
    else:
        heap = require_heap(open_snapshot(snapshot))
    for line in dump_heap(heap):
        print_document(f"{line}\n")
