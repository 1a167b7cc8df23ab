# What people see in a browser, in Debian's Chromium: the debug toolbar's panel and the live page, under gunicorn and `flask run --debug`,
# `heapdiff view` under its own server, and the report, of the sample's worker and of the worst names; the latter with axe-core.
source "$ROOT/.ci/setup.sh"
need_packages chromium
cd "$(checkout pages 3.11 dev,live,browser)"
.venv/bin/python -m tests.flask.toolbar.browser "$WORK/pages/pictures-of-the-toolbar"
.venv/bin/python -m tests.flask.live.browser --pictures "$WORK/pages/pictures-of-the-live-page"
command -v npm >/dev/null || need_packages nodejs npm
assets=$PWD/heapdiff/render/html/assets
(cd "$assets" && npm ci --ignore-scripts --no-audit --no-fund)
.venv/bin/python -m samples.leaky_shop --dir "$WORK/pages/shop"
.venv/bin/python -m tests.render.html.browser --pictures "$WORK/pages/pictures-of-the-report" \
    --axe "$assets/node_modules/axe-core/axe.min.js" --snapshots "$WORK/pages/shop"
.venv/bin/python -m tests.viewer.browser --pictures "$WORK/pages/pictures-of-the-viewer"
