"""`heapdiff fleet ingest`: from files of many workers to a lake."""

from __future__ import annotations

import click

from heapdiff.cli.options import format_option


@click.command(short_help="Add summaries and comparisons to a lake.")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option(
    "--to", "lake", required=True, metavar="LAKE", help="The lake: a directory, or s3://bucket/prefix."
)
@click.option(
    "--no-compare", "without", is_flag=True, help="Don't compare snapshots, even if their graphs are there."
)
@format_option("table", "json")
def ingest(sources: tuple[str, ...], lake: str, without: bool, form: str) -> None:
    """Add the snapshots and comparisons found at each SOURCE to a lake, which is created if it isn't there.

    \b
      heapdiff fleet ingest heaps/ --to lake/
      heapdiff fleet ingest s3://acme-heaps/shop --to s3://acme-lake/heaps
      heapdiff fleet ingest s3://heaps --to 's3://lake?endpoint_override=minio:9000&scheme=http'

    A SOURCE is a file or a directory, here or in S3-compatible storage; what is in it is found at any depth. Taken are the
    .json files of snapshots, and of heapdiff compare --format json; .json.gz and .json.zst, too. If a snapshot has its .heap
    beside it, it's compared with the one before it of the same process.

    Run it as often as you like: files seen before are skipped, and a snapshot counts once, wherever its copies are. Several
    may run at the same time. If one is interrupted, what it had added is there as a whole or not at all, and the next run
    takes the rest. A file that is cut off is reported, and taken once it's complete.

    Credentials for S3 come from the environment or configuration files, as AWS's own tools have them. Needs the package
    pyarrow: pip install 'heapdiff[fleet]'.
    """
    from heapdiff.cli.loading import import_numpy
    from heapdiff.cli.output import busy, print_answer
    from heapdiff.cli.streams import say
    from heapdiff.fleet.lake.opening import require_pyarrow
    from heapdiff.render.amounts import plural
    from heapdiff.render.terminal.running.ingesting import render_ingested

    require_pyarrow()
    import_numpy()
    from heapdiff.fleet.ingest.ingesting import ingest

    with busy("ingesting") as progress:
        done = ingest(sources, lake, not without, progress)
    print_answer(form, "ingested/1", done, lambda console: render_ingested(console, done))
    if done.unreadable:
        say(f"heapdiff: {plural(done.unreadable, 'source')} couldn't be read")
