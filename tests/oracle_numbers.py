"""Numbers of the reference interpreter: rounding, folds, lines, curves and days, all exact or to 50 digits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

ZERO, ONE, HALF = Fraction(0), Fraction(1), Fraction(1, 2)
KEPT_DIGITS = 50
WORKING_DIGITS = 80


def number(written: Any) -> Fraction:
    """Read a number exactly from its text."""
    return Fraction(str(written).strip())


def is_number(written: Any) -> bool:
    """Say whether a text is a number and not an expression."""
    try:
        number(written)
    except ValueError:
        return False
    return True


def rounded(value: Fraction, places: int, mode: str = "half_up") -> Fraction:
    """Round a number to so many decimal places."""
    unit = Fraction(1, 10**places)
    quotient = value / unit
    low = math.floor(quotient)
    rest = quotient - low
    away_at_tie = low % 2 == 1 if mode == "half_even" else value > 0
    up = {
        "floor": False,
        "ceiling": rest > 0,
        "truncate": rest > 0 and value < 0,
    }.get(mode, rest > HALF or (rest == HALF and away_at_tie))
    return (low + up) * unit


def nearest(value: Fraction, step: Fraction) -> Fraction:
    """Round to the nearest multiple of a step, ties up."""
    return math.floor(value / step + HALF) * step


# Folds


def mean(values: Sequence[Fraction], weights: Sequence[Fraction] | None = None) -> Fraction:
    """Return the mean; the weights do not add up to 0."""
    weights = weights or [ONE] * len(values)
    parts = [weight * value for weight, value in zip(weights, values, strict=True)]
    return sum(parts, ZERO) / sum(weights, ZERO)


def median(values: Sequence[Fraction]) -> Fraction:
    """Return the middle value, or the mean of the two middle ones."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else mean(ordered[middle - 1 : middle + 1])


def trimmed(values: Sequence[Fraction], drop: int) -> Fraction:
    """Return the mean without the lowest and the highest `drop` values."""
    return mean(sorted(values)[drop : len(values) - drop])


def geometric(values: Sequence[Fraction], step: Fraction) -> Fraction:
    """Return the n-th root of the product, rounded to the nearest multiple of a step, ties up."""
    product = math.prod(values, start=ONE)
    low, high = 0, 1  # (low - 1/2) steps are not above the root, (high - 1/2) steps are
    while ((high - HALF) * step) ** len(values) <= product:
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        if ((middle - HALF) * step) ** len(values) <= product:
            low = middle
        else:
            high = middle
    return low * step


def fold(how: str, values: Sequence[Fraction], drop: int = 0) -> Fraction | None:
    """Fold numbers by a name; missing where none is left."""
    if how == "sum":
        return sum(values, ZERO)
    if len(values) <= 2 * drop:
        return None
    if how == "trimmed":
        return trimmed(values, drop)
    by: dict[str, Callable[..., Fraction]] = {
        "mean": mean, "median": median, "lowest": min, "highest": max,
    }  # fmt: skip
    return by[how](values)


# Lines and curves


def on_lines(points: dict[Fraction, Fraction], x: Fraction, extend: bool) -> Fraction:
    """Return the height over x of the lines through these points."""
    edges = sorted(points)
    if not extend and x <= edges[0]:
        return points[edges[0]]
    if not extend and x >= edges[-1]:
        return points[edges[-1]]
    pairs = list(pairwise(edges))
    left, right = next((pair for pair in pairs if x <= pair[1]), pairs[-1])
    slope = (points[right] - points[left]) / (right - left)
    return points[left] + slope * (x - left)


def curve(written: dict[str, Any], x: Fraction) -> Fraction:
    """Return what a curve gives at x, rounded to the nearest multiple of its step."""
    with localcontext(Context(prec=WORKING_DIGITS)):
        share = share_of(written, x)
        if isinstance(share, Decimal):
            share = Fraction(round(share, KEPT_DIGITS))
    return nearest(number(written["gives"]) * share, number(written["step"]))


def share_of(written: dict[str, Any], x: Fraction) -> Decimal | Fraction:
    """Return which share of the full amount a curve gives at x."""
    kind = str(written["curve"])
    if kind == "log_normal":
        if x <= 0:
            return ONE
        middle, tenth = number(written["median"]), number(written["p10"])
        return above(point90() * decimal(x / middle).ln() / decimal(middle / tenth).ln())
    zero_at, full_at = number(written["zero_at"]), number(written["full_at"])
    way = (x - zero_at) / (full_at - zero_at)
    if way <= 0 or way >= 1:
        return min(max(way, ZERO), ONE)
    if kind == "log":
        return decimal(x / zero_at).ln() / decimal(full_at / zero_at).ln()
    exponent = number(written["exponent"])
    if exponent.denominator == 1:
        return way**exponent.numerator
    return (decimal(exponent) * decimal(way).ln()).exp()


def decimal(value: Fraction) -> Decimal:
    """Write a fraction to the digits at work."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def above(z: Decimal) -> Decimal:
    """Return the share of a normal population above z, where z counts √2 deviations."""
    part = erf(abs(z))
    return (1 - part) / 2 if z >= 0 else (1 + part) / 2


def erf(z: Decimal) -> Decimal:
    """Return the error function of z, 0 or more, by its series of positive terms."""
    if z > 15:
        return Decimal(1)
    term = total = z
    n = 0
    while term > Decimal(10) ** -WORKING_DIGITS:
        n += 1
        term = term * 2 * z * z / (2 * n + 1)
        total += term
    return slope(z) * total


def slope(z: Decimal) -> Decimal:
    """Return the slope of the error function."""
    return 2 / pi().sqrt() * (-z * z).exp()


@cache
def pi() -> Decimal:
    """Return π by Machin's formula."""

    def arctan_of_inverse(n: int) -> Decimal:
        power, total, k = Decimal(1) / n, Decimal(0), 0
        while power > Decimal(10) ** -(WORKING_DIGITS + 5):
            total += (power if k % 2 == 0 else -power) / (2 * k + 1)
            power, k = power / (n * n), k + 1
        return total

    return 16 * arctan_of_inverse(5) - 4 * arctan_of_inverse(239)


@cache
def point90() -> Decimal:
    """Return the z whose error function is 4/5, so that a tenth of a population is above it."""
    z = Decimal("0.9")
    for _ in range(10):
        z -= (erf(z) - Decimal("0.8")) / slope(z)
    return z


# Days


def day(written: Any) -> date:
    """Read a day."""
    return written if isinstance(written, date) else date.fromisoformat(str(written))


def days(first: date, second: date) -> Fraction:
    """Return the days from one day to another."""
    return Fraction((second - first).days)


def months(first: date, second: date) -> Fraction:
    """Return the months completed from one day to another, rounded down."""
    between = (second.year - first.year) * 12 + second.month - first.month
    return Fraction(between - (second.day < first.day))


def in_window(on: date, as_of: date, written: str) -> bool:
    """Say whether a day is not after another and less than so many days, months, years before."""
    count, unit = written.split()
    if on > as_of:
        return False
    if unit.startswith("day"):
        return days(on, as_of) < int(count)
    return months(on, as_of) < int(count) * (12 if unit.startswith("year") else 1)
