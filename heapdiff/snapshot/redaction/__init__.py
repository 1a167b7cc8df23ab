"""A snapshot for people outside: the same graph and sizes, without names that are the user's own."""

from heapdiff.snapshot.redaction.copying import Definitions, redact
from heapdiff.snapshot.redaction.pseudonyms import Pseudonyms, derive_key, find_weakness, random_key

__all__ = ["Definitions", "Pseudonyms", "derive_key", "find_weakness", "random_key", "redact"]
