"""Whose a holder is, by a file like CODEOWNERS: patterns of paths, and who owns them. The last that fits counts.

A holder `shop.cache.SESSIONS` stands for the files that its module may be in: `shop/cache.py`, `shop/cache/__init__.py`, and
for `shop/__init__.py`, should `cache` be no module. Patterns are those of CODEOWNERS: `*` within a name, `**` over folders,
a pattern with a slash at the start or within begins at the root, one that ends in a slash is a folder with all below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from heapdiff.errors import UsageError
from heapdiff.escaping import escape_terminal

MOST_BYTES: Final = 3_000_000  # as where it comes from
MOST_STEPS: Final = 12
MOST_STARS: Final = 6  # of one pattern: each is tried at each folder
SOURCES: Final = ("", "src/")
MODULE: Final = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """One line: a pattern, and its owners, of whom there may be none."""

    pattern: re.Pattern[str]
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Owners:
    """The lines of a file in their order."""

    rules: tuple[OwnerRule, ...] = ()

    def of(self, path: str, site: str = "") -> tuple[str, ...]:
        """The owners of a holder, else of the code that allocated most; none if no line fits."""
        for files in (files_of(path), _site_files(site)):
            for file in files:
                for rule in reversed(self.rules):
                    if rule.pattern.fullmatch(file):
                        return rule.owners
        return ()


def parse_owners(text: str, name: str) -> Owners:
    """Raises UsageError for a line that is none."""
    rules = []
    for number, line in enumerate(text.splitlines(), 1):
        words = re.split(r"(?<!\\)\s+", re.sub(r"(?:^|\s)#.*", "", line).strip())
        if not words[0] or re.fullmatch(r"\^?\[.*\](?:\[\d+\])?", words[0]):  # GitLab's sections are headings
            continue
        if words[0].startswith("!") or len(words[0]) > 1000 or words[0].count("*") > MOST_STARS:
            raise UsageError(
                f"{escape_terminal(name)}: line {number} is no pattern of CODEOWNERS",
                "Write a path such as /shop/cache.py or shop/, then who owns it.",
            )
        rules.append(OwnerRule(_compile(words[0].replace("\\", "")), tuple(words[1:])))
    return Owners(tuple(rules))


def files_of(path: str) -> tuple[str, ...]:
    """The files that a holder's path may be defined in, the most likely first."""
    match = MODULE.match(path)
    names = match[0].split(".")[:MOST_STEPS] if match else []
    last = len(names) - 1 if len(names) > 1 else len(names)
    modules = ["/".join(names[:end]) for end in range(last, 0, -1)]
    return tuple(_with_sources(modules))


def _with_sources(modules: list[str]) -> Iterator[str]:
    for module in modules:
        for source in SOURCES:
            yield f"{source}{module}.py"
            yield f"{source}{module}/__init__.py"


def _site_files(site: str) -> tuple[str, ...]:
    file = site.partition(":")[0].lstrip("/")
    return tuple(f"{source}{file}" for source in SOURCES) if file.endswith(".py") else ()


def _compile(pattern: str) -> re.Pattern[str]:
    anchored = "/" in pattern.rstrip("/")
    body = pattern.strip("/")
    parts = ["" if anchored else "(?:.*/)?"]
    for piece in re.findall(r"\*\*/|/\*\*$|\*\*|\*|\?|[^*?]+", body):
        parts.append(WILD.get(piece) or re.escape(piece))
    below = "/.*" if pattern.endswith("/") else "(?:/[^/]*)?" if pattern.endswith("/*") else "(?:/.*)?"
    return re.compile("".join(parts) + ("" if body.endswith("*") and "/" in body else below))


WILD: Final = {"**/": "(?:.*/)?", "/**": "/.*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
