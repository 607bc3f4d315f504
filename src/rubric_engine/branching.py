"""The branches of a lowered rubric: those that were told, and those of its nodes.

What a policy meets it tells itself. What a rule took, which limit bound, which nodes were
applicable, which grade was given and which gate moved it can be read off the nodes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial, reduce
from itertools import pairwise
from typing import TYPE_CHECKING

from rubric_engine.account import Entry
from rubric_engine.branches import Branch, Told, Way, either, is_zero, worked_out
from rubric_engine.fields import Range
from rubric_engine.grading import UNRATED
from rubric_engine.symbols import Quantity, Truth
from rubric_engine.tree import Place

if TYPE_CHECKING:
    from rubric_engine.lower import LoweredNode, Lowering

__all__ = ["branches_of"]


def branches_of(
    lowering: Lowering, nodes: Iterable[LoweredNode], told: Iterable[Told]
) -> tuple[Branch, ...]:
    """Return all branches of a rubric, in the order of its nodes and their keys."""
    found = worked_out([*told, *_of_nodes(lowering, list(nodes))], lowering.counting)
    order = {place.path: number for number, place in enumerate(lowering.places.values())}
    return tuple(sorted(found, key=lambda each: _position(each, order)))


#: The keys of a node whose parts are numbered, in the order of the branches.
_SECTIONS = ("rules", "grades", "gates")
_NUMBERED = re.compile(r"\.(rules|grades|gates)\[(\d+)\](.*)$")


def _position(branch: Branch, order: dict[str, int]) -> tuple[int, int, int, bool]:
    """Return where a branch stands; what a rule meets comes before what it does."""
    match = _NUMBERED.search(branch.path)
    head = branch.path[: match.start()] if match else branch.path
    while head not in order and head:
        head = head.rpartition(".")[0]
    if match is None:
        return (order.get(head, 0), _PLAIN.get(branch.kind, -1), 0, False)
    section = _SECTIONS.index(match[1])
    return (order.get(head, 0), 2 * section, int(match[2]), not match[3])


#: Where branches without a number stand: limits after the rules, grades after those.
_PLAIN = {"limit": 1, "cap": 1, "grade": 3}


def _of_nodes(lowering: Lowering, nodes: list[LoweredNode]) -> Iterator[Told]:
    for node in nodes:
        yield from _of_states(lowering, node.place)
    yield from _of_accounts(lowering, nodes)
    for node in nodes:
        yield from _of_grades(node)


def _of_states(lowering: Lowering, place: Place) -> Iterator[Told]:
    """Tell for whom a node is, where it is applicable, and where it has findings."""
    states = lowering.declared.states
    own, reached = states.of(place.id), states.above(place.id)
    for kind, key, holds, yes, no in (
        ("for", "for", own.meant, "for it", "not for it"),
        ("applicable", "evidence", own.applies, "applicable", "not applicable"),
        ("present", "evidence", own.present, "present", "absent"),
    ):
        if holds is not None:
            ways = partial(either, holds, yes, no)
            yield Told(f"{place.path}.{key}", kind, place.id, ways, reached)
            reached = holds if reached is None else reached.both(holds)


def _of_accounts(lowering: Lowering, nodes: list[LoweredNode]) -> Iterator[Told]:
    """Tell what rules moved, wherever they posted, and which limits bound."""
    moved: dict[str, tuple[Place, list[Quantity]]] = {}
    for node in nodes:
        place = node.place
        for entry in node.account.entries:
            label = entry.label
            bound = _bound(entry)
            if bound is not None:
                kind, ways = bound
                yield Told(label.path, kind, place.owner, ways, within=place.id)
            elif label.rule is not None:
                source = place if label.origin is None else lowering.places[label.origin]
                moved.setdefault(label.path, (source, []))[1].append(entry.taken)
    for path, (source, taken) in moved.items():
        yield Told(path, "rule", source.owner, partial(_moves, taken), within=source.id)


def _bound(entry: Entry) -> tuple[str, Callable[[], list[Way]]] | None:
    """Return the kind and the ways of a limit; None for any other entry."""
    if entry.label.kind == "cap":
        return "cap", partial(either, is_zero(entry.asked), "leaves", "binds")
    if entry.within is not None:
        return "limit", partial(_held, entry.before, entry.within)
    return None


def _held(score: Quantity, within: Range) -> list[Way]:
    """Return whether a limit raises or cuts a score."""
    no = Truth.of(score.graph, verdict=False)
    raises = cuts = no
    if within.low is not None:
        raises = score.less(Quantity.of(score.graph, within.low))
    if within.high is not None:
        cuts = Quantity.of(score.graph, within.high).less(score)
    leaves = raises.negate().both(cuts.negate())
    return [Way("raises", raises), Way("cuts", cuts), Way("leaves", leaves)]


def _moves(taken: list[Quantity]) -> list[Way]:
    """Return whether a rule moved a score."""
    rests = reduce(Truth.both, (is_zero(each) for each in taken))
    return [Way("moves", rests.negate()), Way("leaves", rests)]


def _of_grades(node: LoweredNode) -> Iterator[Told]:
    """Tell which grade is given, and which gates moved it."""
    place, steps = node.place, node.grading
    if not steps:
        return
    path, graph = place.path, node.account.graph
    yield Told(f"{path}.grades", "grade", place.owner, partial(_given, node), within=place.id)
    for before, step in pairwise(steps):
        if step.gate is not None:
            same = Truth(graph, graph.equal(before.after, step.after))
            ways = partial(either, same, "leaves", "moves")
            yield Told(f"{path}.gates[{step.gate}]", "gate", place.owner, ways, within=place.id)


def _given(node: LoweredNode) -> list[Way]:
    """Return which grade is given in the end."""
    place, index = node.place, node.grading[-1].after
    graph = node.account.graph
    grades = place.node.grades

    def at(number: int) -> Truth:
        return Truth(graph, graph.equal(index, graph.constant(number)))

    ways = [
        Way(each.name, at(number), f"{place.path}.grades[{number}]")
        for number, each in enumerate(grades)
    ]
    if place.node.otherwise is not None:
        ways.append(Way(UNRATED, at(len(grades)), f"{place.path}.otherwise"))
    return ways
