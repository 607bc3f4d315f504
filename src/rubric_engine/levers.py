"""Findings that may be changed: what each may become, and what that costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, Literal

from attrs import evolve, frozen

from rubric_engine.fields import Amount, Checklist, Choice, Date, Field, Refused, Text
from rubric_engine.sheet import Finding

__all__ = ["Lever", "between", "is_repair", "is_valid", "nearest_to", "stretches", "units_between"]

#: So many findings of one field are looked at one by one.
MOST_FINDINGS = 20_001


@frozen(eq=False)
class Lever:
    """A finding that may be changed, and what that costs."""

    #: Its position among the fields.
    place: int
    #: What a change to a finding costs, 0 or more.
    price: Callable[[Finding], Fraction]
    #: Whether every change costs the same, or a longer way never costs less; else "any".
    kind: Literal["flat", "rising", "any"] = "flat"


def is_repair(field: Field, finding: Finding) -> bool:
    """Say whether a finding is one that a repair may lead to.

    Nothing is repaired by saying that it is not applicable, missing or not to be rated.
    """
    if isinstance(field, Text):
        return False
    if not isinstance(field, Choice) or not isinstance(finding, int):
        return finding is not None
    return dict(field.means).get(field.names[finding]) not in ("skip", "missing", "unrated")


def is_valid(kind: Field, quanta: int) -> bool:
    """Say whether a field of numbers or dates takes a number of its stretches."""
    if isinstance(kind, Date):
        months, day = divmod(quanta, 31)
        try:
            return kind.read(f"{months // 12:04}-{months % 12 + 1:02}-{day + 1:02}") == quanta
        except Refused:
            return False
    if kind.absent is None:
        return True
    single = evolve(kind, panel=None, need=None)  # type: ignore[call-arg]  # because it is a number's
    try:
        return single.read(Fraction(quanta, getattr(kind, "quanta", 1))) is not None
    except Refused:
        return False


def stretches(kind: Field) -> list[tuple[int, int]]:
    """Return the stretches of quanta within which nearly all numbers of a field lie."""
    listed = getattr(kind, "one_of", ())
    if listed:
        quanta = sorted({int(each * getattr(kind, "quanta", 1)) for each in listed})
        return [(each, each) for each in quanta]
    if isinstance(kind, Amount) and kind.range.low is not None:
        low, high = -(-kind.range.low * kind.quanta // 1), kind.bounds[1]
        return [(0, 0), (max(int(low), 1), high)] if low > 0 else [(0, high)]
    interval = kind.inputs("")[0].interval
    return [(interval.low, interval.high)]


def between(kind: Field, low: int, high: int) -> tuple[list[int], bool]:
    """Return the numbers of a field between two, and whether these are all."""
    spans = [(max(low, a), min(high, b)) for a, b in stretches(kind)]
    spans = [(a, b) for a, b in spans if a <= b]
    size = sum(b - a + 1 for a, b in spans)
    if size <= MOST_FINDINGS:
        numbers: Iterable[int] = (each for a, b in spans for each in range(a, b + 1))
        return [each for each in numbers if is_valid(kind, each)], True
    few = {a + (b - a) * part // 1_000 for a, b in spans for part in range(1_001)}
    return [each for each in sorted(few) if is_valid(kind, each)], False


def nearest_to(kind: Field, low: int, high: int, *, up: bool) -> int | None:
    """Return the number of a field between two that is nearest to the end named."""
    for a, b in sorted(stretches(kind), reverse=up):
        first, last = max(low, a), min(high, b)
        step, number = (-1, last) if up else (1, first)
        while first <= number <= last:
            if is_valid(kind, number):
                return number
            number += step
    return None


def units_between(kind: Field, now: Finding, new: Finding) -> Fraction:
    """Return by how many units a finding moved."""
    if now is None or now == new:
        return Fraction(now != new)
    if isinstance(kind, Checklist):
        return Fraction((int(now) ^ int(new)).bit_count())  # type: ignore[arg-type]  # because a checklist's finding is its bits
    if isinstance(now, tuple) and isinstance(new, tuple):
        return Fraction(different_of(now, new))
    quanta = getattr(kind, "quanta", None)
    if isinstance(kind, Date) or quanta is None:
        return Fraction(1)
    return Fraction(abs(int(now) - int(new)), quanta)  # type: ignore[arg-type]  # because it is a number


def different_of(one: Sequence[Any], other: Sequence[Any]) -> int:
    """Return how many rows, or readings, there are in one and not in the other."""
    left = [each for each in one if each is not None]
    more = 0
    for each in other:
        if each is None:
            continue
        if each in left:
            left.remove(each)
        else:
            more += 1
    return max(more, len(left))
