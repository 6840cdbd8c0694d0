"""Redis and PostgreSQL for tests, from Debian's packages. Each has a socket of its own and stops with its test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

PATIENCE = 30.0
"""The most seconds that a server may take to start or stop, on a machine under load."""


class Server(ABC):
    """A server that a test stops and starts again. `address` is where clients find it."""

    address: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._user: str | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command that starts the server."""

    @abstractmethod
    def answers(self) -> None:
        """Send a request to the server. Raises an error of its client if the server does not answer."""

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                self.command(), stdout=output, stderr=output, cwd=self.folder, user=self._user, group=self._user
            )
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self.answers()
            except (redis.RedisError, psycopg.OperationalError):
                assert time.monotonic() < end, (self.folder / "output").read_text()
                time.sleep(0.02)

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop the server at once. Every connection is cut.

        Args:
            number: The signal. SIGINT is the fast shutdown of PostgreSQL, and a plain one of Redis. SIGQUIT is the
                immediate shutdown of PostgreSQL, which has to recover afterwards.
        """
        if self._process is not None:
            self._process.send_signal(number)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


class RedisServer(Server):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._program = _program("redis-server", "redis-server")
        self.address = f"unix://{folder}/redis.sock"

    def command(self) -> list[str]:
        return [self._program, *["--port", "0", "--unixsocket", "redis.sock", "--appendonly", "no", "--save"], ""]

    def answers(self) -> None:
        with redis.Redis.from_url(self.address) as client:
            client.ping()


class PostgresServer(Server):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._program = _program("postgres", "postgresql")
        self.address = f"host={folder} user=postgres dbname=postgres"
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            self._user = "postgres"
            shutil.chown(folder, "postgres", "postgres")
        initdb = [
            str(Path(self._program).with_name("initdb")),
            *["-D", "data", "-U", "postgres", "-A", "trust", "--no-sync"],
        ]
        subprocess.run(initdb, cwd=folder, user=self._user, group=self._user, check=True, capture_output=True)

    def command(self) -> list[str]:
        return [self._program, *["-D", "data", "-F", "-c", "listen_addresses=", "-k"], str(self.folder)]

    def answers(self) -> None:
        psycopg.connect(self.address).close()


@contextmanager
def serving(kind: Callable[[Path], Server]) -> Iterator[Server]:
    """Start a server, and stop it when the block ends. Skips the test if the server is not installed."""
    # Not in tmp_path: PostgreSQL's user cannot read it, and the path of a socket has at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="lucca-", ignore_cleanup_errors=True) as folder:
        server = kind(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _program(name: str, package: str) -> str:
    # Debian keeps PostgreSQL's programs off the path, by version.
    found = [*map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), shutil.which(name)]
    program = next(filter(None, found), None)
    if program is not None:
        return program
    missing = f"{name} is not installed: apt-get install {package}"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)
