"""Leaks through what the language keeps: functions, generators, exceptions, classes, threads, contexts."""

from __future__ import annotations

from heapdiff.answers import VerdictKind
from tests.leakbench.case import Case

__all__ = ["CASES"]


def _case(name: str, title: str, path: str, *holders: str, leaked: str | None = None) -> Case:
    """A case whose app has its name; `holders` go on from the app's module, and so does `leaked` after a
    dot.
    """
    app = f"tests.leakbench.apps.{name}"
    own = f"{app}{leaked}" if leaked and leaked.startswith(".") else leaked
    home = app.replace(".", r"\.")
    return Case(name, title, app, path, tuple(rf"{home}\.{holder}" for holder in holders), own)


def _case_elsewhere(name: str, title: str, path: str, holder: str, leaked: str, requests: int = 200) -> Case:
    """A case whose holder is not a variable of the app's module."""
    app = f"tests.leakbench.apps.{name}"
    return Case(name, title, app, path, (holder,), f"{app}.{leaked}", requests=requests)


CASES: tuple[Case, ...] = (
    _case(
        "closure_cell", "A list in a closure", "/search/a-{n}", r"record\.<closure pending>", leaked=".Search"
    ),
    _case(
        "decorator_memo", "A memo in a decorator", "/price/{n}", r"price\.<closure results>", leaked=".Price"
    ),
    _case("default_argument", "A mutable default", "/search/t{n}", r"collect\.<default acc>", leaked=".Hit"),
    _case(
        "keyword_default", "A mutable keyword", "/country/c{n}", r"lookup\.<default cache>", leaked=".Country"
    ),
    _case("lru_unbounded", "lru_cache(maxsize=None)", "/quotes/s{n}", r"quote\.<lru_cache>", leaked=".Quote"),
    _case(
        "lru_method", "lru_cache on a method", "/report/{n}", r"Report\.total\.<lru_cache>", leaked=".Report"
    ),
    _case(
        "cached_classmethod",
        "functools.cache on a classmethod",
        "/profile/p{n}",
        r"Profile\.load(\.__func__)?\.<lru_cache>",
        leaked=".Profile",
    ),
    _case(
        "suspended_generators",
        "Suspended generators in a registry",
        "/download/{n}",
        "DOWNLOADS",
        leaked="generator",
    ),
    _case(
        "generator_local",
        "A list in the frame of one generator",
        "/measure/{n}",
        r"AVERAGE\.<local seen>",
        leaked=".Measurement",
    ),
    _case(
        "suspended_coroutines", "Coroutines that wait for ever", "/hello/n{n}", "WAITING", leaked="coroutine"
    ),
    _case("kept_exceptions", "Exceptions with tracebacks", "/pay/{n}", "ERRORS", leaked=".PaymentFailed"),
    Case(
        "cycles_uncollected",
        "Cycles while the collector is off",
        "tests.leakbench.apps.cycles_uncollected",
        "/document/{n}",
        verdicts=(VerdictKind.GARBAGE,),
    ),
    _case("weak_callbacks", "Weak references with callbacks", "/jobs/{n}", "WATCHES", leaked=".Restart"),
    _case(
        "weak_dead", "Weak references to what is dead", "/mail/{n}", "SENT", leaked="weakref.ReferenceType"
    ),
    _case_elsewhere(
        "weak_finalizers",
        "weakref.finalize on what never dies",
        "/lease/{n}",
        r"weakref\.finalize\._registry",
        "Lease",
    ),
    _case(
        "weak_keys_strong_values",
        "A WeakKeyDictionary whose values keep its keys",
        "/statement/{n}",
        r"STATEMENTS(\.data)?",
        leaked=".Account",
    ),
    _case(
        "thread_locals",
        "Thread-locals of lasting threads",
        "/rows/{n}",
        r"STATISTICS\.queries",
        leaked=".Query",
    ),
    Case(
        "threads_unended",
        "Threads that never end",
        "tests.leakbench.apps.threads_unended",
        "/watch/{n}",
        (r"threading\._active",),
        "threading.Thread",
        requests=60,
    ),
    _case("thread_local_plain", "A plain threading.local", "/trace/t{n}", r"LOCAL\.spans", leaked=".Span"),
    _case_elsewhere(
        "thread_list",
        "A list that is local to a background thread",
        "/event/{n}",
        r"<thread [\w-]+>\.collect\.<local seen>",
        "Event",
    ),
    _case("contexts_kept", "Copied contexts", "/tenant/t{n}", "LATER", leaked=".Tenant"),
    _case(
        "context_default",
        "The mutable default of a context variable",
        "/note/t{n}",
        r"MESSAGES(\.<?\w+>?)?",
        leaked=".Message",
    ),
    _case(
        "context_values",
        "Values of a context variable",
        "/step/s{n}",
        r"STEPS(\.<?\w+>?)?",
        leaked=".Step",
    ),
    _case("classes_per_request", "Classes made per request", "/form/{n}", "FORMS", leaked="type"),
    _case("subclass_hook", "Subclasses in a registry", "/run/{n}", r"Plugin\.known", leaked="type"),
    _case("namedtuples_per_request", "A namedtuple per request", "/query/{n}", "ROW_TYPES", leaked="type"),
    _case("callbacks_kept", "Callbacks in a list", "/upload/u{n}", "ON_COMMIT", leaked=".Upload"),
    _case(
        "bound_listeners",
        "Bound methods as listeners",
        "/widget/w{n}",
        r"BUS\.listeners\['…'\]",
        leaked=".Widget",
    ),
    _case_elsewhere(
        "partials_at_exit",
        "Callbacks of atexit",
        "/scratch/{n}",
        r"<interpreter atexit>|atexit(\.<?\w+>?)?",
        "Scratch",
    ),
    _case("warning_registry", "The registry of warnings", "/old/{n}", "__warningregistry__", leaked="tuple"),
    _case_elsewhere(
        "dynamic_globals",
        "Globals set under ever new names",
        "/job/{n}",
        r"tests\.leakbench\.apps\.dynamic_globals(\.__dict__)?",
        "Job",
    ),
    _case_elsewhere(
        "class_namespace",
        "Attributes of a class under ever new names",
        "/enable/{n}",
        r"tests\.leakbench\.apps\.class_namespace\.Features(\.__dict__)?",
        "Feature",
    ),
    _case("wrapped_again", "A function wrapped again and again", "/price/{n}", "current", leaked=".Trace"),
    _case(
        "exception_chain", "Exceptions raised from the last one", "/sync/{n}", "LAST", leaked=".SyncFailed"
    ),
    _case(
        "lru_instance",
        "lru_cache on a bound method",
        "/weather/t{n}",
        r"CLIENT\.fetch\.<lru_cache>",
        leaked=".Weather",
    ),
)
