"""Bookings are kept by this module, and by another one that audits them."""

from __future__ import annotations

from flask import Flask

from tests.leakbench.apps.two_modules_audit import audit

BOOKINGS: dict[int, Booking] = {}


class Booking:
    def __init__(self, seat: int) -> None:
        self.text = f"seat {seat}"


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/book/<int:seat>")
    def book(seat: int) -> str:
        BOOKINGS[seat] = Booking(seat)
        audit(BOOKINGS[seat])
        return BOOKINGS[seat].text

    return app
