"""Who is answered: one browser, by the printed address, from this machine's own names."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from heapdiff.viewer.application import Viewer
from tests.viewer.conftest import HOST, PORT, Asker

PAGES = ("/", "/1/types", "/1/object/0x10", "/compare?before=1&after=2", "/assets/page.css", "/nothing")


@pytest.fixture
def outsider(asker: Asker, stranger: Callable[[Viewer], Asker]) -> Asker:
    return stranger(asker.viewer)


@pytest.mark.parametrize("path", PAGES)
def test_without_the_cookie_nothing_is_answered_but_where_to_get_it(outsider: Asker, path: str) -> None:
    for answer in (
        outsider.get(path),
        outsider.post(path),
        outsider.get(path, Cookie=f"heapdiff_view_{PORT}=guess"),
    ):
        assert (answer.status_code, answer.mimetype) == (403, "text/plain")
        assert "shop" not in answer.text


def test_the_address_is_good_once(asker: Asker, outsider: Asker) -> None:
    assert asker.get("/").status_code == 200
    again = outsider.enter()
    assert (again.status_code, "used already" in again.text) == (403, True)
    assert "Set-Cookie" not in again.headers
    assert asker.enter().status_code == 303  # whoever is in, goes on


def test_the_cookie_is_hidden_from_scripts_and_other_sites(
    asker: Asker, stranger: Callable[[Viewer], Asker]
) -> None:
    fresh = stranger(Viewer(asker.viewer.shelf, type(asker.viewer.gate)(PORT)))
    answer = fresh.enter()
    cookie = answer.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert fresh.viewer.gate.token not in cookie + answer.text


@pytest.mark.parametrize("token", ["", "wrong", "\u2603", "a" * 10_000])
def test_a_wrong_token_lets_nobody_in_and_uses_nothing_up(
    asker: Asker, stranger: Callable[[Viewer], Asker], token: str
) -> None:
    fresh = stranger(Viewer(asker.viewer.shelf, type(asker.viewer.gate)(PORT)))
    assert fresh.get(f"/?token={token}").status_code == 403
    assert fresh.enter().status_code == 200


def test_a_browser_that_looks_ahead_uses_nothing_up(
    asker: Asker, stranger: Callable[[Viewer], Asker]
) -> None:
    fresh = stranger(Viewer(asker.viewer.shelf, type(asker.viewer.gate)(PORT)))
    path = f"/?token={fresh.viewer.gate.token}"
    assert fresh.get(path, **{"Sec-Purpose": "prefetch"}).status_code == 403
    assert fresh.client.head(path, base_url=f"http://{HOST}", headers={"Host": HOST}).status_code == 403
    assert fresh.enter().status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.1:{PORT + 1}", "", f"[::1]:{PORT}"],
)
def test_another_name_for_this_machine_is_none_of_ours(asker: Asker, outsider: Asker, host: str) -> None:
    assert asker.get("/", host=host).status_code == 421
    assert outsider.get(f"/?token={asker.viewer.gate.token}", host=host).status_code == 421


def test_localhost_is_this_machine(asker: Asker, stranger: Callable[[Viewer], Asker]) -> None:
    fresh = stranger(Viewer(asker.viewer.shelf, type(asker.viewer.gate)(PORT)))
    name = f"localhost:{PORT}"
    assert fresh.get(f"/?token={fresh.viewer.gate.token}", host=name).status_code == 200
    assert fresh.get("/1/types", host=name).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_sites_page_gets_nothing(asker: Asker, site: str) -> None:
    assert asker.get("/1/types", **{"Sec-Fetch-Site": site}).status_code == 403


def test_only_forms_of_ours_start_or_cancel_a_question(asker: Asker) -> None:
    path = "/compare?before=1&after=2"
    assert asker.post(path, data={"form": "guess"}).status_code == 403
    assert asker.post(path, data={"other": "field"}).status_code == 403
    assert asker.post(path, Origin="http://evil.example").status_code == 403
    assert asker.post(path, data={"form": "x" * 5000}).status_code == 413
    sent = asker.client.post(path, base_url=f"http://{HOST}", json={"form": 1}, headers={"Host": HOST})
    assert sent.status_code == 415
    assert asker.get(path).status_code == 200
    assert asker.viewer.questions.find("compare [1, 2]") is None


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_is_kept_to_itself(asker: Asker, outsider: Asker, path: str) -> None:
    for answer in (asker.get(path), outsider.get(path)):
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_methods_that_no_page_has_are_refused(asker: Asker) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE"):
        answer = asker.client.open(
            "/1/types", method=method, base_url=f"http://{HOST}", headers={"Host": HOST}
        )
        assert answer.status_code == 405
