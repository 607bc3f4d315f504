"""Figures of the cohort: how a rubric says them, and what every engine makes of them."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rubric_engine import (
    Count,
    InvalidEvidence,
    InvalidRubric,
    Rubric,
    dumps,
    evaluate,
    loads,
)
from rubric_engine.errors import MissingLibrary
from rubric_engine.evaluation import program_of
from rubric_engine.evidence import read_sheet
from rubric_engine.figures import FIGURES, MOST_ASSESSEES, Figure, is_too_wide, scales
from rubric_engine.files import rubric_digest, to_plain

nw = pytest.importorskip("narwhals")
pa = pytest.importorskip("pyarrow")

from rubric_engine.cohort import CohortFigure, figure_table, with_figures  # noqa: E402 - after the skip above
from rubric_engine.frames import fit  # noqa: E402 - after the skip above

# Every engine against slow arithmetic

#: A measured number and a group, each of which may be missing.
Row = tuple[int | None, int | None]
Wanted = Sequence[CohortFigure]

MODES = ("half_up", "half_even", "floor", "ceiling", "truncate")
LARGE = 4 * 10**9
"""The largest number whose sum over a cohort stays within 62 bits."""

ENGINES = ["polars", "polars lazy", "pyarrow", "duckdb", "sqlframe", "pyspark"]
EAGER = ["polars", "pyarrow"]
#: How many random cohorts an engine is tried on, where it is slow.
FEW = {"duckdb": 25, "sqlframe": 4, "pyspark": 3}


def rounded(number: Fraction, mode: str) -> int:
    """Round to a whole number."""
    if mode == "half_up":
        size = floor(abs(number) + Fraction(1, 2))
        return size if number >= 0 else -size
    if mode == "half_even":
        return round(number)
    return {"floor": floor, "ceiling": ceil, "truncate": int}[mode](number)


def placed(value: int, others: Sequence[int], order: str, ties: str) -> int:
    """Return the place of a value among others, counted one by one."""
    ahead = [each for each in others if (each > value if order == "highest" else each < value)]
    if ties == "dense":
        return len(set(ahead)) + 1
    return len(ahead) + (1 if ties == "lowest" else others.count(value))


def meant(wanted: CohortFigure, rows: Sequence[Row]) -> list[int | None]:
    """Work a figure out for each row, in quanta."""
    figure = wanted.figure
    found: list[int | None] = []
    for value, group in rows:
        if wanted.group is not None and group is None:
            found.append(None)
            continue
        others = [v for v, g in rows if v is not None and (wanted.group is None or g == group)]
        if not others or (figure.kind == "rank" and value is None):
            found.append(None)
            continue
        unit = Fraction(wanted.unit, wanted.scale)
        if figure.kind == "rank":
            result = Fraction(placed(value, others, figure.order, figure.ties) * wanted.unit)
        elif figure.kind == "count":
            result = Fraction(len(others) * wanted.unit)
        elif figure.kind == "percentile":
            number = ceil(figure.at * len(others) / 100)
            result = sorted(others)[number - 1] * unit
        elif figure.kind == "mean":
            result = Fraction(rounded(Fraction(sum(others), len(others)) * unit, figure.mode))
        else:
            fold = {"highest": max, "lowest": min, "sum": sum}[figure.kind]
            result = fold(others) * unit
        assert result.denominator == 1
        found.append(int(result))
    return found


def every_figure(bound: int, dots: bool) -> list[CohortFigure]:
    """Return every figure with every option, in one group and in several."""
    dot = "." if dots else "_"
    found: list[CohortFigure] = []

    def add(figure: Figure, scale: int = 1, unit: int = 1) -> None:
        for group in (None, f"assessee{dot}group"):
            name, column = f"cohort{dot}f{len(found)}", f"output{dot}made"
            found.append(
                CohortFigure(
                    name=name,
                    column=column,
                    group=group,
                    figure=figure,
                    scale=scale,
                    unit=unit,
                    bound=bound,
                )
            )

    for order in ("highest", "lowest"):
        for ties in ("lowest", "highest", "dense"):
            add(Figure("rank", "x", order=order, ties=ties))
    add(Figure("rank", "x"), scale=7, unit=10)
    for mode in MODES:
        add(Figure("mean", "x", mode=mode))
    add(Figure("mean", "x"), scale=3, unit=100)
    add(Figure("mean", "x"), scale=100, unit=1)
    add(Figure("mean", "x", mode="half_even"), scale=1, unit=1000)
    for kind in ("highest", "lowest", "sum", "count"):
        add(Figure(kind, "x"))
    add(Figure("highest", "x"), scale=10, unit=100)
    add(Figure("count", "x"), scale=3, unit=100)
    for at in ("0.001", "25", "50", "66.667", "90", "100"):
        add(Figure("percentile", "x", at=at))
    return found


@pytest.fixture
def framed(request: pytest.FixtureRequest) -> Callable[[str, Any], Any]:
    """Return what turns an Arrow table into a frame of an engine."""

    def framing(engine: str, table: Any) -> Any:
        if engine == "pyarrow":
            return nw.from_native(table)
        if engine == "duckdb":
            return nw.from_native(pytest.importorskip("duckdb").connect().from_arrow(table))
        if engine == "pyspark":
            session = request.getfixturevalue("spark")
            with warnings.catch_warnings():
                # PySpark says so of every pandas that it does not know yet; none is used here.
                warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
                return nw.from_native(session.createDataFrame(table))
        if engine == "sqlframe":
            session = pytest.importorskip("sqlframe.duckdb").DuckDBSession()
            schema = ", ".join(f"{name} bigint" for name in table.column_names)
            rows = [tuple(row.values()) for row in table.to_pylist()]
            return nw.from_native(session.createDataFrame(rows, schema=schema))
        polars = pytest.importorskip("polars")
        whole = polars.from_arrow(table)
        return nw.from_native(whole.lazy() if engine == "polars lazy" else whole)

    return framing


def table_of(rows: Sequence[Row], dots: bool) -> Any:
    """Return an Arrow table of a cohort, with an id for each row."""
    dot = "." if dots else "_"
    return pa.table(
        {
            "id": pa.array(range(len(rows)), pa.int64()),
            f"output{dot}made": pa.array([value for value, _ in rows], pa.int64()),
            f"assessee{dot}group": pa.array([group for _, group in rows], pa.int64()),
        }
    )


def calculated(frame: Any, names: Sequence[str]) -> list[list[int | None]]:
    """Return columns of a frame by the id of the rows."""
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect("pyarrow")
    arrow = frame.to_arrow().sort_by("id")
    assert all(arrow.schema.field(name).type == pa.int64() for name in names)
    return [arrow.column(name).to_pylist() for name in names]


def compared(
    framed: Callable[[str, Any], Any],
    engine: str,
    rows: Sequence[Row],
    places: Sequence[int] | None = None,
) -> None:
    """Compare figures of a cohort, all or those of some places, with what they mean."""
    # SQLFrame makes no frames with dots in the names of columns.
    dots = engine != "sqlframe"
    every = every_figure(LARGE, dots)
    wanted = every if places is None else [every[place] for place in places]
    made = with_figures(framed(engine, table_of(rows, dots)), wanted)
    found = calculated(made, [each.name for each in wanted])
    wrong = [
        (each.figure, each.group, result, expected)
        for each, result in zip(wanted, found, strict=True)
        if result != (expected := meant(each, rows))
    ]
    assert wrong == []


TIES: list[Row] = [(5, 0), (3, 0), (5, 0), (None, 0), (-1, 1), (7, 1), (2, None), (7, 0), (3, 0)]
COHORTS: dict[str, list[Row]] = {
    "ties, missing numbers and groups": TIES,
    "one row": [(7, 3)],
    "one row that does not count": [(None, 3)],
    "one row without a group": [(7, None)],
    "nobody": [],
    "nobody counts in a group": [(None, 1), (None, 1), (4, 2)],
    "halves and large": [
        *[(-1, 0), (-2, 0), (1, 1), (2, 1), (-3, 2), (-2, 2)],
        *[(LARGE, 3), (LARGE - 1, 3), (-LARGE, 4), (1 - LARGE, 4), (LARGE, 4)],
    ],
}


#: Places of figures of every kind, with groups and without, for engines that are slow.
KINDS = (1, 10, 15, 28, 31, 33, 35, 36, 47)


def every_place() -> range:
    """Return the places of all figures."""
    return range(len(every_figure(1, dots=True)))


def test_the_figures_for_slow_engines_are_of_every_kind() -> None:
    assert {every_figure(1, dots=True)[place].figure.kind for place in KINDS} == set(FIGURES)


#: The cohorts that engines are tried on which are slow to plan.
SOME = ["ties, missing numbers and groups", "nobody", "halves and large"]


@pytest.mark.parametrize(
    ("engine", "cohort"),
    [
        (engine, cohort)
        for engine in ENGINES
        for cohort in COHORTS
        if engine not in FEW or cohort in SOME[: 1 if engine == "sqlframe" else None]
    ],
)
def test_every_engine_finds_what_is_meant(
    engine: str, cohort: str, framed: Callable[[str, Any], Any]
) -> None:
    places = sorted(KINDS) if engine in ("sqlframe", "pyspark") else every_place()
    # A frame with many figures at once takes long to plan where every layer is a query.
    size = {"duckdb": 4, "sqlframe": 2}.get(engine, 100)
    for first in range(0, len(places), size):
        compared(framed, engine, COHORTS[cohort], places[first : first + size])


numbers = st.one_of(
    st.none(), st.integers(-3, 3), st.integers(-LARGE, LARGE), st.sampled_from((-LARGE, LARGE))
)
groups = st.one_of(st.none(), st.integers(0, 2))
some_figures = st.lists(st.sampled_from(every_place()), min_size=1, max_size=3, unique=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_random_cohorts(engine: str, framed: Callable[[str, Any], Any]) -> None:
    @settings(
        max_examples=min(FEW.get(engine, 100), settings().max_examples),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(
        rows=st.lists(st.tuples(numbers, groups), min_size=1, max_size=12),
        places=some_figures,
    )
    def law(rows: list[Row], places: list[int]) -> None:
        compared(framed, engine, rows, places)

    law()


@pytest.mark.parametrize("engine", EAGER)
def test_an_eager_frame_keeps_its_rows_and_columns(
    engine: str, framed: Callable[[str, Any], Any]
) -> None:
    table = table_of(TIES, dots=True)
    table = table.append_column("note", pa.array([["kept"]] * len(TIES)))
    frame = framed(engine, table)
    wanted = every_figure(10, dots=True)
    made = with_figures(frame, wanted)
    assert type(made.to_native()) is type(frame.to_native())
    assert made.columns == [*table.column_names, *(each.name for each in wanted)]
    assert made.to_arrow().select(table.column_names).to_pylist() == table.to_pylist()
    for each in wanted:
        assert made.get_column(each.name).to_list() == meant(each, TIES)


@pytest.mark.parametrize("engine", ["polars lazy", "duckdb"])
def test_a_lazy_frame_stays_lazy(engine: str, framed: Callable[[str, Any], Any]) -> None:
    made = with_figures(framed(engine, table_of(TIES, dots=True)), every_figure(10, dots=True))
    assert isinstance(made, nw.LazyFrame)


@given(
    rows=st.lists(st.tuples(numbers, groups), max_size=10),
    places=some_figures,
    chance=st.randoms(),
)
def test_the_order_of_rows_does_not_matter(rows: list[Row], places: list[int], chance: Any) -> None:
    every = every_figure(LARGE, dots=True)
    wanted = [every[place] for place in places]
    names = [each.name for each in wanted]
    table = table_of(rows, dots=True)
    order = list(range(len(rows)))
    chance.shuffle(order)
    shuffled = table.take(pa.array(order, pa.int64()))
    made = [
        calculated(with_figures(nw.from_native(each), wanted), names) for each in (table, shuffled)
    ]
    assert made[0] == made[1]


def test_no_figures_leave_a_frame_as_it_is() -> None:
    frame = nw.from_native(table_of(TIES, dots=True))
    assert with_figures(frame, []) is frame


def test_columns_of_our_own_do_not_meet_those_of_the_caller() -> None:
    table = table_of(TIES, dots=True).append_column("_number0", pa.array(range(len(TIES))))
    made = with_figures(nw.from_native(table), every_figure(10, dots=True)[:2])
    assert made.get_column("_number0").to_list() == list(range(len(TIES)))


def test_columns_may_be_narrow_or_nothing_but_null() -> None:
    wanted = [
        figure_of(Figure("mean", "x", mode="floor"), group="g"),
        figure_of(Figure("count", "x"), name="n"),
    ]
    for number, expected in ((pa.int8(), [3, 3]), (pa.null(), [None, None])):
        values = [3, 4] if number == pa.int8() else [None, None]
        table = pa.table({"x": pa.array(values, number), "g": pa.array([1, 1], pa.int8())})
        made = with_figures(nw.from_native(table), wanted)
        assert made.get_column("f").to_list() == expected


# What is refused


def figure_of(
    figure: Figure, group: str | None = None, name: str = "f", **more: int
) -> CohortFigure:
    """Return a figure of the column x."""
    return CohortFigure(
        name=name, column="x", group=group, figure=figure, **{"bound": 1000, **more}
    )


@pytest.mark.parametrize("name", ["f", "F"])
def test_a_name_that_is_taken_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="already"):
        with_figures(
            nw.from_native(pa.table({"x": [1], name: [2]})), [figure_of(Figure("sum", "x"))]
        )
    with pytest.raises(ValueError, match="already"):
        twice = [figure_of(Figure("sum", "x"), name=each) for each in ("f", name)]
        with_figures(nw.from_native(pa.table({"x": [1]})), twice)


def test_pandas_is_refused_with_the_way_out() -> None:
    pd = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match="Arrow"):
        with_figures(nw.from_native(pd.DataFrame({"x": [1]})), [figure_of(Figure("sum", "x"))])


def test_an_arrow_table_without_polars_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(MissingLibrary) as caught:
        with_figures(nw.from_native(pa.table({"x": [1]})), [figure_of(Figure("sum", "x"))])
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("missing-library", "cohort")
    assert "polars" in problem.expected
    assert isinstance(caught.value, ImportError)


@pytest.mark.parametrize(
    ("figure", "more"),
    [
        (Figure("rnk", "x"), {}),
        (Figure("percentile", "x"), {}),
        (Figure("sum", "x", order="highest"), {}),
        (Figure("sum", "x"), {"scale": 0}),
        (Figure("sum", "x"), {"unit": 0}),
        (Figure("sum", "x"), {"scale": 3}),
        (Figure("highest", "x"), {"scale": 100, "unit": 10}),
    ],
)
def test_what_is_no_figure_is_refused(figure: Figure, more: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="'f'"):
        figure_of(figure, **more)


#: For each kind the widest numbers in the finest units that go.
WIDEST = [
    ("rank", {"bound": 2**62 - 1, "unit": 1}),
    ("rank", {"bound": 1, "unit": 2**62 // MOST_ASSESSEES}),
    ("count", {"bound": 1, "unit": 2**62 // MOST_ASSESSEES}),
    ("sum", {"bound": 2**62 // MOST_ASSESSEES, "unit": 1}),
    ("sum", {"bound": 2**62 // (10 * MOST_ASSESSEES), "unit": 10}),
    ("mean", {"bound": 2**62 // MOST_ASSESSEES, "unit": 1}),
    ("mean", {"bound": 1, "unit": 2**61 // MOST_ASSESSEES}),
    ("mean", {"bound": 1, "scale": 2**61 // MOST_ASSESSEES, "unit": 1}),
    ("highest", {"bound": 2**62 - 1, "unit": 1}),
    ("lowest", {"bound": (2**62 - 1) // 10, "unit": 10}),
]


@pytest.mark.parametrize(("kind", "widths"), WIDEST)
def test_figures_that_could_leave_62_bits_are_refused(kind: str, widths: dict[str, int]) -> None:
    widths = {"scale": 1, **widths}
    figure_of(Figure(kind, "x"), **widths)
    key = max(widths, key=lambda each: widths[each])
    wider = {**widths, key: widths[key] + 1}
    assert is_too_wide(kind, wider["bound"], wider["scale"], wider["unit"])
    with pytest.raises(OverflowError):
        figure_of(Figure(kind, "x"), **wider)


def test_scales_are_in_lowest_terms() -> None:
    assert scales(300, 100) == (3, 1)
    assert scales(1, 100) == (1, 100)


# How a rubric says it

RUBRIC = """\
rubric: ranks
total: 40
given:
  assessee:
    group: {{type: choice, values: [a, b]}}
    large: flag
    code: {{type: count, range: 0..9}}
    named: text
  history: {{last: {{type: count, range: 0..9{history}}}}}
  cohort:
    told: {{type: count, range: 0..1000, optional: true}}
    figure: {{{field}, figure: {{{figure}}}}}
values: {{twice: assessee.code * 2, of_cohort: "default(cohort.told, 0)"}}
items:
  - id: output
    points: 20
    evidence:
      made: {{type: count, range: 0..1000{evidence}}}
      share: {{type: number, places: 2, range: 0..50}}
      vetoed: flag
      level: {{type: choice, values: [low, high], means: {{low: 1, high: 2.5}}}}
      state: {{type: choice, values: [there, none], means: {{none: skip}}}}
      remark: text
      cases: {{type: rows, columns: {{weight: {{type: count, range: 0..9{column}}}}}}}
    not_applicable: "default(cohort.told, 3)"
    rules:
      - {{deduct: 1, when: vetoed}}
  - id: ranked
    points: 20
    evidence: {{note: text}}
    start: zero
    rules:
      - {{award: 1, when: "default(cohort.told, 0) > 3"}}
"""
COUNT = "type: count, range: 0..1000, optional: true"


def text_of(figure: str, field: str = COUNT, **more: str) -> str:
    """Return the rubric with a figure."""
    others = dict.fromkeys(("history", "evidence", "column"), "")
    return RUBRIC.format(figure=figure, field=field, **{**others, **more})


def problems_of(text: str) -> list[tuple[str, str]]:
    """Return the codes and paths of what is wrong with a rubric."""
    with pytest.raises(InvalidRubric) as caught:
        loads(text)
    assert all(each.line is not None for each in caught.value.problems)
    return [(each.code, each.path) for each in caught.value.problems]


AT = "$.given.cohort.figure"


@pytest.mark.parametrize(
    ("figure", "field"),
    [
        ("rank: output.made", COUNT),
        ("rank: output.made, order: lowest, ties: dense", COUNT),
        ("rank: output.made, within: assessee.group, among: not output.vetoed", COUNT),
        ("rank: output.made, within: assessee.large", COUNT),
        ("rank: output.made, within: assessee.code", COUNT),
        ("rank: output, ties: highest", COUNT),
        ("rank: output.level", COUNT),
        ("mean: output.share, mode: half_even", "type: number, places: 1, range: 0..50"),
        ("mean: output", "type: number, places: 3, range: 0..50"),
        ("highest: output.made * twice", COUNT),
        ("lowest: history.last", COUNT),
        ("lowest: 'rounded(output.share, 0)'", COUNT),
        ("highest: output.share", "type: number, places: 2, range: 0..50"),
        ("sum: 'sum(output.cases, weight)'", COUNT),
        ("count: output.made", COUNT),
        ("percentile: output.made, at: 97.5", COUNT),
        ("percentile: output.made, at: 90, fixed: 60", COUNT),
        ("mean: output.share, fixed: 7.5", "type: number, places: 1, range: 0..50"),
    ],
)
def test_a_figure_is_read_and_written_again(figure: str, field: str) -> None:
    rubric = loads(text_of(figure, field))
    for format in ("yaml", "json"):
        again = loads(dumps(rubric, format=format))
        assert again == rubric
        assert rubric_digest(again) == rubric_digest(rubric)
    without = loads(text_of(figure, field).replace(f", figure: {{{figure}}}", ""))
    assert rubric_digest(without) != rubric_digest(rubric)
    assert "figure" not in to_plain(without)["given"]["cohort"]["figure"]


def test_a_figure_in_python_is_the_one_of_a_file() -> None:
    figure = Figure("percentile", "output.made", at=97.5, within="assessee.group", fixed=None)
    field = Count(range="0..1000", optional=True, figure=figure)
    rubric = loads(text_of("percentile: output.made, at: 97.5, within: assessee.group"))
    assert dict(dict(rubric.given)["cohort"])["figure"] == field


@pytest.mark.parametrize(
    ("figure", "code", "path"),
    [
        ("rnk: output.made", "unknown-key", ".figure.rnk"),
        ("rank: output.made, tie: dense", "unknown-key", ".figure.tie"),
        ("order: highest", "missing-key", ".figure"),
        ("rank: output.made, mean: output.made", "conflicting-keys", ".figure.mean"),
        ("rank: [output.made]", "wrong-type", ".figure.rank"),
        ("percentile: output.made", "missing-key", ".figure"),
        ("percentile: output.made, at: high", "bad-number", ".figure.at"),
        ("percentile: output.made, at: 0", "out-of-range", ".figure.at"),
        ("percentile: output.made, at: 100.001", "out-of-range", ".figure.at"),
        ("percentile: output.made, at: 50.0005", "not-exact", ".figure.at"),
        ("mean: output.made, at: 50", "conflicting-keys", ".figure.at"),
        ("mean: output.made, order: highest", "conflicting-keys", ".figure.order"),
        ("sum: output.made, mode: floor", "conflicting-keys", ".figure.mode"),
        ("highest: output.made, ties: dense", "conflicting-keys", ".figure.ties"),
        ("rank: output.made, order: high", "unknown-value", ".figure.order"),
        ("rank: output.made, ties: average", "unknown-value", ".figure.ties"),
        ("mean: output.made, mode: up", "unknown-value", ".figure.mode"),
        ("rank: output.made, fixed: 3", "conflicting-keys", ".figure.fixed"),
        (
            "mean: output.made, within: assessee.group, fixed: 3",
            "conflicting-keys",
            ".figure.fixed",
        ),
        ("mean: output.made, fixed: much", "bad-number", ".figure.fixed"),
        ("mean: output.made, fixed: 0.5", "not-exact", ".figure.fixed"),
        ("mean: output.made, fixed: 1001", "out-of-range", ".figure.fixed"),
        ("rank: made", "unknown-name", ".figure.rank"),
        ("rank: output.mad", "unknown-name", ".figure.rank"),
        ("rank: output.made +", "bad-expression", ".figure.rank"),
        ("rank: output.vetoed", "wrong-operand", ".figure.rank"),
        ("rank: output.state", "wrong-operand", ".figure.rank"),
        ("rank: output.made, within: assessee.named", "wrong-operand", ".figure.within"),
        ("rank: output.made, within: assessee.grup", "unknown-name", ".figure.within"),
        ("rank: output.made, among: output.made", "wrong-operand", ".figure.among"),
        (
            "rank: output.made, among: output.vetoed or output.state == ther",
            "unknown-name",
            ".figure.among",
        ),
        ("rank: cohort.told", "cycle", ".figure.rank"),
        ("rank: cohort.figure", "cycle", ".figure.rank"),
        ("rank: of_cohort", "cycle", ".figure.rank"),
        ("rank: ranked", "cycle", ".figure.rank"),
        ("rank: output.made + total", "cycle", ".figure.rank"),
        ("rank: output.made, among: ranked > 0", "cycle", ".figure.among"),
        ("rank: output.made, within: cohort.told", "cycle", ".figure.within"),
        ("mean: ranked, fixed: 3", "cycle", ".figure.mean"),
        ("rank: 'output.share / max(output.made, 1)'", "too-fine", ".figure.rank"),
        ("sum: output.made * 10000000", "too-fine", ".figure.sum"),
        ("highest: output.share", "not-exact", ".figure.highest"),
        ("percentile: output.made / 3, at: 50", "not-exact", ".figure.percentile"),
    ],
)
def test_a_wrong_figure_is_refused_with_its_place(figure: str, code: str, path: str) -> None:
    assert problems_of(text_of(figure)) == [(code, AT + path)]


@pytest.mark.parametrize("vetoed", [True, False, None])
def test_who_may_take_part_for_all_that_is_known_does_not(vetoed: bool | None) -> None:
    text = text_of("rank: output.made, among: not output.vetoed")
    text = text.replace("vetoed: flag", "vetoed: {type: flag, optional: true}")
    text = text.replace("when: vetoed", "when: known(vetoed)")
    sheet = {**SHEET, "output": {**SHEET["output"], "vetoed": vetoed}}
    assert measured(loads(text), sheet) == [(60 if vetoed is False else None, None)]


def test_an_unknown_key_has_the_nearest_name() -> None:
    with pytest.raises(InvalidRubric) as caught:
        loads(text_of("percentil: output.made, ordr: highest"))
    found = [(each.path, each.nearest) for each in caught.value.problems]
    assert found == [(f"{AT}.figure.percentil", "percentile"), (f"{AT}.figure.ordr", "order")]


def test_a_cycle_is_shown_at_its_name() -> None:
    text = text_of("rank: output.made + ranked")
    with pytest.raises(InvalidRubric) as caught:
        loads(text)
    (problem,) = caught.value.problems
    line = text.splitlines()[problem.line - 1]
    assert line[problem.column - 1 :].startswith("ranked")


@pytest.mark.parametrize(
    "figure", [Figure("rnk", "output.made"), Figure("rank", "output.made", order="hi")]
)
def test_a_wrong_figure_in_python_is_refused(figure: Figure) -> None:
    from attrs import evolve

    rubric = loads(text_of("rank: output.made"))
    cohort = dict(dict(rubric.given)["cohort"])
    cohort["figure"] = evolve(cohort["figure"], figure=figure)
    wrong = evolve(rubric, given={**dict(rubric.given), "cohort": tuple(cohort.items())})
    with pytest.raises(InvalidRubric) as caught:
        evaluate(wrong, {})
    assert [each.code for each in caught.value.problems] == ["unknown-value"]


FIGURE = ", figure: {rank: output.made}"


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("history", "$.given.history.last.figure"),
        ("evidence", "$.items[0].evidence.made.figure"),
        ("column", "$.items[0].evidence.cases.columns.weight.figure"),
    ],
)
def test_a_figure_stands_at_given_numbers_of_the_cohort_only(place: str, path: str) -> None:
    text = text_of("rank: output.made", **{place: FIGURE})
    assert problems_of(text) == [("conflicting-keys", path)]


def test_only_numbers_are_figures() -> None:
    text = text_of("rank: output.made", "type: flag")
    assert problems_of(text) == [("unknown-key", f"{AT}.figure")]


def test_a_figure_goes_with_no_sentinel() -> None:
    text = text_of("rank: output.made", f"{COUNT}, absent: 0")
    assert problems_of(text) == [("conflicting-keys", f"{AT}.absent")]


# What is measured

SHEET: dict[str, Any] = {
    "assessee": {"group": "b", "large": True, "code": 4},
    "history": {"last": 2},
    "output": {
        "made": 60,
        "share": 7.5,
        "vetoed": True,
        "level": "high",
        "state": "there",
        "cases": [{"weight": 2}, {"weight": 3}],
    },
}
NONE = {**SHEET, "output": {"state": "none"}}


def measured(rubric: Rubric, sheet: Mapping[str, Any]) -> list[tuple[Fraction | None, int | None]]:
    """Return the number and the group of an assessee for each figure of a rubric."""
    program = program_of(rubric)
    found = read_sheet(program, sheet, lacking=True).found
    made: list[tuple[Fraction | None, int | None]] = []
    for each in program.lowered.figures:
        roots = [each.number.value, *([] if each.within is None else [each.within])]
        number, *group = program.values_of(roots)(found)
        exact = None if number is None else Fraction(number, each.number.scale)
        made.append((exact, group[0] if group else None))
    return made


@pytest.mark.parametrize(
    ("figure", "number", "group"),
    [
        ("rank: output.made", 60, None),
        ("rank: output.made, within: assessee.group", 60, 1),
        ("rank: output.made, within: assessee.large", 60, 1),
        ("rank: output.made, within: assessee.code", 60, 4),
        ("rank: output.made, among: not output.vetoed", None, None),
        ("rank: output.made, among: output.vetoed", 60, None),
        ("rank: output.made * twice", 480, None),
        ("rank: output.level", Fraction(5, 2), None),
        ("rank: output", 19, None),
        ("sum: 'sum(output.cases, weight)'", 5, None),
        ("lowest: history.last", 2, None),
    ],
)
def test_what_is_measured_of_an_assessee(figure: str, number: Any, group: int | None) -> None:
    assert measured(loads(text_of(figure)), SHEET) == [(number, group)]


@pytest.mark.parametrize("figure", ["mean: output", "mean: output.made", "mean: output + 1"])
def test_who_is_not_applicable_takes_no_part(figure: str) -> None:
    rubric = loads(text_of(figure))
    assert measured(rubric, NONE) == [(None, None)]
    (lowered,) = program_of(rubric).lowered.figures
    assert lowered.number.can_miss


def test_a_score_is_measured_before_what_stands_for_it() -> None:
    """What the node counts rests on the cohort; what it obtains does not."""
    rubric = loads(text_of("mean: output").replace("cohort.told, 3", "cohort.figure, 3"))
    assert measured(rubric, SHEET) == [(19, None)]


def test_a_fixed_figure_is_not_measured() -> None:
    assert measured(loads(text_of("mean: output.made, fixed: 60")), SHEET) == []


def test_a_rubric_without_figures_measures_nothing() -> None:
    assert (
        measured(loads(text_of("mean: output").replace(", figure: {mean: output}", "")), SHEET)
        == []
    )


def test_a_figure_of_the_cohort_is_made_of_what_was_lowered() -> None:
    figure = "mean: output.share, within: assessee.group"
    rubric = loads(text_of(figure, "type: number, places: 1, range: 0..50"))
    (lowered,) = program_of(rubric).lowered.figures
    made = CohortFigure.of(lowered, "x", "g")
    assert (made.name, made.column, made.group) == ("cohort.figure", "x", "g")
    assert (made.scale, made.unit, made.bound) == (100, 10, 5000)
    assert (made.figure.kind, made.figure.mode) == ("mean", "half_up")
    assert CohortFigure.of(lowered, "x", name="y").name == "y"


# Order pair O23: a vetoed unit keeps its rank, or is taken out before ranking

VETO = """\
rubric: O23
total: 30
given:
  cohort:
    place: {{type: count, range: 1..500, optional: true, figure: {{rank: work.made{among}}}}}
items:
  - id: work
    points: 30
    start: full
    evidence: {{made: count, vetoed: flag}}
    rules:
      - {{deduct: 1.5, per: "default(cohort.place, 1) - 1", says: 5 % off for each place}}
      - {{set: 0, when: vetoed}}
"""
UNITS = {"a": (90, True), "b": (80, False), "c": (70, False), "d": (70, False)}


@pytest.mark.parametrize("engine", ["polars", "pyarrow", "duckdb"])
@pytest.mark.parametrize(
    ("among", "scores"),
    [
        ("", {"a": "0", "b": "28.5", "c": "27", "d": "27"}),
        (", among: not work.vetoed", {"a": "0", "b": "30", "c": "28.5", "d": "28.5"}),
    ],
)
def test_a_veto_before_ranking_and_after(
    engine: str, among: str, scores: dict[str, str], framed: Callable[[str, Any], Any]
) -> None:
    rubric = loads(VETO.format(among=among))
    sheets = {
        unit: {"work": {"made": made, "vetoed": vetoed}} for unit, (made, vetoed) in UNITS.items()
    }
    (lowered,) = program_of(rubric).lowered.figures
    numbers = [measured(rubric, sheet)[0][0] for sheet in sheets.values()]
    table = pa.table(
        {
            "unit": list(sheets),
            "made": pa.array([None if each is None else int(each) for each in numbers], pa.int64()),
        }
    )
    found = figure_table(framed(engine, table), "unit", [CohortFigure.of(lowered, "made")])
    if isinstance(found, nw.LazyFrame):
        found = found.collect("pyarrow")
    results = {}
    for row in found.to_arrow().to_pylist():
        beside = {key: each for key, each in row.items() if key != "unit" and each is not None}
        results[row["unit"]] = str(evaluate(rubric, sheets[row["unit"]], given=beside).score)
    assert results == scores


# A table of the figures


@pytest.mark.parametrize("engine", ENGINES)
def test_the_table_has_the_figures_in_the_unit_of_their_fields(
    engine: str, framed: Callable[[str, Any], Any]
) -> None:
    table = pa.table(
        {"x": pa.array([1, 2, None], pa.int64()), "unit": pa.array([3, 4, 5], pa.int64())}
    )
    wanted = [
        figure_of(Figure("rank", "x"), name="place"),
        figure_of(Figure("mean", "x"), name="middle", unit=100, scale=10),
    ]
    found = figure_table(framed(engine, table), "unit", wanted)
    if isinstance(found, nw.LazyFrame):
        found = found.collect("pyarrow")
    arrow = found.to_arrow().sort_by("unit")
    assert arrow.to_pydict() == {
        "unit": [3, 4, 5],
        "place": [2, 1, None],
        "middle": [0.15, 0.15, 0.15],
    }
    assert arrow.schema.field("place").type == pa.int64()


# Frozen figures


def test_a_fitted_rubric_needs_the_figure_no_more() -> None:
    rubric = loads(
        text_of("highest: output.made")
        .replace("when: vetoed", "when: made < cohort.figure")
        .replace("optional: true, figure", "figure")
    )
    with pytest.raises(InvalidEvidence):
        evaluate(rubric, SHEET)
    fitted = fit(rubric, {"cohort.figure": 61})
    beside = {"cohort": {"figure": 61}}
    assert evaluate(fitted, SHEET).exact == evaluate(rubric, SHEET, given=beside).exact == 19
    assert evaluate(fit(rubric, {"cohort.figure": 60}), SHEET).exact == 20
    with pytest.raises(InvalidEvidence) as caught:
        evaluate(fitted, SHEET, given=beside)
    assert [(each.code, each.path) for each in caught.value.problems] == [
        ("unknown-field", "cohort.figure")
    ]


RATIO = """\
rubric: ratio
version: "2026"
total: 10
given:
  cohort:
    best: {{type: {type}, range: 0..1000, figure: {{highest: output.made}}}}
    place: {{type: count, optional: true, figure: {{rank: output.made}}}}
    peers: {{type: count, optional: true, figure: {{mean: output.made, within: output.made}}}}
    told: {{type: count, optional: true}}
values: {{top: cohort.best, double: top * 2}}
items:
  - id: output
    points: 10
    evidence: {{made: {{type: count, range: 0..1000}}}}
    rules:
      - {{award: all, ratio: {ratio}, empty: zero}}
"""


def ratio(ratio: str = "made / cohort.best", type: str = "count") -> Rubric:
    """Return a rubric that compares with the best."""
    return loads(RATIO.format(ratio=ratio, type=type))


@pytest.mark.parametrize("text", ["made / cohort.best", "made / top", "made * 2 / double"])
def test_a_divisor_may_be_fitted(text: str) -> None:
    """What was to stand in where it is 0 does not go wrong because it is not."""
    fitted = fit(ratio(text), {"cohort.best": 60})
    assert evaluate(fitted, {"output": {"made": 45}}).exact == Fraction(15, 2)
    assert loads(dumps(fitted)) == fitted


def test_a_divisor_may_be_fitted_at_0() -> None:
    assert evaluate(fit(ratio(), {"cohort.best": 0}), {"output": {"made": 45}}).exact == 0


def test_a_divisor_that_never_was_0_is_still_refused() -> None:
    with pytest.raises(InvalidRubric) as caught:
        ratio("made / 60")
    assert [each.code for each in caught.value.problems] == ["conflicting-keys"]


def test_a_fitted_rubric_has_a_version_of_its_own() -> None:
    rubric = ratio()
    fitted = fit(rubric, {"cohort.best": 60})
    assert (fitted.version, fit(rubric, {"cohort.best": 60}, version="2027").version) == (
        "2026-fitted",
        "2027",
    )
    assert rubric_digest(fitted) != rubric_digest(rubric)
    assert to_plain(fitted)["given"]["cohort"]["best"]["figure"] == {
        "highest": "output.made",
        "fixed": "60",
    }


def test_a_fitted_rubric_can_be_fitted_again() -> None:
    fitted = fit(fit(ratio(), {"cohort.best": 60}), {"cohort.best": "90"}, version="3")
    assert evaluate(fitted, {"output": {"made": 45}}).exact == 5


@pytest.mark.parametrize("value", [60.5, "60.5", Fraction(121, 2)])
def test_a_row_of_the_table_is_what_is_fitted(value: Any) -> None:
    rubric = loads(RATIO.format(ratio="made / cohort.best", type="number, places: 1"))
    fitted = fit(rubric, {"cohort.best": value})
    assert dict(dict(fitted.given)["cohort"])["best"].figure.fixed == Fraction(121, 2)


@pytest.mark.parametrize(
    ("figures", "problems"),
    [
        ({"cohort.bst": 60}, [("unknown-name", "$.given")]),
        ({"best": 60}, [("unknown-name", "$.given")]),
        ({"cohort.told": 60}, [("unknown-name", "$.given")]),
        ({"cohort.best": 1001}, [("out-of-range", "$.given.cohort.best.figure.fixed")]),
        ({"cohort.best": None}, [("wrong-type", "$.given.cohort.best.figure.fixed")]),
        ({"cohort.place": 1}, [("conflicting-keys", "$.given.cohort.place.figure.fixed")]),
        ({"cohort.peers": 1}, [("conflicting-keys", "$.given.cohort.peers.figure.fixed")]),
        (
            {"cohort.best": 0.5, "x": 1},
            [("not-exact", "$.given.cohort.best.figure.fixed"), ("unknown-name", "$.given")],
        ),
    ],
)
def test_what_cannot_be_fitted_is_refused(
    figures: dict[str, Any], problems: list[tuple[str, str]]
) -> None:
    with pytest.raises(InvalidRubric) as caught:
        fit(ratio(), figures)
    assert [(each.code, each.path) for each in caught.value.problems] == problems


def test_the_nearest_figure_is_named() -> None:
    with pytest.raises(InvalidRubric) as caught:
        fit(ratio(), {"cohort.bst": 60})
    assert caught.value.problems[0].nearest == "cohort.best"


# The page


def test_the_language_page_names_every_figure_and_its_words() -> None:
    from pathlib import Path

    page = (Path(__file__).parents[1] / "docs" / "reference" / "language.md").read_text("utf-8")
    section = page.partition("### Figures of the cohort")[2].partition("\n## ")[0]
    for word in (*FIGURES, "order", "ties", "at", "mode", "within", "among", "fixed", "dense"):
        assert f"`{word}" in section or f" {word}:" in section, word
