"""What the pages show, as HTML, JSON and CSV."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from io import StringIO
from threading import Event
from typing import Any

import pytest

from heapdiff.graph.heap import HeapGraph
from heapdiff.viewer.application import Viewer
from heapdiff.viewer.shelf import State
from tests.analysis.summaries import summarize
from tests.heaps import heap
from tests.viewer.conftest import SHOP, Asker, view
from tests.viewer.growing import HOSTILE


def shop_of(pid: int, minute: int) -> HeapGraph:
    graph = heap(SHOP.format(3))
    return replace(graph, summary=summarize(graph, minute, pid=pid))


def first_object(asker: Asker, type_name: str) -> str:
    rows = asker.json(f"/1/objects?type={type_name}")["tables"]["objects"]["rows"]
    return str(rows[0]["address"])


def test_types_are_sorted_and_filtered(asker: Asker) -> None:
    rows = asker.json("/1/types?sort=count")["tables"]["types"]["rows"]
    counts = [row["count"] for row in rows]
    assert counts == sorted(counts, reverse=True)
    (row,) = asker.json("/1/types?contains=SESS")["tables"]["types"]["rows"]
    assert row == {"type": "shop.models.Session", "count": 3, "bytes": 300, "retained_bytes": 450}


def test_the_objects_of_a_type_come_in_pages(asker: Asker) -> None:
    page = asker.get("/1/objects?type=shop.Item&start=100")
    assert page.status_code == 200
    assert "101\u2013200 of 250" in page.text
    assert "start=200" in page.text
    assert len(asker.json("/1/objects?type=shop.Item&rows=1000")["tables"]["objects"]["rows"]) == 250
    assert "101\u2013200" not in asker.get("/1/objects?type=shop.Item&start=junk").text


def test_from_an_object_every_list_around_it_can_be_reached(asker: Asker) -> None:
    address = first_object(asker, "shop.models.Session")
    page = asker.json(f"/1/object/{address}")
    assert page["path"] == "shop.cache.SESSIONS['…']"
    assert [row["step"] for row in page["tables"]["path"]["rows"]] == ["shop.cache", ".SESSIONS", "['…']"]
    (tags,) = [row for row in page["tables"]["references"]["rows"] if row["reference"] == ".tags"]
    assert asker.json(f"/1/object/{tags['address']}")["path"].endswith(".tags")
    for name in ("references", "referrers", "dominated", "dominators"):
        found = asker.json(f"/1/object/{address}/{name}")
        assert found["tables"][name]["total"] == page["tables"][name]["total"] > 0
    for name in ("references", "referrers", "dominated"):
        assert asker.get(f"/1/object/{address}/{name}?by=type").status_code == 200


def test_what_a_cut_would_free_is_said_at_once(asker: Asker) -> None:
    holder = asker.json("/1/search?what=shop.cache.SESSIONS")["tables"]["objects"]["rows"][0]["address"]
    session = first_object(asker, "shop.models.Session")
    assert asker.json(f"/1/cut?owner={holder}&target={session}")["freed_bytes"] == 150


def test_all_objects_of_a_type_are_weighed_together(asker: Asker) -> None:
    assert asker.json("/1/weigh?type=shop.models.Session")["retained_bytes"] == 450


@pytest.mark.parametrize(
    ("what", "table"),
    [("Session", "types"), ("shop.cache.SESSIONS", "objects"), ("shop.models.Session", "objects")],
)
def test_a_search_finds_types_and_paths(asker: Asker, what: str, table: str) -> None:
    assert asker.json(f"/1/search?what={what}")["tables"][table]["total"] >= 1


def test_a_search_finds_large_objects(asker: Asker) -> None:
    rows = asker.json("/1/search?least=0.05kB&by=bytes")["tables"]["objects"]["rows"]
    assert rows
    assert min(row["bytes"] for row in rows) >= 50
    assert asker.get("/1/search?least=lots").status_code == 400


@pytest.mark.process
def test_two_snapshots_are_compared_once_somebody_asks(asker: Asker) -> None:
    path = "/compare?before=1&after=3"
    assert "Find out" in asker.get(path).text
    page = asker.wait_for(path)
    assert "Suspects" in page.text
    rows = asker.json(path)["tables"]["suspects"]["rows"]
    assert rows[0]["path"] == "shop.cache.SESSIONS"
    assert asker.get(f"/3/object/{rows[0]['address']}").status_code == 200


@pytest.mark.process
def test_a_question_that_waits_says_so_and_can_be_cancelled(asker: Asker) -> None:
    path = "/compare?before=1&after=2"
    asker.viewer.questions.ask("something long", Event().wait)
    assert asker.post(path).headers["Location"] == path
    page = asker.get(path)
    assert (page.status_code, "Cancel" in page.text, 'http-equiv="refresh"' in page.text) == (202, True, True)
    assert asker.get(f"{path}&format=csv").status_code == 202
    assert asker.get("/1/types").status_code == 200
    form = {"form": asker.viewer.gate.form, "cancel": "1"}
    assert asker.post(path, data=form).status_code == 303
    assert "Find out" in asker.get(path).text
    asker.viewer.questions.cancel("something long")


@pytest.mark.process
def test_a_page_that_waits_is_told_to_load_the_answer_anew(asker: Asker) -> None:
    path = "/compare?before=1&after=2"
    asker.wait_for(path)
    assert asker.get(path, **{"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert "Suspects" in asker.get(path, **{"HX-Request": "true", "HX-Boosted": "true"}).text


@pytest.mark.process
def test_what_was_born_and_is_still_there_is_shown_by_type_and_one_by_one(asker: Asker) -> None:
    path = "/born?before=1&born=2&still=3"
    assert asker.wait_for(path).status_code == 200
    rows = {row["type"]: row["count"] for row in asker.json(path)["tables"]["types"]["rows"]}
    assert rows["shop.models.Session"] == 2
    assert asker.json(f"{path}&type=shop.models.Session")["tables"]["objects"]["total"] == 2


def test_the_owner_map_is_shown_level_by_level(asker: Asker) -> None:
    groups = asker.json("/3/owners?since=1")["tables"]["groups"]["rows"]
    assert [group["group"] for group in groups][:1] == ["shop"]
    assert groups[0]["bytes_delta"] > 0
    page = asker.get("/3/owners?since=1").text
    at = re.search(r"at=(\d+)", page)
    assert at is not None
    assert "One level up" in asker.get(f"/3/owners?since=1&at={at[1]}").text
    json.loads(re.search(r'type="application/json">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]


@pytest.mark.process
def test_only_what_can_be_compared_is_offered_first(stranger: Callable[[Viewer], Asker]) -> None:
    """Two workers of a server, and one that replaced the first: a pair of one process can be compared, others can't."""
    made = stranger(view([shop_of(pid, minute) for minute, pid in enumerate((10, 20, 10, 20, 30))]))
    made.enter()
    chosen = re.findall(r'<option value="(\d)" selected', made.get("/").text)
    assert chosen == ["2", "4", "2", "4", "4"]
    assert "since=2" in made.wait_for("/4/owners").text
    assert "since=" not in made.wait_for("/5/owners").text


@pytest.mark.process
def test_of_different_processes_it_says_what_to_take_and_how(stranger: Callable[[Viewer], Asker]) -> None:
    made = stranger(view([shop_of(10, 0), shop_of(20, 1)]))
    made.enter()
    assert "heapdiff snapshot" in made.wait_for("/compare?before=1&after=2").text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/9/types", 404), ("/0/types", 404), ("/1/object/0x10", 400), ("/1/object/junk", 404), ("/1/objects?type=no", 400),
        ("/1/types?sort=no", 400), ("/1/types?format=pdf", 400), ("/compare?before=1&after=1", 400), ("/1/search", 400),
        ("/born?before=3&born=2&still=1", 400), ("/1/owners?since=3", 400), ("/nothing", 404), ("/assets/../x", 404),
        ("/assets/page.py", 404), ("/1/object/0x" + "f" * 16, 400), ("/1/objects?type=" + "x" * 5000, 400),
    ],
)  # fmt: skip
def test_what_cant_be_answered_is_a_sentence_that_tells_nothing_of_the_file_system(
    asker: Asker, path: str, status: int
) -> None:
    answer = asker.get(path)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert "/secret" not in answer.text
    assert "Traceback" not in answer.text


def test_a_bug_is_a_page_too(
    asker: Asker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    spot = asker.viewer.shelf.spots[0]
    monkeypatch.setattr(spot, "prepared", object())
    answer = asker.get("/1/types")
    assert (answer.status_code, "AttributeError" in answer.text, "/secret" in answer.text) == (
        500,
        True,
        False,
    )
    assert "a page failed" in caplog.text


def test_until_a_snapshot_is_read_its_pages_say_how_far_it_is(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    spot = asker.viewer.shelf.spots[0]
    for name, value in (
        ("prepared", None),
        ("state", State.READING),
        ("step", "reading the file"),
        ("share", 0.25),
    ):
        monkeypatch.setattr(spot, name, value)
    page = asker.get("/1/types")
    assert (page.status_code, "Reading the file" in page.text, "25 %" in page.text) == (202, True, True)
    assert 'http-equiv="refresh"' in page.text
    assert "25 %" in asker.get("/").text
    assert asker.get("/1/types?format=json").status_code == 202
    assert asker.get("/2/types").status_code == 200


def test_a_snapshot_that_couldnt_be_read_says_why(asker: Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    spot = asker.viewer.shelf.spots[0]
    monkeypatch.setattr(spot, "prepared", None)
    monkeypatch.setattr(spot, "problem", "snap.heap: damaged")
    monkeypatch.setattr(spot, "state", State.FAILED)
    assert "Snap.heap: damaged" in asker.get("/1/types").text
    assert "damaged" in asker.get("/").text


def links_of(page: str) -> list[str]:
    return [unescape(each) for each in re.findall(r'href="(/[^"]*)"', page)]


def test_hostile_names_are_text_everywhere(hostile: Asker) -> None:
    seen: set[str] = set()
    waiting = ["/1/types", "/1/search?what=alert", "/1/owners"]
    while waiting and len(seen) < 120:
        path = waiting.pop()
        if path in seen or path.startswith("/assets"):
            continue
        seen.add(path)
        page = hostile.get(path)
        assert page.status_code == 200, path[:200]
        if page.mimetype == "text/html":
            assert not re.search(r"<script>alert|<img|\x1b|\u202e", page.text), path[:200]
            waiting += links_of(page.text)
    assert len(seen) == 120


@pytest.mark.parametrize("path", ["/1/types", "/1/search?what=x", "/1/owners"])
def test_hostile_names_are_whole_in_json_and_no_formula_in_csv(hostile: Asker, path: str) -> None:
    text = hostile.get(path + ("&" if "?" in path else "?") + "format=json").text
    assert text.isascii()
    separated = hostile.get(path + ("&" if "?" in path else "?") + "format=csv")
    assert "attachment" in separated.headers["Content-Disposition"]
    cells = [cell for row in csv.reader(StringIO(separated.text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t")) or "\x1b" in cell]


def test_a_long_name_is_cut_on_its_page_and_whole_in_json(hostile: Asker) -> None:
    page: Any = hostile.get("/1/types?contains=xxxx")
    assert HOSTILE[2] not in page.text.replace(HOSTILE[2], "", 1).split("<code>", 1)[1].split("</code>")[0]
    (row,) = hostile.json("/1/types?contains=xxxx")["tables"]["types"]["rows"]
    assert row["type"] == HOSTILE[2]


@pytest.mark.parametrize(
    "name", ["number", "endpoint", "_external", "_scheme", "_anchor", "_method", "values"]
)
def test_whatever_an_argument_is_called_it_stays_one(asker: Asker, name: str) -> None:
    answer = asker.get(f"/1/types?{name}=javascript")
    assert answer.status_code == 200
    assert f'href="/1/types?{name}=javascript&amp;format=json"' in answer.text
