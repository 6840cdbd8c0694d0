"""Reading returns a model, or raises one type of error that names the member, for all input."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
import pickle
import string
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lucca_procurement_api import api, models
from lucca_procurement_api.errors import ApiError, InvalidData
from support.samples import MODELS, exact_json, meaning, sample, sample_bytes
from support.sender import FixedSender

READABLE = [model for name in models.__all__ if hasattr(model := getattr(models, name), "from_dict")]
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["2025-04-14", "2024-09-24T10:02:01Z", "EUR", "OneTimeCommitment", "Created"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def places(value: Any) -> list[tuple[str | int, ...]]:
    """Return the path to every value within JSON data."""
    if isinstance(value, dict):
        steps: list[tuple[str | int, Any]] = list(value.items())
    elif isinstance(value, list):
        steps = list(enumerate(value))
    else:
        return [()]
    return [(), *((step, *rest) for step, inner in steps for rest in places(inner))]


def put(data: Any, place: tuple[str | int, ...], value: Any) -> Any:
    """Return a copy of JSON data with another value at a place."""
    if not place:
        return value
    changed = copy.deepcopy(data)
    holder = changed
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    return changed


def read_or_error(model: Any, value: Any) -> Any:
    """Return the model, or the only error that reading may raise."""
    try:
        return model.from_dict(value)
    except InvalidData as error:
        return error


def written(place: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).lstrip(".")


@given(st.decimals(allow_nan=False, allow_infinity=False).filter(lambda value: len(value.as_tuple().digits) <= 28))
@example(Decimal("9999999999999999999999999999"))
@example(Decimal("0.1234567890123456789012345678"))
@example(Decimal("1E+400"))
def test_amount_of_28_digits_after_round_trip_is_equal(value: Decimal) -> None:
    amount = models.Amount(value=value, currency=models.Currency.EUR)
    again = models.Amount.from_json(amount.to_json())
    assert again == amount
    assert again.value == value


@given(st.sampled_from(READABLE), ANY_JSON)
def test_from_dict_of_any_json_returns_model_or_invalid_data(model: Any, value: Any) -> None:
    found = read_or_error(model, value)
    if not isinstance(found, InvalidData):
        assert model.from_json(found.to_json()) == found


PLACES = [(name, place) for name in sorted(MODELS) for place in places(sample(name))]


@pytest.mark.slow
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PLACES), ANY_JSON)
def test_from_dict_with_bad_json_at_any_place_names_place(at: tuple[str, tuple[str | int, ...]], value: Any) -> None:
    name, place = at
    found = read_or_error(MODELS[name], put(sample(name), place, value))
    if isinstance(found, InvalidData):
        # The place itself, a value within what was put there, or an object whose kind can no longer be known.
        path = written(place)
        assert found.path.startswith(path) or path.startswith(found.path)
    else:
        assert MODELS[name].from_json(found.to_json()) == found


@given(st.sampled_from(READABLE), st.binary(max_size=200) | st.text(string.printable, max_size=200).map(str.encode))
def test_from_json_of_any_bytes_returns_model_or_invalid_data(model: Any, content: bytes) -> None:
    with contextlib.suppress(InvalidData):
        model.from_json(content)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (
            ("items", 3, "commitment", "amountIncludingTaxes", "base", "excludingTaxes", "value"),
            "12",
            "items[3].commitment.amountIncludingTaxes.base.excludingTaxes.value: "
            "expected a number, read from JSON as a Decimal or an int, found a string",
        ),
        (("items", 0, "id"), None, "items[0].id: expected an integer, found null"),
        (("items", 0, "id"), True, "items[0].id: expected an integer, found a boolean"),
        (("items", 1, "title"), 5, "items[1].title: expected a string, found an integer"),
        (("items", 1, "owner"), [], "items[1].owner: expected an object, found an array"),
        (("items", 2, "createdAt"), "yesterday", "items[2].createdAt: expected a date-time"),
        (("items", 2, "createdAt"), "20240924", "items[2].createdAt: expected a date-time"),
        (("items", 2, "createdAt"), "2024-09-24x10:02:01Z", "items[2].createdAt: expected a date-time"),
        (("items", 2, "commitment", "startDate"), "2025-W16-1", "items[2].commitment.startDate: expected a date"),
        (("items", 2, "commitment", "startDate"), "20250414", "items[2].commitment.startDate: expected a date"),
        (
            ("items", 2, "commitment", "attachments", 0, "file", "id"),
            "x",
            "items[2].commitment.attachments[0].file.id: expected a UUID",
        ),
        (("items", 2, "commitment", "attachments"), {}, "items[2].commitment.attachments: expected an array, found an"),
        (("items",), "none", "items: expected an array, found a string"),
        (("next",), 5, "next: expected a string, found an integer"),
    ],
)
def test_invalid_data_names_member_expected_and_found(place: tuple[str | int, ...], value: object, said: str) -> None:
    page = {"items": [sample("create-purchase.response") for _ in range(4)], "next": "token"}
    with pytest.raises(InvalidData) as caught:
        models.PurchasePage.from_dict(put(page, place, value))
    assert str(caught.value).startswith(said)
    assert caught.value.path == said.split(": ")[0]
    for again in (copy.copy(caught.value), pickle.loads(pickle.dumps(caught.value))):
        assert str(again) == str(caught.value)
        assert again.path == caught.value.path
    assert isinstance(caught.value, ApiError)
    assert isinstance(caught.value, ValueError)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("value", [None, 5, "text", [], [("id", 1)], Decimal("1.5")])
def test_from_dict_of_other_than_object_is_invalid_data(value: Any) -> None:
    with pytest.raises(InvalidData, match=r"^the value: expected an object, found"):
        models.Purchase.from_dict(value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b'{"id":1',
        b'{"id":1}}',
        b'{"id":NaN}',
        b'{"id":1,"title":"\xff"}',
        b'{"id":1,"title":"\\ud800"}',
        b'{"id":' + b"9" * 5000 + b"}",
        b'{"id":1,"n":1e' + b"9" * 30 + b"}",
        b'{"id":1,"axisSections":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"[" * 100_000,
    ],
    ids=lambda content: content[:24].decode("latin-1"),
)
def test_from_json_of_unreadable_bytes_is_invalid_data(content: bytes) -> None:
    with pytest.raises(InvalidData, match="expected JSON"):
        models.Purchase.from_json(content)


def test_unknown_member_with_deep_nesting_is_kept() -> None:
    value: Any = Decimal("1.10")
    for _ in range(32):
        value = {"deeper": [value]}
    data = {"id": 1, "somethingNew": value}
    purchase = models.Purchase.from_json(json.dumps(data, default=float).encode())
    assert models.Purchase.from_json(purchase.to_json()) == purchase
    assert models.Purchase.from_dict(data).to_dict() == data


def test_number_with_5000_digits_is_exact() -> None:
    digits = "1." + "1234567890" * 500
    amount = models.AmountRead.from_json(f'{{"value":{digits}}}'.encode())
    assert amount.value == Decimal(digits)
    assert amount.to_json() == f'{{"value":{digits}}}'.encode()


# ---- Pages, whose arrays are parsed item by item when they are large


def page_of(count: int) -> bytes:
    """Return a page of purchases as bytes, with different ids."""
    head, tail = sample_bytes("create-purchase.response").split(b'"id": 6655', 1)
    items = b",".join(head + b'"id": %d' % (10_000 + index) + tail for index in range(count))
    return b'{"items": [' + items + b'], "next": "token", "count": %d, "news": [1.10, {"a": [null]}]}' % count


def test_large_page_from_json_equals_from_dict() -> None:
    large = models.PurchasePage.from_json(page_of(40))
    assert len(page_of(40)) > 65_536 * 2
    assert large == models.PurchasePage.from_dict(exact_json(page_of(40)))
    assert [purchase.id for purchase in large.items] == list(range(10_000, 10_040))
    assert large.additional_properties == {"news": [Decimal("1.10"), {"a": [None]}]}
    assert meaning(exact_json(large.to_json())) == meaning(exact_json(page_of(40)))


@pytest.mark.parametrize(("count", "goes_on"), [(40, True), (1, False)])
async def test_large_answer_is_read_without_blocking_event_loop(count: int, goes_on: bool) -> None:
    other = asyncio.create_task(asyncio.sleep(0))
    page = await api.list_purchases(FixedSender(200, page_of(count)))
    # The sender never yields to the loop. A small answer costs less than a thread.
    assert other.done() is goes_on
    assert isinstance(page, models.PurchasePage)
    assert len(page.items) == count
    await other


@pytest.mark.slow
def test_large_page_of_50_mb_is_read() -> None:
    content = page_of(8_000)
    assert len(content) > 50_000_000
    page = models.PurchasePage.from_json(content)
    assert len(page.items) == 8_000
    assert page.items[-1].id == 17_999


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (b'"id": 10020,', "items[20].id"),
        (b'"state": "Closed"', "items[0].state"),
    ],
)
def test_large_page_with_bad_member_names_its_path(found: bytes, said: str) -> None:
    name = found.split(b":")[0]
    with pytest.raises(InvalidData) as caught:
        models.PurchasePage.from_json(page_of(40).replace(found, name + b": [5]" + found[-1:].strip(b'"'), 1))
    assert caught.value.path == said


@pytest.mark.parametrize("broken", [b'"title": \xff', b'"title": nope', b'"title": "\xff"'])
def test_large_page_of_invalid_json_is_invalid_data(broken: bytes) -> None:
    content = page_of(40).replace(b'"title": "AWS S3"', broken, 1)
    with pytest.raises(InvalidData, match="expected JSON"):
        models.PurchasePage.from_json(content)


def test_large_json_of_wrong_type_is_invalid_data() -> None:
    with pytest.raises(InvalidData, match="expected an object, found a string"):
        models.PurchasePage.from_json(b'"' + b"a" * 100_000 + b'"')
    with pytest.raises(InvalidData, match="expected an object, found an array"):
        models.PurchasePage.from_json(b" [" + b"1, " * 50_000 + b"1]")
    with pytest.raises(InvalidData, match="next: expected a string, found an array"):
        models.PurchasePage.from_json(page_of(40).replace(b'"next": "token"', b'"next": [1]'))
