"""Typed access to a JSON object that nobody vouches for. Raises a ValueError that names the field."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

MAX_INTEGER: Final = (1 << 63) - 1


class Fields:
    """A JSON object; `where` is its place in the document."""

    __slots__ = ("content", "where")

    def __init__(self, content: Any, where: str = "") -> None:
        if not isinstance(content, Mapping):
            raise ValueError(f"{where or 'its content'} is not an object")
        self.content = content
        self.where = where

    def text(self, key: str) -> str:
        return clean(self._get(key, str, "a string"))

    def optional_text(self, key: str) -> str | None:
        return None if self.content.get(key) is None else self.text(key)

    def integer(self, key: str) -> int:
        number: int = self._get(key, int, "an integer")
        if isinstance(number, bool) or not 0 <= number <= MAX_INTEGER:
            raise ValueError(f"{self._name(key)} is not an integer from 0 to {MAX_INTEGER}")
        return number

    def optional_integer(self, key: str) -> int | None:
        return None if self.content.get(key) is None else self.integer(key)

    def flag(self, key: str) -> bool:
        """False where it is missing."""
        return key in self.content and self.require_flag(key)

    def require_flag(self, key: str) -> bool:
        return bool(self._get(key, bool, "true or false"))

    def number(self, key: str) -> float:
        value = self._get(key, (int, float), "a number")
        if isinstance(value, bool) or not math.isfinite(value) or value < 0:
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

    def _get(self, key: str, kind: type | tuple[type, ...], what: str) -> Any:
        value = self.content.get(key)
        if not isinstance(value, kind):
            raise ValueError(f"{self._name(key)} is not {what}")
        return value

    def _name(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key


def clean(text: str) -> str:
    """The text with lone surrogates replaced, so that it can be printed and written anywhere."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
