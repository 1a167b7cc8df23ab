# A free-threaded CPython on PATH: `.ci/run free-threaded3.14t`. Not among the usual steps, for Debian has no such build.
# The install says what it leaves out, the `gc` engine takes the snapshots, and the GIL stays off.
source "$ROOT/.ci/setup.sh"
python=$(python_of "${1#free-threaded}")
cd "$(fresh "$1")"
"$python" -m venv .venv
.venv/bin/pip install -v '.[sample,toolbar,prometheus]' asgiref hypothesis opentelemetry-sdk pytest pytest-asyncio pytest-randomly pytest-timeout pytest-xdist >install.log 2>&1 || { tail -n 60 install.log; exit 1; }
grep -F 'a free-threaded build of CPython' install.log
.venv/bin/python -c '
import sys
from heapdiff.agent.engines.choice import choose_engine
choice = choose_engine(None)
print(f"engine {choice.name}: {choice.reason}")
assert choice.name == "gc" and "free-threaded" in choice.reason, choice
assert not sys._is_gil_enabled()
'
copy=$PWD
mkdir -p "$WORK/$1-elsewhere"
(cd "$WORK/$1-elsewhere" && bash "$ROOT/.ci/smoke.sh" "$copy/.venv/bin" gc)
.venv/bin/python -m pytest -m "$BOTH_ENGINES" tests/agent tests/flask tests/snapshot -k "not native"
