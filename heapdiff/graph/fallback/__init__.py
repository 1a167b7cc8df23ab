"""The kernels in Python and NumPy: the oracle of the C ones, and what runs where those could not be built.

Arrays are lent as contiguous buffers; `out` ones are written. The same tests run over both. In C, ValueError when an array
does not fit the others, and for what is wrong with a payload; MemoryError; and the GIL is released: leave them alone.
"""

from heapdiff.graph.fallback.alike import alike, dominated
from heapdiff.graph.fallback.decoder import Decoder
from heapdiff.graph.fallback.dominators import dominators, outermost, retained
from heapdiff.graph.fallback.paths import paths, reach
from heapdiff.graph.fallback.recurring import match, prove
from heapdiff.graph.fallback.reverse import referrers
from heapdiff.graph.fallback.seeking import below, price, seek, ties

__all__ = [
    "Decoder",
    "alike",
    "below",
    "dominated",
    "dominators",
    "match",
    "outermost",
    "paths",
    "price",
    "prove",
    "reach",
    "referrers",
    "retained",
    "seek",
    "ties",
]
