"""What is known of libraries is so in the releases that are installed: their objects have what heapdiff recognises them by."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import pytest

from heapdiff.analysis.suspects.advice import look_up
from heapdiff.answers import Confidence, HolderKind
from heapdiff.knowledge.libraries.seen import SEEN, Seen
from heapdiff.knowledge.pattern import Traits
from heapdiff.knowledge.shapes import SHAPES
from tests.together import together

PAGE: Final = Path(__file__).parents[2] / "docs" / "how-to" / "flask-extensions.md"
HOME: Final = {"Flask-SQLAlchemy": "flask_sqlalchemy"}  # of a library whose first class is another's


def load(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)


def flask_sqlalchemy() -> tuple[Any, Any]:
    from flask import Flask

    app = Flask("shop")
    app.config.update(SQLALCHEMY_DATABASE_URI="sqlite://", SQLALCHEMY_RECORD_QUERIES=True)
    db = load("flask_sqlalchemy.SQLAlchemy")()
    db.init_app(app)
    return app, db


def recorded() -> Any:
    from flask import g

    app, db = flask_sqlalchemy()
    with app.app_context():
        db.session.execute(load("sqlalchemy.text")("select 1"))
        made = g._get_current_object()
        for engine in db.engines.values():
            db.session.remove()
            engine.dispose()
    return made


def session_interface() -> Any:
    from flask import Flask

    interface = load("flask_session.cachelib.CacheLibSessionInterface")
    return interface(Flask("shop"), load("cachelib.SimpleCache")())


def storage() -> Any:
    made = load("limits.storage.MemoryStorage")()
    made.timer.join()
    return made


def socketio_server() -> Any:
    return load("socketio.Server")(async_mode="threading")


def celery_app(backend: str = "rpc://") -> Any:
    return load("celery.Celery")("shop", broker="memory://", backend=backend, set_as_current=False)


MAKERS: Final[Mapping[str, Callable[[], Any]]] = {
    "flask.ctx._AppCtxGlobals": recorded,
    "flask_session.cachelib.cachelib.CacheLibSessionInterface": session_interface,
    "limits.storage.memory.MemoryStorage": storage,
    "flask_sqlalchemy.extension.SQLAlchemy": lambda: flask_sqlalchemy()[1],
    "flask_sqlalchemy.session.Session": lambda: load("flask_sqlalchemy.session.Session")(
        flask_sqlalchemy()[1]
    ),
    "sqlalchemy.orm.scoping.scoped_session": lambda: flask_sqlalchemy()[1].session,
    "sqlalchemy.util._collections.ScopedRegistry": lambda: flask_sqlalchemy()[1].session.registry,
    "flask_socketio.SocketIO": lambda: load("flask_socketio.SocketIO")(async_mode="threading"),
    "socketio.server.Server": socketio_server,
    "socketio.manager.Manager": lambda: socketio_server().manager,
    "engineio.server.Server": lambda: socketio_server().eio,
    "engineio.socket.Socket": lambda: load("engineio.socket.Socket")(socketio_server().eio, "sid"),
    "celery.app.base.Celery": celery_app,
    "celery.backends.rpc.RPCBackend": lambda: celery_app().backend,
    "celery.backends.cache.DummyClient": lambda: celery_app("cache+memory://").backend.client,
    "celery.result.AsyncResult": lambda: celery_app().AsyncResult("1"),
    "celery.result.EagerResult": lambda: load("celery.result.EagerResult")("1", 1, "SUCCESS"),
    "celery.utils.collections.BufferMap": lambda: load("celery.utils.collections.BufferMap")(8),
    "apscheduler.job.Job": lambda: load("apscheduler.job.Job")(
        load("apscheduler.schedulers.background.BackgroundScheduler")(timezone="UTC")
    ),
}
"""How an object of a class is made, where the class alone, called without arguments, doesn't."""


def make(name: str) -> Any:
    """An object of the class; what the libraries warn of is theirs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MAKERS[name]() if name in MAKERS else load(name)()


def fields(seen: Seen) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, own in (*seen.holders.items(), *seen.ways.items()):
        found.setdefault(name, set()).update(own)
    return found


def own_attributes(made: Any) -> set[str]:
    """What a snapshot shows of an object: what stands in itself and in its `__dict__`, no properties."""
    slots = {name for base in type(made).__mro__ for name in getattr(base, "__slots__", ())}
    return slots | vars(made).keys() if hasattr(made, "__dict__") else slots


CLASSES: Final = [(seen, name) for seen in SEEN for name in fields(seen)]


@pytest.mark.parametrize(("seen", "name"), CLASSES, ids=[f"{seen.name}-{name}" for seen, name in CLASSES])
def test_the_installed_release_has_what_it_is_known_by(seen: Seen, name: str) -> None:
    try:
        installed = ", ".join(f"{each} {version(each)}" for each in seen.releases)
    except PackageNotFoundError as missing_one:
        pytest.skip(str(missing_one))
    made = make(name)
    called = f"{type(made).__module__}.{type(made).__qualname__}"
    assert called == name, f"{installed}: it's {called} now; seen in {seen.told}"
    missing = fields(seen)[name] - own_attributes(made)
    assert not missing, f"{installed}: {name} has no {', '.join(sorted(missing))}; seen in {seen.told}"


def holders() -> Iterator[tuple[Seen, str, str]]:
    for seen in SEEN:
        for name, attributes in seen.holders.items():
            for attribute in attributes:
                yield seen, name, attribute


@together(("seen", "owner", "attribute"), [*holders()])
def test_where_a_library_keeps_things_is_called_by_its_name(seen: Seen, owner: str, attribute: str) -> None:
    traits = Traits(
        f"shop.it.{attribute}", "dict", HolderKind.INSTANCE_ATTRIBUTE, through=("module", owner),
        library=HOME.get(seen.name, owner.partition(".")[0]),
    )  # fmt: skip
    lore = look_up(traits, Confidence.HIGH)
    assert lore.known_as.startswith(f"{seen.name}'s "), lore
    assert seen.name in lore.meaning
    assert lore.advice


@pytest.mark.parametrize("name", ["tasks", "rooms", "environ", "sockets", "callbacks", "events"])
def test_what_the_application_calls_its_own_says_nothing_of_a_library(name: str) -> None:
    through = ("celery.app.base.Celery", "socketio.server.Server", "shop.Kept")
    traits = Traits(f"shop.{name}.app.kept", "dict", HolderKind.INSTANCE_ATTRIBUTE, through=through)
    assert look_up(traits, Confidence.HIGH).known_as == ""


def test_a_session_store_is_flask_sessions_wherever_the_application_has_it() -> None:
    through = (
        "flask.app.Flask",
        "flask_session.cachelib.cachelib.CacheLibSessionInterface",
        "cachelib.simple.SimpleCache",
    )
    path = "shop.app.session_interface.cache._cache"
    lore = look_up(
        Traits(path, "dict", HolderKind.INSTANCE_ATTRIBUTE, through=through, library="cachelib"),
        Confidence.HIGH,
    )
    assert lore.known_as == "Flask-Session's sessions"
    assert "SESSION_CACHELIB" in lore.advice[0]


def test_users_of_flask_login_are_recognised_by_what_their_class_is_made_from() -> None:
    traits = Traits(
        "shop.USERS", "dict", HolderKind.MODULE_GLOBAL, entries=("shop.User", "flask_login.mixins.UserMixin")
    )
    lore = look_up(traits, Confidence.HIGH)
    assert "Flask-Login" in lore.meaning
    assert "get_id()" in lore.advice[0]


def test_the_shapes_of_these_libraries_rely_on_nothing_else() -> None:
    known = {name: wanted for seen in SEEN for name, wanted in fields(seen).items()}
    for shape in SHAPES:
        for name in known.keys() & set(shape.types):
            assert {*shape.fields, shape.content, shape.bound} - {""} <= known[name], name


def test_the_page_on_these_libraries_has_each_with_the_releases() -> None:
    page = PAGE.read_text()
    for seen in SEEN:
        assert f"| {seen.name} " in page, seen.name
        for release in (each for releases in seen.releases.values() for each in releases):
            assert release in page, f"{seen.name} {release}"
