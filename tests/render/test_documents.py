"""What users read, byte for byte. After a wanted change run `python -m tests.render.documents`."""

from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from tests.render.documents import DOCUMENTS, GOLD

TEXTS = sorted(name for name in DOCUMENTS if name.endswith(".txt"))
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_document_reads_as_the_gold_file_does(name: str) -> None:
    assert DOCUMENTS[name]() == (GOLD / name).read_text("utf-8")


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_no_document_carries_a_character_that_steers_a_terminal(name: str) -> None:
    assert not STEERING.search(DOCUMENTS[name]())


@pytest.mark.parametrize("name", TEXTS)
def test_no_line_of_a_text_is_wider_than_eighty_columns(name: str) -> None:
    assert {line for line in DOCUMENTS[name]().splitlines() if cell_len(line) > 80} == set()


@pytest.mark.parametrize("name", TEXTS)
def test_a_table_is_exactly_eighty_columns_wide(name: str) -> None:
    rules = [line for line in DOCUMENTS[name]().splitlines() if set(line) == {"─"}]
    assert {cell_len(rule) for rule in rules} <= {80}


def test_gold_files_and_documents_are_the_same_set() -> None:
    assert {path.name for path in GOLD.iterdir()} == set(DOCUMENTS)
