"""Leaks of Python objects after public reports, with the libraries that the reports are about."""

from __future__ import annotations

from typing import Any, Final

from heapdiff.answers import VerdictKind
from tests.leakbench.case import Case

__all__ = ["CASES"]

GROWS: Final = (VerdictKind.LEAK, VerdictKind.GROWTH)
QUIET: Final = (VerdictKind.STABLE, VerdictKind.INCONCLUSIVE)
HOME: Final = "tests.leakbench.apps.reports"


def _case(name: str, title: str, path: str, *holders: str, leaked: str | None, **others: Any) -> Case:
    """A case whose app has its name. A leading dot of a holder or of the type stands for the app's module."""
    module = f"{HOME}.{name}"
    home = module.replace(".", r"\.")
    return Case(
        name,
        title,
        module,
        path,
        tuple(rf"{home}\{holder}" if holder.startswith(".") else holder for holder in holders),
        f"{module}{leaked}" if leaked and leaked.startswith(".") else leaked,
        **{"verdicts": GROWS, **others},
    )


def _new(name: str, title: str, path: str, *holders: str, leaked: str | None, **others: Any) -> Case:
    """One that those who wrote the analysis had not seen."""
    return _case(name, title, path, *holders, leaked=leaked, seen=False, **others)


def _healthy(name: str, title: str, path: str, **others: Any) -> Case:
    return Case(f"healthy-{name.replace('_', '-')}", title, f"{HOME}.{name}", path, verdicts=QUIET, **others)


_SEEN = (
    _healthy(
        "phonenumbers_regions",
        "a module of data for each region",
        "/numbers/{n}",
        report="daviddrysdale/python-phonenumbers#13",
        needs=("phonenumbers",),
        warm_up=5,
        requests=75,
    ),
    _healthy(
        "pygments_lexers",
        "a module for each language",
        "/languages/{n}",
        needs=("pygments",),
        warm_up=30,
        requests=100,
    ),
    _case(
        "lambdify_half",
        "The sources of functions that SymPy generates, in every second request",
        "/formula/{n}",
        r"linecache\.cache",
        leaked=None,
        report="sympy/sympy#27216",
        releases=("sympy==1.13.3",),
        every=2,
        warm_up=30,
        requests=150,
    ),
    _case("rows_with_callback", "Rows with a function in each", "/rows/{n}", r".ROWS", leaked=".Row"),
    _case(
        "namespace_class",
        "A dict of a class that has no objects",
        "/carts/{n}",
        rf"{HOME}.shop.registry.Carts.by_user".replace(".", r"\."),
        leaked="list",
    ),
    _case(
        "namespace_instance",
        "A dict of a class that has one object",
        "/carts/{n}",
        rf"{HOME}.shop.registry.Carts.by_user".replace(".", r"\."),
        leaked="list",
    ),
    _case(
        "boto3_sessions",
        "Handlers of boto3 sessions on the session they share",
        "/region",
        r".CORE\._.*",
        r"botocore\..*_handlers.*",
        leaked=None,
        report="boto/boto3#2176",
        needs=("boto3",),
    ),
    _case(
        "botocore_endpoints",
        "Clients kept by a method's cache, up to a hundred",
        "/queues",
        r"botocore\..*(resolve_endpoint|RuleSet).*",
        leaked=None,
        report="boto/boto3#3614",
        releases=("botocore==1.29.92", "boto3==1.26.92"),
        verdicts=(*GROWS, *QUIET, VerdictKind.GARBAGE),  # it has a bound, and leaves much to the collector
        warm_up=20,
        requests=60,
    ),
    _case(
        "bs4_titles",
        "A string of each page, which keeps the page",
        "/titles/{n}",
        r".TITLES",
        leaked="bs4.element.NavigableString",
        needs=("beautifulsoup4",),
    ),
    _case(
        "pdfplumber_manual",
        "Layouts of the pages that were read",
        "/pages/{n}",
        r".MANUAL\..*",
        leaked=None,
        report="jsvine/pdfplumber#193",
        needs=("pdfplumber", "reportlab"),
        warm_up=10,
        requests=60,
    ),
    _case(
        "limiter_paths",
        "Counters of rate limits",
        "/articles/{n}",
        r"(.*)(storage|limiter).*",
        leaked=None,
        report="alisaifee/flask-limiter#4",
        needs=("flask-limiter",),
    ),
    _case(
        "sqlalchemy_once",
        "Listeners of an engine that have run",
        "/query/{n}",
        r".ENGINE\.dispatch.*",
        r"sqlalchemy\.event\.registry\._key_to_collection.*",
        leaked=None,
        report="sqlalchemy/sqlalchemy#4794",
        needs=("sqlalchemy",),
    ),
    _case(
        "every_fifth",
        "A record in every fifth request",
        "/work/{n}",
        r".TRAIL",
        leaked="dict",
        every=5,
        warm_up=30,
        requests=150,
    ),
)

_NEW = (
    _healthy(
        "paddle_clients",
        "clients that share a logger, as it was mended",
        "/billing",
        report="PaddleHQ/paddle-python-sdk#144",
        needs=("paddle-python-sdk",),
        seen=False,
    ),
    _new(
        "engineio_sessions",
        "Sessions of clients that polled once, and a thread for each",
        "/socket.io/?EIO=4&transport=polling",
        r"(.*)\.(sockets|environ)",
        r"threading\._active",
        leaked=None,
        requests=60,
        report="miguelgrinberg/python-engineio#328",
        needs=("flask-socketio",),
    ),
    _new(
        "pyplot_figures",
        "Figures that are never closed",
        "/charts/{n}",
        r"matplotlib\._pylab_helpers\.Gcf\.figs",
        leaked="matplotlib.backend_bases.FigureManagerBase",
        report="nccgroup/SteppingStones#2",
        needs=("matplotlib",),
        warm_up=20,
        requests=60,
    ),
    _new(
        "paddle_clients",
        "A handler per client on a shared logger",
        "/billing",
        r"logging\.Logger\.manager\.loggerDict\['…'\]\.handlers",
        leaked="paddle_billing.Logger.NullHandler.NullHandler",
        report="PaddleHQ/paddle-python-sdk#144",
        releases=("paddle-python-sdk==1.10.0",),
    ),
    _new(
        "jedi_scripts",
        "Parsed sources",
        "/complete/{n}",
        r"parso\.cache\.parser_cache.*",
        leaked="parso.cache._NodeCacheItem",
        report="davidhalter/jedi#1723",
        needs=("jedi",),
        warm_up=20,
        requests=100,
    ),
    _new(
        "adaptix_retorts",
        "The sources of loaders that adaptix compiles",
        "/orders/{n}",
        r"linecache\.cache",
        leaked="tuple",
        report="reagento/adaptix#461",
        needs=("adaptix",),
        warm_up=20,
        requests=100,
    ),
    _new(
        "paho_offline",
        "Messages that wait for the broker",
        "/orders/{n}",
        r".CLIENT\._out_messages",
        leaked="paho.mqtt.client.MQTTMessage",
        report="eclipse-paho/paho.mqtt.python#225",
        needs=("paho-mqtt",),
    ),
    _new(
        "markdown_shared",
        "The stash of raw HTML of a converter",
        "/pages/{n}",
        r".CONVERTER\.htmlStash\.rawHtmlBlocks",
        leaked="str",
        report="Python-Markdown/markdown#305",
        needs=("Markdown",),
        requests=100,
    ),
    _new(
        "otel_attributes",
        "A series per user in a metric",
        "/users/{n}",
        r"(.*)\._attributes_aggregation",
        leaked=None,
        report="vectorize-io/hindsight#850",
        needs=("opentelemetry-sdk",),
    ),
    _new(
        "ctypes_pointers",
        "Pointer types of structures made per length",
        "/messages/{n}",
        r"_?ctypes\._pointer_type_cache",
        leaked="_ctypes.PyCPointerType",
        report="python/cpython#100926",
    ),
    _new(
        "rdflib_names",
        "Names that a graph has shortened",
        "/things/{n}",
        r".GRAPH\..*__cache",
        leaked="tuple",
        report="RDFLib/rdflib#739",
        needs=("rdflib",),
    ),
    _new(
        "telebot_steps",
        "Handlers of the next step in each chat",
        "/updates/{n}",
        r".BOT\.next_step_backend\.handlers",
        leaked="telebot.Handler",
        report="eternnoir/pyTelegramBotAPI#584",
        needs=("pyTelegramBotAPI",),
    ),
    _new(
        "kombu_queue",
        "Messages in a queue that nobody reads",
        "/mails/{n}",
        r"kombu\.transport\.memory\.Channel\.queues.*",
        leaked=None,
        report="celery/kombu#626",
        needs=("kombu",),
    ),
)

CASES: tuple[Case, ...] = _SEEN + _NEW
