"""Promises of the compiled models: nothing is lost, nothing is guessed, money is exact."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict, defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import IntEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

import attrs
import pytest

from lucca_procurement_api import UNSET, Unset, models
from lucca_procurement_api.errors import InvalidData
from support.samples import MODELS, exact_json, meaning, sample, sample_bytes

SAMPLE = "create-purchase.response"


def objects(value: Any, path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Return every object within JSON data, with its path."""
    if isinstance(value, list):
        return [found for index, item in enumerate(value) for found in objects(item, f"{path}[{index}]")]
    if not isinstance(value, dict):
        return []
    inner = [found for name, member in value.items() for found in objects(member, f"{path}.{name}".lstrip("."))]
    return [(path, value), *inner]


@pytest.mark.parametrize("name", sorted(MODELS))
def test_sample_after_round_trip_is_same_json(name: str) -> None:
    again = MODELS[name].from_json(sample_bytes(name)).to_json()
    assert meaning(exact_json(again)) == meaning(sample(name))


@pytest.mark.parametrize("name", sorted(MODELS))
def test_unknown_member_at_each_level_is_kept(name: str) -> None:
    data = sample(name)
    news = {"a": [Decimal("1.10"), {"b": None}], "c": "d"}
    for path, found in objects(data):
        if path != "errors":  # any member of it is a list of messages
            found["somethingNew"] = news
    again = MODELS[name].from_json(MODELS[name].from_dict(data).to_json())
    assert meaning(exact_json(again.to_json())) == meaning(data)
    assert again.additional_properties["somethingNew"] == news


def test_member_other_than_id_may_be_absent_or_null() -> None:
    paths = [(path, name) for path, found in objects(sample(SAMPLE)) for name in found]
    assert len(paths) > 200
    for absent in (True, False):
        for path, name in paths:
            data = sample(SAMPLE)
            holder = dict(objects(data))[path]
            if absent:
                del holder[name]
            else:
                holder[name] = None
            if (path, name) in {("", "id"), ("commitment", "id")}:
                with pytest.raises(InvalidData, match=f"{path}.id".lstrip(".")):
                    models.Purchase.from_dict(data)
            else:
                again = models.Purchase.from_dict(data).to_json()
                assert meaning(exact_json(again)) == meaning(data), (path, name)


def test_members_have_python_types() -> None:
    purchase = models.Purchase.from_json(sample_bytes(SAMPLE))
    commitment = purchase.commitment
    assert isinstance(commitment, models.SubscriptionCommitment)
    assert commitment.start_date == date(2024, 9, 24)
    assert commitment.created_at == datetime(2024, 9, 24, 10, 2, 1, 924401, tzinfo=UTC)
    assert commitment.attachments
    assert commitment.attachments[0].file
    assert commitment.attachments[0].file.id == UUID("a6dcc9e5-d251-4d3a-86a2-74d9b452b643")
    assert commitment.invoicing_frequency == models.DurationRead(value=12, unit=models.DurationUnit.MONTH)
    assert purchase.state is models.PurchaseState.CLOSED
    assert commitment.contractual_end_date is None
    assert commitment.termination_notice is UNSET


# ---- Enums


def test_enum_with_unknown_value_keeps_value_and_is_not_known() -> None:
    data = sample(SAMPLE)
    data["state"] = "OnTheMoon"
    data["commitment"]["paymentMethod"] = "Shells"
    data["availableAmount"]["base"]["currency"] = "XTS"
    purchase = models.Purchase.from_dict(data)
    state = purchase.state
    assert isinstance(state, models.PurchaseState)
    assert not state.is_known
    assert state == models.PurchaseState("OnTheMoon")
    assert {"OnTheMoon"} == {state, state.value, state.name, str(state), f"{state}"}
    assert purchase.to_dict()["commitment"]["paymentMethod"] == "Shells"
    assert purchase.to_dict()["availableAmount"]["base"]["currency"] == "XTS"
    for again in (copy.copy(purchase), copy.deepcopy(purchase), pickle.loads(pickle.dumps(purchase))):
        assert again == purchase
        assert isinstance(again.state, models.PurchaseState)
        assert not again.state.is_known
    assert "OnTheMoon" not in list(models.PurchaseState)


def test_enum_with_known_value_is_member_and_equals_string() -> None:
    assert models.PurchaseState("Ongoing") is models.PurchaseState.ONGOING
    assert models.PurchaseState.ONGOING.is_known
    assert models.PurchaseState.ONGOING == "Ongoing"
    assert type(models.Amount(value=Decimal(1), currency=models.Currency.EUR).to_dict()["currency"]) is str


def test_enums_with_equal_value_are_different_types() -> None:
    states = [enum("Denied") for enum in (models.PurchaseState, models.CommitmentState, models.ApprovalRequestState)]
    assert all(state.is_known for state in states)
    assert len({type(state) for state in states}) == 3


@pytest.mark.parametrize("value", [5, True, ["Ongoing"], {"a": 1}, Decimal("1.5")])
def test_enum_from_other_than_string_is_refused(value: object) -> None:
    with pytest.raises(InvalidData, match=r"^state: expected a string \(PurchaseState\)"):
        models.Purchase.from_dict({"id": 1, "state": value})


# ---- Kinds that are distinguished


def test_commitment_type_selects_its_model() -> None:
    members = {"id": 1, "startDate": "2025-04-14", "costDate": "2025-04-14"}
    for kind, model in {
        "OneTimeCommitment": models.OneTimeCommitment,
        "SubscriptionCommitment": models.SubscriptionCommitment,
        "Barter": models.UnknownCommitment,
        None: models.UnknownCommitment,
    }.items():
        purchase = models.Purchase.from_dict({"id": 2, "commitment": {"type": kind, **members}})
        assert type(purchase.commitment) is model
    assert type(models.Purchase.from_dict({"id": 2, "commitment": members}).commitment) is models.UnknownCommitment


@pytest.mark.parametrize("kind", ["Barter", None, 5, {"a": 1}])
def test_commitment_of_unknown_type_keeps_raw_data(kind: Any) -> None:
    data = {"id": 1, "type": kind, "state": {"of": "mind"}, "goats": [{"horns": Decimal(2)}], "costDate": "soon"}
    commitment = models.Purchase.from_dict({"id": 2, "commitment": data}).commitment
    assert isinstance(commitment, models.UnknownCommitment)
    assert commitment.type_ == kind
    assert commitment.additional_properties["goats"] == [{"horns": Decimal(2)}]
    assert commitment.to_dict() == data


def test_commitment_with_bad_member_is_refused_by_path() -> None:
    with pytest.raises(InvalidData) as caught:
        models.Purchase.from_dict({"id": 2, "commitment": {"id": 1, "type": "OneTimeCommitment", "costDate": "soon"}})
    assert caught.value.path == "commitment.costDate"


def test_amount_with_base_is_dual_and_without_is_single() -> None:
    echoed = models.OneTimeCommitment.from_json(sample_bytes("create-commitment-one-time.response"))
    assert isinstance(echoed.amount_including_taxes, models.TaxedAmountRead)
    assert echoed.amount_including_taxes.excluding_taxes == models.AmountRead(
        value=Decimal(120), currency=models.Currency.EUR
    )
    read = models.Purchase.from_json(sample_bytes(SAMPLE)).commitment
    assert isinstance(read, models.SubscriptionCommitment)
    assert isinstance(read.amount_including_taxes, models.DualTaxedAmount)
    with pytest.raises(InvalidData) as caught:
        models.OneTimeCommitment.from_dict(
            {"id": 1, "type": "OneTimeCommitment", "amountIncludingTaxes": {"base": 5, "excludingTaxes": {}}}
        )
    assert caught.value.path == "amountIncludingTaxes.base"


@pytest.mark.parametrize("territory", ["US", 123, None])
def test_territory_id_as_string_or_integer_is_kept(territory: object) -> None:
    assert models.Territory.from_dict({"id": territory}).to_dict() == {"id": territory}
    with pytest.raises(InvalidData, match=r"^id: expected a string or an integer, found an array"):
        models.Territory.from_dict({"id": [territory]})


# ---- Numbers


@pytest.mark.parametrize("digits", ["120", "1.10", "3239.57", "0.00", "12345678901234567.891", "1E+2", "-7.50"])
def test_number_after_round_trip_is_exact(digits: str) -> None:
    content = f'{{"value":{digits},"currency":"EUR"}}'.encode()
    amount = models.Amount.from_json(content)
    assert type(amount.value) is Decimal
    assert amount.value == Decimal(digits)
    assert exact_json(amount.to_json())["value"] == Decimal(digits)
    assert amount.to_json() == content


def test_number_from_int_becomes_decimal() -> None:
    amount = models.Amount(value=120, currency=models.Currency.EUR)
    assert type(amount.value) is Decimal
    amount.value = Decimal("1.10")
    assert amount.to_json() == b'{"value":1.10,"currency":"EUR"}'


@pytest.mark.parametrize("value", [1.1, float("nan"), True, "1.10"])
def test_number_from_float_bool_or_string_is_refused(value: Any) -> None:
    amount = models.Amount(value=Decimal(1), currency=models.Currency.EUR)
    for attempt in (
        lambda: models.Amount(value=value, currency=models.Currency.EUR),
        lambda: models.AmountRead(value=value),
        lambda: setattr(amount, "value", value),
    ):
        with pytest.raises(TypeError, match="Decimal"):
            attempt()
    with pytest.raises(InvalidData) as caught:
        models.Amount.from_dict({"value": value, "currency": "EUR"})
    assert caught.value.path == "value"


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_number_if_not_finite_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="not a number that can be sent"):
        models.Amount(value=Decimal(value), currency=models.Currency.EUR)
    with pytest.raises(InvalidData):
        models.Amount.from_dict({"value": Decimal(value), "currency": "EUR"})
    with pytest.raises(InvalidData):
        models.Amount.from_json(f'{{"value":{value.removeprefix("s")},"currency":"EUR"}}'.encode())


def test_to_json_with_float_in_unknown_member_is_refused() -> None:
    amount = models.Amount(value=Decimal(1), currency=models.Currency.EUR)
    amount.additional_properties["discount"] = [0.1]
    with pytest.raises(TypeError, match="Decimal"):
        amount.to_json()


# ---- Absence


def test_unset_after_copy_or_pickle_is_same_object() -> None:
    for again in (copy.copy(UNSET), copy.deepcopy(UNSET), pickle.loads(pickle.dumps(UNSET))):
        assert again is UNSET
    purchase = models.Purchase(id=1)
    for same in (copy.copy(purchase), copy.deepcopy(purchase), pickle.loads(pickle.dumps(purchase))):
        assert same == purchase
        assert same.title is UNSET
        assert same.to_dict() == {"id": 1}
    assert not UNSET
    assert isinstance(UNSET, Unset)
    assert repr(UNSET) == "UNSET"


def test_to_dict_writes_null_and_leaves_out_unset() -> None:
    body = models.OneTimeCommitmentCreation.from_json(sample_bytes("create-commitment-one-time.request"))
    assert body.to_dict()["paymentMethod"] is None
    body.payment_method = UNSET
    assert "paymentMethod" not in body.to_dict()


# ---- Models as objects


def test_creation_without_fixed_members_writes_them() -> None:
    body = models.OneTimeCommitmentCreation(
        cost_date=date(2025, 4, 14),
        invoice_date=date(2025, 4, 14),
        amount_including_taxes=models.TaxedAmount(
            excluding_taxes=models.Amount(value=Decimal(120), currency=models.Currency.EUR), taxes=[]
        ),
        attachment_ids=[],
        comment="Comment",
        payment_method=None,
    )
    assert exact_json(body.to_json()) == sample("create-commitment-one-time.request")


def test_model_without_required_member_is_refused() -> None:
    with pytest.raises(TypeError, match="currency"):
        models.Amount(value=Decimal(1))  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


def test_model_after_change_compares_by_value() -> None:
    purchase = models.Purchase.from_json(sample_bytes(SAMPLE))
    other = attrs.evolve(purchase, title="Another")
    assert other != purchase
    other.title = purchase.title
    assert other == purchase
    other.additional_properties["seen"] = True
    assert other != purchase
    del other.additional_properties["seen"]
    assert other == purchase


def test_repr_leaves_out_unset_members() -> None:
    amount = models.AmountRead.from_dict({"value": Decimal("1.10"), "news": 5})
    assert repr(amount) == "AmountRead(value=Decimal('1.10'), additional_properties={'news': 5})"
    assert repr(models.DualAmount(base=amount, rate=None)) == f"DualAmount(base={amount!r}, rate=None)"


@pytest.mark.parametrize(
    "source", [dict, OrderedDict, lambda data: defaultdict(lambda: "surprise", data), MappingProxyType]
)
def test_from_dict_with_any_mapping_leaves_mapping_unchanged(source: Any) -> None:
    data = source({"id": 1, "owner": source({"name": "John", "news": 5})})
    purchase = models.Purchase.from_dict(data)
    assert purchase.to_dict() == {"id": 1, "owner": {"name": "John", "news": 5}}
    assert {**data, "owner": {**data["owner"]}} == purchase.to_dict()


def test_to_json_with_subclass_of_plain_type_writes_plain_value() -> None:
    class Text(str):
        __slots__ = ()

    class Number(Decimal):
        pass

    class Status(IntEnum):
        ONE = 1

    territory = models.Territory.from_dict({"id": Text("US"), "name": Text("United States")})
    assert territory.to_json() == b'{"id":"US","name":"United States"}'
    duration = models.Duration(value=Status.ONE, unit=models.DurationUnit.DAY)
    assert duration.to_json() == b'{"value":1,"unit":"Day"}'
    assert models.AmountRead(value=Number("1.10")).to_json() == b'{"value":1.10}'


def test_repr_hides_private_members() -> None:
    supplier = models.Supplier.from_dict(
        {"id": 6, "bankAccount": {"iban": "FR7630001"}, "contacts": [{"lastName": "Blanc", "email": "a@b.example"}]}
    )
    assert "FR7630001" not in repr(supplier)
    assert "a@b.example" not in repr(supplier)
    assert supplier.bank_account
    assert supplier.bank_account.iban == "FR7630001"
    assert supplier.to_dict()["contacts"][0]["email"] == "a@b.example"


def test_to_json_with_unwritable_data_is_refused() -> None:
    purchase = models.Purchase(id=1, title="half \ud83d")
    with pytest.raises(InvalidData, match="lone surrogate"):
        purchase.to_json()
    circle: list[Any] = []
    circle.append(circle)
    purchase = models.Purchase(id=1, axis_sections=circle)
    with pytest.raises(InvalidData, match="too many levels"):
        purchase.to_json()
    untyped: Any = object()
    with pytest.raises(TypeError, match="object cannot be written"):
        models.Purchase(id=1, axis_sections=[untyped]).to_json()
