"""Leaks: a requests session per partner, made anew for each visit and kept with the partner's visits."""

from collections import defaultdict

import requests
from flask import Flask

SESSIONS: defaultdict[str, list[requests.Session]] = defaultdict(list)


def session_for(partner: str, visit: int) -> requests.Session:
    session = requests.Session()
    session.headers["X-Visit"] = str(visit)
    SESSIONS[partner].append(session)
    return session


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/visits/<int:visit>")
    def show(visit: int) -> dict[str, int]:
        session = session_for("warehouse", visit)
        return {"headers": len(session.headers)}

    return app
