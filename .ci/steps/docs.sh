# The documentation: the site, built strictly; the links inside it; and every command that a page shows, typed.
source "$ROOT/.ci/setup.sh"
cd "$(checkout docs 3.13 docs,sql,mcp)"
.venv/bin/sphinx-build -W -n --keep-going -q -b html docs "$WORK/site"
.venv/bin/python -m tests.documents.links "$WORK/site"
.venv/bin/python -m pytest -m "slow or not slow" tests/documents tests/test_docs.py
