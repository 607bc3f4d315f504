"""The interpreter of a graph over a box of sheets: what values can be, given bounds of findings.

`intervals` bounds one operation at a time, and so forgets that the same finding stands in two
places. Here a value is also kept as a sum of what it rests on, as long as it is one: the
difference of two sums that share a finding is exact, and a comparison of them is decided.
Everything stays sound: what a value is on any sheet of the box lies within its bound.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from rubric_engine.graph import FOLDS, Graph, Op, Value, reachable
from rubric_engine.intervals import TRANSFER, Interval

__all__ = ["EVERYTHING", "Bound", "Bounded", "Box", "Cone", "Form", "is_surely", "may_hold"]

#: The index of a value, or those of several that are multiplied, in order.
Term = int | tuple[int, ...]
#: A sum: a constant, and factors by what they multiply.
Form = tuple[int, dict[Term, int]]
#: Sums of more values than this are not kept.
MOST_TERMS = 400
#: Sums of at most so many terms are multiplied out, to products of at most so many values.
MOST_MULTIPLIED, MOST_FACTORS = 12, 4
#: No value of a graph comes near this.
BEYOND = 2**100


class Bound(NamedTuple):
    """Where a value lies, whether it may be missing, and the sum that it is where it is one."""

    low: int
    high: int
    missing: bool = False
    #: None where the value is no sum of others.
    form: Form | None = None

    @property
    def point(self) -> bool:
        """Whether only one value is possible."""
        return self.low == self.high and not self.missing


#: None is a value that is missing for sure.
Bounded = Bound | None
TRUE, FALSE = Bound(1, 1), Bound(0, 0)
EITHER = Bound(0, 1)


class Box(NamedTuple):
    """Bounds of findings; what is not named may be anything of its type."""

    #: By the index of the graph's input.
    inputs: Mapping[int, Bounded]
    #: The fewest and the most rows, by table.
    sizes: Mapping[int, tuple[int, int]]


#: All sheets.
EVERYTHING = Box({}, {})


def is_surely(bound: Bounded, truth: int) -> bool:
    """Say whether a truth is there and is this on every sheet of the box."""
    return bound is not None and bound.low == bound.high == truth and not bound.missing


def may_hold(bound: Bounded) -> bool:
    """Say whether a truth can hold on some sheet of the box."""
    return bound is not None and bound.high == 1


class Cone:
    """Some values of a graph with all that they rest on, ready to be bounded over boxes."""

    def __init__(
        self,
        graph: Graph,
        roots: Sequence[Value],
        tight: Mapping[int, tuple[int, int]] | None = None,
    ) -> None:
        self.graph, self.roots = graph, tuple(roots)
        self.values = reachable(roots)
        self.positions = {each.index: place for place, each in enumerate(self.values)}
        #: Bounds that are known to hold on every sheet, by the index of a value.
        self.tight = tight or {}
        #: The inputs that the values rest on.
        self.inputs = tuple(each.data[0] for each in self.values if each.op is Op.INPUT)
        self._bits = {index: 1 << place for place, index in enumerate(self.inputs)}
        tables = {each.table for each in self.values if each.table is not None}
        tables |= {each.data[0] for each in self.values if each.op in FOLDS}
        self.tables = tuple(sorted(tables))
        first = len(self.inputs)
        self._table_bits = {each: 1 << first + place for place, each in enumerate(self.tables)}
        self._rest_on = self._masks()
        #: Edges and amounts of steps, and whether these rise, by the index of the value.
        self._steps: dict[int, tuple[tuple[int, ...], tuple[int, ...], bool]] = {}
        #: For each value the first that is the same on every sheet, as far as is seen.
        self._first = self._firsts()

    def _firsts(self) -> dict[int, int]:
        """Return for each value the first that does the same with the same values.

        Of sums only those that are missing with the same values: what cancels out still is
        to be there.
        """
        firsts: dict[int, int] = {}
        needed: dict[int, frozenset[int]] = {}
        forms: dict[int, Form] = {}
        seen: dict[object, int] = {}
        for value in self.values:
            args = [firsts[each.index] for each in value.args]
            key: object
            if value.op is Op.LINEAR:
                constant, terms = value.data[0], dict[Term, int]()
                for factor, each in zip(value.data[1:], value.args, strict=True):
                    _add(terms, forms.get(each.index, (0, {firsts[each.index]: 1})), factor)
                    constant += factor * forms.get(each.index, (0, {}))[0]
                form = constant, {index: each for index, each in terms.items() if each}
                forms[value.index] = form
                needs = frozenset[int]().union(*(needed[each.index] for each in value.args))
                needed[value.index] = needs
                key = (value.op, constant, frozenset(form[1].items()), needs)
            else:
                ordered = sorted(args) if value.op in _EITHER_WAY else args
                key = (value.op, tuple(ordered), value.data, value.kind)
            first = firsts[value.index] = seen.setdefault(key, value.index)
            if value.op is not Op.LINEAR:
                needed[value.index] = frozenset([first] if value.interval.missing else [])
        return firsts

    def _masks(self) -> list[int]:
        masks: list[int] = []
        for value in self.values:
            mask = self._bits[value.data[0]] if value.op is Op.INPUT else 0
            if value.op in FOLDS:
                mask |= self._table_bits[value.data[0]]
            for each in value.args:
                mask |= masks[self.positions[each.index]]
            masks.append(mask)
        return masks

    def rests_on(self, value: Value) -> set[int]:
        """Return the inputs that a value of the cone rests on."""
        mask = self._rest_on[self.positions[value.index]]
        return {index for index, bit in self._bits.items() if mask & bit}

    def resting_on(self, index: int) -> list[int]:
        """Return the positions of the values that rest on an input, arguments first."""
        bit = self._bits[index]
        return [place for place, mask in enumerate(self._rest_on) if mask & bit]

    def bounds(
        self,
        box: Box = EVERYTHING,
        known: Sequence[Bounded] | None = None,
        inputs: Iterable[int] = (),
        tables: Iterable[int] = (),
    ) -> list[Bounded]:
        """Return where every value of the cone lies, in the order of `values`.

        `known` are the bounds over a wider box, from which only those inputs and tables
        were narrowed.
        """
        if known is None:
            found: list[Bounded] = []
            for value in self.values:
                found.append(self._bound(value, box, found))
            return found
        changed = 0
        for index in inputs:
            changed |= self._bits[index]
        for table in tables:
            changed |= self._table_bits[table]
        found = list(known)
        for place, mask in enumerate(self._rest_on):
            if mask & changed:
                found[place] = self._bound(self.values[place], box, found)
        return found

    def of(self, bounds: Sequence[Bounded], value: Value) -> Bounded:
        """Return the bound of one value."""
        return bounds[self.positions[value.index]]

    def _bound(self, value: Value, box: Box, found: list[Bounded]) -> Bounded:
        op = value.op
        if op is Op.CONSTANT:
            return Bound(value.data[0], value.data[0], False, (value.data[0], {}))
        if op is Op.INPUT:
            return self._input(value, box)
        args = [found[self.positions[each.index]] for each in value.args]
        if op in _STRICT:
            if None in args:
                return None
            bound = self._strict(value, args, found)  # type: ignore[arg-type]  # because none is missing for sure
        elif op in FOLDS:
            bound = _fold(value, args, box)
        else:
            bound = _LOOSE[op](args)
        tight = self.tight.get(value.index)
        if tight is not None and bound is not None:
            low, high = max(bound.low, tight[0]), min(bound.high, tight[1])
            bound = bound._replace(low=low, high=max(low, high))
        return bound

    def _input(self, value: Value, box: Box) -> Bounded:
        index = value.data[0]
        if index in box.inputs:
            bound = box.inputs[index]
        else:
            interval = value.interval
            bound = Bound(interval.low, interval.high, interval.missing)
        if bound is None or value.kind == "text":
            return bound
        form: Form | None = (bound.low, {}) if bound.low == bound.high else None
        return bound._replace(form=form)

    def _strict(self, value: Value, args: list[Bound], found: list[Bounded]) -> Bounded:
        """Bound an operation that is missing where any argument is."""
        op, missing = value.op, any(each.missing for each in args)
        if op is Op.LINEAR:
            return self._linear(value, args, found, missing=missing)
        if op in _COMPARED:
            verdict = _COMPARED[op](self.apart(value.args, args, found))
            return Bound(0, 1, missing) if verdict is None else Bound(verdict, verdict, missing)
        if op in (Op.LEAST, Op.GREATEST):
            apart = self.apart(value.args, args, found)
            first = apart[1] <= 0 if op is Op.LEAST else apart[0] >= 0
            second = apart[0] >= 0 if op is Op.LEAST else apart[1] <= 0
            if first or second:
                place = 0 if first else 1
                form = self.form(value.args[place], args[place])
                return Bound(args[place].low, args[place].high, missing, form)
        if op is Op.PRODUCT:
            for one, other, place in ((args[0], args[1], 1), (args[1], args[0], 0)):
                if one.low == one.high:
                    form = self.form(value.args[place], other)
                    return self._summed(_scaled(form, one.low), found, missing=missing)
            whole = self._multiplied(value, args)
            if whole is not None:
                low, high = self._ends(whole, found)
                made = _as_interval(op, args, value.data)
                low, high = max(low, made.low), min(high, made.high)
                return Bound(low, max(low, high), missing, whole)
        if op is Op.STEPS:
            return self._stepped(value, args[0])
        made = _as_interval(op, args, value.data)
        return Bound(made.low, made.high, missing)

    def _stepped(self, value: Value, arg: Bound) -> Bound:
        """Bound the amounts of the edges that can be reached, of which there may be thousands."""
        steps = self._steps.get(value.index)
        if steps is None:
            amounts = (value.data[0], *value.data[2::2])
            rising = all(one <= other for one, other in pairwise(amounts))
            steps = self._steps[value.index] = (value.data[1::2], amounts, rising)
        edges, amounts, rising = steps
        first, last = bisect_right(edges, arg.low), bisect_right(edges, arg.high)
        if rising:
            return Bound(amounts[first], amounts[last], arg.missing)
        reached = amounts[first : last + 1]
        return Bound(min(reached), max(reached), arg.missing)

    def _multiplied(self, value: Value, args: Sequence[Bound]) -> Form | None:
        """Return a product multiplied out, where that is small."""
        one, other = (self.form(each, arg) for each, arg in zip(value.args, args, strict=True))
        if max(len(one[1]), len(other[1])) > MOST_MULTIPLIED:
            return None
        terms: dict[Term, int] = {}
        for left, factor in ((None, one[0]), *one[1].items()):
            for right, by in ((None, other[0]), *other[1].items()):
                term = _joined_terms(left, right)
                if len(term) > MOST_FACTORS:
                    return None
                if term:
                    key: Term = term[0] if len(term) == 1 else term
                    terms[key] = terms.get(key, 0) + factor * by
        return one[0] * other[0], {term: each for term, each in terms.items() if each}

    def _linear(
        self, value: Value, args: list[Bound], found: list[Bounded], *, missing: bool
    ) -> Bound:
        constant, factors = value.data[0], value.data[1:]
        low = high = constant
        terms: dict[Term, int] = {}
        for factor, arg, place in zip(factors, args, value.args, strict=True):
            ends = (factor * arg.low, factor * arg.high)
            low += min(ends)
            high += max(ends)
            own = self.form(place, arg)
            constant += factor * own[0]
            _add(terms, own, factor)
        form = (constant, {index: each for index, each in terms.items() if each})
        summed = self._ends(form, found)
        low, high = max(low, summed[0]), min(high, summed[1])
        return Bound(low, max(low, high), missing, form if len(form[1]) <= MOST_TERMS else None)

    def _summed(self, form: Form, found: list[Bounded], *, missing: bool) -> Bound:
        low, high = self._ends(form, found)
        return Bound(low, high, missing, form)

    def _ends(self, form: Form, found: Sequence[Bounded]) -> tuple[int, int]:
        low = high = form[0]
        for term, factor in form[1].items():
            if isinstance(term, int):
                bound = found[self.positions[term]]
                if bound is None:
                    return -BEYOND, BEYOND
                ends = bound.low, bound.high
            else:
                ends = 1, 1
                for index in term:
                    bound = found[self.positions[index]]
                    if bound is None:
                        return -BEYOND, BEYOND
                    corners = [a * b for a in ends for b in (bound.low, bound.high)]
                    ends = min(corners), max(corners)
            low += factor * (ends[0] if factor > 0 else ends[1])
            high += factor * (ends[1] if factor > 0 else ends[0])
        return low, high

    def apart(
        self, pair: Sequence[Value], args: Sequence[Bound], found: Sequence[Bounded]
    ) -> tuple[int, int]:
        """Return the least and the most by which the first of two values exceeds the second.

        `args` are the bounds of the two, `found` those of all values of the cone.
        """
        left, right = args
        low, high = left.low - right.high, left.high - right.low
        if low > 0 or high < 0:
            return low, high
        summed = self._ends(self.difference(pair, args), found)
        return max(low, summed[0]), min(high, summed[1])

    def form(self, value: Value, bound: Bound) -> Form:
        """Return a value as a sum: at least of itself."""
        return bound.form or (0, {self._first[value.index]: 1})

    def difference(self, pair: Sequence[Value], args: Sequence[Bound]) -> Form:
        """Return the first of two values less the second, as a sum."""
        one, other = (self.form(each, arg) for each, arg in zip(pair, args, strict=True))
        terms = dict(one[1])
        _add(terms, other, -1)
        return one[0] - other[0], {index: each for index, each in terms.items() if each}


def _add(terms: dict[Term, int], form: Form, factor: int) -> None:
    for index, each in form[1].items():
        terms[index] = terms.get(index, 0) + factor * each


def _joined_terms(left: Term | None, right: Term | None) -> tuple[int, ...]:
    """Return the values of two terms together, in order."""
    parts: list[int] = []
    for each in (left, right):
        if isinstance(each, int):
            parts.append(each)
        elif each is not None:
            parts += each
    return tuple(sorted(parts))


def _as_interval(op: Op, args: Sequence[Bound], data: tuple[int, ...]) -> Interval:
    return TRANSFER[op]([Interval(a.low, a.high, a.missing) for a in args], data)


def _scaled(form: Form, by: int) -> Form:
    return form[0] * by, {index: each * by for index, each in form[1].items()} if by else {}


def _less(apart: tuple[int, int]) -> int | None:
    return 1 if apart[1] < 0 else 0 if apart[0] >= 0 else None


def _at_most(apart: tuple[int, int]) -> int | None:
    return 1 if apart[1] <= 0 else 0 if apart[0] > 0 else None


def _equal(apart: tuple[int, int]) -> int | None:
    if apart[0] > 0 or apart[1] < 0:
        return 0
    return 1 if apart == (0, 0) else None


_COMPARED: dict[Op, Callable[[tuple[int, int]], int | None]] = {
    Op.LESS: _less,
    Op.AT_MOST: _at_most,
    Op.EQUAL: _equal,
}

_STRICT = frozenset(
    {
        *(Op.LINEAR, Op.PRODUCT, Op.QUOTIENT, Op.LEAST, Op.GREATEST, Op.LOOKUP, Op.STEPS),
        *(Op.LESS, Op.AT_MOST, Op.EQUAL, Op.NEGATE),
    }
)


#: The operations whose arguments may change places.
_EITHER_WAY = frozenset(
    {Op.PRODUCT, Op.LEAST, Op.GREATEST, Op.EQUAL, Op.BOTH, Op.EITHER},
)


def _fold(value: Value, args: list[Bounded], box: Box) -> Bounded:
    table, fewest, most, *more = value.data
    fewest, most = box.sizes.get(table, (fewest, most))
    adds = value.op in (Op.ROWS_SUM, Op.ROWS_BEST)
    if most == 0 or args[-1] is None:
        return FALSE if adds else None
    intervals = [Interval(0, 0) if a is None else Interval(a.low, a.high, a.missing) for a in args]
    made = TRANSFER[value.op](intervals, (table, fewest, most, *more))
    return Bound(made.low, made.high, made.missing)


def _choose(args: list[Bounded]) -> Bounded:
    condition, then, otherwise = args
    if condition is None:
        return None
    if condition.low == condition.high:
        kept = then if condition.low else otherwise
        if kept is None or not condition.missing:
            return kept
        return kept._replace(missing=True)
    return _joined(then, otherwise, missing=condition.missing)


def _joined(one: Bounded, other: Bounded, *, missing: bool) -> Bounded:
    """Return a bound that holds both."""
    if one is None or other is None:
        kept = one or other
        return None if kept is None else kept._replace(missing=True)
    form = one.form if one.form is not None and one.form == other.form else None
    missing = missing or one.missing or other.missing
    return Bound(min(one.low, other.low), max(one.high, other.high), missing, form)


def _default(args: list[Bounded]) -> Bounded:
    first, second = args
    if first is None or not first.missing:
        return second if first is None else first
    if second is None:
        return first
    joined = _joined(first, second, missing=False)
    return None if joined is None else joined._replace(missing=second.missing)


def _known(args: list[Bounded]) -> Bounded:
    (arg,) = args
    return FALSE if arg is None else EITHER if arg.missing else TRUE


def _only(args: list[Bounded]) -> Bounded:
    condition, value = args
    if value is None or condition is None or condition.high == 0:
        return None
    return value if is_surely(condition, 1) else value._replace(missing=True)


def _both(args: list[Bounded], neutral: int = 1) -> Bounded:
    """Bound `both`; with `neutral` 0 it is `either`: the other truth decides it alone."""
    deciding = 1 - neutral
    if any(is_surely(each, deciding) for each in args):
        return Bound(deciding, deciding)
    there = [each for each in args if each is not None]
    # The result is missing where one is, unless the other decides.
    missing = len(there) < 2 or any(each.missing for each in there)
    decides = [each for each in there if deciding in (each.low, each.high)]
    neutrals = [each for each in there if neutral in (each.low, each.high)]
    may_decide, may_not = bool(decides), len(there) == len(neutrals) == 2
    if not may_decide and not may_not:
        return None
    ends = [deciding] * may_decide + [neutral] * may_not
    return Bound(min(ends), max(ends), missing)


_LOOSE: dict[Op, Callable[[list[Bounded]], Bounded]] = {
    Op.CHOOSE: _choose,
    Op.DEFAULT: _default,
    Op.KNOWN: _known,
    Op.ONLY: _only,
    Op.BOTH: _both,
    Op.EITHER: lambda args: _both(args, 0),
}
