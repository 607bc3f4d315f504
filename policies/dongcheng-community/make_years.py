"""Writes `years.yaml`: two years of a synthetic district of 126 communities in 12 streets.

`python policies/dongcheng-community/make_years.py` writes the same bytes every time. For each
sheet it looks for findings whose score lies near a wanted one; what is written are the findings
alone, and every score, star and count of the file is worked out from them by the rubric. All of
it is made up: no street, community, department's objection or finding is real.
"""
# ruff: noqa: INP001, RUF001, E501 - a script with tables of Chinese texts

from __future__ import annotations

import hashlib
import json
import random
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from math import fsum
from pathlib import Path
from typing import Any, NamedTuple

import yaml

import rubric_engine
from rubric_engine.model import Item, walk

HERE = Path(__file__).resolve().parent
RUBRIC = rubric_engine.load(HERE / "rubric.yaml")
FULL: dict[str, Any] = yaml.safe_load((HERE / "cases.yaml").read_text("utf-8"))["sheets"]["full"]
#: The titles of items, in Chinese and English.
TITLES = {
    item["id"]: (item["title"]["zh"], item["title"]["en"])
    for first in yaml.safe_load((HERE / "rubric.yaml").read_text("utf-8"))["indicators"]
    for second in first["indicators"]
    for item in second["items"]
}
WIDTH = 100


class Weakness(NamedTuple):
    """A finding that costs points: its values from slight to bad, and how it is told."""

    group: str
    levels: tuple[Any, ...]
    zh: str
    en: str


#: field | group | values, or ranges of values `[from, to]`, from slight to bad | zh | en
TABLE = """
plan.missing | papers | 1, 2, 3, 4 | 缺计划、措施或总结{}项 | plans or summaries missing: {}
decisions.procedure_rules | papers | no | 没有议事规则 | no rules of procedure
decisions.took_part | lead | no | 重大事项未经班子讨论 | major matters not discussed by the leading team
coordination.joint_plan | lead | no | 没有共建计划 | no plan for joint projects
coordination.meetings_missed | lead | 1, 2 | 协调会少开{}次 | coordination meetings not held: {}
implementation.tasks_done | lead | [91, 97], [81, 89], [71, 79] | 部署任务完成率{}% | tasks done: {} %
implementation.late_reports | papers | 1, 2, 4 | 迟报{}次 | reports handed in late: {}
self_government.support | lead | adequate, weak | 支持居民自治力度不够 | little support for self-government
team_posts.vacant | lead | 1, 2 | 班子职数空缺{}个 | vacant posts in the team: {}
team_study.sessions_missed | papers | 1, 3, 6 | 集体学习少{}次 | study sessions not held: {}
team_study.study_records | papers | no | 学习记录不全 | study records incomplete
democratic_life.steps_done | lead | [talks], [talks, opinions], [rectification, talks] | 民主生活会环节不全 | steps of the meeting of criticism left out
integrity.confirmed_reports | lead | 1, 2 | 查实的反映{}件 | substantiated reports: {}
coverage.covered | members | [90, 93], [84, 88], [76, 81] | 组织覆盖率{}% | Party organisations cover {} %
branch_life.missed | members | 1, 4, 8 | 三会一课少{}次 | branch meetings or lessons not held: {}
branch_life.records_complete | papers | no | 三会一课记录不全 | records of branch meetings incomplete
member_education.trained | members | [86, 93], [72, 83], [51, 68] | 完成学时的党员{}% | members with the required hours of study: {} %
recruitment.irregular | papers | 1 | 发展党员程序不规范{}例 | members recruited irregularly: {}
recruitment.plan_followed | members | no | 未完成发展计划 | recruitment plan not followed
dues.paid | members | [96, 98], [91, 95], [86, 90] | 党费按时交纳率{}% | dues paid on time: {} %
floating_members.contacted | common | [86, 94], [66, 83], [31, 48] | 联系到的流动党员{}% | members living elsewhere who were reached: {} %
member_records.errors | papers | 3, 8, 16 | 党员信息差错{}处 | errors in member records: {}
in_service.registered | members | [81, 88], [62, 77], [40, 57] | 在职党员报到率{}% | employed members registered here: {} %
commitments.fulfilled | members | [95, 98], [91, 94], [86, 89] | 承诺兑现率{}% | commitments fulfilled: {} %
hardship_care.not_visited | service | 1, 2, 3 | 漏访困难党员{}人 | members in hardship not visited: {}
hardship_care.care_register | papers | no | 没有帮扶台账 | no register of help
responsibility.parts_in_place | papers | [accountability], [accountability, yearly_review], [accountability, yearly_review, task_split] | 责任制制度不全 | parts of the responsibility system missing
open_affairs.unpublished | papers | 1, 4, 7 | 应公开未公开{}项 | matters not published: {}
open_affairs.published_late | papers | 1, 3, 5 | 公开不及时{}项 | matters published late: {}
joint_conference.held | lead | 3, 2, 1 | 联席会议全年只开{}次 | joint conferences held: {}
filing.state | papers | minor_gaps, major_gaps | 档案有缺漏 | gaps in the files
visits.visited | service | [82, 93], [63, 78], [35, 57] | 入户走访率{}% | households visited: {} %
requests.answered | service | [94, 97], [86, 92], [76, 83] | 诉求办结率{}% | requests answered: {} %
requests.overdue | service | 1, 2, 4 | 超期办理{}件 | requests overdue: {}
requests.register_kept | papers | no | 没有诉求办理台账 | no register of requests
service_station.shortcomings | service | 0.5, 1, 1.5 | 服务站功能不全，酌情扣{}分 | service station works badly, {} off
venue.condition | means | partly_meets, shared_place | 活动场所不达标 | place for activities below the standard
funding.funded | means | [68, 76], [52, 64], [22, 38] | 经费到位率{}% | funds in place: {} %
funding.accounts_published | means | no | 收支不公开 | accounts not published
staffing.vacant | means | 1, 2, 3 | 岗位空缺{}个 | vacant posts: {}
staffing.staff_trained | means | no | 未全员参加培训 | not all staff trained
livelihood.unfinished | service | 1, 2 | 民生项目未完成{}个 | projects not finished: {}
livelihood.schedule_published | service | no | 未公示项目进度 | schedule not published
elderly_care.uncovered | service | 1, 4, 7 | 应帮未帮{}户 | households in need not helped: {}
volunteering.activities_missed | service | 1, 4, 6 | 志愿活动少{}次 | volunteer activities not held: {}
volunteering.team_formed | service | no | 没有志愿服务队 | no volunteer team
mediation.resolved | safety | [90, 94], [81, 88], [66, 78] | 调解成功率{}% | disputes resolved: {} %
safety.incident | safety | minor, serious | 发生安全事件 | a safety incident
safety.hazards_open | safety | 1, 4, 7 | 隐患未整改{}处 | hazards not removed: {}
petitions.collective | safety | 1 | 集体上访{}起 | collective petitions: {}
petitions.repeated | safety | 1, 3, 5 | 重复信访{}件 | repeated petitions: {}
culture.activities_missed | service | 1, 2, 3 | 文体活动少{}次 | culture and sports events not held: {}
surroundings.places_found | safety | 3, 8, 16 | 环境卫生问题{}处 | unclean or untidy places: {}
learning.participation | common | [45, 57], [24, 37], [12, 18] | 学习活动参与率{}% | residents taking part in learning: {} %
assigned_tasks.quality | means | good, fair | 专项任务完成质量不高 | special tasks not done well
inspection.street_mark | mark | [92, 96], [80, 90], [56, 72] | 街道督查得分{} | score of the street's inspections: {}
innovation.merit | mark | 0.8, 0.5, 0.1 | 工作创新只得{}分 | innovation earned only {}
residents_view.satisfied | views | [85, 88], [78, 83], [69, 75] | 居民满意率{}% | residents satisfied: {} %
members_view.satisfied | views | [82, 88], [64, 77], [46, 58] | 党员满意率{}% | members satisfied: {} %
units_view.satisfied | views | [82, 88], [64, 77], [46, 58] | 单位满意率{}% | units satisfied: {} %
awareness.aware | common | [70, 77], [55, 67], [28, 42] | 党建工作知晓率{}% | residents aware of the Party's work: {} %
complaints.substantiated | views | 1, 2, 3 | 查实投诉{}件 | substantiated complaints: {}
media.negative | views | 1 | 负面报道{}篇 | negative press reports: {}
feedback.unanswered | views | 1, 4, 7 | 意见未答复{}条 | suggestions not answered: {}
feedback.results_told | views | no | 未告知整改结果 | residents not told what was put right
representatives.opinion | views | mixed, critical | 居民代表评价不高 | residents' representatives critical
"""
#: Fields by name, in the order of the rubric.
POOL = {
    field: Weakness(group, tuple(yaml.safe_load(f"[{levels}]")), zh, en)
    for field, group, levels, zh, en in (
        (cell.strip() for cell in line.split("|")) for line in TABLE.strip().splitlines()
    )
}
CHECKLISTS = ("democratic_life.steps_done", "responsibility.parts_in_place")
#: A few communities have something of their own to show.
MERITS = {
    "coordination.joint_projects": 1,
    "in_service.own_brands": 1,
    "livelihood.praise": "district_level",
    "culture.own_programmes": 1,
}
#: How often a group of findings is met where nothing else is said.
USUAL = {
    "common": 3.0, "papers": 1.0, "views": 1.0, "service": 0.9, "members": 0.9, "safety": 0.7,
    "means": 0.6, "lead": 0.5, "mark": 0.8,
}  # fmt: skip
#: Findings met more rarely than others of their group.
RARE = {
    "decisions.procedure_rules": 0.3, "decisions.took_part": 0.15, "recruitment.irregular": 0.3,
    "requests.register_kept": 0.08, "volunteering.team_formed": 0.3, "petitions.collective": 0.2,
    "media.negative": 0.2, "safety.incident": 0.3, "integrity.confirmed_reports": 0.3,
    "team_posts.vacant": 0.4, "coordination.joint_plan": 0.5, "hardship_care.care_register": 0.6,
    "representatives.opinion": 0.6, "funding.accounts_published": 0.4,
}  # fmt: skip

NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
STREETS = tuple(f"street-{number:02}" for number in range(1, 13))
#: What each street is weak in.
WEAK = {
    "street-01": "papers", "street-02": "service", "street-03": "members", "street-04": "safety",
    "street-05": "papers", "street-06": "views", "street-07": "means", "street-08": "service",
    "street-09": "lead", "street-10": "members", "street-11": "safety", "street-12": "views",
}  # fmt: skip
LENIENT = "street-05"
#: Year one, for each street: what its five- and four-star communities come to at the review
#: (`54`: reported five, found four), and how many of three, two and one star it reports.
#: A letter is a consultation: see `OBJECTIONS`.
FIRST = {
    "street-01": ("55 43 43", 6, 2, 1),
    "street-02": ("55n 44", 6, 2, 0),
    "street-03": ("54 43 43 44", 6, 1, 0),
    "street-04": ("55m 43 43", 4, 3, 1),
    "street-05": ("53 54 42 42 43", 5, 1, 0),
    "street-06": ("55 44 43", 5, 2, 0),
    "street-07": ("54 43 44d", 5, 2, 1),
    "street-08": ("43", 5, 3, 1),
    "street-09": ("55 44 44 44s", 5, 1, 1),
    "street-10": ("43 44f", 5, 2, 1),
    "street-11": ("55t 43 44 43", 3, 1, 1),
    "street-12": ("54 42 43", 5, 2, 0),
}
#: Where the score of a sheet is looked for, by reported star and by star found at the review.
REPORTED = {5: (91.5, 96), 4: (80.6, 88.5), 3: (72, 79.4), 2: (63, 69.4), 1: (52, 58.5)}
FOUND = {
    "55": (90.8, 94), "54": (82.5, 88.5), "53": (75.5, 79), "44": (80.6, 86), "43": (74, 79.4),
    "42": (62.5, 68),
}  # fmt: skip
#: A consultation that moves a star needs a score near the edge.
NEAR = {"d": (80.5, 81.4), "t": (90.8, 92.2), "m": (91, 93), "n": (92, 93.5), "s": (83, 85)}


class Objection(NamedTuple):
    """What a department says of a community, and what the district decides."""

    department: str
    grounds: tuple[str, str]
    decision: dict[str, Any]
    why: tuple[str, str]


DEPARTMENTS = {
    "discipline": ("纪检机关（虚构）", "Discipline inspection (synthetic)"),
    "letters_and_calls": ("信访部门（虚构）", "Letters and calls (synthetic)"),
    "safety": ("安全监管部门（虚构）", "Work safety (synthetic)"),
    "civil_affairs": ("民政部门（虚构）", "Civil affairs (synthetic)"),
}
OBJECTIONS = {
    "n": Objection(
        "civil_affairs",
        (
            "辖区一家社会组织未按期年检",
            "A social organisation in the area missed its annual inspection",
        ),
        {"none": True},
        (
            "年检由社会组织自行负责，不属社区职责",
            "That is the organisation's own duty, not the community's",
        ),
    ),
    "m": Objection(
        "safety",
        ("两处重大消防隐患挂账未销", "Two major fire hazards have not been removed"),
        {"at_most": 3},
        ("隐患属实，整改前最高三星", "Confirmed; at most three stars until they are removed"),
    ),
    "d": Objection(
        "discipline",
        ("一名班子成员受到提醒谈话", "A member of the leading team was given a reminder talk"),
        {"deduct": 2},
        (
            "情况属实，测评时尚未发生，扣2分",
            "Confirmed; it came after the assessment: 2 points off",
        ),
    ),
    "f": Objection(
        "letters_and_calls",
        ("瞒报一起集体上访", "A collective petition was concealed"),
        {"fail": True},
        ("瞒报属实，按规定定为最低等次", "Concealment confirmed; the rules set the lowest grade"),
    ),
    "t": Objection(
        "letters_and_calls",
        ("三件初次信访转为重复信访", "Three petitions had to be brought a second time"),
        {"deduct": 2.5},
        ("属实，材料未反映，扣2.5分", "Confirmed; the papers do not show it: 2.5 points off"),
    ),
    "s": Objection(
        "civil_affairs",
        (
            "困难群众救助台账更新不及时",
            "The register of households in need was not kept up to date",
        ),
        {"deduct": 1},
        ("属实，情节轻微，扣1分", "Confirmed, but minor: 1 point off"),
    ),
}
#: Year two: on which community, by what its review comes to.
LATER = {
    "deduct": Objection(
        "letters_and_calls",
        ("一件重复信访逾期未办结", "A repeated petition was not dealt with in time"),
        {"deduct": 1.5},
        ("属实，扣1.5分", "Confirmed: 1.5 points off"),
    ),
    "cap": Objection(
        "safety",
        ("消防通道长期占用，限期未改", "A fire lane was still blocked after the deadline"),
        {"at_most": 3},
        ("属实，整改前最高三星", "Confirmed; at most three stars until it is clear"),
    ),
    "none": Objection(
        "discipline",
        ("收到一件匿名反映", "An anonymous report was received"),
        {"none": True},
        ("经核查不属实", "Looked into, and unfounded"),
    ),
    "fail": Objection(
        "civil_affairs",
        (
            "换届候选人资格审查材料造假",
            "Papers in the vetting of an election candidate were forged",
        ),
        {"fail": True},
        ("造假属实，定为最低等次", "Forgery confirmed; the lowest grade"),
    ),
}
#: The street whose drawn community differs too much in year two, so that the rest is reviewed.
EXTENDED = "street-08"
NOTHING = ("与街道测评一致", "As the street found it")

State = dict[str, tuple[int, Any]]


class Chance:
    """Random numbers that are the same on every Python."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random  # noqa: S311 - no secret

    def between(self, low: float, high: float) -> float:
        """Return a number from low to high."""
        return low + (high - low) * self._random()

    def below(self, count: int) -> int:
        """Return a whole number from 0 to count - 1."""
        return int(self._random() * count)

    def pick(self, weights: Mapping[str, float]) -> str:
        """Return a key, each as often as it weighs."""
        left = self._random() * fsum(weights.values())
        for key, weight in weights.items():
            left -= weight
            if left < 0:
                return key
        return next(reversed(list(weights)))

    def shuffled(self, values: Iterable[Any]) -> list[Any]:
        """Return the values in another order."""
        keyed = sorted((self._random(), place, value) for place, value in enumerate(values))
        return [value for _, _, value in keyed]


def change_of(state: State, merits: Iterable[str] = ()) -> dict[str, Any]:
    """Return the findings of a sheet that are not those of full marks; merits stand last."""
    return {field: state[field][1] for field in POOL if field in state} | {
        field: MERITS[field] for field in merits
    }


def changed(*changes: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the sheet of full marks with changes."""
    sheet = {item: dict(findings) for item, findings in FULL.items()}
    for change in changes:
        for path, value in change.items():
            item, _, field = path.partition(".")
            sheet[item][field] = value
    return sheet


def score(state: State, merits: Iterable[str] = ()) -> Fraction:
    """Return the score of a state by the rubric."""
    return rubric_engine.evaluate(RUBRIC, changed(change_of(state, merits))).exact


def stars_of(points: Fraction) -> int:
    """Return the stars of a score."""
    return 1 + sum(points >= edge for edge in (60, 70, 80, 90))


def value_at(field: str, level: int, chance: Chance) -> Any:  # noqa: ANN401 - any finding
    """Return what is found at a level."""
    value = POOL[field].levels[level - 1]
    item, _, name = field.partition(".")
    if field in CHECKLISTS:
        return [step for step in FULL[item][name] if step not in value]
    if isinstance(value, list):
        low, high = value
        tenths = 5 * chance.below(2) if field == "inspection.street_mark" else 0
        whole = low + chance.below(high - low + 1)
        return whole + tenths / 10 if tenths else whole
    return value


class Community:
    """A community: its street, what it is weak in, and what was found of it."""

    def __init__(self, name: str, street: str, chance: Chance) -> None:
        self.name, self.street, self.chance = name, street, chance
        self.state: State = {}
        self.merits: tuple[str, ...] = ()
        groups = ("papers", "service", "members", "safety", "means", "views", "lead")
        factors = dict(USUAL)
        factors[WEAK[street]] *= 3.5
        factors[groups[chance.below(len(groups))]] *= 2.5
        self.weights = {
            field: factors[weak.group] * RARE.get(field, 1) for field, weak in POOL.items()
        }

    def points(self) -> Fraction:
        """Return the score of what was found."""
        return score(self.state, self.merits)

    def steer(self, target: float, within: float = 0.25, least: float = 0) -> None:
        """Find more, or less, until the score is near the target.

        One finding more costs `least` points or more while there is room for it.
        """
        refused = 0
        for _ in range(6000):
            now = self.points()
            off = float(now) - target
            if abs(off) <= within:
                return
            other = dict(self.state)
            if off > 0:
                field = self.chance.pick(self.weights)
                level, worst = other.get(field, (0, None))[0], len(POOL[field].levels)
                if level == worst:
                    continue
                # Few findings that cost something, rather than many that cost little.
                low = max(level, worst - 2) if off > 5 else level
                level = low + 1 + self.chance.below(worst - low)
                other[field] = level, value_at(field, level, self.chance)
            else:
                field = list(other)[self.chance.below(len(other))]
                level = other[field][0] - 1
                if level:
                    other[field] = level, value_at(field, level, self.chance)
                else:
                    del other[field]
            then = score(other, self.merits)
            over = (float(then) - target) * (1 if off > 0 else -1)
            costs = max(least, 1.1 if off > 6 else 0.7 if off > 2 else 0.4 if off > 0.8 else 0)
            small = off > 0 and now - then < costs
            refused += 1
            fits = over >= -within and not small
            if then != now and (fits or (refused > 80 and over > -3)):
                self.state, refused = other, 0
        msg = f"no findings of {self.name} near {target}"
        raise ValueError(msg)


def first_sheets(units: list[Community]) -> dict[str, str]:
    """Find what the streets report in year one; return what the reviews shall come to."""
    results: dict[str, str] = {}
    for street in STREETS:
        outcomes, three, two, one = FIRST[street]
        wanted = [*outcomes.split(), *["3"] * three, *["2"] * two, *["1"] * one]
        own = [unit for unit in units if unit.street == street]
        for unit, outcome in zip(own, own[0].chance.shuffled(wanted), strict=True):
            results[unit.name] = outcome
            chance, star = unit.chance, int(outcome[0])
            if star >= 3 and chance.below(3 if star > 3 else 9) == 0:
                names = list(MERITS)
                unit.merits = (names[chance.below(len(names))],)
            low, high = REPORTED[star]
            if outcome[1:2] == "5":
                low += 1.5
            if outcome[2:] in ("d", "f", "s"):
                low += 4
            if street == LENIENT and star > 3:
                low = high - 3
            for field in ("inspection.street_mark", "innovation.merit"):
                level = 1 + chance.below(2 if star > 3 else 3)
                unit.state[field] = level, value_at(field, level, chance)
            # Scores lie closer above an edge than far from it.
            near = min(chance.between(low, high), chance.between(low, high))
            unit.steer(near if star > 3 else chance.between(low, high))
    return results


def drawn(seed: str, reported: Mapping[str, tuple[str, int]]) -> list[str]:
    """Return the communities of three stars and below that are drawn, by their streets."""
    chosen: list[str] = []
    for street in STREETS:
        names = [name for name, (of, stars) in reported.items() if of == street and stars <= 3]
        keys = {
            name: hashlib.sha256(f"{seed}\x1f{street}\x1f{name}".encode()).hexdigest()
            for name in names
        }
        count = (15 * len(names) + 50) // 100
        chosen += sorted(names, key=lambda name: (keys[name], name))[: max(1, count)]
    return chosen


def told(field: str, value: object) -> tuple[str, str]:
    """Return a finding as text, in Chinese and English."""
    weak = POOL[field]
    return weak.zh.format(value), weak.en.format(value)


def review(unit: Community, target: float | None) -> dict[str, Any]:
    """Return what the district finds otherwise, and keep it as what is known of the unit."""
    before = change_of(unit.state, unit.merits)
    was = unit.points()
    if target is not None:
        unit.steer(target, least=0.4 if was - Fraction(target) > 1 else 0)
    after = change_of(unit.state, unit.merits)
    other: dict[str, Any] = {}
    for field in POOL:
        item, _, name = field.partition(".")
        full = FULL[item][name]
        if before.get(field, full) != after.get(field, full):
            other[field] = after.get(field, full)
    worse = [field for field in other if field in after]
    zh, en = NOTHING
    if other and unit.points() > was:
        titles = [TITLES[field.partition(".")[0]] for field in other][:3]
        zh = "、".join(dict.fromkeys(title[0] for title in titles)) + "经补充核实好于街道测评"
        en = "Better than the street's sheet says, on further evidence: " + ", ".join(
            dict.fromkeys(title[1] for title in titles)
        )
    elif other:
        reasons = [told(field, other[field]) for field in worse[:3]]
        more = len(other) - len(reasons)
        zh = "；".join(each[0] for each in reasons) + (f"；另有{more}处" if more else "")
        en = "; ".join(each[1] for each in reasons) + (f"; {more} more" if more else "")
    return {"change": other, "why": {"zh": zh, "en": en[0].upper() + en[1:]}}


def within_star(points: Fraction, shift: float) -> float:
    """Return the score moved by so much, but inside its star."""
    star = stars_of(points)
    low, high = {1: (30.0, 59.6), 2: (60.4, 69.6), 3: (70.4, 79.6)}[star]
    return min(max(float(points) + shift, low), high)


def objection(unit: Community, said: Objection) -> dict[str, Any]:
    """Return an objection as the file has it."""
    return {
        "unit": unit.name,
        "department": said.department,
        "grounds": dict(zip(("zh", "en"), said.grounds, strict=True)),
        "decision": said.decision,
        "why": dict(zip(("zh", "en"), said.why, strict=True)),
    }


def year_of(units: list[Community]) -> dict[str, Any]:
    """Return the sheets of a year as the file has them."""
    return {
        unit.name: {"street": unit.street, "change": change_of(unit.state, unit.merits)}
        for unit in units
    }


def reported_of(units: list[Community]) -> dict[str, tuple[str, int]]:
    """Return what the streets report: for each community its street and its stars."""
    return {unit.name: (unit.street, stars_of(unit.points())) for unit in units}


def first_year(units: list[Community]) -> dict[str, Any]:
    """Return year one: the streets report, the district finds more, departments object."""
    seed = "dongcheng-2025"
    outcomes = first_sheets(units)
    sheets, sample = year_of(units), drawn(seed, reported_of(units))
    reviews: dict[str, Any] = {}
    objections: list[Any] = []
    for unit in units:
        outcome, chance = outcomes[unit.name], unit.chance
        if len(outcome) > 1:
            was = float(unit.points())
            low, high = NEAR.get(outcome[2:], FOUND[outcome[:2]])
            target = chance.between(low, high)
            if outcome == "44" and chance.below(3) == 0:
                reviews[unit.name] = review(unit, None)
            else:
                reviews[unit.name] = review(unit, min(target, max(was - 0.6, low)))
            if outcome[2:]:
                objections.append(objection(unit, OBJECTIONS[outcome[2:]]))
        elif unit.name in sample:
            kind = sample.index(unit.name) % 5
            shift = (None, -1.2, -0.5, None, 0.5)[kind]
            target_or_none = None if shift is None else within_star(unit.points(), shift)
            reviews[unit.name] = review(unit, target_or_none)
    return {"seed": seed, "units": sheets, "reviews": reviews, "objections": objections}


def second_sheets(units: list[Community]) -> None:
    """Change what was found in year one: most of those with few stars have improved."""
    for unit in units:
        chance, last = unit.chance, float(unit.points())
        star, luck = stars_of(unit.points()), chance.below(20)
        if star == 1:
            shift = chance.between(6, 15) if luck < 17 else chance.between(-2, 1)
        elif star <= 3:
            shift = (
                chance.between(1, 6.5) if luck < 13
                else chance.between(-0.8, 0.8) if luck < 17
                else chance.between(-7, -2)
            )  # fmt: skip
            if luck == 0 or (star == 2 and luck < 4):
                shift = chance.between(11, 16)
        else:
            shift = chance.between(0.5, 4) if luck < 12 else chance.between(-6, 0)
        target = min(last + shift, 96.5)
        if unit.street == LENIENT:
            target += 1.5
        for edge in (60, 70, 80, 90):
            if abs(target - edge) < 0.5:
                target = edge + (0.6 if target >= edge else -0.6)
        # Something is mended and something else is let slip even where the score hardly moves.
        if last < 93:
            unit.steer(last + 2.5, 0.6)
        mark = "inspection.street_mark"
        unit.state[mark] = (level := 1 + chance.below(2)), value_at(mark, level, chance)
        unit.steer(target)


def second_year(units: list[Community]) -> dict[str, Any]:
    """Return year two, with milder reviews and one street where the sample differs too much."""
    seed = "dongcheng-2026"
    last = {unit.name: stars_of(unit.points()) for unit in units}
    second_sheets(units)
    sheets, reported = year_of(units), reported_of(units)
    sample = drawn(seed, reported)
    reviews: dict[str, Any] = {}
    fours = [unit for unit in units if reported[unit.name][1] == 4]
    better = sorted(fours, key=lambda unit: -unit.points())[:2]
    for place, unit in enumerate(units):
        points, chance = unit.points(), unit.chance
        stars = stars_of(points)
        extended = unit.street == EXTENDED and stars <= 3
        if stars > 3:
            target = float(points) - chance.between(0.4, 3.5)
            if unit in better:
                reviews[unit.name] = review(unit, max(float(points) + 2.4, 90.8))
            else:
                reviews[unit.name] = review(unit, None if place % 3 == 0 else target)
        elif unit.name in sample and extended:
            reviews[unit.name] = review(unit, float(points) - 3.4)
        elif extended:
            shift = (None, -1.6, None, -2.8)[place % 4]
            reviews[unit.name] = review(unit, shift and float(points) + shift)
        elif unit.name in sample:
            shift = (None, -0.8, 0.6, -1.4)[sample.index(unit.name) % 4]
            reviews[unit.name] = review(unit, shift and within_star(points, shift))
    objections = [objection(unit, said) for unit, said in later_objections(units, last, reviews)]
    return {"seed": seed, "units": sheets, "reviews": reviews, "objections": objections}


def later_objections(
    units: list[Community], last: Mapping[str, int], reviews: Mapping[str, Any]
) -> Iterator[tuple[Community, Objection]]:
    """Choose the communities of year two that a department objects to."""
    points = {unit.name: unit.points() for unit in units if unit.name in reviews}
    kinds: dict[str, Callable[[str], bool]] = {
        "deduct": lambda name: 90 <= points[name] < 91.4,
        "cap": lambda name: points[name] >= 80 and last[name] <= 2,
        "none": lambda name: 84 <= points[name] < 90 and last[name] == 3,
        "fail": lambda name: 72 <= points[name] < 84 and last[name] == 4,
    }
    taken: set[str] = set()
    for kind, fits in kinds.items():
        unit = next(u for u in units if u.name in points and u.name not in taken and fits(u.name))
        taken.add(unit.name)
        yield unit, LATER[kind]


def flow(value: object) -> str:
    """Return a value as YAML in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        return value if re.fullmatch("[a-z0-9_-]+", value) else quoted(value)
    return json.dumps(value)


def quoted(text: str) -> str:
    """Return text in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def lines(indent: int, head: str, value: object) -> list[str]:
    """Return `head: value`, broken where it is long: between findings, or between words."""
    text = re.sub(r"\[[^]]*\]", lambda found: found[0].replace(" ", "\0"), f"{head}{flow(value)}")
    broken = textwrap.wrap(
        text.replace(": ", ":\0"),
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\0", " ") for line in broken]


def written(years: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the file."""
    note_zh = "全部为虚构：街道、社区、部门、测评结果、异议和处理均不代表任何真实组织。"
    note_en = (
        "All of it is synthetic: no street, community, department, finding, objection or decision "
        "in this file is real."
    )
    out = [
        "# Two years of a synthetic district, written by make_years.py: do not edit by hand.",
        "# A sheet is `full` with the changes of its unit; the district's is the street's with the",
        "# changes of its review. Scores, stars and counts follow from them.",
        "provenance: illustrative",
        "note:",
        f"  zh: {quoted(note_zh)}",
        *lines(2, "en: ", note_en),
        "streets:",
    ]
    for number, street in enumerate(STREETS):
        title = {"zh": f"虚构街道{NUMERALS[number]}", "en": f"Synthetic street {number + 1}"}
        out += lines(2, f"{street}: ", title)
    out.append("departments:")
    for name, (zh, en) in DEPARTMENTS.items():
        out += lines(2, f"{name}: ", {"zh": zh, "en": en})
    out.append("full:")
    for item, findings in FULL.items():
        out += lines(2, f"{item}: ", findings)
    out.append("  methods:")
    for node, _, _ in walk(RUBRIC):
        if isinstance(node, Item):
            out += lines(4, f"{node.id}: ", list(node.methods))
    out.append("years:")
    for year, data in years.items():
        out += [f'  "{year}":', f"    seed: {data['seed']}", "    units:"]
        for name, sheet in data["units"].items():
            out += lines(6, f"{name}: ", sheet)
        out.append("    reviews:")
        for name, found in data["reviews"].items():
            out.append(f"      {name}:")
            out += lines(8, "change: ", found["change"])
            out += lines(8, "why: ", found["why"])
        out.append("    objections:")
        for each in data["objections"]:
            out.append(f"      - unit: {each['unit']}")
            out += [line for key in list(each)[1:] for line in lines(8, f"{key}: ", each[key])]
    return "\n".join(out) + "\n"


def communities() -> list[Community]:
    """Return the communities, numbered through the streets."""
    units: list[Community] = []
    for street in STREETS:
        outcomes, *others = FIRST[street]
        for _ in range(len(outcomes.split()) + sum(others)):
            number = len(units) + 1
            units.append(Community(f"community-{number:03}", street, Chance(20250000 + number)))
    return units


def made() -> str:
    """Return the text of `years.yaml`."""
    units = communities()
    return written({"2025": first_year(units), "2026": second_year(units)})


if __name__ == "__main__":
    (HERE / "years.yaml").write_text(made(), encoding="utf-8", newline="\n")
