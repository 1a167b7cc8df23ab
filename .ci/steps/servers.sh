# Every server that Flask runs on, with the extra `servers`, Debian's Apache for mod_wsgi, and a soak of SOAK captures.
source "$ROOT/.ci/setup.sh"
need_packages apache2-bin apache2-dev
cd "$(checkout servers 3.11 servers)"
.venv/bin/python -m tests.servers
.venv/bin/python -m tests.servers.soak --captures "${SOAK:-100}"
