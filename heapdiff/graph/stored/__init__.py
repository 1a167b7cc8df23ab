"""Arrays that one command computed, kept in files for the next to map. Knows no graph, nor where the files are.

What is read back is never believed for being there: see `reading`.
"""

from heapdiff.graph.stored.cabinet import Cabinet, Shelf, opened_directory
from heapdiff.graph.stored.columns import Arrays, Column
from heapdiff.graph.stored.pruning import describe_entries, list_entries, remove

__all__ = [
    "Arrays",
    "Cabinet",
    "Column",
    "Shelf",
    "describe_entries",
    "list_entries",
    "opened_directory",
    "remove",
]
