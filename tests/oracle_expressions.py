"""Expressions of the reference interpreter: Python's own syntax tree, walked over exact values."""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any, Protocol

from oracle_fields import Level, Node, Readings, Value
from oracle_numbers import day, days, fold, months, rounded

FOLDS = ("sum", "mean", "median", "trimmed", "lowest", "highest")


@dataclass(frozen=True)
class Place:
    """One row of a table."""

    owner: str
    table: str
    index: int


@dataclass(frozen=True)
class Scope:
    """Where an expression stands: its node, in which row of an `each`, and the rows it sees."""

    node: str
    row: int | None = None
    places: tuple[Place, ...] = ()
    so_far: Fraction | None = None

    def into(self, place: Place) -> Scope:
        """Go into a row, whose columns then come first."""
        return replace(self, places=(place, *self.places))


@dataclass(frozen=True)
class Found:
    """A field or column that a name means, with its finding."""

    owner: str
    name: str
    path: str
    field: Node
    value: Value


class World(Protocol):
    """What an expression asks of the scoring around it."""

    def look_up(self, at: Scope, owner: str | None, name: str) -> Found | None:
        """Find a column, a field of the node itself, or a field of another node or source."""

    def typed(self, owner: str, raw: Any, field: Node, assume: bool = True) -> Value:
        """Read a finding."""

    def is_node(self, name: str) -> bool:
        """Say whether this is the id of a node."""

    def score_seen(self, at: Scope, name: str) -> Fraction | None:
        """Return the score of a node; None where it is not applicable or absent."""

    def stars_seen(self, at: Scope, name: str) -> Fraction | None:
        """Return the stars of a node; None where it has none."""

    def is_value(self, name: str) -> bool:
        """Say whether this is the name of a value."""

    def named_value(self, name: str) -> Value:
        """Return the value of this name."""


def evaluate(world: World, at: Scope, text: Any) -> Value:
    """Evaluate an expression; a missing finding is None and stays so through operators."""
    expression, body = parsed(world, at, text)
    return expression.of(body)


def parsed(world: World, at: Scope, text: Any) -> tuple[Expression, ast.expr]:
    """Parse an expression."""
    source = " ".join(str(text).split())
    return Expression(world, at, source), ast.parse(source, mode="eval").body


def fields_in(world: World, at: Scope, text: Any) -> list[Found]:
    """List the fields and columns that an expression names."""
    expression, body = parsed(world, at, text)
    found = (expression.declared(node) for node in ast.walk(body) if isinstance(node, ast.expr))
    return [each for each in found if each is not None]


def plain(value: Value) -> Value:
    """Take the amount of a choice where a number is expected."""
    return value.amount if isinstance(value, Level) and value.amount is not None else value


class Expression:
    """One expression at one place."""

    def __init__(self, world: World, at: Scope, source: str) -> None:
        self.world, self.at, self.source = world, at, source

    def of(self, node: ast.expr, values: Sequence[str] = ()) -> Value:
        """Evaluate a part; a bare name among `values` is the name of a value."""
        match node:
            case ast.Constant(value=str()):
                return node.value
            case ast.Constant():
                return Fraction(str(ast.get_source_segment(self.source, node)))
            case ast.Name() | ast.Attribute():
                return self.named(node, values)
            case ast.Tuple():
                return tuple(self.of(part, values) for part in node.elts)
            case ast.UnaryOp(op=ast.Not()):
                truth = self.of(node.operand)
                return None if truth is None else not truth
            case ast.UnaryOp():
                found = plain(self.of(node.operand))
                return -found if found is not None and isinstance(node.op, ast.USub) else found
            case ast.BoolOp():
                deciding = isinstance(node.op, ast.Or)
                truths = [self.of(part) for part in node.values]
                if deciding in truths:
                    return deciding
                return None if None in truths else not deciding
            case ast.BinOp():
                return arithmetic(node.op, plain(self.of(node.left)), plain(self.of(node.right)))
            case ast.IfExp():
                chosen = self.of(node.test)
                if chosen is None:
                    return None
                return self.of(node.body if chosen else node.orelse, values)
            case ast.Compare():
                return self.compared([node.left, *node.comparators], node.ops)
            case ast.Call(func=ast.Name(id=function)):
                return self.called(function, node.args, values)
        raise TypeError(f"{self.source}: {ast.dump(node)} is no part of the language")

    def declared(self, node: ast.expr) -> Found | None:
        """Find the field or column that a name or node.field means."""
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                return self.world.look_up(self.at, owner, name)
            case ast.Name(id=name):
                return self.world.look_up(self.at, None, name)
        return None

    def values_of(self, node: ast.expr) -> list[str]:
        """List the values of the choice or checklist that a part means, if it means one."""
        match node:
            case ast.Call(func=ast.Name(id="default"), args=[first, *_]):
                return self.values_of(first)
            case ast.IfExp():
                return self.values_of(node.body) or self.values_of(node.orelse)
        known = self.declared(node)
        return [str(value) for value in known.field.get("values", [])] if known else []

    def named(self, node: ast.Name | ast.Attribute, values: Sequence[str]) -> Value:
        """Look a name up: a field, an expected value of a choice, a score, a named value."""
        known = self.declared(node)
        if known:
            return known.value
        if isinstance(node, ast.Attribute):
            raise KeyError(f"{self.source}: no field {ast.unparse(node)}")
        if node.id in values:
            return node.id
        if node.id == "so_far":
            return self.at.so_far
        if self.world.is_value(node.id):
            return self.world.named_value(node.id)
        return self.world.score_seen(self.at, node.id) if self.world.is_node(node.id) else node.id

    def compared(self, parts: list[ast.expr], ops: list[ast.cmpop]) -> Value:
        """Compare each part with the next; all comparisons must hold."""
        values = [value for part in parts for value in self.values_of(part)]
        found = [self.of(part, values) for part in parts]
        truths = [compare(op, found[i], found[i + 1]) for i, op in enumerate(ops)]
        if False in truths:
            return False
        return None if None in truths else True

    def called(self, function: str, args: list[ast.expr], values: Sequence[str]) -> Value:
        """Call one of the functions of the language."""
        table = self.declared(args[0]) if args else None
        if table and table.field["type"] == "rows" and function in ("rows", "count", *FOLDS):
            return self.over_rows(function, table, args[1:])
        if function == "stars":
            return self.world.stars_seen(self.at, ast.unparse(args[0]))
        found = [self.of(arg, self.values_of(args[0]) or values) for arg in args]
        if function == "known":
            return found[0] is not None
        if function == "default":
            return self.stand_in(args[0], found[1]) if found[0] is None else found[0]
        if None in found:
            return None
        if function == "unticked":
            return Fraction(len(self.values_of(args[0])) - len(found[0]))
        return call(function, [plain(each) for each in found])

    def stand_in(self, missing: ast.expr, other: Value) -> Value:
        """Return what stands for a missing finding: of a choice, the value of this name."""
        known = self.declared(missing)
        if known is None or known.field["type"] != "choice":
            return other
        found = self.world.typed(known.owner, other, known.field, assume=False)
        return Level(str(other), Fraction(0)) if found is None else found

    def over_rows(self, function: str, table: Found, args: list[ast.expr]) -> Value:
        """Fold a condition or a number over the rows of a table; one that was freed has none."""
        rows = table.value or []
        if function == "rows":
            return Fraction(len(rows))
        places = [Place(table.owner, table.name, i) for i in range(len(rows))]
        inner = [Expression(self.world, self.at.into(place), self.source) for place in places]
        found = [plain(each.of(args[0])) for each in inner]
        if None in found:
            return None
        if function == "count":
            return Fraction(sum(truth is True for truth in found))
        return fold(function, found, int(self.of(args[1])) if function == "trimmed" else 0)


def arithmetic(op: ast.operator, left: Any, right: Any) -> Value:
    """Apply an operator to two numbers; a quotient by 0 is missing."""
    if left is None or right is None:
        return None
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Pow():
            return left ** int(right)
    return None if right == 0 else left / right


def call(function: str, found: list[Any]) -> Value:
    """Call a function on values that are all there."""
    first = found[0]
    match function:
        case "min" | "max":
            return min(found) if function == "min" else max(found)
        case "abs":
            return abs(first)
        case "floor" | "ceiling":
            return Fraction((math.floor if function == "floor" else math.ceil)(first))
        case "rounded":
            return rounded(first, int(found[1]))
        case "count":
            return Fraction(sum(truth is True for truth in found))
        case "ticked" | "readings":
            return Fraction(len(first))
        case "days":
            return days(day(first), day(found[1]))
        case "months":
            return months(day(first), day(found[1]))
    if function in FOLDS and isinstance(first, Readings):
        return fold(function, first, int(found[1]) if function == "trimmed" else 0)
    raise KeyError(f"no function {function}")


def compare(op: ast.cmpop, left: Any, right: Any) -> bool | None:
    """Compare two values; a missing one leaves the comparison unknown."""
    if left is None or right is None:
        return None
    left, right = alike(op, left, right)
    match op:
        case ast.Eq():
            return bool(left == right)
        case ast.NotEq():
            return bool(left != right)
        case ast.Lt():
            return bool(left < right)
        case ast.LtE():
            return bool(left <= right)
        case ast.Gt():
            return bool(left > right)
        case ast.GtE():
            return bool(left >= right)
    inside = left == right if isinstance(right, str) else left in right
    return inside if isinstance(op, ast.In) else not inside


def alike(op: ast.cmpop, left: Any, right: Any) -> tuple[Any, Any]:
    """Read a text beside a date as a date, and a choice where a number is expected as one."""
    if isinstance(left, date) or isinstance(right, date):
        return day(left), day(right)
    ordered = isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
    if ordered or isinstance(left, Fraction) or isinstance(right, Fraction):
        return plain(left), plain(right)
    return left, right


def as_number(value: Value, text: Any) -> Fraction:
    """Insist on a number."""
    found = plain(value)
    if not isinstance(found, Fraction):
        raise TypeError(f"{text} is {found!r}, not a number")
    return found
