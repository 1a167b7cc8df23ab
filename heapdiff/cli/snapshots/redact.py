"""`heapdiff redact`: a snapshot without the user's own names, to share outside."""

import secrets
from pathlib import Path

import click

from heapdiff.cli.options import SNAPSHOT, output_option
from heapdiff.cli.streams import print_line
from heapdiff.errors import UsageError


@click.command(short_help="Remove your names from a snapshot before sharing it.")
@click.argument("snapshot", metavar="A", type=SNAPSHOT)
@output_option(required=True, what="The .json to write; the .heap goes beside it.")
@click.option(
    "--key", metavar="TEXT",
    help="Use the same pseudonyms as other files with this key, so that they can be compared.  [default: a new key]",
)  # fmt: skip
def redact(snapshot: Path, output: Path, key: str | None) -> None:
    """Copy snapshot A without the names in your own code.

    Modules, types, functions, attributes and variables outside the standard library and well-known packages get
    pseudonyms; host, command line, label, integer keys and values are left out. Sizes, counts and references stay,
    so the copy can be compared and drawn like the original. Names can't be guessed from pseudonyms without the key:
    keep it secret.

    \b
      heapdiff redact before.json -o shared-before.json --key "$SECRET"
      heapdiff redact after.json -o shared-after.json --key "$SECRET"
    """
    from heapdiff.cli.loading import open_snapshot
    from heapdiff.cli.output import busy, refuse_to_overwrite
    from heapdiff.knowledge.packages import is_public
    from heapdiff.snapshot.packing import plain_name
    from heapdiff.snapshot.redaction import Pseudonyms
    from heapdiff.snapshot.redaction import redact as write_redacted

    if key is not None and not key.strip():
        raise UsageError(
            "--key is empty", "Choose one, such as SECRET=$(openssl rand -hex 16), or leave --key out."
        )
    if plain_name(output) != output:
        raise UsageError(
            f"{output}: redact doesn't pack", "Name a .json with -o, and pack both files afterwards."
        )
    known = output.suffix in (".json", ".heap")
    target = output.with_suffix(".json") if known else output.with_name(f"{output.name}.json")
    if output.exists() and not (known and output.is_file()):
        raise UsageError(
            f"{output}: already exists and is not a .json", f"The copy would be {target}: name that with -o."
        )
    opened = open_snapshot(snapshot)
    refuse_to_overwrite(target, [opened.path])
    with busy(f"redacting {snapshot.name}"):
        write_redacted(
            opened, target, Pseudonyms((secrets.token_hex(16) if key is None else key).encode(), is_public)
        )
    print_line(str(target))
