"""Errors and notes for people. Where the library advises a call in Python, the command names its own command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .._ordering.stopped import cause_of
from ..errors import OrderIncomplete, ProcurementError
from ..order import Order, Step
from ..stores import Record, State
from ._sheet import Mistake

__all__ = ("of_error", "of_mistakes", "of_record", "of_state")

MOST_ALIKE = 3
"""The most rows with the same mistake of which each has its own line of text."""
MOST_RANGES = 10
MOST_VALUES = 20


def of_error(error: ProcurementError) -> str:
    """Return the message of an error, with the command to run if an order needs a person."""
    text = cause_of(error).without_calls
    if isinstance(error, OrderIncomplete) and error.needs == "person":
        return _with_command(text, error.order)
    return text


def of_record(record: Record) -> str:
    """Return the note of a record, with the command to run if the order needs a look."""
    if record.note and record.state is State.NEEDS_A_LOOK:
        return _with_command(record.note, record.order)
    return record.note


def of_state(record: Record) -> str:
    """Return the state of a record, with the person who decided, such as `denied by Ada Lovelace`."""
    by = f" by {record.order.decided_by}" if record.order.decided_by else ""
    return f"{record.state}{by}"


def of_mistakes(mistakes: Iterable[Mistake]) -> Iterator[str]:
    """Yield a line of text for each mistake, in the order of the rows.

    If more than four rows have the same mistake in the same column, the rows after the third share a line. A wrong
    option, such as `--dates`, makes one mistake in each row.

    Args:
        mistakes: The mistakes.
    """
    alike: dict[tuple[str, str], list[Mistake]] = {}
    for mistake in sorted(mistakes):
        alike.setdefault((mistake.column, mistake.advice), []).append(mistake)
    lines = []
    for group in alike.values():
        # One more line of text would only replace the fourth row.
        shown = group if len(group) <= MOST_ALIKE + 1 else group[:MOST_ALIKE]
        lines += [(mistake.line, str(mistake)) for mistake in shown]
        if rest := group[len(shown) :]:
            lines.append((shown[-1].line, _shared(rest)))
    yield from (text for _, text in sorted(lines, key=lambda each: each[0]))


def _shared(mistakes: Sequence[Mistake]) -> str:
    """Return one line of text for the same mistake of many rows."""
    column = f", {mistakes[0].column}" if mistakes[0].column else ""
    values = [repr(value) for value in dict.fromkeys(mistake.value for mistake in mistakes) if value]
    found = f" ({_listed(values)})" if values else ""
    return f"lines {_ranges([mistake.line for mistake in mistakes])}{column}: the same mistake{found}"


def _listed(texts: Sequence[str]) -> str:
    more = len(texts) - MOST_VALUES
    return ", ".join(texts[:MOST_VALUES]) + (f" and {more} more" if more > 0 else "")


def _ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers as text, such as `5 to 9, 12`. The number of the last ones replaces a long text."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][-1] + 1:
            ranges[-1].append(number)
        else:
            ranges.append([number])
    texts = [str(each[0]) if len(each) == 1 else f"{each[0]} to {each[-1]}" for each in ranges[:MOST_RANGES]]
    more = sum(map(len, ranges[MOST_RANGES:]))
    return ", ".join(texts) + (f" and {more} more" if more else "")


def _with_command(text: str, order: Order) -> str:
    # At the later steps, a person corrects the purchase in Lucca first. The text has the reason.
    if order.step is not Step.PURCHASE:
        return text
    return f"{text} To decide: lucca-procurement resolve {order.reference}."
