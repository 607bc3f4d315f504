"""The amounts of rules: a number, all, a map by values, bands, or a judged range.

Each kind is one value here; `read` makes it from what a file or a programmer writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, Literal

from attrs import frozen

from rubric_engine.errors import malformed
from rubric_engine.exact import exact_number, number_text
from rubric_engine.fields import Range

__all__ = ["ALL", "Amounts", "Bands", "Tiers", "amount", "plain"]

#: The amount `all`.
ALL: Final = "all"


@frozen
class Tiers:
    """A map by the values of a choice or a checklist."""

    values: tuple[tuple[str, Fraction | Literal["all"]], ...]
    #: The amount of the values that are not named; None where all must be named.
    otherwise: Fraction | Literal["all"] | None = None


@frozen
class Bands:
    """A map by the edges of a number: the highest edge at or below it gives the amount."""

    edges: tuple[tuple[Fraction, Fraction], ...]


Amounts = Fraction | Literal["all"] | Tiers | Bands | Range


def amount(value: object) -> Amounts:
    """Read an amount; raises `InvalidRubric` with what was expected.

    >>> amount("0.5"), amount({"from 80": 2})
    (Fraction(1, 2), Bands(edges=((Fraction(80, 1), Fraction(2, 1)),)))
    """
    if isinstance(value, Tiers | Bands | Range):
        return value
    if isinstance(value, Mapping):
        return _mapped(value)
    if isinstance(value, str):
        if value.strip() == ALL:
            return ALL
        if ".." in value:
            judged = Range.parse(value)
            if judged.low is None or judged.high is None or judged.low < 0:
                raise malformed("out-of-range", "a range with two ends of 0 or more", value)
            return judged
    number = exact_number(value)
    if number is None:
        raise malformed("bad-number", "a number, `all`, a map or a range a..b", str(value))
    return number


def _mapped(value: Mapping[object, object]) -> Tiers | Bands:
    if not value:
        raise malformed("empty", "a map that names one amount at least", "an empty map")
    banded = [str(key).startswith("from ") for key in value]
    if all(banded):
        edges = [
            (_number(str(key)[5:].strip(), str(key)), _number(each, str(key)))
            for key, each in value.items()
        ]
        return Bands(tuple(edges))
    if any(banded):
        raise malformed(
            "conflicting-keys", "either edges (`from 80`) or values", ", ".join(map(str, value))
        )
    amounts = {str(key): _number_or_all(each, str(key)) for key, each in value.items()}
    otherwise = amounts.pop("else", None)
    return Tiers(tuple(amounts.items()), otherwise)


def _number_or_all(value: object, key: str) -> Fraction | Literal["all"]:
    return ALL if value == ALL else _number(value, key)


def _number(value: object, key: str) -> Fraction:
    number = exact_number(value)
    if number is None:
        raise malformed("bad-number", "an exact number", str(value), key)
    return number


def plain(value: Amounts) -> object:
    """Return an amount the way files write it."""
    if isinstance(value, Fraction):
        return number_text(value)
    if isinstance(value, Bands):
        return {f"from {number_text(edge)}": plain(each) for edge, each in value.edges}
    if isinstance(value, Tiers):
        named = {name: plain(each) for name, each in value.values}
        return named if value.otherwise is None else {**named, "else": plain(value.otherwise)}
    return str(value)
