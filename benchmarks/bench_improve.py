"""How long the way up takes: the card of 50 items, and the reference rubric.

Correctness first: on the card, where an item that lacks one or two flags gives a point for each
repair and one that lacks three needs two for the first, the least number of repairs is worked
out by hand, sheet by sheet, and must be what `improve` finds. Claims: less than a second a sheet.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import card
from report import Claim, Report

from rubric_engine import Rubric, improve, load, loads
from rubric_engine.library import find_rubric
from rubric_engine.sheets import read_sheets

_COMPARED = 60
_TIMED = 20
_AT_MOST_SECONDS = 1.0
_REFERENCE = "dongcheng-community"


def repairs_by_hand(sheet: card.Sheet, cut: int) -> int | None:
    """Return the least number of repairs of the card: a point each, and one more for three lost."""
    lost = [sum(not held for held in flags.values()) for flags in sheet.values()]
    needed = cut - sum(max(card.POINTS - each, 0) for each in lost)
    single = sum(min(each, 2) for each in lost if each < 3)
    # An item that lacks all three gives nothing for the first repair, a point for each after it.
    emptied = sum(each == 3 for each in lost)
    if needed <= single:
        return max(needed, 0)
    rest = needed - single
    if rest > 2 * emptied:
        return None
    return single + rest + -(-rest // 2)


def assert_cheapest(rubric: Rubric) -> int:
    """Assert that `improve` finds the least number of repairs; return how many ways there were."""
    ways = 0
    for rate in (0.1, 0.25, 0.5):
        for sheet in card.sheets(_COMPARED // 3, rate, seed=7):
            for cut, stars in card.CUTS:
                way = improve(rubric, sheet, stars)
                expected = repairs_by_hand(sheet, cut)
                if not way.exact or way.cost != expected:
                    msg = f"{way.cost} repairs to {stars} stars where {expected} are enough"
                    raise AssertionError(msg)
                ways += way.status == "reachable"
    return ways


def seconds(rubric: Rubric, sheets: list[Any], stars: int) -> list[float]:
    """Return how long the way up takes for each sheet."""
    found = []
    for sheet in sheets:
        begin = perf_counter()
        improve(rubric, sheet, stars)
        found.append(perf_counter() - begin)
    return found


def run() -> Report:
    """Assert that the ways are the cheapest, then measure."""
    rubric = loads(card.rubric_text())
    ways = assert_cheapest(rubric)
    report = Report("The way up: the cheapest findings to repair")
    report.lines.append(f"the least number of repairs on {_COMPARED} sheets, {ways} ways")
    reference = load(_REFERENCE)
    demo = read_sheets(Path(str(find_rubric(_REFERENCE))).with_name("demo.yaml"))
    sheets = [each for key, each in demo.sheets.items() if key != "synthetic-01"]
    timed = {
        "card, 150 flags": seconds(rubric, card.sheets(_TIMED), 5),
        "reference rubric, 78 fields": seconds(reference, sheets, 5),
    }
    report.lines.append(f"{'':34}{'median ms':>12}{'slowest ms':>12}")
    for name, each in timed.items():
        report.lines.append(f"{name:34}{median(each) * 1e3:12.0f}{max(each) * 1e3:12.0f}")
    report.claims = [
        Claim(f"{name}, slowest sheet, at most 1 s", max(each), _AT_MOST_SECONDS, "s")
        for name, each in timed.items()
    ]
    return report


if __name__ == "__main__":
    print(run())
