# A wheel where another build of the same CPython runs it: Debian trixie's 3.13, whose collector's lists stand elsewhere than in
# upstream's struct. Needs root.
source "$ROOT/.ci/setup.sh"
source "$ROOT/.ci/tree.sh"
source "$ROOT/.ci/release.sh"
wheel=$(release_wheel 3.13 "$(uname -m)")
tree trixie trixie "$(dpkg --print-architecture)" ca-certificates,gcc,git,libc6-dev,python3.13,python3.13-dev,python3.13-venv
copy=$(fresh trixie/src/trixie)
cp "$wheel" "$copy"
unpack_extensions "$wheel" "$copy"
echo "Debian trixie has $(in_tree trixie python3.13 -VV); the wheel was compiled with $("$(python_of 3.13)" -VV)"
in_tree trixie python3.13 -m venv /src/trixie/.venv
in_tree trixie env -C /src/trixie .venv/bin/pip --disable-pip-version-check install -qq --only-binary heapdiff "$(basename "$wheel")[sample]" \
    guppy3 hypothesis objgraph pytest pytest-asyncio pytest-randomly pytest-timeout pytest-xdist
must_be_native trixie /src/trixie .venv/bin/python
in_tree trixie env -C /src/trixie .venv/bin/python -m pytest tests/agent tests/remote
