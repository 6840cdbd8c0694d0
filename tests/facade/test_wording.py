"""The wording of the errors that a new user meets: each names the place, and the action to take."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest

from lucca_procurement import LuccaProcurement, Order, errors, models, taxed_amount
from lucca_procurement._ordering.check import check_order
from support.client import client_over

HOST = "https://example.ilucca.net"
LAPTOPS: dict[str, Any] = {
    "title": "Laptops",
    "supplier": 6,
    "owner": 35,
    "nature": 1,
    "amount": "1250.00",
    "cost_date": "2026-12-01",
    "invoice_date": "2026-12-15",
}


def fixed_answer(status: int, **content: Any) -> httpx.MockTransport:
    return httpx.MockTransport(lambda _: httpx.Response(status, **content))


@pytest.mark.parametrize("path", ["/api/v3", "/api", "/cleemy-procurement/api/purchases", "/proxy/api/"])
def test_base_url_with_path_of_api_is_refused(path: str) -> None:
    with pytest.raises(errors.ConfigurationError, match="base_url ends in a path of the API: pass the host alone"):
        LuccaProcurement(HOST + path, "key")


async def test_not_found_without_id_names_host_and_base_url() -> None:
    async with client_over(fixed_answer(404)) as lucca:
        with pytest.raises(errors.NotFound) as caught:
            await anext(aiter(lucca.purchases.iterate()))
    message = str(caught.value)
    assert "127.0.0.1/cleemy-procurement/api/purchases" in message
    assert "No id was asked for: check the base URL, which must be that of the host alone." in message


async def test_not_found_with_id_advises_to_check_it() -> None:
    async with client_over(fixed_answer(404)) as lucca:
        with pytest.raises(errors.NotFound, match="Check the id, and that the key has access to it"):
            await lucca.purchases.get(5)


async def test_loop_without_async_is_refused() -> None:
    async with client_over(fixed_answer(404)) as lucca:
        with pytest.raises(TypeError, match="a list is read with `async for`"):
            list(lucca.purchases.iterate())  # type: ignore[call-overload]


async def test_await_of_iterate_is_refused() -> None:
    async with client_over(fixed_answer(404)) as lucca:
        with pytest.raises(TypeError, match="`iterate\\(\\)` is not awaited: async for"):
            await lucca.purchases.iterate()  # type: ignore[misc]


async def test_with_without_async_is_refused() -> None:
    async with client_over(fixed_answer(404)) as lucca:
        with pytest.raises(TypeError, match="a client is opened with `async with`"), lucca:  # type: ignore[attr-defined]
            pass


async def test_submit_many_of_one_order_advises_submit(order: Order) -> None:
    async with client_over(fixed_answer(404)) as lucca:
        with pytest.raises(errors.InvalidArgument, match=r"for a single one, call submit\(order\)"):
            [each async for each in lucca.orders.submit_many(order)]  # type: ignore[arg-type]


async def test_rejected_page_token_advises_to_start_anew() -> None:
    async with client_over(fixed_answer(400)) as lucca:
        with pytest.raises(errors.BadRequest, match="The page token may be too old: read the list from its beginning"):
            [each async for each in lucca.purchases.iterate(start="old")]
        with pytest.raises(errors.BadRequest) as caught:
            [each async for each in lucca.purchases.iterate()]
    assert "page token" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (12.5, "value must be exact, .* not the float 12.5"),
        (True, "value must be an amount, .* not True"),
        (None, "value must be an amount, .* not None"),
        ("12,50", "value must be an amount in digits, as \"12.50\", not '12,50'"),
        ("NaN", "value must be an amount in digits"),
        ("1e5", "value must be an amount in digits"),
        (" 1", "value must be an amount in digits"),
        ("12.345", r"12.345 EUR is finer than the smallest unit of its currency \(0.01\): round it first"),
    ],
)
def test_amount_that_is_not_exact_is_refused(value: Any, said: str) -> None:
    with pytest.raises(errors.InvalidArgument, match=said):
        taxed_amount(value, "EUR")


async def test_no_tax_rates_name_day_and_territory() -> None:
    async with client_over(fixed_answer(200, json=[])) as lucca:
        with pytest.raises(errors.NoTaxRate) as caught:
            await lucca.tax_rates.find(date(2026, 12, 1), "France", "0.2")
    assert str(caught.value) == (
        "on 2026-12-01 in the territory 'France', 0 tax rates are 0.2. There are: none."
        " Pass the territory as Lucca names it, such as FR."
    )


async def test_order_incomplete_does_not_repeat_its_cause(order: Order) -> None:
    async with client_over(fixed_answer(401, json={"title": "Unauthorized key"})) as lucca:
        with pytest.raises(errors.OrderIncomplete) as caught:
            await lucca.orders.submit(order)
    assert "Unauthorized key" in str(caught.value.__cause__)
    assert "Unauthorized key" not in str(caught.value)


@pytest.fixture
def order() -> Order:
    return Order.one_time("ERP-4711", **LAPTOPS)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (
            {"currency": "EURO"},
            r"excluding_taxes\.currency is .EURO., .* \(near values: EUR",
        ),
        ({"payment_method": "bank transfer"}, r"payment_method is 'bank transfer', .* \(near values: BankTransfer\)"),
        ({"currency": "\u20ac"}, r"currency is '\\u20ac', which the contract does not list; if Lucca knows it, set"),
    ],
)
def test_check_names_member_and_near_values(members: dict[str, Any], said: str) -> None:
    with pytest.raises(errors.InvalidArgument, match=said):
        check_order(Order.one_time("ERP-4711", **(LAPTOPS | members)))


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"supplier": "Dell"}, "supplier must be an id, which is a whole number, not 'Dell'"),
        ({"owner": "35"}, "owner must be an id, which is a whole number, not '35'"),
        ({"title": None}, "title must be text, not None"),
        ({"comment": 5}, "comment must be text, not 5"),
        ({"taxes": 5}, "taxes must be a list, not 5"),
        ({"axis_sections": "361"}, "axis_sections must be a list, not '361'"),
        ({"attachments": [UUID(int=1)] * 4}, "attachments must be at most 3 files, not 4"),
        ({"amount": "1.005"}, "amount: 1.005 EUR is finer than the smallest unit"),
        ({"amount": 12.5}, "amount must be exact, .* not the float 12.5"),
        ({"amount": "12,50"}, "amount must be an amount in digits"),
        ({"cost_date": "1.12.2026"}, "cost_date must be a date such as '2025-04-14'"),
        ({"cost_date": datetime(2026, 12, 1, tzinfo=UTC)}, "cost_date is a datetime: use a date"),
        ({"attachments": ["offer.pdf"]}, r"attachments\[0\] must be an uploaded File or its id, not 'offer.pdf'"),
        ({"payment_method": 5}, "payment_method must be a PaymentMethod or its text"),
        ({"amount": taxed_amount(1, "USD"), "currency": "CHF"}, "amount is in USD, and currency is CHF"),
    ],
)
def test_one_time_with_wrong_value_names_argument(members: dict[str, Any], said: str) -> None:
    with pytest.raises(errors.InvalidArgument, match=said):
        Order.one_time("ERP-4711", **(LAPTOPS | members))


@pytest.mark.parametrize("every", ["month", "1.5 months", "1 fortnight", "", 1, None])
def test_subscription_with_wrong_duration_names_argument(every: Any) -> None:
    members = {name: value for name, value in LAPTOPS.items() if name not in ("amount", "cost_date", "invoice_date")}
    days: dict[str, Any] = {"start_date": "2026-12-01", "first_invoice_date": "2026-12-31"}
    with pytest.raises(errors.InvalidArgument, match=r"every must be a duration such as .12 months. or .1 year., not"):
        Order.subscription("ERP-4711", **members, **days, amount_per_period=1, every=every)


def test_model_as_supplier_names_its_class() -> None:
    with pytest.raises(TypeError, match=r"^supplier must be a SupplierChoice"):
        models.PurchaseCreation(title="Laptops", supplier=6, owner_id=35, nature_id=1)  # type: ignore[arg-type]
