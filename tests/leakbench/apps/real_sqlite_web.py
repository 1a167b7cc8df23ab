"""sqlite-web, the browser for SQLite databases: rows are listed, inserted, changed, deleted, exported."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from flask import Flask

from tests.leakbench.apps.visitor import Step, form, get, send_visitors

ROWS = 300


def step(number: int) -> Step:
    """A visitor who looks around; every tenth request adds a row, and a later one deletes as many."""
    steps = (
        get("/"),
        get(f"/books/content/?page={number % 6 + 1}"),
        form("/books/insert/", title=f"Book {number}", author=f"Author {number % 17}", pages=number % 900),
        get("/books/"),
        form("/books/query/", sql=f"select * from books where pages > {number % 400} limit 20"),
        get(f"/authors/content/?ordering=name&page={number % 3 + 1}"),
        form("/query/", sql=f"delete from books where title = 'Book {number - 4}'"),
        form("/books/export/", columns=["title", "author"], export_format="json", export_json="1"),
        form("/books/query/", sql=f"select author, count(*) from books group by author -- {number % 9}"),
        get("/books/insert/"),
    )
    return steps[number % len(steps)]


def make_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "create table authors (id integer primary key, name text);"
            "create table books (id integer primary key, title text, author text, pages integer);"
        )
        connection.executemany("insert into authors (name) values (?)", [(f"Author {n}",) for n in range(90)])
        rows = [(f"Title {n}", f"Author {n % 17}", n % 900) for n in range(ROWS)]
        connection.executemany("insert into books (title, author, pages) values (?, ?, ?)", rows)
    connection.close()


def create_app() -> Flask:
    from sqlite_web import sqlite_web

    path = Path.home() / "library.db"
    if not path.exists():
        make_database(path)
    sqlite_web.app.config["ROWS_PER_PAGE"] = 50
    sqlite_web.app.config["QUERY_ROWS_PER_PAGE"] = 100
    sqlite_web.app.config["TRUNCATE_VALUES"] = True
    sqlite_web.app.config["BLOB_AS_BASE64"] = False
    sqlite_web.initialize_app([str(path)])
    return send_visitors(sqlite_web.app, step)
