"""Planted defects of the stores, and of the calls that use a store. The world of imports finds them."""

from __future__ import annotations

from lucca_procurement._ordering import holders, records
from lucca_procurement._ordering.breaker import Breaker
from lucca_procurement._ordering.refresh import Refresh
from lucca_procurement._ordering.stored import StoredOrder
from lucca_procurement._ordering.submission import Submission
from lucca_procurement.stores import PostgresOrders, _table

from .mutants_of_orders import intent_is_stored_before_the_turn
from .planting import Change, edit, found_by, replaced

# The versions.


@found_by(4, "imports")
def versions_are_ignored() -> list[Change]:
    """A save replaces the record, whatever its version: the control, in which the last save wins."""
    return [replaced(_table, "_UPDATE", " AND version = :version", "")]


@found_by(0, "imports")
def order_that_is_added_begins_again() -> list[Change]:
    """An order that is added a second time replaces the record of the first one."""
    again = "ON CONFLICT (host, key) DO UPDATE SET version = 1, state = excluded.state, stored = excluded.stored"
    return [replaced(_table, "_INSERT", "ON CONFLICT DO NOTHING", again)]


@found_by(4, "imports")
def superseded_is_swallowed() -> list[Change]:
    """A save that a newer version stops takes the newer version, and the order goes on."""
    replace = "self.record = await self.store.replace(self.record, order, note, needs)"
    load = "self.record = await self._store.load(order.reference)"
    return [edit(StoredOrder._write, (replace, f"try:\n        {replace}\n    except Superseded:\n        {load}"))]


@found_by(0, "imports")
def import_stores_intent_before_the_turn() -> list[Change]:
    """The intent is in the store, and then the request waits for its turn: another machine takes over meanwhile."""
    return intent_is_stored_before_the_turn()


@found_by(95, "imports")
def lost_connection_does_not_ask() -> list[Change]:
    """A statement whose connection was lost is sent again, though it was done."""
    return [edit(PostgresOrders._execute, ("if lost and done else []", "if False else []"))]


@found_by(9, "imports")
def lead_is_not_taken_again() -> list[Change]:
    """An import that lost its connection goes on without the lead."""
    return [edit(PostgresOrders._connected, ("if self._leads:", "if False:"))]


# A lost or old store.


@found_by(18, "imports")
def lost_store_is_trusted() -> list[Change]:
    """The whole list is not read before the first order without an intent is created."""
    return [edit(Submission.recover, ("self._order.step is Step.PURCHASE and self._census is not None", "False"))]


@found_by(102, "imports")
def newest_of_several_is_taken_over() -> list[Change]:
    """Of several purchases that carry the reference of a lost order, the newest is taken over."""
    return [
        edit(
            Submission._take_over,
            ("order, purchases[0])", "order, purchases[-1])"),
            ("if len(ids) == 1 and not differences", "if not differences"),
            ("found(purchases[0])", "found(purchases[-1])"),
        )
    ]


@found_by(1, "imports")
def any_purchase_is_taken_over() -> list[Change]:
    """A purchase that carries the reference of a lost order is taken over, whatever its content."""
    return [edit(holders.objections, ("return found", "return []"))]


@found_by(650, "imports")
def old_intent_is_believed() -> list[Change]:
    """The commitment of a purchase that an old copy of the store left in doubt is not looked for."""
    return [edit(Submission._settle, ("if error is None and order.step is Step.COMMITMENT:", "if False:"))]


# The states.


@found_by(0, "imports")
def doubt_counts_as_waiting() -> list[Change]:
    """An order whose purchase is in doubt is `waiting`."""
    return [edit(records.state_of, ("order.pending is not None or ", ""))]


@found_by(0, "imports")
def need_is_not_stored() -> list[Change]:
    """An order that needs a person or a correction is `submitting` or `waiting`."""
    return [edit(records.state_of, ("if needs in _STOPPED:", "if False:"))]


@found_by(0, "imports")
def order_is_submitted_too_early() -> list[Change]:
    """An order is `submitted` before its approval is requested."""
    return [edit(records.state_of, ("order.step is Step.SUBMITTED", "order.step in (Step.REQUEST, Step.SUBMITTED)"))]


@found_by(0, "imports")
def decision_is_not_a_state() -> list[Change]:
    """An order with a decision stays `submitted`."""
    return [edit(records.state_of, ("if order.decision is not None:", "if False:"))]


# Corrections.


@found_by(0, "imports")
def late_correction_is_dropped() -> list[Change]:
    """A correction of something that was sent is dropped, and nobody is told."""
    return [edit(records.corrected, ("differences += found", "pass"))]


@found_by(0, "imports")
def late_correction_is_not_noted() -> list[Change]:
    """The record does not name a correction that came too late."""
    return [edit(StoredOrder.__init__, ("self._late = late", 'self._late = ""'))]


@found_by(0, "imports")
def late_correction_is_stored() -> list[Change]:
    """A correction of a purchase in doubt is stored, though the first purchase was sent."""
    return [edit(records.corrected, ("stored.step is not Step.PURCHASE or stored.pending is not None", "False"))]


# Decisions.


@found_by(185, "imports")
def failed_pass_is_forgotten() -> list[Change]:
    """The decisions that a pass stored before it failed are not returned."""
    return [edit(Refresh.run, ("self._decided.of(store).extend(decided)", "pass"))]


@found_by(185, "imports")
def saves_beside_a_failed_one_are_forgotten() -> list[Change]:
    """The decisions that a pass stored while another save failed are not returned."""
    return [edit(Refresh._in_the_list, ("return_exceptions=True", "return_exceptions=False"))]


# An outage.


@found_by(139, "imports")
def import_meets_outage_without_breaker() -> list[Change]:
    """An import sends creates in an outage as at any time."""
    return [edit(Breaker.admit, ("with self._lock:", "return 0.0\n    with self._lock:"))]
