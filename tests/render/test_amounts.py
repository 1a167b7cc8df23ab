"""Numbers as people read them."""

from __future__ import annotations

import pytest

from heapdiff.render.amounts import count, duration, moment, plural, signed, signed_size, size


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (1234, "1.23 kB"),
        (9_994, "9.99 kB"),
        (9_996, "10.0 kB"),
        (99_960, "100 kB"),
        (999_400, "999 kB"),
        (999_600, "1.00 MB"),
        (48_000_000, "48.0 MB"),
        (10**18, "1,000 PB"),
        (407.6, "408 B"),
        (-1_200_000, "-1.20 MB"),
    ],
)
def test_a_size_has_three_digits_and_a_unit_of_a_power_of_a_thousand(number: float, shown: str) -> None:
    assert size(number) == shown


def test_a_change_carries_its_sign_and_none_is_zero() -> None:
    assert [signed(1234), signed(-5), signed(0)] == ["+1,234", "-5", "0"]
    assert [signed_size(1234), signed_size(-1234), signed_size(0)] == ["+1.23 kB", "-1.23 kB", "0 B"]


def test_counts_have_thousands_separators_and_nouns_their_plural() -> None:
    assert count(1_234_567) == "1,234,567"
    assert [plural(1, "object"), plural(2000, "object")] == ["1 object", "2,000 objects"]
    assert [plural(1, "entry/entries"), plural(0, "entry/entries")] == ["1 entry", "0 entries"]


@pytest.mark.parametrize(
    ("after", "shown"),
    [
        ("2026-11-22T14:00:45Z", "45 s"),
        ("2026-11-22T14:10:00Z", "10 min"),
        ("2026-11-22T14:02:30Z", "2.5 min"),
        ("2026-11-22T17:12:00Z", "3.2 h"),
        ("2026-11-25T14:00:00Z", "3.0 days"),
        ("yesterday", ""),
    ],
)
def test_the_time_between_two_captures_is_rounded_to_what_matters(after: str, shown: str) -> None:
    assert duration("2026-11-22T14:00:00Z", after) == shown


def test_a_time_that_is_none_is_shown_as_it_stands() -> None:
    assert moment("2026-11-22T14:05:07.123456Z") == "2026-11-22 14:05:07"
    assert moment("noon") == "noon"
