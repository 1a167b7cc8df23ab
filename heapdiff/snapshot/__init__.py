"""The files of a snapshot: reads and validates `.json` and `.heap`. Builds no graph."""

from heapdiff.snapshot.files import Snapshot, find_snapshots, list_snapshots, read_snapshot
from heapdiff.snapshot.sections import CutOffError

__all__ = ["CutOffError", "Snapshot", "find_snapshots", "list_snapshots", "read_snapshot"]
