"""Nobody sees the live page but who has the token, or sits at the machine in debug mode; no other site's page can act there."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from heapdiff.agent.settings.settings import Settings
from heapdiff.flask.access import RateLimit
from heapdiff.flask.live import visitors
from heapdiff.web.origins import FORM_TYPE
from tests.flask.conftest import TOKEN, MakeApp
from tests.flask.live.conftest import FORM, PAGE, form_token, send

PAGES = ["", "live/compare", "live/sites", "live/objects", "live/object", "live/picture", "live/heapy"]
FORMS = ["live/snapshot", "live/sign-out"]


def test_there_is_no_page_by_default_with_a_token_alone_or_in_debug_mode_alone(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    with_token = make_app(HEAPDIFF_TOKEN=TOKEN).test_client()
    assert [with_token.get(f"{PAGE}{page}", headers=bearer).status_code for page in PAGES] == [404] * len(
        PAGES
    )
    monkeypatch.setenv("FLASK_DEBUG", "1")
    in_debug_mode = make_app().test_client()
    assert [in_debug_mode.get(f"{PAGE}{page}").status_code for page in PAGES] == [404] * len(PAGES)


def test_asked_for_without_token_and_debug_mode_there_is_no_page_and_a_line_says_why(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "heapdiff"):
        client = make_app(HEAPDIFF_LIVE=True).test_client()
    assert "HEAPDIFF_LIVE needs HEAPDIFF_TOKEN or the debug mode" in caplog.text
    answers = [client.get(f"{PAGE}{page}") for page in [*PAGES, "live/assets/page.css", "nothing"]]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1, "as for any page that the app lacks"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE", "MADE-UP"])
def test_where_there_is_no_page_neither_a_method_nor_a_redirect_tells_of_it(
    make_app: MakeApp, method: str
) -> None:
    client = make_app(HEAPDIFF_LIVE=True).test_client()
    lacking = client.open("/lacking", method=method)
    for path in (
        PAGE.rstrip("/"),
        *(f"{PAGE}{page}" for page in [*PAGES, *FORMS, "live//object", "live/sign-in"]),
    ):
        answer = client.open(path, method=method)
        assert (answer.status_code, answer.data) == (404, lacking.data), path
        assert dict(answer.headers) == dict(lacking.headers), path


def test_what_the_page_lacks_is_told_to_nobody_else(developer: FlaskClient) -> None:
    for method, path in (("GET", "live/nothing"), ("PUT", ""), ("GET", "live/snapshot")):
        assert developer.open(f"{PAGE}{path}", method=method).status_code == 404
        stranger = developer.open(f"{PAGE}{path}", method=method, environ_base={"REMOTE_ADDR": "192.0.2.1"})
        assert stranger.status_code == 403
    assert developer.get(PAGE.rstrip("/"), follow_redirects=True).status_code == 200


def test_without_a_session_every_page_is_the_sign_in_form(stranger: FlaskClient) -> None:
    for page in PAGES:
        for headers in ({}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": "Bearer"}):
            answer = stranger.get(f"{PAGE}{page}", headers=headers)
            assert answer.status_code == 401, page
            assert "Sign in" in answer.text
            assert "Growth" not in answer.text


def test_without_a_session_no_form_is_accepted(stranger: FlaskClient) -> None:
    assert [send(stranger, page).status_code for page in FORMS] == [401] * len(FORMS)


def test_the_endpoints_answer_as_without_the_live_page(stranger: FlaskClient) -> None:
    for method, path in (
        ("GET", "snapshots"), ("POST", "snapshots"), ("GET", "live/nothing"), ("PUT", "live/compare"),
        ("GET", "live/snapshot"), ("OPTIONS", ""), ("DELETE", "live/heapy"), ("TRACE", ""), ("GET", "live/assets"),
    ):  # fmt: skip
        answer = stranger.open(f"{PAGE}{path}", method=method)
        assert (answer.status_code, answer.get_json()) == (
            401,
            {"error": "token required: Authorization: Bearer …"},
        ), (method, path)


def test_a_session_opens_the_page_and_its_cookie_is_for_it_alone(owner: FlaskClient) -> None:
    assert "Growth" in owner.get(PAGE).text
    cookie = owner.get_cookie(visitors.SESSION, path="/_heapdiff")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site, cookie.path, cookie.max_age) == (
        True,
        "Strict",
        "/_heapdiff",
        visitors.LIFETIME_S,
    )
    assert TOKEN not in cookie.value
    assert owner.get(f"{PAGE}snapshots").status_code == 401, "the endpoints want the token itself"


def test_over_tls_the_cookie_goes_over_tls_only(live: Flask) -> None:
    client = live.test_client()
    token = form_token(client, base_url="https://localhost")
    answer = client.post(
        f"{PAGE}live/sign-in", data={"form": token, "token": TOKEN}, base_url="https://localhost"
    )
    assert all("; Secure" in cookie for cookie in answer.headers.getlist("Set-Cookie"))


def test_signing_out_ends_the_session(owner: FlaskClient) -> None:
    assert send(owner, "live/sign-out").status_code == 303
    assert owner.get(PAGE).status_code == 401


def forge(value: str, client: FlaskClient) -> int:
    client.set_cookie(visitors.SESSION, value, path="/_heapdiff")
    return client.get(PAGE).status_code


def test_a_cookie_that_is_forged_expired_or_of_another_token_opens_nothing(stranger: FlaskClient) -> None:
    ours, others = Settings(token=TOKEN), Settings(token="another-token-of-theirs")
    now, nonce = int(time.time()), "0" * 32

    def cookie(until: int, settings: Settings = ours) -> str:
        body = f"{until}.{nonce}"
        return f"{body}.{visitors.seal(body, settings)}"

    good = cookie(now + 60)
    bad = [
        "", "x", TOKEN, f"{now + 60}.{nonce}.", f"{now + 60}.{nonce}.{'0' * 64}", cookie(now - 1), cookie(now + 10**6),
        cookie(now + 60, others), cookie(now + 60, Settings()), good.replace(str(now + 60), str(now + 61)),
        good.upper() if good != good.upper() else "y", good + "\x00", f"-{good}", good.replace(".", "..", 1),
        f"٣{good[1:]}", "9" * 3000 + good,
    ]  # fmt: skip
    assert [forge(value, stranger) for value in bad] == [401] * len(bad)
    assert forge(good, stranger) == 200, "of a sibling worker, which knows the same token"


@pytest.mark.parametrize("given", ["", "wrong", TOKEN[:-1], f"{TOKEN}x", TOKEN.upper(), "\udcff", "x" * 3000])
def test_a_wrong_token_opens_no_session(stranger: FlaskClient, given: str) -> None:
    answer = stranger.post(
        f"{PAGE}live/sign-in",
        data=f"form={form_token(stranger)}&token=".encode() + given.encode("utf-8", "surrogateescape"),
        content_type=FORM_TYPE,
    )
    assert answer.status_code in (401, 403)
    assert stranger.get(PAGE).status_code == 401


def test_guessing_the_token_is_limited(stranger: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitors, "tries", RateLimit(burst=3, refill_s=1000))
    codes = [send(stranger, "live/sign-in", token="wrong").status_code for _ in range(4)]
    assert codes == [401, 401, 401, 429]
    answer = send(stranger, "live/sign-in", token=TOKEN)
    assert (answer.status_code, answer.headers["Retry-After"].isdigit()) == (429, True)


@pytest.mark.parametrize("form", [None, "", "0" * 64, "é" * 64])
@pytest.mark.parametrize("path", [*FORMS, "live/sign-in"])
def test_a_form_without_the_pages_own_token_is_refused(
    owner: FlaskClient, path: str, form: str | None
) -> None:
    data = {"token": TOKEN} | ({} if form is None else {"form": form})
    assert owner.post(f"{PAGE}{path}", data=data).status_code == 403
    assert owner.get(PAGE).status_code == 200, "and nothing happened"


def test_a_forms_token_is_of_use_only_to_the_browser_that_got_it(live: Flask, owner: FlaskClient) -> None:
    others = form_token(live.test_client())
    assert owner.post(f"{PAGE}live/sign-out", data={"form": others}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:81"}, {"Origin": "localhost"},
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    ],
)  # fmt: skip
def test_what_another_sites_page_sends_is_refused(owner: FlaskClient, headers: dict[str, str]) -> None:
    data = {"form": form_token(owner)}
    assert owner.post(f"{PAGE}live/sign-out", data=data, headers=headers).status_code == 403
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert owner.post(f"{PAGE}live/sign-out", data=data, headers=own).status_code == 303


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_other_sites_page_has_the_worker_look(developer: FlaskClient, site: str) -> None:
    answers = [developer.get(f"{PAGE}{page}", headers={"Sec-Fetch-Site": site}) for page in PAGES[1:]]
    assert [answer.status_code for answer in answers] == [403] * len(answers)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"data": "form=" + "x" * 5000, "content_type": FORM_TYPE}, 413),
        ({"data": "{}", "content_type": "application/json"}, 415),
        ({"data": {"form": "x", "file": (__file__, "x")}, "content_type": "multipart/form-data"}, 413),
        ({"data": "form=x", "content_type": "text/plain"}, 415),
        ({"headers": {"Transfer-Encoding": "chunked"}, "content_type": FORM_TYPE}, 413),
        ({"data": "&".join("a=1" for _ in range(1000)), "content_type": FORM_TYPE}, 403),
    ],
)  # fmt: skip
def test_only_short_plain_forms_are_read(stranger: FlaskClient, how: dict[str, Any], code: int) -> None:
    if "file" in how.get("data", ()):
        how = how | {"data": b"x" * 9000}
    assert stranger.post(f"{PAGE}live/sign-in", **how).status_code == code


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "localhost:5000", "[::1]:5000"])
def test_in_debug_mode_the_machine_itself_needs_no_token(developer: FlaskClient, host: str) -> None:
    for address in ("127.0.0.1", "::1", "127.8.8.8"):
        answer = developer.get(PAGE, base_url=f"http://{host}", environ_base={"REMOTE_ADDR": address})
        assert answer.status_code == 200
        assert "Sign out" not in answer.text


@pytest.mark.parametrize(
    "how",
    [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}, {"environ_base": {"REMOTE_ADDR": ""}},
        {"environ_base": {"REMOTE_ADDR": "unix"}}, {"base_url": "http://evil.example"},
        {"base_url": "http://localhost.evil.example"}, {"base_url": "http://127.0.0.1.evil.example"},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}}, {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"headers": {"X-Forwarded-Host": "localhost"}}, {"headers": {"X-Real-IP": "127.0.0.1"}},
        {"headers": {"X-Forwarded-Proto": "https"}}, {"headers": {"X-Forwarded-Server": "shop"}},
        {"environ_overrides": {"SERVER_PROTOCOL": "HTTP/1.0"}},
        {"environ_overrides": {"werkzeug.proxy_fix.orig": {"REMOTE_ADDR": "192.0.2.7"}}},
        {"headers": {"Host": "localhost@evil.example"}}, {"headers": {"Host": "["}}, {"headers": {"Host": ""}},
        {"headers": {"Host": "localhost#.evil.example"}}, {"headers": {"Host": "[::1].evil.example"}},
        {"headers": {"Host": "localhost/x"}}, {"headers": {"Host": "localhost:5000:80"}},
    ],
)  # fmt: skip
def test_in_debug_mode_nobody_else_gets_in(developer: FlaskClient, how: dict[str, Any]) -> None:
    """Not from outside, not through a proxy, not by a name that somebody else leads here."""
    for page in PAGES:
        answer = developer.get(f"{PAGE}{page}", **how)
        assert answer.status_code in (400, 403), page
        assert "Growth" not in answer.text


def test_with_a_token_debug_mode_lets_nobody_in_without_it(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    assert make_app(HEAPDIFF_LIVE=True, HEAPDIFF_TOKEN=TOKEN).test_client().get(PAGE).status_code == 401


@pytest.mark.parametrize("path", ["", "live/nothing", "live/compare?before=x", "live/assets/page.css"])
def test_no_page_is_framed_cached_sniffed_or_loads_what_is_not_ours(owner: FlaskClient, path: str) -> None:
    answer = owner.get(f"{PAGE}{path}")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not [part for part in (" style=", " onclick=", "<style", "<script>") if part in answer.text]


def test_the_applications_session_and_secret_are_not_touched(live: Flask, owner: FlaskClient) -> None:
    assert live.secret_key is None
    assert owner.get_cookie("session") is None
    assert FORM.search(owner.get(PAGE).text)
