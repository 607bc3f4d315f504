"""Two results side by side: of two years, two assessors, or two versions of a rubric.

Where the two rubrics are the same, points are compared with points. Where they are not, a
point of one is not a point of the other: then shares are compared, the score over the full
mark, and the comparison says so. A source scheme that revises its standard after use (F11)
can be followed over the years that way.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from attrs import frozen

from rubric_engine.changes import MovedFinding, MovedStep, WhatIf
from rubric_engine.evaluation import Evaluation
from rubric_engine.evidence import Note
from rubric_engine.exact import number_text
from rubric_engine.ledger import GradeChange, NodeResult, Step
from rubric_engine.model import ROOT
from rubric_engine.words import Words

__all__ = [
    "ComparedFinding",
    "ComparedItem",
    "ComparedNode",
    "Comparison",
    "Direction",
    "MovedGate",
    "compare",
    "direction",
    "exact_text",
    "listed",
]

#: Where stars went; "other" where a grade changed and one of the two has no stars.
Direction = Literal["up", "down", "other"]

#: Steps that bring up what moved further down.
_CARRYING = frozenset(
    {"child", "rescale", "mean", "lowest", "highest", "sum", "median", "trimmed", "geometric"}
)


@frozen
class ComparedFinding(MovedFinding):
    """A finding that differs, with what stood beside it; None where there is none."""

    note_before: Note | None = None
    note_after: Note | None = None


@frozen
class ComparedNode:
    """A node of either result, matched by its id; None where there is no such node."""

    id: str
    title: Words | None
    before: NodeResult | None
    after: NodeResult | None
    #: Whether `difference` is one of shares.
    by_share: bool = False

    @property
    def scores(self) -> tuple[Fraction | None, Fraction | None]:
        """The scores in points of its own scale."""
        return (
            None if self.before is None else self.before.exact,
            None if self.after is None else self.after.exact,
        )

    @property
    def shares(self) -> tuple[Fraction | None, Fraction | None]:
        """The scores as shares of its scale; None for an open account."""
        return (
            None if self.before is None else self.before.share,
            None if self.after is None else self.after.share,
        )

    @property
    def difference(self) -> Fraction | None:
        """What its score gained: points of its own scale, or its share of them.

        None where the node is in one result only, or has no share to compare.
        """
        before, after = self.shares if self.by_share else self.scores
        return None if before is None or after is None else after - before

    @property
    def only(self) -> Literal["before", "after"] | None:
        """The result that alone has the node; None where both have it."""
        if self.before is None:
            return "after"
        return "before" if self.after is None else None

    @property
    def moved(self) -> bool:
        """Whether its score, bonus, grade or state differs."""
        return self._told(self.before) != self._told(self.after)

    def _told(self, node: NodeResult | None) -> tuple[object, ...] | None:
        if node is None:
            return None
        told = (node.bonus, node.grade, node.state)
        return (node.share if self.by_share and node.scale else node.exact, *told)


@frozen
class ComparedItem:
    """What moved at one item, or by the rules of a node above items.

    The rows of a table that are scored one by one are one item together.
    """

    id: str
    title: Words | None
    provenance: str | None
    #: What it moved the whole by, bonus points included: points of the whole, or its share.
    #: None where the whole has no share to compare.
    difference: Fraction | None
    findings: tuple[ComparedFinding, ...]
    steps: tuple[MovedStep, ...]


@frozen
class MovedGate:
    """A gate that moved a grade otherwise; None where it moved none."""

    node: str
    text: Words | None
    before: GradeChange | None
    after: GradeChange | None


@frozen(repr=False, slots=False)
class Comparison:
    """Two results side by side; everything below is worked out when it is first read."""

    before: Evaluation
    after: Evaluation

    @property
    def same_rubric(self) -> bool:
        """Whether both were scored under the same rubric, to the last word of it."""
        return self.before.digest == self.after.digest

    @property
    def by_share(self) -> bool:
        """Whether shares are compared, because the rubrics differ."""
        return not self.same_rubric

    @property
    def scores(self) -> tuple[Fraction, Fraction]:
        """The scores in points, exactly; points of two rubrics where these differ."""
        return self.before.exact, self.after.exact

    @cached_property
    def shares(self) -> tuple[Fraction | None, Fraction | None]:
        """The scores as shares of the full mark; None where there is none."""
        return self.before[ROOT].share, self.after[ROOT].share

    @property
    def difference(self) -> Fraction | None:
        """What the score gained, exactly: points, or the share of them if `by_share`.

        None where shares are compared and one of the two has no full mark.
        """
        before, after = self.shares if self.by_share else self.scores
        return None if before is None or after is None else after - before

    @property
    def stars(self) -> tuple[int | None, int | None]:
        """The stars of both; None where there are none."""
        return self.before.stars, self.after.stars

    @property
    def grades(self) -> tuple[str | None, str | None]:
        """The names of the grades of both; None where there are none."""
        return self.before.grade, self.after.grade

    @property
    def direction(self) -> Direction | None:
        """Where the stars went; None where neither they nor the grade changed."""
        return direction(self.before, self.after)

    @cached_property
    def nodes(self) -> tuple[ComparedNode, ...]:
        """All nodes of both results by their ids, in document order; the root is `total`."""
        before, after = self.before.nodes, self.after.nodes
        found = []
        for name in dict.fromkeys([*before, *after]):
            was, now = before.get(name), after.get(name)
            titles = [each.title for each in (now, was) if each is not None]
            title = next((each for each in titles if each is not None), None)
            found.append(ComparedNode(name, title, was, now, self.by_share))
        return tuple(found)

    @property
    def moved(self) -> tuple[ComparedNode, ...]:
        """The nodes that differ or are in one result only, in document order."""
        return tuple(each for each in self.nodes if each.moved)

    @cached_property
    def findings(self) -> tuple[ComparedFinding, ...]:
        """The findings that differ, in document order, with what stood beside them.

        Given numbers are among them where both results know theirs; one that came from data
        does not.
        """
        was, now = self.before.findings, self.after.findings
        noted = [_notes(each) for each in (self.before, self.after)]
        own = noted[0].keys() | noted[1].keys()
        given = all(any(path not in own for path in each) for each in (was, now))
        return tuple(
            ComparedFinding(
                path, was.get(path), now.get(path), noted[0].get(path), noted[1].get(path)
            )
            for path in dict.fromkeys([*was, *now])
            if was.get(path) != now.get(path) and (given or path in own)
        )

    @cached_property
    def steps(self) -> tuple[MovedStep, ...]:
        """The steps of rules that ask or take something else, node by node.

        Under two rubrics the steps of a node are matched by the ids of their rules, then by
        what these say, then by their positions; what they ask and take is compared as shares
        of the node's scale.
        """
        if self.same_rubric:
            moved = WhatIf(self.before, self.after).steps
            return tuple(each for each in moved if each.about.kind != "child")
        found: list[MovedStep] = []
        for node in self.nodes:
            for was, now in _matched(_steps(node.before), _steps(node.after)):
                if _told(was, node.before) != _told(now, node.after):
                    about = [each.about for each in (now, was) if each is not None]
                    found.append(MovedStep(about[0], was, now))
        return tuple(found)

    @cached_property
    def gates(self) -> tuple[MovedGate, ...]:
        """The gates that moved a grade in one result and not, or otherwise, in the other."""
        before, after = _gates(self.before), _gates(self.after)
        return tuple(
            MovedGate(*key, before.get(key), after.get(key))
            for key in dict.fromkeys([*before, *after])
            if _moves(before.get(key)) != _moves(after.get(key))
        )

    @cached_property
    def items(self) -> tuple[ComparedItem, ...]:
        """What moved item by item, the largest first; ties in document order.

        Nodes above items are among them where rules of their own moved something. Items whose
        findings differ without moving anything stand last.
        """
        was, now = self._parts
        findings: dict[str, list[ComparedFinding]] = {}
        for each in self.findings:
            findings.setdefault(each.path.partition(".")[0], []).append(each)
        steps: dict[str, list[MovedStep]] = {}
        for step in self.steps:
            if step.about.kind not in _CARRYING:
                steps.setdefault(_owner(step.about.node, step.about.origin), []).append(step)
        found = []
        seen: set[str] = set()
        for node in self.nodes:
            name = _owner(node.id, None)
            if name in seen:
                continue
            seen.add(name)
            before, after = was.get(name, Fraction(0)), now.get(name, Fraction(0))
            own = tuple(findings.get(name, ())), tuple(steps.get(name, ()))
            if before != after or any(own):
                difference = None if self.difference is None else after - before
                ends = [each for each in (node.after, node.before) if each is not None]
                found.append(ComparedItem(name, node.title, ends[0].provenance, difference, *own))
        return tuple(sorted(found, key=lambda each: -abs(each.difference or Fraction(0))))

    @property
    def rest(self) -> Fraction | None:
        """What of the difference no single item explains: caps of sums, means, what is left out.

        With the differences of `items` it adds up to `difference`.
        """
        if self.difference is None:
            return None
        explained = (each.difference or Fraction(0) for each in self.items)
        return self.difference - sum(explained, Fraction(0))

    @cached_property
    def _parts(self) -> tuple[Mapping[str, Fraction], Mapping[str, Fraction]]:
        """What each node brings to the whole, as `difference` counts it."""
        pair = [_parts(each) for each in (self.before, self.after)]
        if self.by_share:
            for place, each in enumerate((self.before, self.after)):
                scale = each[ROOT].scale or Fraction(1)
                pair[place] = {name: part / scale for name, part in pair[place].items()}
        return pair[0], pair[1]

    def explain(self, language: str | None = None) -> str:
        """Return the comparison as text for a terminal, in Chinese ("zh") or English ("en")."""
        from rubric_engine.cycle.pages import comparison_text

        return comparison_text(self, language)

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain data, ready for JSON; numbers are exact text."""
        ends = []
        for each, share in zip((self.before, self.after), self.shares, strict=True):
            ends.append(
                {
                    "rubric": each.rubric,
                    "version": each.version,
                    "digest": each.digest,
                    "score": number_text(each.exact),
                    "share": exact_text(share),
                    "grade": each.grade,
                    "stars": each.stars,
                }
            )
        return {
            "before": ends[0],
            "after": ends[1],
            "same_rubric": self.same_rubric,
            "by_share": self.by_share,
            "difference": exact_text(self.difference),
            "direction": self.direction,
            "items": [
                {
                    "id": each.id,
                    "title": None if each.title is None else each.title.plain,
                    "difference": exact_text(each.difference),
                }
                for each in self.items
            ],
            "rest": exact_text(self.rest),
            "nodes": [_node_written(each) for each in self.moved],
            "findings": [_finding_written(each) for each in self.findings],
            "steps": [_step_written(each) for each in self.steps],
            "gates": [_gate_written(each) for each in self.gates],
        }

    def __str__(self) -> str:
        return self.explain()

    def __repr__(self) -> str:
        return f"<Comparison: {self.before!r} → {self.after!r}>"


def compare(before: Evaluation, after: Evaluation) -> Comparison:
    """Return two results side by side.

    They may be of two years, of two assessors, or of two rubrics or versions of one; results
    read back with `Evaluation.from_dict` do as well.

    >>> import rubric_engine
    >>> rubric = rubric_engine.load("sf-food-safety")
    >>> sheet = {"violations": {"high": 2, "moderate": 0, "low": 1}}
    >>> one = rubric_engine.evaluate(rubric, sheet)
    >>> other = rubric_engine.evaluate(rubric, {"violations": {**sheet["violations"], "high": 0}})
    >>> found = compare(one, other)
    >>> found.difference, [(each.path, each.before, each.after) for each in found.findings]
    (Fraction(14, 1), [('violations.high', 2, 0)])
    """
    return Comparison(before, after)


def direction(before: Evaluation, after: Evaluation) -> Direction | None:
    """Return where the stars of a result went; None where nothing changed."""
    was, now = before.stars, after.stars
    if was is not None and now is not None:
        return None if was == now else "up" if now > was else "down"
    return None if (was, before.grade) == (now, after.grade) else "other"


def exact_text(number: Fraction | None) -> str | None:
    """Return an exact number as text; None for none."""
    return None if number is None else number_text(number)


def listed(value: object) -> object:
    """Return a finding as JSON has it: lists where there are tuples."""
    if isinstance(value, tuple):
        return [listed(each) for each in value]
    if isinstance(value, Mapping):
        return {name: listed(each) for name, each in value.items()}
    return value


# What is compared


def _notes(result: Evaluation) -> dict[str, Note | None]:
    return {each.path: each.note for node in result.nodes.values() for each in node.findings}


def _owner(node: str, origin: str | None) -> str:
    """Return whose step it is: a bonus is the item's that posts it, a row's is the table's."""
    return (node if origin is None else origin).partition("[")[0]


def _parts(result: Evaluation) -> dict[str, Fraction]:
    """Return what each item, and each node by rules of its own, brings to the whole."""
    nodes = result.nodes
    found: dict[str, Fraction] = {}
    for node in nodes.values():
        if node.item:
            above = None if node.parent is None else nodes.get(node.parent)
            # The rows of an item are in it already.
            if node.state == "scored" and not (above is not None and above.item):
                name = _owner(node.id, None)
                found[name] = found.get(name, Fraction(0)) + node.exact * node.worth
            continue
        for step in node.steps:
            if step.kind not in _CARRYING:
                name = _owner(node.id, step.origin)
                found[name] = found.get(name, Fraction(0)) + step.taken * node.worth
    return found


def _steps(node: NodeResult | None) -> list[Step]:
    return [] if node is None else [each for each in node.steps if each.kind != "child"]


def _told(step: Step | None, node: NodeResult | None) -> tuple[Fraction, Fraction] | None:
    if step is None:
        return None
    scale = Fraction(1) if node is None or not node.scale else node.scale
    return step.asked / scale, step.taken / scale


#: What makes two steps of a node the same rule's, the surest first.
_SAME: tuple[Callable[[Step], Hashable], ...] = (
    lambda each: None if each.id is None else (each.kind, each.origin, each.id),
    lambda each: (each.kind, each.origin, each.text),
    lambda each: (each.kind, each.origin, each.rule),
)


def _matched(
    before: Sequence[Step], after: Sequence[Step]
) -> list[tuple[Step | None, Step | None]]:
    """Return the steps of a node in pairs, those of `before` in their order first."""
    pairs: dict[int, int] = {}
    for name in _SAME:
        places: dict[Hashable, list[int]] = {}
        taken = set(pairs.values())
        for place, each in enumerate(after):
            if place not in taken and name(each) is not None:
                places.setdefault(name(each), []).append(place)
        for place, each in enumerate(before):
            if place not in pairs and places.get(name(each)):
                pairs[place] = places[name(each)].pop(0)
    taken = set(pairs.values())
    found: list[tuple[Step | None, Step | None]] = [
        (each, after[pairs[place]] if place in pairs else None) for place, each in enumerate(before)
    ]
    return [*found, *((None, each) for place, each in enumerate(after) if place not in taken)]


def _gates(result: Evaluation) -> dict[tuple[str, Words | None], GradeChange]:
    changes = result.grade_changes
    return {(each.node, each.text): each for each in changes if each.gate is not None}


def _moves(change: GradeChange | None) -> tuple[str | None, str] | None:
    return None if change is None else (change.before, change.after)


# As plain data


def _node_written(node: ComparedNode) -> dict[str, Any]:
    scores, shares = map(exact_text, node.scores), map(exact_text, node.shares)
    return {
        "id": node.id,
        "title": None if node.title is None else node.title.plain,
        "only": node.only,
        "scores": list(scores),
        "shares": list(shares),
        "difference": exact_text(node.difference),
        "grades": [None if each is None else each.grade for each in (node.before, node.after)],
        "states": [None if each is None else each.state for each in (node.before, node.after)],
    }


def _finding_written(finding: ComparedFinding) -> dict[str, Any]:
    notes = []
    for each in (finding.note_before, finding.note_after):
        names = ("note", "source", "method", "assessor", "assumed")
        told = None if each is None else {name: getattr(each, name) for name in names}
        notes.append(told)
    return {
        "path": finding.path,
        "before": listed(finding.before),
        "after": listed(finding.after),
        "notes": notes,
    }


def _step_written(step: MovedStep) -> dict[str, Any]:
    about, pair = step.about, (step.before, step.after)
    return {
        "node": about.node,
        "kind": about.kind,
        "origin": about.origin,
        "id": about.id,
        "text": None if about.text is None else about.text.plain,
        "provenance": about.provenance,
        "asked": [None if each is None else number_text(each.asked) for each in pair],
        "taken": [None if each is None else number_text(each.taken) for each in pair],
    }


def _gate_written(gate: MovedGate) -> dict[str, Any]:
    pair = (gate.before, gate.after)
    return {
        "node": gate.node,
        "text": None if gate.text is None else gate.text.plain,
        "before": listed(_moves(pair[0])),
        "after": listed(_moves(pair[1])),
    }
