# Every command that a page shows, typed: on snapshots, beside a worker; and the tutorial from beginning to end.
source "$ROOT/.ci/setup.sh"
cd "$(checkout docs 3.13 docs,sql,mcp)"
.venv/bin/python -m pytest -m "soak or not soak" tests/documents tests/test_docs.py
