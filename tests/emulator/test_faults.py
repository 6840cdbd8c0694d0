"""Every fault of the emulator, over real HTTP: the outcome for the caller, and whether the work was done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from lucca_procurement.emulator import Emulator, Quirks, Refused
from lucca_procurement.emulator.faults import KINDS
from lucca_procurement.emulator.operations import OPERATIONS
from support.addresses import JSON, NATURES, PURCHASES
from support.client import http_client_of
from support.clock import Clock
from support.samples import sample, sample_bytes


@pytest.fixture
def slept() -> list[float]:
    """The waits of the emulator, which take no time."""
    return []


@pytest.fixture
async def emulator(clock: Clock, slept: list[float]) -> AsyncIterator[Emulator]:
    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    emulator = Emulator(rate=None, clock=clock, sleep=sleep, quirks=Quirks(order="ascending"))
    async with emulator.serve():
        yield emulator


@pytest.fixture
async def http(emulator: Emulator) -> AsyncIterator[httpx.AsyncClient]:
    async with http_client_of(emulator, timeout=httpx.Timeout(5, read=0.3)) as client:
        yield client


async def create(http: httpx.AsyncClient) -> httpx.Response:
    return await http.post(PURCHASES, content=sample_bytes("create-purchase.request"), headers=JSON)


BROKEN: dict[str, tuple[type[httpx.TransportError], bool]] = {
    "refuse": (httpx.ReadError, False),
    "drop": (httpx.RemoteProtocolError, False),
    "hang": (httpx.ReadTimeout, False),
    "late": (httpx.RemoteProtocolError, False),
    "commit-then-drop": (httpx.RemoteProtocolError, True),
    "commit-then-hang": (httpx.ReadTimeout, True),
    "cut-body": (httpx.RemoteProtocolError, True),
}
"""The error of a caller if no whole answer comes, and whether the purchase was created."""

ANSWERED: dict[str, tuple[int, bool]] = {
    "slow": (201, True),
    "401": (401, False),
    "403": (403, False),
    "403-html": (403, False),
    "408": (408, False),
    "408-after-commit": (408, True),
    "429": (429, False),
    "500": (500, False),
    "500-after-commit": (500, True),
    "502": (502, False),
    "503": (503, False),
    "503-after-commit": (503, True),
    "504": (504, True),
    "529": (529, False),
    "html": (201, True),
    "empty": (201, True),
    "garbage": (201, True),
    "missing-id": (201, True),
    "foreign-id": (201, True),
    "unknown-enum": (201, True),
    "unknown-commitment-type": (201, True),
}
"""The status that a caller gets if an answer comes, and whether the purchase was created."""


@pytest.mark.parametrize("fault", BROKEN)
async def test_fault_without_answer_breaks_connection(fault: str, http: httpx.AsyncClient, emulator: Emulator) -> None:
    error, is_done = BROKEN[fault]
    emulator.faults.add("create_purchase", fault)
    with pytest.raises(error):
        await create(http)
    assert len(emulator.created()) == is_done
    assert KINDS[fault].commits is is_done
    assert (await create(http)).status_code == 201
    assert [(entry.fault, entry.status) for entry in emulator.log] == [(fault, None), (None, 201)]


@pytest.mark.parametrize("fault", ANSWERED)
async def test_fault_with_answer_returns_its_status(fault: str, http: httpx.AsyncClient, emulator: Emulator) -> None:
    status, is_done = ANSWERED[fault]
    emulator.faults.add("create_purchase", fault)
    assert (await create(http)).status_code == status
    assert len(emulator.created()) == is_done
    assert KINDS[fault].commits is is_done
    assert (await create(http)).status_code == 201
    assert [(entry.fault, entry.status) for entry in emulator.log] == [(fault, status), (None, 201)]


def test_fault_kinds_are_all_tested() -> None:
    assert {*BROKEN, *ANSWERED, "trailing-bytes"} == {name for name, kind in KINDS.items() if not kind.lists_only}


async def test_late_fault_commits_after_delay(http: httpx.AsyncClient, emulator: Emulator, clock: Clock) -> None:
    emulator.faults.add("create_purchase", "late", seconds=4.5)
    with pytest.raises(httpx.RemoteProtocolError):
        await create(http)
    clock.now += 4.4
    assert emulator.created() == []
    clock.now += 0.2
    assert len(emulator.created()) == 1


async def test_late_fault_after_conflicting_call_is_dropped(
    http: httpx.AsyncClient, emulator: Emulator, clock: Clock
) -> None:
    number = (await create(http)).json()["id"]
    emulator.faults.add("create_commitment", "late")
    body = sample_bytes("create-commitment-one-time.request")
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post(f"{PURCHASES}/{number}/commitment", content=body, headers=JSON)
    assert (await http.post(f"{PURCHASES}/{number}/commitment", content=body, headers=JSON)).status_code == 201
    clock.now += 60
    assert (await http.get(f"{PURCHASES}/{number}")).json()["commitment"]["state"] == "Created"


async def test_slow_fault_delays_answer(http: httpx.AsyncClient, emulator: Emulator, slept: list[float]) -> None:
    emulator.faults.add("create_purchase", "slow", seconds=3)
    assert (await create(http)).status_code == 201
    assert slept == [3]


@pytest.mark.parametrize(
    ("given", "sent"),
    [("7", "7"), ("0.5", "0.5"), ("soon", "soon"), (None, None), ("date", "Sun, 15 Jun 2025 15:06:42 GMT")],
)
async def test_retry_after_of_fault_accepts_each_form(
    given: str | None, sent: str | None, http: httpx.AsyncClient, emulator: Emulator, clock: Clock
) -> None:
    for fault in ("429", "503", "503-after-commit"):
        emulator.faults.add("create_purchase", fault, retry_after=given)
        assert (await create(http)).headers.get("retry-after") == sent
    if given == "date":
        assert sent
        assert parsedate_to_datetime(sent).timestamp() == clock.now + 2


async def test_fault_of_body_spoils_answer_and_not_data(http: httpx.AsyncClient, emulator: Emulator) -> None:
    async def created_with(fault: str) -> httpx.Response:
        emulator.faults.add("create_purchase", fault)
        return await create(http)

    assert (await created_with("html")).headers["content-type"].startswith("text/html")
    assert (await created_with("empty")).content == b""
    with pytest.raises(json.JSONDecodeError):
        (await created_with("garbage")).json()
    assert "id" not in (await created_with("missing-id")).json()
    assert (await created_with("unknown-enum")).json()["state"] == "InOrbit"
    number = (await create(http)).json()["id"]
    emulator.faults.add("create_commitment", "unknown-commitment-type")
    body = sample_bytes("create-commitment-one-time.request")
    made = await http.post(f"{PURCHASES}/{number}/commitment", content=body, headers=JSON)
    assert made.json()["type"] == "BarterCommitment"
    read = (await http.get(f"{PURCHASES}/{number}")).json()
    assert (read["state"], read["commitment"]["type"]) == ("Created", "OneTimeCommitment")


async def test_503_after_commit_returns_html_with_retry_after(http: httpx.AsyncClient, emulator: Emulator) -> None:
    emulator.faults.add("create_purchase", "503-after-commit")
    answer = await create(http)
    assert (answer.status_code, answer.headers["retry-after"], len(emulator.created())) == (503, "1", 1)
    assert answer.headers["content-type"].startswith("text/html")
    assert "Service Unavailable" in answer.text


@pytest.mark.parametrize("quirks", [{}, {"id_name": "own"}, {"commitment_answer": "items"}])
async def test_foreign_id_is_id_of_other_object_of_same_kind(
    quirks: dict[str, Any], http: httpx.AsyncClient, emulator: Emulator
) -> None:
    def id_in(answer: httpx.Response, own: str) -> int:
        found = answer.json()
        found = found["items"][0] if "items" in found else found
        number: int = found.get("id") or found[own]
        return number

    async def order() -> tuple[int, int, int]:
        number = id_in(await create(http), "purchaseId")
        body = sample_bytes("create-commitment-one-time.request")
        own = emulator.created()[-1]["id"]
        answer = await http.post(f"{PURCHASES}/{own}/commitment", content=body, headers=JSON)
        commitment = emulator.created()[-1]["commitment"]["id"]
        request = await http.post(f"/cleemy-procurement/api/commitments/{commitment}/requests")
        return number, id_in(answer, "commitmentId"), request.json()["id"]

    emulator.quirks.set(**quirks)
    first = await order()
    for operation in ("create_purchase", "create_commitment", "create_commitment_request"):
        emulator.faults.add(operation, "foreign-id")
    assert await order() == first
    purchases = emulator.created()
    assert len({each["id"] for each in purchases}) == len({each["commitment"]["id"] for each in purchases}) == 2


async def test_foreign_id_without_other_object_is_own_id() -> None:
    emulator = Emulator(purchases=0)
    emulator.faults.add("*", "foreign-id", times=None)
    async with http_client_of(emulator) as http:
        assert (await create(http)).json()["id"] == emulator.created()[0]["id"]
        assert (await http.get(PURCHASES)).json()["items"][0]["id"] == emulator.created()[0]["id"]
    assert [entry.fault for entry in emulator.log] == ["foreign-id", None]


@pytest.mark.parametrize("content", [sample_bytes("create-purchase.request"), b"{}"], ids=["created", "refused"])
async def test_trailing_bytes_follow_complete_answer(content: bytes, emulator: Emulator) -> None:
    emulator.faults.add("create_purchase", "trailing-bytes")
    reader, writer = await asyncio.open_connection("127.0.0.1", int((emulator.url or "").rpartition(":")[2]))
    lines = (
        *(f"POST {PURCHASES} HTTP/1.1", "Host: localhost", f"Authorization: lucca application={emulator.key}"),
        *("Content-Type: application/json", f"Content-Length: {len(content)}"),
    )
    statuses = []
    # The connection is good for a second request, if a caller reads what trails.
    for answers in (2, 1):
        writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        for _ in range(answers):
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            body = await reader.readexactly(int(head.partition(b"content-length: ")[2].split()[0]))
            statuses.append((int(head.split()[1]), json.loads(body).get("id")))
    writer.close()
    own = [(201, purchase["id"]) for purchase in emulator.created()] or [(400, None)] * 2
    assert statuses == [own[0], (200, 1_000), own[1]]
    assert [entry.fault for entry in emulator.log] == ["trailing-bytes", None]


async def test_trailing_bytes_in_process_are_left_out() -> None:
    emulator = Emulator()
    emulator.faults.add("list_natures", "trailing-bytes")
    async with http_client_of(emulator) as http:
        answer = await http.get(NATURES)
    assert answer.json()["items"]
    assert "date" in answer.headers


async def test_fault_of_list_leaves_data_unchanged(http: httpx.AsyncClient, emulator: Emulator) -> None:
    path = "/cleemy-procurement/api/suppliers"
    before = (await http.get(path)).json()
    for fault in ("unknown-enum", "missing-id"):
        emulator.faults.add("list_suppliers", fault)
        assert (await http.get(path)).json() != before
    assert (await http.get(path)).json() == before


async def test_list_fault_repeats_token_or_empties_page(http: httpx.AsyncClient, emulator: Emulator) -> None:
    query: dict[str, Any] = {"limit": 10, "fields.root": "next"}
    first = (await http.get(PURCHASES, params=query)).json()
    emulator.faults.add("list_purchases", "repeated-token", times=2)
    repeated = (await http.get(PURCHASES, params=query | {"page": first["next"]})).json()
    assert repeated["next"] == first["next"]
    assert repeated["items"][0]["id"] == 1_010
    again = (await http.get(PURCHASES, params=query)).json()
    assert (await http.get(PURCHASES, params=query | {"page": again["next"]})).json()["items"] == first["items"]
    emulator.faults.add("list_purchases", "empty-page")
    empty = (await http.get(PURCHASES, params=query | {"page": first["next"]})).json()
    assert empty["items"] == []
    assert (await http.get(PURCHASES, params=query | {"page": empty["next"]})).json()["items"] == repeated["items"]


def prepared(operation: str, emulator: Emulator) -> tuple[str, dict[str, Any]]:
    """Return the target of an operation and the arguments of a request that can succeed."""
    tenant = emulator.tenant
    tenant.approve_after = None
    if operation == "upload_file":
        return "/lucca-files/api/uploads", {"files": {"form": ("a.txt", b"a")}}
    if operation == "list_tax_rates":
        return "/cleemy-procurement/taxes/api/rates?date=2025-04-14&territoryId=FR", {}
    number = 1_000
    content = b""
    if operation not in ("list_suppliers", "list_natures", "list_cost_centers", "list_purchases"):
        number = tenant.create_purchase(sample("create-purchase.request"))["id"]
    if operation in ("create_commitment_request", "cancel_request"):
        number = tenant.create_commitment(number, sample("create-commitment-one-time.request"))["id"]
    if operation == "cancel_request":
        number = tenant.create_request(number)["id"]
    if name := BODIES.get(operation):
        content = sample_bytes(f"{name}.request").replace(b"{", b'{"purchaseId": %d,' % number, 1)
    target = OPERATIONS[operation].path.pattern.replace("([^/]+)", str(number))
    return target, {"content": content, "headers": JSON} if content else {}


BODIES = {
    "create_purchase": "create-purchase",
    "create_commitment": "create-commitment-one-time",
    "create_commitment_for_purchase": "create-commitment-one-time",
    "cancel_request": "cancel-request",
    "close_purchase": "close-purchase",
}


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_fault_of_each_kind_applies_to_each_operation(
    operation: str, http: httpx.AsyncClient, emulator: Emulator
) -> None:
    for fault, kind in KINDS.items():
        # Bytes that trail behind an answer would be taken for the next answer.
        if not kind.fits(operation) or fault == "trailing-bytes":
            continue
        target, sent = prepared(operation, emulator)
        emulator.faults.add(operation, fault)
        patience = 0.05 if fault.endswith("hang") else 5
        calling = http.request(OPERATIONS[operation].method, target, timeout=patience, **sent)
        if fault in BROKEN:
            with pytest.raises(BROKEN[fault][0]):
                await calling
        else:
            status, _ = ANSWERED.get(fault, (200, True))
            answer = await calling
            assert answer.status_code == status if status > 299 else answer.is_success, (fault, answer.text)
        assert emulator.log[-1].fault == fault
    assert emulator.faults.in_force() == []


async def test_fault_on_refused_call_applies(http: httpx.AsyncClient, emulator: Emulator, slept: list[float]) -> None:
    for fault in BROKEN:
        emulator.faults.add("create_purchase", fault)
        with pytest.raises(BROKEN[fault][0]):
            await http.post(PURCHASES, json={})
    statuses = {"408-after-commit": 408, "500": 500, "slow": 400, "html": 400, "503-after-commit": 503, "504": 504}
    for fault, status in statuses.items():
        emulator.faults.add("create_purchase", fault)
        assert (await http.post(PURCHASES, json={})).status_code == status
    assert slept == [2.0]
    assert emulator.created() == []


async def test_log_holds_call_before_its_answer(clock: Clock) -> None:
    async def look(_seconds: float) -> None:
        (entry,) = lucca.log
        assert (entry.operation, entry.status, entry.fault, entry.time) == ("list_natures", None, "slow", clock.now)
        clock.now += 5

    lucca = Emulator(clock=clock, sleep=look)
    lucca.faults.add("list_natures", "slow")
    async with http_client_of(lucca) as http:
        await http.get(NATURES)
    assert (lucca.log[0].status, lucca.log[0].time) == (200, clock.now - 5)


async def test_late_fault_on_two_calls_commits_in_order_of_delay(
    http: httpx.AsyncClient, emulator: Emulator, clock: Clock
) -> None:
    for title, seconds in (("second", 4), ("first", 2)):
        emulator.faults.add("create_purchase", "late", seconds=seconds)
        with pytest.raises(httpx.RemoteProtocolError):
            await http.post(PURCHASES, json=sample("create-purchase.request") | {"title": title})
    clock.now += 60
    first, second = emulator.created()
    assert (first["title"], second["title"]) == ("first", "second")
    assert (first["createdAt"][17:19], second["createdAt"][17:19]) == ("42", "44")


async def test_fault_with_times_and_skip_applies_to_counted_calls(http: httpx.AsyncClient, emulator: Emulator) -> None:
    emulator.faults.add("create_purchase", "500", times=2, skip=1)
    emulator.faults.add("*", "503", times=None)
    assert [(await create(http)).status_code for _ in range(5)] == [503, 500, 500, 503, 503]
    emulator.faults.clear()
    assert (await create(http)).status_code == 201


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"operation": "order", "fault": "500"}, "there is no operation 'order'"),
        ({"operation": "*", "fault": "flood"}, "there is no fault 'flood'"),
        ({"operation": "*", "fault": "500", "seconds": 1}, "500 has no option seconds"),
        ({"operation": "*", "fault": "500", "times": 0}, "times must be 1 or more"),
        ({"operation": "*", "fault": "500", "times": 1.5}, "times must be 1 or more"),
        ({"operation": "*", "fault": "slow", "seconds": "long"}, "seconds must be a number"),
        ({"operation": "*", "fault": "429", "retry_after": "1\r\nX: y"}, "retry_after must be text"),
        ({"operation": "get_purchase", "fault": "empty-page"}, "is for operations that list"),
        ({"operation": "get_purchase", "fault": "foreign-id"}, "is for operations that create"),
    ],
)
async def test_fault_with_invalid_option_is_refused(
    wrong: dict[str, Any], said: str, http: httpx.AsyncClient, emulator: Emulator, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=said):
        emulator.faults.add(**wrong)
    answer = await http.post("/_emulator/faults", json=wrong)
    assert (answer.status_code, said in answer.json()["detail"]) == (400, True)
    path = tmp_path / "faults.json"
    path.write_text(json.dumps([wrong]))
    with pytest.raises(ValueError, match=said):
        emulator.faults.load(path)
    assert emulator.faults.in_force() == []


async def test_fault_over_http_or_from_file_is_added(
    http: httpx.AsyncClient, emulator: Emulator, tmp_path: Path
) -> None:
    fault = {"operation": "create_purchase", "fault": "429", "times": 2, "retry_after": "9"}
    assert (await http.post("/_emulator/faults", json=fault)).status_code == 204
    path = tmp_path / "faults.json"
    path.write_text(json.dumps([fault | {"fault": "500", "times": 1} | {}]).replace(', "retry_after": "9"', ""))
    emulator.faults.load(path)
    known = (await http.get("/_emulator/faults")).json()
    assert [(each["fault"], each["times"]) for each in known] == [("429", 2), ("500", 1)]
    emulator.faults.clear()
    for each in known:
        assert (await http.post("/_emulator/faults", json=each)).status_code == 204
    assert (await create(http)).headers["retry-after"] == "9"
    assert (await http.delete("/_emulator/faults")).status_code == 204
    assert emulator.faults.in_force() == []


async def test_fault_in_process_breaks_connection() -> None:
    emulator = Emulator()
    emulator.faults.add("list_natures", "drop")
    async with http_client_of(emulator) as http:
        with pytest.raises(ConnectionResetError):
            await http.get(NATURES)


async def test_serve_with_hanging_call_stops() -> None:
    emulator = Emulator()
    emulator.faults.add("list_natures", "hang")
    async with httpx.AsyncClient(headers={"Authorization": "lucca application=emulator"}) as http:
        async with emulator.serve() as url:
            hanging = asyncio.create_task(http.get(f"{url}{NATURES}"))
            while not emulator.log:  # noqa: ASYNC110 - nothing signals that a call has come
                await asyncio.sleep(0)
        with pytest.raises(httpx.RemoteProtocolError):
            await hanging


def test_serve_in_second_event_loop_works() -> None:
    emulator = Emulator(rate=None)

    async def hang() -> None:
        emulator.faults.add("list_natures", "hang")
        headers = {"Authorization": "lucca application=emulator"}
        async with emulator.serve() as url, httpx.AsyncClient(headers=headers, timeout=0.1) as http:
            with pytest.raises(httpx.ReadTimeout):
                await http.get(f"{url}{NATURES}")

    for _ in range(2):
        asyncio.run(hang())


# ---- Steering


async def test_decision_by_id_over_http_changes_order(http: httpx.AsyncClient, emulator: Emulator) -> None:
    emulator.tenant.approve_after = None
    numbers = []
    for _ in range(2):
        purchase = (await create(http)).json()["id"]
        body = sample_bytes("create-commitment-one-time.request")
        commitment = (await http.post(f"{PURCHASES}/{purchase}/commitment", content=body, headers=JSON)).json()["id"]
        answer = await http.post(f"/cleemy-procurement/api/commitments/{commitment}/requests")
        numbers.append(answer.json()["id"])
    steer = "/_emulator/requests"
    assert (await http.post(f"{steer}/{numbers[0]}/approve", json={})).status_code == 204
    assert (await http.post(f"{steer}/{numbers[1]}/deny", json={})).status_code == 204
    assert [purchase["state"] for purchase in emulator.created()] == ["Ongoing", "Denied"]
    assert (await http.post(f"{steer}/{numbers[1]}/deny", json={})).status_code == 409
    assert (await http.post(f"{steer}/5/deny", json={})).status_code == 404
    assert (await http.post(f"{steer}/{numbers[1]}/deny", content=b"{}")).status_code == 415


async def requested(http: httpx.AsyncClient, title: str) -> int:
    """Place an order with a title, and return the id of the request for its approval."""
    purchase = (await http.post(PURCHASES, json=sample("create-purchase.request") | {"title": title})).json()["id"]
    body = sample_bytes("create-commitment-one-time.request")
    commitment = (await http.post(f"{PURCHASES}/{purchase}/commitment", content=body, headers=JSON)).json()["id"]
    number: int = (await http.post(f"/cleemy-procurement/api/commitments/{commitment}/requests")).json()["id"]
    return number


async def test_decision_by_reference_changes_order(http: httpx.AsyncClient, emulator: Emulator) -> None:
    emulator.tenant.approve_after = None
    titles = ["[ERP-1] Laptops", "[ERP-10] Chairs", "[erp-2] Screens", "Docks for [ERP-1] and [ERP-3]"]
    numbers = [await requested(http, title) for title in titles]
    assert [(each.request_id, each.title) for each in emulator.pending()] == list(zip(numbers, titles, strict=True))
    assert [each.purchase_id for each in emulator.pending()] == [each["id"] for each in emulator.created()]
    emulator.approve(reference="erp-1")
    emulator.deny(reference="ERP-2")
    assert [each["state"] for each in emulator.created()] == ["Ongoing", "Processing", "Denied", "Processing"]
    for reference in ("ERP-1", "ERP", "", "Docks for [ERP-1]"):
        with pytest.raises(Refused, match="Not Found"):
            emulator.approve(reference=reference)
    emulator.approve(reference="erp-3")
    assert [each.title for each in emulator.pending()] == ["[ERP-10] Chairs"]
    emulator.approve_all()
    assert [each["state"] for each in emulator.created()] == ["Ongoing", "Ongoing", "Denied", "Ongoing"]
    assert emulator.pending() == []
    emulator.approve_all()


async def test_decision_by_shared_reference_is_refused(http: httpx.AsyncClient, emulator: Emulator) -> None:
    emulator.tenant.approve_after = None
    numbers = [await requested(http, "[ERP-1] Laptops") for _ in range(2)]
    with pytest.raises(Refused, match="Conflict") as raised:
        emulator.approve(reference="ERP-1")
    assert raised.value.detail == (
        "2 orders with the reference ERP-1 wait for approval. Pass a request's id: 10000000 (purchase 1300), 10000001"
        " (purchase 1301)."
    )
    emulator.deny(numbers[0])
    emulator.approve(reference="ERP-1")
    assert [each["state"] for each in emulator.created()] == ["Denied", "Ongoing"]


async def test_reference_at_front_and_at_end_decides_neither(http: httpx.AsyncClient, emulator: Emulator) -> None:
    emulator.tenant.approve_after = None
    for title in ("[ERP-1] Laptops", "Docks [ERP-1]"):
        await requested(http, title)
    with pytest.raises(Refused, match="2 orders with the reference ERP-1 wait"):
        emulator.deny(reference="ERP-1")


async def test_refusal_of_unknown_reference_names_titles_that_wait(http: httpx.AsyncClient, emulator: Emulator) -> None:
    emulator.tenant.approve_after = None
    message = "Not Found: No order has the reference ERP-9. The titles of the orders that wait: {}."
    with pytest.raises(Refused) as raised:
        emulator.approve(reference="ERP-9")
    assert str(raised.value) == message.format("none")
    for number in range(7):
        await requested(http, f"[ERP-{number}] Laptops")
    with pytest.raises(Refused) as raised:
        emulator.approve(reference="ERP-9")
    shown = ", ".join(f"[ERP-{number}] Laptops" for number in range(5))
    assert str(raised.value) == message.format(f"{shown} and 2 more")


async def test_refusal_of_decided_reference_names_its_state(http: httpx.AsyncClient, emulator: Emulator) -> None:
    await requested(http, "[ERP-1] Laptops")
    with pytest.raises(Refused) as raised:
        emulator.approve(reference="ERP-1")
    said = "No order with the reference ERP-1 waits for approval: purchase 1300 is Ongoing."
    assert raised.value.detail == said
    answer = await http.post("/_emulator/approve", json={"reference": "ERP-1"})
    assert (answer.status_code, answer.json()["detail"]) == (404, said)


@pytest.mark.parametrize("given", [{}, {"request_id": 1, "reference": "ERP-1"}])
def test_decision_with_both_or_no_identifiers_is_refused(given: dict[str, Any]) -> None:
    emulator = Emulator()
    for decide in (emulator.approve, emulator.deny):
        with pytest.raises(TypeError, match="pass a request's id or a reference"):
            decide(**given)


async def test_decision_by_reference_over_http_changes_order(http: httpx.AsyncClient, emulator: Emulator) -> None:
    emulator.tenant.approve_after = None
    titles = ["[ERP-1] Laptops", "[ERP-2] Chairs", "[ERP-3] Screens"]
    numbers = [await requested(http, title) for title in titles]
    pending = (await http.get("/_emulator/pending")).json()
    assert [(each["request_id"], each["title"]) for each in pending] == list(zip(numbers, titles, strict=True))
    assert (await http.get("/_emulator/state")).json()["pending"] == 3
    for path, body, status in (
        ("approve", {"reference": "ERP-1"}, 204),
        ("approve", {"reference": "ERP-1"}, 404),
        ("deny", {"request_id": numbers[1]}, 204),
        ("deny", {}, 400),
        ("deny", {"reference": 5}, 404),
        ("deny", {"request_id": "x"}, 400),
        ("deny", {"name": "ERP-3"}, 400),
        ("approve-all", {}, 204),
    ):
        assert (await http.post(f"/_emulator/{path}", json=body)).status_code == status, (path, body)
    assert [each["state"] for each in emulator.created()] == ["Ongoing", "Denied", "Ongoing"]
    assert (await http.get("/_emulator/pending")).json() == []


async def test_state_without_filter_shows_pages_of_twenty(http: httpx.AsyncClient, emulator: Emulator) -> None:
    seen: list[int] = []
    for page in range(1, 16):
        state = (await http.get("/_emulator/state", params={"page": page})).json()
        assert (state["page"], state["pages"], state["found"], state["count"]) == (page, 15, 300, 300)
        seen += [order["id"] for order in state["purchases"]]
    assert seen == list(range(1299, 999, -1))
    last = (await http.get("/_emulator/state", params={"page": 16})).json()
    assert (last["page"], last["purchases"][-1]["id"]) == (15, 1000)


async def test_state_with_filter_shows_created_orders_that_fit(http: httpx.AsyncClient, emulator: Emulator) -> None:
    emulator.tenant.approve_after = None
    for number in range(25):
        await requested(http, f"[ERP-{number}] Laptops")
    emulator.approve(reference="ERP-24")
    for query, found, first in (
        ({"reference": "erp-2"}, 6, "[ERP-24] Laptops"),
        ({"reference": " ERP-2 ", "waiting": "true"}, 5, "[ERP-23] Laptops"),
        ({"waiting": "true"}, 24, "[ERP-23] Laptops"),
        ({"waiting": "true", "page": "2"}, 24, "[ERP-3] Laptops"),
        ({"reference": "chairs"}, 0, None),
    ):
        state = (await http.get("/_emulator/state", params=query)).json()
        titles = [order["title"] for order in state["purchases"]] or [None]
        assert (state["found"], state["count"], titles[0]) == (found, 325, first), query
        assert len(state["purchases"]) <= 20


@pytest.mark.parametrize("query", [{"page": "0"}, {"page": "x"}, {"page": "1" * 10}, {"waiting": "1"}, {"seite": "1"}])
async def test_state_with_invalid_query_is_refused(query: dict[str, str], http: httpx.AsyncClient) -> None:
    for path in ("state", "events"):
        assert (await http.get(f"/_emulator/{path}", params=query)).status_code == 400


async def test_quirks_and_log_over_http_are_read_and_changed(http: httpx.AsyncClient, emulator: Emulator) -> None:
    assert (await http.patch("/_emulator/quirks", json={"order": "shuffled"})).status_code == 204
    assert emulator.quirks.order == (await http.get("/_emulator/quirks")).json()["order"] == "shuffled"
    assert (await http.patch("/_emulator/quirks", json={"order": "odd"})).status_code == 400
    await http.get(PURCHASES, params={"limit": 1})
    (entry,) = (await http.get("/_emulator/log")).json()
    assert (entry["operation"], entry["target"], entry["status"]) == ("list_purchases", f"{PURCHASES}?limit=1", 200)
    await http.delete("/_emulator/log")
    assert emulator.log == []


async def test_events_after_change_send_state(http: httpx.AsyncClient, emulator: Emulator) -> None:
    async with http.stream("GET", "/_emulator/events", timeout=10) as events:
        lines = events.aiter_lines()
        before = await anext(lines)
        assert json.loads(before.removeprefix("data: "))["count"] == 300
        await anext(lines)
        await create(http)
        after = json.loads((await anext(lines)).removeprefix("data: "))
        assert after["purchases"][0]["title"] == sample("create-purchase.request")["title"]
        assert after["log"][0]["operation"] == "create_purchase"
