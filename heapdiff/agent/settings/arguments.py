"""The command line as it is recorded: what looks like a secret is masked, whatever program it was meant for."""

import re
from collections.abc import Iterable
from typing import Final

MASK: Final = "***"
MAX_ARGUMENTS: Final = 100
MAX_ARGUMENT: Final = 1000
SECRET: Final = (
    r"pass|pwd|secret|token|key|auth|credential|cookie|session|dsn|jwt|bearer|signature|private|salt"
)
NAMED: Final = re.compile(rf"([^=\s]*(?:{SECRET})[^=\s]*=)(.+)", re.IGNORECASE | re.DOTALL)
OPTION: Final = re.compile(rf"--?[^=\s]*(?:{SECRET})[^=\s]*", re.IGNORECASE)
IN_URL: Final = re.compile(r"(?<=://)[^/@\s]+(?=@)")
IN_QUERY: Final = re.compile(r"(?<==)[^&=\s]+")
AFTER_SCHEME: Final = re.compile(r"\b(bearer|basic|token)\s+\S+", re.IGNORECASE)
IN_TEXT: Final = re.compile(rf"([\w-]*(?:{SECRET})[\w-]*\s*[=:]\s*)[^\s,;&]+", re.IGNORECASE)
RANDOM: Final = re.compile(r"(?=\S*[0-9])(?=\S*[A-Za-z])[A-Za-z0-9+=_-]{20,}(?:\.[A-Za-z0-9+=_-]{10,})*")


def mask_arguments(argv: Iterable[object]) -> list[str]:
    """At most 100 words of at most 1000 characters. A value after an option that names a secret goes, too."""
    masked: list[str] = []
    follows = False
    for word in map(str, list(argv)[:MAX_ARGUMENTS]):
        if follows and not word.startswith("-"):
            masked.append(MASK)
            follows = False
            continue
        masked.append(mask_word(word)[:MAX_ARGUMENT])
        follows = OPTION.fullmatch(word) is not None
    return masked


def mask_word(word: str) -> str:
    if match := NAMED.fullmatch(word):
        return match[1] + MASK
    word = IN_URL.sub(MASK, word)
    head, mark, query = word.partition("?")
    if mark and "://" in head:
        word = head + mark + IN_QUERY.sub(MASK, query)
    word = AFTER_SCHEME.sub(lambda match: f"{match[1]} {MASK}", word)
    word = IN_TEXT.sub(lambda match: match[1] + MASK, word)
    return MASK if RANDOM.fullmatch(word) else word
