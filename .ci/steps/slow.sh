# The tests that the plain suite leaves out for their time.
source "$ROOT/.ci/setup.sh"
cd "$(checkout slow 3.11 dev)"
.venv/bin/python -m pytest -m slow
