"""Snippets are highlighted by Pygments, which imports and builds a language's lexer when it first comes."""

from __future__ import annotations

import random

from flask import Flask
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

LANGUAGES = (
    "python", "javascript", "sql", "bash", "html", "css", "json", "java", "c", "cpp", "go", "rust", "ruby",
    "php", "yaml", "toml", "ini", "diff", "kotlin", "swift", "scala", "perl", "lua", "haskell", "r",
    "typescript", "xml", "make", "docker", "erlang", "elixir", "clojure", "fortran", "pascal", "matlab",
)  # fmt: skip
WEIGHTS = [1 / (rank + 1) ** 1.2 for rank in range(len(LANGUAGES))]


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/snippet/<int:number>")
    def snippet(number: int) -> str:
        (language,) = random.Random(number).choices(LANGUAGES, WEIGHTS)
        lexer = get_lexer_by_name(language)
        text = "\n".join(f"value_{n} = {n * number}  # comment {n}" for n in range(30))
        return str(highlight(text, lexer, HtmlFormatter(linenos=True)))

    return app
