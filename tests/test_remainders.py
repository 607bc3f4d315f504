"""What all that a number can be has in common, against random graphs and grades by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from operations_oracle import cells
from rubric_engine import check, loads
from rubric_engine.graph import reachable
from rubric_engine.remainders import Remainder, remainder_of
from test_operations import Plan, plans


@settings(max_examples=2 * settings.default.max_examples)
@given(plans(sheets=4))
def test_every_value_of_a_random_graph_is_one_of_its_remainders(plan: Plan) -> None:
    values = [each for each in reachable(plan.values) if each.kind == "integer"]
    common = {each.index: remainder_of(each) for each in values}
    for sheet in plan.sheets:
        found: dict[int, Any] = cells(reachable(values), sheet)
        for value in values:
            held = found[value.index]
            for each in held if isinstance(held, list) else [held]:
                assert each is None or common[value.index].holds(int(each)), (value, each)


@pytest.mark.parametrize(
    ("remainder", "low", "high", "there"),
    [
        (Remainder(5, 2), 3, 6, False),
        (Remainder(5, 2), 3, 7, True),
        (Remainder(5, 2), 7, 7, True),
        (Remainder(5, 2), 8, 7, False),
        (Remainder(0, 4), 1, 3, False),
        (Remainder(0, 4), 4, 9, True),
        (Remainder(1, 0), -3, -3, True),
    ],
)
def test_whether_any_lies_between(remainder: Remainder, low: int, high: int, there: bool) -> None:
    assert remainder.between(low, high) is there
    assert any(map(remainder.holds, range(low, high + 1))) is there


def items(count: int) -> str:
    """Return items of 2 points that lose halves."""
    return "\n".join(
        f"  - {{id: i{k}, points: 2, evidence: {{m{k}: {{type: count, range: 0..9}}}},"
        f" rules: [{{deduct: 0.5, per: m{k}}}]}}"
        for k in range(count)
    )


@pytest.mark.parametrize(
    ("grades", "unreached"),
    [
        ("[{stars: 3, from: 92.4}, {stars: 2, from: 92.2}, {stars: 1}]", {"2"}),
        ("[{stars: 3, from: 92.6}, {stars: 2, from: 92.2}, {stars: 1}]", set()),
        ("[{stars: 3, up_to: 92.2}, {stars: 2, up_to: 92.4}, {stars: 1}]", {"2"}),
        ("[{stars: 3, up_to: 92.2}, {stars: 2, up_to: 92.5}, {stars: 1}]", set()),
        # A grade above that asks for more than a score lets higher scores through.
        ("[{stars: 3, from: 92.4, when: i0.m0 == 0}, {stars: 2, from: 92.2}, {stars: 1}]", set()),
        ("[{stars: 2, from: 100.5}, {stars: 1}]", {"2"}),
    ],
)
def test_a_grade_that_no_score_fits_is_found_in_a_large_rubric(
    grades: str, unreached: set[str]
) -> None:
    report = check(loads(f"rubric: x\ntotal: 100\ngrades: {grades}\nitems:\n{items(50)}"))
    assert {each.about for each in report.of("unreachable-grade")} == unreached
    assert not report.undecided
    reached = {each.about for each in report.of("grade-reached")}
    assert reached | unreached == {"1", "2"} | ({"3"} if "stars: 3" in grades else set())
