"""dapper91/pydantic-xml#222: in pydantic 2.9 a validator's error is part of a cycle that the collector can't see."""

import pydantic
from flask import Flask


class Company(pydantic.BaseModel):
    country: str

    @pydantic.field_validator("country")
    @classmethod
    def check(cls, value: str) -> str:
        if len(value) > 2:
            raise ValueError("two letters, please")
        return value


def parse(country: str) -> Company:
    form = f"form of {country}" * 500
    kept = None
    try:
        return Company.model_validate({"country": country, "form": form})
    except pydantic.ValidationError as error:
        kept = error
    raise kept


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/companies/<int:number>")
    def company(number: int) -> str:
        try:
            return parse(f"Country {number}").country
        except pydantic.ValidationError:
            return "no such country"

    return app
