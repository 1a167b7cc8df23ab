# The documentation's links to others' pages. Without a network it says NOT CHECKED.
source "$ROOT/.ci/setup.sh"
cd "$(checkout docs 3.13 docs,sql,mcp)"
.venv/bin/sphinx-build -W -n --keep-going -q -b html docs "$WORK/site-outside"
.venv/bin/python -m tests.documents.links "$WORK/site-outside" --outside
