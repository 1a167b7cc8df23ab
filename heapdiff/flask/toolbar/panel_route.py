"""The route of the panel: answers whoever the toolbar would be shown to, for a token that only such a page has.

The analysis runs in a process beside the worker; its answer is kept with the visit.
"""

import json
import threading
import time
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, abort, current_app, request

from heapdiff.agent.directory.private_files import encode, read_private, write_private
from heapdiff.errors import HeapdiffError
from heapdiff.flask.apart.questions import ask_for_json
from heapdiff.flask.toolbar.panel_page import POLICY, VIEWS, write_page
from heapdiff.flask.toolbar.shelf import Visit, find_visit
from heapdiff.flask.toolbar.sifting import sift

ENDPOINT: Final = (
    "debugtoolbar.heapdiff"  # below the toolbar's blueprint, whose pages get no toolbar themselves
)
RULE: Final = "/_debug_toolbar/views/heapdiff/<token>/<since>"
CLOSED_S: Final = 10.0  # that the answer waits for the end of the request and its snapshot
ANSWER_S: Final = 120.0  # a second, unless the machine is busy: it runs last of all
POLL_S: Final = 0.02
MOST_ANSWER: Final = 16_000_000
STEPS: Final = {"request": "before", "last": "last", "first": "first"}
NOTHING_EARLIER: Final = (
    "There is no earlier request to compare with: it's the first one that the panel looked at."
)
NEVER_ENDED: Final = (
    "The end of this request wasn't seen: its response is still being sent, or was replaced. Reload the page."
)
NEVER_WRITTEN: Final = "The snapshot after this request wasn't written in time. Reload the page."

_one_at_a_time = threading.Lock()


def add_route(app: Flask) -> None:
    host = app.config.get("DEBUG_TB_ROUTES_HOST")
    host = "<toolbar_routes_host>" if host and host.strip() == "*" else host
    app.add_url_rule(RULE, ENDPOINT, show, methods=["GET"], host=host)


def show(token: str, since: str) -> Response:
    """What the request of this token left behind."""
    found = find_visit(token) if since in VIEWS and _is_shown_to_viewer() else None
    if found is None:
        abort(404)
    directory, visit = found
    try:
        problem, answer = _answer(directory, visit, since)
        visit = (find_visit(token) or found)[1]
        page = write_page(
            visit,
            since,
            None if answer is None else sift(answer, visit.threads, since in visit.new_threads),
            problem,
        )
    except HeapdiffError as error:
        page = write_page(visit, since, None, f"{error.message}. {error.hint}")
    response = Response(page, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _is_shown_to_viewer() -> bool:
    """Whether the toolbar would be shown to who asks; and only in debug mode."""
    config = current_app.config
    hosts = config.get("DEBUG_TB_HOSTS") or ()
    return bool(
        current_app.debug and config.get("DEBUG_TB_ENABLED") and (not hosts or request.remote_addr in hosts)
    )


def _answer(directory: Path, visit: Visit, since: str) -> tuple[str, dict[str, Any] | None]:
    """Why there is nothing to show, or what `heapdiff show --since` says. Raises HeapdiffError."""
    last = time.monotonic() + CLOSED_S
    while not visit.closed and time.monotonic() < last:
        time.sleep(POLL_S)
        visit = (find_visit(visit.token) or (directory, visit))[1]
    if visit.problem or not visit.closed:
        return visit.problem or NEVER_ENDED, None
    base = str(getattr(visit, STEPS[since]))
    if not base:
        return NOTHING_EARLIER, None
    kept = directory / f"{visit.token}-{since}.answer"
    with _one_at_a_time:
        content = read_private(kept, MOST_ANSWER)
        if content is not None:
            found: dict[str, Any] = json.loads(content)
            return "", found
        while not (directory / f"{visit.after}.json").exists():
            if time.monotonic() >= last:
                return NEVER_WRITTEN, None
            time.sleep(POLL_S)
        after, before = (str(directory / f"{stem}.json") for stem in (visit.after, base))
        answer = ask_for_json(["show", after, "--since", before], ANSWER_S)
        write_private(kept, encode(answer))
    return "", answer
