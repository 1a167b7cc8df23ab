"""The suites as data: where each comes from, and what of it is run, a process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["SUITES", "Job", "Suite", "in_turns"]

PYTEST: Final = ("-m", "pytest", "-p", "no:cacheprovider", "-q", "--tb=short", "--junit-xml={results}")
IGNORED: Final = ("-i", "*VSOCK*")  # those wait for a virtual machine's host
REGRTEST: Final = ("-m", "test", *IGNORED, "--junit-xml={results}")
# What they look at, a signal of ours would do, too.
ABOUT_SIGNALS: Final = ("test_signal", "test_threadsignals", "test_eintr", "test_io")


@dataclass(frozen=True, slots=True)
class Job:
    """One process: what Python is told, with `{results}` and `{source}` (the unpacked sdist).

    `by_signal`: it is asked in both ways, not through the socket alone.
    """

    name: str
    arguments: tuple[str, ...]
    by_signal: bool = True


@dataclass(frozen=True, slots=True)
class Suite:
    """`requires` goes to pip; `source`: a package whose sdist is unpacked, for tests that its wheel has not."""

    name: str
    jobs: tuple[Job, ...]
    requires: tuple[str, ...] = ()
    source: str = ""
    of_python: bool = False


def packaged(*modules: str) -> tuple[Job, ...]:
    """Tests that are installed with their package."""
    return tuple(Job(module, (*PYTEST, "--pyargs", module)) for module in modules)


def in_source(*paths: str, options: tuple[str, ...] = ()) -> tuple[Job, ...]:
    return tuple(Job(path, (*PYTEST, *options, "--rootdir={source}", "{source}/" + path)) for path in paths)


def of_cpython(*modules: str) -> tuple[Job, ...]:
    return tuple(Job(module, (*REGRTEST, module), module not in ABOUT_SIGNALS) for module in modules)


SUITES: Final = (
    Suite(
        "CPython",
        of_cpython(
            *("test_gc", "test_os", "test_signal", "test_fork1", "test_threading", "test_subprocess", "test_socket"),
            *("test_multiprocessing_fork", "test_asyncio", "test_ctypes", "test_weakref", "test_dict", "test_set"),
            *("test_descr", "test_frame", "test_generators", "test_coroutines", "test_asyncgen", "test_thread"),
            *("test_threading_local", "test_threadsignals", "test_select", "test_selectors", "test_socketserver"),
            *("test_posix", "test_pty", "test_wait3", "test_wait4", "test_eintr", "test_faulthandler", "test_fcntl"),
            *("test_mmap", "test_tempfile", "test_queue", "test_concurrent_futures", "test_types", "test_functools"),
            *("test_collections", "test_ordered_dict", "test_deque", "test_context", "test_sys_settrace", "test_code"),
            *("test_exceptions", "test_traceback", "test_inspect", "test_list", "test_tuple", "test_memoryview"),
            *("test_finalization", "test_io", "test_logging", "test_sqlite3", "test_ssl", "test_http_cookies"),
        ),
        of_python=True,
    ),
    Suite(
        "NumPy",
        packaged(
            *("numpy._core.tests.test_indexing", "numpy._core.tests.test_nditer", "numpy._core.tests.test_dtype"),
            *("numpy._core.tests.test_regression", "numpy.ma", "numpy._core.tests.test_numeric", "numpy.random"),
            *("numpy._core.tests.test_ufunc", "numpy.lib", "numpy.linalg", "numpy.polynomial"),
            *("numpy._core.tests.test_umath", "numpy._core.tests.test_multiarray"),
        ),
        ("numpy", "pytest", "hypothesis"),
    ),
    Suite(
        "SQLAlchemy",
        in_source(
            *("test/base", "test/engine", "test/sql", "test/orm/test_session.py", "test/orm/test_mapper.py"),
            *("test/orm/test_query.py", "test/orm/test_unitofwork.py", "test/orm/inheritance", "test/orm/declarative"),
            *("test/orm/test_relationships.py", "test/orm/test_eager_relations.py", "test/ext/asyncio", "test/dialect"),
            options=("--db", "sqlite"),
        ),
        ("sqlalchemy", "greenlet", "aiosqlite", "pytest"),
        source="sqlalchemy",
    ),
    Suite(
        "greenlet",
        packaged(
            *(
                f"greenlet.tests.test_{name}"
                for name in (
                    *("greenlet", "contextvars", "gc", "generator", "generator_nested", "greenlet_trash", "throw"),
                    *("tracing", "weakref", "extension_interface", "cpp", "stack_saved", "leaks"),
                )
            )
        ),
        ("greenlet", "pytest", "psutil", "objgraph"),
    ),
    Suite(
        "gevent",
        packaged(
            *(
                f"gevent.tests.test__{name}"
                for name in (
                    *("queue", "event", "greenlet", "greenlets_class", "pool", "socket", "subprocess", "threadpool"),
                    *("os", "select", "hub", "pywsgi", "server", "core_fork", "semaphore", "local", "lock", "signal"),
                    *("fileobject", "threading_2", "thread", "core_timer", "core_async", "refcount", "contextvars"),
                )
            )
        ),
        ("gevent", "pytest", "psutil", "objgraph", "requests", "dnspython"),
    ),
    Suite(
        "pandas",
        packaged(
            *("pandas.tests.internals", "pandas.tests.indexes.multi", "pandas.tests.arrays.categorical"),
            *("pandas.tests.frame.test_constructors", "pandas.tests.series.methods", "pandas.tests.reshape.merge"),
            *("pandas.tests.groupby.test_groupby", "pandas.tests.frame.indexing", "pandas.tests.io.json"),
        ),
        ("pandas", "numpy", "pytest", "hypothesis"),
    ),
    Suite(
        "tornado",
        packaged("tornado.test"),
        ("tornado", "pytest"),
    ),
    Suite(
        "Werkzeug",
        in_source("tests", options=("-p", "no:warnings")),
        ("werkzeug", "pytest", "pytest-timeout", "ephemeral-port-reserve", "watchdog", "cryptography"),
        source="werkzeug",
    ),
)  # fmt: skip


def in_turns(suites: tuple[Suite, ...]) -> Iterator[tuple[Suite, Job]]:
    """Each suite's first job, then each one's second: what a budget cuts off is then the rest of all."""
    for at in range(max(len(suite.jobs) for suite in suites)):
        for suite in suites:
            if at < len(suite.jobs):
                yield suite, suite.jobs[at]
