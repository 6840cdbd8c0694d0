"""Upload the attachments of orders, each once, however often an import is run."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from .._ordering.stopped import is_transient
from .._wire.text import printable
from ..client import LuccaProcurement
from ..errors import ProcurementError
from ._pauses import outage
from ._progress import Tally
from ._settings import Store

__all__ = ("Uploads",)


class Uploads:
    """The files that were uploaded. The store holds the id of each name and content."""

    def __init__(self, lucca: LuccaProcurement, store: Store, tally: Tally) -> None:
        self._lucca = lucca
        self._store = store
        self._tally = tally
        self._ids: dict[Path, UUID] = {}

    async def known(self, paths: Sequence[Path]) -> list[UUID] | None:
        """Return the ids of files, or None if one of them is not uploaded yet.

        Raises ProcurementError if the store fails. Raises OSError if a file cannot be read.
        """
        found = [await self._known(path) for path in paths]
        return [id for id in found if id is not None] if None not in found else None

    async def upload(self, paths: Sequence[Path]) -> list[UUID]:
        """Return the ids of files. It uploads those that are not uploaded yet, and waits while Lucca does not answer.

        Raises ProcurementError if an upload is rejected, or if the store fails. Raises OSError if a file cannot be
        read.
        """
        return [await self._known(path) or await self._upload(path) for path in paths]

    async def _known(self, path: Path) -> UUID | None:
        if path not in self._ids and (id := await self._store.upload_of(await asyncio.to_thread(_digest, path))):
            self._ids[path] = id
        return self._ids.get(path)

    async def _upload(self, path: Path) -> UUID:
        pauses = outage(self._tally)
        while True:
            try:
                file = await self._lucca.files.upload(path)
                break
            except ProcurementError as error:
                # A second upload leaves a file that no order has. An order is not created twice by it.
                if not is_transient(error):
                    raise
            await pauses.wait()
        await self._store.keep_upload(await asyncio.to_thread(_digest, path), file.id, printable(path.name))
        self._ids[path] = file.id
        return file.id


def _digest(path: Path) -> str:
    digest = hashlib.sha256(os.fsencode(path.name) + b"\0")
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
