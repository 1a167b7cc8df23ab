"""Opens a lake by its address: a directory, or `s3://bucket/prefix?endpoint_override=…`. Nobody else looks at addresses."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

from heapdiff.errors import LakeError, MissingToolError, UsageError
from heapdiff.fleet.lake.lake import Lake
from heapdiff.fleet.lake.local import LocalStore
from heapdiff.fleet.lake.log import read_state
from heapdiff.fleet.lake.objects import ObjectStore
from heapdiff.fleet.lake.stores import Store, first_line
from heapdiff.fleet.tables import TABLES

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")


def open_lake(uri: str) -> Lake:
    """What is committed now. Cost: one listing and a few small files, however much there is.

    Raises LakeError where there is no lake, UsageError for an address that is none, and MissingToolError without pyarrow.
    """
    store = open_store(uri)
    state = read_state(store)
    if state is None:
        raise LakeError(
            f"{shown(uri)}: holds no lake", f"heapdiff fleet ingest SOURCE --to {shown(uri)} makes one."
        )
    files = {table: tuple(sorted(store.path(each.name) for each in state.of(table))) for table in TABLES}
    return Lake(uri, store.filesystem, files)


def open_store(uri: str) -> Store:
    """The storage at an address, whether a lake is there or not. Raises UsageError and MissingToolError."""
    filesystem, path = open_place(uri)
    if filesystem.type_name == "local":
        if os.path.lexists(path) and not os.path.isdir(path):
            raise UsageError(f"{uri}: is not a directory", "Name a directory, or s3://bucket/prefix.")
        return LocalStore(uri, filesystem, path)
    return ObjectStore(uri, filesystem, path)


def open_place(uri: str) -> tuple[FileSystem, str]:
    """A file system, and the path in it that an address means: an absolute one, or `bucket/prefix`."""
    require_pyarrow()
    from pyarrow.fs import FileSystem, LocalFileSystem

    if not uri or "\0" in uri:
        raise UsageError(f"{uri!a}: is no address", "Name a directory, or s3://bucket/prefix.")
    if not SCHEME.match(uri):
        return LocalFileSystem(), os.path.realpath(uri)
    parts = urlsplit(uri)
    if parts.scheme.lower() != "s3" or not parts.netloc:
        raise UsageError(f"{shown(uri)}: can't be opened", "Name a directory, or s3://bucket/prefix.")
    query = "&".join(
        filter(None, (parts.query, "" if "allow_delayed_open" in parts.query else "allow_delayed_open=true"))
    )
    try:
        filesystem, path = FileSystem.from_uri(urlunsplit(parts._replace(query=query)))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{shown(uri)}: {first_line(error)}", "Name a directory, or s3://bucket/prefix."
        ) from error
    return filesystem, path.rstrip("/")


def require_pyarrow() -> None:
    """Raises MissingToolError."""
    try:
        import pyarrow.fs  # noqa: F401
    except ImportError as error:
        raise MissingToolError("fleet needs the package pyarrow", "pip install 'heapdiff[fleet]'") from error


def shown(uri: str) -> str:
    """An address without what is secret in it."""
    if not SCHEME.match(uri):
        return uri
    parts = urlsplit(uri)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))
