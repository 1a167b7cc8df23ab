"""Arrays that one command computed, kept in files for the next to map. Knows neither graphs nor where the files are.

What is read back is never believed for being there: see `reading`.
"""

from heapdiff.graph.stored.cabinet import Cabinet, Shelf
from heapdiff.graph.stored.columns import Arrays, Column
from heapdiff.graph.stored.heading import Source

__all__ = ["Arrays", "Cabinet", "Column", "Shelf", "Source"]
