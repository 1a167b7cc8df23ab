"""Whether the path of a snapshot can be handed on as it is: to a terminal, and from there to a shell."""

import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Final

from heapdiff.errors import CaptureError
from heapdiff.escaping import escape_terminal
from heapdiff.remote.asking import Asked

PLAIN: Final = re.compile(r"[\w./@%+:,=-]+")


def place_of(asked: Asked, name: str, said: Collection[Path | None]) -> Path | CaptureError:
    """The path of a process's new snapshot, or that it isn't safe to print.

    `said`: directories that our user named, in whatever words. Where another user's process keeps its files is that
    user's word: a shell may find more arguments or commands in it.
    """
    path = asked.show(name)
    folder = asked.directory if asked.folder is None else asked.folder.path
    theirs = os.geteuid() == 0 and asked.owner and asked.owner.user and folder not in said
    if escape_terminal(str(path)) == str(path) and (PLAIN.fullmatch(str(path)) or not theirs):
        return path
    return CaptureError(
        f"process {asked.record.pid}: the directory of {name}.json has a name that isn't safe to print: "
        f"{str(path.parent)!a}",
        "Set HEAPDIFF_DIR to one with a plain name and restart the process, or take a snapshot with --to.",
    )
