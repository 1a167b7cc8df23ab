"""Switches metrics on for who asked for them, once in a process. Imports their packages only then, and logs what is missing."""

import logging
import os
from collections.abc import Callable
from typing import Any, Final, TypeVar
from weakref import WeakSet

from heapdiff.agent.settings.parsers import MOST_SUSPECTS
from heapdiff.agent.settings.settings import Settings
from heapdiff.agent.worker.installation import at_end
from heapdiff.flask.metrics.suspects import end_search

logger = logging.getLogger("heapdiff")

FILES: Final = "PROMETHEUS_MULTIPROC_DIR"

T = TypeVar("T")

_registries: Final[WeakSet[Any]] = WeakSet()
_updater: Callable[[], None] | None = None
_has_instruments = False


def switch_on(settings: Settings) -> Callable[[], None] | None:
    """What the settings ask for; what is to run before each request, if anything. Never raises."""
    if "opentelemetry" in settings.metrics:
        register_opentelemetry(settings.suspects_most)
    if "prometheus" not in settings.metrics:
        return None
    if is_multiprocess():
        return _tell(lambda: write_files(settings.suspects_most), "prometheus", "prometheus_client")
    register_prometheus(suspects=settings.suspects_most)
    return None


def register_prometheus(registry: Any = None, *, suspects: int = 0) -> bool:
    """Have a registry, or prometheus_client's own, answer with this process's figures too; whether it does. Never raises.

    Not in prometheus_client's multiprocess mode, where no registry is asked: set `HEAPDIFF_METRICS` there.
    """
    if is_multiprocess():
        logger.warning("heapdiff: %s is set: set HEAPDIFF_METRICS=prometheus, and register nothing", FILES)
        return False
    most = min(suspects, MOST_SUSPECTS)
    return bool(_tell(lambda: _register(registry, most), "prometheus", "prometheus_client"))


def register_opentelemetry(suspects: int = 0) -> bool:
    """Have the application's OpenTelemetry SDK collect this process's figures; whether it will. Never raises."""
    most = min(suspects, MOST_SUSPECTS)
    return bool(_tell(lambda: _make_instruments(most), "opentelemetry", "opentelemetry"))


def is_multiprocess() -> bool:
    """As prometheus_client finds out, when it's imported."""
    return FILES in os.environ or FILES.lower() in os.environ


def write_files(suspects_most: int) -> Callable[[], None]:
    """One updater for all apps of the process."""
    global _updater
    if _updater is None:
        from heapdiff.flask.metrics.multiprocess import WorkerFiles, make_updater

        files = WorkerFiles(suspects_most)
        at_end(files.leave)
        at_end(end_search)
        _updater = make_updater(files)
    return _updater


def _register(registry: Any, suspects_most: int) -> bool:
    from prometheus_client import REGISTRY

    from heapdiff.flask.metrics.prometheus import FiguresCollector

    chosen = REGISTRY if registry is None else registry
    if chosen not in _registries:
        chosen.register(FiguresCollector(suspects_most))
        _registries.add(chosen)
        at_end(end_search)
    return True


def _make_instruments(suspects_most: int) -> bool:
    global _has_instruments
    if not _has_instruments:
        from heapdiff.flask.metrics.opentelemetry import make_instruments

        make_instruments(suspects_most)
        at_end(end_search)
        _has_instruments = True
    return True


def _tell(act: Callable[[], T], extra: str, package: str) -> T | None:
    """Do it; None, and one line in the log, where that isn't possible."""
    try:
        return act()
    except ImportError as error:
        missing = (error.name or "").split(".")[0] == package
        why = f"pip install 'heapdiff[{extra}]'" if missing else error
        logger.warning("heapdiff: no metrics for %s: %s", extra, why)
    except Exception as error:
        logger.warning("heapdiff: no metrics for %s: %s", extra, error)
    return None
