"""What a process itself knows of its equal strings: the truth that a snapshot's hashes are compared with.

Some strings Python can't reach, such as a code object's kinds of variables.
Reads every text, which the agent never does; takes references, so it comes after the snapshot.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import types
from collections import defaultdict
from typing import Final

LENGTH_MOST: Final = 1 << 20
OF_CODE: Final = (  # which the collector doesn't look into
    "co_consts", "co_names", "co_filename", "co_name", "co_qualname", "co_linetable", "co_exceptiontable",
)  # fmt: skip
STATE: Final = 32  # where a str keeps whether it's interned, in the lowest bits
INTERNED: Final = 3


def is_interned(text: str) -> bool:
    return bool(ctypes.c_uint8.from_address(id(text) + STATE).value & INTERNED)


def find_texts() -> dict[int, str | bytes]:
    """All str and bytes objects that the collector leads to, however deep, by address."""
    found: dict[int, str | bytes] = {}
    seen: set[int] = set()
    level: list[object] = list(gc.get_objects())
    ours = {id(found), id(seen)}
    while level:
        following: list[object] = []
        ours |= {id(level), id(following)}
        for each in level:
            if id(each) in seen or id(each) in ours:
                continue
            seen.add(id(each))
            if type(each) in (str, bytes):
                found[id(each)] = each  # type: ignore[assignment]
            elif isinstance(each, types.CodeType):
                following += (getattr(each, member) for member in OF_CODE)
            else:
                following += gc.get_referents(each)
        level = following
    return found


def count_duplicates() -> dict[str, object]:
    """The addresses of all texts that can be compared, how many `different` ones they are, and what all but the largest of
    each take (`waste`)."""
    groups: defaultdict[str | bytes, list[int]] = defaultdict(list)
    addresses = []
    for address, text in find_texts().items():
        large = sys.getsizeof(text) > LENGTH_MOST
        if not large and not (isinstance(text, str) and is_interned(text)):
            groups[text].append(sys.getsizeof(text))
            addresses.append(address)
    waste = sum(sum(sizes) - max(sizes) for sizes in groups.values())
    return {"addresses": addresses, "different": len(groups), "waste": waste}
