"""Files to attach to a commitment."""

from __future__ import annotations

import asyncio
import io
import mimetypes
import os
from pathlib import Path
from typing import BinaryIO

from lucca_procurement_api import api
from lucca_procurement_api.types import FilePart

from ._calls import Calls
from .errors import InvalidArgument
from .models import File, FileUpload

__all__ = ("Files",)

LARGEST_FILE = 100 * 2**20
"""In bytes. The server cuts off bodies over 100 MB."""


class Files:
    """`lucca.files`: upload what a commitment will refer to by `attachment_ids`."""

    def __init__(self, call: Calls) -> None:
        self._call = call

    async def upload(self, file: str | os.PathLike[str] | bytes | BinaryIO, filename: str | None = None) -> File:
        """Upload a file of at most 100 MB: a path, bytes, or a binary file open for reading, from its beginning.

        A file on disk is streamed, never whole in memory. `filename` is the name it gets, by default its own; bytes
        need one. Its type goes by the name's ending. Raises InvalidArgument, before anything is sent, for what is no
        regular file, is too large, or is open as text.
        """
        if isinstance(file, bytes):
            return await self._send(file, len(file), filename)
        if isinstance(file, str | os.PathLike):
            path = Path(file)
            opened = await asyncio.to_thread(_open, path)
            try:
                return await self._send(opened, _length(opened), filename or path.name)
            finally:
                opened.close()
        return await self._send(file, _length(file), filename or _own_name(file))

    async def _send(self, content: bytes | BinaryIO, length: int, filename: str | None) -> File:
        if not isinstance(filename, str) or not filename or not filename.isprintable():
            raise InvalidArgument("filename must be the name the file gets in Lucca, as offer.pdf")
        if length > LARGEST_FILE:
            raise InvalidArgument(f"{filename} has {length / 2**20:.0f} MB: the server takes at most 100 MB")
        kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        part = FilePart(content=content, file_name=filename, content_type=kind)
        return await self._call(api.upload_file, body=FileUpload(form=part))


def _open(path: Path) -> BinaryIO:
    if path.exists() and not path.is_file():
        raise InvalidArgument(f"{path} is no regular file")
    try:
        return path.open("rb")
    except OSError as error:
        raise InvalidArgument(f"{path} cannot be read: {error.strerror}") from error


def _length(file: object) -> int:
    if isinstance(file, io.TextIOBase):
        raise InvalidArgument("file is open as text: open it with mode 'rb'")
    try:
        length: int = file.seek(0, os.SEEK_END)  # type: ignore[attr-defined]
        file.seek(0)  # type: ignore[attr-defined]
    except (AttributeError, OSError, ValueError):
        raise InvalidArgument("file must be a path, bytes, or an open binary file that can be rewound") from None
    return length


def _own_name(file: BinaryIO) -> str | None:
    name = getattr(file, "name", None)
    return Path(name).name if isinstance(name, str) else None
