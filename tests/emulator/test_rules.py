"""The emulator as a strict Lucca: its refusals, their statuses, and the person who decided."""

from __future__ import annotations

import copy
from typing import Any, Literal, get_args, get_type_hints

import attrs
import httpx
import pytest

from lucca_procurement.emulator import Emulator, Quirks
from support.addresses import PROCUREMENT, PURCHASES
from support.clock import Clock
from support.samples import ONE_TIME_BODY, PURCHASE_BODY, SUBSCRIPTION_BODY, sample

PRICES = {"OneTimeCommitment": "amountIncludingTaxes", "SubscriptionCommitment": "amountIncludingTaxesPerPeriod"}


def price(value: str, *taxes: tuple[int, str, str], total: tuple[str, str] | None = None) -> dict[str, Any]:
    """Return an amount in EUR, its taxes (kind, value, currency), and its total if it has one (value, currency)."""
    found: dict[str, Any] = {
        "excludingTaxes": {"value": float(value), "currency": "EUR"},
        "taxes": [{"rateTypeId": kind, "value": float(tax), "currency": currency} for kind, tax, currency in taxes],
    }
    if total:
        found["includingTaxes"] = {"value": float(total[0]), "currency": total[1]}
    return found


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def emulator(clock: Clock) -> Emulator:
    return Emulator(rate=None, approve="manual", clock=clock)


async def new_purchase(http: httpx.AsyncClient) -> int:
    number: int = (await http.post(PURCHASES, json=PURCHASE_BODY)).json()["id"]
    return number


async def commit(http: httpx.AsyncClient, path: str, purchase: int, body: dict[str, Any]) -> httpx.Response:
    """Create a commitment by one of the two paths."""
    if path == "purchase":
        return await http.post(f"{PURCHASES}/{purchase}/commitment", json=body)
    return await http.post(f"{PROCUREMENT}/commitments", json=body | {"purchaseId": purchase})


# ---- Amounts and ids


WRONG = {
    "a kind of tax rate that is not known": (price("250", (7, "25", "EUR")), "there is no kind of tax rate 7"),
    "a tax in another currency": (price("250", (45, "50", "USD")), "it mixes EUR and USD"),
    "a total in another currency": (price("250", total=("250", "CHF")), "it mixes CHF and EUR"),
    "a tax that is more than its rate": (
        price("100", (45, "999", "EUR")),
        "0.2 of 100.0 is 20.0",
    ),
    "a tax with the other sign": (price("100", (45, "-20", "EUR")), "a tax of -20.0 is too much"),
    "a tax of a rate of zero": (price("100", (49, "1", "EUR")), "0 of 100.0 is 0.0"),
    "a total that is too small": (price("250", (45, "50", "EUR"), total=("299.5", "EUR")), "it comes to 300"),
    "a total that forgets the taxes": (price("250", (45, "50", "EUR"), total=("250", "EUR")), "it comes to 300"),
}


@pytest.mark.parametrize("body", [ONE_TIME_BODY, SUBSCRIPTION_BODY], ids=["one-time", "subscription"])
@pytest.mark.parametrize("wrong", WRONG)
async def test_amount_with_contradiction_is_refused_unless_lenient(
    wrong: str, body: dict[str, Any], http: httpx.AsyncClient, emulator: Emulator
) -> None:
    amount, said = WRONG[wrong]
    member = PRICES[body["type"]]
    purchase = await new_purchase(http)
    answer = await commit(http, "purchase", purchase, body | {member: amount})
    assert answer.status_code == 400
    ((found, (message,)),) = answer.json()["errors"].items()
    assert (found.lower(), said in message) == (member.lower(), True)
    assert emulator.created()[0]["commitment"] is None
    emulator.quirks.set(lenient=True)
    assert (await commit(http, "purchase", purchase, body | {member: amount})).status_code == 201


@pytest.mark.parametrize(
    "amount",
    [
        price("250"),
        price("250", total=("250", "EUR")),
        price("250", (45, "50", "EUR"), (46, "25", "EUR"), total=("325", "EUR")),
        price("-250", (45, "-50", "EUR"), total=("-300", "EUR")),
        price("0.33", (45, "0.07", "EUR")),
        price("250", (45, "0", "EUR")),
    ],
)
async def test_amount_with_correct_total_is_accepted(amount: dict[str, Any], http: httpx.AsyncClient) -> None:
    body = ONE_TIME_BODY | {"amountIncludingTaxes": amount}
    assert (await commit(http, "purchase", await new_purchase(http), body)).status_code == 201


async def test_amount_with_listed_rate_type_is_accepted(http: httpx.AsyncClient) -> None:
    for territory in ("FR", "DE", "CH", "BE", "US", "CA"):
        query = {"date": "2026-01-01", "territoryId": territory}
        rates = (await http.get("/cleemy-procurement/taxes/api/rates", params=query)).json()
        amount = price("100", *((rate["rateType"]["id"], str(100 * rate["percentage"]), "EUR") for rate in rates))
        body = ONE_TIME_BODY | {"amountIncludingTaxes": amount}
        assert (await commit(http, "purchase", await new_purchase(http), body)).status_code == 201


async def test_territory_not_known_is_refused_unless_lenient(http: httpx.AsyncClient, emulator: Emulator) -> None:
    def body(territory: str | int) -> dict[str, Any]:
        return {**PURCHASE_BODY, "supplier": {"name": "Boulangerie", "territoryId": territory}}

    for territory in ("FR", 65, "65"):
        assert (await http.post(PURCHASES, json=body(territory))).status_code == 201
    for territory in ("XX", 5, ""):
        answer = await http.post(PURCHASES, json=body(territory))
        assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["Supplier"])
    emulator.quirks.set(lenient=True)
    assert (await http.post(PURCHASES, json=body("XX"))).status_code == 201


async def test_attachments_above_three_are_refused_unless_any(http: httpx.AsyncClient, emulator: Emulator) -> None:
    files = [emulator.tenant.store(f"{number}.pdf", "application/pdf", b"%PDF")["id"] for number in range(4)]
    assert (
        await commit(http, "purchase", await new_purchase(http), ONE_TIME_BODY | {"attachmentIds": files[:3]})
    ).is_success
    purchase = await new_purchase(http)
    answer = await commit(http, "purchase", purchase, ONE_TIME_BODY | {"attachmentIds": files})
    assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["AttachmentIds"])
    emulator.quirks.set(attachments="any")
    assert (await commit(http, "purchase", purchase, ONE_TIME_BODY | {"attachmentIds": files})).is_success


# ---- Paths, and acts that are done only once


async def test_commitment_path_by_kind_follows_guide(http: httpx.AsyncClient, emulator: Emulator) -> None:
    emulator.quirks.set(commitment_path="by-kind")
    purchase, other = await new_purchase(http), await new_purchase(http)
    for path, number, body, status in (
        ("purchase", purchase, ONE_TIME_BODY, 404),
        ("commitments", purchase, ONE_TIME_BODY, 201),
        ("commitments", other, SUBSCRIPTION_BODY, 404),
        ("purchase", other, SUBSCRIPTION_BODY, 201),
        ("purchase", other, {"type": []}, 400),
    ):
        assert (await commit(http, path, number, body)).status_code == status


@pytest.mark.parametrize("first", ["purchase", "commitments"])
@pytest.mark.parametrize("second", ["purchase", "commitments"])
@pytest.mark.parametrize("body", [ONE_TIME_BODY, SUBSCRIPTION_BODY], ids=["one-time", "subscription"])
async def test_second_commitment_is_refused_by_each_path(
    first: str, second: str, body: dict[str, Any], http: httpx.AsyncClient, emulator: Emulator
) -> None:
    purchase = await new_purchase(http)
    created = (await commit(http, first, purchase, body)).json()
    before = copy.deepcopy(emulator.created())
    assert (await commit(http, second, purchase, body)).status_code == 409
    assert (await http.post(f"{PROCUREMENT}/commitments/{created['id']}/requests")).status_code == 201
    assert (await commit(http, second, purchase, body)).status_code == 409
    assert before[0]["commitment"]["id"] == created["id"] == emulator.created()[0]["commitment"]["id"]


async def test_second_request_after_each_outcome_is_refused(http: httpx.AsyncClient, emulator: Emulator) -> None:
    for state in ("Pending", "Approved", "Denied", "Cancelled"):
        number = (await commit(http, "purchase", await new_purchase(http), ONE_TIME_BODY)).json()["id"]
        request = (await http.post(f"{PROCUREMENT}/commitments/{number}/requests")).json()["id"]
        if state != "Pending":
            emulator.tenant.decide(request, state)
        assert (await http.post(f"{PROCUREMENT}/commitments/{number}/requests")).status_code == 409
        assert emulator.tenant.request(request)["state"] == state
    assert len(emulator.tenant.requests) == 4


async def test_request_for_closed_purchase_is_refused(http: httpx.AsyncClient, emulator: Emulator) -> None:
    purchase = await new_purchase(http)
    number = (await commit(http, "purchase", purchase, ONE_TIME_BODY)).json()["id"]
    closing = sample("close-purchase.request")
    assert (await http.post(f"{PURCHASES}/{purchase}/closing", json=closing)).status_code == 204
    assert (await http.post(f"{PROCUREMENT}/commitments/{number}/requests")).status_code == 409
    assert emulator.created()[0]["state"] == "Closed"


@pytest.mark.parametrize("status", [409, 400, 403, 422])
async def test_refusal_by_state_has_status_of_quirk(
    status: Literal[409, 400, 403, 422], http: httpx.AsyncClient, emulator: Emulator
) -> None:
    emulator.quirks.set(refused_status=status)
    purchase = await new_purchase(http)
    number = (await commit(http, "purchase", purchase, ONE_TIME_BODY)).json()["id"]
    request = (await http.post(f"{PROCUREMENT}/commitments/{number}/requests")).json()["id"]
    closing = f"{PURCHASES}/{purchase}/closing"
    refused = [
        await commit(http, "purchase", purchase, ONE_TIME_BODY),
        await commit(http, "commitments", purchase, ONE_TIME_BODY),
        await http.post(f"{PROCUREMENT}/commitments/{number}/requests"),
        await http.post(closing, json=sample("close-purchase.request")),
    ]
    emulator.approve(request)
    cancellation = f"{PROCUREMENT}/requests/{request}/cancellations"
    refused.append(await http.post(cancellation, json=sample("cancel-request.request")))
    emulator.tenant._own[purchase]["aggregatedStates"]["invoices"]["toReview"] = 1
    refused.append(await http.post(closing, json=sample("close-purchase.request")))
    assert [answer.status_code for answer in refused] == [status] * 6
    assert all(answer.json()["detail"] for answer in refused)
    # A request for a missing object, or one that makes no sense, is refused as before.
    assert (await http.post(f"{PROCUREMENT}/commitments/5/requests")).status_code == 404
    assert (await http.post(PURCHASES, json={})).status_code == 400


async def test_second_commitment_if_accepted_replaces_first(http: httpx.AsyncClient, emulator: Emulator) -> None:
    emulator.quirks.set(repeated="accepted")
    purchase = await new_purchase(http)
    first = (await commit(http, "purchase", purchase, ONE_TIME_BODY)).json()
    second = await commit(http, "purchase", purchase, ONE_TIME_BODY | {"costDate": "2030-01-31"})
    assert (second.status_code, second.json()["id"]) == (201, first["id"])
    assert emulator.created()[0]["commitment"]["costDate"] == "2030-01-31"


async def test_second_request_if_accepted_is_one_more(http: httpx.AsyncClient, emulator: Emulator) -> None:
    emulator.quirks.set(repeated="accepted")
    number = (await commit(http, "purchase", await new_purchase(http), ONE_TIME_BODY)).json()["id"]
    target = f"{PROCUREMENT}/commitments/{number}/requests"
    first, second = [(await http.post(target)).json()["id"] for _ in range(2)]
    assert {first, second} == {*emulator.tenant.requests}
    emulator.approve(second)
    assert (await http.post(target)).status_code == 409


async def test_cancelled_request_if_it_reopens_allows_another(http: httpx.AsyncClient, emulator: Emulator) -> None:
    emulator.quirks.set(cancelled="created")
    number = (await commit(http, "purchase", await new_purchase(http), ONE_TIME_BODY)).json()["id"]
    target = f"{PROCUREMENT}/commitments/{number}/requests"
    request = (await http.post(target)).json()["id"]
    assert (await http.post(f"{PROCUREMENT}/requests/{request}/cancellations", json={"comment": ""})).is_success
    assert emulator.tenant.request(request)["state"] == "Cancelled"
    purchase = emulator.created()[0]
    assert (purchase["state"], purchase["commitment"]["state"]) == ("Created", "Created")
    assert (await http.post(target)).status_code == 201


# ---- What is kept and shown of a new purchase


@pytest.mark.parametrize(
    ("titles", "kept"),
    [
        ("as-sent", "[A-1] Écran 4K \N{DESKTOP COMPUTER} " + "x" * 60),
        ("cut", "[A-1] ?cran 4K ? " + "x" * 43),
        ("prefixed", "Order: [A-1] Écran 4K \N{DESKTOP COMPUTER} " + "x" * 60),
    ],
)
async def test_title_of_purchase_is_kept_as_quirk_says(
    titles: Any, kept: str, http: httpx.AsyncClient, emulator: Emulator
) -> None:
    emulator.quirks.set(titles=titles)
    title = "[A-1] Écran 4K \N{DESKTOP COMPUTER} " + "x" * 60
    created = (await http.post(PURCHASES, json=PURCHASE_BODY | {"title": title})).json()
    assert (created["title"], emulator.created()[0]["title"]) == (kept, kept)
    assert (await http.post(PURCHASES, json=PURCHASE_BODY | {"title": " "})).status_code == 400


@pytest.mark.parametrize("order", ["descending", "ascending", "shuffled"])
async def test_list_shows_purchase_after_delay(
    order: Any, http: httpx.AsyncClient, emulator: Emulator, clock: Clock
) -> None:
    emulator.quirks.set(list_delay=5, order=order)
    before, created_at = emulator.tenant.seed.count, clock.now
    purchase = await new_purchase(http)
    asked: dict[str, Any] = {"limit": 1000, "fields.root": "count"}
    for waited, count in ((0, before), (4.9, before), (5, before + 1)):
        clock.now = created_at + waited
        page = (await http.get(PURCHASES, params=asked)).json()
        assert (page["count"], len({each["id"] for each in page["items"]})) == (count, count)
        assert (purchase in [each["id"] for each in page["items"]]) is (count > before)


async def test_request_id_is_returned_if_quirk_says_so(http: httpx.AsyncClient, emulator: Emulator) -> None:
    sent = {"X-Request-Id": "abc"}
    assert "x-request-id" not in (await http.get(PURCHASES, headers=sent)).headers
    emulator.quirks.set(request_id="returned")
    assert (await http.get(PURCHASES, headers=sent)).headers["x-request-id"] == "abc"
    assert "x-request-id" not in (await http.get(PURCHASES)).headers


# ---- Who decided


@pytest.mark.parametrize("owner", [1, 2, 35])
@pytest.mark.parametrize("outcome", ["approve", "deny", "cancel", "auto"])
async def test_commitment_after_decision_is_modified_by_its_decider(
    outcome: str, owner: int, http: httpx.AsyncClient, emulator: Emulator
) -> None:
    if outcome == "auto":
        emulator.tenant.approve_after = 0.0
    purchase = (await http.post(PURCHASES, json=PURCHASE_BODY | {"ownerId": owner})).json()["id"]
    number = (await commit(http, "purchase", purchase, ONE_TIME_BODY)).json()["id"]
    request = (await http.post(f"{PROCUREMENT}/commitments/{number}/requests")).json()
    asked = (await http.get(f"{PURCHASES}/{purchase}")).json()["commitment"] if outcome != "auto" else None
    if outcome == "cancel":
        body = sample("cancel-request.request")
        assert (await http.post(f"{PROCUREMENT}/requests/{request['id']}/cancellations", json=body)).is_success
    elif outcome != "auto":
        getattr(emulator, outcome)(request["id"])
    commitment = (await http.get(f"{PURCHASES}/{purchase}")).json()["commitment"]
    assert commitment["owner"]["id"] == owner
    assert (commitment["modifier"]["id"] == owner) is (outcome == "cancel")
    if asked:
        assert asked["modifier"]["id"] == owner
        assert commitment["modifiedAt"] >= asked["modifiedAt"]
    if outcome in ("approve", "deny"):
        assert commitment["modifier"] == request["assignee"]


def test_seeded_commitment_if_decided_is_modified_by_approver(emulator: Emulator) -> None:
    for index in range(len(emulator.tenant)):
        purchase = emulator.tenant.at(index)
        commitment = purchase["commitment"]
        if commitment:
            is_decided = commitment["state"] in ("Provisioned", "Denied")
            assert (commitment["modifier"]["id"] != purchase["owner"]["id"]) is is_decided


@pytest.mark.parametrize("field", attrs.fields(Quirks), ids=lambda field: field.name)
def test_each_value_of_a_switch_can_be_written_as_text(field: Any) -> None:
    for value in get_args(get_type_hints(Quirks)[field.name]):
        assert getattr(Quirks.from_text(f"{field.name}={str(value).lower()}"), field.name) is value


def test_quirk_with_number_for_boolean_is_refused() -> None:
    untyped: Any = {"lenient": 1}
    with pytest.raises(ValueError, match="lenient cannot be 1: use one of False, True"):
        Quirks(**untyped)
