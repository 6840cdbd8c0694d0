"""The settings of the command: the client and the store that they describe."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from attrs import frozen

from .._version import __version__
from .._wire.settings import host_of
from ..client import LuccaProcurement
from ..errors import ConfigurationError
from ..events import Event
from ..stores import PostgresOrders, SQLiteOrders

__all__ = ("DEFAULT_STORE", "IMPORT_RATE", "Settings", "Store")

DEFAULT_STORE = "orders.sqlite"
IMPORT_RATE = 40
"""Requests a minute of an import. It leaves 10 of the tenant's 50 to other programs."""
Store = SQLiteOrders | PostgresOrders
_CONNINFO = re.compile(r"postgres(ql)?://|(host|hostaddr|dbname|service|user|port)=")


@frozen(kw_only=True)
class Settings:
    """The settings that several commands share."""

    url: str | None = None
    key_file: Path | None = None
    rate: int | None = None
    settle: float = 30.0
    store: str = DEFAULT_STORE

    def client(self, on_event: Callable[[Event], object] | None = None) -> LuccaProcurement:
        """Return a client. Raises ConfigurationError if a setting is invalid.

        Args:
            on_event: The listener.
        """
        return LuccaProcurement(
            self.url,
            self._key(),
            rate=50 if self.rate is None else self.rate,
            settle=self.settle,
            app=f"lucca-procurement-cli/{__version__}",
            on_event=on_event,
        )

    def _key(self) -> str | None:
        if self.key_file is None:
            return None
        try:
            return self.key_file.read_text(encoding="utf-8-sig").strip()
        except OSError as error:
            raise ConfigurationError(f"the key file {self.key_file} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise ConfigurationError(f"the key file {self.key_file} is no text") from None

    def opened_store(self, *, must_exist: bool = True) -> Store:
        """Return the store. Raises ConfigurationError if a setting is invalid.

        Args:
            must_exist: True to refuse a file that does not exist. A wrong path would look like an empty store.
        """
        host = host_of(self.url)
        if _CONNINFO.match(self.store):
            return PostgresOrders(self.store, host)
        path = Path(self.store)
        if must_exist and not path.exists():
            raise ConfigurationError(f"there is no store {path}: pass the file of the import with --store")
        if path.is_dir():
            raise ConfigurationError(f"the store {path} is a folder: name a file, such as {path / 'orders.sqlite'}")
        if not path.parent.is_dir():
            raise ConfigurationError(f"there is no folder {path.parent} for the store")
        return SQLiteOrders(path, host)

    @property
    def store_option(self) -> str:
        """The option for another command on the same store. It is empty if that command finds the store without it."""
        found = os.environ.get("LUCCA_STORE") or DEFAULT_STORE
        return "" if self.store == found else f" --store {shlex.quote(self.store_name)}"

    @property
    def store_name(self) -> str:
        """The store for messages, without a password."""
        if not _CONNINFO.match(self.store):
            return self.store
        if "://" not in self.store:
            return re.sub(r"password\s*=\s*('[^']*'|\S+)", "password=...", self.store)
        parts = urlsplit(self.store)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
