"""A heap as Chrome's Memory panel and memlab read it: a `.heapsnapshot`, in blocks. Opens no file."""

from heapdiff.export.chrome.document import write_document

__all__ = ["write_document"]
