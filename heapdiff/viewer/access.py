"""Who may look: the browser that was given the printed address first, and only from this machine's own names."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable
from threading import Lock
from typing import Final

from flask import Request, Response

from heapdiff.web.origins import is_from_elsewhere, is_same_origin, refuse_shape

HOSTS: Final = ("127.0.0.1", "localhost")
LOOKING_AHEAD: Final = ("Sec-Purpose", "Purpose", "X-Moz")  # a browser that may never show what it fetches
USED_UP: Final = (
    "This address was used already: it is good for one browser, once. Run heapdiff view again for a new one."
)
NEEDED: Final = "Open the address that heapdiff view printed."


class Gate:
    """One server's token, which is good once, and the cookie that the browser gets for it."""

    def __init__(self, port: int) -> None:
        self.hosts: Final = frozenset(f"{host}:{port}" for host in HOSTS)
        self.cookie: Final = f"heapdiff_view_{port}"  # cookies of one host are of all its ports
        self.token: str = secrets.token_urlsafe(32)
        self._session = secrets.token_urlsafe(32)
        self._form = secrets.token_urlsafe(32)
        self._fresh, self._lock = True, Lock()

    @property
    def form(self) -> str:
        """What stands in each form of ours."""
        return self._form

    def use_token(self, request: Request) -> bool:
        """Whether a request brings the token for the first time, to be shown."""
        given = request.args.get("token", "")
        if request.method != "GET" or any(name in request.headers for name in LOOKING_AHEAD):
            return False
        with self._lock:
            right = self._fresh and is_equal(given, self.token)
            self._fresh = self._fresh and not right
        return right

    def let_in(self, answer: Response) -> None:
        """Give the browser its cookie."""
        answer.set_cookie(self.cookie, self._session, httponly=True, samesite="Strict", path="/")

    def refuse(self, request: Request) -> tuple[int, str] | None:
        """Why this isn't answered: status and sentence. None: it comes from the browser that was let in."""
        if request.environ.get("HTTP_HOST", "") not in self.hosts:
            return 421, "This page has another name."
        if "token" in request.args and not self._has_cookie(request):
            return 403, NEEDED if self._fresh else USED_UP
        if not self._has_cookie(request):
            return 403, NEEDED
        if is_from_elsewhere(request):
            return 403, "Another site's page asked for this."
        return self._refuse_form(request) if request.method == "POST" else None

    def is_known_host(self, request: Request) -> bool:
        return request.environ.get("HTTP_HOST", "") in self.hosts

    def _has_cookie(self, request: Request) -> bool:
        return is_equal(request.cookies.get(self.cookie, ""), self._session)

    def _refuse_form(self, request: Request) -> tuple[int, str] | None:
        if refused := refuse_shape(request):
            return refused[0], f"No: {refused[1]}."
        if not is_equal(request.form.get("form", ""), self._form) or not is_same_origin(request):
            return 403, "This form isn't from this page. Go back, reload it and try again."
        return None


def is_equal(given: str, right: str) -> bool:
    """In the time that it takes whatever was given."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), right.encode())


def names(hosts: Iterable[str]) -> str:
    """For a message."""
    return " or ".join(sorted(hosts))
