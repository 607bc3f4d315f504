"""The graph: what a rubric means, as operations on integers, truths and what is missing.

A value is an integer, or a truth, or it is missing. An operation on a missing value is
missing, except where its meaning below says otherwise. Points are integers of quanta
with a scale; scales live in `symbols`, the graph knows integers only.

Every value is typed with the interval of what it can be, so a builder drops what cannot
matter (a floor under a sum that never falls below it) and nothing has to guess.

Each operation has its meaning in four interpreters, compared value by value in the tests:
`sheet` (generated Python), `intervals`, `columns` (Narwhals expressions), and the oracle
of the tests. To add one: its line in `Op`, its method in `Graph`, and one line in each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import islice
from typing import Literal

from attrs import field, frozen

from rubric_engine.intervals import TRANSFER, Interval

__all__ = ["Graph", "Input", "Kind", "Op", "Value", "reachable"]

Kind = Literal["integer", "truth", "text"]


class Op(StrEnum):
    """The operations; `data` stands for an operation's own constants."""

    #: data = (the value,); a truth is 0 or 1.
    CONSTANT = "constant"
    #: data = (the index of the input,).
    INPUT = "input"
    #: data = (k, c1, c2, …): k + c1·x1 + c2·x2 + …
    LINEAR = "linear"
    PRODUCT = "product"
    #: The quotient rounded down; the divisor is never below 1.
    QUOTIENT = "quotient"
    LEAST = "least"
    GREATEST = "greatest"
    #: (condition, then, otherwise); missing if the condition is; the other branch does not matter.
    CHOOSE = "choose"
    #: The first value if it is there, else the second.
    DEFAULT = "default"
    #: data = (amount for 0, amount for 1, …), by a value that counts from 0.
    LOOKUP = "lookup"
    #: data = (below, edge1, amount1, edge2, amount2, …): the amount of the last edge reached.
    STEPS = "steps"
    LESS = "less"
    AT_MOST = "at_most"
    EQUAL = "equal"
    #: False if either is false, even if the other is missing.
    BOTH = "both"
    #: True if either is true, even if the other is missing.
    EITHER = "either"
    NEGATE = "negate"
    #: Whether the value is there; never missing itself.
    KNOWN = "known"


@frozen
class Input:
    """A place where a finding enters the graph."""

    #: `item.field`, or `item.field.value` for one value of a checklist.
    name: str
    kind: Kind
    #: Quanta for a number, 0 and 1 for a truth, an index for a choice.
    interval: Interval


@frozen(eq=False)
class Value:
    """A value of the graph; equal values of one graph are the same object."""

    #: Position in the graph; arguments always come earlier.
    index: int
    op: Op
    args: tuple[Value, ...] = field(repr=lambda args: str([each.index for each in args]))
    data: tuple[int, ...]
    kind: Kind
    interval: Interval


class Graph:
    """Builds values. A builder belongs to one lowering; what it built never changes."""

    def __init__(self) -> None:
        self._values: dict[tuple[object, ...], Value] = {}
        self._inputs: list[Input] = []

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs, in the order they were declared."""
        return tuple(self._inputs)

    def __len__(self) -> int:
        return len(self._values)

    def since(self, first: int) -> list[Value]:
        """Return the values built since the graph had so many."""
        return list(islice(self._values.values(), first, None))

    def input(self, declared: Input) -> Value:
        """Declare an input and return its value."""
        self._inputs.append(declared)
        data = (len(self._inputs) - 1,)
        return self._intern(Op.INPUT, (), data, declared.kind, declared.interval)

    def constant(self, number: int) -> Value:
        """Return the integer."""
        return self._intern(Op.CONSTANT, (), (number,), "integer", Interval(number, number))

    def truth(self, verdict: bool) -> Value:  # noqa: FBT001 - a truth is what it is about
        """Return the truth."""
        bit = int(verdict)
        return self._intern(Op.CONSTANT, (), (bit,), "truth", Interval(bit, bit))

    def linear(self, constant: int, terms: Iterable[tuple[int, Value]]) -> Value:
        """Return constant + Σ factor · value."""
        factors: dict[Value, int] = {}
        for factor, value in terms:
            if value.op is Op.CONSTANT:
                constant += factor * value.data[0]
            else:
                factors[value] = factors.get(value, 0) + factor
        kept = {value: factor for value, factor in factors.items() if factor or _can_miss(value)}
        if constant == 0 and list(kept.values()) == [1]:
            return next(iter(kept))
        if len(kept) == 1:
            ((value, factor),) = kept.items()
            if value.op is Op.CHOOSE and all(each.op is Op.CONSTANT for each in value.args[1:]):
                condition, then, otherwise = value.args
                return self.choose(
                    condition,
                    self.constant(constant + factor * then.data[0]),
                    self.constant(constant + factor * otherwise.data[0]),
                )
        return self._make(Op.LINEAR, tuple(kept), (constant, *kept.values()))

    def product(self, left: Value, right: Value) -> Value:
        """Return left · right."""
        for one, other in ((left, right), (right, left)):
            if one.op is Op.CONSTANT:
                return self.linear(0, [(one.data[0], other)])
        return self._make(Op.PRODUCT, (left, right))

    def quotient(self, dividend: Value, divisor: Value) -> Value:
        """Return dividend / divisor rounded down; the divisor's interval begins at 1 or above."""
        if divisor.interval.low < 1:
            msg = f"a divisor must be 1 or more, not {divisor.interval}"
            raise ValueError(msg)
        if divisor.interval.constant and divisor.interval.low == 1:
            return dividend
        return self._make(Op.QUOTIENT, (dividend, divisor))

    def least(self, left: Value, right: Value) -> Value:
        """Return the smaller."""
        for one, other in ((left, right), (right, left)):
            if one.interval.high <= other.interval.low and not _can_miss(other):
                return one
        return self._make(Op.LEAST, (left, right))

    def greatest(self, left: Value, right: Value) -> Value:
        """Return the larger."""
        for one, other in ((left, right), (right, left)):
            if one.interval.low >= other.interval.high and not _can_miss(other):
                return one
        return self._make(Op.GREATEST, (left, right))

    def choose(self, condition: Value, then: Value, otherwise: Value) -> Value:
        """Return `then` where the condition holds, `otherwise` where it does not."""
        if condition.interval.constant:
            return then if condition.interval.low else otherwise
        if then is otherwise and not _can_miss(condition):
            return then
        if condition.op is Op.NEGATE:
            return self.choose(condition.args[0], otherwise, then)
        return self._make(Op.CHOOSE, (condition, then, otherwise), kind=then.kind)

    def default(self, value: Value, fallback: Value) -> Value:
        """Return the value where it is there, else the fallback."""
        if not _can_miss(value):
            return value
        return self._make(Op.DEFAULT, (value, fallback), kind=value.kind)

    def lookup(self, code: Value, amounts: Sequence[int]) -> Value:
        """Return the amount at position `code`."""
        return self._make(Op.LOOKUP, (code,), tuple(amounts))

    def steps(self, value: Value, below: int, edges: Iterable[tuple[int, int]]) -> Value:
        """Return the amount of the last edge at or below the value; edges rise."""
        data = (below, *(number for edge in edges for number in edge))
        return self._make(Op.STEPS, (value,), data)

    def less(self, left: Value, right: Value) -> Value:
        """Say whether left < right."""
        return self._make(Op.LESS, (left, right), kind="truth")

    def at_most(self, left: Value, right: Value) -> Value:
        """Say whether left <= right."""
        return self._make(Op.AT_MOST, (left, right), kind="truth")

    def equal(self, left: Value, right: Value) -> Value:
        """Say whether two integers, or two truths, are the same."""
        return self._make(Op.EQUAL, (left, right), kind="truth")

    def both(self, left: Value, right: Value) -> Value:
        """Say whether both hold."""
        for one, other in ((left, right), (right, left)):
            if one.op is Op.CONSTANT:
                return other if one.data[0] else one
        return left if left is right else self._make(Op.BOTH, (left, right), kind="truth")

    def either(self, left: Value, right: Value) -> Value:
        """Say whether at least one holds."""
        for one, other in ((left, right), (right, left)):
            if one.op is Op.CONSTANT:
                return one if one.data[0] else other
        return left if left is right else self._make(Op.EITHER, (left, right), kind="truth")

    def negate(self, value: Value) -> Value:
        """Say whether the truth does not hold."""
        if value.op is Op.NEGATE:
            return value.args[0]
        return self._make(Op.NEGATE, (value,), kind="truth")

    def known(self, value: Value) -> Value:
        """Say whether the value is there."""
        return self._make(Op.KNOWN, (value,), kind="truth")

    def _make(
        self,
        op: Op,
        args: tuple[Value, ...],
        data: tuple[int, ...] = (),
        kind: Kind = "integer",
    ) -> Value:
        interval = TRANSFER[op]([each.interval for each in args], data)
        if interval.constant:
            return (
                self.truth(bool(interval.low)) if kind == "truth" else self.constant(interval.low)
            )
        return self._intern(op, args, data, kind, interval)

    def _intern(
        self, op: Op, args: tuple[Value, ...], data: tuple[int, ...], kind: Kind, interval: Interval
    ) -> Value:
        key = (op, *(each.index for each in args), None, *data, kind)
        found = self._values.get(key)
        if found is None:
            found = Value(len(self._values), op, args, data, kind, interval)
            self._values[key] = found
        return found


def _can_miss(value: Value) -> bool:
    return value.interval.missing


def reachable(roots: Iterable[Value]) -> list[Value]:
    """Return the values that the roots rest on, the roots included, arguments first."""
    found: dict[int, Value] = {}
    waiting = list(roots)
    while waiting:
        value = waiting.pop()
        if value.index not in found:
            found[value.index] = value
            waiting.extend(value.args)
    return [found[index] for index in sorted(found)]
