"""The golden cases of the installed rubric ``longmen-villages``."""

import pytest

from rubric_engine.testing import Case, check_case, check_exercised, golden_cases


@pytest.mark.parametrize("case", golden_cases("longmen-villages"), ids=lambda case: case.name)
def test_golden_case(case: Case) -> None:
    """The rubric gives what the case expects."""
    check_case(case)


def test_the_cases_exercise_the_rubric() -> None:
    """Nine of ten outcomes of its rules have a case at least."""
    check_exercised(golden_cases("longmen-villages"), least="0.9")
