"""A small server on loopback for the clients of other APIs. It counts requests, and plays faults of the emulator."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lucca_procurement.emulator.faults import KINDS

HTML = b"<html><body>Please sign in</body></html>"


class Counting(ThreadingHTTPServer):
    """Answers each POST with an object. The first POST meets the fault, by the emulator's name of it."""

    daemon_threads = True

    def __init__(self, answer: Any, fault: str | None, retry_after: str | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.fault = fault
        self.retry_after = retry_after
        self.posts = 0
        self.made = 0
        self.keys: list[str | None] = []
        self.ended = threading.Event()
        self.gets = 0
        self.page: Callable[[int], tuple[Any, bool]] = lambda number: (answer, False)
        """Returns the answer to a GET, and True if another page follows. Its argument is the number of GETs so far."""

    @property
    def url(self) -> str:
        """The address of this server."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a client that has given up closes its connection."""


@contextmanager
def serving(answer: Any, fault: str | None = None, retry_after: str | None = None) -> Iterator[Counting]:
    """Serve until the block ends."""
    with Counting(answer, fault, retry_after) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def _counting(self) -> Counting:
        assert isinstance(self.server, Counting)
        return self.server

    def do_POST(self) -> None:
        server = self._counting
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        server.posts += 1
        server.keys.append(self.headers.get("Idempotency-Key"))
        fault, server.fault = server.fault, None
        name = (fault or "").partition("-")[0]
        server.made += fault is None or KINDS[fault].commits
        content = json.dumps(server.answer).encode()
        if fault in ("drop", "commit-then-drop"):
            self.close_connection = True
        elif fault == "commit-then-hang":
            server.ended.wait()
            self.close_connection = True
        elif fault == "html":
            self._send(200, HTML, "text/html")
        elif fault == "cut-body":
            self._send(201, content, cut=len(content) // 2)
        elif name.isdigit():
            headers = {"Retry-After": server.retry_after} if server.retry_after else None
            self._send(int(name), b'{"title": "a fault"}', headers=headers)
        else:
            self._send(201, content)

    def do_GET(self) -> None:
        server = self._counting
        server.gets += 1
        content, has_next = server.page(server.gets)
        headers = {"Link": f'<{server.url}/next>; rel="next"'} if has_next else None
        self._send(200, json.dumps(content).encode(), headers=headers)

    def _send(
        self,
        status: int,
        content: bytes,
        kind: str = "application/json",
        *,
        cut: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[:cut])
        if cut is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""
