"""`heapdiff redact`: a snapshot without the user's own names, to share outside."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from heapdiff.cli.options import SNAPSHOT, Decorated, NamedPath, output_option
from heapdiff.cli.streams import print_line
from heapdiff.errors import MissingToolError, UsageError

if TYPE_CHECKING:
    from heapdiff.snapshot import Snapshot
    from heapdiff.snapshot.redaction import Pseudonyms

VARIABLE: Final = "HEAPDIFF_REDACT_KEY"
KEY_MOST: Final = 4096
HOW_TO_MAKE_ONE: Final = (
    "Make one with `(umask 077; openssl rand -hex 16 > KEYFILE)`, and pass --key-file KEYFILE."
)


def key_options() -> Callable[[Decorated], Decorated]:
    """`--key-file` and `--ask-key`, for `find_key`."""

    def decorate(command: Decorated) -> Decorated:
        asked = click.option("--ask-key", is_flag=True, help="Ask for that key on the terminal.")
        return click.option(
            "--key-file", metavar="FILE", type=NamedPath(),
            help="Use the same pseudonyms as other copies made with the key in FILE, so that they can be compared.  "
            "[default: HEAPDIFF_REDACT_KEY, else a new key]",
        )(asked(command))  # fmt: skip

    return decorate


@click.command(short_help="Remove your names from a snapshot before sharing it.")
@click.argument("snapshot", metavar="A", type=SNAPSHOT)
@output_option(required=True, what="The .json to write; the .heap goes beside it.")
@key_options()
@click.option("--key", hidden=True)
def redact(snapshot: Path, output: Path, key_file: Path | None, ask_key: bool, key: str | None) -> None:
    """Copy snapshot A without the names in your own code.

    Modules, types, functions, attributes and variables get pseudonyms, except for what the snapshot shows to be defined
    by the standard library or a well-known package; host, command line, label, notes, integer keys, values and hashes
    are left out. Sizes, counts and references stay, so the copy can be compared and drawn like the original. Names
    can't be guessed from pseudonyms without the key: keep it secret.

    \b
      (umask 077; openssl rand -hex 16 > key)
      heapdiff redact before.json -o shared-before.json --key-file key
      heapdiff redact after.json -o shared-after.json --key-file key
    """
    from heapdiff.cli.loading import open_snapshot
    from heapdiff.cli.output import refuse_to_overwrite
    from heapdiff.snapshot.packing import plain_name

    if key is not None:
        raise UsageError(
            "--key: other users can read a command line, and the shell remembers it", HOW_TO_MAKE_ONE
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
    find_redaction(key_file, ask_key)(opened, target)
    print_line(str(target))


def find_redaction(key_file: Path | None, ask_key: bool) -> Callable[[Snapshot, Path], None]:
    """What writes copies of snapshots, all with one key. Raises UsageError where the key is none."""
    from heapdiff.snapshot.redaction import Pseudonyms

    pseudonyms = Pseudonyms(find_key(key_file, ask_key))
    return lambda snapshot, target: write_redacted(snapshot, target, pseudonyms)


def write_redacted(opened: Snapshot, target: Path, pseudonyms: Pseudonyms) -> None:
    """The copy of one snapshot: `target`, a `.json`, and its graph beside it."""
    from heapdiff.analysis.reach.definitions import find_definitions
    from heapdiff.cli.loading import load_graph
    from heapdiff.cli.output import busy
    from heapdiff.snapshot.redaction import Definitions
    from heapdiff.snapshot.redaction import redact as copy_redacted

    graph = load_graph(opened)
    definitions = Definitions() if graph is None else find_definitions(graph)
    del graph
    with busy(f"redacting {opened.path.name}"):
        copy_redacted(opened, target, pseudonyms, definitions)


def find_key(file: Path | None, ask: bool) -> bytes:
    """The key of the pseudonyms: from the user's secret, or a new one. Raises UsageError where the secret is weak."""
    from heapdiff.snapshot.redaction import derive_key, find_weakness, random_key

    if file is not None and ask:
        raise UsageError("--key-file and --ask-key: give one of them", "There is one key.")
    if file is not None:
        source, secret = str(file), read_key(file)
    elif ask:
        source, secret = "the key", ask_for_key()
    elif VARIABLE in os.environ:
        source, secret = VARIABLE, os.fsencode(os.environ[VARIABLE])
    else:
        return random_key()
    weakness = find_weakness(secret.strip())
    if weakness:
        raise UsageError(f"{source}: the key {weakness}", HOW_TO_MAKE_ONE)
    try:
        return derive_key(secret.strip())
    except AttributeError as error:
        raise MissingToolError(
            "this Python was built without scrypt, which a key needs",
            "Use another Python, or leave the key out.",
        ) from error


def read_key(file: Path) -> bytes:
    try:
        with file.open("rb") as found:
            secret = found.read(KEY_MOST + 1)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", HOW_TO_MAKE_ONE) from error
    if len(secret) > KEY_MOST:
        raise UsageError(f"{file}: is too long for a key", HOW_TO_MAKE_ONE)
    return secret


def ask_for_key() -> bytes:
    if not sys.stdin.isatty():
        raise UsageError("--ask-key: there is no terminal to ask on", HOW_TO_MAKE_ONE)
    return str(click.prompt("Key", hide_input=True, err=True)).encode("utf-8", "surrogateescape")
