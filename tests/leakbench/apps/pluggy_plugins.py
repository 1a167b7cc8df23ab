"""Leaks: each tenant's request registers its plugin once more, under a name of its own."""

import pluggy
from flask import Flask

spec = pluggy.HookspecMarker("shop")
hook = pluggy.HookimplMarker("shop")


class Prices:
    @spec
    def price(self, cents: int) -> int:
        """What a tenant asks for."""
        return cents


class Discount:
    def __init__(self, percent: int) -> None:
        self.percent = percent

    @hook
    def price(self, cents: int) -> int:
        return cents * (100 - self.percent) // 100


PLUGINS = pluggy.PluginManager("shop")
PLUGINS.add_hookspecs(Prices)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/tenants/<int:tenant>/price")
    def ask(tenant: int) -> dict[str, int]:
        PLUGINS.register(Discount(tenant % 30))
        return {"lowest": min(PLUGINS.hook.price(cents=1000))}

    return app
