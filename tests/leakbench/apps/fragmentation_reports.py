"""Fragments: each report is larger than the last and is freed, but a bounded sample keeps a few rows."""

from flask import Flask

ROW_BYTES = 400
ROWS_MORE = 600
SAMPLE: list[bytes] = [b""] * 500
REPORTS = {"made": 0}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/report")
    def report() -> dict[str, int]:
        REPORTS["made"] += 1
        rows = [bytes(ROW_BYTES) for _ in range(20_000 + REPORTS["made"] * ROWS_MORE)]
        step = len(rows) // len(SAMPLE)
        SAMPLE[:] = rows[step - 1 :: step][: len(SAMPLE)]
        return {"rows": len(rows)}

    return app
