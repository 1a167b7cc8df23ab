"""Apps after public reports of "is this a leak?" that were none, and real applications under load."""

from __future__ import annotations

from typing import Any, Final

from heapdiff.answers import VerdictKind
from tests.leakbench.case import Case

__all__ = ["CASES"]

QUIET: Final = (VerdictKind.STABLE, VerdictKind.GROWTH, VerdictKind.INCONCLUSIVE)


def healthy(name: str, title: str, path: str, *needs: str, **others: Any) -> Case:
    app = f"tests.leakbench.apps.healthy_{name}"
    others = {"verdicts": QUIET, "needs": needs, "seen": False, **others}
    return Case(f"healthy-{name.replace('_', '-')}", title, app, path, **others)


def real(name: str, title: str, *releases: str, **others: Any) -> Case:
    """A real application from PyPI, of which a visitor uses many pages."""
    app = f"tests.leakbench.apps.real_{name}"
    others = {"verdicts": QUIET, "releases": releases, "seen": False, "warm_up": 60, **others}
    return Case(f"real-{name.replace('_', '-')}", title, app, "/visit/{n}", **others)


_ALLOCATORS = (
    healthy(
        "thumbnails",
        "thumbnails of big pictures",
        "/picture/{n}",
        "pillow",
        report="python-pillow/Pillow#5180",
    ),
    healthy(
        "dataframes", "a pandas report per request", "/report/{n}", "pandas", report="benoitc/gunicorn#2065"
    ),
    healthy("matrices", "big numpy temporaries", "/forecast/{n}", "numpy", report="numpy/numpy#18318"),
    healthy(
        "ssl_contexts",
        "an SSL context per call, dropped",
        "/call/{n}",
        requests=60,
        report="python/cpython#84904",
    ),
    healthy("array_ring", "numpy arrays in a bounded deque", "/reading/{n}", "numpy"),
)

_FILLING = (
    healthy(
        "locales",
        "babel reads a locale when it first comes",
        "/offer/{n}",
        "babel",
        report="python-babel/babel#323",
    ),
    healthy("highlight", "Pygments imports a lexer when it first comes", "/snippet/{n}", "pygments"),
    healthy(
        "timezones", "pytz keeps zones that were asked for", "/meeting/{n}", "pytz", report="stub42/pytz#42"
    ),
    healthy(
        "phone_numbers",
        "phonenumbers imports countries' data",
        "/contact/{n}",
        "phonenumbers",
        report="daviddrysdale/python-phonenumbers#13",
    ),
    healthy(
        "compiled_cache",
        "SQLAlchemy's compiled statements",
        "/search/{n}",
        "sqlalchemy",
        requests=300,
        report="sqlalchemy/sqlalchemy#4560",
    ),
    healthy("template_eviction", "jinja's cache fills up and evicts", "/letter/{n}"),
    healthy("algebra", "SymPy's caches fill up", "/derivative/{n}", "sympy", report="sympy/sympy#4217"),
    healthy(
        "patterns",
        "the cache of the module regex",
        "/filter/{n}",
        "regex",
        requests=300,
        report="mrabarnett/mrab-regex#387",
    ),
)

_TURNING_OVER = (
    healthy(
        "ttl_turnover",
        "a TTLCache of which nothing stays",
        "/token/{n}",
        "cachetools",
        report="tkem/cachetools#177",
    ),
    healthy("expiring_sessions", "sessions that expire and are swept away", "/page/{n}"),
    healthy(
        "pool_manager", "urllib3 evicts connection pools", "/hook/{n}", "urllib3", report="psf/requests#1685"
    ),
    healthy(
        "breadcrumbs",
        "sentry-sdk's bounded breadcrumbs",
        "/order/{n}",
        "sentry-sdk",
        report="getsentry/sentry-python#4327",
    ),
    healthy(
        "spans",
        "OpenTelemetry's spans in batches",
        "/basket/{n}",
        "opentelemetry-sdk",
        report="DataDog/dd-trace-py#680",
    ),
)

_WAITING = (
    healthy(
        "identity_map",
        "one SQLAlchemy session for all requests",
        "/orders/{n}",
        "sqlalchemy",
        report="sqlalchemy/sqlalchemy#4616",
    ),
    healthy(
        "soups",
        "BeautifulSoup's cycles, collected seldom",
        "/clients/{n}",
        "beautifulsoup4",
        report="MechanicalSoup/MechanicalSoup#253",
    ),
    healthy(
        "figures",
        "matplotlib figures that wait to be collected",
        "/chart/{n}",
        "matplotlib",
        requests=40,
        report="matplotlib/matplotlib#23701",
    ),
    healthy("spreadsheets", "a workbook per request", "/export/{n}", "openpyxl", requests=60),
    healthy(
        "frozen", "a frozen catalogue, a tenth of it replaced", "/product/{n}", report="benoitc/gunicorn#1640"
    ),
)

_REAL = (
    real("dash", "a Dash dashboard", "dash==4.4.1"),
    real("sqlite_web", "sqlite-web", "sqlite-web==0.8.2"),
    real("flask_admin", "the demo of Flask-Admin", "flask-admin==2.2.1", "flask-sqlalchemy==3.1.1"),
    real("ihatemoney", "I Hate Money", "ihatemoney==7.2.1"),
    real("mlflow", "MLflow's tracking server", "mlflow==3.17.2", report="mlflow/mlflow#5332"),
)

CASES: Final = (*_ALLOCATORS, *_FILLING, *_TURNING_OVER, *_WAITING, *_REAL)
