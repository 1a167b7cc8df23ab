"""A watch's table and sentence fit a terminal at night, whatever the names."""

from __future__ import annotations

from heapdiff.answers import Entry, EntryKind, InsertionSite, Watched
from heapdiff.render.terminal.console import render_text
from heapdiff.render.terminal.running.watching import LiveWatched, render_watched

VIEW = Entry(EntryKind.FLASK_VIEW, "shop.views.product")
SITES = (
    InsertionSite("shop/cache.py", 31, "remember", VIEW, 1200),
    InsertionSite("", 0, "", None, 34),
)


def watched(*sites: InsertionSite, inserted: int = 1234) -> Watched:
    return Watched("shop.cache.SESSIONS", inserted, 7, sites, 4242, "dict", 1227)


def test_the_table_and_the_sentence() -> None:
    assert render_text(lambda console: render_watched(console, watched(*SITES))) == (
        "Inserted  Share  By                    At                In                     \n"
        "────────────────────────────────────────────────────────────────────────────────\n"
        "   1,200    97%  remember              shop/cache.py:31  view shop.views.product\n"
        "      34     3%  code without a name   -                 -                      \n"
        "\n"
        "Of 1,234 insertions, 1,200 by remember (shop/cache.py:31) in view\n"
        "shop.views.product, 34 by code without a name; 7 removed.\n"
    )


def test_without_insertions_there_is_only_the_sentence() -> None:
    assert render_text(lambda console: render_watched(console, watched(inserted=0))) == (
        "No insertions; 7 removed.\n"
    )


def test_long_and_hostile_names_keep_to_their_columns() -> None:
    name = "make_everything_that_there_is.<locals>." * 3 + "\x1b[31mred\n"
    site = InsertionSite(f"shop/{'very_' * 20}deep.py", 123456, name, Entry(EntryKind.JOB, name), 1)
    text = render_text(lambda console: render_watched(console, watched(site, inserted=1)))
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "\x1b" not in text


def test_while_it_goes_on_the_time_that_is_left_stands_above() -> None:
    live = LiveWatched(lambda: (watched(*SITES), 12.4))
    text = render_text(lambda console: console.print(live))
    assert "shop.cache.SESSIONS in process 4242: 1,234 inserted, 7 removed, 1,227 entries" in text
    assert "12 s left" in text
    assert "remember" in text
