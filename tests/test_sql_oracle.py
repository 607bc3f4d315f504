"""Totals and grades against SQL in DECIMAL columns, written out by hand and run by DuckDB.

The statements share no code with the library: each is the text of what its rubric says. A
sheet with a null has no score. The sheets are drawn so that they stand on the edges too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from attrs import frozen

import rubric_engine
from rubric_engine import IncompleteEvidence, Rubric, evaluate, load, loads

duckdb = pytest.importorskip("duckdb")
pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")

SHEETS = 5_000

Row = dict[str, Any]
#: The exact total, the stars and the grade; nothing where a finding is missing.
Scored = tuple[Decimal | None, int | None, str | None]


@frozen
class Case:
    """A rubric, the columns of its sheets, how one is drawn, and its score as a statement."""

    rubric: Callable[[], Rubric]
    #: The SQL type of each column.
    columns: Mapping[str, str]
    draw: Callable[[random.Random], Row]
    #: Gives id, total, stars and grade of every sheet of the table `sheets`.
    statement: str
    #: The totals that stand on an edge, all of which are drawn.
    edges: Sequence[str]
    stars: Sequence[int]


# The benchmark card: 50 items of 2 points, three flags each, 1 off for each that does not hold


ITEMS = [f"i{number:02d}" for number in range(50)]
FLAGS = [f"{item}.d{place}" for item in ITEMS for place in range(3)]


def benchmark_card() -> Rubric:
    return loads(pytest.importorskip("benchmarks.card").rubric_text())


def draw_flags(chance: random.Random) -> Row:
    rate = chance.choice((0.05, 0.1, 0.2, 0.25, 0.4))
    null = chance.choice((0, 0, 0.01))
    return {name: None if chance.random() < null else chance.random() >= rate for name in FLAGS}


def flag(name: str) -> str:
    return f'CASE WHEN "{name}" THEN 0.00 ELSE 1.00 END'


CARD_SQL = f"""
WITH items AS (
    SELECT id, {" AND ".join(f'"{name}" IS NOT NULL' for name in FLAGS)} AS complete,
        {
    ", ".join(
        f"CAST(greatest(2.00 - {flag(f'{item}.d0')} - {flag(f'{item}.d1')}"
        f" - {flag(f'{item}.d2')}, 0.00) AS DECIMAL(5, 2)) AS {item}"
        for item in ITEMS
    )
}
    FROM sheets
),
totals AS (
    SELECT id, CASE WHEN complete THEN {" + ".join(ITEMS)} END AS total FROM items
),
rated AS (
    SELECT id, total,
        CASE
            WHEN total IS NULL THEN NULL
            WHEN total >= 90.00 THEN 5
            WHEN total >= 80.00 THEN 4
            WHEN total >= 70.00 THEN 3
            WHEN total >= 60.00 THEN 2
            ELSE 1
        END AS stars
    FROM totals
)
SELECT id, total, stars, CAST(stars AS VARCHAR) AS grade FROM rated
"""

# Decimals throughout


DECIMALS = """\
rubric: decimals
total: 30
places: 3
grades:
  - {stars: 5, grade: excellent, from: 27.35}
  - {stars: 4, grade: good, from: 24.275}
  - {stars: 3, grade: fair, from: 20.9}
  - {stars: 2, grade: poor, from: 16.05}
  - {stars: 1, grade: bad}
items:
  - id: plan
    points: 4.5
    evidence: {missing: {type: count, range: 0..20}, honours: {type: count, range: 0..9}}
    rules:
      - {deduct: 0.35, per: missing}
      - {bonus: 0.25, per: honours, up_to: 1.1}
  - id: coverage
    points: 10.25
    evidence: {covered: share}
    rules:
      - {deduct: 0.3, below: 80, of: covered, step: 1}
  - id: hours
    points: 6.75
    evidence: {worked: {type: number, places: 2, range: 0..120}}
    rules:
      - {award: {from 95.5: 6.75, from 80.25: 4.5, from 60: 1.15}, by: worked}
  - id: letters
    points: 8.5
    evidence: {state: {type: choice, values: [none, irregular, good]}, late: flag}
    rules:
      - {deduct: {none: 8.25, irregular: 3.125, good: 0}, by: state}
      - {deduct: 0.75, when: late}
"""


def draw_decimals(chance: random.Random) -> Row:
    covered = chance.choice(("100", "80", "79.99", "79.5", "75", "60.01", "45.84", "45.83", "0"))
    worked = chance.choice(("120", "95.50", "95.49", "80.25", "80.24", "60", "59.99", "0"))
    row: Row = {
        "plan.missing": chance.choice((0, 0, 1, 2, 3, 12, 13, 20)),
        "plan.honours": chance.choice((0, 0, 1, 4, 5, 9)),
        "coverage.covered": Decimal(covered),
        "hours.worked": Decimal(worked),
        "letters.state": chance.choice(("none", "irregular", "good", "good")),
        "letters.late": chance.random() < 0.3,
    }
    if chance.random() < 0.1:
        row["coverage.covered"] = Decimal(chance.randint(0, 10_000)).scaleb(-2)
        row["hours.worked"] = Decimal(chance.randint(0, 12_000)).scaleb(-2)
    if chance.random() < 0.2:
        row[chance.choice(sorted(row))] = None
    return row


DECIMALS_SQL = """
WITH items AS (
    SELECT id,
        "plan.missing" IS NOT NULL AND "plan.honours" IS NOT NULL
            AND "coverage.covered" IS NOT NULL AND "hours.worked" IS NOT NULL
            AND "letters.state" IS NOT NULL AND "letters.late" IS NOT NULL AS complete,
        greatest(4.5 - 0.35 * "plan.missing", 0) AS plan,
        least(0.25 * "plan.honours", 1.1) AS bonus,
        greatest(
            10.25 - CASE WHEN "coverage.covered" < 80
                THEN 0.3 * (80 - "coverage.covered") ELSE 0 END,
            0
        ) AS coverage,
        CASE
            WHEN "hours.worked" >= 95.5 THEN 6.75
            WHEN "hours.worked" >= 80.25 THEN 4.5
            WHEN "hours.worked" >= 60 THEN 1.15
            ELSE 0
        END AS hours,
        greatest(
            8.5
            - CASE "letters.state" WHEN 'none' THEN 8.25 WHEN 'irregular' THEN 3.125 ELSE 0 END
            - CASE WHEN "letters.late" THEN 0.75 ELSE 0 END,
            0
        ) AS letters
    FROM sheets
),
totals AS (
    SELECT id,
        CASE WHEN complete THEN least(plan + coverage + hours + letters + bonus, 30) END AS total
    FROM items
)
SELECT id, total,
    CASE
        WHEN total IS NULL THEN NULL
        WHEN total >= 27.35 THEN 5
        WHEN total >= 24.275 THEN 4
        WHEN total >= 20.9 THEN 3
        WHEN total >= 16.05 THEN 2
        ELSE 1
    END AS stars,
    CASE
        WHEN total IS NULL THEN NULL
        WHEN total >= 27.35 THEN 'excellent'
        WHEN total >= 24.275 THEN 'good'
        WHEN total >= 20.9 THEN 'fair'
        WHEN total >= 16.05 THEN 'poor'
        ELSE 'bad'
    END AS grade
FROM totals
"""

# The built-in rubric of the UK: penalty points, and a limit for every single score


def draw_penalties(chance: random.Random) -> Row:
    def one_of(*levels: int) -> Decimal | None:
        return None if chance.random() < 0.05 else Decimal(chance.choice(levels))

    return {
        "hygiene.score": one_of(0, 0, 5, 5, 10, 10, 15, 20, 25),
        "structural.score": one_of(0, 0, 5, 5, 10, 10, 15, 20, 25),
        "confidence_in_management.score": one_of(0, 0, 5, 5, 10, 10, 20, 30),
    }


UK_SQL = """
WITH totals AS (
    SELECT id,
        "hygiene.score" + "structural.score" + "confidence_in_management.score" AS total,
        CASE WHEN "hygiene.score" > "structural.score"
            THEN "hygiene.score" ELSE "structural.score" END AS worse,
        "confidence_in_management.score" AS confidence
    FROM sheets
),
rated AS (
    SELECT id, total,
        CASE
            WHEN total IS NULL THEN NULL
            WHEN total <= 15 AND worse <= 5 AND confidence <= 5 THEN 5
            WHEN total <= 20 AND worse <= 10 AND confidence <= 10 THEN 4
            WHEN total <= 30 AND worse <= 10 AND confidence <= 10 THEN 3
            WHEN total <= 40 AND worse <= 15 AND confidence <= 15 THEN 2
            WHEN total <= 50 AND worse <= 20 AND confidence <= 20 THEN 1
            ELSE 0
        END AS stars
    FROM totals
)
SELECT id, total, stars, CAST(stars AS VARCHAR) AS grade FROM rated
"""

CASES = {
    "card": Case(
        benchmark_card,
        dict.fromkeys(FLAGS, "BOOLEAN"),
        draw_flags,
        CARD_SQL,
        ["90", "89", "80", "79", "70", "69", "60", "59"],
        range(1, 6),
    ),
    "decimals": Case(
        lambda: loads(DECIMALS),
        {
            "plan.missing": "DECIMAL(3, 0)",
            "plan.honours": "DECIMAL(3, 0)",
            "coverage.covered": "DECIMAL(5, 2)",
            "hours.worked": "DECIMAL(5, 2)",
            "letters.state": "VARCHAR",
            "letters.late": "BOOLEAN",
        },
        draw_decimals,
        DECIMALS_SQL,
        ["27.35", "24.275", "20.9", "16.05", "30"],
        range(1, 6),
    ),
    "uk-food-hygiene": Case(
        lambda: load("uk-food-hygiene"),
        dict.fromkeys(
            ("hygiene.score", "structural.score", "confidence_in_management.score"),
            "DECIMAL(3, 0)",
        ),
        draw_penalties,
        UK_SQL,
        ["15", "20", "30", "40", "50"],
        range(6),
    ),
}


@frozen
class Population:
    """The sheets of a case, in DuckDB and as rows, and what the statement says of them."""

    case: Case
    rubric: Rubric
    connection: Any
    rows: Mapping[int, Row]
    expected: Mapping[int, Scored]

    def relation(self, numbers: str) -> Any:
        """Return the sheets as DuckDB holds them, with decimals or with doubles for them."""
        sheets = self.connection.table("sheets")
        if numbers == "decimals":
            return sheets
        columns = (
            f'CAST("{name}" AS DOUBLE) AS "{name}"' if kind.startswith("DECIMAL") else f'"{name}"'
            for name, kind in self.case.columns.items()
        )
        return sheets.project(", ".join(("id", *columns)))


@pytest.fixture(scope="module", params=sorted(CASES))
def population(request: pytest.FixtureRequest) -> Population:
    """Draw the sheets of a case and score them by its statement."""
    case = CASES[request.param]
    chance = random.Random(request.param)
    rows = {number: case.draw(chance) for number in range(SHEETS)}
    drawn = pa.table(
        {"id": list(rows)}
        | {column: [row[column] for row in rows.values()] for column in case.columns}
    )
    connection = duckdb.connect()
    connection.register("drawn", drawn)
    columns = ", ".join(f'"{column}" {kind}' for column, kind in case.columns.items())
    connection.execute(f"CREATE TABLE sheets (id INTEGER, {columns})")
    connection.execute("INSERT INTO sheets SELECT * FROM drawn")
    told = connection.execute(case.statement).fetchall()
    expected = {number: (total, stars, grade) for number, total, stars, grade in told}
    return Population(case, case.rubric(), connection, rows, expected)


def nearest(expected: Scored) -> tuple[float | None, int | None, str | None]:
    """Return what a frame shows: the double nearest to the exact total."""
    total, stars, grade = expected
    return None if total is None else float(total), stars, grade


def test_the_sheets_stand_on_every_edge(population: Population) -> None:
    totals = {total for total, _, _ in population.expected.values()}
    assert {Decimal(each) for each in population.case.edges} <= totals
    assert None in totals
    reached = {stars for _, stars, _ in population.expected.values()}
    assert reached == {*population.case.stars, None}
    assert len(population.expected) == SHEETS
    assert all(isinstance(total, Decimal) for total in totals - {None})


def test_a_sheet_has_the_total_and_the_grade_of_the_statement(population: Population) -> None:
    for number, row in population.rows.items():
        found = {column: finding for column, finding in row.items() if finding is not None}
        if len(found) < len(row):
            assert population.expected[number] == (None, None, None)
            with pytest.raises(IncompleteEvidence):
                evaluate(population.rubric, found)
            continue
        result = evaluate(population.rubric, found)
        assert (result.score, result.stars, result.grade) == population.expected[number], row


@pytest.mark.parametrize("numbers", ["decimals", "doubles"])
def test_a_relation_has_the_total_and_the_grade_of_the_statement(
    population: Population, numbers: str
) -> None:
    scored = rubric_engine.evaluate_frame(population.rubric, population.relation(numbers))
    assert_told(population, scored.project("id, score, stars, grade, status").fetchall())


@pytest.mark.parametrize("numbers", ["decimals", "doubles"])
@pytest.mark.parametrize("lazy", [False, True], ids=["eager", "lazy"])
def test_a_polars_frame_has_the_total_and_the_grade_of_the_statement(
    population: Population, numbers: str, lazy: bool
) -> None:
    frame = population.relation(numbers).pl()
    scored = rubric_engine.evaluate_frame(population.rubric, frame.lazy() if lazy else frame)
    told = scored.lazy().select("id", "score", "stars", "grade", "status").collect()
    assert_told(population, told.rows())


def assert_told(population: Population, told: Sequence[Sequence[Any]]) -> None:
    """Assert that rows of id, score, stars, grade and status are what the statement says."""
    assert len(told) == SHEETS
    for number, score, stars, grade, status in told:
        expected = population.expected[number]
        assert (score, stars, grade) == nearest(expected), population.rows[number]
        assert (status == "ok") == (expected[0] is not None), population.rows[number]
