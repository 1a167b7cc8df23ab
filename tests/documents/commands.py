"""The commands that the pages show, each with its place. Runs none of them."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from samples.leaky_shop import illustrate

__all__ = ["PAGES", "Command", "Script", "commands_of", "scripts_of"]

PAGES: Final = illustrate.PAGES
SHELLS: Final = frozenset(("sh", "console", "bash", "shell"))
FENCE: Final = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
SUBSTITUTED: Final = re.compile(r'"?\$\(([^()]*)\)"?')
ASSIGNED: Final = re.compile(r"[A-Z_]+=")
PROMPT: Final = "$ "


@dataclass(frozen=True)
class Command:
    """One line for a shell, without its prompt, its comment, and line breaks that a backslash hides."""

    page: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(illustrate.ROOT)}:{self.line}: {self.text}"

    @property
    def words(self) -> list[list[str]]:
        """The words of each simple command in it: two in `a | b`. Without variables, and where output goes."""
        lexer = shlex.shlex(SUBSTITUTED.sub(r"; \1 ;", self.text), posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        groups = itertools.groupby(lexer, key=lambda word: bool(word) and set(word) <= set("|&;()"))
        found = [_before_redirection(group) for is_operator, group in groups if not is_operator]
        return [list(itertools.dropwhile(ASSIGNED.match, words)) for words in found]


@dataclass(frozen=True)
class Script:
    """The commands of one block: what a reader copies at once."""

    commands: tuple[Command, ...]

    def without(self, texts: Set[str]) -> Script:
        return Script(tuple(command for command in self.commands if command.text not in texts))

    def __str__(self) -> str:
        first = self.commands[0]
        return f"{first.page.relative_to(illustrate.ROOT)}:{first.line}"


def scripts_of(page: Path) -> Iterator[Script]:
    """Those of a page's blocks that have commands: every line of a block for a shell, what follows a prompt in any other."""
    text = page.read_text("utf-8")
    for match in FENCE.finditer(text):
        first = text.count("\n", 0, match.start(3)) + 1
        lines = list(_lines(match[3], first, match[2] in SHELLS))
        if lines:
            yield Script(tuple(Command(page, number, line) for number, line in lines))


def commands_of(page: Path) -> Iterator[Command]:
    for script in scripts_of(page):
        yield from script.commands


def _lines(block: str, first: int, is_shell: bool) -> Iterator[tuple[int, str]]:
    joined, start = "", first
    for number, line in enumerate(block.splitlines(), first):
        text = line.strip()
        if not joined:
            start = number
            if not is_shell and not text.startswith(PROMPT):
                continue
            text = text.removeprefix(PROMPT)
        joined += text.removesuffix("\\")
        if not text.endswith("\\"):
            if command := re.sub(r"(^| )\s*# .*$", "", joined).strip():
                yield start, command
            joined = ""


def _before_redirection(words: Iterable[str]) -> list[str]:
    return list(itertools.takewhile(lambda word: not word or not set(word) <= set("<>"), words))
