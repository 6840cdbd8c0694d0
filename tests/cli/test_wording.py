"""Messages for people, worded from data."""

from __future__ import annotations

import pytest

from lucca_procurement.cli._sheet import Mistake
from lucca_procurement.cli._wording import of_mistakes


def mistakes(*lines: int, column: str = "vat") -> list[Mistake]:
    return [Mistake(line, column, "x", "it is empty") for line in lines]


@pytest.mark.parametrize(
    ("lines", "rest"),
    [
        ([2, 3, 4, 5, 6], "lines 5 to 6"),
        ([2, 3, 4, 9, 12, 13, 14, 20], "lines 9, 12 to 14, 20"),
        ([*range(2, 60, 2)], "lines 8, 10, 12, 14, 16, 18, 20, 22, 24, 26 and 16 more"),
    ],
)
def test_rows_with_the_same_mistake_share_a_line_after_the_third(lines: list[int], rest: str) -> None:
    texts = [*of_mistakes(mistakes(*lines))]
    assert texts[:3] == [f"line {line}, vat 'x': it is empty" for line in lines[:3]]
    assert texts[3:] == [f"{rest}, vat: the same mistake ('x')"]


def test_shared_line_lists_the_values() -> None:
    wrong = [Mistake(line, "supplier", f"V{line}", "there is no such supplier") for line in range(2, 40)]
    *_, shared = of_mistakes(wrong)
    assert shared.startswith("lines 5 to 39, supplier: the same mistake ('V5', 'V6', ")
    assert shared.endswith(", 'V24' and 15 more)")


def test_four_rows_with_the_same_mistake_have_a_line_each() -> None:
    assert len([*of_mistakes(mistakes(2, 3, 4, 5))]) == 4


def test_mistakes_are_in_the_order_of_the_rows() -> None:
    texts = [*of_mistakes([*mistakes(3, 4, 5, 6, 7), *mistakes(2, 8, column="kind"), *mistakes(3, column="")])]
    assert [text.partition(":")[0] for text in texts] == [
        "line 2, kind 'x'",
        "line 3, it is empty",
        "line 3, vat 'x'",
        "line 4, vat 'x'",
        "line 5, vat 'x'",
        "lines 6 to 7, vat",
        "line 8, kind 'x'",
    ]
