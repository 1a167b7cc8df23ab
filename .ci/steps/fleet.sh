# A lake of many workers: ended at each step of an ingestion, on a full disk (needs root), with several at once, in object storage whose line
# is cut, and what it costs; the manifests, started as local processes with Debian's rclone, from the workers to the leak that they have;
# a simulated fleet whose leaks are known, a hundred releases for the gate, and the same rows from DuckDB and Sail.
source "$ROOT/.ci/setup.sh"
need_packages rclone
cd "$(checkout fleet 3.11 fleet-tests)"
.venv/bin/python -m pytest -m "slow or soak or object_storage" tests/fleet tests/samples/test_fleet.py tests/samples/kubernetes
.venv/bin/python -m tests.fleet.full_disk
.venv/bin/python -m tests.benchmarks.ingest
.venv/bin/python -m tests.samples.kubernetes
.venv/bin/python -m tests.fleet.simulate --workers 500 --json-part 500
.venv/bin/python -m tests.fleet.gates
.venv/bin/python -m tests.fleet.scale --rows 300K --engines duckdb,sail
