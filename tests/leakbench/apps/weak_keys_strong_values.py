"""Values of a WeakKeyDictionary refer to their keys, so no key ever dies."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from flask import Flask


class Account:
    def __init__(self, number: int) -> None:
        self.number = number


class Statement:
    def __init__(self, account: Account) -> None:
        self.account = account


STATEMENTS: WeakKeyDictionary[Account, Statement] = WeakKeyDictionary()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/statement/<int:number>")
    def statement(number: int) -> dict[str, int]:
        account = Account(number)
        STATEMENTS[account] = Statement(account)
        return {"of": STATEMENTS[account].account.number}

    return app
