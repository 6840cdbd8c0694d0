"""A Lucca on this machine, for tests, demonstrations and development (extra `emulator`).

    async with Emulator().serve() as url: ...

`python -m lucca_procurement.emulator` serves it beside your application; pytest has it as the fixture `lucca_emulator`.
"""

try:
    from .app import Emulator
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(f"{error}: the emulator needs lucca-procurement[emulator]", name=error.name) from None
from .procurement import Entry, Pending
from .quirks import Quirks
from .tenant import Refused

__all__ = ["Emulator", "Entry", "Pending", "Quirks", "Refused"]
