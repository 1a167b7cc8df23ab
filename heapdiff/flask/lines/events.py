"""Has each line that runs counted: by `sys.monitoring`, or on CPython 3.11 by a trace function of our own in C.

Only for the column of occurrences. What a line allocates is told by the frames at each allocation, so another tool that uses
these events costs that column, and nothing else.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from types import CodeType, FrameType
from typing import Any, Final

from heapdiff.agent import _native

TOOL: Final = "heapdiff"
TOOL_IDS: Final = (2, 3, 4, 1, 0)  # the profilers', those of nobody, coverage's and the debugger's


class LineEvents:
    """The events of some code objects, on from `start` to `stop`. `active`: whether there are any."""

    def __init__(self) -> None:
        self.active = False
        self._tool: int | None = None
        self._codes: list[CodeType] = []

    def start(self) -> None:
        if sys.version_info >= (3, 12):
            self._tool = _take_tool()
            self.active = self._tool is not None
        else:
            self.active = _native.lines_trace(True)
            if self.active and threading.gettrace() is None:
                threading.settrace(_trace_thread)

    def add(self, codes: Iterable[CodeType]) -> None:
        if sys.version_info >= (3, 12) and self._tool is not None:
            for code in codes:
                events = sys.monitoring.events
                sys.monitoring.set_local_events(self._tool, code, events.LINE | events.PY_START)
                self._codes.append(code)

    def stop(self) -> None:
        if sys.version_info >= (3, 12):
            if self._tool is not None:
                _give_tool_back(self._tool, self._codes)
        elif self.active:
            _native.lines_trace(False)
            if threading.gettrace() is _trace_thread:
                threading.settrace(None)
        self._tool, self._codes = None, []


if sys.version_info >= (3, 12):

    def _take_tool() -> int | None:
        monitoring = sys.monitoring
        for tool in TOOL_IDS:
            if monitoring.get_tool(tool) is None:
                monitoring.use_tool_id(tool, TOOL)
                monitoring.register_callback(tool, monitoring.events.LINE, _native.on_line)
                monitoring.register_callback(tool, monitoring.events.PY_START, _native.on_call)
                return tool
        return None

    def _give_tool_back(tool: int, codes: Iterable[CodeType]) -> None:
        monitoring = sys.monitoring
        for code in codes:
            monitoring.set_local_events(tool, code, 0)
        for event in (monitoring.events.LINE, monitoring.events.PY_START):
            monitoring.register_callback(tool, event, None)
        monitoring.free_tool_id(tool)


def _trace_thread(_frame: FrameType, _event: str, _argument: Any) -> None:
    """What a new thread calls first: from then on it is traced in C."""
    sys.settrace(None)
    _native.lines_trace(True)
