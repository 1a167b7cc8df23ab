"""The Flask extension: arms each worker, counts requests, and answers a few protected endpoints."""

from heapdiff.flask.extension import HeapDiff

__all__ = ["HeapDiff"]
