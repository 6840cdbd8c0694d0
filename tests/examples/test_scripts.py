"""The scripts of examples/ do what they promise: each runs against the emulator."""

from __future__ import annotations

import asyncio
import csv
import os
from argparse import Namespace
from pathlib import Path

import pytest

from lucca_procurement import LuccaProcurement, Order, Step, errors
from lucca_procurement.emulator import Emulator
from nightly_import import Import, main
from order_store import OrderStore
from place_order import new_order
from support.example_programs import Runner, environment_of, states, times, until
from support.orders import CREATING

# ---- One order


def test_place_order_run_twice_places_one_order(run: Runner, lucca_emulator: Emulator) -> None:
    for _ in range(2):
        code, out, err = run("place_order.py", env=environment_of(lucca_emulator))
        assert (code, err) == (0, "")
        assert out.endswith("is approved.\n")
    assert states(lucca_emulator) == [("[ERP-4711] Laptops", "Ongoing")]
    assert times(lucca_emulator) == [1, 1, 1]


def is_done(emulator: Emulator, operation: str) -> bool:
    """Return whether the server has done the work of an operation."""
    (purchase,) = emulator.created() or [{}]
    with emulator.lock:
        return bool(
            {"create_purchase": purchase, "create_commitment": purchase.get("commitment")}.get(
                operation, emulator.tenant.requests
            )
        )


@pytest.mark.slow
@pytest.mark.parametrize("operation", CREATING)
def test_place_order_after_kill_continues(run: Runner, lucca_emulator: Emulator, operation: str) -> None:
    lucca_emulator.faults.add(operation, "commit-then-hang")
    with run.start("place_order.py", env=environment_of(lucca_emulator)) as process:
        until(lambda: is_done(lucca_emulator, operation) and process.poll() is None)
        process.kill()
    code, out, err = run("place_order.py", env=environment_of(lucca_emulator))
    assert (code, err, out[-13:]) == (0, "", "is approved.\n")
    assert states(lucca_emulator) == [("[ERP-4711] Laptops", "Ongoing")]
    assert times(lucca_emulator) == [1, 1, 1]


def test_place_order_with_bad_key_ends_with_message(run: Runner) -> None:
    env = environment_of(LUCCA_BASE_URL="https://example.ilucca.net", LUCCA_API_KEY="{canary}")
    code, out, err = run("place_order.py", env=env)
    assert (code, out, "canary" in err) == (1, "", False)
    assert "still has the braces" in err
    assert "Run it again" not in err


# ---- This month's big purchases


@pytest.mark.slow
async def test_big_purchases_shows_this_months_over_10000(
    run: Runner, lucca_emulator: Emulator, lucca_client: LuccaProcurement
) -> None:
    if not os.environ.get("CI"):
        pytest.importorskip("pandas")
    for reference, amount in (("PO-1", "12500.00"), ("PO-2", "9999.99")):
        order = Order.one_time(
            reference,
            title="Laptops",
            supplier=6,
            owner=35,
            nature=1,
            amount=amount,
            cost_date="2026-12-01",
            invoice_date="2026-12-15",
        )
        await lucca_client.orders.submit(order)
    code, out, err = await asyncio.to_thread(run, "big_purchases.py", env=environment_of(lucca_emulator))
    assert (code, err) == (0, "")
    assert "[PO-1] Laptops" in out
    assert "PO-2" not in out
    header, line = (run.folder / "big_purchases.csv").read_text().splitlines()
    assert header == "id,title,supplier,amount"
    assert line.split(",")[1:] == ["[PO-1] Laptops", "Amazon", "12500.00"]


# ---- The nightly import

HEADER = "reference title supplier_id owner_id nature_id cost_center_id establishment_id department_id amount currency"
COLUMNS: tuple[str, ...] = (*HEADER.split(), "territory", "tax", "cost_date", "invoice_date")


def write_lines(path: Path, *lines: dict[str, str]) -> Path:
    common = ["Chairs", "6", "35", "4", "3", "1", "14", "99.95", "EUR", "FR", "20%", "2026-12-01", "2026-12-15"]
    with path.open("w", newline="") as file:
        writer: csv.DictWriter[str] = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for line in lines:
            writer.writerow({**dict(zip(COLUMNS[1:], common, strict=True)), **line})
    return path


def test_import_with_bad_lines_and_fault_submits_others(run: Runner, lucca_emulator: Emulator) -> None:
    lucca_emulator.faults.add("create_purchase", "commit-then-drop")
    good = [{"reference": "A-1"}, {"reference": "A-2", "amount": "1234.56", "tax": "5.5"}]
    write_lines(run.folder / "orders.csv", *good, {"reference": "A-3", "amount": "12,50"}, {"reference": "a-1"})
    code, out, err = run("nightly_import.py", "orders.csv", env=environment_of(lucca_emulator))
    assert (code, err) == (1, "")
    assert "2 submitted, 0 submitted before, 2 left." in out
    assert "- line 4: amount must be an amount in digits" in out
    assert "- line 5: the reference a-1 is in the file twice" in out
    totals = {
        each["title"]: str(each["commitment"]["amountIncludingTaxes"]["base"]["includingTaxes"]["value"])
        for each in lucca_emulator.created()
    }
    assert totals == {"[A-1] Chairs": "119.94", "[A-2] Chairs": "1302.46"}
    write_lines(run.folder / "orders.csv", *good, {"reference": "A-3", "amount": "12.50"})
    code, out, _err = run("nightly_import.py", "orders.csv", env=environment_of(lucca_emulator))
    assert (code, "1 submitted, 2 submitted before, 0 left." in out) == (0, True)
    assert times(lucca_emulator) == [3, 3, 3]


@pytest.mark.slow
def test_import_after_kill_continues_without_its_file(run: Runner, lucca_emulator: Emulator) -> None:
    lucca_emulator.faults.add("create_purchase", "commit-then-hang", skip=2)
    names = [f"A-{number}" for number in range(5)]
    write_lines(run.folder / "orders.csv", *({"reference": name} for name in names))
    with run.start("nightly_import.py", "orders.csv", env=environment_of(lucca_emulator)) as process:
        until(lambda: sorted(state for _, state in states(lucca_emulator)) == ["Created", *["Ongoing"] * 4])
        process.kill()
    write_lines(run.folder / "next.csv", {"reference": "B-1"})
    code, out, err = run("nightly_import.py", "next.csv", env=environment_of(lucca_emulator))
    assert (code, err, "0 left." in out) == (0, "", True)
    assert sorted(states(lucca_emulator)) == [(f"[{name}] Chairs", "Ongoing") for name in [*names, "B-1"]]
    assert times(lucca_emulator) == [6, 6, 6]


async def test_import_of_unknown_orders_lists_and_follows_advice(
    lucca_emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, stored = write_lines(tmp_path / "orders.csv", {"reference": "A-1"}, {"reference": "A-2"}), tmp_path / "o.db"
    lucca_emulator.faults.add("create_purchase", "drop", times=2)
    with OrderStore(stored) as store:
        async with LuccaProcurement(lucca_emulator.url, lucca_emulator.key, settle=0.0) as lucca:
            first = Import(lucca, store)
            await first.run(path)
            unknown = store.load("A-2")
            assert unknown
            found = await lucca.purchases.create(unknown.purchase)
            second = Import(lucca, store, again=["A-1"])
            await second.run(path)
    advice = "A-1: UNKNOWN, it may be in Lucca (candidates: none was found). Look for [A-1] there. If it is there, run"
    assert sorted(first.left)[0] == f"{advice} again with --found A-1=ID; if it is not, with --again A-1"
    assert (second.submitted, [sentence[:12] for sentence in second.left]) == (1, ["A-2: UNKNOWN"])
    for name, value in environment_of(lucca_emulator).items():
        monkeypatch.setenv(name, value)
    assert await main(Namespace(file=path, store=stored, found=[("A-2", found.id)], again=[])) == 0
    assert "1 submitted, 1 submitted before, 0 left." in capsys.readouterr().out
    assert sorted(states(lucca_emulator)) == [("Chairs", "Ongoing"), ("[A-1] Chairs", "Ongoing")]


@pytest.mark.parametrize(
    ("file", "more", "said"),
    [
        ("nowhere.csv", (), "No such file or directory: 'nowhere.csv'"),
        ("orders.csv", ("--again", "A-9"), "no order A-9 is in the store"),
        ("orders.csv", ("--found", "A-9=1"), "no order A-9 is in the store"),
    ],
)
def test_import_with_bad_arguments_ends_with_message(
    run: Runner, lucca_emulator: Emulator, file: str, more: tuple[str, ...], said: str
) -> None:
    write_lines(run.folder / "orders.csv", {"reference": "A-1"})
    code, _out, err = run("nightly_import.py", file, *more, env=environment_of(lucca_emulator))
    assert (code, err.startswith("The import cannot go on: "), said in err) == (1, True, True)
    assert lucca_emulator.log == []


@pytest.mark.parametrize(
    ("owner", "beginning"),
    [("35", "A-1: LATER, by the next run: "), ("999999", "A-1: CORRECT IT, and run again: ")],
)
async def test_import_of_stopped_order_lists_its_need(
    lucca_emulator: Emulator, tmp_path: Path, owner: str, beginning: str
) -> None:
    path = write_lines(tmp_path / "orders.csv", {"reference": "A-1", "owner_id": owner})
    if owner == "35":
        lucca_emulator.faults.add("create_purchase", "429", retry_after="300")
    with OrderStore(tmp_path / "o.db") as store:
        async with LuccaProcurement(lucca_emulator.url, lucca_emulator.key) as lucca:
            work = Import(lucca, store)
            await work.run(path)
    assert [sentence[: len(beginning)] for sentence in work.left] == [beginning]


def test_save_of_outdated_order_is_superseded(tmp_path: Path) -> None:
    path = tmp_path / "orders.sqlite"
    with OrderStore(path) as ours, OrderStore(path) as theirs:
        ours.save(new_order())
        outdated, newer = ours.load("erp-4711"), theirs.load("ERP-4711")
        assert outdated
        assert newer
        newer.purchase_id, newer.step = 1_001, Step.COMMITMENT
        theirs.save(newer)
        assert [order.purchase_id for order in ours] == [1_001]
        with pytest.raises(errors.Superseded):
            ours.save(outdated)
        loaded = ours.load("ERP-4711")
        assert loaded == newer
        ours.save(newer)
        with pytest.raises(errors.Superseded):
            theirs.save(newer)
