"""Typed access to JSON that nobody vouches for: an agent's record, its answer, a summary. Raises ValueError, nothing else.

Whatever comes from another process or file passes here. Text is decoded and depth looked at before the JSON is parsed: the
parser's own limit on depth is the interpreter's, which an application may have raised beyond its stack.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

MAX_INTEGER: Final = (1 << 63) - 1
MAX_DEPTH: Final = 32
MAX_NUMBER: Final = 1e308  # larger is no amount, nor is infinity
MAX_DIGITS: Final = 400  # of a number that a double can hold, written without an exponent
MAX_SHOWN: Final = 80
MOMENT: Final = r"(?a)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z"
NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


def parse_fields(payload: bytes) -> Fields:
    """The object that a JSON text in UTF-8 is. Raises ValueError for anything else. Memory: up to 40 times its size."""
    text = payload.decode("utf-8")
    if depth_of(payload) > MAX_DEPTH:
        raise ValueError("its JSON nests too deeply")
    content = json.loads(
        text,
        parse_int=_parse_integer,
        parse_float=_parse_float,
        parse_constant=_refuse_constant,
        object_pairs_hook=_unique,
    )
    return Fields(content)


def depth_of(payload: bytes) -> int:
    """At least how deep a parser of this JSON would get, or `MAX_DEPTH` if that is more; at most twice as deep."""
    bare = payload.replace(b"\\\\", b"").replace(b'\\"', b"")
    left = b"".join(bare.split(b'"')[::2]).translate(None, NO_BRACKETS)
    for _ in range(MAX_DEPTH):
        inner = left
        left = inner.replace(b"[]", b"").replace(b"{}", b"")
        if len(left) == len(inner):
            break
    return left.count(b"[") + left.count(b"{")


class Fields:
    """A JSON object; `where` is its place in the document."""

    __slots__ = ("content", "where")

    def __init__(self, content: Any, where: str = "") -> None:
        if not isinstance(content, Mapping):
            raise ValueError(f"{where or 'its content'} is not an object")
        self.content = content
        self.where = where

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def text(self, key: str, missing: str | None = None) -> str:
        """What it says, or `missing` where it says nothing."""
        return clean(self._get(key, str, "a string", missing))

    def moment(self, key: str) -> str:
        """A moment in UTC as heapdiff writes it, so that moments can be told apart and sorted as text."""
        from datetime import datetime  # an agent's record, all that a worker reads, has no moment

        text = self.text(key)
        with suppress(ValueError):
            if re.fullmatch(MOMENT, text) and datetime.fromisoformat(text):
                return text
        raise ValueError(f"{self._name(key)} is not a moment such as 2026-11-22T14:05:07.123456Z")

    def optional_text(self, key: str) -> str | None:
        return None if self.content.get(key) is None else self.text(key)

    def integer(self, key: str, missing: int | None = None) -> int:
        number: int = self._get(key, int, "an integer", missing)
        if isinstance(number, bool) or not 0 <= number <= MAX_INTEGER:
            raise ValueError(f"{self._name(key)} is not an integer from 0 to {MAX_INTEGER}")
        return number

    def optional_integer(self, key: str) -> int | None:
        return None if self.content.get(key) is None else self.integer(key)

    def flag(self, key: str, missing: bool = False) -> bool:
        return self.require_flag(key) if key in self.content else missing

    def require_flag(self, key: str) -> bool:
        return bool(self._get(key, bool, "true or false"))

    def number(self, key: str, missing: float | None = None) -> float:
        value = self._get(key, (int, float), "a number", missing)
        if isinstance(value, bool) or not 0 <= value <= MAX_NUMBER:
            raise ValueError(f"{self._name(key)} is not a number from 0 on")
        return float(value)

    def object(self, key: str) -> Fields:
        return Fields(self.content.get(key), self._name(key))

    def optional_object(self, key: str) -> Fields | None:
        return None if self.content.get(key) is None else self.object(key)

    def objects(self, key: str) -> Iterator[Fields]:
        for number, item in enumerate(self._get(key, list, "a list")):
            yield Fields(item, f"{self._name(key)}[{number}]")

    def texts(self, key: str) -> tuple[str, ...]:
        items = self._get(key, list, "a list")
        if not all(isinstance(item, str) for item in items):
            raise ValueError(f"{self._name(key)} is not a list of strings")
        return tuple(clean(item) for item in items)

    def numbers(self, key: str) -> tuple[int, ...]:
        """A list of integers of either sign."""
        items = self._get(key, list, "a list")
        if not all(type(item) is int and abs(item) <= MAX_INTEGER for item in items):
            raise ValueError(f"{self._name(key)} is not a list of integers up to {MAX_INTEGER}")
        return tuple(items)

    def integers(self) -> dict[str, int]:
        """All fields that are not null, each an integer."""
        return {clean(key): self.integer(key) for key, value in self.content.items() if value is not None}

    def _get(self, key: str, kind: type | tuple[type, ...], what: str, missing: Any = None) -> Any:
        value = self.content.get(key, missing)
        if not isinstance(value, kind):
            raise ValueError(f"{self._name(key)} is not {what}")
        return value

    def _name(self, key: str) -> str:
        shown = clean(key[:MAX_SHOWN])
        return f"{self.where}.{shown}" if self.where else shown


def clean(text: str) -> str:
    """The text with lone surrogates replaced, so that it can be printed and written anywhere."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name given twice each reader would believe another one."""
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a name stands in it twice")
    return content


def _parse_integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError("a number in it is too long")
    return int(digits)


def _parse_float(digits: str) -> float:
    if len(digits) > MAX_DIGITS:
        raise ValueError("a number in it is too long")
    number = float(digits)
    if math.isinf(number):
        raise ValueError("a number in it is too large")
    return number


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")
