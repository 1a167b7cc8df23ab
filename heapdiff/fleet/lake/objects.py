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
WAIT_S: Final = 0.4


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
        token = secrets.token_hex(8)
        claim, entry = f"{CLAIMS}/{number:010}-{token}", name_entry(number, token, parent)
        began = elapsed_s()
        self.write(claim, b"-")
        try:
            dead = self._look_around(claim)
            if dead is None or elapsed_s() - began > HOLD_S:
                return None
            if self._first(number, parent) is not None:
                return None
            self.write(entry, content)
            if dead:
                time.sleep(SETTLE_S)
            if self._first(number, parent) == token:
                return token
            self.remove(entry)
            return None
        finally:
            with suppress(LakeError):
                self.remove(claim)

    def _look_around(self, claim: str) -> bool | None:
        """Whether dead claims are beside this one; None if one is alive, after a while in which it may end."""
        found = {each.name: each for each in self.find(CLAIMS)}
        if claim not in found:  # somebody took it for dead
            return None
        now = found[claim].modified_s
        others = [each for name, each in found.items() if name != claim]
        if any(now - each.modified_s < DEAD_S for each in others):
            with suppress(LakeError):
                self.remove(claim)
            time.sleep(random.uniform(WAIT_S / 4, WAIT_S))
            return None
        for each in others:
            self.remove(each.name)
        return bool(others)

    def _first(self, number: int, parent: str) -> str | None:
        """The token of the entry that counts at a number."""
        chain = choose_chain(list_log(self), number - 1, parent)
        return chain[0].token if chain else None
