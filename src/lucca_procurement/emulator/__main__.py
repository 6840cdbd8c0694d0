"""The emulator beside your application: `python -m lucca_procurement.emulator`."""

from __future__ import annotations

import argparse
import asyncio
import errno
import signal
import sys
from collections.abc import Sequence

from . import Emulator, Quirks


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise argparse.ArgumentTypeError("a port is from 0 to 65535")
    return int(text)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"python -m {__package__}", description="A Lucca on this machine, for development and tests."
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: 127.0.0.1)")
    parser.add_argument(
        "--allow-host",
        metavar="NAME",
        action="append",
        default=[],
        help="a name that others know this machine by, such as that of a container; may be repeated",
    )
    parser.add_argument("--port", type=_port, default=8765, help="the port; 0 is any that is free (default: 8765)")
    parser.add_argument("--key", default="emulator", help="the API key that it accepts (default: emulator)")
    parser.add_argument("--rate", type=int, default=50, help="requests a minute; 0 is no limit (default: 50)")
    parser.add_argument("--approve", default="auto", help="auto, manual or after=SECONDS (default: auto)")
    parser.add_argument("--seed", type=int, default=1, help="the number that determines the data (default: 1)")
    parser.add_argument(
        "--purchases", type=int, default=300, help="the number of purchases at the start (default: 300)"
    )
    parser.add_argument(
        "--quirk",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="a switch for a point that the documentation leaves open, as commitment_path=by-kind; may be repeated",
    )
    parser.add_argument("--lenient", action="store_true", help="the same as --quirk lenient=true")
    parser.add_argument(
        "--faults", metavar="FILE", help='faults as JSON: [{"operation": "*", "fault": "500", "times": 1}]'
    )
    return parser.parse_args(arguments)


async def _run(emulator: Emulator, host: str, port: int) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:
            # Windows. The handler runs in the main thread, between two steps of the loop.
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    async with emulator.serve(host, port) as url:
        print(f"Lucca emulated at {url} (open it to watch), with the key: {emulator.key}")
        if sys.platform == "win32":
            print(f"  set LUCCA_BASE_URL={url}& set LUCCA_API_KEY={emulator.key}")
        else:
            print(f"  export LUCCA_BASE_URL={url} LUCCA_API_KEY={emulator.key}")
        if not host.startswith("127.") and host not in ("localhost", "::1"):
            print(f"Others can reach {host}: they can order with the key, and steer and watch without it.")
        print("Ctrl-C stops it.", flush=True)
        await stop.wait()
    print("Stopped.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Return 2 if a setting is invalid, and 1 if the emulator cannot listen at its address.

    Args:
        arguments: The arguments of the command. If it is None, those of the command line.
    """
    options = _options(arguments)
    try:
        emulator = Emulator(
            key=options.key,
            rate=options.rate or None,
            approve=options.approve,
            seed=options.seed,
            purchases=options.purchases,
            quirks=Quirks.from_text(*options.quirk, *(["lenient=true"] if options.lenient else [])),
            hosts=options.allow_host,
        )
        if options.faults:
            emulator.faults.load(options.faults)
    except (OSError, TypeError, ValueError) as error:
        print(f"The emulator cannot start: {error}", file=sys.stderr)
        return 2
    try:
        asyncio.run(_run(emulator, options.host, options.port))
    except OSError as error:
        print(f"The emulator cannot listen at {options.host}:{options.port}: {error.strerror}.", file=sys.stderr)
        if error.errno == errno.EADDRINUSE:
            print("Another program has that port: stop it, or pass another with --port (0: any).", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
