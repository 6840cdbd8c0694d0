"""The requests that the compiled operations send, and the values that they return for the answers."""

from __future__ import annotations

import io
import json
import pickle
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pytest_httpx import HTTPXMock

from lucca_procurement_api import Client, FilePart, api, models
from lucca_procurement_api.errors import DecodeError, InvalidData, ResponseError, UnexpectedStatus
from support.addresses import HOST, PROCUREMENT
from support.samples import ONE_TIME, PURCHASE, SUBSCRIPTION, exact_json, sample, sample_bytes
from support.sender import FixedSender, created_commitment

KEY = "0f9e8d7c-canary"

Call = Callable[[Any], Awaitable[Any]]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with Client(HOST, KEY) as client:
        yield client


FOR_PURCHASE = models.OneTimeCommitmentForPurchaseCreation.from_dict({**ONE_TIME.to_dict(), "purchaseId": 6655})
MEMBERS = [models.PagingMember.NEXT, models.PagingMember.COUNT]

# Each operation: the call, its method and target, its body, the statuses that are a success, and a body to answer with.
OPERATIONS: dict[str, tuple[Call, str, str, Any, set[int], bytes]] = {
    "list_purchases": (
        lambda client: api.list_purchases(client, fields_root=MEMBERS, page="a/b+c=", limit=100),
        "GET",
        f"{PROCUREMENT}/purchases?fields.root=next,count&page=a%2Fb%2Bc%3D&limit=100",
        None,
        {200},
        sample_bytes("list-purchases.response"),
    ),
    "create_purchase": (
        lambda client: api.create_purchase(client, body=PURCHASE),
        "POST",
        f"{PROCUREMENT}/purchases",
        sample("create-purchase.request"),
        {200, 201},
        sample_bytes("create-purchase.response"),
    ),
    "get_purchase": (
        lambda client: api.get_purchase(client, 6655),
        "GET",
        f"{PROCUREMENT}/purchases/6655",
        None,
        {200},
        sample_bytes("create-purchase.response"),
    ),
    "create_commitment": (
        lambda client: api.create_commitment(client, 6655, body=SUBSCRIPTION),
        "POST",
        f"{PROCUREMENT}/purchases/6655/commitment",
        sample("create-commitment-subscription.request"),
        {200, 201},
        sample_bytes("create-commitment-one-time.response"),
    ),
    "create_commitment_for_purchase": (
        lambda client: api.create_commitment_for_purchase(client, body=FOR_PURCHASE),
        "POST",
        f"{PROCUREMENT}/commitments",
        {**sample("create-commitment-one-time.request"), "purchaseId": 6655},
        {200, 201},
        sample_bytes("create-commitment-one-time.response"),
    ),
    "create_commitment_request": (
        lambda client: api.create_commitment_request(client, 54635),
        "POST",
        f"{PROCUREMENT}/commitments/54635/requests",
        None,
        {200, 201},
        sample_bytes("create-commitment-request.response"),
    ),
    "cancel_request": (
        lambda client: api.cancel_request(client, 7, body=models.RequestCancellation(comment="Comment")),
        "POST",
        f"{PROCUREMENT}/requests/7/cancellations",
        sample("cancel-request.request"),
        {200, 201, 204},
        b"",
    ),
    "close_purchase": (
        lambda client: api.close_purchase(
            client, 6655, body=models.PurchaseClosing(comment="Comment", date=date(2025, 4, 20))
        ),
        "POST",
        f"{PROCUREMENT}/purchases/6655/closing",
        sample("close-purchase.request"),
        {200, 201, 204},
        b"",
    ),
    "list_tax_rates": (
        lambda client: api.list_tax_rates(client, date=date(2025, 4, 14), territory_id="FR"),
        "GET",
        "/cleemy-procurement/taxes/api/rates?date=2025-04-14&territoryId=FR",
        None,
        {200},
        sample_bytes("list-tax-rates.response"),
    ),
    "list_suppliers": (
        lambda client: api.list_suppliers(client, state=models.SupplierState.ACTIVE, search_terms="é, co", page=2),
        "GET",
        f"{PROCUREMENT}/suppliers?state=Active&search.terms=%C3%A9%2C%20co&page=2",
        None,
        {200},
        b'{"items": [{"id": 6, "name": "Amazon", "bankAccount": {"iban": "FR76"}, "flag": "Flagged"}]}',
    ),
    "list_natures": (
        lambda client: api.list_natures(client, limit=0),
        "GET",
        f"{PROCUREMENT}/natures?limit=0",
        None,
        {200},
        b'{"items": [], "count": 12}',
    ),
    "list_cost_centers": (
        lambda client: api.list_cost_centers(client),
        "GET",
        f"{PROCUREMENT}/costcenters",
        None,
        {200},
        b'[{"id": 41, "code": "406", "state": "Enabled"}]',
    ),
}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
async def test_operation_sends_documented_request(name: str, client: Client, httpx_mock: HTTPXMock) -> None:
    call, method, target, body, statuses, answer = OPERATIONS[name]
    for status in sorted(statuses):
        httpx_mock.add_response(method=method, url=HOST + target, status_code=status, content=answer)
        await call(client)
    for request in httpx_mock.get_requests():
        assert request.url.raw_path.decode() == target
        assert request.headers["authorization"] == f"lucca application={KEY}"
        assert request.headers["accept"] == "application/json, application/problem+json"
        if body is not None:
            assert request.headers["content-type"] == "application/json"
            assert exact_json(request.content) == body
        else:
            assert request.content == b""
            assert "content-type" not in request.headers
            assert request.headers.get("content-length") == ("0" if method == "POST" else None)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
async def test_operation_with_other_status_raises_unexpected_status(name: str) -> None:
    call, _method, _target, _body, statuses, _answer = OPERATIONS[name]
    for status in {100, 200, 201, 202, 204, 302, 400, 401, 403, 404, 409, 422, 429, 500, 503, 520, 529, 599} - statuses:
        with pytest.raises(UnexpectedStatus) as caught:
            await call(FixedSender(status, b"<h1>Go away</h1>"))
        assert str(caught.value) == f"{name} was answered {status}: <h1>Go away</h1>"
        assert (caught.value.operation, caught.value.status, caught.value.problem) == (name, status, None)


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - {"cancel_request", "close_purchase"}))
@pytest.mark.parametrize("content", [b"", b"<html>", b"null", b"5", b'"x"', b'{"id":"x"}', b'{"items":[{}]}', b"[{}]"])
async def test_operation_with_unreadable_success_raises_decode_error(name: str, content: bytes) -> None:
    call, _method, _target, _body, statuses, _answer = OPERATIONS[name]
    for status in statuses:
        with pytest.raises(DecodeError) as caught:
            await call(FixedSender(status, content))
        assert str(caught.value).startswith(f"{name} was answered {status} with a body that cannot be read: ")
        assert str(caught.value).endswith(content.decode() or "(empty)")
        assert caught.value.reason.expected
        again = pickle.loads(pickle.dumps(caught.value))
        assert str(again) == str(caught.value)


@pytest.mark.parametrize("name", ["cancel_request", "close_purchase"])
async def test_operation_with_undocumented_body_ignores_body(name: str) -> None:
    for status in (200, 201, 204):
        assert await OPERATIONS[name][0](FixedSender(status, b"<p>anything</p>")) is None


async def test_problem_in_error_answer_is_read() -> None:
    with pytest.raises(UnexpectedStatus) as caught:
        await api.get_purchase(FixedSender(400, sample_bytes("problem.validation.response")), 1)
    problem = caught.value.problem
    assert isinstance(problem, models.Problem)
    assert problem.title == "One or more validation errors occurred."
    assert problem.to_dict()["errors"]["Date"] == ["The date field is required."]
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problem == problem
    assert str(again) == str(caught.value)


async def test_problem_with_odd_members_is_read() -> None:
    content = b'{"title": "No", "status": "400", "errors": {"date": "required"}}'
    with pytest.raises(UnexpectedStatus) as caught:
        await api.get_purchase(FixedSender(400, content), 1)
    assert caught.value.problem.title == "No"
    assert caught.value.problem.errors == {"date": "required"}


async def test_error_message_with_long_body_is_shortened() -> None:
    with pytest.raises(ResponseError) as caught:
        await api.get_purchase(FixedSender(500, b"x" * 100_000), 1)
    assert len(str(caught.value)) < 2_100
    assert len(caught.value.content) == 100_000
    assert repr(caught.value) == "UnexpectedStatus('get_purchase', 500)"


async def test_error_message_escapes_control_characters_of_body() -> None:
    with pytest.raises(ResponseError) as caught:
        await api.get_purchase(FixedSender(500, b"\x1b[2J\r\nINFO all is well\x00"), 1)
    assert str(caught.value) == r"get_purchase was answered 500: \x1b[2J\r\nINFO all is well\x00"


# ---- Readings of the documentation's disagreements


@pytest.mark.parametrize("status", [200, 201])
async def test_created_commitment_as_object_or_list_is_read(status: int) -> None:
    one = sample_bytes("create-commitment-one-time.response")
    assert isinstance(await created_commitment(status, one), models.OneTimeCommitment)
    found = await created_commitment(status, b'{"items": [' + one + b"]}")
    assert isinstance(found, models.CommitmentItems)
    assert found.items == [models.OneTimeCommitment.from_json(one)]


@pytest.mark.parametrize("items", [b"", b'{"id": 1}, {"id": 2}'])
async def test_created_commitment_list_not_of_one_raises_decode_error(items: bytes) -> None:
    with pytest.raises(DecodeError, match=r'items: expected an array of 1, found one of [02].*"items"'):
        await created_commitment(201, b'{"items": [' + items + b"]}")


@pytest.mark.parametrize("more", [b"", b', "type": "OneTimeCommitment", "state": "Created"', b', "id": null'])
async def test_created_commitment_with_commitment_id_is_read(more: bytes) -> None:
    found = await created_commitment(201, b'{"commitmentId": 5' + more + b"}")
    assert isinstance(found, models.CommitmentIdentifier)
    assert found.commitment_id == 5


async def test_created_purchase_with_purchase_id_is_read() -> None:
    for content in (b'{"purchaseId": 5, "title": "AWS S3"}', b'{"purchaseId": 5, "id": null}'):
        found = await api.create_purchase(FixedSender(201, content), body=PURCHASE)
        assert isinstance(found, models.PurchaseIdentifier)
        assert found.purchase_id == 5


async def test_created_object_without_id_raises_decode_error() -> None:
    with pytest.raises(DecodeError, match=r'expected an object with id or purchaseId.*\{"title": "AWS S3"\}'):
        await api.create_purchase(FixedSender(201, b'{"title": "AWS S3"}'), body=PURCHASE)
    with pytest.raises(DecodeError, match="id: expected an integer, found nothing"):
        await created_commitment(201, b'{"type": "OneTimeCommitment"}')


async def test_list_as_bare_array_is_read() -> None:
    page = await api.list_purchases(FixedSender(200, b"[" + sample_bytes("create-purchase.response") + b"]"))
    assert isinstance(page, list)
    assert page == [models.Purchase.from_json(sample_bytes("create-purchase.response"))]


@pytest.mark.parametrize("end", [b"", b', "next": null', b', "next": ""'])
async def test_last_page_in_each_form_is_read(end: bytes) -> None:
    page = await api.list_purchases(FixedSender(200, b'{"items": []' + end + b"}"))
    assert isinstance(page, models.PurchasePage)
    assert not page.next_


async def test_tax_rate_is_read_as_exact_fraction() -> None:
    (rate,) = await api.list_tax_rates(
        FixedSender(200, sample_bytes("list-tax-rates.response")), date=date(2025, 4, 14), territory_id=123
    )
    assert rate.percentage == Decimal("0.2")
    assert rate.to_dict() == sample("list-tax-rates.response")[0]


# ---- Arguments

untyped: Any = api
"""The operations as a caller without a type checker sees them."""


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda client: untyped.get_purchase(client, "7"), "id: expected an integer, found a string"),
        (lambda client: untyped.get_purchase(client, "../7"), "id: expected an integer, found a string"),
        (lambda client: untyped.get_purchase(client, True), "id: expected an integer, found a boolean"),
        (lambda client: untyped.get_purchase(client, None), "id: expected an integer, found null"),
        (lambda client: untyped.list_purchases(client, limit="100"), "limit: expected an integer, found a string"),
        (lambda client: untyped.list_purchases(client, fields_root="next"), "fields_root: expected an array"),
        (lambda client: api.get_purchase(client, 2**31), "id: expected an integer from -2147483648 to 2147483647"),
        (lambda client: api.list_purchases(client, limit=1001), "limit: expected an integer from 0 to 1000"),
        (lambda client: api.list_purchases(client, limit=-1), "limit: expected an integer from 0 to 1000"),
        (lambda client: api.list_purchases(client, page="\ud83d"), "the value: expected text that can be sent"),
        (
            lambda client: untyped.upload_file(client, body={"form": b"x"}),
            "body: expected a FileUpload, found an object",
        ),
        (lambda client: untyped.list_tax_rates(client, date="soon", territory_id=1), "date: expected a date"),
        (lambda client: untyped.list_tax_rates(client, date=None, territory_id=1), "date: expected a date"),
        (
            lambda client: untyped.create_purchase(client, body={"ownerId": 5}),
            "natureId: expected an integer, found nothing",
        ),
        (lambda client: untyped.create_purchase(client, body=None), "the value: expected an object, found null"),
        (
            lambda client: untyped.create_commitment(client, 1, body={**ONE_TIME.to_dict(), "attachmentIds": ["x"]}),
            "attachmentIds[0]: expected a UUID, found a string",
        ),
        (
            lambda client: untyped.create_commitment(client, 1, body={**ONE_TIME.to_dict(), "type": "Barter"}),
            "the value: expected an object with",
        ),
    ],
)
async def test_operation_with_bad_argument_sends_nothing(call: Call, said: str) -> None:
    sender = FixedSender()
    with pytest.raises(InvalidData) as caught:
        await call(sender)
    assert str(caught.value).startswith(said)
    assert sender.requests == []


async def test_operation_with_float_in_body_sends_nothing() -> None:
    sender = FixedSender()
    body = models.OneTimeCommitmentCreation.from_dict(ONE_TIME.to_dict())
    body.amount_including_taxes.additional_properties["tip"] = 0.5
    with pytest.raises(TypeError, match="Decimal"):
        await api.create_commitment(sender, 1, body=body)
    assert sender.requests == []


async def test_operation_with_none_leaves_argument_out() -> None:
    sender = FixedSender(200, b"[]")
    none: Any = None
    await api.list_purchases(sender, fields_root=none, page=none, limit=none)
    await api.list_purchases(sender, fields_root=[])
    assert {request.target for request in sender.requests} == {"/cleemy-procurement/api/purchases"}


# ---- Files


@pytest.mark.parametrize("content", [b"%PDF-1.7", io.BytesIO(b"%PDF-1.7")], ids=["bytes", "file"])
async def test_upload_file_sends_one_part_with_filename(content: Any, client: Client, httpx_mock: HTTPXMock) -> None:
    answer = {"id": "a6dcc9e5-d251-4d3a-86a2-74d9b452b643", "name": "quote.pdf", "contentType": "application/pdf"}
    httpx_mock.add_response(method="POST", url=f"{HOST}/lucca-files/api/uploads", status_code=201, json=answer)
    part = FilePart(content=content, file_name="quote.pdf", content_type="application/pdf")
    stored = await api.upload_file(client, body=models.FileUpload(form=part))
    assert stored.content_type == "application/pdf"
    (request,) = httpx_mock.get_requests()
    boundary = re.fullmatch(r"multipart/form-data; boundary=(\w{32})", request.headers["content-type"])
    assert boundary
    assert request.content.split(b"\r\n") == [
        b"--" + boundary[1].encode(),
        b'Content-Disposition: form-data; name="form"; filename="quote.pdf"',
        b"Content-Type: application/pdf",
        b"",
        b"%PDF-1.7",
        b"--" + boundary[1].encode() + b"--",
        b"",
    ]


@pytest.mark.parametrize(
    "wrong",
    [{"content": "text"}, {"file_name": ""}, {"file_name": "a\r\nb"}, {"content_type": "a/b\r\nX-Evil: 1"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_file_part_with_invalid_value_is_refused(wrong: dict[str, Any]) -> None:
    good: dict[str, Any] = {"content": b"x", "file_name": "a.txt", "content_type": "text/plain"}
    with pytest.raises(InvalidData, match=f"^{next(iter(wrong))}: "):
        FilePart(**{**good, **wrong})


async def test_upload_file_twice_has_different_boundaries(client: Client, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=201, json={"id": "a6dcc9e5-d251-4d3a-86a2-74d9b452b643"}, is_reusable=True)
    for _ in range(2):
        await api.upload_file(client, body=models.FileUpload(form=FilePart(content=b"--+++--", file_name="a.txt")))
    first, second = (request.headers["content-type"] for request in httpx_mock.get_requests())
    assert first != second


# ---- The plain client


async def test_client_repr_hides_key_and_pickle_is_refused(client: Client) -> None:
    assert repr(client) == "Client('https://example.ilucca.net')"
    with pytest.raises(TypeError, match="holds a key"):
        pickle.dumps(client)


async def test_with_headers_shares_pool_and_leaves_parent_unchanged(client: Client, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(json=[], is_reusable=True)
    other = client.with_headers({"X-Request-Id": "abc", "AUTHORIZATION": "nobody"})
    await api.list_natures(other)
    await api.list_natures(client)
    with_headers, without = httpx_mock.get_requests()
    assert with_headers.headers["x-request-id"] == "abc"
    assert with_headers.headers["authorization"] == without.headers["authorization"] == f"lucca application={KEY}"
    assert len(with_headers.headers.get_list("authorization")) == 1
    assert "x-request-id" not in without.headers
    await client.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await api.list_natures(other)


@pytest.mark.parametrize("url", ["", "example.ilucca.net", "ftp://a", "https://user:secret@a", "https://a?b=c"])
def test_client_with_bad_url_is_refused_without_showing_url(url: str) -> None:
    with pytest.raises(ValueError, match="base_url must be") as caught:
        Client(url, KEY)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("key", ["", " ", "{" + KEY + "}", KEY + "\n", KEY + "é"])
def test_client_with_bad_key_is_refused_without_showing_key(key: str) -> None:
    with pytest.raises(ValueError, match="api_key must be the key alone") as caught:
        Client(HOST, key)
    assert KEY not in str(caught.value)


async def test_client_closes_idle_connections_after_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(httpx, "AsyncClient", lambda **options: given.update(options))
    Client(f"{HOST}/", KEY)
    assert given["limits"].keepalive_expiry == 2.0


async def test_client_with_slash_after_base_url_sends_same_path(httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=f"{HOST}/cleemy-procurement/api/natures", json=[])
    async with Client(f"{HOST}/", KEY) as client:
        await api.list_natures(client)


async def test_client_has_timeout_and_follows_no_redirect(client: Client, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=302, headers={"Location": "https://elsewhere.example"})
    with pytest.raises(UnexpectedStatus, match="302"):
        await api.get_purchase(client, 1)
    (request,) = httpx_mock.get_requests()
    assert request.extensions["timeout"] == {"connect": 30.0, "read": 30.0, "write": 30.0, "pool": 30.0}


async def test_operation_after_network_error_raises_httpx_error(client: Client, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_exception(httpx.ReadTimeout("too slow"))
    with pytest.raises(httpx.ReadTimeout):
        await api.get_purchase(client, 1)


async def test_unexpected_status_holds_headers_as_plain_dict(client: Client, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(status_code=503, headers={"Retry-After": "1.5"}, content=json.dumps({}).encode())
    with pytest.raises(UnexpectedStatus) as caught:
        await api.get_purchase(client, 1)
    assert caught.value.headers["retry-after"] == "1.5"
    assert type(caught.value.headers) is dict
    assert pickle.loads(pickle.dumps(caught.value)).headers == caught.value.headers


def test_operations_of_contract_are_all_tested(contract: dict[str, Any]) -> None:
    named = {
        operation["operationId"]
        for item in contract["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    }
    assert named == set(api.__all__) == {*OPERATIONS, "upload_file"}
