"""The scripts of examples/ do what they promise: each runs against the emulator."""

from __future__ import annotations

import asyncio
import csv
import os
from pathlib import Path

import pytest

from lucca_procurement import LuccaProcurement, Order, Step, errors
from lucca_procurement.emulator import Emulator
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

ERP = ["ORDER_NO", "TEXT", "VENDOR", "BUYER", "GROUP", "COST_CENTER", "NET", "CURRENCY", "VAT", "DELIVERY", "INVOICE"]


def write_export(path: Path, *lines: dict[str, str]) -> Path:
    values = ["Stühle", "V-0815", "35", "FURNITURE", "3", "99,95", "EUR", "20", "01.12.2026", "15.12.2026"]
    with path.open("w", newline="", encoding="cp1252") as file:
        writer: csv.DictWriter[str] = csv.DictWriter(file, ERP, delimiter=";")
        writer.writeheader()
        for line in lines:
            writer.writerow({**dict(zip(ERP[1:], values, strict=True)), **line})
    return path


def test_nightly_import_submits_each_order_once(run: Runner, lucca_emulator: Emulator) -> None:
    lucca_emulator.faults.add("create_purchase", "commit-then-drop", times=1)
    write_export(run.folder / "export.csv", {"ORDER_NO": "1"}, {"ORDER_NO": "2", "NET": "1234,56", "VAT": "10"})
    for _ in range(2):
        code, out, err = run("nightly_import.py", "export.csv", env=environment_of(lucca_emulator))
        assert (code, out, err) == (0, "0 left.\n", "")
    totals = {
        each["title"]: str(each["commitment"]["amountIncludingTaxes"]["base"]["includingTaxes"]["value"])
        for each in lucca_emulator.created()
    }
    assert totals == {"[ERP-1] Stühle": "119.94", "[ERP-2] Stühle": "1358.02"}
    assert times(lucca_emulator) == [2, 2, 2]


def test_nightly_import_of_rejected_order_is_corrected_the_next_night(run: Runner, lucca_emulator: Emulator) -> None:
    write_export(run.folder / "export.csv", {"ORDER_NO": "1", "BUYER": "9999"}, {"ORDER_NO": "2"})
    code, out, err = run("nightly_import.py", "export.csv", env=environment_of(lucca_emulator))
    assert (code, err) == (1, "")
    assert out.startswith("export.csv:2, ERP-1: create_purchase (POST ")
    write_export(run.folder / "export.csv", {"ORDER_NO": "1"})
    assert run("nightly_import.py", "export.csv", env=environment_of(lucca_emulator))[0] == 0
    assert times(lucca_emulator) == [3, 2, 2]


@pytest.mark.slow
def test_nightly_import_after_kill_continues_without_its_file(run: Runner, lucca_emulator: Emulator) -> None:
    lucca_emulator.faults.add("create_purchase", "commit-then-hang", skip=2)
    numbers = [str(number) for number in range(5)]
    write_export(run.folder / "export.csv", *({"ORDER_NO": number} for number in numbers))
    with run.start("nightly_import.py", "export.csv", env=environment_of(lucca_emulator)) as process:
        until(lambda: sorted(state for _, state in states(lucca_emulator)) == ["Created", *["Ongoing"] * 4])
        process.kill()
    write_export(run.folder / "next.csv", {"ORDER_NO": "9"})
    code, out, err = run("nightly_import.py", "next.csv", env=environment_of(lucca_emulator))
    assert (code, out, err) == (0, "0 left.\n", "")
    assert sorted(states(lucca_emulator)) == [(f"[ERP-{number}] Stühle", "Ongoing") for number in [*numbers, "9"]]
    assert times(lucca_emulator) == [6, 6, 6]


@pytest.mark.parametrize(
    ("file", "line", "message"),
    [
        ("nowhere.csv", {}, "No such file or directory: 'nowhere.csv'"),
        ("export.csv", {"VENDOR": "V-1"}, "export.csv:3: KeyError: 'V-1'"),
        ("export.csv", {"NET": "1.250,00"}, "export.csv:3: InvalidArgument: amount must be"),
        ("export.csv", {"VAT": "17"}, "export.csv:3: NoTaxRate: "),
        ("export.csv", {"INVOICE": "2026-12-15"}, "export.csv:3: ValueError: "),
    ],
)
def test_nightly_import_of_wrong_row_sends_nothing(
    run: Runner, lucca_emulator: Emulator, file: str, line: dict[str, str], message: str
) -> None:
    write_export(run.folder / "export.csv", {"ORDER_NO": "1"}, {"ORDER_NO": "2", **line})
    code, _out, err = run("nightly_import.py", file, env=environment_of(lucca_emulator))
    assert (code, err.startswith("The import cannot go on: "), message in err) == (1, True, True)
    assert all(entry.method == "GET" for entry in lucca_emulator.log)


# ---- The store of an own `save`


def test_save_of_outdated_order_is_superseded(tmp_path: Path) -> None:
    path = tmp_path / "orders.sqlite"
    with OrderStore(path) as ours, OrderStore(path) as theirs:
        ours.save(new_order())
        outdated, newer = ours.load("erp-4711"), theirs.load("ERP-4711")
        assert outdated
        assert newer
        newer.purchase_id, newer.step = 1_001, Step.COMMITMENT
        theirs.save(newer)
        assert ours.load("ERP-4711") == newer
        with pytest.raises(errors.Superseded):
            ours.save(outdated)
        assert ours.load("ERP-4711") == newer
        ours.save(newer)
        with pytest.raises(errors.Superseded):
            theirs.save(newer)
