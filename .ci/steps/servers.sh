# Every server that Flask runs on, in a new environment with the extra `servers`, and Debian's Apache for mod_wsgi.
source "$ROOT/.ci/setup.sh"
need_compiler
if ! command -v apxs >/dev/null || [[ ! -x /usr/sbin/apache2 ]]; then
    { apt-get update -qq && apt-get install -qqy --no-install-recommends apache2-bin apache2-dev; } >"$WORK/apache.log" 2>&1 ||
        { cat "$WORK/apache.log"; exit 1; }
fi
cd "$(fresh servers)"
python3 -m venv .venv
HEAPDIFF_REQUIRE_NATIVE=1 .venv/bin/pip install -qq -e '.[servers]'
.venv/bin/python -m tests.servers
.venv/bin/python -m tests.servers.soak --captures 230
