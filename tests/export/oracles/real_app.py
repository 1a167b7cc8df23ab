"""`python -m tests.export.oracles.real_app DIR`: a snapshot of sqlite-web, a Flask application from PyPI, after some requests.

It serves from a thread of this process, on a port of its own. Prints the path of the snapshot. Needs `sqlite-web`.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.request import urlopen

import heapdiff

VISITS: Final = 30
PAGES: Final = ("/", "/shop/", "/shop/content/", "/shop/content/?page=2", "/shop/query/", "/shop/import/")


def main(arguments: list[str]) -> int:
    (folder,) = map(Path, arguments)
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "shop.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE shop (id INTEGER PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO shop (name) VALUES (?)", ((f"item {n}",) for n in range(500)))
    print(heapdiff.snapshot(visit(database, folder)))
    return 0


def visit(database: Path, folder: Path) -> Path:
    from sqlite_web import sqlite_web
    from werkzeug.serving import make_server

    sqlite_web.app.config.update(
        ROWS_PER_PAGE=50, QUERY_ROWS_PER_PAGE=100, TRUNCATE_VALUES=True, BLOB_AS_BASE64=False
    )
    sqlite_web.initialize_app([str(database)])
    server = make_server("127.0.0.1", 0, sqlite_web.app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for _ in range(VISITS):
        for page in PAGES:
            with urlopen(f"http://127.0.0.1:{server.port}{page}") as answer:
                assert answer.status == 200, page
                answer.read()
    return folder


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
