"""The interpreter of a graph in intervals: what a value can be.

Each operation has one transfer function here. They are sound: the true values always lie
inside. Over arguments that do not depend on each other they are as narrow as can be; over
others (`x - x`) they are wider than the truth. `graph` types every value with its interval
as it is built; `bounds` runs them again over narrower inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import frozen

__all__ = ["TRANSFER", "Interval"]


@frozen
class Interval:
    """The integers low..high (0 and 1 for a truth), and whether the value can be missing."""

    low: int
    high: int
    missing: bool = False

    def holds(self, value: int | None) -> bool:
        """Say whether the value lies inside; None is a missing value."""
        return self.missing if value is None else self.low <= value <= self.high

    @property
    def constant(self) -> bool:
        """Say whether only one value is possible."""
        return self.low == self.high and not self.missing


Transfer = Callable[[Sequence[Interval], tuple[int, ...]], Interval]


def _linear(args: Sequence[Interval], data: tuple[int, ...]) -> Interval:
    low = high = data[0]
    missing = False
    for factor, arg in zip(data[1:], args, strict=True):
        missing = missing or arg.missing
        low += factor * (arg.low if factor > 0 else arg.high)
        high += factor * (arg.high if factor > 0 else arg.low)
    return Interval(low, high, missing)


def _corners(args: Sequence[Interval], combine: Callable[[int, int], int]) -> Interval:
    left, right = args
    corners = [combine(a, b) for a in (left.low, left.high) for b in (right.low, right.high)]
    return Interval(min(corners), max(corners), left.missing or right.missing)


def _choose(args: Sequence[Interval], data: tuple[int, ...]) -> Interval:
    condition, then, otherwise = args
    if condition.low == condition.high:
        chosen = then if condition.low else otherwise
        return Interval(chosen.low, chosen.high, condition.missing or chosen.missing)
    return Interval(
        min(then.low, otherwise.low),
        max(then.high, otherwise.high),
        condition.missing or then.missing or otherwise.missing,
    )


def _default(args: Sequence[Interval], data: tuple[int, ...]) -> Interval:
    first, second = args
    if not first.missing:
        return first
    return Interval(min(first.low, second.low), max(first.high, second.high), second.missing)


def _lookup(args: Sequence[Interval], data: tuple[int, ...]) -> Interval:
    (code,) = args
    reached = data[code.low : code.high + 1]
    return Interval(min(reached), max(reached), code.missing)


def _steps(args: Sequence[Interval], data: tuple[int, ...]) -> Interval:
    (arg,) = args
    reached = [data[0]]
    for edge, amount in zip(data[1::2], data[2::2], strict=True):
        if edge <= arg.low:
            reached = [amount]
        elif edge <= arg.high:
            reached.append(amount)
    return Interval(min(reached), max(reached), arg.missing)


def _compare(
    args: Sequence[Interval], sure: Callable[[Interval, Interval], bool | None]
) -> Interval:
    left, right = args
    missing = left.missing or right.missing
    verdict = sure(left, right)
    if verdict is None:
        return Interval(0, 1, missing)
    return Interval(int(verdict), int(verdict), missing)


def _less(left: Interval, right: Interval) -> bool | None:
    return True if left.high < right.low else False if left.low >= right.high else None


def _at_most(left: Interval, right: Interval) -> bool | None:
    return True if left.high <= right.low else False if left.low > right.high else None


def _equal(left: Interval, right: Interval) -> bool | None:
    if left.high < right.low or right.high < left.low:
        return False
    return True if left.low == left.high == right.low == right.high else None


def _both(args: Sequence[Interval], data: tuple[int, ...]) -> Interval:
    left, right = args
    if (left.high == 0 and not left.missing) or (right.high == 0 and not right.missing):
        return Interval(0, 0)
    return Interval(left.low & right.low, left.high & right.high, left.missing or right.missing)


def _either(args: Sequence[Interval], data: tuple[int, ...]) -> Interval:
    left, right = args
    if (left.low == 1 and not left.missing) or (right.low == 1 and not right.missing):
        return Interval(1, 1)
    return Interval(left.low | right.low, left.high | right.high, left.missing or right.missing)


def _negate(args: Sequence[Interval], data: tuple[int, ...]) -> Interval:
    (truth,) = args
    return Interval(1 - truth.high, 1 - truth.low, truth.missing)


def _known(args: Sequence[Interval], data: tuple[int, ...]) -> Interval:
    (value,) = args
    return Interval(int(not value.missing), 1)


def _only(args: Sequence[Interval], data: tuple[int, ...]) -> Interval:
    condition, value = args
    return Interval(value.low, value.high, value.missing or condition.missing or not condition.low)


def _rows_sum(args: Sequence[Interval], data: tuple[int, ...]) -> Interval:
    (arg,) = args
    _, least, most = data
    fewest = 0 if arg.missing else least
    low = arg.low * (most if arg.low < 0 else fewest)
    high = arg.high * (most if arg.high > 0 else fewest)
    return Interval(low, high)


def _rows_extreme(args: Sequence[Interval], data: tuple[int, ...]) -> Interval:
    (arg,) = args
    return Interval(arg.low, arg.high, arg.missing or data[1] == 0)


def _rows_trimmed(args: Sequence[Interval], data: tuple[int, ...]) -> Interval:
    (arg,) = args
    _, least, most, drop = data
    fewest = 1 if arg.missing else max(least - 2 * drop, 1)
    most = max(most - 2 * drop, 1)
    low = arg.low * (most if arg.low < 0 else fewest)
    high = arg.high * (most if arg.high > 0 else fewest)
    return Interval(low, high, arg.missing or least <= 2 * drop)


def _rows_median(args: Sequence[Interval], data: tuple[int, ...]) -> Interval:
    (arg,) = args
    return Interval(2 * arg.low, 2 * arg.high, arg.missing or data[1] == 0)


def _rows_best(args: Sequence[Interval], data: tuple[int, ...]) -> Interval:
    """Bound the sum of one amount for each key: of one key, or of all rows, or of none."""
    _, value = args
    _, least, most = data
    fewest = 0 if value.missing or not least else 1
    low = value.low * (most if value.low < 0 else fewest)
    high = value.high * (most if value.high > 0 else fewest)
    return Interval(low, high)


#: The meaning of each operation in intervals, by its name in `graph.Op`.
TRANSFER: dict[str, Transfer] = {
    "linear": _linear,
    "product": lambda args, data: _corners(args, lambda a, b: a * b),
    "quotient": lambda args, data: _corners(args, lambda a, b: a // b),
    "least": lambda args, data: _corners(args, min),
    "greatest": lambda args, data: _corners(args, max),
    "choose": _choose,
    "default": _default,
    "lookup": _lookup,
    "steps": _steps,
    "less": lambda args, data: _compare(args, _less),
    "at_most": lambda args, data: _compare(args, _at_most),
    "equal": lambda args, data: _compare(args, _equal),
    "both": _both,
    "either": _either,
    "negate": _negate,
    "known": _known,
    "only": _only,
    "rows_sum": _rows_sum,
    "rows_least": _rows_extreme,
    "rows_greatest": _rows_extreme,
    "rows_trimmed": _rows_trimmed,
    "rows_median": _rows_median,
    "rows_best": _rows_best,
}
