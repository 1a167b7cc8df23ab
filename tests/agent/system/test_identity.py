"""Who a process is: the same text from inside and from outside, in whatever namespaces it runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heapdiff.agent.system.identity import Identity, own_boot, own_identity, parse_identity, see_process
from heapdiff.agent.system.procfs import open_regular, read_below, read_process, read_regular
from tests.agent.containers import container, number_outside
from tests.agent.target import Target


@given(
    st.integers(0, 2**31),
    st.integers(0, 2**60),
    st.integers(0, 2**32),
    st.text("0123456789abcdef", min_size=1, max_size=12),
)
def test_it_is_written_and_read_back(pid: int, started: int, namespace: int, boot: str) -> None:
    identity = Identity(pid, started, namespace, boot)
    assert parse_identity(str(identity)) == identity
    assert parse_identity(str(pid)) == Identity(pid), "an earlier version's"


@pytest.mark.parametrize(
    "text", ["", "1-2", "1-2-3", "1-2-3-", "1-2-3-x", "-1-2-3-4", "1-2-3-4\n", "../1", "\u0661"]
)
def test_anything_else_is_nobody(text: str) -> None:
    assert parse_identity(text) is None


def test_this_process_sees_itself_as_others_do() -> None:
    seen = see_process(os.getpid())
    assert seen is not None
    assert (seen.identity, seen.state) == (own_identity(), read_process("self"))


def test_a_container_with_a_clock_and_a_boot_of_its_own_is_seen_from_outside_as_it_sees_itself(
    tmp_path: Path,
) -> None:
    """Time is ahead as in a container that was moved; systemd-nspawn gives each one a boot."""
    boot = tmp_path / "boot"
    boot.write_text("01234567-89ab-cdef-0123-456789abcdef\n")
    bind = f"mount --bind {boot} /proc/sys/kernel/random/boot_id"
    setup = "from heapdiff.agent.system.identity import own_identity"
    with Target(setup, prefix=container("--time", "--boottime", "5000", commands=bind)) as target:
        said = parse_identity(target.evaluate("str(own_identity())"))
        outside = number_outside(target)
        seen = see_process(outside)
    assert said is not None
    assert seen is not None
    assert (said.pid, said.boot, seen.state.pid) == (1, "0123456789ab", outside)
    assert seen.identity == said
    assert said.started_ticks - seen.state.started_ticks == 5000 * os.sysconf("SC_CLK_TCK")


def test_what_a_container_shows_for_its_boot_is_no_way_to_read_roots_files(tmp_path: Path) -> None:
    """Mounted there by a user in a namespace of his own, and told back as the name of the record that is then looked for."""
    secret = tmp_path / "pin"
    secret.write_text("4711")
    secret.chmod(0o600)
    bind = f"mount --bind {secret} /proc/sys/kernel/random/boot_id"
    with Target(prefix=container(commands=bind)) as target:
        assert target.evaluate("open('/proc/sys/kernel/random/boot_id').read()") == "4711"
        seen = see_process(number_outside(target))
        assert seen is not None
        assert seen.identity.boot == own_boot()


def test_below_a_directory_of_somebody_elses_only_what_everybody_may_read_is_read_and_no_link_followed(
    tmp_path: Path,
) -> None:
    file, link, other = tmp_path / "a/b", tmp_path / "a/link", tmp_path / "other"
    file.parent.mkdir()
    file.write_text("text")
    link.symlink_to("b")
    other.symlink_to("a")
    os.mkfifo(tmp_path / "a/pipe")
    before = len(os.listdir("/proc/self/fd"))
    for path, limit in (
        ("/a/link", 9),
        ("/other/b", 9),
        ("/a/b", 3),
        ("/a/pipe", 9),
        ("/a", 9),
        ("/a/b/c", 9),
        ("/none/b", 9),
    ):
        assert read_below(str(tmp_path), path, limit) is None, path
    assert read_below(str(tmp_path), "/a/b", 4) == b"text"
    file.chmod(0o640)
    assert read_below(str(tmp_path), "/a/b", 4) is None
    assert len(os.listdir("/proc/self/fd")) == before


def test_only_a_regular_file_is_opened(tmp_path: Path) -> None:
    """Each of the others would wait, act, or be somewhere else."""
    file, pipe, link = (tmp_path / name for name in ("file", "pipe", "link"))
    file.write_bytes(b"x" * 10)
    os.mkfifo(pipe)
    link.symlink_to(file)
    assert [open_regular(path) for path in (pipe, link, tmp_path, Path("/dev/null"), tmp_path / "none")] == [
        None
    ] * 5
    assert [read_regular(file, limit) for limit in (10, 9)] == [b"x" * 10, None]
    assert read_regular(file, 10, {os.geteuid() + 1}) is None
