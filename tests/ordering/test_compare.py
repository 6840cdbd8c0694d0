"""The choice of the purchase that is an order's own. A wrong yes loses an order, a wrong no creates it twice."""

from __future__ import annotations

import html
import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from lucca_procurement import Order, models
from lucca_procurement._ordering.compare import (
    Match,
    Window,
    carries,
    commitment_differences,
    created_at,
    match,
    purchase_differences,
)
from support.orders import sample_order
from support.samples import ONE_TIME, PURCHASE, SUBSCRIPTION, amount, tax

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WINDOW = Window(NOW.timestamp() - 900, NOW.timestamp() + 930)


def purchase(id: int = 1, title: str | None = "[PO-1] Laptops", **members: Any) -> models.Purchase:
    """Make a purchase as the list returns it, of the same content as the orders of the tests."""
    known: dict[str, Any] = {
        "owner": models.UserRef(id=PURCHASE.owner_id),
        "nature": models.NatureRef(id=PURCHASE.nature_id),
        "cost_center": models.CostCenterRef(id=PURCHASE.cost_center_id or None),
        "establishment": models.EstablishmentRef(id=PURCHASE.establishment_id or None),
        "department": models.DepartmentRef(id=PURCHASE.department_id or None),
        "supplier": models.SupplierRef(id=6, name="Acme"),
        "commitment": None,
        "created_at": NOW,
    }
    return models.Purchase(id=id, title=title, **{**known, **members})


def matched(mine: Order, *purchases: models.Purchase, at: Any = "front") -> Match:
    return match(mine, purchases, WINDOW, reference_at=at)


def own(mine: Order, *purchases: models.Purchase, **options: Any) -> int | None:
    """Return the id of the purchase that is the order's own. None if none is certain."""
    found = matched(mine, *purchases, **options).own
    return found.id if found else None


def candidates(mine: Order, *purchases: models.Purchase, **options: Any) -> list[int]:
    """Return the ids of the candidates. No purchase may be the order's own."""
    result = matched(mine, *purchases, **options)
    assert result.own is None
    return [each.id for each in result.carrying or result.alike]


# ---- References in titles

WORDS = st.text(st.characters(codec="utf-8"), max_size=20)
REFERENCES = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._/#:+-]{0,14}[A-Za-z0-9])?", fullmatch=True)
BRACKETS = st.sampled_from(["[]", "()", "{}", "<>", "⟦⟧", "«»", "【】", "［］", "  ", "?]", '""', "**"])  # noqa: RUF001 - a server may write wide ones


def _unaccented(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))


CHANGES: dict[str, Any] = {
    "as it is": lambda title: title,
    "NFD": lambda title: unicodedata.normalize("NFD", title),
    "NFKD": lambda title: unicodedata.normalize("NFKD", title),
    "upper case": str.upper,
    "lower case": str.lower,
    "title case": str.title,
    "no emoji": lambda title: "".join(each for each in title if ord(each) < 0x10000),
    "? for other scripts": lambda title: title.encode("ascii", "replace").decode(),
    "no accents": _unaccented,
    "escaped": html.escape,
    "escaped by numbers": lambda title: title.replace("[", "&#91;").replace("]", "&#x5D;"),
    "trimmed": str.strip,
    "doubled spaces": lambda title: title.replace(" ", "  "),
    "no-break spaces": lambda title: title.replace(" ", "\N{NO-BREAK SPACE}"),
    "a mark in front": lambda title: f"\N{ZERO WIDTH NO-BREAK SPACE}{title}",
    "leading spaces": lambda title: f"  {title}",
}


@given(
    reference=REFERENCES,
    words=WORDS,
    brackets=BRACKETS,
    changes=st.lists(st.sampled_from([*CHANGES]), max_size=3, unique=True),
)
def test_carries_with_changed_title_finds_reference(
    reference: str, words: str, brackets: str, changes: list[str]
) -> None:
    title = sample_order(reference, title=words).to_create().title
    title = title.replace(f"[{reference}]", f"{brackets[0]}{reference}{brackets[1]}", 1)
    for change in changes:
        title = CHANGES[change](title)
    assert carries(title, reference, "front")


@pytest.mark.parametrize("title", ["&amp;#91;PO-1&amp;#x5D; Laptops", "&amp;amp;lt;PO-1&amp;amp;gt; Laptops"])
def test_carries_with_title_escaped_twice_finds_reference(title: str) -> None:
    assert carries(title, "PO-1", "front")


@given(reference=REFERENCES, words=WORDS, cut=st.integers(0, 30))
def test_carries_with_title_cut_after_reference_finds_reference(reference: str, words: str, cut: int) -> None:
    title = sample_order(reference, title=words).to_create().title
    assert carries(title[: len(reference) + 2 + cut], reference, "front")
    assert carries(title[: len(reference) + 1], reference, "front")


SUFFIXES = st.from_regex(r"[A-Za-z0-9._/#:+-]{0,5}[A-Za-z0-9]", fullmatch=True)


@given(reference=REFERENCES, suffix=SUFFIXES, words=WORDS, change=st.sampled_from([*CHANGES]))
def test_carries_with_longer_reference_finds_none(reference: str, suffix: str, words: str, change: str) -> None:
    title = CHANGES[change](sample_order(reference + suffix, title=words).to_create().title)
    assert not carries(title, reference, "front")


@given(one=REFERENCES, other=REFERENCES, words=WORDS, at=st.sampled_from(["front", "end"]))
def test_carries_with_title_of_other_order_finds_none(one: str, other: str, words: str, at: Any) -> None:
    assume(one.lower() != other.lower())
    # At the end, both positions count: the other reference must not stand at the front by itself.
    assume(at == "front" or not carries(words, other, "end"))
    assert not carries(sample_order(one, title=words).to_create(at).title, other, at)


@given(mine=REFERENCES, other=REFERENCES, words=WORDS)
def test_carries_with_two_references_finds_first_only(mine: str, other: str, words: str) -> None:
    assume(mine.lower() != other.lower())
    title = sample_order(mine, title=f"{words} for [{other}]").to_create().title
    assert carries(title, mine, "front")
    assert not carries(title, other, "front")


@given(reference=REFERENCES, words=WORDS, change=st.sampled_from([*CHANGES]))
def test_carries_with_reference_at_end_finds_reference(reference: str, words: str, change: str) -> None:
    title = sample_order(reference, title=words).to_create("end").title
    assert carries(CHANGES[change](title), reference, "end")


@pytest.mark.parametrize(
    "title",
    [
        "[ERP-10] Laptops",
        "[ERP-1-A] Laptops",
        "[ERP-1.2] Laptops",
        "[ERP-1/2] Laptops",
        "[ERP-1_2] Laptops",
        "[ERP-1:2] Laptops",
        "[ERP-1é] Laptops",
        "[XERP-1] Laptops",
        "[X-ERP-1] Laptops",
        "ERP-1Laptops",
        "Docks for [ERP-1]",
        "Docks [ERP-1]",
        "Laptops",
        "",
        None,
        17,
    ],
    ids=str,
)
def test_carries_without_reference_at_front_finds_none(title: Any) -> None:
    assert not carries(title, "ERP-1", "front")


@pytest.mark.parametrize(
    "title", ["[ERP-1]", "ERP-1", "erp-1 Laptops", "(ERP-1) Laptops", "ERP-1, Laptops", "-ERP-1 x"]
)
def test_carries_with_reference_at_front_finds_reference(title: str) -> None:
    assert carries(title, "ERP-1", "front")


# ---- The order's own purchase


def test_match_of_equal_orders_takes_purchase_by_reference() -> None:
    both = [purchase(1, "[PO-1] Laptops"), purchase(2, "[PO-2] Laptops"), purchase(3, "Laptops")]
    assert own(sample_order("PO-1"), *both) == 1
    assert own(sample_order("PO-2"), *both) == 2


def test_match_with_older_purchase_of_reference_is_candidate() -> None:
    """The reference was used before: nobody but a person knows by whom."""
    assert candidates(sample_order("PO-1"), purchase(1, created_at=NOW - timedelta(seconds=901))) == [1]
    assert own(sample_order("PO-1"), purchase(1, created_at=NOW - timedelta(seconds=899))) == 1


def test_match_with_late_or_undated_purchase_of_reference_is_own() -> None:
    """Clocks are wrong, and a reference identifies an order for good."""
    assert own(sample_order("PO-1"), purchase(1, created_at=NOW + timedelta(days=30))) == 1
    assert own(sample_order("PO-1"), purchase(created_at=None)) == 1


def test_match_with_several_purchases_of_reference_is_uncertain() -> None:
    """One of them is a person's copy."""
    assert candidates(sample_order("PO-1"), purchase(1), purchase(2), purchase(3, "Laptops")) == [1, 2]


@pytest.mark.parametrize("title", ["Laptops", "[PO", "", None, "[PO-2] Laptops"])
def test_match_with_equal_content_only_is_candidate(title: Any) -> None:
    assert candidates(sample_order("PO-1"), purchase(title=title)) == [1]


@pytest.mark.parametrize("seconds", [-901, 931])
def test_match_with_equal_content_outside_window_is_none(seconds: int) -> None:
    created = NOW + timedelta(seconds=seconds)
    assert candidates(sample_order("PO-1"), purchase(title="Laptops", created_at=created)) == []


def test_match_with_equal_content_and_no_time_is_candidate() -> None:
    assert candidates(sample_order("PO-1"), purchase(title="Laptops", created_at=None)) == [1]


def test_match_before_first_request_is_never_own() -> None:
    """No request was sent, so that somebody else created it."""
    result = match(sample_order("PO-1"), [purchase(1), purchase(2, "Laptops")], None, reference_at="front")
    assert (result.own, [each.id for each in result.carrying], result.alike) == (None, [1], ())


def test_match_with_reference_at_end_needs_end_setting() -> None:
    ends = purchase(title="Docks for [PO-1]")
    assert candidates(sample_order("PO-1"), ends) == [1]
    assert own(sample_order("PO-1"), ends, at="end") == 1


OTHERS: list[dict[str, Any]] = [
    {"owner": models.UserRef(id=36)},
    {"nature": models.NatureRef(id=2)},
    {"cost_center": models.CostCenterRef(id=4)},
    {"establishment": models.EstablishmentRef(id=2)},
    {"department": models.DepartmentRef(id=15)},
    {"supplier": models.SupplierRef(id=7, name="Acme")},
]


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: next(iter(other)))
def test_match_with_contradicting_purchase_is_not_own(other: dict[str, Any]) -> None:
    mine, name = sample_order("PO-1"), next(iter(other)).replace("_", " ")
    assert candidates(mine, purchase(**other)) == [1]
    assert candidates(mine, purchase(title="Laptops", **other)) == []
    assert [text.partition(":")[0] for text in purchase_differences(mine, purchase(**other))] == [name]


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: next(iter(other)))
def test_match_with_absent_member_is_own(other: dict[str, Any]) -> None:
    silenced: dict[str, Any] = dict.fromkeys(other)
    assert own(sample_order("PO-1"), purchase(**silenced)) == 1


def test_member_that_the_order_leaves_out_contradicts_nothing() -> None:
    mine, absent = sample_order("PO-1"), models.UNSET
    mine.purchase = evolve(mine.purchase, cost_center_id=absent, establishment_id=absent, department_id=absent)
    assert own(mine, purchase()) == 1
    assert own(mine, purchase(cost_center=None)) == 1


@pytest.mark.parametrize(("name", "found"), [("Acme", 1), ("Zenith", None)])
def test_match_with_new_supplier_compares_name(name: str, found: int | None) -> None:
    mine = sample_order("PO-1")
    mine.purchase.supplier = models.SupplierChoice(name="Acme", territory_id="FR")
    assert own(mine, purchase(supplier=models.SupplierRef(id=77, name=name))) == found


# ---- Commitments


def price_read(value: str | None, currency: str = "EUR", total: str | None = None) -> models.TaxedAmountRead:
    """Make an amount as Lucca returns it."""

    def amount(text: str | None) -> models.AmountRead | None:
        return None if text is None else models.AmountRead(value=text, currency=models.Currency(currency))

    return models.TaxedAmountRead(excluding_taxes=amount(value), including_taxes=amount(total))


def one_time(price: Any, **members: Any) -> models.OneTimeCommitment:
    return models.OneTimeCommitment(id=9, amount_including_taxes=price, **members)


def dual(base: Any, counter: Any) -> models.DualTaxedAmount:
    """Make an amount in two currencies as Lucca returns it."""
    return models.DualTaxedAmount(base=base, counter=counter)


WANTED = ONE_TIME.amount_including_taxes
NET, GROSS = str(WANTED.excluding_taxes.value), str(WANTED.excluding_taxes.value + sum(t.value for t in WANTED.taxes))


@pytest.mark.parametrize(
    "price",
    [
        price_read(NET),
        price_read(NET, total=GROSS),
        price_read(None, total=GROSS),
        models.DualTaxedAmount(base=price_read(NET), counter=price_read("1", "USD")),
        models.DualTaxedAmount(base=price_read("1", "USD"), counter=price_read(NET)),
        dual(None, price_read(NET)),
    ],
    ids=str,
)
def test_commitment_differences_with_same_amount_is_empty(price: Any) -> None:
    assert commitment_differences(sample_order("PO-1"), one_time(price)) == ()
    assert own(sample_order("PO-1"), purchase(commitment=one_time(price))) == 1


@pytest.mark.parametrize(
    ("price", "shown"),
    [
        (price_read("99999", "USD"), "99999 USD"),
        (price_read("99999"), "99999 EUR"),
        (price_read(NET, "USD"), f"{NET} USD"),
        (price_read(NET, total="99999"), f"{NET} EUR"),
        (price_read(None, total="99999"), "99999 EUR"),
        (models.DualTaxedAmount(base=price_read("1"), counter=price_read("2", "USD")), "1 EUR or 2 USD"),
        (price_read(None), "not shown"),
        (dual(None, None), "not shown"),
        (None, "not shown"),
    ],
    ids=str,
)
def test_commitment_differences_with_other_amount_names_amount(price: Any, shown: str) -> None:
    (difference,) = commitment_differences(sample_order("PO-1"), one_time(price))
    assert difference.startswith("amount: ")
    assert shown in difference
    assert candidates(sample_order("PO-1"), purchase(commitment=one_time(price))) == [1]


@pytest.mark.parametrize("member", ["cost_date", "invoice_date"])
def test_commitment_differences_with_other_date_names_date(member: str) -> None:
    (difference,) = commitment_differences(
        sample_order("PO-1"), one_time(price_read(NET), **{member: date(1999, 1, 1)})
    )
    assert "1999-01-01 instead of" in difference


def test_commitment_differences_with_other_kind_names_kind() -> None:
    assert commitment_differences(sample_order("PO-1"), models.SubscriptionCommitment(id=9)) == (
        "kind: SubscriptionCommitment instead of OneTimeCommitment",
    )
    mine = sample_order("PO-1", commitment=SUBSCRIPTION)
    assert commitment_differences(mine, one_time(price_read(NET))) == (
        "kind: OneTimeCommitment instead of SubscriptionCommitment",
    )
    unknown = models.UnknownCommitment.from_dict({"id": 9, "type": "BarterCommitment"})
    assert commitment_differences(mine, unknown) == ("kind: BarterCommitment instead of SubscriptionCommitment",)


def test_commitment_differences_compares_subscription_members() -> None:
    mine = sample_order("PO-1", commitment=SUBSCRIPTION)
    net = str(SUBSCRIPTION.amount_including_taxes_per_period.excluding_taxes.value)
    currency = str(SUBSCRIPTION.amount_including_taxes_per_period.excluding_taxes.currency)
    same = models.SubscriptionCommitment(
        id=9, amount_including_taxes_per_period=price_read(net, currency), start_date=SUBSCRIPTION.start_date
    )
    assert commitment_differences(mine, same) == ()
    later = evolve(same, start_date=date(1999, 1, 1))
    assert commitment_differences(mine, later)[0].startswith("start date: 1999-01-01 instead of")
    assert commitment_differences(mine, evolve(same, amount_including_taxes_per_period=price_read("1", currency))) == (
        f"amount: 1 {currency} instead of {net} {currency}",
    )


def test_commitment_differences_tolerates_one_unit_per_tax() -> None:
    price = models.TaxedAmount(excluding_taxes=amount(100), taxes=[tax("0.335"), tax("0.335")])
    mine = sample_order("PO-1", commitment=evolve(ONE_TIME, amount_including_taxes=price))
    for total, same in (("100.67", True), ("100.69", True), ("100.65", True), ("100.70", False), ("100.64", False)):
        assert (commitment_differences(mine, one_time(price_read("100", total=total))) == ()) is same


def test_created_at_without_zone_is_utc() -> None:
    assert created_at(purchase(created_at=NOW.replace(tzinfo=None))) == NOW.timestamp()
    assert created_at(purchase(created_at=NOW.astimezone())) == NOW.timestamp()
