"""What a policy sees of the rubric around it: fields, scores, and where to complain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from attrs import field, frozen

from rubric_engine.errors import Problem, malformed, nearest_name
from rubric_engine.exact import exact_number, number_text
from rubric_engine.expression import Expressions, Mistake, Parsed
from rubric_engine.fields import Field
from rubric_engine.graph import Graph
from rubric_engine.symbols import Option, Quantity, Symbol, Ticked, Truth, Word

__all__ = ["Expression", "Scope", "expression"]


@frozen
class Expression:
    """The text of an expression, as it stands in a rule."""

    text: str

    def __str__(self) -> str:
        return self.text


def expression(value: Expression | str | float | Fraction | None) -> Expression | None:
    """Return an expression from itself, from text, or from an exact number.

    >>> expression("missing * 2")
    Expression(text='missing * 2')
    """
    if value is None or isinstance(value, Expression):
        return value
    if isinstance(value, str):
        return Expression(str(value))
    number = exact_number(value)
    if number is None:
        raise malformed("bad-number", "an expression as text, or an exact number", str(value))
    return Expression(number_text(number))


@frozen(eq=False)
class Scope:
    """The names a rule may use, and the problems it has.

    A problem is recorded and work goes on with a harmless value, so that one pass finds
    them all; nothing that was lowered beside a problem is ever evaluated.
    """

    graph: Graph = field(repr=False)
    #: The scale of the rule's node; None for an open account.
    scale: Fraction | None
    #: Path of the rule in the rubric.
    path: str
    #: Symbols by name as written: own fields, `node.field`, node ids.
    symbols: Mapping[str, Symbol] = field(repr=False)
    #: The fields behind those names.
    fields: Mapping[str, Field] = field(repr=False)
    expressions: Expressions = field(repr=False)
    parsed: Callable[[Expression], Parsed | Mistake] = field(repr=False)
    report: Callable[[Problem, int | None], None] = field(repr=False)

    def constant(self, number: Fraction | int) -> Quantity:
        """Return a number as a quantity."""
        return Quantity.of(self.graph, number)

    def problem(
        self,
        code: str,
        key: str = "",
        expected: str = "",
        found: str = "",
        nearest: str | None = None,
        offset: int | None = None,
    ) -> None:
        """Record a problem of this rule, at one of its keys."""
        path = f"{self.path}.{key}" if key else self.path
        self.report(Problem(code, path, expected, found, nearest), offset)

    def symbol(self, text: Expression, key: str) -> Symbol | None:
        """Return what an expression means, or None after recording what is wrong with it."""
        parsed = self.parsed(text)
        if isinstance(parsed, Mistake):
            self._mistake(parsed, key)
            return None
        try:
            symbol = self.expressions.evaluate(parsed, self._resolve, self.lookup)
        except Mistake as mistake:
            self._mistake(mistake, key)
            return None
        if isinstance(symbol, Word):
            self._mistake(self._unknown(symbol.text, symbol.offset), key)
            return None
        return symbol

    def number(self, text: Expression, key: str) -> Quantity:
        """Return an expression that is a number and never missing."""
        symbol = self.symbol(text, key)
        if isinstance(symbol, Quantity):
            if not symbol.can_miss:
                return symbol
            self.problem("unprotected-optional", key, "known(…) or default(…)", text.text)
        elif symbol is not None:
            self.problem("wrong-operand", key, "a number", _kind(symbol))
        return self.constant(0)

    def truth(self, text: Expression, key: str) -> Truth:
        """Return an expression that is a truth and never missing."""
        symbol = self.symbol(text, key)
        if isinstance(symbol, Truth):
            if not symbol.can_miss:
                return symbol
            self.problem("unprotected-optional", key, "known(…) or default(…)", text.text)
        elif symbol is not None:
            self.problem("wrong-operand", key, "a truth", _kind(symbol))
        return Truth.of(self.graph, verdict=True)

    def chosen(self, text: Expression, key: str) -> Symbol | None:
        """Return what chooses an amount: a choice, a checklist or a number, never missing."""
        symbol = self.symbol(text, key)
        if isinstance(symbol, Option | Quantity):
            missing = symbol.value.interval.missing
        elif isinstance(symbol, Ticked):
            missing = any(each.can_miss for each in symbol.truths.values())
        elif symbol is not None:
            self.problem("wrong-operand", key, "a choice, a checklist or a number", _kind(symbol))
            return None
        else:
            return None
        if missing:
            self.problem("unprotected-optional", key, "default(…) around it", text.text)
            return None
        return symbol

    def holds(self, when: Expression | None, unless: Expression | None) -> Truth:
        """Return whether a rule applies: `when` holds and `unless` does not."""
        applies = Truth.of(self.graph, verdict=True)
        if when is not None:
            applies = applies.both(self.truth(when, "when"))
        if unless is not None:
            applies = applies.both(self.truth(unless, "unless").negate())
        return applies

    def lookup(self, name: str) -> Symbol | None:
        """Return the symbol of a field by its name as written, None for anything else."""
        return self.symbols.get(name) if name in self.fields else None

    def _resolve(self, name: str, offset: int) -> Symbol:
        symbol = self.symbols.get(name)
        if symbol is not None:
            return symbol
        if "." in name:
            raise self._unknown(name, offset)
        return Word(name, offset)

    def _unknown(self, name: str, offset: int) -> Mistake:
        near = nearest_name(name, self.symbols)
        return Mistake("unknown-name", offset, "a field, or the id of a node", name, near)

    def _mistake(self, mistake: Mistake, key: str) -> None:
        nearest = mistake.nearest
        if mistake.code == "unknown-name" and nearest is None:
            nearest = nearest_name(mistake.found, self.symbols)
        self.problem(mistake.code, key, mistake.expected, mistake.found, nearest, mistake.offset)


def _kind(symbol: Symbol) -> str:
    return type(symbol).__name__.lower()
