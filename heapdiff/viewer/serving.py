"""Serves the pages to this machine until somebody presses Ctrl-C."""

from __future__ import annotations

import socket
import webbrowser
from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any, Final

from waitress.server import create_server

from heapdiff.errors import UsageError, reason_of
from heapdiff.graph import load
from heapdiff.snapshot import Snapshot
from heapdiff.viewer.access import Gate
from heapdiff.viewer.application import Viewer
from heapdiff.viewer.door import HOST, Door, welcome_users
from heapdiff.viewer.shelf import Read, Shelf
from heapdiff.web.origins import FORM_MOST

THREADS: Final = 4
IDLE_S: Final = 60


class Server:
    """It listens as soon as it's made; the snapshots are read once it serves."""

    def __init__(self, snapshots: Sequence[Snapshot], port: int = 0, read: Read = load) -> None:
        """Port 0 takes a free one. Raises UsageError where the port can't be had."""
        listening = listen(port)
        self.port: int = listening.getsockname()[1]
        self.shelf, self.gate = Shelf(snapshots, read), Gate(self.port)
        self._server: Any = create_server(
            Viewer(self.shelf, self.gate).make_app(),
            sockets=[listening],
            threads=THREADS,
            ident=None,
            channel_timeout=IDLE_S,
            max_request_body_size=FORM_MOST,  # refused before it's all there
            clear_untrusted_proxy_headers=True,
        )

    @property
    def address(self) -> str:
        """Good once."""
        return f"http://{HOST}:{self.port}/?token={self.gate.token}"

    def run(self) -> None:
        """Until Ctrl-C, or `close` in another thread."""
        self.shelf.start()
        self._server.run()

    def close(self) -> None:
        self._server.close()


def listen(port: int) -> Door:
    made = Door(welcome_users())
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((HOST, port))
    except OSError as error:
        made.close()
        raise UsageError(f"port {port}: {reason_of(error)}", "Leave --port out to get a free one.") from error
    return made


def open_browser(address: str, show: Callable[[str], Any] = webbrowser.open) -> None:
    """Beside the server: some browsers return only when they end."""
    Thread(target=show, args=(address,), name="heapdiff-view-browser", daemon=True).start()
