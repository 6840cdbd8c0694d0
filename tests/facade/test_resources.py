"""The resources: the request of each call, every documented answer, and the arguments that are refused unsent."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from lucca_procurement import LuccaProcurement, errors, models
from lucca_procurement.emulator import Emulator, Quirks
from support.addresses import PROCUREMENT
from support.client import Call, client_over
from support.samples import ONE_TIME, PURCHASE, SUBSCRIPTION, exact_json, sample, sample_bytes
from support.transports import Checked

DAY = date(2025, 1, 1)


@pytest.fixture
def emulator() -> Emulator:
    return Emulator(rate=None, approve="manual")


def last_request(wire: Checked) -> tuple[str, str, Any]:
    """Return the method, path and body of the last request."""
    request = wire.requests[-1]
    return request.method, request.url.path, exact_json(request.content) if request.content else None


# ---- Purchases


@pytest.mark.parametrize("created_answer", ["own", "shared"])
@pytest.mark.parametrize("id_name", ["id", "own"])
async def test_purchases_create_with_each_answer_form_returns_id(
    emulator: Emulator, wire: Checked, client: LuccaProcurement, created_answer: str, id_name: str
) -> None:
    emulator.quirks.set(created_answer=created_answer, id_name=id_name)
    created = await client.purchases.create(PURCHASE)
    assert last_request(wire) == ("POST", f"{PROCUREMENT}/purchases", sample("create-purchase.request"))
    assert [purchase["id"] for purchase in emulator.created()] == [created.id]
    found = await client.purchases.get(created.id)
    assert (found.id, found.title, found.state) == (created.id, PURCHASE.title, "Created")


async def test_purchases_get_with_missing_id_raises_not_found(client: LuccaProcurement) -> None:
    with pytest.raises(errors.NotFound, match=r"get_purchase .*/purchases/1"):
        await client.purchases.get(1)


async def test_purchases_close_with_date_sends_date_and_closes(
    emulator: Emulator, wire: Checked, client: LuccaProcurement
) -> None:
    request = await ask_for_approval(client)
    emulator.approve(request.id)
    (purchase,) = emulator.created()
    closing = await client.purchases.close(purchase["id"], comment="Paid", date=DAY)  # type: ignore[func-returns-value]
    assert closing is None
    path = f"{PROCUREMENT}/purchases/{purchase['id']}/closing"
    assert last_request(wire) == ("POST", path, {"comment": "Paid", "date": "2025-01-01"})
    assert (await client.purchases.get(purchase["id"])).state == "Closed"


async def test_purchases_iterate_item_equals_purchase_of_get(emulator: Emulator, client: LuccaProcurement) -> None:
    listing = client.purchases.iterate(page_size=10)
    first = await anext(aiter(listing))
    assert isinstance(first, models.Purchase)
    assert first == await client.purchases.get(first.id)


# ---- Commitments


async def ask_for_approval(client: LuccaProcurement) -> models.ApprovalRequest:
    purchase = await client.purchases.create(PURCHASE)
    commitment = await client.commitments.create(purchase.id, ONE_TIME)
    return await client.requests.create(commitment.id)


@pytest.mark.parametrize("answer", ["object", "items"])
@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("id_name", ["id", "own"])
@pytest.mark.parametrize("path", ["purchase", "commitments"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [(ONE_TIME, models.OneTimeCommitment), (SUBSCRIPTION, models.SubscriptionCommitment)],
    ids=["one-time", "subscription"],
)
async def test_commitments_create_on_each_path_returns_commitment(
    path: Any, answer: Any, status: Any, id_name: Any, body: Any, kind: type
) -> None:
    quirks = Quirks(commitment_path=path, commitment_answer=answer, commitment_status=status, id_name=id_name)
    emulator = Emulator(rate=None, quirks=quirks)
    wire = Checked(emulator)
    async with client_over(wire, commitment_path=path) as client:
        purchase = await client.purchases.create(PURCHASE)
        created = await client.commitments.create(purchase.id, body)
        method, target, written = last_request(wire)
        found = (await client.purchases.get(purchase.id)).commitment
    assert isinstance(created, kind)
    assert isinstance(found, kind)
    assert isinstance(found, models.OneTimeCommitment | models.SubscriptionCommitment)
    assert created.id == found.id
    by_purchase = path == "purchase"
    assert method == "POST"
    assert target == PROCUREMENT + (f"/purchases/{purchase.id}/commitment" if by_purchase else "/commitments")
    assert written == exact_json(body.to_json()) | ({} if by_purchase else {"purchaseId": purchase.id})


@pytest.mark.parametrize(("path", "other"), [("purchase", "commitments"), ("commitments", "purchase")])
async def test_commitments_create_with_fixed_path_never_tries_other(path: Any, other: Any) -> None:
    wire = Checked(Emulator(rate=None, quirks=Quirks(commitment_path=other)))
    async with client_over(wire, commitment_path=path) as client:
        purchase = await client.purchases.create(PURCHASE)
        with pytest.raises(errors.NotFound):
            await client.commitments.create(purchase.id, ONE_TIME)
    assert len(wire.requests) == 2


@pytest.mark.parametrize(
    "body", [b'{"items": []}', b'{"items": [{"id": 1}, {"id": 2}]}', b"{}", b'{"type": "OneTimeCommitment"}', b"[]"]
)
async def test_commitments_create_without_single_result_is_unknown(body: bytes) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, content=body, headers={"content-type": "application/json"})

    async with client_over(httpx.MockTransport(answer)) as client:
        with pytest.raises(errors.OutcomeUnknown) as caught:
            await client.commitments.create(1, ONE_TIME)
    assert caught.value.accepted
    assert caught.value.body == body.decode()


async def test_commitments_create_with_unknown_type_keeps_raw_data(client: LuccaProcurement) -> None:
    purchase = await client.purchases.create(PURCHASE)
    transport = httpx.MockTransport(lambda _: httpx.Response(201, json={"id": 3, "type": "Barter", "goats": 2}))
    async with client_over(transport) as other:
        created = await other.commitments.create(purchase.id, ONE_TIME)
    assert isinstance(created, models.UnknownCommitment)
    assert created.to_dict() == {"id": 3, "type": "Barter", "goats": 2}


# ---- Requests


async def test_requests_cancel_sends_comment_and_twice_is_conflict(wire: Checked, client: LuccaProcurement) -> None:
    request = await ask_for_approval(client)
    assert (request.state, wire.requests[-1].content) == ("Pending", b"")
    await client.requests.cancel(request.id, comment="Too dear")
    path = f"{PROCUREMENT}/requests/{request.id}/cancellations"
    assert last_request(wire) == ("POST", path, {"comment": "Too dear"})
    with pytest.raises(errors.Conflict):
        await client.requests.cancel(request.id, comment="Too dear")


async def test_requests_create_sends_empty_body() -> None:
    received: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = b'{"id": 9}'
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n")
        writer.write(b"Connection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        # The client closes the connection because of the header. The request is all that came until then.
        received.set_result(head + await reader.read())
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        async with LuccaProcurement(f"http://{host}:{port}", "key", rate=None) as client:
            assert (await client.requests.create(7)).id == 9
        head, _, body = (await received).lower().partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    names = [line.partition(b":")[0] for line in lines]
    assert first == b"post /cleemy-procurement/api/commitments/7/requests http/1.1"
    assert b"content-length: 0" in lines
    assert b"content-type" not in names
    assert b"transfer-encoding" not in names
    assert body == b""


# ---- Reference data


@pytest.mark.parametrize("territory_ids", ["string", "integer"])
async def test_tax_rates_list_with_code_or_number_returns_same_rates(territory_ids: Any) -> None:
    wire = Checked(Emulator(rate=None, quirks=Quirks(territory_ids=territory_ids)))
    async with client_over(wire) as client:
        by_code = await client.tax_rates.list(DAY, "FR")
        assert wire.requests[-1].url.query == b"date=2025-01-01&territoryId=FR"
        assert Decimal("0.2") in [rate.percentage for rate in by_code]
        assert by_code[0].rate_type
        number = by_code[0].rate_type.territory_id
        if territory_ids == "integer":
            assert isinstance(number, int)
            assert await client.tax_rates.list(DAY, number) == by_code
            assert wire.requests[-1].url.query == f"date=2025-01-01&territoryId={number}".encode()
        assert await client.tax_rates.list(DAY, "ZZ") == []


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({}, {}),
        ({"state": "Active"}, {"state": "Active"}),
        ({"state": models.SupplierState.ARCHIVED}, {"state": "Archived"}),
        ({"search": "a & b=c"}, {"search.terms": "a & b=c"}),
        ({"search": "é", "state": "Active"}, {"search.terms": "é", "state": "Active"}),
    ],
)
async def test_suppliers_iterate_sends_filters_on_each_page(
    wire: Checked, client: LuccaProcurement, filters: Any, query: Any
) -> None:
    async for supplier in client.suppliers.iterate(page_size=2, **filters):
        assert "state" not in query or supplier.state == query["state"]
    assert wire.requests
    for request in wire.requests:
        params = dict(request.url.params)
        params.pop("page", None)
        assert params == {"fields.root": "next,count", "limit": "2", **query}


async def test_suppliers_iterate_with_search_returns_matches(client: LuccaProcurement) -> None:
    everyone = [supplier async for supplier in client.suppliers.iterate()]
    word = (everyone[3].name or "").split()[0]
    found = [supplier.id async for supplier in client.suppliers.iterate(search=word.upper())]
    assert everyone[3].id in found
    assert len(found) < len(everyone)


async def test_natures_and_cost_centers_iterate_yields_models(client: LuccaProcurement) -> None:
    natures = [nature async for nature in client.natures.iterate()]
    centers = [center async for center in client.cost_centers.iterate()]
    assert all(isinstance(nature, models.Nature) and nature.name for nature in natures)
    assert all(isinstance(center, models.CostCenter) and center.code for center in centers)
    assert natures
    assert centers


# ---- Invalid arguments


def calls_with(wrong: Any) -> dict[str, Call]:
    """Return each call, with an invalid id."""
    return {
        "get": lambda client: client.purchases.get(wrong),
        "close": lambda client: client.purchases.close(wrong, comment="", date=DAY),
        "commitment": lambda client: client.commitments.create(wrong, ONE_TIME),
        "subscription": lambda client: client.commitments.create(wrong, SUBSCRIPTION),
        "request": lambda client: client.requests.create(wrong),
        "cancel": lambda client: client.requests.cancel(wrong, comment=""),
    }


async def first(listing: Any) -> None:
    await anext(aiter(listing))


WRONG: dict[str, Call] = {
    **{
        f"{name} {wrong!r:.12}": call
        for wrong in ("1", "../1", 1.0, True, None, 2**31, -(2**31) - 1, Decimal(1))
        for name, call in calls_with(wrong).items()
        # If the id goes into the body, the server checks its bounds, as it does for all members.
        if name not in ("commitment", "subscription") or wrong not in (2**31, -(2**31) - 1)
    },
    **{
        f"purchase of {type(body).__name__}": lambda client, body=body: client.purchases.create(body)  # type: ignore[misc]
        for body in (None, "x", 5, 1.5, [], {}, object(), ONE_TIME)
    },
    **{
        f"commitment of {type(body).__name__}": lambda client, body=body: client.commitments.create(1, body)  # type: ignore[misc]
        for body in (None, "x", 5, 1.5, [], {}, object(), PURCHASE, ONE_TIME.to_dict())
    },
    "closing comment": lambda client: client.purchases.close(1, comment=None, date=DAY),  # type: ignore[arg-type]
    "closing day as text": lambda client: client.purchases.close(1, comment="", date="1.1.2025"),
    "closing day with a time": lambda client: client.purchases.close(1, comment="", date=datetime(2025, 1, 1)),  # noqa: DTZ001
    "cancel comment": lambda client: client.requests.cancel(1, comment=5),  # type: ignore[arg-type]
    "half a character": lambda client: client.requests.cancel(1, comment="\ud800"),
    "rates of no day": lambda client: client.tax_rates.list(None, "FR"),  # type: ignore[arg-type]
    "rates with a time": lambda client: client.tax_rates.list(datetime(2025, 1, 1), "FR"),  # noqa: DTZ001
    "rates of nowhere": lambda client: client.tax_rates.list(DAY, None),  # type: ignore[arg-type]
    "rates of a float": lambda client: client.tax_rates.list(DAY, 1.5),  # type: ignore[arg-type]
    "search by half a character": lambda client: first(client.suppliers.iterate(search="\ud800")),
    "start with half a character": lambda client: first(client.natures.iterate(start="\ud800")),
}


@pytest.mark.parametrize("path", ["purchase", "commitments"])
@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG)
async def test_call_with_invalid_argument_sends_nothing(call: Call, path: Any) -> None:
    requests = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(500)

    async with client_over(httpx.MockTransport(answer), commitment_path=path) as client:
        with pytest.raises(errors.InvalidArgument) as caught:
            await call(client)
    assert requests == []
    assert "Nothing was sent" in str(caught.value)
    assert ": _" not in str(caught.value)


@pytest.mark.parametrize("filters", [{"state": 5}, {"state": True}, {"search": 5}, {"search": b"x"}])
def test_suppliers_iterate_with_invalid_filter_is_refused(filters: Any) -> None:
    client = client_over(httpx.MockTransport(lambda _: httpx.Response(500)))
    asyncio.run(client.aclose())
    with pytest.raises(errors.InvalidArgument, match="state and search"):
        client.suppliers.iterate(**filters)


async def test_purchases_create_with_float_in_extra_member_is_refused(client: LuccaProcurement) -> None:
    body = models.PurchaseCreation.from_json(sample_bytes("create-purchase.request"))
    body.additional_properties["budget"] = 0.1
    with pytest.raises(errors.InvalidArgument, match="Decimal"):
        await client.purchases.create(body)
