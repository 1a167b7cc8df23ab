"""What the kernel says of another process may be as long as that process likes."""

from __future__ import annotations

import os

from heapdiff.agent.system.procfs import PROC, read_text


def test_a_text_that_is_too_long_is_not_read() -> None:
    whole = read_text(f"{PROC}/self/maps")
    assert whole
    assert read_text(f"{PROC}/self/maps", most=2 * len(whole))
    assert read_text(f"{PROC}/self/maps", most=len(whole) // 2) is None


def test_a_text_without_an_end_ends() -> None:
    assert read_text("/dev/zero", most=1 << 20) is None


def test_what_is_not_there_is_none_and_nothing_stays_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    assert read_text(f"{PROC}/self/no such file") is None
    assert read_text(f"{PROC}/self") is None
    assert len(os.listdir("/proc/self/fd")) == before
