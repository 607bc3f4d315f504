"""Scoring sheets, and results that know the reason for every point.

A result keeps the findings and the scores, a few integers each; its ledger, its nodes and
its texts are worked out when they are first read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from attrs import field, frozen

from rubric_engine.account import Label
from rubric_engine.errors import InvalidRubric, Problem, RubricError, UnknownNode, nearest_name
from rubric_engine.evidence import Note, read_sheet
from rubric_engine.exact import decimal_of
from rubric_engine.fields import Range, Shown
from rubric_engine.files import rubric_digest
from rubric_engine.grading import UNRATED, Gate
from rubric_engine.lower import Lowered, LoweredNode, lower
from rubric_engine.model import ROOT, Item, Rubric
from rubric_engine.policies import Policy
from rubric_engine.sheet import Findings, Integers, Program
from rubric_engine.words import Words

__all__ = [
    "Evaluation",
    "Finding",
    "GradeChange",
    "NodeResult",
    "Outcome",
    "Step",
    "evaluate",
    "evaluate_many",
    "program_of",
]


def program_of(rubric: Rubric) -> Program:
    """Return a rubric ready to score; raises `InvalidRubric` with all its problems."""
    program: Program | None = rubric.derived.get("program")
    if program is None:
        lowered, problems = lower(rubric)
        if lowered is None:
            raise InvalidRubric([problem for problem, _ in problems])
        program = rubric.derived["program"] = Program(lowered)
    return program


def evaluate(rubric: Rubric, evidence: Mapping[str, Any]) -> Evaluation:
    """Score the evidence of one assessee.

    `evidence` is a sheet, nested (`{"plan": {"missing": 2}}`), flat
    (`{"plan.missing": 2}`) or mixed. Raises `InvalidEvidence` with all its problems,
    `IncompleteEvidence` if findings are missing and nothing else is wrong, and
    `InvalidRubric` if the rubric itself cannot be used.

    >>> import rubric_engine
    >>> rubric = rubric_engine.load("sf-food-safety")
    >>> rubric_engine.evaluate(rubric, {"violations": {"high": 1, "moderate": 0, "low": 3}}).score
    Decimal('87')
    """
    program: Program = rubric.derived.get("program") or program_of(rubric)
    try:
        scored = program.read_and_score(evidence)
    except Exception:  # noqa: BLE001 - what is not a plain sheet is read with care below
        scored = None
    if scored is not None:
        return Evaluation(program, scored[0], scored[1])
    findings, notes = read_sheet(program.lowered, evidence)
    return Evaluation(program, findings, program.score(findings), notes)


@frozen
class Outcome:
    """What became of one sheet of many: a result, or the problems that prevented one."""

    #: The sheet's key, or its position counted from 0.
    key: Any
    evaluation: Evaluation | None
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there is a result."""
        return self.evaluation is not None


def evaluate_many(
    rubric: Rubric, sheets: Mapping[Any, Mapping[str, Any]] | Iterable[Mapping[str, Any]]
) -> Iterator[Outcome]:
    """Score many sheets, one outcome each, in their order; a bad sheet stops nothing.

    `sheets` maps keys to sheets, or is any iterable of sheets. Raises `InvalidRubric` at
    once if the rubric itself cannot be used.
    """
    program_of(rubric)
    pairs = sheets.items() if isinstance(sheets, Mapping) else enumerate(sheets)
    return (_outcome(rubric, key, sheet) for key, sheet in pairs)


def _outcome(rubric: Rubric, key: object, sheet: Mapping[str, Any]) -> Outcome:
    try:
        return Outcome(key, evaluate(rubric, sheet))
    except RubricError as error:
        return Outcome(key, None, error.problems)


@frozen
class Finding:
    """A finding as it entered the score, as plain data, with what came beside it."""

    #: `item.field`.
    path: str
    value: Shown
    note: Note | None = None


@frozen
class Step:
    """One step of the ledger: who moved the score of a node, by how much, and why."""

    #: The node whose score moved.
    node: str
    #: The verb of a rule; `child`, `mean`, `lowest`, `highest`; `limit` and `clip`.
    kind: str
    #: The child, or the node whose bonus it is, where that is another node.
    origin: str | None
    #: Position of the rule among its node's rules, counted from 0.
    rule: int | None
    #: What the rule says, in the scheme's words or in the file's.
    text: Words | None
    id: str | None
    source: Words | None
    reason: str | None
    provenance: str | None
    #: What was asked, in points of the node's own scale; below zero for a deduction.
    asked: Fraction
    #: The part of it that was left standing by the limits after it.
    taken: Fraction
    before: Fraction
    after: Fraction
    #: The findings that the rule looked at.
    findings: tuple[Finding, ...] = ()

    @property
    def name(self) -> str:
        """What kind of step it is; a limit is a `floor` if it raised, a `cap` if it cut."""
        if self.kind in ("limit", "clip"):
            return "floor" if self.asked > 0 else "cap"
        return self.kind


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


@frozen(eq=False, repr=False)
class Evaluation:
    """The result of one sheet."""

    _program: Program | None
    _findings: Findings
    _scores: Integers
    _notes: tuple[tuple[str, Note], ...] = ()
    _known: list[Record] = field(factory=list)

    @property
    def exact(self) -> Fraction:
        """The score, exactly."""
        if self._program is None:
            return self.record.nodes[ROOT].exact
        return Fraction(self._scores[0], self._program.lowered.nodes[0].score.scale)

    @property
    def score(self) -> Decimal:
        """The score in points; exact if it terminates, else rounded to the rubric's places."""
        return decimal_of(self.exact, self._places)[0]

    @property
    def rounded(self) -> bool:
        """Whether `score` had to be rounded; `exact` never is."""
        return not decimal_of(self.exact, self._places)[1]

    @property
    def stars(self) -> int | None:
        """The stars; None where the rubric gives none, or the result is unrated."""
        if self._program is None:
            return self.record.nodes[ROOT].stars
        return _stars(self._program.lowered.nodes[0], self._root_grade)

    @property
    def grade(self) -> str | None:
        """The name of the grade; "unrated" where a gate or the grades say so."""
        if self._program is None:
            return self.record.nodes[ROOT].grade
        return _grade(self._program.lowered.nodes[0], self._root_grade)

    @property
    def unrated(self) -> str | None:
        """Why there is no grade, where a gate or the grades say so."""
        return self.record.unrated

    @property
    def rubric(self) -> str:
        """The rubric's name."""
        return self.record.rubric if self._program is None else self._program.lowered.rubric.name

    @property
    def version(self) -> str:
        """The rubric's version."""
        if self._program is None:
            return self.record.version
        return self._program.lowered.rubric.version

    @property
    def digest(self) -> str:
        """A digest of the whole rubric: equal rubrics have equal digests."""
        if self._program is None:
            return self.record.digest
        return rubric_digest(self._program.lowered.rubric)

    @property
    def title(self) -> Words | None:
        """The rubric's title."""
        return self.record.title

    @property
    def language(self) -> str:
        """The language of explanations, unless another is asked for."""
        return self.record.language

    @property
    def nodes(self) -> Mapping[str, NodeResult]:
        """The results of all nodes by id, in document order; the root is `total`."""
        return dict(self.record.nodes)

    @property
    def ledger(self) -> tuple[Step, ...]:
        """Every step that changed a score, node by node in document order."""
        return tuple(step for node in self.record.nodes.values() for step in node.steps)

    @property
    def grade_changes(self) -> tuple[GradeChange, ...]:
        """How the grades came about: the bands, then each gate that moved one."""
        return self.record.changes

    def __getitem__(self, node: str) -> NodeResult:
        """Return the result of a node; raises `UnknownNode`."""
        nodes = self.record.nodes
        if node not in nodes:
            near = nearest_name(str(node), nodes)
            raise UnknownNode(
                [Problem("unknown-node", str(node)[:100], "the id of a node", "", near)]
            )
        return nodes[node]

    def __iter__(self) -> Iterator[str]:
        """Yield the ids of the nodes."""
        return iter(self.record.nodes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Evaluation):
            return NotImplemented
        return self is other or self.record == other.record

    def __hash__(self) -> int:
        return hash((self.rubric, self.version, self.exact, self.grade))

    def __repr__(self) -> str:
        grade = "" if self.grade is None else f", grade {self.grade!r}"
        return f"<Evaluation of {self.rubric!r} {self.version}: {self.score} points{grade}>"

    def __getstate__(self) -> dict[str, Any]:
        if self._program is None:
            return {"record": self.record}
        rubric = self._program.lowered.rubric
        return {"rubric": rubric, "findings": self._findings, "notes": self._notes}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "record" in state:
            filled: dict[str, Any] = {"program": None, "findings": (), "scores": (), "notes": ()}
            filled["known"] = [state["record"]]
        else:
            program = program_of(state["rubric"])
            filled = {"program": program, "findings": state["findings"], "known": []}
            filled["scores"] = program.score(state["findings"])
            filled["notes"] = state["notes"]
        for name, value in filled.items():
            object.__setattr__(self, f"_{name}", value)

    def explain(self, language: str | None = None, *, everything: bool = False) -> str:
        """Return the reasons for the score as text for a terminal.

        In the rubric's language unless another is named ("zh", "en"); nodes at full marks
        are left out unless `everything` is asked for.
        """
        from rubric_engine.wording import evaluation_text

        return evaluation_text(self, language, everything=everything)

    def to_dict(self) -> dict[str, Any]:
        """Return the whole result as plain data, ready for JSON; numbers are exact text."""
        from rubric_engine.wire import result_to_plain

        return result_to_plain(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Evaluation:
        """Return the result that `to_dict` was called on, without its rubric."""
        from rubric_engine.wire import record_from_plain

        return cls(None, (), (), (), [record_from_plain(data)])

    def _repr_html_(self) -> str:
        from rubric_engine.wording import evaluation_html

        return evaluation_html(self)

    @property
    def _places(self) -> int:
        if self._program is None:
            return self.record.nodes[ROOT].places
        return self._program.lowered.rubric.places

    @property
    def _root_grade(self) -> int | None:
        program = self._program
        place = None if program is None else program.graded.get(ROOT)
        return None if place is None else self._scores[place]

    @property
    def record(self) -> Record:
        if not self._known and self._program is not None:
            self._known.append(_recorded(self._program, self._findings, self._scores, self._notes))
        return self._known[0]


def _grade(node: LoweredNode, index: int | None) -> str | None:
    if index is None:
        return None
    grades = node.place.node.grades
    return grades[index].name if index < len(grades) else UNRATED


def _stars(node: LoweredNode, index: int | None) -> int | None:
    grades = node.place.node.grades
    return None if index is None or index >= len(grades) else grades[index].stars


@frozen(eq=False)
class _Template:
    """What a step is whatever the sheet, and how its quanta are read."""

    label: Label
    rule: Policy | None
    text: Words | None
    provenance: str | None
    scales: tuple[int, int, int, int]
    fields: tuple[int, ...]


@frozen(eq=False)
class _Layout:
    """What results of a rubric share: worked out once."""

    steps: dict[str, tuple[_Template, ...]]
    provenance: dict[str, str | None]
    worth: dict[str, Fraction]


def _layout_of(program: Program) -> _Layout:
    rubric = program.lowered.rubric
    layout: _Layout | None = rubric.derived.get("layout")
    if layout is None:
        layout = rubric.derived["layout"] = _lay_out(program.lowered)
    return layout


def _lay_out(lowered: Lowered) -> _Layout:
    by_id = {each.place.id: each for each in lowered.nodes}
    provenance: dict[str, str | None] = {}
    worth: dict[str, Fraction] = {}
    for each in lowered.nodes:
        place = each.place
        above_worth = Fraction(1) if place.parent is None else worth[place.parent]
        worth[place.id] = above_worth * place.factor * place.portion
        above = None if place.parent is None else provenance[place.parent]
        provenance[place.id] = place.node.provenance or above
    steps: dict[str, tuple[_Template, ...]] = {}
    for each in lowered.nodes:
        templates = []
        for entry in each.account.entries:
            owner = by_id[entry.label.origin or each.place.id].place
            number = entry.label.rule
            rule = None if number is None else owner.node.rules[number]
            looked_at = () if number is None else by_id[owner.id].looked_at[number]
            stated = None if rule is None else rule.provenance
            numbers = (entry.asked, entry.taken, entry.before, entry.after)
            templates.append(
                _Template(
                    entry.label,
                    rule,
                    _text_of(rule, entry.within),
                    stated or provenance[owner.id],
                    (numbers[0].scale, numbers[1].scale, numbers[2].scale, numbers[3].scale),
                    looked_at,
                )
            )
        steps[each.place.id] = tuple(templates)
    return _Layout(steps, provenance, worth)


def _text_of(rule: Policy | None, within: Range | None) -> Words | None:
    from rubric_engine.wire import rule_text

    if rule is not None:
        return rule.says or Words((("", rule_text(rule)),))
    return None if within is None else Words((("", str(within)),))


def _recorded(
    program: Program, findings: Findings, scores: Integers, notes: tuple[tuple[str, Note], ...]
) -> Record:
    lowered, layout = program.lowered, _layout_of(program)
    rubric = lowered.rubric
    shown = _shown(lowered, findings, dict(notes))
    detail = iter(program.detail(findings))
    steps = _steps(lowered, layout, detail, shown)
    bonuses = _bonuses(lowered, detail)
    changes, unrated = _changes(lowered, detail)
    by_node: dict[str, list[Finding]] = {}
    for each, finding in zip(lowered.fields, shown, strict=True):
        if finding is not None:
            by_node.setdefault(each.node, []).append(finding)
    nodes: dict[str, NodeResult] = {}
    for position, node in enumerate(lowered.nodes):
        place = node.place
        index = scores[program.graded[place.id]] if node.grading else None
        points = getattr(place.node, "points", None)
        worth = points if isinstance(points, Fraction) else None
        nodes[place.id] = NodeResult(
            id=place.id,
            title=place.node.title,
            code=place.node.code,
            parent=place.parent,
            depth=place.depth,
            points=place.scale if place.parent is None else worth,
            scale=place.scale,
            worth=layout.worth[place.id],
            exact=Fraction(scores[position], node.score.scale),
            bonus=bonuses[place.id],
            grade=_grade(node, index),
            stars=_stars(node, index),
            provenance=layout.provenance[place.id],
            item=isinstance(place.node, Item),
            places=rubric.places,
            start=node.account.start.low,
            steps=steps[place.id],
            findings=tuple(by_node.get(place.id, ())),
        )
    return Record(
        rubric=rubric.name,
        version=rubric.version,
        digest=rubric_digest(rubric),
        title=rubric.title,
        language=rubric.language,
        provenance=rubric.provenance,
        unrated=unrated,
        nodes=nodes,
        changes=changes,
    )


def _steps(
    lowered: Lowered, layout: _Layout, detail: Iterator[int], shown: list[Finding | None]
) -> dict[str, tuple[Step, ...]]:
    steps: dict[str, tuple[Step, ...]] = {}
    for node in lowered.nodes:
        found = []
        for template in layout.steps[node.place.id]:
            quanta = (next(detail), next(detail), next(detail), next(detail))
            if quanta[0]:
                found.append(_step(node.place.id, template, quanta, shown))
        steps[node.place.id] = tuple(found)
    return steps


def _bonuses(lowered: Lowered, detail: Iterator[int]) -> dict[str, Fraction]:
    """Return the bonus that each node posts itself, in its own points."""
    bonuses: dict[str, Fraction] = {}
    for node in lowered.nodes:
        own = Fraction(0)
        for label, amount in node.bonuses:
            posted = Fraction(next(detail), amount.scale)
            own += posted if label.origin == node.place.id else 0
        bonuses[node.place.id] = own
    return bonuses


def _changes(lowered: Lowered, detail: Iterator[int]) -> tuple[tuple[GradeChange, ...], str | None]:
    """Return what gave or moved a grade, and why the whole is unrated if it is."""
    changes: list[GradeChange] = []
    unrated = None
    for node in lowered.nodes:
        before: int | None = None
        for step in node.grading:
            after = next(detail)
            if after != before:
                gate = None if step.gate is None else node.place.node.gates[step.gate]
                text = None if gate is None else gate.says or Words((("", _gate_text(gate)),))
                was, now = _grade(node, before), _grade(node, after)
                changes.append(GradeChange(node.place.id, step.gate, text, was, now or ""))
                if now == UNRATED and node.place.id == ROOT:
                    unrated = UNRATED if gate is None else gate.unrated
            before = after
    return tuple(changes), unrated


def _gate_text(gate: Gate) -> str:
    from rubric_engine.wire import gate_text

    return gate_text(gate)


def _step(
    node: str, template: _Template, quanta: tuple[int, ...], shown: list[Finding | None]
) -> Step:
    label, rule = template.label, template.rule
    asked, taken, before, after = map(Fraction, quanta, template.scales)
    found = (shown[position] for position in template.fields)
    return Step(
        node=node,
        kind=label.kind,
        origin=label.origin,
        rule=label.rule,
        text=template.text,
        id=None if rule is None else rule.id,
        source=None if rule is None else rule.source,
        reason=None if rule is None else rule.reason,
        provenance=template.provenance,
        asked=asked,
        taken=taken,
        before=before,
        after=after,
        findings=tuple(each for each in found if each is not None),
    )


def _shown(lowered: Lowered, findings: Findings, notes: Mapping[str, Note]) -> list[Finding | None]:
    shown: list[Finding | None] = []
    for each, read in zip(lowered.fields, findings, strict=True):
        path = f"{each.node}.{each.name}"
        found = None if read is None else each.field.show(read)
        shown.append(None if found is None else Finding(path, found, notes.get(path)))
    return shown
