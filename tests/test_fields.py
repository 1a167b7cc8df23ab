"""What other processes and files say is read or refused, with a ValueError and nothing else."""

from __future__ import annotations

import contextlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heapdiff.fields import MAX_DEPTH, Fields, parse_fields

REFUSED = {
    "deep lists": b'{"a": ' + b"[" * 60_000,
    "deep objects": b'{"a":' * 60_000,
    "deep and closed": b'{"a": ' + b"[" * 3000 + b"]" * 3000 + b"}",
    "brackets that do not match": b"[}" * 30_000,
    "a name twice": b'{"pid": 1, "pid": 2}',
    "a name twice, further in": b'{"a": [{"b": 1, "b": 1}]}',
    "no number": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "a number beyond all": b'{"a": 1e999}',
    "a number without end": b'{"a": ' + b"9" * 10_000 + b"}",
    "a fraction without end": b'{"a": 0.' + b"9" * 10_000 + b"}",
    "no UTF-8": b'{"a": "\xff"}',
    "a surrogate as UTF-8": b'{"a": "\xed\xa0\x80"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a list": b"[1]",
    "a number": b"1",
    "nothing": b"",
    "more than one": b'{"a": 1} {"a": 1}',
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside),
    max_leaves=10,
)
READERS = (
    lambda fields: fields.text("a"),
    lambda fields: fields.optional_text("a"),
    lambda fields: fields.integer("a"),
    lambda fields: fields.optional_integer("a"),
    lambda fields: fields.flag("a"),
    lambda fields: fields.number("a"),
    lambda fields: fields.object("a").integers(),
    lambda fields: [each.text("a") for each in fields.objects("a")],
    lambda fields: fields.texts("a"),
    lambda fields: fields.numbers("a"),
)


@pytest.mark.parametrize("payload", REFUSED.values(), ids=REFUSED)
def test_what_is_no_plain_object_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w") as raised:
        parse_fields(payload)
    assert len(str(raised.value)) < 300


def test_depth_is_looked_at_before_the_parser_recurses() -> None:
    """An application may allow more recursion than its stack holds: the parser would end it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(10**9)
    try:
        with pytest.raises(ValueError, match="nests too deeply"):
            parse_fields(b'{"a": ' + b"[" * 5_000_000)
    finally:
        sys.setrecursionlimit(before)


def test_brackets_and_quotes_inside_texts_are_no_depth() -> None:
    text = r"\"[[{\\" * 1000
    fields = parse_fields(f'{{"a": "{text}", "b": {"[" * (MAX_DEPTH - 1)}{"]" * (MAX_DEPTH - 1)}}}'.encode())
    assert fields.text("a") == '"[[{\\' * 1000


@given(ANYTHING)
def test_a_field_of_any_shape_is_of_the_type_that_was_asked_for_or_a_value_error(value: object) -> None:
    for read in READERS:
        with contextlib.suppress(ValueError):
            str(read(Fields({"a": value}))).encode("utf-8")


@given(st.binary())
def test_any_bytes_are_an_object_or_a_value_error(payload: bytes) -> None:
    with contextlib.suppress(ValueError):
        parse_fields(payload)


def test_a_lone_surrogate_becomes_a_character_that_can_be_written() -> None:
    assert parse_fields(rb'{"a": "x\ud800y\udfff"}').text("a").isprintable()
    parse_fields(rb'{"a": "x\ud800y\udfff"}').text("a").encode("utf-8")


@pytest.mark.parametrize(
    "text",
    ["", "x", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00+99:00", "2026-W01-1",
     "2026-01-01T00:00:00+02:00", "2026-01-01T25:00:00Z", "٢٠٢٦-01-01T00:00:00Z"],
)  # fmt: skip
def test_what_is_no_moment_in_utc_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at is not a moment such as"):
        Fields({"at": text}).moment("at")


@pytest.mark.parametrize(
    "text", ["2026-11-22T14:05:07.123456Z", "2026-11-22T14:05:07Z", "0001-01-01T00:00:00Z"]
)
def test_a_moment_is_read_as_it_is_written(text: str) -> None:
    assert Fields({"at": text}).moment("at") == text
