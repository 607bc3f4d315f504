"""What the random rubrics are made of: numbers with their bounds, fields and drafts of nodes."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from hypothesis import strategies as st

Node = dict[str, Any]
T = TypeVar("T")
ROOT = "total"
#: Which way a finding, or a number that rests on it, goes as things get better; FIXED: no way.
GOOD, ANY, BAD, FIXED = 1, 0, -1, 2
ROOM = 2**38
AMOUNTS = ("1", "0.5", "2", "3", "1.5", "5", "10", "0.1", "1/3", "0.25", "0", "2/3", "0.05")
TEXTS = ("Planning", "工作目标", "a: b # c", "no", "1.10", "第一条；缺一项扣0.5分")
METHODS = ("documents", "report", "interview")


@functools.cache
def index(size: int) -> st.SearchStrategy[int]:
    """Draw an index; the first option is the simplest."""
    return st.integers(0, size - 1)


def write(value: Fraction) -> str:
    """Write a number as the language does: a decimal where it terminates, else a quotient."""
    for places in range(10):
        scaled = value * int(10**places)
        if scaled.denominator == 1:
            return f"{Decimal(int(scaled)).scaleb(-places):f}"
    return f"{value.numerator}/{value.denominator}"


@dataclass(frozen=True)
class Term:
    """A number of an expression or an account: its text, bounds and denominators.

    `unit` is the common denominator of all that it can be; `over` bounds a divisor that varies
    and stands beside it, as a pair.
    """

    text: str
    low: Fraction
    high: Fraction
    unit: int = 1
    over: int = 1

    @property
    def fits(self) -> bool:
        """Whether the number stays small as a fixed-point integer."""
        most = max(abs(self.low), abs(self.high), Fraction(1))
        return self.unit * self.over**2 * most <= ROOM

    @property
    def plain(self) -> bool:
        """Whether it may be folded, held in a table, or multiplied once more."""
        return self.over == 1 and self.unit <= 10**5

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """The smallest and the largest value."""
        return self.low, self.high

    def plus(self, other: Term, sign: int = 1) -> Term:
        """Return the bounds of a sum or a difference."""
        ends = (other.low, other.high) if sign > 0 else (-other.high, -other.low)
        return self.beside(other, (self.low + ends[0], self.high + ends[1]))

    def times(self, other: Term) -> Term:
        """Return the bounds of a product."""
        ends = [a * b for a in self.ends for b in other.ends]
        return Term("", min(ends), max(ends), self.unit * other.unit, self.over * other.over)

    def union(self, other: Term) -> Term:
        """Return the bounds of one or the other."""
        return self.beside(other, (*self.ends, *other.ends))

    def beside(self, other: Term, ends: Sequence[Fraction]) -> Term:
        """Return a number between some ends that is carried with another."""
        over = self.over if self.over == other.over else self.over * other.over
        return Term("", min(ends), max(ends), math.lcm(self.unit, other.unit), over)

    def held(self, low: Fraction | None, high: Fraction | None) -> Term:
        """Return the bounds within a floor and a cap."""
        found, unit = [self.low, self.high], self.unit
        for end, choose in ((low, max), (high, min)):
            if end is not None:
                found = [choose(each, end) for each in found]
                unit = math.lcm(unit, end.denominator)
        return Term("", found[0], found[1], unit, self.over)

    def named(self, text: str) -> Term:
        """Return the same bounds under a text."""
        return replace(self, text=text)

    def divided(self, most: int, least: int = 1) -> Term:
        """Return the bounds of a quotient by a whole number that varies."""
        ends = [end / by for end in self.ends for by in (least, most)]
        if most <= 20:
            return Term("", min(ends), max(ends), self.unit * whole(most), self.over)
        return Term("", min(ends), max(ends), self.unit, self.over * most)

    def rounded(self, places: int) -> Term:
        """Return the bounds after a rounding."""
        step = Fraction(1, 10**places)
        if self.over == 1 and 10**places % self.unit == 0:
            return self
        return Term("", math.floor(self.low / step) * step, math.ceil(self.high / step) * step,
                    10**places)  # fmt: skip


def whole(most: int) -> int:
    """Return what all numbers up to one divide."""
    return math.lcm(*range(1, most + 1))


def constant(written: str) -> Term:
    """Return the term of a written number."""
    value = Fraction(written)
    return Term(written if "/" not in written else f"({written})", value, value, value.denominator)


def against(side: int) -> int:
    """Return the side of what goes the other way."""
    return side if side == FIXED else -side


def common(written: Sequence[str]) -> int:
    """Return the common denominator of some written numbers."""
    return math.lcm(*(Fraction(each).denominator for each in written))


NOTHING = constant("0")
ONE = constant("1")


@dataclass(eq=False)
class Field:
    """One field of evidence, given number or column as expressions see it."""

    owner: Draft
    name: str
    kind: str
    declaration: Node
    term: Term = NOTHING
    values: tuple[str, ...] = ()
    side: int = ANY
    optional: bool = False
    #: What a choice is as a number, if all its values mean one.
    worth: Term | None = None
    #: Most readings of a panel, and the fewest.
    panel: tuple[int, int] | None = None
    #: The columns of a table, and its fewest and most rows.
    columns: tuple[Field, ...] = ()
    size: tuple[int, int] = (0, 0)

    @property
    def required(self) -> bool:
        """Whether its finding may not be missing."""
        free = self.optional or "none_means" in self.declaration
        return self.kind != "text" and not free


@dataclass(eq=False)
class Draft:
    """A node while it is being made."""

    id: str
    parent: Draft | None = None
    depth: int = 0
    body: Node = field(default_factory=dict)
    indicators: list[Draft] = field(default_factory=list)
    items: list[Draft] = field(default_factory=list)
    combine: str = "sum"
    scale: Fraction | None = None
    points: Fraction | None = None
    weight: Term = ONE
    fields: list[Field] = field(default_factory=list)
    rules: list[Node] = field(default_factory=list)
    score: Term = NOTHING
    passed: list[Term] = field(default_factory=list)
    #: Amounts posted to it from elsewhere, and with which verb.
    incoming: list[Term] = field(default_factory=list)
    #: The node for each of whose rows it is scored: itself, or one above.
    rows: Draft | None = None
    #: The table of a node with `each`, how its rows are combined, and the scale of a row.
    table: Field | None = None
    folds: str = ""
    row_scale: Fraction | None = None
    #: The types of assessees it is for, and the node that is for the others.
    types: tuple[str, ...] = ()
    twin: Draft | None = None
    beside: bool = False
    #: What it counts where a choice of its own says `skip`.
    mode: str = ""
    expected: Term = NOTHING
    #: Whether it can be left out because too few count in it.
    few: bool = False
    #: The stars of its grade, and whether it can be unrated.
    stars: Term | None = None
    unrated: bool = False

    @property
    def children(self) -> list[Draft]:
        """The indicators, then the items."""
        return [*self.indicators, *self.items]

    @property
    def counted(self) -> list[Draft]:
        """The children that are not beside the points."""
        return [child for child in self.children if not child.beside]

    @property
    def factor(self) -> Fraction:
        """What a point of this node is worth in its parent."""
        if self.parent is None or self.scale is None or self.parent.combine == "none":
            return Fraction(1)
        if self.parent.combine != "sum":
            return (self.parent.own_scale or Fraction(1)) / self.scale
        return (self.points or self.scale) / self.scale

    @property
    def own_scale(self) -> Fraction | None:
        """The scale that its rules work on: with `each`, that of one row."""
        return self.row_scale if self.table_rows else self.scale

    @property
    def table_rows(self) -> bool:
        """Whether it has `each` itself."""
        return self.rows is self

    @property
    def lands(self) -> bool:
        """Whether bonuses land here."""
        return self.parent is None or self.beside or self.body.get("bonus") == "here"

    @property
    def chain(self) -> list[Draft]:
        """The node and those above it."""
        return [self, *(self.parent.chain if self.parent else [])]

    @property
    def absent(self) -> bool:
        """Whether it may be absent."""
        missing = self.parent.body.get("missing", "refuse") if self.parent else "refuse"
        if missing == "refuse" or self.beside:
            return False
        return any(each.required for node in self.walk() for each in node.fields)

    @property
    def left_out(self) -> bool:
        """Whether it may not count in its parent at all."""
        skipped = self.mode in ("rescale", "rescale_total")
        missing = self.absent and self.parent and self.parent.body["missing"] == "skip"
        return bool(self.types or skipped or missing or self.few)

    @property
    def gone(self) -> bool:
        """Whether it, and all below it, may count nothing."""
        return bool(self.types or self.absent or self.mode not in ("", "refuse"))

    def unsure(self, viewer: Draft) -> bool:
        """Say whether a viewer must reckon with its not being there."""
        shared = viewer.chain
        if viewer in self.chain:
            return False
        return self.few or any(each.gone for each in self.chain if each not in shared)

    def walk(self) -> Iterator[Draft]:
        """Yield the node and everything below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class At:
    """Where an expression stands: its node, the tables whose columns it sees, what it knows."""

    node: Draft
    tables: tuple[Field, ...] = ()
    so_far: Term | None = None
    #: Whether the node's own fields, and others, may be named.
    fields: bool = True
    #: Whether it stands in the rows of its node's `each`.
    in_rows: bool = True

    def into(self, table: Field) -> At:
        """Go into the rows of a table."""
        return replace(self, tables=(table, *self.tables), so_far=None)


class Draws:
    """Draws one choice after the other."""

    def __init__(self, draw: Callable[..., Any], features: frozenset[str], monotone: bool) -> None:
        self.draw, self.features, self.monotone = draw, features, monotone
        self.numbered = 0

    def pick(self, size: int) -> int:
        """Draw an index."""
        return int(self.draw(index(size)))

    def one(self, options: Sequence[T]) -> T:
        """Draw one of some options."""
        return options[self.pick(len(options))] if len(options) > 1 else options[0]

    def chance(self, of: int) -> bool:
        """Draw a truth that is rarely so: once in `of` times."""
        return self.pick(of) == of - 1

    def has(self, feature: str, of: int = 1) -> bool:
        """Draw whether a feature of this rubric is used, where it has the feature at all."""
        return feature in self.features and (of == 1 or self.chance(of))

    def next_number(self) -> int:
        """Return a number that no name of the rubric has yet."""
        self.numbered += 1
        return self.numbered

    def new_id(self, names: Sequence[str]) -> str:
        """Make an id that no node and no field has."""
        return f"{self.one(names)}{self.next_number()}"

    def number(self, value: Fraction) -> str | int:
        """Write a number as text or as an integer."""
        return int(value) if value.denominator == 1 and self.chance(3) else write(value)

    def text(self) -> Any:
        """Draw a text in one or several languages."""
        text = self.one(TEXTS)
        return {"zh": text, "en": self.one(TEXTS)} if self.chance(3) else text
