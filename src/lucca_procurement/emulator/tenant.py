"""One customer's procurement: the data, and the operations with their rules. It needs no HTTP or compiled models."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from uuid import UUID

from .requests import Errors
from .seed import FIRST_COMMITMENT, FIRST_PURCHASE, FIRST_REQUEST, FIRST_SEEDED_REQUEST, Seed
from .shapes import PRECISION, Json, attach, blank_purchase, dual_taxed, ref, settle_amounts, stamp, subscription_totals
from .tables import WITHOUT_CENTS
from .uploads import Uploads

Clock = Callable[[], float]
"""Returns the time in seconds since 1970."""


class Refused(Exception):
    """A rule of the business or of the request's form forbids a request."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str | None = None,
        *,
        errors: Errors | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{title}: {detail}" if detail else title)
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = errors
        self.headers = headers


def _not_found(what: str, number: object) -> Refused:
    return Refused(404, "Not Found", f"There is no {what} {number}, or you have no access to it.")


def _invalid(**errors: str) -> Refused:
    return Refused(
        400, "One or more validation errors occurred.", errors={name: [text] for name, text in errors.items()}
    )


class Tenant:
    """The state of one customer, in memory. Before it returns a purchase, it approves the requests that are due."""

    def __init__(self, seed: Seed, clock: Clock, approve_after: float | None) -> None:
        self.seed = seed
        self.approve_after = approve_after
        """The seconds until a request is approved automatically. None: only `decide` approves it."""
        self.requests: dict[int, Json] = {}
        self.uploads = Uploads(seed.number)
        self._clock = clock
        self._own: dict[int, Json] = {}
        self._created: list[float] = []
        self._due: dict[int, float] = {}
        self._asked: dict[int, int] = {}
        self._requested = 0
        self._moment: float | None = None

    # ---- Reading

    def __len__(self) -> int:
        return self.seed.count + len(self._created)

    def listed(self, delay: float) -> int:
        """Return the number of purchases that are at least `delay` seconds old."""
        latest = self._time() - delay
        return len(self) if not delay else self.seed.count + sum(each <= latest for each in self._created)

    def at(self, index: int) -> Json:
        """Return the purchase with an index from 0 on, in the order of creation."""
        self._move_on()
        number = FIRST_PURCHASE + index
        return copy.deepcopy(self._own[number]) if number in self._own else self.seed.purchase(index)

    def purchase(self, number: int) -> Json:
        """Return a purchase by its id. Raises Refused if there is none."""
        if not 0 <= number - FIRST_PURCHASE < len(self):
            raise _not_found("purchase", number)
        return self.at(number - FIRST_PURCHASE)

    def created(self) -> Iterator[Json]:
        """Return the purchases that were created here, without the seeded ones."""
        return (self.at(index) for index in range(self.seed.count, len(self)))

    def another(self, kind: str, number: int) -> int | None:
        """Return the newest id other than `number` of a purchase, commitment or request. None if there is none."""
        for index in reversed(range(len(self))):
            purchase = self.at(index)
            objects = {"purchase": purchase, "commitment": purchase["commitment"], "request": self.request_of(purchase)}
            found = objects[kind]
            if found and found["id"] != number:
                return int(found["id"])
        return None

    # ---- Ordering

    def create_purchase(self, body: Json, *, lenient: bool = False) -> Json:
        """Create a purchase. Raises Refused if an id is unknown or the title is blank.

        The body can lack the cost center, the establishment and the department.

        With `lenient`, the territory may be unknown.
        """
        seed = self.seed
        territory = body["supplier"].get("territoryId")
        owner = seed.users.get(body["ownerId"])
        nature = seed.natures.get(body["natureId"])
        center, establishment, department = (
            body.get(name) for name in ("costCenterId", "establishmentId", "departmentId")
        )
        for name, found in {
            "ownerId": owner,
            "natureId": nature,
            "costCenterId": center is None or center in seed.cost_centers,
            "establishmentId": establishment is None or establishment in seed.establishments,
            "departmentId": department is None or department in seed.departments,
            "supplier": body["supplier"].get("id", 1) in seed.suppliers
            and (lenient or territory is None or str(territory) in seed.territories),
            "axisSectionIds": seed.axis_sections.issuperset(body.get("axisSectionIds", ())),
        }.items():
            if not found:
                raise _invalid(**{name: f"{name} names nothing that exists."})
        assert owner
        assert nature
        if not body["title"].strip():
            raise _invalid(title="The title must not be blank.")
        purchase = blank_purchase(FIRST_PURCHASE + len(self), body["title"], owner, self._now())
        purchase |= {
            "type": body.get("type"),
            "nature": ref("natures", body["natureId"], nature["name"]),
            "costCenter": None if center is None else seed.cost_center_ref(center),
            "establishment": None if establishment is None else seed.establishment(establishment),
            "department": None if department is None else seed.department(department),
            "supplier": self._supplier(body["supplier"]),
            "axisSections": [{"id": number, "name": f"Section {number}"} for number in body.get("axisSectionIds", ())],
        }
        self._created.append(self._time())
        return self._keep(purchase)

    def create_commitment(self, number: int, body: Json, *, lenient: bool = False, repeats: bool = False) -> Json:
        """Create the commitment of a purchase. Raises Refused if the purchase does not allow it or a value is invalid.

        With `repeats`, it may replace a commitment.

        With `lenient`, currencies may differ, kinds of tax rates may be unknown, and taxes and sums may be wrong.
        """
        purchase = self.purchase(number)
        if purchase["commitment"] and not repeats:
            raise Refused(409, "Conflict", f"Purchase {number} already has a commitment.")
        if purchase["state"] != "Created":
            raise Refused(409, "Conflict", f"Purchase {number} is {purchase['state']}.")
        if purchase["type"] and f"{purchase['type']}Commitment" != body["type"]:
            raise _invalid(type=f"Purchase {number} is {purchase['type']}.")
        ids = [str(UUID(file)) for file in body.get("attachmentIds", ())]
        if missing := [file for file in ids if file not in self.uploads.files]:
            raise _invalid(attachmentIds=f"There is no file {missing[0]}.")
        attachments = [self.uploads.attachment(index, file, self._now()) for index, file in enumerate(ids, 1)]
        commitment = {**body, "id": FIRST_COMMITMENT - FIRST_PURCHASE + number}
        commitment.pop("attachmentIds", None)
        try:
            is_one_time = body["type"] == "OneTimeCommitment"
            price = "amountIncludingTaxes" if is_one_time else "amountIncludingTaxesPerPeriod"
            if not lenient and (wrong := self._objection(body[price])):
                raise _invalid(**{price: f"The {price} field is wrong: {wrong}."})
            one_time = {"amountIncludingTaxes": dual_taxed(body["amountIncludingTaxes"])} if is_one_time else {}
            totals = one_time or subscription_totals(body)
        except ArithmeticError:
            raise Refused(400, "Bad Request", "The amounts or durations are out of range.") from None
        except ValueError as error:
            raise Refused(400, "Bad Request", f"The durations are out of range: {error}.") from None
        now = {"createdAt": self._now(), "modifiedAt": self._now()}
        attach(purchase, {**commitment, **totals, **now, "attachments": attachments})
        self._keep(purchase)
        # The answer repeats the amounts in the form of the request. A later read returns their other form.
        echoed = {name: value for name, value in purchase["commitment"].items() if name not in ("owner", "purchase")}
        written = {
            name: body[name] for name in ("amountIncludingTaxes", "amountIncludingTaxesPerPeriod") if name in body
        }
        return {**echoed, **written, "attachmentIds": ids}

    def create_request(self, number: int, *, repeats: bool = False) -> Json:
        """Create the request for approval of a commitment. Raises Refused unless it and its purchase are `Created`.

        With `repeats`, they may also wait for approval.
        """
        self._move_on()
        purchase = self._purchase_with(number)
        commitment = purchase["commitment"]
        waits = repeats and (purchase["state"], commitment["state"]) == ("Processing", "UnderReview")
        if not waits and (purchase["state"], commitment["state"]) != ("Created", "Created"):
            states = f"it is {commitment['state']}, and its purchase {purchase['state']}"
            raise Refused(409, "Conflict", f"Approval of commitment {number} cannot be asked for: {states}.")
        commitment["state"], purchase["state"] = "UnderReview", "Processing"
        settle_amounts(purchase)
        self._keep(purchase)
        request = self._new_request(FIRST_REQUEST + self._requested, purchase)
        self._requested += 1
        self.requests[request["id"]] = request
        self._asked[purchase["id"] - FIRST_PURCHASE] = request["id"]
        if self.approve_after is not None:
            self._due[request["id"]] = self._time() + self.approve_after
        return copy.deepcopy(request)

    def _new_request(self, number: int, purchase: Json) -> Json:
        return {
            "id": number,
            "state": "Pending",
            "owner": purchase["owner"],
            "assignee": None if self.approve_after is not None else self.seed.approver(purchase["owner"]),
            "businessObject": purchase["commitment"],
            "stepId": 1,
            "workflowId": "qsd5q1c2xv",
            "templateId": 1,
            **{name: self._now() for name in ("createdAt", "modifiedAt")},
            **dict.fromkeys(("author", "modifier"), purchase["owner"]),
        }

    def request(self, number: int) -> Json:
        """Return a request for approval by its id. The requests of seeded purchases are made on first use."""
        index = number - FIRST_SEEDED_REQUEST
        if number not in self.requests and 0 <= index < self.seed.count:
            purchase = self.at(index)
            if purchase["state"] == "Processing":
                self.requests[number] = self._new_request(number, purchase)
        if number not in self.requests:
            raise _not_found("request", number)
        return self.requests[number]

    def request_of(self, purchase: Json) -> Json | None:
        """Return the request for approval of a purchase, None if it has none."""
        index = purchase["id"] - FIRST_PURCHASE
        if index < self.seed.count and purchase["state"] == "Processing" and index not in self._asked:
            return self.request(FIRST_SEEDED_REQUEST + index)
        number = self._asked.get(index)
        return self.requests[number] if number is not None else None

    def decide(self, number: int, state: str) -> None:
        """End a request as `Approved`, `Denied` or `Cancelled`. Raises Refused if it has ended."""
        self._move_on()
        self._end(self.request(number), state)

    def _end(self, request: Json, state: str, outcome: tuple[str, str] | None = None) -> None:
        if request["state"] != "Pending":
            raise Refused(409, "Conflict", f"Request {request['id']} is {request['state']}.")
        purchase = self._purchase_with(request["businessObject"]["id"])
        outcome = outcome or {"Approved": ("Provisioned", "Ongoing")}.get(state, (state, state))
        modifier = purchase["owner"] if state == "Cancelled" else self.seed.approver(purchase["owner"])
        change = {"modifiedAt": self._now(), "modifier": modifier}
        purchase["commitment"] |= {"state": outcome[0], **change}
        purchase["state"] = outcome[1]
        settle_amounts(purchase)
        self._keep(purchase)
        self._due.pop(request["id"], None)
        request |= {"state": state, **change, "businessObject": purchase["commitment"]}

    def cancel_request(self, number: int, *, reopens: bool = False) -> None:
        """Cancel a request. Raises Refused if it has ended.

        With `reopens`, the purchase and its commitment are `Created` again.
        """
        self._move_on()
        self._end(self.request(number), "Cancelled", ("Created", "Created") if reopens else None)

    def close_purchase(self, number: int) -> None:
        """Close a purchase. Raises Refused if it has open or unpaid invoices, waits for approval or has ended."""
        purchase = self.purchase(number)
        if purchase["state"] in ("Closed", "Processing", "Denied", "Cancelled"):
            raise Refused(409, "Conflict", f"Purchase {number} is {purchase['state']}.")
        counts = purchase["aggregatedStates"]
        open_invoices = sum(
            counts["invoices"][name] for name in ("expected", "toReview", "pendingBreakdown", "litigation")
        )
        unpaid = sum(counts["invoicesPayments"][name] for name in ("toPay", "underReview", "emitting", "onHold"))
        if open_invoices or unpaid:
            raise Refused(
                409, "Conflict", f"Purchase {number} has invoices that are not approved and paid, or cancelled."
            )
        purchase["state"] = "Closed"
        self._keep(purchase)

    def store(self, name: str, content_type: str, content: bytes) -> Json:
        """Store an uploaded file and return its description."""
        return self.uploads.store(name, content_type, content, self._now())

    # ----

    def _move_on(self) -> None:
        now = self._time()
        for number, due in sorted(self._due.items(), key=lambda pair: pair[1]):
            if due <= now:
                with self.at_time(due):
                    self._end(self.requests[number], "Approved")

    @contextmanager
    def at_time(self, moment: float) -> Iterator[None]:
        """Use another time as the present time until the block ends."""
        before, self._moment = self._moment, moment
        try:
            yield
        finally:
            self._moment = before

    def _time(self) -> float:
        return self._clock() if self._moment is None else self._moment

    def _keep(self, purchase: Json) -> Json:
        purchase["modifiedAt"] = self._now()
        self._own[purchase["id"]] = copy.deepcopy(purchase)
        return purchase

    def _now(self) -> str:
        return stamp(datetime.fromtimestamp(self._time(), UTC))

    def _purchase_with(self, commitment: int) -> Json:
        number = commitment - FIRST_COMMITMENT + FIRST_PURCHASE
        if not 0 <= number - FIRST_PURCHASE < len(self):
            raise _not_found("commitment", commitment)
        purchase = copy.deepcopy(self._own.get(number)) or self.seed.purchase(number - FIRST_PURCHASE)
        if not purchase["commitment"]:
            raise _not_found("commitment", commitment)
        return purchase

    def _objection(self, price: Json) -> str | None:
        """Return the objection to an amount, None if it is valid."""
        taxes = price["taxes"]
        including = price.get("includingTaxes")
        currencies = {each["currency"] for each in (price["excludingTaxes"], including, *taxes) if each}
        if len(currencies) > 1:
            return f"it mixes {' and '.join(sorted(currencies))}"
        if unknown := sorted({tax["rateTypeId"] for tax in taxes} - self.seed.rate_types.keys()):
            return f"there is no kind of tax rate {unknown[0]}"
        total = dual_taxed(price)["base"]["includingTaxes"]["value"]
        value = price["excludingTaxes"]["value"]
        rounding = 1 if currencies <= WITHOUT_CENTS else Decimal("0.01")
        for tax in taxes:
            rate = self.seed.rate_types[tax["rateTypeId"]]
            with localcontext(prec=PRECISION):
                # A rate may apply to a part of the amount. Therefore a smaller tax is valid.
                largest = value * rate
                is_valid = min(0, largest) - rounding <= tax["value"] <= max(0, largest) + rounding
            if not is_valid:
                return f"a tax of {tax['value']} is too much: {rate} of {value} is {largest:f}"
        if including and including["value"] != total:
            return f"with its taxes it comes to {total}, not to {including['value']}"
        return None

    def _supplier(self, choice: Json) -> Json:
        if "id" in choice:
            return self.seed.supplier_ref(choice["id"])
        territory = {"id": choice["territoryId"], "name": None, "href": None}
        return {
            "id": None,
            # Other types than `Concrete` exist, and the documentation names none of them.
            "type": None,
            "href": None,
            "name": choice["name"],
            "territory": territory,
            "flag": "Unflagged",
        }
