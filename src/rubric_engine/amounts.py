"""The amounts of rules: from a number to a formula.

A number, all, a map by values, bands, lines, a curve, a judged range, or a formula. Each
kind is one value here; `amount` makes it from what a file or a programmer writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, Literal

from attrs import evolve, frozen

from rubric_engine.curves import Curve, curve
from rubric_engine.errors import InvalidRubric, Problem, malformed, nearest_name
from rubric_engine.exact import exact_number, number_text
from rubric_engine.fields import Range
from rubric_engine.scope import Expression

__all__ = ["ALL", "Amounts", "Bands", "Lines", "Tiers", "amount", "plain"]

#: The amount `all`.
ALL: Final = "all"

Tier = Fraction | Literal["all"] | Range


@frozen
class Tiers:
    """A map by the values of a choice or a checklist."""

    values: tuple[tuple[str, Tier], ...]
    #: The amount of the values that are not named; None where all must be named.
    otherwise: Tier | None = None


@frozen
class Bands:
    """A map by the edges of a number: the highest edge at or below it gives the amount."""

    edges: tuple[tuple[Fraction, Fraction], ...]


@frozen
class Lines:
    """Straight lines through points: at a number, the amount."""

    points: tuple[tuple[Fraction, Fraction], ...]
    #: Outside of the points: level, or straight on.
    beyond: Literal["level", "extend"] = "level"


Amounts = Fraction | Literal["all"] | Tiers | Bands | Lines | Curve | Range | Expression


def amount(value: object) -> Amounts:
    """Read an amount; raises `InvalidRubric` with what was expected.

    >>> amount("0.5"), amount({"from 80": 2})
    (Fraction(1, 2), Bands(edges=((Fraction(80, 1), Fraction(2, 1)),)))
    >>> amount("2 * helped")
    Expression(text='2 * helped')
    """
    if isinstance(value, Tiers | Bands | Lines | Curve | Range | Expression):
        return value
    if isinstance(value, Mapping):
        return _mapped(value)
    number = exact_number(value)
    if number is not None:
        return number
    if isinstance(value, str):
        text = str(value).strip()
        if text == ALL:
            return ALL
        if ".." in text:
            return _judged(text)
        if text and not text.replace(".", "").replace("_", "").isdigit():
            return Expression(str(value))
    expected = "a number, `all`, a map, a range a..b, or a formula"
    raise malformed("bad-number", expected, str(value))


#: A map has at most so many amounts: one for each value of a choice, and `else`.
_MOST_AMOUNTS = 1_001


def _judged(text: str, key: str = "") -> Range:
    try:
        judged = Range.parse(text)
    except InvalidRubric as error:
        raise InvalidRubric([evolve(each, path=key) for each in error.problems]) from None
    if judged.low is None or judged.high is None or judged.low < 0:
        raise malformed("out-of-range", "a range with two ends of 0 or more", text, key)
    return judged


def _mapped(value: Mapping[object, object]) -> Tiers | Bands | Lines | Curve:
    if not value:
        raise malformed("empty", "a map that names one amount at least", "an empty map")
    if len(value) > _MOST_AMOUNTS:
        # Fractions can be chosen so that a dictionary of them becomes slow.
        raise malformed("too-large", f"at most {_MOST_AMOUNTS} amounts", f"{len(value)}")
    if "curve" in value:
        return curve(dict(value))
    for start, kind in (("from ", "edges (`from 80`)"), ("at ", "points (`at 80`)")):
        pointed = [key for key in value if str(key).startswith(start)]
        rest = [key for key in value if key not in pointed and key != "beyond"]
        if pointed and rest:
            expected = f"either {kind} or values"
            raise malformed("conflicting-keys", expected, ", ".join(map(str, value)))
        if pointed:
            pairs = tuple(
                (_number(str(key)[len(start) :].strip(), str(key)), _number(value[key], str(key)))
                for key in pointed
            )
            if start == "at ":
                return _lines(pairs, value.get("beyond"))
            if "beyond" in value:
                raise malformed("conflicting-keys", "no `beyond` beside edges", "beyond", "beyond")
            return Bands(pairs)
    amounts = {str(key): _tier(each, str(key)) for key, each in value.items()}
    otherwise = amounts.pop("else", None)
    return Tiers(tuple(amounts.items()), otherwise)


def _lines(points: tuple[tuple[Fraction, Fraction], ...], beyond: object) -> Lines:
    if beyond is None or beyond == "level":
        return Lines(points)
    if beyond == "extend":
        return Lines(points, "extend")
    near = nearest_name(str(beyond), ("level", "extend"))
    problem = Problem("unknown-value", "beyond", "level or extend", str(beyond)[:60], near)
    raise InvalidRubric([problem])


def _tier(value: object, key: str) -> Tier:
    if isinstance(value, Range):
        return value
    if isinstance(value, str) and ".." in value:
        return _judged(str(value), key)
    return _number_or_all(value, key)


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
    if isinstance(value, Lines):
        points = {f"at {number_text(at)}": plain(each) for at, each in value.points}
        return points if value.beyond == "level" else {**points, "beyond": value.beyond}
    if isinstance(value, Curve):
        keys = ("zero_at", "full_at", "exponent", "median", "p10", "gives", "step")
        stated = {key: getattr(value, key) for key in keys}
        numbers = {key: number_text(each) for key, each in stated.items() if each is not None}
        return {"curve": value.curve, **numbers}
    if isinstance(value, Tiers):
        named = {name: plain(each) for name, each in value.values}
        return named if value.otherwise is None else {**named, "else": plain(value.otherwise)}
    return str(value)
