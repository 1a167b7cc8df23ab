"""The one agent of this process: installed, armed after a fork and with the first request, taken out.

What the host calls fails only into the log. State is per process: what a fork copied is recognised by its
process number and made anew.
"""

import atexit
import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from heapdiff.agent.directory.registry import remove_own_agent
from heapdiff.agent.engines.choice import choose_engine
from heapdiff.agent.settings.settings import Settings, read_settings
from heapdiff.agent.system.masking import hold_signals
from heapdiff.agent.system.unpatched import original
from heapdiff.agent.worker.arming import Agent, announce, arm, disarm, is_complete, is_ready
from heapdiff.agent.worker.servers import EMBEDDED, Role, ServerProcess, detect_server

logger = logging.getLogger("heapdiff")

REPAIR_S: Final = 30.0
LOCK_S: Final = 10.0
POLL_S: Final = 0.005

_agent: Agent | None = None
_locks: dict[int, Any] = {}
_hooked = False
_last: Final[list[Callable[[], None]]] = []
_aside = False


@contextlib.contextmanager
def standing_aside() -> Iterator[None]:
    """While an app is made only to be looked at: `install` does nothing, for this process serves nobody."""
    global _aside
    before, _aside = _aside, True
    try:
        yield
    finally:
        _aside = before


def install(settings: Settings, application: str = "") -> None:
    """Make this process ready for snapshots; with other settings, change them. Idempotent. Never raises.

    `application`: the module that a Flask app says it is of, where there is one.
    """
    if _aside:
        return
    try:
        with _alone():
            _install(settings, None, application=application)
    except Exception as error:
        logger.warning("heapdiff: not installed in process %d: %s", os.getpid(), error)


def earlier_settings() -> tuple[str, Mapping[str, Any]]:
    """What holds on from an earlier `install` where a later one is silent, as a source: the directory."""
    return "an earlier install()", {} if _agent is None else {"HEAPDIFF_DIR": _agent.settings.directory}


def settle(environ: Mapping[str, Any]) -> None:
    """With a process's first request: arm what could not be armed earlier, or was reset. Never raises."""
    if _agent is not None:
        join_serving(environ)


def join_serving(environ: Mapping[str, Any], application: str = "") -> None:
    """The same, where nothing may be installed yet: `heapdiff run` saw the request. Never raises."""
    try:
        with _alone():
            if _agent is None or not is_settled():
                _install(_known_settings(), environ, application=application)
    except Exception as error:
        logger.warning("heapdiff: not armed in process %d: %s", os.getpid(), error)


def join(name: str) -> None:
    """Where a server begins to serve: arm this process, its worker. Never in a master. Never raises."""
    try:
        with _alone():
            found = detect_server()
            if found.role is not Role.MASTER:
                worker = found if found.role is Role.WORKER else ServerProcess(name, Role.WORKER, found.pid)
                _install(_known_settings(), None, worker)
    except Exception as error:
        logger.warning("heapdiff: not armed in process %d: %s", os.getpid(), error)


@contextlib.contextmanager
def signal_held() -> Iterator[None]:
    """While a server resets signals and we arm ours again: it waits, for it would end the process."""
    try:
        number = _known_settings().signal
    except Exception:
        number = None
    with hold_signals(() if number is None else (number,)):
        yield


def join_embedded() -> None:
    """Where an app is made: arm, if the server is one whose start Python does not see. Never raises."""
    try:
        server = detect_server()
    except Exception:
        return
    if server.name in EMBEDDED and server.role is Role.WORKER:
        join(server.name)


def leave() -> None:
    """Where a process leaves serving to a child that it is about to start. Never raises."""
    with contextlib.suppress(Exception):
        uninstall()


def is_installed() -> bool:
    """Whether this process has an agent of its own."""
    return _own() is not None


def is_master() -> bool:
    """Whether this process only watches over those that serve."""
    return _agent is not None and _agent.server.role is Role.MASTER


def is_settled() -> bool:
    """Whether nothing is left to do in this process; cheap, for it is asked at each request."""
    agent = _agent
    return agent is None or (agent.settled and agent.server.pid == os.getpid())


def count_function() -> Callable[[], None]:
    """What counts a request: the engine's own function, which keeps nothing but the number."""
    agent = _agent
    if agent is None:
        return lambda: None
    agent.choice.engine.start_counting()
    return agent.choice.engine.count_request


def call_function() -> Callable[[str | None], None]:
    """What counts a call of an endpoint: the engine's own function."""
    return (lambda _: None) if _agent is None else _agent.choice.engine.count_call


def own_agent() -> Agent | None:
    """The agent that is installed in this very process, not in its parent."""
    return _own()


def at_end(function: Callable[[], None]) -> None:
    """Have a function called when a process with an agent ends, after its last snapshot. Once for each function; never raises."""
    if function not in _last:
        _last.append(function)


def uninstall() -> None:
    """Take the agent out of this process."""
    global _agent
    with _alone():
        agent, _agent = _agent, None
        if agent is not None and agent.pid == os.getpid():
            disarm(agent)


def ensure_agent() -> Agent:
    """The agent of this process; where none is installed, one that answers calls only. May raise."""
    with _alone():
        agent = _own()
        if agent is None:
            settings = read_settings(("snapshot()", {"HEAPDIFF_SIGNAL": None}))
            agent = _install(settings if _agent is None else _agent.settings, None)
        if not agent.armed:
            arm(agent)
        return agent


def _known_settings() -> Settings:
    return read_settings() if _agent is None else _agent.settings


def _own() -> Agent | None:
    return _agent if _agent is not None and _agent.is_here else None


def _install(
    settings: Settings,
    environ: Mapping[str, Any] | None,
    server: ServerProcess | None = None,
    application: str = "",
) -> Agent:
    global _agent
    application = application or ("" if _agent is None else _agent.application)
    own = _own()
    news = (environ is not None and not (own and own.settled)) or server not in (None, own and own.server)
    news = news or (own is not None and application != own.application)
    if own is not None and own.settings == settings and not news and is_complete(own):
        return own
    if server is None:
        server = own.server if own is not None and environ is None else detect_server(environ)
    known = _agent is not None and _agent.settings.engine == settings.engine
    choice = _agent.choice if _agent is not None and known else choose_engine(settings.engine)
    if own is not None and (own.settings.signal != settings.signal or not known):
        own.choice.engine.stop()
    if own is not None and own.settings.sample_bytes and not settings.sample_bytes:
        own.choice.engine.unsample()
    serving = environ is not None or (own is not None and own.settled)
    agent = _agent = Agent(settings, choice, server, os.geteuid(), application, settled=serving)
    _hook()
    if server.name != "uwsgi":
        choice.engine.follow_forks(settle_forked)
    if is_ready(server, serving):
        arm(agent)
        announce(agent)
    elif server.role is Role.MASTER:
        remove_own_agent(agent.directory)
    return agent


def _hook() -> None:
    """Be told about the end of the process; once for all."""
    global _hooked
    if not _hooked:
        _hooked = True
        atexit.register(_at_exit)


def settle_forked() -> None:
    """In a forked child that has lived a moment: arm it, unless it was first. From a thread of the engine, silently."""
    global _agent
    try:
        with _alone(limit_s=0):
            server = detect_server()
            if _agent is not None and _own() is None and is_ready(server, serving=False):
                _agent = replace(_agent, server=server, user=os.geteuid(), settled=False, armed=False)
                arm(_agent)
                _agent.choice.engine.watch_handler(REPAIR_S)
    except Exception:
        return


def _at_exit() -> None:
    agent = _agent
    if agent is not None and agent.pid == os.getpid():
        agent.choice.engine.before_exit()
        remove_own_agent(agent.directory)
        for function in _last:
            with contextlib.suppress(Exception):
                function()


@contextlib.contextmanager
def _alone(limit_s: float = LOCK_S) -> Iterator[None]:
    """One thread at a time. Each process has its own lock: the parent's may have been held at the fork.

    A real one, for the engine's thread may ask for it; so it is polled, which lets greenlets go on meanwhile. Who interrupts its
    holder, as a signal's handler or `--attach` may, would wait for himself.
    """
    lock = _locks.setdefault(os.getpid(), original("_thread", "allocate_lock")())
    last = time.monotonic() + limit_s
    while not lock.acquire(False):
        if _interrupts_holder():
            raise RuntimeError("it is being installed right now")
        if time.monotonic() >= last:
            raise TimeoutError("another thread is already installing it")
        time.sleep(POLL_S)
    try:
        yield
    finally:
        lock.release()


def _interrupts_holder() -> bool:
    """Whether the stack below whoever asks for the lock has another one who did. Another greenlet's isn't there."""
    asking = {each.__code__ for each in (install, join_serving, join, uninstall, ensure_agent, settle_forked)}
    at = sys._getframe(3).f_back  # `_alone`, the context manager and the function that asks lie between
    while at is not None and at.f_code not in asking:
        at = at.f_back
    return at is not None
