"""Groups of findings, and tables of what their values can be: cut out of a graph, and cut down.

A group is known outside by a few values; everything beyond is worked out from these.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from typing import Any, Literal

from attrs import evolve, field, frozen

from rubric_engine.bearing import term_of
from rubric_engine.graph import Graph, Input, Op, Value
from rubric_engine.intervals import Interval
from rubric_engine.partial import built_anew
from rubric_engine.sheet import compute

__all__ = ["Cut", "Group", "Key", "Row", "Shape", "Vector", "thinned", "undominated"]


@frozen(eq=False)
class Shape:
    """How the values that some roots rest on hang together."""

    #: By index, in the order of the graph.
    values: dict[int, Value]
    #: By index: the groups of levers that a value rests on, one bit each.
    support: dict[int, int]
    #: By index: the bounds beyond which nobody tells values apart.
    bounds: dict[int, tuple[int, int]]
    #: By index: 1 where a rise can only help, -1 where a fall can, 2 where either may, 0 unused.
    direction: dict[int, int]


#: With so many rows, and more numbers than two to compare, the rest is kept as it is.
MOST_COMPARED = 500

#: What a group is known by outside: a value, or what it adds to a sum that is still open.
Key = tuple[Literal["value", "part"], int]
#: What it costs, how it stands in the document, and how it came about.
Row = tuple[int, int, Any]
Vector = tuple[Any, ...]


@frozen(eq=False)
class Group:
    """Some levers, and what their values can be."""

    mask: int
    keys: tuple[Key, ...]
    intervals: tuple[Interval, ...]
    rows: dict[Vector, Row] = field(repr=False)


def undominated(rows: dict[Vector, Row], directions: Sequence[int]) -> dict[Vector, Row]:
    """Leave out rows that cost as much as another, and are nowhere better."""
    directed = [place for place, each in enumerate(directions) if each in (1, -1)]
    if not directed or len(rows) < 2:
        return rows
    fixed = [place for place in range(len(directions)) if place not in directed]
    classes: dict[object, list[tuple[int, tuple[int, ...], int, Vector]]] = {}
    for vector, row in rows.items():
        missing = tuple(vector[place] is None for place in directed)
        heights = tuple(
            0 if vector[place] is None else int(vector[place]) * directions[place]
            for place in directed
        )
        kind = (missing, tuple(vector[place] for place in fixed))
        depth = tuple(-each for each in heights)
        classes.setdefault(kind, []).append((row[0], depth, row[1], vector))
    kept: dict[Vector, Row] = {}
    for members in classes.values():
        members.sort()
        for each in _front(members, len(directed)):
            kept[each] = rows[each]
    return kept


def _front(members: list[tuple[int, tuple[int, ...], int, Vector]], width: int) -> list[Vector]:
    """Return the vectors of which no cheaper one is as high everywhere; cheapest first."""
    found: list[Vector] = []
    if width == 1:
        least: int | None = None
        for _, (only,), _, vector in members:
            if least is None or only < least:
                least = only
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
        if len(depths) > MOST_COMPARED:
            found.append(vector)
        elif not any(all(a <= b for a, b in zip(one, depth, strict=True)) for one in depths):
            depths.append(depth)
            found.append(vector)
    return found


def thinned(group: Group, most: int) -> Group:
    """Return a group with so many rows at most, the cheapest and the dearest among them."""
    rows = sorted(group.rows.items(), key=lambda each: each[1][:2])
    if len(rows) <= most:
        return group
    step = len(rows) / most
    chosen = [rows[int(place * step)] for place in range(most - 1)]
    return evolve(group, rows=dict([*chosen, rows[-1]]))


class Cut:
    """Values worked out from what groups are known by."""

    def __init__(self, shape: Shape, sources: Sequence[Group]) -> None:
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
                a, b = term_of(factor, each.interval)
                least, most = least + a, most + b
        low, high = low - most, high - least
        low = min(max(low, made.interval.low), made.interval.high)
        high = max(min(high, made.interval.high), low)
        return graph.greatest(graph.least(made, graph.constant(high)), graph.constant(low))

    def function(self, roots: Sequence[Value]) -> Callable[..., tuple[Any, ...]]:
        """Return a function from what the groups are known by to values."""
        return compute(roots, self.size)
