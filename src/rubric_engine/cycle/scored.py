"""A scored frame: which columns hold the exact scores and steps of which nodes.

`evaluate_frame(..., exact=True)` writes whole quanta. How many make a point, and what they
can be at all, is known from the rubric alone; both are checked against the columns, so that
results of another rubric are refused and not misread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import narwhals as nw
from attrs import evolve, frozen

from rubric_engine.cycle.tables import LARGEST, Piece, refuse_group, summed
from rubric_engine.errors import InvalidEvidence, InvalidFrame, Problem
from rubric_engine.evaluation import program_of
from rubric_engine.frames import Detail, ToldNumber, told_numbers
from rubric_engine.lower import LoweredNode
from rubric_engine.model import ROOT, Rubric
from rubric_engine.windows import Opened, number, opened

__all__ = [
    "Amount",
    "Losses",
    "ScoredFrame",
    "cut_at",
    "leaves_of",
    "loss_of",
    "plain_nodes",
    "times",
    "worth_of",
    "worths_of",
]

_SCORE = "score"


@frozen
class Amount:
    """A column of whole quanta."""

    #: As it is called after the prefix: `score`, `plan`, `plan.1.deduct.taken`.
    name: str
    #: Quanta to a point of its node.
    scale: int
    #: It is never less and never more, in quanta.
    low: int
    high: int
    #: The column that says how many quanta make a point; None where another one's does.
    said: str | None


@frozen
class ScoredFrame:
    """A scored frame, opened, with what its columns mean."""

    opening: Opened
    #: By their names after the prefix.
    amounts: Mapping[str, Amount]
    prefix: str
    by: str | None

    @classmethod
    def of(
        cls,
        rubric: Rubric,
        frame: Any,
        nodes: Iterable[LoweredNode],
        *,
        steps: bool = False,
        prefix: str = "",
        by: str | None = None,
        added: Sequence[str] = (),
    ) -> ScoredFrame:
        """Open a frame for the scores of nodes, and for what their steps took.

        Raises `InvalidFrame`: for columns that are missing, taken, or of doubles, and for a
        score that has no scale of its own (`too-wide`).
        """
        whole = opened(frame, [f"{prefix}{_SCORE}"], added)
        present = frozenset(whole.whole.collect_schema().names())
        root = program_of(rubric).lowered.nodes[0]
        amounts: dict[str, Amount] = {}
        problems: list[Problem] = []
        for node in dict.fromkeys([root, *nodes]):
            for told in _told_of(node, present, prefix, steps=steps):
                if told.number.over is not None:
                    expected = "a score on one scale: weights that do not vary, or rounded"
                    problems.append(Problem("too-wide", told.name, expected))
                else:
                    amounts[told.name] = _amount_of(told)
        if problems:
            raise InvalidFrame(problems)
        said = [each.said for each in amounts.values() if each.said is not None]
        used = [f"{prefix}{each}" for each in (*amounts, *said)]
        opening = opened(whole.whole, [*used, *([by] if by else [])], added)
        refuse_group(opening, by)
        problems = [
            Problem("wrong-dtype", name, "whole quanta, of `exact=True`", str(opening.dtype(name)))
            for name in used
            if not opening.dtype(name).is_integer()
        ]
        if problems:
            raise InvalidFrame(problems)
        return cls(evolve(opening, native=whole.native), amounts, prefix, by)

    def column(self, name: str) -> nw.Expr:
        """Return a column by its name after the prefix, in 64 bits."""
        return self.opening.of(f"{self.prefix}{name}").cast(nw.Int64)

    @property
    def score(self) -> nw.Expr:
        """The score of the whole; missing where a row could not be scored."""
        return self.column(_SCORE)

    def strange(self, amount: Amount) -> nw.Expr:
        """Say where a column holds what the rubric cannot give."""
        found = self.column(amount.name)
        strange = (found < number(amount.low)) | (found > number(amount.high))
        if amount.said is not None:
            strange = strange | (self.column(amount.said) != number(amount.scale))
        return strange

    def sums(
        self,
        pieces: Mapping[str, Piece],
        frame: Any = None,
        *,
        by: bool = True,
    ) -> list[dict[str, Any]]:
        """Return what pieces of the scored rows add up to: `by`, each piece, `scored`, `rows`.

        Raises `InvalidEvidence` where columns hold what the rubric cannot give
        (`out-of-range`), and what `tables.summed` raises.
        """
        checked = {
            f"?{name}": Piece(nw.when(self.strange(each)).then(number(1)).otherwise(number(0)))
            for name, each in self.amounts.items()
        }
        there = nw.when(self.score.is_null()).then(number(0)).otherwise(number(1))
        group = self.opening.of(self.by) if by and self.by else number(0)
        found = summed(
            self.opening,
            self.opening.frame if frame is None else frame,
            {"by": group},
            {"scored": Piece(there), **checked, **pieces},
        )
        if not (by and self.by):
            found = [{**row, "by": None} for row in found]
        problems = [
            Problem("out-of-range", f"{self.prefix}{name}", _expected(self.amounts[name]))
            for name in self.amounts
            if any(row[f"?{name}"] for row in found)
        ]
        if problems:
            raise InvalidEvidence(problems)
        return found


def _expected(amount: Amount) -> str:
    return f"scores of this rubric: {amount.low} to {amount.high}, {amount.scale} to a point"


def _told_of(
    node: LoweredNode, present: frozenset[str], prefix: str, *, steps: bool
) -> list[ToldNumber]:
    """Return what a frame tells of a node; with its steps all are on one scale if that can be."""
    name = _SCORE if node.place.id == ROOT else node.place.id
    first = [f"{prefix}{node.place.id}.1.{each.label.kind}.asked" for each in node.account.entries]
    detail: Detail = "ledger" if steps or present.issuperset(first[:1]) else "nodes"
    told = told_numbers(node, name, detail)
    if not steps:
        return told[:1]
    return [each for each in told if each.name == name or each.name.endswith(".taken")]


def _amount_of(told: ToldNumber) -> Amount:
    interval = told.number.value.interval
    scale = told.number.scale if told.scale is None else told.scale
    times = scale // told.number.scale
    said = f"{told.name}.scale" if told.first else None
    return Amount(told.name, scale, interval.low * times, interval.high * times, said)


def worth_of(nodes: Mapping[str, LoweredNode], node: LoweredNode) -> Fraction | None:
    """Return the points of the whole that a point of a node makes; None where that varies.

    Through sums and means, as `NodeResult.worth` has it for one sheet: 0 for what is counted
    beside the points or combined by nothing.
    """
    worth = Fraction(1)
    while node.place.parent is not None:
        above = nodes[node.place.parent]
        if node.place.beside or above.place.combine == "none":
            return Fraction(0)
        if any(each is not None for each in (above.applies, above.present, above.left)):
            return None
        if node.share is not None:
            return None
        worth *= node.place.factor * node.place.portion
        node = above
    return worth


def worths_of(rubric: Rubric, nodes: Iterable[LoweredNode]) -> dict[str, Fraction]:
    """Return the worth of each node that is worth anything, by its id.

    Raises `InvalidFrame` (`not-applicable`) where a worth is not the same for every sheet.
    """
    known = {each.place.id: each for each in program_of(rubric).lowered.nodes}
    worths = {each.place.id: worth_of(known, each) for each in nodes}
    expected = "points that are worth the same in the whole on every sheet"
    problems = [
        Problem("not-applicable", each, expected, "its weight varies")
        for each, worth in worths.items()
        if worth is None
    ]
    if problems:
        raise InvalidFrame(problems)
    return {each: worth for each, worth in worths.items() if worth}


def plain_nodes(rubric: Rubric) -> list[LoweredNode]:
    """Return the nodes with one score a sheet, in document order, the root first."""
    return [each for each in program_of(rubric).lowered.nodes if each.place.table is None]


def leaves_of(rubric: Rubric) -> list[LoweredNode]:
    """Return the nodes without nodes below that have one score a sheet: the items."""
    nodes = plain_nodes(rubric)
    parents = {each.place.parent for each in nodes}
    return [each for each in nodes if each.place.id not in parents]


def cut_at(rubric: Rubric, depth: int) -> list[LoweredNode]:
    """Return the nodes at a depth, and the items above it, in document order."""
    leaves = {each.place.id for each in leaves_of(rubric)}
    return [
        each
        for each in plain_nodes(rubric)
        if each.place.depth == depth or (each.place.depth < depth and each.place.id in leaves)
    ]


@frozen
class Losses:
    """What nodes lost of their scales, in quanta of the whole that they have in common."""

    #: Quanta to a point of the whole.
    scale: int
    #: By the id of the node, each 0 or more.
    pieces: Mapping[str, Piece]

    @classmethod
    def of(
        cls, scored: ScoredFrame, nodes: Iterable[LoweredNode], worths: Mapping[str, Fraction]
    ) -> Losses:
        """Return the losses of nodes that have a scale and are worth something."""
        kept = [each for each in nodes if each.place.id in worths and each.place.scale is not None]
        made = {
            each.place.id: loss_of(scored, each, each.place.scale or Fraction(0)) for each in kept
        }
        units = {each: worths[each] / own for each, (own, _) in made.items()}
        scale = lcm(*(each.denominator for each in units.values()))
        pieces = {each: times(piece, int(units[each] * scale)) for each, (_, piece) in made.items()}
        return cls(scale, pieces)


def times(piece: Piece, factor: int) -> Piece:
    """Return so many times a piece; refused where a row could leave 64 bits."""
    if piece.bound * factor >= LARGEST:
        expected = "amounts and weights with fewer decimals"
        raise InvalidFrame([Problem("too-wide", "frame", expected, str(piece.bound * factor))])
    if factor == 1:
        return piece
    return Piece(piece.expression * number(factor), piece.bound * factor)


def loss_of(scored: ScoredFrame, node: LoweredNode, full: Fraction) -> tuple[int, Piece]:
    """Return what a node has less than a full score, and how many quanta make a point of it."""
    name = _SCORE if node.place.id == ROOT else node.place.id
    amount = scored.amounts[name]
    points = full * amount.scale
    own = times(
        Piece(scored.column(name), max(abs(amount.low), abs(amount.high))), points.denominator
    )
    lost = number(points.numerator) - own.expression
    high = points.numerator - amount.low * points.denominator
    least = nw.when(lost < number(0)).then(number(0)).otherwise(lost)
    return amount.scale * points.denominator, Piece(least, max(high, 0))
