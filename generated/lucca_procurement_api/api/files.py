"""Operations of Lucca procurement API.

Files to attach to a commitment.
"""

from __future__ import annotations

from typing import cast as _cast

from .. import _call
from .. import models as _models
from ..models import File, FileUpload
from ..types import Request, Sender


async def upload_file(client: Sender, *, body: FileUpload) -> File:
    """Upload a file to which a commitment can refer.

    The body has one part with the name `form` and a filename. It has at most 100 MB.

    `POST /lucca-files/api/uploads`

    Args:
        client: Sends the request.
        body: A file to upload.

    Raises:
        InvalidData: An argument breaks a rule of the contract, for example its type or a limit. Nothing was sent.
        UnexpectedStatus: The status is not 200 or 201.
        DecodeError: The status is a success, but the body cannot be read.
    """
    _response = await client.send(
        Request(
            operation="upload_file",
            method="POST",
            target="/lucca-files/api/uploads",
            files=_call.files(body, FileUpload),
        )
    )
    return _cast(
        "File",
        await _call.result(
            "upload_file", _response, {200: _models._read_File, 201: _models._read_File}, _models._read_Problem
        ),
    )
