"""Formulas are solved by SymPy, whose caches hold a thousand results each (sympy/sympy#4217)."""

from __future__ import annotations

import sympy
from flask import Flask

X = sympy.Symbol("x")


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/derivative/<int:number>")
    def derivative(number: int) -> str:
        a, b = number % 150 + 2, number * 7 % 40 + 3
        return str(sympy.diff(sympy.sin(a * X) + X**b, X).subs(X, sympy.Rational(1, a)).evalf(5))

    return app
