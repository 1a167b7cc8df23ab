# Every server that Flask runs on, in a new environment with the extra `servers`, and Debian's Apache for mod_wsgi.
source "$ROOT/.ci/setup.sh"
need_compiler
need_packages apache2-bin apache2-dev
cd "$(fresh servers)"
python3 -m venv .venv
HEAPDIFF_REQUIRE_NATIVE=1 .venv/bin/pip install -qq -e '.[servers]'
.venv/bin/python -m tests.servers
.venv/bin/python -m tests.servers.soak --captures 100
