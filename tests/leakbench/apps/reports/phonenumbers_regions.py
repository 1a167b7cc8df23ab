"""daviddrysdale/python-phonenumbers#13: a module of data for each region, until all are loaded. Nothing leaks."""

import phonenumbers
from flask import Flask

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/numbers/<int:number>")
    def check(number: int) -> str:
        region = REGIONS[number % len(REGIONS)]
        parsed = phonenumbers.parse(str(20_000_000 + number), region)
        return str(phonenumbers.is_possible_number(parsed))

    return app
