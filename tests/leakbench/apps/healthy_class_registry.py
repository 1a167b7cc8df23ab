"""300 classes registered at the start and checked against abstract classes, whose caches fill up."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sized

from flask import Flask

REGISTRY: dict[str, type[Model]] = {}
KINDS = 300


class Model:
    """The base of all models; each subclass registers itself."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __init_subclass__(cls) -> None:
        REGISTRY[cls.__name__] = cls


for kind in range(KINDS):
    type(f"Model{kind}", (Model,), {"kind": kind, "__len__": lambda self: self.number})


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/model/<int:number>")
    def model(number: int) -> str:
        made = REGISTRY[f"Model{number % KINDS}"](number)
        return str([isinstance(made, abstract) for abstract in (Hashable, Iterable, Mapping, Sized)])

    return app
