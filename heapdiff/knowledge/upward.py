"""Names of references that lead from a part up to its whole.

Where several references lead to all that an object keeps, as in a tree whose nodes know parent, children and
neighbours, these say best why it is kept.
"""

from typing import Final

UPWARD: Final = (
    "parent",
    "_parent",
    "parent_node",
    "parentNode",
    "root",
    "owner",
    "document",
    "_document",
    "doc",
    "tree",
    "page",
    "base",
    "__traceback__",
    "tb_frame",
    "f_back",
    "request",
    "session",
    "_session",
    "client",
    "app",
    "__self__",
)
