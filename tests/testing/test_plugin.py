"""The plugin in real runs of pytest: what fails, with which words, what passes, and what it leaves alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from _pytest.assertion.rewrite import AssertionRewriter

import heapdiff

pytest_plugins = ["pytester"]

INI = """
[pytest]
asyncio_default_fixture_loop_scope = function
filterwarnings = error
addopts = -p no:randomly -p no:xdist -p no:cacheprovider -p no:hypothesispytest -p no:anyio --strict-markers
"""


@pytest.fixture
def inner(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makefile(".ini", pytest=INI)
    return pytester


@pytest.mark.slow
@pytest.mark.process
def test_a_leak_is_named_with_its_chain_and_site_and_reported_in_files(inner: pytest.Pytester) -> None:
    """By the marker, of an asynchronous test: pytest-asyncio runs each call."""
    inner.makepyfile(
        shop="""
        KEPT = {}

        class Session:
            pass

        async def open_session():
            KEPT[f"user {len(KEPT)}"] = Session()
        """,
        test_shop="""
        import pytest
        import shop

        @pytest.mark.asyncio
        @pytest.mark.heapdiff
        async def test_sessions():
            await shop.open_session()

        def test_no_agent_stays():
            from heapdiff.agent.worker import installation
            assert not installation.is_installed()
        """,
    )
    result = inner.runpytest_subprocess("--heapdiff-report=found")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "heapdiff: memory grows with every call (* calls in 3 rounds after a warm-up; allowed: 0 objects)",
            "shop.KEPT gained * entries (*), one per call, with no end in sight",
            "  holds      +* shop.Session (*",
            "  held by    module shop → global KEPT",
            "  allocated  at shop.py:7 in open_session*",
            "Report: */found/test_shop.py-test_sessions-*.md",
        ]
    )
    report, picture = sorted((inner.path / "found").iterdir())
    assert "**LEAK**" in report.read_text()
    assert "shop.KEPT" in report.read_text()
    assert picture.name in report.read_text()
    assert "shop.Session" in picture.read_text()


@pytest.mark.process
@pytest.mark.slow
def test_what_the_tests_own_tools_gain_is_not_the_applications(inner: pytest.Pytester) -> None:
    inner.makepyfile(
        """
        import logging, warnings
        from unittest import mock

        def test_quiet(heapdiff_growth, caplog):
            send, sent = mock.Mock(), []

            def work():
                logging.getLogger("shop").warning("sent %s", send(1))
                sent.append([1])

            growth = heapdiff_growth(work)
            assert growth.failure == "" and growth.rounds == 3, growth
        """
    )
    inner.runpytest_subprocess().assert_outcomes(passed=1)


@pytest.mark.process
def test_what_leaves_nothing_behind_passes_without_a_snapshot(inner: pytest.Pytester) -> None:
    inner.makepyfile(
        """
        import asyncio
        import pytest

        def work():
            return [object() for _ in range(10)]

        def test_by_fixture(heapdiff_growth):
            growth = heapdiff_growth(work, max_growth="0 objects")
            assert (growth.rounds, growth.holders) == (2, ())

        @pytest.fixture(autouse=True)
        def no_snapshot(monkeypatch):
            monkeypatch.setattr("heapdiff.testing.measuring.rounds.Analyst", None)

        @pytest.mark.heapdiff
        @pytest.mark.parametrize("count", [1, 2])
        def test_with_parameters(count, tmp_path):
            assert tmp_path.exists() and count in (1, 2)

        class TestClass:
            @pytest.mark.heapdiff(max_growth="10kB")
            def test_method(self):
                work()
        """
    )
    inner.runpytest_subprocess().assert_outcomes(
        passed=4
    )  # in this process, pytester would keep each call of a hook


def test_each_way_to_use_it_wrongly_is_one_clear_line(inner: pytest.Pytester) -> None:
    inner.makepyfile(
        """
        import unittest
        import pytest

        async def work():
            pass

        def test_coroutine(heapdiff_growth):
            heapdiff_growth(work)

        def test_amount(heapdiff_growth):
            heapdiff_growth(int, max_growth="little")

        def test_rounds(heapdiff_growth):
            heapdiff_growth(int, rounds=1)

        @pytest.mark.heapdiff(most=3)
        def test_marker():
            pass

        @pytest.mark.heapdiff
        class TestCase(unittest.TestCase):
            def test_method(self):
                pass
        """
    )
    result = inner.runpytest_inprocess("--tb=short")
    result.assert_outcomes(failed=4, errors=1)
    result.stdout.fnmatch_lines_random(
        [
            "heapdiff: work is asynchronous: calling it only makes a coroutine",
            "heapdiff: max_growth='little' is neither a number of objects nor a size",
            "heapdiff: rounds=1: expected a number from 4 to 16",
            "heapdiff: *::test_marker: the marker is heapdiff(max_growth='0 objects', rounds=None)",
            "heapdiff: *::test_method: the marker doesn't work on methods of unittest.TestCase; *",
        ]
    )


def test_what_the_function_raises_is_what_the_test_shows(inner: pytest.Pytester) -> None:
    inner.makepyfile(
        """
        import pytest

        def work():
            raise KeyError("mine")

        def test_fixture(heapdiff_growth):
            with pytest.raises(KeyError, match="mine"):
                heapdiff_growth(work)

        @pytest.mark.heapdiff
        def test_marked():
            work()

        @pytest.mark.heapdiff
        def test_skipped():
            pytest.skip("not today")
        """
    )
    result = inner.runpytest_inprocess()
    result.assert_outcomes(failed=1, passed=1, skipped=1)
    result.stdout.fnmatch_lines(["E   *KeyError: 'mine'"])
    result.stdout.no_fnmatch_line("*heapdiff/testing*")


def test_snapshots_need_a_directory(inner: pytest.Pytester) -> None:
    result = inner.runpytest_inprocess("--heapdiff-snapshots")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--heapdiff-snapshots needs --heapdiff-report DIR"])


def test_it_can_be_switched_off(inner: pytest.Pytester) -> None:
    inner.makepyfile("def test_it(heapdiff_growth): pass")
    result = inner.runpytest_inprocess("-p", "no:heapdiff")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'heapdiff_growth' not found"])


@pytest.mark.process
def test_loading_it_brings_nothing_that_pytest_does_not_have() -> None:
    """It's loaded in every project that has both packages."""
    script = (
        "import json, sys, pytest, _pytest.fixtures\nbefore = set(sys.modules)\nimport heapdiff.testing.plugin\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [
        "heapdiff",
        "heapdiff.testing",
        "heapdiff.testing.plugin",
        "heapdiff.version",
    ]


def test_the_plugin_is_an_entry_point_of_pytest() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert '[project.entry-points.pytest11]\nheapdiff = "heapdiff.testing.plugin"\n' in text


def test_pytest_does_not_warn_where_heapdiff_is_imported_before_it() -> None:
    """As under `heapdiff run`: warnings that are errors would end the run."""
    assert heapdiff.__doc__ is not None
    assert AssertionRewriter.is_rewrite_disabled(heapdiff.__doc__)


@pytest.mark.process
@pytest.mark.slow
def test_what_a_test_puts_in_place_of_the_systems_functions_is_not_the_plugins(
    inner: pytest.Pytester,
) -> None:
    """And what the system refuses is one line of ours, with nothing left open."""
    inner.makepyfile(
        """
        import gc, subprocess, tempfile, pytest

        KEPT = []

        def keep():
            KEPT.append([1])

        def test_processes(heapdiff_growth, monkeypatch):
            monkeypatch.setattr(subprocess, "Popen", None)
            with pytest.raises(BaseException, match="KEPT"):
                heapdiff_growth(keep, rounds=4)

        def test_no_place(heapdiff_growth, monkeypatch, tmp_path):
            monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
            with pytest.raises(BaseException, match="heapdiff: no process to compare snapshots could be started: No such"):
                heapdiff_growth(keep)
            gc.collect()
        """
    )
    inner.runpytest_subprocess("-q").assert_outcomes(passed=2)
