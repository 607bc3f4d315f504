"""Where a rubric goes one way or another: branches, each labelled with its place.

Whoever lowers a rubric may watch. A policy then tells of every branch that it meets: a
condition, the tier that a choice takes, a cap. Each way of a branch is a truth of the
graph, so an interpreter can say which ways a sheet goes, and a proof which none can go.
Without a watcher nothing is built.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from attrs import evolve, field, frozen

from rubric_engine.symbols import Quantity, Table, Truth

__all__ = [
    "KINDS",
    "Branch",
    "Told",
    "Watch",
    "Way",
    "along",
    "either",
    "held_back",
    "is_zero",
    "of_rows",
    "share_of",
    "worked_out",
]

#: Every kind of branch, and what it tells apart.
KINDS: dict[str, str] = {
    "applicable": "whether a node is applicable",
    "for": "whether a node is for the assessee's type",
    "present": "whether a node has any finding",
    "enough": "whether enough children or rows count",
    "if": "which side of an `if … else` is taken",
    "condition": "whether a condition holds",
    "rows": "how many rows a table has",
    "within": "whether a row lies within the period that counts",
    "tier": "which tier of a map, or which part of a curve, gives the amount",
    "ticked": "whether a value of a checklist is ticked",
    "ratio": "how much of the amount a ratio gives",
    "divisor": "whether the divisor of a ratio is 0",
    "repeat": "whether several rows are of the same matter",
    "cap": "whether a cap binds",
    "rounding": "whether rounding changes anything",
    "member": "whether a member of a group asks for points, or is the one that is kept",
    "rule": "whether a rule moves a score",
    "limit": "whether a floor or a ceiling binds",
    "grade": "which grade is given",
    "grade condition": "whether a condition beside the cut of a grade is met",
    "unrated": "whether a value of a choice leaves the whole without a grade",
    "gate": "whether a gate moves a grade",
}


@frozen(eq=False)
class Way:
    """One way that a branch can go."""

    #: `true`, the name of a tier, `binds`: stable within its branch.
    name: str
    #: Where a sheet goes this way; a truth for each row where the branch is one of rows.
    holds: Truth
    #: Where it stands in the rubric, where that is not the place of the branch.
    path: str | None = None

    @property
    def possible(self) -> bool:
        """Whether bounds leave it open that a sheet goes this way."""
        return self.holds.constant is not False


Ways = Iterable[Way]


@frozen(eq=False)
class Branch:
    """A place where a rubric goes one of several ways."""

    #: `$.items[0].rules[1].when`.
    path: str
    #: A key of `KINDS`.
    kind: str
    #: The node in whose rules, grades or findings it is.
    node: str
    #: Those that bounds leave open: two at least.
    ways: tuple[Way, ...]
    #: Where in the text of an expression it stands, counted from 0; None for the whole.
    offset: int | None = None


@frozen(eq=False)
class Told:
    """A branch as it is told while a rubric is lowered; its truths are built afterwards."""

    path: str
    kind: str
    node: str
    ways: Callable[[], Ways] = field(repr=False)
    #: Where it is met at all; None if always.
    reached: Truth | None = None
    #: The node, or the row of one, that must count for it to be met; None if always.
    within: str | None = None
    offset: int | None = None


Watch = Callable[[Told], None]


def worked_out(told: Iterable[Told], counting: Callable[[str], Truth | None]) -> list[Branch]:
    """Return the branches that were told, each once, with the ways that are possible.

    `counting` says where a node, or the row of one, counts; None if always. A branch of
    which bounds leave one way only is none.
    """
    found: dict[tuple[str, str, int | None], Branch] = {}
    for each in told:
        key = (each.path, each.kind, each.offset)
        if key in found:
            continue
        counts = None if each.within is None else counting(each.within)
        ways = [_where(_where(way, each.reached), counts) for way in each.ways()]
        open_ways = tuple(way for way in ways if way.possible)
        found[key] = Branch(each.path, each.kind, each.node, open_ways, each.offset)
    return [each for each in found.values() if len(each.ways) > 1]


def _where(way: Way, reached: Truth | None) -> Way:
    return way if reached is None else evolve(way, holds=way.holds.both(reached))


# the ways of what is met often


def either(holds: Truth, name: str = "true", other: str = "false") -> list[Way]:
    """Return the two ways of a truth."""
    return [Way(name, holds), Way(other, holds.negate())]


def is_zero(number: Quantity) -> Truth:
    """Say whether a number is 0."""
    graph = number.graph
    # A quotient is 0 where its dividend is.
    return Truth(graph, graph.equal(number.value, graph.constant(0)))


def held_back(asked: Quantity, kept: Quantity, name: str, other: str = "leaves") -> list[Way]:
    """Return whether less was kept than was asked, and where something was asked, all of it."""
    less = kept.less(asked)
    return [Way(name, less), Way(other, less.negate().both(is_zero(asked).negate()))]


def of_rows(table: Table) -> list[Way]:
    """Return how many rows a table has."""
    one = Quantity.of(table.graph, 1)
    return [
        Way("none", table.size.less(one)),
        Way("one", table.size.equal(one)),
        Way("several", one.less(table.size)),
    ]


def along(chosen: Quantity, edges: Mapping[Fraction, str], below: str, path: str) -> list[Way]:
    """Return between which edges a number lies, each way named and placed by its lower edge."""
    ordered = sorted(edges)
    reached = [Quantity.of(chosen.graph, edge).at_most(chosen) for edge in ordered]
    ways = [Way(below, reached[0].negate(), path)]
    for place, edge in enumerate(ordered):
        holds = reached[place]
        if place + 1 < len(ordered):
            holds = holds.both(reached[place + 1].negate())
        ways.append(Way(edges[edge], holds, f"{path}.{edges[edge]}"))
    return ways


def share_of(number: Quantity) -> list[Way]:
    """Return whether a ratio gives nothing, a part or all."""
    zero, one = (Quantity.of(number.graph, each) for each in (0, 1))
    none, whole = number.at_most(zero), one.at_most(number)
    part = none.negate().both(whole.negate())
    return [Way("none", none), Way("part", part), Way("all", whole)]
