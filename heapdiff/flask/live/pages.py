"""The live page's own routes: what grew, signing in, taking a snapshot, comparing two. `looks` has those at living objects."""

from __future__ import annotations

import functools
import logging
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

from flask import Blueprint, Response, abort, current_app, g, request, url_for
from werkzeug.exceptions import HTTPException

from heapdiff.agent.directory.names import default_directory
from heapdiff.agent.engines.contract import Wish
from heapdiff.agent.settings.settings import Settings
from heapdiff.agent.system.procfs import read_resident_bytes
from heapdiff.agent.worker.asking import ask, clean_label, wait
from heapdiff.errors import BusyError, CaptureError, HeapdiffError
from heapdiff.flask.access import RateLimit
from heapdiff.flask.apart.questions import ask_for_json
from heapdiff.flask.catching import METHODS, REST, catch_all_methods, prepare_catching
from heapdiff.flask.live import visitors
from heapdiff.flask.live.growing import (
    Kept,
    figures_now,
    kept_snapshots,
    middle_of,
    path_of,
    remember_start,
    siblings,
)
from heapdiff.flask.live.looks import LOOKS, patience_s
from heapdiff.flask.live.rendering import explain, page, problem
from heapdiff.remote.asking import ask_sibling
from heapdiff.remote.waiting import wait_for_sibling
from heapdiff.web.headers import harden
from heapdiff.web.origins import is_from_elsewhere
from heapdiff.web.templates import answer_asset, sentence

logger = logging.getLogger("heapdiff")

BLUEPRINT: Final = "heapdiff_live"
SNAPSHOT_S: Final = 20.0
SHOWN_MOST: Final = 25
OPEN: Final = frozenset(("asset", "sign_in"))  # for whoever has no token yet

_snapshots = RateLimit()


def make_live_blueprint(alone: bool) -> Blueprint:
    """For one app; below the same prefix as the endpoints, whose answers to everything else stay as they are.

    `alone`: there are no endpoints, and where there's no page either, nothing of it may show: no redirect, no wrong method.
    """
    remember_start()
    blueprint = Blueprint(BLUEPRINT, __name__)
    blueprint.before_request(carefully(guard))
    blueprint.after_request(keep_apart)
    routes: tuple[tuple[str, str, Callable[..., Any], str], ...] = (
        ("/", "overview", overview, "GET"),
        ("/live/sign-in", "sign_in", sign_in, "POST"),
        ("/live/sign-out", "sign_out", sign_out, "POST"),
        ("/live/snapshot", "snapshot", snapshot, "POST"),
        ("/live/compare", "compare", compare, "GET"),
        ("/live/sites", "sites", sites, "GET"),
        ("/live/assets/<name>", "asset", asset, "GET"),
        *((f"/live/{name}", name, look, "GET") for name, look in LOOKS.items()),
    )
    for rule, name, view, method in routes:
        blueprint.add_url_rule(
            rule,
            name,
            carefully(view),
            methods=[method],
            merge_slashes=False,
            provide_automatic_options=False,
        )
    if alone:
        prepare_catching(blueprint)
        view = carefully(unknown)
        for rule in ("", REST):
            blueprint.add_url_rule(rule, "unknown", view, methods=METHODS, merge_slashes=False)
        catch_all_methods(blueprint, "unknown")
    return blueprint


def settings() -> Settings:
    return cast(Settings, current_app.extensions["heapdiff"].settings)


def directory() -> Path:
    return settings().directory or default_directory()


def guard() -> Response | None:
    """Before each view: is there a page, who asks, and did a page of ours send this?"""
    if not visitors.is_on(settings(), current_app.debug):
        abort(404)
    name = (request.endpoint or "").rpartition(".")[2]
    g.heapdiff_nonce = visitors.nonce_of(request) or visitors.new_nonce()
    g.heapdiff_settings = settings()
    g.heapdiff_directory = directory()
    if name == "asset":
        return None
    if name not in OPEN and not visitors.may_enter(request, settings()):
        return refuse_entry()
    if name not in (*OPEN, "overview") and is_from_elsewhere(request):
        return problem(403, "Another site's page asked for this.", "Open it from the live page.")
    if request.method == "POST" and (refused := visitors.refuse_form(request, settings())):
        return problem(refused[0], f"{sentence(refused[1])}.")
    return None


def refuse_entry(message: str = "") -> Response:
    if settings().token is None:
        return problem(
            403,
            "Without HEAPDIFF_TOKEN, this page is only for this machine.",
            "Open it at http://localhost or http://127.0.0.1, not through a proxy; or set HEAPDIFF_TOKEN.",
        )
    return page("sign_in", 401, message=message)


def keep_apart(answer: Response) -> Response:
    if "heapdiff_nonce" in g:
        visitors.keep_nonce(answer, g.heapdiff_nonce, request, settings())
        harden(answer)
    return answer


def carefully(view: Callable[..., Any]) -> Callable[..., Any]:
    """Whatever goes wrong is a page with one sentence; the application never sees it."""

    @functools.wraps(view)
    def careful(**parts: str) -> Any:
        try:
            return view(**parts)
        except HTTPException:  # of the request itself: the application answers those as it does elsewhere
            raise
        except BusyError as error:
            return explain(error, 409)
        except HeapdiffError as error:
            return explain(error, 503)
        except Exception as error:
            logger.warning("heapdiff: the live page failed: %s", type(error).__name__, exc_info=True)
            return problem(500, "This page failed; the application's log says why.")

    return careful


def unknown(rest: str | None = None) -> Response:
    return back_to_overview() if rest is None else problem(404, "There is no such page.")


def asset(name: str) -> Response:
    return answer_asset(name) or problem(404, "There is no such page.")


def back_to_overview(pid: str | None = None) -> Response:
    return Response("", 303, {"Location": url_for(".overview", pid=pid)})


def sign_in() -> Response:
    if settings().token is None:
        return back_to_overview()
    if retry_s := visitors.tries.take():
        answer = refuse_entry("Too many tries. Wait a moment.")
        answer.status_code = 429
        answer.headers["Retry-After"] = str(math.ceil(retry_s))
        return answer
    if not visitors.is_token(request.form.get("token", "").strip(), settings()):
        return refuse_entry("That isn't the token.")
    answer = back_to_overview()
    visitors.open_session(answer, request, settings())
    return answer


def sign_out() -> Response:
    answer = back_to_overview()
    visitors.close_session(answer, request, settings())
    return answer


def overview() -> Response:
    """This worker's growth and snapshots, or with `?pid=` the snapshots of a sibling."""
    workers = siblings(directory())
    shown = request.args.get("pid", str(os.getpid()))
    known = {str(worker.pid) for worker in workers} | {str(os.getpid())}
    if shown not in known:
        return problem(404, "No worker of this application has that process ID.", "It may have ended.")
    pid = int(shown)
    kept = kept_snapshots(directory(), pid)
    own = next((worker for worker in workers if worker.pid == pid), None)
    return page(
        "overview",
        shown=pid,
        own=pid == os.getpid(),
        server=own.server if own else None,
        workers=[worker.pid for worker in workers],
        start=remember_start(),
        now=figures_now(),
        rss_bytes=read_resident_bytes(pid),
        kept=kept,
        grown=growth_of(kept),
    )


def growth_of(kept: list[Kept]) -> dict[str, tuple[int, int]]:
    """What the first and the last snapshot say, of what both do."""
    if len(kept) < 2:
        return {}
    names = {"rss_bytes": "RSS", "objects": "Objects", "bytes": "Bytes of objects"}
    ends = {title: (getattr(kept[0], name), getattr(kept[-1], name)) for name, title in names.items()}
    return {title: pair for title, pair in ends.items() if None not in pair}


def snapshot() -> Response:
    """Take one of this worker, or of a sibling, and go back to the list."""
    if retry_s := _snapshots.take():
        answer = problem(429, "Too many snapshots requested.", "Wait a moment.")
        answer.headers["Retry-After"] = str(math.ceil(retry_s))
        return answer
    given = request.form.get("pid", str(os.getpid()))
    if not (given.isascii() and given.isdigit() and len(given) <= 10):
        return problem(400, "That isn't a process ID.")
    label = clean_label(request.form.get("label"))
    if int(given) == os.getpid():
        wait(ask("endpoint", label))
    elif wait_for_sibling(ask_sibling(directory(), int(given), Wish(label=label)), SNAPSHOT_S) is None:
        raise CaptureError(f"process {given}: no snapshot yet", "It may still come; look again in a moment.")
    return back_to_overview(pid=given)


def compare() -> Response:
    """What grew between two snapshots, and who keeps it; one in between is looked at, too."""
    paths = [path_of(directory(), request.args.get(name, "")) for name in ("before", "after")]
    before, after = paths
    if before is None or after is None:
        return problem(404, "There is no such snapshot.", "It may have been deleted for newer ones.")
    if before == after:
        return problem(400, "These are the same snapshot.", "Choose two that have traffic in between.")
    middle = middle_of(directory(), before, after)
    chosen = [str(each) for each in (before, middle, after) if each is not None]
    found = ask_for_json(["compare", *chosen], patience_s())
    return page(
        "compare",
        found=found,
        suspects=found["suspects"][:SHOWN_MOST],
        more=max(len(found["suspects"]) - SHOWN_MOST, 0),
        types=[row for row in found["types"] if row["bytes_delta"] > 0][:SHOWN_MOST],
        names=(before.stem, after.stem),
        process=found["snapshots"][-1]["pid"],
    )


def sites() -> Response:
    """Which code allocated what is alive in a snapshot."""
    path = path_of(directory(), request.args.get("snapshot", ""))
    if path is None:
        return problem(404, "There is no such snapshot.", "It may have been deleted for newer ones.")
    found = ask_for_json(["show", str(path), "--by", "site", "-n", str(SHOWN_MOST)], patience_s())
    return page("sites", found=found, name=path.stem)
