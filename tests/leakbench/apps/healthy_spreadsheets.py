"""A workbook is built by openpyxl and sent in each request: many objects in cycles, and big buffers."""

from __future__ import annotations

from io import BytesIO

from flask import Flask, Response
from openpyxl import Workbook
from openpyxl.styles import Font


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/export/<int:number>")
    def export(number: int) -> Response:
        book = Workbook()
        sheet = book.active
        sheet.append(["order", "customer", "amount"])
        for row in range(60 + number % 40):
            sheet.append([row, f"customer {row * number % 71}", row * number % 997])
        sheet["A1"].font = Font(bold=True)
        data = BytesIO()
        book.save(data)
        return Response(data.getvalue(), mimetype="application/octet-stream")

    return app
