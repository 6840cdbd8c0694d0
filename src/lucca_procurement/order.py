"""An order as plain data: what to create, and what is known of it so far."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Self

from attrs import Attribute, asdict, define, evolve, field, frozen
from attrs.converters import optional

from lucca_procurement_api.errors import ApiError

from .errors import InvalidArgument
from .models import OneTimeCommitmentCreation, PurchaseCreation, SubscriptionCommitmentCreation

__all__ = ("Decision", "Doubt", "Order", "Step")

VERSION = 1
_NO_REFERENCE = "text of printable characters, without brackets and without spaces around it, as ERP-4711"


class Step(StrEnum):
    """What an order does next."""

    PURCHASE = "purchase"
    COMMITMENT = "commitment"
    REQUEST = "request"
    SUBMITTED = "submitted"
    """All three were done: it waits for its decision."""


class Decision(StrEnum):
    """What became of a submitted order."""

    APPROVED = "approved"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@frozen(kw_only=True)
class Doubt:
    """A POST that was about to be sent, and of which it is not known what came of it."""

    since: float = field(converter=float)
    """When it was about to be sent, in epoch seconds of this machine's clock."""
    until: float | None = field(default=None, converter=optional(float))
    """When it had surely left or was given up. None: the process ended in the middle of it."""
    ahead: float | None = field(default=None, converter=optional(float))
    """The seconds by which the server's clock was ahead of this machine's, if that was known."""
    done: bool = False
    """Whether the server said that it was done, and only its answer could not be read."""
    token: str = field(factory=lambda: uuid.uuid4().hex, repr=False)
    """Tells this try from any other, also where the order is loaded again and has no reference."""


def _check_reference(_order: object, _attribute: object, value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, str) or not value.strip() or value != value.strip() or not value.isprintable():
        raise InvalidArgument(f"reference must be {_NO_REFERENCE}")
    if "[" in value or "]" in value:
        raise InvalidArgument(f"reference must be {_NO_REFERENCE}: brackets are put around it in the title")


def _check_id(_order: object, attribute: Attribute[Any], value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise InvalidArgument(f"{attribute.name} of an order must be a whole number or None, not {value!r}")


@define(kw_only=True, eq=True)
class Order:
    """An order to approve: a purchase and its commitment, and how far it is.

    Store it in the `save` of `orders.submit` (`to_dict`, `to_json`), and whatever happens, load it and submit it again.
    `reference` is your own number of it, unique among your orders: it goes into the purchase's title, `Laptops
    [ERP-4711]`, and tells two equal orders apart. Without one, an order whose first request is lost can rarely be told
    from another.

    Raises InvalidArgument for a reference or an id that cannot be.
    """

    purchase: PurchaseCreation
    commitment: OneTimeCommitmentCreation | SubscriptionCommitmentCreation
    """What to create. After a refusal, correct it here and submit the order again."""
    reference: str | None = field(default=None, validator=_check_reference)
    step: Step = field(default=Step.PURCHASE, converter=Step)
    purchase_id: int | None = field(default=None, validator=_check_id)
    commitment_id: int | None = field(default=None, validator=_check_id)
    request_id: int | None = field(default=None, validator=_check_id)
    """None also where the request exists, and the answer that had its id was lost: nothing else tells it."""
    decision: Decision | None = None
    decided_by: str | None = None
    """The name of who decided last, if the purchase tells it."""
    doubt: Doubt | None = None
    other: dict[str, Any] = field(factory=dict, repr=False)
    """Members of the stored form that this version does not know. They are stored again."""

    @property
    def title(self) -> str:
        """The purchase's title as it is sent, with the reference."""
        token = f"[{self.reference}]"
        if self.reference is None or token in self.purchase.title:
            return self.purchase.title
        return f"{self.purchase.title} {token}"

    @property
    def to_create(self) -> PurchaseCreation:
        """The purchase as it is sent, with the reference in its title."""
        return evolve(self.purchase, title=self.title)

    def to_dict(self) -> dict[str, Any]:
        """Give plain data that any JSON library can write. Decimals become `{"decimal": "1.10"}`, digit for digit."""
        doubt = self.doubt
        return {
            **self.other,
            "version": VERSION,
            "purchase": _frozen(self.purchase.to_dict()),
            "commitment": _frozen(self.commitment.to_dict()),
            "reference": self.reference,
            "step": str(self.step),
            "purchase_id": self.purchase_id,
            "commitment_id": self.commitment_id,
            "request_id": self.request_id,
            "decision": None if self.decision is None else str(self.decision),
            "decided_by": self.decided_by,
            "doubt": None if doubt is None else asdict(doubt),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_dict` gave, also that of an older version. Raises InvalidArgument for anything else."""
        version = stored.get("version") if isinstance(stored, Mapping) else None
        if isinstance(version, int) and version > VERSION:
            raise InvalidArgument(
                f"the order was stored by a newer lucca-procurement (form {version}, known are up to {VERSION}): update"
            )
        if version != VERSION:
            raise InvalidArgument("this is no stored order: `version` is missing or not a number from 1")
        members = dict(stored)
        del members["version"]
        try:
            purchase = PurchaseCreation.from_dict(_thawed(members.pop("purchase")))
            commitment = _commitment(_thawed(members.pop("commitment")))
            doubt = members.pop("doubt", None)
            decision = members.pop("decision", None)
            return cls(
                purchase=purchase,
                commitment=commitment,
                doubt=None if doubt is None else Doubt(**doubt),
                decision=None if decision is None else Decision(decision),
                **{name: members.pop(name) for name in _PLAIN if name in members},
                other=members,
            )
        except (ApiError, KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise InvalidArgument(f"this is no stored order: {type(error).__name__}: {error}") from None

    def to_json(self) -> bytes:
        """Give `to_dict` as JSON."""
        return json.dumps(self.to_dict()).encode()

    @classmethod
    def from_json(cls, stored: bytes | str) -> Self:
        """Read what `to_json` gave. Raises InvalidArgument for anything else."""
        try:
            members = json.loads(stored)
        except (ValueError, RecursionError) as error:
            raise InvalidArgument(f"this is no stored order: {error}") from None
        return cls.from_dict(members)


_PLAIN = ("reference", "step", "purchase_id", "commitment_id", "request_id", "decided_by")


def _commitment(stored: Any) -> OneTimeCommitmentCreation | SubscriptionCommitmentCreation:
    if isinstance(stored, dict) and stored.get("type") == "SubscriptionCommitment":
        return SubscriptionCommitmentCreation.from_dict(stored)
    return OneTimeCommitmentCreation.from_dict(stored)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _frozen(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_frozen(item) for item in value]
    return {"decimal": str(value)} if isinstance(value, Decimal) else value


def _thawed(value: Any) -> Any:
    if isinstance(value, list):
        return [_thawed(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"decimal"}:
        return Decimal(value["decimal"])
    return {name: _thawed(member) for name, member in value.items()}
