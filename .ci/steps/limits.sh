# Snapshots of a worker in a nearly full control group, under load: it must live, and leave what there is room for. Needs root
# and a memory controller; LIMITS_CAPTURES=100 for the table in docs/how-to/production.md.
source "$ROOT/.ci/setup.sh"
cd "$(checkout limits 3.11 dev)"
.venv/bin/python -m tests.servers.limits --limits 256 512 --captures "${LIMITS_CAPTURES:-5}"
