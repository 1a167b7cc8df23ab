# Memcheck over the native agent, parent and child, with each trigger. What CPython's own code does is suppressed.
source "$ROOT/.ci/setup.sh"
command -v valgrind >/dev/null || need_packages valgrind
cd "$(checkout valgrind 3.11 dev)"

# Without site: what it loads makes ints of no digits, whose value 0 memcheck takes for unknown.
# A child's errors do not reach the exit code, so the log must be empty, too.
PYTHONMALLOC=malloc timeout 600 valgrind --quiet --error-exitcode=9 --leak-check=no --log-file="$PWD/memcheck.log" \
    --suppressions=tests/agent/cpython.supp .venv/bin/python -S -m tests.agent.memcheck
if [ -s memcheck.log ]; then
    cat memcheck.log
    exit 9
fi
