"""What each operation of a graph means, written a second time and as plainly as can be.

A value is an integer, a truth as 0 or 1, or None where it is missing. Nothing here comes
from the interpreters that are held against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rubric_engine.graph import Op, Value

Cell = int | None
Meaning = Callable[[Sequence[Cell], tuple[int, ...]], Cell]


def strict(meaning: Callable[..., int]) -> Meaning:
    """Make a function of integers missing where one of its arguments is."""

    def meant(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
        return None if None in args else int(meaning(*args))

    return meant


def constant(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return the constant."""
    return data[0]


def given(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return the input; the arguments are all inputs."""
    return args[data[0]]


def linear(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return the weighted sum."""
    total = data[0]
    for place, arg in enumerate(args):
        if arg is None:
            return None
        total = total + data[place + 1] * arg
    return total


def floored(dividend: int, divisor: int) -> int:
    """Return the largest whole number whose product with the divisor is not above."""
    size, rest = divmod(abs(dividend), divisor)
    return size if dividend >= 0 else -size - (rest > 0)


def choose(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return the branch that the condition points to."""
    return {None: None, 1: args[1], 0: args[2]}[args[0]]


def default(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return the first that is there."""
    return next((arg for arg in args if arg is not None), None)


def lookup(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return the amount of the code."""
    return dict(enumerate(data)).get(args[0]) if args[0] is not None else None


def steps(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return the amount of the last edge reached."""
    if args[0] is None:
        return None
    amount = data[0]
    for place in range(1, len(data), 2):
        if data[place] <= args[0]:
            amount = data[place + 1]
    return amount


def both(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return Kleene's and."""
    return 0 if 0 in args else None if None in args else 1


def either(args: Sequence[Cell], data: tuple[int, ...]) -> Cell:
    """Return Kleene's or."""
    return 1 if 1 in args else None if None in args else 0


MEANING: dict[Op, Meaning] = {
    Op.CONSTANT: constant,
    Op.INPUT: given,
    Op.LINEAR: linear,
    Op.PRODUCT: strict(lambda a, b: a * b),
    Op.QUOTIENT: strict(floored),
    Op.LEAST: strict(lambda a, b: sorted((a, b))[0]),
    Op.GREATEST: strict(lambda a, b: sorted((a, b))[1]),
    Op.CHOOSE: choose,
    Op.DEFAULT: default,
    Op.LOOKUP: lookup,
    Op.STEPS: steps,
    Op.LESS: strict(lambda a, b: b - a > 0),
    Op.AT_MOST: strict(lambda a, b: b - a >= 0),
    Op.EQUAL: strict(lambda a, b: b - a == 0),
    Op.BOTH: both,
    Op.EITHER: either,
    Op.NEGATE: strict(lambda a: 1 - a),
    Op.KNOWN: lambda args, data: int(args[0] is not None),
}


def cells(values: Iterable[Value], row: Sequence[Cell]) -> dict[int, Cell]:
    """Return what each value is for a row of inputs, by index; arguments come first."""
    found: dict[int, Cell] = {}
    for value in values:
        args = row if value.op is Op.INPUT else [found[each.index] for each in value.args]
        found[value.index] = MEANING[value.op](args, value.data)
    return found
