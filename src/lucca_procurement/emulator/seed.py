"""The initial data of a tenant: reference data, and purchases in every state. The same seed makes the same data.

Each purchase is made on request, from the seed and its number alone. So a million purchases take no memory.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from random import Random

from .shapes import Json, amount, attach, blank_purchase, dual_taxed, ref, settle_amounts, stamp, subscription_totals
from .tables import (
    CITIES,
    DEPARTMENTS,
    FIRST_NAMES,
    LAST_NAMES,
    NATURES,
    SUPPLIERS,
    TAX_RATES,
    TERRITORIES,
    TITLES,
)

FIRST_PURCHASE = 1_000
FIRST_COMMITMENT = 5_000_000
FIRST_SEEDED_REQUEST = 8_000_000
FIRST_REQUEST = 10_000_000
OPENED = datetime(2023, 1, 2, 8, 0, tzinfo=UTC)
SPAN = timedelta(days=900)
"""The first purchase was created at about `OPENED`, and the others within `SPAN` after it."""
HOST = "https://example.ilucca.net"
"""The host of absolute addresses. It is fixed, so the data is always the same. Never request them."""


STATES = (
    ("Created", None),
    ("Created", "Created"),
    ("Processing", "UnderReview"),
    ("Ongoing", "Provisioned"),
    ("Closed", "Provisioned"),
    ("Denied", "Denied"),
    ("Cancelled", "Cancelled"),
)
"""The possible pairs of states: of a purchase and of its commitment. None means that there is no commitment."""
WEIGHTS = (10, 5, 15, 35, 25, 5, 5)


class Seed:
    """The reference data of a tenant, and its first purchases by number.

    `purchases` is the number of purchases. With `territory_numbers`, the ids of territories are numbers, not codes.
    """

    def __init__(self, seed: int, purchases: int, *, territory_numbers: bool = False) -> None:
        self.number = seed
        self.count = purchases
        self._territory_numbers = territory_numbers
        names = [(first, last) for first in FIRST_NAMES for last in LAST_NAMES]
        people = enumerate(Random(f"{seed}:people").sample(names, 60), 1)
        self.users = {number: _user(number, *name) for number, name in people}
        self.natures = {number: _nature(number, *row) for number, row in enumerate(NATURES, 1)}
        self.departments = dict(enumerate(DEPARTMENTS, 1))
        self.establishments = dict(enumerate(CITIES, 1))
        self.axis_sections = frozenset(range(340, 400))
        self.territories = {*TERRITORIES, *(str(number) for _name, number, _currency in TERRITORIES.values())}
        rates = [rate for code in TAX_RATES for rate in self.tax_rates(code)]
        self.rate_types: dict[int, Decimal] = {rate["rateType"]["id"]: rate["percentage"] for rate in rates}
        """The percentage of each kind of tax rate, as a fraction."""
        self.cost_centers = {number: self._cost_center(number) for number in range(1, 43)}
        self.suppliers = {number: self._supplier(number, *row) for number, row in enumerate(SUPPLIERS, 1)}

    def territory(self, code: str) -> Json:
        """Return a territory by its code."""
        name, number, _currency = TERRITORIES[code]
        href = f"{HOST}/organization/structure/api/countries?code={code}"
        return {"id": number if self._territory_numbers else code, "name": name, "href": href}

    def _cost_center(self, number: int) -> Json:
        code = f"{400 + number}_{DEPARTMENTS[number % len(DEPARTMENTS)]}"
        return {
            "id": number,
            "name": code,
            "code": code,
            "owner": self.users[number],
            "state": "Disabled" if number % 20 == 0 else "Enabled",
            "establishments": [self.establishment(1 + number % len(CITIES))],
        }

    def _supplier(self, number: int, name: str, code: str) -> Json:
        chance = Random(f"{self.number}:supplier:{number}")
        first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
        digits = "".join(chance.choices("0123456789", k=23))
        return {
            "id": number,
            "name": name,
            "state": "Archived" if number % 12 == 0 else "Active",
            "territory": self.territory(code),
            "legalRegistration": {"identifier": digits[:9], "vatNumber": f"{code}{digits[9:20]}"},
            "contacts": [
                {"firstName": first, "lastName": last, "email": f"sales{number}@supplier.example", "phone": None}
            ],
            "paymentTerm": {"value": chance.choice((15, 30, 45, 60)), "unit": "Day"},
            "bankAccount": {"iban": f"{code}76{digits}", "bic": "EXAMFRPP"},
            "preferredNature": None,
            "preferredPaymentMethod": "BankTransfer",
            "preferredCostCenter": None,
            "establishments": [],
            "flag": "Flagged" if number % 15 == 0 else "Unflagged",
        }

    def tax_rates(self, territory: str) -> list[Json]:
        """Return the tax rates of a territory, by its code or its number. An unknown territory has none."""
        codes = {**{code: code for code in TAX_RATES}, **{str(TERRITORIES[code][1]): code for code in TAX_RATES}}
        code = codes.get(territory)
        return [] if code is None else [self._rate(code, index, *row) for index, row in enumerate(TAX_RATES[code])]

    def _rate(self, code: str, index: int, name: str, percentage: str) -> Json:
        number = 10 * list(TAX_RATES).index(code) + index + 1
        # A tax line needs the id of the rate's kind, so the two ids must differ.
        kind = {"id": 44 + number, "name": name, "territoryId": self.territory(code)["id"]}
        rules = [{"costFamilyId": 1, "coefficient": 1}]
        return {"id": number, "percentage": Decimal(percentage), "rateType": {**kind, "recoveryRules": rules}}

    def approver(self, owner: Json) -> Json:
        """Return the person who decides about the orders of an owner. It is never the owner."""
        return self.users[1 if owner["id"] != 1 else 2]

    def establishment(self, number: int) -> Json:
        """Return a reference to an establishment."""
        href = f"{HOST}/organization/structure/api/establishments/{number}"
        return {"id": number, "href": href, "name": f"Lucca {self.establishments[number]}"}

    def department(self, number: int) -> Json:
        """Return a reference to a department."""
        href = f"{HOST}/organization/structure/api/departments/{number}"
        return {"id": number, "href": href, "name": f"{self.departments[number]} Department"}

    def supplier_ref(self, number: int) -> Json:
        """Return a reference to a supplier, as a purchase has it."""
        supplier = self.suppliers[number]
        return {
            **ref("suppliers", number, supplier["name"]),
            "type": "Concrete",
            "territory": supplier["territory"],
            "flag": supplier["flag"],
        }

    # ---- Purchases

    def purchase(self, index: int) -> Json:
        """Return the seeded purchase with an index from 0 on, in the state that the seed determines."""
        chance = Random(f"{self.number}:purchase:{index}")
        created = OPENED + SPAN * index / max(1, self.count) + timedelta(microseconds=chance.randrange(1_000_000))
        supplier = chance.choice(list(self.suppliers))
        owner = self.users[chance.choice(list(self.users))]
        state, commitment_state = chance.choices(STATES, weights=WEIGHTS)[0]
        purchase = blank_purchase(FIRST_PURCHASE + index, chance.choice(TITLES), owner, stamp(created))
        nature = chance.choice(list(self.natures))
        center = chance.choice(list(self.cost_centers))
        purchase |= {
            "state": state,
            "nature": ref("natures", nature, self.natures[nature]["name"]),
            "costCenter": self.cost_center_ref(center),
            "establishment": self.establishment(chance.choice(list(self.establishments))),
            "department": self.department(chance.choice(list(self.departments))),
            "supplier": self.supplier_ref(supplier),
        }
        if commitment_state:
            currency = TERRITORIES[SUPPLIERS[supplier - 1][1]][2]
            value = Decimal(chance.randrange(20_00, 25_000_00)).scaleb(-2)
            is_subscription = chance.random() < 0.3
            commitment = self._commitment(chance, purchase, amount(value, currency), is_subscription)
            attach(purchase, commitment | {"state": commitment_state})
            if commitment_state in ("Provisioned", "Denied"):
                purchase["commitment"]["modifier"] = self.approver(owner)
            settle_amounts(purchase)
            if state == "Closed":
                purchase["aggregatedStates"]["invoices"]["confirmed"] = 1
                purchase["aggregatedStates"]["invoicesPayments"]["paid"] = 1
            elif state == "Ongoing" and chance.random() < 0.5:
                purchase["aggregatedStates"]["invoices"]["toReview"] = 1
        return purchase

    def closed_subscription(self) -> Json:
        """Return a closed subscription. The documentation shows one in every sample of a purchase."""
        made = (self.purchase(index) for index in count())
        return next(each for each in made if each["state"] == "Closed" and each["type"] == "Subscription")

    def cost_center_ref(self, number: int) -> Json:
        """Return a reference to a cost center."""
        center = self.cost_centers[number]
        return {**ref("costcenters", number, center["name"]), "code": center["code"]}

    def _commitment(self, chance: Random, purchase: Json, price: Json, is_subscription: bool) -> Json:
        day = purchase["createdAt"][:10]
        written = {"excludingTaxes": price, "taxes": []}
        common = {
            "id": FIRST_COMMITMENT - FIRST_PURCHASE + purchase["id"],
            "comment": None,
            "paymentMethod": chance.choice(("BankTransfer", "PhysicalCard", "DirectDebit", None)),
            "attachments": [],
        }
        if not is_subscription:
            one_time = {"type": "OneTimeCommitment", "costDate": day, "invoiceDate": day}
            return {**common, **one_time, "amountIncludingTaxes": dual_taxed(written)}
        subscription = {
            **common,
            "type": "SubscriptionCommitment",
            "startDate": day,
            "firstInvoiceDate": day,
            "invoicingFrequency": {"value": 1, "unit": "Month"},
            "subscriptionDuration": {"value": 12, "unit": "Month"},
            "contractualObligation": None,
            "terminationNotice": None,
            "amountIncludingTaxesPerPeriod": written,
        }
        return {**subscription, **subscription_totals(subscription)}


def _user(number: int, first: str, last: str) -> Json:
    return {
        "id": number,
        "href": f"{HOST}/api/v3/users/{number}",
        "name": f"{first} {last}",
        "firstName": first,
        "lastName": last,
        "pictureHref": f"{HOST}/directory/api/employees/{number}/picture",
    }


def _nature(number: int, name: str, family: str, account: str) -> Json:
    families = sorted({row[1] for row in NATURES})
    return {
        "id": number,
        "name": name,
        "costFamily": {"id": families.index(family) + 1, "name": family},
        "state": "Active",
        "accountingPlans": [{"id": 1, "chargeAccount": account}],
    }
