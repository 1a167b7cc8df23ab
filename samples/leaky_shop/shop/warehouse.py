"""Connections to the warehouse, from a pool."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import LifoQueue

POOL_SIZE = 4


class Connection:
    """Stands in for a connection that is expensive to open; it is borrowed and returned."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.buffer = bytearray(16 * 1024)

    def reserve(self, sku: str, quantity: int) -> str:
        return f"{sku}x{quantity}@{self.number}"


POOL: LifoQueue[Connection] = LifoQueue(POOL_SIZE)
for _number in range(POOL_SIZE):
    POOL.put(Connection(_number))


@contextmanager
def connection() -> Iterator[Connection]:
    lent = POOL.get()
    try:
        yield lent
    finally:
        POOL.put(lent)
