"""What each setting's value may look like, by its name in the environment. Raises ValueError or TypeError."""

import logging
import math
import os
import re
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from heapdiff.agent.settings.amounts import (
    parse_bytes,
    parse_count,
    parse_period,
    parse_seconds,
    parse_threshold,
)
from heapdiff.deployment import DEPLOYMENT_CHARACTERS

logger = logging.getLogger("heapdiff")

DEFAULT_EXIT_S: Final = 5
MAX_EXIT_S: Final = 60
ENGINES: Final = ("native", "gc")
SHORT_TOKEN: Final = 16
DEFAULT_SAMPLE_BYTES: Final = 512_000
LEAST_SAMPLE_BYTES: Final = 1000
MOST_SAMPLE_BYTES: Final = 10**9
METRICS: Final = ("prometheus", "opentelemetry")
MOST_SUSPECTS: Final = 100
NO_SIGNAL: Final = frozenset(("", "none", "off", "no", "0"))
NO_NAMES: Final = frozenset(("none", "off"))  # `0` is a version
CLEAN_MOST: Final = 4096
UNSUITABLE_SIGNALS: Final = frozenset(
    signal.Signals[f"SIG{name}"]
    for name in (
        *("KILL", "STOP", "SEGV", "FPE", "ILL", "BUS", "ABRT", "TRAP", "SYS", "CHLD", "TERM", "INT", "QUIT"),
        *("PIPE", "CONT", "TSTP", "TTIN", "TTOU", "ALRM"),
    )
)
URL_PREFIX: Final = r"(/[A-Za-z0-9_.~-]+)+"
TRUE_WORDS: Final = frozenset(("1", "true", "yes", "on"))
FALSE_WORDS: Final = frozenset(("0", "false", "no", "off"))


def parse_directory(value: object) -> Path:
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"expected a path, not {type(value).__name__}")
    path = Path(value).expanduser()
    if "\0" in str(path):
        raise ValueError("a path can't contain a null character")
    return Path(os.path.abspath(path))


def parse_signal(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise TypeError(f"expected a signal name, not {type(value).__name__}")
    text = str(int(value)) if isinstance(value, int) else value.strip()
    if text.lower() in NO_SIGNAL:
        return None
    try:
        number = (
            int(text) if text.isascii() and text.isdigit() else signal.Signals[f"SIG{bare_name(text)}"].value
        )
    except KeyError:
        raise ValueError(f"no such signal: {text[:40]!r}") from None
    if number not in signal.valid_signals():
        raise ValueError(f"no such signal: {text[:40]!r}")
    if number in UNSUITABLE_SIGNALS:
        raise ValueError(f"{signal_name(number)} cannot be used; choose USR1 or USR2")
    return number


def bare_name(name: str) -> str:
    return name.upper().removeprefix("SIG")


def signal_name(number: int) -> str:
    """The signal as a person writes it: `USR2`, or its number for one without a name."""
    try:
        return bare_name(signal.Signals(number).name)
    except ValueError:
        return str(number)


def parse_keep(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise TypeError(f"expected a number, not {type(value).__name__}")
    if isinstance(value, str) and len(value) > 9:
        raise ValueError("the number is too long")
    try:
        keep = int(value)
    except ValueError:
        raise ValueError("not a number") from None
    if not 1 <= keep <= 1_000_000:
        raise ValueError("the number of snapshots to keep must be between 1 and 1,000,000")
    return keep


def parse_engine(value: object) -> str:
    engine = str(value).strip().lower()
    if engine not in ENGINES:
        raise ValueError(f"the engines are {' and '.join(ENGINES)}")
    return engine


def parse_deadline(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise TypeError(f"expected a number of seconds, not {type(value).__name__}")
    try:
        seconds = float(value)
    except ValueError:
        raise ValueError("not a number of seconds") from None
    if not math.isfinite(seconds) or not 1 <= seconds <= 3600:
        raise ValueError("the deadline must be between 1 and 3600 seconds")
    return seconds


def parse_token(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8")
    if not isinstance(value, str):
        raise TypeError(f"expected text, not {type(value).__name__}")
    token = value.strip()
    if not token or any(character.isspace() or not character.isprintable() for character in token):
        raise ValueError("a token must be printable text without spaces; the endpoints are off")
    if len(token) < SHORT_TOKEN:
        logger.warning(
            "heapdiff: HEAPDIFF_TOKEN is shorter than %d characters and can be guessed", SHORT_TOKEN
        )
    return token


def parse_url_prefix(value: object) -> str:
    prefix = str(value).rstrip("/")
    if not re.fullmatch(URL_PREFIX, prefix):
        raise ValueError("expected a path such as /_heapdiff")
    return prefix


def parse_exit(value: object) -> int:
    """Whether, or for how many seconds at most, the end of a process waits for a snapshot."""
    if isinstance(value, bool) or str(value).strip().lower() in TRUE_WORDS | FALSE_WORDS:
        return DEFAULT_EXIT_S if parse_flag(value) else 0
    seconds = parse_period(value)
    if seconds > MAX_EXIT_S:
        raise ValueError(f"an exit waits {MAX_EXIT_S} seconds at most")
    return seconds


def parse_sample(value: object) -> int:
    """The mean distance in bytes between two sampled allocations; 0: none is sampled."""
    if isinstance(value, bool) or str(value).strip().lower() in TRUE_WORDS | FALSE_WORDS:
        return DEFAULT_SAMPLE_BYTES if parse_flag(value) else 0
    interval = parse_bytes(value, kilo=1000)
    if not LEAST_SAMPLE_BYTES <= interval <= MOST_SAMPLE_BYTES:
        raise ValueError("the interval must be between 1kB and 1GB")
    return interval


def parse_metrics(value: object) -> tuple[str, ...]:
    """Whom to tell figures: names with commas in between, or a list of them; none for a word that says no."""
    if value is False:
        return ()
    if isinstance(value, bool) or not isinstance(value, (str, list, tuple)):
        raise TypeError(f"expected {' or '.join(METRICS)}, not {type(value).__name__}")
    given = value.split(",") if isinstance(value, str) else value
    words = [str(word).strip().lower() for word in given]
    if len(words) == 1 and words[0] in FALSE_WORDS | NO_SIGNAL:
        return ()
    if not set(words) <= set(METRICS):
        raise ValueError(f"expected {' or '.join(METRICS)}")
    return tuple(name for name in METRICS if name in words)


def parse_suspects(value: object) -> int:
    """How many different holders metrics may name; 0: none is looked for."""
    if value is False or str(value).strip().lower() in FALSE_WORDS | NO_SIGNAL:
        return 0
    most = parse_count(value)
    if most > MOST_SUSPECTS:
        raise ValueError(f"at most {MOST_SUSPECTS} holders")
    return most


def parse_deployment(value: object) -> str:
    """What the operator calls a release, a service, an environment; empty for a word that says no."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise TypeError(f"expected text, not {type(value).__name__}")
    text = clean_deployment(str(value))
    return "" if text.lower() in NO_NAMES else text


def clean_deployment(text: str) -> str:
    """A text from outside as snapshots may have it: nothing in it that doesn't print, and of bounded length."""
    shown = "".join(filter(str.isprintable, text[:CLEAN_MOST])).strip()
    return shown[:DEPLOYMENT_CHARACTERS].rstrip()


def parse_flag(value: object) -> bool:
    if isinstance(value, (bool, int)):
        return bool(value)
    word = str(value).strip().lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise ValueError("expected true or false")
    return word in TRUE_WORDS


PARSERS: Final[Mapping[str, tuple[str, Callable[[object], object]]]] = {
    "HEAPDIFF_DIR": ("directory", parse_directory),
    "HEAPDIFF_SIGNAL": ("signal", parse_signal),
    "HEAPDIFF_KEEP": ("keep", parse_keep),
    "HEAPDIFF_ENGINE": ("engine", parse_engine),
    "HEAPDIFF_DEADLINE": ("deadline_s", parse_deadline),
    "HEAPDIFF_TOKEN": ("token", parse_token),
    "HEAPDIFF_URL_PREFIX": ("url_prefix", parse_url_prefix),
    "HEAPDIFF_APP_GUARD": ("app_guard", parse_flag),
    "HEAPDIFF_LIVE": ("live", parse_flag),
    "HEAPDIFF_LIVE_VALUES": ("live_values", parse_flag),
    "HEAPDIFF_AT_RSS": ("at_rss", parse_threshold),
    "HEAPDIFF_EVERY": ("every_s", parse_period),
    "HEAPDIFF_EVERY_REQUESTS": ("every_requests", parse_count),
    "HEAPDIFF_AT_EXIT": ("at_exit_s", parse_exit),
    "HEAPDIFF_MIN_INTERVAL": ("min_interval_s", parse_seconds),
    "HEAPDIFF_MAX_BYTES": ("max_bytes", parse_bytes),
    "HEAPDIFF_HEADROOM": ("headroom", parse_flag),
    "HEAPDIFF_SAMPLE": ("sample_bytes", parse_sample),
    "HEAPDIFF_HASH": ("hashes", parse_flag),
    "HEAPDIFF_RELEASE": ("release", parse_deployment),
    "HEAPDIFF_SERVICE": ("service", parse_deployment),
    "HEAPDIFF_ENVIRONMENT": ("environment", parse_deployment),
    "HEAPDIFF_METRICS": ("metrics", parse_metrics),
    "HEAPDIFF_METRICS_SUSPECTS": ("suspects_most", parse_suspects),
}
