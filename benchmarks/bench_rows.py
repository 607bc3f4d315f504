"""How long a sheet with tables takes, against the same card written by hand.

Claim: `evaluate`, which checks every finding of 60 rows and 40 items, takes at most 6 times
what the hand-written function takes, which checks nothing and knows the card by heart.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import rows_card
from report import Claim, Report, interleaved

from rubric_engine import InvalidEvidence, Rubric, evaluate, loads

_COMPARED = 300
_TIMED = 100
_ROUNDS = 15
_BY_HAND = "by hand"
_EVALUATE = "rubric_engine.evaluate"
_AT_MOST = 6


def with_score(rubric: Rubric, sheet: rows_card.Sheet) -> tuple[object, int | None]:
    """Evaluate and read the score and the stars."""
    result = evaluate(rubric, sheet)
    return result.score, result.stars


def read_ledger(rubric: Rubric, sheet: rows_card.Sheet) -> object:
    """Evaluate and read the ledger."""
    return evaluate(rubric, sheet).ledger


def assert_agreement(rubric: Rubric) -> None:
    """Assert that both score alike, on sheets good and bad enough to reach all stars."""
    rates = (0.05, 0.2, 0.4)
    reached = set()
    for place, rate in enumerate(rates):
        for sheet in rows_card.sheets(_COMPARED // len(rates), rate, seed=place):
            units, stars = rows_card.by_hand(sheet)
            expected = Fraction(units, rows_card.UNITS), stars
            reached.add(stars)
            result = evaluate(rubric, sheet)
            if (result.exact, result.stars) != expected:
                msg = f"evaluate gives {result.exact}, {result.stars}, by hand it is {expected}"
                raise AssertionError(msg)
    if len(reached) < 5:
        msg = f"the sheets reach only the stars {sorted(reached)}"
        raise AssertionError(msg)


def assert_checked(rubric: Rubric) -> int:
    """Assert that a finding that is wrong or not there is refused, each in turn."""
    sheet = rows_card.sheets(1)[0]
    tables = [
        finding for item in sheet.values() for finding in item.values() if isinstance(finding, list)
    ]
    checked = 0
    for holder in [*sheet.values(), *(row for table in tables for row in table)]:
        for name, finding in list(holder.items()):
            for spoilt in (None, "spoilt", -1):
                holder[name] = spoilt
                try:
                    evaluate(rubric, sheet)
                except InvalidEvidence:
                    continue
                msg = f"{name}: {spoilt!r} was not noticed"
                raise AssertionError(msg)
            holder[name] = finding
            checked += not isinstance(finding, list)
    return checked


def run() -> Report:
    """Assert that both agree and that all is checked, then measure them."""
    rubric = loads(rows_card.rubric_text())
    assert_agreement(rubric)
    checked = assert_checked(rubric)
    sheets = rows_card.sheets(_TIMED)
    functions: dict[str, tuple[Callable[[Any], object], list[rows_card.Sheet]]] = {
        _BY_HAND: (rows_card.by_hand, sheets),
        _EVALUATE: (partial(evaluate, rubric), sheets),
        "  and read .score and .stars": (partial(with_score, rubric), sheets),
        "  and read .ledger": (partial(read_ledger, rubric), sheets[:30]),
    }
    timings = interleaved(functions, _BY_HAND, _ROUNDS, batches=3)
    report = Report(f"One sheet with tables: {rows_card.ITEMS} items, {rows_card.ROWS} rows")
    report.lines.append(f"both agree on {_COMPARED} sheets; {checked} findings are checked")
    report.lines.append(f"{'':34}{'us':>10}{'x by hand':>12}")
    report.lines += [
        f"{name:34}{each.microseconds:10.1f}{each.ratio:12.2f}" for name, each in timings.items()
    ]
    ratio = timings[_EVALUATE].ratio
    report.claims = [Claim(f"evaluate with tables, at most {_AT_MOST} by hand", ratio, _AT_MOST)]
    return report
