"""What is at stake: the weight of each node, and what each item lost and can still move."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal

from attrs import frozen

from rubric_engine.cheapest import farthest
from rubric_engine.evaluation import Evaluation, evaluate, program_of
from rubric_engine.evidence import read_sheet
from rubric_engine.ledger import shares_of
from rubric_engine.levers import Lever
from rubric_engine.model import Item, Rubric
from rubric_engine.sheet import Findings, Program
from rubric_engine.words import Words

__all__ = ["Stake", "Weight", "stakes", "weights"]


@frozen
class Weight:
    """What a node weighs in the whole, as the rubric states it."""

    id: str
    title: Words | None
    depth: int
    item: bool
    #: Points of its own scale; None for an open account.
    scale: Fraction | None
    #: Its part of the whole, 0 to 1; None for what is beside the points or has no scale.
    share: Fraction | None
    #: The same in points of the whole.
    points: Fraction | None


def weights(rubric: Rubric) -> tuple[Weight, ...]:
    """Return what each node weighs, in document order; the root, `total`, weighs 1.

    Under a sum that is its points, under a mean its weight; a weight that varies counts
    as 1. Raises `InvalidRubric` if the rubric cannot be used.

    >>> import rubric_engine
    >>> rubric = rubric_engine.load("dongcheng-community")
    >>> {each.id: str(each.share) for each in rubric_engine.weights(rubric)[:4]}
    {'total': '1', 'leadership': '1/5', 'core_role': '3/25', 'plan': '1/50'}
    """
    program = program_of(rubric)
    shares = shares_of(program)
    whole = program.lowered.nodes[0].place.scale
    found = []
    for node in program.lowered.nodes:
        place = node.place
        if place.row:
            continue
        share = shares.get(place.id)
        points = None if share is None or whole is None else share * whole
        item = isinstance(place.node, Item)
        title = place.node.title
        found.append(Weight(place.id, title, place.depth, item, place.scale, share, points))
    return tuple(found)


@frozen
class Stake:
    """What one node lost, and how far its findings alone can still move the score."""

    id: str
    title: Words | None
    #: Its score and its scale, in points of its own; None for an open account.
    score: Fraction
    scale: Fraction | None
    #: What it has less than its scale, in points of the whole.
    lost: Fraction
    #: What the score gains at most if only findings of this node are repaired.
    to_win: Fraction
    #: What the score loses at most if only they become worse.
    to_lose: Fraction
    #: Whether both are proved; else they are reached, and there may be more.
    exact: bool = True


def stakes(
    rubric: Rubric,
    evidence: Mapping[str, Any],
    *,
    given: Mapping[str, Any] | None = None,
    methods: Literal["required"] | None = None,
) -> tuple[Stake, ...]:
    """Return what is at stake in each node that has findings, in document order.

    In points of the whole, as they reach the final score: through limits, bonuses, weights
    and whatever else stands above. No finding is taken away, or said to be not applicable.
    Raises `InvalidEvidence` with all that is wrong with the sheet.

    >>> import rubric_engine
    >>> rubric = rubric_engine.load("sf-food-safety")
    >>> sheet = {"violations": {"high": 2, "moderate": 0, "low": 1}}
    >>> [(each.id, int(each.to_win), int(each.to_lose)) for each in stakes(rubric, sheet)]
    [('violations', 16, 84)]
    """
    result = evaluate(rubric, evidence, given=given, methods=methods)
    program = program_of(rubric)
    found = read_sheet(program, evidence, given, methods=methods == "required").found
    return tuple(_stakes(program, result, found))


def _stakes(program: Program, result: Evaluation, found: Findings) -> list[Stake]:
    of_node: dict[str, list[Lever]] = {}
    for place, each in enumerate(program.lowered.fields):
        if not each.given:
            of_node.setdefault(each.node, []).append(Lever(place, _nothing))
    nodes = result.nodes
    stated = []
    for node in program.lowered.nodes:
        if node.place.id not in of_node:
            continue
        own = nodes[node.place.id]
        best, worst = (farthest(program, found, of_node[own.id], sign) for sign in (1, -1))
        to_win, to_lose = best.score - result.exact, result.exact - worst.score
        lost, exact = own.lost * own.worth, best.exact and worst.exact
        stated.append(Stake(own.id, own.title, own.exact, own.scale, lost, to_win, to_lose, exact))
    return stated


def _nothing(_: object) -> Fraction:
    return Fraction(0)
