# Debian's Prometheus scrapes workers that come and go, its promtool checks the alert rules, and preloaded workers send OTLP.
source "$ROOT/.ci/setup.sh"
need_packages prometheus
cd "$(checkout metrics 3.11 dev,opentelemetry)"
.venv/bin/pip install -qq opentelemetry-exporter-otlp-proto-http
.venv/bin/python -m tests.servers.metrics --lives "${LIVES:-60}"
.venv/bin/python -m tests.servers.telemetry
