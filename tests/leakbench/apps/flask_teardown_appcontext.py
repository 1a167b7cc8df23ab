"""Leaks: each view registers the closing of its own temporary file with the app."""

import tempfile

from flask import Flask

app = Flask(__name__)


class Upload:
    """A file that is being received."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.file = tempfile.SpooledTemporaryFile(max_size=4096)  # noqa: SIM115

    def close(self, _error: BaseException | None) -> None:
        self.file.close()


@app.get("/uploads/<int:number>")
def receive(number: int) -> dict[str, int]:
    upload = Upload(number)
    upload.file.write(b"." * 1000)
    app.teardown_appcontext_funcs.append(upload.close)
    return {"received": upload.file.tell()}


def create_app() -> Flask:
    return app
