"""Commands of `heapdiff`, given the directory of the app that `flask` was started for. Copies nothing of what they do."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any, Final

import click
from flask import Flask
from flask.cli import ScriptInfo

from heapdiff.agent.directory.names import default_directory
from heapdiff.agent.worker.installation import standing_aside
from heapdiff.cli import run_explained
from heapdiff.errors import HeapdiffError
from heapdiff.flask.extension import EXTENSION, read_app_settings

Run = Callable[..., None]
DIRECTORY: Final = "directory"  # the parameter of `--dir`


class AppCommand(click.Command):
    """A command for one app. What goes wrong in it is a line, a hint and an exit code; what the app raises is left alone."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        try:
            return super().make_context(info_name, args, parent, **extra)
        except HeapdiffError as error:
            from heapdiff.cli.failure import explain

            explain(error).report()
            raise click.exceptions.Exit(error.exit_code) from error

    def invoke(self, ctx: click.Context) -> None:
        ctx.meta[DIRECTORY] = directory_of(self.load_app(ctx))
        code = run_explained(lambda: super(AppCommand, self).invoke(ctx))
        if code:
            ctx.exit(code)

    def load_app(self, ctx: click.Context) -> Flask:
        """The app of this `flask`. It's made without an agent: this process is none of its workers."""
        with standing_aside():
            return ctx.ensure_object(ScriptInfo).load_app()


def adopted(
    theirs: click.Command, *, without: Collection[str] = (), more: Sequence[click.Parameter] = ()
) -> Callable[[Run], AppCommand]:
    """A command of that name with their parameters but for some.

    The function is given the context, the app's directory and the parameters; what it does not hand on has its default.
    """
    own = {each.name for each in more}
    left_out = {DIRECTORY, *without, *own}
    params = [*more, *(param for param in theirs.params if param.name not in left_out)]

    def decorate(run: Run) -> AppCommand:
        @click.pass_context
        def callback(ctx: click.Context, /, **given: Any) -> None:
            run(ctx, ctx.meta[DIRECTORY], **given)

        return AppCommand(
            theirs.name, params=params, callback=callback, help=run.__doc__, short_help=theirs.short_help
        )

    return decorate


def directory_of(app: Flask) -> Path:
    """Where the app's workers keep their snapshots."""
    state = app.extensions.get(EXTENSION)
    settings = read_app_settings(app) if state is None else state.settings
    directory: Path = settings.directory or default_directory()
    return directory
