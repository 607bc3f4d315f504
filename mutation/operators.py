"""Mutations that Cosmic Ray does not bring: mistakes that fit this library.

Three operators beside its own: a name exchanged for its opposite, a sign exchanged in the
text of generated source, and a statement that is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cosmic_ray.operators.operator import Example, Operator
from parso.python.tree import ExprStmt, Name, PythonNode
from parso.python.tree import Operator as Sign

__all__ = ["Provider"]

Position = tuple[tuple[int, int], tuple[int, int]]

_PAIRS = [
    ("min", "max"),
    ("any", "all"),
    ("low", "high"),
    ("least", "greatest"),
    ("less", "at_most"),
    ("both", "either"),
    ("LEAST", "GREATEST"),
    ("LESS", "AT_MOST"),
    ("BOTH", "EITHER"),
    ("ROWS_LEAST", "ROWS_GREATEST"),
    ("before", "after"),
    ("fewest", "most"),
    ("append", "extend"),
]
_OPPOSITE = {a: b for pair in _PAIRS for a, b in (pair, pair[::-1])}

#: What stands in generated source, and what a slip would make of it.
_SLIPS = [
    ("is not None", "is None"),
    (" or ", " and "),
    (" and ", " or "),
    (" < ", " <= "),
    (" > ", " >= "),
    (" >= ", " > "),
    ("//", "/"),
    (" += ", " = "),
    ("not ", ""),
    ("<=", "<"),
]


class SwapName(Operator):
    """Exchange a function or an attribute for its opposite: min for max, low for high."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        if isinstance(node, Name) and node.value in _OPPOSITE:
            before, after = node.get_previous_leaf(), node.get_next_leaf()
            attribute = before is not None and before.value == "."
            called = (
                after is not None
                and after.value == "("
                and node.value in ("min", "max", "any", "all")
            )
            handed = node.value in ("min", "max") and not (after is not None and after.value == "=")
            if attribute or called or handed:
                yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.value = _OPPOSITE[node.value]
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("x = min(a)", "x = max(a)"), Example("x = a.low", "x = a.high"))


class SwapInText(Operator):
    """Exchange a sign in a text, where texts are the source of a program."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        if node.type in ("string", "fstring_string") and not _is_docstring(node):
            for _ in self._slips(node.value):
                yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.value = self._slips(node.value)[index]
        return node

    @staticmethod
    def _slips(text: str) -> list[str]:
        found = [text.replace(old, new, 1) for old, new in _SLIPS if old in text]
        body = text.strip("\"'")
        found += [text.replace(body, new) for old, new in _SIGNS if body == old]
        return list(dict.fromkeys(found))

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example('x = "a is not None"', 'x = "a is None"'),)


_SIGNS = [
    ("<", "<="),
    (">", ">="),
    ("*", "+"),
    ("==", "!="),
    ("and", "or"),
    ("or", "and"),
    ("-", "+"),
    ("+", "-"),
    ("0", "1"),
]


class DropStatement(Operator):
    """Leave out a statement that is a call or adds to a variable."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:
        if node.type == "simple_stmt" and node.children:
            first = node.children[0]
            call = isinstance(first, PythonNode) and first.type in ("atom_expr", "power")
            if (call and first.get_last_leaf().value == ")") or _adds(first):
                yield first.start_pos, first.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        first = node.children[0]
        node.children[0] = Name("pass", first.start_pos, first.get_first_leaf().prefix)
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("f(x)\n", "pass\n"), Example("x += 1\n", "pass\n"))


def _adds(node: Any) -> bool:
    return isinstance(node, ExprStmt) and any(
        isinstance(each, Sign) and each.value.endswith("=") and len(each.value) > 1
        for each in node.children
    )


def _is_docstring(node: Any) -> bool:
    return node.parent is not None and node.parent.type == "simple_stmt"


_OPERATORS = {each.__name__: each for each in (SwapName, SwapInText, DropStatement)}


class Provider:
    """Gives Cosmic Ray these operators by their names."""

    def __iter__(self) -> Iterator[str]:
        return iter(_OPERATORS)

    def __getitem__(self, name: str) -> type[Operator]:
        return _OPERATORS[name]
