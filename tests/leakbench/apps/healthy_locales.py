"""Prices and dates in the visitor's language (python-babel/babel#323): data of a locale is read once and kept.

Few languages make most of the traffic; a rare one still comes now and then.
"""

from __future__ import annotations

import random
from datetime import date

from babel.dates import format_date
from babel.numbers import format_currency
from flask import Flask

LOCALES = (
    "en", "de", "fr", "es", "it", "pl", "nl", "pt", "sv", "cs", "ro", "hu", "el", "da", "fi", "nb", "tr",
    "uk", "bg", "hr", "sk", "lt", "lv", "et", "sl", "ja", "ko", "zh", "ar", "he", "th", "vi", "id", "hi",
)  # fmt: skip
WEIGHTS = [1 / (rank + 1) for rank in range(len(LOCALES))]


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/offer/<int:number>")
    def offer(number: int) -> str:
        (locale,) = random.Random(number).choices(LOCALES, WEIGHTS)
        price = format_currency(number % 1000 / 7, "EUR", locale=locale)
        return f"{price}, {format_date(date(2024, number % 12 + 1, 1), 'full', locale=locale)}"

    return app
