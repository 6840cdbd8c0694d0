"""Files to attach to a commitment."""

from __future__ import annotations

import asyncio
import io
import mimetypes
import os
from pathlib import Path
from typing import Any, BinaryIO

from lucca_procurement_api import api
from lucca_procurement_api.types import FilePart

from ._wire.session import Session
from .errors import InvalidArgument
from .models import File, FileUpload

__all__ = ("Files",)

LARGEST_FILE = 99 * 10**6
"""In bytes. The server's limit of a body is 100 MB, in either unit of MB, and a body holds more than the file."""


class Files:
    """`lucca.files`: upload files. A commitment refers to them by `attachment_ids`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def upload(self, file: str | os.PathLike[str] | bytes | BinaryIO, filename: str | None = None) -> File:
        """Upload a file of at most 99 MB, and return it with its id.

        A file on disk is streamed, and never whole in memory. The ending of the name determines the content type.

        Args:
            file: A path, bytes, or a binary file open for reading. An open file is uploaded from its beginning.
            filename: The name of the file in Lucca. The default is the file's own name. Bytes need a name.

        Raises InvalidArgument, before anything is sent, if the file is no regular file, cannot be read or rewound, is
        too large, is open as text, or has no valid name. Raises another ProcurementError if the upload fails.
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
            raise InvalidArgument(f"{filename} has {length / 10**6:.1f} MB: at most 99 MB can be uploaded")
        kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        part = FilePart(content=content, file_name=filename, content_type=kind)
        return await self._session(api.upload_file, body=FileUpload(form=part))


def _open(path: Path) -> BinaryIO:
    try:
        # Opening a pipe would wait for its other end.
        opened = path.open("rb") if path.is_file() or not path.exists() else None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise InvalidArgument(f"{path} cannot be read: {why}") from error
    if opened is None:
        raise InvalidArgument(f"{path} is no regular file")
    return opened


def _length(file: Any) -> int:
    try:
        length = file.seek(0, os.SEEK_END)
        file.seek(0)
        # The class of a temporary file does not show its mode, so a read does.
        is_binary = isinstance(file.read(0), bytes)
    except io.UnsupportedOperation:
        raise InvalidArgument("file must be open for reading, with mode 'rb', and one that can be rewound") from None
    except (AttributeError, OSError, TypeError, ValueError):
        raise InvalidArgument("file must be a path, bytes, or an open binary file that can be rewound") from None
    if isinstance(length, bool) or not isinstance(length, int) or length < 0:
        raise InvalidArgument("file must return its position from `seek`, as a number")
    if not is_binary:
        raise InvalidArgument("file is open as text: open it with mode 'rb'")
    return length


def _own_name(file: BinaryIO) -> str | None:
    name = getattr(file, "name", None)
    return Path(name).name if isinstance(name, str) else None
