"""What only the SQLite store promises: group commit, readers, files, a full disk."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import sqlite3
import stat
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from lucca_procurement import errors
from lucca_procurement.stores import SQLiteOrders, State, _sqlite
from stores.kinds import HOST
from support.orders import sample_order


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.sqlite"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SQLiteOrders]:
    async with SQLiteOrders(path, host=HOST) as store:
        yield store


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """Hold the write lock of a store, as a process in the middle of a save does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("ROLLBACK")


async def test_saves_that_wait_share_one_transaction(store: SQLiteOrders, path: Path) -> None:
    records = [await store.add(sample_order(f"PO-{number}")) for number in range(40)]
    with closing(sqlite3.connect(path)) as beside:
        version = beside.execute("PRAGMA data_version").fetchone()
        with writing(path):
            first = asyncio.create_task(store.replace(records[0], records[0].order))
            await asyncio.sleep(0.1)
            others = [asyncio.create_task(store.replace(each, each.order)) for each in records[1:]]
            await asyncio.sleep(0.1)
            assert not any(task.done() for task in (first, *others))
        await asyncio.gather(first, *others)
        assert beside.execute("PRAGMA data_version").fetchone() != version
    with closing(sqlite3.connect(path)) as beside:
        times = beside.execute("SELECT count(*) FROM lucca_orders WHERE version = 2").fetchone()
    assert times == (40,)


async def test_job_that_fails_does_not_fail_the_others(store: SQLiteOrders, path: Path) -> None:
    first = await store.add(sample_order("PO-0"))
    with writing(path):
        held = asyncio.create_task(store.replace(first, first.order))
        await asyncio.sleep(0.1)
        good, bad = (
            asyncio.create_task(store.add(sample_order(f"PO-{number}", purchase_id=id)))
            for number, id in ((1, 17), (2, 2**70))
        )
        await asyncio.sleep(0.1)
    assert (await held).version == 2
    assert (await good).state is State.SUBMITTING
    with pytest.raises(errors.StoreFailed):
        await bad
    assert await store.load("PO-2") is None


async def test_cancelled_save_is_not_done_if_it_still_waits(store: SQLiteOrders, path: Path) -> None:
    record = await store.add(sample_order())
    with writing(path):
        held = asyncio.create_task(store.add(sample_order("PO-2")))
        await asyncio.sleep(0.1)
        waiting = asyncio.create_task(store.replace(record, record.order, "never"))
        await asyncio.sleep(0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    await held
    assert await store.load("PO-1") == record


async def test_event_loop_runs_while_a_save_waits(store: SQLiteOrders, path: Path) -> None:
    record = await store.add(sample_order())
    with writing(path):
        saving = asyncio.create_task(store.replace(record, record.order))
        loop = asyncio.get_running_loop()
        longest, last = 0.0, loop.time()
        for _ in range(30):
            await asyncio.sleep(0.01)
            longest, last = max(longest, loop.time() - last), loop.time()
        assert not saving.done()
    await saving
    assert longest < 0.3


async def test_readers_are_never_blocked(store: SQLiteOrders, path: Path) -> None:
    await store.add(sample_order())
    async with store.lead():
        with writing(path), closing(sqlite3.connect(path, timeout=0)) as reader:
            assert reader.execute("SELECT count(*) FROM lucca_orders").fetchone() == (1,)
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM lucca_orders").fetchone()
            assert await store.add(sample_order("PO-2"))


async def test_save_that_waits_too_long_raises_store_failed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sqlite, "PATIENCE", 0.1)
    async with SQLiteOrders(path, host=HOST) as store:
        record = await store.add(sample_order())
        with writing(path), pytest.raises(errors.StoreFailed, match="locked"):
            await store.replace(record, record.order)
        assert (await store.replace(record, record.order)).version == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
async def test_files_are_readable_by_their_owner_only(store: SQLiteOrders, path: Path) -> None:
    async with store.lead():
        await store.add(sample_order())
        files = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert files == dict.fromkeys([path.name, *(f"{path.name}{end}" for end in ("-wal", "-shm", ".lead"))], 0o600)


async def test_save_is_synchronous_and_in_wal_mode(store: SQLiteOrders) -> None:
    connection = store._opened()
    try:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    finally:
        connection.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
async def test_full_disk_raises_store_failed_and_keeps_what_was_stored(store: SQLiteOrders, path: Path) -> None:
    record = await store.add(sample_order())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
    stored = [record.reference]
    try:
        with suppress(errors.StoreFailed):
            for number in range(2, 500):
                stored.append((await store.add(sample_order(f"PO-{number}"))).reference)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert 1 < len(stored) < 499
    assert await store.load(stored[-1])
    assert (await store.replace(record, record.order)).version == 2
    assert [record.reference async for record in store.records()] == stored


@pytest.mark.parametrize("content", [b"no database at all, but text that is long enough", b"\x00" * 4096])
def test_file_that_is_no_store_is_refused_and_kept(path: Path, content: bytes) -> None:
    async def load() -> None:
        async with SQLiteOrders(path, host=HOST) as store:
            await store.load("PO-1")

    path.write_bytes(content)
    with pytest.raises(errors.ConfigurationError, match=f"the store {path} is another kind of file"):
        asyncio.run(load())
    assert path.read_bytes() == content


async def failures(path: Path) -> list[errors.ProcurementError]:
    """Return the errors of the two ways to use a store at a path."""
    async with SQLiteOrders(path, host=HOST) as store:
        with pytest.raises(errors.ProcurementError) as added:
            await store.add(sample_order())
        with pytest.raises(errors.ProcurementError) as led:
            async with store.lead():
                pass
    return [added.value, led.value]


async def test_folder_is_refused_as_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path, Path()):
        for error in await failures(path):
            assert isinstance(error, errors.ConfigurationError)
            assert error.reason == f"the store {path} is a folder: pass a file, such as {path / 'orders.sqlite'}"
    assert list(tmp_path.parent.glob("*.lead")) == []


async def test_path_without_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    for error in await failures(folder / "orders.sqlite"):
        assert isinstance(error, errors.ConfigurationError)
        assert f"the store {folder / 'orders.sqlite'} has no folder: make the folder {folder}" in str(error)


async def test_device_is_refused_as_a_store() -> None:
    for error in await failures(Path(os.devnull)):
        assert isinstance(error, errors.ConfigurationError)
        assert f"the store {os.devnull} is no file" in str(error)


async def test_database_of_another_program_is_refused_and_kept(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE places (id INTEGER)")
        connection.execute("PRAGMA user_version = 1")
    before = await asyncio.to_thread(path.read_bytes)
    async with SQLiteOrders(path, host=HOST) as store:
        with pytest.raises(errors.ConfigurationError, match=f"the store {path} is the database of another program"):
            await store.counts()
    assert await asyncio.to_thread(path.read_bytes) == before


@pytest.fixture
def foreign_folder() -> Iterator[Path]:
    """A folder with a store. The process may read both, and write to neither."""
    if sys.platform == "win32":
        pytest.skip("Windows has no such modes")
    # Not in tmp_path, which another user cannot read.
    folder = Path(tempfile.mkdtemp(prefix="lucca-"))
    user = os.geteuid()
    try:
        path = folder / "orders.sqlite"

        async def make() -> None:
            async with SQLiteOrders(path, host=HOST) as store:
                await store.add(sample_order())

        asyncio.run(make())
        path.chmod(0o444)
        folder.chmod(0o555)
        if user == 0:
            os.seteuid(65_534)
        yield folder
    finally:
        os.seteuid(user)
        folder.chmod(0o700)
        shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["orders.sqlite", "new.sqlite"])
def test_store_that_cannot_be_written_raises_store_failed(foreign_folder: Path, name: str) -> None:
    path = foreign_folder / name
    for error in asyncio.run(failures(path)):
        assert isinstance(error, errors.StoreFailed)
        assert error.reason.startswith(f"the store {path} cannot be opened: ")
        assert "This user must be able to write to the file and to its folder." in str(error)


async def test_order_that_cannot_be_read_raises_store_failed(store: SQLiteOrders, path: Path) -> None:
    await store.add(sample_order())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE lucca_orders SET stored = '{}'")
    with pytest.raises(errors.StoreFailed, match="cannot be read"):
        await store.load("PO-1")


async def test_close_ends_the_thread_after_the_saves(path: Path) -> None:
    store = SQLiteOrders(path, host=HOST)
    saves = [asyncio.create_task(store.add(sample_order(f"PO-{number}"))) for number in range(20)]
    await asyncio.sleep(0)
    await store.aclose()
    assert len(await asyncio.gather(*saves)) == 20
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("lucca orders")]


@pytest.mark.parametrize("is_replaced", [True, False])
async def test_store_whose_file_is_removed_saves_nothing(path: Path, store: SQLiteOrders, is_replaced: bool) -> None:
    await store.add(sample_order("PO-1"))
    await asyncio.to_thread(path.unlink)
    if is_replaced:
        await asyncio.to_thread(path.touch)
    with pytest.raises(errors.StoreFailed, match="its file was removed or replaced"):
        await store.add(sample_order("PO-2"))


async def test_lead_holds_for_link_to_store(path: Path, store: SQLiteOrders) -> None:
    link = path.with_name("link.sqlite")
    link.symlink_to(path)
    async with store.lead(), SQLiteOrders(link, host=HOST) as other:
        with pytest.raises(errors.StoreInUse):
            async with other.lead():
                pass
