"""Random valid rubrics, sheets of evidence right beside their edges, and repairs of a sheet.

One module for all laws. A draft of the tree comes first, then points from the leaves up, then
evidence, then rules in an order in which scores can be referred to, then grades. Every choice is
an index whose first option is the simplest, so examples shrink to small rubrics. Each number
carries its bounds and common denominator, so that rubrics stay within 62-bit integers.
"""

from __future__ import annotations

import copy
import functools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

import yaml
from hypothesis import assume
from hypothesis import strategies as st

Node = dict[str, Any]
Sheet = dict[str, dict[str, Any]]
T = TypeVar("T")
ROOT = "total"
GOOD, ANY, BAD = 1, 0, -1
ROOM = 2**38
AMOUNTS = ("1", "0.5", "2", "3", "1.5", "5", "10", "0.1", "1/3", "0.25", "0", "2/3", "0.05")
POINTS = ("2", "3", "1", "5", "10", "0.5", "1.5", "2.5", "1/3", "0.1", "0.25")
NODE_NAMES = ("item", "plan", "领导", "core", "机制", "work_", "群众反映")
FIELD_NAMES = ("missing", "rate", "缺少", "seen", "次数", "held")
VALUES = ("none", "poor", "fair", "good", "优", "差评", "2级", "1st")
TEXTS = ("Planning", "工作目标", "a: b # c", "no", "1.10", "第一条；缺一项扣0.5分")
WORDED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)?")
NUMERAL = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])")


@functools.cache
def _index(size: int) -> st.SearchStrategy[int]:
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
    """A number of an expression or an account: its text, bounds and common denominator."""

    text: str
    low: Fraction
    high: Fraction
    unit: int = 1

    @property
    def fits(self) -> bool:
        """Whether the number stays small as a fixed-point integer."""
        return self.unit * max(abs(self.low), abs(self.high), Fraction(1)) <= ROOM

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """The smallest and the largest value."""
        return self.low, self.high

    def spread(self, text: str, *ends: Fraction, unit: int) -> Term:
        """Return a term between the smallest and the largest of some ends."""
        return Term(text, min(ends), max(ends), unit)

    def plus(self, other: Term, sign: int = 1) -> Term:
        """Return the bounds of a sum or a difference."""
        ends = (other.low, other.high) if sign > 0 else (-other.high, -other.low)
        unit = math.lcm(self.unit, other.unit)
        return Term("", self.low + ends[0], self.high + ends[1], unit)

    def times(self, other: Term) -> Term:
        """Return the bounds of a product."""
        ends = [a * b for a in (self.low, self.high) for b in (other.low, other.high)]
        return self.spread("", *ends, unit=self.unit * other.unit)

    def union(self, other: Term) -> Term:
        """Return the bounds of one or the other."""
        unit = math.lcm(self.unit, other.unit)
        return Term("", min(self.low, other.low), max(self.high, other.high), unit)

    def held(self, low: Fraction | None, high: Fraction | None) -> Term:
        """Return the bounds within a floor and a cap."""
        found, unit = [self.low, self.high], self.unit
        for end, choose in ((low, max), (high, min)):
            if end is not None:
                found = [choose(each, end) for each in found]
                unit = math.lcm(unit, end.denominator)
        return Term("", found[0], found[1], unit)

    def named(self, text: str) -> Term:
        """Return the same bounds under a text."""
        return Term(text, self.low, self.high, self.unit)


def constant(written: str) -> Term:
    """Return the term of a written number."""
    value = Fraction(written)
    return Term(written if "/" not in written else f"({written})", value, value, value.denominator)


def common(written: Sequence[str]) -> int:
    """Return the common denominator of some written numbers."""
    return math.lcm(*(Fraction(each).denominator for each in written))


NOTHING = constant("0")


@dataclass
class Field:
    """One field of evidence as expressions see it."""

    owner: Draft
    name: str
    kind: str
    declaration: Any
    term: Term = NOTHING
    values: tuple[str, ...] = ()
    side: int = ANY
    optional: bool = False


@dataclass
class Draft:
    """A node while it is being made."""

    id: str
    parent: Draft | None
    depth: int
    body: Node = field(default_factory=dict)
    indicators: list[Draft] = field(default_factory=list)
    items: list[Draft] = field(default_factory=list)
    combine: str = "sum"
    scale: Fraction | None = None
    points: Fraction | None = None
    weight: Fraction = Fraction(1)
    fields: list[Field] = field(default_factory=list)
    rules: list[Node] = field(default_factory=list)
    score: Term = NOTHING
    passed: list[Term] = field(default_factory=list)

    @property
    def children(self) -> list[Draft]:
        """The indicators, then the items."""
        return [*self.indicators, *self.items]

    @property
    def factor(self) -> Fraction:
        """What a point of this node is worth in its parent."""
        if self.parent is None or self.scale is None:
            return Fraction(1)
        if self.parent.combine != "sum":
            return (self.parent.scale or Fraction(1)) / self.scale
        return (self.points or self.scale) / self.scale

    def walk(self) -> Iterator[Draft]:
        """Yield the node and everything below it, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


class _Maker:
    """Draws one document."""

    def __init__(self, draw: Callable[..., Any], max_depth: int, monotone: bool) -> None:
        self.draw, self.max_depth, self.monotone = draw, max_depth, monotone
        self.size, self.named = 0, 0
        self.done: list[Draft] = []

    def pick(self, size: int) -> int:
        """Draw an index."""
        return int(self.draw(_index(size)))

    def one(self, options: Sequence[T]) -> T:
        """Draw one of some options."""
        return options[self.pick(len(options))] if len(options) > 1 else options[0]

    def chance(self, of: int) -> bool:
        """Draw a truth that is rarely so: once in `of` times."""
        return self.pick(of) == of - 1

    def new_id(self, names: Sequence[str]) -> str:
        """Make an id that no node and no field has."""
        self.named += 1
        return f"{self.one(names)}{self.named}"

    def document(self) -> Node:
        """Draw a whole rubric."""
        root = self.grow(ROOT, None, 0)
        self.measure(root, counted=False)
        for node in root.walk():
            self.declare(node)
        self.fields = [each for node in root.walk() for each in node.fields]
        self.settle(root)
        self.done = list(root.walk())
        for node in root.walk():
            if self.chance(2 if node is root else 6):
                self.grade(node)
        return self.assemble(root)

    # The tree and its points

    def grow(self, name: str, parent: Draft | None, depth: int) -> Draft:
        """Draw the shape of the tree."""
        node = Draft(name, parent, depth)
        self.size += 1
        for _ in range(1 + self.pick(3)):
            inner = depth + 1 < self.max_depth and self.size < 12 and self.chance(2)
            if inner:
                child = self.grow(self.new_id(NODE_NAMES), node, depth + 1)
                node.indicators.append(child)
            else:
                self.size += 1
                node.items.append(Draft(self.new_id(NODE_NAMES), node, depth + 1))
        if self.chance(4):
            node.combine = self.one(("mean", "lowest", "highest"))
        return node

    def measure(self, node: Draft, counted: bool) -> None:
        """Give a node its scale and points, its children first; `counted`: not open."""
        body = node.body
        averaged = node.parent is not None and node.parent.combine != "sum"
        if not node.children:
            self.measure_item(node, counted, averaged)
        elif node.combine == "sum":
            for place, child in enumerate(node.children):
                self.measure(child, counted and place == 0)
            worths = [c.points or c.scale for c in node.children if c.scale is not None]
            node.scale = sum((w for w in worths if w), Fraction(0)) or None
            stated = ("", "points", "scaled")[self.pick(3)]
            if node.scale is None:
                if node.parent is not None and self.chance(2):
                    body["points"] = "none"
            elif node.parent is None:
                if stated:
                    body["total"] = self.number(node.scale)
            elif averaged:
                body["out_of"] = self.number(node.scale)
            elif stated:
                node.points = node.scale
                if stated == "scaled":
                    node.points *= Fraction(self.one(("1/2", "2", "1/5", "3/10")))
                    body["out_of"] = self.number(node.scale)
                body["points"] = self.number(node.points)
        else:
            for child in node.children:
                self.measure(child, counted=True)
            common = {child.scale for child in node.children}
            node.scale = next(iter(common)) if len(common) == 1 and self.chance(2) else None
            if node.scale is None:
                node.scale = Fraction(self.one(("10", "100", "50", "5")))
                if node.parent is None:
                    body["total"] = self.number(node.scale)
                elif not averaged:
                    node.points = Fraction(self.one(POINTS)) if self.chance(2) else node.scale
                    body["points"] = self.number(node.points)
                    if node.points != node.scale:
                        body["out_of"] = self.number(node.scale)
            if averaged:
                body["out_of"] = self.number(node.scale)
        if averaged and node.parent and node.parent.combine == "mean" and self.chance(2):
            node.weight = Fraction(self.one(("2", "3", "1", "0.5")))
            body["weight"] = self.number(node.weight)

    def measure_item(self, item: Draft, counted: bool, averaged: bool) -> None:
        """Give an item its scale and points."""
        body = item.body
        if averaged:
            item.scale = Fraction(self.one(("10", "100", "50", "5")))
            body["out_of"] = self.number(item.scale)
            return
        if not counted and self.chance(5):
            if self.chance(2):
                body["points"] = "none"
            return
        item.scale = item.points = Fraction(self.one(POINTS))
        body["points"] = self.number(item.points)
        if self.chance(5):
            item.scale = Fraction(self.one(("10", "100", "50")))
            body["out_of"] = self.number(item.scale)

    def number(self, value: Fraction) -> str | int:
        """Write a number as text or as an integer."""
        return int(value) if value.denominator == 1 and self.chance(3) else write(value)

    # Evidence

    def declare(self, node: Draft) -> None:
        """Give a node its fields."""
        for _ in range(self.one((1, 2, 0, 3) if not node.children else (0, 1, 2))):
            self.named += 1
            side = self.one((BAD, GOOD)) if self.monotone else ANY
            kinds = ["count", "flag", "number", "choice", "share", "amount", "checklist"]
            kind = self.one(kinds if self.monotone else [*kinds, "text"])
            if kind == "choice" and self.monotone:
                side = GOOD
            prefix = {GOOD: self.one(("good_", "好_")), BAD: self.one(("bad_", "坏_")), ANY: ""}
            name = f"{prefix[side]}{self.one(FIELD_NAMES)}"
            if name in node.body.get("evidence", {}) or self.chance(2):
                name += str(self.named)
            made = getattr(self, f"new_{kind}")(node, name)
            made.side = side
            if kind != "text" and self.chance(6):
                made.optional = True
                made.declaration["optional"] = self.one((True, "true"))
            if self.chance(5):
                made.declaration["title"] = self.text()
            if self.chance(8):
                made.declaration["note"] = self.text()
            node.fields.append(made)
            options = made.declaration
            if set(options) == {"type"} and not self.chance(3):
                node.body.setdefault("evidence", {})[name] = kind
            elif set(options) == {"type", "title"} and not self.chance(3):
                node.body.setdefault("evidence", {})[name] = [kind, options["title"]]
            else:
                node.body.setdefault("evidence", {})[name] = options

    def new_flag(self, node: Draft, name: str) -> Field:
        """Make a flag."""
        return Field(node, name, "flag", {"type": "flag"})

    def new_text(self, node: Draft, name: str) -> Field:
        """Make a text."""
        return Field(node, name, "text", {"type": "text"})

    def new_count(self, node: Draft, name: str) -> Field:
        """Make a count; one that begins at 1 can be a divisor."""
        span = self.one(("0..12", "1..6", "0..100", "1..4", ""))
        declaration = {"type": "count"} | ({"range": span} if span else {})
        low, high = (Fraction(end) for end in (span or "0..1000000").split(".."))
        return Field(node, name, "count", declaration, Term(name, low, high))

    def new_number(self, node: Draft, name: str) -> Field:
        """Make a number."""
        places = self.pick(3)
        declaration: Node = {"type": "number"}
        if places or self.chance(2):
            declaration["places"] = self.one((places, str(places)))
        if self.chance(4):
            options = ["0", "5", "10"] if not places else ["0", "0.5", "2", "3.5"]
            declaration["one_of"] = options
            low, high = Fraction(options[0]), Fraction(options[-1])
        else:
            declaration["range"] = span = self.one(("0..100", "0..10", "-5..5", "50..60"))
            low, high = (Fraction(end) for end in span.split(".."))
        return Field(node, name, "number", declaration, Term(name, low, high, 10**places))

    def new_share(self, node: Draft, name: str) -> Field:
        """Make a share."""
        places = self.one((2, 0, 1))
        declaration = {"type": "share"} | ({"places": places} if places != 2 else {})
        term = Term(name, Fraction(0), Fraction(100), 10**places)
        return Field(node, name, "share", declaration, term)

    def new_amount(self, node: Draft, name: str) -> Field:
        """Make an amount."""
        span, places = self.one((("1..3", 0), ("0.5..2", 1), ("0..5", 0), ("2..10", 0)))
        declaration: Node = {"type": "amount", "range": span}
        if self.chance(3):
            places += 1
            declaration["places"] = places
        high = Fraction(span.split("..")[1])
        term = Term(name, Fraction(0), high, 10**places)
        return Field(node, name, "amount", declaration, term)

    def new_choice(self, node: Draft, name: str, kind: str = "choice") -> Field:
        """Make a choice or a checklist."""
        first, size = self.pick(len(VALUES) - 3), 2 + self.pick(3)
        values = VALUES[first : first + size]
        titled = self.chance(4)
        written: Any = {v: self.text() for v in values} if titled else list(values)
        return Field(node, name, kind, {"type": kind, "values": written}, values=values)

    def new_checklist(self, node: Draft, name: str) -> Field:
        """Make a checklist."""
        return self.new_choice(node, name, "checklist")

    def text(self) -> Any:
        """Draw a text in one or several languages."""
        text = self.one(TEXTS)
        return {"zh": text, "en": self.one(TEXTS)} if self.chance(3) else text

    # Expressions. `side` is GOOD if the value may only rise as findings get better.

    def near(self, node: Draft, side: int, kinds: Sequence[str]) -> list[Field]:
        """List the fields an expression at a node may use, the node's own first."""
        fits = [
            each
            for each in self.fields
            if each.kind in kinds and (side == ANY or each.side == side)
        ]
        own = [each for each in fits if each.owner is node]
        return own if own and not self.chance(5) else fits

    def reference(self, node: Draft, used: Field) -> str:
        """Write how a node refers to a field."""
        return used.name if used.owner is node else f"{used.owner.id}.{used.name}"

    def leaf(self, node: Draft, side: int) -> Term:
        """Draw a number without operators: a field, a score, a tally or a literal."""
        if side == ANY and self.done and self.chance(6):
            other = self.one(self.done)
            return other.score.named(other.id)
        if self.chance(8):
            return self.tally(node, side)
        found = self.near(node, side, ("count", "number", "share", "amount"))
        if not found:
            return constant(self.one(AMOUNTS))
        used = self.one(found)
        text = self.reference(node, used)
        if used.optional:
            fallback = constant(self.one(("0", "1", "2.5")))
            return used.term.union(fallback).named(f"default({text}, {fallback.text})")
        return used.term.named(text)

    def tally(self, node: Draft, side: int) -> Term:
        """Draw how many truths hold or values are ticked."""
        lists = [f for f in self.near(node, side, ("checklist",)) if not f.optional]
        if lists:
            used = self.one(lists)
            which = "unticked" if side == ANY and self.chance(2) else "ticked"
            size = Fraction(len(used.values))
            return Term(f"{which}({self.reference(node, used)})", Fraction(0), size)
        truths = [self.truth(node, side, 1) for _ in range(1 + self.pick(3))]
        return Term(f"count({', '.join(truths)})", Fraction(0), Fraction(len(truths)))

    def numeric(self, node: Draft, side: int = ANY, depth: int = 2) -> Term:
        """Draw a number; where its denominator would grow too large, a simpler one."""
        left = self.leaf(node, side)
        if not depth or not self.chance(3):
            return left
        made = self.composed(node, side, depth, left)
        return made if made.fits else left

    def composed(self, node: Draft, side: int, depth: int, left: Term) -> Term:
        """Draw an operator or a function on a number."""
        how = self.one(("+", "/", "min", "*", "floor", "-", "abs", "n/", "if", "x*y", "neg"))
        scaled = constant(self.one(("2", "0.5", "10", "0.1")))
        if side != ANY and how in ("-", "abs", "n/", "if", "x*y", "neg"):
            how = "+"
        if how == "/":
            divisor = self.one(("2", "3", "10", "4", "5", "0.5"))
            return left.times(constant(f"1/{divisor}" if divisor != "0.5" else "2")).named(
                f"{left.text} / {divisor}"
            )
        if how == "n/":
            found = [f for f in self.near(node, ANY, ("count",)) if not f.optional]
            found = [f for f in found if 1 <= f.term.low and f.term.high <= 6]
            if not found:
                return left
            used = self.one(found)
            whole = math.lcm(*range(1, int(used.term.high) + 1))
            shares = Term("", 1 / used.term.high, Fraction(1), whole)
            return left.times(shares).named(f"{left.text} / {self.reference(node, used)}")
        if how == "*":
            return left.times(scaled).named(f"({left.text}) * {scaled.text}")
        if how == "floor":
            ends = (Fraction(math.floor(left.low)), Fraction(math.ceil(left.high)))
            return Term(f"{self.one(('floor', 'ceiling'))}({left.text})", *ends)
        if how == "abs":
            top = max(abs(left.low), abs(left.high))
            return Term(f"abs({left.text})", Fraction(0), top, left.unit)
        if how == "neg":
            return Term("-1.5", Fraction(-3, 2), Fraction(-3, 2), 2)
        right = self.numeric(node, side, depth - 1)
        if how == "if":
            condition = self.truth(node, ANY, depth - 1)
            return left.union(right).named(f"({left.text} if {condition} else {right.text})")
        if how == "x*y":
            return left.times(right).named(f"({left.text}) * ({right.text})")
        if how == "min":
            unit = math.lcm(left.unit, right.unit)
            choose, name = self.one(((min, "min"), (max, "max")))
            ends = (choose(left.low, right.low), choose(left.high, right.high))
            return Term(f"{name}({left.text}, {right.text})", *ends, unit)
        sign = -1 if how == "-" else 1
        return left.plus(right, sign).named(f"({left.text} {how} {right.text})")

    def positive(self, node: Draft, side: int = ANY) -> Term:
        """Draw a number that can never be negative."""
        found = self.numeric(node, side)
        if found.low >= 0 and not any(other.id in found.text for other in self.done):
            return found
        return found.held(Fraction(0), None).named(f"max({found.text}, 0)")

    def mark(self, term: Term) -> str:
        """Draw a number to compare another with."""
        middle = Fraction(round((term.low + min(term.high, term.low + 100)) / 2))
        inside = [Fraction(n) for n in ("1", "2", "0.5", "3", "60", "80", "90", "99.5")]
        inside = [n for n in inside if term.low <= n <= term.high]
        return write(self.one([middle, *inside]))

    def truth(self, node: Draft, side: int = ANY, depth: int = 2) -> str:
        """Draw a condition."""
        how = self.one(("flag", ">=", "choice", "and", "not", "in list", "chain", "odd"))
        if depth and how == "and":
            word = self.one(("and", "or"))
            parts = [self.truth(node, side, depth - 1) for _ in range(2)]
            return f"({f' {word} '.join(parts)})"
        if depth and how == "not":
            return f"not ({self.truth(node, -side, depth - 1)})"
        if how == "choice" and (found := self.near(node, side, ("choice",))):
            return self.chosen(node, self.one(found), side)
        if how == "in list":
            lists = [f for f in self.near(node, side, ("checklist",)) if not f.optional]
            if lists:
                used = self.one(lists)
                return f"{self.value(self.one(used.values))} in {self.reference(node, used)}"
        if how == "odd" and side == ANY and (text := self.odd(node)):
            return text
        if how == "flag" and (flags := self.near(node, side, ("flag",))):
            used = self.one(flags)
            text = self.reference(node, used)
            return f"default({text}, {self.bare(node, side)})" if used.optional else text
        return self.bare(node, side, chained=how == "chain")

    def bare(self, node: Draft, side: int, chained: bool = False) -> str:
        """Draw a comparison of a number with a mark, its scores and fields within reach."""
        flip = side != ANY and self.chance(2)
        term = self.numeric(node, -side if flip else side, 1)
        mark = self.mark(term)
        if side != ANY:
            return f"{term.text} {self.one(('<', '<=') if flip else ('>=', '>'))} {mark}"
        if chained:
            low, high = sorted((mark, self.mark(term)), key=Fraction)
            return f"{low} <= {term.text} < {high}"
        return f"{term.text} {self.one(('>=', '<', '<=', '>', '==', '!='))} {mark}"

    def odd(self, node: Draft) -> str | None:
        """Draw a rarer condition: a known finding or two flags compared."""
        optional = [f for f in self.fields if f.optional]
        if optional:
            return f"known({self.reference(node, self.one(optional))})"
        flags = [f for f in self.near(node, ANY, ("flag",)) if not f.optional]
        if flags:
            left, right = (self.reference(node, self.one(flags)) for _ in range(2))
            return f"({left} {self.one(('==', '!='))} {right})"
        return None

    def value(self, value: str) -> str:
        """Write the name of a value, in quotes where it must be."""
        return value if value.isidentifier() and not self.chance(4) else f'"{value}"'

    def chosen(self, node: Draft, used: Field, side: int) -> str:
        """Draw a condition on a choice; in monotone rubrics its last values are the best."""
        text = self.reference(node, used)
        if used.optional:
            text = f"default({text}, {self.value(used.values[0])})"
        if side != ANY:
            return f"{text} == {self.value(used.values[-1])}"
        if self.chance(2):
            pair = ", ".join(self.value(v) for v in used.values[:2])
            return f"{text} in ({pair})"
        return f"{text} {self.one(('==', '!='))} {self.value(self.one(used.values))}"

    # Rules

    def settle(self, node: Draft) -> None:
        """Write the rules of a node after those of its children, so that scores have an order."""
        order = node.children
        if self.chance(2):
            order = order[::-1]
        for child in order:
            self.settle(child)
        running = self.opening(node)
        verbs: list[str] = []
        for _ in range(self.one((1, 2, 0, 3) if not node.children else (0, 1, 2))):
            made = self.rule(node, running)
            if made and made[1].fits and made[1].unit <= (10**4 if self.monotone else 10**7):
                rule, running = made
                self.annotate(rule)
                node.rules.append(rule)
                verbs.append(next(iter(rule)))
        if not node.children:
            running = self.begin(node, verbs, running)
        factor = node.factor
        if running.unit * factor.denominator > 2 * 10**6 and not self.monotone:
            running = self.round(node, running, 2)
        if not node.children and node.scale is not None and "limit" not in verbs:
            running = running.held(Fraction(0), node.scale)
        node.score = running
        self.done.append(node)

    def opening(self, node: Draft) -> Term:
        """Return what a node holds before its rules: any start, or children and bonuses."""
        if not node.children:
            high = node.scale or Fraction(2)
            return Term("", Fraction(-2) if node.scale is None else Fraction(0), high, 2)
        terms = []
        for child in node.children:
            factor = child.factor
            worth = Term("", factor, factor, factor.denominator)
            terms.append(child.score.times(worth))
            if child.body.get("bonus") != "here":
                node.passed += [bonus.times(worth) for bonus in child.passed]
        if node.combine == "sum":
            running = functools.reduce(Term.plus, terms)
        else:
            running = functools.reduce(Term.union, terms)
            shares = sum(child.weight for child in node.children)
            running = Term("", running.low, running.high, running.unit * int(shares * 2))
        if node.parent is not None and self.chance(4):
            node.body["bonus"] = "here"
        if node.parent is None or node.body.get("bonus") == "here":
            running = functools.reduce(Term.plus, node.passed, running)
            node.passed = []
        if not running.fits or running.unit > 10**7:
            running = self.round(node, running, 1)
        return running

    def round(self, node: Draft, running: Term, places: int) -> Term:
        """Write a rounding that brings the denominator down."""
        modes = ("", "half_up", "half_even", "floor", "ceiling", "truncate")
        rule: Node = {"round": self.one((places, str(places)))}
        mode = self.one(modes)
        node.rules.append(rule | ({"mode": mode} if mode else {}))
        return Term("", running.low - 1, running.high + 1, 10**places)

    def begin(self, item: Draft, verbs: list[str], running: Term) -> Term:
        """Write an item's start where the language does not know it."""
        raising, lowering = bool({"award", "set"} & set(verbs)), "deduct" in verbs
        written = self.one(("full", "zero", "1", "0.5", "half"))
        if item.scale is None:
            if self.chance(3):
                item.body["start"] = self.one(("zero", "1", "-1.5", "0"))
        elif raising == lowering or self.chance(6):
            if written in ("1", "0.5"):
                written = write(min(Fraction(written), item.scale))
            item.body["start"] = written if written != "half" else write(item.scale / 2)
        unit = math.lcm(running.unit, (item.scale or Fraction(1)).denominator * 2)
        return Term("", running.low, running.high, unit)

    def rule(self, node: Draft, running: Term) -> tuple[Node, Term] | None:
        """Draw one rule and what the node can hold after it."""
        verbs = ("deduct", "award", "bonus", "limit", "set", "round")
        verb = self.one(verbs[:4] if self.monotone else verbs)
        if verb == "limit":
            low, high = self.one((("0", "5"), ("", "10"), ("0", ""), ("1", "8.5"), ("1/3", "2")))
            if self.chance(4):
                return {"limit": "none"}, running
            ends = [Fraction(end) if end else None for end in (low, high)]
            return {"limit": f"{low}..{high}"}, running.held(*ends)
        if verb == "round":
            running = self.round(node, running, self.pick(3))
            return node.rules.pop(), running
        side = {"deduct": BAD}.get(verb, GOOD) if self.monotone else ANY
        made = self.amount(node, verb, side, running)
        if made is None:
            return None
        rule, amount = made
        if self.chance(3) or verb == "set":
            rule["when"] = self.truth(node, side)
        if self.chance(4):
            rule["unless"] = self.truth(node, -side)
        amount = amount.union(NOTHING)
        if verb == "set":
            return rule, running.union(amount)
        if verb == "bonus":
            return self.bonus(node, rule, amount, running)
        if rule.get("deduct") == "all":
            unit = running.unit * (amount.unit if "ratio" in rule else 1)
            return rule, Term("", *running.union(NOTHING).ends, unit)
        return rule, running.plus(amount, -1 if verb == "deduct" else 1)

    def bonus(
        self, node: Draft, rule: Node, amount: Term, running: Term
    ) -> tuple[Node, Term] | None:
        """Post a bonus here or on its way up, where it stays small on all of it."""
        if node.parent is None or node.body.get("bonus") == "here":
            return rule, running.plus(amount)
        way, above = amount, node
        while above.parent is not None:
            way = way.times(Term("", above.factor, above.factor, above.factor.denominator))
            above = above.parent
        if not way.fits or way.unit > 10**6:
            return None
        node.passed.append(amount)
        return rule, running

    def amount(
        self, node: Draft, verb: str, side: int, running: Term
    ) -> tuple[Node, Term] | None:
        """Draw the amount of a rule with its multipliers, and its bounds."""
        how = self.one(("number", "bands", "choice", "judged", "checklist", "all"))
        made = getattr(self, f"amount_{how}")(node, verb, side)
        if made is None:
            how, made = "number", self.amount_number(node, verb, side)
        rule, amount = made
        if verb == "set":
            return rule, amount
        whole = "all" in (rule[verb] if isinstance(rule[verb], dict) else {}).values()
        multiplier = self.one(("", "per", "of", "ratio"))
        if how == "all" or whole:
            top = max(running.high, node.scale or Fraction(0), amount.high)
            unit = math.lcm(running.unit, amount.unit, (node.scale or Fraction(1)).denominator)
            amount = Term("", Fraction(0), top, unit)
            multiplier = "ratio" if self.chance(3) else ""
        if multiplier == "per":
            times = self.positive(node, side)
            rule["per"] = times.text
            amount = amount.times(times)
        elif multiplier == "of" and how == "number":
            amount = amount.times(self.stepped(node, side, rule))
        elif multiplier == "ratio":
            share = self.numeric(node, side)
            by = constant(self.one(("1/10", "1/2", "1/5", "1/4")))
            rule["ratio"] = f"{share.text} / {by.high.denominator}"
            amount = amount.times(share.times(by).held(Fraction(0), Fraction(1)))
        if not amount.fits:
            return None
        if self.chance(4):
            cap = Fraction(self.one(("2", "5", "0.5", "10", "0")))
            rule["up_to"] = self.number(cap)
            amount = amount.held(None, cap)
        return rule, amount

    def stepped(self, node: Draft, side: int, rule: Node) -> Term:
        """Write a distance below or above a threshold, and return its steps."""
        below = self.chance(2)
        of = self.numeric(node, -side if below else side)
        mark = constant(self.mark(of))
        if side == ANY and self.chance(6):
            mark = self.numeric(node, side, 1)
        rule["below" if below else "above"] = mark.text
        rule["of"] = of.text
        distance = mark.plus(of, -1) if below else of.plus(mark, -1)
        steps = distance.held(Fraction(0), None)
        if self.chance(2):
            step = Fraction(self.one(("1", "5", "0.5", "2", "1/3")))
            rule["step"] = self.number(step)
            steps = steps.times(Term("", 1 / step, 1 / step, step.numerator))
        if self.chance(2):
            rule["parts"] = self.one(("whole", "started", "exact"))
        return steps

    def amount_number(self, node: Draft, verb: str, side: int) -> tuple[Node, Term]:
        """Draw a plain amount."""
        written = self.one(("-1.5", *AMOUNTS) if verb == "set" else AMOUNTS)
        term = constant(written)
        return {verb: self.number(Fraction(written)) if "/" not in written else written}, term

    def amount_all(self, node: Draft, verb: str, side: int) -> tuple[Node, Term] | None:
        """Draw the whole of the node."""
        if node.scale is None or verb == "bonus":
            return None
        return {verb: "all"}, constant(write(node.scale))

    def amount_judged(self, node: Draft, verb: str, side: int) -> tuple[Node, Term] | None:
        """Draw a judged range that holds its field's own range."""
        found = [f for f in self.near(node, side, ("amount",)) if not f.optional]
        if not found:
            return None
        used = self.one(found)
        span = used.declaration["range"]
        if self.chance(3):
            high = span.split("..")[1]
            span = f"0..{write(Fraction(high) + 1)}"
        return {verb: span, "by": self.reference(node, used)}, used.term

    def amounts(self, size: int) -> list[str]:
        """Draw some amounts; in monotone rubrics they rise."""
        drawn = [self.one(AMOUNTS) for _ in range(size)]
        return sorted(drawn, key=Fraction) if self.monotone else drawn

    def amount_choice(self, node: Draft, verb: str, side: int) -> tuple[Node, Term] | None:
        """Draw a map by a choice, with or without `else` and `all`."""
        found = self.near(node, GOOD if self.monotone else ANY, ("choice",))
        if not found:
            return None
        used = self.one(found)
        by = self.reference(node, used)
        if used.optional:
            by = f"default({by}, {self.value(used.values[0])})"
        drawn = self.amounts(len(used.values))
        if side == BAD:
            drawn.reverse()
        table: Node = dict(zip(used.values, drawn, strict=True))
        if not self.monotone and self.chance(3):
            table.pop(used.values[-1])
            table["else"] = drawn[-1]
        if not self.monotone and node.scale is not None and verb != "bonus" and self.chance(4):
            table[next(iter(table))] = "all"
        high = max(map(Fraction, drawn))
        if verb == "set" and "all" in table.values():
            high = max(high, node.scale or high)
        unit = math.lcm(common(drawn), (node.scale or high).denominator)
        return {verb: table, "by": by}, Term("", Fraction(0), high, unit)

    def amount_checklist(self, node: Draft, verb: str, side: int) -> tuple[Node, Term] | None:
        """Draw a map by a checklist; values may be left out."""
        found = [f for f in self.near(node, side, ("checklist",)) if not f.optional]
        if not found:
            return None
        used = self.one(found)
        kept = used.values[self.pick(2) :]
        drawn = self.amounts(len(kept))
        high = sum(map(Fraction, drawn), Fraction(0))
        table = dict(zip(kept, drawn, strict=True))
        by = self.reference(node, used)
        return {verb: table, "by": by}, Term("", Fraction(0), high, common(drawn))

    def amount_bands(self, node: Draft, verb: str, side: int) -> tuple[Node, Term] | None:
        """Draw bands by a number."""
        by = self.numeric(node, side, 1)
        edges = {Fraction(self.mark(by)) for _ in range(1 + self.pick(3))}
        drawn = self.amounts(len(edges))
        pairs = zip(sorted(edges), drawn, strict=True)
        bands = {f"from {write(edge)}": amount for edge, amount in pairs}
        high = max(map(Fraction, drawn))
        written = dict(reversed(bands.items()))
        return {verb: written, "by": by.text}, Term("", Fraction(0), high, common(drawn))

    def annotate(self, body: Node) -> None:
        """Write the texts of a rule or a gate."""
        if not self.chance(4):
            return
        self.named += 1
        texts = {"id": f"r{self.named}", "says": self.text(), "source": self.text()}
        texts |= {"reason": "R-1", "provenance": self.one(("source", "illustrative"))}
        for key in texts:
            if self.chance(2):
                body[key] = texts[key]

    # Grades

    def grade(self, node: Draft) -> None:
        """Write the grades and gates of a node."""
        size = 1 + self.pick(5)
        top = node.scale or Fraction(10)
        key = self.one(("from", "up_to")) if not self.monotone else "from"
        shares = [Fraction(s) for s in ("0.9", "0.8", "0.7", "0.6", "1/3", "0")][:size]
        shares = shares if key == "from" else shares[::-1]
        unrated = self.chance(3)
        named = self.one(("stars", "grade", "both"))
        grades: list[Node] = []
        for place, share in enumerate(shares):
            grade: Node = {}
            if named != "grade":
                grade["stars"] = self.one((size - place, str(size - place)))
            if named != "stars":
                grade["grade"] = f"{self.one(('档', 'level_'))}{place}"
            if unrated or place < size - 1:
                extra = "none" if not self.chance(4) else self.one(("when", "minima", "maxima"))
                if extra != "when" or self.chance(2):
                    grade[key] = write(top * share)
                self.condition(node, grade, extra)
            if self.chance(6):
                grade["title"] = self.text()
            if self.chance(8):
                grade |= {"source": self.text(), "provenance": "source"}
            grades.append(grade)
        node.body["grades"] = grades
        if unrated:
            node.body["otherwise"] = "unrated"
        if not self.monotone:
            gates = [self.gate(node, grades) for _ in range(self.one((0, 1, 2, 3)))]
            if gates:
                node.body["gates"] = gates

    def condition(self, node: Draft, grade: Node, extra: str) -> None:
        """Write a further condition of a grade."""
        if extra == "when":
            grade["when"] = self.truth(node, GOOD if self.monotone else ANY, 1)
        elif extra != "none":
            extra = "minima" if self.monotone else extra
            mark = write(Fraction(self.one(("1", "0.5", "2", "6", "1/3"))))
            within = list(node.walk())[1:]
            if within and self.chance(2):
                named = {self.one(within).id: mark for _ in range(1 + self.pick(2))}
                grade[extra] = named
            elif node.children:
                grade[extra] = mark

    def gate(self, node: Draft, grades: list[Node]) -> Node:
        """Draw one gate."""
        at = self.one(grades)
        target = at.get("grade", at.get("stars"))
        if "stars" in at and self.chance(2):
            target = at["stars"]
        kind = self.one(("at_most", "step", "grade", "unrated"))
        step = self.one((-1, 1, "-2", 2))
        gate: Node = {kind: {"step": step, "unrated": self.one(TEXTS)}.get(kind, target)}
        if not self.chance(6):
            gate["when"] = self.truth(node, ANY, 1)
        if self.chance(4):
            gate["unless"] = self.truth(node, ANY, 1)
        self.annotate(gate)
        return gate

    # The document

    def assemble(self, root: Draft) -> Node:
        """Put the drafts together as a plain document."""
        head: Node = {"format": self.one((1, "1"))} if self.chance(2) else {}
        head["rubric"] = self.one(("sample", "rubric-1.a", "区_2026"))
        if self.chance(2):
            head["version"] = self.one(("1", "2026.1"))
        if self.chance(3):
            head["language"] = self.one(("en", "zh"))
        if self.chance(4):
            head["places"] = self.one((2, "0", 4))
        if self.chance(4):
            ceilings = ["none", write((root.scale or Fraction(10)) * 9 / 10)]
            head["clip"] = self.one(ceilings)
        return head | self.plain(root)

    def plain(self, node: Draft) -> Node:
        """Turn a draft into a plain node."""
        body: Node = {} if node.parent is None else {"id": node.id}
        for key in ("title", "note", "source"):
            if self.chance(3 if key == "title" else 12):
                body[key] = self.text()
        if self.chance(6):
            body["provenance"] = self.one(("source", "illustrative"))
        if self.chance(10):
            body["code"] = self.one(("A.1", "第1项"))
        if not node.children and self.chance(4):
            body["methods"] = [("documents", "report", "interview")[self.pick(3)]]
        if node.combine != "sum" or (node.children and self.chance(6)):
            body["combine"] = node.combine
        body |= node.body
        if node.rules:
            body["rules"] = node.rules
        for key in ("indicators", "items"):
            below = [self.plain(child) for child in getattr(node, key)]
            if below:
                body[key] = below
        return body


@st.composite
def documents(
    draw: Callable[..., Any], max_depth: int = 5, monotone: bool = False
) -> Node:
    """Draw a valid plain rubric; in a `monotone` one better findings never lower a score.

    In a monotone rubric the names of fields begin with `good_`/`好_` or `bad_`/`坏_`, and the
    values of a choice are listed from the worst to the best.
    """
    document = _Maker(draw, max_depth, monotone).document()
    assume(all(len(re.findall(r"\w+|\S", text)) <= 200 for text in _texts(document)))
    return document


def _texts(written: Any) -> Iterator[str]:
    """Yield every text of a document: those of expressions may not have too many parts."""
    if isinstance(written, dict):
        for each in written.values():
            yield from _texts(each)
    elif isinstance(written, list):
        for each in written:
            yield from _texts(each)
    elif isinstance(written, str):
        yield written


def nodes_of(document: Node) -> Iterator[tuple[str, Node]]:
    """Yield the ids and nodes of a plain rubric in document order, the root under `total`."""
    yield str(document.get("id", ROOT)), document
    for child in [*document.get("indicators", []), *document.get("items", [])]:
        yield from nodes_of(child)


def fields_of(document: Node) -> Iterator[tuple[str, str, Node]]:
    """Yield node id, name and long-form declaration of every field."""
    for name, node in nodes_of(document):
        for each, written in node.get("evidence", {}).items():
            if isinstance(written, str):
                yield name, each, {"type": written}
            elif isinstance(written, list):
                yield name, each, {"type": written[0], "title": written[1]}
            else:
                yield name, each, written


@dataclass(frozen=True)
class Quanta:
    """The findings of a numeric field as integers: one unit is 10^-places."""

    places: int
    low: int
    high: int
    options: tuple[int, ...] = ()
    judged: bool = False

    @classmethod
    def of(cls, declaration: Node) -> Quanta:
        """Read the quanta of a declaration."""
        kind = declaration["type"]
        span = str(declaration.get("range", "0..100" if kind == "share" else "0..1000000"))
        ends = span.split("..")
        written = max(len(end.partition(".")[2]) for end in ends) if kind == "amount" else 0
        places = int(declaration.get("places", {"share": 2}.get(kind, written)))
        unit = 10**places
        options = tuple(int(Fraction(str(o)) * unit) for o in declaration.get("one_of", ()))
        low, high = (int(Fraction(end) * unit) for end in ends)
        return cls(places, low, high, options, kind == "amount")

    def takes(self, quanta: int) -> bool:
        """Say whether a finding is allowed."""
        if self.options:
            return quanta in self.options
        return self.low <= quanta <= self.high or (self.judged and quanta == 0)

    def finding(self, quanta: int) -> int | Decimal:
        """Write so many quanta as a finding."""
        return Decimal(quanta).scaleb(-self.places) if self.places else quanta

    def quanta(self, finding: Any) -> int:
        """Read a finding as quanta."""
        return int(Fraction(finding) * 10**self.places)


def sheets(document: Node) -> st.SearchStrategy[Sheet]:
    """Draw valid nested evidence, often on an edge of the rubric or right beside one."""
    marks = _marks(document)
    nodes: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    for name, each, declaration in fields_of(document):
        finding = _findings(declaration, marks.get((name, each), set()))
        optional = declaration["type"] == "text" or str(declaration.get("optional")) in (
            "True",
            "true",
        )
        nodes.setdefault(name, ({}, {}))[optional][each] = finding
    return st.fixed_dictionaries(
        {
            name: st.fixed_dictionaries(needed, optional=free)
            for name, (needed, free) in nodes.items()
        }
    )


def _findings(declaration: Node, marks: set[Fraction]) -> st.SearchStrategy[Any]:
    kind = declaration["type"]
    if kind == "flag":
        return st.booleans()
    if kind == "text":
        return st.sampled_from(TEXTS)
    if kind in ("choice", "checklist"):
        values = list(declaration["values"])
        if kind == "choice":
            return st.sampled_from(values)
        return st.lists(st.sampled_from(values), unique=True, max_size=len(values))
    quanta = Quanta.of(declaration)
    if quanta.options:
        return st.sampled_from([quanta.finding(each) for each in quanta.options])
    edges = {quanta.low, quanta.high, 0}
    edges |= {math.floor(mark * 10**quanta.places) for mark in marks}
    beside = sorted({e + d for e in edges for d in (-1, 0, 1) if quanta.takes(e + d)})
    anywhere = st.one_of(st.sampled_from(beside), st.integers(quanta.low, quanta.high))
    return anywhere.map(quanta.finding)


def _marks(document: Node) -> dict[tuple[str, str], set[Fraction]]:
    """Collect, for each field, the numbers that stand with it in rules, gates and grades."""
    found: dict[tuple[str, str], set[Fraction]] = {}
    known = {(name, each) for name, each, _ in fields_of(document)}
    cuts = [Fraction(str(g["from"])) for g in document.get("grades", []) if "from" in g]
    for name, node in nodes_of(document):
        whole = Fraction(str(node.get("out_of", node.get("points", 0))).replace("none", "0"))
        for body in [*node.get("rules", []), *node.get("gates", []), *node.get("grades", [])]:
            for key in ("when", "unless", "per", "by", "of", "ratio"):
                if key not in body:
                    continue
                text = str(body[key])
                marks = {Fraction(n) for n in NUMERAL.findall(text)}
                if key in ("by", "of"):
                    marks |= _thresholds(body)
                unit = str(body.get("deduct", body.get("award")))
                if key == "per" and "by" not in body and unit not in ("None", "0"):
                    each = Fraction(unit)
                    marks |= {whole / each, *((whole - whole * cut / 100) / each for cut in cuts)}
                for word in WORDED.findall(text):
                    owner, _, each_name = word.rpartition(".")
                    where = (owner or name, each_name)
                    if where in known:
                        found.setdefault(where, set()).update(marks)
    return found


def _thresholds(rule: Node) -> set[Fraction]:
    texts = [str(rule.get("below", "")), str(rule.get("above", ""))]
    found = {Fraction(number) for text in texts for number in NUMERAL.findall(text)}
    for verb in ("deduct", "award", "bonus", "set"):
        if isinstance(rule.get(verb), dict):
            edges = [str(key)[5:] for key in rule[verb] if str(key).startswith("from ")]
            found |= {Fraction(edge) for edge in edges}
    return found


def better(document: Node, evidence: Sheet) -> list[tuple[str, str, list[Any]]]:
    """List, for a monotone rubric, the fields that can improve, each with better findings."""
    found = []
    for name, each, declaration in fields_of(document):
        value = evidence.get(name, {}).get(each)
        if value is None:
            continue
        good = each.startswith(("good_", "好_"))
        options = _improved(declaration, value, good)
        if options:
            found.append((name, each, options))
    return found


def _improved(declaration: Node, value: Any, good: bool) -> list[Any]:
    kind = declaration["type"]
    if kind == "flag":
        return [good] if value is not good else []
    values = list(declaration.get("values", []))
    if kind == "choice":
        return values[values.index(value) + 1 :]
    if kind == "checklist":
        if good:
            return [[*value, each] for each in values if each not in value]
        return [[kept for kept in value if kept != each] for each in value]
    quanta = Quanta.of(declaration)
    now = quanta.quanta(value)
    if quanta.options:
        steps = list(quanta.options)
    else:
        best = quanta.high if good else min(quanta.low, 0 if quanta.judged else quanta.low)
        steps = [now + (1 if good else -1), (now + best) // 2, best, quanta.low]
    rising = [q for q in steps if quanta.takes(q) and (q > now if good else q < now)]
    return [quanta.finding(each) for each in dict.fromkeys(rising)]


@st.composite
def repairs(draw: Callable[..., Any], document: Node, evidence: Sheet) -> Sheet:
    """Draw the same evidence with one finding improved; unchanged where nothing can improve."""
    repaired = copy.deepcopy(evidence)
    options = better(document, evidence)
    if options:
        name, each, values = options[draw(_index(len(options)))]
        repaired[name][each] = values[draw(_index(len(values)))]
    return repaired


@st.composite
def shuffled(draw: Callable[..., Any], document: Node) -> Node:
    """Draw the same rubric with siblings in another order; no node's score depends on it."""
    mixed = dict(document)
    for key in ("indicators", "items"):
        if key in mixed:
            below = [draw(shuffled(child)) for child in mixed[key]]
            mixed[key] = draw(st.permutations(below)) if len(below) > 1 else below
    return mixed


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def to_text(document: Node) -> str:
    """Write a plain rubric as YAML text, without anchors and aliases."""
    return str(yaml.dump(document, Dumper=_Plain, allow_unicode=True, sort_keys=False))
