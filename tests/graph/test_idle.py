"""Sections of code that hasn't run, as arrays and one by one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from heapdiff.format import encode_varint, zigzag
from heapdiff.graph.heap import NO_NODE
from heapdiff.graph.tables import decode_idle
from heapdiff.snapshot import tables

HERE = [0x7F0000001000, 0x7F0000000040, 0x7F0000002010]


def payload_of(addresses: list[int]) -> bytes:
    steps = np.diff(np.array([0, *addresses], np.int64) >> 3).tolist()
    return b"".join(encode_varint(zigzag(step)) for step in steps)


def find(addresses: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Nodes as if the heap had the objects at these places, and no other."""
    known = sorted(HERE)
    return np.array([known.index(at) if at in known else NO_NODE for at in addresses.tolist()], np.uint32)


def test_each_section_begins_anew_and_what_has_no_record_is_left_out() -> None:
    first, second = payload_of(HERE[:2]), payload_of([HERE[2], 0x7F0000009990])
    found = decode_idle([first, second], find)
    assert found is not None
    assert found.tolist() == [0, 1, 2]
    assert [*tables.decode_idle(first)] == HERE[:2]


def test_without_a_section_nothing_is_known() -> None:
    assert decode_idle([], find) is None


@pytest.mark.parametrize("payload", [payload_of([1 << 57]), encode_varint(zigzag(-1)), b"\x80"])
def test_code_where_no_process_has_any_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r"address|reaches past"):
        decode_idle([payload], find)
    with pytest.raises(ValueError, match=r"address|reaches past"):
        [*tables.decode_idle(payload)]
