# The tests that take minutes.
source "$ROOT/.ci/setup.sh"
cd "$(checkout slow 3.11 dev)"
.venv/bin/python -m pytest -m soak
