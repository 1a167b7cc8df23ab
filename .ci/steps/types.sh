# Types of the package, the tests and the samples.
source "$ROOT/.ci/setup.sh"
cd "$(checkout desk 3.11 dev)"
.venv/bin/mypy
