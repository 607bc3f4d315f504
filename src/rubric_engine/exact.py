"""Exact numbers at the border: text, Python numbers and floats in, Decimal out.

Inside, a number is an integer of quanta and a scale: the value is quanta / scale.
Nothing here depends on the decimal context, the locale or the platform.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import isfinite
from numbers import Integral

__all__ = ["decimal_at", "decimal_of", "exact_number", "number_text", "quanta_of", "read_number"]

_NUMBER = re.compile(r"(-?)([0-9]{1,18})(?:\.([0-9]{1,18})|/([0-9]{1,18}))?")
_FLOAT_DIGITS = 15
_FLOAT_LIMIT = 2**53


def read_number(text: str) -> Fraction | None:
    """Read `-?digits[.digits]` or `-?digits/digits`; None for anything else.

    >>> read_number("0.5"), read_number("-1/3"), read_number("1e3")
    (Fraction(1, 2), Fraction(-1, 3), None)
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    sign, whole, decimals, divisor = match.groups()
    if divisor is not None:
        if not int(divisor):
            return None
        number = Fraction(int(whole), int(divisor))
    elif decimals is not None:
        number = Fraction(int(whole + decimals), 10 ** len(decimals))
    else:
        number = Fraction(int(whole))
    return -number if sign else number


def exact_number(value: object) -> Fraction | None:
    """Read a number a programmer wrote: int, Decimal, Fraction, text or a short float.

    A float is read by its shortest decimal form and only if that has at most 15
    significant digits, which is what a person types; `0.1 + 0.2` is none of these.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return read_number(value)
    if isinstance(value, Integral):
        number = Fraction(int(value))
    elif isinstance(value, Fraction):
        number = value
    elif isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > _FLOAT_DIGITS + 3:
            return None
        number = Fraction(value)
    elif isinstance(value, float):
        if not isfinite(value):
            return None
        shortest = Decimal(repr(float(value)))
        # Not `normalize`, which rounds to the precision that the caller's context has.
        digits = "".join(map(str, shortest.as_tuple().digits)).rstrip("0")
        if len(digits) > _FLOAT_DIGITS:
            return None
        number = Fraction(shortest)
    else:
        return None
    fits = abs(number.numerator) < 10**36 and number.denominator < 10**36
    return number if fits else None


def number_text(number: Fraction) -> str:
    """Write an exact number the way files do: `0.5` if it terminates, else `1/3`."""
    places = _terminating_places(number.denominator)
    if places is None:
        return f"{number.numerator}/{number.denominator}"
    quanta = number.numerator * 10**places // number.denominator
    digits = str(abs(quanta)).rjust(places + 1, "0")
    text = digits if not places else f"{digits[:-places]}.{digits[-places:]}"
    return f"-{text}" if quanta < 0 else text


def decimal_of(number: Fraction, places: int) -> tuple[Decimal, bool]:
    """Return a number as a Decimal, and whether that is exact.

    A number that does not terminate is rounded to `places`, ties away from zero.
    """
    terminating = _terminating_places(number.denominator)
    if terminating is not None:
        quanta, used = number.numerator * 10**terminating // number.denominator, terminating
    else:
        doubled = 2 * abs(number.numerator) * 10**places + number.denominator
        quanta, used = doubled // (2 * number.denominator), places
        quanta = -quanta if number < 0 else quanta
    digits = tuple(int(digit) for digit in str(abs(quanta)))
    return Decimal((int(quanta < 0), digits, -used)), terminating is not None


@lru_cache(maxsize=10_000)
def decimal_at(quanta: int, scale: int, places: int) -> Decimal:
    """Return quanta / scale as `decimal_of` does, remembering the numbers met last."""
    return decimal_of(Fraction(quanta, scale), places)[0]


def quanta_of(value: object, scale: int) -> int | None:
    """Return how many quanta of 1/scale a finding is, or None if that is not a whole number.

    A float x is accepted if r = round(x * scale) gives r / scale == x and |r| < 2**53.
    """
    if isinstance(value, float):
        scaled = value * scale
        if not isfinite(scaled) or abs(scaled) >= _FLOAT_LIMIT:
            return None
        quanta = round(scaled)
        return quanta if quanta / scale == value else None
    if isinstance(value, Decimal):
        _, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int) or len(digits) + abs(exponent) > 60:
            return None
        value = Fraction(value)
    if isinstance(value, Fraction):
        scaled_exactly = value * scale
        return scaled_exactly.numerator if scaled_exactly.denominator == 1 else None
    if isinstance(value, bool) or not isinstance(value, Integral):
        return None
    return int(value) * scale


def _terminating_places(denominator: int) -> int | None:
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    return max(twos, fives) if rest == 1 else None
