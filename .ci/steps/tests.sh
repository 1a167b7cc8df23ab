# The README's test command, as typed, in a fresh copy; and of what it leaves out for its time, the engine in Python, and the whole runs of sample, cases and servers.
source "$ROOT/.ci/setup.sh"
need_compiler
command=$(readme_command pytest)
cd "$(fresh readme-tests)"
echo "$ $command"
HEAPDIFF_REQUIRE_NATIVE=1 bash -c "$command"
HEAPDIFF_REQUIRE_NATIVE=1 .venv/bin/python -m pytest -m 'gc_engine and not slow'
.venv/bin/python -m pytest -m slow tests/samples tests/leakbench tests/flask tests/servers tests/testing --ignore tests/samples/test_fleet.py # which the step `fleet` runs
.venv/bin/python -m pytest "tests/cli/snapshots/test_memory.py::test_every_command_takes_memory_by_the_size_of_the_file[LAYO]"
