"""The snapshots of a test's process: in a private directory, without a word on its streams, nothing left behind afterwards."""

from __future__ import annotations

import gc
import io
import logging
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from heapdiff.agent.engines.contract import Engine
from heapdiff.agent.settings.settings import Settings, read_settings
from heapdiff.agent.worker import installation
from heapdiff.agent.worker.asking import take_snapshot
from heapdiff.errors import CaptureError, reason_of

LEAST_INTERVAL, MOST_INTERVAL = 4096, 1 << 19  # bytes from one sample to the next: more cost time
SAMPLES: Final = 40  # of what is expected to grow


class Camera:
    """Takes the snapshots. What it samples, it samples only until the end."""

    def __init__(self, directory: Path, engine: Engine, samples: bool) -> None:
        self.directory = directory
        self._engine = engine
        self._number = 0
        self._may_sample = not samples
        self._sampling = False

    def take(self) -> Path:
        """A snapshot without garbage: a cycle that waits for the collector isn't growth."""
        gc.collect()
        self._number += 1
        return take_snapshot(self.directory / f"{self._number}.json")

    def sample(self, expected: int) -> None:
        """From now on, record who allocates: something grows, and a failure should name the line. `expected` bytes to come."""
        interval = max(LEAST_INTERVAL, min(MOST_INTERVAL, expected // SAMPLES))
        if self._may_sample and not self._sampling:
            self._sampling = self._engine.sample(interval, 0) is None

    def close(self) -> None:
        if self._sampling:
            self._engine.unsample()


def settle_logs() -> None:
    """Let pytest's log handlers keep their text as one: CPython 3.11 keeps the pieces of a new StringIO in a list that nothing
    can be seen to refer to, so that nobody could tell whose it is."""
    for handler in logging.getLogger().handlers:
        stream = getattr(handler, "stream", None)
        if type(handler).__module__.startswith("_pytest.") and isinstance(stream, io.StringIO):
            stream.readline()


@contextmanager
def stating_what_failed(what: str) -> Iterator[None]:
    """What the system refuses us is no error of the test's, which raises its own."""
    try:
        yield
    except OSError as error:
        raise CaptureError(
            f"{what}: {reason_of(error)}", "It needs a temporary directory and a few descriptors."
        ) from error


@contextmanager
def capturing() -> Iterator[Camera]:
    """An agent that the application has installed is used as it is; one of ours goes again."""
    logger = logging.getLogger("heapdiff")
    said, ours = logger.disabled, not installation.is_installed()
    with ExitStack() as opened:
        with stating_what_failed("no directory for snapshots could be made"):
            directory = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="heapdiff-test-")))
        logger.disabled = True
        try:
            if ours:
                engine_name = read_settings().engine
                installation.install(
                    Settings(directory=directory, signal=None, hashes=False, engine=engine_name)
                )
            settle_logs()
            agent = installation.ensure_agent()
            agent.choice.engine.hush(True)
            camera = Camera(directory, agent.choice.engine, bool(agent.settings.sample_bytes))
            try:
                yield camera
            finally:
                camera.close()
                agent.choice.engine.hush(False)
        finally:
            if ours:
                installation.uninstall()
            logger.disabled = said
