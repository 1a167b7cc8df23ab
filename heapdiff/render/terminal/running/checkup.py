"""What works and what does not, as text: each trouble with what to do about it."""

from rich.console import Console
from rich.text import Text

from heapdiff.answers import CheckState, Checkup
from heapdiff.render.terminal.console import line, paragraph

STYLES = {CheckState.OK: "green", CheckState.LIMITED: "yellow", CheckState.BROKEN: "bold red"}
ADVICE = "→ "


def render_checkup(console: Console, checkup: Checkup) -> None:
    """Print each check as a line or more, and below it what to do."""
    state_width = max(len(state.value) for state in CheckState) + 2
    name_width = max((len(check.name) for check in checkup.checks), default=0) + 2
    indent = " " * (state_width + name_width)
    for check in checkup.checks:
        text = Text.assemble(
            (check.state.value.ljust(state_width), STYLES[check.state]),
            (check.name.ljust(name_width), "bold"),
        )
        found = line(check.found).wrap(console, console.width - len(indent)) or [Text()]
        console.print(text + found[0], no_wrap=True, overflow="crop")
        for rest in found[1:]:
            console.print(Text(indent) + rest, no_wrap=True, overflow="crop")
        if check.todo:
            paragraph(console, line(check.todo), indent + ADVICE)
