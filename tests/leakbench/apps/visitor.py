"""Turns `GET /visit/N` into the Nth thing a visitor does in a real application: forms, logins, deletions.

The application sees that request and no other, as its server would hand it over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["Step", "form", "get", "post", "send_visitors"]

VISIT: Final = "/visit/"
SUCCESS: Final = "200 OK"


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a visitor."""

    method: str
    path: str
    body: bytes = b""
    content_type: str = ""


def get(path: str) -> Step:
    return Step("GET", path)


def form(path: str, **fields: object) -> Step:
    """A form that is sent; a list is a field with several values."""
    return Step("POST", path, urlencode(fields, doseq=True).encode(), "application/x-www-form-urlencoded")


def post(path: str, **fields: object) -> Step:
    """A call of an API."""
    return Step("POST", path, json.dumps(fields).encode(), "application/json")


def send_visitors(app: Flask, step: Callable[[int], Step]) -> Flask:
    """Let `/visit/N` of the app be `step(N)`; all share one jar of cookies."""
    app.wsgi_app = Visitor(app.wsgi_app, step)  # type: ignore[method-assign]
    return app


class Visitor:
    """WSGI around WSGI. A redirection counts as success, as it does for a browser."""

    def __init__(self, app: WSGIApplication, step: Callable[[int], Step]) -> None:
        self.app = app
        self.step = step
        self.cookies: dict[str, str] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(VISIT):
            return self.app(environ, start_response)
        step = self.step(int(environ["PATH_INFO"].removeprefix(VISIT)))

        def start(status: str, headers: list[tuple[str, str]], failure: Any = None) -> Any:
            self.keep(headers)
            return start_response(SUCCESS if status.startswith("3") else status, headers, failure)

        return self.app({**environ, **self.asked(step)}, start)

    def asked(self, step: Step) -> dict[str, Any]:
        path, _, query = step.path.partition("?")
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {
            "REQUEST_METHOD": step.method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_URI": step.path,
            "RAW_URI": step.path,
            "CONTENT_TYPE": step.content_type,
            "CONTENT_LENGTH": str(len(step.body)),
            "HTTP_COOKIE": cookies,
            "wsgi.input": BytesIO(step.body),
        }

    def keep(self, headers: list[tuple[str, str]]) -> None:
        for name, value in headers:
            if name.lower() == "set-cookie":
                self.cookies.update((key, morsel.value) for key, morsel in SimpleCookie(value).items())
