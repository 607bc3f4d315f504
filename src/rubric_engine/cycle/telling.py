"""How the two synthetic years read: the text of `rubric demo --cycle`, in English and Chinese.

Everything in it is counted from the runs; what is compared with the source is said to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from textwrap import wrap

from rubric_engine.cycle.archive import dump_archive, seal_of, verify
from rubric_engine.cycle.example import example_years
from rubric_engine.cycle.feedback_sheets import FeedbackSheet
from rubric_engine.cycle.finals import Decision, Result
from rubric_engine.cycle.plans import ImprovementPlan
from rubric_engine.cycle.records import Case, Kept, Objection, Run
from rubric_engine.cycle.tallies import (
    Which,
    common_losses,
    grade_counts,
    moves,
    review_counts,
    reviewed,
)
from rubric_engine.cycle.unit_pages import feedback_of
from rubric_engine.evaluation import program_of
from rubric_engine.exact import decimal_of
from rubric_engine.fields import Choice, Field, Shown
from rubric_engine.telling import oneline
from rubric_engine.wording import width
from rubric_engine.words import Words

__all__ = ["demo_text"]

#: So many columns have lists of units; so many losses are named on a short sheet.
_COLUMNS, _MOST_LOST = 96, 3
#: So many common problems are named.
_MOST_COMMON = 8

#: What is said in each language; `{}` is filled in.
PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "title": "Two years of a synthetic district: {} units of {} streets",
        "synthetic": "SYNTHETIC: no unit, person, department, sheet, finding, objection or "
        "decision here is real.",
        "frame": "The frame of the rubric and two of its elements are the source's; what is marked "
        "* is illustrative.",
        "year": "== {} (synthetic) ==",
        "plan": "Plan of the review (seed {})",
        "street": "street",
        "units": "units",
        "all": "{} stars",
        "others": "others",
        "drawn": "drawn",
        "queued": "queued",
        "reviewed": "reviewed",
        "district": "district",
        "told": "Reported and final",
        "counts": "{} reviewed: reported {} five-star, {} four-star, {} three or below; "
        "final {}, {}, {}",
        "source": "The source tells these counts of its first run (F29: 49 organisations, reported "
        "11, 26, 12; final 4, 12, so 33 at three or below). Only the counts are the source's; the "
        "sheets, reviews and decisions that they come out of here are synthetic.",
        "movement": "Movement of the {} reviewed: street's star (rows), final star (columns)",
        "same_units": "The {} others keep the street's result.",
        "other_units": "Of the {} others, {} keep the street's result.",
        "sum": "sum",
        "objections": "Objections of departments, and what was decided",
        "decided": "{}: {} → {}",
        "none": "nothing follows",
        "deduct": "{} off",
        "at_most": "at most {}",
        "fail": "the lowest grade",
        "stars": "{} stars",
        "one_star": "1 star",
        "points": "{} points",
        "result": "{}, {}",
        "and": "; ",
        "list": ", ",
        "because": "{}  ({})",
        "unit": "{} ({}), {}",
        "feedback": "Three feedback sheets, in short (synthetic)",
        "of_street": "street",
        "of_review": "review",
        "final": "final",
        "by_decision": "by decision: {}",
        "lost": "lost {} points, most of them for",
        "of_sheet": "by the sheet alone {}",
        "lift": "to be lifted first, for it holds the grade: {}",
        "then": "then the sheet is enough as it is",
        "unearned": "not earned",
        "next": "what reaches {}:",
        "best": "this is the best grade",
        "no_way": "no way to {} was found",
        "plans": "Improvement plans: one star obliges to one (F27)",
        "by": "by {}",
        "done": "done on {}",
        "open": "open",
        "award": "Award “{}”: {} eligible after a passed review (F28), {} awarded; no quota",
        "award_quota": "Award “{}”: {} eligible after a passed review (F28), {} awarded; the quota "
        "only limits",
        "distribution": "Distribution of final stars",
        "common": "Common problems (F30): the rules that cost most",
        "cost": "points",
        "second": "Last year's result is the base (F26): up {}, same {}, down {}",
        "last_move": "Last year's star (rows), this year's (columns)",
        "rose": "Promoted",
        "fell": "Fell",
        "colon": "{}: {}",
        "way": "{} → {} ({})",
        "queue": "Queued: the sample of {} differed ({}), so its other {} units were reviewed too",
        "archives": "Archives",
        "verified": "{}: verified, {} records, {} sheets scored again; seal {}",
        "broken": "{}: NOT verified, {} problems",
        "frames": "More about populations, on data frames (pip install polars): item analysis, "
        "types of weakness, agreement of streets and reviews.",
    },
    "zh": {
        "title": "一个虚构市辖区的两个年度：{} 个社区，{} 个街道",
        "synthetic": "全部为虚构：社区、人员、部门、测评表、复查结果、异议和处理"
        "均不代表任何真实组织。",
        "frame": "指标框架和其中两个要素出自原方案；带 * 者为示例。",
        "year": "== {}（虚构） ==",
        "plan": "复查计划（种子 {}）",
        "street": "街道",
        "units": "社区",
        "all": "{} 星",
        "others": "其余",
        "drawn": "抽查",
        "queued": "补查",
        "reviewed": "复查合计",
        "district": "全区",
        "told": "上报与最终",
        "counts": "复查 {} 个：上报五星 {}、四星 {}、三星及以下 {}；最终 {}、{}、{}",
        "source": "原方案记载了首轮的这组数字（F29：49 个组织，上报 11、26、12；\n"
        "最终 4、12，即三星及以下 33）。仅数字出自原方案；\n"
        "这里得出这些数字的测评表、复查和处理均为虚构。",
        "movement": "复查的 {} 个：街道所评星级（行）与最终星级（列）",
        "same_units": "其余 {} 个维持街道结果。",
        "other_units": "其余 {} 个中，{} 个维持街道结果。",
        "sum": "合计",
        "objections": "部门异议及处理",
        "decided": "{}：{} → {}",
        "none": "不予处理",
        "deduct": "扣 {} 分",
        "at_most": "最高 {}",
        "fail": "定为最低等次",
        "stars": "{} 星",
        "one_star": "1 星",
        "points": "{} 分",
        "result": "{}，{}",
        "and": "；",
        "list": "、",
        "because": "{}（{}）",
        "unit": "{}（{}），{}",
        "feedback": "三份反馈单（摘要，虚构）",
        "of_street": "街道",
        "of_review": "复查",
        "final": "最终",
        "by_decision": "据处理决定：{}",
        "lost": "失分 {} 分，主要在于",
        "of_sheet": "仅按测评表 {}",
        "lift": "等级受此限制，须先解除：{}",
        "then": "解除后，现有测评表即可达到",
        "unearned": "未得分",
        "next": "达到 {}需整改：",
        "best": "已是最高等次",
        "no_way": "未找到达到 {}的办法",
        "plans": "整改方案：一星必须整改（F27）",
        "by": "期限 {}",
        "done": "{} 完成",
        "open": "未完成",
        "award": "奖项“{}”：复查通过、具备资格 {} 个（F28），获得 {} 个；不设名额",
        "award_quota": "奖项“{}”：复查通过、具备资格 {} 个（F28），获得 {} 个；名额只作上限",
        "distribution": "最终星级分布",
        "common": "共性问题（F30）：失分最多的规则",
        "cost": "分",
        "second": "以上年结果为基础（F26）：上升 {}，不变 {}，下降 {}",
        "last_move": "上年星级（行）与本年星级（列）",
        "rose": "晋级",
        "fell": "降级",
        "colon": "{}：{}",
        "way": "{} → {}（{}）",
        "queue": "补查：{} 的抽查有差异（{}），其余 {} 个一并复查",
        "archives": "档案",
        "verified": "{}：验证通过，{} 条记录，重新计分 {} 份；封存校验码 {}",
        "broken": "{}：验证未通过，{} 个问题",
        "frames": "更多总体分析需要数据框，请先运行 pip install polars："
        "可作要素分析、薄弱类型分析，以及街道测评与复查的一致性分析。",
    },
}


def demo_text(language: str = "en") -> str:
    """Return both synthetic years as text for a terminal, in English ("en") or Chinese ("zh").

    >>> "49 reviewed: reported 11 five-star" in demo_text()
    True
    """
    voice = _Voice(language)
    first, second = example_years(language)
    parts = [
        _head(first, voice),
        [voice("year", first.period)],
        _plan(first, voice),
        [voice("told"), *_indented([_counts(first, voice)]), *_wrapped(voice("source"))],
        _movement(first, voice),
        _objections(first, voice),
        _feedback(first, voice),
        _plans(first, voice),
        _awards(first, voice),
        _distribution(first, voice),
        _common(first, voice),
        [voice("year", second.period)],
        _plan(second, voice),
        [voice("told"), *_indented([_counts(second, voice)])],
        _promotions(second, voice),
        _awards(second, voice, named=False),
        [voice("archives"), *_indented(_verified(each, voice) for each in (first, second))],
        [voice("frames")],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


class _Voice:
    """One language: its phrases, and the texts of a rubric in it."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.phrases = PHRASES.get(language, PHRASES["en"])

    def __call__(self, phrase: str, *values: object) -> str:
        return self.phrases[phrase].format(*values)

    def text(self, words: Words | None) -> str:
        return "" if words is None else oneline(words.in_language(self.language))

    def number(self, number: Fraction) -> str:
        return format(decimal_of(number, 3)[0].normalize(), "f")

    def grade(self, grade: str | None) -> str:
        """Write a grade: stars, in the reference rubric."""
        if grade == "1":
            return self("one_star")
        return "–" if grade is None else self("stars", grade)

    def result(self, kept: Kept) -> str:
        return self.standing(kept.result)

    def standing(self, found: Result) -> str:
        points = self("points", self.number(found.exact))
        return self("result", points, self.grade(found.grade))

    def finding(self, value: Shown | None, kind: Field | None) -> str:
        """Write a finding; a value of a choice by its title, where it has one."""
        titles = dict(kind.values) if isinstance(kind, Choice) else {}
        return self.text(titles.get(str(value))) or oneline(str(value))


# Parts


def _head(run: Run, voice: _Voice) -> list[str]:
    name = voice.text(run.cycle.title) or run.cycle.name
    return [
        voice("title", len(run), len(run.streets)),
        name,
        voice("synthetic"),
        voice("frame"),
    ]


def _plan(run: Run, voice: _Voice) -> list[str]:
    """Tell how many of each street are reviewed, and why."""
    seeds = voice("list").join(dict.fromkeys(run.seeds.values()))
    graded = "–".join(sorted(run.cycle.review.all))
    head = [
        voice("street"),
        voice("units"),
        voice("all", graded),
        *map(voice, ("others", "drawn", "queued", "reviewed")),
    ]
    rows = [
        [
            each.street or voice("district"),
            *map(str, (each.units, each.all, each.others, each.drawn, each.queued, each.reviewed)),
        ]
        for each in review_counts(run)
    ]
    lines = [voice("plan", seeds), *_table([head, *rows])]
    for each in run.records:
        if each.step == "queue" and each.unit is None:
            differing = voice("list").join(each.found["differing"])
            lines.append(voice("queue", each.data["street"], differing, each.found["rest"]))
    return lines


def _counts(run: Run, voice: _Voice) -> str:
    """Tell how many were reported and are final with five and four stars, and with fewer."""
    units = reviewed(run)
    told: list[int] = [len(units)]
    ways: tuple[Which, ...] = ("street", "final")
    for which in ways:
        best, second, *others = grade_counts(run, units, which).values()
        told += [best, second, sum(others)]
    return voice("counts", *told)


def _movement(run: Run, voice: _Voice) -> list[str]:
    units = reviewed(run)
    table = _matrix(run, moves(run, units, "street", "final"), voice)
    others = [case for unit, case in run.cases.items() if unit not in units]
    kept = sum(_keeps(case) for case in others)
    told = voice("other_units", len(others), kept)
    if kept == len(others):
        told = voice("same_units", kept)
    return [voice("movement", len(units)), *table, *_indented([told])]


def _keeps(case: Case) -> bool:
    """Tell whether the final result is the street's."""
    if case.outcome is None or case.street is None:
        return False
    final = (case.outcome.exact, case.outcome.grade)
    return final == (case.street.result.exact, case.street.result.grade)


def _matrix(
    run: Run, found: Mapping[tuple[str | None, str | None], int], voice: _Voice
) -> list[str]:
    names = run.scale.names
    rows = [["", *names, voice("sum")]]
    for before in names:
        counts = [found.get((before, after), 0) for after in names]
        rows.append([before, *(str(each) if each else "·" for each in counts), str(sum(counts))])
    columns = [sum(found.get((before, after), 0) for before in names) for after in names]
    rows.append([voice("sum"), *map(str, columns), str(sum(columns))])
    return _table(rows)


def _objections(run: Run, voice: _Voice) -> list[str]:
    titles = dict(run.cycle.consultation.departments)
    why = {each.number: each.why for each in run.records}
    lines = [voice("objections")]
    for unit, case in run.cases.items():
        for each in case.objections:
            title = voice.text(titles.get(each.department or ""))
            lines += _objection(unit, case, each, title, why[each.decided or 0], voice)
    return lines


def _objection(
    unit: str, case: Case, each: Objection, title: str, why: str | None, voice: _Voice
) -> list[str]:
    counted = case.district or case.street
    before = None if counted is None else counted.result.grade
    after = None if case.outcome is None else case.outcome.grade
    decision = "" if each.decision is None else _decision(each.decision, voice)
    moved = voice("decided", decision, voice.grade(before), voice.grade(after))
    return [
        f"  {unit}  {voice('colon', title, oneline(each.grounds))}",
        f"    {voice('because', moved, oneline(why or ''))}",
    ]


def _decision(decision: Decision, voice: _Voice) -> str:
    if decision.kind == "deduct":
        return voice("deduct", voice.number(decision.points or Fraction(0)))
    if decision.kind == "at_most":
        return voice("at_most", voice.grade(decision.grade))
    return voice(decision.kind)


def _feedback(run: Run, voice: _Voice) -> list[str]:
    lines = [voice("feedback")]
    for unit in _three(run):
        lines += _sheet(feedback_of(run, unit), run, voice)
    return lines


def _three(run: Run) -> list[str]:
    """Return whom the review cost most, whom a decision first, and who has the fewest points."""

    def cost(unit: str) -> Fraction:
        case = run[unit]
        if case.street is None or case.district is None:
            return Fraction(0)
        return case.street.result.exact - case.district.result.exact

    def decided(case: Case) -> bool:
        return case.outcome is not None and any(each.changed for each in case.outcome.steps)

    changed = [unit for unit, case in run.cases.items() if decided(case)]
    return list(
        dict.fromkeys(
            [max(run, key=cost), *changed[:1], min(run, key=lambda unit: _points(run[unit]))]
        )
    )


def _points(case: Case) -> Fraction:
    return Fraction(0) if case.outcome is None else case.outcome.exact


def _sheet(page: FeedbackSheet, run: Run, voice: _Voice) -> Iterator[str]:
    """Tell one unit in short what it lost where, and what reaches the next star."""
    case = run[page.unit]
    yield f"  {voice('unit', page.unit, page.street, voice.text(case.unit.title))}"
    told = [
        f"{voice(name)} {voice.result(kept)}"
        for name, kept in (("of_street", case.street), ("of_review", case.district))
        if kept is not None
    ]
    if case.outcome is not None:
        told.append(f"{voice('final')} {voice.grade(case.outcome.grade)}")
        if case.decisions:
            decided = voice("and").join(_decision(each, voice) for each in case.decisions)
            told.append(voice("by_decision", decided))
    yield "    " + " · ".join(told)
    yield "    " + voice("lost", voice.number(page.lost))
    for each in page.decided:
        taken = f"−{voice.number(each.lost)}" if each.lost else "–"
        told_of = voice("colon", voice.text(each.title), voice.text(each.text))
        yield f"      {taken}  {told_of}"
    items = [item for indicator in page.indicators for item in indicator.items]
    reasons = [(reason, item) for item in items for reason in item.reasons]
    reasons.sort(key=lambda each: -each[0].lost)
    for reason, item in reasons[:_MOST_LOST]:
        text = voice.text(reason.text) or voice("unearned")
        name = voice.text(item.title) + _mark(item.provenance)
        yield f"      −{voice.number(reason.lost)}  {voice('colon', name, text)}"
    yield from _way(page, run, voice)


def _way(page: FeedbackSheet, run: Run, voice: _Voice) -> Iterator[str]:
    way = page.way
    if page.next_grade is None:
        yield "    " + voice("best")
        return
    if way is None or way.after is None:
        yield "    " + voice("no_way", voice.grade(page.next_grade))
        return
    yield "    " + voice("next", voice.grade(page.next_grade))
    yield from ("      " + voice("lift", voice.text(one.text)) for one in page.lift)
    if not way.repairs:
        yield "      " + voice("then")
    kinds = {each.path: each.field for each in program_of(run.rubric).lowered.fields}
    for each in way.repairs:
        name = " · ".join(filter(None, [voice.text(each.item), voice.text(each.title)]))
        before, after = (
            voice.finding(value, kinds.get(each.path)) for value in (each.before, each.after)
        )
        moved = voice("colon", name, f"{before} → {after}")
        yield f"      +{voice.number(each.gain)}  {moved}"


def _plans(run: Run, voice: _Voice) -> list[str]:
    lines = [voice("plans")]
    for unit, case in run.cases.items():
        if case.plan is not None:
            plan = ImprovementPlan.from_dict(case.plan)
            told = voice("points", voice.number(plan.score))
            if plan.sheet is not None:
                alone = voice("of_sheet", voice.standing(plan.sheet))
                told = voice("because", told, alone)
            lines.append(f"  {unit}  {told}")
            for cause, measure in zip(plan.causes, plan.measures, strict=False):
                state = voice("open")
                if measure.done_on is not None:
                    state = voice("done", measure.done_on.isoformat())
                told = oneline(measure.text) + _mark(cause.provenance)
                due = voice("by", measure.deadline.isoformat())
                taken = f"−{voice.number(cause.lost)}" if cause.lost else "–"
                lines.append(f"    {taken}  {told} · {due} · {state}")
    return lines


def _awards(run: Run, voice: _Voice, *, named: bool = True) -> list[str]:
    lines: list[str] = []
    for each in run.cycle.awards:
        given = run.awards[each.id]
        name = voice.text(each.title) or each.id
        phrase = "award" if each.quota is None else "award_quota"
        lines.append(voice(phrase, name, len(given.eligible), len(given.awarded)))
        if named:
            lines += _listed(
                [f"{unit} {voice.number(_points(run[unit]))}" for unit in given.awarded], voice
            )
    return lines


def _distribution(run: Run, voice: _Voice) -> list[str]:
    rows = [[voice("street"), *run.scale.names, voice("sum")]]
    for street, units in [*run.streets.items(), (voice("district"), tuple(run))]:
        counts = grade_counts(run, units, "final").values()
        rows.append([street, *(str(each) if each else "·" for each in counts), str(sum(counts))])
    return [voice("distribution"), *_table(rows)]


def _common(run: Run, voice: _Voice) -> list[str]:
    rows = [[voice("cost"), voice("units"), ""]]
    for each in common_losses(run)[:_MOST_COMMON]:
        title = voice.text(each.title) + _mark(each.provenance)
        text = voice.text(each.text) or voice("unearned")
        rows.append([voice.number(each.lost), str(each.units), voice("colon", title, text)])
    return [voice("common"), *_table(rows, left=(2,))]


def _promotions(run: Run, voice: _Voice) -> list[str]:
    """Tell who rose and who fell against last year."""
    ways: dict[str, dict[tuple[str, str], list[str]]] = {"up": {}, "same": {}, "down": {}}
    for unit, case in run.cases.items():
        outcome = case.outcome
        if outcome is not None and outcome.progress is not None:
            way = (str(outcome.last), str(outcome.grade))
            ways[outcome.progress].setdefault(way, []).append(unit)
    counts = [sum(map(len, each.values())) for each in ways.values()]
    lines = [
        voice("second", *counts),
        voice("last_move"),
        *_matrix(run, moves(run, run, "last", "final"), voice),
    ]
    for phrase, progress in (("rose", "up"), ("fell", "down")):
        lines.append(voice(phrase))
        for way, units in sorted(ways[progress].items(), reverse=True):
            before, after = map(voice.grade, way)
            lines.append("  " + voice("way", before, after, len(units)))
            lines += _listed(units, voice, "    ")
    return lines


def _verified(run: Run, voice: _Voice) -> str:
    archive = dump_archive(run)
    found = verify(archive, seal=seal_of(archive))
    if not found.ok:
        return voice("broken", run.period, len(found.problems))
    return voice("verified", run.period, found.records, found.sheets, found.seal)


# Lines


def _mark(provenance: str | None) -> str:
    return " *" if provenance == "illustrative" else ""


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {each}" for each in lines]


def _wrapped(text: str) -> list[str]:
    """Return a text in lines; Chinese has none of the blanks to break at, and breaks its own."""
    return _indented(wrap(text, _COLUMNS) if text.isascii() else text.splitlines())


def _listed(names: Sequence[str], voice: _Voice, indent: str = "  ") -> list[str]:
    """Return names in lines, none of them broken."""
    comma = voice("list")
    lines: list[str] = []
    for place, name in enumerate(names, 1):
        told = name if place == len(names) else name + comma.rstrip()
        blank = " " * (len(comma) - len(comma.rstrip()))
        if lines and width(lines[-1] + blank + told) <= _COLUMNS:
            lines[-1] += blank + told
        else:
            lines.append(told)
    return [indent + line for line in lines]


def _table(rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> list[str]:
    """Return aligned lines; all but the columns in `left` end under each other."""
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = []
        for place, (cell, columns) in enumerate(zip(row, widths, strict=True)):
            blank = " " * (columns - width(cell))
            cells.append(cell + blank if place in left else blank + cell)
        lines.append(("  " + "  ".join(cells)).rstrip())
    return lines
