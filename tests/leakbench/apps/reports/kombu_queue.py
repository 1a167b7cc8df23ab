"""celery/kombu#626, ask: messages for a queue of the transport in memory that nobody reads."""

from flask import Flask
from kombu import Connection


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/mails/<int:number>")
    def send(number: int) -> str:
        with Connection("memory://") as connection:
            queue = connection.SimpleQueue("mails")
            queue.put({"to": f"customer {number}"})
            queue.close()
        return "sent"

    return app
