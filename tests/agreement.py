"""Where the engine and the reference interpreter say different things about one sheet."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from oracle import UNRATED, Entry, Outcome, score
from oracle_fields import Node
from rubric_engine import Evaluation, InvalidEvidence, Rubric, evaluate
from rubric_engine.evaluation import Step

Told = tuple[Any, ...]


def differences(
    document: Node, rubric: Rubric, sheet: Node, given: Node | None = None
) -> list[str]:
    """List all that the engine says otherwise than the reference interpreter."""
    expected = score(document, sheet, given)
    try:
        result = evaluate(rubric, sheet, given=given)
    except InvalidEvidence as error:
        problems = {(each.code, each.path) for each in error.problems}
        if expected.problems:
            # Where findings lack, the oracle scores nothing, and what scores show it does not say.
            shown_by_scores = {each for each in problems if each[0] in ("too-few", "out-of-range")}
            problems -= shown_by_scores - set(expected.problems)
        return list(unlike("problems", problems, set(expected.problems)))
    if expected.problems:
        return [f"problems: none, expected {sorted(expected.problems)}"]
    return list(compared(result, expected))


def unlike(what: str, found: Any, expected: Any) -> Iterator[str]:
    """Yield what is found, if it is not what is expected."""
    if found != expected:
        yield f"{what}: {shown(found)}, expected {shown(expected)}"


def shown(value: Any) -> str:
    """Write numbers plainly."""
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, list | tuple | set):
        return f"[{', '.join(shown(each) for each in value)}]"
    return repr(value)


def compared(result: Evaluation, expected: Outcome) -> Iterator[str]:
    """Yield the differences of two results."""
    nodes = result.nodes
    yield from unlike("nodes", set(nodes), set(expected.nodes))
    for name in nodes.keys() & expected.nodes.keys():
        node = nodes[name]
        yield from unlike(f"{name} state", node.state, expected.state[name])
        yield from unlike(f"{name} score", node.exact, expected.nodes[name])
        yield from unlike(f"{name} start", node.start, expected.start[name])
        yield from unlike(f"{name} bonus", node.bonus, expected.bonus[name])
        yield from unlike(f"{name} grade", node.grade, expected.grades.get(name))
        yield from unlike(f"{name} stars", node.stars, expected.stars.get(name))
        steps = [as_told(step) for step in node.steps]
        entries = [as_entered(each, name) for each in expected.ledger[name] if not each.silent]
        yield from unlike(f"{name} steps", steps, entries)
    yield from unlike("total", result.exact, expected.total)
    yield from unlike("grade", result.grade, expected.grades.get("total"))
    yield from unlike("stars", result.stars, expected.stars.get("total"))
    reason = expected.unrated
    if reason is None and expected.grades.get("total") == UNRATED:
        reason = UNRATED
    yield from unlike("unrated", result.unrated, reason)
    yield from unlike("coverage", result.coverage, expected.coverage)
    assumed = {f.path for node in nodes.values() for f in node.findings if f.assumed}
    yield from unlike("assumed", assumed, set(expected.assumed))


def as_told(step: Step) -> Told:
    """Write a step of the engine's ledger."""
    numbers = (step.asked, step.taken, step.before, step.after)
    parts = [(each.asked, each.taken) for each in step.parts]
    rows = {each.row: each.asked for each in step.rows}
    return (step.kind, step.origin, step.rule, *numbers, parts, rows)


def as_entered(entry: Entry, name: str) -> Told:
    """Write an entry of the reference interpreter as a step of the engine's ledger."""
    kind = "limit" if entry.kind == "implicit limit" else entry.kind
    origin = None if entry.origin == name.partition("[")[0] and kind != "cap" else entry.origin
    numbers = (entry.asked, entry.taken, entry.before, entry.after)
    parts = [(abs(asked), abs(taken)) for asked, taken in entry.parts]
    rows = {row: asked for row, asked in enumerate(entry.rows or []) if asked}
    return (kind, origin, entry.rule, *numbers, parts, rows)
