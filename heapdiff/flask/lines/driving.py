"""Finds a view of an app and makes requests for it through the app's test client, as many as asked."""

from __future__ import annotations

import difflib
import importlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import BuildError

from heapdiff.errors import HeapdiffError, UsageError
from heapdiff.escaping import escape_terminal
from heapdiff.flask.lines.functions import unwrap

FORM: Final = "application/x-www-form-urlencoded"
REASON_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class View:
    """A view function; `endpoint` is None for a function that no rule leads to."""

    function: Callable[..., Any]
    endpoint: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as on the command line."""

    path: str
    method: str
    data: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def content_type(self) -> str | None:
        if self.data is None:
            return None
        try:
            return FORM if not isinstance(json.loads(self.data), dict | list) else "application/json"
        except ValueError:
            return FORM


def find_view(app: Flask, name: str) -> View:
    """The view of an endpoint, or the function `module:function`. Raises UsageError."""
    if name in app.view_functions:
        return View(app.view_functions[name], name)
    if ":" not in name:
        near = difflib.get_close_matches(name, app.view_functions, 3) or sorted(app.view_functions)[:5]
        raise UsageError(
            f"{escape_terminal(name)}: the app has no such endpoint",
            f"Name an endpoint ({escape_terminal(', '.join(near))}, …; `flask routes` lists them), or module:function.",
        )
    function = _import(name)
    inner = unwrap(function)
    for endpoint, view in app.view_functions.items():
        try:
            if view is function or unwrap(view) is inner:
                return View(function, endpoint)
        except UsageError:  # a view that isn't written in Python
            continue
    return View(function, None)


def _import(name: str) -> Callable[..., Any]:
    module, _, qualname = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in qualname.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise UsageError(
            f"{escape_terminal(name)}: {escape_terminal(str(error))}", "Write it as package.module:function."
        ) from error
    if not callable(found):
        raise UsageError(f"{escape_terminal(name)} is no function", "Write it as package.module:function.")
    function: Callable[..., Any] = found
    return function


def default_method(app: Flask, view: View) -> str:
    """GET where the view answers it, else the first method of its first rule."""
    methods = next((rule.methods for rule in _rules(app, view)), None) or {"GET"}
    return "GET" if "GET" in methods else min(methods - {"OPTIONS", "HEAD"}, default="GET")


def default_path(app: Flask, view: View, method: str) -> str:
    """The path of the view's rule, if that has no arguments. Raises UsageError."""
    rules = _rules(app, view)
    if not rules:
        raise UsageError(
            "no rule leads to this function", "Give the path of a request that runs it: --path /…"
        )
    try:
        built: str = app.url_map.bind("localhost").build(view.endpoint or "", method=method)
    except BuildError:
        rule = next((rule for rule in rules if rule.arguments), rules[0])
        raise UsageError(
            f"{escape_terminal(rule.rule)} has arguments, or isn't for {method}",
            "Give a path that leads there with --path, and its method with --method.",
        ) from None
    return built


def _rules(app: Flask, view: View) -> list[Any]:
    return [] if view.endpoint is None else list(app.url_map.iter_rules(view.endpoint))


def make_client(app: Flask, asked: Asked) -> FlaskClient:
    """With a jar for cookies, like a browser; unless a header brings cookies, which the jar would replace."""
    return app.test_client(use_cookies=not any(name.lower() == "cookie" for name, _ in asked.headers))


def make_requests(client: FlaskClient, asked: Asked, count: int) -> int:
    """The last answer's status. Raises HeapdiffError with what the app raised."""
    status = 0
    for _ in range(count):
        try:
            answer = client.open(
                asked.path,
                method=asked.method,
                data=asked.data,
                content_type=asked.content_type,
                headers=list(asked.headers),
                buffered=True,
            )
        except Exception as error:
            what = escape_terminal(f"{type(error).__name__}: {error}"[:REASON_MOST])
            raise HeapdiffError(
                f"{asked.method} {escape_terminal(asked.path)} raised {what}",
                "Fix that, or name another request with --path, --method, --data and --header.",
            ) from error
        status = answer.status_code
        answer.close()
    return status


def read_headers(given: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """`Name: value`, each. Raises UsageError."""
    pairs = [header.partition(":") for header in given]
    for name, colon, value in pairs:
        if not colon or not name.strip() or "\n" in value or "\r" in value:
            raise UsageError(f"{escape_terminal(name)}: not a header", "Write it as 'Name: value'.")
    return tuple((name.strip(), value.strip()) for name, _, value in pairs)
