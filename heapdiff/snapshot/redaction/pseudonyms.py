"""Names in place of a user's own, and the key that they are made with."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final

from heapdiff.snapshot.redaction.vocabulary import THREADS, WORDS

PART: Final = re.compile(r"<\w+>|[^.<>]+|[.<>]")
HIDDEN_CHARACTERS: Final = 10
KEY_LEAST: Final = 20
KINDS_LEAST: Final = 8
SALT: Final = b"heapdiff redact 1"  # the same in every copy, or two with one key would not compare
COST: Final = {"n": 1 << 16, "r": 8, "p": 2, "maxmem": 1 << 27, "dklen": 32}


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Names that only who has the key can make again: the same name gets the same one in every file."""

    key: bytes

    def of(self, name: str) -> str:
        """A dotted name, part by part; the interpreter's own words stay."""
        if THREADS.fullmatch(name):
            return name
        return "".join(
            part if part in WORDS or part in ".<>" else self.hide(part) for part in PART.findall(name)
        )

    def hide(self, text: str) -> str:
        digest = hmac.new(self.key, text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()
        return f"x{digest[:HIDDEN_CHARACTERS]}"


def random_key() -> bytes:
    """For a copy that is compared with no other: nobody has it afterwards."""
    return secrets.token_bytes(32)


def derive_key(secret: bytes) -> bytes:
    """The key of a user's secret, slowly: each guess costs as much. About a third of a second, 64 MB.

    Raises AttributeError where this Python was built without scrypt.
    """
    return hashlib.scrypt(secret, salt=SALT, **COST)


def find_weakness(secret: bytes) -> str | None:
    """Why a secret can be guessed too easily, if so. What passes may still be a bad one."""
    if not secret:
        return "is empty"
    if len(secret) < KEY_LEAST:
        return f"is too short: it needs at least {KEY_LEAST} characters"
    return "repeats a few characters" if len(set(secret)) < KINDS_LEAST else None
