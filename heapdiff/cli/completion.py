"""`heapdiff completion`: the script that makes a shell complete commands, options and files."""

import click


@click.command(short_help="Print a shell's completion script.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    \b
      eval "$(heapdiff completion bash)"      in ~/.bashrc
      eval "$(heapdiff completion zsh)"       in ~/.zshrc
      heapdiff completion fish > ~/.config/fish/completions/heapdiff.fish
    """
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    assert script is not None, shell
    click.echo(script(ctx.find_root().command, {}, "heapdiff", "_HEAPDIFF_COMPLETE").source())
