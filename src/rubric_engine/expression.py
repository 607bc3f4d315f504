"""Expressions of rules: read against an allow-list, then evaluated once over symbols.

The wall is here, before anything is evaluated: our own tokens, a bound on length, depth
and size, and an allow-list of syntax. What is left is rewritten into calls of functions
that this module owns, on symbols it resolved; simpleeval evaluates those calls and never
sees data, text of the author, or a Python operator. The threat model is decision 0001.
"""

from __future__ import annotations

import ast
import keyword
import re
import unicodedata
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from math import lcm

from attrs import define, field, frozen

from rubric_engine.errors import nearest_name
from rubric_engine.exact import read_number
from rubric_engine.fields import day_code
from rubric_engine.folds import Listed, Rows, Unbounded
from rubric_engine.graph import Graph, Outgrown
from rubric_engine.symbols import (
    Day,
    Option,
    Panel,
    Quantity,
    Remark,
    Symbol,
    Table,
    Ticked,
    Truth,
    Word,
)

__all__ = [
    "FUNCTIONS",
    "KEYWORDS",
    "TABLE_FUNCTIONS",
    "Expressions",
    "Mistake",
    "Parsed",
    "Zeros",
    "is_identifier",
    "parse",
]

LONGEST = 1_000
DEEPEST = 30
MOST_PARTS = 200
LONGEST_LITERAL = 15

_TOKEN = re.compile(
    r"""(?P<space>[ \t\n]+)
      | (?P<name>[^\W\d]\w*)
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<quoted>'[^'"\\\n]*'|"[^'"\\\n]*")
      | (?P<sign>==|!=|<=|>=|\*\*|[-+*/()<>,.])
    """,
    re.VERBOSE,
)
#: The words that are part of the language of expressions.
KEYWORDS = frozenset({"and", "or", "not", "if", "else", "in"})


class Mistake(Exception):
    """What is wrong with an expression, and where in its text (counted from 0)."""

    def __init__(
        self,
        code: str,
        offset: int,
        expected: str = "",
        found: str = "",
        nearest: str | None = None,
    ) -> None:
        super().__init__(code)
        self.code, self.offset = code, offset
        self.expected, self.found, self.nearest = expected, found, nearest


def is_identifier(text: str) -> bool:
    """Say whether a text may be an id: letters, digits, underscore; NFKC-stable; no keyword.

    >>> is_identifier("计划"), is_identifier("and"), is_identifier("2x")
    (True, False, False)
    """
    return (
        0 < len(text) <= 100
        and text.isidentifier()
        # Joiners that cannot be seen are parts of identifiers in some versions of Python only.
        and all(unicodedata.category(sign) != "Cf" for sign in text)
        and not keyword.iskeyword(text)
        and unicodedata.normalize("NFKC", text) == text
    )


Resolve = Callable[[str, int], Symbol]
Lookup = Callable[[str], "Symbol | None"]
#: Who is told of a condition, and where it stands in the text.
Tested = Callable[[int, Truth], None]


@frozen
class Parsed:
    """An expression that was read: its tree and the names it uses."""

    text: str
    tree: ast.expr = field(eq=False, repr=False)
    #: How many characters of white space come before the tree's first column.
    skipped: int = field(eq=False, repr=False)
    #: The functions that it calls, and whether it compares anything.
    calls: frozenset[str] = field(eq=False, repr=False)
    compares: bool = field(eq=False, repr=False)

    def names(self, lookup: Lookup) -> dict[str, int]:
        """Return each name as written (`plan.missing`) with its first place in the text.

        `lookup` gives the symbol of a field, or None; names that are values of a choice
        or a checklist are left out, and so are the columns that folds over a table name.
        """
        whole = _name_of(self.tree)
        if whole is not None:
            return {whole: self.skipped}
        values = self.values(lookup)
        places = _Places(self.text, self.skipped)
        names: dict[str, int] = {}
        waiting: list[tuple[ast.AST, Lookup]] = [(self.tree, lookup)]
        while waiting:
            node, known = waiting.pop()
            name = _name_of(node)
            if name is None:
                callee = [node.func] if isinstance(node, ast.Call) else []
                inner = _within(node, known)
                waiting += [
                    (each, known if place == 0 else inner)
                    for place, each in enumerate(
                        each for each in ast.iter_child_nodes(node) if each not in callee
                    )
                ]
            elif (
                id(node) not in values
                and isinstance(node, ast.expr)
                and (known is lookup or known(name) is lookup(name))
            ):
                names.setdefault(name, places.of(node))
        return names

    def values(self, lookup: Lookup) -> set[int]:
        """Return the names (by identity) that are values of a choice or a checklist."""
        return _values_in(self.tree, lookup) if self.compares else set()

    @property
    def graded(self) -> list[str]:
        """The nodes whose grades it uses, as `stars(node)`."""
        if "stars" not in self.calls:
            return []
        return [
            node.args[0].id
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "stars"
            and node.args
            and isinstance(node.args[0], ast.Name)
        ]


def _within(node: ast.AST, lookup: Lookup) -> Lookup:
    """Return the look-up inside a fold over a table: its columns come first."""
    table = _table_of(node, lookup)
    if table is None:
        return lookup
    return lambda name: table.columns.get(name) or lookup(name)


def _table_of(node: ast.AST, lookup: Lookup) -> Table | None:
    """Return the table that a call folds over, if it does."""
    if not isinstance(node, ast.Call) or not node.args:
        return None
    if not isinstance(node.func, ast.Name) or node.func.id not in TABLE_FUNCTIONS:
        return None
    name = _name_of(node.args[0])
    symbol = None if name is None else lookup(name)
    return symbol if isinstance(symbol, Table) else None


def _name_of(node: ast.AST) -> str | None:
    """Return a name as written: `missing`, `plan.missing`; None for anything else."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else None


def _values_in(tree: ast.expr, lookup: Lookup) -> set[int]:
    """Return the names (by identity) that are values of the choice or checklist beside them."""
    found: set[int] = set()
    waiting: list[tuple[ast.AST, Lookup]] = [(tree, lookup)]
    while waiting:
        node, known = waiting.pop()
        inner = _within(node, known)
        waiting += [(each, inner) for each in ast.iter_child_nodes(node)]
        if isinstance(node, ast.Compare):
            _compared_values(node, known, found)
    return found


def _compared_values(node: ast.Compare, lookup: Lookup, found: set[int]) -> None:
    sides: list[ast.expr] = []
    for each in (node.left, *node.comparators):
        sides += each.elts if isinstance(each, ast.Tuple) else [each]
    known: set[str] = set()
    for each in sides:
        name = _name_of(each)
        symbol = None if name is None else lookup(name)
        if isinstance(symbol, Option):
            known.update(symbol.names)
        elif isinstance(symbol, Ticked):
            known.update(symbol.truths)
    for each in sides:
        if isinstance(each, ast.Name) and each.id in known and lookup(each.id) is None:
            found.add(id(each))


def parse(text: str) -> Parsed:
    """Read an expression; raises `Mistake` for whatever is not on the allow-list."""
    if len(text) > LONGEST:
        raise Mistake("expression-too-large", 0, f"at most {LONGEST} characters", str(len(text)))
    _check_tokens(text)
    source = text.replace("\n", " ").replace("\t", " ")
    stripped = source.lstrip(" ")
    try:
        tree = ast.parse(stripped, mode="eval").body
    except SyntaxError as error:
        offset = max((error.offset or 1) - 1, 0) + len(source) - len(stripped)
        raise Mistake("bad-expression", min(offset, len(text)), "a whole expression") from None
    except (RecursionError, MemoryError):
        raise Mistake("expression-too-large", 0, f"at most {DEEPEST} levels") from None
    skipped = len(source) - len(stripped)
    _check_tree(tree, _Places(text, skipped))
    calls: set[str] = set()
    compares = False
    for node in ast.walk(tree):
        compares = compares or isinstance(node, ast.Compare)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            calls.add(node.func.id)
    return Parsed(text, tree, skipped, frozenset(calls), compares)


def _check_tokens(text: str) -> None:
    offset, depth, parts, previous, last = 0, 0, 0, "", ""
    while offset < len(text):
        match = _TOKEN.match(text, offset)
        if match is None:
            found = text[offset]
            raise Mistake(
                "bad-expression", offset, "letters, digits, and signs of reckoning", repr(found)
            )
        kind, part = match.lastgroup or "", match.group()
        if kind != "space":
            parts += 1
            if kind == "quoted" and (previous in ("name", "number") or last == "quoted"):
                raise Mistake("bad-expression", offset, "a plain text in quotes", part[:40])
            if kind == "name":
                _check_name(part, offset, adjoins=previous in ("number", "quoted"))
            elif kind == "number" and len(part.replace(".", "")) > LONGEST_LITERAL:
                expected = f"at most {LONGEST_LITERAL} digits"
                raise Mistake("expression-too-large", offset, expected, f"{len(part)} digits")
        depth += (part == "(") - (part == ")")
        if parts > MOST_PARTS or depth > DEEPEST:
            expected = f"at most {MOST_PARTS} parts and {DEEPEST} levels"
            raise Mistake("expression-too-large", offset, expected)
        previous, offset = kind, match.end()
        last = last if kind == "space" else kind
    if not parts:
        raise Mistake("bad-expression", 0, "an expression", "nothing")


def _check_name(token: str, offset: int, *, adjoins: bool) -> None:
    if adjoins:
        raise Mistake("bad-expression", offset, "a space or a sign after a number", repr(token))
    if token in KEYWORDS:
        return
    if keyword.iskeyword(token):
        raise Mistake("bad-expression", offset, "a name that is no keyword", repr(token))
    if unicodedata.normalize("NFKC", token) != token:
        raise Mistake(
            "bad-expression", offset, "plain, not full-width or ligature, letters", repr(token)
        )


class _Places:
    """Turns the byte columns of `ast` into places in the text."""

    def __init__(self, text: str, skipped: int) -> None:
        self._skipped = skipped
        self._bytes = None if text.isascii() else text[skipped:].encode()

    def of(self, node: ast.expr) -> int:
        if self._bytes is None:
            return node.col_offset + self._skipped
        return len(self._bytes[: node.col_offset].decode()) + self._skipped


_SIMPLE = (ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Compare, ast.IfExp, ast.Constant, ast.Name)
_OPERATORS = (
    *(ast.And, ast.Or, ast.Not, ast.USub, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow),
    *(ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.In, ast.NotIn, ast.Load),
)


def _check_tree(tree: ast.expr, places: _Places) -> None:
    """Refuse every kind of syntax that is not on the list, and every tree too deep or large."""
    waiting: list[tuple[ast.AST, int, ast.AST | None]] = [(tree, 1, None)]
    parts = 0
    while waiting:
        node, depth, parent = waiting.pop()
        parts += not isinstance(node, _OPERATORS)
        if depth > DEEPEST or parts > MOST_PARTS:
            expected = f"at most {DEEPEST} levels and {MOST_PARTS} parts"
            raise Mistake("expression-too-large", 0, expected)
        if isinstance(node, ast.Call):
            allowed = isinstance(node.func, ast.Name) and not node.keywords
            waiting.extend((each, depth + 1, node) for each in node.args)
        elif isinstance(node, ast.Attribute):
            allowed = isinstance(node.value, ast.Name)
        elif isinstance(node, ast.Tuple):
            allowed = isinstance(parent, ast.Compare) and isinstance(
                parent.ops[0], ast.In | ast.NotIn
            )
            waiting.extend((each, depth + 1, node) for each in node.elts)
        elif isinstance(node, ast.Constant):
            allowed = type(node.value) in (int, float, str)
        else:
            allowed = isinstance(node, _SIMPLE + _OPERATORS)
            waiting.extend((each, depth + 1, node) for each in ast.iter_child_nodes(node))
        if not allowed:
            place = places.of(node) if isinstance(node, ast.expr) else 0
            raise Mistake("bad-expression", place, "what the language has", type(node).__name__)


@define
class Zeros:
    """Divisors that may be 0, in a ratio that says what stands in for it then."""

    #: Whether a quotient by 0 is missing; else it is what division by one quantum gives.
    missing: bool = False
    #: Whether a divisor that may be 0 was met.
    met: bool = False


Operation = Callable[..., Symbol]


class Expressions:
    """Evaluates expressions over the symbols of one graph.

    It holds one simpleeval evaluator, whose functions and names are replaced for each
    expression by those that the expression was rewritten to.
    """

    def __init__(self, graph: Graph) -> None:
        from simpleeval import SimpleEval

        self._graph = graph
        self._evaluator = SimpleEval(operators={}, functions={}, names={}, allowed_attrs={})

    def evaluate(
        self,
        parsed: Parsed,
        resolve: Resolve,
        lookup: Lookup,
        zeros: Zeros | None = None,
        tested: Tested | None = None,
    ) -> Symbol:
        """Return the meaning of an expression; raises `Mistake`.

        Where `zeros` is given, divisors may be 0, and what then becomes of quotients it says.
        `tested` is told of the condition of every `… if … else …`, and where that stands.

        `resolve` gives the symbol of a name as written, or a `Word` for a bare name it
        does not know; `lookup` gives the symbol of a field only. Beside a choice or a
        checklist, the name of one of its values is that value, unless it is a field.
        """
        values = parsed.values(lookup)
        rewriting = _Rewriting(self._graph, parsed, resolve, values, zeros, tested)
        tree = rewriting.rewrite(parsed.tree)
        self._evaluator.functions = rewriting.functions
        self._evaluator.names = rewriting.symbols
        try:
            symbol: Symbol = self._evaluator.eval(parsed.text, previously_parsed=tree)
        except ValueError as error:
            expected = "the columns of one table, inside one fold"
            raise Mistake("wrong-operand", 0, expected, parsed.text) from error
        except Outgrown as grown:
            raise Mistake(grown.code, 0, grown.expected) from None
        return symbol


class _Rewriting:
    """Turns an allowed tree into calls on numbered names, each with its own function."""

    def __init__(
        self,
        graph: Graph,
        parsed: Parsed,
        resolve: Resolve,
        values: set[int],
        zeros: Zeros | None,
        tested: Tested | None,
    ) -> None:
        self._graph = graph
        self._zeros = zeros
        self._tested = tested
        self._text = parsed.text
        self._resolve = resolve
        self._values = values
        self._places = _Places(parsed.text, parsed.skipped)
        self.symbols: dict[str, Symbol] = {}
        self.functions: dict[str, Callable[..., Symbol]] = {}

    def rewrite(self, node: ast.expr) -> ast.expr:
        offset = self._places.of(node)
        if isinstance(node, ast.Name) and id(node) in self._values:
            return self._symbol(Word(node.id, offset))
        name = _name_of(node)
        if name is not None:
            return self._symbol(self._resolve(name, offset))
        if isinstance(node, ast.Constant):
            return self._symbol(self._literal(node, offset))
        if isinstance(node, ast.BoolOp):
            operation = _both if isinstance(node.op, ast.And) else _either
            return self._fold(operation, offset, [self.rewrite(each) for each in node.values])
        if isinstance(node, ast.UnaryOp):
            unary = {ast.Not: _negate, ast.USub: _minus}[type(node.op)]
            return self._call(unary, offset, [self.rewrite(node.operand)])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            divide = partial(_divide, zeros=self._zeros)
            return self._call(divide, offset, [self.rewrite(node.left), self.rewrite(node.right)])
        if isinstance(node, ast.BinOp):
            binary = _ARITHMETIC[type(node.op)]
            return self._call(binary, offset, [self.rewrite(node.left), self.rewrite(node.right)])
        if isinstance(node, ast.IfExp):
            parts = [self.rewrite(each) for each in (node.test, node.body, node.orelse)]
            return self._call(self._choosing(node), offset, parts)
        if isinstance(node, ast.Compare):
            return self._comparison(node, offset)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._function(node.func.id, node, offset)
        raise Mistake("bad-expression", offset, "what the language has", type(node).__name__)

    def _choosing(self, node: ast.IfExp) -> Operation:
        if self._tested is None:
            return _choose
        return partial(_choose, tested=partial(self._tested, self._places.of(node.test)))

    def _symbol(self, symbol: Symbol) -> ast.expr:
        name = f"s{len(self.symbols)}"
        self.symbols[name] = symbol
        return ast.Name(name, ast.Load())

    def _literal(self, node: ast.Constant, offset: int) -> Symbol:
        if isinstance(node.value, str):
            return Word(node.value, offset)
        written = self._text[offset : offset + (node.end_col_offset or 0) - node.col_offset]
        number = read_number(written)
        if number is None:
            raise Mistake("bad-expression", offset, "a number: digits, or digits.digits", written)
        return Quantity.of(self._graph, number)

    def _call(self, operation: Operation, offset: int, args: list[ast.expr]) -> ast.expr:
        name = f"f{len(self.functions)}"
        self.functions[name] = lambda *given: operation(offset, *given)
        return ast.Call(ast.Name(name, ast.Load()), args, [])

    def _fold(self, operation: Operation, offset: int, parts: list[ast.expr]) -> ast.expr:
        folded = parts[0]
        for each in parts[1:]:
            folded = self._call(operation, offset, [folded, each])
        return folded

    def _comparison(self, node: ast.Compare, offset: int) -> ast.expr:
        sides = [node.left, *node.comparators]
        truths: list[ast.expr] = []
        for operator, left, right in zip(node.ops, sides, sides[1:], strict=False):
            if isinstance(operator, ast.In | ast.NotIn):
                if len(node.ops) > 1:
                    raise Mistake("bad-expression", offset, "one `in` at a time")
                among = right.elts if isinstance(right, ast.Tuple) else [right]
                parts = [self.rewrite(each) for each in (left, *among)]
                one = self._call(_among, offset, parts)
                truths.append(
                    self._call(_negate, offset, [one]) if isinstance(operator, ast.NotIn) else one
                )
            else:
                compare = _COMPARISONS[type(operator)]
                truths.append(
                    self._call(compare, offset, [self.rewrite(left), self.rewrite(right)])
                )
        return self._fold(_both, offset, truths)

    def _function(self, name: str, node: ast.Call, offset: int) -> ast.expr:
        first = None if not node.args else _name_of(node.args[0])
        symbol = None if first is None else self._resolve(first, self._places.of(node.args[0]))
        if isinstance(symbol, Table) and name in TABLE_FUNCTIONS:
            return self._fold_rows(name, node, symbol, offset)
        function = FUNCTIONS.get(name)
        if function is None:
            near = nearest_name(name, FUNCTIONS)
            raise Mistake("unknown-function", offset, "one of " + ", ".join(FUNCTIONS), name, near)
        least, most, operation = function
        if name in ("known", "default") and first is None and not _optional_call(node):
            raise Mistake("wrong-operand", offset, "the name of a field, or what may be missing")
        if name == "stars":
            if not isinstance(first, str) or not least <= len(node.args) <= most:
                raise Mistake("wrong-operand", offset, "the id of one node with grades")
            stars = self._resolve(f"{first}?stars", self._places.of(node.args[0]))
            if isinstance(stars, Word):
                expected = "a node with grades that have stars"
                raise Mistake("unknown-name", stars.offset, expected, first)
            return self._symbol(stars)
        if not least <= len(node.args) <= most:
            expected = f"{least} value(s)" if least == most else f"{least} or more values"
            raise Mistake("wrong-operand", offset, expected, f"{len(node.args)}")
        return self._call(operation, offset, [self.rewrite(each) for each in node.args])

    def _fold_rows(self, name: str, node: ast.Call, table: Table, offset: int) -> ast.expr:
        """Rewrite a fold over a table: what is folded sees its columns."""
        size, operation = TABLE_FUNCTIONS[name]
        if len(node.args) != size:
            raise Mistake("wrong-operand", offset, f"{size} value(s)", f"{len(node.args)}")
        outer = self._resolve

        def resolve(name: str, offset: int) -> Symbol:
            symbol = table.columns.get(name) or outer(name, offset)
            if isinstance(symbol, Word) and symbol.nearest is None:
                return Word(name, offset, nearest_name(name, table.columns))
            return symbol

        self._resolve = resolve
        try:
            args = [self.rewrite(each) for each in node.args[1:]]
        finally:
            self._resolve = outer
        return self._call(partial(operation, table=table), offset, args)


def _optional_call(node: ast.Call) -> bool:
    """Say whether the first argument is a call whose result may be missing."""
    first = node.args[0] if node.args else None
    if not isinstance(first, ast.Call) or not isinstance(first.func, ast.Name):
        return False
    return first.func.id in {"stars", *TABLE_FUNCTIONS}


_KINDS = {
    Day: "a date",
    Panel: "a panel",
    Table: "a table",
    Quantity: "a number",
    Truth: "a truth",
    Option: "a choice",
    Ticked: "a checklist",
    Remark: "a text",
}


def _described(symbol: Symbol) -> str:
    return _KINDS.get(type(symbol), "a name that means nothing here")


def _number(offset: int, symbol: Symbol) -> Quantity:
    if isinstance(symbol, Quantity):
        return symbol
    if isinstance(symbol, Option) and symbol.worth is not None:
        return symbol.amounts(symbol.worth)
    raise _wrong(offset, "a number", symbol)


def _truth(offset: int, symbol: Symbol) -> Truth:
    if isinstance(symbol, Truth):
        return symbol
    raise _wrong(offset, "a truth", symbol)


def _wrong(offset: int, expected: str, symbol: Symbol) -> Mistake:
    if isinstance(symbol, Word):
        return Mistake("unknown-name", symbol.offset, expected, symbol.text, symbol.nearest)
    return Mistake("wrong-operand", offset, expected, _described(symbol))


def _both(offset: int, left: Symbol, right: Symbol) -> Symbol:
    return _truth(offset, left).both(_truth(offset, right))


def _either(offset: int, left: Symbol, right: Symbol) -> Symbol:
    return _truth(offset, left).either(_truth(offset, right))


def _negate(offset: int, one: Symbol) -> Symbol:
    return _truth(offset, one).negate()


def _minus(offset: int, one: Symbol) -> Symbol:
    return -_number(offset, one)


def _divide(offset: int, left: Symbol, right: Symbol, zeros: Zeros | None = None) -> Symbol:
    dividend, divisor = _number(offset, left), _number(offset, right)
    there: Truth | None = None
    if zeros is not None and divisor.low == 0 and divisor.over is None:
        there = (divisor * 0).less(divisor) if zeros.missing else None
        zeros.met = True
        one = Quantity(divisor.graph, divisor.graph.constant(1), divisor.scale)
        divisor = divisor.greatest(one)
    quotient = dividend.divided_by(divisor)
    if quotient is None:
        found = f"a number within {divisor.low}..{divisor.high}"
        expected = "a divisor that is never 0 or less, as max(x, 1) is, or a `ratio` with `empty`"
        raise Mistake("unprotected-division", offset, expected, found)
    return quotient if there is None else quotient.only(there)


#: A power of a literal has at most so many exponents, and a literal power is at most this.
_MOST_EXPONENTS, _LARGEST_EXPONENT = 1_000, 8
#: A table of powers is written out only where its numbers have at most so many bits.
_MOST_BITS = 1_000


def _power(offset: int, left: Symbol, right: Symbol) -> Symbol:
    foundation, exponent = _number(offset, left), _number(offset, right)
    literal = exponent.constant
    if literal is not None and literal.denominator == 1 and 0 <= literal <= _LARGEST_EXPONENT:
        result = Quantity.of(foundation.graph, 1)
        for _ in range(int(literal)):
            result = result * foundation
        return result
    number, whole = foundation.constant, exponent.scale == 1 and exponent.over is None
    if number is None or not whole or exponent.low < 0 or exponent.high >= _MOST_EXPONENTS:
        expected = (
            f"a whole exponent from 0 to {_LARGEST_EXPONENT}, or a number to the power of a"
            f" whole number from 0 to below {_MOST_EXPONENTS}; else a curve"
        )
        raise Mistake("wrong-operand", offset, expected)
    # So many bits its last power has at least; the numbers themselves could fill the memory.
    longest = max(abs(number.numerator), number.denominator).bit_length() - 1
    if longest * int(exponent.high) > _MOST_BITS:
        raise Mistake("too-fine", offset, "powers that stay within 62 bits")
    powers = [number**each for each in range(int(exponent.high) + 1)]
    scale = lcm(*(each.denominator for each in powers))
    table = [int(each * scale) for each in powers]
    return Quantity(foundation.graph, foundation.graph.lookup(exponent.value, table), scale)


def _choose(
    offset: int,
    condition: Symbol,
    then: Symbol,
    otherwise: Symbol,
    tested: Callable[[Truth], None] | None = None,
) -> Symbol:
    test = _truth(offset, condition)
    if tested is not None:
        tested(test)
    if isinstance(then, Truth):
        return test.choose_truth(then, _truth(offset, otherwise))
    return test.choose(_number(offset, then), _number(offset, otherwise))


def _same(offset: int, left: Symbol, right: Symbol) -> Truth:
    if isinstance(left, Word) and not isinstance(right, Word):
        left, right = right, left
    if isinstance(left, Option) and isinstance(right, Word):
        return left.is_named(_value_of(right, left.names))
    if isinstance(left, Day) or isinstance(right, Day):
        one, other = _days(offset, left, right)
        return one.equal(other)
    if isinstance(left, Truth):
        return left.equal(_truth(offset, right))
    return _number(offset, left).equal(_number(offset, right))


def _value_of(word: Word, names: tuple[str, ...]) -> str:
    if word.text not in names:
        near = nearest_name(word.text, names)
        expected = "one of " + ", ".join(names)
        raise Mistake("unknown-name", word.offset, expected, word.text, near)
    return word.text


def _different(offset: int, left: Symbol, right: Symbol) -> Symbol:
    return _same(offset, left, right).negate()


def _day(offset: int, symbol: Symbol) -> Day:
    if isinstance(symbol, Day):
        return symbol
    raise _wrong(offset, "a date", symbol)


def _days(offset: int, *symbols: Symbol) -> list[Quantity]:
    """Return the codes of dates, one of which may be written in quotes."""
    graph = next(each.graph for each in symbols if isinstance(each, Day))
    found: list[Quantity] = []
    for each in symbols:
        code = day_code(each.text) if isinstance(each, Word) else None
        if isinstance(each, Word) and code is None:
            expected = 'a date, as "2026-11-24"'
            told = "unknown-name" if each.text.isidentifier() else "wrong-operand"
            raise Mistake(told, each.offset, expected, each.text, each.nearest)
        found.append(Day.of(graph, code).code if code is not None else _day(offset, each).code)
    return found


def _days_between(offset: int, first: Symbol, last: Symbol) -> Symbol:
    return _day(offset, last).number - _day(offset, first).number


def _months_between(offset: int, first: Symbol, last: Symbol) -> Symbol:
    apart = _day(offset, last).code - _day(offset, first).code
    return (apart * Fraction(1, 31)).rounded(0, "floor")


def _less(offset: int, left: Symbol, right: Symbol) -> Symbol:
    if isinstance(left, Day) or isinstance(right, Day):
        one, other = _days(offset, left, right)
        return one.less(other)
    return _number(offset, left).less(_number(offset, right))


def _at_most(offset: int, left: Symbol, right: Symbol) -> Symbol:
    if isinstance(left, Day) or isinstance(right, Day):
        one, other = _days(offset, left, right)
        return one.at_most(other)
    return _number(offset, left).at_most(_number(offset, right))


def _among(offset: int, left: Symbol, *among: Symbol) -> Symbol:
    if len(among) == 1 and isinstance(among[0], Ticked):
        if not isinstance(left, Word):
            raise _wrong(offset, "a value of the checklist", left)
        return among[0].truths[_value_of(left, tuple(among[0].truths))]
    if isinstance(left, Word):
        raise _wrong(offset, "a choice before `in`", left)
    found = _same(offset, left, among[0]) if among else None
    for each in among[1:]:
        found = (
            _same(offset, left, each) if found is None else found.either(_same(offset, left, each))
        )
    if found is None:
        raise Mistake("bad-expression", offset, "at least one value after `in`")
    return found


def _least(offset: int, first: Symbol, *others: Symbol) -> Symbol:
    result = _number(offset, first)
    for each in others:
        result = result.least(_number(offset, each))
    return result


def _greatest(offset: int, first: Symbol, *others: Symbol) -> Symbol:
    result = _number(offset, first)
    for each in others:
        result = result.greatest(_number(offset, each))
    return result


def _absolute(offset: int, one: Symbol) -> Symbol:
    number = _number(offset, one)
    # max(x, -x) is never below 0, which the intervals of the two alone do not show.
    return number.greatest(-number).greatest(number * 0)


def _floor(offset: int, one: Symbol) -> Symbol:
    return _number(offset, one).rounded(0, "floor")


def _ceiling(offset: int, one: Symbol) -> Symbol:
    return _number(offset, one).rounded(0, "ceiling")


def _count(offset: int, *truths: Symbol) -> Symbol:
    result = _truth(offset, truths[0]).counted()
    for each in truths[1:]:
        result = result + _truth(offset, each).counted()
    return result


def _ticked(offset: int, one: Symbol) -> Symbol:
    if not isinstance(one, Ticked):
        raise _wrong(offset, "a checklist", one)
    return _count(offset, *one.truths.values())


def _unticked(offset: int, one: Symbol) -> Symbol:
    if not isinstance(one, Ticked):
        raise _wrong(offset, "a checklist", one)
    return _count(offset, *(each.negate() for each in one.truths.values()))


def _known(offset: int, one: Symbol) -> Symbol:
    if isinstance(one, Word | Panel | Table):
        raise _wrong(offset, "a field", one)
    return one.known()


def _default(offset: int, one: Symbol, other: Symbol) -> Symbol:
    if isinstance(one, Truth):
        return one.default(_truth(offset, other))
    if isinstance(one, Day):
        (code,) = _days(offset, one, other)[1:]
        return one.default(Day(one.graph, code.value))
    if isinstance(one, Option) and isinstance(other, Word):
        position = one.graph.constant(one.names.index(_value_of(other, one.names)))
        value = one.graph.default(one.value, position)
        return Option(one.graph, value, one.names, one.worth)
    return _number(offset, one).default(_number(offset, other))


def _rounded(offset: int, one: Symbol, places: Symbol) -> Symbol:
    many = _number(offset, places).constant
    if many is None or many.denominator != 1 or not 0 <= many <= _MOST_PLACES:
        raise Mistake("wrong-operand", offset, f"0 to {_MOST_PLACES} places")
    return _number(offset, one).rounded(int(many), "half_up")


_MOST_PLACES = 9


def _panel(offset: int, symbol: Symbol) -> Listed:
    if not isinstance(symbol, Panel):
        raise _wrong(offset, "a panel or a table", symbol)
    return Listed.of(symbol.graph, symbol.readings, symbol.fewest)


def _dropped(offset: int, symbol: Symbol) -> int:
    many = _number(offset, symbol).constant
    if many is None or many.denominator != 1 or not 1 <= many <= LONGEST:
        raise Mistake("wrong-operand", offset, "how many to leave out at each end, 1 or more")
    return int(many)


def _wrong_table(offset: int, symbol: Symbol) -> Symbol:
    raise _wrong(offset, "a table", symbol)


def _readings(offset: int, panel: Symbol) -> Symbol:
    return _panel(offset, panel).count


def _trimmed(offset: int, panel: Symbol, drop: Symbol) -> Symbol:
    return _panel(offset, panel).trimmed(_dropped(offset, drop))


def _folded(offset: int, table: Table, number: Symbol) -> Rows:
    each = _number(offset, number)
    if each.can_miss:
        raise Mistake("unprotected-optional", offset, "known(…) or default(…)")
    return Rows(table, each)


def _over_rows(fold: Callable[[Rows], Quantity]) -> Operation:
    def operation(offset: int, number: Symbol, *, table: Table) -> Symbol:
        try:
            return fold(_folded(offset, table, number))
        except Unbounded:
            expected = "rounded(…, 4) around a quotient that is folded"
            raise Mistake("too-fine", offset, expected) from None

    return operation


def _trimmed_rows(offset: int, number: Symbol, drop: Symbol, *, table: Table) -> Symbol:
    many = _dropped(offset, drop)
    return _over_rows(lambda rows: rows.trimmed(many))(offset, number, table=table)


def _counted_rows(offset: int, truth: Symbol, *, table: Table) -> Symbol:
    holds = _truth(offset, truth)
    if holds.can_miss:
        raise Mistake("unprotected-optional", offset, "known(…) or default(…)")
    return Rows(table, holds.counted()).total()


_ARITHMETIC: Mapping[type[ast.operator], Operation] = {
    ast.Add: lambda offset, left, right: _number(offset, left) + _number(offset, right),
    ast.Sub: lambda offset, left, right: _number(offset, left) - _number(offset, right),
    ast.Mult: lambda offset, left, right: _number(offset, left) * _number(offset, right),
    ast.Pow: _power,
}

_COMPARISONS: Mapping[type[ast.cmpop], Operation] = {
    ast.Lt: _less,
    ast.LtE: _at_most,
    ast.Gt: lambda offset, left, right: _less(offset, right, left),
    ast.GtE: lambda offset, left, right: _at_most(offset, right, left),
    ast.Eq: _same,
    ast.NotEq: _different,
}

#: The functions of expressions: fewest and most arguments, and the meaning.
FUNCTIONS: Mapping[str, tuple[int, int, Operation]] = {
    "min": (1, MOST_PARTS, _least),
    "max": (1, MOST_PARTS, _greatest),
    "abs": (1, 1, _absolute),
    "floor": (1, 1, _floor),
    "ceiling": (1, 1, _ceiling),
    "count": (1, MOST_PARTS, _count),
    "ticked": (1, 1, _ticked),
    "unticked": (1, 1, _unticked),
    "known": (1, 1, _known),
    "default": (2, 2, _default),
    "rounded": (2, 2, _rounded),
    "days": (2, 2, _days_between),
    "months": (2, 2, _months_between),
    "stars": (1, 1, _known),
    "readings": (1, 1, _readings),
    "mean": (1, 1, lambda offset, panel: _panel(offset, panel).mean()),
    "median": (1, 1, lambda offset, panel: _panel(offset, panel).median()),
    "trimmed": (2, 2, _trimmed),
    "lowest": (1, 1, lambda offset, panel: _panel(offset, panel).lowest()),
    "highest": (1, 1, lambda offset, panel: _panel(offset, panel).highest()),
    "rows": (1, 1, _wrong_table),
    "sum": (2, 2, lambda offset, table, number: _wrong_table(offset, table)),
}

#: The functions of expressions over a table: how many arguments with the table, and the meaning.
TABLE_FUNCTIONS: Mapping[str, tuple[int, Operation]] = {
    "rows": (1, lambda offset, *, table: table.size),
    "count": (2, _counted_rows),
    "sum": (2, _over_rows(lambda rows: rows.total())),
    "mean": (2, _over_rows(lambda rows: rows.mean())),
    "median": (2, _over_rows(lambda rows: rows.median())),
    "trimmed": (3, _trimmed_rows),
    "lowest": (2, _over_rows(lambda rows: rows.lowest())),
    "highest": (2, _over_rows(lambda rows: rows.highest())),
}
