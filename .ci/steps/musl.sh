# musl instead of glibc, as in Alpine: the agent's and the graph's tests with the wheel for it, on a CPython built here. Needs root.
source "$ROOT/.ci/setup.sh"
source "$ROOT/.ci/tree.sh"
source "$ROOT/.ci/release.sh"
need_musl
wheel=$(release_wheel 3.11 "$(uname -m)" musl)
copy=$(fresh musl/src/musl)
unpack_extensions "$wheel" "$copy"
# By this machine's pip: that Python has no TLS. NumPy's wheels from 2.2 on don't load with Debian's musl, nor do igraph's.
python3 -m pip install -qq --upgrade --target "$WORK/musl/opt/musl/lib/python3.11/site-packages" --implementation cp --python-version 3.11 \
    --only-binary :all: --platform "musllinux_1_2_$(uname -m)" --platform "musllinux_1_1_$(uname -m)" \
    "$wheel" 'numpy<2' flask gunicorn hypothesis objgraph pytest pytest-randomly pytest-timeout pytest-xdist
must_be_native musl /src/musl /opt/musl/bin/python3.11
# Those of a process that imports SQLite, which is left out there.
walk=tests/agent/native/test_walk.py
in_tree musl env -C /src/musl /opt/musl/bin/python3.11 -m pytest -n "$(nproc)" tests/agent tests/graph --ignore tests/graph/test_dominators.py \
    --deselect $walk::test_everything_that_the_collectors_view_reaches_is_recorded_under_the_same_type \
    --deselect $walk::test_counts_by_type_exceed_the_collectors_view_only_where_it_cannot_follow
