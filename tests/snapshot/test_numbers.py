"""Numbers beside objects: bounds of containers, bytes that views show."""

from __future__ import annotations

import pytest

from heapdiff.fields import MAX_INTEGER
from heapdiff.format import encode_varint
from heapdiff.snapshot.tables import decode_numbers

PLACE = 0x7F0000001000


def payload_of(number: int) -> bytes:
    return encode_varint(PLACE >> 3) + encode_varint(number)


def test_a_number_is_what_64_bits_with_a_sign_hold() -> None:
    """A deque may have this bound, and a broadcast array may show so many bytes."""
    assert [*decode_numbers(payload_of(MAX_INTEGER))] == [(PLACE, MAX_INTEGER)]


@pytest.mark.parametrize("number", [MAX_INTEGER + 1, (1 << 64) - 1])
def test_a_larger_one_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match=f"a container or a view of {number} entries"):
        [*decode_numbers(payload_of(number))]
