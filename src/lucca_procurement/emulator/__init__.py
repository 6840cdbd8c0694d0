"""A Lucca on this machine, for tests, demonstrations and development (extra `emulator`).

    async with Emulator().serve() as url: ...

`python -m lucca_procurement.emulator` serves it beside your application; pytest has it as the fixture `lucca_emulator`.
"""

from .app import Emulator, Entry
from .quirks import Quirks
from .tenant import Refused

__all__ = ["Emulator", "Entry", "Quirks", "Refused"]
