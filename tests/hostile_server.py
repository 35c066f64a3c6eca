"""An HTTP server on loopback that misbehaves, at the level of the socket."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

Behavior = Callable[["Request"], Iterator[bytes]]


@dataclass
class Request:
    """What a client sent: the first line, the headers with small names, the body."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HostileServer:
    """Sends to each request what *behave* yields, then closes; a client that has gone away ends it."""

    behave: Behavior
    requests: list[Request] = field(default_factory=list)

    def __enter__(self) -> HostileServer:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.host = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self.url = f"http://{self.host}"
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for connection in (self._listening, *self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self._connections.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ValueError), connection:
            request = _read(connection)
            self.requests.append(request)
            for part in self.behave(request):
                connection.sendall(part)


def _read(connection: socket.socket) -> Request:
    with connection.makefile("rb") as reader:
        line = reader.readline().decode()
        headers = {}
        while (header := reader.readline().decode("latin-1").strip()) != "":
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        return Request(line, headers, reader.read(int(headers.get("content-length", 0))))


def reply(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """A well-formed reply that says so, headers with ``_`` for ``-``."""
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"}
    lines.update({name.replace("_", "-"): value for name, value in headers.items()})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + body


def answer(data: Any) -> bytes:
    """An answer in Bitget's envelope."""
    return reply(json.dumps({"code": "00000", "msg": "success", "requestTime": 1, "data": data}).encode())


def always(*parts: bytes) -> Behavior:
    return lambda _: iter(parts)


def dripping(whole: bytes, begin: int, pause: float = 0.02) -> Behavior:
    """*whole*, a byte at a time from *begin* on."""

    def drip(_: Request) -> Iterator[bytes]:
        yield whole[:begin]
        for byte in whole[begin:]:
            time.sleep(pause)
            yield bytes([byte])

    return drip


def endless(_: Request) -> Iterator[bytes]:
    """A reply without an end."""
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    while True:
        yield b" " * 2**20
