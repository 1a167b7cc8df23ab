"""How an answer is handed to an assistant: what comes from snapshots is marked as data in each line, and never too long."""

from typing import Final

from heapdiff.escaping import escape_lines

MARK: Final = "| "
ANSWER_BYTES: Final = 8_000
PICTURE_BYTES: Final = 60_000
FEWER: Final = "ask for fewer rows with n, or for one holder with why or tree"


def quote(text: str, hint: str = FEWER, most: int = ANSWER_BYTES) -> str:
    """Each line behind the mark; a name can't leave it, for its line breaks are escaped. The rest is cut at a line, and a last
    line says so."""
    lines = [(MARK + line).rstrip() for line in escape_lines(text).rstrip("\n").split("\n")]
    shown: list[str] = []
    left = most
    for line in lines:
        left -= len(line.encode("utf-8", "replace")) + 1
        if left < 0:
            whole = sum(len(each.encode("utf-8", "replace")) + 1 for each in lines)
            shown.append(f"Cut after {len(shown):,} of {len(lines):,} lines ({whole:,} bytes): {hint}.")
            break
        shown.append(line)
    return "\n".join(shown)
