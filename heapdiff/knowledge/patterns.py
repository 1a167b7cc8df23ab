"""All patterns in their order: what is more telling than the kind of the holder comes first, the most general last."""

from typing import Final

from heapdiff.knowledge.libraries.background import BACKGROUND
from heapdiff.knowledge.libraries.databases import DATABASES
from heapdiff.knowledge.libraries.documents import DOCUMENTS
from heapdiff.knowledge.libraries.flask import CONTEXTS, FLASK
from heapdiff.knowledge.libraries.flask_extensions import FLASK_EXTENSIONS, RECORDED
from heapdiff.knowledge.libraries.network import NETWORK
from heapdiff.knowledge.libraries.observability import OBSERVABILITY
from heapdiff.knowledge.pattern import Pattern
from heapdiff.knowledge.python import BOUNDED, ENTRIES, FRAMES, KINDS, NATIVE, STREAMS
from heapdiff.knowledge.standard import TABLES

PATTERNS: Final[tuple[Pattern, ...]] = (
    *RECORDED,
    *CONTEXTS,
    *BOUNDED,
    *NATIVE,
    *STREAMS,
    *TABLES,
    *FRAMES,
    *OBSERVABILITY,
    *FLASK_EXTENSIONS,
    *FLASK,
    *DATABASES,
    *NETWORK,
    *BACKGROUND,
    *DOCUMENTS,
    *ENTRIES,
    *KINDS,
)
