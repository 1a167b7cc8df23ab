"""What the agent is asked to do, from arguments, the app's config and the environment. Arms nothing.

A value that makes no sense is never an error in the host: one warning names it, and the default is used.
"""

import logging
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from heapdiff.agent.settings.amounts import Threshold
from heapdiff.agent.settings.parsers import PARSERS

logger = logging.getLogger("heapdiff")

DEFAULT_SIGNAL: Final = "USR2"
DEFAULT_KEEP: Final = 20
DEFAULT_DEADLINE_S: Final = 120.0
DEFAULT_INTERVAL_S: Final = 60
DEFAULT_AUTOMATIC_BYTES: Final = 2 << 30
DEFAULT_URL_PREFIX: Final = "/_heapdiff"


@dataclass(frozen=True, slots=True)
class Settings:
    """What an agent does. `directory` None: the default one; `signal` None: endpoints and API only. `app_guard`: under
    `heapdiff run`, the app's own hooks are asked before an endpoint answers.

    `at_rss` to `at_exit_s` say when it takes a snapshot by itself; None or 0: never. `max_bytes` None: as much as
    there is, but 2 GiB once it takes snapshots by itself. `sample_bytes`: one allocation each so many bytes is sampled; 0: none.
    `hashes`: snapshots say which strings are equal. `live`: there is a live page; `live_values`: it shows what objects hold.
    `release`, `service`, `environment`: what the operator calls them; None where nobody said so, empty for none.
    `metrics`: whom to tell figures; `suspects_most`: how many names of holders they may have, 0: they don't speak of holders.
    """

    directory: Path | None = None
    signal: int | None = int(signal.SIGUSR2)
    keep: int = DEFAULT_KEEP
    engine: str | None = None
    deadline_s: float = DEFAULT_DEADLINE_S
    token: str | None = field(default=None, repr=False)
    url_prefix: str = DEFAULT_URL_PREFIX
    app_guard: bool = True
    live: bool = False
    live_values: bool = False
    at_rss: Threshold | None = None
    every_s: int = 0
    every_requests: int = 0
    at_exit_s: int = 0
    min_interval_s: int | None = None
    max_bytes: int | None = None
    headroom: bool = True
    sample_bytes: int = 0
    hashes: bool = True
    release: str | None = None
    service: str | None = None
    environment: str | None = None
    metrics: tuple[str, ...] = ()
    suspects_most: int = 0

    @property
    def is_automatic(self) -> bool:
        return bool(self.at_rss or self.every_s or self.every_requests or self.at_exit_s)

    @property
    def interval_s(self) -> int:
        """Seconds between two snapshots that it takes by itself, at least."""
        if self.min_interval_s is not None:
            return self.min_interval_s
        return min(DEFAULT_INTERVAL_S, self.every_s or DEFAULT_INTERVAL_S)

    @property
    def budget_bytes(self) -> int:
        """What the snapshots of this user and host may take in the directory; 0: no limit."""
        if self.max_bytes is not None:
            return self.max_bytes
        return DEFAULT_AUTOMATIC_BYTES if self.is_automatic else 0


def read_settings(*sources: tuple[str, Mapping[str, Any]]) -> Settings:
    """The settings that the first source to name each value gives; the environment comes last.

    A source is what to call it in a warning, and its values under the contract's names (`HEAPDIFF_DIR`, …).
    """
    values: dict[str, Any] = {}
    for key, (attribute, parse) in PARSERS.items():
        for source, mapping in (*sources, ("the environment", os.environ)):
            if is_silent(key, mapping):
                continue
            try:
                values[attribute] = parse(mapping[key])
            except (ValueError, TypeError) as error:
                logger.warning("heapdiff: %s in %s is ignored: %s", key, source, error)
            break
    return Settings(**values)


def name_arguments(
    directory: object, signal_: object, keep: object, **automatic: object
) -> tuple[str, Mapping[str, Any]]:
    """What `heapdiff.install` was told, as a source; an argument that has its default says nothing."""
    given = {"HEAPDIFF_DIR": directory, "HEAPDIFF_SIGNAL": signal_, "HEAPDIFF_KEEP": keep}
    defaults = {"HEAPDIFF_DIR": None, "HEAPDIFF_SIGNAL": DEFAULT_SIGNAL, "HEAPDIFF_KEEP": DEFAULT_KEEP}
    said = {key: given[key] for key in given if given[key] != defaults[key]}
    said |= {f"HEAPDIFF_{name.upper()}": value for name, value in automatic.items() if value is not None}
    return "install()", said


def is_silent(key: str, mapping: Mapping[str, Any]) -> bool:
    """Whether a source says nothing: an absent key, an empty text, or None where None means nothing."""
    if key not in mapping:
        return True
    value = mapping[key]
    return value == "" if isinstance(value, str) else value is None and key != "HEAPDIFF_SIGNAL"
