"""`flask heapdiff lines VIEW`: what each line of a view allocates and keeps, over some requests to the app in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from heapdiff.errors import UsageError
from heapdiff.flask.commands.adoption import AppCommand

if TYPE_CHECKING:
    from flask import Flask

    from heapdiff.flask.lines.driving import Asked
    from heapdiff.flask.lines.line_figures import LinesAnswer
    from heapdiff.flask.lines.profile import LineProfile

REQUESTS_MOST: Final = 1_000_000


class LinesCommand(AppCommand):
    """Loads the app with a bare `@profile` of ours, where nobody else has put one there."""

    def load_app(self, ctx: click.Context) -> Flask:
        from heapdiff.flask.lines.decorator import SETTING, profile_lines
        from heapdiff.flask.lines.memory_profiler import builtin_decorator

        os.environ.pop(SETTING, None)  # it isn't profiled while it's loaded
        with builtin_decorator(profile_lines):
            return super().load_app(ctx)


@click.command("lines", cls=LinesCommand)
@click.argument("view")
@click.option(
    "-n", "--requests", type=click.IntRange(1, REQUESTS_MOST), default=20, show_default=True,
    help="Requests to measure.",
)  # fmt: skip
@click.option(
    "--warm-up", type=click.IntRange(1, REQUESTS_MOST), default=5, show_default=True,
    help="Requests beforehand, which fill caches.",
)  # fmt: skip
@click.option("--path", help="What to request; needed if the view's rule has arguments.")
@click.option("--method", help="By which method; by default GET, or the first one of the rule.")
@click.option("--data", help="The body: JSON, or a form as in a=1&b=2.")
@click.option(
    "--header", multiple=True, metavar="'NAME: VALUE'", help="A header of the requests. Repeat it for more."
)
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True,
    help="How to print the answer.",
)  # fmt: skip
@click.pass_context
def lines(
    ctx: click.Context,
    view: str,
    requests: int,
    warm_up: int,
    path: str | None,
    method: str | None,
    data: str | None,
    header: Sequence[str],
    form: str,
) -> None:
    """Show what each line of a view allocates and keeps.

    VIEW is an endpoint, such as shop.product, or a function, such as shop.views:product. It is requested through the app's test
    client. Functions decorated with @profile_lines or memory_profiler's @profile are shown as well.

    \b
      flask heapdiff lines shop.index
      flask heapdiff lines shop.product --path /product/1 -n 100
    """
    from flask.cli import ScriptInfo

    from heapdiff.flask.lines.driving import Asked, default_method, default_path, find_view, read_headers
    from heapdiff.flask.lines.memory_profiler import standing_aside

    headers = read_headers(header)
    app = ctx.ensure_object(ScriptInfo).load_app()
    found = find_view(app, view)
    verb = (method or ("POST" if data is not None else default_method(app, found))).upper()
    asked = Asked(path or default_path(app, found, verb), verb, data, headers)
    with standing_aside():
        profile = _profile(found.function, verb)
        status = _measure(app, profile, asked, warm_up, requests)
    _print(_noted(profile.figures(requests), asked, status), form)


def _profile(function: Callable[..., Any], method: str) -> LineProfile:
    from heapdiff.flask.lines.decorator import marked
    from heapdiff.flask.lines.memory_profiler import decorated
    from heapdiff.flask.lines.profile import LineProfile

    profile = LineProfile()
    profile.add(function, method)
    others: list[Callable[..., Any]] = [*marked(), *decorated()]
    for each in others:
        profile.add(each, method)
    return profile


def _measure(app: Flask, profile: LineProfile, asked: Asked, warm_up: int, requests: int) -> int:
    """The last answer's status. The profile has figures of the requests after the warm-up."""
    from heapdiff.flask.lines.driving import make_client, make_requests

    client = make_client(app, asked)
    with profile:
        status = make_requests(client, asked, warm_up)
        function = profile.figures().functions[0]
        if not (function.calls or function.allocated_blocks):
            raise UsageError(
                f"{asked.method} {asked.path} was answered with {status} and never ran {function.function}",
                "Name a request that reaches it with --path, --method, --data and --header (a login: 'Cookie: …').",
            )
        profile.start()
        status = make_requests(client, asked, requests)
        if not any(each.calls or each.allocated_blocks for each in profile.figures().functions):
            raise UsageError(
                f"{asked.method} {asked.path} ran {function.function} while warming up, but not once in "
                f"{requests} requests after that",
                "Does a cache answer? Switch it off for this (Flask-Caching: CACHE_TYPE='NullCache').",
            )
        return status


def _noted(answer: LinesAnswer, asked: Asked, status: int) -> LinesAnswer:
    from heapdiff.flask.lines.line_figures import LinesAnswer

    ran = [each for each in answer.functions if each.calls or each.allocated_blocks]
    silent = ", ".join(each.function for each in answer.functions if each not in ran)
    more = [f"decorated, but never called: {silent}"] if silent else []
    more += [f"the last answer to {asked.method} {asked.path} was {status}"] if status >= 400 else []
    return LinesAnswer(answer.requests, tuple(ran), (*answer.notes, *more))


def _print(answer: LinesAnswer, form: str) -> None:
    from heapdiff.cli.output import print_answer, print_text
    from heapdiff.flask.lines.line_figures import SCHEMA
    from heapdiff.flask.lines.table import render_table

    if form == "json":
        print_answer(form, SCHEMA, answer, lambda _console: None)
    else:
        print_text(render_table(answer))
