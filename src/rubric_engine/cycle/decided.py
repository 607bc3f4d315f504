"""What decisions and last year's result took from a unit, beside what its sheet lost.

A result can be lower than its sheet: by what was decided on an objection (F24), or by a limit
that last year's grade sets (F26). A plan and a page for the assessed have to say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from attrs import frozen

from rubric_engine.cycle.finals import FinalStep, Outcome, StepKind
from rubric_engine.cycle.scale import GradeScale
from rubric_engine.errors import Problem
from rubric_engine.evaluation import Evaluation
from rubric_engine.exact import number_text
from rubric_engine.fields import shown
from rubric_engine.words import Words

__all__ = ["Decided", "Grounds", "decided_of", "deducted", "holding"]

#: The grounds of the decisions in their order, or by their places, counted from 0.
Grounds = Sequence[Words | str | None] | Mapping[int, Words | str | None]

#: The kinds of a decision, which have grounds; of history only `up` can hold a grade.
_DECISIONS = ("none", "deduct", "at_most", "fail")

#: What is said in each language; `{}` is filled in.
_TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "with": "{} ({})",
        "none": "nothing follows",
        "deduct": "{} points off",
        "deduct_one": "1 point off",
        "at_most": "at most grade {}",
        "at_most_stars": "at most {} stars",
        "at_most_star": "at most 1 star",
        "fail": "the lowest grade",
        "up": "a limit that last year's grade sets",
    },
    "zh": {
        "with": "{}（{}）",
        "none": "不予处理",
        "deduct": "扣 {} 分",
        "deduct_one": "扣 1 分",
        "at_most": "最高等级 {}",
        "at_most_stars": "最高 {} 星",
        "at_most_star": "最高 1 星",
        "fail": "定为最低等次",
        "up": "受上年等次限制",
    },
}
_TITLES = {
    "decision": Words((("en", "Decision"), ("zh", "处理决定"))),
    "history": Words((("en", "Last year's result"), ("zh", "上年结果"))),
}


@frozen
class Decided:
    """A decision, or the limit that last year's grade sets, and what it took."""

    kind: StepKind
    #: The grounds, and what was decided, in English and Chinese.
    text: Words
    #: The points that it took.
    lost: Fraction
    grade_before: str | None
    grade_after: str | None

    @property
    def node(self) -> str:
        """What stands in place of a node of the rubric: `decision` or `history`."""
        return "history" if self.kind == "up" else "decision"

    @property
    def title(self) -> Words:
        """What it is, in English and Chinese."""
        return _TITLES[self.node]

    @property
    def took(self) -> bool:
        """Whether it took points or changed the grade."""
        return self.lost != 0 or self.grade_before != self.grade_after


def decided_of(
    evaluation: Evaluation, outcome: object, grounds: object, problems: list[Problem]
) -> tuple[Decided, ...]:
    """Return the steps of an outcome that can hold a grade or take points, in their order.

    What is wrong with outcome and grounds is noted in `problems`: an outcome of another result
    than `evaluation`, and grounds that are no texts, or of decisions that are not there.
    """
    if outcome is not None and not isinstance(outcome, Outcome):
        problems.append(Problem("wrong-type", "outcome", "an Outcome, or nothing", shown(outcome)))
        return ()
    steps = () if outcome is None else outcome.steps
    count = sum(each.kind in _DECISIONS for each in steps)
    told = _grounds(grounds, count, problems)
    if outcome is None:
        return ()
    start = outcome.start
    names = {evaluation.grade} | (
        {str(evaluation.stars)} if evaluation.stars is not None else set()
    )
    if start.exact != evaluation.exact or start.grade not in names:
        expected = f"an outcome of this result: {number_text(evaluation.exact)} points"
        found = f"{number_text(start.exact)} points"
        expected += "" if evaluation.grade is None else f", grade {evaluation.grade}"
        found += "" if start.grade is None else f", grade {start.grade}"
        problems.append(Problem("conflicting-keys", "outcome", expected, found))
    starred = start.stars is not None or outcome.stars is not None
    found_steps: list[Decided] = []
    place, added_to = 0, None
    for step in steps:
        reason, before = None, step.grade_before
        if step.kind in _DECISIONS:
            reason, place = told.get(place), place + 1
        elif step.kind == "up":
            # What it only took back of what history had added was not taken from the unit.
            before = added_to or before
        else:
            added_to = before
            continue
        text = _text(step, reason, starred=starred)
        found_steps.append(Decided(step.kind, text, step.taken, before, step.grade_after))
    return tuple(found_steps)


def holding(
    decided: Sequence[Decided], outcome: Outcome, scale: GradeScale, target: int
) -> tuple[Decided, ...]:
    """Return what holds the grade below a place of the scale, whatever the sheet scores."""
    steps = [each for each in outcome.steps if each.kind in _DECISIONS or each.kind == "up"]
    limits = [
        scale.place(step.grade_after if step.kind == "up" else step.about)
        if step.kind in ("at_most", "fail", "up")
        else None
        for step in steps
    ]
    return tuple(
        each
        for each, limit in zip(decided, limits, strict=True)
        if limit is not None and target < limit
    )


def deducted(outcome: Outcome) -> Fraction:
    """Return the points that decisions ask for, all together."""
    return sum((each.asked for each in outcome.steps), Fraction(0))


def _grounds(grounds: object, count: int, problems: list[Problem]) -> dict[int, Words]:
    """Return the grounds by their places."""
    if isinstance(grounds, Mapping):
        pairs = list(grounds.items())
    elif isinstance(grounds, Sequence) and not isinstance(grounds, str | bytes):
        pairs = list(enumerate(grounds))
    else:
        expected = "a text for each decision"
        problems.append(Problem("wrong-type", "grounds", expected, shown(grounds)))
        return {}
    found: dict[int, Words] = {}
    for place, text in pairs:
        at = f"grounds[{str(place)[:40]}]"
        if type(place) is not int or not 0 <= place < count:
            expected = f"a decision of the outcome: there are {count}"
            problems.append(Problem("out-of-range", at, expected, shown(place)))
        elif isinstance(text, Words) or (isinstance(text, str) and text.strip()):
            found[place] = text if isinstance(text, Words) else Words((("", text),))
        elif text is not None:
            code = "empty" if isinstance(text, str) else "wrong-type"
            problems.append(Problem(code, at, "a text, or nothing", shown(text)))
    return found


def _text(step: FinalStep, grounds: Words | None, *, starred: bool) -> Words:
    """Return the grounds of a step with what it did, in each language."""
    phrase, value = str(step.kind), ""
    if step.kind == "deduct":
        value = number_text(step.asked)
        phrase = "deduct_one" if value == "1" else phrase
    elif step.kind == "at_most":
        value = str(step.about)
        if starred and value.isdigit():
            phrase = "at_most_star" if value == "1" else "at_most_stars"
    texts = []
    for language, phrases in _TEXTS.items():
        told = phrases[phrase].format(value)
        if grounds is not None:
            told = phrases["with"].format(grounds.in_language(language), told)
        texts.append((language, told))
    return Words(tuple(texts))
