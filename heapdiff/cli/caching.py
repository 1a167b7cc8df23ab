"""What one command keeps for the next: whether, where, and how much. The only place where that is switched on."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from heapdiff.errors import UsageError

if TYPE_CHECKING:
    from heapdiff.graph.stored.cabinet import Cabinet

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

SETTING: Final = "HEAPDIFF_CACHE"
OFF: Final = frozenset(("0", "false", "no", "off"))
ON: Final = frozenset(("", "1", "true", "yes", "on"))
MOST_BYTES: Final = 10 * 10**9  # a snapshot of 100 million objects needs 5.2
USES: Final = "heapdiff.cache"
OPENED: Final = "heapdiff.cabinet"


def cache_option(writes: bool = True) -> Callable[[Decorated], Decorated]:
    """`--no-cache`. A command with it takes what earlier ones stored of a snapshot and, unless `writes` is off, stores more."""

    def note(ctx: click.Context, _: click.Parameter, without: bool) -> None:
        ctx.meta[USES] = None if without else writes

    more = ", and store nothing for the next one" if writes else ""
    return click.option(
        "--no-cache",
        is_flag=True,
        expose_value=False,
        callback=note,
        help=f"Don't use what an earlier command stored{more}.  [HEAPDIFF_CACHE=off does so for every command]",
    )


def find_cabinet(heap: Path) -> Cabinet | None:
    """The cache of the command that runs, if it has one, for a snapshot that is worth it. It's closed when the command ends."""
    context = click.get_current_context(silent=True)
    writes = None if context is None else context.meta.get(USES)
    bound, place = read_bound(), find_place()
    if context is None or writes is None or not bound or place is None:
        return None
    from heapdiff.graph.stored import shelf

    if OPENED not in context.meta and heap.exists() and heap.stat().st_size >= shelf.LEAST_BYTES:
        from heapdiff.agent.directory.access import prepare_directory
        from heapdiff.graph.stored.cabinet import Cabinet

        context.meta[OPENED] = context.with_resource(Cabinet(place, bound, prepare_directory, writes))
    cabinet: Cabinet | None = context.meta.get(OPENED)
    return cabinet


def read_bound() -> int:
    """How many bytes all stored files may take; 0: switched off. Raises UsageError for a setting that isn't one."""
    text = os.environ.get(SETTING, "").strip().lower()
    if text in OFF:
        return 0
    if text in ON:
        return MOST_BYTES
    from heapdiff.cli.options import parse_size

    try:
        return parse_size(text)
    except click.BadParameter as error:
        hint = f"Set it to off, or to the most that may be stored, such as {SETTING}=2GB."
        raise UsageError(f"{SETTING}: {error.message}", hint) from error


def find_place() -> Path | None:
    """The user's directory for such files, as the XDG specification has it; None where he has none."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        home = os.environ.get("HOME", "")
        base = os.path.join(home, ".cache") if os.path.isabs(home) else ""
    return Path(base, "heapdiff") if base and "\0" not in base else None
