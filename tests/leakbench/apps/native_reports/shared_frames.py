"""python/cpython#155003: views of shared memory outlive the object they were taken from, and keep its mapping."""

from multiprocessing.shared_memory import SharedMemory

from flask import Flask

SIZE = 256 * 1024
FRAMES: dict[int, memoryview] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/frames/<int:number>")
    def frame(number: int) -> str:
        block = SharedMemory(create=True, size=SIZE)
        block.unlink()
        view = block.buf
        assert view is not None
        view[:] = bytes([number % 250 + 1]) * SIZE
        FRAMES[number] = view[:1000]
        return str(FRAMES[number][0])

    return app
