"""As namespace_class, but there is one object of the class; no report."""

from flask import Flask

from tests.leakbench.apps.reports import namespace_class
from tests.leakbench.apps.reports.shop import registry

KEPT = registry.Carts()


def create_app() -> Flask:
    return namespace_class.create_app()
