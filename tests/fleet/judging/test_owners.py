"""Whose a holder is, by a file like CODEOWNERS."""

from __future__ import annotations

import pytest

from heapdiff.errors import UsageError
from heapdiff.fleet.judging.owners import files_of, parse_owners

FILE = """\
# who owns what
*                 @acme/all
/shop/            @acme/shop   # everything in it
shop/cache.py     @alice bob@example.com
**/templates/     @acme/web
*_test.py         @acme/quality
/jobs/*           @acme/jobs
nobody/
[Section][2]
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("shop.cache.SESSIONS", ("@alice", "bob@example.com")),
        ("shop.cache.SESSIONS['x'].tags", ("@alice", "bob@example.com")),
        ("shop.models.Session.registry", ("@acme/shop",)),
        ("shop.templates.env.CACHE", ("@acme/web",)),
        ("other.thing.LIST", ("@acme/all",)),
        ("jobs.daily.QUEUE", ("@acme/jobs",)),
        ("jobs.deep.daily.QUEUE", ("@acme/all",)),
        ("nobody.at_all.X", ()),
        ("frame of <module>", ("@acme/all",)),
    ],
)
def test_the_last_line_that_fits_counts(path: str, owners: tuple[str, ...]) -> None:
    assert parse_owners(FILE, "CODEOWNERS").of(path) == owners


def test_a_holder_without_a_module_is_its_allocations_owner() -> None:
    owners = parse_owners("shop/cache.py @alice", "CODEOWNERS")
    assert owners.of("<lru_cache>", "shop/cache.py:31 in session_for") == ("@alice",)
    assert owners.of("<lru_cache>", "../../etc:1") == ()


def test_a_module_is_a_file_or_a_package_in_either_layout() -> None:
    assert files_of("shop.cache.SESSIONS")[:4] == (
        "shop/cache.py",
        "shop/cache/__init__.py",
        "src/shop/cache.py",
        "src/shop/cache/__init__.py",
    )
    assert "shop.py" in files_of("shop.cache.SESSIONS")
    assert files_of("../x") == ()


@pytest.mark.parametrize("line", ["!shop/ @a", "*" * 30 + " @a", "x" * 2000 + " @a"])
def test_a_line_that_is_no_pattern_is_refused_by_its_number(line: str) -> None:
    with pytest.raises(UsageError, match="line 2"):
        parse_owners(f"* @all\n{line}\n", "CODEOWNERS")


def test_no_pattern_takes_long() -> None:
    owners = parse_owners("**/**/a*z @a", "CODEOWNERS")
    assert owners.of(".".join(["a" * 200] * 40)) == ()
