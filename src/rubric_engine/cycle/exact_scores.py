"""Exact scores in the columns of a frame: whole quanta, beside how many make a point.

As `evaluate_frame(exact=True)` writes them: `score`, and `score.scale`.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isnan
from typing import Any

import narwhals as nw

from rubric_engine.errors import InvalidEvidence, InvalidFrame, Problem
from rubric_engine.windows import Opened, number

__all__ = ["refuse_inexact", "refuse_large", "scale_of", "whole"]

#: What is multiplied stays below it, so that sums of two stay within 64 bits.
_LARGEST = 2**62


def scale_of(score: str) -> str:
    """Return the name of the column that says how many quanta of a score make a point."""
    return f"{score}.scale"


def whole(opening: Opened, column: str) -> nw.Expr:
    """Return a column of whole numbers; pandas holds those with gaps as doubles."""
    found = opening.of(column)
    if opening.dtype(column).is_float():
        found = nw.when(~found.is_nan()).then(found)
    return found.cast(nw.Int64)


def refuse_inexact(opening: Opened, columns: Iterable[str]) -> None:
    """Refuse columns that hold no whole numbers.

    Raises `InvalidFrame` by their types (`wrong-dtype`), and `InvalidEvidence` for an eager
    double that is not whole (`not-exact`).
    """
    columns = list(columns)
    floats = [each for each in columns if opening.dtype(each).is_float()]
    problems = [
        Problem(
            "wrong-dtype",
            each,
            "whole quanta, as evaluate_frame(exact=True) gives them",
            str(opening.dtype(each)),
        )
        for each in columns
        if not opening.dtype(each).is_integer() and not (opening.eager and each in floats)
    ]
    if problems:
        raise InvalidFrame(problems)
    for each in floats:
        found = [x for x in opening.column(opening.of(each)) if x is not None and not isnan(x)]
        broken = sorted(x for x in found if not x.is_integer())
        problems += [Problem("not-exact", each, "whole quanta", str(x)) for x in broken[:1]]
    if problems:
        raise InvalidEvidence(problems)


def refuse_large(opening: Opened, products: Iterable[tuple[str, Iterable[str], int]]) -> None:
    """Refuse eager numbers whose products would leave 62 bits, as `InvalidEvidence`.

    A product is the column that it is told of, the columns whose largest sizes are
    multiplied, and a factor.
    """
    if not opening.eager:
        return
    products = [(at, list(columns), factor) for at, columns, factor in products]
    names = list(dict.fromkeys(each for _, columns, _ in products for each in columns))
    frame: Any = opening.frame
    ends = [
        end.alias(f"{word}{at}")
        for at, each in enumerate(names)
        for word, end in (
            ("high", whole(opening, each).max()),
            ("low", (number(0) - whole(opening, each).min())),
        )
    ]
    row = frame.select(*ends)
    sizes = {
        each: max(row[f"high{at}"][0] or 0, row[f"low{at}"][0] or 0)
        for at, each in enumerate(names)
    }
    problems = []
    for at, columns, factor in products:
        size = max(factor, 1)
        for each in columns:
            size *= max(sizes[each], 1)
        if size >= _LARGEST:
            problems.append(Problem("too-wide", at, "numbers of fewer digits", str(size)))
    if problems:
        raise InvalidEvidence(problems)
