"""From a stack to the view, task, job, command or thread in which it ran."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import click
import flask
import pytest
from click.testing import CliRunner

from heapdiff.answers import Entry
from heapdiff.format import ModuleOwner
from heapdiff.knowledge.libraries.entries import DOORS, find_entry, name_entry, name_of
from tests.together import together

OURS = Path(__file__).parents[1]
OF_LIBRARIES = frozenset(
    (
        "flask",
        "werkzeug",
        "click",
        "celery",
        "rq",
        "apscheduler",
        "gunicorn",
        "uvicorn",
        "sentry_sdk",
        "login",
    )
)


@dataclass(frozen=True)
class Place:
    file: str
    function: str
    owner: ModuleOwner | None


def stack(text: str) -> list[Place]:
    """`shop/views.py:product < flask/app.py:Flask.dispatch_request`: the innermost first."""
    return [place(*each.strip().split(":")) for each in text.split("<-")]


def place(file: str, function: str) -> Place:
    top = file.partition("/")[0].removesuffix(".py")
    library = ModuleOwner.DISTRIBUTION if top in OF_LIBRARIES else ModuleOwner.STANDARD
    return Place(file, function, ModuleOwner.APPLICATION if top in ("shop", "app") else library)


def entry_of(frames: Sequence[Place]) -> Entry | None:
    return name_entry(frames, find_entry(frames))


VIEW = "flask/app.py:Flask.dispatch_request <- flask/app.py:Flask.wsgi_app"
POOL = "concurrent/futures/thread.py:_WorkItem.run <- concurrent/futures/thread.py:_worker <- threading.py:Thread.run"
THREAD = "threading.py:Thread._bootstrap_inner <- threading.py:Thread._bootstrap"


@together(
    ("text", "entry"),
    [
        (f"shop/cache.py:put <- shop/views.py:product <- {VIEW}", "view shop.views.product"),
        (
            f"shop/views.py:product <- login/utils.py:required.<locals>.check <- {VIEW}",
            "view shop.views.product",
        ),
        (
            f"shop/views.py:Item.get <- flask/views.py:MethodView.dispatch_request <- {VIEW}",
            "view shop.views.Item.get",
        ),
        (f"login/admin.py:index <- {VIEW}", "view login.admin.index"),
        ("shop/auth.py:load <- flask/app.py:Flask.preprocess_request", "hook shop.auth.load"),
        ("shop/app.py:oops <- flask/app.py:Flask.handle_user_exception", "hook shop.app.oops"),
        (f"flask/wrappers.py:Request.__init__ <- {VIEW.partition('<- ')[2]}", None),
        ("shop/mail.py:send <- celery/app/trace.py:build_tracer.<locals>.trace_task", "task shop.mail.send"),
        (
            "shop/mail.py:send <- shop/__init__.py:make.<locals>.Task.__call__"
            " <- celery/app/trace.py:build_tracer.<locals>.trace_task <- celery/bin/worker.py:worker"
            " <- click/core.py:Context.invoke <- click/core.py:Command.invoke",
            "task shop.mail.send",
        ),
        (
            "shop/jobs.py:nightly <- rq/job.py:Job._execute <- rq/worker.py:Worker.perform_job",
            "job shop.jobs.nightly",
        ),
        (
            f"shop/jobs.py:tick <- apscheduler/executors/base.py:run_job <- {POOL} <- {THREAD}",
            "job shop.jobs.tick",
        ),
        (f"shop/work.py:resize <- {POOL} <- {THREAD}", "job shop.work.resize"),
        (
            "shop/cli.py:load <- flask/cli.py:with_appcontext.<locals>.decorator <- click/core.py:Context.invoke",
            "command shop.cli.load",
        ),
        ("celery/bin/worker.py:worker <- click/core.py:Context.invoke <- app.py:<module>", None),
        (f"shop/feed.py:poll <- threading.py:Thread.run <- {THREAD}", "thread shop.feed.poll"),
        (f"shop/feed.py:Poller.run <- {THREAD}", "thread shop.feed.Poller.run"),
        (
            f"shop/feed.py:poll <- sentry_sdk/integrations/threading.py:run <- {THREAD}",
            "thread shop.feed.poll",
        ),
        (f"login/sync.py:work <- threading.py:Thread.run <- {THREAD}", "thread login.sync.work"),
        (
            f"shop/app.py:Prefix.__call__ <- gunicorn/workers/gthread.py:ThreadWorker.handle <- {POOL} <- {THREAD}",
            None,
        ),
        (
            f"shop/views.py:product <- {VIEW} <- socketserver.py:ThreadingMixIn.process_request_thread"
            f" <- threading.py:Thread.run <- {THREAD}",
            "view shop.views.product",
        ),
        (
            "shop/ws.py:keep <- shop/ws.py:listen <- asyncio/events.py:Handle._run <- asyncio/runners.py:run",
            "asyncio task shop.ws.listen",
        ),
        (
            f"shop/ws.py:listen <- asyncio/events.py:Handle._run <- asyncio/runners.py:run <- shop/views.py:all <- {VIEW}",
            "view shop.views.all",
        ),
        (
            "shop/ws.py:listen <- asyncio/events.py:Handle._run <- shop/cli.py:serve <- click/core.py:Context.invoke",
            "asyncio task shop.ws.listen",
        ),
        ("shop/x.py:put <- shop/greenlets.py:spawned", "shop.greenlets.spawned"),
        ("shop/x.py:put <- app.py:<module>", None),
        ("shop/x.py:", None),
    ],
)
def test_the_entry_of_a_stack(text: str, entry: str | None) -> None:
    found = entry_of(stack(text))
    assert (None if found is None else str(found)) == entry


def test_without_any_frame_there_is_no_entry() -> None:
    assert find_entry([]) is None


@pytest.mark.parametrize(
    ("file", "name"),
    [("shop/__init__.py", "shop.f"), ("shop/a/b.py", "shop.a.b.f"), ("app.py", "app.f"), ("", "f")],
)
def test_a_function_is_called_by_its_module(file: str, name: str) -> None:
    assert name_of(Place(file, "f", None)) == name


def frames(frame: FrameType | None) -> Iterator[Place]:
    """The running stack as a snapshot records it."""
    roots = sorted(filter(None, sys.path), key=len, reverse=True)
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        below = next((str(file.relative_to(root)) for root in roots if file.is_relative_to(root)), file.name)
        owner = ModuleOwner.APPLICATION if file.is_relative_to(OURS) else ModuleOwner.DISTRIBUTION
        yield Place(below, frame.f_code.co_qualname, owner)
        frame = frame.f_back


def entry_here() -> Entry | None:
    return entry_of([*frames(sys._getframe(1))])


def in_thread() -> Entry | None:
    found: list[Entry | None] = []
    thread = threading.Thread(target=lambda: found.append(entry_here()))
    thread.start()
    thread.join()
    return found[0]


def in_pool() -> Entry | None:
    def work() -> Entry | None:
        return entry_here()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def in_task() -> Entry | None:
    async def work() -> Entry | None:
        return entry_here()

    return asyncio.run(work())


def in_command() -> Entry | None:
    found: list[Entry | None] = []

    @click.command()
    def load() -> None:
        found.append(entry_here())

    assert CliRunner().invoke(load).exit_code == 0
    return found[0]


def in_view() -> Entry | None:
    return _serve()["view"]


def in_hook() -> Entry | None:
    return _serve()["hook"]


def in_teardown() -> Entry | None:
    return _serve()["teardown"]


def _serve() -> dict[str, Entry | None]:
    app, found = flask.Flask("shop"), dict[str, Entry | None]()

    @app.before_request
    def before() -> None:
        found["hook"] = entry_here()

    @app.teardown_request
    def after(_: BaseException | None) -> None:
        found["teardown"] = entry_here()

    @app.get("/")
    def home() -> str:
        found["view"] = entry_here()
        return ""

    assert app.test_client().get("/").status_code == 200
    return found


@pytest.mark.parametrize(
    ("found", "kind", "function"),
    [
        (in_thread, "thread", "in_thread.<locals>.<lambda>"),
        (in_pool, "job", "in_pool.<locals>.work"),
        (in_task, "asyncio-task", "in_task.<locals>.work"),
        (in_command, "command", "in_command.<locals>.load"),
        (in_view, "flask-view", "_serve.<locals>.home"),
        (in_hook, "flask-hook", "_serve.<locals>.before"),
        (in_teardown, "flask-hook", "_serve.<locals>.after"),
    ],
)
def test_what_is_installed_here_has_these_doors(
    found: Callable[[], Entry | None], kind: str, function: str
) -> None:
    entry = found()
    assert entry is not None
    assert (entry.kind.value, entry.name.endswith(f".{function}")) == (kind, True), entry


def test_every_kind_of_door_is_asked_for_once() -> None:
    names = [(door.package, name) for door in DOORS for name in door.functions]
    assert len(names) == len({*names})
