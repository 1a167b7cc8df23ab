"""A holder's path, step by step, and what can't be told by one."""

from __future__ import annotations

import pytest

from heapdiff.errors import UsageError
from heapdiff.remote.watching.holder_paths import read_path


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("shop.cache.SESSIONS", (".shop", ".cache", ".SESSIONS")),
        ("shop.app.before_request_funcs[None]", (".shop", ".app", ".before_request_funcs", "!None")),
        ("shop.app.rules[3]['cart item'].x", (".shop", ".app", ".rules", "#3", "'cart item", ".x")),
        ("shop.a[-1][True]", (".shop", ".a", "#-1", "!True")),
        ("shop.pricing.quote.<lru_cache>", (".shop", ".pricing", ".quote", "*lru_cache")),
        ("shop.tasks.run.<closure pending>", (".shop", ".tasks", ".run", "(pending")),
        ("shop.views.search.<default acc>", (".shop", ".views", ".search", "=acc")),
        ("größe.ort", (".größe", ".ort")),
        ("0x7f12A4c0", ("@7f12A4c0",)),
        ("0x7f12a4c0._cache", ("@7f12a4c0", "._cache")),
    ],
)
def test_a_path_is_read_step_by_step(text: str, steps: tuple[str, ...]) -> None:
    path = read_path(text)
    assert path.steps == steps
    assert path.order == "\x1f".join(steps)
    assert "".join(path.at(number) for number in range(len(steps))) == text
    assert path.until(len(steps)) == text
    assert path.until(1) + "".join(path.at(number) for number in range(1, len(steps))) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("shop.cache.PAGES['…'].views", "masked"),
        ("shop.cache.PAGES[…]", "masked"),
        ("<thread MainThread>.serve.<local backlog>", "can't be searched for <thread MainThread>"),
        ("<native>.dict", "can't be searched for <native>"),
        ("shop.run.<local backlog>", "can't be searched for <local backlog>"),
        ("shop.make.<locals>.Row.seen", "can't be searched for <locals>"),
        ("shop.first.next.….next", "can't be searched for"),
        ("", "not a holder's path"),
        ("shop.cache.", "not a holder's path"),
        ("shop..cache", "not a holder's path"),
        ("shop cache", "not a holder's path"),
        ("shop.a['x\x1f@1']", "not a holder's path"),
        ("shop.a['x'\n]", "not a holder's path"),
        ("0xnothing", "not a holder's path"),
        ("0x12345678901234567", "not a holder's path"),
        ("a" + ".b" * 70, "too long"),
        ("a" * 3000, "too long"),
    ],
)
def test_what_is_no_way_to_a_holder_is_refused_with_another(text: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_path(text)
    assert said in refused.value.message
    assert "0x" in refused.value.hint
