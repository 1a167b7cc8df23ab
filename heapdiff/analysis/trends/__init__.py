"""Many snapshots: how each holder grew, and whether that is a leak."""
