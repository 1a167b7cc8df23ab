"""Two snapshots: what is new, and whose it is. Judges nothing."""
