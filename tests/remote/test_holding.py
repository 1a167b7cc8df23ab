"""A process that is held is itself or gone, never another one."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from heapdiff.agent.system.identity import own_identity
from heapdiff.errors import ProcessError
from heapdiff.remote.holding import held


def test_it_is_the_one_that_was_found_until_it_ends() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process, held(process.pid) as found:
        assert found.is_here()
        assert found.seen.identity.place == own_identity().place
        found.send(signal.SIGKILL)
        process.wait()
        assert not found.is_here()
        with pytest.raises(ProcessLookupError):
            found.send(signal.SIGKILL)


def test_one_that_has_ended_is_not_held() -> None:
    with subprocess.Popen(["true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with pytest.raises(ProcessError, match="it has ended"), held(process.pid):
            pytest.fail("a zombie is nobody")
    with pytest.raises(ProcessError), held(process.pid):
        pytest.fail("and now there is none")
