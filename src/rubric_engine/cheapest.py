"""The cheapest findings for which the graph says what is wanted: found exactly.

The graph falls apart into groups of findings that meet only in a few values: those of an
item meet in its score, those of an indicator in its sum. For each group there is a table: what
its values can be, and the least that costs. Groups are joined in the order of the graph, each
join works out what has become computable and forgets what nobody looks at any more. This is
dynamic programming over the graph (variable elimination, as for cost networks: Dechter,
"Bucket elimination", Artificial Intelligence 113, 1999).

Two things keep the tables small, and both are exact. A value matters only between the bounds
that those who use it can tell apart, so it is held within them. And where a value can only
help when it rises, what costs more and gives less is dropped. Where a table would grow beyond
all bounds it is thinned out, and the answer says that it may not be the cheapest.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import lcm, prod
from typing import Any, Literal

from attrs import evolve, field, frozen

from rubric_engine.evidence import known_cells
from rubric_engine.fields import (
    Amount,
    Checklist,
    Choice,
    Date,
    Field,
    Flag,
    Refused,
    Rows,
    Text,
)
from rubric_engine.graph import Graph, Input, Op, Value, reachable
from rubric_engine.intervals import Interval
from rubric_engine.lower import LoweredField
from rubric_engine.partial import UNKNOWN, Partial, built_anew, specialise
from rubric_engine.provisional import every_finding
from rubric_engine.sheet import Finding, Findings, Program, compute

__all__ = ["Aim", "Answer", "Lever", "cheapest", "holds_on", "is_repair"]

#: So many findings of one field are looked at one by one.
MOST_FINDINGS = 20_001
#: So many combinations of findings of fields that are bound together are looked at.
MOST_TOGETHER = 20_001
#: Tables are thinned out beyond this, and joins of more rows than that.
MOST_ROWS = 20_000
MOST_JOINED = 2_000_000
#: A table with up to so many rows may be repaired by taking any of them out.
MOST_TAKEN_OUT = 10
_ROUNDS = 4


@frozen(eq=False)
class Lever:
    """A finding that may be changed, and what that costs."""

    #: Its position among the fields.
    place: int
    #: What a change to a finding costs, 0 or more.
    price: Callable[[Finding], Fraction]
    #: Whether every change costs the same, or a longer way never costs less; else "any".
    kind: Literal["flat", "rising", "any"] = "flat"


@frozen(eq=False)
class Aim:
    """What is wanted: a truth that must hold, or a number that is to be as high as can be."""

    #: Values of the rubric's graph, and what is wanted of them, in any graph.
    values: tuple[Value, ...]
    made: Callable[[Graph, Sequence[Value]], Value]
    #: Whether it is a number; what it costs is no matter then.
    highest: bool = False


@frozen(eq=False)
class Answer:
    """The findings that do it; None where none do."""

    found: Findings | None
    #: The positions of those that changed.
    changed: tuple[int, ...] = ()
    #: Whether nothing cheaper, or higher, can be; and where nothing was found, whether nothing is.
    exact: bool = True


def is_repair(field: Field, finding: Finding) -> bool:
    """Say whether a finding is one that a repair may lead to.

    Nothing is repaired by saying that it is not applicable, missing or not to be rated.
    """
    if isinstance(field, Text):
        return False
    if not isinstance(field, Choice) or not isinstance(finding, int):
        return finding is not None
    return dict(field.means).get(field.names[finding]) not in ("skip", "missing", "unrated")


def holds_on(program: Program, found: Findings) -> bool:
    """Say whether a sheet meets every demand of its rubric."""
    verdicts = program.demanded(found)
    for demand, verdict in zip(program.lowered.demands, verdicts, strict=True):
        rows = verdict if isinstance(verdict, tuple) else (verdict,)
        lacking = demand.problem.code == "missing-finding"
        if any(each is None and lacking or each is not None and not each for each in rows):
            return False
    return True


def cheapest(program: Program, found: Findings, levers: Sequence[Lever], aim: Aim) -> Answer:
    """Return the cheapest changes of findings after which the aim holds, or the highest number."""
    search = _Search(program, found, levers, aim)
    answer = search.run()
    if search.loose or not search.unfinished:
        return answer
    # Not all that tables could be was looked at: a search that takes them to be better than
    # they can be says whether that matters.
    bound = _Search(program, found, levers, aim, generous=True)
    best = bound.run()
    if bound.loose or bound.unfinished:
        return answer
    same = answer.found is not None and best.found is not None and search.worth == bound.worth
    return evolve(answer, exact=same or best.found is None)


# What a finding may become


@frozen(eq=False)
class _Open:
    """A lever with what its finding may become."""

    lever: Lever
    lowered: LoweredField
    #: The present finding first.
    findings: tuple[Finding, ...]

    @property
    def place(self) -> int:
        return self.lever.place

    @property
    def now(self) -> Finding:
        return self.findings[0]

    def inputs(self) -> list[int]:
        """Return its inputs in the rubric's graph."""
        first = self.lowered.first
        own = list(range(first, first + len(self.lowered.inputs)))
        return own if self.lowered.there is None else [*own, self.lowered.there]


def _valid(kind: Field, quanta: int) -> bool:
    """Say whether a field of numbers or dates takes a number."""
    if isinstance(kind, Date):
        months, day = divmod(quanta, 31)
        try:
            return kind.read(f"{months // 12:04}-{months % 12 + 1:02}-{day + 1:02}") == quanta
        except Refused:
            return False
    single = evolve(kind, panel=None, need=None)  # type: ignore[call-arg]  # because it is a number's
    try:
        return single.read(Fraction(quanta, getattr(kind, "quanta", 1))) is not None
    except Refused:
        return False


def _stretches(kind: Field) -> list[tuple[int, int]]:
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


def _between(kind: Field, low: int, high: int) -> tuple[list[int], bool]:
    """Return the numbers of a field between two, and whether these are all."""
    spans = [(max(low, a), min(high, b)) for a, b in _stretches(kind)]
    spans = [(a, b) for a, b in spans if a <= b]
    size = sum(b - a + 1 for a, b in spans)
    if size <= MOST_FINDINGS:
        numbers: Iterable[int] = (each for a, b in spans for each in range(a, b + 1))
        return [each for each in numbers if _valid(kind, each)], True
    few = {a + (b - a) * part // 1_000 for a, b in spans for part in range(1_001)}
    return [each for each in sorted(few) if _valid(kind, each)], False


def _towards(kind: Field, low: int, high: int, *, up: bool) -> int | None:
    """Return the number of a field between two that is nearest to the end named."""
    for a, b in sorted(_stretches(kind), reverse=up):
        first, last = max(low, a), min(high, b)
        step, number = (-1, last) if up else (1, first)
        while first <= number <= last:
            if _valid(kind, number):
                return number
            number += step
    return None


# What values tell of each other

_MIXED = 2


@frozen(eq=False)
class _Shape:
    """How the values that some roots rest on hang together."""

    #: By index, in the order of the graph.
    values: dict[int, Value]
    #: By index: the groups of levers that a value rests on, one bit each.
    support: dict[int, int]
    #: By index: the bounds beyond which nobody tells values apart.
    bounds: dict[int, tuple[int, int]]
    #: By index: 1 where a rise can only help, -1 where a fall can, 2 where either may, 0 unused.
    direction: dict[int, int]


def _directions(values: Sequence[Value], roots: Iterable[Value]) -> dict[int, int]:
    found = dict.fromkeys((each.index for each in values), 0)
    for each in roots:
        found[each.index] = 1
    for value in reversed(values):
        own = found[value.index]
        if not own:
            continue
        for each, sign in zip(value.args, _signs(value), strict=True):
            told = sign if sign in (0, _MIXED) else _MIXED if own == _MIXED else own * sign
            there = found[each.index]
            found[each.index] = there if told in (0, there) else told if not there else _MIXED
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
        return [_MIXED, 1]
    if op is Op.CHOOSE:
        return [_ordered(args[2], args[1]), 1, 1]
    if op in (Op.STEPS, Op.LOOKUP):
        return [_rising([data[0], *data[2::2]] if op is Op.STEPS else list(data))]
    if op is Op.PRODUCT:
        return [_sign_of(args[1].interval), _sign_of(args[0].interval)]
    if op is Op.QUOTIENT:
        sign = _sign_of(args[0].interval)
        return [1, -sign if sign != _MIXED else _MIXED]
    return [_MIXED] * len(args)


def _ordered(low: Value, high: Value) -> int:
    if low.interval.missing or high.interval.missing:
        return _MIXED
    if low.interval.high <= high.interval.low:
        return 1
    return -1 if high.interval.high <= low.interval.low else _MIXED


def _rising(numbers: list[int]) -> int:
    if numbers == sorted(numbers):
        return 1
    return -1 if numbers == sorted(numbers, reverse=True) else _MIXED


def _sign_of(interval: Interval) -> int:
    return 1 if interval.low >= 0 else -1 if interval.high <= 0 else _MIXED


_Bounds = tuple[int, int]


def _bounds(values: Sequence[Value], roots: Iterable[Value]) -> dict[int, _Bounds]:
    """Return for each value the bounds beyond which those who use it tell nothing apart."""
    found: dict[int, _Bounds | None] = dict.fromkeys((each.index for each in values), None)
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


def _inside(interval: Interval, asked: _Bounds | None) -> _Bounds:
    """Return bounds that lie within an interval; where nobody asks, all is one."""
    if asked is None:
        return interval.low, interval.low
    low = min(max(asked[0], interval.low), interval.high)
    return low, max(min(asked[1], interval.high), low)


def _told_apart(value: Value, asked: _Bounds) -> list[_Bounds | None]:
    """Return for each argument between which bounds a value tells it apart; None for nowhere."""
    op, (low, high) = value.op, asked
    own = [each.interval for each in value.args]
    whole: list[_Bounds | None] = [(each.low, each.high) for each in own]
    if op is Op.LINEAR:
        ends = [_term(factor, each) for factor, each in zip(value.data[1:], own, strict=True)]
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


def _term(factor: int, interval: Interval) -> _Bounds:
    ends = factor * interval.low, factor * interval.high
    return min(ends), max(ends)


def _divided(low: int, high: int, factor: int) -> _Bounds | None:
    """Return what x lies between where factor · x lies between two numbers, rounded outward."""
    if not factor:
        return None
    if factor < 0:
        low, high, factor = -high, -low, -factor
    return low // factor, -(-high // factor)


# The search

#: What a group is known by outside: a value, or what it adds to a sum that is still open.
_Key = tuple[Literal["value", "part"], int]
#: What it costs, how it stands in the document, and how it came about.
_Row = tuple[int, int, Any]
_Vector = tuple[Any, ...]


@frozen(eq=False)
class _Group:
    """Some levers, and what their values can be."""

    mask: int
    keys: tuple[_Key, ...]
    intervals: tuple[Interval, ...]
    rows: dict[_Vector, _Row] = field(repr=False)


class _Never(Exception):
    """Nothing that may be changed makes it hold."""


class _Search:
    def __init__(
        self,
        program: Program,
        found: Findings,
        levers: Sequence[Lever],
        aim: Aim,
        *,
        generous: bool = False,
    ) -> None:
        self.program, self.lowered = program, program.lowered
        self.found, self.levers, self.aim, self.generous = found, levers, aim, generous
        #: Whether not everything was looked at.
        self.loose = False
        #: The tables of which not everything was looked at.
        self.unfinished: set[int] = set()
        self.hulls: dict[int, Interval] = {}
        #: Functions from findings to folds, by the first input of their group.
        self.folding: dict[int, Callable[[Findings], tuple[Any, ...]]] = {}
        #: What the answer costs, or how high it is.
        self.worth: object = None
        self.opens: list[_Open] = []
        self.part: Partial
        self.shape: _Shape
        self.roots: list[Value] = []
        self.output: Value | None = None
        self.scale = 1
        self.groups_of: dict[int, int] = {}

    def run(self) -> Answer:
        fields = self.lowered.fields
        self.opens = [
            _Open(each, fields[each.place], (self.found[each.place],))
            for each in sorted(self.levers, key=lambda one: one.place)
            if not isinstance(fields[each.place].field, Text)
        ]
        try:
            for _ in range(_ROUNDS):
                self.look()
                if not self.narrow():
                    break
            row = self.joined()
        except _Never:
            row = None
        exact = not self.loose and not self.unfinished
        if row is None:
            return Answer(None, exact=exact)
        made = list(self.found)
        changed: list[int] = []
        for place, finding in _unfolded(row[2]):
            made[place] = finding
            changed.append(place)
        return Answer(tuple(made), tuple(sorted(changed)), exact)

    # what is open

    def look(self) -> None:
        """Work out what is left of the graph where the levers are not known."""
        graph, demands = self.lowered.graph, self.lowered.demands
        opened = {each.place for each in self.opens}
        found = tuple(
            UNKNOWN if place in opened else each for place, each in enumerate(self.found)
        )
        known, tables = known_cells(self.lowered, found)
        wanted = [*self.aim.values, *(each.holds.value for each in demands)]
        self.part = specialise(graph, wanted, known, tables, self.hulls)
        values = list(self.part.values[: len(self.aim.values)])
        made = self.aim.made(self.part.graph, values)
        self.output = made if self.aim.highest else None
        roots = [] if self.aim.highest else list(_conjuncts(made))
        for demand, value in zip(demands, self.part.values[len(values) :], strict=True):
            rows = value if isinstance(value, list) else [value]
            if not isinstance(value, list) and value.table is not None:
                # A demand on every row of a table that may change.
                self.freeze([value.table])
                self.look()
                return
            roots += [self.demanded(each, demand.problem.code) for each in rows]
        self.roots = [each for each in roots if not (each.interval.constant and each.interval.low)]
        if any(each.interval.constant for each in self.roots):
            raise _Never
        self.survey()

    def demanded(self, holds: Value, code: str) -> Value:
        """Return a demand as a truth that is never missing."""
        fallback = self.part.graph.truth(verdict=code != "missing-finding")
        if holds.interval.constant:
            return holds
        missing = holds.op is Op.ONLY and holds.args[0].interval.constant
        return fallback if missing else self.part.graph.default(holds, fallback)

    def freeze(self, tables: Iterable[int]) -> None:
        """Leave tables as they are, which may not be the best."""
        self.loose = True
        frozen = set(tables)
        self.opens = [each for each in self.opens if each.lowered.table not in frozen]

    def survey(self) -> None:
        """Note which levers each value rests on, and in what way."""
        ends = [*self.roots, *([] if self.output is None else [self.output])]
        values = reachable(ends)
        of_input = {index: bit for bit, each in enumerate(self.opens) for index in each.inputs()}
        support: dict[int, int] = {}
        for value in values:
            if value.op is Op.INPUT:
                mask = 0
                for index in self.part.stands_for[value.data[0]]:
                    mask |= 1 << of_input[index] if index in of_input else 0
            else:
                mask = 0
                for each in value.args:
                    mask |= support[each.index]
            support[value.index] = mask
        bounds, directions = _bounds(values, ends), _directions(values, ends)
        self.shape = _Shape({each.index: each for each in values}, support, bounds, directions)

    def narrow(self) -> bool:
        """Work out what each lever may lead to; say whether that leaves less than before."""
        inputs: dict[int, Value] = {}
        bound: set[int] = set()
        for value in self.shape.values.values():
            if value.op is not Op.INPUT:
                continue
            old = self.part.stands_for[value.data[0]]
            if value.data[0] in self.part.folds:
                bound |= old
            for index in old:
                inputs[index] = value
        before = ([each.findings for each in self.opens], dict(self.hulls))
        opens: list[_Open] = []
        for each in self.opens:
            met = {index: inputs[index] for index in each.inputs() if index in inputs}
            findings = self.findings(each, met, bound) if met else ()
            others = [one for one in dict.fromkeys(findings) if one != each.now]
            if others or (met and self.generous and each.place in self.unfinished):
                opens.append(evolve(each, findings=(each.now, *others)))
        self.opens = opens
        self.hulls = {}
        for each in opens:
            if not isinstance(each.lowered.field, Rows | Checklist | Text):
                self.hull(each)
        if len(opens) < len(before[0]):
            return True
        return ([each.findings for each in opens], self.hulls) != before

    def hull(self, each: _Open) -> None:
        """Note between what the inputs of a lever lie."""
        first, width = each.lowered.first, len(each.lowered.inputs)
        for number, index in enumerate(range(first, first + width)):
            there = [_nth(one, number) for one in each.findings]
            known = [one for one in there if one is not None]
            if known:
                self.hulls[index] = Interval(min(known), max(known), len(known) < len(there))

    def findings(
        self, each: _Open, met: Mapping[int, Value], bound: set[int]
    ) -> Iterable[Finding]:
        """Return what a lever may lead to, as far as that can make a difference."""
        kind, now = each.lowered.field, each.now
        if isinstance(kind, Flag):
            both: tuple[Finding, ...] = (0, 1)
            return self.better(each, both, met)
        if isinstance(kind, Choice):
            names = range(len(kind.names))
            return [one for one in names if is_repair(kind, one)]
        if isinstance(kind, Rows):
            return self.tables(each, kind)
        listed = isinstance(kind, Checklist) or getattr(kind, "panel", None) is not None
        if listed:
            return self.together(each, kind, met)
        (value,) = met.values()
        if each.lever.kind == "any" or value.index not in self.shape.bounds:
            low, high = value.interval.low, value.interval.high
        else:
            low, high = self.shape.bounds[value.index]
        direction = self.shape.direction[value.index]
        if set(met) & bound:
            return self.all_between(kind, value.interval.low, value.interval.high)
        if each.lever.kind == "any" or direction not in (1, -1):
            return self.all_between(kind, low, high)
        return self.onward(each, kind, (low, high), direction)

    def onward(self, each: _Open, kind: Field, ends: _Bounds, direction: int) -> list[Finding]:
        """Return the numbers that are better than the present one, up to where it is the best."""
        now = each.now if isinstance(each.now, int) else None
        first, last = _stretches(kind)[0][0], _stretches(kind)[-1][1]
        # Beyond the bounds nobody tells apart: the first number there is as good as any.
        if direction > 0:
            edge = _towards(kind, ends[1], last, up=False)
            edge = _towards(kind, first, last, up=True) if edge is None else edge
            start = ends[0] if now is None else now + 1
        else:
            edge = _towards(kind, first, ends[0], up=True)
            edge = _towards(kind, first, last, up=False) if edge is None else edge
            start = ends[1] if now is None else now - 1
        if edge is None or (edge < start if direction > 0 else edge > start):
            return [edge] if now is None and edge is not None else []
        if each.lever.kind == "flat":
            return [edge]
        return self.all_between(kind, min(start, edge), max(start, edge))

    def all_between(self, kind: Field, low: int, high: int) -> list[Finding]:
        below = _towards(kind, _stretches(kind)[0][0], low, up=True)
        above = _towards(kind, high, _stretches(kind)[-1][1], up=False)
        low = low if below is None else below
        high = high if above is None else above
        numbers, every = _between(kind, low, high)
        self.loose = self.loose or not every
        return list(numbers)

    def better(
        self, each: _Open, findings: Iterable[Finding], met: Mapping[int, Value]
    ) -> Iterable[Finding]:
        """Leave out a truth that can only hurt."""
        (value,) = met.values()
        direction = self.shape.direction[value.index]
        if each.now is None or direction not in (1, -1):
            return findings
        return [1 if direction > 0 else 0]

    def together(self, each: _Open, kind: Field, met: Mapping[int, Value]) -> Iterable[Finding]:
        """Return what a checklist or a panel may become."""
        listed = every_finding(kind)
        if listed is not None:
            if isinstance(kind, Checklist):
                return listed
            now = each.now if isinstance(each.now, tuple) else ()
            kept = len(now) - now.count(None)
            # No reading is taken away; their order is no matter.
            there = [one for one in listed if len(one) - one.count(None) >= kept]
            return [one for one in there if _in_order(one) != _in_order(now)]
        # Too many: the best of each, which is the best of all where nothing else is in the way.
        ends: list[int] = []
        for index in each.inputs():
            value = met.get(index)
            direction = 1 if value is None else self.shape.direction[value.index]
            self.loose = self.loose or direction == _MIXED
            interval = Interval(0, 1) if value is None else value.interval
            number = 1 if isinstance(kind, Checklist) else None
            if not isinstance(kind, Checklist):
                single = evolve(kind, panel=None, need=None)  # type: ignore[call-arg]  # because it is a panel
                number = _towards(single, interval.low, interval.high, up=direction > 0)
            elif direction < 0:
                number = 0
            ends.append(number or 0)
        self.loose = self.loose or each.lever.kind != "flat"
        if isinstance(kind, Checklist):
            return [sum(bit << place for place, bit in enumerate(ends))]
        self.loose = self.loose or not isinstance(each.now, tuple) or None in each.now
        return [tuple(ends)]

    def tables(self, each: _Open, kind: Rows) -> Iterable[Finding]:
        """Return what a table may become: all it can, or less of what it is."""
        listed = every_finding(kind)
        if listed is not None:
            return listed
        self.unfinished.add(each.place)
        rows = each.now if isinstance(each.now, tuple) else ()
        fewest = kind.sizes[0]
        if len(rows) > MOST_TAKEN_OUT:
            return [rows[:size] for size in range(fewest, len(rows))]
        kept = (
            tuple(row for place, row in enumerate(rows) if mask >> place & 1)
            for mask in range(1 << len(rows))
        )
        return [one for one in kept if len(one) >= fewest]

    # tables of what can be

    def joined(self) -> _Row | None:
        """Return the cheapest row of all groups together, or the highest."""
        groups = self.first_groups()
        for value in self.shape.values.values():
            mask = self.shape.support[value.index]
            while True:
                involved = [each for each in groups if each.mask & mask]
                if len(involved) < 2:
                    break
                first, second = involved[:2]
                made = self.join(first, second)
                groups = [each for each in groups if each not in (first, second)]
                groups.insert(0, made)
                groups.sort(key=lambda each: each.mask & -each.mask)
        total: _Row = (0, 0, ())
        height: object = None
        for each in groups:
            if not each.rows:
                return None
            vector, row = self.best_of(each)
            height = vector if vector else height
            total = (total[0] + row[0], total[1] + row[1], (total[2], row[2]))
        self.worth = total[0] / Fraction(self.scale) if self.output is None else height
        return total

    def best_of(self, group: _Group) -> tuple[_Vector, _Row]:
        """Return the highest row of the group with what is to be high, else the cheapest."""
        rows = group.rows.items()
        if self.output is None or not group.keys:
            return min(rows, key=lambda each: each[1][:2])
        return max(rows, key=lambda each: (each[0], -each[1][0], -each[1][1]))

    def first_groups(self) -> list[_Group]:
        """Return the groups of single levers, and of those that a fold binds together."""
        size = len(self.opens)
        of_lever = [1 << bit for bit in range(size)]
        folded: dict[int, list[Value]] = {}
        for value in self.shape.values.values():
            if value.op is Op.INPUT and value.data[0] in self.part.folds:
                mask = self.shape.support[value.index]
                if mask:
                    joined = mask
                    for bit in range(size):
                        if of_lever[bit] & mask:
                            joined |= of_lever[bit]
                    of_lever = [joined if each & joined else each for each in of_lever]
                    folded[value.index] = [value]
        prices = self.prices()
        groups = []
        for mask in dict.fromkeys(of_lever):
            opens = [each for bit, each in enumerate(self.opens) if mask >> bit & 1]
            if any(mask & self.shape.support[each.index] for each in self.shape.values.values()):
                groups.append(self.first_group(mask, opens, prices))
        return groups

    def prices(self) -> dict[int, list[int]]:
        """Return what each finding of each lever costs, in whole numbers of one scale."""
        found: dict[int, list[Fraction]] = {}
        for each in self.opens:
            price = each.lever.price
            others = [Fraction(0) if self.aim.highest else price(one) for one in each.findings[1:]]
            found[each.place] = [Fraction(0), *others]
        flat = [each.lever.price(each.now) for each in self.opens if each.lever.kind == "flat"]
        every = [*flat, *(one for each in found.values() for one in each)]
        self.scale = lcm(*(one.denominator for one in every))
        return {
            place: [int(one * self.scale) for one in each] for place, each in found.items()
        }

    def first_group(
        self, mask: int, opens: Sequence[_Open], prices: Mapping[int, list[int]]
    ) -> _Group:
        inside = [
            each
            for each in self.shape.values.values()
            if each.op is Op.INPUT and self.shape.support[each.index] & mask
        ]
        rows: dict[_Vector, _Row] = {}
        for choice in self.choices(opens):
            cost = tie = 0
            back: list[tuple[int, Finding]] = []
            for each, number in zip(opens, choice, strict=True):
                if number:
                    cost += prices[each.place][number]
                    finding = each.findings[number]
                    tie += (1 << (80 + each.place)) + _apart(each.now, finding, number)
                    back.append((each.place, finding))
            vector = self.cells(opens, choice, inside)
            row: _Row = (cost, tie, ("leaf", back))
            if vector not in rows or row[:2] < rows[vector][:2]:
                rows[vector] = row
        if self.generous:
            self.add_ideal(opens, inside, prices, rows)
        keys: tuple[_Key, ...] = tuple(("value", each.index) for each in inside)
        intervals = tuple(each.interval for each in inside)
        return self.reduced(mask, [_Group(mask, keys, intervals, {})], rows.items())

    def choices(self, opens: Sequence[_Open]) -> Iterator[tuple[int, ...]]:
        sizes = [len(each.findings) for each in opens]
        if prod(sizes) <= MOST_TOGETHER:
            return iter(product(*(range(each) for each in sizes)))
        self.loose = True
        return (
            tuple(number if place == moved else 0 for place in range(len(opens)))
            for moved, size in enumerate(sizes)
            for number in range(size)
        )

    def cells(
        self, opens: Sequence[_Open], choice: Sequence[int], inside: Sequence[Value]
    ) -> _Vector:
        """Return what some inputs of the open graph are for some findings."""
        found = list(self.found)
        for each, number in zip(opens, choice, strict=True):
            found[each.place] = each.findings[number]
        if any(each.data[0] in self.part.folds for each in inside):
            folds = self.folds(inside)
            return tuple(
                folded if each.data[0] in self.part.folds else self.cell(each, found)
                for each, folded in zip(inside, folds(tuple(found)), strict=True)
            )
        return tuple(self.cell(each, found) for each in inside)

    def folds(self, inside: Sequence[Value]) -> Callable[[Findings], tuple[Any, ...]]:
        """Return a function from findings to the folds that some inputs stand for."""
        first = inside[0].index
        if first not in self.folding:
            zero = self.lowered.nodes[0].account.start.value
            wanted = [self.part.folds.get(each.data[0], zero) for each in inside]
            self.folding[first] = self.program.values_of(wanted)
        return self.folding[first]

    def cell(self, value: Value, found: Sequence[Finding]) -> object:
        """Return what an input of the open graph is."""
        (index,) = self.part.stands_for[value.data[0]]
        for each in self.opens:
            if index in each.inputs():
                finding = found[each.place]
                if index == each.lowered.there:
                    return None if finding is None else ""
                number = index - each.lowered.first
                if finding is None:
                    return None
                if isinstance(each.lowered.field, Checklist):
                    return int(finding) >> number & 1  # type: ignore[arg-type]  # because a checklist's finding is its bits
                return _nth(finding, number)
        raise AssertionError(index)

    def add_ideal(
        self,
        opens: Sequence[_Open],
        inside: Sequence[Value],
        prices: Mapping[int, list[int]],
        rows: dict[_Vector, _Row],
    ) -> None:
        """Add the best that a table could be at all, at what the least change of it costs."""
        if len(opens) != 1 or opens[0].place not in self.unfinished:
            return
        (each,) = opens
        ends: list[int] = []
        for value in inside:
            direction = self.shape.direction[value.index]
            if direction not in (1, -1) or value.interval.missing:
                return
            ends.append(value.interval.high if direction > 0 else value.interval.low)
        self.unfinished.discard(each.place)
        cost = prices[each.place][1:] or [0]
        if each.lever.kind == "flat":
            cost = [int(each.lever.price(each.now) * self.scale)]
        back = ("leaf", [(each.place, each.now)])
        ideal, row = tuple(ends), (min(cost), 1 << (80 + each.place), back)
        if ideal not in rows or row[:2] < rows[ideal][:2]:
            rows[ideal] = row

    def join(self, first: _Group, second: _Group) -> _Group:
        """Return two groups as one."""
        one, other = first, second
        if len(one.rows) * len(other.rows) > MOST_JOINED:
            self.loose = True
            one, other = _thinned(one, 1_000), _thinned(other, 1_000)
        rows = (
            (a + b, (left[0] + right[0], left[1] + right[1], (left[2], right[2])))
            for a, left in one.rows.items()
            for b, right in other.rows.items()
        )
        return self.reduced(first.mask | second.mask, [first, second], rows)

    def reduced(
        self, mask: int, sources: Sequence[_Group], rows: Iterable[tuple[_Vector, _Row]]
    ) -> _Group:
        """Return a group with what is known of it outside, and only the rows that matter."""
        keys = self.keys_of(mask)
        cut = _Cut(self.shape, sources)
        checked = [
            each
            for each in self.roots
            if self.shape.support[each.index] & ~mask == 0 and self.is_new(each, mask, sources)
        ]
        outer = [cut.key(kind, self.shape.values[index], mask) for kind, index in keys]
        function = cut.function([*outer, *(cut.value(each) for each in checked)])
        size = len(keys)
        found: dict[_Vector, _Row] = {}
        for vector, row in rows:
            result = function(*vector)
            if not all(result[size:]):
                continue
            told = result[:size]
            there = found.get(told)
            if there is None or row[:2] < there[:2]:
                found[told] = row
        directions = [self.shape.direction[index] for _, index in keys]
        kept = _undominated(found, directions)
        intervals = tuple(each.interval for each in outer)
        made = _Group(mask, keys, intervals, kept)
        if len(kept) > MOST_ROWS:
            self.loose = True
            return _thinned(made, MOST_ROWS)
        return made

    def is_new(self, value: Value, mask: int, sources: Sequence[_Group]) -> bool:
        """Say whether a value could not be worked out before groups were joined."""
        if len(sources) == 1:
            return bool(self.shape.support[value.index] & mask)
        support = self.shape.support[value.index]
        return all(support & ~each.mask for each in sources)

    def keys_of(self, mask: int) -> tuple[_Key, ...]:
        """Return what others look at of a group."""
        support = self.shape.support
        found: dict[_Key, None] = {}
        for value in self.shape.values.values():
            own = support[value.index]
            if not own & mask or not own & ~mask:
                continue
            for each in value.args:
                below = support[each.index]
                if below and not below & ~mask:
                    key: _Key = ("value", each.index)
                    found[("part", value.index) if value.op is Op.LINEAR else key] = None
        if self.output is not None and support[self.output.index] & mask:
            if not support[self.output.index] & ~mask:
                found["value", self.output.index] = None
        return tuple(found)


def _unfolded(back: Any) -> Iterator[tuple[int, Finding]]:  # noqa: ANN401 - pairs of pairs, and leaves
    waiting = [back]
    while waiting:
        each = waiting.pop()
        if each and each[0] == "leaf":
            yield from each[1]
        else:
            waiting.extend(each)


def _conjuncts(truth: Value) -> Iterator[Value]:
    """Yield truths that all hold where one does."""
    waiting = [truth]
    while waiting:
        each = waiting.pop()
        if each.op is Op.BOTH:
            waiting.extend(reversed(each.args))
        else:
            yield each


def _apart(now: Finding, finding: Finding, number: int) -> int:
    """Return how far a finding is from the present one, less than 2^70."""
    if isinstance(now, int) and isinstance(finding, int):
        return min(abs(now - finding), 2**60)
    return number


def _in_order(readings: Sequence[Any]) -> list[Any]:
    return sorted(readings, key=lambda each: (each is None, each or 0))


def _nth(finding: Finding, number: int) -> Any:  # noqa: ANN401 - a reading of a panel, or the finding
    return finding[number] if isinstance(finding, tuple) else finding


def _thinned(group: _Group, most: int) -> _Group:
    rows = sorted(group.rows.items(), key=lambda each: each[1][:2])
    if len(rows) <= most:
        return group
    step = len(rows) / most
    chosen = [rows[int(place * step)] for place in range(most - 1)]
    return evolve(group, rows=dict([*chosen, rows[-1]]))


def _undominated(rows: dict[_Vector, _Row], directions: Sequence[int]) -> dict[_Vector, _Row]:
    """Leave out rows that cost as much as another, and are nowhere better."""
    directed = [place for place, each in enumerate(directions) if each in (1, -1)]
    if not directed or len(rows) < 2:
        return rows
    fixed = [place for place in range(len(directions)) if place not in directed]
    classes: dict[object, list[tuple[int, tuple[int, ...], int, _Vector]]] = {}
    for vector, row in rows.items():
        missing = tuple(vector[place] is None for place in directed)
        heights = tuple(
            0 if vector[place] is None else int(vector[place]) * directions[place]
            for place in directed
        )
        kind = (missing, tuple(vector[place] for place in fixed))
        depth = tuple(-each for each in heights)
        classes.setdefault(kind, []).append((row[0], depth, row[1], vector))
    kept: dict[_Vector, _Row] = {}
    for members in classes.values():
        members.sort()
        for each in _front(members, len(directed)):
            kept[each] = rows[each]
    return kept


def _front(members: list[tuple[int, tuple[int, ...], int, _Vector]], width: int) -> list[_Vector]:
    """Return the vectors of which no cheaper one is as high everywhere; cheapest first."""
    found: list[_Vector] = []
    if width == 1:
        least: int | None = None
        for _, (depth,), _, vector in members:
            if least is None or depth < least:
                least = depth
                found.append(vector)
        return found
    if width == 2:
        # A staircase: first depths rise, second depths fall.
        stairs: list[tuple[int, int]] = []
        for _, (one, other), _, vector in members:
            place = bisect_right(stairs, (one, 2**200))
            if place and stairs[place - 1][1] <= other:
                continue
            last = place
            while last < len(stairs) and stairs[last][1] >= other:
                last += 1
            del stairs[place:last]
            if place and stairs[place - 1][0] == one:
                del stairs[place - 1]
            insort(stairs, (one, other))
            found.append(vector)
        return found
    depths: list[tuple[int, ...]] = []
    for _, depth, _, vector in members:
        if not any(all(a <= b for a, b in zip(one, depth, strict=True)) for one in depths):
            depths.append(depth)
            found.append(vector)
    return found


class _Cut:
    """Values worked out from what groups are known by."""

    def __init__(self, shape: _Shape, sources: Sequence[_Group]) -> None:
        self.shape = shape
        self.graph = Graph()
        self.values: dict[int, Value] = {}
        #: What groups add to open sums: by the sum's index, with the group's levers.
        self.parts: dict[int, list[tuple[int, Value]]] = {}
        self.size = 0
        for group in sources:
            for (kind, index), interval in zip(group.keys, group.intervals, strict=True):
                of = shape.values[index].kind if kind == "value" else "integer"
                made = self.graph.input(Input(f"x{self.size}", of, interval))
                self.size += 1
                if kind == "value":
                    self.values[index] = self.held(index, made)
                else:
                    self.parts.setdefault(index, []).append((group.mask, made))

    def held(self, index: int, made: Value) -> Value:
        """Hold a value within the bounds that can be told apart."""
        if made.kind != "integer":
            return made
        low, high = self.shape.bounds[index]
        graph = self.graph
        return graph.greatest(graph.least(made, graph.constant(high)), graph.constant(low))

    def value(self, value: Value) -> Value:
        """Return a value in the graph of what is known of the groups."""
        waiting, needed = [value], set[int]()
        while waiting:
            each = waiting.pop()
            if each.index not in self.values and each.index not in needed:
                needed.add(each.index)
                waiting += self.args(each)
        for index in sorted(needed):
            self.values[index] = self.held(index, self.made(self.shape.values[index]))
        return self.values[value.index]

    def args(self, value: Value) -> list[Value]:
        """Return the arguments that are not already in what a group adds to a sum."""
        if value.op is not Op.LINEAR or value.index not in self.parts:
            return list(value.args)
        return [each for _, each in self.terms(value)]

    def terms(self, value: Value) -> list[tuple[int, Value]]:
        masks = [mask for mask, _ in self.parts.get(value.index, ())]
        support = self.shape.support
        return [
            (factor, each)
            for factor, each in zip(value.data[1:], value.args, strict=True)
            if not support[each.index] or not any(support[each.index] & ~m == 0 for m in masks)
        ]

    def made(self, value: Value) -> Value:
        graph = self.graph
        if value.op is Op.INPUT:
            # A text that nobody can change: all that is asked of it is that it is there.
            return graph.constant(0)
        if value.op is Op.LINEAR and value.index in self.parts:
            terms = [(factor, self.values[each.index]) for factor, each in self.terms(value)]
            terms += [(1, each) for _, each in self.parts[value.index]]
            return graph.linear(value.data[0], terms)
        return built_anew(graph, value, [self.values[each.index] for each in value.args])

    def key(self, kind: str, value: Value, mask: int) -> Value:
        """Return what a group is to be known by."""
        if kind == "value":
            return self.value(value)
        support = self.shape.support
        inner = [
            (factor, each)
            for factor, each in self.terms(value)
            if support[each.index] and not support[each.index] & ~mask
        ]
        graph = self.graph
        terms = [(factor, self.value(each)) for factor, each in inner]
        terms += [(1, each) for _, each in self.parts.get(value.index, ())]
        made = graph.linear(0, terms)
        low, high = self.shape.bounds[value.index]
        least = most = value.data[0]
        for factor, each in zip(value.data[1:], value.args, strict=True):
            if not support[each.index] or support[each.index] & ~mask:
                a, b = _term(factor, each.interval)
                least, most = least + a, most + b
        low, high = low - most, high - least
        low = min(max(low, made.interval.low), made.interval.high)
        high = max(min(high, made.interval.high), low)
        return graph.greatest(graph.least(made, graph.constant(high)), graph.constant(low))

    def function(self, roots: Sequence[Value]) -> Callable[..., tuple[Any, ...]]:
        """Return a function from what the groups are known by to values."""
        return compute(roots, self.size)
