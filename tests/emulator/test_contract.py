"""The contract documents every answer of the emulator, for all requests and all settings."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any, Protocol, get_args, get_type_hints
from uuid import UUID

import attrs
import httpx
import pytest
import pytest_asyncio

from lucca_procurement.emulator import Emulator, Quirks
from lucca_procurement.emulator.operations import NAMES
from support.addresses import JSON, PROCUREMENT, PURCHASES, RATES, UPLOADS
from support.clock import Clock
from support.conformance import Conformance
from support.conformance import conformance as documented
from support.samples import ONE_TIME_BODY, PURCHASE_BODY, SAMPLES, SUBSCRIPTION_BODY, plain_sample, sample_bytes

# Most tests share a server, because its start and stop take longer than a test.
sharing = pytest.mark.asyncio(loop_scope="module")


class Request(Protocol):
    """Sends a request, checks the answer against the contract and `expected`, its status, and returns its body."""

    async def __call__(self, expected: int, method: str, target: str, **request: Any) -> Any: ...


@pytest.fixture(scope="module")
def conformance() -> Conformance:
    return documented()


@asynccontextmanager
async def calling(emulator: Emulator, conformance: Conformance) -> AsyncIterator[Request]:
    """Serve an emulator until the block ends. The block receives a function that calls it over HTTP."""
    key = {"Authorization": f"lucca application={emulator.key}"}
    hooks = {"response": [conformance.check]}
    async with (
        emulator.serve() as url,
        httpx.AsyncClient(base_url=url, headers=key, event_hooks=hooks, timeout=30) as http,
    ):

        async def call(expected: int, method: str, target: str, **request: Any) -> Any:
            answer = await http.request(method, target, **request)
            assert answer.status_code == expected, answer.text
            return answer.json() if answer.content else None

        yield call


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    return Emulator(rate=None, approve="manual", clock=Clock())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def call(emulator: Emulator, conformance: Conformance) -> AsyncIterator[Request]:
    async with calling(emulator, conformance) as call:
        yield call


COMMENT = {"comment": "Comment"}


def id_of(created: dict[str, Any], own: str) -> int:
    """Return the id of a created object, under `id` or under its own name."""
    number = created.get("id", created.get(own))
    assert isinstance(number, int)
    return number


async def purchase_by(call: Request) -> int:
    return id_of(await call(201, "POST", PURCHASES, json=PURCHASE_BODY), "purchaseId")


async def commitment_by(call: Request, quirks: Quirks, purchase: int, body: dict[str, Any]) -> int:
    """Send a commitment to each path, and return its id. The first open path creates it.

    The other one refuses it, or replaces it if the quirk `repeated` says so.
    """
    paths = {
        "purchase": (f"{PURCHASES}/{purchase}/commitment", body),
        "commitments": (f"{PROCUREMENT}/commitments", body | {"purchaseId": purchase}),
    }
    by_kind = "purchase" if body is SUBSCRIPTION_BODY else "commitments"
    open_path = by_kind if quirks.commitment_path == "by-kind" else quirks.commitment_path
    created = None
    for path in sorted(paths, reverse=body is SUBSCRIPTION_BODY):
        target, named = paths[path]
        again = quirks.commitment_status if quirks.repeated == "accepted" else quirks.refused_status
        status = again if created else quirks.commitment_status
        answer = await call(status if open_path in ("both", path) else 404, "POST", target, json=named)
        created = created or (answer if open_path in ("both", path) else None)
    assert created
    return id_of(created["items"][0] if "items" in created else created, "commitmentId")


async def pages(call: Request, target: str, quirks: Quirks) -> None:
    """Read some pages of a list by number and by token, and a page behind its end."""
    asked: dict[str, Any] = {"limit": 2, "fields.root": "next,prev,count"}
    for number in (2, 1_000_000):
        await call(200, "GET", target, params=asked | {"page": number})
    page = await call(200, "GET", target, params=asked)
    if quirks.paging == "token":
        page = await call(200, "GET", target, params=asked | {"page": page["next"]})
        await call(200, "GET", target, params=asked | {"page": page["prev"]})
    await call(200, "GET", target, params={"limit": 0, "fields.root": "count"})


# ---- Everything, in every way


def ways() -> list[Any]:
    """Return the default quirks, each other value of each quirk by itself, and some of them together."""
    values = {name: get_args(hint) for name, hint in get_type_hints(Quirks).items()}
    usual = attrs.asdict(Quirks())
    chance = Random(1)
    found = [{name: value} for name, allowed in values.items() for value in allowed if value != usual[name]]
    found += [{name: allowed[-1] for name, allowed in values.items()}]
    mixed = [{name: chance.choice(allowed) for name, allowed in values.items()} for _ in range(6)]
    return [
        pytest.param(way, id="-".join(map(str, way.values())), marks=pytest.mark.slow if way in mixed else ())
        for way in [{}, *found, *mixed]
    ]


@pytest.mark.parametrize("way", ways())
async def test_emulator_with_each_quirk_answers_as_documented(way: dict[str, Any], conformance: Conformance) -> None:
    quirks = Quirks(**way)
    emulator = Emulator(rate=None, approve="manual", quirks=quirks, clock=Clock())
    async with calling(emulator, conformance) as call:
        for target in (PURCHASES, *(f"{PROCUREMENT}/{name}" for name in ("suppliers", "natures", "costcenters"))):
            await pages(call, target, quirks)
        await call(200, "GET", f"{PROCUREMENT}/suppliers", params={"state": "Active", "search.terms": "amazon"})
        for territory in ("FR", "206", "nowhere"):
            await call(200, "GET", RATES, params={"date": "2025-04-14", "territoryId": territory})
        file = await call(201, "POST", UPLOADS, files={"form": ("devis n°1.pdf", b"%PDF", "application/pdf")})
        with_file = ONE_TIME_BODY | {"attachmentIds": [file["id"]]}
        for body, outcome in ((ONE_TIME_BODY, "Denied"), (SUBSCRIPTION_BODY, "Cancelled"), (with_file, "Ongoing")):
            purchase = await purchase_by(call)
            commitment = await commitment_by(call, quirks, purchase, body)
            await call(200, "GET", f"{PURCHASES}/{purchase}")
            request = await call(201, "POST", f"{PROCUREMENT}/commitments/{commitment}/requests")
            again = 201 if quirks.repeated == "accepted" else quirks.refused_status
            await call(again, "POST", f"{PROCUREMENT}/commitments/{commitment}/requests")
            await call(
                quirks.refused_status,
                "POST",
                f"{PURCHASES}/{purchase}/closing",
                json=plain_sample("close-purchase.request"),
            )
            if outcome == "Cancelled":
                cancellation = f"{PROCUREMENT}/requests/{request['id']}/cancellations"
                await call(quirks.done_status, "POST", cancellation, json=COMMENT)
                outcome = quirks.cancelled.capitalize()
            else:
                emulator.tenant.decide(request["id"], {"Ongoing": "Approved"}.get(outcome, outcome))
            ended = f"{PROCUREMENT}/requests/{request['id']}/cancellations"
            await call(quirks.refused_status, "POST", ended, json=COMMENT)
            assert (await call(200, "GET", f"{PURCHASES}/{purchase}"))["state"] == outcome
        closing = plain_sample("close-purchase.request")
        await call(quirks.done_status, "POST", f"{PURCHASES}/{purchase}/closing", json=closing)
        await call(200, "GET", f"{PURCHASES}/{purchase}")
    accepted = {entry.operation for entry in emulator.log if entry.status and entry.status < 300}
    closed = {"purchase": {"create_commitment_for_purchase"}, "commitments": {"create_commitment"}}
    assert accepted == NAMES - closed.get(quirks.commitment_path, set())


@sharing
async def test_seeded_data_in_each_list_is_as_documented(call: Request, emulator: Emulator) -> None:
    for page in range(1, len(emulator.tenant) // 100 + 2):
        await call(200, "GET", PURCHASES, params={"limit": 100, "page": page})
    for name in ("suppliers", "natures", "costcenters"):
        await call(200, "GET", f"{PROCUREMENT}/{name}", params={"limit": 1000})
    for territory in ("FR", "DE", "CH", "BE", "US", "CA"):
        assert await call(200, "GET", RATES, params={"date": "2025-04-14", "territoryId": territory})


@sharing
async def test_sample_request_unchanged_is_accepted(call: Request) -> None:
    purchase, other, third = [await purchase_by(call) for _ in range(3)]
    commitment = await call(201, "POST", f"{PURCHASES}/{third}/commitment", json=ONE_TIME_BODY)
    request = await call(201, "POST", f"{PROCUREMENT}/commitments/{commitment['id']}/requests")
    targets = {
        "cancel-request": (204, f"{PROCUREMENT}/requests/{request['id']}/cancellations"),
        "close-purchase": (204, f"{PURCHASES}/{purchase}/closing"),
        "create-commitment-one-time": (201, f"{PURCHASES}/{purchase}/commitment"),
        "create-commitment-subscription": (201, f"{PURCHASES}/{other}/commitment"),
        "create-purchase": (201, PURCHASES),
        "create-purchase-guide": (201, PURCHASES),
    }
    assert {path.name for path in SAMPLES.glob("*.request.json")} == {f"{name}.request.json" for name in targets}
    for name in sorted(targets, key="close-purchase".__eq__):
        status, target = targets[name]
        await call(status, "POST", target, content=sample_bytes(f"{name}.request"), headers=JSON)


async def test_approval_after_delay_is_answered_as_documented(conformance: Conformance) -> None:
    clock = Clock()
    async with calling(Emulator(rate=None, approve="after=60", clock=clock), conformance) as call:
        purchase = await purchase_by(call)
        commitment = await commitment_by(call, Quirks(), purchase, ONE_TIME_BODY)
        request = await call(201, "POST", f"{PROCUREMENT}/commitments/{commitment}/requests")
        assert request["assignee"] is None
        clock.now += 60
        assert (await call(200, "GET", f"{PURCHASES}/{purchase}"))["state"] == "Ongoing"


# ---- Refusals


def raw(sample: dict[str, Any], **members: str) -> dict[str, Any]:
    """Return a request that has a sample's members, with these members as raw JSON."""
    pairs = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in sample.items() if name not in members]
    pairs += [f"{json.dumps(name)}: {value}" for name, value in members.items()]
    return {"content": f"{{{', '.join(pairs)}}}".encode(), "headers": JSON}


def part(disposition: str, *, boundary: str = "x", end: str = "--x--\r\n") -> dict[str, Any]:
    """Return a request of one part, which may be odd."""
    content = f"--x\r\nContent-Disposition: {disposition}\r\n\r\nabc\r\n{end}".encode("latin-1")
    return {
        "content": content,
        "headers": {"Content-Type": f"multipart/form-data{boundary and f'; boundary={boundary}'}"},
    }


FORM = 'form-data; name="form"; filename="a.txt"'
DEEP = base64.urlsafe_b64encode(b"[" * 20_000).decode()
COMMITMENTS = f"{PURCHASES}/{{purchase}}/commitment"
"""The targets of a creation of a commitment, for a purchase that has none yet."""
AMOUNT = '{"excludingTaxes": {"value": %s, "currency": "EUR"}, "taxes": []}'

REFUSED: dict[str, tuple[int, str, str, dict[str, Any]]] = {
    "no key": (401, "GET", PURCHASES, {"headers": {"Authorization": ""}}),
    "an odd host": (403, "GET", f"{PURCHASES}?limit=1", {"headers": {"Host": "[x"}}),
    "another key": (
        401,
        "POST",
        PURCHASES,
        {"headers": {"Authorization": "lucca application=other"}, "json": PURCHASE_BODY},
    ),
    "no key and no such path": (401, "GET", f"{PROCUREMENT}/orders", {"headers": {"Authorization": "x"}}),
    "no such path": (404, "GET", f"{PROCUREMENT}/orders", {}),
    "a slash at the end": (404, "GET", f"{PURCHASES}/", {}),
    "no such purchase": (404, "GET", f"{PURCHASES}/5", {}),
    "no such purchase for a commitment": (404, "POST", f"{PURCHASES}/5/commitment", {"json": ONE_TIME_BODY}),
    "no such purchase in the body": (
        404,
        "POST",
        f"{PROCUREMENT}/commitments",
        {"json": ONE_TIME_BODY | {"purchaseId": 5}},
    ),
    "no such commitment": (404, "POST", f"{PROCUREMENT}/commitments/5/requests", {}),
    "no such request": (404, "POST", f"{PROCUREMENT}/requests/5/cancellations", {"json": COMMENT}),
    "a negative id": (404, "GET", f"{PURCHASES}/-{2**31}", {}),
    "an id beyond 32 bits": (400, "GET", f"{PURCHASES}/{2**31}", {}),
    "an id of many digits": (400, "GET", f"{PURCHASES}/{'9' * 5_000}", {}),
    "an id that is a fraction": (400, "GET", f"{PURCHASES}/1000.5", {}),
    "an id of other digits": (400, "GET", f"{PURCHASES}/%D9%A1%D9%A0%D9%A0%D9%A0", {}),
    "an id with a question mark": (400, "GET", f"{PURCHASES}/1000%3Fx", {}),
    "an id with a hash": (400, "GET", f"{PURCHASES}/1000%23x", {}),
    "an id with a nul": (400, "GET", f"{PURCHASES}/1000%00", {}),
    "a page of many digits": (400, "GET", f"{PURCHASES}?page={'1' * 5_000}", {}),
    "a page of other digits": (400, "GET", f"{PURCHASES}?page=%C2%B2", {}),
    "a token that is none": (400, "GET", f"{PURCHASES}?page=%00%FF", {}),
    "a token of many levels": (400, "GET", f"{PURCHASES}?page={DEEP}", {}),
    "a limit that is too large": (400, "GET", f"{PURCHASES}?limit=1001", {}),
    "a limit of other digits": (400, "GET", f"{PURCHASES}?limit=%C2%B2", {}),
    "a member that no page has": (400, "GET", f"{PURCHASES}?fields.root=next,total", {}),
    "a state that no supplier has": (400, "GET", f"{PROCUREMENT}/suppliers?state=Asleep", {}),
    "no territory": (400, "GET", f"{RATES}?date=2025-04-14", {}),
    "a day that is in no calendar": (400, "GET", f"{RATES}?date=2025-02-30&territoryId=FR", {}),
    "a day of other digits": (400, "GET", f"{RATES}?date=2025-02-%D9%A1%D9%A1&territoryId=FR", {}),
    "no body": (400, "POST", PURCHASES, {"headers": JSON}),
    "a body that is no object": (400, "POST", PURCHASES, {"json": [PURCHASE_BODY]}),
    "a body that is no JSON": (400, "POST", PURCHASES, {"content": b"{", "headers": JSON}),
    "a body that is not UTF-8": (400, "POST", PURCHASES, {"content": b'"\xff"', "headers": JSON}),
    "a body of very many levels": (400, "POST", PURCHASES, {"content": b"[" * 100_000, "headers": JSON}),
    "a body of 65 levels": (400, "POST", PURCHASES, raw(PURCHASE_BODY, more="[" * 64 + "]" * 64)),
    "half a character": (400, "POST", PURCHASES, raw(PURCHASE_BODY, title=r'"\ud800"')),
    "an integer beyond 32 bits": (400, "POST", PURCHASES, raw(PURCHASE_BODY, natureId=str(2**31))),
    "an integer of many digits": (400, "POST", PURCHASES, raw(PURCHASE_BODY, natureId="9" * 5_000)),
    "an integer with a large exponent": (400, "POST", PURCHASES, raw(PURCHASE_BODY, natureId="1e999999999")),
    "an integer that is a fraction": (400, "POST", PURCHASES, raw(PURCHASE_BODY, natureId="1.5")),
    "an integer that is a boolean": (400, "POST", PURCHASES, raw(PURCHASE_BODY, natureId="true")),
    "a number that is none": (400, "POST", PURCHASES, raw(PURCHASE_BODY, natureId="NaN")),
    "a kind that is no string": (400, "POST", COMMITMENTS, {"json": ONE_TIME_BODY | {"type": []}}),
    "a file that is not there": (
        400,
        "POST",
        COMMITMENTS,
        {"json": ONE_TIME_BODY | {"attachmentIds": [str(UUID(int=1))]}},
    ),
    "a sum that is too large": (400, "POST", COMMITMENTS, raw(ONE_TIME_BODY, amountIncludingTaxes=AMOUNT % "1e999999")),
    "a sum that is too exact": (
        400,
        "POST",
        COMMITMENTS,
        raw(ONE_TIME_BODY, amountIncludingTaxes=AMOUNT % "1e-999999"),
    ),
    "a duration beyond all time": (
        *(400, "POST", COMMITMENTS),
        {"json": SUBSCRIPTION_BODY | {"subscriptionDuration": {"value": 2**31 - 1, "unit": "Year"}}},
    ),
    "a frequency of nothing": (
        *(400, "POST", COMMITMENTS),
        {"json": SUBSCRIPTION_BODY | {"invoicingFrequency": {"value": 0, "unit": "Day"}}},
    ),
    "an upload without a boundary": (400, "POST", UPLOADS, part(FORM, boundary="")),
    "an upload with another boundary": (400, "POST", UPLOADS, part(FORM, boundary="y")),
    "an upload that ends too early": (400, "POST", UPLOADS, part(FORM, end="")),
    "an upload without parts": (400, "POST", UPLOADS, {"content": b"", "headers": part(FORM)["headers"]}),
    "an upload of an odd charset": (400, "POST", UPLOADS, part(FORM, boundary="x; charset=undefined")),
    "a part without a name": (400, "POST", UPLOADS, part("form-data")),
    "a part that is no file": (400, "POST", UPLOADS, part('form-data; name="form"')),
    "a part of another name": (400, "POST", UPLOADS, {"files": {"file": ("a.txt", b"abc")}}),
    "two files": (400, "POST", UPLOADS, {"files": [("form", ("a.txt", b"a")), ("form", ("b.txt", b"b"))]}),
    "JSON of no type": (415, "POST", PURCHASES, {"content": b"{}"}),
    "JSON as text": (415, "POST", PURCHASES, {"content": b"{}", "headers": {"Content-Type": "text/json"}}),
    "an upload as JSON": (415, "POST", UPLOADS, {"json": {}}),
}


@sharing
@pytest.mark.parametrize("name", REFUSED)
async def test_refusal_is_as_documented_and_changes_nothing(name: str, call: Request, emulator: Emulator) -> None:
    status, method, target, request = REFUSED[name]
    target = target.format(purchase=await purchase_by(call))
    before = emulator.created(), {**emulator.tenant.uploads.files}
    assert (await call(status, method, target, **request))["status"] == status
    assert (emulator.created(), emulator.tenant.uploads.files) == before


@sharing
async def test_method_outside_contract_is_405_on_each_path(call: Request, contract: dict[str, Any]) -> None:
    for path, item in contract["paths"].items():
        for method in {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE", "BREW"}:
            if method.lower() not in item:
                await call(405, method, path.format(id=1_000))


@sharing
async def test_upload_over_limit_is_refused_before_its_end(call: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lucca_procurement.emulator.procurement.LARGEST_BODY", 2**20)
    # More than fits into the buffers of a connection.
    await call(413, "POST", UPLOADS, files={"form": ("a.bin", b"a" * 2**25)})


async def test_answer_of_rate_limit_or_fault_is_documented(conformance: Conformance) -> None:
    emulator = Emulator(rate=1, clock=Clock())
    async with calling(emulator, conformance) as call:
        await call(200, "GET", PURCHASES, params={"limit": 1})
        await call(429, "GET", PURCHASES, params={"limit": 1})
        emulator.limit.rate = None
        for fault in ("401", "403", "408", "408-after-commit", "429", "500", "500-after-commit", "503", "529"):
            emulator.faults.add("*", fault)
            await call(int(fault[:3]), "GET", PURCHASES, params={"limit": 1})


# ---- Odd requests that are accepted


ACCEPTED: dict[str, tuple[int, str, str, dict[str, Any]]] = {
    "a parameter given twice": (200, "GET", f"{PURCHASES}?limit=1&limit=x", {}),
    "a parameter that is not known": (200, "GET", f"{PURCHASES}?limit=1&sort=id", {}),
    "words that find nothing": (200, "GET", f"{PROCUREMENT}/suppliers?search.terms=%00%FF%F0%9F%98%80", {}),
    "a territory that is not known": (200, "GET", f"{RATES}?date=9999-12-31&territoryId=%00", {}),
    "an integer with a point": (201, "POST", PURCHASES, raw(PURCHASE_BODY, natureId="1.0", axisSectionIds="[3.61e2]")),
    "a title of any characters": (201, "POST", PURCHASES, {"json": PURCHASE_BODY | {"title": "\0\u2028\U0001f600 é"}}),
    "a supplier that is not known": (
        *(201, "POST", PURCHASES),
        {"json": PURCHASE_BODY | {"supplier": {"name": "Boulangerie", "territoryId": 65.0}}},
    ),
    "members that are not known": (
        201,
        "POST",
        PURCHASES,
        {"json": PURCHASE_BODY | {"id": "x", "state": "Closed", "owner": 5}},
    ),
    "a member given twice": (
        201,
        "POST",
        PURCHASES,
        {"content": b'{"title": 5,' + raw(PURCHASE_BODY)["content"][1:], "headers": JSON},
    ),
    "a body of 64 levels": (201, "POST", PURCHASES, raw(PURCHASE_BODY, more="[" * 63 + "]" * 63)),
    "JSON with a charset": (
        *(201, "POST", PURCHASES),
        {"content": json.dumps(PURCHASE_BODY), "headers": {"Content-Type": "Application/JSON; charset=utf-8"}},
    ),
    "a commitment with members of what is read": (
        *(201, "POST", COMMITMENTS),
        {"json": ONE_TIME_BODY | {"id": "x", "author": 5, "createdAt": "x", "attachments": 5, "periodsCount": "x"}},
    ),
    "a subscription with members of what is read": (
        *(201, "POST", COMMITMENTS),
        {"json": SUBSCRIPTION_BODY | {"amountIncludingTaxes": 5, "subscriptionEndDate": 5, "contractualEndDate": "x"}},
    ),
    "durations with a point": (
        *(201, "POST", COMMITMENTS),
        {"json": SUBSCRIPTION_BODY | {"contractualObligation": {"value": 12.0, "unit": "Month"}}},
    ),
    "a purchase's id with a point": (
        *(201, "POST", f"{PROCUREMENT}/commitments"),
        {"json": ONE_TIME_BODY | {"purchaseId": 1000.0}},
    ),
    "an amount of 1,000 digits": (
        201,
        "POST",
        COMMITMENTS,
        raw(ONE_TIME_BODY, amountIncludingTaxes=AMOUNT % ("9" * 1_000)),
    ),
    "a file with an odd name": (201, "POST", UPLOADS, {"files": {"form": ('\u2603 "é".', b"abc", "a/b; é")}}),
    "a file with nothing in it": (201, "POST", UPLOADS, {"files": {"form": ("a.txt", b"")}}),
    "a file with a name in bytes": (201, "POST", UPLOADS, part('form-data; name="form"; filename="\xff\xfe"')),
}


@sharing
@pytest.mark.parametrize("name", ACCEPTED)
async def test_odd_request_is_accepted_and_answered_as_documented(name: str, call: Request) -> None:
    status, method, target, request = ACCEPTED[name]
    purchase = await purchase_by(call)
    await call(status, method, target.format(purchase=purchase), **request)
    for number in (1_000, purchase):
        await call(200, "GET", f"{PURCHASES}/{number}")
    await call(200, "GET", PURCHASES, params={"limit": 2})


async def test_emulator_without_data_answers_list_and_create(conformance: Conformance) -> None:
    emulator = Emulator(rate=None, purchases=0, quirks=Quirks(created_answer="shared", order="shuffled"))
    async with calling(emulator, conformance) as call:
        assert await call(200, "GET", PURCHASES) == {"items": []}
        await purchase_by(call)
        await call(200, "GET", PURCHASES)


# ---- Answers that are not documented


OK = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("method", "path", "status", "headers", "content", "said"),
    [
        ("GET", f"{PURCHASES}/1", 200, OK, b'{"id": 1}', None),
        ("GET", f"{PURCHASES}/1", 201, OK, b'{"id": 1}', "the status is not documented"),
        ("GET", f"{PURCHASES}/1", 200, {"content-type": "text/html"}, b"", "the media type should be application/json"),
        ("GET", f"{PURCHASES}/1", 200, OK, b"{", "the body is no JSON"),
        ("GET", f"{PURCHASES}/1", 200, OK, b"{}", r'\$: "id" is a required property'),
        ("GET", f"{PURCHASES}/1", 200, OK, b'{"id": 2147483648}', r"\$.id: 2147483648 is greater than the maximum"),
        ("GET", f"{PURCHASES}/1", 200, OK, b'{"id": 1, "state": "InOrbit"}', r"\$.state: "),
        ("GET", f"{PURCHASES}/1", 200, OK, b'{"id": 1, "createdAt": "today"}', r'\$.createdAt: "today" is not a'),
        ("GET", f"{PURCHASES}/1", 404, OK, b"{}", "the media type should be application/problem"),
        ("PUT", f"{PURCHASES}/1", 200, OK, b'{"id": 1}', "the status should be 405"),
        ("PUT", f"{PURCHASES}/1", 405, OK | {"allow": "GET, PUT"}, b"", "Allow should be GET, not GET, PUT"),
        ("GET", f"{PROCUREMENT}/orders", 200, OK, b"{}", "the status should be 404"),
        ("POST", f"{PURCHASES}/1/closing", 204, {}, b"", None),
        ("POST", f"{PURCHASES}/1/closing", 204, {}, b"{}", "there should be no body"),
    ],
)
def test_objection_to_undocumented_answer_names_deviation(
    method: str,
    path: str,
    status: int,
    headers: dict[str, str],
    content: bytes,
    said: str | None,
    conformance: Conformance,
) -> None:
    objection = conformance.objection(method, path, status, httpx.Headers(headers), content)
    assert objection is None if said is None else re.match(said, objection or ""), objection
