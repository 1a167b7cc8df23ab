# What is exported, read by others: memlab computes the same dominators and retained sizes for each object of the sample's worker and of a
# Flask application from PyPI, and Chromium's Memory panel shows the same rows.
source "$ROOT/.ci/setup.sh"
need_packages chromium
command -v npm >/dev/null || need_packages nodejs npm
cd "$(checkout exports 3.11 dev,browser,sql)"
.venv/bin/pip install -qq sqlite-web==0.8.2
packages=$WORK/exports/memlab
mkdir -p "$packages"
cp tests/export/oracles/package.json "$packages"
(cd "$packages" && PUPPETEER_SKIP_DOWNLOAD=1 npm install --silent --ignore-scripts --no-audit --no-fund)
.venv/bin/python -m samples.leaky_shop --dir "$WORK/exports/shop"
.venv/bin/python -m tests.export.oracles.real_app "$WORK/exports/real"
mapfile -t shop < <(printf '%s\n' "$WORK"/exports/shop/*-000?-*.json | sort)
.venv/bin/python -m tests.export.oracles.memlab "$packages/node_modules" "${shop[@]: -2}" "$WORK"/exports/real/*.json
.venv/bin/python -m tests.export.oracles.panel "${shop[0]}" "${shop[1]}" --picture "$WORK/exports/panel.png"
.venv/bin/python -m pytest -q tests/export tests/cli/snapshots/test_export.py tests/cli/snapshots/test_query.py
