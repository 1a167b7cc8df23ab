"""`docs/configuration.md` from what the agent reads and means by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from heapdiff.agent.settings.meanings import ENVIRONMENT_ONLY, MEANINGS, Meaning
from heapdiff.agent.settings.parsers import PARSERS
from heapdiff.agent.settings.settings import Settings

__all__ = ["render_settings"]

HEAD: Final = """\
# Configuration

Set these in the environment of the process or, under the same names, in Flask's `app.config`. What
[`heapdiff.install`](api.md#heapdiff) is told comes first, then the app's config, then the environment. If a value makes no sense,
a warning names it and the default is used. `800MB` is 800 times 2²⁰ bytes, as `ps` and `top` count; only in `HEAPDIFF_SAMPLE`,
`64kB` is 64,000 bytes.

"""
OTHERS: Final = """
## In the environment only

"""


def render_settings() -> str:
    """Every setting in the agent's order, then those that aren't the agent's."""
    missing = PARSERS.keys() ^ MEANINGS.keys()
    assert not missing, f"heapdiff/agent/settings/meanings.py: {missing}"
    return "".join(
        (HEAD, *_table({name: MEANINGS[name] for name in PARSERS}), OTHERS, *_table(ENVIRONMENT_ONLY))
    )


def _table(meanings: Mapping[str, Meaning]) -> Iterator[str]:
    yield "| name | default | for example | meaning |\n|---|---|---|---|\n"
    for name, meaning in meanings.items():
        examples = ", ".join(f"`{example}`" for example in meaning.examples)
        text = f"{meaning.text} ([more]({meaning.page}))" if meaning.page else meaning.text
        yield f"| `{name}` | {meaning.default or _default(name)} | {examples} | {text} |\n"


def _default(name: str) -> str:
    """As a person writes it; what the code has as None or 0 needs words, which are in its meaning."""
    value = getattr(Settings(), PARSERS[name][0])
    if isinstance(value, bool):
        return "on" if value else "off"
    assert value, f"{name}: say in words what happens by default"
    return f"`{int(value) if isinstance(value, float) else value}`"
