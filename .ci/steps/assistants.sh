# What an assistant gets: a session of the MCP SDK's own client, in an environment of its own with the extra `mcp`;
# and the tests of SQL, for which the plain environments have no DuckDB.
source "$ROOT/.ci/setup.sh"
cd "$(checkout assistants 3.12 dev,mcp,sql)"
.venv/bin/python -m pytest -n0 tests/export tests/cli/snapshots/test_query.py
.venv/bin/python -m tests.assistants.session --objects 2000000
