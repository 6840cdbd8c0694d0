"""Whether a page has more items than were asked for, found out without making anything of them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

__all__ = ("has_more_items_than",)


def has_more_items_than(most: int, content: bytes) -> bool:
    """Return whether the items of a page, or of a bare array, are more than so many. False for what is neither.

    31 MB of JSON that hold 3,500,000 items take 50 ms and next to no memory. As plain data they take 2 GB.
    """
    array, page = _decoders(most + 1)
    try:
        items = array.decode(content) if content.lstrip()[:1] == b"[" else page.decode(content).items
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # The compiled client says what is wrong with it.
        return False
    return items is not None and getattr(items, f"item_{most}") is not None


@lru_cache(maxsize=8)
def _decoders(length: int) -> tuple[msgspec.json.Decoder[Any], msgspec.json.Decoder[Any]]:
    # A structure in the form of an array: msgspec passes over the items that are beyond its members.
    members = [(f"item_{number}", msgspec.Raw, None) for number in range(length)]
    items = msgspec.defstruct("Items", members, array_like=True)
    page = msgspec.defstruct("Page", [("items", items | None, None)])
    return msgspec.json.Decoder(items), msgspec.json.Decoder(page)
