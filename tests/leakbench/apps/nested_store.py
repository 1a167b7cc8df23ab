"""An audit trail keeps entries by department and kind, in an object of the module."""

from __future__ import annotations

from flask import Flask


class Entry:
    def __init__(self, text: str) -> None:
        self.text = text


class AuditTrail:
    def __init__(self) -> None:
        self.by_department: dict[str, dict[str, list[Entry]]] = {"sales": {"read": [], "write": []}, "it": {}}

    def note(self, department: str, kind: str, text: str) -> int:
        entries = self.by_department[department][kind]
        entries.append(Entry(text))
        return len(entries)


TRAIL = AuditTrail()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/files/<int:number>")
    def read(number: int) -> dict[str, int]:
        kind = "write" if number % 2 else "read"
        return {"entries": TRAIL.note("sales", kind, f"{kind} of file {number}")}

    return app
