"""Many cases as one test: each test costs three milliseconds by itself, as much as many a case does."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["together"]


def together(
    names: str | tuple[str, ...], values: Iterable[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """As `pytest.mark.parametrize` in one test, for cases that need no fixture of their own. Each that fails is named."""
    parameters = (names,) if isinstance(names, str) else names
    cases = [(value,) if isinstance(names, str) else tuple(value) for value in values]
    assert cases, "no case shows nothing"

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def every(**fixtures: Any) -> None:
            failed = []
            for case in cases:
                given = dict(zip(parameters, case, strict=True))
                try:
                    test(**given, **fixtures)
                except Exception as error:
                    error.add_note(f"with {given}")
                    failed.append(error)
            if failed:
                raise (
                    failed[0]
                    if len(failed) == 1
                    else ExceptionGroup(f"{len(failed)} of {len(cases)} cases", failed)
                )

        signature = inspect.signature(test)
        assert set(parameters) <= signature.parameters.keys()
        others = [each for name, each in signature.parameters.items() if name not in parameters]
        every.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]
        return every

    return decorate
