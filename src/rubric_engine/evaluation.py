"""Scoring sheets, and results that know the reason for every point.

A result keeps the findings and the scores, a few integers each; its ledger, its nodes and
its texts are worked out when they are first read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import repeat
from typing import TYPE_CHECKING, Any, Literal, overload

from attrs import field, frozen

from rubric_engine.errors import (
    InvalidEvidence,
    InvalidRubric,
    Problem,
    RubricError,
    UnknownNode,
    nearest_name,
)
from rubric_engine.evidence import Notes, read_sheet
from rubric_engine.exact import decimal_at, decimal_of
from rubric_engine.fields import Shown, shown
from rubric_engine.files import rubric_digest
from rubric_engine.ledger import (
    GradeChange,
    Ledger,
    NodeResult,
    Record,
    Step,
    grade_of,
    stars_of,
)
from rubric_engine.lower import lower
from rubric_engine.model import ROOT, Rubric
from rubric_engine.sheet import Findings, Integers, Program
from rubric_engine.words import Words

if TYPE_CHECKING:
    from rubric_engine.provisional import Provisional
    from rubric_engine.reasons import Reason

__all__ = [
    "Evaluation",
    "Outcome",
    "check_evidence",
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


@overload
def evaluate(
    rubric: Rubric,
    evidence: Mapping[str, Any],
    *,
    given: Mapping[str, Any] | None = None,
    methods: Literal["required"] | None = None,
    provisional: Literal[False] = False,
) -> Evaluation: ...


@overload
def evaluate(
    rubric: Rubric,
    evidence: Mapping[str, Any],
    *,
    given: Mapping[str, Any] | None = None,
    methods: Literal["required"] | None = None,
    provisional: Literal[True],
) -> Provisional: ...


def evaluate(
    rubric: Rubric,
    evidence: Mapping[str, Any],
    *,
    given: Mapping[str, Any] | None = None,
    methods: Literal["required"] | None = None,
    provisional: bool = False,
) -> Evaluation | Provisional:
    """Score the evidence of one assessee.

    `evidence` is a sheet, nested (`{"plan": {"missing": 2}}`), flat
    (`{"plan.missing": 2}`) or mixed; `given` the known numbers that nobody assesses, by
    their sources (`{"assessee": {"population": 8000}}`). With `methods="required"` the
    methods that items name must be recorded as used. With `provisional` findings may be
    missing, and the result says what is still possible. Raises `InvalidEvidence` with all
    its problems, `IncompleteEvidence` if findings are missing and nothing else is wrong, and
    `InvalidRubric` if the rubric itself cannot be used.

    >>> import rubric_engine
    >>> rubric = rubric_engine.load("sf-food-safety")
    >>> rubric_engine.evaluate(rubric, {"violations": {"high": 1, "moderate": 0, "low": 3}}).score
    Decimal('87')
    """
    program: Program = rubric.derived.get("program") or program_of(rubric)
    try:
        scored = None if methods or provisional else program.read_and_score(evidence, given)
    except Exception:  # noqa: BLE001 - what is not a plain sheet is read with care below
        scored = None
    if scored is not None:
        return Evaluation(program, scored[0], scored[1])
    if methods not in (None, "required"):
        expected = '"required", or None'
        raise InvalidEvidence([Problem("unknown-value", "methods", expected, shown(methods))])
    required = methods == "required"
    if provisional:
        from rubric_engine.provisional import provisional_result

        return provisional_result(program, evidence, given, methods=required)
    reading = read_sheet(program, evidence, given, methods=required)
    return Evaluation(program, reading.found, program.score(reading.found), reading.notes)


def check_evidence(
    rubric: Rubric,
    evidence: Mapping[str, Any],
    *,
    given: Mapping[str, Any] | None = None,
    methods: Literal["required"] | None = None,
) -> tuple[Problem, ...]:
    """Return every problem of a sheet; none where `evaluate` scores it.

    It takes what `evaluate` takes. What is wrong comes as it stands in the sheet, then what
    is missing. Raises `InvalidRubric` if the rubric itself cannot be used.

    >>> import rubric_engine
    >>> rubric = rubric_engine.load("sf-food-safety")
    >>> for each in rubric_engine.check_evidence(rubric, {"violations": {"high": -1, "lov": 2}}):
    ...     print(each.path, each.code, each.nearest)
    violations.high out-of-range None
    violations.lov unknown-field low
    violations.moderate missing-finding None
    violations.low missing-finding None
    """
    program_of(rubric)
    try:
        evaluate(rubric, evidence, given=given, methods=methods)
    except InvalidEvidence as error:
        return error.problems
    return ()


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
    rubric: Rubric,
    sheets: Mapping[Any, Mapping[str, Any]] | Iterable[Mapping[str, Any]],
    *,
    given: Mapping[str, Any] | None = None,
    methods: Literal["required"] | None = None,
) -> Iterator[Outcome]:
    """Score many sheets, one outcome each, in their order; a bad sheet stops nothing.

    `sheets` maps keys to sheets, or is any iterable of sheets; `given` holds for all of
    them, and what differs (the assessee's own numbers) stands in each sheet. Raises
    `InvalidRubric` at once if the rubric itself cannot be used.
    """
    program_of(rubric)
    pairs = sheets.items() if isinstance(sheets, Mapping) else enumerate(sheets)
    return (_outcome(rubric, key, sheet, given, methods) for key, sheet in pairs)


def _outcome(
    rubric: Rubric,
    key: object,
    sheet: Mapping[str, Any],
    given: Mapping[str, Any] | None,
    methods: Literal["required"] | None,
) -> Outcome:
    try:
        return Outcome(key, evaluate(rubric, sheet, given=given, methods=methods))
    except RubricError as error:
        return Outcome(key, None, error.problems)


@frozen(eq=False, repr=False)
class Evaluation:
    """The result of one sheet."""

    _program: Program | None
    _found: Findings
    _scores: Integers
    _notes: Notes = ()
    #: The ledger once it was asked for; or, of a result that came from data, its record.
    _known: Ledger | Record | None = field(default=None)

    @property
    def exact(self) -> Fraction:
        """The score, exactly."""
        if self._program is None:
            return self.record.nodes[ROOT].exact
        return self._program.exact(self._scores, ROOT)

    @property
    def score(self) -> Decimal:
        """The score in points; exact if it terminates, else rounded to the rubric's places."""
        if self._program is None:
            return self.record.nodes[ROOT].score
        scale = self._program.scales[0]
        if self._program.divisors:
            return decimal_of(self.exact, self._places)[0]
        return decimal_at(self._scores[0], scale, self._places)

    @property
    def rounded(self) -> bool:
        """Whether `score` had to be rounded; `exact` never is."""
        return not decimal_of(self.exact, self._places)[1]

    @property
    def stars(self) -> int | None:
        """The stars; None where the rubric gives none, or the result is unrated."""
        if self._program is None:
            return self.record.nodes[ROOT].stars
        return stars_of(self._program.lowered.nodes[0], self._root_grade)

    @property
    def grade(self) -> str | None:
        """The name of the grade; "unrated" where a gate or the grades say so."""
        if self._program is None:
            return self.record.nodes[ROOT].grade
        return grade_of(self._program.lowered.nodes[0], self._root_grade)

    @property
    def unrated(self) -> str | None:
        """Why there is no grade, where a gate or the grades say so."""
        known = self._worked_out
        return known.unrated if isinstance(known, Record) else known.grading[1]

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
    def scores(self) -> dict[str, Decimal]:
        """The score of every node by id, in document order; the root is `total`.

        As `NodeResult.score`, and much quicker than asking for each node. Nodes that are
        scored for each row of a table are in `nodes` only.
        """
        program = self._program
        if program is None:
            nodes = self.record.nodes.items()
            return {node: each.score for node, each in nodes if "[" not in node}
        numbers = map(decimal_at, self._scores, program.scales, repeat(self._places))
        scores = dict(zip(program.ids, numbers, strict=True))
        for node in program.divisors:
            scores[node] = decimal_of(program.exact(self._scores, node), self._places)[0]
        return scores

    @property
    def nodes(self) -> Mapping[str, NodeResult]:
        """The results of all nodes by id, in document order; the root is `total`."""
        return dict(self.record.nodes)

    @property
    def ledger(self) -> tuple[Step, ...]:
        """Every step that changed a score, node by node in document order."""
        known = self._worked_out
        if isinstance(known, Ledger):
            return known.steps
        return tuple(step for node in known.nodes.values() for step in node.steps)

    @property
    def findings(self) -> dict[str, Shown]:
        """The findings of the sheet by `item.field`, and the given numbers, as plain data.

        What stands in for a missing one is among them; where the result came from data,
        given numbers are not.
        """
        if self._program is None:
            of_nodes = (node.findings for node in self.record.nodes.values())
            return {each.path: each.value for found in of_nodes for each in found}
        fields = self._program.lowered.fields
        pairs = zip(fields, self._found, strict=True)
        return {each.path: each.field.show(read) for each, read in pairs if read is not None}

    @property
    def coverage(self) -> Fraction | None:
        """The points assessed over the points applicable; None where none are applicable."""
        known = self._worked_out
        return known.coverage

    def reasons(self, most: int | None = None) -> tuple[Reason, ...]:
        """Return the largest losses, in points of the whole, at most so many.

        Against full marks, or the baseline that an item states. Losses with the same
        reason code are added up; ties keep document order, and there are no more than
        there are losses.
        """
        from rubric_engine.reasons import reasons_of

        found = reasons_of(self.nodes.values())
        return found if most is None else found[:most]

    @property
    def grade_changes(self) -> tuple[GradeChange, ...]:
        """How the grades came about: the bands, then each gate that moved one."""
        known = self._worked_out
        return known.changes if isinstance(known, Record) else known.grading[0]

    @property
    def record(self) -> Record:
        """All that can be read off the result, as one value."""
        known = self._worked_out
        return known if isinstance(known, Record) else known.record

    def __getitem__(self, node: str) -> NodeResult:
        """Return the result of a node; raises `UnknownNode`."""
        known = self._worked_out
        try:
            return known.nodes[node] if isinstance(known, Record) else known.node(node)
        except KeyError:
            near = nearest_name(str(node), self.nodes)
            problem = Problem("unknown-node", str(node)[:100], "the id of a node", "", near)
            raise UnknownNode([problem]) from None

    def __iter__(self) -> Iterator[str]:
        """Yield the ids of the nodes."""
        return iter(self.scores)

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
        return {"rubric": rubric, "found": self._found, "notes": self._notes}

    def __setstate__(self, state: dict[str, Any]) -> None:
        values: dict[str, Any]
        if "record" in state:
            values = {"program": None, "found": (), "scores": (), "notes": ()}
            values["known"] = state["record"]
        else:
            program = program_of(state["rubric"])
            values = {"program": program, "found": state["found"], "known": None}
            values["scores"] = program.score(state["found"])
            values["notes"] = state["notes"]
        for name, value in values.items():
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

        return cls(None, (), (), (), record_from_plain(data))

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
    def _worked_out(self) -> Ledger | Record:
        known = self._known
        if known is None:
            if self._program is None:
                msg = "a result without a rubric has a record"
                raise AssertionError(msg)
            known = Ledger(self._program, self._found, self._scores, self._notes)
            # A frozen result works its ledger out once; doing it twice would change nothing.
            object.__setattr__(self, "_known", known)
        return known
