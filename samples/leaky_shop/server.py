"""An application under gunicorn, on a free port of the loopback interface; it is stopped whatever happens."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import gunicorn.config

HERE = Path(__file__).parent
STOP_S = 10


@dataclass(frozen=True)
class Application:
    """What gunicorn calls to make it, from which folder, and what else gunicorn and its environment are told."""

    factory: str
    folder: Path
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


SHOP = Application("shop.app:create_app()", HERE)


@contextmanager
def serve(directory: Path, workers: int, log: Path, application: Application = SHOP) -> Iterator[int]:
    """The port of a running application; its workers write snapshots to `directory` and messages to `log`."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener, log.open("w") as messages:
        process = subprocess.Popen(
            command(listener.fileno(), workers, application),
            cwd=application.folder,  # in the checkout it would find heapdiff's sources, for which nothing may be compiled
            env={**os.environ, **application.environment, "HEAPDIFF_DIR": str(directory.resolve())},
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=messages,
            stderr=messages,
            start_new_session=True,
        )
        try:
            yield listener.getsockname()[1]
        finally:
            stop(process)


def command(listener: int, workers: int, application: Application) -> list[str]:
    options = {
        "--bind": f"fd://{listener}",
        "--chdir": str(application.folder),
        "--workers": str(workers),
        "--worker-class": "gthread",
        "--threads": "4",
        "--keep-alive": "30",
        "--graceful-timeout": "3",
    }
    parts = [part for option in options.items() for part in option]
    if hasattr(gunicorn.config, "ControlSocketDisable"):  # newer versions open a socket in the user's home
        parts.append("--no-control-socket")
    return [sys.executable, "-m", "gunicorn", *parts, *application.options, application.factory]


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the whole process group, politely first."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
