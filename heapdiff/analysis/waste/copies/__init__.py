"""What is in memory more often than once: equal strings and bytes, equal tuples and frozensets."""

from typing import Final

from heapdiff.analysis.waste.copies.duplicate_text import find_duplicate_text
from heapdiff.analysis.waste.copies.equal_tuples import find_equal_tuples

HEAP_RULES: Final = (find_duplicate_text, find_equal_tuples)
