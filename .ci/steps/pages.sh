# What people see in a browser: the debug toolbar's panel and the live page, in Debian's Chromium, under gunicorn and `flask run --debug`.
source "$ROOT/.ci/setup.sh"
need_packages chromium
cd "$(checkout pages 3.11 dev,live,browser)"
.venv/bin/python -m tests.flask.toolbar.browser "$WORK/pages/pictures-of-the-toolbar"
.venv/bin/python -m tests.flask.live.browser --pictures "$WORK/pages/pictures-of-the-live-page"
