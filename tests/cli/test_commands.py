"""The other commands on an emulator: status, decisions, resolve, cancel, and the lists."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from lucca_procurement import __version__
from lucca_procurement.cli import _records
from lucca_procurement.emulator import Emulator
from support.import_files import row

from .conftest import Command


@pytest.fixture
def imported(command: Command) -> Command:
    command.write(row("PO-0"), row("PO-1"))
    assert command("import", "orders.csv")[0] == 0
    return command


def test_status_shows_counts_and_orders(imported: Command) -> None:
    code, out = imported("status", "--json")
    report = json.loads(out)
    assert code == 0
    assert report["counts"]["submitted"] == 2
    assert len(report["counts"]) == 8
    assert report["orders"][0] == {
        "reference": "PO-0",
        "state": "submitted",
        "note": "",
        "purchase_id": report["orders"][0]["purchase_id"],
        "decided_by": None,
        "source": "orders.csv:2",
    }
    code, out = imported("status", "po-1")
    assert code == 0
    assert "source: orders.csv:3" in out
    assert imported("status")[0] == 0


@pytest.mark.lucca_emulator(approve="manual")
def test_status_of_one_state_shows_its_orders_and_who_decided(imported: Command, lucca_emulator: Emulator) -> None:
    lucca_emulator.deny(reference="PO-1")
    assert imported("decisions")[0] == 1
    code, out = imported("status", "--state", "denied")
    assert code == 0
    (line,) = [line for line in out.splitlines() if "PO-" in line]
    assert line.split("denied by")[0].strip() == "PO-1"
    assert "orders.csv:3" in line
    code, out = imported("status", "--state", "denied", "--json")
    assert [(each["reference"], each["decided_by"] is None) for each in json.loads(out)["orders"]] == [("PO-1", False)]
    assert imported("status", "--state", "failed") == (0, "No order is failed.\n")
    assert imported("status", "PO-1", "--state", "denied")[0] == 2


def test_status_needs_no_key(imported: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LUCCA_API_KEY")
    assert imported("status")[0] == 0


@pytest.mark.parametrize("arguments", [["status"], ["decisions"], ["cancel", "PO-1"], ["resolve", "PO-1"]])
def test_missing_store_is_refused(command: Command, arguments: list[str]) -> None:
    code, out = command(*arguments)
    assert code == 2
    assert "there is no store orders.sqlite" in out
    assert not (command.folder / "orders.sqlite").exists()


def test_status_of_failed_order_shows_reason(command: Command) -> None:
    command.write(row("PO-0", owner="9999"))
    command("import", "orders.csv")
    code, out = command("status")
    assert code == 1
    assert "answered 400" in out
    code, out = command("status", "PO-0", "--json")
    assert (code, json.loads(out)["orders"][0]["state"]) == (1, "failed")


def test_unknown_order_is_refused(imported: Command) -> None:
    for name in ("status", "cancel", "resolve"):
        code, out = imported(name, "PO-9")
        assert (code, out.strip()) == (2, "no order PO-9 is in the store")


@pytest.mark.lucca_emulator(approve="manual")
def test_decisions_shows_new_ones_once(imported: Command, lucca_emulator: Emulator) -> None:
    code, out = imported("decisions")
    assert (code, out.strip()) == (0, "0 new decisions, 2 orders wait for theirs.")
    lucca_emulator.approve(reference="PO-0")
    code, out = imported("decisions")
    assert code == 0
    assert out.startswith("PO-0: approved by ")
    lucca_emulator.deny(reference="PO-1")
    code, out = imported("decisions", "--json")
    decision = json.loads(out)
    assert (code, decision["reference"], decision["state"]) == (1, "PO-1", "denied")
    assert decision["decided_by"]
    assert imported("decisions")[1].strip() == "0 new decisions, 0 orders wait for theirs."


@pytest.mark.lucca_emulator(approve="after=0.5")
def test_watched_decisions_end_with_last_one(imported: Command) -> None:
    code, out = imported("decisions", "--watch", "--every", "0.01")
    assert code == 0
    assert "PO-0: approved" in out
    assert out.splitlines()[-1].endswith("0 orders wait for theirs.")


@pytest.mark.lucca_emulator(approve="manual")
def test_cancel_closes_order(imported: Command, lucca_emulator: Emulator) -> None:
    code, out = imported("cancel", "PO-0")
    assert code == 2
    assert "--yes" in out
    code, out = imported("cancel", "PO-0", "--yes", "--comment", "not needed")
    assert (code, out.strip()) == (0, "PO-0: cancelled")
    assert [each["state"] for each in lucca_emulator.created()] != ["Processing", "Processing"]
    # A cancelled order stays cancelled.
    assert imported("import", "orders.csv")[0] == 0
    assert json.loads(imported("status", "PO-0", "--json")[1])["orders"][0]["state"] == "cancelled"


def test_order_that_needs_no_look_is_not_resolved(imported: Command) -> None:
    code, out = imported("resolve", "PO-0", "--create-again", "--yes")
    assert code == 2
    assert "only an order that needs a look" in out


@pytest.fixture
def doubtful(command: Command, lucca_emulator: Emulator) -> Command:
    """A store with an order whose purchase exists under a title that no order recognizes."""
    lucca_emulator.faults.add("create_purchase", "drop", times=1)
    command.write(row("PO-0"))
    assert command("import", "orders.csv")[0] == 1
    command.write(row("PO-0X"), name="by-hand.csv")
    assert command("import", "by-hand.csv", "--store", "other.sqlite", "--left", "by-hand.left.csv")[0] == 0
    return command


def test_resolve_shows_candidates(doubtful: Command, lucca_emulator: Emulator) -> None:
    (purchase,) = lucca_emulator.created()
    code, out = doubtful("resolve", "PO-0")
    assert code == 1
    assert f" {purchase['id']} " in out
    assert " [PO-0X] Laptop PO-0X " in out
    assert "lucca-procurement resolve PO-0 --purchase ID" in out
    code, out = doubtful("resolve", "PO-0", "--json")
    assert code == 1
    assert [each["id"] for each in json.loads(out)["candidates"]] == [purchase["id"]]


def test_resolve_assigns_purchase(command: Command, lucca_emulator: Emulator) -> None:
    lucca_emulator.faults.add("create_purchase", "drop", times=1)
    command.write(row("PO-0"))
    assert command("import", "orders.csv")[0] == 1
    code, out = command("resolve", "PO-0", "--purchase", "1000", "--yes")
    assert code == 2
    assert "purchase 1000 is not the one of the order PO-0" in out


@pytest.mark.parametrize("answer", ["c", "", "9" * 5000])
def test_resolve_asks_in_a_terminal(
    doubtful: Command, lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(_records, "has_terminal", lambda: True)
    monkeypatch.setattr(_records, "ask", lambda _: answer)
    code, _ = doubtful("resolve", "PO-0")
    assert (code, len([*lucca_emulator.created()])) == {"c": (0, 2), "": (1, 1)}.get(answer, (2, 1))


def test_check_shows_rights(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    code, out = command("check")
    assert code == 0
    assert "the key is valid" in out
    monkeypatch.setenv("LUCCA_API_KEY", "wrong-key")
    code, out = command("check")
    assert code == 1
    assert "answered 401" in out
    assert "wrong-key" not in out
    code, out = command("check", "--json")
    assert (code, json.loads(out)["ok"]) == (1, False)


def test_key_comes_from_file(command: Command, monkeypatch: pytest.MonkeyPatch, lucca_emulator: Emulator) -> None:
    monkeypatch.delenv("LUCCA_API_KEY")
    code, out = command("check")
    assert code == 2
    assert "LUCCA_API_KEY" in out
    Path("key.txt").write_text(f"{lucca_emulator.key}\n")
    assert command("check", "--key-file", "key.txt")[0] == 0
    code, out = command("check", "--key-file", "none.txt")
    assert code == 2
    assert "cannot be read" in out


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "-1", "1e400", "", "ten"])
@pytest.mark.parametrize(
    "option",
    [
        "import orders.csv --create-again-after",
        "import orders.csv --settle",
        "import orders.csv --rate",
        "decisions --every",
        "purchases --min",
    ],
)
def test_option_that_is_no_number_is_refused(
    command: Command, lucca_emulator: Emulator, option: str, number: str
) -> None:
    command.write(row("PO-0"))
    if option.endswith("--min") and number == "-1":
        number = "- 1"
    code, out = command(*option.split(), number)
    assert (code, lucca_emulator.log, (command.folder / "orders.sqlite").exists()) == (2, [], False)
    assert option.split()[-1] in out


@pytest.mark.parametrize("option", ["--rate", "LUCCA_RATE"])
def test_rate_of_0_is_refused(command: Command, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    if option == "LUCCA_RATE":
        monkeypatch.setenv(option, "0")
    assert command("check", *([option, "0"] if option == "--rate" else []))[0] == 2


@pytest.mark.parametrize("arguments", [["import", "orders.csv"], ["status"], ["decisions"]])
def test_store_that_is_a_folder_is_refused(command: Command, arguments: list[str]) -> None:
    command.write(row("PO-0"))
    code, out = command(*arguments, "--store", ".")
    assert (code, out.strip()) == (2, "the store . is a folder: name a file, such as orders.sqlite.")


@pytest.mark.parametrize("arguments", [["import", "orders.csv"], ["status"], ["decisions"]])
def test_store_that_is_no_store_is_one_message(command: Command, arguments: list[str]) -> None:
    command.write(row("PO-0"))
    (command.folder / "text.txt").write_text("no database, but text that is long enough to look at" * 50)
    code, out = command(*arguments, "--store", "text.txt")
    assert code == 2
    assert out.count("the store text.txt is another kind of file") == 1


def test_version_is_printed(command: Command) -> None:
    assert command("--version") == (0, f"lucca-procurement {__version__}\n")


def test_key_is_no_option(command: Command) -> None:
    code, out = command("check", "--key", "secret")
    assert code == 2
    assert "No such option" in out


def test_find_shows_ids(command: Command) -> None:
    code, out = command("find", "supplier", "AMAZ", "--json")
    assert code == 0
    assert [(each["id"], each["name"]) for each in json.loads(out)] == [(6, "Amazon"), (1, "Amazon Business")]
    code, out = command("find", "owner", "leroy")
    assert code == 0
    assert "Louis Leroy" in out
    assert command("find", "cost-center", "403_marketing")[0] == 0
    assert command("find", "supplier", "nobody at all")[0] == 1
    assert command("find", "planet", "x")[0] == 2


def test_rates_shows_percent(command: Command) -> None:
    code, out = command("rates", "FR", "--on", "2026-12-01", "--json")
    assert code == 0
    assert [each["percent"] for each in json.loads(out)] == ["20", "10", "5.5", "2.1", "0"]
    assert command("rates", "FR", "--on", "1/12/2026")[0] == 2
    assert command("rates", "XX")[0] == 1


def test_purchases_are_filtered_and_written(imported: Command) -> None:
    code, out = imported("purchases", "--since", "2026-01-01", "--min", "1 000,00", "--supplier", "amazon", "--json")
    found = json.loads(out)
    assert code == 0
    new = {each["title"]: (each["amount"], each["currency"]) for each in found if each["title"].startswith("[PO-")}
    assert new == {f"[PO-{number}] Laptop PO-{number}": ("1250.00", "EUR") for number in range(2)}
    code, out = imported("purchases", "--state", "ongoing", "--csv", "all.csv")
    assert code == 0
    with Path("all.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {each["state"] for each in csv.DictReader(file)} == {"Ongoing"}
    assert imported("purchases", "--csv", "all.csv") == (
        2,
        "all.csv exists: choose another name, or add --force to replace it\n",
    )
    assert imported("purchases", "--csv", "all.csv", "--force")[0] == 0
    assert imported("purchases", "--state", "nope")[0] == 2
    assert imported("purchases", "--min", "1.250")[0] == 2
    assert imported("purchases", "--since", "1/12/2026")[0] == 2


def test_template_can_be_written_and_imported(command: Command) -> None:
    for name in ("orders.csv", "orders.xlsx"):
        assert command("template", name)[0] == 0
        code, out = command("import", name)
        assert (code, out.strip()) == (2, f"{name} has no rows. Nothing was sent.")
        assert command("template", name)[0] == 2


@pytest.mark.parametrize("name", ["emulator", "drift"])
def test_arguments_are_passed_on(command: Command, name: str) -> None:
    code, out = command(name, "--help")
    assert code == 0
    assert f"python -m lucca_procurement.{name}" in out
    assert command(name, "--nonsense")[0] == 2


def test_drift_runs_with_settings_of_environment(command: Command) -> None:
    assert command("drift", "--json", "--pages", "1")[0] == 0
    assert command("drift", "--write", "--yes", "--json")[0] == 0


def test_server_that_is_away_is_one_message(command: Command) -> None:
    code, out = command("purchases", "--url", "http://127.0.0.1:9")
    assert code == 3
    assert "it did not reach the server" in out
