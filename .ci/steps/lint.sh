# Style and format.
source "$ROOT/.ci/setup.sh"
cd "$(dev_copy)"
.venv/bin/ruff check .
.venv/bin/ruff format --check .
