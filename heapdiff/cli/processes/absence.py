"""What to say where no process has an agent. Looks at the directory; asks nobody."""

import os
from pathlib import Path

from heapdiff.agent.directory.access import foresee_refusal
from heapdiff.agent.directory.names import default_directory
from heapdiff.errors import ProcessError
from heapdiff.remote.finding import ATTACH, ATTACH_ELSEWHERE


def nobody(directory: Path | None) -> ProcessError:
    """That there is no agent in a directory, and how a process gets one."""
    where = directory or Path(os.environ.get("HEAPDIFF_DIR") or default_directory())
    hint = f"Start the application under heapdiff run, or with HeapDiff(app). {ATTACH.format(command='snapshot', pid='PID')}."
    if refusal := foresee_refusal(where):
        elsewhere = ATTACH_ELSEWHERE.format(command="snapshot", pid="PID")
        hint = f"An agent couldn't write there: {refusal}. Set HEAPDIFF_DIR, here and for the application. {elsewhere}."
    return ProcessError(
        f"no process has an agent in {where}" if directory or refusal else "no process has an agent", hint
    )
