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

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import lcm, prod
from typing import Any

from attrs import evolve, frozen

from rubric_engine.bearing import MIXED, Bounds, bounds_of, directions_of
from rubric_engine.evidence import known_cells
from rubric_engine.fields import Checklist, Choice, Field, Flag, Rows, Text
from rubric_engine.graph import Graph, Op, Value, reachable
from rubric_engine.groups import Cut, Group, Key, Row, Shape, Vector, thinned, undominated
from rubric_engine.intervals import Interval
from rubric_engine.levers import (
    Lever,
    between,
    is_repair,
    nearest_to,
    stretches,
    units_between,
)
from rubric_engine.lower import LoweredField
from rubric_engine.model import ROOT
from rubric_engine.partial import UNKNOWN, Partial, specialise
from rubric_engine.provisional import every_finding
from rubric_engine.sheet import Finding, Findings, Program

__all__ = ["Aim", "Answer", "Extreme", "cheapest", "farthest", "holds_on"]

#: So many combinations of findings of fields that are bound together are looked at.
MOST_TOGETHER = 20_001
#: Tables are thinned out beyond this, and joins of more rows than that.
MOST_ROWS = 5_000
MOST_JOINED = 100_000
#: A table with up to so many rows may be repaired by taking any of them out.
MOST_TAKEN_OUT = 10
_ROUNDS = 4


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


@frozen(eq=False)
class Extreme:
    """The best or the lowest score that can be reached, with its findings."""

    score: Fraction
    found: Findings
    #: Whether that is proved.
    exact: bool


def holds_on(program: Program, found: Findings) -> bool:
    """Say whether a sheet meets every demand of its rubric."""
    verdicts = program.demanded(found)
    for demand, verdict in zip(program.lowered.demands, verdicts, strict=True):
        rows = verdict if isinstance(verdict, tuple) else (verdict,)
        lacking = demand.problem.code == "missing-finding"
        if any(lacking if each is None else not each for each in rows):
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


def farthest(
    program: Program, found: Findings, levers: list[Lever], sign: int, node: str = ROOT
) -> Extreme:
    """Return the sheet with the best score of a node, or for -1 the lowest.

    A quotient is climbed step by step: each step is as far above the last as can be
    (Dinkelbach, "On nonlinear fractional programming", 1967).
    """
    lowered = next(each for each in program.lowered.nodes if each.place.id == node)
    score = lowered.score
    values = (score.value,) if score.over is None else (score.value, score.over)
    best = Extreme(program.exact(program.score(found), node), found, exact=True)
    while True:
        aim = _above(values, best.score * score.scale, sign)
        answer = cheapest(program, found, levers, aim)
        sheet = best.found if answer.found is None else answer.found
        reached = Extreme(program.exact(program.score(sheet), node), sheet, answer.exact)
        if score.over is None or (reached.score - best.score) * sign <= 0:
            return evolve(reached, exact=best.exact and answer.exact)
        best = reached


def _above(values: tuple[Value, ...], quanta: Fraction, sign: int) -> Aim:
    """Return the aim of being as far above a number as can be, or for -1 below it."""

    def made(graph: Graph, given: Any) -> Value:  # noqa: ANN401 - the values in another graph
        over = graph.constant(1) if len(given) == 1 else given[1]
        terms = [(sign * quanta.denominator, given[0]), (-sign * quanta.numerator, over)]
        return graph.linear(0, terms)

    return Aim(values, made, highest=True)


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


# The search


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
        #: By the inputs of the rubric's graph.
        self.lever_of: dict[int, _Open] = {}
        #: Functions from findings to folds, by the first input of their group.
        self.folding: dict[int, Callable[[Findings], tuple[Any, ...]]] = {}
        #: What the answer costs, or how high it is.
        self.worth: object = None
        self.opens: list[_Open] = []
        self.part: Partial
        self.shape: Shape
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
            else:
                self.look()
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
        found = tuple(UNKNOWN if place in opened else each for place, each in enumerate(self.found))
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
        bounds, directions = bounds_of(values, ends), directions_of(values, ends)
        self.shape = Shape({each.index: each for each in values}, support, bounds, directions)

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

    def findings(self, each: _Open, met: Mapping[int, Value], bound: set[int]) -> Iterable[Finding]:
        """Return what a lever may lead to, as far as that can make a difference."""
        kind = each.lowered.field
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
            return self.every_between(kind, value.interval.low, value.interval.high)
        if each.lever.kind == "any" or direction not in (1, -1):
            return self.every_between(kind, low, high)
        return self.onward(each, kind, (low, high), direction)

    def onward(self, each: _Open, kind: Field, ends: Bounds, direction: int) -> list[Finding]:
        """Return the numbers that are better than the present one, up to where it is the best."""
        now = each.now if isinstance(each.now, int) else None
        first, last = stretches(kind)[0][0], stretches(kind)[-1][1]
        # Beyond the bounds nobody tells apart: the first number there is as good as any.
        if direction > 0:
            edge = nearest_to(kind, ends[1], last, up=False)
            edge = nearest_to(kind, first, last, up=True) if edge is None else edge
            start = ends[0] if now is None else now + 1
        else:
            edge = nearest_to(kind, first, ends[0], up=True)
            edge = nearest_to(kind, first, last, up=False) if edge is None else edge
            start = ends[1] if now is None else now - 1
        if edge is None or (edge < start if direction > 0 else edge > start):
            return [edge] if now is None and edge is not None else []
        if each.lever.kind == "flat":
            return [edge]
        return self.every_between(kind, min(start, edge), max(start, edge))

    def every_between(self, kind: Field, low: int, high: int) -> list[Finding]:
        below = nearest_to(kind, stretches(kind)[0][0], low, up=True)
        above = nearest_to(kind, high, stretches(kind)[-1][1], up=False)
        low = low if below is None else below
        high = high if above is None else above
        numbers, every = between(kind, low, high)
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
            self.loose = self.loose or direction == MIXED
            interval = Interval(0, 1) if value is None else value.interval
            number = 1 if isinstance(kind, Checklist) else None
            if not isinstance(kind, Checklist):
                single = evolve(kind, panel=None, need=None)  # type: ignore[call-arg]  # because it is a panel
                number = nearest_to(single, interval.low, interval.high, up=direction > 0)
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

    def joined(self) -> Row | None:
        """Return the cheapest row of all groups together, or the highest."""
        groups = self.first_groups()
        pending = list(self.shape.values.values())
        while pending:
            pending = [each for each in pending if self.spans(each, groups)]
            pairs = [pair for each in pending if (pair := self.pair(each, groups)) is not None]
            if not pairs:
                break
            first, second = min(pairs, key=lambda each: each[0])[1]
            made = self.join(first, second)
            groups = [each for each in groups if each is not first and each is not second]
            groups.append(made)
        groups.sort(key=lambda each: each.mask & -each.mask)
        total: Row = (0, 0, ())
        height: object = None
        for each in groups:
            if not each.rows:
                return None
            vector, row = self.best_of(each)
            height = vector or height
            total = (total[0] + row[0], total[1] + row[1], (total[2], row[2]))
        self.worth = total[0] / Fraction(self.scale) if self.output is None else height
        return total

    def spans(self, value: Value, groups: Sequence[Group]) -> bool:
        """Say whether a value rests on more groups than one."""
        mask = self.shape.support[value.index]
        return bool(mask) and all(mask & ~each.mask for each in groups)

    def pair(self, value: Value, groups: Sequence[Group]) -> tuple[int, tuple[Group, Group]] | None:
        """Return the two groups that a value joins next, with how many rows that makes.

        None where one of its arguments has to be worked out before.
        """
        ready: dict[int, Group] = {}
        for each in value.args:
            mask = self.shape.support[each.index]
            if not mask:
                continue
            home = next((group for group in groups if not mask & ~group.mask), None)
            if home is not None:
                ready[home.mask] = home
            elif value.op is not Op.LINEAR:
                return None
        if len(ready) < 2:
            return None
        first, second = sorted(ready.values(), key=lambda each: len(each.rows))[:2]
        ordered = sorted((first, second), key=lambda each: each.mask & -each.mask)
        return len(first.rows) * len(second.rows), (ordered[0], ordered[1])

    def best_of(self, group: Group) -> tuple[Vector, Row]:
        """Return the highest row of the group with what is to be high, else the cheapest."""
        rows = group.rows.items()
        if self.output is None or not group.keys:
            return min(rows, key=lambda each: each[1][:2])
        return max(rows, key=lambda each: (each[0], -each[1][0], -each[1][1]))

    def first_groups(self) -> list[Group]:
        """Return the groups of single levers, and of those that a fold binds together."""
        size = len(self.opens)
        of_lever = [1 << bit for bit in range(size)]
        for value in self.shape.values.values():
            if value.op is Op.INPUT and value.data[0] in self.part.folds:
                joined = self.shape.support[value.index]
                for each in of_lever:
                    joined |= each if each & joined else 0
                of_lever = [joined if each & joined else each for each in of_lever]
        prices = self.prices()
        self.lever_of = {index: each for each in self.opens for index in each.inputs()}
        groups = []
        for mask in dict.fromkeys(of_lever):
            opens = [each for bit, each in enumerate(self.opens) if mask >> bit & 1]
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
        return {place: [int(one * self.scale) for one in each] for place, each in found.items()}

    def first_group(
        self, mask: int, opens: Sequence[_Open], prices: Mapping[int, list[int]]
    ) -> Group:
        inside = [
            each
            for each in self.shape.values.values()
            if each.op is Op.INPUT and self.shape.support[each.index] & mask
        ]
        rows: dict[Vector, Row] = {}
        for choice in self.choices(opens):
            cost = tie = 0
            back: list[tuple[int, Finding]] = []
            for each, number in zip(opens, choice, strict=True):
                if number:
                    cost += prices[each.place][number]
                    finding = each.findings[number]
                    tie += (1 << (80 + each.place)) + _apart(
                        each.lowered.field, each.now, finding, number
                    )
                    back.append((each.place, finding))
            vector = self.cells(opens, choice, inside)
            row: Row = (cost, tie, ("leaf", back))
            if vector not in rows or row[:2] < rows[vector][:2]:
                rows[vector] = row
        if self.generous:
            self.add_ideal(opens, inside, prices, rows)
        keys: tuple[Key, ...] = tuple(("value", each.index) for each in inside)
        intervals = tuple(each.interval for each in inside)
        return self.reduced(mask, [Group(mask, keys, intervals, {})], rows.items())

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
    ) -> Vector:
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
        each = self.lever_of[index]
        finding, number = found[each.place], index - each.lowered.first
        if index == each.lowered.there:
            return None if finding is None else ""
        if finding is not None and isinstance(each.lowered.field, Checklist):
            return int(finding) >> number & 1  # type: ignore[arg-type]  # because a checklist's finding is its bits
        return _nth(finding, number)

    def add_ideal(
        self,
        opens: Sequence[_Open],
        inside: Sequence[Value],
        prices: Mapping[int, list[int]],
        rows: dict[Vector, Row],
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

    def join(self, first: Group, second: Group) -> Group:
        """Return two groups as one."""
        one, other = first, second
        if len(one.rows) * len(other.rows) > MOST_JOINED:
            self.loose = True
            one, other = thinned(one, 300), thinned(other, 300)
        rows = (
            (a + b, (left[0] + right[0], left[1] + right[1], (left[2], right[2])))
            for a, left in one.rows.items()
            for b, right in other.rows.items()
        )
        return self.reduced(first.mask | second.mask, [first, second], rows)

    def reduced(
        self, mask: int, sources: Sequence[Group], rows: Iterable[tuple[Vector, Row]]
    ) -> Group:
        """Return a group with what is known of it outside, and only the rows that matter."""
        keys = self.keys_of(mask)
        cut = Cut(self.shape, sources)
        checked = [
            each
            for each in self.roots
            if self.shape.support[each.index] & ~mask == 0 and self.is_new(each, mask, sources)
        ]
        outer = [cut.key(kind, self.shape.values[index], mask) for kind, index in keys]
        function = cut.function([*outer, *(cut.value(each) for each in checked)])
        size = len(keys)
        found: dict[Vector, Row] = {}
        for vector, row in rows:
            result = function(*vector)
            if not all(result[size:]):
                continue
            told = result[:size]
            there = found.get(told)
            if there is None or row[:2] < there[:2]:
                found[told] = row
        directions = [self.shape.direction[index] for _, index in keys]
        kept = undominated(found, directions)
        intervals = tuple(each.interval for each in outer)
        made = Group(mask, keys, intervals, kept)
        if len(kept) > MOST_ROWS:
            self.loose = True
            return thinned(made, MOST_ROWS)
        return made

    def is_new(self, value: Value, mask: int, sources: Sequence[Group]) -> bool:
        """Say whether a value could not be worked out before groups were joined."""
        if len(sources) == 1:
            return bool(self.shape.support[value.index] & mask)
        support = self.shape.support[value.index]
        return all(support & ~each.mask for each in sources)

    def keys_of(self, mask: int) -> tuple[Key, ...]:
        """Return what others look at of a group."""
        support = self.shape.support
        found: dict[Key, None] = {}
        for value in self.shape.values.values():
            own = support[value.index]
            if not own & mask or not own & ~mask:
                continue
            for each in value.args:
                below = support[each.index]
                if below and not below & ~mask:
                    key: Key = ("value", each.index)
                    found[("part", value.index) if value.op is Op.LINEAR else key] = None
        if self.output is not None:
            own = support[self.output.index]
            if own & mask and not own & ~mask:
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


def _apart(kind: Field, now: Finding, finding: Finding, number: int) -> int:
    """Return how far a finding is from the present one, less than 2^70."""
    units = units_between(kind, now, finding) * getattr(kind, "quanta", 1)
    return (min(int(units), 2**40) << 20) + number


def _in_order(readings: Sequence[Any]) -> list[Any]:
    return sorted(readings, key=lambda each: (each is None, each or 0))


def _nth(finding: Finding, number: int) -> Any:  # noqa: ANN401 - a reading of a panel, or the finding
    return finding[number] if isinstance(finding, tuple) else finding
