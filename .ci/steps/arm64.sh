# AArch64: the agent's and the graph's tests with the wheel for it, in a Debian of that architecture, by qemu-user where the
# machine is another. Needs root.
source "$ROOT/.ci/setup.sh"
source "$ROOT/.ci/tree.sh"
source "$ROOT/.ci/release.sh"
need_arm64
wheel=$(release_wheel 3.11 aarch64)
copy=$(fresh arm64/src/arm64)
place=/src/arm64
cp "$wheel" "$copy"
unpack_extensions "$wheel" "$copy"
in_tree arm64 python3.11 -m venv "$place/.venv"
in_tree arm64 env -C "$place" .venv/bin/pip --disable-pip-version-check install -qq \
    "./$(basename "$wheel")[sample,toolbar,prometheus]" asgiref hypothesis igraph objgraph opentelemetry-sdk pytest pytest-asyncio pytest-randomly pytest-timeout pytest-xdist
must_be_native arm64 "$place" .venv/bin/python
# What the emulator cannot show: it has no ptrace(2), threads, signal masks and handlers of its own in /proc, therefore no
# unshare(1) with a user namespace either, no limit of the address space, and is itself every process's program.
headroom=tests/agent/engines/test_headroom.py faults=tests/agent/engines/test_faults.py
trigger=tests/agent/native/test_trigger.py installation=tests/agent/worker/test_installation.py
in_tree arm64 env -C "$place" .venv/bin/python -m pytest -n "$(nproc)" --timeout 1200 tests/agent tests/graph \
    --deselect tests/agent/native/test_fork.py::test_a_child_that_has_not_begun_keeps_no_port_and_no_pipe_open \
    --deselect tests/agent/engines/test_engines.py::test_no_thread_of_ours_takes_a_signal_away_from_the_application \
    --deselect tests/agent/directory/test_registry.py::test_whether_a_process_catches_its_signal_is_read_from_the_kernel \
    --deselect tests/agent/writing/test_siblings.py::test_another_program_is_no_sibling_and_the_same_one_started_anew_is_not_forked \
    --deselect $headroom --deselect $installation \
    --deselect $faults::test_oom_score_adj_that_cannot_be_written \
    --deselect $trigger::test_a_full_disk_leaves_one_line_and_no_file \
    --deselect $trigger::test_stop_gives_the_signal_back_and_ends_the_thread
