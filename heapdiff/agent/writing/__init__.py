"""The files of a snapshot, written from Python."""
