"""The operations on a tenant. They turn a request (plain data) into a status and an answer, as the quirks are set."""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import frozen

from . import requests
from .quirks import Quirks
from .requests import Check, Errors
from .shapes import PROCUREMENT, Json
from .tenant import Refused, Tenant

LARGEST_PAGE = 1_000
DEFAULT_PAGE = 50
INT32_MAX = 2**31 - 1
SCATTER = 7_919
REFUSALS = {409: "Conflict", 400: "Bad Request", 403: "Forbidden", 422: "Unprocessable Content"}
"""The title of the problem, by its status, if the state of an order forbids an operation."""
PATHS = {"OneTimeCommitment": "commitments", "SubscriptionCommitment": "purchase"}
"""The path of each kind of commitment in the newer guide."""
MOST_ATTACHMENTS = 3
LONGEST_TITLE = 60
"""The characters that the quirk `titles=cut` keeps."""


@frozen(kw_only=True)
class Call:
    """A request as plain data. `body` is parsed JSON. `file` is the uploaded file: name, media type, content."""

    ids: tuple[int, ...] = ()
    query: Mapping[str, Sequence[str]]
    body: Any = None
    file: tuple[str, str, bytes] | None = None


@frozen
class Operation:
    """An operation: its name, method and path."""

    name: str
    method: str
    path: re.Pattern[str]
    body: str | None = None
    """The kind of body that the operation takes: json, multipart or None."""

    @property
    def is_list(self) -> bool:
        """True if the operation returns a page."""
        return self.name.startswith("list_") and self.name != "list_tax_rates"


def _operation(name: str, method: str, path: str, body: str | None = None) -> Operation:
    return Operation(name, method, re.compile(path.replace("{id}", "([^/]+)")), body)


OPERATIONS = {
    operation.name: operation
    for operation in (
        _operation("list_purchases", "GET", f"{PROCUREMENT}/purchases"),
        _operation("create_purchase", "POST", f"{PROCUREMENT}/purchases", "json"),
        _operation("get_purchase", "GET", f"{PROCUREMENT}/purchases/{{id}}"),
        _operation("create_commitment", "POST", f"{PROCUREMENT}/purchases/{{id}}/commitment", "json"),
        _operation("create_commitment_for_purchase", "POST", f"{PROCUREMENT}/commitments", "json"),
        _operation("create_commitment_request", "POST", f"{PROCUREMENT}/commitments/{{id}}/requests"),
        _operation("cancel_request", "POST", f"{PROCUREMENT}/requests/{{id}}/cancellations", "json"),
        _operation("close_purchase", "POST", f"{PROCUREMENT}/purchases/{{id}}/closing", "json"),
        _operation("list_tax_rates", "GET", "/cleemy-procurement/taxes/api/rates"),
        _operation("list_suppliers", "GET", f"{PROCUREMENT}/suppliers"),
        _operation("list_natures", "GET", f"{PROCUREMENT}/natures"),
        _operation("list_cost_centers", "GET", f"{PROCUREMENT}/costcenters"),
        _operation("upload_file", "POST", "/lucca-files/api/uploads", "multipart"),
    )
}
NAMES = frozenset(OPERATIONS)


def _refuse(errors: Errors) -> None:
    if errors:
        raise Refused(400, "One or more validation errors occurred.", errors=errors)


class Operations:
    """All operations. Each method returns the status and the answer, or raises Refused."""

    def __init__(self, tenant: Tenant, quirks: Quirks) -> None:
        self._tenant = tenant
        self._quirks = quirks

    def run(self, name: str, call: Call) -> tuple[int, Any]:
        """Run an operation by its name."""
        run: Callable[[Call], tuple[int, Any]] = getattr(self, name)
        try:
            return run(call)
        except Refused as refused:
            if refused.status != 409:
                raise
            status = self._quirks.refused_status
            raise Refused(status, REFUSALS[status], refused.detail) from None

    def another(self, name: str, number: int) -> int | None:
        """Return the newest id, other than `number`, of the kind of object that an operation creates."""
        kind = {"create_purchase": "purchase", "create_commitment_request": "request"}.get(name, "commitment")
        return self._tenant.another(kind, number)

    # ---- Lists

    def list_purchases(self, call: Call) -> tuple[int, Any]:
        count, order = self._tenant.listed(self._quirks.list_delay), self._quirks.order
        if order == "shuffled":
            return self._page(call, count, lambda index: self._tenant.at(self._shuffled(index, count)))
        last = count - 1
        return self._page(call, count, lambda index: self._tenant.at(last - index if order == "descending" else index))

    def _shuffled(self, place: int, count: int) -> int:
        """Return the index of the purchase at a place of the shuffled list. New purchases do not change its order."""
        seeded = self._tenant.seed.count
        # Each purchase that was created here has its place among the older ones, so their order stays.
        for index in range(count - 1, seeded - 1, -1):
            own = index * SCATTER % (index + 1)
            if place == own:
                return index
            place -= place > own
        # A step that shares no factor with the count visits each seeded purchase once.
        step = next(step for step in range(int(seeded * 0.618) + 1, 2 * seeded + 2) if math.gcd(step, seeded) == 1)
        return place * step % seeded

    def list_suppliers(self, call: Call) -> tuple[int, Any]:
        found = list(self._tenant.seed.suppliers.values())
        states = call.query.get("state", ())
        _refuse(
            {"state": ["The state field must be Active or Archived."]} if {*states} - {"Active", "Archived"} else {}
        )
        if states:
            found = [supplier for supplier in found if supplier["state"] == states[0]]
        for word in " ".join(call.query.get("search.terms", ())).casefold().split():
            found = [supplier for supplier in found if word in supplier["name"].casefold()]
        return self._page(call, len(found), found.__getitem__)

    def list_natures(self, call: Call) -> tuple[int, Any]:
        found = list(self._tenant.seed.natures.values())
        return self._page(call, len(found), found.__getitem__)

    def list_cost_centers(self, call: Call) -> tuple[int, Any]:
        found = list(self._tenant.seed.cost_centers.values())
        return self._page(call, len(found), found.__getitem__)

    def list_tax_rates(self, call: Call) -> tuple[int, Any]:
        given = {name: values[0] for name, values in call.query.items()}
        _refuse(requests.errors(given, {"date": requests.day, "territoryId": requests.text}))
        return 200, self._tenant.seed.tax_rates(given["territoryId"])

    def _page(self, call: Call, count: int, item: Callable[[int], Json]) -> tuple[int, Any]:
        asked = {name for value in call.query.get("fields.root", ()) for name in value.split(",")}
        _refuse(
            {"fields.root": ["The fields.root field takes next, prev and count."]}
            if asked - {"next", "prev", "count"}
            else {}
        )
        limit = _whole(call, "limit", DEFAULT_PAGE, range(LARGEST_PAGE + 1))
        begin = self._begin(call, limit)
        items = [item(index) for index in range(begin, min(begin + limit, count))]
        if self._quirks.paging == "array":
            return 200, items
        page: Json = {"items": items}
        if "count" in asked:
            page["count"] = count
        if self._quirks.paging == "token":
            end = begin + limit
            if "prev" in asked:
                page["prev"] = _token(max(0, begin - limit)) if begin and limit else None
            if "next" in asked:
                has_more = limit and end < count
                page["next"] = _token(end) if has_more else "" if self._quirks.last_page == "empty" else None
                if not has_more and self._quirks.last_page == "absent":
                    del page["next"]
        return 200, page

    def _begin(self, call: Call, limit: int) -> int:
        page = call.query.get("page", ("1",))[0]
        if re.fullmatch(r"\d{1,10}", page, re.ASCII) and 0 < int(page) <= INT32_MAX:
            return (int(page) - 1) * limit
        begin = _offset(page) if self._quirks.paging == "token" else None
        if begin is None:
            raise Refused(
                400, "One or more validation errors occurred.", errors={"page": ["The page field is unknown."]}
            )
        return begin

    # ---- Orders

    def create_purchase(self, call: Call) -> tuple[int, Any]:
        _refuse(requests.purchase_errors(call.body))
        body = {**call.body, "title": self._title(call.body["title"])}
        purchase = self._tenant.create_purchase(body, lenient=self._quirks.lenient)
        if self._quirks.created_answer == "shared":
            purchase = {**self._tenant.seed.closed_subscription(), "id": purchase["id"]}
        return 201, self._named(purchase, "purchaseId")

    def _title(self, sent: str) -> str:
        """Return a title as the tenant keeps it. A blank title stays blank."""
        if not sent.strip() or self._quirks.titles == "as-sent":
            return sent
        if self._quirks.titles == "prefixed":
            return f"Order: {sent}"
        return sent[:LONGEST_TITLE].encode("ascii", "replace").decode()

    def get_purchase(self, call: Call) -> tuple[int, Any]:
        return 200, self._tenant.purchase(call.ids[0])

    def create_commitment(self, call: Call) -> tuple[int, Any]:
        return self._commit("purchase", call.ids[0], call.body, names_purchase=False)

    def create_commitment_for_purchase(self, call: Call) -> tuple[int, Any]:
        number = call.body.get("purchaseId") if isinstance(call.body, dict) else None
        return self._commit("commitments", number, call.body, names_purchase=True)

    def _commit(self, path: str, number: Any, body: Any, *, names_purchase: bool) -> tuple[int, Any]:
        allowed: str = self._quirks.commitment_path
        if allowed == "by-kind":
            kind = body.get("type") if isinstance(body, dict) else None
            allowed = next((place for name, place in PATHS.items() if name == kind), path)
        if allowed not in ("both", path):
            raise Refused(404, "Not Found")
        _refuse(requests.commitment_errors(body, names_purchase=names_purchase))
        if self._quirks.attachments == "at-most-3" and len(body.get("attachmentIds", ())) > MOST_ATTACHMENTS:
            _refuse({"attachmentIds": [f"The attachmentIds field has at most {MOST_ATTACHMENTS} files."]})
        written = requests.known_commitment(body)
        repeats = self._quirks.repeated == "accepted"
        created = self._tenant.create_commitment(number, written, lenient=self._quirks.lenient, repeats=repeats)
        # No documented answer has both a list and a `commitmentId`: a commitment in a list has an `id`.
        is_object = self._quirks.commitment_answer == "object"
        return self._quirks.commitment_status, self._named(created, "commitmentId") if is_object else {
            "items": [created]
        }

    def create_commitment_request(self, call: Call) -> tuple[int, Any]:
        return 201, self._tenant.create_request(call.ids[0], repeats=self._quirks.repeated == "accepted")

    def cancel_request(self, call: Call) -> tuple[int, Any]:
        _refuse(requests.cancellation_errors(call.body))
        self._tenant.cancel_request(call.ids[0], reopens=self._quirks.cancelled == "created")
        return self._quirks.done_status, None

    def close_purchase(self, call: Call) -> tuple[int, Any]:
        _refuse(requests.closing_errors(call.body))
        self._tenant.close_purchase(call.ids[0])
        return self._quirks.done_status, None

    def upload_file(self, call: Call) -> tuple[int, Any]:
        if call.file is None:
            raise Refused(
                400,
                "One or more validation errors occurred.",
                errors={"form": ["The form field must be one file, with its name."]},
            )
        return 201, self._tenant.store(*call.file)

    def _named(self, created: Json, own: str) -> Json:
        if self._quirks.id_name == "id":
            return created
        return {own: created["id"], **{name: value for name, value in created.items() if name != "id"}}


def _whole(call: Call, name: str, default: int, allowed: range) -> int:
    value = call.query.get(name, (str(default),))[0]
    if not re.fullmatch(r"\d{1,10}", value, re.ASCII) or int(value) not in allowed:
        message = f"The {name} field must be from {allowed[0]} to {allowed[-1]}."
        raise Refused(400, "One or more validation errors occurred.", errors={name: [message]})
    return int(value)


def page_token(call: Call, *, another: bool) -> str:
    """Return a token for the page that a call asks for by a token or a number. Without either, the page is the first.

    With `another`, the result differs from the call's own token, if it has one.
    """
    page, limit = call.query.get("page", ("1",))[0], int(call.query.get("limit", (str(DEFAULT_PAGE),))[0])
    if page.isdigit():
        return _token((int(page) - 1) * limit)
    # JSON may end in any number of spaces.
    return base64.urlsafe_b64encode(base64.urlsafe_b64decode(page) + b" ").decode() if another else page


def _token(begin: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"from": begin}).encode()).decode()


def _offset(token: str) -> int | None:
    try:
        begin = json.loads(base64.urlsafe_b64decode(token))["from"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return begin if isinstance(begin, int) and begin >= 0 else None


def check_id(value: str) -> int:
    """Return an id of a path as an integer. Raises Refused unless it is a 32-bit integer."""
    check: Check = requests.integer
    number = int(value) if re.fullmatch(r"-?\d{1,10}", value, re.ASCII) else None
    _refuse({"id": [f"The id field {wrong}."]} if (wrong := check(number)) else {})
    assert number is not None
    return number
