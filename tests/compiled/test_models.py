"""Promises of the compiled models: nothing is lost, nothing is guessed, money is exact."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections import OrderedDict, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

import attrs
import pytest
from rich.pretty import pretty_repr

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
    assert commitment.has("contractual_end_date")
    assert commitment.termination_notice is None
    assert not commitment.has("termination_notice")


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


@pytest.mark.parametrize(
    ("text", "written"), [("12.50", "12.50"), ("-7", "-7"), ("0.00", "0.00"), ("9" * 40, "9" * 40)]
)
def test_exact_text_given_for_a_number_keeps_its_digits(text: str, written: str) -> None:
    amount = models.Amount(value=text, currency="EUR")
    assert type(amount.value) is Decimal
    assert amount.to_json() == f'{{"value":{written},"currency":"EUR"}}'.encode()


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (1.1, TypeError, r"^value: a float is not exact: use Decimal\('12.50'\) or the text '12.50', not 1\.1$"),
        (float("nan"), TypeError, "^value: a float is not exact"),
        (True, TypeError, "^value must be a Decimal, an int or text such as '12.50', not True$"),
        ([1], TypeError, "^value must be a Decimal, an int or text such as '12.50', not a list$"),
        ("abc", ValueError, "^value must be a number that can be sent, such as '12.50', not 'abc'$"),
        ("1e5", ValueError, "^value must be a number"),
        ("1,50", ValueError, "^value must be a number"),
        (" 1", ValueError, "^value must be a number"),
        ("+1", ValueError, "^value must be a number"),
        ("\u0661", ValueError, "^value must be a number"),
        ("", ValueError, "^value must be a number"),
        ("x" * 1_000, ValueError, r"^value must be a number that can be sent, such as '12.50', not 'x{39}\.\.\.$"),
        (
            Decimal("NaN"),
            ValueError,
            r"^value must be a number that can be sent, such as '12.50', not Decimal\('NaN'\)$",
        ),
        (Decimal("sNaN"), ValueError, "^value must be a number"),
        (Decimal("-Infinity"), ValueError, "^value must be a number"),
    ],
)
def test_value_that_is_no_exact_number_is_refused_with_a_hint(value: Any, error: type[Exception], said: str) -> None:
    amount = models.Amount(value=1, currency="EUR")
    for attempt in (
        lambda: models.Amount(value=value, currency="EUR"),
        lambda: models.AmountRead(value=value),
        lambda: setattr(amount, "value", value),
    ):
        with pytest.raises(error, match=said):
            attempt()
    with pytest.raises(InvalidData) as caught:
        models.Amount.from_dict({"value": value, "currency": "EUR"})
    assert caught.value.path == "value"


def test_none_for_a_number_is_refused_in_a_request() -> None:
    value: Any = None
    with pytest.raises(TypeError, match=r"^value must be a Decimal, an int or text such as '12\.50', not None$"):
        models.Amount(value=value, currency="EUR")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_json_number_that_is_not_finite_is_refused(value: str) -> None:
    with pytest.raises(InvalidData):
        models.Amount.from_json(f'{{"value":{value},"currency":"EUR"}}'.encode())


def test_to_json_with_float_in_unknown_member_is_refused() -> None:
    amount = models.Amount(value=Decimal(1), currency=models.Currency.EUR)
    amount.additional_properties["discount"] = [0.1]
    with pytest.raises(TypeError, match="Decimal"):
        amount.to_json()


# ---- Values that people write


DAY = "cost_date must be a date such as '2025-04-14' (YYYY-MM-DD)"


def one_time(**changes: Any) -> models.OneTimeCommitmentCreation:
    members: dict[str, Any] = {
        "cost_date": "2025-04-14",
        "invoice_date": date(2025, 4, 14),
        "amount_including_taxes": models.TaxedAmount(
            excluding_taxes=models.Amount(value="120", currency="EUR"), taxes=()
        ),
    }
    return models.OneTimeCommitmentCreation(**{**members, **changes})


def test_text_given_for_a_member_of_a_request_becomes_its_type() -> None:
    number = "a6dcc9e5-d251-4d3a-86a2-74d9b452b643"
    body = one_time(payment_method="Check", attachment_ids=[number, UUID(number)])
    assert (body.cost_date, body.invoice_date) == (date(2025, 4, 14), date(2025, 4, 14))
    assert body.payment_method is models.PaymentMethod.CHECK
    assert body.attachment_ids == [UUID(number), UUID(number)]
    assert body.amount_including_taxes.excluding_taxes.currency is models.Currency.EUR
    assert type(body).from_json(body.to_json()) == body


def test_text_that_an_enum_does_not_list_stays_an_open_value() -> None:
    amount = models.Amount(value=1, currency="XTS")
    assert isinstance(amount.currency, models.Currency)
    assert not amount.currency.is_known
    amount.currency = models.Currency.EUR
    assert amount.to_json() == b'{"value":1,"currency":"EUR"}'


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        (
            {"cost_date": datetime(2025, 4, 14, tzinfo=UTC)},
            TypeError,
            "cost_date is a datetime: use a date, such as value.date()",
        ),
        ({"cost_date": None}, TypeError, "cost_date must be a date or text such as '2025-04-14', not None"),
        ({"cost_date": "14.04.2025"}, ValueError, f"{DAY}, not '14.04.2025'"),
        ({"cost_date": "20250414"}, ValueError, f"{DAY}, not '20250414'"),
        ({"cost_date": "2025-02-30"}, ValueError, f"{DAY}, not '2025-02-30'"),
        ({"payment_method": 5}, TypeError, "payment_method must be a PaymentMethod or its text, not 5"),
        ({"attachment_ids": ["x"]}, ValueError, "attachment_ids[0] must be a UUID or its text, not 'x'"),
        ({"attachment_ids": [5]}, TypeError, "attachment_ids[0] must be a UUID or its text, not 5"),
        ({"attachment_ids": "x"}, TypeError, "attachment_ids must be a list of UUID, not 'x'"),
        ({"attachment_ids": None}, TypeError, "attachment_ids must be a list of UUID, not None"),
        (
            {"amount_including_taxes": models.Amount(value=1, currency="EUR")},
            TypeError,
            "amount_including_taxes must be a TaxedAmount, not an Amount",
        ),
        ({"amount_including_taxes": "12.50"}, TypeError, "amount_including_taxes must be a TaxedAmount, not '12.50'"),
    ],
)
def test_wrong_value_is_refused_with_an_error_that_names_the_member(
    changes: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error) as caught:
        one_time(**changes)
    assert str(caught.value) == said
    body = one_time()
    ((name, value),) = changes.items()
    with pytest.raises(error) as caught:
        setattr(body, name, value)
    assert str(caught.value) == said


def test_id_given_for_a_model_is_refused_with_the_right_form() -> None:
    supplier: Any = 6
    with pytest.raises(TypeError) as caught:
        models.PurchaseCreation(title="Laptops", supplier=supplier, owner_id=35, nature_id=1)
    assert str(caught.value) == "supplier must be a SupplierChoice, such as SupplierChoice(id=6), not 6"
    taxes: Any = [models.Amount(value=1, currency="EUR")]
    with pytest.raises(TypeError, match=r"^taxes\[0\] must be a Tax, not an Amount$"):
        models.TaxedAmount(excluding_taxes=models.Amount(value=1, currency="EUR"), taxes=taxes)


def test_purchase_needs_title_supplier_owner_and_nature_alone() -> None:
    body = models.PurchaseCreation(title="Laptops", supplier=models.SupplierChoice(id=6), owner_id=35, nature_id=1)
    assert body.to_dict() == {"title": "Laptops", "supplier": {"id": 6}, "ownerId": 35, "natureId": 1}
    assert models.PurchaseCreation.from_json(body.to_json()) == body


@pytest.mark.parametrize("name", models.__all__)
def test_signature_ends_with_additional_properties(name: str) -> None:
    model = getattr(models, name)
    if hasattr(model, "from_dict"):
        assert list(inspect.signature(model).parameters)[-1] == "additional_properties"


# ---- Absence


def test_unset_after_copy_or_pickle_is_same_object() -> None:
    for again in (copy.copy(UNSET), copy.deepcopy(UNSET), pickle.loads(pickle.dumps(UNSET))):
        assert again is UNSET
    supplier = models.SupplierChoice(id=6)
    for same in (copy.copy(supplier), copy.deepcopy(supplier), pickle.loads(pickle.dumps(supplier))):
        assert same == supplier
        assert same.name is UNSET
        assert same.to_dict() == {"id": 6}
    assert not UNSET
    assert isinstance(UNSET, Unset)
    assert repr(UNSET) == "UNSET"


def test_read_model_remembers_which_members_were_absent() -> None:
    data = {"id": 1, "title": None, "state": "Ongoing"}
    purchase = models.Purchase.from_dict(data)
    assert (purchase.title, purchase.owner, purchase.created_at) == (None, None, None)
    for again in (purchase, copy.copy(purchase), copy.deepcopy(purchase), pickle.loads(pickle.dumps(purchase))):
        assert [name for name in ("id", "title", "state", "owner", "created_at") if again.has(name)] == [
            "id", "title", "state"
        ]  # fmt: skip
        assert again.to_dict() == data
        assert again == purchase


def test_read_model_made_by_hand_leaves_out_each_none() -> None:
    purchase = models.Purchase(id=1, title="Laptops", owner=None)
    assert purchase.has("title")
    assert not purchase.has("owner")
    assert purchase.to_dict() == {"id": 1, "title": "Laptops"}


def test_member_is_present_after_a_value_is_assigned() -> None:
    purchase = models.Purchase.from_dict({"id": 1, "title": "Laptops"})
    purchase.owner = models.UserRef(id=35)
    purchase.title = None
    assert purchase.has("owner")
    assert purchase.to_dict() == {"id": 1, "title": None, "owner": {"id": 35}}


def test_member_of_a_request_is_present_unless_it_is_unset() -> None:
    body = one_time(comment=None)
    assert body.has("comment")
    assert not body.has("payment_method")


@pytest.mark.parametrize("name", ["createdAt", "nothing", "additional_properties", "_absent"])
def test_has_refuses_a_name_that_is_no_member(name: str) -> None:
    with pytest.raises(AttributeError, match=f"^Purchase has no member '{name}'"):
        models.Purchase(id=1).has(name)


@pytest.mark.parametrize(("data", "found"), [({}, "nothing"), ({"id": None}, "null"), ({"x": 1}, "nothing")])
def test_required_member_that_is_missing_is_an_error(data: dict[str, Any], found: str) -> None:
    with pytest.raises(InvalidData, match=f"^id: expected an integer, found {found}$"):
        models.Purchase.from_dict(data)


def test_models_that_only_responses_contain_have_no_unset() -> None:
    sent = {
        *("Amount", "Duration", "FileUpload", "OneTimeCommitmentCreation", "OneTimeCommitmentForPurchaseCreation"),
        *("PurchaseClosing", "PurchaseCreation", "RequestCancellation", "SubscriptionCommitmentCreation"),
        *("SubscriptionCommitmentForPurchaseCreation", "SupplierChoice", "Tax", "TaxedAmount"),
    }
    kinds = [getattr(models, name) for name in models.__all__]
    for model in filter(attrs.has, kinds):
        types = " ".join(str(each.type) for each in attrs.fields(model))
        assert (model.__name__ in sent) or "Unset" not in types


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


def test_model_of_another_class_with_same_members_is_not_equal() -> None:
    amount = {"value": Decimal(1), "currency": "EUR"}
    assert models.Amount.from_dict(amount) == models.Amount.from_dict(amount)
    written: object = models.Amount.from_dict(amount)
    assert written != models.AmountRead.from_dict(amount)
    with pytest.raises(TypeError, match="unhashable"):
        hash(written)


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        (
            models.Purchase.from_json(sample_bytes("create-purchase.response")),
            "Purchase(id=6655, type_='Subscription', title='AWS S3', state='Closed')",
        ),
        (
            models.AmountRead.from_dict({"value": Decimal("1.10"), "currency": "XTS", "news": 5}),
            "AmountRead(value=1.10, currency='XTS')",
        ),
        (models.DualAmount(base=models.AmountRead(value=1)), "DualAmount(base=AmountRead(value=1))"),
        (models.DualAmount.from_dict({"rate": None}), "DualAmount(rate=None)"),
        (models.PurchasePage(items=[models.Purchase(id=1)] * 2, next_="a"), "PurchasePage(items=<2 items>, next_='a')"),
        (models.TaxRate(id=1, percentage="0.2"), "TaxRate(id=1, percentage=0.2)"),
        (
            models.PurchaseClosing(comment="Done\n" * 20, date="2025-04-14"),
            "PurchaseClosing(comment='" + r"Done\n" * 8 + "...', date=2025-04-14)",
        ),
        (models.BankAccount(iban="FR7630001"), "BankAccount()"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_repr_is_one_line_with_the_members_that_identify(model: Any, shown: str) -> None:
    assert repr(model) == shown


def test_repr_is_short() -> None:
    long = models.AttachmentPages.from_dict({"displayHrefTemplate": "x" * 500, "count": 5})
    assert len(repr(long)) < 120
    user = models.UserRef(id=1, name="Łucja\n" * 50)
    assert repr(user).startswith("UserRef(id=1, name='Łucja\\nŁ")
    tower = models.ApprovalRequest(id=1)
    tower.additional_properties["a"] = "x" * 500
    assert repr(tower) == "ApprovalRequest(id=1)"
    dual = models.DualTaxedAmount.from_dict(
        {name: {"excludingTaxes": {"value": 10**30, "currency": "EUR"}} for name in ("base", "counter")}
    )
    assert len(repr(dual)) == 120
    assert repr(dual).endswith("...)")


def test_rich_shows_a_model_as_a_tree() -> None:
    data = {
        "id": 6,
        "state": "Active",
        "bankAccount": {"iban": "FR7630001", "bic": "AGRIFRPP"},
        "contacts": [{"lastName": "Blanc", "email": "a@b.example"}],
        "news": 5,
    }
    shown = pretty_repr(models.Supplier.from_dict(data), max_width=40)
    assert shown.splitlines() == [
        "Supplier(",
        "    id=6,",
        "    state='Active',",
        "    contacts=[",
        "        SupplierContact(",
        "            last_name='Blanc'",
        "        )",
        "    ],",
        "    bank_account=BankAccount(),",
        "    additional_properties={'news': 5}",
        ")",
    ]


# ---- Times


@pytest.mark.parametrize(
    "text",
    [
        "2024-09-24T10:02:01.9244011+00:00",
        "2025-07-01T13:27:11.485Z",
        "2025-07-01T13:27:11",
        "2025-07-01T13:27:11+0200",
    ],
)
def test_time_is_written_back_as_its_text(text: str) -> None:
    purchase = models.Purchase.from_dict({"id": 1, "createdAt": text})
    created = purchase.created_at
    assert created == datetime.fromisoformat(text)
    assert hash(created) == hash(datetime.fromisoformat(text))
    for again in (purchase, copy.copy(purchase), copy.deepcopy(purchase), pickle.loads(pickle.dumps(purchase))):
        assert again.created_at == created
        assert again.to_dict()["createdAt"] == text
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(created, protocol)) == created


def test_time_that_was_calculated_has_no_text_of_the_response() -> None:
    purchase = models.Purchase.from_dict({"id": 1, "createdAt": "2024-09-24T10:02:01.9244011+00:00"})
    assert purchase.created_at
    for later in (purchase.created_at + timedelta(hours=1), purchase.created_at.replace(hour=11)):
        purchase.created_at = later
        assert purchase.to_dict()["createdAt"] == "2024-09-24T11:02:01.924401+00:00"
        assert pickle.loads(pickle.dumps(purchase)) == purchase
        assert copy.deepcopy(later) == later


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
