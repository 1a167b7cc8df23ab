# The agent, its files and the graph on a CPython that Debian forky has: `forky.sh forky3.15`. Needs root.
source "$ROOT/.ci/setup.sh"
source "$ROOT/.ci/forky.sh"
need_forky
version=${1#forky}
copy=$(fresh "forky/src/$version")
place=/src/$version
echo "Debian forky has $(in_forky "python$version" -VV)"
in_forky "python$version" -m venv "$place/.venv"
pip=(in_forky env -C "$place" HEAPDIFF_REQUIRE_NATIVE=1 .venv/bin/pip --disable-pip-version-check install -qq)
"${pip[@]}" -e '.[sample]' hypothesis igraph objgraph pytest pytest-randomly pytest-timeout pytest-xdist
ls "$copy"/heapdiff/agent/_native.*.so "$copy"/heapdiff/graph/_kernels.*.so
in_forky env -C "$place" .venv/bin/python -c '
from heapdiff.agent.engines.choice import choose_engine
choice = choose_engine(None)
print(f"engine {choice.name}: {choice.reason}")
assert choice.name == "native", choice
'
export HEAPDIFF_SOAK_CAPTURES=100
in_forky env -C "$place" .venv/bin/python -m pytest tests/agent tests/flask tests/graph tests/snapshot
