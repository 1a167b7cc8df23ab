# The documentation as a site, built strictly, every link inside it, and its commands that read snapshots.
source "$ROOT/.ci/setup.sh"
cd "$(checkout docs 3.13 docs,sql,mcp)"
.venv/bin/sphinx-build -W -n --keep-going -q -b html docs "$WORK/site"
.venv/bin/python -m tests.documents.links "$WORK/site"
.venv/bin/python -m pytest tests/documents/test_commands.py::test_commands_that_read_snapshots_answer
