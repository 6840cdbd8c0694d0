"""Planted defects of `submit`, `submit_many`, `wait` and `cancel`. The world of orders finds them."""

from __future__ import annotations

from lucca_procurement._ordering import compare, grace, listing, lookup
from lucca_procurement._ordering.breaker import Breaker
from lucca_procurement._ordering.decisions import until_decided
from lucca_procurement._ordering.listing import _Reading
from lucca_procurement._ordering.lookup import Lookup
from lucca_procurement._ordering.registry import Registry
from lucca_procurement._ordering.submission import Submission
from lucca_procurement._wire import retry
from lucca_procurement._wire.gate import Gate, Pace
from lucca_procurement._wire.session import Call
from lucca_procurement.orders import Orders, _Batch
from lucca_procurement.pages import Route

from .planting import Change, edit, found_by

# The outcomes of requests.


@found_by(130)
def unavailable_with_retry_after_is_throttled() -> list[Change]:
    """A 503 with `Retry-After` counts as nothing done."""
    return [edit(retry.outcome, ("facts.status in THROTTLED", "facts.status in THROTTLED or facts.retry_after"))]


@found_by(72)
def request_timeout_is_rejection() -> list[Change]:
    """A 408 counts as nothing done."""
    return [edit(retry.outcome, ("facts.status in _REJECTED", "facts.status in (*_REJECTED, 408)"))]


@found_by(4)
def lost_answer_is_never_sent() -> list[Change]:
    """A connection that is lost after the request left counts as never sent."""
    return [edit(retry.outcome, ("Outcome.UNKNOWN if facts.sent else Outcome.NEVER_SENT", "Outcome.NEVER_SENT"))]


@found_by(0)
def pending_is_cleared_when_outcome_is_unknown() -> list[Change]:
    """A step whose outcome is unknown counts as not taken."""
    return [
        edit(
            Submission._process,
            (
                "self._note_pending(accepted=error.accepted)\n        await self.store()\n        self._in_flight",
                "order.pending = None\n        await self.store()\n        raise\n        self._in_flight",
            ),
        )
    ]


@found_by(2329)
def pending_is_cleared_by_cancellation() -> list[Change]:
    """A cancellation in the middle of a request counts as not sent."""
    return [edit(Submission._process, ("if call.may_have_left:", "if False:"))]


# Whose purchase, and whose commitment.


@found_by(31)
def reference_anywhere_in_title() -> list[Change]:
    """A title carries a reference that it merely mentions."""
    return [
        edit(compare.carries, ("reference.lower() == (", "reference.lower() in str(title).lower() or bool(0) and ("))
    ]


@found_by(31)
def reference_by_prefix() -> list[Change]:
    """ERP-10 is taken for ERP-1."""
    return [
        edit(
            compare.carries,
            ("return reference.lower() == (", "return front.startswith(reference.lower()) or None == ("),
        )
    ]


@found_by(0)
def reference_by_case() -> list[Change]:
    """A reference in upper case is another one."""
    return [edit(compare.references_of, (".casefold()", ""))]


@found_by(23)
def purchase_taken_by_resemblance() -> list[Change]:
    """The only purchase of the same content is taken, though its title does not carry the reference."""
    return [
        edit(
            compare.match,
            (
                "return Match(carrying=carrying, alike=",
                "alike = list(alike)\n    if len(alike) == 1 and not carrying:\n"
                "        return Match(own=alike[0])\n    return Match(carrying=carrying, alike=",
            ),
        )
    ]


@found_by(400)
def older_purchase_is_taken() -> list[Change]:
    """A purchase that is older than the request is taken as the one that the request created."""
    return [edit(compare.match, ("not window.starts_after(carrying[0]) and ", ""))]


@found_by(193)
def contradicting_purchase_is_taken() -> list[Change]:
    """A purchase that carries the reference is taken, whatever its content."""
    return [edit(compare.match, (" and not purchase_differences(order, carrying[0])", ""))]


@found_by(55)
def first_of_several_purchases_is_taken() -> list[Change]:
    """Of several purchases that carry the reference, the first is taken."""
    return [edit(compare.match, ("len(carrying) == 1", "carrying"))]


@found_by(62)
def commitment_is_not_compared() -> list[Change]:
    """Any commitment of the order's purchase is taken as the order's own."""
    return [edit(compare.commitment_differences, ("return (*_differences(pairs), *amounts)", "return ()"))]


@found_by(162)
def currency_is_not_compared() -> list[Change]:
    """A commitment over the same number in another currency is taken as the order's own."""
    return [edit(compare._is_amount, ("found_currency == currency and ", ""))]


@found_by(579)
def kind_is_not_compared() -> list[Change]:
    """A commitment of another kind, which shows no amount of the order's kind, is taken as the order's own."""
    return [
        edit(
            compare.commitment_differences,
            (
                "isinstance(commitment, OneTimeCommitment):\n",
                "isinstance(commitment, OneTimeCommitment):\n            return ()\n",
            ),
            (
                "isinstance(commitment, SubscriptionCommitment):\n",
                "isinstance(commitment, SubscriptionCommitment):\n            return ()\n",
            ),
        )
    ]


@found_by(262)
def third_step_is_resumed_without_look() -> list[Change]:
    """Approval is requested for the commitment of a resumed order, though somebody may have edited it."""
    return [edit(Submission._run, ("order.step in (Step.COMMITMENT, Step.REQUEST)", "order.step is Step.COMMITMENT"))]


@found_by(80)
def id_of_another_order_is_accepted() -> list[Change]:
    """The server's answer with the id of another order's object is accepted."""
    return [edit(Registry.holder, ("return None if key == order.key else key", "return None"))]


# Reading the list.


def _no_final_reading() -> Change:
    return edit(
        Lookup._in_the_list,
        ("if settled and matched.own is None and not listing.whole", "if False"),
        ("if settled and not candidates and not listing.whole", "if False"),
    )


@found_by(369)
def clocks_are_trusted() -> list[Change]:
    """The look back has no slack for wrong clocks, and no reading of the whole list follows."""
    return [
        Change(listing, "SLACK", 0.0),
        Change(lookup, "SLACK", 0.0),
        _no_final_reading(),
    ]


@found_by(1)
def short_page_is_last() -> list[Change]:
    """A page with fewer items than were asked for ends the list."""
    return [
        edit(
            Route.after,
            ("(self._agrees() and (len(items) < self._page_size or not self.new))", "len(items) < self._page_size"),
        )
    ]


@found_by(1082)
def count_is_ignored() -> list[Change]:
    """A reading is complete, whatever `count` says."""
    return [edit(_Reading._wholly, ("if count is None or hidden <= 0", "if True"))]


@found_by(1)
def every_list_falls() -> list[Change]:
    """Every list is read as if it began with the newest purchases, and no reading of the whole list follows."""
    return [
        Change(listing, "_falls", lambda ids: True),
        edit(_Reading._forward, (" or (ids and ids[0] >= last_id)", "")),
        _no_final_reading(),
    ]


@found_by(666)
def resubmit_does_not_look() -> list[Change]:
    """A purchase is created again because a person asked, without a look at the list."""
    return [edit(Submission._check_whole_list, ("if self._order.step is Step.PURCHASE", "if False"))]


@found_by(230)
def absent_purchase_is_created_again() -> list[Change]:
    """A purchase that the list does not show is created again without a person."""
    return [
        edit(
            Lookup._in_the_list,
            (
                "return _unsettled(order, candidates, listing.hidden)",
                "return _unsettled(order, candidates) if candidates else LookupResult(verdict=Verdict.ABSENT)",
            ),
        )
    ]


# The settle time.


@found_by(6)
def no_settle_time() -> list[Change]:
    """A commitment or request that does not show is absent at once."""
    return [edit(Lookup.outcome, ("settled = clock.monotonic() >= settled_at", "settled = True"))]


@found_by(6)
def request_that_does_not_show_is_absent() -> list[Change]:
    """A request for approval that does not show is absent at once."""
    return [
        edit(
            Lookup.outcome,
            (
                "settled = clock.monotonic() >= settled_at",
                "settled = order.step is Step.REQUEST or clock.monotonic() >= settled_at",
            ),
        )
    ]


@found_by(166)
def settle_time_by_the_time_of_day() -> list[Change]:
    """The settle time is measured by a clock that somebody sets."""
    return [
        edit(
            Lookup.outcome,
            (
                "over_since = self._registry.over_since(pending, clock.monotonic())",
                "over_since = self._registry.over_since(pending, clock.time())",
            ),
            ("settled = clock.monotonic()", "settled = clock.time()"),
            ("settled_at - clock.monotonic()", "settled_at - clock.time()"),
        ),
        edit(
            Submission._note_pending,
            ("over_since(order.pending, clock.monotonic())", "over_since(order.pending, clock.time())"),
        ),
    ]


@found_by(15)
def settle_time_from_the_stored_time() -> list[Change]:
    """The settle time of a resumed order counts from the time that another machine has stored."""
    return [
        edit(
            Lookup.outcome,
            (
                "over_since = self._registry.over_since(pending, clock.monotonic())",
                "over_since = clock.monotonic() - clock.time() + (pending.ended_at or pending.intended_at)",
            ),
        )
    ]


# Saves.


@found_by(0)
def intent_is_not_stored() -> list[Change]:
    """A request is sent without its intent."""
    return [edit(Submission.before_send, ("await self.store()\n        if", "pass\n        if"))]


@found_by(53)
def intent_of_repetition_is_not_stored() -> list[Change]:
    """Only the first try of a request stores its intent."""
    return [
        edit(
            Submission.before_send,
            (
                "await self.store()\n        if",
                "await self.store() if not self._call._attempts else None\n        if",
            ),
        )
    ]


@found_by(14)
def intent_is_stored_before_the_turn() -> list[Change]:
    """The intent is stored, and then the request waits for its turn."""
    return [
        edit(
            Call._once,
            ("    if self._guard is not None:\n                await self._guard.before_send()\n", "    pass\n"),
            (
                "async with session.gate",
                "if self._guard is not None:\n            await self._guard.before_send()\n"
                "        async with session.gate",
            ),
        ),
        edit(Submission.may_send, ("is_fresh = ", "is_fresh = True or ")),
    ]


@found_by(14)
def old_intent_is_used() -> list[Change]:
    """A request is sent however long ago its intent was stored."""
    return [edit(Submission.may_send, ("is_fresh = ", "is_fresh = True or "))]


@found_by(75)
def result_is_not_stored() -> list[Change]:
    """The object of a step is stored only with the next intent."""
    return [edit(Submission._advance, ("await self.store()", "pass"))]


@found_by(5)
def newer_version_is_ignored() -> list[Change]:
    """A request is sent although another process has stored a newer version."""
    kinds = "except (StoreFailed, StoreInUse, Superseded):\n        "
    return [edit(Submission.store, (f"{kinds}raise", f"{kinds}return"))]


@found_by(1)
def failed_save_is_ignored() -> list[Change]:
    """A request is sent although its intent could not be stored."""
    return [
        edit(
            Submission.store, ('raise StoreFailed(f"`save` failed', 'return\n        raise StoreFailed(f"`save` failed')
        )
    ]


@found_by(4)
def save_that_is_cancelled_ends_the_order() -> list[Change]:
    """A CancelledError of the caller's own `save` passes for a cancellation."""
    return [edit(Submission.store, ("if is_cancelled():", "if True:"))]


# Several orders, several objects of one order.


@found_by(4)
def two_calls_process_one_reference() -> list[Change]:
    """Two calls may process a reference at the same time."""
    return [edit(Registry.claim, ("if key in self._active", "if False"))]


@found_by(457)
def registry_forgets_purchases() -> list[Change]:
    """A second object of a reference may create a second purchase."""
    return [edit(Registry.claim, ("known = self._purchases.get(key)", "known = None"))]


@found_by(1928)
def registry_forgets_doubts() -> list[Change]:
    """A second object of a reference may create a purchase while the first one is in doubt."""
    return [edit(Registry.claim, ("doubt = self._in_doubt.get(key)", "doubt = None"))]


@found_by(1)
def order_is_not_checked() -> list[Change]:
    """A commitment that cannot be written is found out when its purchase exists."""
    return [edit(Orders._submit, ("check_order(order)", "pass"))]


@found_by(1)
def error_of_one_order_ends_all() -> list[Change]:
    """An order that cannot be sent ends `submit_many`."""
    return [edit(_Batch._one, ("except ProcurementError", "except OrderIncomplete"))]


@found_by(37)
def error_of_the_source_ends_all() -> list[Change]:
    """A source that raises ends the orders that have begun."""
    return [
        edit(
            _Batch.run,
            (
                "working -= 1",
                "working -= 1\n                if self._source_error is not None:\n"
                "                    raise self._source_error",
            ),
        )
    ]


# Cancellations.


@found_by(47)
def request_is_sent_after_cancellation() -> list[Change]:
    """A request is sent although the call was cancelled while its intent was stored."""
    return [
        edit(Submission.before_send, ("if self._stopping", "if False")),
        edit(Submission.may_send, ("not self._stopping and ", "")),
        edit(grace.shield_until_done, ("stop()", "pass")),
    ]


@found_by(46)
def cancelled_call_takes_its_time() -> list[Change]:
    """A cancelled call waits for its request, however long that takes."""
    return [Change(grace, "GRACE_PERIOD", 60.0)]


@found_by(173)
def doubt_is_cancelled_away() -> list[Change]:
    """An order is cancelled without a look for the purchase that is in doubt."""
    return [edit(Orders.cancel, ("await submission.recover()", "pass"))]


# The server's load.


@found_by(336)
def no_breaker() -> list[Change]:
    """Creates are sent in an outage as at any time."""
    return [edit(Breaker.admit, ("with self._lock:", "return 0.0\n    with self._lock:"))]


@found_by(512)
def breaker_admits_all_after_a_pause() -> list[Change]:
    """After each pause, every create is admitted, and not a probe alone."""
    return [edit(Breaker.admit, ("if self._probe is not None", "if False"))]


@found_by(512)
def breaker_spends_purchases_as_probes() -> list[Change]:
    """Each pause of an outage leaves one more purchase in doubt."""
    return [edit(Breaker.unknown, ("self._open_for_purchases_at = now + PURCHASE_PAUSE", "pass"))]


@found_by(0)
def no_rate() -> list[Change]:
    """Requests are sent at any rate."""
    return [edit(Pace.acquire, ("while len(self._departures) >= self._rate", "while False"))]


@found_by(193)
def gate_is_closed_for_a_year() -> list[Change]:
    """The client waits for as long as `Retry-After` says."""
    return [
        edit(
            Gate.close_for,
            ("min(seconds, LONGEST_WAIT)", "seconds"),
            ("if seconds > LONGEST_WAIT", "if False"),
        )
    ]


@found_by(295)
def wait_outlasts_its_timeout() -> list[Change]:
    """`wait` goes on while an answer hangs."""
    return [edit(until_decided, ("None if left == math.inf else max(left, LAST_LOOK)", "None"))]
