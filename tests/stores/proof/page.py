"""The page `docs/imports-proof.md`."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from attrs import frozen

from stores.proof import imports, long_import, signals
from stores.proof.imports import Story
from stores.proof.long_import import Measured
from stores.proof.lucca import FAULTS, LATENCY, SHARE, Counts
from stores.proof.signals import LONGER, Figures
from stores.proof.worker import CONCURRENCY, SETTLE
from support.folders import DOCS

PAGE = DOCS / "imports-proof.md"


@frozen
class Results:
    """All that the proof counted."""

    trials: Sequence[Figures]
    scenes: Sequence[Story]
    long: Measured

    @property
    def failures(self) -> list[str]:
        """What was not kept, with the name of the trial."""
        return [
            *(f"{each.trial.name}: {text}" for each in self.trials for text in signals.failures(each)),
            *(f"{each.trial.name}: no take-over" for each in self.trials if each.blows and not each.take_overs),
            *(f"{each.scene.name}: {text}" for each in self.scenes for text in imports.failures(each)),
            *(f"{self.long.rows} rows: {text}" for text in long_import.failures(self.long)),
        ]


TEXT = """\
# Imports that are killed: the proof

`make imports-proof` ran {orders} orders and wrote this page. A slow test repeats the trials with fewer orders and
signals.

Everything is real but Lucca: processes, signals, HTTP, SQLite and PostgreSQL. Lucca is the [emulator](emulator.md).
Each request takes up to {latency:g} s, and {share:g} % of the requests that reach it meet a fault:
{faults}. The settle time is {settle:g} s.

At the end of each trial, a person answers for each order that needs it: truthfully, after a look in Lucca.

## Workers that are killed and paused

Each worker submits all orders of the store, in the same order as the others, {concurrency} at a time. No lead and no
queue keeps the workers apart: only the versions of the store do. A killed worker is replaced at once. A paused one
(SIGSTOP) continues {shortest:g} to {longest:g} s later, which is longer than the settle time. The others go on.

{signals}

- **Duplicate purchases** are counted on the server, by the references in the titles.
- **Lost orders** are not submitted, or have no purchase, after the person has answered.
- **Orders that need a person**: the worker died or the request failed before the purchase was created. Lucca does not
  have it when the settle time is over, and the import does not create a purchase again by itself.
- **Later steps sent twice**: a commitment or a request for approval that was already there. The emulator refuses each
  of them with 409. Our assumption ([second-commitment](assumptions.md#second-commitment)); Lucca does not document it.
- **Saves that a version stopped**: another worker had stored a newer state. A worker sends no request whose intent it
  could not store.
- **Take-over**: from the signal until another worker saves an order that the worker had in hand. An order with a
  request in doubt waits for the settle time first, and waits again if the next worker is killed, too.
  A worker looks for open orders at the end of its list, so an order that it has passed waits longer.

The last column is the control: the same run on a store in which the last save wins. Without its duplicates, the other
columns would prove nothing.

## The command, disturbed

The command [`lucca-procurement import`](importing.md) imports a file. The columns are different disturbances. The
lists that the command reads to check the file meet no faults: if one fails, the command ends before it creates
anything.

{scenes}

- **PostgreSQL restarted**: {restarts} times in the middle of the import. The first two were a fast shutdown and a
  start. The other two were an immediate shutdown, after which the server has to recover, and a start {away:g} s later.
  The import waited and continued by itself. All {restart_orders} orders are there.
- **Disk full**: in the middle of the import, a limit of the system on the process kept the store from growing. The
  import stopped with exit code 3 and {disk_messages} message about the store. {disk_before} purchases existed by then.
  Without the limit, the same command continued.
- **Older store, lost store**: the store was copied away. {old_unknown} purchases later, the copy was put in its place
  between two runs. Then the same copy was put in its place during a run, which stopped with exit code 3. Then the
  store was removed, when {lost_unknown} purchases existed. Each next run read the whole list, and continued the
  purchases that it found.
- **Second import, SQLite**: it was refused with exit code 3. The first one, which was paused meanwhile, continued.
- **Second import with `--standby`**: on PostgreSQL, it waited. Then the first one was killed. {standby_seconds:.1f} s
  later, the second one sent the next request that creates. It asks for the lead each second, and checks the file
  before it continues.
- **Killed with attachments**: all rows share {files} files, and each kill came when no upload was under way. The
  server got {uploads} uploads. This trial has no faults: after a lost answer, a file is uploaded again.

## 5,000 rows

The command imported {rows:,} rows at {rate:,} requests a minute (`--rate`), without faults, on a server with the same
limit. It took {minutes:.1f} min. It created {purchases:,} purchases for {references:,} references with
{requests:,} requests. The server refused {refused} of them because of its limit.

The import estimates the minutes that are left. The table has the estimate before it is rounded up to whole minutes.

{estimates}

The memory of the process was {memory_begin:.0f} MB in the first quarter of the orders, and {memory_end:.0f} MB in
the last.

At 40 requests a minute, the same import takes 6 hours. A test runs it in simulated time, and its estimates hold to
3 %, too.

## The case that cannot be excluded

A process can be paused between its last check and its send. [Limits](outcome-unknown.md#limits) describes the results.
These runs do not aim at that moment.

A power cut, a network partition and the failover to a replica were not tried. A file system that is full was tried by
hand: an import of 300 orders stopped when 40 purchases existed, and continued with space. 300 purchases, none twice.
"""

Rows = list[tuple[str, Callable[[int], object]]]


def page(results: Results) -> str:
    """Return the text of the page."""
    parts = sum(FAULTS.values())
    figures = {name: value for each in results.scenes for name, value in each.figures.items()}
    long = results.long
    restart = next(each for each in results.scenes if each.scene.play is imports.restart_postgres)
    orders = sum(each.trial.orders for each in results.trials) + sum(each.scene.orders for each in results.scenes)
    return TEXT.format(
        orders=f"{orders + long.rows:,}",
        latency=2 * LATENCY,
        share=100 * SHARE,
        faults=", ".join(f"{name} ({weight} of {parts})" for name, weight in FAULTS.items()),
        settle=SETTLE,
        concurrency=CONCURRENCY,
        shortest=SETTLE + LONGER[0],
        longest=SETTLE + LONGER[1],
        signals=_signals(results.trials),
        scenes=_scenes(results.scenes),
        restarts=restart.disturbances,
        restart_orders=restart.scene.orders,
        away=imports.AWAY,
        **figures,
        rows=long.rows,
        rate=long.rate,
        minutes=long.seconds / 60,
        purchases=long.purchases,
        references=long.references,
        requests=long.requests,
        refused=long.refused,
        estimates=_estimates(long),
        memory_begin=long.memory(0.0, 0.25),
        memory_end=long.memory(0.75, 1.0),
    )


def _signals(trials: Sequence[Figures]) -> str:
    rows: Rows = [
        ("orders", lambda at: trials[at].trial.orders),
        ("kills or pauses", lambda at: trials[at].blows),
        *_counted(trials),
        (
            "saves that a version stopped",
            lambda at: "none can be" if trials[at].trial.is_control else trials[at].stopped,
        ),
        ("take-overs", lambda at: len(trials[at].take_overs)),
        ("half of the take-overs took up to", lambda at: _seconds(statistics.median, trials[at].take_overs)),
        ("the longest take-over", lambda at: _seconds(max, trials[at].take_overs)),
        ("the run took", lambda at: f"{trials[at].seconds:.0f} s"),
    ]
    return _table([each.trial.name for each in trials], rows)


def _scenes(scenes: Sequence[Story]) -> str:
    rows: Rows = [
        ("orders", lambda at: scenes[at].scene.orders),
        ("disturbances", lambda at: scenes[at].disturbances),
        *_counted(scenes),
        ("the run took", lambda at: f"{scenes[at].seconds:.0f} s"),
    ]
    return _table([each.scene.name for each in scenes], rows)


def _counted(counts: Sequence[Counts]) -> Rows:
    return [
        ("**duplicate purchases**", lambda at: f"**{counts[at].duplicates}**"),
        ("**lost orders**", lambda at: f"**{counts[at].lost}**"),
        ("orders that need a person", lambda at: counts[at].persons),
        ("later steps sent twice, and refused", lambda at: counts[at].sent_twice),
        ("requests", lambda at: f"{counts[at].requests:,}"),
        ("requests that only read", lambda at: f"{counts[at].reads:,}"),
    ]


def _estimates(long: Measured) -> str:
    found = long.estimates
    rows: Rows = [
        ("estimate", lambda at: f"{found[at][1].minutes:.2f} min"),
        ("it really took", lambda at: f"{found[at][2]:.2f} min"),
        ("difference", lambda at: f"{abs(found[at][1].minutes / found[at][2] - 1):.1%}".replace("%", " %")),
    ]
    return _table([f"{percent} % submitted" for percent, _, _ in found], rows)


def _seconds(of: Callable[[list[float]], float], values: list[float]) -> str:
    return f"{of(values):.1f} s" if values else "none"


def _table(columns: Sequence[str], rows: Rows) -> str:
    lines = [
        f"| | {' | '.join(columns)} |",
        "|---" * (len(columns) + 1) + "|",
        *(f"| {name} | {' | '.join(str(shown(at)) for at in range(len(columns)))} |" for name, shown in rows),
    ]
    return "\n".join(lines)
