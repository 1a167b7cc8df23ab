# Others' test suites with snapshots all the time, SUITES_SECONDS of them and as much again without.
source "$ROOT/.ci/setup.sh"
cd "$(checkout desk 3.11 dev)"
.venv/bin/python -m tests.suites --work "$WORK/suites" --wheel "$(wheel_of 3.11)" --budget "${SUITES_SECONDS:-300}"
