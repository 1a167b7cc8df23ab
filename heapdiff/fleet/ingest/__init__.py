"""From files of many workers to rows of a lake: lists and reads sources, compares snapshots, writes what is new."""
