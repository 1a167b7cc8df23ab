"""`heapdiff report`: all that snapshots of a process say, in one file for a browser."""

from __future__ import annotations

from pathlib import Path

import click

from heapdiff.cli.options import SNAPSHOT, output_option
from heapdiff.cli.streams import print_line, say


@click.command(short_help="Write one page with everything: verdict, suspects, owner map, types.")
@click.argument("snapshots", metavar="A [B]... | DIR...", nargs=-1, required=True, type=SNAPSHOT)
@output_option(required=True, what="The page to write, such as leak.html.")
def report(snapshots: tuple[Path, ...], output: Path) -> None:
    """Write what the snapshots of a process say as one HTML file, in any order; a directory stands for the snapshots in it.

    The page has the verdict, memory over time, each suspect with what it holds, who allocated it and what keeps it alive, a map
    of who owns all memory, and all types, to be sorted and searched. One snapshot shows what memory holds; two or more show
    what grew.

    \b
      heapdiff report first.json second.json -o leak.html
      heapdiff report heaps/ -o leak.html
      heapdiff report second.json -o heap.html

    The file is complete: it loads nothing and sends nothing, so it can be mailed, archived and opened without a network. It
    has the names of your code; `heapdiff redact` takes them out of the snapshots first. Of several processes, the page is about
    the one that grew most.
    """
    from heapdiff.cli.loading import expand, open_all
    from heapdiff.cli.output import busy, refuse_to_overwrite, write_file
    from heapdiff.cli.pages.choosing import choose_process
    from heapdiff.cli.pages.making import make_report, write_command
    from heapdiff.render.html.report import render_report

    refuse_to_overwrite(output, expand(snapshots))
    opened = open_all(snapshots)
    chosen = choose_process([each.summary for each in opened])
    if chosen.said:
        say(f"heapdiff: {chosen.said}")
    answer = make_report([opened[number] for number in chosen.numbers])
    with busy(f"writing {output.name}"):
        page = render_report(answer, write_command(snapshots, output))
        write_file(output, page.encode("utf-8"))
    if answer.comparison is None:
        say("heapdiff: one snapshot shows what memory holds; add an earlier or later one to show what grew")
    say("heapdiff: open it in a browser; it needs no network")
    print_line(str(output))
