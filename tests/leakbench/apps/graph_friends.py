"""People know each other in both directions, so whoever joins stays reachable from the first."""

from __future__ import annotations

from random import Random

from flask import Flask

CHANCE = Random(7)


class Person:
    def __init__(self, name: str) -> None:
        self.name = name
        self.friends: list[Person] = []

    def befriend(self, other: Person) -> None:
        self.friends.append(other)
        other.friends.append(self)


FOUNDER = Person("Ada")


def stroll(steps: int) -> Person:
    person = FOUNDER
    for _ in range(steps):
        person = CHANCE.choice(person.friends or [person])
    return person


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/join/<name>")
    def join(name: str) -> dict[str, list[str]]:
        person = Person(name)
        for steps in (3, 8):
            person.befriend(stroll(steps))
        return {name: [friend.name for friend in person.friends]}

    return app
