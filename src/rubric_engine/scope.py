"""What a policy sees of the rubric around it: fields, scores, and where to complain."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Collection, Mapping
from fractions import Fraction

from attrs import evolve, field, frozen

from rubric_engine.branches import Told, Watch, Ways, either
from rubric_engine.errors import AtKey, Problem, malformed, nearest_name
from rubric_engine.exact import exact_number, number_text
from rubric_engine.expression import Expressions, Mistake, Parsed, Zeros
from rubric_engine.fields import Field
from rubric_engine.graph import Graph
from rubric_engine.symbols import Day, Option, Quantity, Symbol, Table, Ticked, Truth, Word

__all__ = ["Expression", "Scope", "expression"]


#: The code of a mistake that was told already, at another place.
_TOLD = "told"


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
    #: The node whose rule it is.
    node: str
    #: Symbols by name as written: own fields, `node.field`, node ids.
    symbols: Mapping[str, Symbol] = field(repr=False)
    #: The fields behind those names.
    fields: Mapping[str, Field] = field(repr=False)
    expressions: Expressions = field(repr=False)
    parsed: Callable[[Expression], Parsed | Mistake] = field(repr=False)
    #: Checks of the sheet that a rule asks for: a truth that must hold, and what is wrong
    #: where it does not.
    demand: Callable[[Truth, Problem], None] = field(repr=False)
    report: Callable[[Problem, int | None], None] = field(repr=False)
    #: Where the divisors that are 0 are noted while a quotient has a stand-in for that.
    zeros: Zeros | None = field(default=None, repr=False)
    #: The table whose rows the rule sees by their columns, if it does.
    table: Table | None = None
    #: Names that are known, but what is wrong with them was told where they are stated.
    broken: Collection[str] = field(default=(), repr=False)
    #: Names that stand for a figure of the cohort which was fixed, after rules were written
    #: for one that varies.
    fixed: Collection[str] = field(default=(), repr=False)
    #: Who is told of every branch; None where nobody watches.
    watch: Watch | None = field(default=None, repr=False)
    #: Where what is met here is met at all; None if always, or if nobody watches.
    reached: Truth | None = field(default=None, repr=False)
    #: The node, or the row of one, that must count for it to be met; None if always.
    within: str | None = None

    def in_rows(self, table: Table) -> Scope:
        """Return the scope of one row of a table: its columns come before other names."""
        columns = {name: self.fields[f"{table.name}.{name}"] for name in table.columns}
        return evolve(
            self,
            symbols=ChainMap(dict(table.columns), self.symbols),  # type: ignore[arg-type]  # because a scope only looks up
            fields=ChainMap(columns, self.fields),  # type: ignore[arg-type]  # because a scope only looks up
            table=table,
        )

    def having(self, name: str, symbol: Symbol) -> Scope:
        """Return the scope with one more name."""
        return evolve(self, symbols=ChainMap({name: symbol}, self.symbols))  # type: ignore[arg-type]  # because a scope only looks up

    def branch(
        self, kind: str, key: str, ways: Callable[[], Ways], offset: int | None = None
    ) -> None:
        """Tell whoever watches that there are several ways here; `kind` is one of `KINDS`."""
        if self.watch is not None:
            path = f"{self.path}.{key}" if key else self.path
            self.watch(Told(path, kind, self.node, ways, self.reached, self.within, offset))

    def reaching(self, holds: Truth) -> Scope:
        """Return the scope of what is met only where a truth holds."""
        if self.watch is None:
            return self
        return evolve(self, reached=holds if self.reached is None else self.reached.both(holds))

    def rows(self, name: str, key: str = "each") -> Table | None:
        """Return a table by its name, or None after recording that there is none."""
        symbol = self.symbols.get(name.strip())
        if isinstance(symbol, Table):
            return symbol
        tables = [each for each, known in self.symbols.items() if isinstance(known, Table)]
        near = nearest_name(name, tables)
        self.problem("unknown-name", key, "the name of a table", name[:60], near)
        return None

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
            symbol = self.expressions.evaluate(
                parsed, self._resolve, self.lookup, self.zeros, self._tested(key)
            )
        except Mistake as mistake:
            self._mistake(mistake, key)
            return None
        if isinstance(symbol, Word):
            self._mistake(self._unknown(symbol.text, symbol.offset), key)
            return None
        return symbol

    def number(self, text: Expression, key: str) -> Quantity:
        """Return an expression that is a number and never missing."""
        symbol = _as_number(self.symbol(text, key))
        if isinstance(symbol, Quantity):
            if not symbol.can_miss:
                return symbol
            self.problem("unprotected-optional", key, "known(…) or default(…)", text.text)
        elif symbol is not None:
            self.problem("wrong-operand", key, "a number", _kind(symbol))
        return self.constant(0)

    def truth(self, text: Expression, key: str, *, at_key: bool = False) -> Truth:
        """Return an expression that is a truth and never missing.

        With `at_key` the expression is the key itself, not what stands there.
        """
        if at_key:
            inner = evolve(self, report=self._at_key)
            return inner.truth(text, key)
        symbol = self.symbol(text, key)
        if isinstance(symbol, Truth):
            if not symbol.can_miss:
                holds = symbol
                self.branch("condition", key, lambda: either(holds))
                return symbol
            self.problem("unprotected-optional", key, "known(…) or default(…)", text.text)
        elif symbol is not None:
            self.problem("wrong-operand", key, "a truth", _kind(symbol))
        return Truth.of(self.graph, verdict=True)

    def positive(self, text: Expression, key: str) -> Quantity:
        """Return an expression that is a number, never missing and never below 0."""
        number = self.number(text, key)
        if number.low < 0:
            expected = "a number that is never below 0, as max(0, …) is"
            self.problem("can-be-negative", key, expected, f"{text} can be {number.low}")
        return number

    def place_of(self, name: str) -> str:
        """Return where a sheet has the finding of a field by its name: `plan.missing`."""
        if self.table is not None and name in self.table.columns:
            return f"{self.table.name}[].{name}"
        return name if "." in name else f"{self.node}.{name}"

    def day(self, text: Expression, key: str) -> Day | None:
        """Return an expression that is a date and never missing, or None after a problem."""
        symbol = self.symbol(text, key)
        if isinstance(symbol, Day) and not symbol.value.interval.missing:
            return symbol
        if isinstance(symbol, Day):
            self.problem("unprotected-optional", key, "default(…)", text.text)
        elif symbol is not None:
            self.problem("wrong-operand", key, "a date", _kind(symbol))
        return None

    def quotient(self, text: Expression, key: str, otherwise: Fraction) -> Quantity:
        """Return a number, or what stands in for it where it is divided by 0."""
        zeros = Zeros()
        # Once with the divisors held above 0, so that what else is missing shows; once
        # with every quotient by 0 missing, which the stand-in then takes the place of.
        number = evolve(self, zeros=zeros).number(text, key)
        if not zeros.met:
            if not self._names_fixed(text):
                self.problem("conflicting-keys", "empty", "a divisor that can be 0")
            return number
        symbol = _as_number(evolve(self, zeros=Zeros(missing=True)).symbol(text, key))
        if not isinstance(symbol, Quantity):
            return number
        divided = symbol
        self.branch("divisor", "empty", lambda: either(divided.known(), "divides", "0"))
        return symbol.default(self.constant(otherwise))

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

    def _tested(self, key: str) -> Callable[[int, Truth], None] | None:
        """Return who is told of the conditions inside an expression, if anybody watches."""
        if self.watch is None:
            return None
        return lambda offset, holds: self.branch("if", key, lambda: either(holds), offset)

    def _names_fixed(self, text: Expression) -> bool:
        parsed = self.parsed(text)
        return not isinstance(parsed, Mistake) and any(
            name in self.fixed for name in parsed.names(self.lookup)
        )

    def _at_key(self, problem: Problem, offset: int | None) -> None:
        self.report(problem, AtKey(offset or 0))

    def _resolve(self, name: str, offset: int) -> Symbol:
        if name in self.broken:
            raise Mistake(_TOLD, offset)
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
        if mistake.code == _TOLD:
            return
        nearest = mistake.nearest
        if mistake.code == "unknown-name" and nearest is None:
            nearest = nearest_name(mistake.found, self.symbols)
        self.problem(mistake.code, key, mistake.expected, mistake.found, nearest, mistake.offset)


def _as_number(symbol: Symbol | None) -> Symbol | None:
    """Return the number that a choice means, where all its values mean one."""
    if isinstance(symbol, Option) and symbol.worth is not None:
        return symbol.amounts(symbol.worth)
    return symbol


def _kind(symbol: Symbol) -> str:
    return type(symbol).__name__.lower()
