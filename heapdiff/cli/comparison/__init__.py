"""The command that compares snapshots, what it shares with others that do, and the bundle of its answer."""
