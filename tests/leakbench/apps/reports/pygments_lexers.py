"""pygments: each lexer is a module that is imported when somebody first asks for its language. Nothing leaks."""

from flask import Flask
from pygments.lexers import get_all_lexers, get_lexer_by_name

NAMES = sorted(aliases[0] for _, aliases, _, _ in get_all_lexers(plugins=False) if aliases)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/languages/<int:number>")
    def describe(number: int) -> str:
        return get_lexer_by_name(NAMES[number * 2 % len(NAMES)]).name

    return app
