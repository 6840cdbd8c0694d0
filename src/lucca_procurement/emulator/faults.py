"""The deliberate faults: an operation meets a fault for a number of calls."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import define, field, frozen


@frozen
class Kind:
    """A kind of fault. `commits` is True if the operation does its work in spite of the fault."""

    description: str
    commits: bool = False
    options: Mapping[str, Any] = field(factory=dict)
    """The options of the fault with their defaults."""
    lists_only: bool = False
    """True if the fault applies only to operations that list."""
    creates_only: bool = False
    """True if the fault applies only to operations that create a purchase, a commitment or a request."""

    def fits(self, operation: str) -> bool:
        """Return True if the fault applies to an operation."""
        return not (self.lists_only and not operation.startswith("list_")) and not (
            self.creates_only and not operation.startswith("create_")
        )


KINDS: Mapping[str, Kind] = {
    "refuse": Kind("the connection is reset, nothing is done"),
    "drop": Kind("the request is read, nothing is done, the connection is closed"),
    "hang": Kind("nothing is done and no answer ever comes"),
    "late": Kind("the connection is closed, and the work is done some seconds later", options={"seconds": 4.0}),
    "commit-then-drop": Kind("the work is done, the connection is closed without an answer", commits=True),
    "commit-then-hang": Kind("the work is done and no answer ever comes", commits=True),
    "cut-body": Kind("the work is done, the connection is closed in the middle of the answer", commits=True),
    "slow": Kind("the answer comes late", commits=True, options={"seconds": 2.0}),
    "401": Kind("401 as after the key was revoked, nothing is done"),
    "403": Kind("403 as without the right, nothing is done"),
    "403-html": Kind("403 of a firewall, in HTML, nothing is done"),
    "408": Kind("408, nothing is done"),
    "408-after-commit": Kind("408 although the work is done", commits=True),
    "429": Kind(
        "429, with Retry-After: seconds, a fraction, a date, anything, or null for none", options={"retry_after": "1"}
    ),
    "500": Kind("500, nothing is done"),
    "500-after-commit": Kind("500 although the work is done", commits=True),
    "502": Kind("502 of a proxy, in HTML, nothing is done"),
    "503": Kind("503, nothing is done; with Retry-After if the option is set", options={"retry_after": None}),
    "503-after-commit": Kind(
        "503 of a cache, in HTML and with Retry-After, although the work is done",
        commits=True,
        options={"retry_after": "1"},
    ),
    "504": Kind("504 of a proxy, although the work is done", commits=True),
    "529": Kind("529, nothing is done"),
    "html": Kind("a success that is a page of HTML, the work is done", commits=True),
    "empty": Kind("a success without a body, the work is done", commits=True),
    "garbage": Kind("a success whose body is cut JSON, the work is done", commits=True),
    "missing-id": Kind("a success without the id, the work is done", commits=True),
    "foreign-id": Kind(
        "a success with the id of another one of its kind, the work is done", commits=True, creates_only=True
    ),
    "trailing-bytes": Kind("a success, followed by the bytes of another answer", commits=True),
    "unknown-enum": Kind("every state has a value that nobody knows", commits=True),
    "unknown-commitment-type": Kind("every commitment is of a kind that nobody knows", commits=True),
    "repeated-token": Kind("a page whose next token leads to itself", commits=True, lists_only=True),
    "empty-page": Kind("an empty page, with a token for what should have been on it", commits=True, lists_only=True),
}
"""All kinds of faults by name."""


@define
class Fault:
    """A fault in force. `operation` is a name, or `*` for all. `times` is the number of calls left, None for all."""

    operation: str
    name: str
    times: int | None = 1
    skip: int = 0
    """The number of calls that succeed before the fault begins."""
    options: dict[str, Any] = field(factory=dict)

    @property
    def status(self) -> int | None:
        """The status of the answer if the fault's name begins with one, else None."""
        digits = self.name.partition("-")[0]
        return int(digits) if digits.isdigit() else None

    @property
    def commits(self) -> bool:
        """True if the operation does its work in spite of the fault."""
        return KINDS[self.name].commits


class Faults:
    """The faults in force, in the order in which they were added. A call meets the first fault that applies to it."""

    def __init__(self, operations: frozenset[str]) -> None:
        self._operations = operations
        self._faults: list[Fault] = []

    def add(self, operation: str, fault: str, *, times: int | None = 1, skip: int = 0, **options: Any) -> None:
        """Add a fault for the next calls of an operation.

        `operation` is a name of the contract, or `*`. `fault` is a name of `KINDS`. The number of calls that meet the
        fault is `times` (None: all). The `skip` calls before them succeed. Raises ValueError if a name or an option is
        invalid.
        """
        if operation != "*" and operation not in self._operations:
            raise ValueError(
                f"there is no operation {operation!r}: use * or one of {', '.join(sorted(self._operations))}"
            )
        if fault not in KINDS:
            raise ValueError(f"there is no fault {fault!r}: use one of {', '.join(KINDS)}")
        kind = KINDS[fault]
        if operation != "*" and not kind.fits(operation):
            does = "list" if kind.lists_only else "create"
            raise ValueError(f"{fault} is for operations that {does}, and {operation} is none")
        if unknown := options.keys() - kind.options.keys():
            has = ", ".join(kind.options) or "none"
            raise ValueError(f"{fault} has no option {', '.join(sorted(unknown))}: it has {has}")
        if not (times is None or (type(times) is int and times > 0)) or type(skip) is not int or skip < 0:
            raise ValueError("times must be 1 or more, or None for all calls, and skip 0 or more")
        seconds = options.get("seconds", 0)
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds < 3600:
            raise ValueError("seconds must be a number from 0 on, below 3600")
        retry_after = options.get("retry_after")
        if not (
            retry_after is None
            or (isinstance(retry_after, str) and retry_after.isascii() and retry_after.isprintable())
        ):
            raise ValueError('retry_after must be text as in a header, "date", or None')
        known = kind.options
        self._faults.append(Fault(operation, fault, times, skip, {**known, **options}))

    def load(self, path: str | Path) -> None:
        """Add the faults of a JSON file. It is a list of objects with the arguments of `add`."""
        rows = json.loads(Path(path).read_text(encoding="utf-8"))
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError(f"{path} must hold a list of objects")
        for number, row in enumerate(rows, 1):
            try:
                self.add(**row)
            except (TypeError, ValueError) as error:
                raise ValueError(f"fault {number} of {path}: {error}") from None

    def clear(self) -> None:
        """Remove all faults."""
        self._faults.clear()

    def in_force(self) -> list[dict[str, Any]]:
        """Return the faults in force as arguments of `add`."""
        return [
            {"operation": each.operation, "fault": each.name, "times": each.times, "skip": each.skip, **each.options}
            for each in self._faults
        ]

    def meet(self, operation: str) -> Fault | None:
        """Return the fault that this call of an operation meets, None if there is none. Counts the call."""
        for fault in self._faults:
            if fault.operation not in ("*", operation) or not KINDS[fault.name].fits(operation):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if not fault.times:
                    self._faults.remove(fault)
            return fault
        return None
