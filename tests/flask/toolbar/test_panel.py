"""The panel in the toolbar, in process: what it asks for, what it says, and that the app never notices what goes wrong."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from heapdiff.agent.engines.choice import EngineChoice
from heapdiff.agent.worker.installation import ensure_agent
from heapdiff.errors import CaptureError
from heapdiff.flask.toolbar import shelf, taking
from heapdiff.flask.toolbar.shelf import Visit, find_visit
from tests.flask.toolbar.conftest import MakeShop, make_client
from tests.flask.toolbar.shop import TURN, WAITING
from tests.processes import eventually

pytestmark = pytest.mark.process
MOST_VISITS = 2
LINK = re.compile(r'<iframe src="([^"]+)"')


def link_in(text: str) -> str:
    found = LINK.search(text)
    assert found, text
    return found[1]


def be_idle() -> None:
    """Wait until no snapshot is being taken."""
    engine = ensure_agent().choice.engine
    eventually(lambda: engine.status()["state"] != "running")


def visit_of(link: str) -> tuple[Path, Visit]:
    found = find_visit(link.split("/")[-2])
    assert found is not None
    return found


@pytest.mark.slow
def test_a_page_links_to_what_its_request_left_behind(client: FlaskClient) -> None:
    for path in ("/", "/leak"):
        client.get(path, buffered=True)
    quiet, leak = (link_in(client.get(path, buffered=True).text) for path in ("/", "/leak"))
    assert "This request left nothing behind." in client.get(quiet).text
    answer = client.get(leak)
    assert answer.status_code == 200
    assert "tests.flask.toolbar.shop.SESSIONS" in answer.text
    assert "+1 tests.flask.toolbar.shop.Session" in answer.text
    assert "script" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_outside_debug_mode_nothing_is_captured(make_shop: MakeShop) -> None:
    client = make_client(make_shop(debug=False, DEBUG_TB_ENABLED=True))
    assert "works only in debug mode" in client.get("/", buffered=True).text
    assert taking._seen.pid == 0


def test_a_panel_that_is_off_captures_nothing(make_shop: MakeShop, temporary: Path) -> None:
    client = make_shop().test_client()
    page = client.get("/", headers={"Accept": "text/html"}, buffered=True)
    assert "The panel is off" in page.text
    assert not [*temporary.glob("heapdiff-toolbar-*")]


def test_what_asks_for_no_page_is_let_pass(client: FlaskClient) -> None:
    page = client.get("/", headers={"Accept": "*/*"}, buffered=True)
    assert "asked for no page" in page.text or "ask for a page" in page.text
    assert taking._seen.pid == 0


def test_without_the_native_engine_the_panel_says_why(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = ensure_agent()
    monkeypatch.setattr(agent, "choice", EngineChoice("gc", "<b>not built</b>", agent.choice.engine))
    page = client.get("/", buffered=True)
    assert page.status_code == 200
    assert "native engine" in page.text
    assert "&lt;b&gt;not built&lt;/b&gt;" in page.text


def test_a_capture_under_way_is_named_and_not_awaited(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "_ask", lambda _path, _limit: None)
    page = client.get("/", buffered=True)
    assert page.status_code == 200
    assert "Another snapshot was being taken" in page.text


@pytest.mark.parametrize("error", [CaptureError("no <room>", ""), ZeroDivisionError("<bug>")])
def test_what_goes_wrong_is_a_sentence_in_the_panel(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(taking, "_ask", fail)
    page = client.get("/leak", buffered=True)
    assert page.status_code == 200
    assert "one session is left behind" in page.text
    assert re.search("no &lt;room&gt;|&lt;bug&gt;", page.text)


@pytest.mark.slow
def test_what_goes_wrong_at_the_end_is_told_by_the_route(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_look: object) -> None:
        raise CaptureError("the <disk> is full", "")

    monkeypatch.setattr(taking, "_finish", fail)
    page = client.get("/leak", buffered=True)
    assert "the &lt;disk&gt; is full" in client.get(link_in(page.text)).text


@pytest.mark.slow
def test_whatever_the_threads_are_called_a_visit_is_found(client: FlaskClient) -> None:
    """Names may be anything, and of any length."""
    pages = []
    for letter in ("x", "\U0001f600"):
        be_idle()
        thread = threading.Thread(
            target=lambda: pages.append(client.get("/leak", buffered=True).text), name=letter * 100_000
        )
        thread.start()
        thread.join()
    assert [visit_of(link_in(page))[1].closed for page in pages] == [True, True]


@pytest.mark.slow
def test_a_request_that_fails_leaves_the_next_one_alone(make_shop: MakeShop) -> None:
    app = make_shop()
    client = make_client(app)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="boom"):
            client.get("/boom", buffered=True)
        be_idle()
    _, visit = visit_of(link_in(client.get("/", buffered=True).text))
    assert (visit.problem, visit.others, visit.closed) == ("", 0, True)


@pytest.mark.slow
def test_requests_that_overlap_are_not_blamed_on_one(make_shop: MakeShop) -> None:
    app = make_shop()
    links: list[str] = []
    slow = threading.Thread(
        target=lambda: links.append(link_in(make_client(app).get("/slow", buffered=True).text))
    )
    slow.start()
    assert WAITING.wait(60)
    be_idle()
    links.append(link_in(make_client(app).get("/leak", buffered=True).text))
    TURN.set()
    slow.join()
    TURN.clear()
    WAITING.clear()
    assert [visit_of(link)[1].others for link in links] == [1, 1]


@pytest.mark.slow
def test_only_the_latest_visits_are_kept(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "MOST_VISITS", MOST_VISITS)
    links = [link_in(client.get("/", buffered=True).text) for _ in range(MOST_VISITS + 1)]
    folder, last = visit_of(links[-1])
    kept = {path.name for path in folder.glob("*.visit")}
    assert kept == {f"{link.split('/')[-2]}.visit" for link in links[-MOST_VISITS:]}
    heaps = {path.stem for path in folder.glob("*.heap")}
    assert last.before in heaps
    assert last.first in heaps
    assert len(heaps) <= 2 * MOST_VISITS + 1
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.slow
def test_what_a_killed_process_left_is_swept(client: FlaskClient, temporary: Path) -> None:
    from heapdiff.agent.system.identity import own_identity

    own = own_identity()
    base = temporary / f"heapdiff-toolbar-{Path('/proc/self').stat().st_uid}"
    left = base / str(own).replace(f"{own.pid}-{own.started_ticks}", f"{own.pid}-{own.started_ticks + 1}", 1)
    left.mkdir(parents=True)
    base.chmod(0o700)
    (left / "x.heap").write_bytes(b"x")
    client.get("/", buffered=True)
    assert not left.exists()
