# What people see in a browser: the debug toolbar's panel, the live page and `heapdiff view`, in Debian's Chromium, under their servers.
source "$ROOT/.ci/setup.sh"
need_packages chromium
cd "$(checkout pages 3.11 dev,live,browser)"
.venv/bin/python -m tests.flask.toolbar.browser "$WORK/pages/pictures-of-the-toolbar"
.venv/bin/python -m tests.flask.live.browser --pictures "$WORK/pages/pictures-of-the-live-page"
.venv/bin/python -m tests.viewer.browser --pictures "$WORK/pages/pictures-of-the-viewer"
