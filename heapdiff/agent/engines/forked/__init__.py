"""Runs an engine written in Python: watcher thread, fork, child. Twin of `native/control` and `native/capture`."""
