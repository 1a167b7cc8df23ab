# Every server that Flask runs on, with the extra `servers`, Debian's Apache for mod_wsgi, its PostgreSQL and Redis behind one, its
# allocators below one, and a soak of SOAK captures.
source "$ROOT/.ci/setup.sh"
need_packages apache2-bin apache2-dev libapache2-mod-passenger libjemalloc2 libmimalloc2.0 libtcmalloc-minimal4 postgresql redis-server
cd "$(checkout servers 3.11 servers)"
.venv/bin/python -m tests.servers
.venv/bin/python -m pytest -n 0 tests/agent/native/test_sampling_stress.py tests/remote/test_door.py # with gevent
.venv/bin/python -m tests.servers.soak --captures "${SOAK:-100}"
