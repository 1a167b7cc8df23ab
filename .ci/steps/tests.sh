# The README's test command, as typed, in a fresh copy.
source "$ROOT/.ci/setup.sh"
need_compiler
command=$(readme_command pytest)
cd "$(fresh readme-tests)"
echo "$ $command"
HEAPDIFF_REQUIRE_NATIVE=1 bash -c "$command"
