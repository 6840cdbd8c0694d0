"""An order as plain data: the models to create, and the progress so far."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, Self

from attrs import Attribute, asdict, define, evolve, field, frozen
from attrs.converters import optional
from attrs.validators import instance_of
from attrs.validators import optional as or_none

from lucca_procurement_api.errors import ApiError

from . import _building as building
from ._building import ExactNumber, FileId
from ._wire.settings import ReferencePosition
from ._wire.text import shown
from .errors import InvalidArgument, ProcurementError
from .models import (
    CostCenter,
    Currency,
    Duration,
    Nature,
    OneTimeCommitmentCreation,
    PaymentMethod,
    PurchaseCreation,
    SubscriptionCommitmentCreation,
    Supplier,
    SupplierChoice,
    TaxedAmount,
    TaxRate,
)

if TYPE_CHECKING:
    from ._ordering.records import Record

__all__ = ("Decision", "Order", "PendingRequest", "Remaining", "Result", "Step")

VERSION = 2
LONGEST_REFERENCE = 64
_REFERENCE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/#:+-]*[A-Za-z0-9])?")


class Step(StrEnum):
    """The next step of an order."""

    PURCHASE = "purchase"
    COMMITMENT = "commitment"
    REQUEST = "request"
    SUBMITTED = "submitted"
    """All three objects exist. The order waits for its decision."""


class Decision(StrEnum):
    """The decision on a submitted order."""

    APPROVED = "approved"
    DENIED = "denied"
    CANCELLED = "cancelled"


@frozen
class Remaining:
    """An object that `orders.cancel` could not cancel or close. `str()` returns a sentence for people."""

    object: Literal["request", "purchase"]
    id: int | None
    """The id of the object. It is None for a request if the answer with its id was lost."""
    reason: str

    def __str__(self) -> str:
        number = "" if self.id is None else f" {self.id}"
        return f"{self.object}{number} remains: {self.reason}"


def _check_time(_pending: object, attribute: Attribute[Any], value: float | None) -> None:
    if value is not None and not isfinite(value):
        raise InvalidArgument(f"{attribute.name} of a pending request must be a finite number of seconds")


@frozen(kw_only=True)
class PendingRequest:
    """A POST whose outcome is not known. The client was about to send it, or has sent it."""

    intended_at: float = field(converter=float, validator=_check_time)
    """The time right before the request was sent, in epoch seconds of the sending machine's clock."""
    ended_at: float | None = field(default=None, converter=optional(float), validator=_check_time)
    """The time at which the client noted the unknown outcome, by the same clock. None if the process ended before."""
    clock_offset: float | None = field(default=None, converter=optional(float), validator=_check_time)
    """The seconds by which the server's clock was ahead of that clock. None if no answer had shown it."""
    accepted: bool = field(default=False, validator=instance_of(bool))
    """True if the server reported success, but its answer could not be used."""
    token: str = field(factory=lambda: uuid.uuid4().hex, repr=False, validator=instance_of(str))
    """A random text that distinguishes this try from all others."""


def check_reference(value: object) -> None:
    """Raise InvalidArgument if a value cannot be the reference of an order.

    Args:
        value: The value to check.
    """
    if isinstance(value, str) and len(value) <= LONGEST_REFERENCE and _REFERENCE.fullmatch(value):
        return
    raise InvalidArgument(
        f"reference must be your own number of the order, as ERP-4711, not {shown(value)}: at most"
        f" {LONGEST_REFERENCE} ASCII letters, digits and ._/#:+- that begin and end with a letter or a digit"
    )


def _check_id(_order: object, attribute: Attribute[Any], value: Any) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise InvalidArgument(f"{attribute.name} of an order must be a whole number or None, not {shown(value)}")


@define
class Order:
    """An order to approve: a purchase, its commitment, and the progress so far.

    Store it in the `save` of `orders.submit`, with `to_dict` or `to_json`. After an error or a crash, load it and
    submit it again.

    Raises InvalidArgument if the reference or an id is invalid.
    """

    reference: str = field(validator=lambda _order, _attribute, value: check_reference(value))
    """Your own number of the order, unique among your orders. It has at most 64 ASCII letters, digits and `._/#:+-`. It
    begins and ends with a letter or a digit. Case is ignored. The purchase's title contains it, as in `[ERP-4711]
    Laptops`. It identifies the order permanently: a denied or cancelled purchase keeps its reference, so a new order
    needs a new reference."""
    purchase: PurchaseCreation
    """The purchase to create."""
    commitment: OneTimeCommitmentCreation | SubscriptionCommitmentCreation
    """The commitment to create. After a rejection, correct it here and submit the order again."""
    allow_unlisted: bool = field(default=False, validator=instance_of(bool), kw_only=True)
    """True if values of an enum that the contract does not list may be sent."""
    step: Step = field(default=Step.PURCHASE, converter=Step, kw_only=True)
    purchase_id: int | None = field(default=None, validator=_check_id, kw_only=True)
    commitment_id: int | None = field(default=None, validator=_check_id, kw_only=True)
    approval_request_id: int | None = field(default=None, validator=_check_id, kw_only=True)
    """The id that `cancel` needs. It is also None if the request exists but the answer with its id was lost."""
    title: str | None = field(default=None, validator=or_none(instance_of(str)), kw_only=True)
    """The purchase's title as it was sent, with the reference. None before the purchase is sent."""
    decision: Decision | None = field(default=None, converter=optional(Decision), kw_only=True)
    decided_by: str | None = field(default=None, validator=or_none(instance_of(str)), kw_only=True)
    """The name of the last person who changed the commitment, if the server returns it."""
    pending: PendingRequest | None = field(default=None, validator=or_none(instance_of(PendingRequest)), kw_only=True)
    """The request whose outcome is not known, if there is one."""
    other: dict[str, Any] = field(factory=dict, repr=False, kw_only=True)
    """Members of the stored form that this version does not know. `to_dict` returns them unchanged."""

    @classmethod
    def one_time(
        cls,
        reference: str,
        *,
        title: str,
        supplier: int | Supplier | SupplierChoice,
        owner: int,
        nature: int | Nature,
        amount: ExactNumber | TaxedAmount,
        currency: Currency | str = "EUR",
        cost_date: date | str,
        invoice_date: date | str,
        cost_center: int | CostCenter | None = None,
        establishment: int | None = None,
        department: int | None = None,
        taxes: Iterable[TaxRate] = (),
        attachments: Iterable[FileId] = (),
        comment: str | None = None,
        payment_method: PaymentMethod | str | None = None,
        axis_sections: Iterable[int] = (),
    ) -> Self:
        """Return an order with a one-time commitment.

        Args:
            reference: Your own number of the order.
            title: The title of the purchase.
            supplier: The supplier that `suppliers.find` returned, or its id. A `SupplierChoice` also names a supplier
                that Lucca does not know yet.
            owner: The id of the person who owns the purchase.
            nature: The nature that `natures.find` returned, or its id.
            amount: The amount excluding taxes, exact: text, int or Decimal. A `TaxedAmount` has its own taxes.
            currency: The currency of the amount.
            cost_date: The day of the delivery, as a date or as `YYYY-MM-DD`.
            invoice_date: The day of the invoice.
            cost_center: The cost center that `cost_centers.find` returned, or its id. If it is None, it is left out.
            establishment: The id of the establishment. If it is None, it is left out.
            department: The id of the department. If it is None, it is left out.
            taxes: The tax rates of `tax_rates.find`. Each applies to the whole amount.
            attachments: At most 3 files of `files.upload`, or their ids.
            comment: A comment for the people in Lucca.
            payment_method: The payment method, such as `BankTransfer`.
            axis_sections: The ids of the sections of the analytical axes.

        Raises InvalidArgument, which names the argument, if one is invalid.
        """
        with building.invalid_argument():
            purchase = building.purchase(
                title=title,
                supplier=supplier,
                owner=owner,
                nature=nature,
                cost_center=cost_center,
                establishment=establishment,
                department=department,
                axis_sections=axis_sections,
            )
            commitment = OneTimeCommitmentCreation(
                cost_date=cost_date,
                invoice_date=invoice_date,
                amount_including_taxes=building.amount_of("amount", amount, currency, taxes),
                attachment_ids=building.file_ids(attachments),
                comment=None if comment is None else building.text_of("comment", comment),
                payment_method=payment_method,
            )
        return cls(reference, purchase, commitment)

    @classmethod
    def subscription(
        cls,
        reference: str,
        *,
        title: str,
        supplier: int | Supplier | SupplierChoice,
        owner: int,
        nature: int | Nature,
        amount_per_period: ExactNumber | TaxedAmount,
        currency: Currency | str = "EUR",
        start_date: date | str,
        first_invoice_date: date | str,
        every: str | Duration = "1 month",
        duration: str | Duration = "12 months",
        obligation: str | Duration | None = None,
        notice: str | Duration | None = None,
        cost_center: int | CostCenter | None = None,
        establishment: int | None = None,
        department: int | None = None,
        taxes: Iterable[TaxRate] = (),
        attachments: Iterable[FileId] = (),
        comment: str | None = None,
        payment_method: PaymentMethod | str | None = None,
        axis_sections: Iterable[int] = (),
    ) -> Self:
        """Return an order with a subscription. `one_time` describes the arguments that are not in this list.

        Args:
            amount_per_period: The amount of one period excluding taxes.
            start_date: The first day of the subscription.
            first_invoice_date: The day of the first invoice.
            every: The time between two invoices, such as `1 month` or `1 year`.
            duration: The duration of the subscription, such as `12 months`.
            obligation: The time for which the contract binds. If it is None, null is sent.
            notice: The notice to terminate the contract. If it is None, null is sent.

        Raises InvalidArgument, which names the argument, if one is invalid.
        """
        with building.invalid_argument():
            purchase = building.purchase(
                title=title,
                supplier=supplier,
                owner=owner,
                nature=nature,
                cost_center=cost_center,
                establishment=establishment,
                department=department,
                axis_sections=axis_sections,
            )
            commitment = SubscriptionCommitmentCreation(
                start_date=start_date,
                first_invoice_date=first_invoice_date,
                invoicing_frequency=building.duration_of("every", every),
                subscription_duration=building.duration_of("duration", duration),
                contractual_obligation=None if obligation is None else building.duration_of("obligation", obligation),
                termination_notice=None if notice is None else building.duration_of("notice", notice),
                amount_including_taxes_per_period=building.amount_of(
                    "amount_per_period", amount_per_period, currency, taxes
                ),
                attachment_ids=building.file_ids(attachments),
                comment=None if comment is None else building.text_of("comment", comment),
                payment_method=payment_method,
            )
        return cls(reference, purchase, commitment)

    @property
    def key(self) -> str:
        """The order's identity: the reference in lower case."""
        return self.reference.lower()

    def to_create(self, reference_at: ReferencePosition = "front") -> PurchaseCreation:
        """Return the purchase as it is sent, with the reference in its title.

        Args:
            reference_at: The position of the reference in the title, `front` or `end`. A title that may have been sent
                does not change.
        """
        sent = self.title if self.pending or self.purchase_id is not None else None
        return evolve(self.purchase, title=sent or self._titled(reference_at))

    def _titled(self, reference_at: ReferencePosition) -> str:
        token, title = f"[{self.reference}]", self.purchase.title
        if reference_at == "front":
            return title if title.startswith(token) else f"{token} {title}"
        return title if title.endswith(token) else f"{title} {token}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that any JSON library can write.

        A decimal becomes `{"decimal": "1.10"}`, with all its digits.
        """
        return {
            **self.other,
            "version": VERSION,
            "purchase": _encoded(self.purchase.to_dict()),
            "commitment": _encoded(self.commitment.to_dict()),
            **{name: getattr(self, name) for name in _PLAIN},
            "step": str(self.step),
            "decision": None if self.decision is None else str(self.decision),
            "pending": None if self.pending is None else asdict(self.pending),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return the order that `to_dict` stored.

        Args:
            stored: The result of `to_dict`.

        Raises InvalidArgument if `stored` is not a stored order, or if a newer version of this package stored it.
        """
        version = stored.get("version") if isinstance(stored, Mapping) else None
        if isinstance(version, int) and version > VERSION:
            raise InvalidArgument(
                f"the order was stored by a newer lucca-procurement (form {version}, known are up to {VERSION}): update"
            )
        if isinstance(version, bool) or version != VERSION:
            raise InvalidArgument(f"this is no stored order: `version` is {shown(version)}, not {VERSION}")
        members = dict(stored)
        del members["version"]
        try:
            return cls(
                purchase=PurchaseCreation.from_dict(_decoded(members.pop("purchase"))),
                commitment=_commitment(_decoded(members.pop("commitment"))),
                pending=_pending(members.pop("pending", None)),
                decision=_decision(members.pop("decision", None)),
                step=Step(members.pop("step")),
                **{name: members.pop(name) for name in _PLAIN if name in members},
                other=members,
            )
        except (ApiError, ArithmeticError, AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise InvalidArgument(f"this is no stored order: {type(error).__name__}: {error}") from None

    def to_json(self) -> bytes:
        """Return the result of `to_dict` as JSON."""
        return json.dumps(self.to_dict()).encode()

    @classmethod
    def from_json(cls, stored: bytes | str) -> Self:
        """Return the order that `to_json` stored.

        Args:
            stored: The result of `to_json`.

        Raises InvalidArgument if `stored` is not a stored order, or if a newer version of this package stored it.
        """
        try:
            members = json.loads(stored)
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidArgument(f"this is no stored order: {error}") from None
        return cls.from_dict(members)


_PLAIN = (
    "reference",
    "allow_unlisted",
    "purchase_id",
    "commitment_id",
    "approval_request_id",
    "title",
    "decided_by",
)


def _pending(stored: Any) -> PendingRequest | None:
    return None if stored is None else PendingRequest(**stored)


def _decision(stored: Any) -> Decision | None:
    return None if stored is None else Decision(stored)


def _commitment(stored: Any) -> OneTimeCommitmentCreation | SubscriptionCommitmentCreation:
    if isinstance(stored, dict) and stored.get("type") == "SubscriptionCommitment":
        return SubscriptionCommitmentCreation.from_dict(stored)
    return OneTimeCommitmentCreation.from_dict(stored)


def _encoded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _encoded(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_encoded(item) for item in value]
    return {"decimal": str(value)} if isinstance(value, Decimal) else value


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"decimal"}:
        return Decimal(value["decimal"])
    return {name: _decoded(member) for name, member in value.items()}


@frozen
class Result:
    """The result of one order of `submit_many`. If `error` is None, the order is submitted."""

    order: Order
    error: ProcurementError | None = None
    record: Record | None = None
    """The record of the order, if a store was passed and if it could be read."""

    @property
    def source(self) -> str | None:
        """The place that the order came from, such as `orders.csv:17`."""
        return None if self.record is None else self.record.source
