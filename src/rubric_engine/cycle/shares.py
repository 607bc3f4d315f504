"""Shares of a number of units, rounded to whole ones as a cycle says."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

__all__ = ["share_of"]


def share_of(share: Fraction, count: int, rounding: Literal["down", "half_up", "up"]) -> int:
    """Return a share of `count` units in whole units; half_up means that a half is one.

    Exact, so that a share of a tenth of 30 is 3 however it is rounded.

    >>> from fractions import Fraction
    >>> from rubric_engine.cycle.shares import share_of
    >>> [share_of(Fraction(1, 10), 49, each) for each in ("down", "half_up", "up")]
    [4, 5, 5]
    """
    above, below = share.numerator * count, share.denominator
    if rounding == "half_up":
        return (2 * above + below) // (2 * below)
    return -(-above // below) if rounding == "up" else above // below
