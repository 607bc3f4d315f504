"""What the golden cases of a rubric exercise: by rule and outcome, not by line.

A rubric has branches: a condition that holds or not, the tiers of a map, a cap that binds,
a rule that moves a score, the grades. `exercise` says which way the cases go at each, how
many of them, and which ways none goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from rubric_engine.errors import InvalidEvidence, InvalidRubric, Problem
from rubric_engine.evidence import read_sheet
from rubric_engine.exact import number_text
from rubric_engine.files import gate_text, rule_text
from rubric_engine.grading import UNRATED
from rubric_engine.lower import lower
from rubric_engine.model import Rubric, walk
from rubric_engine.sheet import Program
from rubric_engine.words import Words, words

if TYPE_CHECKING:
    from rubric_engine.testing import Case

__all__ = ["PHRASES", "Exercised", "ExercisedBranch", "ExercisedWay", "exercise", "watched"]


@frozen
class ExercisedWay:
    """One outcome of a branch, and how many cases show it."""

    #: `true`, the name of a tier or a grade, `binds`.
    name: str
    #: Where in the rubric it stands: `$.items[0].rules[1].deduct.poor`.
    path: str
    #: How many of the cases that were scored go this way.
    cases: int
    #: The first of them, by its name; None where there is none.
    first: str | None = None


@frozen
class ExercisedBranch:
    """A place where the rubric goes one of several ways, and which of them the cases go."""

    #: Where in the rubric it stands: `$.items[0].rules[1].when`.
    path: str
    #: What it tells apart, a key of `branches.KINDS`.
    kind: str
    #: The id of the node that it belongs to.
    node: str
    #: What the rule or the gate says, in the scheme's words or in the file's.
    text: Words | None
    ways: tuple[ExercisedWay, ...]
    #: Where in the text of an expression it stands, counted from 0; None for the whole.
    offset: int | None = None

    @property
    def missing(self) -> tuple[ExercisedWay, ...]:
        """The ways that no case goes."""
        return tuple(each for each in self.ways if not each.cases)


@frozen
class Exercised:
    """What cases exercise of a rubric."""

    rubric: str
    version: str
    #: In the order of the rubric's nodes.
    branches: tuple[ExercisedBranch, ...] = field(repr=False)
    #: How many cases were scored, and how many refused.
    cases: int
    refused: int
    #: Code and place of every problem for which a case was refused, each once.
    refused_for: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    #: The language of its text, unless another is asked for.
    language: str = "en"

    @property
    def outcomes(self) -> int:
        """How many ways there are."""
        return sum(len(each.ways) for each in self.branches)

    @property
    def shown(self) -> int:
        """How many of them a case goes."""
        return sum(len(each.ways) - len(each.missing) for each in self.branches)

    @property
    def share(self) -> Fraction:
        """The share of the ways that a case goes; 1 where there is only one way everywhere."""
        return Fraction(self.shown, self.outcomes) if self.outcomes else Fraction(1)

    @property
    def missing(self) -> tuple[tuple[ExercisedBranch, ExercisedWay], ...]:
        """The ways that no case goes, each with its branch."""
        return tuple((branch, way) for branch in self.branches for way in branch.missing)

    @property
    def by_kind(self) -> dict[str, tuple[int, int]]:
        """For each kind of branch, how many of its ways a case goes, and how many there are."""
        found: dict[str, tuple[int, int]] = {}
        for each in self.branches:
            shown, ways = found.get(each.kind, (0, 0))
            more = len(each.ways) - len(each.missing)
            found[each.kind] = (shown + more, ways + len(each.ways))
        return found

    def explain(self, language: str | None = None, *, everything: bool = False) -> str:
        """Return what is not exercised as text, or with `everything` all branches.

        In the rubric's language unless another is named ("zh", "en").
        """
        return "\n".join(_lines(self, language or self.language, everything=everything))

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, ready for JSON; the share is exact text."""
        return {
            "rubric": self.rubric,
            "version": self.version,
            "cases": self.cases,
            "refused": self.refused,
            "refused_for": [{"code": code, "path": path} for code, path in self.refused_for],
            "outcomes": self.outcomes,
            "shown": self.shown,
            "share": number_text(self.share),
            "branches": [_branch_plain(each) for each in self.branches],
        }

    def __str__(self) -> str:
        return self.explain()


def exercise(cases: Iterable[Case | Mapping[str, Any]], rubric: Rubric | None = None) -> Exercised:
    """Say what cases exercise of their rubric.

    `cases` are golden cases of one rubric; beside `rubric`, plain sheets too, and there may
    be none. What a case expects is not looked at, `check_case` does that. A sheet that is
    refused is counted apart and exercises nothing. Raises `InvalidRubric` if the rubric
    itself cannot be used, and `InvalidEvidence` if the cases are of several rubrics, or
    there is neither a case nor a rubric.
    """
    named = [_named(each, number) for number, each in enumerate(cases)]
    of = [each for _, each, _ in named if each is not None]
    tested = rubric or (of[0] if of else None)
    if tested is None:
        raise InvalidEvidence([Problem("empty", "cases", "one case at least, or its rubric")])
    for each in of:
        if each is not tested and each != tested:
            problem = Problem("conflicting-keys", "cases", "cases of one rubric", each.name)
            raise InvalidEvidence([problem])
    return _Exercise(tested).run([(name, sheet) for name, _, sheet in named])


def watched(rubric: Rubric) -> Program:
    """Return a rubric ready to score, lowered with its branches; raises `InvalidRubric`."""
    program: Program | None = rubric.derived.get("watched")
    if program is None:
        lowered, problems = lower(rubric, watched=True)
        if lowered is None:
            raise InvalidRubric([problem for problem, _ in problems])
        program = rubric.derived["watched"] = Program(lowered)
    return program


def _named(
    case: Case | Mapping[str, Any], number: int
) -> tuple[str, Rubric | None, Mapping[str, Any]]:
    if isinstance(case, Mapping):
        return str(number), None, case
    return case.name, case.rubric, case.evidence


class _Exercise:
    """Counts which ways sheets go."""

    def __init__(self, rubric: Rubric) -> None:
        self.program = watched(rubric)
        self.lowered = self.program.lowered
        roots = [way.holds.value for each in self.lowered.branches for way in each.ways]
        self.verdicts = self.program.values_of(roots)
        self.counts = [0] * len(roots)
        self.firsts: list[str | None] = [None] * len(roots)
        self.scored = self.refused = 0
        self.refused_for: dict[tuple[str, str], None] = {}

    def run(self, sheets: Iterable[tuple[str, Mapping[str, Any]]]) -> Exercised:
        """Return what the sheets exercise."""
        for name, sheet in sheets:
            try:
                found = read_sheet(self.program, sheet).found
            except InvalidEvidence as error:
                self.refused += 1
                self.refused_for |= {(each.code, each.path): None for each in error.problems}
                continue
            self.scored += 1
            for place, verdict in enumerate(self.verdicts(found)):
                if any(verdict) if isinstance(verdict, tuple) else verdict:
                    self.counts[place] += 1
                    self.firsts[place] = self.firsts[place] or name
        rubric = self.lowered.rubric
        return Exercised(
            rubric.name,
            rubric.version,
            tuple(self.branches()),
            self.scored,
            self.refused,
            tuple(self.refused_for),
            rubric.language,
        )

    def branches(self) -> Iterator[ExercisedBranch]:
        """Yield all branches with what was counted."""
        counted = zip(self.counts, self.firsts, strict=True)
        texts = _Texts(self.lowered.rubric)
        for each in self.lowered.branches:
            ways = tuple(
                ExercisedWay(way.name, way.path or each.path, *next(counted)) for way in each.ways
            )
            text = texts.of(each.path)
            yield ExercisedBranch(each.path, each.kind, each.node, text, ways, each.offset)


class _Texts:
    """What the rules and gates of a rubric say, by their paths."""

    def __init__(self, rubric: Rubric) -> None:
        self.found: dict[str, Words | None] = {}
        for node, path, _ in walk(rubric):
            for number, rule in enumerate(node.rules):
                self.found[f"{path}.rules[{number}]"] = rule.says or words(rule_text(rule))
            for number, gate in enumerate(node.gates):
                self.found[f"{path}.gates[{number}]"] = gate.says or words(gate_text(gate))

    def of(self, path: str) -> Words | None:
        """Return what the rule or gate says that a path is in; None where it is in none."""
        match = _IN_RULE.match(path)
        return None if match is None else self.found[match[0]]


_IN_RULE = re.compile(r".*?\.(?:rules|gates)\[\d+\]")


def _branch_plain(branch: ExercisedBranch) -> dict[str, Any]:
    plain: dict[str, Any] = {"path": branch.path, "kind": branch.kind, "node": branch.node}
    if branch.offset is not None:
        plain["offset"] = branch.offset
    if branch.text is not None:
        plain["text"] = branch.text.plain
    plain["ways"] = [
        {"name": each.name, "path": each.path, "cases": each.cases, "first": each.first}
        for each in branch.ways
    ]
    return plain


# text


#: What is said in each language: `{}` is filled in; kinds of branches and names of ways.
PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "head": "{}: {} of {} outcomes exercised, {} %",
        "cases": "{} cases scored, {} refused",
        "all": "every outcome is exercised",
        "never": "never {}",
        "at": "{} ({})",
        "line": "{}: {}",
        "comma": ", ",
        "applicable": "applicability",
        "for": "type",
        "present": "findings",
        "enough": "enough that count",
        "if": "if … else",
        "condition": "condition",
        "rows": "rows",
        "within": "period",
        "tier": "tier",
        "ticked": "value",
        "ratio": "ratio",
        "divisor": "divisor",
        "repeat": "same matter",
        "cap": "cap",
        "rounding": "rounding",
        "member": "member",
        "rule": "rule",
        "limit": "limit",
        "grade": "grade",
        "grade condition": "condition of the grade",
        "unrated": "rating",
        "gate": "gate",
        "way:leaves": "leaves it",
        "way:moves": "moves it",
        "way:raises": "raises it",
        "way:cuts": "cuts it",
    },
    "zh": {
        "head": "{}：{} / {} 种结果有用例，占 {} %",
        "cases": "{} 例计分，{} 例拒收",
        "all": "每种结果都有用例",
        "never": "未见「{}」",
        "at": "{}（{}）",
        "line": "{}：{}",
        "comma": "，",
        "applicable": "是否适用",
        "for": "对象类型",
        "present": "有无评测",
        "enough": "计分项是否足够",
        "if": "条件取值",
        "condition": "条件",
        "rows": "行数",
        "within": "期限",
        "tier": "档次",
        "ticked": "选项",
        "ratio": "比例",
        "divisor": "除数",
        "repeat": "同一事项",
        "cap": "封顶",
        "rounding": "取整",
        "member": "合并项",
        "rule": "规则",
        "limit": "上下限",
        "grade": "等级",
        "grade condition": "等级条件",
        "unrated": "评级",
        "gate": "门槛",
        "way:applicable": "适用",
        "way:not applicable": "不适用",
        "way:for it": "属于",
        "way:not for it": "不属于",
        "way:present": "有",
        "way:absent": "无",
        "way:enough": "足够",
        "way:too few": "不足",
        "way:true": "成立",
        "way:false": "不成立",
        "way:none": "无",
        "way:one": "一",
        "way:several": "多",
        "way:inside": "期内",
        "way:outside": "期外",
        "way:below": "低于各档",
        "way:before": "低于各点",
        "way:else": "其余",
        "way:ticked": "已选",
        "way:not ticked": "未选",
        "way:part": "部分",
        "way:all": "全部",
        "way:divides": "可除",
        "way:0": "为零",
        "way:again": "重复",
        "way:once": "不重复",
        "way:binds": "封顶",
        "way:leaves": "不变",
        "way:rounds": "取整",
        "way:asks": "计分",
        "way:asks nothing": "不计分",
        "way:kept": "取用",
        "way:lost": "舍去",
        "way:moves": "变动",
        "way:raises": "抬高",
        "way:cuts": "削减",
        "way:met": "满足",
        "way:failed": "不满足",
        "way:unrated": "不评级",
        "way:rated": "评级",
    },
}
_ABOVE = re.compile(r"^\$(\.(?:indicators|items)\[\d+\])*\.?")


def _lines(exercised: Exercised, language: str, *, everything: bool) -> Iterator[str]:
    says = PHRASES.get(language, PHRASES["en"])
    name = f"{exercised.rubric} {exercised.version}"
    # Rounded down: not everything is exercised before it says 100 %.
    percent = number_text(Fraction(int(1000 * exercised.share), 10))
    yield says["head"].format(name, exercised.shown, exercised.outcomes, percent)
    yield "  " + says["cases"].format(exercised.cases, exercised.refused)
    told = [each for each in exercised.branches if everything or each.missing]
    if not told:
        yield "  " + says["all"]
    node = None
    for each in told:
        if each.node != node:
            node = each.node
            yield f"  {node}"
        yield "    " + _branch_line(each, language, says, everything=everything)


def _branch_line(
    branch: ExercisedBranch, language: str, says: Mapping[str, str], *, everything: bool
) -> str:
    if everything:
        ways = [f"{_way_name(branch, each, says)} {each.cases}" for each in branch.ways]
    else:
        ways = [says["never"].format(_way_name(branch, each, says)) for each in branch.missing]
    place, kind = _ABOVE.sub("", branch.path), says.get(branch.kind, branch.kind)
    kind = says["at"].format(place, kind) if place else kind
    line = says["line"].format(kind, says["comma"].join(ways))
    if branch.text is None:
        return line
    # On one line, without control characters: it stands in a terminal.
    text = branch.text.in_language(language)
    return f"{line} — {' '.join(''.join(s if s.isprintable() else ' ' for s in text).split())}"


def _way_name(branch: ExercisedBranch, way: ExercisedWay, says: Mapping[str, str]) -> str:
    """Return the name of a way; tiers and grades have names of the rubric's own."""
    own = way.path != branch.path and way.name not in ("else", UNRATED)
    return way.name if own else says.get(f"way:{way.name}", way.name)
