"""Leaks by way of Flask and the libraries around it: hooks, signals, logging, caches, databases."""

from __future__ import annotations

from heapdiff.answers import VerdictKind
from tests.leakbench.case import Case

__all__ = ["CASES"]


def _case(
    name: str,
    title: str,
    path: str,
    *holders: str,
    leaked: str,
    needs: tuple[str, ...] = (),
    requests: int = 200,
    verdict: VerdictKind = VerdictKind.LEAK,
) -> Case:
    """A case whose app has its name. A leading dot of a holder or of the type stands for the app's module."""
    module = f"tests.leakbench.apps.{name}"
    home = module.replace(".", r"\.")
    return Case(
        name,
        title,
        module,
        path,
        tuple(rf"{home}\{holder}" if holder.startswith(".") else holder for holder in holders),
        f"{module}{leaked}" if leaked.startswith(".") else leaked,
        (verdict,),
        needs=needs,
        requests=requests,
    )


_TEXT = r"\['…'\]"
_ANY = r"\[…\]"

_FLASK = (
    _case(
        "flask_before_request",
        "A view adds a before-request hook",
        "/orders/{n}",
        r".app\.before_request_funcs\[None\]",
        leaked="function",
    ),
    _case(
        "flask_after_request",
        "A view adds an after-request hook of its blueprint",
        "/baskets/b{n}",
        rf".app\.after_request_funcs{_TEXT}",
        leaked="function",
    ),
    _case(
        "flask_teardown_appcontext",
        "A view adds a teardown function",
        "/uploads/{n}",
        r".app\.teardown_appcontext_funcs",
        leaked=".Upload",
    ),
    _case(
        "flask_context_processors",
        "A view adds a context processor",
        "/articles/{n}",
        r".app\.template_context_processors\[None\]",
        leaked="function",
    ),
    _case(
        "flask_error_handlers",
        "An error handler for an exception class made per request",
        "/pages/{n}/edit",
        r".app\.error_handler_spec\[None\]\[None\]",
        leaked="type",
    ),
    # A rule stands in a list, in one by endpoint, and in the matcher: each is right, and so is the map.
    _case(
        "flask_url_map",
        "Rules are added to the URL map",
        "/campaigns/{n}/open",
        r".app\.url_map\._rules",
        rf".app\.url_map\._rules_by_endpoint{_TEXT}",
        r".app\.url_map",
        leaked="werkzeug.routing.rules.Rule",
    ),
    _case(
        "context_copied",
        "Callbacks with copied request contexts",
        "/jobs/{n}",
        r".AFTER_DEPLOY",
        leaked="flask.ctx.RequestContext",
    ),
    # A context variable's values begin at a thread: its name, or the variable's, tells what to look for.
    _case(
        "context_pushed",
        "App contexts pushed in a thread, never popped",
        "/mails/{n}",
        r"<thread mailer>\..*",
        r"<thread-state mailer>\..*",
        r"flask\.globals\._cv_app\.<value>",
        leaked="flask.ctx.AppContext",
    ),
    _case(
        "g_kept",
        "flask.g kept by an audit trail",
        "/audited/{n}",
        rf".AUDIT{_TEXT}",
        leaked="flask.ctx._AppCtxGlobals",
    ),
    _case(
        "werkzeug_client_cookies",
        "A test client's cookie jar",
        "/baskets/{n}",
        r".CHECKS\._cookies",
        leaked="werkzeug.test.Cookie",
    ),
)

_SIGNALS_AND_LOGGING = (
    # The user's module, and the two of Flask, have the signal under the same name.
    _case(
        "signal_request_started",
        "Strong receivers of request_started",
        "/trace/{n}",
        r".request_started\.receivers",
        r"flask\.signals\.request_started\.receivers",
        r"flask\.request_started\.receivers",
        leaked=".Tracer",
    ),
    _case(
        "signal_own",
        "Strong receivers of the app's own signal",
        "/orders/{n}",
        r".order_paid\.receivers",
        leaked="function",
    ),
    _case(
        "logging_handlers",
        "A handler per run",
        "/imports/{n}",
        r".LOG\.handlers",
        leaked="logging.StreamHandler",
    ),
    # The manager is an attribute of the root logger and of the class.
    _case(
        "logging_loggers",
        "A logger per customer",
        "/customers/{n}",
        r"logging\.root\.manager\.loggerDict",
        r"logging\.Logger\.manager\.loggerDict",
        leaked="logging.Logger",
    ),
    _case("logging_filters", "A filter per request", "/checkout/{n}", r".LOG\.filters", leaked=".RequestId"),
)

_CACHES_AND_TEMPLATES = (
    # `Cache(app)` keeps the app, which keeps what the cache stores; so does the module.
    _case(
        "flask_caching_threshold",
        "SimpleCache with a huge threshold",
        "/search/q{n}",
        rf".app\.extensions{_TEXT}{_ANY}\._cache",
        rf".cache\.app\.extensions{_TEXT}{_ANY}\._cache",
        leaked="bytes",
        needs=("Flask-Caching",),
    ),
    _case(
        "flask_caching_memoize",
        "A function memoized per user, in an app factory",
        "/users/{n}/recommended",
        rf".cache\.app\.extensions{_TEXT}{_ANY}\._cache",
        leaked="bytes",
        needs=("Flask-Caching",),
    ),
    _case(
        "jinja_environments",
        "An environment per preview",
        "/themes/{n}",
        r".PREVIEWS",
        leaked="jinja2.environment.Environment",
    ),
    _case(
        "jinja_from_string",
        "Templates cached by their text",
        "/mails/{n}",
        r".TEMPLATES",
        leaked="jinja2.environment.Template",
    ),
    _case(
        "jinja_cache_unbounded",
        "The app's template cache without a bound",
        "/profiles/{n}",
        r".app\.jinja_env\.cache",
        leaked="jinja2.environment.Template",
    ),
    _case(
        "marshmallow_schemas",
        "Schema classes in marshmallow's registry",
        "/forms/{n}",
        r"marshmallow\.class_registry\._registry",
        leaked="marshmallow.schema.SchemaMeta",
        needs=("marshmallow",),
    ),
    # The store has the jobs in order and by id.
    _case(
        "apscheduler_jobs",
        "A scheduled job per subscription",
        "/subscriptions/{n}",
        rf".SCHEDULER\._jobstores{_TEXT}\._jobs",
        rf".SCHEDULER\._jobstores{_TEXT}\._jobs_index",
        leaked="apscheduler.job.Job",
        needs=("APScheduler",),
    ),
)

_DATABASES_AND_CLIENTS = (
    _case(
        "sqlalchemy_pending",
        "Objects added to a session, never flushed",
        "/pages/{n}",
        r".SESSION\._new",
        leaked=".Visit",
        needs=("SQLAlchemy",),
    ),
    _case(
        "sqlalchemy_scoped",
        "A scoped session per request, never removed",
        "/products/{n}",
        r".db\.registry\.registry",
        leaked="sqlalchemy.orm.session.Session",
        needs=("SQLAlchemy",),
    ),
    _case(
        "sqlalchemy_sessions",
        "Sessions kept per visitor",
        "/wizard/{n}",
        r".WIZARDS",
        leaked="sqlalchemy.orm.session.Session",
        needs=("SQLAlchemy",),
    ),
    _case(
        "sqlalchemy_engines",
        "An engine per tenant",
        "/tenants/{n}",
        r".ENGINES",
        leaked="sqlalchemy.engine.base.Engine",
        needs=("SQLAlchemy",),
        requests=100,
    ),
    _case(
        "sqlalchemy_pool",
        "Connections never returned to the pool",
        "/reports/{n}",
        r".Report\.running",
        leaked="sqlalchemy.engine.base.Connection",
        needs=("SQLAlchemy",),
        requests=100,
    ),
    _case(
        "sqlite_connections",
        "sqlite3 connections in a list",
        "/calculate/{n}",
        r".CONNECTIONS",
        leaked="sqlite3.Connection",
    ),
    _case(
        "requests_sessions",
        "A requests session per visit",
        "/visits/{n}",
        rf".SESSIONS{_TEXT}",
        leaked="requests.sessions.Session",
        needs=("requests",),
    ),
    _case(
        "requests_adapters",
        "An adapter per host on one session",
        "/tenants/{n}/sync",
        r".HTTP\.adapters",
        leaked="requests.adapters.HTTPAdapter",
        needs=("requests",),
    ),
    _case(
        "urllib3_pools",
        "A connection pool per host",
        "/hooks/{n}",
        r".POOLS\.pools\._container",
        leaked="urllib3.connectionpool.HTTPSConnectionPool",
        needs=("urllib3",),
    ),
    _case(
        "prometheus_labels",
        "A time series per user",
        "/users/{n}",
        r".PAGE_VIEWS\._metrics",
        leaked="prometheus_client.metrics.Counter",
        needs=("prometheus_client",),
    ),
    # The registry maps names to collectors and collectors to names.
    _case(
        "prometheus_registry",
        "A gauge per batch in a registry",
        "/batches/{n}",
        r".METRICS\._names_to_collectors",
        r".METRICS\._collector_to_names",
        leaked="prometheus_client.metrics.Gauge",
        needs=("prometheus_client",),
    ),
)

CASES: tuple[Case, ...] = _FLASK + _SIGNALS_AND_LOGGING + _CACHES_AND_TEMPLATES + _DATABASES_AND_CLIENTS
