"""Why points are missing: the losses of a result, the largest first.

The idea of reason codes is that of scorecards in PMML: points below a baseline, equal codes
added up, ties in document order, no entry without a loss.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from attrs import evolve, frozen

from rubric_engine.ledger import NodeResult, Step
from rubric_engine.words import Words

__all__ = ["Loss", "Reason", "losses_of", "reasons_of"]


@frozen
class Loss:
    """One reason why points are missing, in points of the whole."""

    lost: Fraction
    node: NodeResult
    #: The step that took them; None where they were not earned.
    step: Step | None


@frozen
class Reason:
    """What points were lost for, in points of the whole."""

    lost: Fraction
    #: The code of the rules behind it; None where they state none.
    code: str | None
    #: The node of its first loss, and that node's title.
    node: str
    title: Words | None
    #: What the first rule says; None where the points were not earned.
    text: Words | None
    #: The steps that took the points.
    steps: tuple[Step, ...]


def losses_of(nodes: Iterable[NodeResult]) -> list[Loss]:
    """Return the losses of nodes, in document order."""
    found: list[Loss] = []
    for node in nodes:
        if node.worth <= 0:
            continue
        found += _below_baseline(node) if node.baseline is not None else _below_scale(node)
    return found


#: Steps that bring what others lost, or only say so.
_CARRYING = frozenset({"child", "rescale"})


def _below_scale(node: NodeResult) -> list[Loss]:
    found: list[Loss] = []
    named = Fraction(0)
    for step in node.steps:
        if step.taken < 0 and step.kind not in _CARRYING:
            named -= step.taken
            found.append(Loss(-step.taken * node.worth, node, step))
    rest = node.lost - named
    if node.item and rest > 0:
        found.append(Loss(rest * node.worth, node, None))
    return found


def _below_baseline(node: NodeResult) -> list[Loss]:
    """Return what an item has less than its baseline, as one loss."""
    lost = max((node.baseline or Fraction(0)) - node.exact, Fraction(0))
    if not lost:
        return []
    taking = [step for step in node.steps if step.taken < 0]
    step = min(taking, key=lambda each: each.taken, default=None)
    return [Loss(lost * node.worth, node, step)]


def reasons_of(nodes: Iterable[NodeResult]) -> tuple[Reason, ...]:
    """Return the losses with equal codes added up, the largest first."""
    reasons: list[Reason] = []
    places: dict[str, int] = {}
    for loss in losses_of(nodes):
        step = loss.step
        code = None if step is None else step.reason
        steps = () if step is None else (step,)
        if code is not None and code in places:
            known = reasons[places[code]]
            reasons[places[code]] = evolve(
                known, lost=known.lost + loss.lost, steps=(*known.steps, *steps)
            )
            continue
        if code is not None:
            places[code] = len(reasons)
        text = None if step is None else step.text
        reasons.append(Reason(loss.lost, code, loss.node.id, loss.node.title, text, steps))
    return tuple(sorted(reasons, key=lambda each: -each.lost))
