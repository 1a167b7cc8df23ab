"""What an application calls: installs the agent, and has it join where the server begins to serve."""

import contextlib
import importlib
import sys

from heapdiff.agent.settings.settings import Settings
from heapdiff.agent.worker import asking, installation
from heapdiff.agent.worker.hooks import equip

__all__ = [
    "asking",
    "install",
    "watch_reloader",
]  # `asking` so that `snapshot()` imports nothing: in a process that was forked
# while another thread imported it, that would wait for ever


def install(settings: Settings, application: str = "") -> None:
    """Make this process ready for snapshots, or in a master that loaded the app, each worker. Never raises."""
    installation.install(settings, application)
    workers = sys.modules.get("gunicorn.workers.base")
    if workers is not None and installation.is_master():
        equip(workers)


def watch_reloader() -> None:
    """Take the agent out again of a process that, having made the app, only watches over the one that serves it."""
    with contextlib.suppress(ImportError):
        equip(importlib.import_module("werkzeug._reloader"))
