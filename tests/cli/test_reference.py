"""The reference page says what the commands say."""

from __future__ import annotations

from tests.cli.reference import PAGE, render_reference


def test_the_page_is_what_the_help_says_now() -> None:
    assert PAGE.read_text("utf-8") == render_reference(), "run python -m tests.cli.reference"
