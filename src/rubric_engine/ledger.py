"""The ledger: every step that changed a score, and the results of the nodes.

`Ledger` works them out of one scored sheet, each part when it is first read. What a step
is whatever the sheet is worked out once for a rubric; a step itself is a few integers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import NamedTuple

from attrs import evolve, field, frozen

from rubric_engine.account import Entry
from rubric_engine.evidence import Note, Notes
from rubric_engine.exact import decimal_of
from rubric_engine.fields import Shown
from rubric_engine.files import gate_text, rubric_digest, rule_text
from rubric_engine.grading import UNRATED
from rubric_engine.lower import LoweredNode
from rubric_engine.model import ROOT, Item
from rubric_engine.policies import Policy
from rubric_engine.sheet import Findings, Integers, Program
from rubric_engine.words import Words

__all__ = [
    "Finding",
    "GradeChange",
    "Ledger",
    "NodeResult",
    "Record",
    "Step",
    "StepText",
    "grade_of",
    "stars_of",
]


@frozen
class Finding:
    """A finding as it entered the score, as plain data, with what came beside it."""

    #: `item.field`.
    path: str
    value: Shown
    note: Note | None = None


@frozen
class StepText:
    """What a step of the ledger is whatever the sheet."""

    #: The node whose score moved.
    node: str
    #: The verb of a rule; `child`, `mean`, `lowest`, `highest`; `limit` and `clip`.
    kind: str
    #: The child, or the node whose bonus it is, where that is another node.
    origin: str | None = None
    #: Position of the rule among its node's rules, counted from 0.
    rule: int | None = None
    #: What the rule says, in the scheme's words or in the file's.
    text: Words | None = None
    id: str | None = None
    source: Words | None = None
    reason: str | None = None
    provenance: str | None = None
    #: Quanta to a point, for the amounts of its steps.
    scale: int = field(default=1, eq=False)
    #: The positions of the fields that its rule names.
    looked_at: tuple[int, ...] = field(default=(), eq=False)


class Step(NamedTuple):
    """One step of the ledger: who moved the score of a node, by how much, and why.

    A named tuple because a sheet has many and they are made all at once; read it through
    its properties, the quanta are their raw material.
    """

    about: StepText
    asked_quanta: int
    taken_quanta: int
    before_quanta: int
    #: Where the findings are: the ledger that the step is of, or the findings themselves.
    found: Ledger | tuple[Finding, ...]

    @property
    def node(self) -> str:
        """The node whose score moved."""
        return self.about.node

    @property
    def kind(self) -> str:
        """The verb of a rule; `child`, `mean`, `lowest`, `highest`; `limit` and `clip`."""
        return self.about.kind

    @property
    def origin(self) -> str | None:
        """The child, or the node whose bonus it is, where that is another node."""
        return self.about.origin

    @property
    def rule(self) -> int | None:
        """Position of the rule among its node's rules, counted from 0."""
        return self.about.rule

    @property
    def text(self) -> Words | None:
        """What the rule says, in the scheme's words or in the file's."""
        return self.about.text

    @property
    def id(self) -> str | None:
        """The rule's id."""
        return self.about.id

    @property
    def source(self) -> Words | None:
        """Where the rule's clause stands."""
        return self.about.source

    @property
    def reason(self) -> str | None:
        """The rule's code for equal reasons."""
        return self.about.reason

    @property
    def provenance(self) -> str | None:
        """Whether the scheme prints the rule, or it is illustrative."""
        return self.about.provenance

    @property
    def asked(self) -> Fraction:
        """What was asked, in points of the node's own scale; below zero for a deduction."""
        return Fraction(self.asked_quanta, self.about.scale)

    @property
    def taken(self) -> Fraction:
        """The part of it that was left standing by the limits after it."""
        return Fraction(self.taken_quanta, self.about.scale)

    @property
    def before(self) -> Fraction:
        """The running score before the step."""
        return Fraction(self.before_quanta, self.about.scale)

    @property
    def after(self) -> Fraction:
        """The running score after the step."""
        return Fraction(self.before_quanta + self.asked_quanta, self.about.scale)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings that the rule looked at."""
        if isinstance(self.found, tuple):
            return self.found
        return self.found.shown(self.about.looked_at)

    @property
    def name(self) -> str:
        """What kind of step it is; a limit is a `floor` if it raised, a `cap` if it cut."""
        if self.kind in ("limit", "clip"):
            return "floor" if self.asked_quanta > 0 else "cap"
        return self.kind

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Step) and self._compared == other._compared

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((self.about, self.asked, self.taken))

    def __repr__(self) -> str:
        amounts = f"{self.before} → {self.after}, asked {self.asked}, took {self.taken}"
        return f"<Step of {self.node!r}: {self.name}, {amounts}>"

    @property
    def _compared(self) -> tuple[object, ...]:
        return (self.about, self.asked, self.taken, self.before, self.findings)

    @classmethod
    def stated(
        cls,
        about: StepText,
        amounts: tuple[Fraction, Fraction, Fraction],
        findings: tuple[Finding, ...],
    ) -> Step:
        """Return a step from its amounts: asked, taken, before."""
        scale = lcm(*(each.denominator for each in amounts))
        asked, taken, before = (int(each * scale) for each in amounts)
        return cls(evolve(about, scale=scale), asked, taken, before, findings)


@frozen
class GradeChange:
    """What gave a node its grade, or moved it."""

    node: str
    #: Position of the gate; None for the grades themselves.
    gate: int | None
    #: What the gate says.
    text: Words | None
    before: str | None
    after: str
    provenance: str | None = None


@frozen
class NodeResult:
    """The result of one node."""

    id: str
    title: Words | None
    code: str | None
    parent: str | None
    depth: int
    #: Points it adds to a summing parent at full score; None for an open account or a mean.
    points: Fraction | None
    #: Points of its own scale; None for an open account.
    scale: Fraction | None
    #: Points of the whole that a point of it makes, through sums and means.
    worth: Fraction
    #: Its score in points of its own scale, exactly.
    exact: Fraction
    #: Bonus points it posts further up, in its own points; not part of its score.
    bonus: Fraction
    grade: str | None
    stars: int | None
    provenance: str | None
    #: Whether it has no children.
    item: bool
    #: Decimal places shown where the score does not terminate.
    places: int
    start: Fraction
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]

    @property
    def score(self) -> Decimal:
        """The score in points of its own scale; rounded only if it does not terminate."""
        return decimal_of(self.exact, self.places)[0]

    @property
    def share(self) -> Fraction | None:
        """The score as a share of the scale, exactly; None for an open account."""
        return None if not self.scale else self.exact / self.scale

    @property
    def lost(self) -> Fraction:
        """Points of its own scale that it did not get; 0 for an open account."""
        return Fraction(0) if self.scale is None else max(self.scale - self.exact, Fraction(0))


@frozen
class Record:
    """All that can be read off a result, worked out."""

    rubric: str
    version: str
    digest: str
    title: Words | None
    language: str
    provenance: str | None
    unrated: str | None
    nodes: dict[str, NodeResult]
    changes: tuple[GradeChange, ...]


def grade_of(node: LoweredNode, index: int | None) -> str | None:
    """Return the name of a grade by its index."""
    if index is None:
        return None
    grades = node.place.node.grades
    return grades[index].name if index < len(grades) else UNRATED


def stars_of(node: LoweredNode, index: int | None) -> int | None:
    """Return the stars of a grade by its index."""
    grades = node.place.node.grades
    return None if index is None or index >= len(grades) else grades[index].stars


@frozen(eq=False)
class _NodeLayout:
    """What the results of a node share, and where its amounts stand in the detail."""

    texts: tuple[StepText, ...]
    #: What makes each asked and taken amount quanta of the node's common scale.
    factors: tuple[tuple[int, int], ...]
    start: int
    first: int
    provenance: str | None
    worth: Fraction
    #: The positions of its fields.
    fields: tuple[int, ...]


@frozen(eq=False)
class _Layout:
    nodes: tuple[_NodeLayout, ...]
    positions: dict[str, int]
    #: Where the amounts of bonuses, and then the grading steps, begin.
    bonuses: int
    grading: int


def _layout_of(program: Program) -> _Layout:
    derived = program.lowered.rubric.derived
    layout: _Layout | None = derived.get("layout")
    if layout is None:
        layout = derived["layout"] = _lay_out(program)
    return layout


def _lay_out(program: Program) -> _Layout:
    lowered = program.lowered
    by_id = {each.place.id: each for each in lowered.nodes}
    fields: dict[str, list[int]] = {}
    for position, each in enumerate(lowered.fields):
        fields.setdefault(each.node, []).append(position)
    layouts: dict[str, _NodeLayout] = {}
    first = 0
    for node in lowered.nodes:
        place, account = node.place, node.account
        above = None if place.parent is None else layouts[place.parent]
        provenance = place.node.provenance or (None if above is None else above.provenance)
        worth = place.factor * place.portion * (1 if above is None else above.worth)
        scale = lcm(account.start.scale, *_scales(account.entries))
        texts = []
        for entry in account.entries:
            owner = by_id[entry.label.origin or place.id]
            stated = provenance if owner is node else _inherited(by_id, owner)
            texts.append(_text(node, owner, entry, stated, scale))
        factors = tuple((scale // e.asked.scale, scale // e.taken.scale) for e in account.entries)
        start = account.start.value.data[0] * (scale // account.start.scale)
        own = tuple(fields.get(place.id, ()))
        layouts[place.id] = _NodeLayout(tuple(texts), factors, start, first, provenance, worth, own)
        first += 2 * len(texts)
    grading = first + sum(len(node.bonuses) for node in lowered.nodes)
    positions = {node.place.id: position for position, node in enumerate(lowered.nodes)}
    return _Layout(tuple(layouts.values()), positions, first, grading)


def _scales(entries: Iterable[Entry]) -> Iterator[int]:
    for entry in entries:
        yield entry.asked.scale
        yield entry.taken.scale


def _inherited(by_id: dict[str, LoweredNode], node: LoweredNode) -> str | None:
    place = node.place
    while place.node.provenance is None and place.parent is not None:
        place = by_id[place.parent].place
    return place.node.provenance


def _text(
    node: LoweredNode, owner: LoweredNode, entry: Entry, provenance: str | None, scale: int
) -> StepText:
    label, within = entry.label, entry.within
    if label.rule is None:
        text = None if within is None else Words((("", str(within)),))
        return StepText(
            node.place.id, label.kind, label.origin, None, text, provenance=provenance, scale=scale
        )
    rule: Policy = owner.place.node.rules[label.rule]
    return StepText(
        node.place.id,
        label.kind,
        label.origin,
        label.rule,
        rule.says or Words((("", rule_text(rule)),)),
        rule.id,
        rule.source,
        rule.reason,
        rule.provenance or provenance,
        scale,
        owner.looked_at[label.rule],
    )


def _change(
    node: LoweredNode, number: int | None, indices: tuple[int | None, int], provenance: str | None
) -> GradeChange:
    was, now = (grade_of(node, index) for index in indices)
    if number is None:
        return GradeChange(node.place.id, None, None, was, now or "", provenance)
    gate = node.place.node.gates[number]
    text = gate.says or Words((("", gate_text(gate)),))
    stated = gate.provenance or provenance
    return GradeChange(node.place.id, number, text, was, now or "", stated)


@frozen(eq=False, slots=False)
class Ledger:
    """What can be read off one scored sheet."""

    program: Program
    found: Findings
    scores: Integers
    notes: Notes

    @cached_property
    def detail(self) -> Integers:
        """The amounts behind the steps, in the order of `Program.ledger_roots`."""
        return self.program.detail(self.found)

    @cached_property
    def layout(self) -> _Layout:
        """What the results of the rubric share."""
        return _layout_of(self.program)

    @cached_property
    def noted(self) -> dict[str, Note]:
        """What came with the findings, by `item.field`."""
        return dict(self.notes)

    def shown(self, positions: Iterable[int]) -> tuple[Finding, ...]:
        """Return the findings at these positions, as plain data; missing ones are left out."""
        found = []
        for position in positions:
            lowered, read = self.program.lowered.fields[position], self.found[position]
            if read is not None:
                path = f"{lowered.node}.{lowered.name}"
                found.append(Finding(path, lowered.field.show(read), self.noted.get(path)))
        return tuple(found)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every step that changed a score, node by node in document order."""
        steps: list[Step] = []
        for layout in self.layout.nodes:
            self._add_steps(layout, steps)
        return tuple(steps)

    def _add_steps(self, layout: _NodeLayout, steps: list[Step]) -> None:
        first, count, before = layout.first, len(layout.texts), layout.start
        asked = self.detail[first : first + count]
        taken = self.detail[first + count : first + 2 * count]
        for place, amount in enumerate(asked):
            if amount:
                by, of = layout.factors[place]
                quanta = amount * by
                steps.append(Step(layout.texts[place], quanta, taken[place] * of, before, self))
                before += quanta

    @cached_property
    def bonuses(self) -> dict[str, Fraction]:
        """The bonus that each node posts itself, in its own points."""
        posted: dict[str, Fraction] = {}
        position = self.layout.bonuses
        for node in self.program.lowered.nodes:
            for label, amount in node.bonuses:
                if label.origin == node.place.id:
                    own = Fraction(self.detail[position], amount.scale)
                    posted[node.place.id] = posted.get(node.place.id, Fraction(0)) + own
                position += 1
        return posted

    @cached_property
    def grading(self) -> tuple[tuple[GradeChange, ...], str | None]:
        """What gave or moved a grade, and why the whole is unrated if it is."""
        changes: list[GradeChange] = []
        unrated = None
        position = self.layout.grading
        for node, layout in zip(self.program.lowered.nodes, self.layout.nodes, strict=True):
            before: int | None = None
            for step in node.grading:
                after = self.detail[position]
                position += 1
                if after == before:
                    continue
                change = _change(node, step.gate, (before, after), layout.provenance)
                changes.append(change)
                if change.after == UNRATED and node.place.id == ROOT:
                    gates = node.place.node.gates
                    unrated = UNRATED if step.gate is None else gates[step.gate].unrated
                before = after
        return tuple(changes), unrated

    def node(self, node_id: str) -> NodeResult:
        """Return the result of a node; raises KeyError if there is none."""
        position = self.layout.positions[node_id]
        layout, lowered = self.layout.nodes[position], self.program.lowered.nodes[position]
        place = lowered.place
        index = self.scores[self.program.graded[place.id]] if lowered.grading else None
        points = getattr(place.node, "points", None)
        worth = points if isinstance(points, Fraction) else None
        steps: list[Step] = []
        self._add_steps(layout, steps)
        return NodeResult(
            id=place.id,
            title=place.node.title,
            code=place.node.code,
            parent=place.parent,
            depth=place.depth,
            points=place.scale if place.parent is None else worth,
            scale=place.scale,
            worth=layout.worth,
            exact=Fraction(self.scores[position], lowered.score.scale),
            bonus=self.bonuses.get(place.id, Fraction(0)),
            grade=grade_of(lowered, index),
            stars=stars_of(lowered, index),
            provenance=layout.provenance,
            item=isinstance(place.node, Item),
            places=self.program.lowered.rubric.places,
            start=lowered.account.start.low,
            steps=tuple(steps),
            findings=self.shown(layout.fields),
        )

    @cached_property
    def record(self) -> Record:
        """All that can be read off the sheet."""
        rubric = self.program.lowered.rubric
        changes, unrated = self.grading
        return Record(
            rubric=rubric.name,
            version=rubric.version,
            digest=rubric_digest(rubric),
            title=rubric.title,
            language=rubric.language,
            provenance=rubric.provenance,
            unrated=unrated,
            nodes={node_id: self.node(node_id) for node_id in self.layout.positions},
            changes=changes,
        )
