"""The protected endpoints: take a snapshot, list snapshots, download one. Without a token, there are none."""

import math
import os
import stat
from pathlib import Path
from typing import Any, BinaryIO, Final

from flask import Blueprint, Response, current_app, jsonify, request, send_file, url_for

from heapdiff.agent.directory.access import refuse_directory
from heapdiff.agent.directory.names import SnapshotName, default_directory, find_snapshots, parse_name
from heapdiff.agent.engines.contract import Wish
from heapdiff.agent.settings.settings import Settings
from heapdiff.agent.worker.asking import ask, clean_label, wait, wait_for_name
from heapdiff.errors import BusyError, CaptureError, ProcessError
from heapdiff.flask.access import RateLimit, is_authorised
from heapdiff.flask.catching import METHODS, REST, catch_all_methods, prepare_catching
from heapdiff.remote.asking import ask_sibling
from heapdiff.remote.waiting import wait_for_sibling

BLUEPRINT: Final = "heapdiff"
LIST_SCHEMA: Final = "snapshots/1"
NAME_WAIT_S: Final = 0.5
SUFFIXES: Final = {".json": "application/json", ".heap": "application/octet-stream"}
TRUE_WORDS: Final = frozenset(("1", "true", "yes", "on"))

_limit = RateLimit()


def make_blueprint() -> Blueprint:
    """A blueprint for one app; its views find the app's settings through `current_app`.

    Its rules match whatever is asked for below the prefix, by any method.
    """
    blueprint = Blueprint(BLUEPRINT, __name__)
    blueprint.before_request(require_token)
    blueprint.after_request(harden)
    prepare_catching(blueprint)
    for rule, view in (
        ("/snapshots", snapshots),
        ("/snapshots/<name>", download),
        ("", unknown),
        (REST, unknown),
    ):
        blueprint.add_url_rule(rule, view_func=view, methods=METHODS, merge_slashes=False)
    catch_all_methods(blueprint, "snapshots", "download", "unknown")
    return blueprint


def settings() -> Settings:
    found: Settings = current_app.extensions["heapdiff"].settings
    return found


def directory() -> Path:
    return settings().directory or default_directory()


def require_token() -> Response | None:
    token = settings().token
    if token is not None and is_authorised(request.headers.get("Authorization"), token):
        return None
    answer = problem(401, "token required: Authorization: Bearer …")
    answer.headers["WWW-Authenticate"] = 'Bearer realm="heapdiff"'
    return answer


def harden(answer: Response) -> Response:
    """Nothing here may be cached, sniffed or framed."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
    return answer


def snapshots() -> Response:
    if request.method == "POST":
        return take()
    return list_all() if request.method in ("GET", "HEAD") else not_allowed("GET, HEAD, POST")


def unknown(**_rest: str) -> Response:
    return problem(404, "no such endpoint")


def not_allowed(methods: str) -> Response:
    answer = problem(405, f"only {methods}")
    answer.headers["Allow"] = methods
    return answer


def take() -> Response:
    """Take a snapshot of this worker, or with `?pid=` of a sibling.

    `?wait=1` responds when it's complete; `?force=1` takes it even where room looks too short.
    """
    if retry_s := _limit.take():
        answer = problem(429, "too many snapshots requested")
        answer.headers["Retry-After"] = str(math.ceil(retry_s))
        return answer
    pid = request.args.get("pid", str(os.getpid()))
    if not (pid.isascii() and pid.isdigit() and len(pid) <= 10):
        return problem(400, "pid must be a process ID")
    try:
        return take_own() if int(pid) == os.getpid() else take_of_sibling(int(pid))
    except BusyError as error:
        return problem(409, error.message)
    except CaptureError as error:
        return problem(503, error.message)
    except ProcessError as error:
        return problem(404, error.message)


def take_own() -> Response:
    wish = read_wish()
    ticket = ask("endpoint", wish.label, graph=wish.graph, force=wish.force)
    if asks("wait"):
        return accepted(201, os.getpid(), Path(wait(ticket)["path"]).stem)
    return accepted(202, os.getpid(), wait_for_name(ticket, NAME_WAIT_S))


def take_of_sibling(pid: int) -> Response:
    asked = ask_sibling(directory(), pid, read_wish())
    name = wait_for_sibling(asked, settings().deadline_s if asks("wait") else NAME_WAIT_S)
    if asks("wait") and name is None:
        return problem(503, f"process {pid}: no snapshot within the time limit")
    return accepted(201 if name is not None and asks("wait") else 202, pid, name)


def list_all() -> Response:
    """Snapshots in the directory, oldest first; `?pid=` keeps one process's."""
    pid = request.args.get("pid")
    trusted = refuse_directory(directory()) is None
    found = [
        describe(name)
        for name in (find_snapshots(directory()) if trusted else ())
        if (pid is None or str(name.pid) == pid) and size_of(f"{name}.json") is not None
    ]
    return jsonify({"schema": LIST_SCHEMA, "snapshots": found})


def download(name: str) -> Response:
    """One file of a snapshot: its `.json`, also without that ending, or its `.heap`."""
    if request.method not in ("GET", "HEAD"):
        return not_allowed("GET, HEAD")
    stem, dot, ending = name.rpartition(".")
    suffix = f".{ending}" if dot and f".{ending}" in SUFFIXES else ".json"
    parsed = parse_name(stem if dot and f".{ending}" in SUFFIXES else name)
    file = (
        None
        if parsed is None or refuse_directory(directory())
        else open_private(directory(), f"{parsed}{suffix}")
    )
    if file is None:
        return problem(404, "no such snapshot")
    return send_file(
        file,
        mimetype=SUFFIXES[suffix],
        as_attachment=True,
        download_name=f"{parsed}{suffix}",
        conditional=False,
        etag=False,
    )


def describe(name: SnapshotName) -> dict[str, Any]:
    day, clock = name.time[:8], name.time[9:15]
    return {
        "name": str(name),
        "host": name.host,
        "pid": name.pid,
        "captured_at": f"{day[:4]}-{day[4:6]}-{day[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}Z",
        "bytes": size_of(f"{name}.json"),
        "graph_bytes": size_of(f"{name}.heap"),
        "url": url_for(".download", name=str(name)),
    }


def accepted(status: int, pid: int, name: str | None) -> Response:
    """201 when the snapshot is there, 202 when it is on its way; the name where it is known."""
    answer = jsonify({"name": name, "pid": pid, "state": "done" if status == 201 else "running"})
    answer.status_code = status
    answer.headers["Location"] = url_for(".snapshots") if name is None else url_for(".download", name=name)
    return answer


def problem(status: int, message: str) -> Response:
    answer = jsonify({"error": message})
    answer.status_code = status
    return answer


def read_wish() -> Wish:
    return Wish(
        graph=request.args.get("graph", "1") != "0",
        label=clean_label(request.args.get("label")),
        force=asks("force"),
    )


def asks(name: str) -> bool:
    return request.args.get(name, "").lower() in TRUE_WORDS


def size_of(file: str) -> int | None:
    """None for what isn't downloaded either: what a link points to is nobody's business."""
    try:
        found = os.lstat(directory() / file)
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def open_private(folder: Path, file: str) -> BinaryIO | None:
    """A regular file in the directory itself; never what a link points to."""
    try:
        descriptor = os.open(folder / file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    return os.fdopen(descriptor, "rb")
