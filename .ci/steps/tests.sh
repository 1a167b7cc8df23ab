# The README's test command, as typed, in a fresh copy; and of what it leaves out for its time, the whole runs of sample and cases.
source "$ROOT/.ci/setup.sh"
need_compiler
command=$(readme_command pytest)
cd "$(fresh readme-tests)"
echo "$ $command"
HEAPDIFF_REQUIRE_NATIVE=1 bash -c "$command"
.venv/bin/python -m pytest -m slow tests/samples tests/leakbench
