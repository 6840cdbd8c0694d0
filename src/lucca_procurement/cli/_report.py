"""The report of an import: its messages, its JSON, the rows that are left, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from attrs import define, field, frozen
from rich.console import Console

from ..errors import ProcurementError
from ..stores import State
from ._left import Left, is_same_file, write_left
from ._progress import Tally
from ._running import Exit, say
from ._settings import Settings, Store
from ._sheet import Mistake, Row, Sheet, SheetError, read_sheet, text_of
from ._values import DateOrder
from ._wording import of_error, of_mistakes

__all__ = ("NEEDS_YOU", "UNFINISHED", "ImportOptions", "Report")

UNFINISHED: tuple[State, ...] = (State.WAITING, State.SUBMITTING)
NEEDS_YOU: tuple[State, ...] = (State.FAILED, State.NEEDS_A_LOOK)


@frozen(kw_only=True)
class ImportOptions:
    """The options of an import."""

    file: Path
    left: Path
    dates: DateOrder = "iso"
    skip_bad: bool = False
    dry_run: bool = False
    standby: bool = False
    wait: bool = False
    create_again_after: float | None = None
    as_json: bool = False


@define
class Report:
    """The results of an import. It shows messages at once, and the rest at the end."""

    settings: Settings
    options: ImportOptions
    sheet: Sheet
    tally: Tally
    console: Console
    mistakes: list[Mistake] = field(factory=list, init=False)
    left: dict[int, Left] = field(factory=dict, init=False)
    """The rows that are left, by their line."""
    rows: dict[str, Row] = field(factory=dict, init=False)
    """The right rows, by the key of their order."""
    before: int = field(default=0, init=False)
    """The number of orders that were submitted before this run."""
    denied: int = field(default=0, init=False)
    others: Mapping[State, int] | None = field(default=None, init=False)
    """The orders of the store that are not in the file and not submitted. None: the store was not read."""
    halted_by: ProcurementError | None = field(default=None, init=False)
    """The error after which no further order begins."""
    is_stopped: bool = field(default=False, init=False)
    """True after Ctrl-C or SIGTERM."""

    def say(self, text: str) -> None:
        """Show a message. It goes through the console, because a bar may be in the last line."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def show_mistakes(self) -> None:
        """Show all mistakes of the file."""
        for text in of_mistakes(self.mistakes):
            self.say(f"{self.options.file.name}, {text}")

    def leave(self, row: Row, state: State | None, why: str) -> None:
        """Note a row that is left.

        Args:
            row: The row.
            state: The state of its order. None: the row has mistakes and is skipped.
            why: The reason.
        """
        self.left[row.line] = Left(row, "skipped" if state is None else str(state), why)
        self.tally.need_you += state is None

    async def show_others(self, store: Store) -> None:
        """Count the orders of the store that are not in the file and not submitted, and show their number."""
        own = {text_of(row.cells.get("reference", "")).lower() for row in self.sheet.rows}
        counts: dict[State, int] = dict.fromkeys((*UNFINISHED, *NEEDS_YOU), 0)
        async for record in store.records(*counts):
            counts[record.state] += record.order.key not in own
        self.others = counts
        unfinished, need_you = (sum(counts[state] for state in states) for states in (UNFINISHED, NEEDS_YOU))
        parts = [f"{unfinished} {'is' if unfinished == 1 else 'are'} not submitted yet"] if unfinished else []
        parts += [f"{need_you} {'needs' if need_you == 1 else 'need'} you"] if need_you else []
        if parts:
            self.say(
                f"The store has orders that are not in {self.options.file.name}: {', '.join(parts)}."
                f" To see them: lucca-procurement status{self.settings.store_option}"
            )

    def refuse(self, reason: str) -> Exit:
        """Show the mistakes and the reason why nothing was sent, and return the exit code."""
        self.show_mistakes()
        self.say(f"{reason} Nothing was sent.".strip())
        if self.mistakes and not self.sheet.mistakes:
            self.say("Correct the file and import it again, or add --skip-bad to import the other rows.")
        self.print_json()
        return Exit.WRONG_INPUT

    def end(self) -> Exit:
        """Write the rows that are left, show the result, and return the exit code."""
        is_unfinished = self.is_stopped or self.halted_by is not None
        unwritten = self._write_left(is_unfinished=is_unfinished)
        before = f" ({self.before} of them before this run)" if self.before else ""
        self.say(f"{self.tally.submitted}/{self.tally.total} submitted{before}, {len(self.left)} left.")
        if unwritten:
            self.say(f"{self.options.left} cannot be written: {unwritten}. Import the file again to write it.")
        elif self.left:
            self.say(
                f"{self.options.left} has the rows that are left, with the reasons. Correct them there, and import it."
            )
        if self.denied and self.options.wait:
            self.say(f"{self.denied} denied or cancelled. A new order needs a new reference.")
        self.print_json()
        if is_unfinished:
            why = f": {of_error(self.halted_by)}" if self.halted_by else "."
            say(f"Stopped{why}\nRun the same command again to continue: nothing is created twice.")
        if is_unfinished or unwritten:
            return Exit.STOPPED
        return Exit.NEEDS_YOU if self.left or (self.options.wait and self.denied) else Exit.DONE

    def _write_left(self, *, is_unfinished: bool) -> str:
        """Write the rows that are left. Return the reason if they cannot be written."""
        # The rows that did not begin stand in the imported file alone.
        into_itself = is_same_file(self.options.left, self.options.file)
        if is_unfinished and into_itself:
            return ""
        try:
            if into_itself and read_sheet(self.options.file) != self.sheet:
                # Somebody has corrected rows meanwhile.
                return "it was changed during the import"
            kept = write_left(self.options.left, self.options.file, self.sheet, self.left.values())
            if kept is not None:
                self.say(f"{self.options.left} differed from {self.options.file}. It is {kept} now.")
        except (OSError, SheetError) as error:
            return (isinstance(error, OSError) and error.strerror) or str(error)
        return ""

    def print_json(self) -> None:
        """Print the report as JSON, if `--json` asks for it."""
        if not self.options.as_json:
            return
        report = {
            "rows": len(self.sheet.rows),
            "submitted": self.tally.submitted,
            "submitted_before": self.before,
            "mistakes": [
                {"line": each.line, "column": each.column, "value": each.value, "advice": each.advice}
                for each in sorted(self.mistakes)
            ],
            "left": [
                {
                    "line": line,
                    "reference": text_of(each.row.cells.get("reference", "")) or None,
                    "state": each.state,
                    "why": each.why,
                }
                for line, each in sorted(self.left.items())
            ],
            "others": None if self.others is None else {str(state): count for state, count in self.others.items()},
        }
        print(json.dumps(report, indent=2))
