"""phonenumbers imports a country's data when its first number comes (daviddrysdale/python-phonenumbers#13)."""

from __future__ import annotations

import random

import phonenumbers
from flask import Flask
from phonenumbers import PhoneNumberFormat, geocoder

COUNTRIES = (1, 44, 49, 33, 34, 39, 31, 46, 47, 48, 41, 43, 32, 351, 353, 358, 45, 30, 36, 420, 61, 64, 81,
             82, 86, 91, 55, 52, 54, 56, 57, 27, 20, 234, 254, 90, 7, 380, 972, 966)  # fmt: skip
WEIGHTS = [1 / (rank + 1) for rank in range(len(COUNTRIES))]


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/contact/<int:number>")
    def contact(number: int) -> str:
        (country,) = random.Random(number).choices(COUNTRIES, WEIGHTS)
        parsed = phonenumbers.parse(f"+{country}20{number % 9000 + 1000:04}567")
        place = geocoder.description_for_number(parsed, "en")
        return f"{phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)} {place}"

    return app
