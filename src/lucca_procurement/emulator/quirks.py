"""Switches for the points where the documentation contradicts itself or says nothing."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, get_args, get_type_hints

from attrs import asdict, define


@define(kw_only=True)
class Quirks:
    """The choice of the emulator at each of these points. All except `territory_ids` can change at any time."""

    commitment_path: Literal["both", "purchase", "commitments", "by-kind"] = "both"
    """The path that creates a commitment: below its purchase (`purchase`), or with the purchase's id in the body
    (`commitments`), or `both`. `by-kind` follows the newer guide: one-time commitments have the id in the body,
    subscriptions are below the purchase."""
    commitment_status: Literal[201, 200] = 201
    commitment_answer: Literal["object", "items"] = "object"
    """The answer to the creation of a commitment: the object, or `items` with this one object."""
    id_name: Literal["id", "own"] = "id"
    """The name of the id in the answer to a creation: `id`, or `purchaseId` and `commitmentId`."""
    created_answer: Literal["own", "shared"] = "own"
    """The answer to the creation of a purchase: the purchase, or the closed subscription that many samples share."""
    last_page: Literal["null", "absent", "empty"] = "null"
    """The form of `next` on the last page."""
    paging: Literal["token", "number", "array"] = "token"
    """`token`: pages have tokens. `number`: pages have no `next`, so callers count. `array`: pages are bare arrays."""
    order: Literal["ascending", "descending", "shuffled"] = "descending"
    """The order of the list of purchases, by id."""
    territory_ids: Literal["string", "integer"] = "string"
    attachments: Literal["at-most-3", "any"] = "at-most-3"
    """The number of files that a commitment accepts."""
    refused_status: Literal[409, 400, 403, 422] = 409
    """The status of the refusal if the state of an order forbids an operation, such as a second commitment."""
    repeated: Literal["refused", "accepted"] = "refused"
    """The answer to a second commitment of a purchase, and to a second request for a commitment that nobody has decided
    on. If it is accepted, the commitment replaces the first one, and the request is one more."""
    cancelled: Literal["cancelled", "created"] = "cancelled"
    """The state of a purchase and its commitment after the cancellation of a request."""
    done_status: Literal[204, 200, 201] = 204
    """The status after a cancellation and after a closing."""
    titles: Literal["as-sent", "cut", "prefixed"] = "as-sent"
    """The title of a new purchase: as it was sent, or its first 60 characters in ASCII, or with a word before it."""
    list_delay: Literal[0, 5, 60] = 0
    """The seconds until the list and its `count` include a new purchase."""
    request_id: Literal["absent", "returned"] = "absent"
    """`X-Request-Id` in an answer: absent, or the one of the request."""
    lenient: Literal[False, True] = False
    """True if unknown kinds of tax rates and territories, mixed currencies, wrong taxes and wrong sums are accepted."""

    def __attrs_post_init__(self) -> None:
        for name, value in asdict(self).items():
            _check(name, value)

    @classmethod
    def from_text(cls, *settings: str) -> Quirks:
        """Return quirks from texts such as `paging=number`. Raises ValueError if a name or a value is unknown."""
        values: dict[str, Any] = {}
        for setting in settings:
            name, _, text = setting.partition("=")
            # A text that is none of the values stays as it is, and the check names the values that exist.
            values[name] = next((value for value in _values(name) if str(value).lower() == text.lower()), text)
        return cls(**values)

    def set(self, **values: Any) -> None:
        """Change some quirks. Raises ValueError if a name or a value is unknown, and for `territory_ids`."""
        for name, value in values.items():
            _check(name, value)
            if name == "territory_ids":
                raise ValueError("territory_ids is set when the emulator is made, because the data is made with it")
        for name, value in values.items():
            setattr(self, name, value)


def _values(name: str) -> tuple[Any, ...]:
    """Return the values that a quirk can have. Raises ValueError if there is no such quirk."""
    ways = _ways()
    if name not in ways:
        raise ValueError(f"there is no quirk {name!r}: use one of {', '.join(ways)}")
    return ways[name]


@cache
def _ways() -> dict[str, tuple[Any, ...]]:
    # To evaluate the hints takes longer than to make the rest of an emulator.
    return {name: get_args(hint) for name, hint in get_type_hints(Quirks).items()}


def _check(name: str, value: Any) -> None:
    ways = _values(name)
    if value not in ways or type(value) is not type(ways[0]):
        raise ValueError(f"{name} cannot be {value!r}: use one of {', '.join(map(repr, ways))}")
