"""Which purchase is an order's own. A wrong yes loses an order, a wrong no has it created twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ordering import PURCHASE, order

from lucca_procurement import Order, models
from lucca_procurement._ordering.match import Match, Window, created_at, match

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WINDOW = Window(NOW.timestamp() - 2, NOW.timestamp() + 30)
COMMITTED = models.OneTimeCommitment(id=9)


def purchase(id: int = 1, title: str | None = "Laptops [PO-1]", **members: Any) -> models.Purchase:
    """Make a purchase as the list gives it, of the same content as the orders of the tests."""
    known: dict[str, Any] = {
        "owner": models.UserRef(id=PURCHASE.owner_id),
        "nature": models.NatureRef(id=PURCHASE.nature_id),
        "cost_center": models.CostCenterRef(id=PURCHASE.cost_center_id),
        "establishment": models.EstablishmentRef(id=PURCHASE.establishment_id),
        "department": models.DepartmentRef(id=PURCHASE.department_id),
        "supplier": models.SupplierRef(id=6, name="Acme"),
        "commitment": None,
        "created_at": NOW,
    }
    return models.Purchase(id=id, title=title, **{**known, **members})


def matched(mine: Order, *purchases: models.Purchase, taken: set[int] | None = None, certain: bool = True) -> Match:
    return match(mine, purchases, WINDOW, taken=taken or set(), certain=certain)


def own(mine: Order, *purchases: models.Purchase, **options: Any) -> int | None:
    """Give the id of the purchase that is found, None if it is unknown."""
    found = matched(mine, *purchases, **options).own
    return found.id if found else None


def candidates(mine: Order, *purchases: models.Purchase, **options: Any) -> list[int]:
    """Give the ids of those that may be it, where none is found."""
    told = matched(mine, *purchases, **options)
    assert told.own is None
    return [each.id for each in told.candidates]


def test_two_equal_orders_are_told_apart_by_their_references() -> None:
    both = [purchase(1, "Laptops [PO-1]"), purchase(2, "Laptops [PO-2]"), purchase(3, "Laptops")]
    assert own(order("PO-1"), *both) == 1
    assert own(order("PO-2"), *both, certain=False) == 2


@pytest.mark.parametrize(
    "title",
    ["Laptops [PO-12]", "Laptops [XPO-1]", "Laptops [PO-1 ]", "Laptops PO-1", "Laptops [po-1]", "Laptops (PO-1)", None],
)
def test_another_reference_is_never_taken(title: str | None) -> None:
    assert not matched(order("PO-1"), purchase(title=title)).own


@pytest.mark.parametrize(
    ("reference", "title"),
    [
        ("PO-1", "  Laptops   [PO-1] "),
        ("PO-1", "[PO-1]"),
        ("A&B <1>", "Laptops [A&amp;B &lt;1&gt;]"),
        ("A&B <1>", "Laptops [A&B <1>]"),
        ("PO  1", "Laptops [PO 1]"),
        ("PO 1", "Laptops [PO\N{NO-BREAK SPACE}1]"),
    ],
)
def test_a_title_that_a_server_trimmed_or_escaped_still_bears_the_reference(reference: str, title: str) -> None:
    assert own(order(reference), purchase(title=title)) == 1


@pytest.mark.parametrize("title", ["Laptops [PO", "Laptops", "Lap", "Laptops [PO...", "Laptops […", "Lapt… "])
def test_a_title_that_was_cut_off_makes_a_candidate(title: str) -> None:
    assert candidates(order("PO-1"), purchase(title=title)) == [1]
    if len(title) < len("Laptops"):
        assert candidates(order(), purchase(title=title)) == [1]


@pytest.mark.parametrize("title", ["Desks", "", None, "Laptops and more"])
def test_another_title_makes_none(title: str | None) -> None:
    for mine in (order("PO-1"), order()):
        assert candidates(mine, purchase(title=title)) == []


OTHERS: list[dict[str, Any]] = [
    {"owner": models.UserRef(id=36)},
    {"nature": models.NatureRef(id=2)},
    {"cost_center": models.CostCenterRef(id=4)},
    {"establishment": models.EstablishmentRef(id=2)},
    {"department": models.DepartmentRef(id=15)},
    {"supplier": models.SupplierRef(id=7, name="Acme")},
]


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: next(iter(other)))
def test_the_content_is_compared(other: dict[str, Any]) -> None:
    assert candidates(order("PO-1"), purchase(**other)) == [1]
    assert candidates(order(), purchase(title="Laptops", **other)) == []
    silent: dict[str, Any] = dict.fromkeys(other)
    assert own(order("PO-1"), purchase(**silent)) == own(order(), purchase(title="Laptops", **silent)) == 1


@pytest.mark.parametrize(("name", "found"), [("Acme", 1), ("Zenith", None)])
def test_a_new_supplier_is_compared_by_name(name: str, found: int | None) -> None:
    mine = order("PO-1")
    mine.purchase.supplier = models.SupplierChoice(name="Acme", territory_id="FR")
    assert own(mine, purchase(supplier=models.SupplierRef(id=77, name=name))) == found


def test_what_has_a_commitment_is_a_candidate_at_most() -> None:
    assert candidates(order("PO-1"), purchase(commitment=COMMITTED)) == [1]
    assert candidates(order(), purchase(title="Laptops", commitment=COMMITTED)) == [1]


def test_a_reference_that_was_used_before_is_a_candidate() -> None:
    old = purchase(1, created_at=NOW - timedelta(days=30))
    assert candidates(order("PO-1"), old) == [1]
    assert own(order("PO-1"), old, purchase(2)) == 2
    assert candidates(order("PO-1"), purchase(1), purchase(2)) == [1, 2]


@pytest.mark.parametrize("seconds", [-61.0, -30.0, 0.0, 20.0, 60.0, 89.0])
def test_two_equal_purchases_of_the_same_minute_are_never_told_apart_without_a_reference(seconds: float) -> None:
    both = [purchase(1, "Laptops"), purchase(2, "Laptops", created_at=NOW + timedelta(seconds=seconds))]
    assert candidates(order(), *both) == [1, 2]


def test_one_alone_in_its_minute_is_taken() -> None:
    mine = purchase(1, "Laptops")
    far = [purchase(2, "Laptops", created_at=NOW - timedelta(hours=1)), purchase(3, "Desks"), purchase(4)]
    assert own(order(), mine, *far) == 1


@pytest.mark.parametrize("seconds", [-3.0, 31.0])
def test_what_was_created_at_another_time_is_not_taken(seconds: float) -> None:
    other = NOW + timedelta(seconds=seconds)
    assert candidates(order(), purchase(title="Laptops", created_at=other)) == [1]
    assert candidates(order("PO-1"), purchase(created_at=other)) == [1]


@pytest.mark.parametrize("absent", [models.UNSET, None])
def test_without_a_time_only_a_reference_tells(absent: Any) -> None:
    assert own(order("PO-1"), purchase(created_at=absent)) == 1
    assert candidates(order(), purchase(title="Laptops", created_at=absent)) == [1]


def test_without_a_reference_nothing_is_taken_while_it_is_not_certain() -> None:
    assert candidates(order(), purchase(title="Laptops"), certain=False) == [1]
    assert own(order("PO-1"), purchase(), certain=False) == 1


def test_what_another_order_has_is_not_taken() -> None:
    assert candidates(order("PO-1"), purchase(), taken={1}) == []
    # It may be this very order's, loaded again: without a reference they look the same.
    assert candidates(order(), purchase(title="Laptops"), taken={1}) == [1]
    assert own(order(), purchase(1, "Laptops"), purchase(2, "Laptops"), taken={1}) == 2


def test_a_time_without_a_zone_is_utc() -> None:
    assert created_at(purchase(created_at=NOW.replace(tzinfo=None))) == NOW.timestamp()
    assert created_at(purchase(created_at=NOW.astimezone())) == NOW.timestamp()
