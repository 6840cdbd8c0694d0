"""Imports by the command that are disturbed: restarts, a full disk, another store, another import, kills."""

from __future__ import annotations

import asyncio
import random
import resource
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from pathlib import Path

from attrs import define, field, frozen

from lucca_procurement import LuccaProcurement
from lucca_procurement._wire.settings import host_of
from lucca_procurement.stores import PostgresOrders, SQLiteOrders
from stores.proof.lucca import LATENCY, SEED, SHARE, Counts, SlowLucca, answer, count, count_requests, say
from stores.proof.worker import SETTLE
from support import modules
from support.databases import Server
from support.import_files import row, write_rows
from support.orders import CREATING

PATIENCE = 900.0
"""The most seconds that an import may take to reach a point, or to end."""
AWAY = 3.0
"""The seconds for which PostgreSQL is away when it was stopped."""
FILES = 10
"""The number of attachments in the files that have them. All rows share them."""


@frozen
class Scene:
    """An import that is disturbed."""

    name: str
    orders: int
    play: Callable[[Stage], Awaitable[None]]
    share: float = SHARE
    on_postgres: bool = False
    files: int = 0
    figures: tuple[str, ...] = ()
    """The names of the figures that its text on the page has."""


@define
class Story(Counts):
    """The counts of a scene, and the figures of its text."""

    scene: Scene = field(kw_only=True)
    disturbances: int = 0
    figures: dict[str, float] = field(factory=dict)


class Import:
    """The command in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.lines: list[str] = []
        self._process = process
        self._reading = asyncio.create_task(self._read())

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def has_ended(self) -> bool:
        return self._process.returncode is not None

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, number: signal.Signals) -> None:
        """Send a signal, if the process still runs."""
        if not self.has_ended:
            self._process.send_signal(number)

    async def end(self) -> int:
        """Wait until the process has ended, and return its exit code."""
        async with asyncio.timeout(PATIENCE):
            await self._reading
            return await self._process.wait()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self.lines.append(line.decode().rstrip())


@define
class Stage:
    """The emulator, the folder and the store of one scene."""

    story: Story
    emulator: SlowLucca
    folder: Path
    store: str
    server: Server
    """The PostgreSQL. Only the scenes with `on_postgres` use it."""
    imports: list[Import] = field(factory=list)

    @property
    def path(self) -> Path:
        """The file of the store."""
        return self.folder / self.store

    async def start(self, *options: str) -> Import:
        """Start an import of the file."""
        assert self.emulator.url
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-B", "-m", "lucca_procurement", "import", "orders.csv", "--store", self.store, *options),
            cwd=self.folder,
            env=modules.environment(
                LUCCA_BASE_URL=self.emulator.url,
                LUCCA_API_KEY=self.emulator.key,
                LUCCA_RATE="1000000",
                LUCCA_SETTLE=str(SETTLE),
            ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self.imports.append(Import(process))
        return self.imports[-1]

    async def reach(self, part: float, running: Import) -> None:
        """Wait until a part of the requests that create has arrived."""
        goal = part * self.story.scene.orders * len(CREATING)
        await self.until(lambda: self.emulator.creates >= goal or running.has_ended)
        if running.has_ended:
            self.problem(f"it ended too early: {running.text}")

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition."""
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110 (other processes bring it about)
                await asyncio.sleep(0.01)

    async def ends(self, running: Import, codes: Sequence[int], text: str) -> None:
        """Wait for the end of an import, and note a problem if its exit code or its text is not as expected."""
        code = await running.end()
        if code not in codes or text not in running.text or "Traceback" in running.text:
            self.problem(f"it ended with {code}: {running.text}")

    def problem(self, text: str) -> None:
        self.story.problems.append(text)


DONE = (0, 1)
"""The exit codes of an import that came to its end. With 1, some orders need a person."""
STOPPED = (3,)


async def restart_postgres(stage: Stage) -> None:
    """Restart PostgreSQL twice, and stop it twice without a clean end."""
    running = await stage.start()
    for number, part in enumerate((0.15, 0.35, 0.55, 0.75)):
        await stage.reach(part, running)
        is_hard = number >= 2
        await asyncio.to_thread(stage.server.stop, signal.SIGQUIT if is_hard else signal.SIGINT)
        if is_hard:
            await asyncio.sleep(AWAY)
        await asyncio.to_thread(stage.server.start)
        stage.story.disturbances += 1
    await stage.ends(running, DONE, "submitted")


async def fill_disk(stage: Stage) -> None:
    """Let no file of an import grow beyond the present size of the store, and continue with space."""
    running = await stage.start()
    await stage.reach(0.4, running)
    size = stage.path.stat().st_size
    resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    stage.story.disturbances += 1
    await stage.ends(running, STOPPED, "Stopped: the store orders.sqlite failed: ")
    stage.story.figures["disk_messages"] = sum("store orders.sqlite failed" in each for each in running.lines)
    stage.story.figures["disk_before"] = len(stage.emulator.created())
    await stage.ends(await stage.start(), DONE, "submitted")


async def replace_store(stage: Stage) -> None:
    """Put an older store in the place of a newer one: between two runs, and during a run. Then remove the store."""
    running = await stage.start()
    await stage.reach(0.25, running)
    running.send(signal.SIGTERM)
    await stage.ends(running, STOPPED, "Stopped.")
    older, again = stage.folder / "older.sqlite", stage.folder / "again.sqlite"
    shutil.copyfile(stage.path, older)

    running = await stage.start()
    await stage.reach(0.5, running)
    running.send(signal.SIGTERM)
    await stage.ends(running, STOPPED, "Stopped.")
    shutil.copyfile(older, again)
    stage.story.figures["old_unknown"] = await _unknown(stage, older)
    older.replace(stage.path)

    running = await stage.start()
    await stage.reach(0.65, running)
    again.replace(stage.path)
    await stage.ends(running, STOPPED, "its file was removed or replaced")

    running = await stage.start()
    await stage.reach(0.8, running)
    running.send(signal.SIGTERM)
    await stage.ends(running, STOPPED, "Stopped.")
    stage.story.figures["lost_unknown"] = len(stage.emulator.created())
    stage.path.unlink()
    stage.story.disturbances = 3
    await stage.ends(await stage.start(), DONE, "submitted")


async def _unknown(stage: Stage, path: Path) -> int:
    """Return the number of purchases in Lucca that a store does not know."""
    with closing(sqlite3.connect(path)) as connection:
        known = connection.execute("SELECT count(*) FROM lucca_orders WHERE purchase_id IS NOT NULL").fetchone()[0]
    return len(stage.emulator.created()) - int(known)


async def refuse_second(stage: Stage) -> None:
    """Start a second import on the same SQLite store."""
    running = await stage.start()
    await stage.reach(0.3, running)
    # It must not end before the second one begins.
    running.send(signal.SIGSTOP)
    second = await stage.start()
    stage.story.disturbances += 1
    await stage.ends(second, STOPPED, "another import works on the store")
    running.send(signal.SIGCONT)
    await stage.ends(running, DONE, "submitted")


async def stand_by(stage: Stage) -> None:
    """Let a second import wait, and kill the first."""
    first = await stage.start()
    await stage.reach(0.2, first)
    first.send(signal.SIGSTOP)
    second = await stage.start("--standby")
    await stage.until(lambda: "This one waits until it ends." in second.text or second.has_ended)
    first.send(signal.SIGCONT)
    await stage.reach(0.5, first)
    first.send(signal.SIGKILL)
    killed = time.time()
    stage.story.disturbances += 1
    # The requests that the first one had sent arrive until then.
    await asyncio.sleep(2 * LATENCY)
    before = stage.emulator.creates
    await stage.until(lambda: stage.emulator.creates > before or second.has_ended)
    stage.story.figures["standby_seconds"] = time.time() - killed
    await stage.ends(second, DONE, "submitted")


async def kill_with_files(stage: Stage) -> None:
    """Kill an import five times, each time when each upload that has begun is stored."""
    running = await stage.start()
    for part in (0.1, 0.25, 0.4, 0.55, 0.7):
        await stage.reach(part, running)
        while not await _pause_between_uploads(stage, running):
            running.send(signal.SIGCONT)
            await asyncio.sleep(0.05)
        running.send(signal.SIGKILL)
        await running.end()
        stage.story.disturbances += 1
        running = await stage.start()
    await stage.ends(running, DONE, "submitted")
    uploads = [entry.operation for entry in stage.emulator.log].count("upload_file")
    stage.story.figures["files"] = stage.story.scene.files
    stage.story.figures["uploads"] = uploads
    if uploads != stage.story.scene.files:
        stage.problem(f"{uploads} uploads of {stage.story.scene.files} files")


async def _pause_between_uploads(stage: Stage, running: Import) -> bool:
    """Pause an import, and return True if each file that it uploaded is stored."""
    running.send(signal.SIGSTOP)
    await asyncio.sleep(2 * LATENCY)
    with closing(sqlite3.connect(stage.path)) as connection:
        stored = connection.execute("SELECT count(*) FROM lucca_uploads").fetchone()[0]
    return bool(stored == [entry.operation for entry in stage.emulator.log].count("upload_file"))


SCENES = [
    Scene("PostgreSQL restarted", 400, restart_postgres, on_postgres=True),
    Scene("disk full", 200, fill_disk, figures=("disk_messages", "disk_before")),
    Scene("older store, lost store", 200, replace_store, figures=("old_unknown", "lost_unknown")),
    Scene("second import, SQLite", 100, refuse_second),
    Scene("second import with `--standby`", 200, stand_by, on_postgres=True, figures=("standby_seconds",)),
    # The lost answer to an upload is a case of its own: the file is uploaded again.
    Scene("killed with attachments", 100, kill_with_files, share=0.0, files=FILES, figures=("files", "uploads")),
]


async def play(scene: Scene, server: Server) -> Story:
    """Play a scene, let a person answer, and count."""
    chance = random.Random(f"{SEED} {scene.name}")
    emulator = SlowLucca(chance, scene.share)
    story = Story(scene=scene)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder, scene)
        stage = Stage(story, emulator, folder, server.address if scene.on_postgres else "orders.sqlite", server)
        async with emulator.serve() as url:
            began = time.monotonic()
            try:
                await scene.play(stage)
            except TimeoutError:
                stage.problem(f"not done after {PATIENCE:g} s: {stage.imports[-1].text}")
            finally:
                for each in stage.imports:
                    each.send(signal.SIGKILL)
                    await each.end()
            story.seconds = time.monotonic() - began
            count_requests(emulator, story)
            emulator.faults.share = 0.0
            async with (
                _opened(stage, host_of(url)) as store,
                LuccaProcurement(url, emulator.key, rate=None, settle=SETTLE) as lucca,
            ):
                await answer(lucca, store, emulator, story)
                records = [record async for record in store.records()]
                count(scene.orders, records, emulator, story)
    say(f"done in {story.seconds:.0f} s: {scene.name}")
    return story


def _write(folder: Path, scene: Scene) -> None:
    for number in range(scene.files):
        (folder / f"offer-{number}.pdf").write_bytes(f"offer {number}".encode())
    write_rows(
        folder / "orders.csv",
        (
            row(f"PO-{number:04}", attachments=f"offer-{number % scene.files}.pdf" if scene.files else "")
            for number in range(scene.orders)
        ),
    )


def _opened(stage: Stage, host: str) -> PostgresOrders | SQLiteOrders:
    if stage.story.scene.on_postgres:
        return PostgresOrders(stage.store, host)
    return SQLiteOrders(stage.path, host)


def failures(story: Story) -> list[str]:
    """Return what a scene did not keep."""
    found = list(story.problems)
    if story.duplicates or story.lost:
        found.append(f"{story.duplicates} duplicates, {story.lost} lost")
    return found
