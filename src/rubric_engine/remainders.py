"""The interpreter of a graph in remainders: what all that a number can be has in common.

Where every deduction is a multiple of half a point, so is the score, and no sheet has 92.3.
A value is `remainder` more than a multiple of `modulus`; a modulus of 0 is a constant, of 1
any number. That is sound for every sheet, and says nothing of which multiples are reached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise
from math import gcd
from typing import NamedTuple

from rubric_engine.graph import Op, Value, reachable

__all__ = ["Remainder", "remainder_of"]


class Remainder(NamedTuple):
    """All numbers that are so much more than a multiple of the modulus."""

    modulus: int
    remainder: int

    def holds(self, number: int) -> bool:
        """Say whether a number is one of these."""
        if not self.modulus:
            return number == self.remainder
        return (number - self.remainder) % self.modulus == 0

    def between(self, low: int, high: int) -> bool:
        """Say whether any of these is at least `low` and at most `high`."""
        if not self.modulus:
            return low <= self.remainder <= high
        return low + (self.remainder - low) % self.modulus <= high


ANY = Remainder(1, 0)


def remainder_of(value: Value) -> Remainder:
    """Return what all that a value can be has in common, where it is there."""
    found: dict[int, Remainder] = {}
    for each in reachable([value]):
        args = [found[arg.index] for arg in each.args]
        bound = each.interval
        if bound.low == bound.high and each.kind != "text":
            made = Remainder(0, bound.low)
        else:
            made = _MADE[each.op](each, args) if each.op in _MADE else ANY
        found[each.index] = made
    return found[value.index]


def _either(one: Remainder, other: Remainder) -> Remainder:
    """Return what the numbers of both have in common."""
    modulus = gcd(one.modulus, other.modulus, one.remainder - other.remainder)
    return Remainder(modulus, one.remainder % modulus if modulus else one.remainder)


def _sum(value: Value, args: Sequence[Remainder]) -> Remainder:
    remainder, modulus = value.data[0], 0
    for factor, each in zip(value.data[1:], args, strict=True):
        remainder += factor * each.remainder
        modulus = gcd(modulus, factor * each.modulus)
    return Remainder(modulus, remainder % modulus if modulus else remainder)


def _product(value: Value, args: Sequence[Remainder]) -> Remainder:
    one, other = args
    modulus = gcd(
        one.modulus * other.modulus, one.modulus * other.remainder, other.modulus * one.remainder
    )
    remainder = one.remainder * other.remainder
    return Remainder(modulus, remainder % modulus if modulus else remainder)


def _listed(amounts: Sequence[int]) -> Remainder:
    modulus = reduce(gcd, (after - before for before, after in pairwise(amounts)), 0)
    return Remainder(modulus, amounts[0] % modulus if modulus else amounts[0])


_MADE: dict[Op, Callable[[Value, Sequence[Remainder]], Remainder]] = {
    Op.LINEAR: _sum,
    Op.PRODUCT: _product,
    Op.LEAST: lambda value, args: _either(*args),
    Op.GREATEST: lambda value, args: _either(*args),
    Op.CHOOSE: lambda value, args: _either(*args[1:]),
    Op.DEFAULT: lambda value, args: _either(*args),
    Op.ONLY: lambda value, args: args[1],
    Op.LOOKUP: lambda value, args: _listed(value.data),
    Op.STEPS: lambda value, args: _listed((value.data[0], *value.data[2::2])),
    Op.ROWS_SUM: lambda value, args: _either(Remainder(0, 0), args[0]),
    Op.ROWS_LEAST: lambda value, args: args[0],
    Op.ROWS_GREATEST: lambda value, args: args[0],
}
