"""Born in one snapshot and still there in a later one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heapdiff.analysis.browsing.born import find_born, sum_up_born
from heapdiff.analysis.browsing.prepared import prepare
from heapdiff.errors import UsageError
from tests.analysis.summaries import captures, summarize

LINE = "shop.A: dict -> [{}]: shop.Item @{:x} size=100"


def series() -> list[str]:
    """Each has an item more, and the last has lost the one that the second had first."""
    items = {number: LINE.format(number, 0x7F00_0000_0000 + 0x1000 * number) for number in range(1, 5)}
    chosen = ([1], [1, 2, 3], [1, 3, 4])
    return ["\n".join(items[number] for number in numbers) for numbers in chosen]


def test_only_what_is_new_in_the_second_and_alive_in_the_third_counts() -> None:
    before, middle, after = map(prepare, captures(*series()))
    nodes = find_born(before, middle, after)
    items = [node for node in nodes.tolist() if after.graph.type_name(node) == "shop.Item"]
    assert [int(after.graph.addresses[node]) for node in items] == [0x7F00_0000_3000]
    found = sum_up_born(after, nodes)
    assert (found.total, found.bytes) == (2, 128)  # and the number that is its key
    assert [row.count for row in found.types if row.type == "shop.Item"] == [1]


def test_with_two_snapshots_it_is_what_is_new() -> None:
    before, middle = map(prepare, captures(*series()[:2]))
    assert len(find_born(before, middle, middle)) == 4  # and two keys


def test_snapshots_of_two_processes_are_refused() -> None:
    one, other = captures(*series()[:2])
    stranger = prepare(replace(other, summary=summarize(other, 1, pid=99)))
    with pytest.raises(UsageError, match="different processes"):
        find_born(prepare(one), stranger, stranger)
