"""Sheets worth trying: findings at the edges where a rubric decides, and sheets made of them.

A rubric changes its mind at few places of a number: where a condition compares it, where a band
begins, where a deduction meets the floor. Those edges are read off the graph; sheets are made
of findings beside them. Everything is found in the same order each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import chain, combinations, islice, product
from math import prod
from random import Random
from typing import Any

from attrs import evolve

from rubric_engine.box import Bounded, Cone
from rubric_engine.fields import (
    Amount,
    Checklist,
    Choice,
    Count,
    Date,
    Field,
    Flag,
    Number,
    Refused,
    Rows,
    Share,
    Text,
)
from rubric_engine.graph import Op
from rubric_engine.lower import Lowered, LoweredField
from rubric_engine.model import Rubric
from rubric_engine.sheet import Finding, Findings, Program
from rubric_engine.tree import TYPE

__all__ = ["Samples", "edges_of", "evidence_of", "gaps_of", "takes"]

#: So many findings of one field are tried, and so many together of one node.
MOST_FINDINGS = 16
MOST_TOGETHER = 64
#: Amounts of a panel or a table that are tried.
MOST_TABLES = 40
#: A day from which others are counted.
_PIVOT = (2025 * 12 + 5) * 31 + 14


def edges_of(cone: Cone, bounds: Sequence[Bounded]) -> dict[int, list[int]]:
    """Return the numbers at which something begins to be decided otherwise, by input.

    An edge is the first number of the upper side.
    """
    found: dict[int, set[int]] = {index: set() for index in cone.inputs}
    places = {each.index: each for each in cone.values}
    compared = (Op.LESS, Op.AT_MOST, Op.EQUAL, Op.LEAST, Op.GREATEST)
    for value in cone.values:
        found_args = [cone.of(bounds, each) for each in value.args]
        args = [each for each in found_args if each is not None]
        if len(args) < len(found_args):
            continue
        if value.op in compared:
            form, zeros = cone.difference(value.args, args), [0]
        elif value.op is Op.STEPS:
            form, zeros = cone.form(value.args[0], args[0]), list(value.data[1::2])
        elif value.op is Op.LOOKUP:
            form = cone.form(value.args[0], args[0])
            zeros = list(range(1, min(len(value.data), 200)))
        else:
            continue
        if len(form[1]) != 1:
            continue
        ((index, factor),) = form[1].items()
        atom = places[index] if isinstance(index, int) else value
        # What stands in for a finding that is freed does not change where its edges are.
        atom = atom.args[0] if atom.op is Op.DEFAULT else atom
        if atom.op is Op.INPUT:
            edges = found[atom.data[0]]
            for zero in zeros:
                at = Fraction(zero - form[0], factor)
                edges.update((at.__floor__(), at.__floor__() + 1, at.__ceil__()))
    return {index: sorted(each) for index, each in found.items()}


def gaps_of(lowered: Lowered) -> dict[int, tuple[tuple[int, int], ...]]:
    """Return the stretches of an input in which its field takes a number, where it leaves gaps."""
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    for each in lowered.fields:
        first = each.first
        kinds = [each.field]
        if isinstance(each.field, Rows):
            kinds = [kind for _, kind in each.field.columns]
        for kind in kinds:
            size = len(kind.inputs(""))
            stretches = tuple(_stretches(kind))
            if stretches:
                found |= dict.fromkeys(range(first, first + size), stretches)
            first += size
    return found


def _stretches(field: Field) -> Iterator[tuple[int, int]]:
    if isinstance(field, Number) and field.one_of:
        yield from sorted((int(each * field.quanta),) * 2 for each in field.one_of)
    elif isinstance(field, Amount) and field.range.low is not None and field.range.low > 0:
        yield (0, 0)
        yield ((field.range.low * field.quanta).__ceil__(), field.bounds[1])
    elif isinstance(field, Choice) and field.meaning("missing"):
        for place, name in enumerate(field.names):
            if name not in field.meaning("missing"):
                yield (place, place)


def evidence_of(lowered: Lowered, findings: Findings) -> dict[str, Any]:
    """Return findings as a sheet that `evaluate` takes, given numbers under their sources."""
    sheet: dict[str, Any] = {}
    for each, finding in zip(lowered.fields, findings, strict=True):
        if finding is not None:
            sheet.setdefault(each.node, {})[each.name] = _plain(each.field, finding)
    if lowered.rubric.methods == "required":
        used = {
            node.id: list(node.methods)
            for node in lowered.rubric.nodes()
            if not isinstance(node, Rubric) and node.methods
        }
        if used:
            sheet["methods"] = used
    return sheet


def _plain(field: Field, finding: Any) -> Any:  # noqa: ANN401 - as `Field.show`
    """Return a finding as a sheet has it: numbers with decimals are numbers, not their text."""
    if isinstance(field, Rows):
        cells = [zip(field.columns, row, strict=True) for row in finding]
        return [{name: _plain(k, c) for (name, k), c in row if c is not None} for row in cells]
    if isinstance(finding, tuple):
        return [None if each is None else _plain(field, each) for each in finding]
    shown = field.show(finding)
    if isinstance(field, Count | Number | Share | Amount):
        return Decimal(shown) if "." in str(shown) else int(str(shown))
    return list(shown) if isinstance(shown, tuple) else shown


class Samples:
    """The findings worth trying for each field of a rubric, and sheets made of them."""

    def __init__(self, program: Program, edges: Mapping[int, Sequence[int]]) -> None:
        self.program, self.lowered = program, program.lowered
        self.edges = edges
        self.fields = self.lowered.fields
        self.findings = tuple(self._of(each) for each in self.fields)
        groups: dict[str, list[int]] = {}
        for place, each in enumerate(self.fields):
            groups.setdefault(each.path if each.given else each.node, []).append(place)
        #: The fields of each node, and each given number alone, by position.
        self.groups = tuple(tuple(each) for each in groups.values())
        #: Nodes that may have no finding at all, with all their fields and those below.
        self.absent = self._absent()
        self._mentioned: list[frozenset[int]] | None = None
        self.together = tuple(tuple(self._together(each)) for each in self.groups)

    def _of(self, lowered: LoweredField) -> tuple[Finding, ...]:
        """Return the findings worth trying for a field, the plainest first."""
        edges = [self.edges.get(lowered.first + k, ()) for k in range(len(lowered.inputs))]
        found = list(_worth_trying(lowered.field, edges))
        if lowered.field.optional and not isinstance(lowered.field, Text):
            found.append(None)
        return tuple(dict.fromkeys(found))

    def _absent(self) -> tuple[tuple[int, ...], ...]:
        below: dict[str, set[str]] = {}
        for node in reversed(self.lowered.nodes):
            own = below.setdefault(node.place.id, {node.place.id})
            if node.place.parent is not None:
                below.setdefault(node.place.parent, {node.place.parent}).update(own)
        found: list[tuple[int, ...]] = []
        places = {each.place.id: each.place for each in self.lowered.nodes}
        for node in self.lowered.nodes:
            parent = places.get(node.place.parent or "")
            if parent is None or parent.node.missing in (None, "refuse") or node.place.row:
                continue
            ids = {each.removesuffix("[]") for each in below[node.place.id]}
            fields = tuple(
                place for place, each in enumerate(self.fields) if each.node in ids and each.freed
            )
            if fields:
                found.append(fields)
        return tuple(found)

    def _together(self, group: tuple[int, ...]) -> Iterator[tuple[Finding, ...]]:
        """Yield findings of one node's fields: all together where they are few."""
        choices = [self.findings[place] for place in group]
        most = max(MOST_TOGETHER, *map(len, choices))
        if prod(map(len, choices)) <= most:
            yield from product(*choices)
            return
        spread = islice(self._spread(group, choices), 4 * most)
        yield from islice(dict.fromkeys(spread), most)

    @staticmethod
    def _spread(
        group: Sequence[int], choices: Sequence[tuple[Finding, ...]]
    ) -> Iterator[tuple[Finding, ...]]:
        starts = _starts(choices)
        yield from starts
        for start in starts:
            for place, each in enumerate(choices):
                for finding in each:
                    yield (*start[:place], finding, *start[place + 1 :])
        random = Random(len(group))  # noqa: S311 - which sheets are tried is no secret
        while True:
            yield tuple(random.choice(each) for each in choices)

    def sheets(self) -> Iterator[Findings]:
        """Yield sheets in which every node's findings take their turns, side by side."""
        most = max((len(each) for each in self.together), default=1)
        made: list[Finding] = [None] * len(self.fields)
        for turn in range(most):
            for group, each in zip(self.groups, self.together, strict=True):
                for place, finding in zip(group, each[turn % len(each)], strict=True):
                    made[place] = finding
            yield tuple(made)
        # The same findings beside others: turns of different length meet otherwise.
        random = Random(most)  # noqa: S311 - which sheets are tried is no secret
        for _ in range(most):
            for group, each in zip(self.groups, self.together, strict=True):
                for place, finding in zip(group, random.choice(each), strict=True):
                    made[place] = finding
            yield tuple(made)
        for fields in self.absent:
            lacking = list(made)
            for place in fields:
                lacking[place] = None
            yield tuple(lacking)

    # what a sheet may be

    def valid(self, findings: Findings) -> Findings | None:
        """Return a sheet without the findings that are freed on it, or None if it is refused."""
        if any(each.freed for each in self.fields):
            lives = self.program.lives(findings)
            if not all(lives):
                findings = self._freed(findings)
        return findings if self.broken(findings) is None else None

    def broken(self, findings: Findings) -> int | None:
        """Return the position of the first demand that a sheet does not meet, or None."""
        for place, verdict in enumerate(self.program.demanded(findings)):
            if verdict is not True and not self.met(place, verdict, findings):
                return place
        return None

    def met(self, demand: int, verdict: object, findings: Findings) -> bool:
        """Say whether a sheet meets a demand, given what the demand says of it."""
        if verdict is None and demand in self.wanted:
            # Whether the node is applicable is not known: then the finding is asked for.
            kind = self.program.positions.get(TYPE)
            untyped = kind is not None and findings[kind] is None
            return untyped or findings[self.wanted[demand]] is not None
        holds = verdict if isinstance(verdict, tuple) else (verdict,)
        return all(each is None or bool(each) for each in holds)

    @cached_property
    def wanted(self) -> dict[int, int]:
        """The fields whose findings are asked for by demands, by the positions of both."""
        positions = self.program.positions
        return {
            place: positions[each.problem.path]
            for place, each in enumerate(self.lowered.demands)
            if each.problem.code == "missing-finding"
            and each.problem.path in positions
            and self.fields[positions[each.problem.path]].field.none_means is None
        }

    def mended(self, findings: Findings, keep: frozenset[int] = frozenset()) -> Findings | None:
        """Return a sheet that is taken, with as few findings changed as were found to do.

        The fields at the positions in `keep` stay as they are.
        """
        for _ in range(8):
            valid = self.valid(findings)
            if valid is not None:
                return valid
            place = self.broken(self._freed(findings))
            if place is None:
                return None
            changed = self._mend(findings, place, keep)
            if changed is None:
                return None
            findings = changed
        return None

    def _freed(self, findings: Findings) -> Findings:
        lives = self.program.lives(findings)
        return tuple(
            None if each.live is not None and live is not None and not live else finding
            for each, finding, live in zip(self.fields, findings, lives, strict=True)
        )

    def _mend(self, findings: Findings, demand: int, keep: frozenset[int]) -> Findings | None:
        """Return a sheet that meets one more demand, or None."""
        fields = sorted(self.mentioned[demand] - keep)
        random = Random(demand)  # noqa: S311 - which sheets are tried is no secret
        choices = [self.findings[place] for place in fields]
        few = prod(map(len, choices)) <= 400
        tried: Iterable[tuple[Finding, ...]] = product(*choices)
        if not few:
            single = (
                tuple(each if k == place else findings[at] for k, at in enumerate(fields))
                for place, choice in enumerate(choices)
                for each in choice
            )
            many = (tuple(random.choice(each) for each in choices) for _ in range(300))
            tried = chain(single, many)
        for values in tried:
            made = list(findings)
            for place, value in zip(fields, values, strict=True):
                made[place] = value
            freed = self._freed(tuple(made))
            if self.met(demand, self.program.demanded(freed)[demand], freed):
                return tuple(made)
        return None

    @property
    def mentioned(self) -> list[frozenset[int]]:
        """The fields that each demand rests on, by position."""
        if self._mentioned is None:
            graph = self.lowered.graph
            owners = self.owners
            self._mentioned = [
                frozenset(owners[index] for index in Cone(graph, [each.holds.value]).inputs)
                for each in self.lowered.demands
            ]
        return self._mentioned

    @property
    def owners(self) -> dict[int, int]:
        """The position of the field whose input it is, by input."""
        found: dict[int, int] = {}
        for place, each in enumerate(self.fields):
            for index in range(each.first, each.first + len(each.inputs)):
                found[index] = place
            if each.there is not None:
                found[each.there] = place
        return found


def _worth_trying(field: Field, edges: Sequence[Sequence[int]]) -> Iterator[Finding]:
    """Yield findings of a field that are there, given the edges of each of its inputs."""
    for each in _tried(field, edges):
        if not _says_absent(field, each):
            yield each


def _says_absent(field: Field, finding: Finding) -> bool:
    """Say whether a finding is the one by which its field says that there is none."""
    if field.absent is None or finding is None or isinstance(finding, tuple):
        return False
    return field.read(_plain(field, finding)) is None


def _tried(field: Field, edges: Sequence[Sequence[int]]) -> Iterator[Finding]:
    if isinstance(field, Flag):
        yield from (0, 1)
    elif isinstance(field, Choice):
        names = enumerate(field.names)
        yield from (place for place, name in names if name not in field.meaning("missing"))
    elif isinstance(field, Checklist):
        size = len(field.names)
        singles = [1 << bit for bit in range(size)]
        whole = (1 << size) - 1
        pairs = [a | b for a, b in combinations(singles, 2)] if size <= 6 else []
        every = range(1 << size) if size <= 4 else [0, *singles, whole, *pairs]
        yield from dict.fromkeys([*every, *(whole ^ each for each in singles)])
    elif isinstance(field, Text):
        yield from ("a", "b", "c", None)
    elif isinstance(field, Rows):
        yield from _tables(field, edges)
    elif isinstance(field, Date):
        yield from _days(edges[0])
    elif isinstance(field, Count | Number | Share | Amount):
        every = sorted({each for own in edges for each in own})
        numbers = list(_numbers(field, every))
        if field.panel is None:
            yield from numbers
        else:
            yield from _readings(field, numbers, field.panel)


def _numbers(field: Count | Number | Share | Amount, edges: Sequence[int]) -> Iterator[int]:
    low, high = field.bounds
    one = field.quanta
    inside = [each for each in edges if low <= each <= high]
    if len(inside) > MOST_FINDINGS:
        step = len(inside) / MOST_FINDINGS
        inside = [inside[int(place * step)] for place in range(MOST_FINDINGS)]
    listed = [int(each * one) for each in getattr(field, "one_of", ())]
    if isinstance(field, Amount) and field.range.low is not None:
        inside.append(-(-(field.range.low * one).numerator // (field.range.low * one).denominator))
    tried = [low, high, *listed, *inside, *(each - 1 for each in inside), low + one, low + 2 * one]
    single = evolve(field, panel=None, need=None)
    for each in dict.fromkeys([*tried, (low + high) // 2]):
        if low <= each <= high and takes(single, each):
            yield each


def takes(field: Field, quanta: int) -> bool:
    """Say whether a field takes a number of so many quanta, or the value at a position."""
    if not isinstance(field, Count | Number | Share | Amount):
        possible = isinstance(field, Flag) or (isinstance(field, Date) and _is_day(field, quanta))
        return possible and not _says_absent(field, quanta)
    try:
        return field.read(Fraction(quanta, field.quanta)) is not None
    except Refused:
        return False


def _readings(
    field: Count | Number | Share | Amount, numbers: Sequence[int], size: int
) -> Iterator[Finding]:
    numbers = numbers[:8]
    for each in numbers:
        yield (each,) * size
    if field.fewest < size:
        yield (numbers[0],) * field.fewest + (None,) * (size - field.fewest)
    random = Random(size)  # noqa: S311 - which sheets are tried is no secret
    for _ in range(12):
        yield tuple(random.choice(numbers) for _ in range(size))


def _days(edges: Sequence[int]) -> Iterator[int]:
    own = Date()
    low, high = own.inputs("")[0].interval.low, own.inputs("")[0].interval.high
    near = [_PIVOT + each for each in (0, -31 * 2, -31 * 7, -31 * 13, -31 * 40, 31, 1)]
    for each in [*near, low, high, *edges[:8], *(edge - 1 for edge in edges[:8])]:
        if low <= each <= high and _is_day(own, each):
            yield each


def _is_day(field: Date, code: int) -> bool:
    try:
        field.show(code)
    except ValueError:
        return False
    return True


def _starts(choices: Sequence[Sequence[Finding]]) -> list[tuple[Finding, ...]]:
    """Return the least of everything, the most of everything, and what stands last."""
    ends = [[each[min(end, len(each) - 1)] for each in choices] for end in (0, 1)]
    return list(dict.fromkeys(tuple(each) for each in (*ends, [each[-1] for each in choices])))


def _tables(field: Rows, edges: Sequence[Sequence[int]]) -> Iterator[Finding]:
    """Yield tables: none, single rows, the same row again and again, all rows together."""
    fewest, most = field.sizes
    columns: list[list[Finding]] = []
    first = 0
    for _, kind in field.columns:
        size = len(kind.inputs(""))
        found = list(_worth_trying(kind, edges[first : first + size]))[:8]
        first += size
        columns.append([*found, None] if kind.optional else found)
    if prod(map(len, columns)) <= MOST_TABLES:
        rows = list(product(*columns))
    else:
        starts = _starts(columns)
        rows = list(
            dict.fromkeys(
                (*start[:place], cell, *start[place + 1 :])
                for start in starts
                for place, each in enumerate(columns)
                for cell in each
            )
        )
        random = Random(len(columns))  # noqa: S311 - which sheets are tried is no secret
        rows += [tuple(random.choice(each) for each in columns) for _ in range(MOST_TABLES // 2)]
    rows = rows[: 3 * MOST_TABLES]
    sizes = dict.fromkeys([fewest, 1, 2, 3, min(most, 12)])
    if fewest == 0:
        yield ()
    for row in rows:
        for size in sizes:
            if max(fewest, 1) <= size <= most and (size in (1, 2) or row in rows[:6]):
                yield (row,) * size
    for one, other in combinations(rows[:8], 2):
        for mixed in ((one, other), (one, one, other), (one, other, other)):
            if fewest <= len(mixed) <= most:
                yield mixed
    for chosen in (rows, [each for each in rows if None not in each]):
        together = tuple(islice(chosen, most))
        if len(together) >= fewest:
            yield together
