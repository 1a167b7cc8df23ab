"""`heapdiff compare`: what grew between snapshots, and who keeps it."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from heapdiff.cli.caching import cache_option
from heapdiff.cli.comparison.comparing import (
    SHOWN,
    Named,
    check_growth,
    compare_and_report,
    compare_named,
    print_comparison,
)
from heapdiff.cli.options import (
    SNAPSHOT,
    OutputFile,
    format_option,
    limit_option,
    output_option,
    parse_size,
)
from heapdiff.cli.snapshots.redact import find_redaction, key_options
from heapdiff.errors import UsageError


@click.command(short_help="Say what grew between snapshots, and who keeps it.")
@click.argument("snapshots", metavar="A B [C]... | DIR...", nargs=-1, required=True, type=SNAPSHOT)
@format_option("table", "json", "markdown")
@output_option()
@limit_option(SHOWN, "suspects and types")
@click.option(
    "--fail-on-growth",
    "tolerated",
    metavar="BYTES",
    type=parse_size,
    help="Exit with 1 if a process's Python objects grew by more than BYTES (10MB, 64KiB) from its first snapshot to "
    "its last.",
)
@click.option(
    "--bundle", metavar="FILE.zip", type=OutputFile(False, "--bundle", ".zip"),
    help="Also write the answer, pictures of the suspects and JSON into one file, for a bug tracker.",
)  # fmt: skip
@click.option(
    "--redact", "redacted", is_flag=True,
    help="Compare copies without the names in your own code, as heapdiff redact makes them.",
)  # fmt: skip
@key_options()
@click.pass_context
@cache_option(writes=False)
def compare(
    ctx: click.Context,
    snapshots: tuple[Path, ...],
    form: str,
    output: Path | None,
    limit: int | None,
    tolerated: int | None,
    bundle: Path | None,
    redacted: bool,
    key_file: Path | None,
    ask_key: bool,
) -> None:
    """Compare two or more snapshots of a process, in any order; they're sorted by time. A directory stands for the
    snapshots in it.

    The first line is the answer. Below it are the suspects: containers that grew, what they now hold in addition, per
    request, which line and view allocated it (if "heapdiff sample" was on), which code can put something there, the
    references that keep them alive, and what to do.

    \b
      heapdiff compare first.json second.json
      heapdiff compare heaps/
      heapdiff compare *.json --format markdown -o bug-report.md
      heapdiff compare *.json --bundle leak.zip --redact
      heapdiff compare before.json after.json --fail-on-growth 10MB

    Snapshots of several processes, such as a server's workers, are compared process by process. What the processes
    have in common comes first.

    1 kB is 1000 bytes.
    """
    from heapdiff.cli.loading import expand, open_all
    from heapdiff.cli.output import refuse_to_overwrite, shown_rows

    paths = expand(snapshots)
    if len(paths) < 2:
        raise UsageError(
            f"{paths[0]}: only one snapshot; compare needs at least two", "Add an earlier or later one."
        )
    if not redacted and (key_file is not None or ask_key):
        raise UsageError("--key-file and --ask-key need --redact", "Add --redact.")
    refuse_to_overwrite(output, paths)
    refuse_to_overwrite(bundle, paths, "--bundle")
    if output is not None and bundle is not None and output.resolve() == bundle.resolve():
        raise UsageError(f"{bundle}: is named by -o, too", "Name another file with -o.")
    opened = open_all(snapshots)
    with ExitStack() as copies:
        if redacted:
            from heapdiff.cli.comparison.copies import redacted_copies

            named = copies.enter_context(redacted_copies(opened, find_redaction(key_file, ask_key)))
        elif bundle is not None:
            from heapdiff.cli.comparison.copies import without_places

            named = without_places(opened)
        else:
            named = [Named(each, str(each.path)) for each in opened]
        if bundle is None:
            answer = compare_named(named)
        else:
            from heapdiff.cli.comparison.bundling import write_bundle

            reported = compare_and_report(named, shown_rows(limit, SHOWN))
            answer = reported.answer
            write_bundle(bundle, reported, limit, redacted)
        print_comparison(answer, form, limit, output)
    if tolerated is not None:
        ctx.exit(check_growth(answer, tolerated, len(opened) == len(paths)))
