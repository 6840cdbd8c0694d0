"""Draws docs/demo.svg, the terminal of `make demo`: `make demo-picture`."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console

import demo
from support.clock import HurriedClock
from support.folders import DOCS

PICTURE = DOCS / "demo.svg"
COLUMNS = 90
COMMAND = "make demo"
# Rich's own form of an SVG loads its font from another host. This one uses a font of the reader's machine, and Rich's
# `textLength` stretches each text to its columns.
FORM = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font: {char_height}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  line-height: {line_height}px;
}}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def recorded() -> Console:
    """Run the demo on a clock that moves by itself, and return the terminal to which it printed."""
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor", highlight=False
    )
    console.print(f"[bold]$ {COMMAND}[/]")
    before, demo.console = demo.console, console
    try:
        asyncio.run(demo.demo_here(HurriedClock()))
    finally:
        demo.console = before
    return console


def drawn(console: Console) -> str:
    """Return the terminal as an SVG."""
    picture = console.export_svg(title="", code_format=FORM, unique_id="demo", clear=False)
    return "".join(f"{line.rstrip()}\n" for line in picture.splitlines() if line.strip())


def shown(picture: Path) -> list[str]:
    """Return the lines of text that a picture shows, without empty ones and without indentation."""
    lines: dict[float, list[tuple[float, str]]] = {}
    for text in ElementTree.parse(picture).iter("{http://www.w3.org/2000/svg}text"):
        place = lines.setdefault(float(text.attrib.get("y", 0)), [])
        place.append((float(text.attrib.get("x", 0)), (text.text or "").replace("\xa0", " ")))
    joined = ("".join(text for _x, text in sorted(parts)).strip() for _y, parts in sorted(lines.items()))
    return [line for line in joined if line]


if __name__ == "__main__":
    PICTURE.write_text(drawn(recorded()))
    print(f"{PICTURE.relative_to(DOCS.parent)} shows the demo")
