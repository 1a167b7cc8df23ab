"""The Flask application: who may ask, which page that is, and in which format it is answered."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from flask import Flask, Response, redirect, request, url_for
from jinja2 import Environment, PackageLoader
from werkzeug.exceptions import HTTPException

from heapdiff.errors import HeapdiffError
from heapdiff.render import html
from heapdiff.render.escape import shorten
from heapdiff.version import __version__
from heapdiff.viewer.access import Gate
from heapdiff.viewer.pages.asked import Asked, NotFoundError, NotReadyError
from heapdiff.viewer.pages.browse import BROWSE
from heapdiff.viewer.pages.plans import Plan
from heapdiff.viewer.pages.ponder import PONDER
from heapdiff.viewer.pages.sheets import Sheet, write_csv, write_json
from heapdiff.viewer.questions import Progress, Question, Questions
from heapdiff.viewer.shelf import Shelf, Spot, State
from heapdiff.web.headers import POLICY, harden
from heapdiff.web.templates import answer_asset, load_all, make_environment, sentence

logger = logging.getLogger("heapdiff")

OWN_POLICY: Final = f"{POLICY}; connect-src 'self'"
ASSETS: Final = Path(__file__).with_name("assets")
BUILT: Final = Path(html.__file__).with_name("built")  # the report's charts
LONGEST_NAME: Final = 240  # of what is shown; the whole is in JSON and CSV
ENTERED: Final = (
    '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=/"><title>heapdiff</title>'
    '<link rel="icon" href="/assets/icon.svg"><a href="/">Go on</a>'
)
ACCEPTED: Final = 202
LETTERS: Final = 26


class Viewer:
    """One server's pages."""

    def __init__(self, shelf: Shelf, gate: Gate) -> None:
        self.shelf, self.gate, self.questions = shelf, gate, Questions()

    def make_app(self) -> Flask:
        """Nothing of Flask's own is served: no static files, no sessions, no debugger."""
        app = Flask(__name__, static_folder=None, template_folder=None)
        app.before_request(self.guard)
        app.after_request(lambda answer: harden(answer, OWN_POLICY))
        app.register_error_handler(HTTPException, self.explain_http)
        app.register_error_handler(Exception, self.explain_bug)
        self.add(app, "/", "overview", self.overview)
        self.add(app, "/assets/<name>", "asset", self.asset)
        for name, (rule, browse) in BROWSE.items():
            self.add(app, rule, name, functools.partial(self.browse, browse))
        for name, (rule, plan) in PONDER.items():
            self.add(app, rule, name, functools.partial(self.ponder, plan), "GET", "POST")
        return app

    def add(self, app: Flask, rule: str, name: str, view: Callable[..., Any], *methods: str) -> None:
        app.add_url_rule(
            rule, name, self.carefully(view), methods=methods or ["GET"], provide_automatic_options=False
        )

    def guard(self) -> Response | None:
        """Before each view: the one address that lets a browser in, and nobody else."""
        if self.gate.is_known_host(request) and request.path == "/" and self.gate.use_token(request):
            answer = Response(ENTERED, mimetype="text/html")
            self.gate.let_in(answer)
            return answer
        if refused := self.gate.refuse(request):
            return Response(f"{refused[1]}\n", refused[0], mimetype="text/plain")
        return redirect(url_for("overview"), 303) if "token" in request.args else None  # type: ignore[return-value]

    def carefully(self, view: Callable[..., Response]) -> Callable[..., Response]:
        """Whatever goes wrong is a page with one sentence."""

        @functools.wraps(view)
        def careful(**parts: Any) -> Response:
            try:
                return view(**parts)
            except NotReadyError as error:
                return self.show_progress(error.spot)
            except NotFoundError as error:
                return self.problem(404, error.message, error.hint)
            except HeapdiffError as error:
                return self.problem(400, error.message, error.hint)

        return careful

    def explain_http(self, error: HTTPException) -> Response:
        text = "There is no such page." if error.code == 404 else error.name
        return self.problem(error.code or 500, text)

    def explain_bug(self, error: Exception) -> Response:
        logger.error("heapdiff: a page failed", exc_info=error)
        return self.problem(500, f"This page failed ({type(error).__name__}); the terminal says more.")

    @property
    def asked(self) -> Asked:
        return Asked(request.args, self.shelf, self.questions)

    def overview(self) -> Response:
        reading = any(spot.state in (State.WAITING, State.READING) for spot in self.shelf.spots)
        return self.page(
            "overview", ACCEPTED if reading else 200, reading=reading, comparable=self.shelf.comparable()
        )

    def asset(self, name: str) -> Response:
        return answer_asset(name, ASSETS, BUILT) or self.problem(404, "There is no such file.")

    def browse(self, view: Callable[..., Sheet], **parts: Any) -> Response:
        return self.answer(view(self.asked, **parts))

    def ponder(self, plan_for: Callable[..., Plan], **parts: Any) -> Response:
        plan = plan_for(self.asked, **parts)
        if request.method == "POST":
            if request.form.get("cancel"):
                self.questions.cancel(plan.key)
            else:
                self.questions.ask(plan.key, plan.work)
            return Response("", 303, {"Location": again()})
        question = self.questions.find(plan.key)
        if question is None and plan.at_once:
            return self.answer(plan.show(plan.work()))
        if question is None or question.is_open:
            return self.show_question(plan, question)
        if is_polled():
            return Response("", 200, {"HX-Refresh": "true"})  # the answer's page has scripts of its own
        if question.progress is Progress.FAILED:
            return self.problem(400, question.problem)
        return self.answer(plan.show(question.answer))

    def answer(self, sheet: Sheet) -> Response:
        """In the format asked for."""
        spot = self.asked.spot(sheet.number)
        kind = self.asked.format
        if kind == "json":
            return Response(write_json(sheet, spot.name), mimetype="application/json")
        if kind == "csv":
            named = {"Content-Disposition": f'attachment; filename="heapdiff-{sheet.number}.csv"'}
            return Response(write_csv(sheet), mimetype="text/csv", headers=named)
        return self.page("owners" if sheet.data else "sheet", sheet=sheet, spot=spot)

    def show_progress(self, spot: Spot) -> Response:
        if self.asked.format != "html":
            return self.wait_for(f"{spot.name}: {spot.step}")
        return self.page("progress", ACCEPTED, spot=spot)

    def show_question(self, plan: Plan, question: Question | None) -> Response:
        if self.asked.format != "html":
            return self.wait_for("not answered yet" if question else "not asked yet: its page has a button")
        return self.page("question", ACCEPTED if question else 200, plan=plan, question=question)

    def wait_for(self, what: str) -> Response:
        return Response(f"{what}\n", ACCEPTED, {"Retry-After": "1"}, mimetype="text/plain")

    def problem(self, status: int, message: str, hint: str = "") -> Response:
        return self.page("problem", status, message=message, hint=hint)

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        frame = {
            "version": __version__,
            "spots": self.shelf.spots,
            "form": self.gate.form,
            "link": lambda name, /, **more: url_for(name, **more),
            "again": again,
            "letter": letter,
            "here": (request.view_args or {}).get("number") or len(self.shelf.spots),
            "at": request.endpoint,
            "given": request.args,
        }
        text = environment().get_template(f"{template}.html").render(frame | values)
        return Response(text, status, mimetype="text/html")


def is_polled() -> bool:
    """Whether a page that waits asks this, and not a link that somebody followed."""
    return "HX-Request" in request.headers and "HX-Boosted" not in request.headers


def letter(number: int) -> str:
    """As the command's help calls the snapshots: A, B, C; numbers where there are more than letters."""
    return chr(ord("A") + number - 1) if number <= LETTERS else str(number)


def again(**changed: Any) -> str:
    """This page's address with some of its arguments changed; None takes one away."""
    arguments = request.args.to_dict() | changed
    kept = {name: value for name, value in arguments.items() if value is not None}
    here = url_for(request.endpoint or "overview", **(request.view_args or {}))
    return f"{here}?{urlencode(kept, errors='replace')}" if kept else here


@functools.cache
def environment() -> Environment:
    made = make_environment(PackageLoader("heapdiff.viewer"))
    made.filters |= {"short": lambda text: shorten(str(text), LONGEST_NAME), "sentence": sentence}
    return load_all(made)
