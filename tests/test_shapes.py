"""Every rule shape has its YAML and its golden case, and order decides where it is said to.

`docs/reference/shapes.md` is read and compared with the shapes listed here and with the folders
of `tests/shapes`; the cases of those and of `tests/orders` run here.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from attrs import frozen

import rubric_engine
from rubric_engine.testing import Case, check_case, golden_cases

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "reference" / "shapes.md"

# The shapes found in published rubrics, and the forms each is named with.
SHAPES = {
    "Deductions in an element": (
        "per occurrence",
        "tiers, mutually exclusive",
        "fixed",
        "explicit floor of a rule",
        "explicit floor of an element",
        "explicit floor of a category",
        "explicit floor of the total",
        "no floor",
        "discretionary within a stated range",
        "whole element forfeited",
        "imported from another scheme, its score",
        "imported from another scheme, a ratio of it",
        "repeat multiplier",
        "per percentage point beyond a threshold",
        "two slopes beyond a threshold",
        "mitigation factor, halved",
        "mitigation factor, waived",
        "shortfall",
        "cap on a group of deductions",
        "aggravation add-on",
        "role factor",
    ),
    "Awards in an element": (
        "full or nothing",
        "band look-up",
        "points by rank in the cohort",
        "sum of parts",
        "against a baseline, last year",
        "against a baseline, own three-year mean",
        "against a baseline, peer mean",
        "proportional",
        "ballot mean",
        "linear between targets, with floor",
        "linear between targets, with over-achievement cap",
        "ratio to the best",
        "count of standards met",
        "ordinal levels",
        "rank change",
    ),
    "Bonus": (
        "bonus cap per rule",
        "bonus cap per element",
        "bonus cap per category",
        "bonus cap for all",
        "bonus per occurrence",
        "tiered bonus",
        "fixed bonus",
        "same matter counted once at its highest",
        "total above the nominal maximum, 110",
        "total above the nominal maximum, 100 + 10",
        "outside the element, after its floor (the default)",
    ),
    "Aggregation": (
        "weighted sum",
        "weights by source",
        "adjustment on the total outside any element",
        "mean of periods",
        "sum of periods",
        "not-applicable elements removed and rescaled",
        "different elements by type of assessee",
        "trimmed panel mean",
        "minimum panel",
        "ranked inside a group only",
        "difficulty coefficient",
        "value-weighted mean",
        "weights that depend on which parts exist",
        "peer mean for a missing element",
    ),
    "Gates and overrides": (
        "veto, the lowest grade whatever the score",
        "every part must reach a minimum for the grade",
        "eligibility gate",
        "veto that only bars the top grades",
        "grade set directly by a fact",
        "veto to zero",
        "key item",
        "weakest of several criteria",
        "section zeroed",
        "escalating veto",
        "N failed key items",
    ),
    "Grading": (
        "absolute bands",
        "absolute bands, lower is better",
        "absolute bands on a rescaled score",
        "quota as a maximum",
        "extra condition for the top grade",
        "unrated state",
        "star moved by a step, with clamps",
        "percentile cut",
        "forced distribution",
        "two quantities together",
    ),
    "Time": (
        "look-back window",
        "yearly up and down",
        "grade valid N years",
        "minimum interval before upgrading",
        "streaks",
        "a penalty expires",
        "carry-over",
        "last grade constrains this one",
    ),
    "Process": (
        "two or three tiers",
        "self score beside review score",
        "publicity and objection",
        "void ballots",
        "sampling",
    ),
}
# What no rubric says, because it is about many sheets, or about what is done with one.
BEYOND = {
    "quota as a maximum": "the cohort",
    "percentile cut": "the cohort",
    "forced distribution": "the cohort",
    "two or three tiers": "the cycle",
    "publicity and objection": "the cycle",
    "sampling": "the cycle",
}
# The pairs where order decides that one sheet can show; O12, O13, O20, O22 and O23 need a cohort.
PAIRS = [*(f"O{number}" for number in (*range(1, 12), *range(14, 20))), "O21", "O24"]


@frozen
class Row:
    section: str
    shape: str
    rubrics: str
    snippets: tuple[str, ...]
    #: The folder and the case; for what no rubric says, where it belongs.
    folder: str
    case: str


def rows() -> list[Row]:
    found = []
    for part in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]:
        section, *lines = part.splitlines()
        table = [line for line in lines if line.startswith("|")]
        assert table[:2] == ["| shape | rubrics | in the file | golden case |", "|---|---|---|---|"]
        for line in table[2:]:
            shape, number, written, golden = line.removeprefix("| ").removesuffix(" |").split(" | ")
            folder, _, case = golden.partition(": ")
            snippets = tuple(re.findall("`([^`]+)`", written))
            found.append(Row(section, shape, number, snippets, folder.strip("`"), case))
    return found


ROWS = rows()
SAID = [row for row in ROWS if row.shape not in BEYOND]


def folders(name: str) -> list[Path]:
    return sorted((TESTS / name).iterdir())


@cache
def cases_of(folder: Path) -> list[Case]:
    return golden_cases(folder)


@pytest.mark.parametrize(
    "case",
    [
        case
        for name in ("orders", "shapes")
        for folder in folders(name)
        for case in cases_of(folder)
    ],
    ids=str,
)
def test_golden_case(case: Case) -> None:
    check_case(case)


# The page of shapes


def test_the_page_has_a_row_for_each_shape() -> None:
    found: dict[str, list[str]] = {}
    for row in ROWS:
        found.setdefault(row.section, []).append(row.shape)
    assert found == {section: list(shapes) for section, shapes in SHAPES.items()}
    names = [row.shape for row in ROWS]
    assert len(names) == len(set(names))
    assert {row.shape for row in ROWS if not re.fullmatch("[0-9]+", row.rubrics)} == {
        "outside the element, after its floor (the default)"
    }


@pytest.mark.parametrize("row", SAID, ids=lambda row: row.shape)
def test_a_row_names_a_golden_case_and_shows_a_part_of_its_rubric(row: Row) -> None:
    folder = TESTS / row.folder
    assert folder in folders("shapes")
    assert row.case in [case.name for case in cases_of(folder)]
    text = (folder / "rubric.yaml").read_text(encoding="utf-8")
    written = {line.strip().removeprefix("- ") for line in text.splitlines()}
    assert row.snippets
    for snippet in row.snippets:
        assert any(snippet in line for line in written), snippet


def test_each_shape_has_a_case_of_its_own() -> None:
    named = [(row.folder, row.case) for row in SAID]
    assert len(named) == len(set(named))
    assert {folder for folder, _ in named} == {f"shapes/{each.name}" for each in folders("shapes")}


def test_what_no_rubric_says_has_its_place() -> None:
    beyond = [row for row in ROWS if row.shape in BEYOND]
    assert {row.shape: row.folder for row in beyond} == BEYOND
    assert all(row.case and not row.snippets for row in beyond)


def test_what_was_made_up_says_so() -> None:
    for name in ("orders", "shapes", "surface"):
        for folder in folders(name):
            rubric = rubric_engine.load(folder)
            assert (rubric.name, rubric.provenance) == (folder.name, "illustrative")


# Where order decides


@pytest.mark.parametrize("pair", PAIRS)
def test_both_orders_of_a_pair_are_there_and_differ(pair: str) -> None:
    found = [folder for folder in folders("orders") if folder.name.startswith(f"{pair}-")]
    assert len(found) == 2
    first, second = (cases_of(folder) for folder in found)
    sheets = [(one, other) for one in first for other in second if one.evidence == other.evidence]
    assert sheets, "the two orders share no sheet"
    differ = []
    for one, other in sheets:
        assert one.expect is not None
        assert other.expect is not None
        results = [rubric_engine.evaluate(case.rubric, case.evidence) for case in (one, other)]
        expected = [
            (case.expect.score, case.expect.stars, case.expect.grade) for case in (one, other)
        ]
        differ.append((results[0].exact, results[0].grade) != (results[1].exact, results[1].grade))
        assert (expected[0] != expected[1]) == differ[-1]
    assert any(differ), "no sheet tells the two orders apart"
    assert not all(differ), "no sheet shows where the two orders agree"


def test_no_order_is_left_over() -> None:
    assert {folder.name.partition("-")[0] for folder in folders("orders")} == set(PAIRS)
