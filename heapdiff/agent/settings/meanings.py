"""What each setting means, for people who look it up: data for the page on configuration. The agent never loads it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Meaning:
    """One setting: in Markdown, what it does; values that it takes as they stand in the environment; its default where the
    code has none to show. `page`: where more is said, from `docs/`.
    """

    text: str
    examples: tuple[str, ...]
    default: str = ""
    page: str = ""


MEANINGS: Final[dict[str, Meaning]] = {
    "HEAPDIFF_DIR": Meaning(
        "where snapshots go; must belong only to the worker's user, must not be a symbolic link, and nobody else may be able to "
        "replace it",
        ("/var/lib/shop/heaps",),
        "a private directory of the user in the system's temporary directory",
        "how-to/production.md",
    ),
    "HEAPDIFF_SIGNAL": Meaning(
        "the signal that requests a snapshot; `none` for none", ("USR1", "none"), "`USR2`"
    ),
    "HEAPDIFF_TOKEN": Meaning(
        "without a token there are no endpoints", ("a-long-random-text",), "none", "flask.md#endpoints"
    ),
    "HEAPDIFF_URL_PREFIX": Meaning("where the endpoints are", ("/_heapdiff",), page="flask.md#endpoints"),
    "HEAPDIFF_KEEP": Meaning(
        "how many snapshots of one process to keep; the oldest are deleted first", ("5",)
    ),
    "HEAPDIFF_APP_GUARD": Meaning(
        "whether the app's own hooks are asked first under `heapdiff run`; `0` leaves the endpoints to the token alone",
        ("0",),
        page="flask.md#endpoints",
    ),
    "HEAPDIFF_LIVE": Meaning(
        "the live page at `PREFIX/`, if there is a token or the app is in debug mode",
        ("1",),
        page="how-to/live-page.md",
    ),
    "HEAPDIFF_LIVE_VALUES": Meaning(
        "whether the live page shows what objects hold, shortened", ("1",), page="how-to/live-page.md"
    ),
    "HEAPDIFF_ENGINE": Meaning("`native` or `gc`", ("native", "gc"), "the best that works here"),
    "HEAPDIFF_DEADLINE": Meaning("seconds after which a capture is aborted", ("300",)),
    "HEAPDIFF_AT_RSS": Meaning(
        "take a snapshot when resident memory reaches this, or this share of the memory limit",
        ("800MB", "90%"),
        "never",
        "how-to/automatic.md",
    ),
    "HEAPDIFF_EVERY": Meaning(
        "take one after each such period, or number of seconds",
        ("10m", "3600"),
        "never",
        "how-to/automatic.md",
    ),
    "HEAPDIFF_EVERY_REQUESTS": Meaning(
        "take one every so many requests", ("10000",), "never", "how-to/automatic.md"
    ),
    "HEAPDIFF_AT_EXIT": Meaning(
        "take one before the process ends; `1` waits up to 5 seconds for it, a number up to that many",
        ("1", "20"),
        "off",
        "how-to/automatic.md",
    ),
    "HEAPDIFF_MIN_INTERVAL": Meaning(
        "minimum number of seconds between two automatic snapshots",
        ("300",),
        "60; the period, if that is shorter",
        "how-to/automatic.md",
    ),
    "HEAPDIFF_MAX_BYTES": Meaning(
        "how much space the snapshots of this user and host may take; the oldest are deleted first, but never those of a running "
        "process in another container",
        ("2GB",),
        "none; 2 GB if it takes snapshots by itself",
        "how-to/automatic.md",
    ),
    "HEAPDIFF_HEADROOM": Meaning("whether to check memory and disk before a capture", ("0",)),
    "HEAPDIFF_SAMPLE": Meaning(
        "record the stack of one allocation in so many bytes, so that snapshots say which code allocates",
        ("512kB", "64kB"),
        "off",
        "how-to/who-allocated.md",
    ),
    "HEAPDIFF_HASH": Meaning(
        "record which strings are equal, so that `heapdiff advise` finds duplicate text",
        ("0",),
        page="advice/duplicate-text.md",
    ),
    "HEAPDIFF_RELEASE": Meaning(
        "which release of the application runs, up to 128 characters; `none` for none",
        ("1.5.0", "none"),
        "`service.version` of OpenTelemetry, the application's version, or its git commit",
        "how-to/production.md",
    ),
    "HEAPDIFF_SERVICE": Meaning(
        "which service the process belongs to",
        ("shop",),
        "`OTEL_SERVICE_NAME`, or `service.name` of OpenTelemetry",
        "how-to/production.md",
    ),
    "HEAPDIFF_ENVIRONMENT": Meaning(
        "where it's deployed",
        ("production",),
        "`deployment.environment.name` of OpenTelemetry",
        "how-to/production.md",
    ),
    "HEAPDIFF_METRICS": Meaning(
        "whom to tell figures: one of the two or both",
        ("prometheus", "prometheus,opentelemetry"),
        "off",
        "how-to/metrics.md",
    ),
    "HEAPDIFF_METRICS_SUSPECTS": Meaning(
        "up to how many names of growing holders the metrics may have, 100 at most; each new snapshot is then compared with the "
        "process's earlier ones, in a process beside the worker",
        ("10",),
        "off",
        "how-to/metrics.md",
    ),
}
ENVIRONMENT_ONLY: Final[dict[str, Meaning]] = {
    "HEAPDIFF_LINES": Meaning(
        "for development: functions decorated with `profile_lines` are profiled, and the process ends with their tables",
        ("1",),
        "off",
        "how-to/line-by-line.md",
    ),
    "HEAPDIFF_CACHE": Meaning(
        "of the `heapdiff` command: how much it may store for the next one; `off` for nothing",
        ("2GB", "off"),
        "10 GB",
        "cli.md#heapdiff-cache",
    ),
    "HEAPDIFF_DEBUG": Meaning(
        "of the `heapdiff` command: a bug in heapdiff prints its traceback",
        ("1",),
        "off",
        "cli.md#exit-codes",
    ),
    "HEAPDIFF_REDACT_KEY": Meaning(
        "of `heapdiff redact`: the key for pseudonyms",
        ("a-long-random-text",),
        "none",
        "cli.md#heapdiff-redact",
    ),
}
