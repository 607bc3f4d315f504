"""How values of the graph bear on what is wanted: in which direction, and within what bounds.

Both are worked out backwards, from what is wanted to the findings. They are sound, not tight:
a direction that is named holds on every sheet, and beyond the bounds nobody tells two numbers
apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rubric_engine.graph import Op, Value
from rubric_engine.intervals import Interval

__all__ = ["MIXED", "Bounds", "bounds_of", "directions_of", "term_of"]

#: A rise may help, and may hurt.
MIXED = 2


def directions_of(values: Sequence[Value], roots: Iterable[Value]) -> dict[int, int]:
    """Return for each value 1 where a rise can only help the roots, -1 where a fall can.

    0 stands for a value that nobody looks at, `MIXED` for one of which neither is known.
    """
    found = dict.fromkeys((each.index for each in values), 0)
    for each in roots:
        found[each.index] = 1
    for value in reversed(values):
        own = found[value.index]
        if not own:
            continue
        for each, sign in zip(value.args, _signs(value), strict=True):
            told = sign if sign in (0, MIXED) else MIXED if own == MIXED else own * sign
            there = found[each.index]
            found[each.index] = there if told in (0, there) else told if not there else MIXED
    return found


def _signs(value: Value) -> list[int]:
    """Return how a value moves with each argument: 1 with it, -1 against it, 2 both ways."""
    op, args, data = value.op, value.args, value.data
    if op is Op.LINEAR:
        return [0 if not each else 1 if each > 0 else -1 for each in data[1:]]
    if op in (Op.LEAST, Op.GREATEST, Op.BOTH, Op.EITHER, Op.DEFAULT):
        return [1, 1]
    if op in (Op.LESS, Op.AT_MOST):
        return [-1, 1]
    if op is Op.NEGATE:
        return [-1]
    if op is Op.KNOWN:
        return [0]
    if op is Op.ONLY:
        return [MIXED, 1]
    if op is Op.CHOOSE:
        return [_ordered(args[2], args[1]), 1, 1]
    if op in (Op.STEPS, Op.LOOKUP):
        return [_rising([data[0], *data[2::2]] if op is Op.STEPS else list(data))]
    if op is Op.PRODUCT:
        return [_sign_of(args[1].interval), _sign_of(args[0].interval)]
    if op is Op.QUOTIENT:
        sign = _sign_of(args[0].interval)
        return [1, -sign if sign != MIXED else MIXED]
    return [MIXED] * len(args)


def _ordered(low: Value, high: Value) -> int:
    if low.interval.missing or high.interval.missing:
        return MIXED
    if low.interval.high <= high.interval.low:
        return 1
    return -1 if high.interval.high <= low.interval.low else MIXED


def _rising(numbers: list[int]) -> int:
    if numbers == sorted(numbers):
        return 1
    return -1 if numbers == sorted(numbers, reverse=True) else MIXED


def _sign_of(interval: Interval) -> int:
    return 1 if interval.low >= 0 else -1 if interval.high <= 0 else MIXED


Bounds = tuple[int, int]


def bounds_of(values: Sequence[Value], roots: Iterable[Value]) -> dict[int, Bounds]:
    """Return for each value the bounds beyond which those who use it tell nothing apart."""
    found: dict[int, Bounds | None] = dict.fromkeys((each.index for each in values), None)
    for each in roots:
        found[each.index] = (each.interval.low, each.interval.high)
    for value in reversed(values):
        asked = found[value.index]
        if asked is None:
            continue
        for each, told in zip(value.args, _told_apart(value, asked), strict=True):
            there = found[each.index]
            if told is not None:
                wider = told if there is None else (min(there[0], told[0]), max(there[1], told[1]))
                found[each.index] = wider
    by_index = {each.index: each.interval for each in values}
    return {index: _inside(by_index[index], asked) for index, asked in found.items()}


def _inside(interval: Interval, asked: Bounds | None) -> Bounds:
    """Return bounds that lie within an interval; where nobody asks, all is one."""
    if asked is None:
        return interval.low, interval.low
    low = min(max(asked[0], interval.low), interval.high)
    return low, max(min(asked[1], interval.high), low)


def _told_apart(value: Value, asked: Bounds) -> list[Bounds | None]:
    """Return for each argument between which bounds a value tells it apart; None for nowhere."""
    op, (low, high) = value.op, asked
    own = [each.interval for each in value.args]
    whole: list[Bounds | None] = [(each.low, each.high) for each in own]
    if op is Op.LINEAR:
        ends = [term_of(factor, each) for factor, each in zip(value.data[1:], own, strict=True)]
        least, most = sum(each[0] for each in ends), sum(each[1] for each in ends)
        rest = [(value.data[0] + least - a, value.data[0] + most - b) for a, b in ends]
        return [
            _divided(low - above, high - below, factor)
            for factor, (below, above) in zip(value.data[1:], rest, strict=True)
        ]
    if op is Op.AT_MOST:
        return [(own[1].low, own[1].high + 1), (own[0].low - 1, own[0].high)]
    if op is Op.LESS:
        return [(own[1].low - 1, own[1].high), (own[0].low, own[0].high + 1)]
    if op is Op.EQUAL:
        return [(each.low - 1, each.high + 1) for each in reversed(own)]
    if op is Op.LEAST:
        return [(low, min(high, each.high)) for each in reversed(own)]
    if op is Op.GREATEST:
        return [(max(low, each.low), high) for each in reversed(own)]
    if op is Op.CHOOSE:
        return [whole[0], asked, asked]
    if op is Op.DEFAULT:
        return [asked, asked]
    if op is Op.ONLY:
        return [whole[0], asked]
    if op is Op.STEPS:
        return [(value.data[1] - 1, value.data[-2])] if len(value.data) > 1 else [None]
    if op is Op.QUOTIENT and own[1].constant:
        return [(low * own[1].low, (high + 1) * own[1].low - 1), whole[1]]
    return [None] if op is Op.KNOWN else whole


def term_of(factor: int, interval: Interval) -> Bounds:
    """Return between what factor · x lies."""
    ends = factor * interval.low, factor * interval.high
    return min(ends), max(ends)


def _divided(low: int, high: int, factor: int) -> Bounds | None:
    """Return what x lies between where factor · x lies between two numbers, rounded outward."""
    if not factor:
        return None
    if factor < 0:
        low, high, factor = -high, -low, -factor
    return low // factor, -(-high // factor)
