"""Layouts decoded at once equal those decoded one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heapdiff.format import Cursor, write_varint
from heapdiff.graph.layouts import Layouts, decode_varints
from heapdiff.snapshot.tables import LAYOUT_KINDS, decode_layouts

NAMES = 300
LABEL = st.tuples(st.sampled_from(sorted(LAYOUT_KINDS)), st.integers(0, NAMES - 1))


def encode(layouts: list[list[tuple[int, int]]]) -> bytes:
    out = bytearray()
    for layout in layouts:
        write_varint(out, len(layout))
        for label in layout:
            for number in label:
                write_varint(out, number)
    return bytes(out)


@given(st.lists(st.lists(st.lists(LABEL, max_size=4), max_size=4), max_size=3))
def test_layouts_of_several_sections_are_numbered_through(
    sections: list[list[list[tuple[int, int]]]],
) -> None:
    payloads = [encode(layouts) for layouts in sections]
    names = [str(number) for number in range(NAMES)]
    found = Layouts.decode(payloads, NAMES)
    expected = [(), *(layout for payload in payloads for layout in decode_layouts(payload))]
    assert len(found.first) == len(expected) + 1
    for number, layout in enumerate(expected):
        assert found.variables(number, names) == tuple((kind, str(name)) for kind, name in layout)


@given(st.lists(st.integers(0, 2**63 - 1)))
def test_varints_decoded_at_once_equal_those_decoded_one_by_one(numbers: list[int]) -> None:
    out = bytearray()
    for number in numbers:
        write_varint(out, number)
    cursor = Cursor(bytes(out))
    assert decode_varints(bytes(out)).tolist() == numbers == [cursor.varint() for _ in numbers]


def one_by_one(payload: bytes) -> list[object] | None:
    try:
        layouts = list(decode_layouts(payload))
    except ValueError:
        return None
    return None if any(name >= NAMES for layout in layouts for _, name in layout) else list(layouts)


def at_once(payload: bytes) -> list[object] | None:
    try:
        found = Layouts.decode([payload], NAMES)
    except ValueError:
        return None
    pairs = list(zip(found.kinds.tolist(), found.names.tolist(), strict=True))
    rows = found.first.tolist()
    return [tuple(pairs[rows[at] : rows[at + 1]]) for at in range(1, len(rows) - 1)]


@given(st.binary(max_size=12))
def test_any_bytes_are_read_by_both_or_by_none(payload: bytes) -> None:
    assert at_once(payload) == one_by_one(payload)


@pytest.mark.parametrize("payload", [b"\x80", b"\x01", b"\x01\x05", b"\x80" * 9 + b"\x01", b"\x01\x02\x00"])
def test_a_layout_that_is_cut_off_or_unknown_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r"layout|number"):
        Layouts.decode([payload], 9)


def test_a_name_that_is_not_in_the_table_is_refused() -> None:
    with pytest.raises(ValueError, match="table of names"):
        Layouts.decode([encode([[(5, 9)]])], 9)
