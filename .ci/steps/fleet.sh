# A lake of many workers: ended at each step of an ingestion, with several at once, in object storage whose line is cut, and what it costs.
source "$ROOT/.ci/setup.sh"
cd "$(checkout fleet 3.11 fleet-tests)"
.venv/bin/python -m pytest -m "slow or object_storage" tests/fleet
.venv/bin/python -m tests.benchmarks.ingest
