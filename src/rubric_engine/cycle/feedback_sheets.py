"""What an assessed unit is told: what it lost and where, and what reaches the next star.

What it lost by decisions stands first, then what its sheet lost. The result is told to the
assessed in time (F30), and points show where effort pays (F12).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from attrs import frozen

from rubric_engine.cycle.comparing import Comparison, compare, exact_text, listed
from rubric_engine.cycle.decided import Decided, Grounds, decided_of, deducted, holding
from rubric_engine.cycle.finals import Outcome
from rubric_engine.cycle.scale import GradeScale
from rubric_engine.errors import InvalidEvidence, Problem, RubricError, nearest_name
from rubric_engine.evaluation import Evaluation, evaluate, program_of
from rubric_engine.evidence import RECORDED
from rubric_engine.exact import number_text
from rubric_engine.fields import Field, Rows, shown
from rubric_engine.files import rubric_digest
from rubric_engine.grading import Grade
from rubric_engine.improvement import Costs, Improvement, Obstacle, improve
from rubric_engine.ledger import Finding, NodeResult
from rubric_engine.model import ROOT, Rubric
from rubric_engine.reasons import Loss, losses_of
from rubric_engine.words import Words

__all__ = ["FeedbackSheet", "IndicatorLoss", "ItemLoss", "LossReason", "feedback"]

#: Where a unit stands against last year.
Change = Literal["up", "down", "same"]


@frozen
class LossReason:
    """One reason why points are missing."""

    #: Points of the whole.
    lost: Fraction
    #: What the rule says; None where the points were not earned.
    text: Words | None
    #: The rule's id, its code for equal reasons, and where its clause stands.
    rule: str | None
    code: str | None
    source: Words | None
    provenance: str | None
    #: The findings that it looked at.
    findings: tuple[Finding, ...]
    #: Where points were not earned, what the rules say that earned the others.
    earned: tuple[Words, ...] = ()


@frozen
class ItemLoss:
    """What was lost at one item, or by the rules of a node above items."""

    id: str
    title: Words | None
    #: In points of its own scale; the scale is None for an open account.
    score: Fraction
    scale: Fraction | None
    provenance: str | None
    #: The largest first; ties in document order.
    reasons: tuple[LossReason, ...]

    @property
    def lost(self) -> Fraction:
        """What was lost here, in points of the whole."""
        return sum((each.lost for each in self.reasons), Fraction(0))


@frozen
class IndicatorLoss:
    """What was lost under one first-level indicator; or, as `total`, above all of them."""

    id: str
    title: Words | None
    score: Fraction
    scale: Fraction | None
    provenance: str | None
    #: Those that lost anything, in document order.
    items: tuple[ItemLoss, ...]

    @property
    def lost(self) -> Fraction:
        """What was lost below it, in points of the whole."""
        return sum((each.lost for each in self.items), Fraction(0))


@frozen(repr=False)
class FeedbackSheet:
    """The page for one assessed unit."""

    unit: str
    #: None where it is not said.
    street: str | None
    #: Of the sheet.
    result: Evaluation
    #: The first-level indicators in document order, also those that lost nothing; then, as
    #: `total`, what the rules of the whole took, if anything.
    indicators: tuple[IndicatorLoss, ...]
    #: What in the sheet reaches the next grade, or what stands in the way; None where there is
    #: no better grade, or where the sheet cannot be told from the result.
    way: Improvement | None
    #: The name of the next better grade; None for the best, or where there are no grades.
    next_grade: str | None
    #: Last year's stars, or its grade where that is what was given; None where not given.
    last: int | str | None
    #: Where the unit stands against last year; None where that cannot be told.
    change: Change | None
    #: Last year's result and this one side by side, where last year's was given.
    comparison: Comparison | None
    #: The final result; None where only the sheet was told.
    outcome: Outcome | None = None
    #: The decisions that took points or the grade, and the limit of last year's grade that did.
    decided: tuple[Decided, ...] = ()
    #: Of the decisions and limits, what must be lifted before the next grade can be reached.
    lift: tuple[Decided, ...] = ()

    @property
    def score(self) -> Fraction:
        """The final score, in points; without an outcome that of the sheet."""
        return self.result.exact if self.outcome is None else self.outcome.exact

    @property
    def grade(self) -> str | None:
        """The final grade; without an outcome that of the sheet."""
        return self.result.grade if self.outcome is None else self.outcome.grade

    @property
    def stars(self) -> int | None:
        """The final stars; without an outcome those of the sheet."""
        return self.result.stars if self.outcome is None else self.outcome.stars

    @property
    def moved(self) -> bool:
        """Whether the final result is another than that of the sheet."""
        sheet = (self.result.exact, self.result.grade, self.result.stars)
        return sheet != (self.score, self.grade, self.stars)

    @property
    def lost(self) -> Fraction:
        """All that was lost, by decisions and in the sheet, in points of the whole.

        Without bonus points that is the full mark less the score.
        """
        by_decisions = sum((each.lost for each in self.decided), Fraction(0))
        return sum((each.lost for each in self.indicators), by_decisions)

    @property
    def illustrative(self) -> bool:
        """Whether anything shown was made up to complete an example."""
        stated = {each.provenance for each in self.result.nodes.values()}
        stated |= {each.provenance for each in self.result.ledger}
        stated |= {each.provenance for each in self.result.grade_changes}
        return "illustrative" in stated

    def explain(self, language: str | None = None) -> str:
        """Return the page for the assessed, in Chinese ("zh") or English ("en").

        What is illustrative is marked with a star, and the page says so.
        """
        from rubric_engine.cycle.pages import feedback_text

        return feedback_text(self, language)

    def to_dict(self) -> dict[str, Any]:
        """Return the page as plain data, ready for JSON; numbers are exact text."""
        root = self.result[ROOT]
        return {
            "unit": self.unit,
            "street": self.street,
            "rubric": self.result.rubric,
            "version": self.result.version,
            "digest": self.result.digest,
            "illustrative": self.illustrative,
            "score": number_text(self.score),
            "scale": exact_text(root.scale),
            "grade": self.grade,
            "stars": self.stars,
            "sheet": None
            if not self.moved
            else {
                "score": number_text(self.result.exact),
                "grade": self.result.grade,
                "stars": self.result.stars,
            },
            "lost": number_text(self.lost),
            "decided": [_decided_written(each) for each in self.decided],
            "indicators": [_indicator_written(each) for each in self.indicators],
            "next_grade": self.next_grade,
            "lift": [_decided_written(each) for each in self.lift],
            "way": None if self.way is None else _way_written(self.way),
            "last": self.last,
            "change": self.change,
            "comparison": None if self.comparison is None else self.comparison.to_dict(),
        }

    def __str__(self) -> str:
        return self.explain()

    def __repr__(self) -> str:
        return f"<FeedbackSheet for {self.unit!r}: {self.result!r}>"


def feedback(  # noqa: PLR0913 - the options of a call, all by name
    rubric: Rubric,
    result: Evaluation | Mapping[str, Any],
    *,
    unit: str,
    street: str | None = None,
    last: int | str | Evaluation | None = None,
    given: Mapping[str, Any] | None = None,
    costs: Costs | None = None,
    outcome: Outcome | None = None,
    grounds: Grounds = (),
) -> FeedbackSheet:
    """Return what a unit is told about its result.

    `result` is an `Evaluation` under the rubric, or a sheet, with what is `given` beside it.
    `last` is last year's result, or only its stars or its grade. `costs` is what repairs cost,
    as `improve` takes it. The way up from an `Evaluation` starts at the findings in it, in which
    those that were assumed are stated; where these do not give the same score again (given
    numbers are not in a result read from data), there is no way.

    `outcome` is the final result that this one led to, and `grounds` are those of its decisions,
    in their order: a sequence, or a mapping by the places, counted from 0. Score, grade and
    stars of the page are then the final ones, and the way leads to the grade above the final
    one. What holds the grade whatever the sheet scores stands in `lift`: `fail` and `at_most`
    (F24), a limit that last year's grade sets (F26), and a deduction that no repair makes good.
    `feedback_of` takes all this from a run.

    Raises `InvalidEvidence` with all that is wrong with a sheet, and for a result of another
    rubric, a grade of last year that the rubric does not have, an outcome of another result,
    and grounds that are no texts of its decisions.

    >>> import rubric_engine
    >>> rubric = rubric_engine.load("uk-food-hygiene")
    >>> sheet = {"hygiene.score": 10, "structural.score": 15}
    >>> sheet["confidence_in_management.score"] = 10
    >>> page = feedback(rubric, sheet, unit="a cafe", last=3)
    >>> page.next_grade, page.change, [each.path for each in page.way.repairs]
    ('3', 'down', ['structural.score'])
    """
    program_of(rubric)
    problems: list[Problem] = []
    evaluation: Evaluation | None = None
    if isinstance(result, Evaluation):
        evaluation = result
        if result.digest != rubric_digest(rubric):
            found = f"{result.rubric} {result.version}"
            expected = f"a result under {rubric.name} {rubric.version}, of the same digest"
            problems.append(Problem("unknown-value", "result", expected, found))
    else:
        try:
            evaluation = evaluate(rubric, result, given=given)
        except InvalidEvidence as error:
            problems += error.problems
    known = None if isinstance(last, Evaluation) else _last_grade(rubric, last, problems)
    decided: tuple[Decided, ...] = ()
    if evaluation is not None:
        decided = decided_of(evaluation, outcome, grounds, problems)
    if problems or evaluation is None:
        raise InvalidEvidence(problems)
    sheet = _sheet(rubric, evaluation) if isinstance(result, Evaluation) else result
    grade, stars = evaluation.grade, evaluation.stars
    if outcome is not None:
        grade, stars = outcome.grade, outcome.stars
    target = _next_grade(rubric, grade)
    way: Improvement | None = None
    lift: tuple[Decided, ...] = ()
    if target is not None:
        beside = None if isinstance(result, Evaluation) else given
        asked = _Asked(rubric, target, sheet, beside, costs)
        way, lift = asked.way_up(decided, outcome)
    comparison = compare(last, evaluation) if isinstance(last, Evaluation) else None
    return FeedbackSheet(
        unit=unit,
        street=street,
        result=evaluation,
        indicators=_indicators(evaluation),
        way=way,
        next_grade=None if target is None else target.name,
        last=_standing(last),
        change=_change(rubric, _Standing(grade, stars, evaluation.digest), last, known),
        comparison=comparison,
        outcome=outcome,
        decided=tuple(each for each in decided if each.took),
        lift=lift,
    )


# What was lost


def _indicators(result: Evaluation) -> tuple[IndicatorLoss, ...]:
    nodes = result.nodes
    firsts = {name: _first(nodes, node) for name, node in nodes.items()}
    losses: dict[str, dict[str, list[Loss]]] = {}
    for loss in losses_of(nodes.values()):
        below = losses.setdefault(firsts[loss.node.id], {})
        below.setdefault(loss.node.id, []).append(loss)
    shown_nodes = [*(node for node in nodes.values() if node.parent == ROOT), nodes[ROOT]]
    return tuple(
        IndicatorLoss(
            node.id,
            node.title,
            node.exact,
            node.scale,
            node.provenance,
            tuple(_item(nodes[name], each) for name, each in losses.get(node.id, {}).items()),
        )
        for node in shown_nodes
        if node.id != ROOT or ROOT in losses
    )


def _first(nodes: Mapping[str, NodeResult], node: NodeResult) -> str:
    """Return the id of the first-level indicator that a node is under; the root's is its own."""
    while node.parent is not None and node.parent != ROOT:
        node = nodes[node.parent]
    return node.id


def _item(node: NodeResult, losses: list[Loss]) -> ItemLoss:
    reasons = [_reason(each) for each in losses]
    reasons.sort(key=lambda each: -each.lost)
    return ItemLoss(node.id, node.title, node.exact, node.scale, node.provenance, tuple(reasons))


def _reason(loss: Loss) -> LossReason:
    step = loss.step
    if step is None:
        provenance, findings = loss.node.provenance, loss.node.findings
        earned = [each.text for each in loss.node.steps if each.taken > 0]
        told = tuple(each for each in earned if each is not None)
        return LossReason(loss.lost, None, None, None, None, provenance, findings, told)
    text = step.text or Words((("", step.name),))
    marked = (step.id, step.reason, step.source, step.provenance)
    return LossReason(loss.lost, text, *marked, step.findings)


# The way up


def _sheet(rubric: Rubric, result: Evaluation) -> dict[str, Any] | None:
    """Return a sheet that gives a result again; None where its findings do not."""
    kinds = {each.path: each.field for each in program_of(rubric).lowered.fields}
    sheet: dict[str, Any] = {
        path: _stated(kinds[path], each) for path, each in result.findings.items()
    }
    if rubric.methods == "required":
        sheet[RECORDED] = {
            node.id: list(node.methods)
            for node in rubric.nodes()
            if node.methods and not isinstance(node, Rubric)
        }
    try:
        again = evaluate(rubric, sheet)
    except RubricError:
        return None
    same = (again.exact, again.grade) == (result.exact, result.grade)
    return sheet if same else None


def _stated(kind: Field, value: Any) -> Any:  # noqa: ANN401 - a finding as a sheet has it
    """Return a finding of a result as a sheet has it: numbers with decimals are `Decimal`."""
    if isinstance(kind, Rows):
        columns = dict(kind.columns)
        return [{name: _stated(columns[name], cell) for name, cell in row.items()} for row in value]
    if isinstance(value, tuple):
        return [None if each is None else _stated(kind, each) for each in value]
    return Decimal(value) if getattr(kind, "decimals", 0) else value


@frozen
class _Asked:
    """What is asked of `improve`: the next grade, from a sheet."""

    rubric: Rubric
    target: Grade
    #: None where it cannot be told.
    sheet: Mapping[str, Any] | None
    given: Mapping[str, Any] | None
    costs: Costs | None

    def way_up(
        self, decided: tuple[Decided, ...], outcome: Outcome | None
    ) -> tuple[Improvement | None, tuple[Decided, ...]]:
        """Return the way to the next grade, and what must be lifted for it."""
        way = self.way(self.target.name)
        if outcome is None:
            return way, ()
        scale = GradeScale.of(self.rubric)
        place = scale.names.index(self.target.name)
        lift = holding(decided, outcome, scale, place)
        least = (scale.cuts[place] or Fraction(0)) + deducted(outcome)
        if way is None or way.after is None or not deducted(outcome) or way.after.exact >= least:
            return way, lift
        # The points that were taken off can be made good by others.
        more = self.way(points=least)
        if more is not None and more.after is not None:
            reached = scale.place(more.after.grade)
            if reached is not None and reached <= place:
                return more, lift
        held = {*map(id, lift), *(id(each) for each in decided if each.kind == "deduct")}
        return way, tuple(each for each in decided if id(each) in held)

    def way(self, to: str | None = None, points: Fraction | None = None) -> Improvement | None:
        if self.sheet is None:
            return None
        given, costs = self.given, self.costs
        return improve(self.rubric, self.sheet, to, points=points, costs=costs, given=given)


def _next_grade(rubric: Rubric, grade: str | None) -> Grade | None:
    """Return the next better grade; None for the best, and where there are no grades."""
    names = [each.name for each in rubric.grades]
    # What is unrated is below all grades.
    place = names.index(grade) if grade in names else len(names)
    return rubric.grades[place - 1] if place else None


# Last year


def _last_grade(rubric: Rubric, last: object, problems: list[Problem]) -> int | None:
    """Return the place of last year's grade among the rubric's, from the best."""
    if last is None:
        return None
    for place, each in enumerate(rubric.grades):
        stars = isinstance(last, int) and not isinstance(last, bool) and each.stars == last
        if stars or (isinstance(last, str) and last == each.name):
            return place
    names = [each.name for each in rubric.grades]
    expected = "the stars or the name of a grade, a result, or nothing"
    near = nearest_name(last, names) if isinstance(last, str) else None
    problems.append(Problem("unknown-grade", "last", expected, shown(last), near))
    return None


def _standing(last: int | str | Evaluation | None) -> int | str | None:
    if isinstance(last, Evaluation):
        return last.grade if last.stars is None else last.stars
    return last


@frozen
class _Standing:
    """The grade and stars that are held against last year's, and the rubric's digest."""

    grade: str | None
    stars: int | None
    digest: str


def _change(
    rubric: Rubric, result: _Standing, last: int | str | Evaluation | None, known: int | None
) -> Change | None:
    """Return where a unit stands against last year, by stars or else by grades."""
    names = [each.name for each in rubric.grades]
    if isinstance(last, Evaluation):
        if last.stars is not None and result.stars is not None:
            return _which(result.stars - last.stars)
        same = last.digest == result.digest
        known = names.index(last.grade) if same and last.grade in names else None
    if known is None or result.grade not in names:
        return None
    stars = rubric.grades[known].stars
    if stars is not None and result.stars is not None:
        return _which(result.stars - stars)
    return _which(known - names.index(result.grade))


def _which(gain: int) -> Change:
    return "same" if not gain else "up" if gain > 0 else "down"


# As plain data


def _decided_written(each: Decided) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "text": each.text.plain,
        "lost": number_text(each.lost),
        "grade_before": each.grade_before,
        "grade_after": each.grade_after,
    }


def _indicator_written(each: IndicatorLoss) -> dict[str, Any]:
    return {
        **_node_written(each),
        "items": [
            {
                **_node_written(item),
                "reasons": [
                    {
                        "lost": number_text(reason.lost),
                        "text": None if reason.text is None else reason.text.plain,
                        "rule": reason.rule,
                        "code": reason.code,
                        "source": None if reason.source is None else reason.source.plain,
                        "provenance": reason.provenance,
                        "earned": [one.plain for one in reason.earned],
                        "findings": {one.path: listed(one.value) for one in reason.findings},
                    }
                    for reason in item.reasons
                ],
            }
            for item in each.items
        ],
    }


def _node_written(each: IndicatorLoss | ItemLoss) -> dict[str, Any]:
    return {
        "id": each.id,
        "title": None if each.title is None else each.title.plain,
        "score": number_text(each.score),
        "scale": exact_text(each.scale),
        "lost": number_text(each.lost),
        "provenance": each.provenance,
    }


def _way_written(way: Improvement) -> dict[str, Any]:
    return {
        "to": way.to,
        "status": way.status,
        "exact": way.exact,
        "cost": number_text(way.cost),
        "score": None if way.after is None else number_text(way.after.exact),
        "repairs": [
            {
                "path": each.path,
                "before": listed(each.before),
                "after": listed(each.after),
                "cost": number_text(each.cost),
                "gain": number_text(each.gain),
            }
            for each in way.repairs
        ],
        "obstacles": [_obstacle_written(each) for each in way.obstacles],
    }


def _obstacle_written(each: Obstacle) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "path": each.path,
        "text": None if each.text is None else each.text.plain,
        "needed": exact_text(each.needed),
        "best": exact_text(each.best),
    }
