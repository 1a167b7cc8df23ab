"""A chain of references as aligned lines, from the root down."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from heapdiff.answers import Step
from heapdiff.render.amounts import plural
from heapdiff.render.escape import shorten

HEAD, TAIL = 8, 6
MAX_KIND = 16
MIN_TYPE = 16
ARROW = "└ "


def fold(chain: Sequence[Step]) -> list[Step | int]:
    """The chain as it is, or its two ends with the number of steps left out between them."""
    if len(chain) <= HEAD + TAIL + 1:
        return list(chain)
    return [*chain[:HEAD], len(chain) - HEAD - TAIL, *chain[-TAIL:]]


def print_chain(console: Console, chain: Sequence[Step], indent: int) -> None:
    """One line per step: how it is referred to, under which name, and what type that leads to."""
    steps = fold(chain)
    width = console.width - indent - len(ARROW)
    kind_width = max(len(shorten(step.step, MAX_KIND)) for step in steps if isinstance(step, Step)) + 2
    types = [step.type for step in steps if isinstance(step, Step) and step.type != step.step]
    type_width = min(MIN_TYPE, max(map(cell_len, types), default=0))
    names = [
        shorten(step.name, width - kind_width - type_width - 2) for step in steps if isinstance(step, Step)
    ]
    name_width = max(map(cell_len, names)) + 2
    for position, step in enumerate(steps):
        text = Text(" " * indent + ("  " if position == 0 else ARROW))
        if isinstance(step, int):
            text.append(f"… {plural(step, 'more step')} …", style="dim")
        else:
            name = shorten(step.name, name_width - 2)
            text.append(shorten(step.step, MAX_KIND).ljust(kind_width), style="dim")
            text.append(name + " " * (name_width - cell_len(name)), style="cyan")
            if step.type != step.step:
                text.append(shorten(step.type, width - kind_width - name_width))
        text.rstrip()
        console.print(text, no_wrap=True, overflow="crop")
