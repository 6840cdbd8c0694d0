"""`lucca-procurement import` on an emulator: checks, progress, faults, rows that are left."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import openpyxl
import pytest

from lucca_procurement import errors
from lucca_procurement._ordering import breaker
from lucca_procurement.cli import _pauses, _report, _sending
from lucca_procurement.cli._lookups import Ready
from lucca_procurement.emulator import Emulator
from lucca_procurement.orders import Orders
from lucca_procurement.stores import Record, SQLiteOrders
from support.example_programs import times, until
from support.import_files import HEADER, row, write_rows

from .conftest import Command


def created(emulator: Emulator) -> list[str]:
    return [purchase["title"] for purchase in emulator.created()]


def reads_only(emulator: Emulator) -> bool:
    return all(entry.method == "GET" for entry in emulator.log)


def test_import_submits_each_row_once(command: Command, lucca_emulator: Emulator) -> None:
    command.write(*(row(f"PO-{number}") for number in range(5)))
    code, out = command("import", "orders.csv")
    assert (code, times(lucca_emulator)) == (0, [5, 5, 5])
    assert "5/5 submitted, 0 left." in out
    assert not (command.folder / "left.csv").exists()
    code, out = command("import", "orders.csv")
    assert (code, times(lucca_emulator)) == (0, [5, 5, 5])
    assert "5/5 submitted (5 of them before this run), 0 left." in out


def test_import_of_workbook_and_subscription(command: Command, lucca_emulator: Emulator) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    names = [*HEADER.split(";")[:5], "amount", "start_date", "first_invoice_date", "every", "duration"]
    sheet.append(names)
    sheet.append([4711, "Licences", 6, 35, 1, 89.9, "2026-12-01", "2026-12-15", "1 month", "12 months"])
    book.save("orders.xlsx")
    assert command("import", "orders.xlsx")[0] == 0
    (purchase,) = lucca_emulator.created()
    assert (purchase["title"], purchase["type"]) == ("[4711] Licences", "Subscription")
    assert str(purchase["commitment"]["amountIncludingTaxesPerPeriod"]["base"]["excludingTaxes"]["value"]) == "89.9"


def test_all_mistakes_are_shown_and_nothing_is_created(command: Command, lucca_emulator: Emulator) -> None:
    command.write(
        row("PO-0"),
        row("PO-1", amount="1.250", cost_date="01/12/2026"),
        row("PO-2", supplier="Amazom"),
        row("PO-3", supplier="999"),
        row("PO-4", vat="17"),
        row("PO-5", vat="0.2"),
        row("PO-6", nature="nothing", cost_center="20"),
        row("PO-0"),
        row("PO-7", attachments="none.pdf"),
        row("PO-8", owner="Nobody Atall"),
        row("PO-9", amount="1,125"),
    )
    code, out = command("import", "orders.csv")
    assert code == 2
    assert reads_only(lucca_emulator)
    found = [line.partition(", ")[2] for line in out.splitlines() if line.startswith("orders.csv, ")]
    assert [each.partition(":")[0] for each in found] == [
        "line 2, reference 'PO-0'",
        "line 3, amount '1.250'",
        "line 3, cost_date '01/12/2026'",
        "line 4, supplier 'Amazom'",
        "line 5, supplier '999'",
        "line 6, vat '17'",
        "line 7, vat '0.2'",
        "line 8, cost_center '20'",
        "line 8, nature 'nothing'",
        "line 9, reference 'PO-0'",
        "line 10, attachments 'none.pdf'",
        "line 11, owner 'Nobody Atall'",
        "line 12, amount '1,125'",
    ]
    assert "Amazon (6)" in found[3]
    assert "20 % Normal" in found[5]
    assert "11 of 11 rows have mistakes. Nothing was sent." in out
    assert not (command.folder / "orders.sqlite").exists() or not created(lucca_emulator)


def test_mistake_of_each_row_is_shown_for_three_of_them(command: Command, lucca_emulator: Emulator) -> None:
    command.write(*(row(f"PO-{number}", cost_date="01/12/2026") for number in range(300)), row("PO-300", vat="0.2"))
    code, out = command("import", "orders.csv")
    assert (code, reads_only(lucca_emulator)) == (2, True)
    lines = [line.partition(", ")[2] for line in out.splitlines() if line.startswith("orders.csv, ")]
    assert [line[:30] for line in lines[:3]] == [f"line {line}, cost_date '01/12/2026'"[:30] for line in (2, 3, 4)]
    assert lines[3] == "lines 5 to 301, cost_date: the same mistake ('01/12/2026')"
    assert lines[4].startswith("line 302, vat '0.2'")
    assert len(lines) == 5
    assert "301 of 301 rows have mistakes." in out


def test_first_line_in_french_is_the_only_mistake(command: Command, lucca_emulator: Emulator) -> None:
    rows = [row(f"PO-{number}") for number in range(300)]
    header = HEADER.replace("title", "titre").replace("amount", "montant")
    (command.folder / "orders.csv").write_text("\n".join([header, *rows]))
    code, out = command("import", "orders.csv")
    assert (code, reads_only(lucca_emulator)) == (2, True)
    assert [line.partition(": ")[0] for line in out.splitlines()] == [
        "orders.csv, line 1, amount",
        "orders.csv, line 1, montant",
        "orders.csv, line 1, title",
        "orders.csv, line 1, titre",
        "Nothing was sent.",
    ]


@pytest.mark.parametrize(
    "column", ["reference", "supplier", "owner", "nature", "cost_center", "establishment", "axis_sections", "amount"]
)
def test_number_of_5000_digits_is_a_mistake_of_its_row(command: Command, lucca_emulator: Emulator, column: str) -> None:
    cells = [*HEADER.split(";"), "axis_sections"]
    values = dict(zip(cells, [*row("PO-0").split(";"), ""], strict=True)) | {column: "9" * 5000}
    (command.folder / "orders.csv").write_text(f"{';'.join(cells)}\n{';'.join(values[cell] for cell in cells)}\n")
    code, out = command("import", "orders.csv")
    assert (code, reads_only(lucca_emulator)) == (2, True)
    assert "orders.csv, line 2" in out
    assert len(out) < 1_000


def test_owner_in_other_digits_is_looked_up_as_a_name(command: Command) -> None:
    command.write(row("PO-0", owner="\u0663\u0665"))
    code, out = command("import", "orders.csv")
    assert code == 2
    assert "no purchase shows this owner" in out


def test_mistakes_are_shown_before_wrong_settings(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LUCCA_API_KEY")
    command.write(row("PO-1", amount="1.250"))
    code, out = command("import", "orders.csv")
    assert code == 2
    assert out.index("amount '1.250'") < out.index("LUCCA_API_KEY")


def test_row_with_mistake_whose_order_was_submitted_from_other_file_says_so(
    command: Command, lucca_emulator: Emulator
) -> None:
    command.write(row("PO-0"), row("PO-1", amount="1.250"), row("PO-2", amount="1.250"), row("PO 3"))
    assert command("import", "orders.csv", "--skip-bad")[0] == 1
    assert [cells[0] for cells in command.left()] == ["PO-1", "PO-2", "PO 3"]
    write_rows(command.folder / "corrected.csv", [row("PO-1", amount="1250.00")])
    assert command("import", "corrected.csv", "--left", "corrected.left.csv")[0] == 0
    code, out = command("import", "orders.csv", "--skip-bad")
    assert (code, len(created(lucca_emulator))) == (1, 2)
    assert "1/4 submitted (1 of them before this run), 3 left." in out
    left = command.left()
    assert [cells[0] for cells in left] == ["PO-1", "PO-2", "PO 3"]
    assert left[0][-1].startswith(
        "the order PO-1 from corrected.csv:2 is submitted already: if this row is that order, remove it; amount"
    )
    assert left[1][-1].startswith("amount")
    assert left[2][-1].startswith("reference 'PO 3': it has a space: use letters")


def test_left_file_with_a_new_column_is_kept(command: Command) -> None:
    header = HEADER.replace(";territory", "")
    lines = [row("PO-0"), row("PO-1")]
    (command.folder / "orders.csv").write_text("\n".join([header, *(line.replace(";FR;", ";") for line in lines)]))
    assert command("import", "orders.csv", "--skip-bad")[0] == 1
    left = command.folder / "left.csv"
    header, *lines = left.read_text(encoding="utf-8-sig").splitlines()
    corrected = "\n".join([f"{header};territory", *(f"{line};FR" for line in lines)])
    left.write_text(corrected, encoding="utf-8-sig")
    code, out = command("import", "orders.csv", "--skip-bad")
    assert code == 1
    assert "left.csv differed from orders.csv. It is left.1.csv now." in out
    assert (command.folder / "left.1.csv").read_text(encoding="utf-8-sig") == corrected


def test_skip_bad_imports_other_rows_and_left_file_is_imported(command: Command, lucca_emulator: Emulator) -> None:
    command.write(row("PO-0"), row("PO-1", amount="1.250"), row("PO-2"))
    code, out = command("import", "orders.csv", "--skip-bad")
    assert (code, sorted(created(lucca_emulator))) == (1, ["[PO-0] Laptop PO-0", "[PO-2] Laptop PO-2"])
    (left,) = command.left()
    assert [left[0], *left[-2:]][:2] == ["PO-1", "skipped"]
    assert "ambiguous" in left[-1]
    path = command.folder / "left.csv"
    path.write_text(path.read_text("utf-8-sig").replace("1.250", "1250.00"), encoding="utf-8-sig")
    code, out = command("import", "left.csv")
    assert (code, len(created(lucca_emulator))) == (0, 3)
    assert "1/1 submitted" in out


def test_dry_run_sends_nothing_and_makes_no_store(command: Command, lucca_emulator: Emulator) -> None:
    command.write(row("PO-0"), row("PO-1"))
    code, out = command("import", "orders.csv", "--dry-run")
    assert code == 0
    assert "2 of 2 rows are right. An import sends 6 requests" in out
    assert reads_only(lucca_emulator)
    assert [path.name for path in command.folder.iterdir()] == ["orders.csv"]


def test_names_are_found_in_lists_and_purchases(command: Command, lucca_emulator: Emulator) -> None:
    command.write(row("PO-0", supplier="amazon", owner="louis leroy", cost_center="403_marketing", vat="20 % normal"))
    assert command("import", "orders.csv")[0] == 0
    (purchase,) = lucca_emulator.created()
    assert [purchase[name]["id"] for name in ("supplier", "owner", "costCenter")] == [6, 35, 3]


def test_checks_of_many_rows_take_a_handful_of_requests(command: Command, lucca_emulator: Emulator) -> None:
    days = [f"2026-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]
    command.write(*(row(f"PO-{number}", invoice_date=day) for number, day in enumerate(days)))
    assert command("import", "orders.csv", "--dry-run")[0] == 0
    assert len(lucca_emulator.log) <= 5


def test_attachment_of_many_rows_and_runs_is_uploaded_once(command: Command, lucca_emulator: Emulator) -> None:
    for name in ("offer.pdf", "terms.pdf"):
        (command.folder / name).write_bytes(name.encode())
    command.write(row("PO-0", attachments="offer.pdf|terms.pdf"), row("PO-1", attachments="offer.pdf"), row("PO-2"))
    for _ in range(2):
        assert command("import", "orders.csv")[0] == 0
    command.write(row("PO-3", attachments="terms.pdf"), name="more.csv")
    assert command("import", "more.csv")[0] == 0
    assert [entry.operation for entry in lucca_emulator.log].count("upload_file") == 2
    attached = {each["title"][1:5]: len(each["commitment"]["attachments"]) for each in lucca_emulator.created()}
    assert attached == {"PO-0": 2, "PO-1": 1, "PO-2": 0, "PO-3": 1}


@pytest.mark.parametrize("is_new", [True, False])
def test_attachments_corrected_after_sending_are_reported(
    command: Command, lucca_emulator: Emulator, is_new: bool
) -> None:
    (command.folder / "offer.pdf").write_bytes(b"one")
    command.write(row("PO-1", attachments="offer.pdf"))
    assert command("import", "orders.csv")[0] == 0
    if is_new:
        (command.folder / "offer.pdf").write_bytes(b"two")
    else:
        command.write(row("PO-1"))
    code, out = command("import", "orders.csv")
    assert (code, times(lucca_emulator)) == (1, [1, 1, 1])
    (left,) = command.left()
    assert (left[0], left[-2]) == ("PO-1", "submitted")
    reason = "attachments has files that were not sent: offer.pdf" if is_new else "attachmentIds is ['"
    assert left[-1].startswith(f"not corrected, because it was already sent: {reason}")
    assert left[-1] in out
    assert [entry.operation for entry in lucca_emulator.log].count("upload_file") == 1


def test_rejected_order_is_left_as_failed(command: Command, lucca_emulator: Emulator) -> None:
    command.write(row("PO-0"), row("PO-1", owner="9999"))
    code, out = command("import", "orders.csv")
    assert code == 1
    (left,) = command.left()
    assert (left[0], left[-2]) == ("PO-1", "failed")
    assert "line 3, PO-1: failed: " in out
    command.write(row("PO-0"), row("PO-1"))
    assert command("import", "orders.csv")[0] == 0
    assert len(created(lucca_emulator)) == 2


def test_correction_of_sent_order_is_reported(command: Command) -> None:
    command.write(row("PO-0"))
    assert command("import", "orders.csv")[0] == 0
    command.write(row("PO-0", amount="99"))
    code, out = command("import", "orders.csv")
    assert code == 1
    assert "not corrected, because it was already sent" in out
    assert command.left()[0][-2] == "submitted"


def test_lost_answer_is_found(command: Command, lucca_emulator: Emulator) -> None:
    lucca_emulator.faults.add("create_purchase", "commit-then-drop", times=1)
    command.write(*(row(f"PO-{number}") for number in range(3)))
    assert command("import", "orders.csv")[0] == 0
    assert len(created(lucca_emulator)) == 3


def test_purchase_in_doubt_needs_a_look_and_is_resolved(command: Command, lucca_emulator: Emulator) -> None:
    lucca_emulator.faults.add("create_purchase", "drop", times=1)
    command.write(row("PO-0"))
    code, out = command("import", "orders.csv")
    assert code == 1
    assert "To decide: lucca-procurement resolve PO-0." in out
    assert "orders.adopt" not in out + command("status")[1] + command.left()[0][-1]
    assert command.left()[0][-2] == "needs_a_look"
    code, out = command("resolve", "PO-0")
    assert (code, "--create-again" in out) == (1, True)
    code, out = command("resolve", "PO-0", "--create-again", "--yes")
    assert (code, len(created(lucca_emulator))) == (0, 1)
    assert command("import", "orders.csv")[0] == 0


@pytest.mark.slow
def test_create_again_after_needs_new_purchase_of_store(command: Command, lucca_emulator: Emulator) -> None:
    lucca_emulator.faults.add("create_purchase", "drop", times=1)
    command.write(row("PO-0"))
    assert command("import", "orders.csv", "--create-again-after", "0.01")[0] == 1
    command.write(row("PO-0"), row("PO-1"))
    code, out = command("import", "orders.csv", "--create-again-after", "0.01")
    assert (code, len(created(lucca_emulator))) == (0, 2)
    assert "PO-0: it was not in Lucca, and was created again" in out


@pytest.mark.slow
def test_create_again_after_leaves_purchase_with_same_content(command: Command, lucca_emulator: Emulator) -> None:
    command.write(row("PO-1", amount="7"))
    assert command("import", "orders.csv")[0] == 0
    lucca_emulator.faults.add("create_purchase", "drop", times=1)
    command.write(row("PO-0", amount="7"))
    assert command("import", "orders.csv")[0] == 1
    with closing(sqlite3.connect("orders.sqlite")) as store, store:
        # Without its record, PO-1 is a purchase of somebody else.
        store.execute("DELETE FROM lucca_orders WHERE key = 'po-1'")
    command.write(row("PO-0", amount="7"), row("PO-2", amount="8"))
    assert command("import", "orders.csv", "--create-again-after", "0.001")[0] == 1
    assert len(created(lucca_emulator)) == 2


def test_revoked_key_stops_import_with_one_message(command: Command, lucca_emulator: Emulator) -> None:
    command.write(*(row(f"PO-{number}") for number in range(200)))

    def revoke() -> None:
        until(lambda: times(lucca_emulator)[2] > 5)
        lucca_emulator.key = "another"

    thread = threading.Thread(target=revoke)
    thread.start()
    code, out = command("import", "orders.csv")
    thread.join()
    assert code == 3
    assert out.count("answered 401") == 1
    assert not (command.folder / "left.csv").exists()
    _, out = command("status", "--json")
    counts = json.loads(out)["counts"]
    assert counts["waiting"] > 100
    assert sum(counts[state] for state in ("waiting", "submitting", "submitted")) == 200


def test_equal_refusals_stop_import(command: Command, lucca_emulator: Emulator) -> None:
    command.write(*(row(f"PO-{number}", owner="9999") for number in range(40)))
    code, out = command("import", "orders.csv")
    assert code == 3
    assert "Stopped: " in out
    assert 5 <= len(command.left()) <= 13
    _, out = command("status", "--json")
    assert json.loads(out)["counts"]["waiting"] >= 27


def test_second_import_on_store_is_refused(command: Command) -> None:
    command.write(row("PO-0"))
    with _lead(Path("orders.sqlite")):
        code, out = command("import", "orders.csv")
    assert code == 3
    assert "another import works on the store" in out
    assert "add --standby" in out
    assert "lead(" not in out


@pytest.mark.slow
def test_standby_takes_over(command: Command, lucca_emulator: Emulator) -> None:
    command.write(row("PO-0"))
    with _lead(Path("orders.sqlite"), seconds=0.7):
        code, out = command("import", "orders.csv", "--standby")
    assert code == 0
    assert "waits until it ends" in out


@contextmanager
def _lead(path: Path, seconds: float = 60) -> Iterator[None]:
    """Hold the lead of a store in a thread for some seconds, or until the block ends."""
    import asyncio

    from lucca_procurement.stores import SQLiteOrders

    held, ended = threading.Event(), threading.Event()

    async def hold() -> None:
        async with SQLiteOrders(path, "127.0.0.1") as store, store.lead():
            held.set()
            await asyncio.to_thread(ended.wait, seconds)

    thread = threading.Thread(target=asyncio.run, args=(hold(),))
    thread.start()
    held.wait()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.mark.slow
@pytest.mark.lucca_emulator(approve="after=0.3")
def test_wait_ends_with_decisions(command: Command) -> None:
    command.write(row("PO-0"), row("PO-1"))
    code, out = command("import", "orders.csv", "--wait")
    assert code == 0
    assert "PO-1: approved" in out


def test_json_of_import_lists_mistakes_and_left_rows(command: Command) -> None:
    command.write(row("PO-0"), row("PO-1", amount="1.250"))
    code, out = command("import", "orders.csv", "--skip-bad", "--json")
    report = json.loads(out[: out.rindex("}") + 1])
    assert code == 1
    assert (report["rows"], report["submitted"]) == (2, 1)
    assert [(each["line"], each["column"]) for each in report["mistakes"]] == [(3, "amount")]
    assert [(each["line"], each["reference"], each["state"]) for each in report["left"]] == [(3, "PO-1", "skipped")]


def test_outage_is_waited_for(command: Command, lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pauses, "FIRST_PAUSE", 0.2)
    # Three answers that are lost at the same time trip the breaker.
    monkeypatch.setattr(breaker, "FIRST_PAUSE", 0.1)
    monkeypatch.setattr(breaker, "LONGEST_PAUSE", 0.2)
    command.write(*(row(f"PO-{number}") for number in range(12)))
    lucca_emulator.faults.add("create_commitment", "503", times=6, retry_after="0")
    assert command("import", "orders.csv")[0] == 0
    assert len(created(lucca_emulator)) == 12


def test_file_without_rows_is_refused(command: Command) -> None:
    command.write()
    code, out = command("import", "orders.csv")
    assert (code, out.strip()) == (2, "orders.csv has no rows. Nothing was sent.")


def test_left_rows_elsewhere_keep_their_attachments(command: Command) -> None:
    (command.folder / "in").mkdir()
    (command.folder / "in" / "offer.pdf").write_bytes(b"x")
    (command.folder / "in" / "orders.csv").write_text(
        f"{HEADER}\n{row('PO-1', amount='1.250', attachments='offer.pdf')}\n"
    )
    assert command("import", "in/orders.csv", "--skip-bad", "--left", "left.csv")[0] == 1
    assert Path(command.left()[0][-3]) == command.folder / "in" / "offer.pdf"


# ---- The other orders of the store


def test_open_orders_of_other_files_are_shown_with_their_command(command: Command) -> None:
    command.write(*(row(f"PO-{number}", owner="9999") for number in range(40)), name="march.csv")
    # Equal rejections stop the import: some orders failed, and the others wait.
    assert command("import", "march.csv", "--left", "march.left.csv")[0] == 3
    counts = json.loads(command("status", "--json")[1])["counts"]
    command.write(row("PO-100"))
    code, out = command("import", "orders.csv", "--left", "april.left.csv")
    line = (
        f"The store has orders that are not in orders.csv: {counts['waiting']} are not submitted yet,"
        f" {counts['failed']} need you. To see them: lucca-procurement status"
    )
    lines = out.splitlines()
    assert (code, lines[0], lines[-2].startswith(line), out.count(line)) == (0, line, True, 2)
    code, out = command("import", "orders.csv", "--left", "april.left.csv", "--json")
    report = json.loads(out[out.index("{") : out.rindex("}") + 1])
    assert (code, report["others"]) == (
        0,
        {"waiting": counts["waiting"], "submitting": 0, "failed": counts["failed"], "needs_a_look": 0},
    )
    _, out = command("status")
    assert re.search(rf" march\.csv +waiting +{counts['waiting']} ", out)


def test_store_of_one_file_is_not_mentioned(command: Command) -> None:
    command.write(row("PO-0", owner="9999"), row("PO-1"))
    for _ in range(2):
        _, out = command("import", "orders.csv", "--store", "other.sqlite")
        assert "The store has orders" not in out
    command.write(row("PO-1"))
    _, out = command("import", "orders.csv", "--store", "other.sqlite", "--left", "none.csv")
    assert "PO-0" not in out
    assert "1 needs you. To see them: lucca-procurement status --store other.sqlite" in out


# ---- The file of the rows that are left


def test_left_file_that_cannot_be_written_ends_with_3_and_the_counts(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    command.write(row("PO-0"), row("PO-1", amount="1.250"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_report, "write_left", full)
    code, out = command("import", "orders.csv", "--skip-bad")
    assert code == 3
    assert "1/2 submitted, 1 left." in out
    assert "left.csv cannot be written: No space left on device" in out


def test_left_file_of_another_import_is_refused_and_kept(command: Command, lucca_emulator: Emulator) -> None:
    command.write(row("MAY-1"), name="left.csv")
    command.write(row("JUNE-1"))
    before = (command.folder / "left.csv").read_bytes()
    code, out = command("import", "orders.csv")
    assert code == 2
    assert "left.csv has rows that are not in orders.csv" in out
    assert (command.folder / "left.csv").read_bytes() == before
    assert lucca_emulator.created() == []
    code, _ = command("import", "orders.csv", "--left", "june.csv")
    assert (code, (command.folder / "left.csv").read_bytes()) == (0, before)


@pytest.mark.parametrize("mends_file", [True, False])
def test_left_file_with_corrections_is_kept_by_import_of_first_file(command: Command, mends_file: bool) -> None:
    command.write(row("A-1"), row("A-2", supplier="Amazom"))
    command("import", "orders.csv", "--skip-bad")
    left = command.folder / "left.csv"
    corrected = left.read_text("utf-8-sig").replace("Amazom", "Amazon")
    left.write_text(corrected, "utf-8-sig")
    if mends_file:
        command.write(row("A-1"), row("A-2", supplier="Zoom"))
    code, out = command("import", "orders.csv", "--skip-bad")
    assert (code, left.exists()) == ((0, False) if mends_file else (1, True))
    assert "left.csv differed from orders.csv. It is " in out
    assert (command.folder / "left.1.csv").read_text("utf-8-sig") == corrected


def test_left_file_that_is_a_workbook_is_refused_and_kept(command: Command, lucca_emulator: Emulator) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(HEADER.split(";"))
    book.active.append(row("PO-0").split(";"))
    book.save("orders.xlsx")
    before = (command.folder / "orders.xlsx").read_bytes()
    code, out = command("import", "orders.xlsx", "--left", "orders.xlsx")
    assert (code, lucca_emulator.log, (command.folder / "orders.xlsx").read_bytes()) == (2, [], before)
    assert "Name a file that ends in .csv" in out


def test_left_file_that_is_corrected_during_its_import_is_kept(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    command.write(row("PO-1"), row("PO-2", owner="9999"), name="left.csv")
    add = _sending.Sending.add

    async def correct(sending: _sending.Sending, ready: Sequence[Ready]) -> None:
        await add(sending, ready)
        command.write(row("PO-2", owner="35"), name="left.csv")

    monkeypatch.setattr(_sending.Sending, "add", correct)
    code, out = command("import", "left.csv")
    assert code == 3
    assert "left.csv cannot be written: it was changed during the import" in out
    assert row("PO-2", owner="35") in (command.folder / "left.csv").read_text()


def test_left_file_in_missing_folder_is_refused_before_sending(command: Command, lucca_emulator: Emulator) -> None:
    command.write(row("PO-1"))
    code, out = command("import", "orders.csv", "--left", "missing/left.csv")
    assert (code, lucca_emulator.created()) == (2, [])
    assert "missing is no folder" in out


def test_import_of_left_file_that_stops_keeps_its_rows(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    command.write(row("PO-1"), row("PO-2"), name="left.csv")
    before = (command.folder / "left.csv").read_bytes()

    async def failing(*_: object) -> None:
        raise errors.StoreFailed("the disk is full")

    monkeypatch.setattr(_sending.Sending, "add", failing)
    code, out = command("import", "left.csv")
    assert (code, (command.folder / "left.csv").read_bytes()) == (3, before)
    assert "Run the same command again" in out


def test_wait_during_outage_continues_and_reports_denial_read_elsewhere(
    command: Command, lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    command.write(row("PO-1"))
    lucca_emulator.tenant.approve_after = None
    refreshed = Orders.refresh
    passes: list[int] = []

    async def read_elsewhere(orders: Orders, store: SQLiteOrders) -> list[Record]:
        passes.append(0)
        if len(passes) == 1:
            raise errors.ServerError("unavailable", status=503)
        if len(passes) == 2:
            lucca_emulator.deny(reference="PO-1")
            await refreshed(orders, store)
        return []

    monkeypatch.setattr(Orders, "refresh", read_elsewhere)
    code, out = command("import", "orders.csv", "--wait")
    assert code == 1
    assert "The decisions cannot be read now: unavailable" in out
    assert "1 denied or cancelled" in out
