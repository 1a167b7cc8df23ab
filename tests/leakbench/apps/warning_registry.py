"""A warning with the request's number in its text: the module's registry notes each one."""

from __future__ import annotations

import warnings

from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/old/<int:number>")
    def old(number: int) -> dict[str, int]:
        warnings.warn(f"/old/{number} is deprecated, use /new/{number} instead", stacklevel=1)
        return {"number": number}

    return app
