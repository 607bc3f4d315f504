"""The reference scheme has what its source prints (F01-F10), and says what it does not print."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import rubric_engine
from rubric_engine import Bonus, Evaluation, Indicator, Item, Limit, Rubric
from rubric_engine.model import walk
from rubric_engine.testing import golden_cases

NAME = "dongcheng-community"
PRINTED_NODES = ["leadership", "core_role", "plan", "decisions", "team_building"]
PRINTED_NODES += ["organisation", "mechanisms", "performance", "public_response"]
METHODS = {"documents", "report", "interview"}
ILLUSTRATIVE = {"zh": "示例", "en": "illustrative"}


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    return rubric_engine.load(NAME)


@pytest.fixture(scope="module")
def full() -> dict[str, dict[str, Any]]:
    """A sheet on which nothing is wrong."""
    case = next(case for case in golden_cases(NAME) if case.name.startswith("nothing is wrong"))
    return {node: dict(fields) for node, fields in case.evidence.items()}


def nodes_of(rubric: Rubric) -> dict[str, Rubric | Indicator | Item]:
    return {node.id: node for node, _, _ in walk(rubric)}


def provenances(rubric: Rubric) -> dict[str, str | None]:
    """The provenance of every node, its own or that of the nearest node above it."""
    found: dict[str, str | None] = {}
    for node, _, parent in walk(rubric):
        found[node.id] = node.provenance or (None if parent is None else found[parent])
    return found


def scored(
    rubric: Rubric, full: dict[str, dict[str, Any]], **changes: dict[str, Any]
) -> Evaluation:
    sheet = {node: {**fields, **changes.get(node, {})} for node, fields in full.items()}
    return rubric_engine.evaluate(rubric, sheet)


# F01, F02, F03: the shape


def test_f01_three_levels_of_5_14_and_50(rubric: Rubric) -> None:
    assert not rubric.items
    assert len(rubric.indicators) == 5
    seconds = [second for first in rubric.indicators for second in first.children]
    assert len(seconds) == 14
    assert all(isinstance(second, Indicator) for second in seconds)
    elements = [item for second in seconds for item in second.children]
    assert len(elements) == 50
    assert all(isinstance(item, Item) for item in elements)


def test_f01_points_add_up_to_100_at_every_level(rubric: Rubric) -> None:
    assert rubric.total == 100
    for node, _, _ in walk(rubric):
        if isinstance(node, Item):
            assert node.points > 0
        elif isinstance(node, Indicator):
            assert sum(child.points for child in node.children) == node.points
        else:
            assert sum(child.points for child in node.children) == node.total


def test_f02_the_first_level_as_printed(rubric: Rubric) -> None:
    titles = [str(first.title.in_language("zh")) for first in rubric.indicators]
    assert titles[0] == "领导班子建设"
    assert titles[1] == "党组织和党员队伍建设"
    assert titles[2:] == ["工作机制", "工作业绩", "群众反映"]


def test_f03_the_second_level_under_leadership(rubric: Rubric) -> None:
    core, team = rubric.indicators[0].children
    assert core.title.in_language("zh") == "领导核心作用"
    assert team.title.in_language("zh") == "班子队伍建设"
    assert len(core.children) == 5
    assert all(2 <= element.points <= 3 for element in core.children)


# F04, F05, F06, F07, F08, F09


@pytest.mark.parametrize("missing", range(8))
def test_f04_half_a_point_each_until_used_up(
    rubric: Rubric, full: dict[str, dict[str, Any]], missing: int
) -> None:
    result = scored(rubric, full, plan={"missing": missing})
    plan = result["plan"]
    expected = max(2 - Fraction(missing, 2), Fraction(0))
    assert (plan.scale, plan.exact, result.exact) == (2, expected, 98 + expected)
    deductions = [step for step in plan.steps if step.kind == "deduct"]
    assert [step.asked for step in deductions] == [-Fraction(missing, 2)] * bool(missing)
    assert sum(step.taken for step in deductions) == expected - 2


@pytest.mark.parametrize("rules", [True, False])
@pytest.mark.parametrize("took_part", [True, False])
@pytest.mark.parametrize("correctly", [True, False])
def test_f05_an_or_that_is_taken_once(
    rubric: Rubric, full: dict[str, dict[str, Any]], rules: bool, took_part: bool, correctly: bool
) -> None:
    found = {"procedure_rules": rules, "took_part": took_part, "decided_correctly": correctly}
    result = scored(rubric, full, decisions=found)
    expected = 3 - (not rules) - 2 * (not took_part or not correctly)
    assert result["decisions"].exact == expected
    assert result.exact == 97 + expected


def test_f06_the_floor_holds_for_every_element(rubric: Rubric) -> None:
    for node, _, _ in walk(rubric):
        assert not any(isinstance(rule, Limit) for rule in node.rules)
    worst = next(case for case in golden_cases(NAME) if case.name.startswith("everything is wrong"))
    result = rubric_engine.evaluate(rubric, worst.evidence)
    assert all(node.exact == 0 for node in result.nodes.values() if node.item)


def test_f07_some_elements_carry_a_bonus(rubric: Rubric, full: dict[str, dict[str, Any]]) -> None:
    bonuses = [
        node.id for node, _, _ in walk(rubric) for rule in node.rules if isinstance(rule, Bonus)
    ]
    assert bonuses == ["coordination", "in_service", "livelihood", "culture"]
    changes = {"plan": {"missing": 2}, "coordination": {"joint_projects": 1}}
    result = scored(rubric, full, **changes)
    assert (result["coordination"].exact, result["coordination"].bonus) == (2, Fraction(1, 2))
    assert result.exact == Fraction("99.5")
    assert scored(rubric, full, coordination={"joint_projects": 9}).exact == 100


def test_f08_every_element_names_one_to_three_methods(rubric: Rubric) -> None:
    items = [node for node, _, _ in walk(rubric) if isinstance(node, Item)]
    assert all(item.methods and set(item.methods) <= METHODS for item in items)
    assert {len(item.methods) for item in items} == {1, 2, 3}
    assert {method for item in items for method in item.methods} == METHODS


def test_f09_a_judgement_beside_the_score_moves_no_points(
    rubric: Rubric, full: dict[str, dict[str, Any]]
) -> None:
    for first in rubric.indicators:
        assert dict(first.evidence)["judgement"].type == "text"
    plain = rubric_engine.evaluate(rubric, full)
    judged = rubric_engine.evaluate(rubric, {**full, "leadership": {"judgement": "团结"}})
    assert judged.exact == plain.exact
    assert judged["leadership"].findings[0].value == "团结"


# F10


def test_f10_five_stars_half_open_on_the_exact_score(rubric: Rubric) -> None:
    assert [(grade.stars, grade.at_least) for grade in rubric.grades] == [
        (5, 90),
        (4, 80),
        (3, 70),
        (2, 60),
        (1, None),
    ]
    assert not rubric.gates


LOSSES = {
    90: {
        "plan": {"missing": 4},
        "decisions": {"procedure_rules": False, "took_part": False},
        "implementation": {"tasks_done": 0},
        "self_government": {"support": "absent"},
    },
}
LOSSES[80] = {
    **LOSSES[90],
    "coordination": {"joint_plan": False, "meetings_missed": 2},
    "team_posts": {"vacant": 2},
    "team_study": {"sessions_missed": 8},
    "democratic_life": {"steps_done": []},
    "integrity": {"no_violation": False},
}
LOSSES[70] = {
    **LOSSES[80],
    "livelihood": {"unfinished": 3},
    "elderly_care": {"uncovered": 8},
    "volunteering": {"activities_missed": 8},
    "complaints": {"substantiated": 4},
    "media": {"negative": 2},
}
LOSSES[60] = {
    **LOSSES[80],
    "coverage": {"covered": 0},
    "election": {"timing": "not_held"},
    "branch_life": {"missed": 10},
    "member_education": {"trained": 0},
    "recruitment": {"irregular": 2},
    "dues": {"paid": 0},
    "floating_members": {"contacted": 0},
    "member_records": {"errors": 20},
    "in_service": {"registered": 0},
    "commitments": {"fulfilled": 0},
    "hardship_care": {"not_visited": 4},
}


@pytest.mark.parametrize(("edge", "stars"), [(90, 5), (80, 4), (70, 3), (60, 2)])
def test_f10_the_edge_belongs_to_the_higher_star(
    rubric: Rubric, full: dict[str, dict[str, Any]], edge: int, stars: int
) -> None:
    on_it = scored(rubric, full, **LOSSES[edge])
    assert (on_it.exact, on_it.stars, on_it.grade) == (edge, stars, str(stars))
    beside = {**LOSSES[edge], "residents_view": {"satisfied": Fraction("89.9")}}
    below = scored(rubric, full, **beside)
    assert edge - Fraction(1, 50) <= below.exact < edge
    assert (below.stars, below.grade) == (stars - 1, str(stars - 1))


# Provenance and languages


def test_only_what_the_source_prints_is_marked_as_its_own(rubric: Rubric) -> None:
    found = provenances(rubric)
    assert rubric.provenance == "illustrative"
    assert [node for node, each in found.items() if each == "source"] == PRINTED_NODES
    assert set(found.values()) == {"source", "illustrative"}
    items = [node for node, _, _ in walk(rubric) if isinstance(node, Item)]
    assert sum(found[item.id] == "illustrative" for item in items) == 48
    assert all(grade.provenance == "source" for grade in rubric.grades)
    for node, _, _ in walk(rubric):
        for rule in node.rules:
            stated = rule.provenance or found[node.id]
            assert (stated == "source") == (node.id in ("plan", "decisions"))


def test_the_printed_nodes_say_what_of_them_is_not_printed(rubric: Rubric) -> None:
    nodes = nodes_of(rubric)
    for node in PRINTED_NODES:
        assert "虚构" in nodes[node].note.in_language("zh")
        assert "illustrative" in nodes[node].note.in_language("en")


def test_every_text_is_in_both_languages(rubric: Rubric) -> None:
    assert rubric.language == "zh"
    texts = [rubric.title, rubric.source, rubric.note]
    for node, _, _ in walk(rubric):
        texts += [node.title, *(rule.says for rule in node.rules)]
        texts += [field.title for _, field in node.evidence]
        texts += [grade.title for grade in node.grades]
        for _, field in node.evidence:
            texts += [title for _, title in getattr(field, "values", ())]
    for text in texts:
        assert text is not None
        assert set(text.plain) == {"zh", "en"}
        assert all(each.strip() for each in text.plain.values())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_tree_marks_what_is_illustrative(rubric: Rubric, language: str) -> None:
    text = rubric.explain(language)
    lines = text.splitlines()
    assert ILLUSTRATIVE[language] in lines[1]
    found = provenances(rubric)
    for node, _, _ in walk(rubric):
        title = node.title.in_language(language)
        named = [line for line in lines if line.strip().startswith(f"{node.id}  {title}")]
        assert len(named) == 1, node.id
        assert (f"{title} *" in named[0]) == (found[node.id] == "illustrative"), node.id
    rules = [line for line in lines if line.strip().startswith("- ")]
    assert len(rules) == sum(len(node.rules) for node, _, _ in walk(rubric))
    assert [line.endswith(" *") for line in rules].count(False) == 3


@pytest.mark.parametrize("language", ["zh", "en"])
def test_results_mark_what_is_illustrative(
    rubric: Rubric, full: dict[str, dict[str, Any]], language: str
) -> None:
    result = scored(rubric, full, plan={"missing": 1}, team_posts={"vacant": 1})
    lines = result.explain(language, everything=True).splitlines()
    assert ILLUSTRATIVE[language] in "\n".join(lines[:3])
    nodes = nodes_of(rubric)
    for node, provenance in provenances(rubric).items():
        title = nodes[node].title.in_language(language)
        named = [line for line in lines if line.strip().startswith(f"{node}  {title}")]
        assert named, node
        for line in named:
            assert (f"{title} *" in line) == (provenance == "illustrative"), line
    plan, posts = result["plan"].steps[0], result["team_posts"].steps[0]
    assert (plan.provenance, posts.provenance) == ("source", "illustrative")
    for step in (plan, posts):
        says = step.text.in_language(language)
        shown = [line for line in lines if says in line]
        assert shown
        assert all((f"{says} *" in line) == (step is posts) for line in shown)
    html = result._repr_html_() + rubric._repr_html_()
    assert html.count(ILLUSTRATIVE["zh"]) >= 2


ORDERS = sorted((Path(__file__).parent / "orders").iterdir())


@pytest.mark.parametrize(
    "name", [*rubric_engine.rubric_names(), *ORDERS], ids=lambda each: getattr(each, "name", each)
)
def test_every_listing_says_illustrative_exactly_where_something_is(name: str | Path) -> None:
    rubric = rubric_engine.load(name)
    marked = [each.provenance for node in rubric.nodes() for each in (node, *node.rules)]
    marked += [grade.provenance for node in rubric.nodes() for grade in node.grades]
    says = "illustrative" in marked
    english = ILLUSTRATIVE["en"]
    assert (english in rubric.explain("en")) == says
    case = next(case for case in golden_cases(name) if case.expect is not None)
    result = rubric_engine.evaluate(rubric, case.evidence)
    assert (english in result.explain("en")) == says
