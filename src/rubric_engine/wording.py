"""How results and rubrics read: as text for a terminal and as HTML for a notebook.

Chinese and English to begin with; a further language is one more entry in `PHRASES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from html import escape
from unicodedata import east_asian_width

from attrs import frozen

from rubric_engine.evaluation import Evaluation
from rubric_engine.exact import decimal_of, number_text
from rubric_engine.files import rule_text
from rubric_engine.grading import UNRATED, Grade
from rubric_engine.ledger import Finding, NodeResult, RowAmount, Step, StepPart
from rubric_engine.model import ROOT, Indicator, Item, Rubric, walk
from rubric_engine.reasons import losses_of
from rubric_engine.words import Words

__all__ = [
    "PHRASES",
    "evaluation_html",
    "evaluation_text",
    "rubric_html",
    "rubric_text",
    "width",
]

#: What is said in each language; `{}` is filled in.
PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "version": "version {}",
        "points_of": "{} of {} points",
        "points": "{} points",
        "stars": "{} stars",
        "one_star": "1 star",
        "grade": "grade {}",
        "unrated": "unrated: {}",
        "illustrative": "* illustrative: made up to complete the example, not the scheme's own",
        "lost": "Lost: {} points, the largest first",
        "nothing_lost": "No points lost",
        "not_earned": "not earned",
        "asked": "asked {}, took {}",
        "steps": "Step by step",
        "all_full": "Everything else is at full marks.",
        "start": "start",
        "floor": "floor",
        "cap": "cap",
        "deduct": "deduction",
        "award": "award",
        "bonus": "bonus",
        "set": "set",
        "round": "rounded",
        "child": "from",
        "mean": "mean",
        "lowest": "lowest",
        "highest": "highest",
        "sum": "sum",
        "median": "median",
        "trimmed": "trimmed mean",
        "geometric": "geometric mean",
        "multiply": "multiplied",
        "group": "group",
        "rescale": "rescaled for what is not applicable",
        "not_applicable": "not applicable",
        "absent": "no findings",
        "empty": "too few count",
        "row": "row {}: {}",
        "lacking": "too little of {} is assessed",
        "assumed": "assumed",
        "rows": "{} rows",
        "bonus_up": "bonus of {} goes further up",
        "grades": "Grades",
        "from": "from {}",
        "up_to": "up to {}",
        "else": "else",
        "open": "open",
        "beside": "beside the points",
        "for": "for {}",
        "each": "for each of {}",
        "from_given": "given",
        "values": "values",
        "methods": "by {}",
        "documents": "documents",
        "report": "report",
        "interview": "interviews",
        "gate": "gate: {} → {}",
        "rounded": "shown rounded; exactly {}",
        "node": "Node",
        "score": "Score",
        "of": "Of",
        "why": "Why",
    },
    "zh": {
        "version": "版本 {}",
        "points_of": "得 {} 分，满分 {} 分",
        "points": "得 {} 分",
        "stars": "{} 星",
        "one_star": "1 星",
        "grade": "等级 {}",
        "unrated": "不评级：{}",
        "illustrative": "* 示例：为补全样例而拟，非原方案所印",
        "lost": "失分共 {} 分，由大到小",
        "nothing_lost": "没有失分",
        "not_earned": "未得",
        "asked": "应计 {}，实计 {}",
        "steps": "逐步计分",
        "all_full": "其余均为满分。",
        "start": "起始",
        "floor": "扣完为止",
        "cap": "封顶",
        "deduct": "扣分",
        "award": "得分",
        "bonus": "加分",
        "set": "定为",
        "round": "取整",
        "child": "来自",
        "mean": "平均",
        "lowest": "取最低",
        "highest": "取最高",
        "sum": "合计",
        "median": "中位数",
        "trimmed": "去极值平均",
        "geometric": "几何平均",
        "multiply": "乘以",
        "group": "合并计分",
        "rescale": "按适用项折算",
        "not_applicable": "不适用",
        "absent": "没有评测",
        "empty": "计分项不足",
        "row": "第 {} 行：{}",
        "lacking": "{} 的评测不足",
        "assumed": "视为",
        "rows": "{} 行",
        "bonus_up": "加分 {} 计入上级",
        "grades": "等级",
        "from": "{} 分及以上",
        "up_to": "{} 分及以下",
        "else": "其余",
        "open": "不限",
        "beside": "不计入总分",
        "for": "适用于 {}",
        "each": "按 {} 逐行计分",
        "from_given": "已知",
        "values": "常数",
        "methods": "方式：{}",
        "documents": "查阅资料",
        "report": "听取汇报",
        "interview": "随机访谈",
        "gate": "门槛：{} → {}",
        "rounded": "显示值已舍入；准确值 {}",
        "node": "指标",
        "score": "得分",
        "of": "满分",
        "why": "原因",
    },
}


def width(text: str) -> int:
    """Return how many columns of a terminal a text takes; Chinese characters take two."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _padded(text: str, columns: int) -> str:
    return text + " " * max(columns - width(text), 0)


@frozen
class _Voice:
    """One language: its phrases, and the texts of the rubric in it."""

    language: str

    @classmethod
    def of(cls, language: str) -> _Voice:
        return cls(language)

    def __call__(self, phrase: str, *values: object) -> str:
        phrases = PHRASES.get(self.language, PHRASES["en"])
        return phrases[phrase].format(*values)

    def text(self, words: Words | None) -> str:
        """Return a text in this language on one line, without control characters."""
        if words is None:
            return ""
        plain = words.in_language(self.language)
        return " ".join("".join(sign if sign.isprintable() else " " for sign in plain).split())


def _points(number: Fraction, places: int) -> str:
    return format(decimal_of(number, places)[0], "f")


def _signed(number: Fraction, places: int) -> str:
    text = _points(abs(number), places)
    return f"−{text}" if number < 0 else f"+{text}"


# What was lost


@frozen
class _Loss:
    """One reason why points are missing, in points of the whole, with its text."""

    lost: Fraction
    node: NodeResult
    text: str
    step: Step | None


def _losses(result: Evaluation, voice: _Voice) -> list[_Loss]:
    """Return the reasons for lost points, the largest first, ties in document order."""
    found: list[_Loss] = []
    for loss in losses_of(result.nodes.values()):
        if loss.step is not None:
            text = _step_text(loss.step, voice)
        else:
            earned = [_step_text(step, voice) for step in loss.node.steps if step.taken > 0]
            text = ": ".join([voice("not_earned"), *filter(None, ["; ".join(earned)])])
        found.append(_Loss(loss.lost, loss.node, text, loss.step))
    return sorted(found, key=lambda loss: -loss.lost)


def _step_text(step: Step, voice: _Voice) -> str:
    text = voice.text(step.text)
    if step.kind in ("limit", "clip"):
        return f"{voice(step.name)} {text}"
    return text or voice(step.kind)


def _mark(provenance: str | None) -> str:
    return " *" if provenance == "illustrative" else ""


def _value(value: object, voice: _Voice) -> str:
    """Write a finding on one line."""
    if isinstance(value, tuple):
        return _oneline(_listed(value, voice))
    text = "true" if value is True else "false" if value is False else str(value)
    return _oneline(text)


def _listed(value: tuple[object, ...], voice: _Voice) -> str:
    """Write the values of a checklist, the readings of a panel, or how many rows there are."""
    if all(isinstance(each, dict) for each in value) and value:
        return voice("rows", len(value))
    return "{" + ", ".join("–" if each is None else str(each) for each in value) + "}"


def _shown(findings: Iterable[Finding], voice: _Voice) -> str:
    parts = []
    for each in findings:
        text = _value(each.value, voice)
        notes = [] if each.note is None else [each.note.note, each.note.source]
        method = None if each.note is None else each.note.method
        notes += [] if method is None else [voice(method)]
        notes += [] if each.note is None else [each.note.assessor]
        notes += [voice("assumed")] if each.assumed else []
        beside = ", ".join(_oneline(note) for note in notes if note)
        name = each.path.partition(".")[2]
        parts.append(f"{name} = {_oneline(text)}" + (f" ({beside})" if beside else ""))
    return "; ".join(parts)


def _oneline(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


# Results


def _headline(result: Evaluation, voice: _Voice) -> str:
    root = result[ROOT]
    parts = [
        voice("points", _points(root.exact, root.places))
        if root.scale is None
        else voice("points_of", _points(root.exact, root.places), _points(root.scale, root.places))
    ]
    reason = result.unrated
    if reason is not None and reason in result.nodes:
        reason = voice("lacking", reason)
    parts += _graded(root, reason, voice)
    if result.rounded:
        parts.append(voice("rounded", number_text(root.exact)))
    return " · ".join(parts)


def _graded(node: NodeResult, unrated: str | None, voice: _Voice) -> list[str]:
    if node.grade is None:
        return []
    if node.grade == UNRATED:
        return [voice("unrated", unrated or "").rstrip(":： ")]
    parts = [] if node.stars is None else [_stars(node.stars, voice)]
    if node.grade != str(node.stars):
        parts.append(voice("grade", node.grade))
    return parts


def _stars(stars: int, voice: _Voice) -> str:
    return voice("one_star") if stars == 1 else voice("stars", stars)


def _illustrated(result: Evaluation) -> bool:
    stated = {each.provenance for each in result.nodes.values()}
    stated |= {each.provenance for each in result.ledger}
    stated |= {each.provenance for each in result.grade_changes}
    return "illustrative" in stated


def evaluation_text(
    result: Evaluation, language: str | None = None, *, everything: bool = False
) -> str:
    """Return a result with its reasons as text."""
    voice = _Voice.of(language or result.language)
    title = voice.text(result.title)
    lines = [
        f"{title or result.rubric}（{result.rubric}，{voice('version', result.version)}）"
        if voice.language == "zh"
        else f"{title or result.rubric} ({result.rubric}, {voice('version', result.version)})",
        _headline(result, voice),
    ]
    if _illustrated(result):
        lines.append(voice("illustrative"))
    for change in result.grade_changes:
        if change.gate is not None:
            name = "" if change.node == ROOT else f"{change.node}: "
            moved = voice("gate", change.before or "", change.after)
            lines.append(f"{name}{moved}  {voice.text(change.text)}{_mark(change.provenance)}")
    places = result[ROOT].places
    losses = [loss for loss in _losses(result, voice) if loss.lost]
    lines.append("")
    if losses:
        lines.append(
            voice("lost", _points(sum((each.lost for each in losses), Fraction(0)), places))
        )
        columns = max(width(_signed(-loss.lost, places)) for loss in losses)
        for number, loss in enumerate(losses, 1):
            amount = _signed(-loss.lost, places).rjust(columns)
            title = voice.text(loss.node.title)
            named = "  ".join(filter(None, (loss.node.id, title))) + _mark(loss.node.provenance)
            lines.append(f"{number:>3}. {amount}  {named}")
            lines.append(" " * (columns + 7) + _why(loss, voice, places))
    else:
        lines.append(voice("nothing_lost"))
    lines += ["", voice("steps")]
    shown = list(_node_lines(result, voice, everything=everything))
    lines += shown
    if not everything and len(shown) < sum(1 + len(node.steps) for node in result.nodes.values()):
        lines.append(voice("all_full"))
    return "\n".join(lines)


def _why(loss: _Loss, voice: _Voice, places: int) -> str:
    step = loss.step
    findings = _shown(loss.node.findings if step is None else step.findings, voice)
    parts = [loss.text + (_mark(step.provenance) if step is not None else "")]
    if findings:
        parts.append(f"[{findings}]")
    if step is not None:
        if step.asked != step.taken:
            asked, taken = _points(-step.asked, places), _points(-step.taken, places)
            parts.append(f"({voice('asked', asked, taken)})")
        if step.source is not None:
            parts.append(f"— {voice.text(step.source)}")
    return " ".join(parts)


def _node_lines(result: Evaluation, voice: _Voice, *, everything: bool) -> Iterator[str]:
    for node in result.nodes.values():
        telling = [step for step in node.steps if step.kind != "child"]
        full = node.scale is not None and node.exact == node.scale
        if full and not everything and not telling and not node.bonus:
            continue
        indent = "  " * node.depth
        score = _points(node.exact, node.places)
        of = "" if node.scale is None else f" / {_points(node.scale, node.places)}"
        graded = _graded(node, None, voice) if node.id != ROOT else []
        parts = [node.id, voice.text(node.title) + _mark(node.provenance), f"{score}{of}", *graded]
        yield indent + "  ".join(part for part in parts if part)
        for step in telling:
            yield f"{indent}    {_step_line(step, voice, node.places)}"
            for line in _made_of(step.parts, step.rows, voice, node.places):
                yield f"{indent}        {line}"
        if node.bonus:
            yield f"{indent}    {voice('bonus_up', _points(node.bonus, node.places))}"


def _step_line(step: Step, voice: _Voice, places: int) -> str:
    parts = [f"{_points(step.before, places)} → {_points(step.after, places)}"]
    parts.append(_signed(step.asked, places))
    name = voice(step.name) if step.name in PHRASES["en"] else step.name
    origin = f" {step.origin}" if step.origin is not None else ""
    text = voice.text(step.text)
    parts.append(f"{name}{origin}" + (f": {text}" if text else "") + _mark(step.provenance))
    if step.asked != step.taken and step.kind not in ("limit", "clip"):
        asked, taken = _points(abs(step.asked), places), _points(abs(step.taken), places)
        parts.append(f"({voice('asked', asked, taken)})")
    findings = _shown(step.findings, voice)
    if findings:
        parts.append(f"[{findings}]")
    return "  ".join(parts)


def _made_of(
    parts: Iterable[StepPart], rows: Iterable[RowAmount], voice: _Voice, places: int
) -> Iterator[str]:
    """Yield what the members of a group asked and took, and what each row asked."""
    for part in parts:
        if part.asked:
            asked, taken = _points(part.asked, places), _points(part.taken, places)
            yield f"{voice.text(part.text)}  ({voice('asked', asked, taken)})"
        for line in _made_of(part.parts, part.rows, voice, places):
            yield f"  {line}"
    for each in rows:
        line = voice("row", each.row + 1, _points(each.asked, places))
        cells = "; ".join(f"{name} = {_value(value, voice)}" for name, value in each.cells)
        yield f"{line}  [{cells}]"


_STYLE = (
    "border-collapse:collapse;font-size:90%",
    "padding:2px 8px;border-bottom:1px solid #ddd;vertical-align:top;text-align:left",
)


def _table(head: list[str], rows: Iterable[list[str]], caption: str) -> str:
    style = f' style="{_STYLE[1]}"'
    cells = "".join(f"<th{style}>{escape(each)}</th>" for each in head)
    body = "".join(
        "<tr>" + "".join(f"<td{style}>{each}</td>" for each in row) + "</tr>" for row in rows
    )
    return (
        f'<table style="{_STYLE[0]}"><caption style="text-align:left">{caption}</caption>'
        f"<thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"
    )


def _indented(depth: int, text: str) -> str:
    return f'<span style="padding-left:{depth * 1.2:.1f}em">{escape(text)}</span>'


def evaluation_html(result: Evaluation) -> str:
    """Return a result as an HTML table, every text escaped."""
    voice = _Voice.of(result.language)
    rows = []
    for node in result.nodes.values():
        why: list[str] = []
        for step in node.steps:
            if step.kind != "child":
                why.append(_step_line(step, voice, node.places))
                why += _made_of(step.parts, step.rows, voice, node.places)
        name = f"{node.id} {voice.text(node.title)}{_mark(node.provenance)}"
        of = voice("open") if node.scale is None else _points(node.scale, node.places)
        score = _points(node.exact, node.places)
        rows.append([_indented(node.depth, name), score, of, "<br>".join(map(escape, why))])
    title = escape(voice.text(result.title) or result.rubric)
    caption = f"<b>{title}</b><br>{escape(_headline(result, voice))}"
    if _illustrated(result):
        caption += f"<br>{escape(voice('illustrative'))}"
    head = [voice(each) for each in ("node", "score", "of", "why")]
    return _table(head, rows, caption)


# Rubrics


def _provenances(rubric: Rubric) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for node, path, _ in walk(rubric):
        above = found.get(path[: path.rfind(".")]) if "." in path else None
        found[path] = node.provenance or above
    return found


def _rubric_rows(rubric: Rubric, voice: _Voice) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield depth, name, points and further lines of every node."""
    provenances = _provenances(rubric)
    for node, path, _ in walk(rubric):
        depth = path.count(".")
        name = f"{node.id}  {voice.text(node.title)}".rstrip() + _mark(provenances[path])
        yield depth, name, _worth(node, voice), _detail(node, provenances[path], voice)


def _worth(node: Rubric | Indicator | Item, voice: _Voice) -> str:
    if isinstance(node, Rubric):
        return "" if node.total is None else number_text(node.total)
    parts = []
    if isinstance(node.points, Fraction):
        parts.append(number_text(node.points))
    elif node.points is not None:
        parts.append(voice("open" if node.points == "none" else "beside"))
    if node.out_of is not None:
        parts.append(f"/ {number_text(node.out_of)}")
    if node.weight is not None:
        weight = node.weight
        text = number_text(weight) if isinstance(weight, Fraction) else str(weight)
        parts.append(f"× {text}")
    return " ".join(parts)


def _detail(node: Rubric | Indicator | Item, provenance: str | None, voice: _Voice) -> list[str]:
    lines = []
    if isinstance(node, Rubric):
        for source, fields in node.given:
            kinds = ", ".join(f"{source}.{name}: {each.type}" for name, each in fields)
            lines.append(f"{voice('from_given')}: {kinds}")
        lines += [f"{name} = {text}" for name, text in node.values]
    else:
        lines += [voice("for", ", ".join(node.applies_to))] if node.applies_to else []
        lines += [voice("each", node.each)] if node.each is not None else []
    if node.combine not in (None, "sum"):
        lines.append(voice(node.combine))
    methods = () if isinstance(node, Rubric) else node.methods
    if methods:
        lines.append(voice("methods", ", ".join(map(voice, methods))))
    for name, field in node.evidence:
        title = voice.text(field.title)
        lines.append(f"{name}: {field.type}" + (f"  {title}" if title else ""))
    for rule in node.rules:
        says = voice.text(rule.says)
        mark = _mark(rule.provenance or provenance)
        lines.append(f"- {rule_text(rule)}" + (f"  {says}" if says else "") + mark)
    for grade in node.grades:
        mark = _mark(grade.provenance or provenance)
        lines.append(f"= {_grade_text(grade, voice)}{mark}")
    for gate in node.gates:
        mark = _mark(gate.provenance or provenance)
        lines.append(f"! {rule_text(gate)}  {voice.text(gate.says)}".rstrip() + mark)
    return lines


def _grade_text(grade: Grade, voice: _Voice) -> str:
    parts = [voice.text(grade.title) or grade.name]
    if grade.stars is not None:
        parts.append(_stars(grade.stars, voice))
    if grade.at_least is not None:
        parts.append(voice("from", number_text(grade.at_least)))
    if grade.up_to is not None:
        parts.append(voice("up_to", number_text(grade.up_to)))
    if not grade.conditional:
        parts.append(voice("else"))
    for key, edges in (("minima", grade.minima), ("maxima", grade.maxima)):
        if isinstance(edges, Fraction):
            parts.append(f"{key} {number_text(edges)}")
        elif edges is not None:
            parts.append(
                f"{key} " + ", ".join(f"{name} {number_text(each)}" for name, each in edges)
            )
    if grade.when is not None:
        parts.append(f"when {grade.when}")
    return ", ".join(parts)


def rubric_text(rubric: Rubric, language: str | None = None) -> str:
    """Return a rubric as text: its tree with points, evidence, rules and grades."""
    voice = _Voice.of(language or rubric.language)
    lines = [f"{rubric.name}, {voice('version', rubric.version)}"]
    rows = list(_rubric_rows(rubric, voice))
    if any(row[1].endswith(" *") or any(each.endswith(" *") for each in row[3]) for row in rows):
        lines.append(voice("illustrative"))
    columns = max(2 * depth + width(name) for depth, name, _, _ in rows) + 2
    for depth, name, worth, detail in rows:
        indent = "  " * depth
        lines.append((_padded(indent + name, columns) + worth).rstrip())
        lines += [f"{indent}    {each}" for each in detail]
    return "\n".join(lines)


def rubric_html(rubric: Rubric) -> str:
    """Return a rubric as an HTML table, every text escaped."""
    voice = _Voice.of(rubric.language)
    rows = [
        [_indented(depth, name), escape(worth), "<br>".join(map(escape, detail))]
        for depth, name, worth, detail in _rubric_rows(rubric, voice)
    ]
    caption = f"<b>{escape(rubric.name)}</b>, {escape(voice('version', rubric.version))}"
    if any(" *" in cell for row in rows for cell in row):
        caption += f"<br>{escape(voice('illustrative'))}"
    return _table([voice("node"), voice("of"), voice("why")], rows, caption)
