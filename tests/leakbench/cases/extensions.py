"""The libraries that Flask applications share: what each keeps that may leak, and what only fills or turns over."""

from __future__ import annotations

import re
from typing import Any, Final

from heapdiff.answers import VerdictKind
from tests.leakbench.case import Case

__all__ = ["CASES"]

QUIET: Final = (VerdictKind.STABLE, VerdictKind.GROWTH, VerdictKind.INCONCLUSIVE)
HOME: Final = "tests.leakbench.apps"


def _case(
    name: str, title: str, path: str, *holders: str, leaked: str | None, needs: str, **others: Any
) -> Case:
    """A case whose app has its name. A leading dot of a holder or of the type stands for the app's module."""
    module = f"{HOME}.{name}"
    home = module.replace(".", r"\.")
    return Case(
        name,
        title,
        module,
        path,
        tuple(rf"{home}\{holder}" if re.match(r"\.\w", holder) else holder for holder in holders),
        f"{module}{leaked}" if leaked and leaked.startswith(".") else leaked,
        **{"needs": tuple(needs.split()), **others},
    )


def _healthy(name: str, title: str, path: str, needs: str, **others: Any) -> Case:
    app = f"{HOME}.healthy_{name}"
    others = {"verdicts": QUIET, "needs": tuple(needs.split()), **others}
    return Case(f"healthy-{name.replace('_', '-')}", title, app, path, **others)


_LEAKING = (
    _case(
        "cachelib_previews",
        "cachelib's SimpleCache with a huge threshold",
        "/documents/{n}",
        r".PREVIEWS(\._cache)?",
        leaked="bytes",
        needs="cachelib",
    ),
    _case(
        "flask_session_memory",
        "Sessions of clients without cookies, in memory",
        "/landing/{n}",
        r".*\.callable\.session_interface\.cache\._cache",
        leaked="bytes",
        needs="Flask-Session cachelib",
    ),
    _case(
        "limiter_moving_window",
        "Keys of a moving window, kept when it has passed",
        "/files/{n}",
        r".limiter\._storage\.events",
        leaked="list",
        needs="Flask-Limiter",
    ),
    _case(
        "flask_sqlalchemy_recorded",
        "Queries recorded in an app context that never ends",
        "/orders/{n}/bill",
        r"flask\.globals\._cv_app\.<value>\.g\._sqlalchemy_queries",
        r"<thread billing>\..*\._sqlalchemy_queries",
        leaked="flask_sqlalchemy.record_queries._QueryInfo",
        needs="Flask-SQLAlchemy",
    ),
    _case(
        "flask_login_users",
        "Users kept by the user loader",
        "/customers/{n}",
        r".USERS",
        leaked=".Customer",
        needs="Flask-Login",
    ),
    _case(
        "socketio_rooms",
        "Rooms that a socket enters and never leaves",
        "/orders/{n}/watch",
        r".socketio\.server\.manager\.rooms\['…'\]",
        leaked="bidict.bidict",
        needs="Flask-SocketIO",
    ),
    _case(
        "socketio_acks",
        "Callbacks of acknowledgements that never come",
        "/messages/{n}",
        r".socketio\.server\.manager\.callbacks\['…'\]",
        leaked=".Delivery",
        needs="Flask-SocketIO",
    ),
    _case(
        "celery_results",
        "Results of tasks in a dict",
        "/reports/{n}",
        r".REPORTS",
        leaked="celery.result.EagerResult",
        needs="Celery",
    ),
    # Each thread of the server has a backend of its own, made when it first needs one.
    _case(
        "celery_pending",
        "Results that a backend waits for",
        "/exports/{n}",
        r".tasks\._local\.backend\._pending_results\[0\]",
        r".tasks\._local\.<reference>\[…\]",
        leaked="celery.result.AsyncResult",
        needs="Celery",
        verdicts=(VerdictKind.LEAK, VerdictKind.GROWTH),
    ),
    _case(
        "loguru_sinks",
        "loguru: a sink per request",
        "/imports/{n}/log",
        r"(.*\.)?logger\._core\.handlers",
        leaked="loguru._handler.Handler",
        needs="loguru",
    ),
    # Of one edge the graph keeps a dict in each of three tables, which one is first doesn't matter.
    _case(
        "networkx_graph",
        "A node per visitor in a graph of networkx",
        "/visitors/{n}/basket",
        r".BOUGHT\._(node|adj|succ|pred)",
        leaked="dict",
        needs="networkx",
    ),
    _case(
        "pluggy_plugins",
        "pluggy: a plugin registered per request",
        "/tenants/{n}/price",
        r".PLUGINS\._name2plugin",
        r".PLUGINS\.hook\.price\._hookimpls",
        leaked=".Discount",
        needs="pluggy",
    ),
    _case(
        "mako_previews",
        "Mako: a template per preview in the lookup",
        "/newsletters/{n}/preview",
        r".TEMPLATES\._collection",
        leaked="mako.template.Template",
        needs="Mako",
    ),
    _case(
        "telemetry_attributes",
        "OpenTelemetry: visitors as attributes of a counter",
        "/visitors/{n}/start",
        r".*\._attributes_aggregation",
        leaked="opentelemetry.sdk.metrics._internal.aggregation._SumAggregation",
        needs="opentelemetry-sdk",
    ),
    _case(
        "telemetry_spans",
        "OpenTelemetry: spans in the exporter for tests",
        "/orders/{n}/pay",
        r".EXPORTER\._finished_spans",
        leaked="opentelemetry.sdk.trace.ReadableSpan",
        needs="opentelemetry-sdk",
    ),
)

_HEALTHY = (
    _healthy("cachelib", "cachelib's SimpleCache prunes at its threshold", "/pages/{n}", "cachelib"),
    _healthy(
        "flask_session", "sessions in a SimpleCache with a threshold", "/visits/{n}", "Flask-Session cachelib"
    ),
    _healthy("limiter", "counters of rate limits that expire", "/clients/{n}", "Flask-Limiter", warm_up=400),
    _healthy(
        "flask_sqlalchemy",
        "queries recorded per request, sessions closed",
        "/articles/{n}",
        "Flask-SQLAlchemy",
    ),
    _healthy("flask_login", "a user loader with an lru_cache", "/readers/{n}", "Flask-Login"),
    _healthy("socketio", "sockets that disconnect", "/chats/{n}", "Flask-SocketIO", requests=100),
    _healthy("celery", "results of tasks up to a limit", "/prices/{n}", "Celery"),
    _healthy("apscheduler", "jobs that run at once, and one that is replaced", "/orders/{n}", "APScheduler"),
)

CASES: Final = (*_LEAKING, *_HEALTHY)
