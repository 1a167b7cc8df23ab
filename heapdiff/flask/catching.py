"""Rules that match whatever is asked for below a prefix, by any method.

An answer or a redirect of the app's router would come without a look at who asks, and so tell that there is something.
"""

from typing import Final, cast

from flask import Blueprint
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter

ANYTHING: Final = "heapdiff"
REST: Final = f"/<{ANYTHING}:rest>"
METHODS: Final = (
    "GET",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
)  # a list for who lists rules; any other matches as well


class EveryMethod(set[str]):
    """The methods of a rule, which also matches any other."""

    def __contains__(self, method: object) -> bool:
        return True


class EitherProtocol(int):
    """Whether a rule is for WebSockets only: it matches with and without."""

    __hash__ = int.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


class Anything(BaseConverter):
    """The rest of a path, whatever it is; tried last."""

    regex = ".*"
    part_isolating = False
    weight = 10_000


def prepare_catching(blueprint: Blueprint) -> None:
    """Before any rule with `REST` in it is added."""
    blueprint.record_once(lambda state: state.app.url_map.converters.update({ANYTHING: Anything}))


def catch_all_methods(blueprint: Blueprint, *names: str) -> None:
    """Once the rules are added: those of these endpoints of the blueprint match every method and protocol."""

    def open_rules(state: BlueprintSetupState) -> None:
        endpoints = {f"{blueprint.name}.{name}" for name in names}
        for rule in state.app.url_map.iter_rules():
            if rule.endpoint in endpoints:
                rule.methods = EveryMethod(METHODS)
                rule.websocket = cast(bool, EitherProtocol(False))

    blueprint.record_once(open_rules)
