"""Numbers at the border: what is read exactly, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import inf, nan

import pytest

from rubric_engine.exact import decimal_of, exact_number, number_text, quanta_of, read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("-0", 0),
        ("007", 7),
        ("1.10", Fraction(11, 10)),
        ("-1.5", Fraction(-3, 2)),
        ("2/4", Fraction(1, 2)),
        ("-1/3", Fraction(-1, 3)),
        ("9" * 18 + "." + "9" * 18, Fraction(int("9" * 36), 10**18)),
    ],
)
def test_a_number_is_read_as_written(text: str, number: Fraction) -> None:
    assert read_number(text) == number
    assert exact_number(text) == number


@pytest.mark.parametrize(
    "text",
    ["", " ", "1 ", " 1", "+1", "--1", "1e3", "1.", ".5", "1/0", "1/-2", "1/2/3", "1.5/2", "1_000", "0x1", "１", "٣", "1,5", "9" * 19, "1." + "9" * 19, "nan", "inf", "1\n"],
)
def test_everything_else_is_no_number(text: str) -> None:
    assert read_number(text) is None
    assert exact_number(text) is None


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3),
        (Fraction(1, 3), Fraction(1, 3)),
        (Decimal("0.10"), Fraction(1, 10)),
        (Decimal("1E+3"), 1000),
        (0.1, Fraction(1, 10)),
        (1e3, 1000),
        (-0.0, 0),
        (123456789012345.0, 123456789012345),
    ],
)
def test_what_a_programmer_writes_is_read(value: object, number: Fraction) -> None:
    assert exact_number(value) == number
    assert type(exact_number(value)) is Fraction


@pytest.mark.parametrize(
    "value",
    [
        *(True, None, b"1", [1], 1j, object(), nan, inf, -inf, 0.1 + 0.2, 1 / 3),
        *(Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1E+19"), Decimal("1E-19")),
        *(10**36, Fraction(1, 10**36), 1e40, 1234567890.1234567),
    ],
)
def test_what_is_not_exact_or_enormous_is_refused(value: object) -> None:
    assert exact_number(value) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(1, 2), "0.5"),
        (Fraction(-1, 80), "-0.0125"),
        (Fraction(25), "25"),
        (Fraction(100), "100"),
        (Fraction(1, 3), "1/3"),
        (Fraction(-7, 6), "-7/6"),
        (Fraction(1, 10**9), "0.000000001"),
    ],
)
def test_numbers_are_written_shortest_and_read_back(number: Fraction, text: str) -> None:
    assert number_text(number) == text
    assert read_number(text) == number


@pytest.mark.parametrize(
    ("number", "places", "text", "exact"),
    [
        (Fraction(2, 3), 2, "0.67", False),
        (Fraction(-2, 3), 2, "-0.67", False),
        (Fraction(1, 3), 0, "0", False),
        (Fraction(5, 3), 0, "2", False),
        (Fraction(1, 6), 1, "0.2", False),
        (Fraction(1, 8), 1, "0.125", True),
        (Fraction(-5, 2), 0, "-2.5", True),
        (Fraction(30), 2, "30", True),
        (Fraction(10**30, 3), 1, "3" * 30 + ".3", False),
    ],
)
def test_a_decimal_is_exact_or_rounded_away_from_zero_at_ties(
    number: Fraction, places: int, text: str, exact: bool
) -> None:
    found, terminates = decimal_of(number, places)
    assert (str(found), terminates) == (text, exact)


@pytest.mark.parametrize(
    ("value", "scale", "quanta"),
    [
        (3, 100, 300),
        (0.29, 100, 29),
        (0.57, 100, 57),
        (2.0, 1, 2),
        (0.1 + 0.2, 10, None),
        (0.1 + 0.2, 100, None),
        (0.5, 1, None),
        (float(2**53), 1, None),
        (float(2**53 - 1), 1, 2**53 - 1),
        (2.0**60, 1, None),
        (-1.5, 10, -15),
        (nan, 1, None),
        (inf, 1, None),
        (1.5e308, 10, None),
        (Decimal("0.50"), 10, 5),
        (Decimal("0.55"), 10, None),
        (Decimal("NaN"), 10, None),
        (Decimal("1E+100"), 10, None),
        (Fraction(1, 3), 3, 1),
        (Fraction(1, 3), 10, None),
        (True, 1, None),
        ("1", 1, None),
        (None, 1, None),
    ],
)
def test_a_finding_is_so_many_quanta_or_none(value: object, scale: int, quanta: int | None) -> None:
    assert quanta_of(value, scale) == quanta


def test_numpy_scalars_are_numbers() -> None:
    np = pytest.importorskip("numpy")
    assert exact_number(np.int32(4)) == 4
    assert exact_number(np.float64(0.1)) == Fraction(1, 10)
    assert exact_number(np.float64(0.1) + np.float64(0.2)) is None
    assert quanta_of(np.int64(7), 10) == 70
    assert quanta_of(np.float64(0.29), 100) == 29


def test_a_float_is_taken_by_the_rule_of_the_language() -> None:
    for places in (0, 1, 2, 9):
        for value in (0.1, 0.25, 0.3, 1.005, 2.675, 7.0, 123456.789, 1e-9, 0.1 + 0.2):
            scaled = round(value * 10**places)
            taken = scaled / 10**places == value
            assert (quanta_of(value, 10**places) == scaled) is taken
