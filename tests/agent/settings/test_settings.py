"""Settings come from the first source that speaks, and nonsense becomes one warning and the default."""

from __future__ import annotations

import logging
import signal
from pathlib import Path
from typing import Any

import pytest

from heapdiff.agent.settings.parsers import PARSERS, signal_name
from heapdiff.agent.settings.settings import Settings, name_arguments, read_settings


@pytest.fixture(autouse=True)
def _silent_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PARSERS:
        monkeypatch.delenv(name, raising=False)


def test_without_any_source_the_defaults_hold() -> None:
    assert read_settings() == Settings(
        directory=None, signal=signal.SIGUSR2, keep=20, engine=None, deadline_s=120.0, token=None,
        url_prefix="/_heapdiff", live=False,
    )  # fmt: skip


def test_an_earlier_source_wins_and_the_environment_comes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEAPDIFF_KEEP", "3")
    monkeypatch.setenv("HEAPDIFF_SIGNAL", "USR1")
    settings = read_settings(("the app's config", {"HEAPDIFF_KEEP": 7}))
    assert (settings.keep, settings.signal) == (7, signal.SIGUSR1)


def test_an_argument_with_its_default_gives_way_to_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEAPDIFF_KEEP", "3")
    monkeypatch.setenv("HEAPDIFF_SIGNAL", "USR1")
    assert read_settings(name_arguments(None, "USR2", 20)).keep == 3
    assert read_settings(name_arguments(None, None, 5)) == Settings(signal=None, keep=5)


@pytest.mark.parametrize("value", [None, "none", "off", 0, "0"])
def test_no_signal_is_a_choice(value: Any) -> None:
    assert read_settings(("x", {"HEAPDIFF_SIGNAL": value})).signal is None


@pytest.mark.parametrize(
    "value", ["USR1", "SIGUSR1", "usr1", " USR1 ", int(signal.SIGUSR1), signal.SIGUSR1, "10"]
)
def test_a_signal_may_be_written_in_every_usual_way(value: Any) -> None:
    assert read_settings(("x", {"HEAPDIFF_SIGNAL": value})).signal == signal.SIGUSR1


def test_real_time_signals_are_named_by_their_number() -> None:
    number = int(signal.SIGRTMIN) + 3
    assert read_settings(("x", {"HEAPDIFF_SIGNAL": str(number)})).signal == number
    assert signal_name(number) == str(number)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("HEAPDIFF_SIGNAL", "KILL"), ("HEAPDIFF_SIGNAL", "SIGSTOP"), ("HEAPDIFF_SIGNAL", "TERM"),
        ("HEAPDIFF_SIGNAL", "NOSUCH"), ("HEAPDIFF_SIGNAL", "99999"), ("HEAPDIFF_SIGNAL", -1), ("HEAPDIFF_SIGNAL", []),
        ("HEAPDIFF_SIGNAL", True), ("HEAPDIFF_SIGNAL", "٣"), ("HEAPDIFF_KEEP", "many"), ("HEAPDIFF_KEEP", 0),
        ("HEAPDIFF_KEEP", -1), ("HEAPDIFF_KEEP", "9" * 5000), ("HEAPDIFF_KEEP", 1.5), ("HEAPDIFF_KEEP", True),
        ("HEAPDIFF_DEADLINE", "nan"), ("HEAPDIFF_DEADLINE", "inf"), ("HEAPDIFF_DEADLINE", 0), ("HEAPDIFF_DEADLINE", {}),
        ("HEAPDIFF_ENGINE", "heapy"), ("HEAPDIFF_DIR", 5), ("HEAPDIFF_DIR", "a\0b"), ("HEAPDIFF_LIVE", "perhaps"),
        ("HEAPDIFF_URL_PREFIX", "/"), ("HEAPDIFF_URL_PREFIX", "no-slash"), ("HEAPDIFF_URL_PREFIX", "/<path:x>"),
        ("HEAPDIFF_TOKEN", "two words"), ("HEAPDIFF_TOKEN", 5), ("HEAPDIFF_TOKEN", "a\nb"), ("HEAPDIFF_TOKEN", b"\xff"),
    ],
)  # fmt: skip
def test_nonsense_is_one_warning_and_the_default(
    key: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "heapdiff"):
        assert read_settings(("the app's config", {key: value})) == Settings()
    assert [record.getMessage().partition(" is ignored")[0] for record in caplog.records] == [
        f"heapdiff: {key} in the app's config"
    ]


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_no_warning_is_what_python_says_of_a_literal(name: str, caplog: pytest.LogCaptureFixture) -> None:
    read_settings(("here", {name: "many"}))
    assert not any(text in caplog.text for text in ("literal", "convert"))


def test_a_token_is_in_no_representation_and_no_log_line(caplog: pytest.LogCaptureFixture) -> None:
    settings = read_settings(("x", {"HEAPDIFF_TOKEN": "s3cret-token\n"}))
    assert settings.token == "s3cret-token"
    assert "s3cret" not in repr(settings) + caplog.text
    assert "shorter than 16" in caplog.text


def test_paths_are_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert read_settings(("x", {"HEAPDIFF_DIR": "a/../b"})).directory == tmp_path / "b"
    assert read_settings(("x", {"HEAPDIFF_DIR": "~/heap"})).directory == Path("/home/somebody/heap")


@pytest.mark.parametrize(
    ("value", "interval"),
    [
        ("512kB", 512_000),
        ("64KiB", 65_536),
        (16_000, 16_000),
        ("on", 512_000),
        (True, 512_000),
        ("0", 0),
        (False, 0),
    ],
)
def test_the_interval_of_samples_is_in_powers_of_1000(value: object, interval: int) -> None:
    assert read_settings(("x", {"HEAPDIFF_SAMPLE": value})).sample_bytes == interval


@pytest.mark.parametrize("value", ["999", "2GB", "often", -1, 1.5])
def test_an_interval_that_makes_no_sense_samples_nothing(value: object) -> None:
    assert read_settings(("x", {"HEAPDIFF_SAMPLE": value})).sample_bytes == 0


@pytest.mark.parametrize(
    ("value", "wanted"), [(False, False), ("false", False), ("off", False), ("1", True), ("perhaps", True)]
)
def test_hashes_are_written_unless_they_are_switched_off(value: object, wanted: bool) -> None:
    assert read_settings(("x", {"HEAPDIFF_HASH": value})).hashes is wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (None, ()),
        ("", ()),
        (False, ()),
        ("off", ()),
        ("prometheus", ("prometheus",)),
        (" OpenTelemetry , prometheus", ("prometheus", "opentelemetry")),
        (["opentelemetry"], ("opentelemetry",)),
        (("prometheus", "prometheus"), ("prometheus",)),
        ("statsd", ()),
        (True, ()),
        ({"prometheus": 1}, ()),
        ([None], ()),
    ],
)
def test_metrics_go_to_whom_the_setting_names_and_to_nobody_else(
    value: object, wanted: tuple[str, ...]
) -> None:
    assert read_settings(("x", {"HEAPDIFF_METRICS": value})).metrics == wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(None, 0), (0, 0), ("off", 0), (False, 0), (10, 10), ("7", 7), (101, 0), (True, 0), (-1, 0), ("ten", 0)],
)
def test_metrics_name_no_more_holders_than_the_setting_allows(value: object, wanted: int) -> None:
    assert read_settings(("x", {"HEAPDIFF_METRICS_SUSPECTS": value})).suspects_most == wanted
