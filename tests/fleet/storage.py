"""Object storage on this machine: moto's server, and before it a line that can be cut. What it holds is gone in the end."""

from __future__ import annotations

import logging
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

CHANGING: Final = (b"PUT ", b"POST ", b"DELETE ")
NOBODYS_KEYS: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass
class Line:
    """From a port of its own to a server's. From the change numbered `cut_at` on it's dead: that one has no answer, though it
    gets there if `after`.
    """

    server: int
    cut_at: int | None = None
    after: bool = False
    changes: int = 0
    listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    lock: Any = field(default_factory=threading.Lock)

    @property
    def port(self) -> int:
        port: int = self.listener.getsockname()[1]
        return port

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        """One request of a connection, whatever the client would like."""
        with client, suppress(OSError):
            request = _read_message(client)
            if not request:
                return
            with self.lock:
                self.changes += request.startswith(CHANGING)
                ahead = -1 if self.cut_at is None else self.changes - self.cut_at
                lets_through = ahead <= 0 or (self.after and ahead == 1 and request.startswith(CHANGING))
            if not lets_through:
                return
            with socket.create_connection(("127.0.0.1", self.server)) as server:
                server.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
                answer = b"".join(iter(lambda: server.recv(1 << 16), b""))
            if ahead <= 0:
                client.sendall(answer)


def _read_message(client: socket.socket) -> bytes:
    """A request with its body, of a length or in chunks; empty if it ends before."""
    with client.makefile("rb") as stream:
        head = _read_head(stream)
        if b"\r\nexpect: 100-continue" in head.lower():
            client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            head = re.sub(rb"\r\nexpect: 100-continue", b"", head, flags=re.IGNORECASE)
        if b"\r\ntransfer-encoding: chunked" in head.lower():
            return head + _read_chunks(stream)
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        return head + stream.read(int(length[1]) if length else 0)


def _read_head(stream: BinaryIO) -> bytes:
    lines = [stream.readline()]
    while lines[-1] not in (b"\r\n", b""):
        lines.append(stream.readline())
    return b"".join(lines)


def _read_chunks(stream: BinaryIO) -> bytes:
    parts = []
    while size := int((line := stream.readline()).strip() or b"0", 16):
        parts += [line, stream.read(size), stream.readline()]
    return b"".join([*parts, line, _read_head(stream)])


@contextmanager
def storage() -> Iterator[int]:
    """The port of a server with the buckets `heaps` and `lake`, both empty."""
    from moto.server import ThreadedMotoServer
    from pyarrow.fs import FileSystem

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        filesystem, _ = FileSystem.from_uri(f"{address('heaps', port)}&allow_bucket_creation=true")
        for bucket in ("heaps", "lake"):
            filesystem.create_dir(bucket)
        yield port
    finally:
        server.stop()


@contextmanager
def line_to(server: int, cut_at: int | None = None, after: bool = False) -> Iterator[Line]:
    line = Line(server, cut_at, after)
    thread = threading.Thread(target=line.serve, daemon=True)
    thread.start()
    try:
        yield line
    finally:
        with suppress(OSError):
            line.listener.shutdown(socket.SHUT_RDWR)
        line.listener.close()
        thread.join()


def address(path: str, port: int) -> str:
    return f"s3://{path}?endpoint_override=127.0.0.1:{port}&scheme=http"
