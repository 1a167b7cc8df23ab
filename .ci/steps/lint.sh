# Style and format.
source "$ROOT/.ci/setup.sh"
cd "$(checkout desk 3.11 dev)"
.venv/bin/ruff check .
.venv/bin/ruff format --check .
