"""The command line as it is recorded: what looks like a secret is masked, whatever program it was meant for.

What may carry one is data, in the tables below. When in doubt, it's masked.
"""

import re
from collections.abc import Iterable
from typing import Final

MASK: Final = "***"
MAX_ARGUMENTS: Final = 100
MAX_ARGUMENT: Final = 1000
READ_MOST: Final = 4 * MAX_ARGUMENT

ANYWHERE: Final = (  # in a name, any part of it: `--db-password`, `PGPASSWORD`, `X-Api-Token`
    "pass|pwd|secret|token|key|auth|credential|cookie|session|dsn|jwt|bearer|signature|private|salt|seed|mnemonic|webhook"
)
WHOLE: Final = (
    "pin|pw|otp|totp|mfa|code|sig|sid|pat|cvv|cvc|iban|ssn"  # a word of it: `--pin`, not `--pinned`
)
ACCOUNT: Final = "user|username|account|login"  # its value may be NAME:PASSWORD
PASSWORD_LETTERS: Final = "pa"  # `-pPASS` (mysql, docker, mongo), `-a PASS` (redis-cli)
ACCOUNT_LETTERS: Final = "uU"  # `-u NAME:PASS` (curl), `-U NAME%PASS` (smbclient)
SCHEMES: Final = "bearer|basic|digest|token|negotiate|apikey|hmac"  # `Authorization: Bearer SECRET`

SECRET: Final = rf"(?:{ANYWHERE}|(?<![A-Za-z])(?:{WHOLE})(?![A-Za-z]))"
OPTION: Final = re.compile(rf"--?[^=\s]*{SECRET}[^=\s]*", re.IGNORECASE)
OPENED: Final = re.compile(
    rf"\S*{SECRET}[\w-]{{0,60}}[\"']?[:=]|bearer", re.IGNORECASE
)  # the secret is the next word
ACCOUNT_OPTION: Final = re.compile(rf"--?(?:[^=\s]*-)?(?:{ACCOUNT})|-[{ACCOUNT_LETTERS}]", re.IGNORECASE)
PASSWORD_OPTION: Final = re.compile(rf"-[{PASSWORD_LETTERS}]")
WAITING: Final = (OPTION, OPENED, ACCOUNT_OPTION, PASSWORD_OPTION)
SCHEME: Final = re.compile(SCHEMES, re.IGNORECASE)

NAMED: Final = re.compile(rf"((?:[^=\s]*=)?[^=\s]*{SECRET}[^=\s]{{0,60}}=)(.+)", re.IGNORECASE | re.DOTALL)
IN_TEXT: Final = re.compile(
    rf"((?<![\w-])[\w-]*{SECRET}[\w-]{{0,60}}[\"']?\s*[=:]\s*)(?:\"[^\"]*\"?|'[^']*'?|[^\s,;&]+)",
    re.IGNORECASE,
)
AFTER_SCHEME: Final = re.compile(rf"\b({SCHEMES})\s+\S+", re.IGNORECASE)
OF_ACCOUNT: Final = re.compile(r"([^:%\s]+[:%])(.+)", re.DOTALL)
GLUED_ACCOUNT: Final = re.compile(
    rf"((?:--?(?:[^=\s]*-)?(?:{ACCOUNT})=|-[{ACCOUNT_LETTERS}])[^:%\s]+[:%])(.+)", re.IGNORECASE | re.DOTALL
)
GLUED_PASSWORD: Final = re.compile(rf"(-[{PASSWORD_LETTERS}]=?)(.+)", re.DOTALL)
PLAIN: Final = re.compile(  # a port, a path, an address: those have the same letters
    r"\d{1,5}|[./].*|(?:[\d.]{7,15}|localhost)(?::\d+)?", re.ASCII | re.DOTALL
)
IN_URL: Final = re.compile(r"(?<=://)\S+(?=@)")
BEFORE_HOST: Final = re.compile(r"((?:^|(?<=[=\s\"']))[^\s:/@=\"']+:)[^\s@]+(?=@[\w\[])")
IN_QUERY: Final = re.compile(r"(?<==)[^&=\s]+|^[^&=\s]+\Z")
SEGMENT: Final = re.compile(r"[^/\s:@?#&]+")
RANDOM: Final = re.compile(r"(?=\S*[0-9])(?=\S*[A-Za-z])[A-Za-z0-9+=_-]{20,}(?:\.[A-Za-z0-9+=_-]{10,})*")


def mask_arguments(argv: Iterable[object]) -> list[str]:
    """At most 100 words of at most 1000 characters. A value after an option that names a secret goes, too."""
    masked: list[str] = []
    before = ""
    for word in (str(each)[:READ_MOST] for each in list(argv)[:MAX_ARGUMENTS]):
        shown, before = mask_next(before, word)
        masked.append(shown[:MAX_ARGUMENT])
    return masked


def mask_next(before: str, word: str) -> tuple[str, str]:
    """What is shown of a word, and whether what follows belongs to it; `before` is what this one belongs to, if any."""
    if before and not word.startswith("-"):
        if SCHEME.fullmatch(word):
            return word, before
        if ACCOUNT_OPTION.fullmatch(before):
            return mask_word(OF_ACCOUNT.sub(mask_second, word, count=1) if "://" not in word else word), ""
        if not (PASSWORD_OPTION.fullmatch(before) and PLAIN.fullmatch(word)):
            return MASK, ""
    waits = any(pattern.fullmatch(word) for pattern in WAITING)
    return mask_word(word), word if waits else ""


def mask_word(word: str) -> str:
    glued = GLUED_PASSWORD.fullmatch(word)
    if glued and PLAIN.fullmatch(glued[2]):
        return word
    if match := glued or GLUED_ACCOUNT.fullmatch(word) or NAMED.fullmatch(word):
        return mask_second(match)
    word = IN_URL.sub(MASK, word)
    head, mark, query = word.partition("?")
    if "://" in head:
        head = SEGMENT.sub(lambda found: MASK if RANDOM.fullmatch(found[0]) else found[0], head)
        word = head + mark + IN_QUERY.sub(MASK, query)
    word = BEFORE_HOST.sub(mask_second, word)
    word = AFTER_SCHEME.sub(lambda found: f"{found[1]} {MASK}", word)
    word = IN_TEXT.sub(mask_second, word)
    return MASK if RANDOM.fullmatch(word) else word


def mask_second(found: re.Match[str]) -> str:
    """What its first group matched, which says that the rest is secret."""
    return found[1] + MASK
