"""`compare` and `why` on real files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from tests.cli.command import Done, run, run_process
from tests.cli.reports import GOLD, REPORTS, print_report
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot, write_summary
from tests.render.findings import HOSTILE


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return write_snapshot(tmp_path, SHOP_BEFORE, 1), write_snapshot(tmp_path, SHOP_AFTER, 2)


def document(done: Done) -> dict[str, Any]:
    assert (done.exit_code, done.stderr) == (0, "")
    loaded: dict[str, Any] = json.loads(done.stdout)
    return loaded


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_a_report_reads_as_the_gold_file_does(tmp_path: Path, name: str) -> None:
    report = print_report(name, tmp_path)
    assert report == (GOLD / name).read_text("utf-8"), "if wanted: python -m tests.cli.reports"


def test_the_first_line_is_the_answer(pair: tuple[Path, Path]) -> None:
    assert run("compare", *pair).stdout.startswith("LEAK: shop.cache.SESSIONS ")


def test_the_order_of_the_files_does_not_matter(pair: tuple[Path, Path]) -> None:
    there, back = (document(run("compare", *order, "--format", "json")) for order in (pair, pair[::-1]))
    assert there["suspects"] == back["suspects"]
    assert there["snapshots"] == back["snapshots"]


def test_the_json_has_the_shape_that_the_contract_pins(pair: tuple[Path, Path]) -> None:
    found = json.loads(run("compare", *pair, "--format", "json").stdout)
    assert list(found) == [
        "schema", "snapshots", "verdict", "memory", "suspects", "types", "garbage", "notes", "commands",
        "advice",
    ]  # fmt: skip
    assert found["schema"] == "compare/1"
    assert set(found["snapshots"][0]) >= {
        "path", "id", "captured_at", "pid", "objects", "bytes", "rss_bytes", "requests",
    }  # fmt: skip
    assert set(found["verdict"]) == {"kind", "text"}
    assert set(found["memory"][0]) >= {"name", "before", "after", "delta"}
    suspect = found["suspects"][0]
    assert set(suspect) >= {
        "rank", "holder", "holds", "objects_delta", "bytes_delta", "bytes_per_request", "chain",
        "fingerprint", "confidence", "reason", "advice",
    }  # fmt: skip
    assert set(suspect["holder"]) >= {"path", "type", "kind", "address", "length_before", "length_after"}
    assert set(suspect["holds"][0]) >= {"type", "count_delta", "bytes_delta"}
    assert set(suspect["chain"][0]) >= {"step", "name", "type"}
    assert set(found["types"][0]) >= {
        "type", "count_before", "count_after", "count_delta", "bytes_before", "bytes_after", "bytes_delta",
        "score",
    }  # fmt: skip
    assert set(found["garbage"]) >= {"objects", "bytes"}
    assert suspect["holder"]["path"] == "shop.cache.SESSIONS"
    assert suspect["holder"]["kind"] == "module-global"
    assert suspect["holds"][0] == {"type": "shop.models.Session", "count_delta": 200, "bytes_delta": 11_200}


def test_summaries_alone_still_compare_by_type(tmp_path: Path) -> None:
    paths = write_summary(tmp_path, SHOP_BEFORE, 1), write_summary(tmp_path, SHOP_AFTER, 2)
    found = json.loads(run("compare", *paths, "--format", "json").stdout)
    assert found["suspects"] == []
    assert "shop.models.Session" in {growth["type"] for growth in found["types"]}


def test_both_files_of_a_snapshot_are_one_snapshot(pair: tuple[Path, Path], tmp_path: Path) -> None:
    once = document(run("compare", *pair, "--format", "json"))
    found = document(run("compare", *sorted(tmp_path.iterdir()), "--format", "json"))
    assert len(found["snapshots"]) == 2
    assert found["suspects"] == once["suspects"]
    assert "counts once" in str(found["notes"])


@pytest.mark.parametrize("suffix", [".json", ".heap"])
def test_a_snapshot_and_itself_are_nothing_to_compare(tmp_path: Path, suffix: str) -> None:
    path = write_snapshot(tmp_path, SHOP_AFTER)
    done = run("compare", path, path.with_suffix(suffix))
    assert (done.exit_code, done.stdout) == (2, "")
    assert str(path) in done.complaint[0]
    assert len(done.complaint) == 2


@pytest.mark.parametrize(("tolerated", "exit_code"), [("1MB", 0), ("10kB", 1), ("0", 1)])
def test_growth_above_the_limit_ends_with_one(
    pair: tuple[Path, Path], tolerated: str, exit_code: int
) -> None:
    done = run("compare", *pair, "--fail-on-growth", tolerated)
    assert done.exit_code == exit_code
    assert done.stdout.startswith("LEAK")
    assert bool(done.stderr) == bool(exit_code)


@pytest.mark.parametrize("form", ["table", "markdown", "json"])
def test_the_label_of_a_snapshot_is_shown(pair: tuple[Path, Path], form: str) -> None:
    pair[0].write_text(pair[0].read_text().replace('"label": null', '"label": "before the deploy"'))
    shown = run("compare", *pair, "--format", form).stdout
    assert shown.count("before the deploy") == 1
    if form == "json":
        assert [each["label"] for each in json.loads(shown)["snapshots"]] == ["before the deploy", None]


def test_of_different_processes_with_a_snapshot_each_no_growth_is_told(tmp_path: Path) -> None:
    paths = [write_snapshot(tmp_path, SHOP_AFTER, number, pid=4200 + number) for number in (1, 2)]
    done = run("compare", *paths, "--fail-on-growth", "0")
    assert done.exit_code == 0
    assert done.stdout.startswith("INCONCLUSIVE")
    assert "different processes" in done.stderr
    assert "requests:" not in done.stdout
    assert done.stdout.splitlines()[-1] == "heapdiff snapshot 4201 4202"


@pytest.fixture
def heaps(tmp_path: Path) -> Path:
    """Two workers that leak the same, one that does not, one that was seen only once."""
    directory = tmp_path / "heaps"
    directory.mkdir()
    before = ((1, SHOP_BEFORE), (2, SHOP_BEFORE), (3, SHOP_BEFORE))
    after = ((1, SHOP_AFTER), (2, SHOP_AFTER), (3, SHOP_BEFORE), (4, SHOP_AFTER))
    for number, (pid, text) in enumerate((*before, *after), 1):
        write_snapshot(directory, text, number, pid=pid, requests=0 if number <= len(before) else 100)
    return directory


def test_a_directory_of_several_workers_is_compared_by_worker_and_told_in_json(heaps: Path) -> None:
    found = document(run("compare", heaps, "--format", "json"))
    assert list(found) == ["schema", "verdict", "shared", "processes", "notes"]
    assert (found["schema"], found["verdict"]["kind"]) == ("comparisons/1", "leak")
    (shared,) = found["shared"]
    assert set(shared) >= {"fingerprint", "path", "processes", "bytes_per_request"}
    assert (shared["path"], shared["processes"]) == ("shop.cache.SESSIONS", [1, 2])
    assert [each["schema"] for each in found["processes"]] == ["compare/1"] * 3
    assert shared["fingerprint"] == found["processes"][0]["suspects"][0]["fingerprint"]
    assert document(run("compare", *heaps.glob("*.json"), "--format", "json")) == found
    alone = document(run("compare", *sorted(heaps.glob("*000[14]*.json")), "--format", "json"))
    assert found["processes"][0] == alone


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_what_several_workers_share_comes_before_each_of_them(heaps: Path, form: str) -> None:
    told = " ".join(run("compare", heaps, "--format", form).stdout.replace("**", "").replace("`", "").split())
    assert told.startswith("LEAK: The same leak in 2 of 3 workers: shop.cache.SESSIONS keeps more ")
    order = [
        "Growing in several",
        "PID 4 has only one snapshot",
        "PID 1 on",
        "PID 2 on",
        "PID 3 on",
        "STABLE",
    ]
    assert sorted(order, key=told.index) == order


def test_a_shared_leak_is_explained_once_unless_all_is_wanted(heaps: Path) -> None:
    assert run("compare", heaps).stdout.count("held by") == 1
    assert run("compare", heaps, "-n", "0").stdout.count("held by") == 2
    shortened = document(run("compare", heaps, "-n", "1", "--format", "json"))
    assert {len(each["types"]) for each in shortened["processes"]} == {1, 0}


def test_growth_of_any_worker_above_the_limit_ends_with_one(heaps: Path) -> None:
    done = run("compare", heaps, "--fail-on-growth", "10kB")
    assert done.exit_code == 1
    assert [line.partition(" Python")[0] for line in done.stderr.splitlines()] == [
        "heapdiff: pid 1:",
        "heapdiff: pid 2:",
    ]
    assert run("compare", heaps, "--fail-on-growth", "10MB").exit_code == 0


def test_a_report_on_several_workers_goes_to_a_file_that_is_no_snapshot(heaps: Path, tmp_path: Path) -> None:
    assert run("compare", heaps, "-o", tmp_path / "report.txt").stdout == ""
    assert (tmp_path / "report.txt").read_text().startswith("LEAK: The same leak")
    assert run("compare", heaps, "-o", next(heaps.glob("*.json"))).exit_code == 2


def test_a_directory_with_nothing_to_compare_is_named(tmp_path: Path) -> None:
    done = run("compare", tmp_path)
    assert (done.exit_code, f"{tmp_path}: holds no snapshots" in done.complaint[0]) == (3, True)
    path = write_snapshot(tmp_path, SHOP_BEFORE)
    done = run("compare", tmp_path)
    assert (done.exit_code, str(path) in done.complaint[0]) == (2, True)


def test_the_report_goes_to_a_file_whole(pair: tuple[Path, Path], tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    report.write_text("old")
    done = run("compare", *pair, "--format", "markdown", "-o", report)
    assert (done.exit_code, done.stdout) == (0, "")
    assert report.read_text("utf-8").startswith("**LEAK**")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


@pytest.mark.parametrize("name", ["missing/report.md", "."])
def test_a_report_that_cannot_be_written_is_named(pair: tuple[Path, Path], tmp_path: Path, name: str) -> None:
    done = run("compare", *pair, "-o", tmp_path / name)
    assert done.exit_code == 2
    assert len(done.complaint) == 2
    assert str(tmp_path) in done.complaint[0]


@pytest.mark.slow
def test_a_report_can_go_to_a_device(pair: tuple[Path, Path]) -> None:
    assert run_process("compare", *pair, "-o", "/dev/stdout").stdout.startswith("LEAK")


@pytest.mark.parametrize("form", ["table", "json", "markdown"])
def test_hostile_names_from_a_file_cannot_steer_any_format(tmp_path: Path, form: str) -> None:
    paths = write_summary(tmp_path, SHOP_BEFORE, 1), write_summary(tmp_path, SHOP_AFTER, 2)
    for path in paths:
        path.write_text(
            path.read_text().replace("shop.models.Session", json.dumps(HOSTILE + "x" * 10_000)[1:-1])
        )
    done = run("compare", *paths, "--format", form)
    assert done.exit_code == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", done.stdout)
    if form == "table":
        assert max(map(cell_len, done.stdout.splitlines())) <= 80


def test_why_shows_the_path_from_the_module_down(pair: tuple[Path, Path]) -> None:
    done = run("why", pair[1], "shop.models.Session")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "shop.cache.SESSIONS['…']" in done.stdout


@pytest.mark.parametrize("what", ["shop.models.Session", "Session", "shop.cache.SESSIONS"])
def test_why_takes_types_and_holder_paths(pair: tuple[Path, Path], what: str) -> None:
    found = document(run("why", pair[1], what, "--format", "json"))
    assert found["schema"] == "why/1"
    assert found["paths"]


def test_why_takes_the_address_that_compare_shows(pair: tuple[Path, Path]) -> None:
    compared = json.loads(run("compare", *pair, "--format", "json").stdout)
    address = compared["suspects"][0]["holder"]["address"]
    found = json.loads(run("why", pair[1], address, "--format", "json").stdout)
    assert found["paths"][0]["path"] == "shop.cache.SESSIONS"


@pytest.mark.parametrize("what", ["shop.models.Sesion", "0x10", "nothing[", ""])
def test_what_nothing_is_called_is_wrong_usage(pair: tuple[Path, Path], what: str) -> None:
    done = run("why", pair[1], what)
    assert done.exit_code == 2
    assert len(done.complaint) == 2


@pytest.mark.parametrize("by", ["holder", "module", "package"])
def test_show_adds_up_by_who_keeps_it(pair: tuple[Path, Path], by: str) -> None:
    found = json.loads(run("show", pair[1], "--by", by, "--format", "json").stdout)
    assert found["by"] == by
    assert found["rows"][0]["name"].startswith("shop")
