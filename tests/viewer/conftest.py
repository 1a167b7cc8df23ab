"""A viewer without a server: its application, asked as a browser would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from heapdiff.analysis.browsing.prepared import prepare
from heapdiff.graph.heap import HeapGraph
from heapdiff.snapshot import Snapshot
from heapdiff.viewer.access import Gate
from heapdiff.viewer.application import Viewer
from heapdiff.viewer.questions import Progress, Question, Questions
from heapdiff.viewer.shelf import Shelf, State
from tests.analysis.summaries import captures, summarize
from tests.viewer.growing import hostile_heap

PORT = 8123
HOST = f"127.0.0.1:{PORT}"
SHOP = """
    shop.models.Session: type
    shop.cache.SESSIONS: dict -> [*]: shop.models.Session * {} size=100 -> .tags: list size=50
    shop.big.ALL: list -> []: shop.Item * 250 size=10
"""


@dataclass
class Asker:
    """One browser."""

    viewer: Viewer
    client: FlaskClient

    def get(self, path: str, host: str = HOST, **headers: str) -> TestResponse:
        return self.client.get(path, base_url=f"http://{HOST}", headers={"Host": host, **headers})

    def post(
        self, path: str, host: str = HOST, data: dict[str, str] | None = None, **headers: str
    ) -> TestResponse:
        form = {"form": self.viewer.gate.form} if data is None else data
        return self.client.post(path, base_url=f"http://{HOST}", data=form, headers={"Host": host, **headers})

    def enter(self) -> TestResponse:
        return self.get(f"/?token={self.viewer.gate.token}")

    def json(self, path: str) -> Any:
        answer = self.get(path + ("&" if "?" in path else "?") + "format=json")
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def wait_for(self, path: str) -> TestResponse:
        """Ask, and have the question's thread answer before anything else happens."""
        assert self.post(path).status_code == 303
        for each in list(self.viewer.questions._asked.values()):
            each.done.wait(60)
        return self.get(path)


def view(graphs: Sequence[HeapGraph]) -> Viewer:
    snapshots = []
    for number, graph in enumerate(graphs):
        summary = graph.summary or summarize(graph, number)
        snapshots.append(Snapshot(Path(f"/secret/place/{summary.id}.json"), summary, None))
    shelf = Shelf(snapshots)
    for spot, graph in zip(shelf.spots, graphs, strict=True):
        spot.prepared, spot.state = prepare(replace(graph, summary=spot.snapshot.summary)), State.READY
    return Viewer(shelf, Gate(PORT))


@pytest.fixture
def stranger() -> Iterator[Callable[[Viewer], Asker]]:
    """What was asked and isn't answered yet would start a process in the test after this one."""
    viewers: list[Viewer] = []

    def come(viewer: Viewer) -> Asker:
        viewers.append(viewer)
        return Asker(viewer, viewer.make_app().test_client())

    yield come
    for viewer in viewers:
        end_questions(viewer.questions)


def end_questions(questions: Questions) -> None:
    """Leave off, and wait until their thread has come to the end of what it was given."""
    for key in list(questions._asked):
        questions.cancel(key)
    if questions._thread is not None:
        last = Question("last", list)
        last.progress = Progress.CANCELLED
        questions._waiting.put(last)
        assert last.done.wait(60)


@pytest.fixture
def asker(stranger: Callable[[Viewer], Asker]) -> Asker:
    """Somebody who was let in, with three snapshots of a shop."""
    made = stranger(view(captures(*(SHOP.format(number) for number in (3, 5, 9)))))
    made.enter()
    return made


@pytest.fixture
def hostile(stranger: Callable[[Viewer], Asker]) -> Asker:
    made = stranger(view([hostile_heap()]))
    made.enter()
    return made
