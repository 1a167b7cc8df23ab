"""`heapdiff view` as a command: a real server, asked over its port, ended as Ctrl-C does."""

from __future__ import annotations

import re
import socket
import sys
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from heapdiff.cli import main
from heapdiff.viewer.door import HOST
from heapdiff.viewer.serving import listen
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot, write_summary
from tests.viewer.serving import serving

PATIENCE_S = 60


def test_the_command_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    write_snapshot(tmp_path, SHOP_BEFORE, 1)
    write_snapshot(tmp_path, SHOP_AFTER, 2)
    with serving(tmp_path) as served:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{40,}", served.address)
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        entered = opener.open(served.address, timeout=PATIENCE_S)
        assert entered.headers.get("Server") is None
        base = served.address.partition("?")[0]
        for _ in range(1_000):
            answer = opener.open(f"{base}2/types?format=json", timeout=PATIENCE_S)
            if answer.status == 200:
                break
        assert b"shop.models.Session" in answer.read()
    assert (served.exit_code, served.printed, "Traceback" in served.said) == (0, "", False)


def test_it_listens_on_this_machine_alone() -> None:
    with listen(0) as listening:
        assert listening.getsockname()[0] == HOST == "127.0.0.1"
        assert listening.family is socket.AF_INET


def test_a_port_that_is_taken_is_an_error_of_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_snapshot(tmp_path, SHOP_BEFORE)
    with listen(0) as taken:
        taken.listen()
        assert main(["view", str(path), "--no-browser", "--port", str(taken.getsockname()[1])]) == 2
    assert "Leave --port out" in capsys.readouterr().err


def test_a_summary_alone_cant_be_looked_around_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["view", str(write_summary(tmp_path, SHOP_BEFORE)), "--no-browser"]) == 3
    assert "taken without references" in capsys.readouterr().err


@pytest.mark.slow
def test_of_several_those_without_references_are_named_and_left_out(tmp_path: Path) -> None:
    write_snapshot(tmp_path, SHOP_BEFORE, 1)
    lacking = write_summary(tmp_path, SHOP_AFTER, 2)
    with serving(tmp_path) as served:
        urllib.request.urlopen(served.address, timeout=PATIENCE_S).close()
    assert f"1 snapshot without references left out: {lacking.name}" in served.said
    assert served.exit_code == 0


def test_without_its_packages_the_command_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [name for name in sys.modules if name.startswith("heapdiff.viewer")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "waitress", None)
    monkeypatch.setitem(sys.modules, "waitress.server", None)
    assert main(["view", str(write_snapshot(tmp_path, SHOP_BEFORE)), "--no-browser"]) == 5
    assert "pip install 'heapdiff[view]'" in capsys.readouterr().err


@pytest.mark.slow
def test_more_than_a_form_is_refused_before_it_is_taken_in(tmp_path: Path) -> None:
    write_snapshot(tmp_path, SHOP_BEFORE)
    with serving(tmp_path) as served:
        base = served.address.partition("?")[0]
        asked = urllib.request.Request(base, b"x" * 5000)  # nobody's cookie
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=PATIENCE_S)
        with refused.value as answer:
            assert answer.code == 413
    assert (served.exit_code, "Traceback" in served.said) == (0, False)
