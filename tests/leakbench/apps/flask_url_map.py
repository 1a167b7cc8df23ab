"""Leaks: each campaign that is opened gets a short link, as a rule of the URL map."""

from flask import Flask
from werkzeug.routing import Rule

app = Flask(__name__)


@app.get("/go/<link>")
def follow(link: str) -> dict[str, str]:
    return {"link": link}


@app.get("/campaigns/<int:number>/open")
def open_campaign(number: int) -> dict[str, int]:
    app.url_map.add(Rule(f"/c{number}", endpoint="follow", defaults={"link": f"campaign-{number}"}))
    return {"open": number}


def create_app() -> Flask:
    return app
