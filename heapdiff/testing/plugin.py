"""What pytest sees: the options, the fixture `heapdiff_growth`, the marker `heapdiff`.

Everybody who has both packages loads this, so it imports nothing but pytest, keeps to what old releases of it have, and does
nothing to a test that doesn't ask for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from heapdiff.testing.measuring.rounds import Growth

MARKER = "heapdiff"
SIGNATURE = "heapdiff(max_growth='0 objects', rounds=None)"
ALLOWED = "0 objects"

_repeated: list[pytest.Item] = []  # whose call is being measured


class GrowthCheck(Protocol):
    """What the fixture is."""

    def __call__(
        self, function: Callable[[], object], *, rounds: int | None = None, max_growth: str = ALLOWED
    ) -> Growth: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("heapdiff", "growth per call")
    group.addoption(
        "--heapdiff-report",
        metavar="DIR",
        help="For each test that fails because something grew, write a report (Markdown) and a picture (SVG) to DIR.",
    )
    group.addoption(
        "--heapdiff-snapshots",
        action="store_true",
        help="Also keep the snapshots of such a test in the directory given by --heapdiff-report.",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{SIGNATURE}: call the test again and again, and fail if more than that stays behind.",
    )
    if config.getoption("heapdiff_snapshots") and not config.getoption("heapdiff_report"):
        raise pytest.UsageError("--heapdiff-snapshots needs --heapdiff-report DIR")


@pytest.fixture
def heapdiff_growth(request: pytest.FixtureRequest) -> GrowthCheck:
    """`heapdiff_growth(function)` calls it again and again, and fails the test if anything grows with the calls."""

    def check(
        function: Callable[[], object], *, rounds: int | None = None, max_growth: str = ALLOWED
    ) -> Growth:
        __tracebackhide__ = True
        return _check(request.node, function, rounds, max_growth, pytrace=True)

    return check


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker(MARKER) is not None and (reason := _refuse(item)):
        pytest.fail(reason, pytrace=False)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object:
    """Call a marked test as usual, and then again and again: whoever calls it the first time does so each time."""
    marker = pyfuncitem.get_closest_marker(MARKER)
    if marker is None or pyfuncitem in _repeated:
        return None
    rounds, max_growth = _read_marker(pyfuncitem, marker)
    _repeated.append(pyfuncitem)
    try:
        again = pyfuncitem.ihook.pytest_pyfunc_call
        _check(pyfuncitem, lambda: again(pyfuncitem=pyfuncitem) and None, rounds, max_growth, pytrace=False)
    finally:
        _repeated.remove(pyfuncitem)
    return True


def _check(
    item: pytest.Item, function: Callable[[], object], rounds: int | None, max_growth: str, *, pytrace: bool
) -> Growth:
    __tracebackhide__ = True
    from heapdiff.errors import HeapdiffError
    from heapdiff.testing.measuring.machinery import describe_test
    from heapdiff.testing.measuring.rounds import measure

    config = item.config
    report = config.getoption("heapdiff_report")
    directory = config.invocation_params.dir / report if report else None
    wrong = ""
    try:
        growth = measure(
            function,
            rounds,
            max_growth,
            describe_test(item),
            directory,
            config.getoption("heapdiff_snapshots"),
        )
    except HeapdiffError as error:
        wrong = f"heapdiff: {error}"
    if wrong:
        pytest.fail(wrong, pytrace=False)
    if growth.failure:
        pytest.fail(growth.failure, pytrace=pytrace)
    if growth.left_out:
        item.add_report_section("call", "heapdiff", "\n".join(growth.left_out))
    return growth


def _read_marker(item: pytest.Item, marker: pytest.Mark) -> tuple[int | None, str]:
    """Both may be given by position, too."""
    given: dict[str, Any] = {
        **dict(zip(("max_growth", "rounds"), marker.args, strict=False)),
        **marker.kwargs,
    }
    if len(marker.args) > 2 or set(given) - {"max_growth", "rounds"}:
        pytest.fail(f"heapdiff: {item.nodeid}: the marker is {SIGNATURE}", pytrace=False)
    return given.get("rounds"), given.get("max_growth", ALLOWED)


def _refuse(item: pytest.Item) -> str:
    """Why a marked test can't be called again, or nothing."""
    unittest = sys.modules.get("unittest")
    cls = getattr(item, "cls", None)
    if unittest is not None and isinstance(cls, type) and issubclass(cls, unittest.TestCase):
        return (
            f"heapdiff: {item.nodeid}: the marker doesn't work on methods of unittest.TestCase; "
            "write a plain test, or use the fixture heapdiff_growth there"
        )
    if not isinstance(item, pytest.Function):
        return f"heapdiff: {item.nodeid}: the marker works on test functions only"
    return ""
