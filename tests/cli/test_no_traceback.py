"""No command ever shows a traceback, whatever fails below it."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from lucca_procurement import drift, errors
from lucca_procurement.cli import _app, main
from lucca_procurement.cli._settings import Settings
from lucca_procurement.emulator import Emulator, __main__
from lucca_procurement.stores import SQLiteOrders
from support.import_files import row
from support.orders import sample_order

from .conftest import Command

COMMANDS = {
    "import": ["orders.csv"],
    "status": [],
    "decisions": [],
    "resolve": ["PO-0"],
    "cancel": ["PO-0", "--yes"],
    "template": ["new.csv"],
    "check": [],
    "purchases": [],
    "find": ["supplier"],
    "rates": ["FR"],
    "emulator": [],
    "drift": [],
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "OrderIncomplete": {"order": sample_order(), "step": "purchase", "needs": "person"},
    "OrderNotApproved": {"order": sample_order()},
    "StillPending": {"order": sample_order()},
}
FAILURES: list[BaseException] = [
    *(
        getattr(errors, name)("it broke", **ARGUMENTS.get(name, {}))
        for name in errors.__all__
        if name not in ("Attempt", "Needs")
    ),
    *(OSError(number, os.strerror(number), "a.csv") for number in (errno.ENOSPC, errno.EACCES, errno.EIO)),
    OSError("no number"),
    BrokenPipeError(errno.EPIPE, "Broken pipe"),
    ConnectionResetError(),
    TimeoutError(),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    EOFError(),
    KeyboardInterrupt(),
    RecursionError("too deep"),
    MemoryError(),
    ExceptionGroup("several", [ValueError("one")]),
]
WRONG_INPUT = (errors.ConfigurationError, errors.InvalidArgument, errors.NoMatch)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["lucca-procurement", *arguments])
    return main()


def raising(failure: BaseException) -> Callable[..., Any]:
    def raise_it(*_: object, **__: object) -> Any:
        raise failure

    return raise_it


def test_each_command_is_in_the_list() -> None:
    assert {each.name or each.callback.__name__ for each in _app.app.registered_commands if each.callback} == {
        *COMMANDS
    }


@pytest.mark.parametrize("name", COMMANDS)
def test_failure_of_command_is_one_message(command: Command, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    command.write(row("PO-0"))
    below: list[tuple[object, str]] = [(Settings, "client"), (Settings, "opened_store"), (_app, "write_template")]
    below += [(__main__, "main"), (drift, "main")]
    for failure in FAILURES:
        for owner, attribute in below:
            monkeypatch.setattr(owner, attribute, raising(failure))
        code = run(monkeypatch, name, *COMMANDS[name])
        out, err = command.capture.readouterr()
        expected = 2 if isinstance(failure, WRONG_INPUT) else 1 if isinstance(failure, errors.OrderIncomplete) else 3
        assert (code, out) == (expected, ""), failure
        assert "Traceback" not in err
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "name",
    ["status", *(pytest.param(each, marks=pytest.mark.slow) for each in ("import", "decisions", "resolve", "cancel"))],
)
def test_store_that_fails_at_any_statement_is_one_message(
    command: Command, lucca_emulator: Emulator, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    command.write(row("PO-0"))
    if name == "resolve":
        lucca_emulator.faults.add("create_purchase", "drop", times=1)
    if name != "import":
        command("import", "orders.csv")
    execute = SQLiteOrders._execute
    for statement in range(100):
        done = 0

        async def fail_once(store: SQLiteOrders, *arguments: Any, at: int = statement) -> Any:
            nonlocal done
            done += 1
            if done == at + 1:
                raise errors.StoreFailed("the disk is full")
            return await execute(store, *arguments)

        with monkeypatch.context() as patch:
            patch.setattr(SQLiteOrders, "_execute", fail_once)
            code = run(patch, name, *COMMANDS[name])
        out, err = command.capture.readouterr()
        assert "Traceback" not in out + err
        assert "a defect of it" not in err, err
        if done <= statement:
            assert statement > 0
            return
        assert (code, (out + err).count("the disk is full")) == (3, 1)
    raise AssertionError("no run was without a failure")
