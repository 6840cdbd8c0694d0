"""The emulator as the API: the life of an order, refusals, lists, and the disagreements of the documentation."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from lucca_procurement.emulator import Emulator, Entry, Quirks, Refused
from support.addresses import JSON, PROCUREMENT
from support.client import http_client_of
from support.clock import Clock
from support.samples import ONE_TIME_BODY, PURCHASE_BODY, sample, sample_bytes

FILE = {"form": ("quote.pdf", b"%PDF-1.7", "application/pdf")}


@pytest.fixture
def emulator(clock: Clock) -> Emulator:
    return Emulator(rate=None, approve="manual", clock=clock)


async def send(http: httpx.AsyncClient, name: str, path: str) -> Any:
    """Send a sample as it stands, check that the answer is a success, and return its body."""
    answer = await http.post(f"{PROCUREMENT}{path}", content=sample_bytes(f"{name}.request"), headers=JSON)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def order(http: httpx.AsyncClient, kind: str = "one-time") -> tuple[int, int, int]:
    """Place an order of the samples, and return the ids of its purchase, commitment and request."""
    purchase = await send(http, "create-purchase-guide", "/purchases")
    commitment = await send(http, f"create-commitment-{kind}", f"/purchases/{purchase['id']}/commitment")
    request = (await http.post(f"{PROCUREMENT}/commitments/{commitment['id']}/requests")).json()
    return purchase["id"], commitment["id"], request["id"]


async def states_of(http: httpx.AsyncClient, purchase: int) -> tuple[str, str | None]:
    found = (await http.get(f"{PROCUREMENT}/purchases/{purchase}")).json()
    return found["state"], found["commitment"] and found["commitment"]["state"]


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Check that an answer is a problem with this status, and return the problem."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    return found


# ---- The life of an order


@pytest.mark.parametrize("kind", ["one-time", "subscription"])
async def test_order_after_each_step_has_documented_state(
    kind: str, http: httpx.AsyncClient, emulator: Emulator
) -> None:
    purchase = (await send(http, "create-purchase", "/purchases"))["id"]
    assert await states_of(http, purchase) == ("Created", None)
    commitment = (await send(http, f"create-commitment-{kind}", f"/purchases/{purchase}/commitment"))["id"]
    assert await states_of(http, purchase) == ("Created", "Created")
    request = (await http.post(f"{PROCUREMENT}/commitments/{commitment}/requests")).json()
    assert request["state"] == "Pending"
    assert request["businessObject"]["id"] == commitment
    assert await states_of(http, purchase) == ("Processing", "UnderReview")
    emulator.approve(request["id"])
    assert await states_of(http, purchase) == ("Ongoing", "Provisioned")
    await send(http, "close-purchase", f"/purchases/{purchase}/closing")
    assert await states_of(http, purchase) == ("Closed", "Provisioned")


async def test_order_after_denial_or_cancellation_has_that_state(http: httpx.AsyncClient, emulator: Emulator) -> None:
    denied, _, request = await order(http)
    emulator.deny(request)
    assert await states_of(http, denied) == ("Denied", "Denied")
    cancelled, _, request = await order(http)
    await send(http, "cancel-request", f"/requests/{request}/cancellations")
    assert await states_of(http, cancelled) == ("Cancelled", "Cancelled")
    assert [purchase["state"] for purchase in emulator.created()] == ["Denied", "Cancelled"]


async def test_approve_setting_auto_or_after_decides_in_time(clock: Clock) -> None:
    async with http_client_of(Emulator(rate=None, approve="auto", clock=clock)) as http:
        purchase, _, _ = await order(http)
        assert await states_of(http, purchase) == ("Ongoing", "Provisioned")
    async with http_client_of(Emulator(rate=None, approve="after=90", clock=clock)) as http:
        purchase, _, _ = await order(http)
        clock.now += 89
        assert await states_of(http, purchase) == ("Processing", "UnderReview")
        clock.now += 1
        assert await states_of(http, purchase) == ("Ongoing", "Provisioned")


async def test_amount_is_echoed_as_sent_and_read_in_two_currencies(http: httpx.AsyncClient) -> None:
    purchase = (await send(http, "create-purchase", "/purchases"))["id"]
    tax = {"rateTypeId": 45, "value": 25.00, "currency": "EUR"}
    body = sample("create-commitment-one-time.request")
    body["amountIncludingTaxes"] = {"excludingTaxes": {"value": 250, "currency": "EUR"}, "taxes": [tax]}
    echoed = (await http.post(f"{PROCUREMENT}/purchases/{purchase}/commitment", json=body)).json()
    assert echoed["amountIncludingTaxes"] == body["amountIncludingTaxes"]
    assert echoed["attachmentIds"] == []
    read = (await http.get(f"{PROCUREMENT}/purchases/{purchase}")).json()["commitment"]["amountIncludingTaxes"]
    assert read["base"]["includingTaxes"] == read["counter"]["includingTaxes"] == {"value": 275, "currency": "EUR"}


async def test_number_with_many_digits_is_returned_unchanged(http: httpx.AsyncClient) -> None:
    purchase = (await send(http, "create-purchase", "/purchases"))["id"]
    digits = b"12345678901234567890.1234567890"
    body = sample_bytes("create-commitment-one-time.request").replace(b"120", digits)
    path = f"{PROCUREMENT}/purchases/{purchase}/commitment"
    await http.post(path, content=body, headers=JSON)
    assert (await http.get(f"{PROCUREMENT}/purchases/{purchase}")).content.count(digits) > 3


async def test_subscription_is_read_with_its_totals(http: httpx.AsyncClient) -> None:
    purchase, _, _ = await order(http, "subscription")
    commitment = (await http.get(f"{PROCUREMENT}/purchases/{purchase}")).json()["commitment"]
    assert commitment["periodsCount"] == 12
    assert commitment["subscriptionEndDate"] == "2026-04-13"
    assert commitment["amountIncludingTaxes"]["base"]["includingTaxes"]["value"] == 12_000


async def test_upload_in_commitment_is_attached(http: httpx.AsyncClient, emulator: Emulator) -> None:
    file = (await http.post("/lucca-files/api/uploads", files=FILE)).json()
    assert (file["name"], file["contentLength"], file["contentType"]) == ("quote.pdf", 8, "application/pdf")
    assert emulator.tenant.uploads.content(file["id"]) == b"%PDF-1.7"
    purchase = (await send(http, "create-purchase", "/purchases"))["id"]
    body = ONE_TIME_BODY | {"attachmentIds": [file["id"]]}
    await http.post(f"{PROCUREMENT}/purchases/{purchase}/commitment", json=body)
    read = (await http.get(f"{PROCUREMENT}/purchases/{purchase}")).json()["commitment"]
    assert [attached["file"]["name"] for attached in read["attachments"]] == ["quote.pdf"]


def test_uploads_over_limit_drop_oldest_content(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lucca_procurement.emulator.uploads.CONTENT_HELD", 10)
    first, second = (emulator.tenant.store(name, "text/plain", b"123456") for name in ("a.txt", "b.txt"))
    assert emulator.tenant.uploads.content(first["id"]) is None
    assert emulator.tenant.uploads.content(second["id"]) == b"123456"
    assert first["id"] in emulator.tenant.uploads.files


async def test_emulator_mounted_in_other_application_answers() -> None:
    inner = Emulator()
    transport = httpx.ASGITransport(Starlette(routes=[Mount("/lucca", inner)]))
    headers = {"Authorization": "lucca application=emulator"}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/lucca", headers=headers) as http:
        assert (await http.get(f"{PROCUREMENT}/natures")).is_success
        assert (await http.get("/_emulator/state")).is_success


async def test_log_holds_each_request_with_status_and_time(http: httpx.AsyncClient, emulator: Emulator) -> None:
    await http.request("OPTIONS", f"{PROCUREMENT}/natures")
    await http.post("/lucca-files/api/uploads", content=b"x", headers={"Content-Type": "multipart/form-data"})
    await http.get("/nowhere?a=%20b", headers={"Authorization": "no"})
    assert [(each.method, each.operation, each.target, each.status) for each in emulator.log] == [
        ("OPTIONS", None, f"{PROCUREMENT}/natures", 405),
        ("POST", "upload_file", "/lucca-files/api/uploads", 400),
        ("GET", None, "/nowhere?a=%20b", 401),
    ]
    assert {each.time for each in emulator.log} == {1_750_000_000.0}


def test_log_over_limit_drops_oldest_entries(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lucca_procurement.emulator.procurement.LOG_HELD", 10)
    for number in range(25):
        emulator._keep(Entry(None, "GET", str(number), 0.0))
    assert 5 < len(emulator.log) <= 10
    assert emulator.log[-1].target == "24"


# ---- Refusals


async def test_key_missing_or_wrong_is_401(http: httpx.AsyncClient) -> None:
    for authorization in ("", "lucca application={emulator}", "Bearer emulator"):
        problem(await http.get(f"{PROCUREMENT}/natures", headers={"Authorization": authorization}), 401)


async def test_unknown_object_is_404_and_other_method_is_405(http: httpx.AsyncClient) -> None:
    problem(await http.get(f"{PROCUREMENT}/purchases/999999"), 404)
    problem(await http.get(f"{PROCUREMENT}/orders"), 404)
    problem(await http.post(f"{PROCUREMENT}/commitments/5/requests"), 404)
    answer = await http.delete(f"{PROCUREMENT}/purchases")
    problem(answer, 405)
    assert answer.headers["allow"] == "GET, POST"


async def test_validation_problem_matches_sample(http: httpx.AsyncClient) -> None:
    found = problem(await http.get("/cleemy-procurement/taxes/api/rates"), 400)
    assert found["title"] == sample("problem.validation.response")["title"]
    assert found["errors"] == {
        "Date": ["The date field is required."],
        "TerritoryId": ["The territoryId field is required."],
    }


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"ownerId": "35"}, "OwnerId"),
        ({"ownerId": 999}, "OwnerId"),
        ({"natureId": 99}, "NatureId"),
        ({"costCenterId": 0}, "CostCenterId"),
        ({"establishmentId": 99}, "EstablishmentId"),
        ({"departmentId": 99}, "DepartmentId"),
        ({"supplier": {"id": 999}}, "Supplier"),
        ({"supplier": {"name": "New"}}, "Supplier"),
        ({"supplier": {}}, "Supplier"),
        ({"axisSectionIds": [1]}, "AxisSectionIds"),
        ({"title": None}, "Title"),
        ({"title": "  "}, "Title"),
        ({"type": "Barter"}, "Type"),
    ],
)
async def test_purchase_with_invalid_member_is_refused_by_name(
    change: dict[str, Any], member: str, http: httpx.AsyncClient, emulator: Emulator
) -> None:
    found = problem(await http.post(f"{PROCUREMENT}/purchases", json=PURCHASE_BODY | change), 400)
    assert [*found["errors"]] == [member]
    assert emulator.created() == []


async def test_purchase_without_cost_center_establishment_and_department_is_created(http: httpx.AsyncClient) -> None:
    needed = {name: PURCHASE_BODY[name] for name in ("ownerId", "natureId", "supplier", "title")}
    answer = await http.post(f"{PROCUREMENT}/purchases", json=needed)
    assert answer.status_code == 201
    created = answer.json()
    assert (created["costCenter"], created["establishment"], created["department"]) == (None, None, None)


async def test_purchase_with_new_supplier_is_accepted(http: httpx.AsyncClient) -> None:
    body = PURCHASE_BODY | {"supplier": {"name": "Boulangerie", "territoryId": "FR"}}
    created = (await http.post(f"{PROCUREMENT}/purchases", json=body)).json()
    assert (created["supplier"]["id"], created["supplier"]["name"]) == (None, "Boulangerie")


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"type": "BarterCommitment"}, "Type"),
        ({"state": "Provisioned"}, "State"),
        ({"costDate": "14/04/2025"}, "CostDate"),
        (
            {"amountIncludingTaxes": {"excludingTaxes": {"value": "1", "currency": "EUR"}, "taxes": []}},
            "AmountIncludingTaxes",
        ),
        (
            {"amountIncludingTaxes": {"excludingTaxes": {"value": 1, "currency": "XXQ"}, "taxes": []}},
            "AmountIncludingTaxes",
        ),
        ({"attachmentIds": ["a6dcc9e5-d251-4d3a-86a2-74d9b452b643"]}, "AttachmentIds"),
        ({"paymentMethod": "Shells"}, "PaymentMethod"),
    ],
)
async def test_commitment_with_invalid_member_is_refused_by_name(
    change: dict[str, Any], member: str, http: httpx.AsyncClient
) -> None:
    purchase = (await send(http, "create-purchase", "/purchases"))["id"]
    found = problem(await http.post(f"{PROCUREMENT}/purchases/{purchase}/commitment", json=ONE_TIME_BODY | change), 400)
    assert [*found["errors"]] == [member]
    assert await states_of(http, purchase) == ("Created", None)


async def test_order_step_sent_twice_is_refused(http: httpx.AsyncClient, emulator: Emulator) -> None:
    purchase, commitment, request = await order(http)
    problem(await http.post(f"{PROCUREMENT}/purchases/{purchase}/commitment", json=ONE_TIME_BODY), 409)
    problem(await http.post(f"{PROCUREMENT}/commitments/{commitment}/requests"), 409)
    problem(await http.post(f"{PROCUREMENT}/purchases/{purchase}/closing", json=sample("close-purchase.request")), 409)
    await send(http, "cancel-request", f"/requests/{request}/cancellations")
    for path in (f"/requests/{request}/cancellations", "/requests/5/cancellations"):
        answer = await http.post(f"{PROCUREMENT}{path}", json=sample("cancel-request.request"))
        problem(answer, 409 if str(request) in path else 404)
    assert len(emulator.created()) == 1


async def test_order_step_after_denial_or_of_other_kind_is_refused(http: httpx.AsyncClient, emulator: Emulator) -> None:
    denied, _, request = await order(http)
    emulator.deny(request)
    closing = sample("close-purchase.request")
    problem(await http.post(f"{PROCUREMENT}/purchases/{denied}/closing", json=closing), 409)
    with pytest.raises(Refused, match="Conflict"):
        emulator.approve(request)
    with pytest.raises(Refused, match="Not Found"):
        emulator.approve(5)
    body = PURCHASE_BODY | {"type": "Subscription"}
    subscription = (await http.post(f"{PROCUREMENT}/purchases", json=body)).json()["id"]
    problem(await http.post(f"{PROCUREMENT}/purchases/{subscription}/commitment", json=ONE_TIME_BODY), 400)


async def test_seeded_order_in_processing_can_be_decided(http: httpx.AsyncClient, emulator: Emulator) -> None:
    waiting = [each for each in map(emulator.tenant.at, range(300)) if each["state"] == "Processing"]
    first, second = (emulator.tenant.request_of(purchase) for purchase in waiting[:2])
    assert first
    assert second
    emulator.approve(first["id"])
    await send(http, "cancel-request", f"/requests/{second['id']}/cancellations")
    assert await states_of(http, waiting[0]["id"]) == ("Ongoing", "Provisioned")
    assert await states_of(http, waiting[1]["id"]) == ("Cancelled", "Cancelled")


async def test_id_sent_by_caller_is_ignored(http: httpx.AsyncClient) -> None:
    _, taken, _ = await order(http)
    purchase = (await http.post(f"{PROCUREMENT}/purchases", json=PURCHASE_BODY | {"id": 5})).json()["id"]
    body = ONE_TIME_BODY | {"id": taken, "state": "Created"}
    commitment = (await http.post(f"{PROCUREMENT}/purchases/{purchase}/commitment", json=body)).json()["id"]
    assert purchase > 1_000
    assert commitment not in (taken, 5)


async def test_integer_with_point_is_accepted_and_giant_is_refused(http: httpx.AsyncClient) -> None:
    content = sample_bytes("create-purchase.request").replace(b"35", b"35.0")
    created = (await http.post(f"{PROCUREMENT}/purchases", content=content, headers=JSON)).json()
    assert created["owner"]["id"] == 35
    for giant in (b"1e3000000", b"1e999999999", b"9" * 4_000):
        content = sample_bytes("create-purchase.request").replace(b"35", giant)
        problem(await http.post(f"{PROCUREMENT}/purchases", content=content, headers=JSON), 400)
    content = sample_bytes("create-commitment-one-time.request").replace(b"120", b"1e999999999")
    path = f"{PROCUREMENT}/purchases/{created['id']}/commitment"
    problem(await http.post(path, content=content, headers=JSON), 400)


@pytest.mark.parametrize(
    "change",
    [
        {"invoicingFrequency": {"value": 0, "unit": "Day"}},
        {"subscriptionDuration": {"value": -1, "unit": "Month"}},
        {"subscriptionDuration": {"value": 9_000, "unit": "Year"}},
        {"invoicingFrequency": {"value": 1, "unit": "Day"}, "subscriptionDuration": {"value": 99, "unit": "Year"}},
        {"startDate": "9999-12-31"},
    ],
)
async def test_subscription_with_impossible_dates_is_refused(change: dict[str, Any], http: httpx.AsyncClient) -> None:
    purchase = (await send(http, "create-purchase", "/purchases"))["id"]
    price = {"excludingTaxes": {"value": 1000, "currency": "EUR"}, "taxes": []}
    body = sample("create-commitment-subscription.request") | {"amountIncludingTaxesPerPeriod": price} | change
    problem(await http.post(f"{PROCUREMENT}/purchases/{purchase}/commitment", json=body), 400)


async def test_headers_over_limit_are_431(http: httpx.AsyncClient) -> None:
    problem(await http.get(f"{PROCUREMENT}/natures", headers={"X-Long": "x" * 9_000}), 431)


async def test_closing_with_open_invoices_is_refused(http: httpx.AsyncClient, emulator: Emulator) -> None:
    seeded = (emulator.tenant.at(index) for index in range(300))
    waiting = next(purchase for purchase in seeded if purchase["aggregatedStates"]["invoices"]["toReview"])
    answer = await http.post(f"{PROCUREMENT}/purchases/{waiting['id']}/closing", json=sample("close-purchase.request"))
    assert "invoices" in problem(answer, 409)["detail"]


async def test_body_of_wrong_type_or_form_is_refused(http: httpx.AsyncClient) -> None:
    path = f"{PROCUREMENT}/purchases"
    problem(await http.post(path, content=b"{}", headers={"Content-Type": "text/plain"}), 415)
    problem(await http.post(path, content=b"{", headers=JSON), 400)
    problem(await http.post(path, json=[]), 400)
    problem(await http.post("/lucca-files/api/uploads", json={}), 415)
    problem(await http.post("/lucca-files/api/uploads", files={"other": ("a.txt", b"a")}), 400)


async def test_body_over_limit_is_413(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lucca_procurement.emulator.procurement.LARGEST_BODY", 100)
    problem(await http.post("/lucca-files/api/uploads", files={"form": ("a.txt", b"a" * 101)}), 413)


@pytest.mark.parametrize("setting", [{"approve": "soon"}, {"approve": "after=-1"}, {"rate": 0}, {"purchases": -1}])
def test_emulator_with_invalid_setting_is_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(setting))} must be"):
        Emulator(**setting)


async def test_date_header_follows_clock_of_emulator(http: httpx.AsyncClient, clock: Clock) -> None:
    clock.now += 3600
    for answer in (await http.get(f"{PROCUREMENT}/natures"), await http.get("/nowhere")):
        assert parsedate_to_datetime(answer.headers["date"]).timestamp() == clock.now


# ---- The limit


async def test_rate_limit_admits_50_requests_per_minute(clock: Clock) -> None:
    emulator = Emulator(clock=clock)
    async with http_client_of(emulator) as http:
        for second in range(50):
            clock.now += 1
            assert (await http.get(f"{PROCUREMENT}/natures")).is_success, second
        answer = await http.get(f"{PROCUREMENT}/natures")
        problem(answer, 429)
        assert answer.headers["retry-after"] == "11"
        clock.now += 10.9
        problem(await http.get(f"{PROCUREMENT}/natures"), 429)
        clock.now += 0.2
        assert (await http.get(f"{PROCUREMENT}/natures")).is_success
        problem(await http.get(f"{PROCUREMENT}/natures"), 429)


async def test_rate_limit_after_clock_set_back_admits_request(clock: Clock) -> None:
    emulator = Emulator(clock=clock, rate=1)
    async with http_client_of(emulator) as http:
        assert (await http.get(f"{PROCUREMENT}/natures")).is_success
        clock.now -= 3600
        assert (await http.get(f"{PROCUREMENT}/natures")).is_success
        assert (await http.get(f"{PROCUREMENT}/natures")).headers["retry-after"] == "60"


# ---- Lists


async def ids(http: httpx.AsyncClient, **query: Any) -> list[int]:
    """Read the whole list of purchases by its tokens."""
    found: list[int] = []
    query = {"fields.root": "next", "limit": 70, **query}
    while True:
        page = (await http.get(f"{PROCUREMENT}/purchases", params=query)).json()
        found += [purchase["id"] for purchase in page["items"]]
        if not page.get("next"):
            return found
        query["page"] = page["next"]


@pytest.mark.parametrize("order", ["ascending", "descending", "shuffled"])
async def test_list_in_each_order_is_complete(order: Any, http: httpx.AsyncClient, emulator: Emulator) -> None:
    emulator.quirks.set(order=order)
    found = await ids(http)
    assert sorted(found) == list(range(1_000, 1_300))
    ascends = {earlier < later for earlier, later in pairwise(found)}
    assert ascends == {"ascending": {True}, "descending": {False}, "shuffled": {True, False}}[order]


async def test_list_shuffled_keeps_order_after_new_purchases(http: httpx.AsyncClient, emulator: Emulator) -> None:
    emulator.quirks.set(order="shuffled")
    before = await ids(http)
    created = {(await send(http, "create-purchase", "/purchases"))["id"] for _ in range(5)}
    after = await ids(http)
    assert {*after} - {*before} == created
    assert [number for number in after if number not in created] == before
    assert len(after) == len({*after})


async def test_page_returns_requested_items_and_members(http: httpx.AsyncClient) -> None:
    path = f"{PROCUREMENT}/purchases"
    assert [*(await http.get(path)).json()] == ["items"]
    counted = (await http.get(path, params={"limit": 0, "fields.root": "count,next,prev"})).json()
    assert counted == {"items": [], "count": 300, "next": None, "prev": None}
    by_token = (await http.get(path, params={"limit": 10, "fields.root": "next,prev"})).json()
    second = (await http.get(path, params={"limit": 10, "page": by_token["next"], "fields.root": "prev"})).json()
    assert second["items"] == (await http.get(path, params={"limit": 10, "page": 2})).json()["items"]
    first = (await http.get(path, params={"limit": 10, "page": second["prev"]})).json()
    assert first["items"] == by_token["items"]
    for wrong in ({"limit": 1001}, {"limit": -1}, {"page": 0}, {"page": "nonsense"}, {"fields.root": "total"}):
        problem(await http.get(path, params=wrong), 400)


async def test_suppliers_with_terms_or_state_are_filtered(http: httpx.AsyncClient) -> None:
    async def names(**query: str) -> list[str]:
        page = await http.get(f"{PROCUREMENT}/suppliers", params={"limit": "1000", **query})
        return [supplier["name"] for supplier in page.json()["items"]]

    assert await names(**{"search.terms": "amazon"}) == ["Amazon Business", "Amazon"]
    active, archived = await names(state="Active"), await names(state="Archived")
    assert sorted(active + archived) == sorted(await names())
    assert archived
    problem(await http.get(f"{PROCUREMENT}/suppliers", params={"state": "Asleep"}), 400)


async def test_tax_rates_with_territory_are_filtered(http: httpx.AsyncClient) -> None:
    async def rates(territory: str) -> list[float]:
        query = {"date": "2025-04-14", "territoryId": territory}
        return [
            rate["percentage"] for rate in (await http.get("/cleemy-procurement/taxes/api/rates", params=query)).json()
        ]

    assert await rates("FR") == await rates("65") == [0.2, 0.1, 0.055, 0.021, 0]
    assert await rates("XX") == []


def test_seed_if_equal_returns_equal_data() -> None:
    first, again, other = (Emulator(seed=seed).tenant for seed in (1, 1, 2))
    assert [first.at(index) for index in range(300)] == [again.at(index) for index in range(300)]
    assert first.seed.suppliers == again.seed.suppliers
    assert first.at(0) != other.at(0)
    assert {first.at(index)["state"] for index in range(300)} == {
        *("Created", "Processing", "Ongoing", "Closed", "Denied", "Cancelled"),
    }


async def test_list_of_million_purchases_stores_none() -> None:
    emulator = Emulator(rate=None, purchases=1_000_000, quirks=Quirks(order="shuffled"))
    async with http_client_of(emulator) as http:
        page = (await http.get(f"{PROCUREMENT}/purchases", params={"page": 9_999, "limit": 100})).json()
        assert len({purchase["id"] for purchase in page["items"]}) == 100
        last = (await http.get(f"{PROCUREMENT}/purchases/1000999")).json()
        assert last["createdAt"] < "2026"
    assert emulator.tenant._own == {}


# ---- Disagreements of the documentation


async def test_commitment_path_quirk_opens_named_paths(http: httpx.AsyncClient, emulator: Emulator) -> None:
    for path, expected in {"both": (201, 201), "purchase": (201, 404), "commitments": (404, 201)}.items():
        emulator.quirks.set(commitment_path=path)
        one, two = [(await send(http, "create-purchase", "/purchases"))["id"] for _ in range(2)]
        by_purchase = await http.post(f"{PROCUREMENT}/purchases/{one}/commitment", json=ONE_TIME_BODY)
        by_body = await http.post(f"{PROCUREMENT}/commitments", json=ONE_TIME_BODY | {"purchaseId": two})
        assert (by_purchase.status_code, by_body.status_code) == expected


async def test_create_quirks_change_its_answer(http: httpx.AsyncClient, emulator: Emulator) -> None:
    emulator.quirks.set(commitment_status=200, commitment_answer="items", id_name="own")
    purchase = await send(http, "create-purchase", "/purchases")
    assert "id" not in purchase
    answer = await http.post(f"{PROCUREMENT}/purchases/{purchase['purchaseId']}/commitment", json=ONE_TIME_BODY)
    assert answer.status_code == 200
    assert [*answer.json()] == ["items"]
    assert answer.json()["items"][0]["id"]
    emulator.quirks.set(commitment_answer="object")
    second = (await send(http, "create-purchase", "/purchases"))["purchaseId"]
    assert (await http.post(f"{PROCUREMENT}/purchases/{second}/commitment", json=ONE_TIME_BODY)).json()["commitmentId"]
    emulator.quirks.set(id_name="id", created_answer="shared")
    shared = await send(http, "create-purchase", "/purchases")
    assert (shared["state"], shared["type"], shared["id"]) == ("Closed", "Subscription", second + 1)


async def test_paging_quirks_change_form_of_page(http: httpx.AsyncClient, emulator: Emulator) -> None:
    path = f"{PROCUREMENT}/natures"
    query: dict[str, str | int] = {"limit": 1000, "fields.root": "next"}
    for form, expected in {"null": {"next": None}, "absent": {}, "empty": {"next": ""}}.items():
        emulator.quirks.set(last_page=form)
        page = (await http.get(path, params=query)).json()
        assert {name: page[name] for name in page if name != "items"} == expected
    emulator.quirks.set(paging="number")
    assert [*(await http.get(path, params=query)).json()] == ["items"]
    problem(await http.get(path, params={"page": "eyJmcm9tIjogM30="}), 400)
    emulator.quirks.set(paging="array")
    assert [nature["id"] for nature in (await http.get(path, params={"limit": 5, "page": 2})).json()] == [
        6,
        7,
        8,
        9,
        10,
    ]


async def test_territory_ids_quirk_returns_integers() -> None:
    async with http_client_of(Emulator(quirks=Quirks(territory_ids="integer"))) as http:
        supplier = (await http.get(f"{PROCUREMENT}/suppliers", params={"limit": 1})).json()["items"][0]
        assert supplier["territory"]["id"] == 65


@pytest.mark.parametrize(
    ("quirk", "said"),
    [
        ({"order": "random"}, "order cannot be 'random'"),
        ({"commitment_status": 201.0}, "commitment_status cannot be 201.0"),
        ({"mood": 1}, "no quirk 'mood'"),
        ({"territory_ids": "integer"}, "territory_ids is set when the emulator is made"),
    ],
)
def test_quirk_with_invalid_name_or_value_is_refused(quirk: dict[str, Any], said: str, emulator: Emulator) -> None:
    with pytest.raises(ValueError, match=said):
        emulator.quirks.set(last_page="empty", **quirk)
    assert emulator.quirks.last_page == "null"
    untyped: Any = {"order": "random"}
    with pytest.raises(ValueError, match="order cannot be 'random'"):
        Quirks(**untyped)
