"""The commands with their options."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Annotated

import typer

from .._version import __version__
from ..stores import State
from . import _decisions, _lists, _records
from ._importing import ImportOptions, import_file
from ._output import lasting_output
from ._running import Exit, guarded, say
from ._running import run as _run
from ._settings import DEFAULT_STORE, IMPORT_RATE, Settings
from ._template import write_template
from ._values import DateOrder

__all__ = ("run",)

app = typer.Typer(
    name="lucca-procurement",
    help="Purchase orders in Lucca: import thousands, follow their approval, and read the lists."
    " The key is that of LUCCA_API_KEY or of --key-file.",
    epilog="Exit codes: 0 all is done, 1 something needs you, 2 the input is wrong, 3 it was stopped.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_YEAR = 365 * 24 * 60
"""In minutes."""


def _finite(value: float | None) -> float | None:
    # `nan` passes each comparison with the least and the largest number.
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"{value} is no number of minutes or seconds")
    return value


Url = Annotated[
    str | None, typer.Option("--url", envvar="LUCCA_BASE_URL", help="The host, such as https://example.ilucca.net.")
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key-file", help="A file with the key. Without it, the key is that of LUCCA_API_KEY."),
]
Rate = Annotated[
    int | None,
    typer.Option(
        "--rate",
        envvar="LUCCA_RATE",
        min=1,
        help="Requests a minute. The default is 40 for an import, so that other programs keep 10 of the tenant's 50,"
        " and 50 for the other commands.",
    ),
]
Settle = Annotated[
    float,
    typer.Option(
        "--settle",
        envvar="LUCCA_SETTLE",
        min=0,
        callback=_finite,
        help="Seconds after which 'not found' means 'not created'.",
    ),
]
StoreName = Annotated[
    str,
    typer.Option(
        "--store", envvar="LUCCA_STORE", help="The store: a SQLite file, or the URL of a PostgreSQL database."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Ask no question.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the data as JSON.")]


def _version(value: bool) -> None:
    if value:
        print(f"lucca-procurement {__version__}")
        raise typer.Exit(Exit.DONE)


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version.")
    ] = False,
) -> None:
    pass


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="The CSV file or workbook. `template` writes one to fill in.")],
    url: Url = None,
    key_file: KeyFile = None,
    rate: Rate = None,
    settle: Settle = 30.0,
    store: StoreName = DEFAULT_STORE,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all rows, and send nothing.")] = False,
    standby: Annotated[
        bool, typer.Option("--standby", help="If another import works on the store, wait, and take over when it ends.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until all orders of the file are decided.")] = False,
    left: Annotated[
        Path | None,
        typer.Option("--left", help="The file for the rows that are left. The default is left.csv beside FILE."),
    ] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Import the other rows if some have mistakes.")] = False,
    dates: Annotated[
        DateOrder,
        typer.Option("--dates", help="The order of text such as 01/12/2026: dmy or mdy. iso accepts 2026-12-01 only."),
    ] = "iso",
    create_again_after: Annotated[
        float | None,
        typer.Option(
            "--create-again-after",
            metavar="MINUTES",
            min=0,
            max=_YEAR,
            callback=_finite,
            help="Create a purchase in doubt again without a person, if a complete reading of the list, this many"
            " minutes after the try, shows neither its reference nor a purchase of the same content, and shows another"
            " new purchase of this store. It remains possible that Lucca creates or shows the first one later still:"
            " then there are two, with the same reference.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Import the orders of a file. Run it again to continue: nothing is created twice.

    All rows are checked first. If one has a mistake, nothing is sent.
    """
    options = ImportOptions(
        file=file,
        left=file.parent / "left.csv" if left is None else left,
        dates=dates,
        skip_bad=skip_bad,
        dry_run=dry_run,
        standby=standby,
        wait=wait,
        create_again_after=create_again_after,
        as_json=as_json,
    )
    settings = Settings(url=url, key_file=key_file, rate=rate or IMPORT_RATE, settle=settle, store=store)
    raise typer.Exit(_run(lambda: import_file(settings, options)))


@app.command()
def status(
    reference: Annotated[str | None, typer.Argument(help="One order.")] = None,
    state: Annotated[State | None, typer.Option("--state", help="The orders of this state.")] = None,
    url: Url = None,
    store: StoreName = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Show how many orders of a store are in each state, and those that need you. It sends nothing."""
    if reference is not None and state is not None:
        raise typer.BadParameter("choose one of REFERENCE and --state")
    settings = Settings(url=url, store=store)
    raise typer.Exit(_run(lambda: _records.status(settings, reference, state, as_json=as_json)))


@app.command()
def decisions(
    url: Url = None,
    key_file: KeyFile = None,
    rate: Rate = None,
    settle: Settle = 30.0,
    store: StoreName = DEFAULT_STORE,
    watch: Annotated[bool, typer.Option("--watch", help="Continue until all orders are decided.")] = False,
    every: Annotated[
        float,
        typer.Option("--every", metavar="MINUTES", min=0.01, max=_YEAR, callback=_finite, help="The pause of --watch."),
    ] = 15.0,
    as_json: AsJson = False,
) -> None:
    """Read the decisions on all submitted orders of a store, and show the new ones."""
    settings = Settings(url=url, key_file=key_file, rate=rate, settle=settle, store=store)
    raise typer.Exit(_run(lambda: _decisions.decisions(settings, watch=watch, every=every, as_json=as_json)))


@app.command()
def resolve(
    reference: Annotated[str, typer.Argument(help="The order.")],
    purchase: Annotated[
        int | None, typer.Option("--purchase", metavar="ID", help="This purchase in Lucca is the order's.")
    ] = None,
    create_again: Annotated[
        bool, typer.Option("--create-again", help="You looked in Lucca, and the purchase is not there: create it.")
    ] = False,
    yes: Yes = False,
    url: Url = None,
    key_file: KeyFile = None,
    rate: Rate = None,
    settle: Settle = 30.0,
    store: StoreName = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Resolve an order that needs a look, and submit it. Without an option, it shows the candidates."""
    if purchase is not None and create_again:
        raise typer.BadParameter("choose one of --purchase and --create-again")
    settings = Settings(url=url, key_file=key_file, rate=rate, settle=settle, store=store)
    raise typer.Exit(
        _run(
            lambda: _records.resolve(
                settings, reference, purchase=purchase, create_again=create_again, yes=yes, as_json=as_json
            )
        )
    )


@app.command()
def cancel(
    reference: Annotated[str, typer.Argument(help="The order.")],
    comment: Annotated[str, typer.Option("--comment", help="The reason, for the people in Lucca.")] = "Cancelled",
    yes: Yes = False,
    url: Url = None,
    key_file: KeyFile = None,
    rate: Rate = None,
    settle: Settle = 30.0,
    store: StoreName = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Cancel the approval of an order, and close its purchase."""
    settings = Settings(url=url, key_file=key_file, rate=rate, settle=settle, store=store)
    raise typer.Exit(_run(lambda: _records.cancel(settings, reference, comment=comment, yes=yes, as_json=as_json)))


@app.command()
def template(
    file: Annotated[Path, typer.Argument(help="The file to write: .csv or .xlsx.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
) -> None:
    """Write a file to fill in and import, with every column explained."""

    async def work() -> Exit:
        write_template(file, force=force)
        print(f"{file} has every column with its explanation. Fill it in: lucca-procurement import {file} --dry-run")
        return Exit.DONE

    raise typer.Exit(_run(work))


@app.command()
def check(url: Url = None, key_file: KeyFile = None, rate: Rate = None, as_json: AsJson = False) -> None:
    """Test the URL, the key and the connection, and show what the key may read. It creates nothing."""
    settings = Settings(url=url, key_file=key_file, rate=rate)
    raise typer.Exit(_run(lambda: _lists.check(settings, as_json=as_json)))


@app.command()
def purchases(
    since: Annotated[str | None, typer.Option("--since", metavar="DAY", help="Created on this day or later.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DAY", help="Created on this day or before.")] = None,
    state: Annotated[str | None, typer.Option("--state", help="The state, such as Processing.")] = None,
    supplier: Annotated[
        str | None, typer.Option("--supplier", help="The id of the supplier, or a part of the name.")
    ] = None,
    least: Annotated[
        str | None, typer.Option("--min", metavar="AMOUNT", help="The least amount, in the currency of the purchase.")
    ] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write the purchases into this file.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file of --csv if it exists.")] = False,
    url: Url = None,
    key_file: KeyFile = None,
    rate: Rate = None,
    as_json: AsJson = False,
) -> None:
    """Show purchases. It reads the whole list, 1,000 purchases a request."""
    settings = Settings(url=url, key_file=key_file, rate=rate)
    wanted = _lists.Filter(since=since, until=until, state=state, supplier=supplier, least=least)
    raise typer.Exit(_run(lambda: _lists.purchases(settings, wanted, csv_file=csv_file, force=force, as_json=as_json)))


@app.command()
def find(
    kind: Annotated[_lists.FindKind, typer.Argument(help="The list.")],
    text: Annotated[str, typer.Argument(help="A part of the name or code. Without it, all entries.")] = "",
    url: Url = None,
    key_file: KeyFile = None,
    rate: Rate = None,
    as_json: AsJson = False,
) -> None:
    """Find ids. Owners, establishments and departments are those that the purchases name."""
    settings = Settings(url=url, key_file=key_file, rate=rate)
    raise typer.Exit(_run(lambda: _lists.find(settings, kind, text, as_json=as_json)))


@app.command()
def rates(
    territory: Annotated[str, typer.Argument(help="The territory, such as FR.")],
    on: Annotated[str | None, typer.Option("--on", metavar="DAY", help="The day. The default is today.")] = None,
    url: Url = None,
    key_file: KeyFile = None,
    rate: Rate = None,
    as_json: AsJson = False,
) -> None:
    """Show the VAT rates of a territory."""
    settings = Settings(url=url, key_file=key_file, rate=rate)
    raise typer.Exit(_run(lambda: _lists.rates(settings, territory, on, as_json=as_json)))


_PASSED_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.command(context_settings=_PASSED_ON, add_help_option=False)
def emulator(context: typer.Context) -> None:
    """Run a Lucca on this machine. `emulator --help` shows its options. It needs the extra `emulator`."""
    try:
        from ..emulator.__main__ import main
    except ImportError as error:
        say(f'The emulator needs {error.name}: pip install "lucca-procurement[emulator]"')
        raise typer.Exit(Exit.WRONG_INPUT) from None
    raise typer.Exit(guarded(lambda: main(context.args)))


@app.command(context_settings=_PASSED_ON, add_help_option=False)
def drift(context: typer.Context) -> None:
    """Compare the tenant's answers with the contract. `drift --help` shows its options, such as `--write`."""
    from ..drift import main

    raise typer.Exit(guarded(lambda: main(context.args)))


def run() -> int:
    """Run the command, and return its exit code."""
    with lasting_output() as failure:
        code = guarded(_called)
        if error := failure():
            say(f"The output could not be written: {error.strerror}. The work itself has the exit code {code:d}.")
            return Exit.STOPPED
    return code


def _called() -> int:
    try:
        app(prog_name="lucca-procurement")
    except SystemExit as ended:
        # 130 is the code of typer for a Ctrl-C outside of `run`.
        return Exit.STOPPED if ended.code == 130 else int(ended.code or 0)
    return Exit.DONE
