"""How comparisons, impacts, feedback and plans read: as text, in English and Chinese."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction

from rubric_engine.changes import MovedStep
from rubric_engine.cycle.comparing import ComparedFinding, Comparison
from rubric_engine.cycle.decided import Decided
from rubric_engine.cycle.feedback_sheets import (
    FeedbackSheet,
    IndicatorLoss,
    ItemLoss,
    LossReason,
)
from rubric_engine.cycle.finals import Result
from rubric_engine.cycle.impacts import Impact, Standing, UnitImpact
from rubric_engine.cycle.plans import ImprovementPlan, Measure
from rubric_engine.evaluation import Evaluation
from rubric_engine.evidence import Note
from rubric_engine.exact import decimal_of
from rubric_engine.fields import Shown
from rubric_engine.grading import UNRATED
from rubric_engine.ledger import Finding
from rubric_engine.model import ROOT
from rubric_engine.telling import improvement_text, oneline, table_text
from rubric_engine.words import Words, on_one_line

__all__ = ["comparison_text", "feedback_text", "impact_text", "plan_text"]

#: What is said in each language; `{}` is filled in.
PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "colon": "{}: {}",
        "heading": "{}:",
        "version": "{}, version {}",
        "points": "{} points",
        "points_of": "{} of {} points",
        "stars": "{} stars",
        "one_star": "1 star",
        "grade": "grade {}",
        "unrated": "unrated",
        "nothing": "nothing",
        "and": "; ",
        "final": "Final: {}",
        "of_sheet": "The sheet alone: {}",
        "lift": "To be lifted first, for it holds the grade: {}",
        "then": "Then the sheet is enough as it is.",
        "table": "table of {} rows",
        "moved": "{} → {} ({})",
        "to": "{} → {}",
        "percent": "{} %",
        "by_share": "The rubrics differ: compared by share of the full mark, not by points.",
        "no_share": "The rubrics differ, and one has no full mark: scores are not compared.",
        "no_difference": "No difference.",
        "items": "What moved, the largest first",
        "rest": "in no single item: caps, means, what is not applicable",
        "only_before": "Only in the first: {}",
        "only_after": "Only in the second: {}",
        "gates": "Gates",
        "no_gate": "did not move the grade",
        "took": "{}: {} → {}",
        "illustrative": "* illustrative: made up to complete the example, not the scheme's own",
        "impact": "{} units, scored under {} and under {}",
        "shift": "On average the share of the full mark moves by {}.",
        "moves": "Stars or grades, before and after",
        "count": "{} units",
        "changes": "{} units gain stars, {} lose stars, {} change otherwise",
        "unscored": "{} units cannot be scored",
        "under_old": "under the old rubric: {}",
        "under_new": "under the new rubric: {}",
        "regraded": "no item moved it: the grades are cut otherwise",
        "none": "none",
        "feedback": "Feedback for {}",
        "feedback_in": "Feedback for {} ({})",
        "last_up": "Better than last year ({}).",
        "last_down": "Worse than last year ({}).",
        "last_same": "As last year ({}).",
        "last": "Last year: {}.",
        "since": "By item, against last year",
        "lost": "Lost: {} points",
        "nothing_lost": "No points lost.",
        "lost_of": "lost {}",
        "whole": "Rules of the whole",
        "not_earned": "not earned",
        "next": "What reaches the next grade",
        "best": "This is the best grade.",
        "no_grades": "The rubric has no grades.",
        "no_way": "What reaches {} cannot be told without the sheet.",
        "plan": "Improvement plan of {}",
        "causes": "Causes",
        "measures": "Measures",
        "due": "by {}",
        "responsible": "responsible: {}",
        "done": "done on {}",
        "late": "done on {}, late",
        "open": "open",
        "overdue": "overdue",
        "lacks": "Still lacking",
        "lacks_causes": "causes",
        "lacks_measures": "measures",
        "lacks_responsible": "measure {}: who is responsible",
        "carried_out": "All measures are done.",
    },
    "zh": {
        "colon": "{}：{}",
        "heading": "{}：",
        "version": "{}，版本 {}",
        "points": "{} 分",
        "points_of": "得 {} 分，满分 {} 分",
        "stars": "{} 星",
        "one_star": "1 星",
        "grade": "等级 {}",
        "unrated": "不评级",
        "nothing": "无",
        "and": "；",
        "final": "最终：{}",
        "of_sheet": "仅按测评表：{}",
        "lift": "等级受此限制，须先解除：{}",
        "then": "解除后，现有测评表即可达到。",
        "table": "{} 行",
        "moved": "{} → {}（{}）",
        "to": "{} → {}",
        "percent": "{} %",
        "by_share": "两次所用标准不同：按得分占满分的比例比较，不按分数比较。",
        "no_share": "两次所用标准不同，且有一方没有满分：不比较得分。",
        "no_difference": "没有差异。",
        "items": "变化，由大到小",
        "rest": "不归于单个要素：封顶、平均、不适用项",
        "only_before": "仅前者有：{}",
        "only_after": "仅后者有：{}",
        "gates": "门槛",
        "no_gate": "未改变等级",
        "took": "{}：{} → {}",
        "illustrative": "* 示例：为补全样例而拟，非原方案所印",
        "impact": "{} 个单位，分别按 {} 与 {} 计分",
        "shift": "得分占满分的比例平均变化 {}。",
        "moves": "星级或等级，前后对照",
        "count": "{} 个单位",
        "changes": "{} 个单位升星，{} 个降星，{} 个有其他变化",
        "unscored": "{} 个单位无法计分",
        "under_old": "按旧标准：{}",
        "under_new": "按新标准：{}",
        "regraded": "各要素得分未变：等级线不同",
        "none": "无",
        "feedback": "{} 测评结果反馈",
        "feedback_in": "{}（{}）测评结果反馈",
        "last_up": "比上年提升（上年 {}）。",
        "last_down": "比上年下降（上年 {}）。",
        "last_same": "与上年相同（上年 {}）。",
        "last": "上年：{}。",
        "since": "与上年逐项对比",
        "lost": "失分共 {} 分",
        "nothing_lost": "没有失分。",
        "lost_of": "失 {} 分",
        "whole": "总分规则",
        "not_earned": "未得",
        "next": "如何达到上一等级",
        "best": "已是最高等级。",
        "no_grades": "该标准不分等级。",
        "no_way": "没有原始测评表，无法给出达到 {} 的办法。",
        "plan": "{} 整改方案",
        "causes": "原因",
        "measures": "措施",
        "due": "期限 {}",
        "responsible": "责任人：{}",
        "done": "{} 完成",
        "late": "{} 完成，逾期",
        "open": "未完成",
        "overdue": "已逾期",
        "lacks": "尚缺",
        "lacks_causes": "原因",
        "lacks_measures": "措施",
        "lacks_responsible": "第 {} 项措施：责任人",
        "carried_out": "各项措施均已完成。",
    },
}


class _Voice:
    """One language: its phrases, and the texts of a rubric in it."""

    def __init__(self, language: str, places: int = 2) -> None:
        self.language, self.places = language, places
        self.phrases = PHRASES.get(language, PHRASES["en"])

    def __call__(self, phrase: str, *values: object) -> str:
        return self.phrases[phrase].format(*values)

    def heading(self, phrase: str, *values: object) -> str:
        """Return a phrase that heads what follows."""
        return self("heading", self(phrase, *values))

    def text(self, words: Words | None) -> str:
        """Return a text in this language on one line, without control characters."""
        return "" if words is None else oneline(words.in_language(self.language))

    def number(self, number: Fraction) -> str:
        return format(decimal_of(number, self.places)[0], "f")

    def signed(self, number: Fraction, *, share: bool = False) -> str:
        """Write what a number moved by; a share in points of a hundred."""
        text = self.number(abs(number) * (100 if share else 1))
        text = self("percent", text) if share else text
        sign = "−" if number < 0 else "+" if number else ""
        return sign + text

    def standing(self, standing: Standing) -> str:
        """Write stars, or else a grade."""
        if standing is None:
            return self("nothing")
        if isinstance(standing, int):
            return self("one_star") if standing == 1 else self("stars", standing)
        return self("unrated") if standing == UNRATED else self("grade", oneline(standing))

    def finding(self, value: Shown | None) -> str:
        """Write a finding on one line."""
        if value is None:
            return self("nothing")
        if isinstance(value, tuple):
            if value and all(isinstance(each, dict) for each in value):
                return self("table", len(value))
            return "{" + ", ".join("–" if each is None else str(each) for each in value) + "}"
        return "true" if value is True else "false" if value is False else oneline(str(value))

    def findings(self, found: Iterable[Finding]) -> str:
        """Write findings by their names, with what was noted beside them."""
        return "; ".join(
            f"{each.path.partition('.')[2]} = {self.finding(each.value)}{_beside(each.note)}"
            for each in found
        )


def _beside(note: Note | None) -> str:
    parts = [] if note is None else [note.note, note.source, note.assessor]
    told = ", ".join(oneline(each) for each in parts if each)
    return f" ({told})" if told else ""


def _mark(provenance: str | None) -> str:
    return " *" if provenance == "illustrative" else ""


def _result(result: Evaluation, voice: _Voice, other: Result | None = None) -> str:
    """Write a score, and its stars or grade; or another one in place of the result's own."""
    root = result[ROOT]
    found = Result(root.exact, root.grade, root.stars) if other is None else other
    parts = [voice("points", voice.number(found.exact))]
    if root.scale is not None:
        parts = [voice("points_of", voice.number(found.exact), voice.number(root.scale))]
    parts += _standing(found, voice)
    return " · ".join(parts)


def _standing(found: Result, voice: _Voice) -> list[str]:
    standing: Standing = found.grade if found.stars is None else found.stars
    return [] if standing is None else [voice.standing(standing)]


# Two results


def comparison_text(found: Comparison, language: str | None) -> str:
    """Return two results side by side, as text."""
    before, after = found.before, found.after
    voice = _Voice(language or after.language, after[ROOT].places)
    lines = []
    if found.by_share:
        names = (voice("version", each.rubric, each.version) for each in (before, after))
        lines = [voice("to", *map(oneline, names))]
        lines.append(voice("no_share" if found.difference is None else "by_share"))
    ends = _result(before, voice), _result(after, voice)
    told = found.difference
    head = voice("to", *ends)
    if told is not None:
        head = voice("moved", *ends, voice.signed(told, share=found.by_share))
    lines.append(head)
    body = [*_moved_items(found, voice)]
    for gate in found.gates:
        moves = [
            voice("no_gate") if each is None else voice("to", each.before or "–", each.after)
            for each in (gate.before, gate.after)
        ]
        name = "" if gate.node == ROOT else f"{gate.node}: "
        line = voice("took", name + voice.text(gate.text), *moves)
        changes = [each for each in (gate.before, gate.after) if each is not None]
        body.append(f"{voice('colon', voice('gates'), line)}{_mark(changes[0].provenance)}")
    for phrase in ("before", "after"):
        names_only = [each.id for each in found.nodes if each.only == phrase]
        if names_only:
            body.append(voice(f"only_{phrase}", ", ".join(names_only)))
    lines += body or [voice("no_difference")]
    if any(line.endswith(" *") for line in lines):
        lines.append(voice("illustrative"))
    return "\n".join(lines)


def _moved_items(found: Comparison, voice: _Voice, indent: str = "  ") -> Iterator[str]:
    """Yield what moved item by item, with its findings and rules."""
    if found.items:
        yield voice.heading("items")
    for each in found.items:
        moved = "–"
        if each.difference is not None:
            moved = voice.signed(each.difference, share=found.by_share)
        told = "  ".join(filter(None, [moved, each.id, voice.text(each.title)]))
        yield indent + told + _mark(each.provenance)
        for finding in each.findings:
            yield f"{indent}    {_moved_finding(finding, voice)}"
        for step in each.steps:
            yield f"{indent}    {_moved_step(step, voice)}"
    own = {each.id for each in found.items}
    for finding in found.findings:
        if finding.path.partition(".")[0] not in own:
            yield f"{indent}{finding.path}  {_moved_finding(finding, voice)}"
    if found.rest:
        yield f"{indent}{voice.signed(found.rest, share=found.by_share)}  {voice('rest')}"


def _moved_finding(each: ComparedFinding, voice: _Voice) -> str:
    name = each.path.partition(".")[2]
    before = voice.finding(each.before) + _beside(each.note_before)
    return f"{name} = {before} → {voice.finding(each.after)}{_beside(each.note_after)}"


def _moved_step(step: MovedStep, voice: _Voice) -> str:
    about = step.about
    was, now = step.taken
    text = voice.text(about.text) or about.kind
    return voice("took", text, voice.signed(was), voice.signed(now)) + _mark(about.provenance)


# Many results


def impact_text(found: Impact, language: str | None) -> str:
    """Return what a revision does, as text."""
    voice = _Voice(language or found.language)
    names = (oneline(voice("version", *each[:2])) for each in (found.old, found.new))
    lines = [voice("impact", len(found.units), *names)]
    if found.shift is not None:
        lines.append(voice("shift", voice.signed(found.shift, share=True)))
    if found.moves:
        lines.append(voice.heading("moves"))
        lines += table_text(
            [
                [
                    voice("to", voice.standing(each.before), voice.standing(each.after)),
                    voice("count", each.count),
                ]
                for each in found.moves
            ]
        )
    others = len(found.changed) - len(found.up) - len(found.down)
    lines.append(voice("changes", len(found.up), len(found.down), others))
    marked = False
    for each in found.changed:
        moved = each.comparison
        lines += [] if moved is None else _unit_lines(each, moved, voice)
        ends = [one for one in (each.before, each.after) if one is not None]
        marked = marked or any(_illustrated(one) for one in ends)
    if marked:
        lines.append(voice("illustrative"))
    if found.unscored:
        lines.append(voice.heading("unscored", len(found.unscored)))
        for each in found.unscored:
            for phrase, problems in (
                ("under_old", each.problems_before),
                ("under_new", each.problems_after),
            ):
                told = "; ".join(on_one_line(str(one)) for one in problems)
                if told:
                    lines.append(f"  {oneline(str(each.unit))}  {voice(phrase, told)}")
    return "\n".join(lines)


#: So many items of a unit are named.
_MOST_NAMED = 3


def _unit_lines(each: UnitImpact, found: Comparison, voice: _Voice) -> Iterator[str]:
    standings = (voice.standing(one) for one in each.standings)
    yield f"  {oneline(str(each.unit))}  {voice('to', *standings)}"
    named = [one for one in found.items if one.difference][:_MOST_NAMED]
    for item in named:
        moved = voice.signed(item.difference or Fraction(0), share=found.by_share)
        mark = _mark(item.provenance)
        yield f"      {moved}  {item.id}  {voice.text(item.title)}".rstrip() + mark
        for step in item.steps:
            yield f"          {_moved_step(step, voice)}"
    for gate in found.gates:
        yield f"      {voice('colon', voice('gates'), voice.text(gate.text))}"
    if not named and not found.gates:
        yield f"      {voice('regraded')}"


def _illustrated(result: Evaluation) -> bool:
    nodes = {each.provenance for each in result.nodes.values()}
    return "illustrative" in nodes | {each.provenance for each in result.ledger}


# For the assessed


def feedback_text(page: FeedbackSheet, language: str | None) -> str:
    """Return the page for the assessed, as text."""
    result = page.result
    root = result[ROOT]
    voice = _Voice(language or result.language, root.places)
    unit = oneline(page.unit)
    lines = [
        voice("feedback", unit)
        if page.street is None
        else voice("feedback_in", unit, oneline(page.street)),
        oneline(voice("version", voice.text(root.title) or result.rubric, result.version)),
        _result(result, voice),
    ]
    if page.outcome is not None:
        final = Result(page.score, page.grade, page.stars)
        lines[-1] = voice("final", _result(result, voice, final))
        lines += [voice("of_sheet", _result(result, voice))] if page.moved else []
    if page.illustrative:
        lines.append(voice("illustrative"))
    if page.last is not None:
        phrase = "last" if page.change is None else f"last_{page.change}"
        lines.append(voice(phrase, voice.standing(page.last)))
    lines.append("")
    if page.lost or page.decided:
        lines.append(voice("lost", voice.number(page.lost)))
        lines += [_decided_line(each, voice) for each in page.decided]
        for each in page.indicators:
            lines += _indicator_lines(each, voice)
    else:
        lines.append(voice("nothing_lost"))
    lines += ["", *_way_lines(page, voice)]
    if page.comparison is not None and page.comparison.items:
        lines += ["", voice.heading("since")]
        if page.comparison.by_share:
            share = "no_share" if page.comparison.difference is None else "by_share"
            lines.append(voice(share))
        lines += [*_moved_items(page.comparison, voice)][1:]
    return "\n".join(lines)


def _decided_line(each: Decided, voice: _Voice) -> str:
    title = voice.text(each.title)
    return f"  {_taken(each.lost, voice)}  {voice('colon', title, voice.text(each.text))}"


def _taken(lost: Fraction, voice: _Voice) -> str:
    """Write points that were lost; a dash where only the grade was."""
    return voice.signed(-lost) if lost else "–"


def _indicator_lines(each: IndicatorLoss, voice: _Voice) -> Iterator[str]:
    title = voice("whole") if each.id == ROOT else voice.text(each.title) or each.id
    yield f"  {title}{_mark(each.provenance)}  {_score(each, voice)}"
    for item in each.items:
        if item.id != each.id:
            name = voice.text(item.title) or item.id
            yield f"      {name}{_mark(item.provenance)}  {_score(item, voice)}"
        for reason in item.reasons:
            text = voice.text(reason.text) or _unearned(reason, voice)
            parts = [f"{voice.signed(-reason.lost)}  {text}{_mark(reason.provenance)}"]
            findings = voice.findings(reason.findings)
            parts += [f"[{findings}]"] if findings else []
            parts += [f"— {voice.text(reason.source)}"] if reason.source is not None else []
            yield "          " + " ".join(parts)


def _unearned(reason: LossReason, voice: _Voice) -> str:
    told = "; ".join(filter(None, map(voice.text, reason.earned)))
    return voice("colon", voice("not_earned"), told) if told else voice("not_earned")


def _score(each: IndicatorLoss | ItemLoss, voice: _Voice) -> str:
    score = voice.number(each.score)
    scale = "" if each.scale is None else f" / {voice.number(each.scale)}"
    lost = f"  {voice('lost_of', voice.number(each.lost))}" if each.lost else ""
    return score + scale + lost


def _way_lines(page: FeedbackSheet, voice: _Voice) -> list[str]:
    if page.next_grade is None:
        return [voice("no_grades" if page.grade is None else "best")]
    lift = [voice("lift", voice.text(each.text)) for each in page.lift]
    if page.way is not None:
        enough = lift and page.way.status == "there"
        told = voice("then") if enough else improvement_text(page.way, voice.language)
    else:
        told = voice("no_way", voice("grade", oneline(page.next_grade)))
    heading = [voice.heading("next")] if lift or page.way is not None else []
    return [*heading, *lift, told]


# Plans


def plan_text(plan: ImprovementPlan, language: str | None, as_of: date | None) -> str:
    """Return a plan as text."""
    voice = _Voice(language or plan.language)

    def told(found: Result) -> str:
        return " · ".join([voice("points", voice.number(found.exact)), *_standing(found, voice)])

    final = told(Result(plan.score, plan.grade, plan.stars))
    lines = [
        voice("plan", oneline(plan.unit)),
        f"{oneline(voice('version', plan.rubric, plan.version))} · {final}",
    ]
    if plan.sheet is not None:
        lines.append(voice("of_sheet", told(plan.sheet)))
    if any(each.provenance == "illustrative" for each in plan.causes):
        lines.append(voice("illustrative"))
    lines.append(voice.heading("causes"))
    for number, cause in enumerate(plan.causes, 1):
        said = voice.text(cause.text) or voice("not_earned")
        name = voice.text(cause.title) or cause.node
        lost = _taken(cause.lost, voice)
        lines.append(f"  {number}. {lost}  {name}  {said}{_mark(cause.provenance)}")
    lines += [] if plan.causes else [f"  {voice('none')}"]
    lines.append(voice.heading("measures"))
    for number, each in enumerate(plan.measures, 1):
        lines.append(f"  {number}. {oneline(each.text)}  {_measure(each, voice, as_of)}")
    lines += [] if plan.measures else [f"  {voice('none')}"]
    lacking = list(_lacking(plan, voice))
    if lacking:
        lines.append(voice("colon", voice("lacks"), voice("and").join(lacking)))
    elif plan.carried_out:
        lines.append(voice("carried_out"))
    return "\n".join(lines)


def _measure(each: Measure, voice: _Voice, as_of: date | None) -> str:
    parts = [voice("due", each.deadline.isoformat())]
    if each.responsible is not None:
        parts.append(voice("responsible", oneline(each.responsible)))
    if each.done_on is not None:
        parts.append(voice("late" if each.late else "done", each.done_on.isoformat()))
    else:
        overdue = as_of is not None and each.deadline < as_of
        parts.append(voice("overdue" if overdue else "open"))
    return " · ".join(parts)


def _lacking(plan: ImprovementPlan, voice: _Voice) -> Iterator[str]:
    if not plan.causes:
        yield voice("lacks_causes")
    if not plan.measures:
        yield voice("lacks_measures")
    for number, each in enumerate(plan.measures, 1):
        if each.responsible is None:
            yield voice("lacks_responsible", number)
