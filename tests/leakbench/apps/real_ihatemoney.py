"""I Hate Money, the shared budget: visitors log in, look at bills, add, change and delete them."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from tests.leakbench.apps.visitor import Step, form, get, send_visitors

LANGUAGES = ("en", "fr", "de", "es", "it", "nl", "pl", "sv")


class Settings:
    """What the administrator sets."""

    SECRET_KEY = "not a secret"
    SESSION_COOKIE_SECURE = False
    WTF_CSRF_ENABLED = False
    SQLALCHEMY_DATABASE_URI = f"sqlite:///{Path.home() / 'budget.db'}"


def step(number: int) -> Step:
    """The demo project is made by the first visit; bills come and go."""
    if number < 2:
        return (get("/demo"), form("/authenticate", id="demo", password="demo"))[number]
    steps = (
        get("/demo/"),
        form("/demo/add", **bill(number)),
        get("/demo/statistics"),
        get(f"/demo/?search=bill+{number % 20}"),
        get("/demo/settle_bills"),
        form(f"/demo/delete/{number // 12 + 1}"),
        get(f"/lang/{LANGUAGES[number // 12 % len(LANGUAGES)]}"),
        get("/demo/add"),
        get("/demo/history") if number % 5 == 0 else get("/demo/"),
        get("/"),
        get("/demo/export/bills.json"),
        form("/authenticate", id="demo", password="demo"),
    )
    return steps[number % len(steps)]


def bill(number: int) -> dict[str, object]:
    return {
        "date": f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}",
        "what": f"bill {number}",
        "payer": 1,
        "amount": number % 90 + 1,
        "original_currency": "XXX",
        "payed_for": [1, 2],
        "bill_type": "Expense",
    }


def create_app() -> Flask:
    from ihatemoney.run import create_app as create

    app: Flask = create(configuration=Settings, instance_path=str(Path.home()))
    return send_visitors(app, step)
