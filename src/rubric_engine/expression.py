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

from attrs import field, frozen

from rubric_engine.errors import nearest_name
from rubric_engine.exact import read_number
from rubric_engine.graph import Graph
from rubric_engine.symbols import (
    LARGEST_DIVISOR,
    Option,
    Quantity,
    Remark,
    Symbol,
    Ticked,
    Truth,
    Word,
)

__all__ = ["FUNCTIONS", "KEYWORDS", "Expressions", "Mistake", "Parsed", "is_identifier", "parse"]

LONGEST = 1_000
DEEPEST = 30
MOST_PARTS = 200
LONGEST_LITERAL = 15

_TOKEN = re.compile(
    r"""(?P<space>[ \t\n]+)
      | (?P<name>[^\W\d]\w*)
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<quoted>'[^'"\\\n]*'|"[^'"\\\n]*")
      | (?P<sign>==|!=|<=|>=|[-+*/()<>,.])
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


@frozen
class Parsed:
    """An expression that was read: its tree and the names it uses."""

    text: str
    tree: ast.expr = field(eq=False, repr=False)
    #: How many characters of white space come before the tree's first column.
    skipped: int = field(eq=False, repr=False)

    def names(self, lookup: Lookup) -> dict[str, int]:
        """Return each name as written (`plan.missing`) with its first place in the text.

        `lookup` gives the symbol of a field, or None; names that are values of a choice
        or a checklist are left out.
        """
        values = _values_in(self.tree, lookup)
        places = _Places(self.text, self.skipped)
        names: dict[str, int] = {}
        waiting: list[ast.AST] = [self.tree]
        while waiting:
            node = waiting.pop()
            name = _name_of(node)
            if name is None:
                callee = [node.func] if isinstance(node, ast.Call) else []
                waiting += [each for each in ast.iter_child_nodes(node) if each not in callee]
            elif id(node) not in values and isinstance(node, ast.expr):
                names.setdefault(name, places.of(node))
        return names


def _name_of(node: ast.AST) -> str | None:
    """Return a name as written: `missing`, `plan.missing`; None for anything else."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else None


def _values_in(tree: ast.expr, lookup: Lookup) -> set[int]:
    """Return the names (by identity) that are values of the choice or checklist beside them."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare):
            continue
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
    return found


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
    return Parsed(text, tree, skipped)


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
    *(ast.And, ast.Or, ast.Not, ast.USub, ast.Add, ast.Sub, ast.Mult, ast.Div),
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

    def evaluate(self, parsed: Parsed, resolve: Resolve, lookup: Lookup) -> Symbol:
        """Return the meaning of an expression; raises `Mistake`.

        `resolve` gives the symbol of a name as written, or a `Word` for a bare name it
        does not know; `lookup` gives the symbol of a field only. Beside a choice or a
        checklist, the name of one of its values is that value, unless it is a field.
        """
        rewriting = _Rewriting(self._graph, parsed, resolve, _values_in(parsed.tree, lookup))
        tree = rewriting.rewrite(parsed.tree)
        self._evaluator.functions = rewriting.functions
        self._evaluator.names = rewriting.symbols
        symbol: Symbol = self._evaluator.eval(parsed.text, previously_parsed=tree)
        return symbol


class _Rewriting:
    """Turns an allowed tree into calls on numbered names, each with its own function."""

    def __init__(self, graph: Graph, parsed: Parsed, resolve: Resolve, values: set[int]) -> None:
        self._graph = graph
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
        if isinstance(node, ast.BinOp):
            binary = _ARITHMETIC[type(node.op)]
            return self._call(binary, offset, [self.rewrite(node.left), self.rewrite(node.right)])
        if isinstance(node, ast.IfExp):
            parts = [self.rewrite(each) for each in (node.test, node.body, node.orelse)]
            return self._call(_choose, offset, parts)
        if isinstance(node, ast.Compare):
            return self._comparison(node, offset)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._function(node.func.id, node, offset)
        raise Mistake("bad-expression", offset, "what the language has", type(node).__name__)

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
        function = FUNCTIONS.get(name)
        if function is None:
            near = nearest_name(name, FUNCTIONS)
            raise Mistake("unknown-function", offset, "one of " + ", ".join(FUNCTIONS), name, near)
        least, most, operation = function
        if name in ("known", "default") and node.args and _name_of(node.args[0]) is None:
            raise Mistake("wrong-operand", offset, "the name of a field")
        if not least <= len(node.args) <= most:
            expected = f"{least} value(s)" if least == most else f"{least} or more values"
            raise Mistake("wrong-operand", offset, expected, f"{len(node.args)}")
        return self._call(operation, offset, [self.rewrite(each) for each in node.args])


_KINDS = {
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
    raise _wrong(offset, "a number", symbol)


def _truth(offset: int, symbol: Symbol) -> Truth:
    if isinstance(symbol, Truth):
        return symbol
    raise _wrong(offset, "a truth", symbol)


def _wrong(offset: int, expected: str, symbol: Symbol) -> Mistake:
    if isinstance(symbol, Word):
        return Mistake("unknown-name", symbol.offset, expected, symbol.text)
    return Mistake("wrong-operand", offset, expected, _described(symbol))


def _both(offset: int, left: Symbol, right: Symbol) -> Symbol:
    return _truth(offset, left).both(_truth(offset, right))


def _either(offset: int, left: Symbol, right: Symbol) -> Symbol:
    return _truth(offset, left).either(_truth(offset, right))


def _negate(offset: int, one: Symbol) -> Symbol:
    return _truth(offset, one).negate()


def _minus(offset: int, one: Symbol) -> Symbol:
    return -_number(offset, one)


def _divide(offset: int, left: Symbol, right: Symbol) -> Symbol:
    quotient = _number(offset, left).divided_by(_number(offset, right))
    if quotient is None:
        expected = f"a number other than 0, or a whole number within 1..{LARGEST_DIVISOR}"
        low, high = _number(offset, right).low, _number(offset, right).high
        raise Mistake("unprotected-division", offset, expected, f"a number within {low}..{high}")
    return quotient


def _choose(offset: int, condition: Symbol, then: Symbol, otherwise: Symbol) -> Symbol:
    test = _truth(offset, condition)
    if isinstance(then, Truth):
        return test.choose_truth(then, _truth(offset, otherwise))
    return test.choose(_number(offset, then), _number(offset, otherwise))


def _same(offset: int, left: Symbol, right: Symbol) -> Truth:
    if isinstance(left, Word) and not isinstance(right, Word):
        left, right = right, left
    if isinstance(left, Option) and isinstance(right, Word):
        return left.is_named(_value_of(right, left.names))
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


def _less(offset: int, left: Symbol, right: Symbol) -> Symbol:
    return _number(offset, left).less(_number(offset, right))


def _at_most(offset: int, left: Symbol, right: Symbol) -> Symbol:
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
    if isinstance(one, Word):
        raise _wrong(offset, "a field", one)
    value = next(iter(one.truths.values())).value if isinstance(one, Ticked) else one.value
    return Truth(one.graph, one.graph.known(value))


def _default(offset: int, one: Symbol, other: Symbol) -> Symbol:
    if isinstance(one, Truth):
        return one.default(_truth(offset, other))
    if isinstance(one, Option) and isinstance(other, Word):
        position = one.graph.constant(one.names.index(_value_of(other, one.names)))
        return Option(one.graph, one.graph.default(one.value, position), one.names)
    return _number(offset, one).default(_number(offset, other))


_ARITHMETIC: Mapping[type[ast.operator], Operation] = {
    ast.Add: lambda offset, left, right: _number(offset, left) + _number(offset, right),
    ast.Sub: lambda offset, left, right: _number(offset, left) - _number(offset, right),
    ast.Mult: lambda offset, left, right: _number(offset, left) * _number(offset, right),
    ast.Div: _divide,
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
}
