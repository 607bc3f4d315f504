"""The two synthetic years of the demo: their counts follow from findings, reviews and decisions."""

from __future__ import annotations

import hashlib
import runpy
from collections import Counter
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
import yaml

import rubric_engine
from rubric_engine.library import folder_of
from rubric_engine.model import Item, walk
from rubric_engine.reading import content_of, read

NAME = "dongcheng-community"
RUBRIC = rubric_engine.load(NAME)
FIELDS = {f"{node.id}.{field}" for node, _, _ in walk(RUBRIC) for field, _ in node.evidence}
CUTS = (60, 70, 80, 90)
FILE = folder_of(NAME).joinpath("years.yaml")


@cache
def data() -> dict[str, Any]:
    return yaml.load(FILE.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def year(name: str) -> dict[str, Any]:
    return data()["years"][name]


def scored(*changes: dict[str, Any]) -> Fraction:
    """Score full marks with changes, one after the other; all methods must be recorded."""
    sheet = {item: dict(findings) for item, findings in data()["full"].items()}
    for change in changes:
        for path, value in change.items():
            item, _, field = path.partition(".")
            assert field in sheet[item], path
            sheet[item][field] = value
    result = rubric_engine.evaluate(RUBRIC, sheet, methods="required")
    assert result.stars == stars_of(result.exact)
    return result.exact


def stars_of(points: Fraction) -> int:
    return 1 + sum(points >= cut for cut in CUTS)


@cache
def reported(name: str) -> dict[str, Fraction]:
    return {unit: scored(sheet["change"]) for unit, sheet in year(name)["units"].items()}


@cache
def found(name: str) -> dict[str, Fraction]:
    units = year(name)["units"]
    return {
        unit: scored(units[unit]["change"], review["change"])
        for unit, review in year(name)["reviews"].items()
    }


def low_units(name: str) -> dict[str, list[str]]:
    """The units reported with three stars or below, by street."""
    low: dict[str, list[str]] = {}
    for unit, points in reported(name).items():
        if stars_of(points) <= 3:
            low.setdefault(year(name)["units"][unit]["street"], []).append(unit)
    return low


def drawn(name: str) -> dict[str, list[str]]:
    """Draw 15 % for each street, rounded half up, at least one."""

    def key(street: str, unit: str) -> tuple[str, str]:
        text = "\x1f".join([year(name)["seed"], street, unit])
        return hashlib.sha256(text.encode("utf-8")).hexdigest(), unit

    return {
        street: sorted(units, key=lambda unit: key(street, unit))[
            : max(1, int(Fraction(15, 100) * len(units) + Fraction(1, 2)))
        ]
        for street, units in low_units(name).items()
    }


def differs(name: str, unit: str) -> bool:
    """Say whether a review differs by more than two points, or in the star."""
    was, now = reported(name)[unit], found(name)[unit]
    return abs(now - was) > 2 or stars_of(now) != stars_of(was)


def queued(name: str) -> set[str]:
    """The units of three stars and below that are reviewed since the sample differed."""
    streets = [
        street
        for street, units in drawn(name).items()
        if any(differs(name, unit) for unit in units)
    ]
    return {unit for street in streets for unit in low_units(name)[street]}


def final(name: str) -> dict[str, int]:
    points = reported(name) | found(name)
    stars = {unit: stars_of(each) for unit, each in points.items()}
    for each in year(name)["objections"]:
        stars[each["unit"]] = min(stars[each["unit"]], decided(name, each))
    return stars


def decided(name: str, objection: dict[str, Any]) -> int:
    """The best star that a decision leaves."""
    ((kind, value),) = objection["decision"].items()
    points = found(name)[objection["unit"]]
    if kind == "deduct":
        return stars_of(points - Fraction(str(value)))
    return {"at_most": value, "fail": 1, "none": 5}[kind]


def spread(stars: Any) -> tuple[int, ...]:
    counts = Counter(stars)
    return tuple(counts[star] for star in (5, 4, 3, 2, 1))


# The file


def test_the_file_reads_strictly_and_small() -> None:
    content = content_of(FILE)
    document, problems = read(content)
    assert document is not None
    assert not problems, "among them would be a key that stands twice"
    assert len(content) < 200_000
    assert max(map(len, content.decode("utf-8").splitlines())) <= 100


def test_it_says_that_it_is_synthetic() -> None:
    assert data()["provenance"] == "illustrative"
    assert "虚构" in data()["note"]["zh"]
    assert "synthetic" in data()["note"]["en"]
    for title in [*data()["streets"].values(), *data()["departments"].values()]:
        assert "虚构" in title["zh"]
        assert "ynthetic" in title["en"]


def test_it_is_what_the_script_beside_it_writes() -> None:
    script = folder_of(NAME).joinpath("make_years.py")
    made = runpy.run_path(str(script))["made"]
    assert made() == FILE.read_text("utf-8")


def test_full_marks_with_all_methods_recorded() -> None:
    assert scored() == 100
    methods = {node.id: node.methods for node, _, _ in walk(RUBRIC) if isinstance(node, Item)}
    assert {item: tuple(used) for item, used in data()["full"]["methods"].items()} == methods


def test_126_communities_in_12_streets_the_same_in_both_years() -> None:
    streets = {
        name: {unit: sheet["street"] for unit, sheet in year(name)["units"].items()}
        for name in ("2025", "2026")
    }
    assert list(data()["years"]) == ["2025", "2026"]
    assert streets["2025"] == streets["2026"]
    assert len(streets["2025"]) == 126
    assert len(data()["streets"]) == 12
    assert set(streets["2025"].values()) == set(data()["streets"])


@pytest.mark.parametrize("name", ["2025", "2026"])
def test_every_change_is_a_known_finding_that_changes_something(name: str) -> None:
    full = data()["full"]
    for unit, sheet in year(name)["units"].items():
        assert set(sheet) == {"street", "change"}, unit
        for path, value in sheet["change"].items():
            item, _, field = path.partition(".")
            assert path in FIELDS
            assert full[item][field] != value, (unit, path)
    for unit, review in year(name)["reviews"].items():
        assert set(review) == {"change", "why"}
        assert review["why"]["zh"]
        assert review["why"]["en"]
        sheet = year(name)["units"][unit]["change"]
        for path, value in review["change"].items():
            item, _, field = path.partition(".")
            assert path in FIELDS
            assert sheet.get(path, full[item][field]) != value, (unit, path)


@pytest.mark.parametrize("name", ["2025", "2026"])
def test_findings_are_of_many_items(name: str) -> None:
    items = {
        path.partition(".")[0]
        for sheet in year(name)["units"].values()
        for path in sheet["change"]
    }
    assert len(items) == 49, "all but the election, where nobody loses a point"
    assert "election" not in items


@pytest.mark.parametrize("name", ["2025", "2026"])
def test_objections_are_of_reviewed_units_once_each_with_reasons(name: str) -> None:
    objections = year(name)["objections"]
    assert len({each["unit"] for each in objections}) == len(objections)
    for each in objections:
        assert set(each) == {"unit", "department", "grounds", "decision", "why"}
        assert each["unit"] in year(name)["reviews"]
        assert each["department"] in data()["departments"]
        assert len(each["decision"]) == 1
        for text in (each["grounds"], each["why"]):
            assert text["zh"]
            assert text["en"]


# Year one, as the source counts it


def test_year_one_as_reported() -> None:
    assert spread(map(stars_of, reported("2025").values())) == (11, 26, 60, 22, 7)
    ones = {
        year("2025")["units"][unit]["street"]
        for unit, points in reported("2025").items()
        if stars_of(points) == 1
    }
    assert len(ones) >= 3


def test_year_one_draws_one_in_each_street_so_that_49_are_reviewed() -> None:
    sample = drawn("2025")
    assert {street: len(units) for street, units in sample.items()} == dict.fromkeys(
        data()["streets"], 1
    )
    high = {unit for unit, points in reported("2025").items() if stars_of(points) >= 4}
    assert len(high) == 37
    assert set(year("2025")["reviews"]) == high | {units[0] for units in sample.values()}
    assert len(year("2025")["reviews"]) == 49


def test_in_year_one_the_samples_bear_the_streets_out() -> None:
    for (unit,) in drawn("2025").values():
        assert abs(found("2025")[unit] - reported("2025")[unit]) < 2
        assert not differs("2025", unit)
    changes = [year("2025")["reviews"][unit]["change"] for (unit,) in drawn("2025").values()]
    assert sum(not change for change in changes) >= 3, "confirmed as they are"
    assert sum(bool(change) for change in changes) >= 3
    assert not queued("2025")


def test_year_one_after_review_and_consultation() -> None:
    stars = final("2025")
    five, four, *rest = spread(stars[unit] for unit in year("2025")["reviews"])
    assert (five, four, sum(rest)) == (4, 12, 33)


def test_in_year_one_most_stars_fall_at_the_review_and_four_by_consultation() -> None:
    objections = year("2025")["objections"]
    kinds = [next(iter(each["decision"])) for each in objections]
    assert Counter(kinds) == {"deduct": 3, "at_most": 1, "fail": 1, "none": 1}
    moved = {
        each["unit"]: (stars_of(found("2025")[each["unit"]]), final("2025")[each["unit"]], kind)
        for each, kind in zip(objections, kinds, strict=True)
    }
    assert sorted(moved.values()) == [
        (4, 1, "fail"),
        (4, 3, "deduct"),
        (4, 4, "deduct"),
        (5, 3, "at_most"),
        (5, 4, "deduct"),
        (5, 5, "none"),
    ]
    fallen = {
        unit
        for unit, points in found("2025").items()
        if stars_of(points) < stars_of(reported("2025")[unit])
    }
    assert len(fallen) == 22


def test_the_lenient_street_loses_most_at_the_review() -> None:
    shifts: dict[str, list[Fraction]] = {}
    for unit, points in found("2025").items():
        street = year("2025")["units"][unit]["street"]
        shifts.setdefault(street, []).append(points - reported("2025")[unit])
    means = {street: sum(each, Fraction(0)) / len(each) for street, each in shifts.items()}
    lowest, second = sorted(means, key=lambda street: means[street])[:2]
    assert lowest == "street-05"
    assert means[lowest] < means[second] - 2


# Year two


def test_year_two_has_changed_evidence_everywhere() -> None:
    before, after = year("2025")["units"], year("2026")["units"]
    assert all(before[unit]["change"] != after[unit]["change"] for unit in before)


def test_year_two_reviews_the_high_the_drawn_and_the_rest_of_one_street() -> None:
    high = {unit for unit, points in reported("2026").items() if stars_of(points) >= 4}
    sample = {unit for units in drawn("2026").values() for unit in units}
    rest = queued("2026")
    assert {year("2026")["units"][unit]["street"] for unit in rest} == {"street-08"}
    assert rest - sample
    assert set(year("2026")["reviews"]) == high | sample | rest


def test_year_two_moves_up_more_than_down() -> None:
    before, after = final("2025"), final("2026")
    steps = Counter(after[unit] - before[unit] for unit in before)
    up = sum(count for step, count in steps.items() if step > 0)
    down = sum(count for step, count in steps.items() if step < 0)
    assert up > 2 * down > 10
    assert sum(count for step, count in steps.items() if step > 1) >= 2
    assert spread(after.values())[1] > spread(before.values())[1]
    few = [unit for unit in before if before[unit] <= 2]
    assert sum(after[unit] > before[unit] for unit in few) > len(few) / 2


def test_year_two_has_milder_reviews_two_of_them_better_than_the_street() -> None:
    def mean(name: str) -> Fraction:
        both = [(found(name)[unit], reported(name)[unit]) for unit in found(name)]
        return sum((now - was for now, was in both), Fraction(0)) / len(both)

    assert mean("2025") < mean("2026") - 2 < mean("2026") < 0
    better = [unit for unit in found("2026") if found("2026")[unit] > reported("2026")[unit] + 2]
    assert len(better) == 2
    assert all(stars_of(found("2026")[unit]) == 5 for unit in better)


def test_in_year_two_a_cap_meets_a_promotion() -> None:
    kinds = {next(iter(each["decision"])): each["unit"] for each in year("2026")["objections"]}
    assert set(kinds) == {"deduct", "at_most", "none", "fail"}
    capped = kinds["at_most"]
    assert (final("2025")[capped], stars_of(found("2026")[capped]), final("2026")[capped]) == (
        2,
        4,
        3,
    )
    assert final("2026")[kinds["fail"]] == 1
    assert final("2026")[kinds["deduct"]] == 4
    assert stars_of(found("2026")[kinds["deduct"]]) == 5
