# The documentation as a site, built strictly, and every link inside it.
source "$ROOT/.ci/setup.sh"
cd "$(checkout docs 3.13 docs,sql,mcp)"
.venv/bin/sphinx-build -W -n --keep-going -q -b html docs "$WORK/site"
.venv/bin/python -m tests.documents.links "$WORK/site"
