"""A visitor turns numbered requests into those that a real application gets."""

from __future__ import annotations

import pytest
from flask import Flask, abort, redirect, request, session
from werkzeug.wrappers import Response

from tests.leakbench.apps.visitor import Step, form, get, post, send_visitors

STEPS = (
    form("/login", name="ada", team=["a", "b"]),
    get("/who?loud=1"),
    post("/echo", answer=42),
    get("/nowhere"),
)


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    app.secret_key = "not a secret"

    @app.post("/login")
    def login() -> Response:
        session["name"] = request.form["name"] + "".join(request.form.getlist("team"))
        return redirect("/who")

    @app.get("/who")
    def who() -> str:
        return f"{session['name']} {request.args['loud']}"

    @app.post("/echo")
    def echo() -> dict[str, object]:
        return {"got": request.get_json()["answer"]}

    @app.get("/nowhere")
    def nowhere() -> str:
        abort(404)

    @app.get("/visits")
    def visits() -> str:
        return "an own page"

    return send_visitors(app, lambda number: STEPS[number])


def test_a_form_that_redirects_succeeds_and_its_cookie_is_sent_from_then_on(app: Flask) -> None:
    assert app.test_client().get("/visit/0").status_code == 200
    assert app.test_client().get("/visit/1").text == "adaab 1"


def test_a_call_of_an_api_has_a_json_body(app: Flask) -> None:
    assert app.test_client().get("/visit/2").get_json() == {"got": 42}


def test_a_page_that_fails_fails(app: Flask) -> None:
    assert app.test_client().get("/visit/3").status_code == 404


def test_other_paths_reach_the_application_as_they_are(app: Flask) -> None:
    assert app.test_client().get("/visits").text == "an own page"


def test_a_step_without_a_body_has_no_content_type() -> None:
    assert get("/x") == Step("GET", "/x", b"", "")
