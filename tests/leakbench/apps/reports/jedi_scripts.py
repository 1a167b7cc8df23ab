"""davidhalter/jedi#1723: the trees of all sources that were looked at stay in parso's cache."""

import jedi
from flask import Flask

SOURCE = (
    "import json\n\ndef work(item):\n    total = item.price * {}\n    return json.dumps(total)\n\nwork.\n"
)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/complete/<int:number>")
    def complete(number: int) -> str:
        script = jedi.Script(SOURCE.format(number), path=f"/srv/notebooks/cell_{number}.py")
        return str(len(script.get_names()))

    return app
