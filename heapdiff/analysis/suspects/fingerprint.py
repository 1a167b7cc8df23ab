"""The name of a leak that is the same on every host, in every process and run.

Reads no address and no hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

DIGITS = 12


def compute_fingerprint(masked_links: Sequence[str], held: str) -> str:
    """Of the holder path's references and types, indexes and keys masked, and of the type that is mainly
    held.
    """
    text = "\n".join((*masked_links, held))
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:DIGITS]
