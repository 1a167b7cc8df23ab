"""A least-recently-used cache on an OrderedDict: full since the warm-up, each request replaces an entry."""

from __future__ import annotations

from collections import OrderedDict

from flask import Flask

SIZE = 100
PAGES: OrderedDict[int, dict[str, object]] = OrderedDict()


def page(number: int) -> dict[str, object]:
    if number in PAGES:
        PAGES.move_to_end(number)
    else:
        PAGES[number] = {"number": number, "words": [f"word {n} of {number}" for n in range(20)]}
        if len(PAGES) > SIZE:
            PAGES.popitem(last=False)
    return PAGES[number]


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/page/<int:number>")
    def show(number: int) -> str:
        page(number // 2)
        return str(len(page(number)))

    return app
