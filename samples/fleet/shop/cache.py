"""What the shop remembers of its visitors."""

from __future__ import annotations

import os
import secrets
import time
from collections import OrderedDict

MAX_SESSIONS = 80
FORGETS = os.environ.get("HEAPDIFF_RELEASE") != "1.1"


class Session:
    """A visitor, and which pages that was."""

    def __init__(self, user_agent: str) -> None:
        self.user_agent = user_agent
        self.created_at = time.time()
        self.viewed: list[str] = []


SESSIONS: OrderedDict[str, Session] = OrderedDict()


def open_session(user_agent: str) -> Session:
    """A new session. 1.1 was released without the line that drops the oldest one."""
    session = SESSIONS[secrets.token_hex(16)] = Session(user_agent)
    if FORGETS and len(SESSIONS) > MAX_SESSIONS:
        SESSIONS.popitem(last=False)
    return session
