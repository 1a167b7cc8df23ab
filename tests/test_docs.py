"""What the documentation promises exists: pages, pictures, commands, options, outputs."""

from __future__ import annotations

import itertools
import re
import shlex
from pathlib import Path

import click
import pytest

from heapdiff.cli.commands import COMMANDS, heapdiff
from samples.leaky_shop import illustrate

ROOT = illustrate.ROOT
PAGES = illustrate.PAGES
LINK = re.compile(r"\]\(([^)#\s]+)(?:#([^)\s]+))?\)")
SHELL = re.compile(r"^ *```sh\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
USE = re.compile(rf"\bheapdiff ((?:{'|'.join(COMMANDS)})\b.*)")
EACH_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def words(line: str) -> list[str]:
    """The first command of a shell line, split as the shell does."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    return list(itertools.takewhile(lambda word: not set(word) <= set("|&;<>()"), lexer))


@EACH_PAGE
def test_every_link_leads_somewhere(page: Path) -> None:
    missing = []
    for target, anchor in LINK.findall(page.read_text()):
        if target.startswith(("http:", "https:")):
            continue
        file = page.parent / target
        if not file.exists() or (anchor and anchor not in anchors(file)):
            missing.append(f"{target}#{anchor}")
    assert missing == []


@EACH_PAGE
def test_commands_in_the_pages_take_the_options_that_they_are_shown_with(page: Path) -> None:
    unknown = []
    for block in SHELL.findall(page.read_text()):
        for use in USE.findall(block):
            name, *arguments = words(use)
            command = heapdiff.get_command(click.Context(heapdiff), name)
            assert command is not None
            options = {option for parameter in command.params for option in parameter.opts}
            own = itertools.takewhile(lambda each: each != "--", arguments)  # then another program's
            used = {each for each in own if each.startswith("-")}
            unknown += [f"{name} {each}" for each in used - options]
    assert unknown == []


@EACH_PAGE
def test_no_shown_output_is_empty(page: Path) -> None:
    text = page.read_text()
    assert re.findall(r"<!-- (?:shown|measured): [^\n]* -->\n```\n```", text) == []
    assert len(illustrate.SHOWN.findall(text)) == text.count("<!-- shown: heapdiff ")


def test_the_readme_has_each_of_its_two_commands_once() -> None:
    blocks = "".join(SHELL.findall((ROOT / "README.md").read_text()))
    assert blocks.count("python -m pytest") == 1
    assert blocks.count("python -m samples.leaky_shop") == 1


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    pages = [page.relative_to(ROOT / "docs") for page in PAGES if page.is_relative_to(ROOT / "docs")]
    listed = {Path(target) for target, _ in LINK.findall(index)}
    listed |= {Path("README.md")}
    missing = [page for page in pages if not {page, page.parent / "README.md"} & listed]
    assert missing == []
