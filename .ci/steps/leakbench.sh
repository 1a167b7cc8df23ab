# LeakBench: apps with known leaks and healthy ones, in real workers, with every mix of traffic; ends with 0 when every threshold is met.
source "$ROOT/.ci/setup.sh"
cd "$(checkout leakbench 3.11 leakbench)"
.venv/bin/python -m tests.leakbench --no-peers --mix all half tenth random --answers "$WORK/answers"
