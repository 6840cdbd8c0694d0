"""Detect a page that has more items than the request asked for, without building the items."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

__all__ = ("has_more_items_than",)


def has_more_items_than(most: int, content: bytes) -> bool:
    """Return True if a page, or a bare array, has more than `most` items. Return False for any other content.

    31 MB of JSON that hold 3,500,000 items take 50 ms and next to no memory. As plain data they take 2 GB.
    """
    array, page = _decoders(most + 1)
    try:
        items = array.decode(content) if content.lstrip()[:1] == b"[" else page.decode(content).items
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # The compiled client reports the error.
        return False
    return items is not None and getattr(items, f"item_{most}") is not None


@lru_cache(maxsize=8)
def _decoders(length: int) -> tuple[msgspec.json.Decoder[Any], msgspec.json.Decoder[Any]]:
    # msgspec skips the items of an array beyond the members of an array-like structure.
    members = [(f"item_{number}", msgspec.Raw, None) for number in range(length)]
    items = msgspec.defstruct("Items", members, array_like=True)
    page = msgspec.defstruct("Page", [("items", items | None, None)])
    return msgspec.json.Decoder(items), msgspec.json.Decoder(page)
