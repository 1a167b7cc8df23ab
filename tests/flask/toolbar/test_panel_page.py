"""What the page inside the panel says of an answer: what is left out, and that every name is escaped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from heapdiff.flask.toolbar.panel_page import POLICY, size, write_page
from heapdiff.flask.toolbar.shelf import Visit
from heapdiff.flask.toolbar.sifting import sift

EVIL = "<script>alert(1)</script>\u202e"
VISIT = Visit(token="A" * 22, request=f"GET /{EVIL}", endpoint=EVIL, thread="T-1", threads=["T-1"])


def keeper(
    path: str, *held: tuple[str, int, int], chain: tuple[tuple[str, str, str], ...] = (), **more: Any
) -> dict[str, Any]:
    return {
        "path": path,
        "type": "dict",
        "kind": "module-global",
        "chain": [dict(zip(("step", "name", "type"), step, strict=True)) for step in chain],
        "holds": [{"type": name, "count_delta": count, "bytes_delta": size} for name, count, size in held],
        "objects": sum(count for _, count, _ in held),
        "bytes": sum(size for _, _, size in held),
        "holders": 1,
        "allocated": [],
        **more,
    }


def answer(*keepers: dict[str, Any], waiting: int = 0) -> dict[str, Any]:
    return {
        "keepers": keepers,
        "unreachable_objects_delta": waiting,
        "snapshots": [{}, {"objects": 1000, "bytes": 2000, "rss_bytes": 3_000_000}],
    }


LEAK = keeper(
    "shop.SESSIONS", ("shop.Session", 1, 300), ("list", 1, 88), chain=(("global", "SESSIONS", "dict"),)
)


@pytest.mark.parametrize(
    "ours",
    [
        keeper("heapdiff.flask.toolbar.taking._seen", ("str", 1, 60)),
        keeper(
            "logging.root.handlers",
            ("str", 1, 60),
            chain=(("item", "[0]", "flask_debugtoolbar.panels.logger.Handler"),),
        ),
        keeper("sys.modules", ("str", 1, 60), chain=(("item", "['heapdiff.flask']", "module"),)),
        keeper("shop.LIST", ("heapdiff.flask.toolbar.taking.Look", 2, 200)),
        keeper("<thread T-1>.view.<local x>", ("shop.Session", 1, 300), chain=(("thread", "T-1", "thread"),)),
        keeper("x", ("str", 1, 60), chain=(("thread", "Thread-9 (process_request_thread)", "thread"),)),
        keeper("threading._active[140]", ("threading.Thread", 1, 100)),
        keeper("<native>.list_iterator", ("list_iterator", 1, 48), kind="native"),
    ],
    ids=lambda each: each["path"],
)
def test_what_the_panel_and_the_request_itself_hold_is_left_out(ours: dict[str, Any]) -> None:
    found = sift(answer(ours, LEAK), ["T-1"])
    assert [left.path for left in found.left] == ["shop.SESSIONS"]
    assert (found.objects, found.bytes) == (2, 388)


@pytest.mark.parametrize(
    "theirs",
    [
        keeper("x", ("str", 1, 60), chain=(("thread", "worker", "thread"),)),
        keeper("<native>.bytearray", ("bytearray", 50, 5000), kind="native"),
        keeper("heapdifference.LIST", ("str", 1, 60)),
    ],
    ids=lambda each: each["path"],
)
def test_what_is_the_applications_stays(theirs: dict[str, Any]) -> None:
    assert sift(answer(theirs), ["T-1"]).left


def test_what_a_call_of_another_thread_has_at_that_moment_is_left_out() -> None:
    waiting = ("thread", "Thread-1 (serve_forever)", "thread"), ("frame", "Event.wait", "running frame")
    call = keeper(
        "<thread Thread-1 (serve_forever)>.Event.wait",
        ("method", 1, 64),
        ("running frame", 1, 0),
        chain=waiting,
    )
    used = keeper("<native>.time.struct_time", ("time.struct_time", 1, 112), kind="native")
    assert [left.path for left in sift(answer(call, used, LEAK), ["T-1"]).left] == ["shop.SESSIONS"]
    assert [left.path for left in sift(answer(used), ["T-1"]).left] == [used["path"]]
    ready = keeper("<thread Thread-1 (serve_forever)>.select.<local ready>", ("list", 1, 56), chain=waiting)
    assert not sift(answer(ready), ["T-1"]).left


def test_a_thread_that_the_application_began_is_shown() -> None:
    began = keeper("threading._active[140]", ("threading.Thread", 1, 100))
    assert sift(answer(began), ["T-1"], new_thread=True).left


def test_everything_from_outside_is_escaped() -> None:
    sites = [{"file": f"{EVIL}.py", "line": 3, "function": EVIL, "bytes": 500}]
    found = sift(
        answer(keeper(EVIL, (f"shop.{EVIL}", 1, 300), chain=((EVIL, EVIL, EVIL),), allocated=sites), LEAK),
        ["T-1"],
    )
    page = str(write_page(VISIT, "request", found))
    assert "<script" not in page
    assert "\u202e" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;\\u202e") >= 8
    assert "<script" not in str(write_page(VISIT, "request", None, EVIL))


def test_the_page_allows_no_script_and_no_other_place() -> None:
    assert POLICY.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in POLICY


def test_nothing_left_is_said_in_a_sentence() -> None:
    assert "This request left nothing behind." in write_page(VISIT, "request", sift(answer(), []))


def test_a_first_request_of_an_endpoint_is_told_to_warm_up() -> None:
    warm = replace(VISIT, warm_up=True)
    found = sift(answer(LEAK), [])
    assert "reload the page to see what each request leaves" in write_page(warm, "request", found)
    assert "reload the page to see what each request leaves" not in write_page(VISIT, "request", found)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (53_700_000, "53.7 MB"), (-1230, "-1.23 kB")],
)
def test_sizes_are_in_powers_of_a_thousand(number: int, text: str) -> None:
    assert size(number) == text


@pytest.mark.parametrize(("others", "text"), [(1, "1 other request of"), (12, "12 other requests of")])
def test_requests_that_overlapped_are_named(others: int, text: str) -> None:
    visit = replace(VISIT, others=others)
    assert text in write_page(visit, "request", sift(answer(LEAK), []))
