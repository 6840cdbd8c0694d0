"""Imports on a store in PostgreSQL: the same commands, and a second import that takes over."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lucca_procurement.cli._running import _loop_factory
from lucca_procurement.cli._settings import Settings
from lucca_procurement.emulator import Emulator
from support.databases import PostgresServer, Server, serving
from support.example_programs import times, until
from support.import_files import row

from .conftest import Command
from .test_stopping import finished, started, write

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(PostgresServer) as server:
        yield server


def test_commands_work_on_postgres(command: Command, server: Server, lucca_emulator: Emulator) -> None:
    (command.folder / "offer.pdf").write_bytes(b"offer")
    command.write(row("PO-0", attachments="offer.pdf"), row("PO-1", attachments="offer.pdf"))
    for _ in range(2):
        assert command("import", "orders.csv", "--store", server.address)[0] == 0
    assert times(lucca_emulator) == [2, 2, 2]
    assert [entry.operation for entry in lucca_emulator.log].count("upload_file") == 1
    code, out = command("status", "--store", server.address, "--json")
    counts = json.loads(out)["counts"]
    assert (code, counts["submitted"] + counts["approved"]) == (0, 2)
    assert command("decisions", "--store", server.address)[0] == 0


def test_standby_takes_over_from_killed_import(tmp_path: Path, server: Server, lucca_emulator: Emulator) -> None:
    write(tmp_path, 80)
    lucca_emulator.faults.add("create_purchase", "slow", times=1000, seconds=0.8)
    arguments = ("import", "orders.csv", "--store", server.address)
    leader = started(tmp_path, lucca_emulator, *arguments, LUCCA_RATE="1000000")
    until(lambda: times(lucca_emulator)[2] > 3)
    code, out = finished(started(tmp_path, lucca_emulator, *arguments, LUCCA_RATE="1000000"))
    assert (code, "another import of" in out) == (3, True)
    standby = started(tmp_path, lucca_emulator, *arguments, "--standby", LUCCA_RATE="1000000")
    assert standby.stdout
    assert "waits until it ends" in standby.stdout.readline()
    leader.kill()
    finished(leader)
    code, out = finished(standby)
    titles = [purchase["title"] for purchase in lucca_emulator.created()]
    assert len(titles) == len({*titles})
    # At most the requests that were in flight at the kill need a person.
    assert len(titles) >= 72, out
    assert code in (0, 1)


@pytest.mark.parametrize(
    ("store", "name"),
    [
        ("orders.sqlite", "orders.sqlite"),
        ("postgresql://erp:secret@db.example:5432/orders?sslmode=require", "postgresql://db.example:5432/orders"),
        ("host=db.example password=secret dbname=orders", "host=db.example password=... dbname=orders"),
    ],
)
def test_name_of_store_has_no_password(store: str, name: str) -> None:
    assert Settings(store=store).store_name == name


@pytest.mark.parametrize(("platform", "loop"), [("win32", asyncio.SelectorEventLoop), ("linux", None)])
def test_command_uses_the_loop_that_psycopg_needs(monkeypatch: pytest.MonkeyPatch, platform: str, loop: object) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", platform)
        assert _loop_factory() is loop


def test_wrong_database_is_one_message(command: Command) -> None:
    command.write(row("PO-0"))
    code, out = command("import", "orders.csv", "--store", "postgresql://erp:secret@127.0.0.1:9/none")
    assert code == 3
    assert "the store failed" in out
    assert "secret" not in out
