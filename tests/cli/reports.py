"""What `compare` and `why` print of two small snapshots; `python -m tests.cli.reports` rewrites the gold."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cli.command import run
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, SHOP_SAMPLED, write_snapshot

__all__ = ["GOLD", "REPORTS", "print_report"]

GOLD = Path(__file__).with_name("gold")
REPORTS = {
    "compare.table": ("compare", "{before}", "{after}"),
    "compare.markdown": ("compare", "{before}", "{after}", "--format", "markdown"),
    "compare-sampled.table": ("compare", "{before}", "{sampled}"),
    "show-site.table": ("show", "{sampled}", "--by", "site"),
    "show-entry.table": ("show", "{sampled}", "--by", "entry"),
    "why.table": ("why", "{after}", "shop.models.Session"),
    "why-sampled.table": ("why", "{sampled}", "shop.models.Session"),
}


def print_report(name: str, directory: Path) -> str:
    """One report, without what differs between machines and releases."""
    paths = {
        "before": write_snapshot(directory, SHOP_BEFORE, 1),
        "after": write_snapshot(directory, SHOP_AFTER, 2),
        "sampled": write_snapshot(directory, SHOP_SAMPLED, 3),
    }
    done = run(*(argument.format(**paths) for argument in REPORTS[name]))
    assert (done.exit_code, done.stderr) == (0, "")
    return scrub(done.stdout)


def scrub(text: str) -> str:
    return re.sub(r"(fingerprint `?)[0-9a-f]+", r"\1…", re.sub(r"0x[0-9a-f]{4,}", "0x…", text))


if __name__ == "__main__":
    for report in REPORTS:
        with TemporaryDirectory() as temporary:
            (GOLD / report).write_text(print_report(report, Path(temporary)), "utf-8")
