"""Secrets planted wherever a process may hold them; the bytes of its snapshots are searched for each.

What a name may be: attributes, variables and classes are code, and are recorded if they are identifiers. So the
secrets stand in values, in keys of data, and in names that are no identifiers.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from heapdiff.format import Section
from heapdiff.snapshot.sections import read_sections
from tests.agent.setups import EVERY_ENGINE
from tests.agent.target import Target
from tests.agent.writing.plantings import NAMED_AFTER_DATA, PLACES, SAMPLED, SETUP

SPELLED = "Zq7hush-{place}@example.org!"  # no identifier
IDENTIFIER = "Zq7hush_{place}"  # looks like code

TAKE = """
import heapdiff
path = heapdiff.snapshot()
"""


def planted(spelling: str, places: dict[str, str]) -> dict[str, str]:
    return {place: spelling.format(place=place) for place in places}


@pytest.mark.parametrize("engine", EVERY_ENGINE)
@pytest.mark.parametrize("spelling", [SPELLED, IDENTIFIER], ids=["no identifiers", "identifiers"])
def test_no_planted_secret_is_in_the_files(tmp_path: Path, engine: str, spelling: str) -> None:
    places = {**PLACES, **NAMED_AFTER_DATA} if spelling == SPELLED else PLACES
    secrets = planted(spelling, places)
    directory = tmp_path / "snapshots"
    setup = SETUP.format(folder=str(tmp_path)) + (SAMPLED if engine == "native" else "")
    with Target(setup, HEAPDIFF_DIR=str(directory), HEAPDIFF_ENGINE=engine, HEAPDIFF_SIGNAL="none") as target:
        for place, code in places.items():
            target.execute(code.format(secret=secrets[place]))
        target.execute("start('mailer')")
        path = Path(target.evaluate("str(path)", TAKE))
    content = path.read_bytes() + path.with_suffix(".heap").read_bytes()
    leaked = [place for place, secret in secrets.items() if is_in(content, secret)]
    assert leaked == []
    assert b"Zq7hush" not in content
    assert is_in(content, "mailer"), "a thread's name that stands in the code is code"
    tags = {section.tag for section in read_sections(path.with_suffix(".heap"))}
    assert (Section.SAMPLES in tags) is (Section.HASHES in tags) is (engine == "native")
    assert os.environ.get("PLANTED") is None


def is_in(content: bytes, secret: str) -> bool:
    return any(spelled in content for spelled in (secret.encode(), secret.encode("utf-16-le")))


@pytest.mark.slow
def test_the_search_finds_what_is_a_name_of_code(tmp_path: Path) -> None:
    """The other way round: the test above would see it."""
    with Target(HEAPDIFF_DIR=str(tmp_path / "d"), HEAPDIFF_ENGINE="gc", HEAPDIFF_SIGNAL="none") as target:
        path = Path(target.evaluate("str(path)", "Zq7hush_global = [1]\n" + TAKE))
    assert is_in(path.with_suffix(".heap").read_bytes(), "Zq7hush_global")
