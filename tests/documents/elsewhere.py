"""Commands of the pages that no test in this folder runs, and why: the one place where that is said.

A command that isn't here is run, on the snapshots or next to the worker that `stage.py` prepares. One that no page shows any more
must leave this list. What begins with `heapdiff` is parsed by its command either way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["ELSEWHERE"]

ELSEWHERE: Final[Mapping[str, tuple[str, ...]]] = {
    "builds an environment; .ci/steps/sample.sh and tests.sh type these two": (
        "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/python -m samples.leaky_shop",
        "python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]' && .venv/bin/python -m pytest",
    ),
    "builds an environment; each step of .ci/run does, with the same extras": (
        "python3 -m venv .venv && .venv/bin/pip install -e '.[dev]'",
        "python3 -m venv .venv && source .venv/bin/activate",
        "pip install '.[fleet,sample]'",
        "pip install '.[sample]'",
        "pip install 'heapdiff[fleet]'",
        "pip install 'heapdiff[live]'",
        "pip install 'heapdiff[mcp]'",
        "pip install 'heapdiff[prometheus]'",
        "pip install 'heapdiff[spark]'",
        "pip install 'heapdiff[sql]'",
        "pip install 'heapdiff[toolbar]'",
        "pip install 'heapdiff[view]'",
    ),
    "builds the site and follows its links; .ci/steps/docs.sh does": (
        ".venv/bin/pip install -e '.[docs]'",
        ".venv/bin/sphinx-build -W -n --keep-going -b html docs build/site",
        ".venv/bin/python -m tests.documents.links build/site",
    ),
    "builds the report's script; .ci/steps/assets.sh does": (
        "cd heapdiff/render/html/assets && npm ci --ignore-scripts && npm run build",
        "rm -r node_modules",
    ),
    "asks another program; .ci/steps/exports.sh asks each": (
        "npx memlab analyze object-size --snapshot second.heapsnapshot </dev/null",
        'python -c "import duckdb; print(duckdb.sql('
        """\\"SELECT type, sum(bytes) FROM 'tables/objects.parquet' GROUP BY type ORDER BY 2 DESC LIMIT 5\\"))\"""",
    ),
    "serves pages until it's interrupted; tests/viewer looks at them": (
        "heapdiff view first.json second.json third.json",
        "heapdiff view heaps/ --port 8800 --no-browser",
        "heapdiff view second.json",
        "ssh -L 8800:127.0.0.1:8800 server heapdiff view heaps/ --port 8800 --no-browser",
    ),
    "asks workers for minutes; tests/cli/investigation does, of workers of its own": (
        "heapdiff investigate --all --for 10m",
        "heapdiff investigate --all --for 20m",
        "heapdiff investigate 4242",
        "heapdiff investigate 4242 --attach",
        "heapdiff investigate 4242 --for 20m --sample",
        "heapdiff investigate 4242 --for 6s | head -n 30",
    ),
    "asks the reader's bucket, files or Spark; .ci/steps/fleet.sh does, of its own": (
        "heapdiff fleet ingest /var/lib/heapdiff --to lake/",
        "heapdiff fleet ingest s3://acme-heaps/shop --to s3://acme-lake/heaps",
        "heapdiff fleet ingest s3://heaps --to 's3://lake?endpoint_override=minio:9000&scheme=http'",
        "heapdiff fleet leaks s3://bucket/lake --all --format html -o leaks.html",
        "heapdiff fleet ingest s3://heaps/raw --to s3://heaps/lake",
        "heapdiff fleet leaks s3://heaps/lake --service shop --since 7d",
        "heapdiff fleet leaks s3://heaps/lake --all --format html -o leaks.html",
        "heapdiff fleet leaks s3://heaps/lake --owners .github/CODEOWNERS --format markdown",
        "heapdiff fleet leaks s3://heaps/lake --engine sc://spark.example:15002",
        "heapdiff fleet workers s3://heaps/lake --environment production",
        "rclone copy /srv/shop/heaps store:heaps/raw/web1 --ignore-existing --filter '- .*' --filter '+ *.json' --filter '- *'",
    ),
    "runs for a minute; tests/samples/test_fleet.py does": ("python -m samples.fleet --dir heaps",),
    "ends with 1, which says that the release leaks; tests/samples/test_fleet.py expects that": (
        "heapdiff fleet gate lake --before 1.0 --after 1.1",
    ),
    "changes the reader's checkout or another machine": (
        ".venv/bin/pip install pre-commit && .venv/bin/pre-commit install",
        "pip wheel --no-deps -w dist . && scp dist/heapdiff-*.whl HOST:",
    ),
    "starts the reader's server, whatever that is; tests/servers/test_run.py starts each kind this way": (
        "HEAPDIFF_AT_RSS=687MiB heapdiff run -- gunicorn shop:app",
        "heapdiff run -- ./start.sh",
        "heapdiff run -- granian --interface wsgi shop:app",
        "heapdiff run -- gunicorn --workers 4 shop:app",
        "heapdiff run -- hypercorn shop:app",
        "heapdiff run -- uvicorn --workers 2 asgi:app",
        "heapdiff run -- uwsgi --master --http-socket :8000 --module shop:app --enable-threads",
        "heapdiff run -- waitress-serve --port 8000 shop:app",
        "heapdiff run -- flask --app shop run --reload",
        "heapdiff run --dir /var/lib/shop/heaps -- flask --app shop run --reload",
        "heapdiff run --signal USR1 -- python -m waitress --port 8000 shop:app",
        "HEAPDIFF_LIVE=1 flask --app shop run --debug",
    ),
    "asks the reader's app; tests/flask/commands does, of apps of its own": (
        "flask --app shop heapdiff snapshot",
        "flask --app shop heapdiff compare",
        "flask --app demo_app heapdiff lines product",
        "flask --app shop heapdiff lines shop.product --path /product/1 -n 100",
        """flask --app shop heapdiff lines shop.order --data '{"what": "tea"}' --header 'Authorization: Bearer …'""",
        "flask --app shop heapdiff lines shop.prices:total --path /product/1 --format json",
    ),
    "asks the reader's server; tests/flask/test_endpoints.py does, of one of its own": (
        """curl -X POST -H "Authorization: Bearer $HEAPDIFF_TOKEN" 'http://127.0.0.1:8000/_heapdiff/snapshots?wait=1'""",
        """curl -X POST -H "Authorization: Bearer $TOKEN" 'https://shop.example/_heapdiff/snapshots?wait=1'""",
        """curl -O -H "Authorization: Bearer $TOKEN" 'https://shop.example/_heapdiff/snapshots/NAME'""",
    ),
    "needs ptrace, or CPython 3.14 and root; tests/remote/test_attach.py attaches": (
        "heapdiff snapshot 4243 --attach",
    ),
    "imports what the reader has installed; tests/cli/measuring measures modules of its own": (
        "heapdiff imports -- numpy statistics",
        "heapdiff imports -- pandas polars",
        "heapdiff imports --runs 9 -- shop.reports",
        "heapdiff imports --format json -- sqlalchemy",
    ),
    "serves until its assistant hangs up; tests/assistants talks to it": ("heapdiff mcp heaps/",),
    "belongs in a file that the reader's shell reads; tests/cli/test_usage.py prints each script": (
        'eval "$(heapdiff completion bash)"',
        'eval "$(heapdiff completion zsh)"',
    ),
    "watches for five minutes or until it's interrupted; with -n, the same is run": (
        "heapdiff watch 4242 shop.cache.SESSIONS",
        "heapdiff watch 4242 0x7f3a5c0b1d40 --format json",
    ),
    "the whole suite, or parts of it": (
        ".venv/bin/python -m pytest",
        ".venv/bin/python -m pytest -m unit",
        ".venv/bin/python -m pytest tests/cli/test_usage.py::test_the_version_is_a_line_for_scripts",
        ".venv/bin/python -m pytest -n 0 tests/remote",
        ".venv/bin/python -m pytest --randomly-seed=7",
    ),
    "takes many minutes": (
        "python -m tests.leakbench --no-peers --keep /tmp/snapshots",
        "python -m tests.answers /tmp/snapshots /tmp/before",
        "python -m tests.answers /tmp/snapshots /tmp/after && diff -r /tmp/before /tmp/after",
        "python -m tests.benchmarks.analysis --objects 100000 300000 1000000 3000000 12000000",
    ),
}
