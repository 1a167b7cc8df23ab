"""What rules print for a shell or a module is one word there, whatever a heap's names are."""

from __future__ import annotations

import shlex

import pytest

from heapdiff.analysis.waste.ground.wording import code_word, shell_word

PATHS = [
    "shop.cache.SESSIONS",
    "shop.cache['…'].rows[0]",
    "shop.make.<locals>.Upload",
    "<thread MainThread>.serve.<local backlog>",
    "",
    "x'; rm -rf ~; echo '",
    'x"; rm -rf ~; echo "',
    "$(reboot)",
    "`reboot`",
    "a\\",
    "!!",
    "a\nb",
    "~",
    "*",
    "# nothing",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_shell_reads_one_word(path: str) -> None:
    assert shlex.split(f"heapdiff tree A --from {shell_word(path)}") == [
        "heapdiff",
        "tree",
        "A",
        "--from",
        path,
    ]


def test_a_path_with_quotes_stays_legible() -> None:
    assert shell_word("shop.cache['…']") == "\"shop.cache['…']\""
    assert shell_word("shop.cache") == "shop.cache"


@pytest.mark.parametrize("name", ["x=1): import os", "a b", "", "a.", "<hidden>", "f\n"])
def test_what_is_no_name_never_becomes_code(name: str) -> None:
    assert code_word(name, "row") == "row"


def test_names_become_code() -> None:
    assert (code_word("rows", "row"), code_word("os.path", "...")) == ("rows", "os.path")
