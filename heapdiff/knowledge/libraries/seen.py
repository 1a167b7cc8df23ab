"""The libraries that Flask teams share: the releases that were looked at, and the attributes that heapdiff knows them by.

Data. A test makes such objects with whatever release is installed, and names the release that no longer has one of these.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Seen:
    """A library as its users call it, by distribution the releases that were looked at, and what these have.

    `holders`: attributes by class in which things pile up, each known to the patterns. `ways`: what else shapes, patterns
    and paths rely on; a class without any is one that entries are recognised by.
    """

    name: str
    releases: Mapping[str, tuple[str, ...]]
    holders: Mapping[str, tuple[str, ...]]
    ways: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """The releases, to be read."""
        return ", ".join(f"{name} {' and '.join(releases)}" for name, releases in self.releases.items())


SEEN: Final = (
    Seen(
        "Flask-Caching",
        {"Flask-Caching": ("2.1.0", "2.5.1")},
        {"flask_caching.backends.simplecache.SimpleCache": ("_cache",)},
        {"flask_caching.backends.simplecache.SimpleCache": ("_threshold", "default_timeout")},
    ),
    Seen(
        "cachelib",
        {"cachelib": ("0.9.0", "0.17.0")},
        {"cachelib.simple.SimpleCache": ("_cache",)},
        {"cachelib.simple.SimpleCache": ("_threshold", "default_timeout")},
    ),
    Seen(
        "Flask-Session",
        {"Flask-Session": ("0.7.0", "0.8.0")},
        {},
        {"flask_session.cachelib.cachelib.CacheLibSessionInterface": ("cache",)},
    ),
    Seen(
        "Flask-Limiter",
        {"Flask-Limiter": ("3.5.0", "4.1.1"), "limits": ("3.6.0", "5.8.0")},
        {"limits.storage.memory.MemoryStorage": ("storage", "expirations", "events")},
        {"limits.storage.memory.MemoryStorage": ("timer",)},
    ),
    Seen(
        "Flask-SQLAlchemy",
        {"Flask-SQLAlchemy": ("3.0.5", "3.1.1"), "SQLAlchemy": ("2.0.25", "2.1.9")},
        {
            "flask.ctx._AppCtxGlobals": ("_sqlalchemy_queries",),
            "flask_sqlalchemy.extension.SQLAlchemy": ("_app_engines",),
            "flask_sqlalchemy.session.Session": ("_model_changes",),
        },
        {
            "flask_sqlalchemy.extension.SQLAlchemy": ("session",),
            "sqlalchemy.orm.scoping.scoped_session": ("registry",),
            "sqlalchemy.util._collections.ScopedRegistry": ("registry",),
        },
    ),
    Seen("Flask-Login", {"Flask-Login": ("0.6.3",)}, {}, {"flask_login.mixins.UserMixin": ()}),
    Seen(
        "Flask-SocketIO",
        {
            "Flask-SocketIO": ("5.3.6", "5.7.0"),
            "python-socketio": ("5.10.0", "5.18.1"),
            "python-engineio": ("4.8.0", "4.15.1"),
        },
        {
            "socketio.manager.Manager": ("rooms", "callbacks", "eio_to_sid", "pending_disconnect"),
            "socketio.server.Server": ("environ",),
            "engineio.server.Server": ("sockets",),
            "engineio.socket.Socket": ("queue",),
        },
        {"flask_socketio.SocketIO": ("server",), "socketio.server.Server": ("manager", "eio")},
    ),
    Seen(
        "Celery",
        {"celery": ("5.3.6", "5.7.0"), "kombu": ("5.7.0",)},
        {
            "celery.app.base.Celery": ("_tasks", "_pending"),
            "celery.backends.rpc.RPCBackend": ("_pending_results", "_pending_messages", "_cache"),
        },
        {
            "celery.app.base.Celery": ("_local",),
            "celery.backends.cache.DummyClient": ("cache",),
            "celery.result.AsyncResult": (),
            "celery.result.EagerResult": (),
            "celery.utils.collections.BufferMap": ("maxsize", "total"),
            "celery.utils.collections.LimitedSet": ("_data", "_heap", "maxlen"),
            "kombu.utils.functional.LRUCache": ("data", "limit"),
        },
    ),
    Seen(
        "APScheduler",
        {"APScheduler": ("3.10.4", "3.11.3")},
        {
            "apscheduler.jobstores.memory.MemoryJobStore": ("_jobs", "_jobs_index"),
            "apscheduler.schedulers.background.BackgroundScheduler": ("_listeners", "_pending_jobs"),
        },
        {
            "apscheduler.job.Job": ("func",),
            "apscheduler.schedulers.background.BackgroundScheduler": ("_jobstores",),
        },
    ),
)
