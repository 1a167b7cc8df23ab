"""`flask heapdiff lines`: the view is found below whatever wraps it, and what can't be measured is one line and a hint."""

from __future__ import annotations

import asyncio
import functools
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Blueprint, Flask, Response, abort, request, session
from flask.cli import ScriptInfo
from flask.sessions import SecureCookieSessionInterface
from flask.views import MethodView, View

pytest.importorskip("heapdiff.agent._native", reason="no compiler here: the native engine was not built")

from heapdiff.flask import profile_lines
from heapdiff.flask.commands.lines import lines
from heapdiff.flask.lines import decorator

KEPT: list[Any] = []


def login_required(view: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(view)
    def inner(*given: Any, **named: Any) -> Any:
        return view(*given, **named) if request.headers.get("X-User") else ("who?", 401)

    return inner


def helper() -> bytearray:
    return bytearray(2000)


def make_app() -> Flask:
    app = Flask("shop", static_folder=None)
    app.secret_key = "secret"
    shop = Blueprint("shop", __name__)

    @shop.get("/")
    def index() -> str:
        temporary = bytearray(50_000)
        KEPT.append(bytearray(1000))
        return str(len(temporary))

    @shop.get("/product/<int:number>")
    @login_required
    def product(number: int) -> str:
        session["seen"] = number
        KEPT.append(bytearray(1000))
        return str(number)

    @shop.get("/members")
    def members() -> str:
        if "user" not in session:
            abort(401)
        KEPT.append(bytearray(1000))
        return ""

    @shop.get("/cached")
    @functools.cache
    def cached() -> str:
        return "once"

    @shop.get("/helped")
    def helped() -> str:
        KEPT.append(helper())
        return ""

    @shop.post("/order")
    def order() -> str:
        KEPT.append(bytearray(len(request.get_json()["what"]) * 1000))
        return ""

    @shop.get("/stream")
    def stream() -> Response:
        def rows() -> Iterator[bytes]:
            for _ in range(10):
                yield bytes(1000)

        return Response(rows())

    @shop.get("/slow")
    async def slow() -> str:
        await asyncio.sleep(0)
        KEPT.append(bytearray(1000))
        return ""

    @shop.get("/boom")
    def boom() -> str:
        raise ValueError("no \x1b[31m product")

    @shop.get("/missing")
    def missing() -> tuple[str, int]:
        return "", 404

    class Basket(MethodView):
        def get(self) -> str:
            KEPT.append(bytearray(1000))
            return ""

        def put(self) -> str:
            KEPT.append(bytearray(4000))
            return ""

    class About(View):
        decorators = [login_required]  # noqa: RUF012

        def dispatch_request(self) -> str:
            return "about" * 10

    shop.add_url_rule("/basket", view_func=Basket.as_view("basket"))
    shop.add_url_rule("/about", view_func=About.as_view("about"))
    app.register_blueprint(shop)
    return app


@pytest.fixture(autouse=True)
def _is_empty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(decorator, "_marked", [])
    monkeypatch.delitem(sys.modules, "memory_profiler", raising=False)  # another test's functions
    yield
    KEPT.clear()


def run(*arguments: str, make: Callable[[], Flask] = make_app) -> Result:
    return CliRunner().invoke(
        lines, ["-n", "10", "--warm-up", "2", *arguments], obj=ScriptInfo(create_app=make)
    )


def answer(*arguments: str) -> dict[str, Any]:
    done = run(*arguments, "--format", "json")
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert (found["schema"], found["requests"]) == ("lines/1", 10)
    return found


def kept_at(found: dict[str, Any], text: str, function: int = 0) -> float:
    (line,) = (line for line in found["functions"][function]["lines"] if text in line["content"])
    kept: int = line["kept_bytes"]
    return kept / 10


def about(amount: float, expected: int) -> bool:
    """Beside the buffer: its object, and a share of the list that keeps it."""
    return expected <= amount < expected + 300


def test_a_view_s_lines_keep_what_each_request_keeps() -> None:
    found = answer("shop.index")
    assert about(kept_at(found, "KEPT.append"), 1000)
    assert kept_at(found, "temporary = ") == 0
    function = found["functions"][0]
    assert function["calls"] == 10
    assert about(function["allocated_bytes"] / 10 - 51_000, 0)
    assert found["notes"] == []


@pytest.mark.parametrize(
    ("arguments", "text", "kept"),
    [
        (["shop.product", "--path", "/product/7", "--header", "X-User: me"], "KEPT.append", 1000),
        (["shop.order", "--data", '{"what": "abc"}'], "KEPT.append", 3000),
        (["shop.basket"], "KEPT.append", 1000),
        (["shop.basket", "--method", "put"], "KEPT.append", 4000),
        (["shop.slow"], "KEPT.append", 1000),
        ([f"{__name__}:helper", "--path", "/helped"], "return bytearray", 2000),
    ],
    ids=["wrapped, with arguments", "JSON", "class", "its method", "async", "a function"],
)
def test_whatever_is_around_a_view_its_own_lines_are_shown(
    arguments: list[str], text: str, kept: int
) -> None:
    assert about(kept_at(answer(*arguments), text), kept)


def test_what_is_streamed_is_the_view_s() -> None:
    (line,) = (x for x in answer("shop.stream")["functions"][0]["lines"] if "yield" in x["content"])
    assert line["occurrences"] == 100
    assert 100 * 1000 <= line["allocated_bytes"] < 100 * 1200


def test_a_decorated_function_that_the_view_calls_has_a_table_of_its_own() -> None:
    profile_lines(helper)
    found = answer("shop.helped")
    assert about(kept_at(found, "KEPT.append"), 2000)
    assert about(kept_at(found, "return bytearray", 1), 2000)
    assert "never called" in str(answer("shop.index")["notes"])


def test_a_cookie_in_a_header_signs_in_where_the_client_has_a_jar_of_its_own() -> None:
    app = make_app()
    value = SecureCookieSessionInterface().get_signing_serializer(app)
    assert value is not None
    cookie = f"session={value.dumps({'user': 7})}"
    assert about(kept_at(answer("shop.members", "--header", f"Cookie: {cookie}"), "KEPT.append"), 1000)


def test_a_failed_request_is_told_of() -> None:
    assert answer("shop.missing")["notes"] == ["the last answer to GET /missing was 404"]


def raising_app() -> Flask:
    app = make_app()
    app.testing = True
    return app


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["shop.nothing"], 2, "has no such endpoint"),
        (["shop.product"], 2, "has arguments"),
        (["shop.product", "--path", "/product/1"], 2, "answered with 401 and never ran"),
        (["shop.cached"], 2, "not once in 10 requests after that"),
        (["nowhere.at:all"], 2, "No module named 'nowhere'"),
        ([f"{__name__}:nothing"], 2, "has no attribute 'nothing'"),
        ([f"{__name__}:KEPT"], 2, "is no function"),
        ([f"{__name__}:helper"], 2, "no rule leads"),
        (["builtins:len", "--path", "/"], 2, "no Python function"),
        (["shop.index", "--header", "nothing"], 2, "not a header"),
        (["shop.boom"], 2, "raised ValueError: no \\x1b[31m product"),
    ],
)
def test_what_cannot_be_measured_is_a_line_and_a_hint(arguments: list[str], code: int, said: str) -> None:
    done = run(*arguments, make=raising_app)
    assert (done.exit_code, done.stdout) == (code, "")
    first, hint = done.stderr.splitlines()
    assert first.startswith("heapdiff: ")
    assert said in first
    assert hint


def test_the_table_is_printed_without_a_format() -> None:
    done = run("shop.index")
    assert done.exit_code == 0
    assert "Function: " in done.stdout
    assert "10 calls" in done.stdout
    assert "Occurrences   Line Contents" in done.stdout
