"""Improvement plans: causes from decisions and the ledger, measures, deadlines, done or not.

A plan with its causes and measures is mandatory for an organisation of one star, under the
guidance of the street's group (F27); the cycle says for which grades it is (`improvement`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from attrs import evolve, frozen

from rubric_engine.cycle.decided import Grounds, decided_of
from rubric_engine.cycle.finals import Outcome, Result
from rubric_engine.errors import InvalidEvidence, Problem, nearest_name
from rubric_engine.evaluation import Evaluation
from rubric_engine.exact import number_text
from rubric_engine.fields import day_code, shown
from rubric_engine.words import Words, words

__all__ = ["Cause", "ImprovementPlan", "Measure", "plan_for"]

#: A text of a plan has so many characters at most.
LONGEST_TEXT = 2_000
#: What `number_text` writes: results have more digits than rubrics, and never very many.
_NUMBER = re.compile(r"-?[0-9]{1,200}(\.[0-9]{1,200}|/0*[1-9][0-9]{0,199})?")


@frozen
class Cause:
    """Why points or a grade were lost, as the ledger or a decision has it."""

    #: The node of the first loss, and its title. What no sheet lost has `decision`, or `history`
    #: for a limit that last year's grade sets.
    node: str
    title: Words | None
    #: What the rule says; None where the points were not earned.
    text: Words | None
    #: The rules' code for equal reasons.
    code: str | None
    #: Points of the whole; 0 where only the grade was lost.
    lost: Fraction
    provenance: str | None = None


@frozen
class Measure:
    """What is to be done about it, by when, by whom."""

    text: str
    deadline: date
    #: None where nobody was named yet.
    responsible: str | None = None
    #: The day it was done; None where it was not.
    done_on: date | None = None

    @property
    def is_done(self) -> bool:
        """Whether it was done."""
        return self.done_on is not None

    @property
    def late(self) -> bool:
        """Whether it was done after its deadline."""
        return self.done_on is not None and self.done_on > self.deadline


@frozen
class ImprovementPlan:
    """The plan of one unit; whatever changes it returns another one."""

    unit: str
    #: The result it answers: rubric, version, digest, score in points, grade and stars. The
    #: final result, where there is one.
    rubric: str
    version: str
    digest: str
    score: Fraction
    grade: str | None
    stars: int | None
    #: Of decisions in their order, then of the sheet, the largest first.
    causes: tuple[Cause, ...] = ()
    #: In the order they were planned; their indices count from 0.
    measures: tuple[Measure, ...] = ()
    language: str = "en"
    #: What the sheet alone comes to, where the final result is another; else None.
    sheet: Result | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing is missing from it: see `problems`."""
        return not self.problems()

    @property
    def carried_out(self) -> bool:
        """Whether there are measures, and all of them are done."""
        return bool(self.measures) and all(each.is_done for each in self.measures)

    @property
    def open(self) -> tuple[Measure, ...]:
        """The measures that are not done, in their order."""
        return tuple(each for each in self.measures if not each.is_done)

    def problems(self) -> tuple[Problem, ...]:
        """Return what a complete plan still lacks: causes, measures, who is responsible."""
        found = [
            Problem("too-few", name, f"one {name[:-1]} at least", "none")
            for name, there in (("causes", self.causes), ("measures", self.measures))
            if not there
        ]
        for place, each in enumerate(self.measures):
            if each.responsible is None:
                path = f"measures[{place}].responsible"
                found.append(Problem("missing-key", path, "who is responsible"))
        return tuple(found)

    def with_measure(
        self, text: str, deadline: date | str, responsible: str | None = None
    ) -> ImprovementPlan:
        """Return the plan with one more measure.

        The deadline is a date, or its text, year-month-day. Raises `InvalidEvidence` with all
        that is wrong with the measure.
        """
        problems: list[Problem] = []
        path = f"measures[{len(self.measures)}]"
        said = _text(text, f"{path}.text", problems)
        day = _day(deadline, f"{path}.deadline", problems)
        who = None if responsible is None else _text(responsible, f"{path}.responsible", problems)
        if problems or day is None:
            raise InvalidEvidence(problems)
        return evolve(self, measures=(*self.measures, Measure(said, day, who)))

    def done(self, index: int, on: date | str) -> ImprovementPlan:
        """Return the plan with a measure done on a day.

        Raises `InvalidEvidence` for an index that is not there, a measure that is done
        already, and a day that is no date.
        """
        problems: list[Problem] = []
        path = "measures"
        known = isinstance(index, int) and not isinstance(index, bool)
        if not known or not 0 <= index < len(self.measures):
            count = len(self.measures)
            expected = (
                f"the index of a measure, 0 to {count - 1}" if count else "no index: no measures"
            )
            code = "out-of-range" if known else "wrong-type"
            problems.append(Problem(code, path, expected, shown(index)))
        else:
            path = f"measures[{index}]"
            before = self.measures[index].done_on
            if before is not None:
                expected = "a measure that is not done"
                problems.append(Problem("step-not-allowed", path, expected, f"done on {before}"))
        day = _day(on, f"{path}.done_on", problems)
        if problems or day is None:
            raise InvalidEvidence(problems)
        measures = list(self.measures)
        measures[index] = evolve(measures[index], done_on=day)
        return evolve(self, measures=tuple(measures))

    def overdue(self, as_of: date | str) -> tuple[Measure, ...]:
        """Return the measures that are not done though their deadline is before a day.

        Raises `InvalidEvidence` for a day that is no date.
        """
        problems: list[Problem] = []
        day = _day(as_of, "as_of", problems)
        if day is None:
            raise InvalidEvidence(problems)
        return tuple(each for each in self.open if each.deadline < day)

    def explain(self, language: str | None = None, *, as_of: date | None = None) -> str:
        """Return the plan as text for a terminal, in Chinese ("zh") or English ("en").

        With `as_of`, what is overdue on that day is said to be.
        """
        from rubric_engine.cycle.pages import plan_text

        return plan_text(self, language, as_of)

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain data, ready for JSON; numbers are exact text."""
        return {
            "unit": self.unit,
            "rubric": self.rubric,
            "version": self.version,
            "digest": self.digest,
            "score": number_text(self.score),
            "grade": self.grade,
            "stars": self.stars,
            "sheet": None
            if self.sheet is None
            else {
                "score": number_text(self.sheet.exact),
                "grade": self.sheet.grade,
                "stars": self.sheet.stars,
            },
            "language": self.language,
            "causes": [
                {
                    "node": each.node,
                    "title": None if each.title is None else each.title.plain,
                    "text": None if each.text is None else each.text.plain,
                    "code": each.code,
                    "lost": number_text(each.lost),
                    "provenance": each.provenance,
                }
                for each in self.causes
            ],
            "measures": [
                {
                    "text": each.text,
                    "deadline": each.deadline.isoformat(),
                    "responsible": each.responsible,
                    "done_on": None if each.done_on is None else each.done_on.isoformat(),
                }
                for each in self.measures
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ImprovementPlan:
        """Return the plan that `to_dict` was called on.

        Raises `InvalidEvidence` with all that is wrong with the data.
        """
        reader = _Reader()
        plan = reader.plan(data)
        if reader.problems:
            raise InvalidEvidence(reader.problems)
        return plan

    def __str__(self) -> str:
        return self.explain()


def plan_for(
    evaluation: Evaluation,
    *,
    unit: str,
    most: int = 5,
    outcome: Outcome | None = None,
    grounds: Grounds = (),
) -> ImprovementPlan:
    """Return the plan of a unit to begin with: the causes of its result.

    `outcome` is the final result that the evaluation led to, and `grounds` are those of its
    decisions, in their order: a sequence, or a mapping by the places, counted from 0. Score,
    grade and stars of the plan are then the final ones, and every decision that took points or
    the grade is a cause of its own (F24), before the largest losses of the sheet; so is a limit
    that last year's grade sets (F26). `most` is how many causes there are at most, though no
    decision is left out; losses with the same reason code are one. `plan_of` takes all this
    from a run.

    Raises `InvalidEvidence` where the unit has no name, `most` is not above 0, the outcome is
    one of another result, or grounds are no texts of its decisions.

    >>> import rubric_engine
    >>> rubric = rubric_engine.load("sf-food-safety")
    >>> sheet = {"violations": {"high": 2, "moderate": 0, "low": 1}}
    >>> plan = plan_for(rubric_engine.evaluate(rubric, sheet), unit="a cafe")
    >>> [(each.node, str(each.lost)) for each in plan.causes]
    [('violations', '14'), ('violations', '2')]
    >>> plan = plan.with_measure("train the cooks", "2027-03-01", "the owner")
    >>> plan.done(0, "2027-02-15").complete
    True
    """
    problems: list[Problem] = []
    name = _text(unit, "unit", problems)
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        problems.append(Problem("out-of-range", "most", "a whole number above 0", shown(most)))
    decided = decided_of(evaluation, outcome, grounds, problems)
    if problems:
        raise InvalidEvidence(problems)
    nodes = evaluation.nodes
    causes = [
        Cause(each.node, each.title, each.text, None, each.lost) for each in decided if each.took
    ]
    for each in evaluation.reasons(max(most - len(causes), 0)):
        stated = each.steps[0].provenance if each.steps else nodes[each.node].provenance
        causes.append(Cause(each.node, each.title, each.text, each.code, each.lost, stated))
    sheet = Result(evaluation.exact, evaluation.grade, evaluation.stars)
    final = sheet if outcome is None else Result(outcome.exact, outcome.grade, outcome.stars)
    return ImprovementPlan(
        unit=name,
        rubric=evaluation.rubric,
        version=evaluation.version,
        digest=evaluation.digest,
        score=final.exact,
        grade=final.grade,
        stars=final.stars,
        causes=tuple(causes),
        language=evaluation.language,
        sheet=None if sheet == final else sheet,
    )


def _text(value: object, path: str, problems: list[Problem]) -> str:
    if not isinstance(value, str):
        problems.append(Problem("wrong-type", path, "a text", shown(value)))
    elif not value.strip():
        problems.append(Problem("empty", path, "a text"))
    elif len(value) > LONGEST_TEXT:
        expected = f"a text of at most {LONGEST_TEXT} characters"
        problems.append(Problem("too-large", path, expected, f"{len(value)} characters"))
    return str(value) if isinstance(value, str) else ""


def _day(value: object, path: str, problems: list[Problem]) -> date | None:
    """Return a day from itself or from its text, year-month-day."""
    if type(value) is date:
        return value
    if isinstance(value, str) and day_code(value) is not None:
        return date.fromisoformat(value)
    problems.append(Problem("wrong-type", path, "a date, year-month-day", shown(value)))
    return None


_PLAN = (
    "unit",
    "rubric",
    "version",
    "digest",
    "score",
    "grade",
    "stars",
    "sheet",
    "language",
    "causes",
    "measures",
)
_SHEET = ("score", "grade", "stars")
_CAUSE = ("node", "title", "text", "code", "lost", "provenance")
_MEASURE = ("text", "deadline", "responsible", "done_on")


class _Reader:
    """Reads a plan from plain data, noting all that is wrong with it."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def plan(self, data: object) -> ImprovementPlan:
        found = self.mapping(data, "$", _PLAN)
        causes = [self.cause(each, at) for each, at in self.listed(found, "causes")]
        measures = [self.measure(each, at) for each, at in self.listed(found, "measures")]
        sheet = found.get("sheet")
        return ImprovementPlan(
            unit=self.text(found, "unit", "unit"),
            rubric=self.text(found, "rubric", "rubric"),
            version=self.text(found, "version", "version"),
            digest=self.text(found, "digest", "digest"),
            score=self.number(found, "score", "score"),
            grade=self.perhaps(found, "grade", "grade"),
            stars=self.stars(found, "stars"),
            sheet=None if sheet is None else self.result(sheet, "sheet"),
            causes=tuple(causes),
            measures=tuple(measures),
            language=self.text(found, "language", "language"),
        )

    def result(self, data: object, at: str) -> Result:
        found = self.mapping(data, at, _SHEET)
        return Result(
            self.number(found, "score", f"{at}.score"),
            self.perhaps(found, "grade", f"{at}.grade"),
            self.stars(found, f"{at}.stars"),
        )

    def stars(self, data: Mapping[str, Any], at: str) -> int | None:
        value = data.get("stars")
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        self.add("wrong-type", at, "a whole number, or nothing", value)
        return None

    def cause(self, data: object, at: str) -> Cause:
        found = self.mapping(data, at, _CAUSE)
        return Cause(
            self.text(found, "node", f"{at}.node"),
            self.words(found, "title", f"{at}.title"),
            self.words(found, "text", f"{at}.text"),
            self.perhaps(found, "code", f"{at}.code"),
            self.number(found, "lost", f"{at}.lost"),
            self.perhaps(found, "provenance", f"{at}.provenance"),
        )

    def measure(self, data: object, at: str) -> Measure:
        found = self.mapping(data, at, _MEASURE)
        deadline = date.min
        if "deadline" in found:
            deadline = _day(found["deadline"], f"{at}.deadline", self.problems) or deadline
        done = found.get("done_on")
        return Measure(
            self.text(found, "text", f"{at}.text"),
            deadline,
            self.perhaps(found, "responsible", f"{at}.responsible"),
            None if done is None else _day(done, f"{at}.done_on", self.problems),
        )

    def add(self, code: str, path: str, expected: str, found: object) -> None:
        self.problems.append(Problem(code, path, expected, shown(found)))

    def mapping(self, data: object, at: str, keys: Sequence[str]) -> Mapping[str, Any]:
        """Return a mapping of exactly these keys, noting those it has not and should not have."""
        if not isinstance(data, Mapping):
            self.add("not-a-mapping", at, "a mapping of " + ", ".join(keys), data)
            return {}
        inside = "" if at == "$" else f"{at}."
        for key in data:
            if key not in keys:
                near = nearest_name(key, keys) if isinstance(key, str) else None
                expected = "one of " + ", ".join(keys)
                self.problems.append(Problem("unknown-key", at, expected, shown(key), near))
        for key in keys:
            if key not in data:
                self.problems.append(Problem("missing-key", f"{inside}{key}", "what to_dict gives"))
        return data

    def listed(self, data: Mapping[str, Any], key: str) -> list[tuple[object, str]]:
        value = data.get(key, ())
        if not isinstance(value, list | tuple):
            self.add("wrong-type", key, "a list", value)
            return []
        return [(each, f"{key}[{place}]") for place, each in enumerate(value)]

    def text(self, data: Mapping[str, Any], key: str, at: str) -> str:
        return _text(data[key], at, self.problems) if key in data else ""

    def perhaps(self, data: Mapping[str, Any], key: str, at: str) -> str | None:
        value = data.get(key)
        return None if value is None else _text(value, at, self.problems)

    def words(self, data: Mapping[str, Any], key: str, at: str) -> Words | None:
        value = data.get(key)
        plain = isinstance(value, Mapping) and all(
            isinstance(each, str) for pair in value.items() for each in pair
        )
        if value is None or (isinstance(value, str) or (plain and value)):
            return words(value)
        self.add("wrong-type", at, "a text, or one for each language", value)
        return None

    def number(self, data: Mapping[str, Any], key: str, at: str) -> Fraction:
        if key not in data:
            return Fraction(0)
        value = data[key]
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            return Fraction(value)
        self.add("bad-number", at, "an exact number as text", value)
        return Fraction(0)
