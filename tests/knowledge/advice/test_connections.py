"""What is known of connections: told in few words that fit a terminal."""

from __future__ import annotations

from collections import Counter

import pytest

from heapdiff.knowledge.advice.connections import CLIENTS, CONNECTIONS, FILES, SESSIONS, Kind
from heapdiff.knowledge.advice.pools import POOLS, Pool

KINDS = (*CLIENTS, *CONNECTIONS, *FILES, *SESSIONS)
WIDTH = 80 - 16  # of a terminal, without what stands before the code of a tenth finding


@pytest.mark.parametrize("known", [*KINDS, *POOLS], ids=lambda known: known.types[0])
def test_the_change_is_a_few_lines_that_fit_a_terminal(known: Kind | Pool) -> None:
    assert known.change.endswith((".", ")"))
    assert 1 <= len(known.code) <= 4
    assert [line for line in known.code if len(line) > WIDTH] == []


def test_no_type_is_of_two_kinds() -> None:
    counts = Counter(name for kind in KINDS for name in kind.types)
    assert [name for name, count in counts.items() if count > 1] == []
