"""`heapdiff completion`: the script that makes a shell complete commands, options and files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from heapdiff.cli.streams import print_document
from heapdiff.errors import UsageError

if TYPE_CHECKING:
    from click.shell_completion import ShellComplete


@click.command(short_help="Print a shell's completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    \b
      eval "$(heapdiff completion bash)"      # in ~/.bashrc
      eval "$(heapdiff completion zsh)"       # in ~/.zshrc
      heapdiff completion fish > ~/.config/fish/completions/heapdiff.fish
    """
    print_document(f"{_completion_of(shell, ctx.find_root().command, '_HEAPDIFF_COMPLETE').source()}\n")


def answer(command: click.Command, variable: str) -> None:
    """Print what a shell asks for in a variable. Click's own way writes bytes past the stream."""
    shell, _, wanted = os.environ[variable].partition("_")
    found = _completion_of(shell, command, variable)
    print_document(f"{found.source() if wanted == 'source' else found.complete()}\n")


def _completion_of(shell: str, command: click.Command, variable: str) -> ShellComplete:
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    if script is None:
        raise UsageError(
            f"{variable}: {shell} is none of bash, zsh and fish", "See heapdiff completion --help."
        )
    return script(command, {}, "heapdiff", variable)
