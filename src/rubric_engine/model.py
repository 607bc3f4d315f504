"""The rubric as a value: an indicator tree with evidence, rules and grades.

A file gives the same values as these classes do in Python. They are frozen and compare by
value; nothing is checked here but the form of single values, the sense of the whole is
checked when it is lowered, all problems at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Literal

from attrs import field, frozen

from rubric_engine.errors import malformed
from rubric_engine.exact import exact_number
from rubric_engine.fields import Field
from rubric_engine.grading import Gate, Grade
from rubric_engine.policies import Policy, Provenance, perhaps_exactly
from rubric_engine.scope import Expression, expression
from rubric_engine.words import Words, words

__all__ = [
    "EMPTY",
    "FORMAT",
    "NOT_APPLICABLE",
    "ROOT",
    "SOURCES",
    "Combine",
    "Empty",
    "Given",
    "Indicator",
    "Item",
    "Node",
    "Points",
    "Rubric",
    "walk",
]

#: The version of the file format that this library reads and writes.
FORMAT = 1

#: The id of the root, where its score, evidence or result is named.
ROOT = "total"

Combine = Literal["sum", "mean", "median", "trimmed", "lowest", "highest", "geometric", "none"]
Method = Literal["documents", "report", "interview"]
#: Where a given number comes from.
SOURCES = ("assessee", "cycle", "history", "cohort")
Missing = Literal["refuse", "zero", "skip", "unrated"]
#: What becomes of a node that is not applicable: these words, or an expression for its points.
NOT_APPLICABLE = ("refuse", "full", "zero", "rescale", "rescale_total")
#: What a node holds where too few count: these words, or a number.
EMPTY = ("refuse", "zero", "full", "skip", "unrated")
Empty = Fraction | Literal["refuse", "zero", "full", "skip", "unrated"]


def _fields(
    value: Mapping[str, Field] | Iterable[tuple[str, Field]],
) -> tuple[tuple[str, Field], ...]:
    pairs = value.items() if isinstance(value, Mapping) else value
    return tuple((name, each) for name, each in pairs)


Points = Fraction | Literal["none", "beside"]


def _points(value: object) -> Points | None:
    if value == "none":
        return "none"
    return "beside" if value == "beside" else perhaps_exactly(value)


def _weight(value: object) -> Fraction | Expression | None:
    number = None if isinstance(value, Expression) else exact_number(value)
    if number is not None or value is None:
        return number
    return expression(value)  # type: ignore[arg-type]  # because it refuses what it does not take


def _types(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _empty(value: object) -> Empty | None:
    if isinstance(value, str) and value in EMPTY:
        return value  # type: ignore[return-value]  # because mypy does not narrow by `in`
    return perhaps_exactly(value)


#: The fields of each source of given numbers.
Given = tuple[tuple[str, tuple[tuple[str, Field], ...]], ...]


def _givens(
    value: Mapping[str, Mapping[str, Field]] | Iterable[tuple[str, Any]],
) -> Given:
    pairs = value.items() if isinstance(value, Mapping) else value
    return tuple((source, _fields(fields)) for source, fields in pairs)


def _named(
    value: Mapping[str, object] | Iterable[tuple[str, object]],
) -> tuple[tuple[str, Expression], ...]:
    pairs = value.items() if isinstance(value, Mapping) else value
    found: list[tuple[str, Expression]] = []
    for name, each in pairs:
        made = expression(each)  # type: ignore[arg-type]  # because it refuses what it does not take
        if made is None:
            raise malformed("empty", "a number or an expression", "nothing", name)
        found.append((name, made))
    return tuple(found)


def _start(value: object) -> Fraction | Literal["full", "zero"] | None:
    if value == "full":
        return "full"
    return "zero" if value == "zero" else perhaps_exactly(value)


@frozen(kw_only=True)
class Node:
    """What indicators, items and the rubric share."""

    #: What it is called, for people.
    title: Words | None = field(default=None, converter=words)
    #: The id that the scheme itself uses.
    code: str | None = None
    #: What else is to be said of it.
    note: Words | None = field(default=None, converter=words)
    #: Where it stands in the scheme.
    source: Words | None = field(default=None, converter=words)
    #: `source` where the scheme says it, `illustrative` where it was made up.
    provenance: Provenance | None = None
    #: The node's fields, by name, in order.
    evidence: tuple[tuple[str, Field], ...] = field(default=(), converter=_fields)
    #: What changes its score, in this order.
    rules: tuple[Policy, ...] = field(default=(), converter=tuple)
    #: Its grades, from the top.
    grades: tuple[Grade, ...] = field(default=(), converter=tuple)
    #: `unrated` where the last grade has conditions too.
    otherwise: Literal["unrated"] | None = None
    #: What moves its grade whatever the score, in this order.
    gates: tuple[Gate, ...] = field(default=(), converter=tuple)
    #: What a node that is not applicable counts; what stands above where not stated.
    not_applicable: Expression | None = field(default=None, converter=expression)
    #: The most bonus that goes up from here, or lands at the root, in points.
    bonus_up_to: Fraction | None = field(default=None, converter=perhaps_exactly)
    #: How many scores are left out at each end of a trimmed mean.
    drop: int | None = None
    #: What a geometric mean is rounded to.
    step: Fraction | None = field(default=None, converter=perhaps_exactly)
    #: What becomes of children without findings.
    missing: Missing | None = None
    #: The fewest scores that must count.
    need: int | None = None
    #: What the node holds where fewer count.
    empty: Empty | None = field(default=None, converter=_empty)


@frozen
class Item(Node):
    """A childless node: what is assessed (测评要素)."""

    #: Its id, unique in the rubric: letters, digits, `_`.
    id: str
    #: Points it adds to its parent; "none" for an open account, "beside" for one that is
    #: counted beside the points.
    points: Points | None = field(default=None, converter=_points, kw_only=True)
    #: Its share in a parent that takes a mean: a number above 0, or an expression.
    weight: Fraction | Expression | None = field(default=None, converter=_weight, kw_only=True)
    #: Its own scale, in points; its `points` where not stated.
    out_of: Fraction | None = field(default=None, converter=perhaps_exactly, kw_only=True)
    #: What it holds before its rules: `full`, `zero`, or so many points.
    start: Fraction | Literal["full", "zero"] | None = field(
        default=None, converter=_start, kw_only=True
    )
    #: The score against which losses are counted; the scale where not stated.
    baseline: Fraction | None = field(default=None, converter=perhaps_exactly, kw_only=True)
    #: How it is assessed.
    methods: tuple[Method, ...] = field(default=(), converter=tuple, kw_only=True)
    #: The types of assessees that it is for; all where empty.
    applies_to: tuple[str, ...] = field(default=(), converter=_types, kw_only=True)
    #: The table for each of whose rows it is scored.
    each: str | None = field(default=None, kw_only=True)
    #: Only the rows for which this holds.
    where: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: The weight of a row, in a mean over the rows.
    weigh: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: How the scores of the rows of `each` become one.
    combine: Combine | None = field(default=None, kw_only=True)


@frozen
class Indicator(Node):
    """An inner node: it combines its children."""

    #: Its id, unique in the rubric: letters, digits, `_`.
    id: str
    #: Points it adds to its parent; "none" for an open account, "beside" for one that is
    #: counted beside the points.
    points: Points | None = field(default=None, converter=_points, kw_only=True)
    #: Its share in a parent that takes a mean: a number above 0, or an expression.
    weight: Fraction | Expression | None = field(default=None, converter=_weight, kw_only=True)
    #: Its own scale, in points; its `points` where not stated.
    out_of: Fraction | None = field(default=None, converter=perhaps_exactly, kw_only=True)
    #: How it is assessed.
    methods: tuple[Method, ...] = field(default=(), converter=tuple, kw_only=True)
    #: The types of assessees that it is for; all where empty.
    applies_to: tuple[str, ...] = field(default=(), converter=_types, kw_only=True)
    #: The table for each of whose rows it is scored.
    each: str | None = field(default=None, kw_only=True)
    #: Only the rows for which this holds.
    where: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: The weight of a row, in a mean over the rows.
    weigh: Expression | None = field(default=None, converter=expression, kw_only=True)
    #: How the scores of its children, or of the rows of `each`, become one.
    combine: Combine | None = field(default=None, kw_only=True)
    #: "here" if bonuses from below land on this node.
    bonus: Literal["here"] | None = field(default=None, kw_only=True)
    #: The inner nodes below it.
    indicators: tuple[Indicator, ...] = field(default=(), converter=tuple, kw_only=True)
    #: The items below it; they come after the indicators.
    items: tuple[Item, ...] = field(default=(), converter=tuple, kw_only=True)

    @property
    def children(self) -> tuple[Indicator | Item, ...]:
        """The indicators, then the items."""
        return (*self.indicators, *self.items)


def _clip(value: object) -> Fraction | Literal["none"] | None:
    return "none" if value == "none" else perhaps_exactly(value)


def _version(value: object) -> str:
    if not isinstance(value, str):
        raise malformed("wrong-type", 'a version as text, such as "1"', type(value).__name__)
    return str(value)


@frozen
class Rubric(Node):
    """A scored standard: an indicator tree with grades and a version."""

    #: Names the rubric among the installed ones: letters, digits, `_`, `-`, `.`.
    name: str
    #: The rubric's own version, as text.
    version: str = field(default="1", converter=_version, kw_only=True)
    #: The language of explanations, such as "zh" or "en".
    language: str = field(default="en", kw_only=True)
    #: Points of the whole; what the children's points add up to where not stated.
    total: Fraction | None = field(default=None, converter=perhaps_exactly, kw_only=True)
    #: Ceiling of the final score; the total where not stated.
    clip: Fraction | Literal["none"] | None = field(default=None, converter=_clip, kw_only=True)
    #: Decimal places shown for a score that does not terminate.
    places: int = field(default=2, kw_only=True)
    #: Whether every method that an item names must be recorded as used.
    methods: Literal["required"] | None = field(default=None, kw_only=True)
    #: Known numbers that nobody assesses, by where they come from.
    given: Given = field(default=(), converter=_givens, kw_only=True)
    #: Names for numbers and expressions over given numbers.
    values: tuple[tuple[str, Expression], ...] = field(default=(), converter=_named, kw_only=True)
    #: How the scores of its children become one.
    combine: Combine | None = field(default=None, kw_only=True)
    #: The inner nodes below it.
    indicators: tuple[Indicator, ...] = field(default=(), converter=tuple, kw_only=True)
    #: The items below it; they come after the indicators.
    items: tuple[Item, ...] = field(default=(), converter=tuple, kw_only=True)
    #: What was worked out from the rubric, so that it is worked out once.
    derived: dict[str, Any] = field(factory=dict, init=False, eq=False, repr=False)

    @property
    def id(self) -> str:
        """The id of the root: `total`."""
        return ROOT

    @property
    def children(self) -> tuple[Indicator | Item, ...]:
        """The indicators, then the items."""
        return (*self.indicators, *self.items)

    def nodes(self) -> Iterator[Rubric | Indicator | Item]:
        """Yield every node, the root first, in document order."""
        for node, _, _ in walk(self):
            yield node

    def __getstate__(self) -> dict[str, Any]:
        names = [each.name for each in self.__attrs_attrs__ if each.name != "derived"]
        return {name: getattr(self, name) for name in names}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "derived", {})

    def _repr_html_(self) -> str:
        from rubric_engine.wording import rubric_html

        return rubric_html(self)

    def explain(self, language: str | None = None) -> str:
        """Return the tree with its points, rules and grades, as text for a terminal."""
        from rubric_engine.wording import rubric_text

        return rubric_text(self, language)


Walked = tuple[Rubric | Indicator | Item, str, str | None]


def walk(rubric: Rubric) -> Iterator[Walked]:
    """Yield every node with its path and its parent's id, in document order."""
    waiting: list[Walked] = [(rubric, "$", None)]
    while waiting:
        node, path, parent = waiting.pop()
        yield node, path, parent
        if isinstance(node, Item):
            continue
        children: list[Walked] = []
        for key in ("indicators", "items"):
            for place, child in enumerate(getattr(node, key)):
                children.append((child, f"{path}.{key}[{place}]", node.id))
        waiting.extend(reversed(children))
