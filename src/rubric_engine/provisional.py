"""What an incomplete sheet can still become.

What is known is put into the graph; what is left of it says, in intervals, what the score
can be, and on which missing findings that rests. Where the findings that matter can take
few enough values, all of them are tried instead, and the answer is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain, combinations_with_replacement, islice, product
from math import prod
from typing import Any

from attrs import evolve, frozen

from rubric_engine.evidence import Reading, known_cells, read_sheet
from rubric_engine.exact import number_text
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
from rubric_engine.graph import Op, Value
from rubric_engine.ledger import Ledger, grade_of, stars_of
from rubric_engine.partial import UNKNOWN, Partial, specialise
from rubric_engine.sheet import Findings, Program

__all__ = ["Provisional", "every_finding", "provisional_result"]

#: So many completed sheets are tried at most.
MOST_SHEETS = 4_096


@frozen
class Provisional:
    """What a sheet that lacks findings can still give."""

    #: The least and the greatest score still possible, in points: bounds, which are reached
    #: where `exact` says so.
    low: Fraction
    high: Fraction
    #: The names of the grades still possible, the best first; "unrated" is the last. Empty
    #: where the rubric has none.
    grades: tuple[str, ...]
    #: The stars of those grades that have stars.
    stars: tuple[int, ...]
    #: The findings that are missing, as `item.field`.
    missing: tuple[str, ...]
    #: Those of them that can still change the score or the grade.
    open: tuple[str, ...]
    #: The points assessed over the points applicable; None where none are known to be.
    coverage: Fraction | None
    #: Whether every completed sheet was tried, so that nothing here is only a bound.
    exact: bool

    @property
    def settled(self) -> bool:
        """Whether nothing that is missing can change the score or the grade."""
        return not self.open

    def __str__(self) -> str:
        points = f"{number_text(self.low)} to {number_text(self.high)} points"
        return ", ".join([points, *self.grades])


def provisional_result(
    program: Program, evidence: object, given: object, *, methods: bool = False
) -> Provisional:
    """Return what a sheet can still become; raises `InvalidEvidence` if it is wrong."""
    reading = read_sheet(program, evidence, given, methods=methods, lacking=True)
    return _Provisional(program, reading).result()


class _Provisional:
    def __init__(self, program: Program, reading: Reading) -> None:
        self.program, self.lowered = program, program.lowered
        self.fields = self.lowered.fields
        self.missing = tuple(
            dict.fromkeys(
                each.path
                for each in reading.problems
                if each.code in ("missing-finding", "too-few")
            )
        )
        self.found = self.with_unknowns(reading.found)

    def with_unknowns(self, found: Findings) -> Findings:
        """Return the findings with `UNKNOWN` for every freed one that may still come."""
        absent = self.absent_nodes(found)
        made = list(found)
        waiting: list[int] = []
        for place, each in enumerate(self.fields):
            if found[place] is not None or not each.freed:
                continue
            optional = each.field.optional or isinstance(each.field, Text)
            if not optional and each.node not in absent:
                waiting.append(place)
                made[place] = UNKNOWN
        if waiting:
            known, tables = known_cells(self.lowered, tuple(made))
            lives = [self.fields[place].live for place in waiting]
            roots = [each.value for each in lives if each is not None]
            values = iter(specialise(self.lowered.graph, roots, known, tables).values)
            for place, live in zip(waiting, lives, strict=True):
                value = None if live is None else next(values)
                if value is not None and value.interval.high == 0 and value.interval.constant:
                    made[place] = None
        return tuple(made)

    def absent_nodes(self, found: Findings) -> set[str]:
        """Return the nodes without any finding where that is allowed, and all below them."""
        there = {
            each.node for each, value in zip(self.fields, found, strict=True) if value is not None
        }
        places = {each.place.id: each.place for each in self.lowered.nodes}
        below: dict[str, set[str]] = {node: {node} for node in places}
        for place in reversed(list(places.values())):
            if place.parent is not None:
                below[place.parent] |= below[place.id]
        absent: set[str] = set()
        for node_id, place in places.items():
            parent = None if place.parent is None else places[place.parent]
            takes = parent is not None and parent.node.missing not in (None, "refuse")
            if takes and not place.beside and not below[node_id] & there:
                absent |= below[node_id]
        return absent

    def result(self) -> Provisional:
        """Return the bounds, made exact where all completed sheets can be tried."""
        root = self.lowered.nodes[0]
        part, values = self.specialised()
        opened = self.open_fields(part, values)
        sheets = self.completed(opened)
        if sheets is not None:
            tried = {
                values: sheet
                for values, sheet in sheets
                if all(_flat(self.program.demanded(sheet)))
            }
            if tried:
                return self.tried(tried, opened)
        score, over = values[0], values[1] if root.score.over is not None else None
        low, high = _bounds(score, over, root.score.scale)
        low, high = max(low, root.score.low), min(high, root.score.high)
        index = None if not root.grading else values[-1]
        indices = set() if index is None else _possible(index)
        return self.told(low, high, indices, opened, exact=not opened)

    def specialised(self) -> tuple[Partial, list[Value]]:
        root = self.lowered.nodes[0]
        roots = [root.score.value]
        if root.score.over is not None:
            roots.append(root.score.over)
        if root.grading:
            roots.append(root.grading[-1].after)
        known, tables = known_cells(self.lowered, self.found)
        part = specialise(self.lowered.graph, roots, known, tables)
        return part, list(part.values)

    def open_fields(self, part: Partial, values: Sequence[Value]) -> list[int]:
        """Return the positions of the fields on which values still rest."""
        inputs = part.open_inputs(values)
        return [
            place
            for place, each in enumerate(self.fields)
            if any(each.first <= index < each.first + len(each.inputs) for index in inputs)
            or each.there in inputs
        ]

    def completed(self, opened: Sequence[int]) -> Iterator[tuple[Findings, Findings]] | None:
        """Yield all findings that matter, and the sheet with them; None for too many."""
        domains: list[Sequence[Any]] = []
        for place in opened:
            domain = every_finding(self.fields[place].field)
            if domain is None or self.found[place] is not UNKNOWN:
                return None
            domains.append(domain)
        if prod(map(len, domains)) > MOST_SHEETS:
            return None
        return self.filled(opened, domains)

    def filled(
        self, opened: Sequence[int], domains: Sequence[Sequence[Any]]
    ) -> Iterator[tuple[Findings, Findings]]:
        harmless = self.harmless()
        for values in product(*domains):
            sheet = list(harmless)
            for place, value in zip(opened, values, strict=True):
                sheet[place] = value
            yield values, self.freed(tuple(sheet))

    def freed(self, sheet: Findings) -> Findings:
        """Return a sheet without the findings of nodes that are not applicable on it."""
        if not any(each.freed for each in self.fields):
            return sheet
        lives = self.program.lives(sheet)
        made = list(sheet)
        for place, each in enumerate(self.fields):
            if each.live is not None and self.found[place] is UNKNOWN and not lives[place]:
                made[place] = None
        return tuple(made)

    def tried(self, sheets: Mapping[Findings, Findings], opened: Sequence[int]) -> Provisional:
        """Return what the completed sheets give, and which findings make a difference."""
        root = self.lowered.nodes[0]
        results: dict[tuple[Any, ...], tuple[Fraction, int | None]] = {}
        for key, sheet in sheets.items():
            scores = self.program.score(sheet)
            index = scores[self.program.graded[root.place.id]] if root.grading else None
            results[key] = self.program.exact(scores, root.place.id), index
        outcomes = set(results.values())
        still: list[int] = []
        for place in range(len(opened)):
            groups: dict[tuple[Any, ...], set[tuple[Fraction, int | None]]] = {}
            for key, outcome in results.items():
                groups.setdefault((*key[:place], *key[place + 1 :]), set()).add(outcome)
            if any(len(each) > 1 for each in groups.values()):
                still.append(opened[place])
        scores_of = [score for score, _ in outcomes]
        indices = {index for _, index in outcomes if index is not None}
        return self.told(min(scores_of), max(scores_of), indices, still, exact=True)

    def told(
        self,
        low: Fraction,
        high: Fraction,
        indices: set[int],
        opened: Sequence[int],
        *,
        exact: bool,
    ) -> Provisional:
        root = self.lowered.nodes[0]
        last = len(root.place.node.grades)
        held = sorted({min(index, last) for index in indices})
        names = [grade_of(root, index) for index in held]
        stars = [stars_of(root, index) for index in held]
        return Provisional(
            low,
            high,
            tuple(each for each in names if each is not None),
            tuple(each for each in stars if each is not None),
            self.missing,
            tuple(self.fields[place].path for place in opened),
            self.coverage(),
            exact,
        )

    def coverage(self) -> Fraction | None:
        """Return the points of the items whose findings are there over those applicable."""
        lacking = {path.partition(".")[0] for path in self.missing}
        return Ledger(self.program, self.known(), (), ()).covered(lacking)

    def known(self) -> Findings:
        """Return the findings with something harmless in the place of those that lack."""
        return self.freed(self.harmless())

    def harmless(self) -> Findings:
        """Return the findings with the least of its type in the place of each that lacks."""
        return tuple(
            _without_unknowns(self.fields[place].field, each)
            for place, each in enumerate(self.found)
        )


def _flat(verdicts: Sequence[Any]) -> Iterator[bool]:
    for each in verdicts:
        if isinstance(each, tuple):
            yield from each
        else:
            yield each is not False


def every_finding(field: Field) -> Sequence[Any] | None:
    """Return all findings that a field can have, None where they are many.

    The order of readings and of rows never matters, so each selection stands once.
    """
    if isinstance(field, Flag):
        return (0, 1)
    if isinstance(field, Choice):
        names = enumerate(field.names)
        return [place for place, name in names if field.read(name) is not None]
    if isinstance(field, Checklist):
        return range(1 << len(field.names)) if len(field.names) <= 12 else None
    if isinstance(field, Rows):
        return _tables(field)
    if not isinstance(field, Count | Number | Share | Amount):
        return None
    numbers = _numbers(field)
    if field.panel is None or numbers is None:
        return numbers
    readings = combinations_with_replacement((*numbers, None), field.panel)
    return _few(each for each in readings if len(each) - each.count(None) >= field.fewest)


def _numbers(field: Count | Number | Share | Amount) -> Sequence[int] | None:
    low, high = field.bounds
    if high - low >= MOST_SHEETS:
        return None
    single = evolve(field, panel=None, need=None)
    found: list[int] = []
    for each in range(low, high + 1):
        try:
            read = single.read(Fraction(each, field.quanta))
        except Refused:  # a number between those that the field takes
            continue
        if read is not None:  # not a sentinel
            found.append(each)
    return found


def _tables(field: Rows) -> Sequence[Any] | None:
    columns: list[Sequence[Any]] = []
    for _, kind in field.columns:
        domain = every_finding(kind)
        if domain is None:
            return None
        columns.append((None, *domain) if kind.optional else domain)
    rows = _few(product(*columns))
    if rows is None:
        return None
    fewest, most = field.sizes
    sizes = range(fewest, most + 1)
    return _few(chain.from_iterable(combinations_with_replacement(rows, each) for each in sizes))


def _few(findings: Iterable[Any]) -> Sequence[Any] | None:
    found = tuple(islice(findings, MOST_SHEETS + 1))
    return found if len(found) <= MOST_SHEETS else None


def _without_unknowns(field: Field, value: Any) -> Any:  # noqa: ANN401 - a finding
    """Return a finding with the least of its type where it, or a cell of a row, is unknown."""
    if value is UNKNOWN:
        return _least(field)
    if not isinstance(field, Rows) or value is None:
        return value
    kinds = [kind for _, kind in field.columns]
    return tuple(tuple(map(_without_unknowns, kinds, row)) for row in value)


def _least(field: Field) -> Any:  # noqa: ANN401 - a finding
    """Return some finding of a field."""
    domain = every_finding(field)
    if domain:
        return domain[0]
    if isinstance(field, Rows):
        return (tuple(_least(each) for _, each in field.columns),) * field.sizes[0]
    if isinstance(field, Count | Number | Share | Amount):
        low, _ = field.bounds
        return low if field.panel is None else (low,) * field.panel
    if isinstance(field, Date):
        return field.inputs("")[0].interval.low
    return 0 if isinstance(field, Checklist) else None


def _bounds(score: Value, over: Value | None, scale: int) -> tuple[Fraction, Fraction]:
    ends = [Fraction(score.interval.low, scale), Fraction(score.interval.high, scale)]
    if over is None:
        return ends[0], ends[1]
    corners = [
        each / divisor for each in ends for divisor in (over.interval.low, over.interval.high)
    ]
    return min(corners), max(corners)


def _possible(index: Value) -> set[int]:
    """Return the indices of grades that a value can still be."""
    if index.op is Op.CONSTANT:
        return {index.data[0]}
    if index.op is Op.CHOOSE:
        return _possible(index.args[1]) | _possible(index.args[2])
    return set(range(index.interval.low, index.interval.high + 1))
