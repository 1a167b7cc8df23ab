"""`heapdiff graph`: a picture of who keeps the chosen objects."""

from __future__ import annotations

from pathlib import Path

import click

from heapdiff.cli.caching import cache_option
from heapdiff.cli.options import SNAPSHOT, output_option
from heapdiff.cli.streams import print_line, say
from heapdiff.errors import MissingToolError, UsageError

KINDS = ("svg", "png", "dot")


@click.command(short_help="Draw who keeps objects, from the root down.")
@click.argument("snapshot", metavar="A", type=SNAPSHOT)
@click.option("--type", "type_name", metavar="T", help="Draw the objects of this type.")
@click.option("--holder", metavar="PATH", help="Draw the container at this path, and what it holds.")
@click.option("--address", metavar="0x…", help="Draw the object at this address.")
@click.option("--since", metavar="BASE", type=SNAPSHOT, help="Draw what is new since this earlier snapshot.")
@output_option(required=True, what="The picture to write; the ending selects the format: .svg, .png or .dot.")
@cache_option()
def graph(
    snapshot: Path,
    type_name: str | None,
    holder: str | None,
    address: str | None,
    since: Path | None,
    output: Path,
) -> None:
    """Draw the references that keep objects of snapshot A alive, from a module's global down to them.

    With --since, the two snapshots are compared as `compare` does. Without --type, --holder or --address, the first
    suspect is drawn. Red marks suspected leaks and nothing else.

    \b
      heapdiff graph second.json --since first.json -o leak.svg
      heapdiff graph second.json --type shop.models.Session -o sessions.png
      heapdiff graph second.json --holder shop.cache.SESSIONS -o cache.dot

    SVG and PNG need Graphviz or the graphviz-pure package; without them, the DOT text is written next to FILE.
    """
    chosen = [choice for choice in (type_name, holder, address) if choice is not None]
    if len(chosen) > 1:
        raise UsageError("more than one of --type, --holder and --address", "Give only one of them.")
    if not chosen and since is None:
        hint = "Add --type T, --holder PATH or --address 0x…; or --since BASE to draw what grew."
        raise UsageError(f"{snapshot}: nothing selected to draw", hint)
    kind = output.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise UsageError(
            f"{output}: not a format that can be drawn", "Use a name ending in .svg, .png or .dot."
        )
    from heapdiff import analysis
    from heapdiff.cli.loading import about, open_snapshot, require_graph
    from heapdiff.cli.output import busy
    from heapdiff.render.dot import render_dot

    later = open_snapshot(snapshot)
    earlier = None if since is None else open_snapshot(since, before=later)
    if earlier is not None and earlier.summary.captured_at > later.summary.captured_at:
        later, earlier = earlier, later
        say(f"heapdiff: {later.path} is the later of the two, so the picture shows what is new in it")
    heap, base = require_graph(later), None if earlier is None else require_graph(earlier)
    with about(later.path), busy("looking for paths"):
        picture = analysis.build_picture(heap, type_name=type_name, holder=holder, address=address, base=base)
    _write(render_dot(picture), kind, output)
    if since is not None and not any(edge.growing for edge in picture.edges):
        say("heapdiff: compare finds nothing drawn here likely to leak, so nothing is red")
    print_line(str(output))


def _write(dot: str, kind: str, output: Path) -> None:
    """Write the picture; where nothing can draw it, the DOT text beside its name, and say so."""
    from heapdiff.cli.output import busy, write_file
    from heapdiff.render.drawing import draw

    if kind == "dot":
        write_file(output, dot.encode("utf-8"))
        return
    try:
        with busy(f"drawing {output.name}"):
            picture = draw(dot, kind)
    except MissingToolError as error:
        beside = output.with_suffix(".dot")
        write_file(beside, dot.encode("utf-8"))
        raise MissingToolError(f"{output}: {error.message}; wrote {beside} instead", error.hint) from error
    write_file(output, picture)
