# The README's test command, as typed, in a fresh copy; then what it leaves out for its time: the slow tests, and the engine in Python.
source "$ROOT/.ci/setup.sh"
need_compiler
command=$(readme_command pytest)
cd "$(fresh readme-tests)"
echo "$ $command"
HEAPDIFF_REQUIRE_NATIVE=1 bash -c "$command"
HEAPDIFF_REQUIRE_NATIVE=1 .venv/bin/python -m pytest -m 'slow or gc_engine' --dist loadfile # a run of the sample is for all tests of it
.venv/bin/python -m pytest "tests/cli/snapshots/test_memory.py::test_every_command_takes_memory_by_the_size_of_the_file[LAYO]"
