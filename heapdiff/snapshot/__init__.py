"""The files of a snapshot: reads and validates `.json` and `.heap`. Builds no graph."""

from heapdiff.snapshot.files import Snapshot, read_snapshot
from heapdiff.snapshot.listing import find_snapshots
from heapdiff.snapshot.sections import CutOffError

__all__ = ["CutOffError", "Snapshot", "find_snapshots", "read_snapshot"]
