"""A lake in object storage, where two can write the same name and the later one wins, and each sees at once what is there.

pyarrow can't ask the storage to write only where nothing is. So whoever is about to write an entry says so first, in an object of
its own, and goes on only if it then sees no other such claim; what stands in the log are objects of their own, too, and
`log.choose_chain` says which of them count, should two be written after all.
"""

from __future__ import annotations

import random
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from heapdiff.errors import LakeError
from heapdiff.fleet.lake.log import choose_chain, list_log, name_entry
from heapdiff.fleet.lake.schemas import OWN
from heapdiff.fleet.lake.stores import Store, elapsed_s

CLAIMS: Final = f"{OWN}/claims"
HOLD_S: Final = 20.0  # from a claim to its entry; whoever takes longer starts again
DEAD_S: Final = (
    120.0  # of a claim, by the storage's clock: six times as long, for a request that is still on its way
)
SETTLE_S: Final = 2.0  # after a dead claim was passed over
WAIT_S: Final = 0.8  # at most, before the next claim
MOST_WAIT_S: Final = 600.0


@dataclass(frozen=True)
class ObjectStore(Store):
    def write(self, name: str, content: bytes) -> None:
        try:
            with self.filesystem.open_output_stream(self.path(name)) as stream:
                stream.write(content)
        except OSError as error:
            raise self.failure(name, error) from error

    def place(self, name: str, content: bytes) -> bool:
        self.write(name, content)
        return True

    def publish(self, number: int, parent: str, content: bytes) -> str | None:
        began = elapsed_s()
        while elapsed_s() - began < MOST_WAIT_S:
            token = secrets.token_hex(8)
            claim = f"{CLAIMS}/{number:010}-{token}"
            claimed = elapsed_s()
            self.write(claim, b"-")
            try:
                alone, dead = self._look_around(claim)
                if self._first(number, parent) is not None:
                    return None
                if alone and elapsed_s() - claimed < HOLD_S:
                    return self._enter(number, token, parent, content, dead > 0)
            finally:
                with suppress(LakeError):
                    self.remove(claim)
            time.sleep(random.uniform(WAIT_S / 4, WAIT_S))
        raise LakeError(f"{self.base}: others write to this lake without a pause", "Try again later.")

    def _enter(self, number: int, token: str, parent: str, content: bytes, settle: bool) -> str | None:
        entry = name_entry(number, token, parent)
        self.write(entry, content)
        if settle:
            time.sleep(SETTLE_S)
        if self._first(number, parent) == token:
            return token
        self.remove(entry)
        return None

    def _look_around(self, claim: str) -> tuple[bool, int]:
        """Whether no other claim is alive, and how many dead ones were taken away."""
        found = {each.name: each for each in self.find(CLAIMS)}
        if claim not in found:  # somebody took it for dead
            return False, 0
        now = found.pop(claim).modified_s
        dead = [each for each in found.values() if now - each.modified_s >= DEAD_S]
        for each in dead:
            self.remove(each.name)
        return len(dead) == len(found), len(dead)

    def _first(self, number: int, parent: str) -> str | None:
        """The token of the entry that counts at a number."""
        chain = choose_chain(list_log(self), number - 1, parent)
        return chain[0].token if chain else None
