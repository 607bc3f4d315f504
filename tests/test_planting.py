"""Every defect that is planted into a rubric is found, and nothing is said of its sound twin."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from attrs import evolve

from planting import KINDS, Planted, experiment, hosts, judged, planted, table, trials
from rubric_engine import check, load, loads
from rubric_engine.claims import Report

#: These change the whole, and so stand apart from the others.
WHOLE = ("total below zero",)
BESIDE = [each for each in KINDS if each not in WHOLE]


def test_there_are_many_kinds_of_defects() -> None:
    assert len(KINDS) == 36
    assert len({made(random.Random(1)).code for made in KINDS.values()}) == 25


@pytest.mark.parametrize("host", ["sf-food-safety", "port-canteen-hygiene-permit"])
def test_every_kind_is_found_in_a_rubric_that_is_shipped(host: str) -> None:
    rubric = load(host)
    told = Counter(experiment(rubric, BESIDE, random.Random(host)))
    told.update(experiment(rubric, WHOLE, random.Random(host)))
    assert told == Counter((each, "found") for each in KINDS)


def test_nothing_is_said_of_the_twins() -> None:
    told = Counter(experiment(load("sf-food-safety"), BESIDE, random.Random(2), good=True))
    assert told == Counter((each, "silent") for each in BESIDE)


def test_every_defect_is_found_in_random_rubrics() -> None:
    chance = random.Random(5)
    told: Counter[str] = Counter()
    for host in hosts(2, 5):
        names = chance.sample(BESIDE, 6)
        told.update(what for _, what in experiment(host, names, chance))
    assert set(told) == {"found"}
    assert told["found"] == 12


def one(name: str) -> Planted:
    """Return a rubric with a defect."""
    made = planted(load("sf-food-safety"), name, random.Random(1), 1)
    assert made is not None
    return made


def test_what_is_not_said_counts_as_missed() -> None:
    each = one("masked by the floor")
    report = check(each.rubric)
    assert judged(each, report) == "found"
    (claim,) = report.of(each.defect.code, each.path)
    others = tuple(other for other in report.claims if other != claim)
    assert judged(each, Report("x", claims=others)) == "missed"


def test_a_defect_counts_only_with_its_sheet() -> None:
    each = one("order of two rules")
    (claim,) = check(each.rubric).of(each.defect.code, each.path)
    bare = evolve(claim, witnesses=())
    assert judged(each, Report("x", claims=(bare,))) == "without a sheet"
    refused = evolve(claim, witnesses=(evolve(claim.witnesses[0], evidence={}),))
    assert judged(each, Report("x", claims=(refused,))) == "without a sheet"
    undecided = evolve(claim, verdict="undecided")
    assert judged(each, Report("x", claims=(undecided,))) == "undecided"


def test_a_host_may_leave_a_defect_without_effect() -> None:
    ceiling = loads(
        """
rubric: held
total: 2
clip: 2
rules: [{limit: 0..2}]
items: [{id: a, points: 2, start: full}]
"""
    )
    for name in ("repair hurts", "bonus without cap"):
        held = planted(ceiling, name, random.Random(1), 1)
        assert held is not None
        assert judged(held, check(held.rubric)) == "without effect"
        assert judged(one(name), Report("x")) == "missed"


def test_the_table_adds_up() -> None:
    told = Counter({("loose cap", "found"): 2, ("loose limit", "missed"): 1})
    lines = list(table(told))
    assert len(lines) == len(KINDS) + 3
    assert "| loose cap | `loose-cap` | 2 | 0 | 0 | 0 | 0 | 0 | 0 |" in lines
    assert lines[-1] == "| all | | 2 | 1 | 0 | 0 | 0 | 0 | 0 |"


def test_nothing_that_is_claimed_of_the_hosts_is_contradicted() -> None:
    told, claims, broken = trials(1, 3, together=1, shipped=["sf-food-safety"])
    assert {what for _, what in told} <= {"found", "silent"}
    assert claims > 10
    assert broken == 0
