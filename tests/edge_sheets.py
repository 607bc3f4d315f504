"""Random sheets for a rubric as a value, many of them right beside its numbers.

They come of the declarations of its fields and of the numbers that stand in it, and of nothing
that the checker knows. What a sheet lacks, or has too much, is mended by what `evaluate` says.
"""

from __future__ import annotations

import copy
import math
import random
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any

import attrs

from rubric_engine import InvalidEvidence, Rubric
from rubric_engine.evaluation import evaluate, program_of
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
from rubric_engine.lower import LoweredField
from rubric_engine.scope import Expression

Sheet = dict[str, dict[str, Any]]
NUMERAL = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?!\w)")
ASIDE = ("title", "note", "source", "says", "indicators", "items", "derived", "name", "version", "code")
PIVOTS = (date(2026, 1, 1), date(2024, 2, 29), date(2025, 6, 30))
NUMERIC = (Count, Number, Share, Amount)
#: So many numbers beside edges are kept for a field.
MOST_EDGES = 150


def marks_of(value: object) -> Iterator[Fraction]:
    """Yield the numbers that stand in a value of the model, those of expressions too."""
    if isinstance(value, Fraction) or (isinstance(value, int) and not isinstance(value, bool)):
        yield Fraction(value)
    elif isinstance(value, Expression | str):
        text = value.text if isinstance(value, Expression) else value
        yield from map(Fraction, NUMERAL.findall(text))
    elif isinstance(value, tuple):
        for each in value:
            yield from marks_of(each)
    elif attrs.has(type(value)):
        for each in attrs.fields(type(value)):
            if each.name not in ASIDE:
                yield from marks_of(getattr(value, each.name))


class Drawer:
    """Draws sheets that a rubric takes."""

    def __init__(self, rubric: Rubric, seed: int) -> None:
        self.rubric, self.chance = rubric, random.Random(seed)
        self.fields: tuple[LoweredField, ...] = program_of(rubric).lowered.fields
        self.own = {node.id: set(marks_of(node)) for node in rubric.nodes()}
        self.cuts = {each for grade in rubric.grades for each in marks_of(grade)}
        self.edges: dict[tuple[str, int], list[int]] = {}

    @cached_property
    def everywhere(self) -> list[Fraction]:
        """All numbers of the rubric."""
        return sorted(set().union(*self.own.values()))

    def marks(self, node: str) -> list[Fraction]:
        """Return the numbers that a finding of a node may be held against."""
        own = self.own.get(node, set()) | self.cuts
        ratios = {one / two for one in own for two in own if two} if len(own) < 40 else set()
        rest = self.chance.sample(self.everywhere, min(len(self.everywhere), 60))
        return sorted(own | ratios | set(rest))

    def beside(self, node: str, kind: Any) -> list[int]:
        """Return the numbers of quanta beside the edges of a numeric field that it takes."""
        key = node, id(kind)
        if key not in self.edges:
            low, high = kind.bounds
            at = {low, high, 0, low + kind.quanta, high - kind.quanta}
            at |= {int(each * kind.quanta) for each in getattr(kind, "one_of", ())}
            if isinstance(kind, Amount) and kind.range.low is not None:
                at.add(int(kind.range.low * kind.quanta))
            at |= {math.floor(each * kind.quanta) for each in self.marks(node)}
            near = {each + apart for each in at for apart in (-1, 0, 1)}
            found = sorted(each for each in near if low <= each <= high and taken(kind, each))
            if len(found) > MOST_EDGES:
                found = sorted(self.chance.sample(found, MOST_EDGES))
            self.edges[key] = found
        return self.edges[key]

    # findings

    def number(self, node: str, kind: Any) -> int:
        """Draw a number in quanta."""
        low, high = kind.bounds
        edges = self.beside(node, kind)
        how = self.chance.random()
        for _ in range(20):
            if how < 0.25:
                found = self.chance.choice((edges[0], edges[-1], edges[min(1, len(edges) - 1)]))
            elif how < 0.65:
                found = self.chance.choice(edges)
            elif how < 0.85:
                span = high - low
                found = low + int(min(span, span ** self.chance.random())) if span else low
            else:
                found = self.chance.randint(low, high)
            if taken(kind, found):
                return found
            how = self.chance.random()
        return edges[0]

    def finding(self, node: str, kind: Field) -> Any:
        """Draw a finding as a sheet has it; None for one that is left out."""
        if kind.optional and self.chance.random() < 0.2:
            return None
        if isinstance(kind, Text):
            return self.chance.choice((None, "a", "说明"))
        if isinstance(kind, Flag):
            return self.chance.random() < 0.5
        if isinstance(kind, Choice):
            missing = kind.meaning("missing")
            return self.chance.choice([each for each in kind.names if each not in missing])
        if isinstance(kind, Checklist):
            share = self.chance.choice((0, 0.3, 0.7, 1))
            return [each for each in kind.names if self.chance.random() < share]
        if isinstance(kind, Date):
            apart = self.chance.choice((0, 1, -1, self.chance.randint(-1500, 1500)))
            return (self.chance.choice(PIVOTS) + timedelta(days=apart)).isoformat()
        if isinstance(kind, Rows):
            return self.rows(node, kind)
        if not isinstance(kind, NUMERIC):
            msg = f"no findings for {kind.type}"
            raise TypeError(msg)
        if kind.panel is None:
            return shown(kind, self.number(node, kind))
        size = self.chance.randint(kind.fewest, kind.panel)
        same = self.number(node, kind) if self.chance.random() < 0.3 else None
        return [shown(kind, self.number(node, kind) if same is None else same) for _ in range(size)]

    def rows(self, node: str, kind: Rows) -> list[dict[str, Any]]:
        """Draw a table, seldom a long one."""
        fewest, most = kind.sizes
        size = self.chance.choice((0, 0, 1, 1, 2, 3, self.chance.randint(0, 9)))
        size = min(max(size, fewest), most)
        made: list[dict[str, Any]] = []
        for _ in range(size):
            if made and self.chance.random() < 0.3:
                row = dict(self.chance.choice(made))
                name, column = self.chance.choice(kind.columns)
                row[name] = self.finding(node, column)
            else:
                row = {name: self.finding(node, each) for name, each in kind.columns}
            made.append({key: each for key, each in row.items() if each is not None})
        return made

    # sheets

    def whole(self) -> tuple[Sheet, Sheet]:
        """Draw a sheet with the findings that it must have, and all findings."""
        sheet: Sheet = {}
        spare: Sheet = {}
        for each in self.fields:
            finding = self.finding(each.node, each.field)
            absent = finding is None
            while finding is None and not isinstance(each.field, Text):
                finding = self.finding(each.node, each.field)
            spare.setdefault(each.node, {})[each.name] = finding
            free = each.field.none_means is not None and self.chance.random() < 0.4
            if not absent and not free:
                sheet.setdefault(each.node, {})[each.name] = finding
        for node in self.rubric.nodes():
            if node.missing not in (None, "refuse"):
                for child in getattr(node, "children", ()):
                    if self.chance.random() < 0.3:
                        for below in _ids(child):
                            sheet.pop(below, None)
        return sheet, spare

    def sheets(self, count: int) -> Iterator[Sheet]:
        """Yield so many sheets that the rubric takes, or fewer where most are refused."""
        left, last = 3 * count + 20, None
        while count and left:
            left -= 1
            sheet, spare = self.whole()
            if last is not None and self.chance.random() < 0.3:
                sheet = {**last, **{k: v for k, v in sheet.items() if self.chance.random() < 0.3}}
            sheet = copy.deepcopy(sheet)
            if self.mended(sheet, spare):
                count, last = count - 1, sheet
                yield sheet

    def mended(self, sheet: Sheet, spare: Sheet) -> bool:
        """Mend a sheet as its problems say; return whether it is taken."""
        for _ in range(12):
            try:
                evaluate(self.rubric, sheet)
            except InvalidEvidence as error:
                for each in error.problems:
                    self.mend(each.code, each.path, sheet, spare)
            else:
                return True
        return False

    def mend(self, code: str, path: str, sheet: Sheet, spare: Sheet) -> None:
        """Mend one thing."""
        node, _, rest = path.partition(".")
        field, _, inside = rest.partition("[")
        if code == "missing-method":
            named = {each.id: each for each in self.rubric.nodes()}
            sheet.setdefault("methods", {})[node] = list(getattr(named[node], "methods", ()))
        elif code == "too-few":
            for below in _ids(next(each for each in self.rubric.nodes() if each.id == node)):
                if below in spare:
                    sheet[below] = copy.deepcopy(spare[below])
        elif code == "not-applicable":
            sheet.get(node, {}).pop(field, None)
            lowered = next((e for e in self.fields if e.path == f"{node}.{field}"), None)
            if lowered is not None:
                spare[node][field] = self.finding(node, attrs.evolve(lowered.field, optional=False))
        elif code == "missing-finding":
            sheet.setdefault(node, {})[field] = copy.deepcopy(spare.get(node, {}).get(field))
        elif inside:
            place, _, column = inside.partition("].")
            table = next(each.field for each in self.fields if each.path == f"{node}.{field}")
            kind = dict(getattr(table, "columns", ()))[column]
            fresh = 0 if isinstance(kind, Amount) else self.finding(node, kind)
            sheet[node][field][int(place)][column] = fresh
        elif field in sheet.get(node, {}):
            kind = next(each.field for each in self.fields if each.path == f"{node}.{field}")
            sheet[node][field] = 0 if isinstance(kind, Amount) else self.finding(node, kind)


def _ids(node: Any) -> Iterator[str]:
    yield node.id
    for child in getattr(node, "children", ()):
        yield from _ids(child)


def taken(kind: Any, quanta: int) -> bool:
    """Say whether a numeric field takes so many quanta as a number."""
    single = kind if kind.panel is None else attrs.evolve(kind, panel=None, need=None)
    try:
        return single.read(Fraction(quanta, kind.quanta)) is not None
    except Refused:
        return False


def shown(kind: Any, quanta: int) -> Any:
    """Write so many quanta as a finding."""
    found = Fraction(quanta, kind.quanta)
    return int(found) if found.denominator == 1 else found


def edge_sheets(rubric: Rubric, count: int, seed: int = 1) -> Sequence[Sheet]:
    """Return sheets that a rubric takes, the same each time."""
    return list(Drawer(rubric, seed).sheets(count))
