"""Facts that must be true of the records of a store. They are checked at each write."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from attrs import define, field, frozen

from lucca_procurement import Order, Step
from lucca_procurement.stores import Record, State

from .database import Connection, Database
from .invariants import Invariants
from .machines import Process
from .wanted import Wanted

__all__ = ("Ledger",)

STEPS = (Step.PURCHASE, Step.COMMITMENT, Step.REQUEST, Step.SUBMITTED)
DECIDED = (State.APPROVED, State.DENIED, State.CANCELLED)


@frozen
class Entry:
    """A record as the table holds it."""

    version: int
    state: State
    note: str
    order: Order


@define(eq=False)
class Ledger:
    """Watches a database, and compares each record with its earlier versions and with Lucca."""

    database: Database
    invariants: Invariants
    lost: bool = False
    """True if the store was lost, or replaced by an older copy."""
    alone: bool = False
    """True if one process at a time works on the store, and knows the fate of each of its statements."""
    leads: set[Process] = field(factory=set)
    """The processes that are inside of a block that holds the lead."""
    _decided: dict[Process, set[str]] = field(factory=dict)
    """The orders whose decisions a process has stored, as far as it knows."""
    _deciders: dict[str, Process] = field(factory=dict)
    """The process that has stored the decision on an order."""
    _entries: dict[str, Entry] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.database.written.append(self._written)
        self.database.answered.append(self._answered)
        self.database.superseded.append(self._superseded)

    def forget(self) -> None:
        """Forget the records, because the store was lost."""
        self.lost = True
        self._deciders.clear()
        self._entries = {key: self._read(key) for (key,) in self._rows("SELECT key FROM lucca_orders")}

    def entry(self, key: str) -> Entry | None:
        """Return the record of an order as the table holds it."""
        return self._entries.get(key)

    # While the run goes on.

    def _written(self, connection: Connection, key: str, began: float) -> None:
        process, before = connection.process, self._entries.get(key)
        self._check_all_there(key)
        entry = self._entries[key] = self._read(key)
        order = entry.order
        process.note(f"stores {key} as {entry.version}, {entry.state}: {order.step}, purchase {order.purchase_id}")
        leader = self.database.leader
        if process in self.leads and leader is not None and leader.process is not process:
            self._violate(f"{process.name} stores {key} while another process has the lead")
        if entry.state in DECIDED and (before is None or before.state not in DECIDED):
            self._deciders[key] = process
        if before is None:
            if entry.version != 1:
                self._violate(f"the first version of {key} is {entry.version}")
        else:
            self.invariants.store(process, order, began)
            self._check_progress(key, before, entry)
        if key not in self.invariants.crossed_orders and not self.invariants.is_late(key):
            self._check_state(key, entry)

    def _answered(self, connection: Connection, key: str) -> None:
        if self._deciders.get(key) is connection.process:
            self._decided.setdefault(connection.process, set()).add(key)

    def _superseded(self, connection: Connection, key: str) -> None:
        self.invariants.story.count("store: saves that a newer version stopped")
        if self.alone:
            self._violate(f"{connection.process.name} is superseded in {key}, and nobody else has stored it")

    def _check_all_there(self, written: str) -> None:
        versions: dict[str, int] = dict(self._rows("SELECT key, version FROM lucca_orders"))
        for key, entry in self._entries.items():
            if key not in versions:
                self._violate(f"the record of {key} is lost")
            elif key != written and versions[key] != entry.version:
                self._violate(f"a save of {written} changes the record of {key}")

    def _check_progress(self, key: str, before: Entry, after: Entry) -> None:
        if after.version != before.version + 1:
            self._violate(f"version {before.version} of {key} is followed by {after.version}")
        if STEPS.index(after.order.step) < STEPS.index(before.order.step):
            self._violate(f"{key} goes back from {before.order.step} to {after.order.step}")
        for name in ("purchase_id", "commitment_id"):
            known = getattr(before.order, name)
            if known is not None and getattr(after.order, name) != known:
                self._violate(f"the stored {name} of {key} changes from {known}")
        if before.order.decision not in (None, after.order.decision):
            self._violate(f"the stored decision on {key} changes from {before.order.decision}")

    def _check_state(self, key: str, entry: Entry) -> None:
        """Check that a state is not further than Lucca, and not behind what the order knows."""
        order, own = entry.order, self.invariants.purchases_of(key)
        in_doubt = order.pending is not None
        match entry.state:
            case State.WAITING:
                if in_doubt or order.purchase_id is not None or (own and not self.lost):
                    self._violate(f"{key} is waiting, and a request of it was sent")
            case State.SUBMITTING:
                if not in_doubt and order.purchase_id is None:
                    self._violate(f"{key} is submitting, and no request of it was sent")
            case State.SUBMITTED | State.APPROVED | State.DENIED | State.CANCELLED:
                self.invariants.check_submitted(order)
                self._check_content(key, order)
        if (order.step is Step.SUBMITTED) != (entry.state in (State.SUBMITTED, *DECIDED)):
            self._violate(f"{key} is {entry.state} at step {order.step}")
        if entry.state in DECIDED:
            self.check_decision(key, entry.state)

    def _check_content(self, key: str, order: Order) -> None:
        """Check that Lucca has the content that the store says was ordered."""
        purchase = self.invariants.lucca.purchases.get(order.purchase_id or 0)
        if purchase is None or not purchase.commitments or purchase.commitments[-1].edited is not None:
            return
        if purchase.body["departmentId"] != order.purchase.department_id:
            self._violate(f"the stored purchase of {key} is not the one that was sent")
        sent = Wanted(order.reference, {}, json.loads(order.commitment.to_json()))
        if not sent.is_amount_of(purchase.commitments[-1].body):
            self._violate(f"the stored commitment of {key} is not the one that was sent")

    def check_decision(self, key: str, state: State) -> None:
        """Check that a decision is true in Lucca."""
        own = self.invariants.purchases_of(key)
        states = [{purchase.state, *(each.state for each in purchase.commitments)} for purchase in own]
        true = {State.APPROVED: {"Provisioned", "Ongoing", "Closed"}, State.DENIED: {"Denied"}}
        if not any(found & true.get(state, {"Cancelled", "Closed"}) for found in states):
            self._violate(f"{key} is {state} in the store, and {states} in Lucca")

    def check_returned(self, given: Order, record: Record) -> None:
        """Check that a record has the parts of the order that was passed, or names those that it does not have."""
        names = ("purchase", "commitment")
        same = all(getattr(given, name).to_dict() == getattr(record.order, name).to_dict() for name in names)
        if not same and not record.differences:
            self._violate(f"a correction of {given.key} is dropped, and nobody is told")
        if record.differences and "not corrected" not in record.note:
            self._violate(f"the note of {given.key} does not name the correction that came too late")

    def check_refreshed(self, process: Process, returned: Iterable[str]) -> None:
        """Check that the passes of a process have returned each decision that they have stored."""
        if missing := self._decided.get(process, set()).difference(returned):
            self._violate(f"{process.name} has stored decisions on {sorted(missing)}, and no pass has returned them")

    def check_stopped(self, key: str, version: int, needs: str, *, for_all: bool) -> None:
        """Check the state of an order that stopped, unless somebody has stored it since."""
        entry = self._entries.get(key)
        if entry is None or entry.version != version or entry.order.decision is not None:
            return
        wanted = {"person": State.NEEDS_A_LOOK, "correction": State.FAILED}.get("time" if for_all else needs)
        if wanted is not None and entry.state is not wanted:
            self._violate(f"{key} needs {needs}, and is {entry.state}")
        if wanted is None and entry.state in (State.NEEDS_A_LOOK, State.FAILED):
            self._violate(f"{key} needs time, and is {entry.state}")
        if not entry.note:
            self._violate(f"{key} stopped, and its note is empty")

    def _read(self, key: str) -> Entry:
        columns = "version, state, note, stored"
        [(version, state, note, stored)] = self._rows(f"SELECT {columns} FROM lucca_orders WHERE key = ?", key)
        return Entry(version, State(state), note, Order.from_json(stored))

    def _rows(self, query: str, *values: str) -> list[Any]:
        return self.database.engine.execute(query, values).fetchall()

    def _violate(self, what: str) -> None:
        self.invariants.violate(what)
