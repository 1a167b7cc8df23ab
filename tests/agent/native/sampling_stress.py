"""`python -m tests.agent.native.sampling_stress --allocations 10000000`: an allocating process whose sampler never rests.

Threads, or greenlets with `--gevent`, allocate, resize and free; others start and stop the sampler every millisecond, start and stop
tracemalloc, and fork. At the end the sampler must know exactly what is alive, and nothing may be left of it. Prints what happened.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import random
import signal
import sys
import threading
import time
import tracemalloc
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final

from heapdiff.agent import _native

INTERVALS: Final = (1, 50, 5000, 512_000)
CHILD_S: Final = 60
BUFFER_BYTES: Final = (
    sys.getsizeof(b"") if sys.version_info >= (3, 15) else 1
)  # of a bytearray, beyond its content
KEPT: Final = 500
PER_STEP: Final = 12  # blocks, at least


class Plain:
    def __init__(self, number: int) -> None:
        self.number = [number]
        self.name = f"name {number}"


def descend(depth: int, number: int) -> object:
    return descend(depth - 1, number) if depth else Plain(number)


def generate(number: int) -> Iterator[object]:
    for size in range(4):
        yield bytearray(number % 3000 + size)


def allocate(number: int, chance: random.Random) -> object:
    """A few blocks of every kind: objects, buffers that move, keys and values, code that is gone soon."""
    kind = number % 8
    if kind == 0:
        return descend(chance.randrange(40), number)
    if kind == 1:
        return [*generate(number)]
    if kind == 2:
        growing = [number]
        for each in range(chance.randrange(60)):
            growing.append(each)
        return growing
    if kind == 3:
        return {f"{number} {each}": [each] for each in range(12)}
    if kind == 4:
        text = bytearray(chance.randrange(2000))
        text.extend(bytes(chance.randrange(9000)))
        return text
    if kind == 5:
        return {str(number + each) for each in range(9)}, 1 << chance.randrange(3000)
    if kind == 6 and number % 64 == 6:
        space: dict[str, Any] = {}
        exec(f"def made_{number}():\n    return [[n] for n in range(9)]", space)
        return space[f"made_{number}"]()
    return deque(str(number), 9), "text" * (number % 700), (number,) * 30


class Storm:
    """What goes on at once, until so many allocations were made and everything happened at least once."""

    def __init__(self, allocations: int, seed: int) -> None:
        self.steps = allocations // PER_STEP
        self.seed = seed
        self.done = 0
        self.over = False
        self.switched = self.traced = self.forked = 0

    def churn(self) -> None:
        chance = random.Random(self.seed + self.done)
        kept: list[object] = [None] * KEPT
        while not self.over and (self.done < self.steps or not self.all_had_a_turn()):
            self.done += 1
            kept[chance.randrange(KEPT)] = allocate(self.done, chance)
            if self.done % 100 == 0:
                time.sleep(0.0001)
        self.over = True

    def all_had_a_turn(self) -> bool:
        return min(self.switched, self.traced, self.forked) > 0

    def switch(self) -> None:
        chance = random.Random(self.seed)
        while not self.over:
            assert _native.sample(chance.choice(INTERVALS), 0) is None
            time.sleep(0.001)
            _native._sampling_tick()
            if chance.random() < 0.1:
                _native._samples()
            if chance.random() < 0.7:
                _native.unsample()
            self.switched += 1

    def trace(self) -> None:
        chance = random.Random(self.seed)
        while not self.over:
            tracemalloc.start(chance.choice((1, 5)))
            time.sleep(chance.random() / 200)
            tracemalloc.stop()
            time.sleep(chance.random() / 200)
            self.traced += 1

    def fork(self) -> None:
        while not self.over:
            time.sleep(0.05)
            child = os.fork()
            if child == 0:
                signal.alarm(CHILD_S)
                kept = [allocate(number, random.Random(number)) for number in range(200)]
                kept.clear()
                _native._sampling_tick()
                _native.unsample()
                os._exit(0)
            _, status = os.waitpid(child, 0)
            assert status == 0, f"a child ended with {status}"
            self.forked += 1

    def rage(self, start: Callable[[Callable[[], None]], Any], jobs: list[Callable[[], None]]) -> None:
        """All of it at once; what a job raises ends the others, and is raised here."""
        failures: list[BaseException] = []

        def guarded(job: Callable[[], None]) -> None:
            try:
                job()
            except BaseException as failure:
                failures.append(failure)
                self.over = True

        for running in [start(lambda job=job: guarded(job)) for job in jobs]:  # type: ignore[misc]
            running.join()
        if failures:
            raise failures[0]


def start_thread(job: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=job)
    thread.start()
    return thread


def check_poison() -> int:
    """Under AddressSanitizer: how many live samples lie in memory that isn't allocated."""
    _native.sample(100, 0)
    kept = [allocate(number, random.Random(number)) for number in range(3000)]
    del kept[::2]
    gc.collect()
    gc.disable()  # what it frees while they are listed is gone when they are looked at
    poisoned = getattr(ctypes.CDLL(None), "__asan_address_is_poisoned", None)
    wrong = 0
    if poisoned is not None:
        poisoned.argtypes = [ctypes.c_void_p]
        wrong = sum(bool(poisoned(address)) for address, _, _ in _native._samples())
    gc.enable()
    _native.unsample()
    return wrong


def check() -> None:
    """Of what is alive every block is known with its size, and of what is gone none."""
    assert not tracemalloc.is_tracing()
    _native.unsample()
    assert _native.sample(1, 0) is None
    kept = [bytearray(1000) for _ in range(2000)]
    addresses = {id(each) for each in kept}
    sizes = {address: size for address, size, _ in _native._samples()}
    assert addresses <= set(sizes)
    assert {sizes[address] for address in addresses} == {bytearray.__basicsize__}
    assert sum(size == 1000 + BUFFER_BYTES for size in sizes.values()) == len(kept)
    kept.clear()
    left = {address for address, _, _ in _native._samples()}
    assert len(addresses & left) < 100, len(addresses & left)  # taken by what came later
    assert check_poison() == 0
    _native.unsample()
    gc.collect()
    state = _native.sampling()
    assert (state["on"], state["live"]) == (False, 0)
    assert not _native._is_hooked()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--allocations", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gevent", action="store_true")
    given = parser.parse_args()
    sys.setswitchinterval(0.0005)
    start: Callable[[Callable[[], None]], Any] = start_thread
    if given.gevent:
        import gevent
        from gevent import monkey

        monkey.patch_all()
        start = gevent.spawn
    warnings.filterwarnings("ignore", category=DeprecationWarning)  # of a fork beside threads
    storm = Storm(given.allocations, given.seed)
    storm.rage(start, [storm.churn, storm.churn, storm.churn, storm.switch, storm.trace, storm.fork])
    check()
    told = {"allocations": storm.done * PER_STEP, "switched": storm.switched, "traced": storm.traced}
    print(json.dumps({**told, "forked": storm.forked, "python": sys.version.split()[0]}))


if __name__ == "__main__":
    main()
