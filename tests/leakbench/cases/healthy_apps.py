"""Apps after public reports of "is this a leak?" that were none, and real applications under load."""

from __future__ import annotations

from typing import Any, Final

from heapdiff.answers import VerdictKind
from tests.leakbench.case import Case

__all__ = ["CASES"]

QUIET: Final = (VerdictKind.STABLE, VerdictKind.GROWTH, VerdictKind.INCONCLUSIVE)


def healthy(name: str, title: str, path: str, *needs: str, **others: Any) -> Case:
    app = f"tests.leakbench.apps.healthy_{name}"
    return Case(f"healthy-{name.replace('_', '-')}", title, app, path, verdicts=QUIET, needs=needs, **others)


def real(name: str, title: str, *needs: str, **others: Any) -> Case:
    """A real application from PyPI, of which a visitor uses many pages."""
    app = f"tests.leakbench.apps.real_{name}"
    others = {"warm_up": 60, **others}
    return Case(
        f"real-{name.replace('_', '-')}", title, app, "/visit/{n}", verdicts=QUIET, needs=needs, **others
    )


_REPORTED = (
    healthy("thumbnails", "thumbnails of big pictures", "/picture/{n}", "pillow"),
    healthy("dataframes", "a pandas report per request", "/report/{n}", "pandas"),
    healthy("matrices", "big numpy temporaries", "/forecast/{n}", "numpy"),
    healthy("ssl_contexts", "an SSL context per call, dropped", "/call/{n}", requests=60),
    healthy("array_ring", "numpy arrays in a bounded deque", "/reading/{n}", "numpy"),
    healthy("locales", "babel reads a locale when it first comes", "/offer/{n}", "babel"),
    healthy("highlight", "Pygments imports a lexer when it first comes", "/snippet/{n}", "pygments"),
    healthy("timezones", "pytz keeps zones that were asked for", "/meeting/{n}", "pytz"),
    healthy("phone_numbers", "phonenumbers imports countries' data", "/contact/{n}", "phonenumbers"),
    healthy("compiled_cache", "SQLAlchemy's compiled statements", "/search/{n}", "sqlalchemy", requests=300),
    healthy("identity_map", "one SQLAlchemy session for all requests", "/orders/{n}", "sqlalchemy"),
    healthy("template_eviction", "jinja's cache fills up and evicts", "/letter/{n}"),
    healthy("ttl_turnover", "a TTLCache of which nothing stays", "/token/{n}", "cachetools"),
    healthy("expiring_sessions", "sessions that expire and are swept away", "/page/{n}"),
    healthy("pool_manager", "urllib3 evicts connection pools", "/hook/{n}", "urllib3"),
    healthy("soups", "BeautifulSoup's cycles, collected seldom", "/clients/{n}", "beautifulsoup4"),
    healthy(
        "figures", "matplotlib figures that wait to be collected", "/chart/{n}", "matplotlib", requests=40
    ),
    healthy("spreadsheets", "a workbook per request", "/export/{n}", "openpyxl", requests=60),
    healthy("frozen", "a frozen catalogue, a tenth of it replaced", "/product/{n}"),
    healthy("breadcrumbs", "sentry-sdk's bounded breadcrumbs", "/order/{n}", "sentry-sdk"),
    healthy("spans", "OpenTelemetry's spans in batches", "/basket/{n}", "opentelemetry-sdk"),
    healthy("algebra", "SymPy's caches fill up", "/derivative/{n}", "sympy"),
    healthy("patterns", "the cache of the module regex", "/filter/{n}", "regex", requests=300),
)

_REAL = (
    real("dash", "a Dash dashboard", "dash"),
    real("sqlite_web", "sqlite-web", "sqlite-web"),
    real("flask_admin", "the demo of Flask-Admin", "flask-admin", "flask-sqlalchemy"),
    real("ihatemoney", "I Hate Money"),
    real("mlflow", "MLflow's tracking server"),
)

CASES: Final = (*_REPORTED, *_REAL)
