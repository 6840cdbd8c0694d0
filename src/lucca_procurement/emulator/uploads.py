"""The uploaded files, in a bounded amount of memory."""

from __future__ import annotations

from random import Random
from uuid import UUID

from .shapes import PROCUREMENT, Json

CONTENT_HELD = 256 * 2**20
"""The number of bytes that are kept. If there are more, the oldest files lose their content."""


class Uploads:
    """The description of each file, and its content while there is room."""

    def __init__(self, seed: int) -> None:
        self.files: dict[str, Json] = {}
        self._contents: dict[str, bytes] = {}
        self._chance = Random(f"{seed}:files")

    def store(self, name: str, content_type: str, content: bytes, now: str) -> Json:
        """Store a file and return its description."""
        number = str(UUID(int=self._chance.getrandbits(128), version=4))
        self.files[number] = {
            "id": number,
            "name": name,
            "createdAt": now,
            "deletedAt": None,
            "contentLength": len(content),
            "contentType": content_type,
            "extension": name.rpartition(".")[2] if "." in name else "",
            "totalPages": 1,
        }
        self._contents[number] = content
        while sum(map(len, self._contents.values())) > CONTENT_HELD:
            del self._contents[next(iter(self._contents))]
        return self.files[number]

    def content(self, number: str) -> bytes | None:
        """Return the content of a file, None if it is not kept."""
        return self._contents.get(number)

    def attachment(self, index: int, number: str, now: str) -> Json:
        """Return a file as the attachment of a commitment."""
        href = f"{PROCUREMENT}/files/{number}"
        display = f"{href}/display"
        return {
            "id": index,
            "file": {"id": number, "href": href, "name": self.files[number]["name"], "displayHref": display},
            "createdAt": now,
            "pages": {"displayHrefTemplate": f"{display}/pages/{{pageNumber}}", "count": 1},
        }
