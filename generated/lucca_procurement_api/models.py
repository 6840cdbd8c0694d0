"""The models and enums of Lucca procurement API, compiled from version 1.0.0 of its contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as _date
from datetime import datetime as _datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any, Literal, Self, TypeAlias
from uuid import UUID

from attrs import define as _define
from attrs import field as _field
from attrs.setters import NO_OP as _NO_OP

from . import _json, _read, _write
from .errors import InvalidData
from .types import UNSET, FilePart, OpenEnum, Unset

_new = object.__new__
# A class with converters converts every assigned value. The values of a reader need none, so `_set` skips them.
_set = object.__setattr__
_plain = _write.plain

__all__ = (
    "AccountingPlan",
    "AggregatedStates",
    "Amount",
    "AmountRead",
    "ApprovalRequest",
    "ApprovalRequestState",
    "Attachment",
    "AttachmentPages",
    "BankAccount",
    "Commitment",
    "CommitmentCreation",
    "CommitmentIdentifier",
    "CommitmentItems",
    "CommitmentState",
    "CostCenter",
    "CostCenterPage",
    "CostCenterRef",
    "CostCenterState",
    "CostFamilyRef",
    "CreatedCommitment",
    "CreatedPurchase",
    "CreditNoteCounts",
    "CreditNotePaymentCounts",
    "Currency",
    "DepartmentRef",
    "DualAmount",
    "DualTaxedAmount",
    "Duration",
    "DurationRead",
    "DurationUnit",
    "EstablishmentRef",
    "File",
    "FileRef",
    "FileUpload",
    "InvoiceCounts",
    "InvoicePaymentCounts",
    "KnownCommitment",
    "LegalRegistration",
    "Nature",
    "NaturePage",
    "NatureRef",
    "OneTimeCommitment",
    "OneTimeCommitmentCreation",
    "OneTimeCommitmentForPurchaseCreation",
    "PagingMember",
    "PaymentMethod",
    "Problem",
    "Purchase",
    "PurchaseClosing",
    "PurchaseCreation",
    "PurchaseIdentifier",
    "PurchasePage",
    "PurchaseRef",
    "PurchaseState",
    "PurchaseType",
    "RecoveryRule",
    "RequestCancellation",
    "SubscriptionCommitment",
    "SubscriptionCommitmentCreation",
    "SubscriptionCommitmentForPurchaseCreation",
    "Supplier",
    "SupplierChoice",
    "SupplierContact",
    "SupplierFlag",
    "SupplierKind",
    "SupplierPage",
    "SupplierRef",
    "SupplierState",
    "Tax",
    "TaxedAmount",
    "TaxedAmountRead",
    "TaxRate",
    "TaxRateType",
    "TaxRead",
    "Territory",
    "UnknownCommitment",
    "UserRef",
)


class PurchaseType(OpenEnum):
    """The type of a purchase, paid once or by subscription."""

    SUBSCRIPTION = "Subscription"
    ONE_TIME = "OneTime"


class PurchaseState(OpenEnum):
    """The state of a purchase. First `Created`, then `Processing` during the approval, `Ongoing` after the approval,
    and `Closed` at the end. `Denied` or `Cancelled` if the purchase does not take place. Our assumption (states);
    Lucca does not document it."""

    CREATED = "Created"
    PROCESSING = "Processing"
    ONGOING = "Ongoing"
    DENIED = "Denied"
    CLOSED = "Closed"
    CANCELLED = "Cancelled"


class CommitmentState(OpenEnum):
    """The state of a commitment. First `Created`, then `UnderReview` during the approval, and then `Provisioned`
    (approved), `Denied` or `Cancelled`. Our assumption (states); Lucca does not document it."""

    CREATED = "Created"
    UNDER_REVIEW = "UnderReview"
    PROVISIONED = "Provisioned"
    DENIED = "Denied"
    CANCELLED = "Cancelled"


class ApprovalRequestState(OpenEnum):
    """The state of a request for approval."""

    PENDING = "Pending"
    CANCELLED = "Cancelled"
    DENIED = "Denied"
    APPROVED = "Approved"


class PaymentMethod(OpenEnum):
    """A payment method."""

    BANK_TRANSFER = "BankTransfer"
    PHYSICAL_CARD = "PhysicalCard"
    CHECK = "Check"
    DIRECT_DEBIT = "DirectDebit"
    SINGLE_USE_CARD = "SingleUseCard"


class DurationUnit(OpenEnum):
    """The unit of a span of time."""

    DAY = "Day"
    WEEK = "Week"
    MONTH = "Month"
    YEAR = "Year"


class SupplierState(OpenEnum):
    """The state of a supplier."""

    ACTIVE = "Active"
    ARCHIVED = "Archived"


class SupplierKind(OpenEnum):
    """The kind of supplier that a purchase names. Lucca does not document the other kinds."""

    CONCRETE = "Concrete"


class SupplierFlag(OpenEnum):
    """A mark that a supplier needs attention."""

    UNFLAGGED = "Unflagged"
    FLAGGED = "Flagged"


class CostCenterState(OpenEnum):
    """The state of a cost center."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"


class PagingMember(OpenEnum):
    """A member of a page beside its items."""

    NEXT = "next"
    PREV = "prev"
    COUNT = "count"


class Currency(OpenEnum):
    """A currency by its ISO 4217 code. Lucca's list also contains `Invalid`."""

    INVALID = "Invalid"
    AED = "AED"
    AFN = "AFN"
    ALL = "ALL"
    AMD = "AMD"
    ANG = "ANG"
    AOA = "AOA"
    ARS = "ARS"
    AUD = "AUD"
    AWG = "AWG"
    AZN = "AZN"
    BAM = "BAM"
    BBD = "BBD"
    BDT = "BDT"
    BGN = "BGN"
    BHD = "BHD"
    BIF = "BIF"
    BMD = "BMD"
    BND = "BND"
    BOB = "BOB"
    BRL = "BRL"
    BSD = "BSD"
    BTN = "BTN"
    BWP = "BWP"
    BYN = "BYN"
    BZD = "BZD"
    CAD = "CAD"
    CDF = "CDF"
    CHF = "CHF"
    CLP = "CLP"
    CNY = "CNY"
    COP = "COP"
    CRC = "CRC"
    CUP = "CUP"
    CVE = "CVE"
    CZK = "CZK"
    DJF = "DJF"
    DKK = "DKK"
    DOP = "DOP"
    DZD = "DZD"
    EGP = "EGP"
    ERN = "ERN"
    ETB = "ETB"
    EUR = "EUR"
    FJD = "FJD"
    FKP = "FKP"
    GBP = "GBP"
    GEL = "GEL"
    GHS = "GHS"
    GIP = "GIP"
    GMD = "GMD"
    GNF = "GNF"
    GTQ = "GTQ"
    GYD = "GYD"
    HKD = "HKD"
    HNL = "HNL"
    HTG = "HTG"
    HUF = "HUF"
    IDR = "IDR"
    ILS = "ILS"
    INR = "INR"
    IQD = "IQD"
    IRR = "IRR"
    ISK = "ISK"
    JMD = "JMD"
    JOD = "JOD"
    JPY = "JPY"
    KES = "KES"
    KGS = "KGS"
    KHR = "KHR"
    KMF = "KMF"
    KPW = "KPW"
    KRW = "KRW"
    KWD = "KWD"
    KYD = "KYD"
    KZT = "KZT"
    LAK = "LAK"
    LBP = "LBP"
    LKR = "LKR"
    LRD = "LRD"
    LSL = "LSL"
    LYD = "LYD"
    MAD = "MAD"
    MDL = "MDL"
    MGA = "MGA"
    MKD = "MKD"
    MMK = "MMK"
    MNT = "MNT"
    MOP = "MOP"
    MRU = "MRU"
    MUR = "MUR"
    MVR = "MVR"
    MWK = "MWK"
    MXN = "MXN"
    MYR = "MYR"
    MZN = "MZN"
    NAD = "NAD"
    NGN = "NGN"
    NIO = "NIO"
    NOK = "NOK"
    NPR = "NPR"
    NZD = "NZD"
    OMR = "OMR"
    PAB = "PAB"
    PEN = "PEN"
    PGK = "PGK"
    PHP = "PHP"
    PKR = "PKR"
    PLN = "PLN"
    PYG = "PYG"
    QAR = "QAR"
    RON = "RON"
    RSD = "RSD"
    RUB = "RUB"
    RWF = "RWF"
    SAR = "SAR"
    SBD = "SBD"
    SCR = "SCR"
    SDG = "SDG"
    SEK = "SEK"
    SGD = "SGD"
    SHP = "SHP"
    SLE = "SLE"
    SOS = "SOS"
    SRD = "SRD"
    SSP = "SSP"
    STN = "STN"
    SVC = "SVC"
    SYP = "SYP"
    SZL = "SZL"
    THB = "THB"
    TJS = "TJS"
    TMT = "TMT"
    TND = "TND"
    TOP = "TOP"
    TRY = "TRY"
    TTD = "TTD"
    TWD = "TWD"
    TZS = "TZS"
    UAH = "UAH"
    UGX = "UGX"
    USD = "USD"
    UYU = "UYU"
    UZS = "UZS"
    VES = "VES"
    VND = "VND"
    VUV = "VUV"
    WST = "WST"
    XAF = "XAF"
    XCD = "XCD"
    XOF = "XOF"
    XPF = "XPF"
    YER = "YER"
    ZAR = "ZAR"
    ZMW = "ZMW"
    ZWG = "ZWG"


# Converters of single members: the type checkers read the types of their parameters. Their errors name the member.


def _supplier_as_SupplierChoice(value: SupplierChoice) -> SupplierChoice:
    return _write.model("supplier", value, SupplierChoice)


def _type__as_PurchaseType_or_unset(value: PurchaseType | str | Unset) -> PurchaseType | Unset:
    return value if value is UNSET else _write.member("type_", value, PurchaseType)


def _value_as_number(value: Decimal | int | str) -> Decimal:
    return _write.number("value", value)


def _currency_as_Currency(value: Currency | str) -> Currency:
    return _write.member("currency", value, Currency)


def _excluding_taxes_as_Amount(value: Amount) -> Amount:
    return _write.model("excluding_taxes", value, Amount)


def _taxes_as_Tax_list(value: Sequence[Tax]) -> list[Tax]:
    return _write.models("taxes", value, Tax)


def _including_taxes_as_Amount_or_unset(value: Amount | Unset) -> Amount | Unset:
    return value if value is UNSET else _write.model("including_taxes", value, Amount)


def _unit_as_DurationUnit(value: DurationUnit | str) -> DurationUnit:
    return _write.member("unit", value, DurationUnit)


def _cost_date_as_date(value: _date | str) -> _date:
    return _write.day("cost_date", value)


def _invoice_date_as_date(value: _date | str) -> _date:
    return _write.day("invoice_date", value)


def _amount_including_taxes_as_TaxedAmount(value: TaxedAmount) -> TaxedAmount:
    return _write.model("amount_including_taxes", value, TaxedAmount)


def _attachment_ids_as_uuids_or_unset(value: Sequence[UUID | str] | Unset) -> list[UUID] | Unset:
    return value if value is UNSET else _write.identifiers("attachment_ids", value)


def _payment_method_as_PaymentMethod_or_absent(
    value: PaymentMethod | str | Unset | None,
) -> PaymentMethod | Unset | None:
    return value if value is None or value is UNSET else _write.member("payment_method", value, PaymentMethod)


def _start_date_as_date(value: _date | str) -> _date:
    return _write.day("start_date", value)


def _first_invoice_date_as_date(value: _date | str) -> _date:
    return _write.day("first_invoice_date", value)


def _invoicing_frequency_as_Duration(value: Duration) -> Duration:
    return _write.model("invoicing_frequency", value, Duration)


def _subscription_duration_as_Duration(value: Duration) -> Duration:
    return _write.model("subscription_duration", value, Duration)


def _amount_including_taxes_per_period_as_TaxedAmount(value: TaxedAmount) -> TaxedAmount:
    return _write.model("amount_including_taxes_per_period", value, TaxedAmount)


def _contractual_obligation_as_Duration_or_absent(value: Duration | Unset | None) -> Duration | Unset | None:
    return value if value is None or value is UNSET else _write.model("contractual_obligation", value, Duration)


def _termination_notice_as_Duration_or_absent(value: Duration | Unset | None) -> Duration | Unset | None:
    return value if value is None or value is UNSET else _write.model("termination_notice", value, Duration)


def _date_as_date(value: _date | str) -> _date:
    return _write.day("date", value)


def _percentage_as_number_or_null(value: Decimal | int | str | None) -> Decimal | None:
    return value if value is None else _write.number("percentage", value)


def _coefficient_as_number_or_null(value: Decimal | int | str | None) -> Decimal | None:
    return value if value is None else _write.number("coefficient", value)


def _value_as_number_or_null(value: Decimal | int | str | None) -> Decimal | None:
    return value if value is None else _write.number("value", value)


def _rate_as_number_or_null(value: Decimal | int | str | None) -> Decimal | None:
    return value if value is None else _write.number("rate", value)


_NAMES_PURCHASE_CREATION = (
    "ownerId",
    "natureId",
    "supplier",
    "title",
    "costCenterId",
    "establishmentId",
    "departmentId",
    "axisSectionIds",
    "type",
)
_take_purchase_creation = itemgetter(*_NAMES_PURCHASE_CREATION)


@_define(kw_only=True, eq=False, repr=False)
class PurchaseCreation(_json.Model):
    """A purchase to create. The cost center, the establishment and the department can be absent. Our assumption
    (required-members); Lucca does not document it. The server refuses a purchase without a member that the
    customer's configuration requires."""

    owner_id: int
    """The user who needs the purchase."""
    nature_id: int
    """The nature of the purchase. See `list_natures`."""
    supplier: SupplierChoice = _field(converter=_supplier_as_SupplierChoice)
    """The supplier."""
    title: str
    """The title that lists show."""
    cost_center_id: int | Unset = UNSET
    """The cost center that bears the cost. See `list_cost_centers`."""
    establishment_id: int | Unset = UNSET
    """The establishment that buys."""
    department_id: int | Unset = UNSET
    """The department that buys."""
    axis_section_ids: list[int] | Unset = UNSET
    """Sections of the analytical axes. The customer's configuration decides which of them are required."""
    type_: PurchaseType | Unset = _field(default=UNSET, converter=_type__as_PurchaseType_or_unset)
    """Lucca's reference lists this member as writable, but no sample sends it. Leave it out unless you need it."""
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = (
        "owner_id",
        "nature_id",
        "supplier",
        "title",
        "cost_center_id",
        "establishment_id",
        "department_id",
        "axis_section_ids",
        "type_",
    )

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 9)
        try:
            (
                owner_id,
                nature_id,
                supplier,
                title,
                cost_center_id,
                establishment_id,
                department_id,
                axis_section_ids,
                type_,
            ) = _read.members(src_dict, _NAMES_PURCHASE_CREATION) if _rest else _take_purchase_creation(src_dict)
        except KeyError:
            _rest = True
            (
                owner_id,
                nature_id,
                supplier,
                title,
                cost_center_id,
                establishment_id,
                department_id,
                axis_section_ids,
                type_,
            ) = _read.members(src_dict, _NAMES_PURCHASE_CREATION)
        _at = ""
        try:
            _at = "ownerId"
            owner_id = _read_int32(owner_id)
            _at = "natureId"
            nature_id = _read_int32(nature_id)
            _at = "supplier"
            supplier = _read_SupplierChoice(supplier)
            if type(title) is not str:
                _at = "title"
                title = _read.text(title)
            if cost_center_id is not UNSET:
                _at = "costCenterId"
                cost_center_id = _read_int32(cost_center_id)
            if establishment_id is not UNSET:
                _at = "establishmentId"
                establishment_id = _read_int32(establishment_id)
            if department_id is not UNSET:
                _at = "departmentId"
                department_id = _read_int32(department_id)
            if axis_section_ids is not UNSET:
                _at = "axisSectionIds"
                axis_section_ids = _read_array_of_int32(axis_section_ids)
            if type_ is not UNSET:
                _at = "type"
                type_ = _read_PurchaseType(type_)
        except InvalidData as _error:
            raise _error.under(_at) from None
        _model: Self = _new(cls)
        _set(_model, "owner_id", owner_id)
        _set(_model, "nature_id", nature_id)
        _set(_model, "supplier", supplier)
        _set(_model, "title", title)
        _set(_model, "cost_center_id", cost_center_id)
        _set(_model, "establishment_id", establishment_id)
        _set(_model, "department_id", department_id)
        _set(_model, "axis_section_ids", axis_section_ids)
        _set(_model, "type_", type_)
        _set(
            _model,
            "_additional_properties",
            _read.others(src_dict, _NAMES_PURCHASE_CREATION, _read.anything) if _rest else None,
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        _value: dict[str, Any] = _plain(self._additional_properties) if self._additional_properties else {}
        _value["ownerId"] = _plain(self.owner_id)
        _value["natureId"] = _plain(self.nature_id)
        _value["supplier"] = self.supplier.to_dict()
        _value["title"] = _plain(self.title)
        if self.cost_center_id is not UNSET:
            _value["costCenterId"] = _plain(self.cost_center_id)
        if self.establishment_id is not UNSET:
            _value["establishmentId"] = _plain(self.establishment_id)
        if self.department_id is not UNSET:
            _value["departmentId"] = _plain(self.department_id)
        if self.axis_section_ids is not UNSET:
            _value["axisSectionIds"] = _plain(self.axis_section_ids)
        if self.type_ is not UNSET:
            _value["type"] = _plain(self.type_)
        return _value


_NAMES_SUPPLIER_CHOICE = ("id", "name", "territoryId")
_take_supplier_choice = itemgetter(*_NAMES_SUPPLIER_CHOICE)


@_define(kw_only=True, eq=False, repr=False)
class SupplierChoice(_json.Model):
    """The supplier of a purchase. The `id` names a known supplier, and can come with a name and a territory. `name`
    and `territoryId` without an `id` name a supplier that Lucca does not know yet. Our assumption (new-supplier);
    Lucca does not document it."""

    id: int | Unset = UNSET
    """The id of a known supplier. See `list_suppliers`."""
    name: str | Unset = UNSET
    """The supplier's name."""
    territory_id: str | int | Unset = UNSET
    """The supplier's territory. A country code (`FR`) or a number. Lucca documents both."""
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "name", "territory_id")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 3)
        try:
            (id, name, territory_id) = (
                _read.members(src_dict, _NAMES_SUPPLIER_CHOICE) if _rest else _take_supplier_choice(src_dict)
            )
        except KeyError:
            _rest = True
            (id, name, territory_id) = _read.members(src_dict, _NAMES_SUPPLIER_CHOICE)
        _at = ""
        try:
            if id is not UNSET:
                _at = "id"
                id = _read_int32(id)
            if type(name) is not str and name is not UNSET:
                _at = "name"
                name = _read.text(name)
            if territory_id is not UNSET:
                _at = "territoryId"
                territory_id = _read_text_or_int32(territory_id)
        except InvalidData as _error:
            raise _error.under(_at) from None
        _read.has_one_of(src_dict, ["id"], ["name", "territoryId"])
        _model: Self = _new(cls)
        _model.id = id
        _model.name = name
        _model.territory_id = territory_id
        _model._additional_properties = (
            _read.others(src_dict, _NAMES_SUPPLIER_CHOICE, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        _value: dict[str, Any] = _plain(self._additional_properties) if self._additional_properties else {}
        if self.id is not UNSET:
            _value["id"] = _plain(self.id)
        if self.name is not UNSET:
            _value["name"] = _plain(self.name)
        if self.territory_id is not UNSET:
            _value["territoryId"] = _plain(self.territory_id)
        return _value


_NAMES_AMOUNT = ("value", "currency")
_take_amount = itemgetter(*_NAMES_AMOUNT)


@_define(kw_only=True, eq=False, repr=False)
class Amount(_json.Model):
    """An amount of money to write."""

    value: Decimal = _field(converter=_value_as_number)
    """The amount in units of the currency (120 is 120 euros). Exact."""
    currency: Currency = _field(converter=_currency_as_Currency)
    """The currency."""
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("value", "currency")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 2)
        try:
            (value, currency) = _read.members(src_dict, _NAMES_AMOUNT) if _rest else _take_amount(src_dict)
        except KeyError:
            _rest = True
            (value, currency) = _read.members(src_dict, _NAMES_AMOUNT)
        _at = ""
        try:
            if not (type(value) is Decimal and value.is_finite()):
                _at = "value"
                value = _read.number(value)
            _at = "currency"
            currency = _read_Currency(currency)
        except InvalidData as _error:
            raise _error.under(_at) from None
        _model: Self = _new(cls)
        _set(_model, "value", value)
        _set(_model, "currency", currency)
        _set(_model, "_additional_properties", _read.others(src_dict, _NAMES_AMOUNT, _read.anything) if _rest else None)
        return _model

    def to_dict(self) -> dict[str, Any]:
        _value: dict[str, Any] = _plain(self._additional_properties) if self._additional_properties else {}
        _value["value"] = self.value
        _value["currency"] = self.currency._value_
        return _value


_NAMES_TAX = ("rateTypeId", "value", "currency")
_take_tax = itemgetter(*_NAMES_TAX)


@_define(kw_only=True, eq=False, repr=False)
class Tax(_json.Model):
    """One line of tax to write."""

    rate_type_id: int
    """The `rateType.id` of a tax rate, not the `id` of the rate. Our assumption (tax-ids); Lucca does not document it."""
    value: Decimal = _field(converter=_value_as_number)
    """The amount of tax in units of the currency, not the rate (a sample has 250 + 25 = 275). Exact."""
    currency: Currency = _field(converter=_currency_as_Currency)
    """The currency."""
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("rate_type_id", "value", "currency")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 3)
        try:
            (rate_type_id, value, currency) = _read.members(src_dict, _NAMES_TAX) if _rest else _take_tax(src_dict)
        except KeyError:
            _rest = True
            (rate_type_id, value, currency) = _read.members(src_dict, _NAMES_TAX)
        _at = ""
        try:
            _at = "rateTypeId"
            rate_type_id = _read_int32(rate_type_id)
            if not (type(value) is Decimal and value.is_finite()):
                _at = "value"
                value = _read.number(value)
            _at = "currency"
            currency = _read_Currency(currency)
        except InvalidData as _error:
            raise _error.under(_at) from None
        _model: Self = _new(cls)
        _set(_model, "rate_type_id", rate_type_id)
        _set(_model, "value", value)
        _set(_model, "currency", currency)
        _set(_model, "_additional_properties", _read.others(src_dict, _NAMES_TAX, _read.anything) if _rest else None)
        return _model

    def to_dict(self) -> dict[str, Any]:
        _value: dict[str, Any] = _plain(self._additional_properties) if self._additional_properties else {}
        _value["rateTypeId"] = _plain(self.rate_type_id)
        _value["value"] = self.value
        _value["currency"] = self.currency._value_
        return _value


_NAMES_TAXED_AMOUNT = ("excludingTaxes", "taxes", "includingTaxes")
_take_taxed_amount = itemgetter(*_NAMES_TAXED_AMOUNT)


@_define(kw_only=True, eq=False, repr=False)
class TaxedAmount(_json.Model):
    """An amount and its taxes to write."""

    excluding_taxes: Amount = _field(converter=_excluding_taxes_as_Amount)
    """The amount without taxes."""
    taxes: list[Tax] = _field(converter=_taxes_as_Tax_list)
    """The lines of tax. Empty if there is no tax."""
    including_taxes: Amount | Unset = _field(default=UNSET, converter=_including_taxes_as_Amount_or_unset)
    """The amount with taxes. No sample sends it."""
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("excluding_taxes", "taxes", "including_taxes")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 3)
        try:
            (excluding_taxes, taxes, including_taxes) = (
                _read.members(src_dict, _NAMES_TAXED_AMOUNT) if _rest else _take_taxed_amount(src_dict)
            )
        except KeyError:
            _rest = True
            (excluding_taxes, taxes, including_taxes) = _read.members(src_dict, _NAMES_TAXED_AMOUNT)
        _at = ""
        try:
            _at = "excludingTaxes"
            excluding_taxes = _read_Amount(excluding_taxes)
            _at = "taxes"
            taxes = _read_array_of_Tax(taxes)
            if including_taxes is not UNSET:
                _at = "includingTaxes"
                including_taxes = _read_Amount(including_taxes)
        except InvalidData as _error:
            raise _error.under(_at) from None
        _model: Self = _new(cls)
        _set(_model, "excluding_taxes", excluding_taxes)
        _set(_model, "taxes", taxes)
        _set(_model, "including_taxes", including_taxes)
        _set(
            _model,
            "_additional_properties",
            _read.others(src_dict, _NAMES_TAXED_AMOUNT, _read.anything) if _rest else None,
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        _value: dict[str, Any] = _plain(self._additional_properties) if self._additional_properties else {}
        _value["excludingTaxes"] = self.excluding_taxes.to_dict()
        _value["taxes"] = _plain(self.taxes)
        if self.including_taxes is not UNSET:
            _value["includingTaxes"] = _plain(self.including_taxes)
        return _value


_NAMES_DURATION = ("value", "unit")
_take_duration = itemgetter(*_NAMES_DURATION)


@_define(kw_only=True, eq=False, repr=False)
class Duration(_json.Model):
    """A span of time to write."""

    value: int
    """The number of units."""
    unit: DurationUnit = _field(converter=_unit_as_DurationUnit)
    """The unit."""
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("value", "unit")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 2)
        try:
            (value, unit) = _read.members(src_dict, _NAMES_DURATION) if _rest else _take_duration(src_dict)
        except KeyError:
            _rest = True
            (value, unit) = _read.members(src_dict, _NAMES_DURATION)
        _at = ""
        try:
            _at = "value"
            value = _read_int32(value)
            _at = "unit"
            unit = _read_DurationUnit(unit)
        except InvalidData as _error:
            raise _error.under(_at) from None
        _model: Self = _new(cls)
        _set(_model, "value", value)
        _set(_model, "unit", unit)
        _set(
            _model, "_additional_properties", _read.others(src_dict, _NAMES_DURATION, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        _value: dict[str, Any] = _plain(self._additional_properties) if self._additional_properties else {}
        _value["value"] = _plain(self.value)
        _value["unit"] = self.unit._value_
        return _value


_NAMES_ONE_TIME_COMMITMENT_CREATION = (
    "type",
    "state",
    "costDate",
    "invoiceDate",
    "amountIncludingTaxes",
    "attachmentIds",
    "comment",
    "paymentMethod",
)
_take_one_time_commitment_creation = itemgetter(*_NAMES_ONE_TIME_COMMITMENT_CREATION)


@_define(kw_only=True, eq=False, repr=False)
class OneTimeCommitmentCreation(_json.Model):
    """A commitment to create. It is paid once."""

    type_: Literal["OneTimeCommitment"] = "OneTimeCommitment"
    """The kind of commitment."""
    state: Literal["Created"] = "Created"
    """The state of a new commitment. Only Lucca's samples show it."""
    cost_date: _date = _field(converter=_cost_date_as_date)
    """The day of delivery."""
    invoice_date: _date = _field(converter=_invoice_date_as_date)
    """The day on which the invoice is expected."""
    amount_including_taxes: TaxedAmount = _field(converter=_amount_including_taxes_as_TaxedAmount)
    """The amount with its taxes."""
    attachment_ids: list[UUID] | Unset = _field(default=UNSET, converter=_attachment_ids_as_uuids_or_unset)
    """Ids of uploaded files. Our assumption (file-ids); Lucca does not document it. At most 3, and no minimum. Our
    assumption (attachments); Lucca does not document it. Lucca's schema requires 1 to 3 files, but its samples send
    none. The samples always send the member, even if it is empty."""
    comment: str | Unset | None = UNSET
    """A comment for the approvers. Lucca's samples send null if there is none."""
    payment_method: PaymentMethod | Unset | None = _field(
        default=UNSET, converter=_payment_method_as_PaymentMethod_or_absent
    )
    """The payment method. Lucca's samples send null if there is none."""
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = (
        "type_",
        "state",
        "cost_date",
        "invoice_date",
        "amount_including_taxes",
        "attachment_ids",
        "comment",
        "payment_method",
    )

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 8)
        try:
            (type_, state, cost_date, invoice_date, amount_including_taxes, attachment_ids, comment, payment_method) = (
                _read.members(src_dict, _NAMES_ONE_TIME_COMMITMENT_CREATION)
                if _rest
                else _take_one_time_commitment_creation(src_dict)
            )
        except KeyError:
            _rest = True
            (type_, state, cost_date, invoice_date, amount_including_taxes, attachment_ids, comment, payment_method) = (
                _read.members(src_dict, _NAMES_ONE_TIME_COMMITMENT_CREATION)
            )
        _at = ""
        try:
            _at = "type"
            type_ = _read_constant_OneTimeCommitment(type_)
            _at = "state"
            state = _read_constant_Created(state)
            _at = "costDate"
            cost_date = _read.day(cost_date)
            _at = "invoiceDate"
            invoice_date = _read.day(invoice_date)
            _at = "amountIncludingTaxes"
            amount_including_taxes = _read_TaxedAmount(amount_including_taxes)
            if attachment_ids is not UNSET:
                _at = "attachmentIds"
                attachment_ids = _read_None_to_3_of_identifier(attachment_ids)
            if type(comment) is not str and comment is not None and comment is not UNSET:
                _at = "comment"
                comment = _read.text(comment)
            if payment_method is not None and payment_method is not UNSET:
                _at = "paymentMethod"
                payment_method = _read_PaymentMethod(payment_method)
        except InvalidData as _error:
            raise _error.under(_at) from None
        _model: Self = _new(cls)
        _set(_model, "type_", type_)
        _set(_model, "state", state)
        _set(_model, "cost_date", cost_date)
        _set(_model, "invoice_date", invoice_date)
        _set(_model, "amount_including_taxes", amount_including_taxes)
        _set(_model, "attachment_ids", attachment_ids)
        _set(_model, "comment", comment)
        _set(_model, "payment_method", payment_method)
        _set(
            _model,
            "_additional_properties",
            _read.others(src_dict, _NAMES_ONE_TIME_COMMITMENT_CREATION, _read.anything) if _rest else None,
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        _value: dict[str, Any] = _plain(self._additional_properties) if self._additional_properties else {}
        _value["type"] = _plain(self.type_)
        _value["state"] = _plain(self.state)
        _value["costDate"] = self.cost_date.isoformat()
        _value["invoiceDate"] = self.invoice_date.isoformat()
        _value["amountIncludingTaxes"] = self.amount_including_taxes.to_dict()
        if self.attachment_ids is not UNSET:
            _value["attachmentIds"] = _plain(self.attachment_ids)
        if self.comment is not UNSET:
            _value["comment"] = _plain(self.comment)
        if self.payment_method is not UNSET:
            _value["paymentMethod"] = _plain(self.payment_method)
        return _value


_NAMES_SUBSCRIPTION_COMMITMENT_CREATION = (
    "type",
    "state",
    "startDate",
    "firstInvoiceDate",
    "invoicingFrequency",
    "subscriptionDuration",
    "amountIncludingTaxesPerPeriod",
    "contractualObligation",
    "terminationNotice",
    "attachmentIds",
    "comment",
    "paymentMethod",
)
_take_subscription_commitment_creation = itemgetter(*_NAMES_SUBSCRIPTION_COMMITMENT_CREATION)


@_define(kw_only=True, eq=False, repr=False)
class SubscriptionCommitmentCreation(_json.Model):
    """A commitment to create. It is paid once for each period."""

    type_: Literal["SubscriptionCommitment"] = "SubscriptionCommitment"
    """The kind of commitment."""
    state: Literal["Created"] = "Created"
    """The state of a new commitment. Only Lucca's samples show it."""
    start_date: _date = _field(converter=_start_date_as_date)
    """The first day of the subscription."""
    first_invoice_date: _date = _field(converter=_first_invoice_date_as_date)
    """The day on which the first invoice is expected."""
    invoicing_frequency: Duration = _field(converter=_invoicing_frequency_as_Duration)
    """The time between two invoices."""
    subscription_duration: Duration = _field(converter=_subscription_duration_as_Duration)
    """The duration of the subscription."""
    amount_including_taxes_per_period: TaxedAmount = _field(converter=_amount_including_taxes_per_period_as_TaxedAmount)
    """The amount of one period."""
    contractual_obligation: Duration | Unset | None = _field(
        default=UNSET, converter=_contractual_obligation_as_Duration_or_absent
    )
    """The time during which the contract is binding."""
    termination_notice: Duration | Unset | None = _field(
        default=UNSET, converter=_termination_notice_as_Duration_or_absent
    )
    """The time between the notice of termination and the end."""
    attachment_ids: list[UUID] | Unset = _field(default=UNSET, converter=_attachment_ids_as_uuids_or_unset)
    """Ids of uploaded files, at most 3. Our assumption (attachments); Lucca does not document it. See
    `OneTimeCommitmentCreation`."""
    comment: str | Unset | None = UNSET
    """A comment for the approvers. Lucca's samples send null if there is none."""
    payment_method: PaymentMethod | Unset | None = _field(
        default=UNSET, converter=_payment_method_as_PaymentMethod_or_absent
    )
    """The payment method. Lucca's samples send null if there is none."""
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = (
        "type_",
        "state",
        "start_date",
        "first_invoice_date",
        "invoicing_frequency",
        "subscription_duration",
        "amount_including_taxes_per_period",
        "contractual_obligation",
        "termination_notice",
        "attachment_ids",
        "comment",
        "payment_method",
    )

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 12)
        try:
            (
                type_,
                state,
                start_date,
                first_invoice_date,
                invoicing_frequency,
                subscription_duration,
                amount_including_taxes_per_period,
                contractual_obligation,
                termination_notice,
                attachment_ids,
                comment,
                payment_method,
            ) = (
                _read.members(src_dict, _NAMES_SUBSCRIPTION_COMMITMENT_CREATION)
                if _rest
                else _take_subscription_commitment_creation(src_dict)
            )
        except KeyError:
            _rest = True
            (
                type_,
                state,
                start_date,
                first_invoice_date,
                invoicing_frequency,
                subscription_duration,
                amount_including_taxes_per_period,
                contractual_obligation,
                termination_notice,
                attachment_ids,
                comment,
                payment_method,
            ) = _read.members(src_dict, _NAMES_SUBSCRIPTION_COMMITMENT_CREATION)
        _at = ""
        try:
            _at = "type"
            type_ = _read_constant_SubscriptionCommitment(type_)
            _at = "state"
            state = _read_constant_Created(state)
            _at = "startDate"
            start_date = _read.day(start_date)
            _at = "firstInvoiceDate"
            first_invoice_date = _read.day(first_invoice_date)
            _at = "invoicingFrequency"
            invoicing_frequency = _read_Duration(invoicing_frequency)
            _at = "subscriptionDuration"
            subscription_duration = _read_Duration(subscription_duration)
            _at = "amountIncludingTaxesPerPeriod"
            amount_including_taxes_per_period = _read_TaxedAmount(amount_including_taxes_per_period)
            if contractual_obligation is not None and contractual_obligation is not UNSET:
                _at = "contractualObligation"
                contractual_obligation = _read_Duration(contractual_obligation)
            if termination_notice is not None and termination_notice is not UNSET:
                _at = "terminationNotice"
                termination_notice = _read_Duration(termination_notice)
            if attachment_ids is not UNSET:
                _at = "attachmentIds"
                attachment_ids = _read_None_to_3_of_identifier(attachment_ids)
            if type(comment) is not str and comment is not None and comment is not UNSET:
                _at = "comment"
                comment = _read.text(comment)
            if payment_method is not None and payment_method is not UNSET:
                _at = "paymentMethod"
                payment_method = _read_PaymentMethod(payment_method)
        except InvalidData as _error:
            raise _error.under(_at) from None
        _model: Self = _new(cls)
        _set(_model, "type_", type_)
        _set(_model, "state", state)
        _set(_model, "start_date", start_date)
        _set(_model, "first_invoice_date", first_invoice_date)
        _set(_model, "invoicing_frequency", invoicing_frequency)
        _set(_model, "subscription_duration", subscription_duration)
        _set(_model, "amount_including_taxes_per_period", amount_including_taxes_per_period)
        _set(_model, "contractual_obligation", contractual_obligation)
        _set(_model, "termination_notice", termination_notice)
        _set(_model, "attachment_ids", attachment_ids)
        _set(_model, "comment", comment)
        _set(_model, "payment_method", payment_method)
        _set(
            _model,
            "_additional_properties",
            _read.others(src_dict, _NAMES_SUBSCRIPTION_COMMITMENT_CREATION, _read.anything) if _rest else None,
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        _value: dict[str, Any] = _plain(self._additional_properties) if self._additional_properties else {}
        _value["type"] = _plain(self.type_)
        _value["state"] = _plain(self.state)
        _value["startDate"] = self.start_date.isoformat()
        _value["firstInvoiceDate"] = self.first_invoice_date.isoformat()
        _value["invoicingFrequency"] = self.invoicing_frequency.to_dict()
        _value["subscriptionDuration"] = self.subscription_duration.to_dict()
        _value["amountIncludingTaxesPerPeriod"] = self.amount_including_taxes_per_period.to_dict()
        if self.contractual_obligation is not UNSET:
            _value["contractualObligation"] = _plain(self.contractual_obligation)
        if self.termination_notice is not UNSET:
            _value["terminationNotice"] = _plain(self.termination_notice)
        if self.attachment_ids is not UNSET:
            _value["attachmentIds"] = _plain(self.attachment_ids)
        if self.comment is not UNSET:
            _value["comment"] = _plain(self.comment)
        if self.payment_method is not UNSET:
            _value["paymentMethod"] = _plain(self.payment_method)
        return _value


_NAMES_ONE_TIME_COMMITMENT_FOR_PURCHASE_CREATION = (
    "type",
    "state",
    "costDate",
    "invoiceDate",
    "amountIncludingTaxes",
    "purchaseId",
    "attachmentIds",
    "comment",
    "paymentMethod",
)
_take_one_time_commitment_for_purchase_creation = itemgetter(*_NAMES_ONE_TIME_COMMITMENT_FOR_PURCHASE_CREATION)


@_define(kw_only=True, eq=False, repr=False)
class OneTimeCommitmentForPurchaseCreation(_json.Model):
    """A one-time commitment to create, and the id of its purchase. Only Lucca's guide documents it."""

    type_: Literal["OneTimeCommitment"] = "OneTimeCommitment"
    """The kind of commitment."""
    state: Literal["Created"] = "Created"
    """The state of a new commitment. Only Lucca's samples show it."""
    cost_date: _date = _field(converter=_cost_date_as_date)
    """The day of delivery."""
    invoice_date: _date = _field(converter=_invoice_date_as_date)
    """The day on which the invoice is expected."""
    amount_including_taxes: TaxedAmount = _field(converter=_amount_including_taxes_as_TaxedAmount)
    """The amount with its taxes."""
    purchase_id: int
    """The purchase's id."""
    attachment_ids: list[UUID] | Unset = _field(default=UNSET, converter=_attachment_ids_as_uuids_or_unset)
    """Ids of uploaded files. Our assumption (file-ids); Lucca does not document it. At most 3, and no minimum. Our
    assumption (attachments); Lucca does not document it. Lucca's schema requires 1 to 3 files, but its samples send
    none. The samples always send the member, even if it is empty."""
    comment: str | Unset | None = UNSET
    """A comment for the approvers. Lucca's samples send null if there is none."""
    payment_method: PaymentMethod | Unset | None = _field(
        default=UNSET, converter=_payment_method_as_PaymentMethod_or_absent
    )
    """The payment method. Lucca's samples send null if there is none."""
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = (
        "type_",
        "state",
        "cost_date",
        "invoice_date",
        "amount_including_taxes",
        "purchase_id",
        "attachment_ids",
        "comment",
        "payment_method",
    )

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 9)
        try:
            (
                type_,
                state,
                cost_date,
                invoice_date,
                amount_including_taxes,
                purchase_id,
                attachment_ids,
                comment,
                payment_method,
            ) = (
                _read.members(src_dict, _NAMES_ONE_TIME_COMMITMENT_FOR_PURCHASE_CREATION)
                if _rest
                else _take_one_time_commitment_for_purchase_creation(src_dict)
            )
        except KeyError:
            _rest = True
            (
                type_,
                state,
                cost_date,
                invoice_date,
                amount_including_taxes,
                purchase_id,
                attachment_ids,
                comment,
                payment_method,
            ) = _read.members(src_dict, _NAMES_ONE_TIME_COMMITMENT_FOR_PURCHASE_CREATION)
        _at = ""
        try:
            _at = "type"
            type_ = _read_constant_OneTimeCommitment(type_)
            _at = "state"
            state = _read_constant_Created(state)
            _at = "costDate"
            cost_date = _read.day(cost_date)
            _at = "invoiceDate"
            invoice_date = _read.day(invoice_date)
            _at = "amountIncludingTaxes"
            amount_including_taxes = _read_TaxedAmount(amount_including_taxes)
            _at = "purchaseId"
            purchase_id = _read_int32(purchase_id)
            if attachment_ids is not UNSET:
                _at = "attachmentIds"
                attachment_ids = _read_None_to_3_of_identifier(attachment_ids)
            if type(comment) is not str and comment is not None and comment is not UNSET:
                _at = "comment"
                comment = _read.text(comment)
            if payment_method is not None and payment_method is not UNSET:
                _at = "paymentMethod"
                payment_method = _read_PaymentMethod(payment_method)
        except InvalidData as _error:
            raise _error.under(_at) from None
        _model: Self = _new(cls)
        _set(_model, "type_", type_)
        _set(_model, "state", state)
        _set(_model, "cost_date", cost_date)
        _set(_model, "invoice_date", invoice_date)
        _set(_model, "amount_including_taxes", amount_including_taxes)
        _set(_model, "purchase_id", purchase_id)
        _set(_model, "attachment_ids", attachment_ids)
        _set(_model, "comment", comment)
        _set(_model, "payment_method", payment_method)
        _set(
            _model,
            "_additional_properties",
            _read.others(src_dict, _NAMES_ONE_TIME_COMMITMENT_FOR_PURCHASE_CREATION, _read.anything) if _rest else None,
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        _value: dict[str, Any] = _plain(self._additional_properties) if self._additional_properties else {}
        _value["type"] = _plain(self.type_)
        _value["state"] = _plain(self.state)
        _value["costDate"] = self.cost_date.isoformat()
        _value["invoiceDate"] = self.invoice_date.isoformat()
        _value["amountIncludingTaxes"] = self.amount_including_taxes.to_dict()
        _value["purchaseId"] = _plain(self.purchase_id)
        if self.attachment_ids is not UNSET:
            _value["attachmentIds"] = _plain(self.attachment_ids)
        if self.comment is not UNSET:
            _value["comment"] = _plain(self.comment)
        if self.payment_method is not UNSET:
            _value["paymentMethod"] = _plain(self.payment_method)
        return _value


_NAMES_SUBSCRIPTION_COMMITMENT_FOR_PURCHASE_CREATION = (
    "type",
    "state",
    "startDate",
    "firstInvoiceDate",
    "invoicingFrequency",
    "subscriptionDuration",
    "amountIncludingTaxesPerPeriod",
    "purchaseId",
    "contractualObligation",
    "terminationNotice",
    "attachmentIds",
    "comment",
    "paymentMethod",
)
_take_subscription_commitment_for_purchase_creation = itemgetter(*_NAMES_SUBSCRIPTION_COMMITMENT_FOR_PURCHASE_CREATION)


@_define(kw_only=True, eq=False, repr=False)
class SubscriptionCommitmentForPurchaseCreation(_json.Model):
    """A subscription to create, and the id of its purchase. Our assumption (subscription-path); Lucca does not
    document it."""

    type_: Literal["SubscriptionCommitment"] = "SubscriptionCommitment"
    """The kind of commitment."""
    state: Literal["Created"] = "Created"
    """The state of a new commitment. Only Lucca's samples show it."""
    start_date: _date = _field(converter=_start_date_as_date)
    """The first day of the subscription."""
    first_invoice_date: _date = _field(converter=_first_invoice_date_as_date)
    """The day on which the first invoice is expected."""
    invoicing_frequency: Duration = _field(converter=_invoicing_frequency_as_Duration)
    """The time between two invoices."""
    subscription_duration: Duration = _field(converter=_subscription_duration_as_Duration)
    """The duration of the subscription."""
    amount_including_taxes_per_period: TaxedAmount = _field(converter=_amount_including_taxes_per_period_as_TaxedAmount)
    """The amount of one period."""
    purchase_id: int
    """The purchase's id."""
    contractual_obligation: Duration | Unset | None = _field(
        default=UNSET, converter=_contractual_obligation_as_Duration_or_absent
    )
    """The time during which the contract is binding."""
    termination_notice: Duration | Unset | None = _field(
        default=UNSET, converter=_termination_notice_as_Duration_or_absent
    )
    """The time between the notice of termination and the end."""
    attachment_ids: list[UUID] | Unset = _field(default=UNSET, converter=_attachment_ids_as_uuids_or_unset)
    """Ids of uploaded files, at most 3. Our assumption (attachments); Lucca does not document it. See
    `OneTimeCommitmentCreation`."""
    comment: str | Unset | None = UNSET
    """A comment for the approvers. Lucca's samples send null if there is none."""
    payment_method: PaymentMethod | Unset | None = _field(
        default=UNSET, converter=_payment_method_as_PaymentMethod_or_absent
    )
    """The payment method. Lucca's samples send null if there is none."""
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = (
        "type_",
        "state",
        "start_date",
        "first_invoice_date",
        "invoicing_frequency",
        "subscription_duration",
        "amount_including_taxes_per_period",
        "purchase_id",
        "contractual_obligation",
        "termination_notice",
        "attachment_ids",
        "comment",
        "payment_method",
    )

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 13)
        try:
            (
                type_,
                state,
                start_date,
                first_invoice_date,
                invoicing_frequency,
                subscription_duration,
                amount_including_taxes_per_period,
                purchase_id,
                contractual_obligation,
                termination_notice,
                attachment_ids,
                comment,
                payment_method,
            ) = (
                _read.members(src_dict, _NAMES_SUBSCRIPTION_COMMITMENT_FOR_PURCHASE_CREATION)
                if _rest
                else _take_subscription_commitment_for_purchase_creation(src_dict)
            )
        except KeyError:
            _rest = True
            (
                type_,
                state,
                start_date,
                first_invoice_date,
                invoicing_frequency,
                subscription_duration,
                amount_including_taxes_per_period,
                purchase_id,
                contractual_obligation,
                termination_notice,
                attachment_ids,
                comment,
                payment_method,
            ) = _read.members(src_dict, _NAMES_SUBSCRIPTION_COMMITMENT_FOR_PURCHASE_CREATION)
        _at = ""
        try:
            _at = "type"
            type_ = _read_constant_SubscriptionCommitment(type_)
            _at = "state"
            state = _read_constant_Created(state)
            _at = "startDate"
            start_date = _read.day(start_date)
            _at = "firstInvoiceDate"
            first_invoice_date = _read.day(first_invoice_date)
            _at = "invoicingFrequency"
            invoicing_frequency = _read_Duration(invoicing_frequency)
            _at = "subscriptionDuration"
            subscription_duration = _read_Duration(subscription_duration)
            _at = "amountIncludingTaxesPerPeriod"
            amount_including_taxes_per_period = _read_TaxedAmount(amount_including_taxes_per_period)
            _at = "purchaseId"
            purchase_id = _read_int32(purchase_id)
            if contractual_obligation is not None and contractual_obligation is not UNSET:
                _at = "contractualObligation"
                contractual_obligation = _read_Duration(contractual_obligation)
            if termination_notice is not None and termination_notice is not UNSET:
                _at = "terminationNotice"
                termination_notice = _read_Duration(termination_notice)
            if attachment_ids is not UNSET:
                _at = "attachmentIds"
                attachment_ids = _read_None_to_3_of_identifier(attachment_ids)
            if type(comment) is not str and comment is not None and comment is not UNSET:
                _at = "comment"
                comment = _read.text(comment)
            if payment_method is not None and payment_method is not UNSET:
                _at = "paymentMethod"
                payment_method = _read_PaymentMethod(payment_method)
        except InvalidData as _error:
            raise _error.under(_at) from None
        _model: Self = _new(cls)
        _set(_model, "type_", type_)
        _set(_model, "state", state)
        _set(_model, "start_date", start_date)
        _set(_model, "first_invoice_date", first_invoice_date)
        _set(_model, "invoicing_frequency", invoicing_frequency)
        _set(_model, "subscription_duration", subscription_duration)
        _set(_model, "amount_including_taxes_per_period", amount_including_taxes_per_period)
        _set(_model, "purchase_id", purchase_id)
        _set(_model, "contractual_obligation", contractual_obligation)
        _set(_model, "termination_notice", termination_notice)
        _set(_model, "attachment_ids", attachment_ids)
        _set(_model, "comment", comment)
        _set(_model, "payment_method", payment_method)
        _set(
            _model,
            "_additional_properties",
            _read.others(src_dict, _NAMES_SUBSCRIPTION_COMMITMENT_FOR_PURCHASE_CREATION, _read.anything)
            if _rest
            else None,
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        _value: dict[str, Any] = _plain(self._additional_properties) if self._additional_properties else {}
        _value["type"] = _plain(self.type_)
        _value["state"] = _plain(self.state)
        _value["startDate"] = self.start_date.isoformat()
        _value["firstInvoiceDate"] = self.first_invoice_date.isoformat()
        _value["invoicingFrequency"] = self.invoicing_frequency.to_dict()
        _value["subscriptionDuration"] = self.subscription_duration.to_dict()
        _value["amountIncludingTaxesPerPeriod"] = self.amount_including_taxes_per_period.to_dict()
        _value["purchaseId"] = _plain(self.purchase_id)
        if self.contractual_obligation is not UNSET:
            _value["contractualObligation"] = _plain(self.contractual_obligation)
        if self.termination_notice is not UNSET:
            _value["terminationNotice"] = _plain(self.termination_notice)
        if self.attachment_ids is not UNSET:
            _value["attachmentIds"] = _plain(self.attachment_ids)
        if self.comment is not UNSET:
            _value["comment"] = _plain(self.comment)
        if self.payment_method is not UNSET:
            _value["paymentMethod"] = _plain(self.payment_method)
        return _value


_NAMES_REQUEST_CANCELLATION = ("comment",)


@_define(kw_only=True, eq=False, repr=False)
class RequestCancellation(_json.Model):
    """The reason for the cancellation of a request. Only Lucca's guide documents it."""

    comment: str
    """The reason."""
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("comment",)

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        (comment,) = _read.members(src_dict, _NAMES_REQUEST_CANCELLATION)
        _rest = True
        _at = ""
        try:
            if type(comment) is not str:
                _at = "comment"
                comment = _read.text(comment)
        except InvalidData as _error:
            raise _error.under(_at) from None
        _model: Self = _new(cls)
        _model.comment = comment
        _model._additional_properties = (
            _read.others(src_dict, _NAMES_REQUEST_CANCELLATION, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        _value: dict[str, Any] = _plain(self._additional_properties) if self._additional_properties else {}
        _value["comment"] = _plain(self.comment)
        return _value


_NAMES_PURCHASE_CLOSING = ("comment", "date")
_take_purchase_closing = itemgetter(*_NAMES_PURCHASE_CLOSING)


@_define(kw_only=True, eq=False, repr=False)
class PurchaseClosing(_json.Model):
    """The reason for the closing of a purchase, and its day. Only Lucca's guide documents it."""

    comment: str
    """The reason."""
    date: _date = _field(converter=_date_as_date)
    """The day of closing."""
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("comment", "date")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 2)
        try:
            (comment, date) = (
                _read.members(src_dict, _NAMES_PURCHASE_CLOSING) if _rest else _take_purchase_closing(src_dict)
            )
        except KeyError:
            _rest = True
            (comment, date) = _read.members(src_dict, _NAMES_PURCHASE_CLOSING)
        _at = ""
        try:
            if type(comment) is not str:
                _at = "comment"
                comment = _read.text(comment)
            _at = "date"
            date = _read.day(date)
        except InvalidData as _error:
            raise _error.under(_at) from None
        _model: Self = _new(cls)
        _set(_model, "comment", comment)
        _set(_model, "date", date)
        _set(
            _model,
            "_additional_properties",
            _read.others(src_dict, _NAMES_PURCHASE_CLOSING, _read.anything) if _rest else None,
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        _value: dict[str, Any] = _plain(self._additional_properties) if self._additional_properties else {}
        _value["comment"] = _plain(self.comment)
        _value["date"] = self.date.isoformat()
        return _value


@_define(kw_only=True, eq=True, repr=True)
class FileUpload:
    """A file to upload."""

    form: FilePart
    """The file, sent with its name."""

    def to_multipart(self) -> tuple[tuple[str, FilePart], ...]:
        """Return the parts of the body with their names."""
        return (("form", self.form),)


_NAMES_PURCHASE = (
    "id",
    "type",
    "title",
    "state",
    "commitment",
    "owner",
    "nature",
    "costCenter",
    "establishment",
    "department",
    "supplier",
    "availableAmount",
    "billedAmount",
    "committedAmount",
    "confirmedAmount",
    "requestedAmount",
    "aggregatedStates",
    "axisSections",
    "createdAt",
    "modifiedAt",
    "author",
    "modifier",
)
_BITS_PURCHASE = _read.Bits(_NAMES_PURCHASE)
_take_purchase = itemgetter(*_NAMES_PURCHASE)


@_define(kw_only=True, eq=False, repr=False)
class Purchase(_json.ReadModel):
    """A purchase."""

    id: int
    """The purchase's id."""
    type_: PurchaseType | None = None
    """The type of the purchase, paid once or by subscription."""
    title: str | None = None
    """The title that lists show."""
    state: PurchaseState | None = None
    """The state of the purchase."""
    commitment: OneTimeCommitment | SubscriptionCommitment | UnknownCommitment | None = None
    """The commitment of the purchase. Null or absent before it exists."""
    owner: UserRef | None = None
    """The user who needs the purchase."""
    nature: NatureRef | None = None
    """The nature of the purchase."""
    cost_center: CostCenterRef | None = None
    """The cost center that bears the cost."""
    establishment: EstablishmentRef | None = None
    """The establishment that buys."""
    department: DepartmentRef | None = None
    """The department that buys."""
    supplier: SupplierRef | None = None
    """The supplier."""
    available_amount: DualAmount | None = None
    """The part of the committed amount that is still available."""
    billed_amount: DualAmount | None = None
    """The amount of the invoices."""
    committed_amount: DualAmount | None = None
    """The committed amount."""
    confirmed_amount: DualAmount | None = None
    """The confirmed amount of the invoices."""
    requested_amount: DualAmount | None = None
    """The amount for which approval was requested."""
    aggregated_states: AggregatedStates | None = None
    """The number of invoices, credit notes and payments in each state."""
    axis_sections: list[Any] | None = None
    """Sections of the analytical axes. Lucca does not document their shape. Therefore they stay plain JSON."""
    created_at: _datetime | None = None
    """The time of creation."""
    modified_at: _datetime | None = None
    """The time of the last change."""
    author: UserRef | None = None
    """The user who created it."""
    modifier: UserRef | None = None
    """The user who changed it last."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = (
        "id",
        "type_",
        "title",
        "state",
        "commitment",
        "owner",
        "nature",
        "cost_center",
        "establishment",
        "department",
        "supplier",
        "available_amount",
        "billed_amount",
        "committed_amount",
        "confirmed_amount",
        "requested_amount",
        "aggregated_states",
        "axis_sections",
        "created_at",
        "modified_at",
        "author",
        "modifier",
    )

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 22)
        try:
            (
                id,
                type_,
                title,
                state,
                commitment,
                owner,
                nature,
                cost_center,
                establishment,
                department,
                supplier,
                available_amount,
                billed_amount,
                committed_amount,
                confirmed_amount,
                requested_amount,
                aggregated_states,
                axis_sections,
                created_at,
                modified_at,
                author,
                modifier,
            ) = _read.nullable_members(src_dict, _NAMES_PURCHASE) if _rest else _take_purchase(src_dict)
        except KeyError:
            _rest = True
            (
                id,
                type_,
                title,
                state,
                commitment,
                owner,
                nature,
                cost_center,
                establishment,
                department,
                supplier,
                available_amount,
                billed_amount,
                committed_amount,
                confirmed_amount,
                requested_amount,
                aggregated_states,
                axis_sections,
                created_at,
                modified_at,
                author,
                modifier,
            ) = _read.nullable_members(src_dict, _NAMES_PURCHASE)
        _at = ""
        try:
            if type(id) is not int:
                _at = "id"
                id = _read.integer(id)
            if type_ is not None:
                _at = "type"
                type_ = _read_PurchaseType(type_)
            if type(title) is not str and title is not None:
                _at = "title"
                title = _read.text(title)
            if state is not None:
                _at = "state"
                state = _read_PurchaseState(state)
            if commitment is not None:
                _at = "commitment"
                commitment = _read_OneTimeCommitment_or_SubscriptionCommitment_or_UnknownCommitment(commitment)
            if owner is not None:
                _at = "owner"
                owner = _read_UserRef(owner)
            if nature is not None:
                _at = "nature"
                nature = _read_NatureRef(nature)
            if cost_center is not None:
                _at = "costCenter"
                cost_center = _read_CostCenterRef(cost_center)
            if establishment is not None:
                _at = "establishment"
                establishment = _read_EstablishmentRef(establishment)
            if department is not None:
                _at = "department"
                department = _read_DepartmentRef(department)
            if supplier is not None:
                _at = "supplier"
                supplier = _read_SupplierRef(supplier)
            if available_amount is not None:
                _at = "availableAmount"
                available_amount = _read_DualAmount(available_amount)
            if billed_amount is not None:
                _at = "billedAmount"
                billed_amount = _read_DualAmount(billed_amount)
            if committed_amount is not None:
                _at = "committedAmount"
                committed_amount = _read_DualAmount(committed_amount)
            if confirmed_amount is not None:
                _at = "confirmedAmount"
                confirmed_amount = _read_DualAmount(confirmed_amount)
            if requested_amount is not None:
                _at = "requestedAmount"
                requested_amount = _read_DualAmount(requested_amount)
            if aggregated_states is not None:
                _at = "aggregatedStates"
                aggregated_states = _read_AggregatedStates(aggregated_states)
            if axis_sections is not None:
                _at = "axisSections"
                axis_sections = _read_array_of_anything(axis_sections)
            if created_at is not None:
                _at = "createdAt"
                created_at = _read.moment(created_at)
            if modified_at is not None:
                _at = "modifiedAt"
                modified_at = _read.moment(modified_at)
            if author is not None:
                _at = "author"
                author = _read_UserRef(author)
            if modifier is not None:
                _at = "modifier"
                modifier = _read_UserRef(modifier)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.type_ = type_
        _model.title = title
        _model.state = state
        _model.commitment = commitment
        _model.owner = owner
        _model.nature = nature
        _model.cost_center = cost_center
        _model.establishment = establishment
        _model.department = department
        _model.supplier = supplier
        _model.available_amount = available_amount
        _model.billed_amount = billed_amount
        _model.committed_amount = committed_amount
        _model.confirmed_amount = confirmed_amount
        _model.requested_amount = requested_amount
        _model.aggregated_states = aggregated_states
        _model.axis_sections = axis_sections
        _model.created_at = created_at
        _model.modified_at = modified_at
        _model.author = author
        _model.modifier = modifier
        _absent = _BITS_PURCHASE.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 22
        _model._additional_properties = _read.others(src_dict, _BITS_PURCHASE, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(
                _NAMES_PURCHASE,
                (
                    self.id,
                    self.type_,
                    self.title,
                    self.state,
                    self.commitment,
                    self.owner,
                    self.nature,
                    self.cost_center,
                    self.establishment,
                    self.department,
                    self.supplier,
                    self.available_amount,
                    self.billed_amount,
                    self.committed_amount,
                    self.confirmed_amount,
                    self.requested_amount,
                    self.aggregated_states,
                    self.axis_sections,
                    self.created_at,
                    self.modified_at,
                    self.author,
                    self.modifier,
                ),
            ),
            self._absent,
            self._additional_properties,
        )


_NAMES_PURCHASE_IDENTIFIER = ("purchaseId",)
_BITS_PURCHASE_IDENTIFIER = _read.Bits(_NAMES_PURCHASE_IDENTIFIER)


@_define(kw_only=True, eq=False, repr=False)
class PurchaseIdentifier(_json.ReadModel):
    """The response to a create, with another name of the id. Only Lucca's guide documents it."""

    purchase_id: int
    """The purchase's id."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("purchase_id",)

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        (purchase_id,) = _read.nullable_members(src_dict, _NAMES_PURCHASE_IDENTIFIER)
        _rest = True
        _at = ""
        try:
            if type(purchase_id) is not int:
                _at = "purchaseId"
                purchase_id = _read.integer(purchase_id)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.purchase_id = purchase_id
        _absent = _BITS_PURCHASE_IDENTIFIER.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 1
        _model._additional_properties = (
            _read.others(src_dict, _BITS_PURCHASE_IDENTIFIER, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_PURCHASE_IDENTIFIER, (self.purchase_id,)), self._absent, self._additional_properties
        )


_NAMES_PURCHASE_PAGE = ("items", "next", "prev", "count")
_BITS_PURCHASE_PAGE = _read.Bits(_NAMES_PURCHASE_PAGE)
_take_purchase_page = itemgetter(*_NAMES_PURCHASE_PAGE)


@_define(kw_only=True, eq=False, repr=False)
class PurchasePage(_json.ReadModel):
    """One page of purchases."""

    items: list[Purchase]
    """The purchases of the page. May be empty."""
    next_: str | None = None
    """The token of the next page. Null, absent or empty on the last page."""
    prev: str | None = None
    """The token of the previous page."""
    count: int | None = None
    """The number of purchases in the whole list."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("items", "next_", "prev", "count")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 4)
        try:
            (items, next_, prev, count) = (
                _read.nullable_members(src_dict, _NAMES_PURCHASE_PAGE) if _rest else _take_purchase_page(src_dict)
            )
        except KeyError:
            _rest = True
            (items, next_, prev, count) = _read.nullable_members(src_dict, _NAMES_PURCHASE_PAGE)
        _at = ""
        try:
            _at = "items"
            items = _read_array_of_Purchase(items)
            if type(next_) is not str and next_ is not None:
                _at = "next"
                next_ = _read.text(next_)
            if type(prev) is not str and prev is not None:
                _at = "prev"
                prev = _read.text(prev)
            if type(count) is not int and count is not None:
                _at = "count"
                count = _read.integer(count)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.items = items
        _model.next_ = next_
        _model.prev = prev
        _model.count = count
        _absent = _BITS_PURCHASE_PAGE.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 4
        _model._additional_properties = _read.others(src_dict, _BITS_PURCHASE_PAGE, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_PURCHASE_PAGE, (self.items, self.next_, self.prev, self.count)),
            self._absent,
            self._additional_properties,
        )


_NAMES_ONE_TIME_COMMITMENT = (
    "id",
    "type",
    "state",
    "owner",
    "purchase",
    "attachments",
    "attachmentIds",
    "comment",
    "paymentMethod",
    "costDate",
    "invoiceDate",
    "amountIncludingTaxes",
    "createdAt",
    "author",
    "modifiedAt",
    "modifier",
)
_BITS_ONE_TIME_COMMITMENT = _read.Bits(_NAMES_ONE_TIME_COMMITMENT)
_take_one_time_commitment = itemgetter(*_NAMES_ONE_TIME_COMMITMENT)


@_define(kw_only=True, eq=False, repr=False)
class OneTimeCommitment(_json.ReadModel):
    """A commitment that is paid once."""

    id: int
    """The commitment's id."""
    type_: Literal["OneTimeCommitment"] = "OneTimeCommitment"
    """The kind of commitment."""
    state: CommitmentState | None = None
    """The state of the commitment."""
    owner: UserRef | None = None
    """The user who needs the purchase."""
    purchase: PurchaseRef | None = None
    """The purchase of the commitment."""
    attachments: list[Attachment] | None = None
    """The attached files."""
    attachment_ids: list[UUID] | None = None
    """Ids of the attached files. The response to a create repeats them. Only Lucca's samples show it."""
    comment: str | None = None
    """The comment for the approvers."""
    payment_method: PaymentMethod | None = None
    """The payment method."""
    cost_date: _date | None = None
    """The day of delivery."""
    invoice_date: _date | None = None
    """The day on which the invoice is expected."""
    amount_including_taxes: DualTaxedAmount | TaxedAmountRead | None = None
    """The amount. A read returns it in two currencies, with `base`. The response to a create returns it as it was
    sent."""
    created_at: _datetime | None = None
    """The time of creation."""
    author: UserRef | None = None
    """The user who created it."""
    modified_at: _datetime | None = None
    """The time of the last change."""
    modifier: UserRef | None = None
    """The user who changed it last."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = (
        "id",
        "type_",
        "state",
        "owner",
        "purchase",
        "attachments",
        "attachment_ids",
        "comment",
        "payment_method",
        "cost_date",
        "invoice_date",
        "amount_including_taxes",
        "created_at",
        "author",
        "modified_at",
        "modifier",
    )

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 16)
        try:
            (
                id,
                type_,
                state,
                owner,
                purchase,
                attachments,
                attachment_ids,
                comment,
                payment_method,
                cost_date,
                invoice_date,
                amount_including_taxes,
                created_at,
                author,
                modified_at,
                modifier,
            ) = (
                _read.nullable_members(src_dict, _NAMES_ONE_TIME_COMMITMENT)
                if _rest
                else _take_one_time_commitment(src_dict)
            )
        except KeyError:
            _rest = True
            (
                id,
                type_,
                state,
                owner,
                purchase,
                attachments,
                attachment_ids,
                comment,
                payment_method,
                cost_date,
                invoice_date,
                amount_including_taxes,
                created_at,
                author,
                modified_at,
                modifier,
            ) = _read.nullable_members(src_dict, _NAMES_ONE_TIME_COMMITMENT)
        _at = ""
        try:
            if type(id) is not int:
                _at = "id"
                id = _read.integer(id)
            _at = "type"
            type_ = _read_constant_OneTimeCommitment(type_)
            if state is not None:
                _at = "state"
                state = _read_CommitmentState(state)
            if owner is not None:
                _at = "owner"
                owner = _read_UserRef(owner)
            if purchase is not None:
                _at = "purchase"
                purchase = _read_PurchaseRef(purchase)
            if attachments is not None:
                _at = "attachments"
                attachments = _read_array_of_Attachment(attachments)
            if attachment_ids is not None:
                _at = "attachmentIds"
                attachment_ids = _read_array_of_identifier(attachment_ids)
            if type(comment) is not str and comment is not None:
                _at = "comment"
                comment = _read.text(comment)
            if payment_method is not None:
                _at = "paymentMethod"
                payment_method = _read_PaymentMethod(payment_method)
            if cost_date is not None:
                _at = "costDate"
                cost_date = _read.day(cost_date)
            if invoice_date is not None:
                _at = "invoiceDate"
                invoice_date = _read.day(invoice_date)
            if amount_including_taxes is not None:
                _at = "amountIncludingTaxes"
                amount_including_taxes = _read_DualTaxedAmount_or_TaxedAmountRead(amount_including_taxes)
            if created_at is not None:
                _at = "createdAt"
                created_at = _read.moment(created_at)
            if author is not None:
                _at = "author"
                author = _read_UserRef(author)
            if modified_at is not None:
                _at = "modifiedAt"
                modified_at = _read.moment(modified_at)
            if modifier is not None:
                _at = "modifier"
                modifier = _read_UserRef(modifier)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.type_ = type_
        _model.state = state
        _model.owner = owner
        _model.purchase = purchase
        _model.attachments = attachments
        _model.attachment_ids = attachment_ids
        _model.comment = comment
        _model.payment_method = payment_method
        _model.cost_date = cost_date
        _model.invoice_date = invoice_date
        _model.amount_including_taxes = amount_including_taxes
        _model.created_at = created_at
        _model.author = author
        _model.modified_at = modified_at
        _model.modifier = modifier
        _absent = _BITS_ONE_TIME_COMMITMENT.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 16
        _model._additional_properties = (
            _read.others(src_dict, _BITS_ONE_TIME_COMMITMENT, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(
                _NAMES_ONE_TIME_COMMITMENT,
                (
                    self.id,
                    self.type_,
                    self.state,
                    self.owner,
                    self.purchase,
                    self.attachments,
                    self.attachment_ids,
                    self.comment,
                    self.payment_method,
                    self.cost_date,
                    self.invoice_date,
                    self.amount_including_taxes,
                    self.created_at,
                    self.author,
                    self.modified_at,
                    self.modifier,
                ),
            ),
            self._absent,
            self._additional_properties,
        )


_NAMES_SUBSCRIPTION_COMMITMENT = (
    "id",
    "type",
    "state",
    "owner",
    "purchase",
    "attachments",
    "attachmentIds",
    "comment",
    "paymentMethod",
    "startDate",
    "firstInvoiceDate",
    "invoicingFrequency",
    "subscriptionDuration",
    "contractualObligation",
    "terminationNotice",
    "subscriptionEndDate",
    "contractualEndDate",
    "periodsCount",
    "amountIncludingTaxesPerPeriod",
    "amountIncludingTaxes",
    "createdAt",
    "author",
    "modifiedAt",
    "modifier",
)
_BITS_SUBSCRIPTION_COMMITMENT = _read.Bits(_NAMES_SUBSCRIPTION_COMMITMENT)
_take_subscription_commitment = itemgetter(*_NAMES_SUBSCRIPTION_COMMITMENT)


@_define(kw_only=True, eq=False, repr=False)
class SubscriptionCommitment(_json.ReadModel):
    """A commitment that is paid once for each period."""

    id: int
    """The commitment's id."""
    type_: Literal["SubscriptionCommitment"] = "SubscriptionCommitment"
    """The kind of commitment."""
    state: CommitmentState | None = None
    """The state of the commitment."""
    owner: UserRef | None = None
    """The user who needs the purchase."""
    purchase: PurchaseRef | None = None
    """The purchase of the commitment."""
    attachments: list[Attachment] | None = None
    """The attached files."""
    attachment_ids: list[UUID] | None = None
    """Ids of the attached files. The response to a create repeats them. Only Lucca's samples show it."""
    comment: str | None = None
    """The comment for the approvers."""
    payment_method: PaymentMethod | None = None
    """The payment method."""
    start_date: _date | None = None
    """The first day of the subscription."""
    first_invoice_date: _date | None = None
    """The day on which the first invoice is expected."""
    invoicing_frequency: DurationRead | None = None
    """The time between two invoices."""
    subscription_duration: DurationRead | None = None
    """The duration of the subscription."""
    contractual_obligation: DurationRead | None = None
    """The time during which the contract is binding."""
    termination_notice: DurationRead | None = None
    """The time between the notice of termination and the end."""
    subscription_end_date: _date | None = None
    """The last day of the subscription."""
    contractual_end_date: _date | None = None
    """The last day on which the contract is binding."""
    periods_count: int | None = None
    """The number of invoiced periods."""
    amount_including_taxes_per_period: DualTaxedAmount | TaxedAmountRead | None = None
    """The amount of one period. A read returns it in two currencies, with `base`. The response to a create returns it
    as it was sent."""
    amount_including_taxes: DualTaxedAmount | TaxedAmountRead | None = None
    """The amount of all periods. A read returns it in two currencies, with `base`. The response to a create returns it
    as it was sent."""
    created_at: _datetime | None = None
    """The time of creation."""
    author: UserRef | None = None
    """The user who created it."""
    modified_at: _datetime | None = None
    """The time of the last change."""
    modifier: UserRef | None = None
    """The user who changed it last."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = (
        "id",
        "type_",
        "state",
        "owner",
        "purchase",
        "attachments",
        "attachment_ids",
        "comment",
        "payment_method",
        "start_date",
        "first_invoice_date",
        "invoicing_frequency",
        "subscription_duration",
        "contractual_obligation",
        "termination_notice",
        "subscription_end_date",
        "contractual_end_date",
        "periods_count",
        "amount_including_taxes_per_period",
        "amount_including_taxes",
        "created_at",
        "author",
        "modified_at",
        "modifier",
    )

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 24)
        try:
            (
                id,
                type_,
                state,
                owner,
                purchase,
                attachments,
                attachment_ids,
                comment,
                payment_method,
                start_date,
                first_invoice_date,
                invoicing_frequency,
                subscription_duration,
                contractual_obligation,
                termination_notice,
                subscription_end_date,
                contractual_end_date,
                periods_count,
                amount_including_taxes_per_period,
                amount_including_taxes,
                created_at,
                author,
                modified_at,
                modifier,
            ) = (
                _read.nullable_members(src_dict, _NAMES_SUBSCRIPTION_COMMITMENT)
                if _rest
                else _take_subscription_commitment(src_dict)
            )
        except KeyError:
            _rest = True
            (
                id,
                type_,
                state,
                owner,
                purchase,
                attachments,
                attachment_ids,
                comment,
                payment_method,
                start_date,
                first_invoice_date,
                invoicing_frequency,
                subscription_duration,
                contractual_obligation,
                termination_notice,
                subscription_end_date,
                contractual_end_date,
                periods_count,
                amount_including_taxes_per_period,
                amount_including_taxes,
                created_at,
                author,
                modified_at,
                modifier,
            ) = _read.nullable_members(src_dict, _NAMES_SUBSCRIPTION_COMMITMENT)
        _at = ""
        try:
            if type(id) is not int:
                _at = "id"
                id = _read.integer(id)
            _at = "type"
            type_ = _read_constant_SubscriptionCommitment(type_)
            if state is not None:
                _at = "state"
                state = _read_CommitmentState(state)
            if owner is not None:
                _at = "owner"
                owner = _read_UserRef(owner)
            if purchase is not None:
                _at = "purchase"
                purchase = _read_PurchaseRef(purchase)
            if attachments is not None:
                _at = "attachments"
                attachments = _read_array_of_Attachment(attachments)
            if attachment_ids is not None:
                _at = "attachmentIds"
                attachment_ids = _read_array_of_identifier(attachment_ids)
            if type(comment) is not str and comment is not None:
                _at = "comment"
                comment = _read.text(comment)
            if payment_method is not None:
                _at = "paymentMethod"
                payment_method = _read_PaymentMethod(payment_method)
            if start_date is not None:
                _at = "startDate"
                start_date = _read.day(start_date)
            if first_invoice_date is not None:
                _at = "firstInvoiceDate"
                first_invoice_date = _read.day(first_invoice_date)
            if invoicing_frequency is not None:
                _at = "invoicingFrequency"
                invoicing_frequency = _read_DurationRead(invoicing_frequency)
            if subscription_duration is not None:
                _at = "subscriptionDuration"
                subscription_duration = _read_DurationRead(subscription_duration)
            if contractual_obligation is not None:
                _at = "contractualObligation"
                contractual_obligation = _read_DurationRead(contractual_obligation)
            if termination_notice is not None:
                _at = "terminationNotice"
                termination_notice = _read_DurationRead(termination_notice)
            if subscription_end_date is not None:
                _at = "subscriptionEndDate"
                subscription_end_date = _read.day(subscription_end_date)
            if contractual_end_date is not None:
                _at = "contractualEndDate"
                contractual_end_date = _read.day(contractual_end_date)
            if type(periods_count) is not int and periods_count is not None:
                _at = "periodsCount"
                periods_count = _read.integer(periods_count)
            if amount_including_taxes_per_period is not None:
                _at = "amountIncludingTaxesPerPeriod"
                amount_including_taxes_per_period = _read_DualTaxedAmount_or_TaxedAmountRead(
                    amount_including_taxes_per_period
                )
            if amount_including_taxes is not None:
                _at = "amountIncludingTaxes"
                amount_including_taxes = _read_DualTaxedAmount_or_TaxedAmountRead(amount_including_taxes)
            if created_at is not None:
                _at = "createdAt"
                created_at = _read.moment(created_at)
            if author is not None:
                _at = "author"
                author = _read_UserRef(author)
            if modified_at is not None:
                _at = "modifiedAt"
                modified_at = _read.moment(modified_at)
            if modifier is not None:
                _at = "modifier"
                modifier = _read_UserRef(modifier)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.type_ = type_
        _model.state = state
        _model.owner = owner
        _model.purchase = purchase
        _model.attachments = attachments
        _model.attachment_ids = attachment_ids
        _model.comment = comment
        _model.payment_method = payment_method
        _model.start_date = start_date
        _model.first_invoice_date = first_invoice_date
        _model.invoicing_frequency = invoicing_frequency
        _model.subscription_duration = subscription_duration
        _model.contractual_obligation = contractual_obligation
        _model.termination_notice = termination_notice
        _model.subscription_end_date = subscription_end_date
        _model.contractual_end_date = contractual_end_date
        _model.periods_count = periods_count
        _model.amount_including_taxes_per_period = amount_including_taxes_per_period
        _model.amount_including_taxes = amount_including_taxes
        _model.created_at = created_at
        _model.author = author
        _model.modified_at = modified_at
        _model.modifier = modifier
        _absent = _BITS_SUBSCRIPTION_COMMITMENT.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 24
        _model._additional_properties = (
            _read.others(src_dict, _BITS_SUBSCRIPTION_COMMITMENT, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(
                _NAMES_SUBSCRIPTION_COMMITMENT,
                (
                    self.id,
                    self.type_,
                    self.state,
                    self.owner,
                    self.purchase,
                    self.attachments,
                    self.attachment_ids,
                    self.comment,
                    self.payment_method,
                    self.start_date,
                    self.first_invoice_date,
                    self.invoicing_frequency,
                    self.subscription_duration,
                    self.contractual_obligation,
                    self.termination_notice,
                    self.subscription_end_date,
                    self.contractual_end_date,
                    self.periods_count,
                    self.amount_including_taxes_per_period,
                    self.amount_including_taxes,
                    self.created_at,
                    self.author,
                    self.modified_at,
                    self.modifier,
                ),
            ),
            self._absent,
            self._additional_properties,
        )


_NAMES_UNKNOWN_COMMITMENT = ("id", "type")
_BITS_UNKNOWN_COMMITMENT = _read.Bits(_NAMES_UNKNOWN_COMMITMENT)
_take_unknown_commitment = itemgetter(*_NAMES_UNKNOWN_COMMITMENT)


@_define(kw_only=True, eq=False, repr=False)
class UnknownCommitment(_json.ReadModel):
    """A commitment without a kind, or of a kind that this contract does not describe. Only its `id` is certain. The
    other members stay unchanged."""

    id: int
    """The commitment's id."""
    type_: Any = None
    """The kind that the server sent."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "type_")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 2)
        try:
            (id, type_) = (
                _read.nullable_members(src_dict, _NAMES_UNKNOWN_COMMITMENT)
                if _rest
                else _take_unknown_commitment(src_dict)
            )
        except KeyError:
            _rest = True
            (id, type_) = _read.nullable_members(src_dict, _NAMES_UNKNOWN_COMMITMENT)
        _at = ""
        try:
            if type(id) is not int:
                _at = "id"
                id = _read.integer(id)
            if type_ is not None:
                _at = "type"
                type_ = _read_anything_except_OneTimeCommitment_SubscriptionCommitment(type_)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.type_ = type_
        _absent = _BITS_UNKNOWN_COMMITMENT.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 2
        _model._additional_properties = (
            _read.others(src_dict, _BITS_UNKNOWN_COMMITMENT, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_UNKNOWN_COMMITMENT, (self.id, self.type_)), self._absent, self._additional_properties
        )


_NAMES_COMMITMENT_IDENTIFIER = ("commitmentId",)
_BITS_COMMITMENT_IDENTIFIER = _read.Bits(_NAMES_COMMITMENT_IDENTIFIER)


@_define(kw_only=True, eq=False, repr=False)
class CommitmentIdentifier(_json.ReadModel):
    """The response to a create, with another name of the id. Only Lucca's guide documents it."""

    commitment_id: int
    """The commitment's id."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("commitment_id",)

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        (commitment_id,) = _read.nullable_members(src_dict, _NAMES_COMMITMENT_IDENTIFIER)
        _rest = True
        _at = ""
        try:
            if type(commitment_id) is not int:
                _at = "commitmentId"
                commitment_id = _read.integer(commitment_id)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.commitment_id = commitment_id
        _absent = _BITS_COMMITMENT_IDENTIFIER.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 1
        _model._additional_properties = (
            _read.others(src_dict, _BITS_COMMITMENT_IDENTIFIER, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_COMMITMENT_IDENTIFIER, (self.commitment_id,)), self._absent, self._additional_properties
        )


_NAMES_COMMITMENT_ITEMS = ("items",)
_BITS_COMMITMENT_ITEMS = _read.Bits(_NAMES_COMMITMENT_ITEMS)


@_define(kw_only=True, eq=False, repr=False)
class CommitmentItems(_json.ReadModel):
    """The response to a create in Lucca's schema. It must have exactly one item."""

    items: list[OneTimeCommitment | SubscriptionCommitment | UnknownCommitment]
    """The created commitment."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("items",)

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        (items,) = _read.nullable_members(src_dict, _NAMES_COMMITMENT_ITEMS)
        _rest = True
        _at = ""
        try:
            _at = "items"
            items = _read_1_to_1_of_OneTimeCommitment_or_SubscriptionCommitment_or_UnknownCommitment(items)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.items = items
        _absent = _BITS_COMMITMENT_ITEMS.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 1
        _model._additional_properties = (
            _read.others(src_dict, _BITS_COMMITMENT_ITEMS, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(zip(_NAMES_COMMITMENT_ITEMS, (self.items,)), self._absent, self._additional_properties)


_NAMES_APPROVAL_REQUEST = (
    "id",
    "state",
    "owner",
    "assignee",
    "businessObject",
    "stepId",
    "workflowId",
    "templateId",
    "createdAt",
    "modifiedAt",
    "author",
    "modifier",
)
_BITS_APPROVAL_REQUEST = _read.Bits(_NAMES_APPROVAL_REQUEST)
_take_approval_request = itemgetter(*_NAMES_APPROVAL_REQUEST)


@_define(kw_only=True, eq=False, repr=False)
class ApprovalRequest(_json.ReadModel):
    """A request for the approval of a commitment."""

    id: int
    """The request's id. A cancellation needs it, and no endpoint returns it later."""
    state: ApprovalRequestState | None = None
    """The state of the request."""
    owner: UserRef | None = None
    """The user who requests the approval."""
    assignee: UserRef | None = None
    """The user who decides. Null if nobody has to decide."""
    business_object: OneTimeCommitment | SubscriptionCommitment | UnknownCommitment | None = None
    """The commitment that needs approval."""
    step_id: int | None = None
    """The step of the workflow."""
    workflow_id: str | None = None
    """The workflow."""
    template_id: int | None = None
    """The template of the workflow."""
    created_at: _datetime | None = None
    """The time of creation."""
    modified_at: _datetime | None = None
    """The time of the last change."""
    author: UserRef | None = None
    """The user who created it."""
    modifier: UserRef | None = None
    """The user who changed it last."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = (
        "id",
        "state",
        "owner",
        "assignee",
        "business_object",
        "step_id",
        "workflow_id",
        "template_id",
        "created_at",
        "modified_at",
        "author",
        "modifier",
    )

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 12)
        try:
            (
                id,
                state,
                owner,
                assignee,
                business_object,
                step_id,
                workflow_id,
                template_id,
                created_at,
                modified_at,
                author,
                modifier,
            ) = _read.nullable_members(src_dict, _NAMES_APPROVAL_REQUEST) if _rest else _take_approval_request(src_dict)
        except KeyError:
            _rest = True
            (
                id,
                state,
                owner,
                assignee,
                business_object,
                step_id,
                workflow_id,
                template_id,
                created_at,
                modified_at,
                author,
                modifier,
            ) = _read.nullable_members(src_dict, _NAMES_APPROVAL_REQUEST)
        _at = ""
        try:
            if type(id) is not int:
                _at = "id"
                id = _read.integer(id)
            if state is not None:
                _at = "state"
                state = _read_ApprovalRequestState(state)
            if owner is not None:
                _at = "owner"
                owner = _read_UserRef(owner)
            if assignee is not None:
                _at = "assignee"
                assignee = _read_UserRef(assignee)
            if business_object is not None:
                _at = "businessObject"
                business_object = _read_OneTimeCommitment_or_SubscriptionCommitment_or_UnknownCommitment(
                    business_object
                )
            if type(step_id) is not int and step_id is not None:
                _at = "stepId"
                step_id = _read.integer(step_id)
            if type(workflow_id) is not str and workflow_id is not None:
                _at = "workflowId"
                workflow_id = _read.text(workflow_id)
            if type(template_id) is not int and template_id is not None:
                _at = "templateId"
                template_id = _read.integer(template_id)
            if created_at is not None:
                _at = "createdAt"
                created_at = _read.moment(created_at)
            if modified_at is not None:
                _at = "modifiedAt"
                modified_at = _read.moment(modified_at)
            if author is not None:
                _at = "author"
                author = _read_UserRef(author)
            if modifier is not None:
                _at = "modifier"
                modifier = _read_UserRef(modifier)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.state = state
        _model.owner = owner
        _model.assignee = assignee
        _model.business_object = business_object
        _model.step_id = step_id
        _model.workflow_id = workflow_id
        _model.template_id = template_id
        _model.created_at = created_at
        _model.modified_at = modified_at
        _model.author = author
        _model.modifier = modifier
        _absent = _BITS_APPROVAL_REQUEST.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 12
        _model._additional_properties = (
            _read.others(src_dict, _BITS_APPROVAL_REQUEST, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(
                _NAMES_APPROVAL_REQUEST,
                (
                    self.id,
                    self.state,
                    self.owner,
                    self.assignee,
                    self.business_object,
                    self.step_id,
                    self.workflow_id,
                    self.template_id,
                    self.created_at,
                    self.modified_at,
                    self.author,
                    self.modifier,
                ),
            ),
            self._absent,
            self._additional_properties,
        )


_NAMES_TAX_RATE = ("id", "percentage", "rateType")
_BITS_TAX_RATE = _read.Bits(_NAMES_TAX_RATE)
_take_tax_rate = itemgetter(*_NAMES_TAX_RATE)


@_define(kw_only=True, eq=False, repr=False, on_setattr=_NO_OP)
class TaxRate(_json.ReadModel):
    """A tax rate in force."""

    id: int
    """The rate's id. A line of tax needs the `rateType.id` instead."""
    percentage: Decimal | None = _field(default=None, converter=_percentage_as_number_or_null)
    """The rate as a fraction (0.2 is 20 %)."""
    rate_type: TaxRateType | None = None
    """The kind of rate."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "percentage", "rate_type")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 3)
        try:
            (id, percentage, rate_type) = (
                _read.nullable_members(src_dict, _NAMES_TAX_RATE) if _rest else _take_tax_rate(src_dict)
            )
        except KeyError:
            _rest = True
            (id, percentage, rate_type) = _read.nullable_members(src_dict, _NAMES_TAX_RATE)
        _at = ""
        try:
            if type(id) is not int:
                _at = "id"
                id = _read.integer(id)
            if not (type(percentage) is Decimal and percentage.is_finite()) and percentage is not None:
                _at = "percentage"
                percentage = _read.number(percentage)
            if rate_type is not None:
                _at = "rateType"
                rate_type = _read_TaxRateType(rate_type)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.percentage = percentage
        _model.rate_type = rate_type
        _absent = _BITS_TAX_RATE.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 3
        _model._additional_properties = _read.others(src_dict, _BITS_TAX_RATE, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_TAX_RATE, (self.id, self.percentage, self.rate_type)), self._absent, self._additional_properties
        )


_NAMES_TAX_RATE_TYPE = ("id", "name", "territoryId", "recoveryRules")
_BITS_TAX_RATE_TYPE = _read.Bits(_NAMES_TAX_RATE_TYPE)
_take_tax_rate_type = itemgetter(*_NAMES_TAX_RATE_TYPE)


@_define(kw_only=True, eq=False, repr=False)
class TaxRateType(_json.ReadModel):
    """A kind of tax rate."""

    id: int | None = None
    """The `rateTypeId` of a line of tax. Our assumption (tax-ids); Lucca does not document it."""
    name: str | None = None
    """The name."""
    territory_id: str | int | None = None
    """The territory. A country code (`FR`) or a number. Lucca documents both."""
    recovery_rules: list[RecoveryRule] | None = None
    """The recoverable share of the tax for each family of costs."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "name", "territory_id", "recovery_rules")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 4)
        try:
            (id, name, territory_id, recovery_rules) = (
                _read.nullable_members(src_dict, _NAMES_TAX_RATE_TYPE) if _rest else _take_tax_rate_type(src_dict)
            )
        except KeyError:
            _rest = True
            (id, name, territory_id, recovery_rules) = _read.nullable_members(src_dict, _NAMES_TAX_RATE_TYPE)
        _at = ""
        try:
            if type(id) is not int and id is not None:
                _at = "id"
                id = _read.integer(id)
            if type(name) is not str and name is not None:
                _at = "name"
                name = _read.text(name)
            if territory_id is not None:
                _at = "territoryId"
                territory_id = _read_text_or_integer(territory_id)
            if recovery_rules is not None:
                _at = "recoveryRules"
                recovery_rules = _read_array_of_RecoveryRule(recovery_rules)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.name = name
        _model.territory_id = territory_id
        _model.recovery_rules = recovery_rules
        _absent = _BITS_TAX_RATE_TYPE.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 4
        _model._additional_properties = _read.others(src_dict, _BITS_TAX_RATE_TYPE, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_TAX_RATE_TYPE, (self.id, self.name, self.territory_id, self.recovery_rules)),
            self._absent,
            self._additional_properties,
        )


_NAMES_RECOVERY_RULE = ("costFamilyId", "coefficient")
_BITS_RECOVERY_RULE = _read.Bits(_NAMES_RECOVERY_RULE)
_take_recovery_rule = itemgetter(*_NAMES_RECOVERY_RULE)


@_define(kw_only=True, eq=False, repr=False, on_setattr=_NO_OP)
class RecoveryRule(_json.ReadModel):
    """The recoverable share of a tax for one family of costs."""

    cost_family_id: int | None = None
    """The family of costs."""
    coefficient: Decimal | None = _field(default=None, converter=_coefficient_as_number_or_null)
    """The recoverable share as a fraction. Our assumption (recovery); Lucca does not document it."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("cost_family_id", "coefficient")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 2)
        try:
            (cost_family_id, coefficient) = (
                _read.nullable_members(src_dict, _NAMES_RECOVERY_RULE) if _rest else _take_recovery_rule(src_dict)
            )
        except KeyError:
            _rest = True
            (cost_family_id, coefficient) = _read.nullable_members(src_dict, _NAMES_RECOVERY_RULE)
        _at = ""
        try:
            if type(cost_family_id) is not int and cost_family_id is not None:
                _at = "costFamilyId"
                cost_family_id = _read.integer(cost_family_id)
            if not (type(coefficient) is Decimal and coefficient.is_finite()) and coefficient is not None:
                _at = "coefficient"
                coefficient = _read.number(coefficient)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.cost_family_id = cost_family_id
        _model.coefficient = coefficient
        _absent = _BITS_RECOVERY_RULE.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 2
        _model._additional_properties = _read.others(src_dict, _BITS_RECOVERY_RULE, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_RECOVERY_RULE, (self.cost_family_id, self.coefficient)),
            self._absent,
            self._additional_properties,
        )


_NAMES_SUPPLIER = (
    "id",
    "name",
    "state",
    "territory",
    "legalRegistration",
    "contacts",
    "paymentTerm",
    "bankAccount",
    "preferredNature",
    "preferredPaymentMethod",
    "preferredCostCenter",
    "establishments",
    "flag",
)
_BITS_SUPPLIER = _read.Bits(_NAMES_SUPPLIER)
_take_supplier = itemgetter(*_NAMES_SUPPLIER)


@_define(kw_only=True, eq=False, repr=False)
class Supplier(_json.ReadModel):
    """A supplier. It contains a bank account and contacts of people. Do not log it."""

    id: int
    """The supplier's id."""
    name: str | None = None
    """The name."""
    state: SupplierState | None = None
    """The state of the supplier."""
    territory: Territory | None = None
    """The supplier's territory."""
    legal_registration: LegalRegistration | None = None
    """The legal registration of the supplier."""
    contacts: list[SupplierContact] | None = None
    """The contacts at the supplier."""
    payment_term: DurationRead | None = None
    """The time until an invoice is due."""
    bank_account: BankAccount | None = None
    """The bank account of the supplier."""
    preferred_nature: NatureRef | None = None
    """The proposed nature."""
    preferred_payment_method: PaymentMethod | None = None
    """The proposed payment method."""
    preferred_cost_center: CostCenterRef | None = None
    """The proposed cost center."""
    establishments: list[EstablishmentRef] | None = None
    """The establishments that can buy from the supplier."""
    flag: SupplierFlag | None = None
    """A mark that the supplier needs attention."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = (
        "id",
        "name",
        "state",
        "territory",
        "legal_registration",
        "contacts",
        "payment_term",
        "bank_account",
        "preferred_nature",
        "preferred_payment_method",
        "preferred_cost_center",
        "establishments",
        "flag",
    )

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 13)
        try:
            (
                id,
                name,
                state,
                territory,
                legal_registration,
                contacts,
                payment_term,
                bank_account,
                preferred_nature,
                preferred_payment_method,
                preferred_cost_center,
                establishments,
                flag,
            ) = _read.nullable_members(src_dict, _NAMES_SUPPLIER) if _rest else _take_supplier(src_dict)
        except KeyError:
            _rest = True
            (
                id,
                name,
                state,
                territory,
                legal_registration,
                contacts,
                payment_term,
                bank_account,
                preferred_nature,
                preferred_payment_method,
                preferred_cost_center,
                establishments,
                flag,
            ) = _read.nullable_members(src_dict, _NAMES_SUPPLIER)
        _at = ""
        try:
            if type(id) is not int:
                _at = "id"
                id = _read.integer(id)
            if type(name) is not str and name is not None:
                _at = "name"
                name = _read.text(name)
            if state is not None:
                _at = "state"
                state = _read_SupplierState(state)
            if territory is not None:
                _at = "territory"
                territory = _read_Territory(territory)
            if legal_registration is not None:
                _at = "legalRegistration"
                legal_registration = _read_LegalRegistration(legal_registration)
            if contacts is not None:
                _at = "contacts"
                contacts = _read_array_of_SupplierContact(contacts)
            if payment_term is not None:
                _at = "paymentTerm"
                payment_term = _read_DurationRead(payment_term)
            if bank_account is not None:
                _at = "bankAccount"
                bank_account = _read_BankAccount(bank_account)
            if preferred_nature is not None:
                _at = "preferredNature"
                preferred_nature = _read_NatureRef(preferred_nature)
            if preferred_payment_method is not None:
                _at = "preferredPaymentMethod"
                preferred_payment_method = _read_PaymentMethod(preferred_payment_method)
            if preferred_cost_center is not None:
                _at = "preferredCostCenter"
                preferred_cost_center = _read_CostCenterRef(preferred_cost_center)
            if establishments is not None:
                _at = "establishments"
                establishments = _read_array_of_EstablishmentRef(establishments)
            if flag is not None:
                _at = "flag"
                flag = _read_SupplierFlag(flag)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.name = name
        _model.state = state
        _model.territory = territory
        _model.legal_registration = legal_registration
        _model.contacts = contacts
        _model.payment_term = payment_term
        _model.bank_account = bank_account
        _model.preferred_nature = preferred_nature
        _model.preferred_payment_method = preferred_payment_method
        _model.preferred_cost_center = preferred_cost_center
        _model.establishments = establishments
        _model.flag = flag
        _absent = _BITS_SUPPLIER.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 13
        _model._additional_properties = _read.others(src_dict, _BITS_SUPPLIER, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(
                _NAMES_SUPPLIER,
                (
                    self.id,
                    self.name,
                    self.state,
                    self.territory,
                    self.legal_registration,
                    self.contacts,
                    self.payment_term,
                    self.bank_account,
                    self.preferred_nature,
                    self.preferred_payment_method,
                    self.preferred_cost_center,
                    self.establishments,
                    self.flag,
                ),
            ),
            self._absent,
            self._additional_properties,
        )


_NAMES_SUPPLIER_PAGE = ("items", "next", "prev", "count")
_BITS_SUPPLIER_PAGE = _read.Bits(_NAMES_SUPPLIER_PAGE)
_take_supplier_page = itemgetter(*_NAMES_SUPPLIER_PAGE)


@_define(kw_only=True, eq=False, repr=False)
class SupplierPage(_json.ReadModel):
    """One page of suppliers."""

    items: list[Supplier]
    """The suppliers of the page. May be empty."""
    next_: str | None = None
    """The token of the next page. Null, absent or empty on the last page."""
    prev: str | None = None
    """The token of the previous page."""
    count: int | None = None
    """The number of suppliers in the whole list."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("items", "next_", "prev", "count")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 4)
        try:
            (items, next_, prev, count) = (
                _read.nullable_members(src_dict, _NAMES_SUPPLIER_PAGE) if _rest else _take_supplier_page(src_dict)
            )
        except KeyError:
            _rest = True
            (items, next_, prev, count) = _read.nullable_members(src_dict, _NAMES_SUPPLIER_PAGE)
        _at = ""
        try:
            _at = "items"
            items = _read_array_of_Supplier(items)
            if type(next_) is not str and next_ is not None:
                _at = "next"
                next_ = _read.text(next_)
            if type(prev) is not str and prev is not None:
                _at = "prev"
                prev = _read.text(prev)
            if type(count) is not int and count is not None:
                _at = "count"
                count = _read.integer(count)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.items = items
        _model.next_ = next_
        _model.prev = prev
        _model.count = count
        _absent = _BITS_SUPPLIER_PAGE.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 4
        _model._additional_properties = _read.others(src_dict, _BITS_SUPPLIER_PAGE, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_SUPPLIER_PAGE, (self.items, self.next_, self.prev, self.count)),
            self._absent,
            self._additional_properties,
        )


_NAMES_LEGAL_REGISTRATION = ("identifier", "vatNumber")
_BITS_LEGAL_REGISTRATION = _read.Bits(_NAMES_LEGAL_REGISTRATION)
_take_legal_registration = itemgetter(*_NAMES_LEGAL_REGISTRATION)


@_define(kw_only=True, eq=False, repr=False)
class LegalRegistration(_json.ReadModel):
    """The legal registration of a supplier."""

    identifier: str | None = None
    """The registration number in the form of its country."""
    vat_number: str | None = None
    """The VAT number."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("identifier", "vat_number")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 2)
        try:
            (identifier, vat_number) = (
                _read.nullable_members(src_dict, _NAMES_LEGAL_REGISTRATION)
                if _rest
                else _take_legal_registration(src_dict)
            )
        except KeyError:
            _rest = True
            (identifier, vat_number) = _read.nullable_members(src_dict, _NAMES_LEGAL_REGISTRATION)
        _at = ""
        try:
            if type(identifier) is not str and identifier is not None:
                _at = "identifier"
                identifier = _read.text(identifier)
            if type(vat_number) is not str and vat_number is not None:
                _at = "vatNumber"
                vat_number = _read.text(vat_number)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.identifier = identifier
        _model.vat_number = vat_number
        _absent = _BITS_LEGAL_REGISTRATION.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 2
        _model._additional_properties = (
            _read.others(src_dict, _BITS_LEGAL_REGISTRATION, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_LEGAL_REGISTRATION, (self.identifier, self.vat_number)),
            self._absent,
            self._additional_properties,
        )


_NAMES_SUPPLIER_CONTACT = ("firstName", "lastName", "email", "phone")
_BITS_SUPPLIER_CONTACT = _read.Bits(_NAMES_SUPPLIER_CONTACT)
_take_supplier_contact = itemgetter(*_NAMES_SUPPLIER_CONTACT)


@_define(kw_only=True, eq=False, repr=False)
class SupplierContact(_json.ReadModel):
    """A person at a supplier."""

    first_name: str | None = None
    """First name."""
    last_name: str | None = None
    """Last name."""
    email: str | None = _field(default=None, repr=False)
    """E-mail address."""
    phone: str | None = _field(default=None, repr=False)
    """Telephone number."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("first_name", "last_name", "email", "phone")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 4)
        try:
            (first_name, last_name, email, phone) = (
                _read.nullable_members(src_dict, _NAMES_SUPPLIER_CONTACT) if _rest else _take_supplier_contact(src_dict)
            )
        except KeyError:
            _rest = True
            (first_name, last_name, email, phone) = _read.nullable_members(src_dict, _NAMES_SUPPLIER_CONTACT)
        _at = ""
        try:
            if type(first_name) is not str and first_name is not None:
                _at = "firstName"
                first_name = _read.text(first_name)
            if type(last_name) is not str and last_name is not None:
                _at = "lastName"
                last_name = _read.text(last_name)
            if type(email) is not str and email is not None:
                _at = "email"
                email = _read.text(email)
            if type(phone) is not str and phone is not None:
                _at = "phone"
                phone = _read.text(phone)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.first_name = first_name
        _model.last_name = last_name
        _model.email = email
        _model.phone = phone
        _absent = _BITS_SUPPLIER_CONTACT.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 4
        _model._additional_properties = (
            _read.others(src_dict, _BITS_SUPPLIER_CONTACT, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_SUPPLIER_CONTACT, (self.first_name, self.last_name, self.email, self.phone)),
            self._absent,
            self._additional_properties,
        )


_NAMES_BANK_ACCOUNT = ("iban", "bic")
_BITS_BANK_ACCOUNT = _read.Bits(_NAMES_BANK_ACCOUNT)
_take_bank_account = itemgetter(*_NAMES_BANK_ACCOUNT)


@_define(kw_only=True, eq=False, repr=False)
class BankAccount(_json.ReadModel):
    """A bank account."""

    iban: str | None = _field(default=None, repr=False)
    """The international number of the account."""
    bic: str | None = _field(default=None, repr=False)
    """The code of the bank."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("iban", "bic")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 2)
        try:
            (iban, bic) = (
                _read.nullable_members(src_dict, _NAMES_BANK_ACCOUNT) if _rest else _take_bank_account(src_dict)
            )
        except KeyError:
            _rest = True
            (iban, bic) = _read.nullable_members(src_dict, _NAMES_BANK_ACCOUNT)
        _at = ""
        try:
            if type(iban) is not str and iban is not None:
                _at = "iban"
                iban = _read.text(iban)
            if type(bic) is not str and bic is not None:
                _at = "bic"
                bic = _read.text(bic)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.iban = iban
        _model.bic = bic
        _absent = _BITS_BANK_ACCOUNT.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 2
        _model._additional_properties = _read.others(src_dict, _BITS_BANK_ACCOUNT, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_BANK_ACCOUNT, (self.iban, self.bic)), self._absent, self._additional_properties
        )


_NAMES_NATURE = ("id", "name", "costFamily", "state", "accountingPlans")
_BITS_NATURE = _read.Bits(_NAMES_NATURE)
_take_nature = itemgetter(*_NAMES_NATURE)


@_define(kw_only=True, eq=False, repr=False)
class Nature(_json.ReadModel):
    """A nature of purchases."""

    id: int
    """The nature's id."""
    name: str | None = None
    """The name."""
    cost_family: CostFamilyRef | None = None
    """The family of costs of the nature."""
    state: str | None = None
    """The state of the nature. Lucca does not document the values. Therefore it stays a string."""
    accounting_plans: list[AccountingPlan] | None = None
    """The charge account in each accounting plan."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "name", "cost_family", "state", "accounting_plans")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 5)
        try:
            (id, name, cost_family, state, accounting_plans) = (
                _read.nullable_members(src_dict, _NAMES_NATURE) if _rest else _take_nature(src_dict)
            )
        except KeyError:
            _rest = True
            (id, name, cost_family, state, accounting_plans) = _read.nullable_members(src_dict, _NAMES_NATURE)
        _at = ""
        try:
            if type(id) is not int:
                _at = "id"
                id = _read.integer(id)
            if type(name) is not str and name is not None:
                _at = "name"
                name = _read.text(name)
            if cost_family is not None:
                _at = "costFamily"
                cost_family = _read_CostFamilyRef(cost_family)
            if type(state) is not str and state is not None:
                _at = "state"
                state = _read.text(state)
            if accounting_plans is not None:
                _at = "accountingPlans"
                accounting_plans = _read_array_of_AccountingPlan(accounting_plans)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.name = name
        _model.cost_family = cost_family
        _model.state = state
        _model.accounting_plans = accounting_plans
        _absent = _BITS_NATURE.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 5
        _model._additional_properties = _read.others(src_dict, _BITS_NATURE, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_NATURE, (self.id, self.name, self.cost_family, self.state, self.accounting_plans)),
            self._absent,
            self._additional_properties,
        )


_NAMES_NATURE_PAGE = ("items", "next", "prev", "count")
_BITS_NATURE_PAGE = _read.Bits(_NAMES_NATURE_PAGE)
_take_nature_page = itemgetter(*_NAMES_NATURE_PAGE)


@_define(kw_only=True, eq=False, repr=False)
class NaturePage(_json.ReadModel):
    """One page of natures."""

    items: list[Nature]
    """The natures of the page. May be empty."""
    next_: str | None = None
    """The token of the next page. Null, absent or empty on the last page."""
    prev: str | None = None
    """The token of the previous page."""
    count: int | None = None
    """The number of natures in the whole list."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("items", "next_", "prev", "count")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 4)
        try:
            (items, next_, prev, count) = (
                _read.nullable_members(src_dict, _NAMES_NATURE_PAGE) if _rest else _take_nature_page(src_dict)
            )
        except KeyError:
            _rest = True
            (items, next_, prev, count) = _read.nullable_members(src_dict, _NAMES_NATURE_PAGE)
        _at = ""
        try:
            _at = "items"
            items = _read_array_of_Nature(items)
            if type(next_) is not str and next_ is not None:
                _at = "next"
                next_ = _read.text(next_)
            if type(prev) is not str and prev is not None:
                _at = "prev"
                prev = _read.text(prev)
            if type(count) is not int and count is not None:
                _at = "count"
                count = _read.integer(count)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.items = items
        _model.next_ = next_
        _model.prev = prev
        _model.count = count
        _absent = _BITS_NATURE_PAGE.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 4
        _model._additional_properties = _read.others(src_dict, _BITS_NATURE_PAGE, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_NATURE_PAGE, (self.items, self.next_, self.prev, self.count)),
            self._absent,
            self._additional_properties,
        )


_NAMES_ACCOUNTING_PLAN = ("id", "chargeAccount")
_BITS_ACCOUNTING_PLAN = _read.Bits(_NAMES_ACCOUNTING_PLAN)
_take_accounting_plan = itemgetter(*_NAMES_ACCOUNTING_PLAN)


@_define(kw_only=True, eq=False, repr=False)
class AccountingPlan(_json.ReadModel):
    """The charge account of a nature in one accounting plan."""

    id: int | None = None
    """The plan's id."""
    charge_account: str | None = None
    """The account to charge."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "charge_account")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 2)
        try:
            (id, charge_account) = (
                _read.nullable_members(src_dict, _NAMES_ACCOUNTING_PLAN) if _rest else _take_accounting_plan(src_dict)
            )
        except KeyError:
            _rest = True
            (id, charge_account) = _read.nullable_members(src_dict, _NAMES_ACCOUNTING_PLAN)
        _at = ""
        try:
            if type(id) is not int and id is not None:
                _at = "id"
                id = _read.integer(id)
            if type(charge_account) is not str and charge_account is not None:
                _at = "chargeAccount"
                charge_account = _read.text(charge_account)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.charge_account = charge_account
        _absent = _BITS_ACCOUNTING_PLAN.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 2
        _model._additional_properties = _read.others(src_dict, _BITS_ACCOUNTING_PLAN, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_ACCOUNTING_PLAN, (self.id, self.charge_account)), self._absent, self._additional_properties
        )


_NAMES_COST_CENTER = ("id", "name", "code", "owner", "state", "establishments")
_BITS_COST_CENTER = _read.Bits(_NAMES_COST_CENTER)
_take_cost_center = itemgetter(*_NAMES_COST_CENTER)


@_define(kw_only=True, eq=False, repr=False)
class CostCenter(_json.ReadModel):
    """A cost center."""

    id: int
    """The cost center's id."""
    name: str | None = None
    """The name."""
    code: str | None = None
    """The code."""
    owner: UserRef | None = None
    """The user who is responsible."""
    state: CostCenterState | None = None
    """The state of the cost center."""
    establishments: list[EstablishmentRef] | None = None
    """The establishments that can use the cost center."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "name", "code", "owner", "state", "establishments")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 6)
        try:
            (id, name, code, owner, state, establishments) = (
                _read.nullable_members(src_dict, _NAMES_COST_CENTER) if _rest else _take_cost_center(src_dict)
            )
        except KeyError:
            _rest = True
            (id, name, code, owner, state, establishments) = _read.nullable_members(src_dict, _NAMES_COST_CENTER)
        _at = ""
        try:
            if type(id) is not int:
                _at = "id"
                id = _read.integer(id)
            if type(name) is not str and name is not None:
                _at = "name"
                name = _read.text(name)
            if type(code) is not str and code is not None:
                _at = "code"
                code = _read.text(code)
            if owner is not None:
                _at = "owner"
                owner = _read_UserRef(owner)
            if state is not None:
                _at = "state"
                state = _read_CostCenterState(state)
            if establishments is not None:
                _at = "establishments"
                establishments = _read_array_of_EstablishmentRef(establishments)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.name = name
        _model.code = code
        _model.owner = owner
        _model.state = state
        _model.establishments = establishments
        _absent = _BITS_COST_CENTER.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 6
        _model._additional_properties = _read.others(src_dict, _BITS_COST_CENTER, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_COST_CENTER, (self.id, self.name, self.code, self.owner, self.state, self.establishments)),
            self._absent,
            self._additional_properties,
        )


_NAMES_COST_CENTER_PAGE = ("items", "next", "prev", "count")
_BITS_COST_CENTER_PAGE = _read.Bits(_NAMES_COST_CENTER_PAGE)
_take_cost_center_page = itemgetter(*_NAMES_COST_CENTER_PAGE)


@_define(kw_only=True, eq=False, repr=False)
class CostCenterPage(_json.ReadModel):
    """One page of cost centers."""

    items: list[CostCenter]
    """The cost centers of the page. May be empty."""
    next_: str | None = None
    """The token of the next page. Null, absent or empty on the last page."""
    prev: str | None = None
    """The token of the previous page."""
    count: int | None = None
    """The number of cost centers in the whole list."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("items", "next_", "prev", "count")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 4)
        try:
            (items, next_, prev, count) = (
                _read.nullable_members(src_dict, _NAMES_COST_CENTER_PAGE) if _rest else _take_cost_center_page(src_dict)
            )
        except KeyError:
            _rest = True
            (items, next_, prev, count) = _read.nullable_members(src_dict, _NAMES_COST_CENTER_PAGE)
        _at = ""
        try:
            _at = "items"
            items = _read_array_of_CostCenter(items)
            if type(next_) is not str and next_ is not None:
                _at = "next"
                next_ = _read.text(next_)
            if type(prev) is not str and prev is not None:
                _at = "prev"
                prev = _read.text(prev)
            if type(count) is not int and count is not None:
                _at = "count"
                count = _read.integer(count)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.items = items
        _model.next_ = next_
        _model.prev = prev
        _model.count = count
        _absent = _BITS_COST_CENTER_PAGE.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 4
        _model._additional_properties = (
            _read.others(src_dict, _BITS_COST_CENTER_PAGE, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_COST_CENTER_PAGE, (self.items, self.next_, self.prev, self.count)),
            self._absent,
            self._additional_properties,
        )


_NAMES_FILE = ("id", "name", "createdAt", "deletedAt", "contentLength", "contentType", "extension", "totalPages")
_BITS_FILE = _read.Bits(_NAMES_FILE)
_take_file = itemgetter(*_NAMES_FILE)


@_define(kw_only=True, eq=False, repr=False)
class File(_json.ReadModel):
    """An uploaded file."""

    id: UUID
    """The file's id, for `attachmentIds`. Our assumption (file-ids); Lucca does not document it."""
    name: str | None = None
    """The name with its extension."""
    created_at: _datetime | None = None
    """The time of the upload."""
    deleted_at: _datetime | None = None
    """The time of the deletion. Null while the file exists."""
    content_length: int | None = None
    """The size in bytes."""
    content_type: str | None = None
    """The media type."""
    extension: str | None = None
    """The extension of the name."""
    total_pages: int | None = None
    """The number of pages."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "name", "created_at", "deleted_at", "content_length", "content_type", "extension", "total_pages")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 8)
        try:
            (id, name, created_at, deleted_at, content_length, content_type, extension, total_pages) = (
                _read.nullable_members(src_dict, _NAMES_FILE) if _rest else _take_file(src_dict)
            )
        except KeyError:
            _rest = True
            (id, name, created_at, deleted_at, content_length, content_type, extension, total_pages) = (
                _read.nullable_members(src_dict, _NAMES_FILE)
            )
        _at = ""
        try:
            _at = "id"
            id = _read.identifier(id)
            if type(name) is not str and name is not None:
                _at = "name"
                name = _read.text(name)
            if created_at is not None:
                _at = "createdAt"
                created_at = _read.moment(created_at)
            if deleted_at is not None:
                _at = "deletedAt"
                deleted_at = _read.moment(deleted_at)
            if type(content_length) is not int and content_length is not None:
                _at = "contentLength"
                content_length = _read.integer(content_length)
            if type(content_type) is not str and content_type is not None:
                _at = "contentType"
                content_type = _read.text(content_type)
            if type(extension) is not str and extension is not None:
                _at = "extension"
                extension = _read.text(extension)
            if type(total_pages) is not int and total_pages is not None:
                _at = "totalPages"
                total_pages = _read.integer(total_pages)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.name = name
        _model.created_at = created_at
        _model.deleted_at = deleted_at
        _model.content_length = content_length
        _model.content_type = content_type
        _model.extension = extension
        _model.total_pages = total_pages
        _absent = _BITS_FILE.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 8
        _model._additional_properties = _read.others(src_dict, _BITS_FILE, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(
                _NAMES_FILE,
                (
                    self.id,
                    self.name,
                    self.created_at,
                    self.deleted_at,
                    self.content_length,
                    self.content_type,
                    self.extension,
                    self.total_pages,
                ),
            ),
            self._absent,
            self._additional_properties,
        )


_NAMES_ATTACHMENT = ("id", "file", "createdAt", "pages")
_BITS_ATTACHMENT = _read.Bits(_NAMES_ATTACHMENT)
_take_attachment = itemgetter(*_NAMES_ATTACHMENT)


@_define(kw_only=True, eq=False, repr=False)
class Attachment(_json.ReadModel):
    """A file attached to a commitment."""

    id: int | None = None
    """The attachment's id."""
    file: FileRef | None = None
    """The file."""
    created_at: _datetime | None = None
    """The time of the attachment."""
    pages: AttachmentPages | None = None
    """The addresses of the pages."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "file", "created_at", "pages")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 4)
        try:
            (id, file, created_at, pages) = (
                _read.nullable_members(src_dict, _NAMES_ATTACHMENT) if _rest else _take_attachment(src_dict)
            )
        except KeyError:
            _rest = True
            (id, file, created_at, pages) = _read.nullable_members(src_dict, _NAMES_ATTACHMENT)
        _at = ""
        try:
            if type(id) is not int and id is not None:
                _at = "id"
                id = _read.integer(id)
            if file is not None:
                _at = "file"
                file = _read_FileRef(file)
            if created_at is not None:
                _at = "createdAt"
                created_at = _read.moment(created_at)
            if pages is not None:
                _at = "pages"
                pages = _read_AttachmentPages(pages)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.file = file
        _model.created_at = created_at
        _model.pages = pages
        _absent = _BITS_ATTACHMENT.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 4
        _model._additional_properties = _read.others(src_dict, _BITS_ATTACHMENT, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_ATTACHMENT, (self.id, self.file, self.created_at, self.pages)),
            self._absent,
            self._additional_properties,
        )


_NAMES_ATTACHMENT_PAGES = ("displayHrefTemplate", "count")
_BITS_ATTACHMENT_PAGES = _read.Bits(_NAMES_ATTACHMENT_PAGES)
_take_attachment_pages = itemgetter(*_NAMES_ATTACHMENT_PAGES)


@_define(kw_only=True, eq=False, repr=False)
class AttachmentPages(_json.ReadModel):
    """The addresses of the pages of an attachment."""

    display_href_template: str | None = None
    """The address of a page with the placeholder `{pageNumber}`. Absolute, or relative to the host."""
    count: int | None = None
    """The number of pages."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("display_href_template", "count")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 2)
        try:
            (display_href_template, count) = (
                _read.nullable_members(src_dict, _NAMES_ATTACHMENT_PAGES) if _rest else _take_attachment_pages(src_dict)
            )
        except KeyError:
            _rest = True
            (display_href_template, count) = _read.nullable_members(src_dict, _NAMES_ATTACHMENT_PAGES)
        _at = ""
        try:
            if type(display_href_template) is not str and display_href_template is not None:
                _at = "displayHrefTemplate"
                display_href_template = _read.text(display_href_template)
            if type(count) is not int and count is not None:
                _at = "count"
                count = _read.integer(count)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.display_href_template = display_href_template
        _model.count = count
        _absent = _BITS_ATTACHMENT_PAGES.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 2
        _model._additional_properties = (
            _read.others(src_dict, _BITS_ATTACHMENT_PAGES, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_ATTACHMENT_PAGES, (self.display_href_template, self.count)),
            self._absent,
            self._additional_properties,
        )


_NAMES_AMOUNT_READ = ("value", "currency")
_BITS_AMOUNT_READ = _read.Bits(_NAMES_AMOUNT_READ)
_take_amount_read = itemgetter(*_NAMES_AMOUNT_READ)


@_define(kw_only=True, eq=False, repr=False, on_setattr=_NO_OP)
class AmountRead(_json.ReadModel):
    """An amount of money as read."""

    value: Decimal | None = _field(default=None, converter=_value_as_number_or_null)
    """The amount in units of the currency (120 is 120 euros). Exact."""
    currency: Currency | None = None
    """The currency."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("value", "currency")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 2)
        try:
            (value, currency) = (
                _read.nullable_members(src_dict, _NAMES_AMOUNT_READ) if _rest else _take_amount_read(src_dict)
            )
        except KeyError:
            _rest = True
            (value, currency) = _read.nullable_members(src_dict, _NAMES_AMOUNT_READ)
        _at = ""
        try:
            if not (type(value) is Decimal and value.is_finite()) and value is not None:
                _at = "value"
                value = _read.number(value)
            if currency is not None:
                _at = "currency"
                currency = _read_Currency(currency)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.value = value
        _model.currency = currency
        _absent = _BITS_AMOUNT_READ.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 2
        _model._additional_properties = _read.others(src_dict, _BITS_AMOUNT_READ, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_AMOUNT_READ, (self.value, self.currency)), self._absent, self._additional_properties
        )


_NAMES_TAX_READ = ("rateTypeId", "value", "currency")
_BITS_TAX_READ = _read.Bits(_NAMES_TAX_READ)
_take_tax_read = itemgetter(*_NAMES_TAX_READ)


@_define(kw_only=True, eq=False, repr=False, on_setattr=_NO_OP)
class TaxRead(_json.ReadModel):
    """One line of tax as read."""

    rate_type_id: int | None = None
    """The `rateType.id` of a tax rate. Our assumption (tax-ids); Lucca does not document it."""
    value: Decimal | None = _field(default=None, converter=_value_as_number_or_null)
    """The amount of tax in units of the currency, not the rate. Exact."""
    currency: Currency | None = None
    """The currency."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("rate_type_id", "value", "currency")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 3)
        try:
            (rate_type_id, value, currency) = (
                _read.nullable_members(src_dict, _NAMES_TAX_READ) if _rest else _take_tax_read(src_dict)
            )
        except KeyError:
            _rest = True
            (rate_type_id, value, currency) = _read.nullable_members(src_dict, _NAMES_TAX_READ)
        _at = ""
        try:
            if type(rate_type_id) is not int and rate_type_id is not None:
                _at = "rateTypeId"
                rate_type_id = _read.integer(rate_type_id)
            if not (type(value) is Decimal and value.is_finite()) and value is not None:
                _at = "value"
                value = _read.number(value)
            if currency is not None:
                _at = "currency"
                currency = _read_Currency(currency)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.rate_type_id = rate_type_id
        _model.value = value
        _model.currency = currency
        _absent = _BITS_TAX_READ.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 3
        _model._additional_properties = _read.others(src_dict, _BITS_TAX_READ, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_TAX_READ, (self.rate_type_id, self.value, self.currency)),
            self._absent,
            self._additional_properties,
        )


_NAMES_TAXED_AMOUNT_READ = ("excludingTaxes", "taxes", "includingTaxes")
_BITS_TAXED_AMOUNT_READ = _read.Bits(_NAMES_TAXED_AMOUNT_READ)
_take_taxed_amount_read = itemgetter(*_NAMES_TAXED_AMOUNT_READ)


@_define(kw_only=True, eq=False, repr=False)
class TaxedAmountRead(_json.ReadModel):
    """An amount and its taxes as read."""

    excluding_taxes: AmountRead | None = None
    """The amount without taxes."""
    taxes: list[TaxRead] | None = None
    """The lines of tax."""
    including_taxes: AmountRead | None = None
    """The amount with taxes."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("excluding_taxes", "taxes", "including_taxes")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 3)
        try:
            (excluding_taxes, taxes, including_taxes) = (
                _read.nullable_members(src_dict, _NAMES_TAXED_AMOUNT_READ)
                if _rest
                else _take_taxed_amount_read(src_dict)
            )
        except KeyError:
            _rest = True
            (excluding_taxes, taxes, including_taxes) = _read.nullable_members(src_dict, _NAMES_TAXED_AMOUNT_READ)
        _at = ""
        try:
            if excluding_taxes is not None:
                _at = "excludingTaxes"
                excluding_taxes = _read_AmountRead(excluding_taxes)
            if taxes is not None:
                _at = "taxes"
                taxes = _read_array_of_TaxRead(taxes)
            if including_taxes is not None:
                _at = "includingTaxes"
                including_taxes = _read_AmountRead(including_taxes)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.excluding_taxes = excluding_taxes
        _model.taxes = taxes
        _model.including_taxes = including_taxes
        _absent = _BITS_TAXED_AMOUNT_READ.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 3
        _model._additional_properties = (
            _read.others(src_dict, _BITS_TAXED_AMOUNT_READ, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_TAXED_AMOUNT_READ, (self.excluding_taxes, self.taxes, self.including_taxes)),
            self._absent,
            self._additional_properties,
        )


_NAMES_DUAL_AMOUNT = ("base", "counter", "rate")
_BITS_DUAL_AMOUNT = _read.Bits(_NAMES_DUAL_AMOUNT)
_take_dual_amount = itemgetter(*_NAMES_DUAL_AMOUNT)


@_define(kw_only=True, eq=False, repr=False, on_setattr=_NO_OP)
class DualAmount(_json.ReadModel):
    """An amount in two currencies."""

    base: AmountRead | None = None
    """The amount in the currency in which it was sent."""
    counter: AmountRead | None = None
    """The amount in the organization's currency. Our assumption (counter-amount); Lucca does not document it."""
    rate: Decimal | None = _field(default=None, converter=_rate_as_number_or_null)
    """The rate of conversion. Exact."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("base", "counter", "rate")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 3)
        try:
            (base, counter, rate) = (
                _read.nullable_members(src_dict, _NAMES_DUAL_AMOUNT) if _rest else _take_dual_amount(src_dict)
            )
        except KeyError:
            _rest = True
            (base, counter, rate) = _read.nullable_members(src_dict, _NAMES_DUAL_AMOUNT)
        _at = ""
        try:
            if base is not None:
                _at = "base"
                base = _read_AmountRead(base)
            if counter is not None:
                _at = "counter"
                counter = _read_AmountRead(counter)
            if not (type(rate) is Decimal and rate.is_finite()) and rate is not None:
                _at = "rate"
                rate = _read.number(rate)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.base = base
        _model.counter = counter
        _model.rate = rate
        _absent = _BITS_DUAL_AMOUNT.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 3
        _model._additional_properties = _read.others(src_dict, _BITS_DUAL_AMOUNT, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_DUAL_AMOUNT, (self.base, self.counter, self.rate)), self._absent, self._additional_properties
        )


_NAMES_DUAL_TAXED_AMOUNT = ("base", "counter", "rate")
_BITS_DUAL_TAXED_AMOUNT = _read.Bits(_NAMES_DUAL_TAXED_AMOUNT)
_take_dual_taxed_amount = itemgetter(*_NAMES_DUAL_TAXED_AMOUNT)


@_define(kw_only=True, eq=False, repr=False, on_setattr=_NO_OP)
class DualTaxedAmount(_json.ReadModel):
    """An amount and its taxes in two currencies."""

    base: TaxedAmountRead
    """The amount in the currency in which it was sent."""
    counter: TaxedAmountRead | None = None
    """The amount in the organization's currency. Our assumption (counter-amount); Lucca does not document it."""
    rate: Decimal | None = _field(default=None, converter=_rate_as_number_or_null)
    """The rate of conversion. Exact."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("base", "counter", "rate")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 3)
        try:
            (base, counter, rate) = (
                _read.nullable_members(src_dict, _NAMES_DUAL_TAXED_AMOUNT)
                if _rest
                else _take_dual_taxed_amount(src_dict)
            )
        except KeyError:
            _rest = True
            (base, counter, rate) = _read.nullable_members(src_dict, _NAMES_DUAL_TAXED_AMOUNT)
        _at = ""
        try:
            _at = "base"
            base = _read_TaxedAmountRead(base)
            if counter is not None:
                _at = "counter"
                counter = _read_TaxedAmountRead(counter)
            if not (type(rate) is Decimal and rate.is_finite()) and rate is not None:
                _at = "rate"
                rate = _read.number(rate)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.base = base
        _model.counter = counter
        _model.rate = rate
        _absent = _BITS_DUAL_TAXED_AMOUNT.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 3
        _model._additional_properties = (
            _read.others(src_dict, _BITS_DUAL_TAXED_AMOUNT, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_DUAL_TAXED_AMOUNT, (self.base, self.counter, self.rate)),
            self._absent,
            self._additional_properties,
        )


_NAMES_DURATION_READ = ("value", "unit")
_BITS_DURATION_READ = _read.Bits(_NAMES_DURATION_READ)
_take_duration_read = itemgetter(*_NAMES_DURATION_READ)


@_define(kw_only=True, eq=False, repr=False)
class DurationRead(_json.ReadModel):
    """A span of time as read."""

    value: int | None = None
    """The number of units."""
    unit: DurationUnit | None = None
    """The unit."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("value", "unit")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 2)
        try:
            (value, unit) = (
                _read.nullable_members(src_dict, _NAMES_DURATION_READ) if _rest else _take_duration_read(src_dict)
            )
        except KeyError:
            _rest = True
            (value, unit) = _read.nullable_members(src_dict, _NAMES_DURATION_READ)
        _at = ""
        try:
            if type(value) is not int and value is not None:
                _at = "value"
                value = _read.integer(value)
            if unit is not None:
                _at = "unit"
                unit = _read_DurationUnit(unit)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.value = value
        _model.unit = unit
        _absent = _BITS_DURATION_READ.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 2
        _model._additional_properties = _read.others(src_dict, _BITS_DURATION_READ, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_DURATION_READ, (self.value, self.unit)), self._absent, self._additional_properties
        )


_NAMES_USER_REF = ("id", "href", "name", "firstName", "lastName", "pictureHref")
_BITS_USER_REF = _read.Bits(_NAMES_USER_REF)
_take_user_ref = itemgetter(*_NAMES_USER_REF)


@_define(kw_only=True, eq=False, repr=False)
class UserRef(_json.ReadModel):
    """A user."""

    id: int | None = None
    """The user's id."""
    href: str | None = None
    """The user's address, absolute or relative to the host."""
    name: str | None = None
    """The full name."""
    first_name: str | None = None
    """First name."""
    last_name: str | None = None
    """Last name."""
    picture_href: str | None = None
    """The address of the user's picture, absolute or relative to the host."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "href", "name", "first_name", "last_name", "picture_href")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 6)
        try:
            (id, href, name, first_name, last_name, picture_href) = (
                _read.nullable_members(src_dict, _NAMES_USER_REF) if _rest else _take_user_ref(src_dict)
            )
        except KeyError:
            _rest = True
            (id, href, name, first_name, last_name, picture_href) = _read.nullable_members(src_dict, _NAMES_USER_REF)
        _at = ""
        try:
            if type(id) is not int and id is not None:
                _at = "id"
                id = _read.integer(id)
            if type(href) is not str and href is not None:
                _at = "href"
                href = _read.text(href)
            if type(name) is not str and name is not None:
                _at = "name"
                name = _read.text(name)
            if type(first_name) is not str and first_name is not None:
                _at = "firstName"
                first_name = _read.text(first_name)
            if type(last_name) is not str and last_name is not None:
                _at = "lastName"
                last_name = _read.text(last_name)
            if type(picture_href) is not str and picture_href is not None:
                _at = "pictureHref"
                picture_href = _read.text(picture_href)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.href = href
        _model.name = name
        _model.first_name = first_name
        _model.last_name = last_name
        _model.picture_href = picture_href
        _absent = _BITS_USER_REF.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 6
        _model._additional_properties = _read.others(src_dict, _BITS_USER_REF, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_USER_REF, (self.id, self.href, self.name, self.first_name, self.last_name, self.picture_href)),
            self._absent,
            self._additional_properties,
        )


_NAMES_PURCHASE_REF = ("id", "href", "name", "type")
_BITS_PURCHASE_REF = _read.Bits(_NAMES_PURCHASE_REF)
_take_purchase_ref = itemgetter(*_NAMES_PURCHASE_REF)


@_define(kw_only=True, eq=False, repr=False)
class PurchaseRef(_json.ReadModel):
    """A purchase, named by another resource."""

    id: int | None = None
    """The purchase's id."""
    href: str | None = None
    """The purchase's address, absolute or relative to the host."""
    name: str | None = None
    """The purchase's title."""
    type_: PurchaseType | None = None
    """The type of the purchase, paid once or by subscription."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "href", "name", "type_")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 4)
        try:
            (id, href, name, type_) = (
                _read.nullable_members(src_dict, _NAMES_PURCHASE_REF) if _rest else _take_purchase_ref(src_dict)
            )
        except KeyError:
            _rest = True
            (id, href, name, type_) = _read.nullable_members(src_dict, _NAMES_PURCHASE_REF)
        _at = ""
        try:
            if type(id) is not int and id is not None:
                _at = "id"
                id = _read.integer(id)
            if type(href) is not str and href is not None:
                _at = "href"
                href = _read.text(href)
            if type(name) is not str and name is not None:
                _at = "name"
                name = _read.text(name)
            if type_ is not None:
                _at = "type"
                type_ = _read_PurchaseType(type_)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.href = href
        _model.name = name
        _model.type_ = type_
        _absent = _BITS_PURCHASE_REF.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 4
        _model._additional_properties = _read.others(src_dict, _BITS_PURCHASE_REF, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_PURCHASE_REF, (self.id, self.href, self.name, self.type_)),
            self._absent,
            self._additional_properties,
        )


_NAMES_NATURE_REF = ("id", "href", "name")
_BITS_NATURE_REF = _read.Bits(_NAMES_NATURE_REF)
_take_nature_ref = itemgetter(*_NAMES_NATURE_REF)


@_define(kw_only=True, eq=False, repr=False)
class NatureRef(_json.ReadModel):
    """A nature, named by another resource."""

    id: int | None = None
    """The nature's id."""
    href: str | None = None
    """The nature's address, absolute or relative to the host."""
    name: str | None = None
    """The nature's name."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "href", "name")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 3)
        try:
            (id, href, name) = (
                _read.nullable_members(src_dict, _NAMES_NATURE_REF) if _rest else _take_nature_ref(src_dict)
            )
        except KeyError:
            _rest = True
            (id, href, name) = _read.nullable_members(src_dict, _NAMES_NATURE_REF)
        _at = ""
        try:
            if type(id) is not int and id is not None:
                _at = "id"
                id = _read.integer(id)
            if type(href) is not str and href is not None:
                _at = "href"
                href = _read.text(href)
            if type(name) is not str and name is not None:
                _at = "name"
                name = _read.text(name)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.href = href
        _model.name = name
        _absent = _BITS_NATURE_REF.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 3
        _model._additional_properties = _read.others(src_dict, _BITS_NATURE_REF, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_NATURE_REF, (self.id, self.href, self.name)), self._absent, self._additional_properties
        )


_NAMES_COST_CENTER_REF = ("id", "href", "name", "code")
_BITS_COST_CENTER_REF = _read.Bits(_NAMES_COST_CENTER_REF)
_take_cost_center_ref = itemgetter(*_NAMES_COST_CENTER_REF)


@_define(kw_only=True, eq=False, repr=False)
class CostCenterRef(_json.ReadModel):
    """A cost center, named by another resource."""

    id: int | None = None
    """The cost center's id."""
    href: str | None = None
    """The cost center's address, absolute or relative to the host."""
    name: str | None = None
    """The cost center's name."""
    code: str | None = None
    """The cost center's code."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "href", "name", "code")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 4)
        try:
            (id, href, name, code) = (
                _read.nullable_members(src_dict, _NAMES_COST_CENTER_REF) if _rest else _take_cost_center_ref(src_dict)
            )
        except KeyError:
            _rest = True
            (id, href, name, code) = _read.nullable_members(src_dict, _NAMES_COST_CENTER_REF)
        _at = ""
        try:
            if type(id) is not int and id is not None:
                _at = "id"
                id = _read.integer(id)
            if type(href) is not str and href is not None:
                _at = "href"
                href = _read.text(href)
            if type(name) is not str and name is not None:
                _at = "name"
                name = _read.text(name)
            if type(code) is not str and code is not None:
                _at = "code"
                code = _read.text(code)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.href = href
        _model.name = name
        _model.code = code
        _absent = _BITS_COST_CENTER_REF.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 4
        _model._additional_properties = _read.others(src_dict, _BITS_COST_CENTER_REF, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_COST_CENTER_REF, (self.id, self.href, self.name, self.code)),
            self._absent,
            self._additional_properties,
        )


_NAMES_ESTABLISHMENT_REF = ("id", "href", "name")
_BITS_ESTABLISHMENT_REF = _read.Bits(_NAMES_ESTABLISHMENT_REF)
_take_establishment_ref = itemgetter(*_NAMES_ESTABLISHMENT_REF)


@_define(kw_only=True, eq=False, repr=False)
class EstablishmentRef(_json.ReadModel):
    """An establishment of the organization."""

    id: int | None = None
    """The establishment's id."""
    href: str | None = None
    """The establishment's address, absolute or relative to the host."""
    name: str | None = None
    """The establishment's name."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "href", "name")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 3)
        try:
            (id, href, name) = (
                _read.nullable_members(src_dict, _NAMES_ESTABLISHMENT_REF)
                if _rest
                else _take_establishment_ref(src_dict)
            )
        except KeyError:
            _rest = True
            (id, href, name) = _read.nullable_members(src_dict, _NAMES_ESTABLISHMENT_REF)
        _at = ""
        try:
            if type(id) is not int and id is not None:
                _at = "id"
                id = _read.integer(id)
            if type(href) is not str and href is not None:
                _at = "href"
                href = _read.text(href)
            if type(name) is not str and name is not None:
                _at = "name"
                name = _read.text(name)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.href = href
        _model.name = name
        _absent = _BITS_ESTABLISHMENT_REF.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 3
        _model._additional_properties = (
            _read.others(src_dict, _BITS_ESTABLISHMENT_REF, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_ESTABLISHMENT_REF, (self.id, self.href, self.name)), self._absent, self._additional_properties
        )


_NAMES_DEPARTMENT_REF = ("id", "href", "name")
_BITS_DEPARTMENT_REF = _read.Bits(_NAMES_DEPARTMENT_REF)
_take_department_ref = itemgetter(*_NAMES_DEPARTMENT_REF)


@_define(kw_only=True, eq=False, repr=False)
class DepartmentRef(_json.ReadModel):
    """A department of the organization."""

    id: int | None = None
    """The department's id."""
    href: str | None = None
    """The department's address, absolute or relative to the host."""
    name: str | None = None
    """The department's name."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "href", "name")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 3)
        try:
            (id, href, name) = (
                _read.nullable_members(src_dict, _NAMES_DEPARTMENT_REF) if _rest else _take_department_ref(src_dict)
            )
        except KeyError:
            _rest = True
            (id, href, name) = _read.nullable_members(src_dict, _NAMES_DEPARTMENT_REF)
        _at = ""
        try:
            if type(id) is not int and id is not None:
                _at = "id"
                id = _read.integer(id)
            if type(href) is not str and href is not None:
                _at = "href"
                href = _read.text(href)
            if type(name) is not str and name is not None:
                _at = "name"
                name = _read.text(name)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.href = href
        _model.name = name
        _absent = _BITS_DEPARTMENT_REF.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 3
        _model._additional_properties = _read.others(src_dict, _BITS_DEPARTMENT_REF, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_DEPARTMENT_REF, (self.id, self.href, self.name)), self._absent, self._additional_properties
        )


_NAMES_COST_FAMILY_REF = ("id", "name")
_BITS_COST_FAMILY_REF = _read.Bits(_NAMES_COST_FAMILY_REF)
_take_cost_family_ref = itemgetter(*_NAMES_COST_FAMILY_REF)


@_define(kw_only=True, eq=False, repr=False)
class CostFamilyRef(_json.ReadModel):
    """A family of costs."""

    id: int | None = None
    """The family's id."""
    name: str | None = None
    """The family's name."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "name")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 2)
        try:
            (id, name) = (
                _read.nullable_members(src_dict, _NAMES_COST_FAMILY_REF) if _rest else _take_cost_family_ref(src_dict)
            )
        except KeyError:
            _rest = True
            (id, name) = _read.nullable_members(src_dict, _NAMES_COST_FAMILY_REF)
        _at = ""
        try:
            if type(id) is not int and id is not None:
                _at = "id"
                id = _read.integer(id)
            if type(name) is not str and name is not None:
                _at = "name"
                name = _read.text(name)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.name = name
        _absent = _BITS_COST_FAMILY_REF.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 2
        _model._additional_properties = _read.others(src_dict, _BITS_COST_FAMILY_REF, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_COST_FAMILY_REF, (self.id, self.name)), self._absent, self._additional_properties
        )


_NAMES_SUPPLIER_REF = ("id", "type", "href", "name", "territory", "flag")
_BITS_SUPPLIER_REF = _read.Bits(_NAMES_SUPPLIER_REF)
_take_supplier_ref = itemgetter(*_NAMES_SUPPLIER_REF)


@_define(kw_only=True, eq=False, repr=False)
class SupplierRef(_json.ReadModel):
    """A supplier, named by a purchase."""

    id: int | None = None
    """The supplier's id. A supplier that Lucca does not know yet can have none. Our assumption (new-supplier); Lucca
    does not document it."""
    type_: SupplierKind | None = None
    """The kind of supplier."""
    href: str | None = None
    """The supplier's address, absolute or relative to the host."""
    name: str | None = None
    """The supplier's name."""
    territory: Territory | None = None
    """The supplier's territory."""
    flag: SupplierFlag | None = None
    """A mark that the supplier needs attention."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "type_", "href", "name", "territory", "flag")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 6)
        try:
            (id, type_, href, name, territory, flag) = (
                _read.nullable_members(src_dict, _NAMES_SUPPLIER_REF) if _rest else _take_supplier_ref(src_dict)
            )
        except KeyError:
            _rest = True
            (id, type_, href, name, territory, flag) = _read.nullable_members(src_dict, _NAMES_SUPPLIER_REF)
        _at = ""
        try:
            if type(id) is not int and id is not None:
                _at = "id"
                id = _read.integer(id)
            if type_ is not None:
                _at = "type"
                type_ = _read_SupplierKind(type_)
            if type(href) is not str and href is not None:
                _at = "href"
                href = _read.text(href)
            if type(name) is not str and name is not None:
                _at = "name"
                name = _read.text(name)
            if territory is not None:
                _at = "territory"
                territory = _read_Territory(territory)
            if flag is not None:
                _at = "flag"
                flag = _read_SupplierFlag(flag)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.type_ = type_
        _model.href = href
        _model.name = name
        _model.territory = territory
        _model.flag = flag
        _absent = _BITS_SUPPLIER_REF.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 6
        _model._additional_properties = _read.others(src_dict, _BITS_SUPPLIER_REF, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_SUPPLIER_REF, (self.id, self.type_, self.href, self.name, self.territory, self.flag)),
            self._absent,
            self._additional_properties,
        )


_NAMES_FILE_REF = ("id", "href", "name", "displayHref")
_BITS_FILE_REF = _read.Bits(_NAMES_FILE_REF)
_take_file_ref = itemgetter(*_NAMES_FILE_REF)


@_define(kw_only=True, eq=False, repr=False)
class FileRef(_json.ReadModel):
    """A file, named by an attachment."""

    id: UUID | None = None
    """The file's id."""
    href: str | None = None
    """The file's address, absolute or relative to the host."""
    name: str | None = None
    """The file's name."""
    display_href: str | None = None
    """The address that displays the file, absolute or relative to the host."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "href", "name", "display_href")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 4)
        try:
            (id, href, name, display_href) = (
                _read.nullable_members(src_dict, _NAMES_FILE_REF) if _rest else _take_file_ref(src_dict)
            )
        except KeyError:
            _rest = True
            (id, href, name, display_href) = _read.nullable_members(src_dict, _NAMES_FILE_REF)
        _at = ""
        try:
            if id is not None:
                _at = "id"
                id = _read.identifier(id)
            if type(href) is not str and href is not None:
                _at = "href"
                href = _read.text(href)
            if type(name) is not str and name is not None:
                _at = "name"
                name = _read.text(name)
            if type(display_href) is not str and display_href is not None:
                _at = "displayHref"
                display_href = _read.text(display_href)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.href = href
        _model.name = name
        _model.display_href = display_href
        _absent = _BITS_FILE_REF.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 4
        _model._additional_properties = _read.others(src_dict, _BITS_FILE_REF, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_FILE_REF, (self.id, self.href, self.name, self.display_href)),
            self._absent,
            self._additional_properties,
        )


_NAMES_TERRITORY = ("id", "name", "href")
_BITS_TERRITORY = _read.Bits(_NAMES_TERRITORY)
_take_territory = itemgetter(*_NAMES_TERRITORY)


@_define(kw_only=True, eq=False, repr=False)
class Territory(_json.ReadModel):
    """A country or another territory."""

    id: str | int | None = None
    """A country code (`US`) or a number. Lucca documents both."""
    name: str | None = None
    """The name."""
    href: str | None = None
    """The address of the territory, absolute or relative to the host."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("id", "name", "href")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 3)
        try:
            (id, name, href) = (
                _read.nullable_members(src_dict, _NAMES_TERRITORY) if _rest else _take_territory(src_dict)
            )
        except KeyError:
            _rest = True
            (id, name, href) = _read.nullable_members(src_dict, _NAMES_TERRITORY)
        _at = ""
        try:
            if id is not None:
                _at = "id"
                id = _read_text_or_integer(id)
            if type(name) is not str and name is not None:
                _at = "name"
                name = _read.text(name)
            if type(href) is not str and href is not None:
                _at = "href"
                href = _read.text(href)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.id = id
        _model.name = name
        _model.href = href
        _absent = _BITS_TERRITORY.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 3
        _model._additional_properties = _read.others(src_dict, _BITS_TERRITORY, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_TERRITORY, (self.id, self.name, self.href)), self._absent, self._additional_properties
        )


_NAMES_AGGREGATED_STATES = ("creditNotes", "invoices", "invoicesPayments", "creditNotesPayments")
_BITS_AGGREGATED_STATES = _read.Bits(_NAMES_AGGREGATED_STATES)
_take_aggregated_states = itemgetter(*_NAMES_AGGREGATED_STATES)


@_define(kw_only=True, eq=False, repr=False)
class AggregatedStates(_json.ReadModel):
    """The number of a purchase's invoices, credit notes and payments in each state."""

    credit_notes: CreditNoteCounts | None = None
    """Credit notes."""
    invoices: InvoiceCounts | None = None
    """Invoices."""
    invoices_payments: InvoicePaymentCounts | None = None
    """Payments of invoices."""
    credit_notes_payments: CreditNotePaymentCounts | None = None
    """Payments by credit notes."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("credit_notes", "invoices", "invoices_payments", "credit_notes_payments")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 4)
        try:
            (credit_notes, invoices, invoices_payments, credit_notes_payments) = (
                _read.nullable_members(src_dict, _NAMES_AGGREGATED_STATES)
                if _rest
                else _take_aggregated_states(src_dict)
            )
        except KeyError:
            _rest = True
            (credit_notes, invoices, invoices_payments, credit_notes_payments) = _read.nullable_members(
                src_dict, _NAMES_AGGREGATED_STATES
            )
        _at = ""
        try:
            if credit_notes is not None:
                _at = "creditNotes"
                credit_notes = _read_CreditNoteCounts(credit_notes)
            if invoices is not None:
                _at = "invoices"
                invoices = _read_InvoiceCounts(invoices)
            if invoices_payments is not None:
                _at = "invoicesPayments"
                invoices_payments = _read_InvoicePaymentCounts(invoices_payments)
            if credit_notes_payments is not None:
                _at = "creditNotesPayments"
                credit_notes_payments = _read_CreditNotePaymentCounts(credit_notes_payments)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.credit_notes = credit_notes
        _model.invoices = invoices
        _model.invoices_payments = invoices_payments
        _model.credit_notes_payments = credit_notes_payments
        _absent = _BITS_AGGREGATED_STATES.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 4
        _model._additional_properties = (
            _read.others(src_dict, _BITS_AGGREGATED_STATES, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(
                _NAMES_AGGREGATED_STATES,
                (self.credit_notes, self.invoices, self.invoices_payments, self.credit_notes_payments),
            ),
            self._absent,
            self._additional_properties,
        )


_NAMES_CREDIT_NOTE_COUNTS = ("expected", "toReview", "partial", "confirmed", "pendingRetraction", "removed", "bypassed")
_BITS_CREDIT_NOTE_COUNTS = _read.Bits(_NAMES_CREDIT_NOTE_COUNTS)
_take_credit_note_counts = itemgetter(*_NAMES_CREDIT_NOTE_COUNTS)


@_define(kw_only=True, eq=False, repr=False)
class CreditNoteCounts(_json.ReadModel):
    """The number of credit notes in each state. Only Lucca's samples show it."""

    expected: int | None = None
    """Not received yet."""
    to_review: int | None = None
    """To be reviewed."""
    partial: int | None = None
    """Accepted in part."""
    confirmed: int | None = None
    """Confirmed."""
    pending_retraction: int | None = None
    """Retraction is pending."""
    removed: int | None = None
    """Removed."""
    bypassed: int | None = None
    """The process was bypassed."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("expected", "to_review", "partial", "confirmed", "pending_retraction", "removed", "bypassed")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 7)
        try:
            (expected, to_review, partial, confirmed, pending_retraction, removed, bypassed) = (
                _read.nullable_members(src_dict, _NAMES_CREDIT_NOTE_COUNTS)
                if _rest
                else _take_credit_note_counts(src_dict)
            )
        except KeyError:
            _rest = True
            (expected, to_review, partial, confirmed, pending_retraction, removed, bypassed) = _read.nullable_members(
                src_dict, _NAMES_CREDIT_NOTE_COUNTS
            )
        _at = ""
        try:
            if type(expected) is not int and expected is not None:
                _at = "expected"
                expected = _read.integer(expected)
            if type(to_review) is not int and to_review is not None:
                _at = "toReview"
                to_review = _read.integer(to_review)
            if type(partial) is not int and partial is not None:
                _at = "partial"
                partial = _read.integer(partial)
            if type(confirmed) is not int and confirmed is not None:
                _at = "confirmed"
                confirmed = _read.integer(confirmed)
            if type(pending_retraction) is not int and pending_retraction is not None:
                _at = "pendingRetraction"
                pending_retraction = _read.integer(pending_retraction)
            if type(removed) is not int and removed is not None:
                _at = "removed"
                removed = _read.integer(removed)
            if type(bypassed) is not int and bypassed is not None:
                _at = "bypassed"
                bypassed = _read.integer(bypassed)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.expected = expected
        _model.to_review = to_review
        _model.partial = partial
        _model.confirmed = confirmed
        _model.pending_retraction = pending_retraction
        _model.removed = removed
        _model.bypassed = bypassed
        _absent = _BITS_CREDIT_NOTE_COUNTS.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 7
        _model._additional_properties = (
            _read.others(src_dict, _BITS_CREDIT_NOTE_COUNTS, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(
                _NAMES_CREDIT_NOTE_COUNTS,
                (
                    self.expected,
                    self.to_review,
                    self.partial,
                    self.confirmed,
                    self.pending_retraction,
                    self.removed,
                    self.bypassed,
                ),
            ),
            self._absent,
            self._additional_properties,
        )


_NAMES_INVOICE_COUNTS = (
    "expected",
    "toReview",
    "pendingBreakdown",
    "confirmed",
    "litigation",
    "discarded",
    "removed",
    "bypassed",
)
_BITS_INVOICE_COUNTS = _read.Bits(_NAMES_INVOICE_COUNTS)
_take_invoice_counts = itemgetter(*_NAMES_INVOICE_COUNTS)


@_define(kw_only=True, eq=False, repr=False)
class InvoiceCounts(_json.ReadModel):
    """The number of invoices in each state. Only Lucca's samples show it."""

    expected: int | None = None
    """Not received yet."""
    to_review: int | None = None
    """To be reviewed."""
    pending_breakdown: int | None = None
    """To be broken down by account."""
    confirmed: int | None = None
    """Confirmed."""
    litigation: int | None = None
    """In dispute."""
    discarded: int | None = None
    """Discarded."""
    removed: int | None = None
    """Removed."""
    bypassed: int | None = None
    """The process was bypassed."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = (
        "expected",
        "to_review",
        "pending_breakdown",
        "confirmed",
        "litigation",
        "discarded",
        "removed",
        "bypassed",
    )

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 8)
        try:
            (expected, to_review, pending_breakdown, confirmed, litigation, discarded, removed, bypassed) = (
                _read.nullable_members(src_dict, _NAMES_INVOICE_COUNTS) if _rest else _take_invoice_counts(src_dict)
            )
        except KeyError:
            _rest = True
            (expected, to_review, pending_breakdown, confirmed, litigation, discarded, removed, bypassed) = (
                _read.nullable_members(src_dict, _NAMES_INVOICE_COUNTS)
            )
        _at = ""
        try:
            if type(expected) is not int and expected is not None:
                _at = "expected"
                expected = _read.integer(expected)
            if type(to_review) is not int and to_review is not None:
                _at = "toReview"
                to_review = _read.integer(to_review)
            if type(pending_breakdown) is not int and pending_breakdown is not None:
                _at = "pendingBreakdown"
                pending_breakdown = _read.integer(pending_breakdown)
            if type(confirmed) is not int and confirmed is not None:
                _at = "confirmed"
                confirmed = _read.integer(confirmed)
            if type(litigation) is not int and litigation is not None:
                _at = "litigation"
                litigation = _read.integer(litigation)
            if type(discarded) is not int and discarded is not None:
                _at = "discarded"
                discarded = _read.integer(discarded)
            if type(removed) is not int and removed is not None:
                _at = "removed"
                removed = _read.integer(removed)
            if type(bypassed) is not int and bypassed is not None:
                _at = "bypassed"
                bypassed = _read.integer(bypassed)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.expected = expected
        _model.to_review = to_review
        _model.pending_breakdown = pending_breakdown
        _model.confirmed = confirmed
        _model.litigation = litigation
        _model.discarded = discarded
        _model.removed = removed
        _model.bypassed = bypassed
        _absent = _BITS_INVOICE_COUNTS.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 8
        _model._additional_properties = _read.others(src_dict, _BITS_INVOICE_COUNTS, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(
                _NAMES_INVOICE_COUNTS,
                (
                    self.expected,
                    self.to_review,
                    self.pending_breakdown,
                    self.confirmed,
                    self.litigation,
                    self.discarded,
                    self.removed,
                    self.bypassed,
                ),
            ),
            self._absent,
            self._additional_properties,
        )


_NAMES_INVOICE_PAYMENT_COUNTS = ("toPay", "underReview", "emitting", "paid", "onHold")
_BITS_INVOICE_PAYMENT_COUNTS = _read.Bits(_NAMES_INVOICE_PAYMENT_COUNTS)
_take_invoice_payment_counts = itemgetter(*_NAMES_INVOICE_PAYMENT_COUNTS)


@_define(kw_only=True, eq=False, repr=False)
class InvoicePaymentCounts(_json.ReadModel):
    """The number of payments of invoices in each state. Only Lucca's samples show it."""

    to_pay: int | None = None
    """To be paid."""
    under_review: int | None = None
    """Being reviewed."""
    emitting: int | None = None
    """Sent to the bank."""
    paid: int | None = None
    """Paid."""
    on_hold: int | None = None
    """On hold."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("to_pay", "under_review", "emitting", "paid", "on_hold")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 5)
        try:
            (to_pay, under_review, emitting, paid, on_hold) = (
                _read.nullable_members(src_dict, _NAMES_INVOICE_PAYMENT_COUNTS)
                if _rest
                else _take_invoice_payment_counts(src_dict)
            )
        except KeyError:
            _rest = True
            (to_pay, under_review, emitting, paid, on_hold) = _read.nullable_members(
                src_dict, _NAMES_INVOICE_PAYMENT_COUNTS
            )
        _at = ""
        try:
            if type(to_pay) is not int and to_pay is not None:
                _at = "toPay"
                to_pay = _read.integer(to_pay)
            if type(under_review) is not int and under_review is not None:
                _at = "underReview"
                under_review = _read.integer(under_review)
            if type(emitting) is not int and emitting is not None:
                _at = "emitting"
                emitting = _read.integer(emitting)
            if type(paid) is not int and paid is not None:
                _at = "paid"
                paid = _read.integer(paid)
            if type(on_hold) is not int and on_hold is not None:
                _at = "onHold"
                on_hold = _read.integer(on_hold)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.to_pay = to_pay
        _model.under_review = under_review
        _model.emitting = emitting
        _model.paid = paid
        _model.on_hold = on_hold
        _absent = _BITS_INVOICE_PAYMENT_COUNTS.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 5
        _model._additional_properties = (
            _read.others(src_dict, _BITS_INVOICE_PAYMENT_COUNTS, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(
                _NAMES_INVOICE_PAYMENT_COUNTS, (self.to_pay, self.under_review, self.emitting, self.paid, self.on_hold)
            ),
            self._absent,
            self._additional_properties,
        )


_NAMES_CREDIT_NOTE_PAYMENT_COUNTS = ("available", "consumed", "unavailable")
_BITS_CREDIT_NOTE_PAYMENT_COUNTS = _read.Bits(_NAMES_CREDIT_NOTE_PAYMENT_COUNTS)
_take_credit_note_payment_counts = itemgetter(*_NAMES_CREDIT_NOTE_PAYMENT_COUNTS)


@_define(kw_only=True, eq=False, repr=False)
class CreditNotePaymentCounts(_json.ReadModel):
    """The number of payments by credit notes in each state. Only Lucca's samples show it."""

    available: int | None = None
    """Can be used."""
    consumed: int | None = None
    """Used up."""
    unavailable: int | None = None
    """Cannot be used."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("available", "consumed", "unavailable")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 3)
        try:
            (available, consumed, unavailable) = (
                _read.nullable_members(src_dict, _NAMES_CREDIT_NOTE_PAYMENT_COUNTS)
                if _rest
                else _take_credit_note_payment_counts(src_dict)
            )
        except KeyError:
            _rest = True
            (available, consumed, unavailable) = _read.nullable_members(src_dict, _NAMES_CREDIT_NOTE_PAYMENT_COUNTS)
        _at = ""
        try:
            if type(available) is not int and available is not None:
                _at = "available"
                available = _read.integer(available)
            if type(consumed) is not int and consumed is not None:
                _at = "consumed"
                consumed = _read.integer(consumed)
            if type(unavailable) is not int and unavailable is not None:
                _at = "unavailable"
                unavailable = _read.integer(unavailable)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.available = available
        _model.consumed = consumed
        _model.unavailable = unavailable
        _absent = _BITS_CREDIT_NOTE_PAYMENT_COUNTS.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 3
        _model._additional_properties = (
            _read.others(src_dict, _BITS_CREDIT_NOTE_PAYMENT_COUNTS, _read.anything) if _rest else None
        )
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_CREDIT_NOTE_PAYMENT_COUNTS, (self.available, self.consumed, self.unavailable)),
            self._absent,
            self._additional_properties,
        )


_NAMES_PROBLEM = ("type", "title", "status", "detail", "instance", "errors")
_BITS_PROBLEM = _read.Bits(_NAMES_PROBLEM)
_take_problem = itemgetter(*_NAMES_PROBLEM)


@_define(kw_only=True, eq=False, repr=False)
class Problem(_json.ReadModel):
    """The reason for the refusal or failure of a request (RFC 9457)."""

    type_: str | None = None
    """The kind of problem as an address."""
    title: str | None = None
    """The kind of problem in words."""
    status: Any = None
    """The HTTP status again. Any JSON is accepted, because an invalid value must not hide the other members."""
    detail: str | None = None
    """The details of this occurrence."""
    instance: str | None = None
    """The address of this occurrence."""
    errors: Any = None
    """The messages about each member of the request, for example `{"Date": ["The date field is required."]}`. The
    names can be in PascalCase. The value stays plain JSON."""
    _absent: int = _field(default=0, init=False, repr=False)
    _additional_properties: dict[str, Any] | None = _field(default=None, alias="additional_properties", repr=False)
    _members = ("type_", "title", "status", "detail", "instance", "errors")

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        _rest = not (type(src_dict) is dict and len(src_dict) == 6)
        try:
            (type_, title, status, detail, instance, errors) = (
                _read.nullable_members(src_dict, _NAMES_PROBLEM) if _rest else _take_problem(src_dict)
            )
        except KeyError:
            _rest = True
            (type_, title, status, detail, instance, errors) = _read.nullable_members(src_dict, _NAMES_PROBLEM)
        _at = ""
        try:
            if type(type_) is not str and type_ is not None:
                _at = "type"
                type_ = _read.text(type_)
            if type(title) is not str and title is not None:
                _at = "title"
                title = _read.text(title)
            if status is not None:
                _at = "status"
                status = _read.anything(status)
            if type(detail) is not str and detail is not None:
                _at = "detail"
                detail = _read.text(detail)
            if type(instance) is not str and instance is not None:
                _at = "instance"
                instance = _read.text(instance)
            if errors is not None:
                _at = "errors"
                errors = _read.anything(errors)
        except InvalidData as _error:
            raise _read.located(_error, src_dict, _at) from None
        _model: Self = _new(cls)
        _model.type_ = type_
        _model.title = title
        _model.status = status
        _model.detail = detail
        _model.instance = instance
        _model.errors = errors
        _absent = _BITS_PROBLEM.absent(src_dict) if _rest else 0
        _model._absent = _absent
        _rest = _rest and len(src_dict) + _absent.bit_count() > 6
        _model._additional_properties = _read.others(src_dict, _BITS_PROBLEM, _read.anything) if _rest else None
        return _model

    def to_dict(self) -> dict[str, Any]:
        return _write.members_of(
            zip(_NAMES_PROBLEM, (self.type_, self.title, self.status, self.detail, self.instance, self.errors)),
            self._absent,
            self._additional_properties,
        )


CommitmentCreation: TypeAlias = OneTimeCommitmentCreation | SubscriptionCommitmentCreation
CreatedPurchase: TypeAlias = Purchase | PurchaseIdentifier
Commitment: TypeAlias = OneTimeCommitment | SubscriptionCommitment | UnknownCommitment
KnownCommitment: TypeAlias = OneTimeCommitment | SubscriptionCommitment
CreatedCommitment: TypeAlias = (
    OneTimeCommitment | SubscriptionCommitment | UnknownCommitment | CommitmentIdentifier | CommitmentItems
)

# Readers that consist of others. They stand at the end because they refer to the models.
_read_PagingMember = _read.member_of(PagingMember)
_read_array_of_PagingMember = _read.array_of(_read_PagingMember)
_read_int32 = _read.within(_read.integer, -2147483648, 2147483647)
_read_text_or_int32 = _read.by_kind(str=_read.text, int=_read_int32)
_read_integer_0_to_1000 = _read.within(_read.integer, 0, 1000)
_read_PurchasePage = PurchasePage.from_dict
_read_Purchase = Purchase.from_dict
_read_array_of_Purchase = _read.array_of(_read_Purchase)
_read_PurchasePage_or_array_of_Purchase = _read.by_kind(dict=_read_PurchasePage, list=_read_array_of_Purchase)
_read_Problem = Problem.from_dict
_read_PurchaseCreation = PurchaseCreation.from_dict
_read_Purchase_or_PurchaseIdentifier = _read.variant_of(
    _read.Variant(Purchase.from_dict, frozenset(["id"]), ()),
    _read.Variant(PurchaseIdentifier.from_dict, frozenset(["purchaseId"]), ()),
)
_read_PurchaseClosing = PurchaseClosing.from_dict
_read_OneTimeCommitmentCreation_or_SubscriptionCommitmentCreation = _read.variant_of(
    _read.Variant(
        OneTimeCommitmentCreation.from_dict,
        frozenset(["amountIncludingTaxes", "costDate", "invoiceDate", "state", "type"]),
        (("state", "Created"), ("type", "OneTimeCommitment")),
    ),
    _read.Variant(
        SubscriptionCommitmentCreation.from_dict,
        frozenset(
            [
                "amountIncludingTaxesPerPeriod",
                "firstInvoiceDate",
                "invoicingFrequency",
                "startDate",
                "state",
                "subscriptionDuration",
                "type",
            ]
        ),
        (("state", "Created"), ("type", "SubscriptionCommitment")),
    ),
)
_read_OneTimeCommitment_or_SubscriptionCommitment_or_UnknownCommitment_or_CommitmentIdentifier_or_CommitmentItems = (
    _read.variant_of(
        _read.Variant(OneTimeCommitment.from_dict, frozenset(["id", "type"]), (("type", "OneTimeCommitment"),)),
        _read.Variant(
            SubscriptionCommitment.from_dict, frozenset(["id", "type"]), (("type", "SubscriptionCommitment"),)
        ),
        _read.Variant(UnknownCommitment.from_dict, frozenset(["id"]), ()),
        _read.Variant(CommitmentIdentifier.from_dict, frozenset(["commitmentId"]), ()),
        _read.Variant(CommitmentItems.from_dict, frozenset(["items"]), ()),
    )
)
_read_OneTimeCommitmentForPurchaseCreation_or_SubscriptionCommitmentForPurchaseCreation = _read.variant_of(
    _read.Variant(
        OneTimeCommitmentForPurchaseCreation.from_dict,
        frozenset(["amountIncludingTaxes", "costDate", "invoiceDate", "purchaseId", "state", "type"]),
        (("state", "Created"), ("type", "OneTimeCommitment")),
    ),
    _read.Variant(
        SubscriptionCommitmentForPurchaseCreation.from_dict,
        frozenset(
            [
                "amountIncludingTaxesPerPeriod",
                "firstInvoiceDate",
                "invoicingFrequency",
                "purchaseId",
                "startDate",
                "state",
                "subscriptionDuration",
                "type",
            ]
        ),
        (("state", "Created"), ("type", "SubscriptionCommitment")),
    ),
)
_read_ApprovalRequest = ApprovalRequest.from_dict
_read_RequestCancellation = RequestCancellation.from_dict
_read_TaxRate = TaxRate.from_dict
_read_array_of_TaxRate = _read.array_of(_read_TaxRate)
_read_SupplierState = _read.member_of(SupplierState)
_read_SupplierPage = SupplierPage.from_dict
_read_Supplier = Supplier.from_dict
_read_array_of_Supplier = _read.array_of(_read_Supplier)
_read_SupplierPage_or_array_of_Supplier = _read.by_kind(dict=_read_SupplierPage, list=_read_array_of_Supplier)
_read_NaturePage = NaturePage.from_dict
_read_Nature = Nature.from_dict
_read_array_of_Nature = _read.array_of(_read_Nature)
_read_NaturePage_or_array_of_Nature = _read.by_kind(dict=_read_NaturePage, list=_read_array_of_Nature)
_read_CostCenterPage = CostCenterPage.from_dict
_read_CostCenter = CostCenter.from_dict
_read_array_of_CostCenter = _read.array_of(_read_CostCenter)
_read_CostCenterPage_or_array_of_CostCenter = _read.by_kind(dict=_read_CostCenterPage, list=_read_array_of_CostCenter)
_read_File = File.from_dict
_read_SupplierChoice = SupplierChoice.from_dict
_read_array_of_int32 = _read.array_of(_read_int32)
_read_PurchaseType = _read.member_of(PurchaseType)
_read_Currency = _read.member_of(Currency)
_read_Amount = Amount.from_dict
_read_Tax = Tax.from_dict
_read_array_of_Tax = _read.array_of(_read_Tax)
_read_DurationUnit = _read.member_of(DurationUnit)
_read_constant_OneTimeCommitment = _read.constant("OneTimeCommitment")
_read_constant_Created = _read.constant("Created")
_read_TaxedAmount = TaxedAmount.from_dict
_read_None_to_3_of_identifier = _read.array_of(_read.identifier, 0, 3)
_read_PaymentMethod = _read.member_of(PaymentMethod)
_read_constant_SubscriptionCommitment = _read.constant("SubscriptionCommitment")
_read_Duration = Duration.from_dict
_read_PurchaseState = _read.member_of(PurchaseState)
_read_OneTimeCommitment_or_SubscriptionCommitment_or_UnknownCommitment = _read.variant_of(
    _read.Variant(OneTimeCommitment.from_dict, frozenset(["id", "type"]), (("type", "OneTimeCommitment"),)),
    _read.Variant(SubscriptionCommitment.from_dict, frozenset(["id", "type"]), (("type", "SubscriptionCommitment"),)),
    _read.Variant(UnknownCommitment.from_dict, frozenset(["id"]), ()),
)
_read_UserRef = UserRef.from_dict
_read_NatureRef = NatureRef.from_dict
_read_CostCenterRef = CostCenterRef.from_dict
_read_EstablishmentRef = EstablishmentRef.from_dict
_read_DepartmentRef = DepartmentRef.from_dict
_read_SupplierRef = SupplierRef.from_dict
_read_DualAmount = DualAmount.from_dict
_read_AggregatedStates = AggregatedStates.from_dict
_read_array_of_anything = _read.array_of(_read.anything)
_read_CommitmentState = _read.member_of(CommitmentState)
_read_PurchaseRef = PurchaseRef.from_dict
_read_Attachment = Attachment.from_dict
_read_array_of_Attachment = _read.array_of(_read_Attachment)
_read_array_of_identifier = _read.array_of(_read.identifier)
_read_DualTaxedAmount_or_TaxedAmountRead = _read.variant_of(
    _read.Variant(DualTaxedAmount.from_dict, frozenset(["base"]), ()),
    _read.Variant(TaxedAmountRead.from_dict, frozenset([]), ()),
)
_read_DurationRead = DurationRead.from_dict
_read_anything_except_OneTimeCommitment_SubscriptionCommitment = _read.excluding(
    _read.anything, ["OneTimeCommitment", "SubscriptionCommitment"]
)
_read_1_to_1_of_OneTimeCommitment_or_SubscriptionCommitment_or_UnknownCommitment = _read.array_of(
    _read_OneTimeCommitment_or_SubscriptionCommitment_or_UnknownCommitment, 1, 1
)
_read_ApprovalRequestState = _read.member_of(ApprovalRequestState)
_read_TaxRateType = TaxRateType.from_dict
_read_text_or_integer = _read.by_kind(str=_read.text, int=_read.integer)
_read_RecoveryRule = RecoveryRule.from_dict
_read_array_of_RecoveryRule = _read.array_of(_read_RecoveryRule)
_read_Territory = Territory.from_dict
_read_LegalRegistration = LegalRegistration.from_dict
_read_SupplierContact = SupplierContact.from_dict
_read_array_of_SupplierContact = _read.array_of(_read_SupplierContact)
_read_BankAccount = BankAccount.from_dict
_read_array_of_EstablishmentRef = _read.array_of(_read_EstablishmentRef)
_read_SupplierFlag = _read.member_of(SupplierFlag)
_read_CostFamilyRef = CostFamilyRef.from_dict
_read_AccountingPlan = AccountingPlan.from_dict
_read_array_of_AccountingPlan = _read.array_of(_read_AccountingPlan)
_read_CostCenterState = _read.member_of(CostCenterState)
_read_FileRef = FileRef.from_dict
_read_AttachmentPages = AttachmentPages.from_dict
_read_AmountRead = AmountRead.from_dict
_read_TaxRead = TaxRead.from_dict
_read_array_of_TaxRead = _read.array_of(_read_TaxRead)
_read_TaxedAmountRead = TaxedAmountRead.from_dict
_read_SupplierKind = _read.member_of(SupplierKind)
_read_CreditNoteCounts = CreditNoteCounts.from_dict
_read_InvoiceCounts = InvoiceCounts.from_dict
_read_InvoicePaymentCounts = InvoicePaymentCounts.from_dict
_read_CreditNotePaymentCounts = CreditNotePaymentCounts.from_dict
