# Types of the package, the tests and the samples.
source "$ROOT/.ci/setup.sh"
cd "$(dev_copy)"
.venv/bin/mypy
