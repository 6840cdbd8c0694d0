"""The figures as a table in README.md and as a plot."""

from __future__ import annotations

import importlib
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rounds import Spread

HERE = Path(__file__).parent
README = HERE / "README.md"
PLOT = HERE / "results.png"
START, END = "<!-- figures, written by run.py -->", "<!-- end of figures -->"
OURS, OTHERS, INK, SOFT = "#0b6e8f", "#b9c4cb", "#1d2b33", "#5b6b75"


@dataclass(frozen=True)
class Bar:
    """One line of a panel: a measured value and the note beside it."""

    label: str
    value: Spread
    note: str
    is_ours: bool


@dataclass(frozen=True)
class Panel:
    """One field of the plot. The bars begin at zero."""

    title: str
    bars: Sequence[Bar]


@dataclass(frozen=True)
class Threshold:
    """A figure that has a limit. The median of its rounds counts."""

    subject: str
    measured: Spread
    limit: float
    unit: str = ""
    scale: float = 1.0
    """The factor from the measured figure to the unit."""

    @property
    def is_met(self) -> bool:
        """True if the median, as the table shows it, is not above the limit."""
        return float(number(self.measured.median * self.scale)) <= self.limit

    def row(self) -> list[str]:
        """Return the row of the table."""
        unit = self.unit and f" {self.unit}"
        met = "yes" if self.is_met else "**no**"
        return [self.subject, f"{span(self.measured, self.scale)}{unit}", f"{self.limit:g}{unit}", met]


@dataclass(frozen=True)
class Section:
    """The result of one measurement: its thresholds, Markdown, and panels of the plot."""

    markdown: str
    panels: Sequence[Panel]
    thresholds: Sequence[Threshold] = ()


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table. The first column is aligned to the left, the others to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def span(found: Spread, scale: float = 1.0) -> str:
    """Return the median of figures as text, with the lowest and the highest figure in brackets if they differ."""
    if found.low == found.high:
        return number(found.median * scale)
    return f"{number(found.median * scale)} ({number(found.low * scale)} to {number(found.high * scale)})"


def number(value: float) -> str:
    """Return a figure as text, with two decimals if it is below 10 and not whole, and none otherwise."""
    return f"{value:.2f}" if value < 10 and value % 1 else f"{value:.0f}"


def machine() -> str:
    """Return what the machine of the measurement is, and how busy it was."""
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        system = platform.system()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    load = f" The load average was {os.getloadavg()[2]:.1f} at the end." if hasattr(os, "getloadavg") else ""
    return f"Measured on {os.cpu_count()} cores ({platform.machine()}), {python}, {system}.{load}"


def publish(sections: Sequence[Section]) -> None:
    """Print the figures, put them into README.md and draw the plot."""
    rows = [threshold.row() for section in sections for threshold in section.thresholds]
    limits = table(["Threshold", "measured", "at most", "met"], rows)
    found = "\n\n".join([machine(), limits, *(section.markdown for section in sections)])
    print(f"\n{found}\n")
    before, rest = README.read_text(encoding="utf-8").split(START)
    _, after = rest.split(END)
    README.write_text(f"{before}{START}\n{found}\n{END}{after}", encoding="utf-8")
    _draw([panel for section in sections for panel in section.panels])
    print(f"Wrote {README.name} and {PLOT.name} in {HERE.name}/")


def _draw(panels: Sequence[Panel]) -> None:
    most = max(len(panel.bars) for panel in panels)
    # Imported here, so that it does not affect the measurements, and by name, because mypy runs without it.
    library = importlib.import_module("matplotlib.figure")
    figure = library.Figure(figsize=(9, len(panels) * (0.34 * most + 0.7)), layout="constrained")
    fields = figure.subplots(len(panels), squeeze=False)
    for field, panel in zip(fields.flat, panels, strict=True):
        ends = [bar.value.high for bar in panel.bars]
        field.barh(
            range(len(panel.bars)),
            [bar.value.median for bar in panel.bars],
            xerr=[
                [bar.value.median - bar.value.low for bar in panel.bars],
                [bar.value.high - bar.value.median for bar in panel.bars],
            ],
            color=[OURS if bar.is_ours else OTHERS for bar in panel.bars],
            error_kw={"ecolor": SOFT, "elinewidth": 1, "capsize": 2},
            height=0.68,
        )
        for place, (bar, end) in enumerate(zip(panel.bars, ends, strict=True)):
            field.annotate(
                bar.note, (end, place), xytext=(6, 0), textcoords="offset points", va="center", fontsize=9, color=INK
            )
        field.set_yticks(range(len(panel.bars)), [bar.label for bar in panel.bars], color=INK)
        for label, bar in zip(field.get_yticklabels(), panel.bars, strict=True):
            label.set_fontweight("bold" if bar.is_ours else "normal")
        field.set_xlim(0, max(ends) * 1.3)
        field.invert_yaxis()
        field.set_title(panel.title, loc="left", fontsize=11, fontweight="bold", color=INK)
        field.tick_params(length=0, labelsize=9)
        field.xaxis.set_visible(False)
        field.spines[["top", "right", "bottom"]].set_visible(False)
        field.spines["left"].set_color(SOFT)
    # None removes the version of matplotlib from the file.
    figure.savefig(PLOT, dpi=150, metadata={"Software": None})
