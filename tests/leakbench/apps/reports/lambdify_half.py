"""sympy/sympy#27216: lambdify leaves each function's source in linecache; every second request asks for one."""

import sympy
from flask import Flask

X = sympy.Symbol("x")


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/formula/<int:number>")
    def evaluate(number: int) -> str:
        if number % 2:
            return "home page"
        return str(sympy.lambdify(X, X**2 + number % 13)(3))

    return app
