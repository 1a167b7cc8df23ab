"""Puts one process's agent to work: directory, engine, signal, record. And says once what came of it."""

import contextlib
import json
import logging
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.agent.deployment.deployment import find_deployment
from heapdiff.agent.directory.access import prepare_directory
from heapdiff.agent.directory.names import SOCKET, default_directory, sanitize_host
from heapdiff.agent.directory.registry import AgentRecord, remove_dead_agents, remove_own_agent, write_agent
from heapdiff.agent.engines.choice import EngineChoice
from heapdiff.agent.engines.headroom import NEEDS
from heapdiff.agent.settings.amounts import Threshold
from heapdiff.agent.settings.arguments import mask_arguments
from heapdiff.agent.settings.parsers import signal_name
from heapdiff.agent.settings.settings import Settings
from heapdiff.agent.system.identity import own_identity
from heapdiff.agent.system.procfs import now_text, read_process, read_started_at
from heapdiff.agent.worker.servers import Role, ServerProcess
from heapdiff.version import __version__

logger = logging.getLogger("heapdiff")

_said: Final[set[tuple[int, str]]] = set()


@dataclass(slots=True)
class Agent:
    """What is installed in one process.

    `armed`: the engine is configured. `refusal`: why the directory is not used. `obstacle`: why the signal
    is not armed. `closed`: why there is no socket. `unsampled`: why allocations aren't sampled as asked. `settled`: a request
    was served since, so the server has finished setting up its signals. `application`: the module that a Flask app says it is of.
    """

    settings: Settings
    choice: EngineChoice
    server: ServerProcess
    user: int
    application: str = ""
    refusal: str | None = None
    obstacle: str | None = None
    closed: str | None = None
    unsampled: str | None = None
    settled: bool = False
    armed: bool = False

    @property
    def pid(self) -> int:
        return self.server.pid

    @property
    def directory(self) -> Path:
        return self.settings.directory or default_directory()

    @property
    def is_here(self) -> bool:
        """Whether it is this process's, not its parent's; a server may also have changed the user."""
        return self.pid == os.getpid() and self.user == os.geteuid()


def arm(agent: Agent) -> None:
    """Make ready for snapshots. Logs nothing, so that it may run right after a fork. Idempotent."""
    identity = str(own_identity())
    agent.refusal = prepare_directory(agent.directory)
    agent.choice.engine.configure(
        str(agent.directory),
        agent.settings.keep,
        agent.settings.deadline_s,
        __version__,
        agent.server.name or "",
        json.dumps(mask_arguments(getattr(sys, "argv", ()))),
        read_started_at(),
        host_name(),
        identity,
        agent.settings.hashes,
        find_deployment(agent.settings, agent.application, os.uname().nodename),
    )
    engine_rules(agent.settings, agent.choice)
    if agent.settings.signal is not None:
        agent.obstacle = arm_signal(agent, agent.settings.signal)
    if agent.refusal is None:
        agent.closed = agent.choice.engine.listen(str(agent.directory), SOCKET.format(identity))
        with contextlib.suppress(OSError):
            remove_dead_agents(agent.directory, host_name())
            write_agent(agent.directory, describe_agent(agent, identity))
    if agent.settings.sample_bytes:
        agent.choice.engine.start()
        agent.unsampled = agent.choice.engine.sample(agent.settings.sample_bytes, 0)
    agent.armed = True


def engine_rules(settings: Settings, choice: EngineChoice) -> None:
    """Tell the engine when to take snapshots by itself, and what they may take."""
    threshold, engine = settings.at_rss or Threshold(), choice.engine
    engine.bound(settings.budget_bytes, NEEDS[choice.name] if settings.headroom else None)
    engine.automate(
        threshold.bytes,
        threshold.percent,
        settings.every_s,
        settings.every_requests,
        settings.at_exit_s,
        settings.interval_s,
    )
    if settings.is_automatic:
        engine.start()


def arm_signal(agent: Agent, number: int) -> str | None:
    """Install the handler unless it is somebody else's signal; the reason when it is not installed."""
    engine, name = agent.choice.engine, signal_name(number)
    standing = signal.getsignal(number)
    try:
        if engine.arm(number) != "taken":
            return None
        if is_left_by_server(agent.server, standing):
            engine.arm_over(number)
            return None
        if (
            agent.server.name == "mod_wsgi"
            and not callable(standing)
            and engine.arm_beside(number) != "taken"
        ):
            return None  # its own handler only tells those whom mod_wsgi.subscribe_signals registered
    except (OSError, ValueError) as error:
        return f"SIG{name} could not be armed: {error}"
    owner = getattr(standing, "__module__", None) if callable(standing) else None
    where = f" (from module {owner})" if isinstance(owner, str) else ""
    return f"SIG{name} already has a handler{where}; heapdiff leaves it alone"


def is_left_by_server(server: ServerProcess, standing: object) -> bool:
    """Whether the handler is one that a known server leaves in its workers, where it serves nobody.

    uWSGI's is written in C, prints a backtrace, and Python knows nothing of it; gunicorn's is the master's,
    inherited until the worker resets it.
    """
    if server.role is not Role.WORKER:
        return False
    if server.name == "uwsgi":
        return not callable(standing)
    return server.name == "gunicorn" and getattr(standing, "__module__", None) == "gunicorn.arbiter"


def describe_agent(agent: Agent, identity: str) -> AgentRecord:
    state = read_process("self")
    return AgentRecord(
        pid=agent.pid,
        started_ticks=state.started_ticks if state else 0,
        image=state.image if state else 0,
        signal=agent.choice.engine.armed(),
        engine=agent.choice.name,
        engine_reason=agent.choice.reason,
        directory=str(agent.directory),
        server=agent.server.name,
        role=agent.server.role.value,
        armed_at=now_text(),
        heapdiff=__version__,
        host=host_name(),
        obstacle=agent.obstacle or "",
        socket=agent.closed is None,
        identity=identity,
    )


def host_name() -> str:
    """This host as it stands in names of files."""
    return sanitize_host(os.uname().nodename)


def disarm(agent: Agent) -> None:
    """Leave nothing behind: no handler, no thread, no descriptor, no record."""
    agent.choice.engine.stop()
    remove_own_agent(agent.directory)


def announce(agent: Agent) -> None:
    """One line per fact: which engine runs and why, where files go, and which signal asks for one."""
    choice = agent.choice
    say(logging.WARNING if choice.fallback else logging.INFO, f"engine {choice.name}: {choice.reason}")
    if agent.refusal is not None:
        advice = "Fix that, or set HEAPDIFF_DIR to another directory"
        say(logging.WARNING, f"no snapshots from process {agent.pid}: {agent.refusal}. {advice}")
    if agent.closed is not None:
        advice = "Use the signal or the endpoint to request a snapshot"
        say(logging.WARNING, f"process {agent.pid}: no socket: {agent.closed}. {advice}")
    if agent.unsampled is not None:
        say(logging.WARNING, f"process {agent.pid}: HEAPDIFF_SAMPLE is ignored: {agent.unsampled}")
    if agent.obstacle is not None:
        advice = (
            "Choose another signal with HEAPDIFF_SIGNAL (USR1), or set HEAPDIFF_TOKEN and use the endpoint"
        )
        say(logging.WARNING, f"process {agent.pid}: {agent.obstacle}. {advice}")
    elif number := choice.engine.armed():
        name = signal_name(number)
        say(logging.INFO, f"kill -{name} {agent.pid} writes a snapshot to {agent.directory}")


def say(level: int, line: str) -> None:
    """Log a line, once in a process."""
    if (os.getpid(), line) not in _said:
        _said.add((os.getpid(), line))
        logger.log(level, "heapdiff: %s", line)


def is_complete(agent: Agent) -> bool:
    """Whether the signal is armed, as far as it can be now."""
    number = agent.settings.signal
    return (
        number is None or agent.choice.engine.armed() == number or not is_ready(agent.server, agent.settled)
    )


def is_ready(server: ServerProcess, serving: bool) -> bool:
    """Whether a handler and a thread may be set up now: never in a master; in uWSGI only while serving."""
    return server.role not in (Role.MASTER, Role.RELOADER) and (server.name != "uwsgi" or serving)
