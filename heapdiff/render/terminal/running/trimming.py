"""What a process gave back when malloc was asked to, as text."""

from rich.console import Console

from heapdiff.answers import Trimmed
from heapdiff.render.amounts import size
from heapdiff.render.terminal.console import line, paragraph

LITTLE = 0.1  # of what was free


def render_trimmed(console: Console, trimmed: Trimmed) -> None:
    """Print what it came to, and what that means for who thinks of changing the allocator's settings."""
    paragraph(console, line(_tell_result(trimmed), "bold"), "")
    if trimmed.free_bytes is not None:
        paragraph(console, line(_tell_free(trimmed, trimmed.free_bytes)), "")
    paragraph(console, line(f"It took {trimmed.took_ms:,.1f} ms.", "dim"), "")


def _tell_result(trimmed: Trimmed) -> str:
    given = f"gave back {size(trimmed.given_back_bytes)}" if trimmed.given_back_bytes else "gave nothing back"
    return (
        f"process {trimmed.pid} {given}: RSS {size(trimmed.rss_before_bytes)} before, "
        f"{size(trimmed.rss_after_bytes)} after"
    )


def _tell_free(trimmed: Trimmed, free: int) -> str:
    said = f"malloc had {size(free)} free. "
    if trimmed.given_back_bytes < LITTLE * free:
        return said + (
            "Little of it was resident in whole pages, so no setting of the allocator would have returned it either."
        )
    return said + (
        "If RSS grows back soon, the worker needs that memory. If not, restart workers after large requests, or set "
        "MALLOC_TRIM_THRESHOLD_ and trim again to see whether it helped."
    )
