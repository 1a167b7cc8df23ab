"""Two caches: one that somebody forgot to bound, and one done right."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from .models import Session

# Leak 1: each visit without a cookie (a crawler, a probe) creates a new session, and none is ever dropped.
SESSIONS: dict[str, Session] = {}

MAX_PAGES = 150
PAGES: OrderedDict[str, str] = OrderedDict()
_pages_lock = Lock()


def session_for(cookie: str | None, user_agent: str) -> Session:
    """The visitor's session, or a new one."""
    if cookie in SESSIONS:
        return SESSIONS[cookie]
    session = Session(secrets.token_hex(16), user_agent)
    SESSIONS[session.session_id] = session
    return session


def page_for(key: str, render: Callable[[], str]) -> str:
    """The rendered page; when the cache is full, the least recently used page makes room."""
    with _pages_lock:
        if key in PAGES:
            PAGES.move_to_end(key)
            return PAGES[key]
    page = render()
    with _pages_lock:
        PAGES[key] = page
        if len(PAGES) > MAX_PAGES:
            PAGES.popitem(last=False)
    return page
