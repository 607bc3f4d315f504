"""The two synthetic years: run through every step, told by `rubric demo --cycle`, and counted right.

What is printed stands in `tests/demo`, the digests of the seals left out: they change with the
versions of the library and of plugins.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from functools import cache
from pathlib import Path
from unicodedata import east_asian_width

import pytest
from attrs import evolve

pytest.importorskip("click")

from click.testing import CliRunner

import rubric_engine
from rubric_engine.command import main
from rubric_engine.cycle import Actor, Award, Cycle, Decision, Review, assess, begin, telling
from rubric_engine.cycle.archive import dump_archive, load_archive, seal_of, verify
from rubric_engine.cycle.example import PERIODS, REFERENCE, example_year, example_years
from rubric_engine.cycle.feedback_sheets import feedback
from rubric_engine.cycle.plans import ImprovementPlan
from rubric_engine.cycle.records import STATES, Run
from rubric_engine.cycle.settings import STEPS, Places
from rubric_engine.cycle.tallies import (
    common_losses,
    grade_counts,
    grade_of,
    moves,
    review_counts,
    reviewed,
)
from rubric_engine.cycle.unit_pages import feedback_of
from rubric_engine.errors import InvalidStep
from rubric_engine.library import folder_of
from rubric_engine.reading import read

GOLDEN = Path(__file__).parent / "demo"
SOURCE = str(Path(sys.modules["rubric_engine"].__file__).parents[1])

VISITS = """
rubric: visits
total: 20
grades: [{stars: 2, from: 10}, {stars: 1}]
items:
  - id: kitchen
    points: 20
    evidence: {high: count, low: count}
    rules: [{deduct: 2, per: low}, {deduct: 7, per: high}]
"""


@cache
def years(language: str = "zh") -> tuple[Run, ...]:
    return example_years(language)


def shown(text: str) -> str:
    return re.sub(r"sha256:[0-9a-f]{64}", "sha256:…", text)


# The runs


def test_both_years_are_closed_and_the_second_follows_on_the_first() -> None:
    first, second = years()
    assert [each.period for each in (first, second)] == list(PERIODS)
    assert first.closed and second.closed
    assert {first[unit].state for unit in first} == {STATES[-1]}
    assert not first.earlier
    assert second.earlier == first.final_results()
    assert list(first) == list(second)


def test_the_first_year_has_the_counts_of_the_source() -> None:
    run = years()[0]
    units = reviewed(run)
    assert (len(run), len(run.streets), len(units)) == (126, 12, 49)
    assert list(grade_counts(run, units, "street").values()) == [11, 26, 6, 4, 2]
    assert list(grade_counts(run, units, "final").values()) == [4, 12, 23, 7, 3]
    assert run.awards["commendation"].eligible == run.awards["commendation"].awarded
    assert len(run.awards["commendation"].eligible) == 16


def test_nobody_sets_a_star_by_hand() -> None:
    for run in years():
        for unit, case in run.cases.items():
            street = run.evaluation(unit, tier="street")
            assert (street.exact, street.grade) == (case.street.result.exact, case.street.result.grade)
            counted = run.evaluation(unit)
            if not case.objections:
                assert (case.outcome.exact, case.outcome.grade) == (counted.exact, counted.grade)
        assert {each.step for each in run.records} <= set(STEPS)


def test_all_that_the_file_says_is_used() -> None:
    document, _ = read(folder_of(REFERENCE).joinpath("years.yaml").read_bytes())
    data = document.value
    for run in years("en"):
        year = data["years"][run.period]
        assert set(reviewed(run)) == set(year["reviews"])
        told = {
            (unit, each.department, each.grounds)
            for unit, case in run.cases.items()
            for each in case.objections
        }
        assert told == {
            (str(each["unit"]), str(each["department"]), str(each["grounds"]["en"]))
            for each in year["objections"]
        }
        assert set(run.seeds.values()) == {year["seed"]}
        assert set(run.cycle.consultation.names) == set(data["departments"])
        assert all(each.decision for case in run.cases.values() for each in case.objections)


def test_days_come_one_after_the_other() -> None:
    for run in years():
        for unit in run:
            days = [each.when for each in run.history(unit)]
            assert days == sorted(days)
            assert {each.year for each in days} == {int(run.period)}


def test_the_year_after_queues_one_street() -> None:
    run = years()[1]
    queues = [each for each in run.records if each.step == "queue" and each.unit is None]
    assert [each.data["street"] for each in queues] == ["street-08"]
    assert Counter(case.review for case in run.cases.values()) == {
        "all": 50, "sampled": 12, "queued": 8, "not_sampled": 56,
    }  # fmt: skip
    progress = Counter(case.outcome.progress for case in run.cases.values())
    assert progress == {"up": 48, "same": 71, "down": 7}


def test_one_star_units_have_plans_with_measures_of_which_the_first_is_done() -> None:
    for run in years("en"):
        ones = [unit for unit, case in run.cases.items() if case.outcome.stars == 1]
        assert ones == [unit for unit, case in run.cases.items() if case.plan]
        year = int(run.period)
        for unit in ones:
            plan = ImprovementPlan.from_dict(run[unit].plan)
            assert plan.complete and plan.language == "en"
            assert [each.is_done for each in plan.measures] == [True, False, False]
            assert [str(each.deadline) for each in plan.measures] == [
                f"{year}-12-31", f"{year + 1}-03-31", f"{year + 1}-06-30",
            ]  # fmt: skip
            assert all(each.text.startswith("Put right: ") for each in plan.measures)
            assert not plan.measures[0].late
            assert [each.why for each in run.history(unit) if each.step == "plan_improvement"] == [
                None, "The first measure is done",
            ]  # fmt: skip


def test_every_name_says_that_it_is_synthetic() -> None:
    for language, mark in (("en", "(synthetic)"), ("zh", "（虚构）")):
        for run in years(language):
            names = {each.by.name for each in run.records if each.by.role != "department"}
            assert len(names) == 12 * 2 + 3
            assert all(each.endswith(mark) for each in names)
    titles = years()[0]["community-007"].unit.title
    assert titles.in_language("en") == "Synthetic community 007"
    assert titles.in_language("zh") == "虚构社区007"


def test_the_language_changes_no_result() -> None:
    for chinese, english in zip(years("zh"), years("en"), strict=True):
        assert chinese.final_results() == english.final_results()
        assert chinese.records[0].by != english.records[0].by


def test_one_year_is_one_of_both() -> None:
    assert example_year("2026").final_results() == years()[1].final_results()
    with pytest.raises(InvalidStep) as error:
        example_year("2024")
    problem = error.value.problems[0]
    assert (problem.code, problem.path, problem.found) == ("unknown-value", "period", "2024")
    for language, near in (("fr", None), ("enn", "en"), (None, None)):
        for call in (lambda: example_year("2025", language), lambda: example_years(language)):
            with pytest.raises(InvalidStep) as error:
                call()
            (problem,) = error.value.problems
            assert (problem.code, problem.path, problem.found, problem.nearest) == ("unknown-value", "language", str(language), near)


def test_the_archives_verify() -> None:
    for run in years():
        archive = dump_archive(run)
        found = verify(archive, seal=seal_of(archive), rubric=rubric_engine.load(REFERENCE))
        assert found.ok
        assert found.records == len(run.records)
        assert load_archive(archive).final_results() == run.final_results()


# Tallies


def test_the_plan_by_street_adds_up() -> None:
    for run in years():
        *streets, whole = review_counts(run)
        assert [each.street for each in streets] == list(run.streets)
        assert whole.street is None
        assert whole.units == len(run) == sum(each.units for each in streets)
        assert whole.reviewed == len(reviewed(run)) == sum(each.reviewed for each in streets)
        for each in streets:
            assert each.others == each.units - each.all
            assert each.drawn == 1
            assert each.queued == (8 if (run.period, each.street) == ("2026", "street-08") else 0)


def test_movement_counts_everybody_once() -> None:
    first, second = years()
    found = moves(first, reviewed(first), "street", "final")
    assert sum(found.values()) == 49 and found["4", "3"] == 15
    assert moves(first, first, "last", "final").keys() == {(None, each) for each in "54321"}
    assert sum(moves(second, second, "last", "final").values()) == 126
    assert moves(first, ["community-041"], "district", "final") == {("5", "3"): 1}


def test_a_year_that_has_only_begun_is_counted_too() -> None:
    rubric = rubric_engine.loads(VISITS)
    plain = Cycle(name="visits", review=Review(all=()), improvement=(), awards=())
    run = begin(plain, rubric, [("cafe", "north"), ("bar", "south")], period="2025")
    assert reviewed(run) == ()
    assert [grade_of(run["cafe"], each) for each in ("street", "district", "final", "last")] == [None] * 4
    whole = review_counts(run)
    assert [(each.street, each.units, each.reviewed) for each in whole] == [(None, 0, 0)]
    assert common_losses(run) == ()
    sheet = {"kitchen": {"high": 1, "low": 3}}
    day = years()[0].records[0].when
    run = assess(run, {"cafe": sheet}, by=Actor("i", "street_group", "north"), when=day)
    found = common_losses(run)
    assert [(each.node, each.units, each.lost) for each in found] == [
        ("kitchen", 1, 7), ("kitchen", 1, 6),
    ]  # fmt: skip
    assert common_losses(run, ["cafe"]) == found


def test_common_losses_are_those_of_the_frames() -> None:
    pytest.importorskip("polars")
    from rubric_engine.cycle.problems import common_problems

    run = years()[0]
    sheets = {unit: (run[unit].district or run[unit].street).sheet for unit in run}
    frame = rubric_engine.to_frame(run.rubric, sheets).frame
    scored = rubric_engine.evaluate_frame(run.rubric, frame, detail="ledger", exact=True)
    expected = common_problems(run.rubric, scored).whole.problems
    found = common_losses(run)
    assert [(each.node, each.text, each.count, each.lost) for each in expected] == [
        (each.node, each.text, each.units, each.lost) for each in found
    ]


# The command


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_demo_prints_what_is_shown(language: str) -> None:
    result = CliRunner().invoke(main, ["demo", "--cycle", "--language", language])
    assert result.exit_code == 0
    expected = (GOLDEN / f"{language}.txt").read_text(encoding="utf-8")
    assert shown(result.stdout) == expected


def test_the_demo_says_what_is_the_sources_and_what_is_synthetic() -> None:
    text = (GOLDEN / "en.txt").read_text(encoding="utf-8")
    assert (
        "49 reviewed: reported 11 five-star, 26 four-star, 12 three or below; final 4, 12, 33" in text
    )
    assert "F29" in text and "Only the counts are the source's" in " ".join(text.split())
    assert text.count("(synthetic)") >= 3
    chinese = (GOLDEN / "zh.txt").read_text(encoding="utf-8")
    assert "上报五星 11、四星 26、三星及以下 12；最终 4、12、33" in chinese
    assert "全部为虚构" in chinese


def test_both_languages_say_the_same_things() -> None:
    english, chinese = telling.PHRASES["en"], telling.PHRASES["zh"]
    assert english.keys() == chinese.keys()
    for name, text in english.items():
        assert text.count("{}") == chinese[name].count("{}"), name


def test_tables_are_aligned() -> None:
    for language in ("en", "zh"):
        text = (GOLDEN / f"{language}.txt").read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if line.startswith("  street-")]
        plan, distribution = lines[:12], lines[12:24]
        for table in (plan, distribution):
            ends = {sum(2 if east_asian_width(sign) in "WF" else 1 for sign in line) for line in table}
            assert len(ends) == 1


def test_the_demo_needs_no_data_frame_library() -> None:
    code = """
import sys
for name in ("polars", "pandas", "pyarrow", "duckdb", "narwhals", "numpy"):
    sys.modules[name] = None
from click.testing import CliRunner
from rubric_engine.command import main
result = CliRunner().invoke(main, ["demo", "--cycle"])
assert result.exit_code == 0, result.exception
assert "pip install polars" in result.stdout
print(len(result.stdout.splitlines()))
"""
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": SOURCE, "PATH": ""},
        check=False,
        timeout=120,
    )
    assert found.returncode == 0, found.stderr
    lines = (GOLDEN / "en.txt").read_text(encoding="utf-8").splitlines()
    assert found.stdout.split() == [str(len(lines))]


# Cases that the two years do not have


def test_what_is_told_of_other_years() -> None:
    voice = telling._Voice("en")
    run = years("en")[0]
    limited = evolve(
        run.cycle, awards=(Award(quota=Places(places=3)),)
    )
    assert telling._awards(evolve(run, cycle=limited), voice, named=False) == [
        "Award “commendation”: 16 eligible after a passed review (F28), 16 awarded; the quota only limits"
    ]
    assert telling._decision(Decision("deduct", points=Fraction(3, 2)), voice) == "1.5 off"
    assert voice.grade(None) == "–"
    broken = dump_archive(run).replace("community-007", "community-OO7", 1)
    assert not verify(broken).ok


def test_an_archive_that_does_not_verify_is_said_to_be_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    run = years("en")[0]
    monkeypatch.setattr(telling, "dump_archive", lambda run: dump_archive(run).replace("100", "101", 1))
    text = telling._verified(run, telling._Voice("en"))
    assert re.fullmatch(r"2025: NOT verified, \d+ problems", text)


def test_what_is_told_before_a_result_is_final_and_without_a_way() -> None:
    run = years("en")[0]
    voice = telling._Voice("en")
    unit = "community-070"
    page = feedback(run.rubric, run.evaluation(unit), unit=unit, street="street-07")
    before = evolve(run, cases={**run.cases, unit: evolve(run[unit], outcome=None)})
    lines = list(telling._sheet(evolve(page, way=None), before, voice))
    assert lines[1] == "    street 52.85 points, 1 star"
    assert lines[-1] == "    no way to 2 stars was found"
    best = next(unit for unit in run if run[unit].outcome.stars == 5)
    assert list(telling._sheet(feedback_of(run, best), run, voice))[-1] == "    this is the best grade"
    # Nobody has a result of last year: nobody rose and nobody fell.
    told = telling._promotions(run, voice)
    assert told[0] == "Last year's result is the base (F26): up 0, same 0, down 0"
    assert told[-2:] == ["Promoted", "Fell"]


def test_who_keeps_the_streets_result_is_counted() -> None:
    run = years("en")[0]
    other = next(unit for unit in run if run[unit].district is None)
    changes = {
        "exact": evolve(run[other].outcome, exact=Fraction(1)),
        "grade": evolve(run[other].outcome, grade="none"),
        "no outcome": None,
    }
    for outcome in changes.values():
        moved = evolve(run, cases={**run.cases, other: evolve(run[other], outcome=outcome)})
        for language, told in (("en", "Of the 77 others, 76 keep the street's result."), ("zh", "其余 77 个中，76 个维持街道结果。")):
            assert telling._movement(moved, telling._Voice(language))[-1] == f"  {told}"


def test_names_are_listed_in_lines_that_break_none_of_them() -> None:
    names = [f"community {number}" for number in range(9)]
    assert telling._listed(names, telling._Voice("en")) == ["  " + ", ".join(names[:7]) + ",", "  community 7, community 8"]
    assert telling._listed(names[:2], telling._Voice("zh"), "") == ["community 0、community 1"]
    assert telling._listed([], telling._Voice("en")) == []


def test_the_three_sheets_are_of_three_units() -> None:
    assert telling._three(years()[0]) == ["community-046", "community-041", "community-070"]
