"""What a population says, against the same worked out slowly, sheet by sheet."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import sqrt
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rubric_engine import Evaluation, InvalidEvidence, Rubric, load, loads, weights
from rubric_engine.errors import InvalidFrame, InvalidRubric, RubricError
from rubric_engine.testing import golden_cases

nw = pytest.importorskip("narwhals")
pl = pytest.importorskip("polars")
pytest.importorskip("pyarrow")

from framing import said  # noqa: E402 - after what it needs
from result_frames import ENGINES, Framed, arrow, framing_of, read  # noqa: E402 - after what it needs
from rubric_engine.cycle.distribution import distribution, movement  # noqa: E402 - the same
from rubric_engine.cycle.items import ItemAnalysis, item_analysis  # noqa: E402 - the same
from rubric_engine.cycle.problems import (  # noqa: E402 - the same
    EVEN,
    NONE,
    clusters,
    common_problems,
    stakes_lost,
    weaknesses,
)
from rubric_engine.cycle.scored import cut_at, leaves_of  # noqa: E402 - the same
from rubric_engine.cycle.tables import Piece, summed  # noqa: E402 - the same
from rubric_engine.exchange import to_frame  # noqa: E402 - the same
from rubric_engine.frames import evaluate_frame  # noqa: E402 - the same
from rubric_engine.ledger import NodeResult  # noqa: E402 - the same
from rubric_engine.reasons import losses_of  # noqa: E402 - the same
from rubric_engine.windows import opened  # noqa: E402 - the same
from test_frame_laws import SHAPES, mixed, plain, populations, readable, with_cases  # noqa: E402 - the same
from test_laws import rubric_of  # noqa: E402 - the same

framed = pytest.fixture(framing_of)

STARS = [5, 4, 3, 2, 1]
#: Two indicators; a rule above the items that takes points too; a bonus beside the points.
SMALL = """
rubric: small
grades: [{stars: 3, from: 16}, {stars: 2, from: 10}, {stars: 1}]
indicators:
  - id: house
    title: {en: House, zh: 房屋}
    items:
      - id: roof
        points: 4
        evidence: {leaks: count}
        rules: [{deduct: 1/2, per: leaks, says: half a point each, reason: repair, id: leaking}]
      - id: door
        points: 6
        evidence: {shut: flag, locked: flag}
        start: 0
        rules: [{award: 4, when: shut}, {award: 2, when: locked}]
  - id: yard
    rules: [{deduct: 1, when: lawn.dry}]
    items:
      - id: lawn
        points: 10
        evidence: {weeds: {type: count, range: 0..20}, dry: flag}
        rules: [{deduct: 1, per: weeds}]
"""


def small(count: int, seed: int = 1) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    return [
        {
            "roof": {"leaks": chance.choice([0, 0, 1, 2, 9])},
            "door": {"shut": chance.random() < 0.7, "locked": chance.random() < 0.5},
            "lawn": {"weeds": chance.choice([0, 0, 0, 3, 7, 10]), "dry": chance.random() < 0.2},
        }
        for _ in range(count)
    ]


def results(
    rubric: Rubric, sheets: Sequence[Mapping[str, Any]], detail: Any = "ledger", **options: Any
) -> Any:
    """Return the exact results of sheets as a Polars frame, with a street."""
    made = to_frame(rubric, sheets, key="whose key")
    streets = [None if each % 5 == 4 else "ABC"[each % 3] for each in range(len(sheets))]
    frame = made.frame.with_columns(pl.Series("street", streets, pl.String))
    options = {"key": made.key, "rows": made.rows, "detail": detail, "exact": True, **options}
    return evaluate_frame(rubric, frame, **options)


def found(error: pytest.ExceptionInfo[RubricError]) -> list[tuple[str, str]]:
    return [(each.code, each.path) for each in error.value.problems]


# Distribution and movement


def test_counts_and_shares_of_grades() -> None:
    frame = pl.DataFrame({"grade": ["5", "4", "4", "unrated", None, "3"]})
    whole = distribution(frame, grades=STARS).whole
    assert whole.grades == ("5", "4", "3", "2", "1")
    assert whole.counts == (1, 2, 1, 0, 0)
    assert (whole.unrated, whole.without, whole.rated, whole.size) == (1, 1, 4, 6)
    assert [whole.share(each) for each in ("4", "2", "unrated", None)] == [
        Fraction(1, 3),
        Fraction(0),
        Fraction(1, 6),
        Fraction(1, 6),
    ]
    with pytest.raises(KeyError):
        whole.count("six")


def test_nobody_has_a_share_of_nothing() -> None:
    frame = pl.DataFrame({"grade": [], "by": []}, schema={"grade": pl.String, "by": pl.String})
    spread = distribution(frame, grades=STARS, by="by")
    assert (spread.whole.size, spread.whole.share("5"), spread.groups) == (0, 0, ())
    moved = movement(frame, before="grade", after="grade", grades=STARS)
    assert (moved.whole.size, moved.groups) == (0, ())


def test_what_became_of_grades() -> None:
    frame = pl.DataFrame(
        {
            "old": ["5", "5", "4", "3", None, "unrated", "4", None, "unrated", "4"],
            "new": ["5", "4", "5", "1", "3", "2", None, None, "unrated", "unrated"],
        }
    )
    moves = movement(frame, before="old", after="new", grades=STARS).whole
    assert (moves.up, moves.down, moves.stayed) == (1, 2, 1)
    assert (moves.appeared, moves.vanished, moves.without, moves.size) == (2, 2, 2, 10)
    assert (moves.count("5", "4"), moves.count("unrated", "2"), moves.count("1", "1")) == (1, 1, 0)
    ways = [(each.before, each.after) for each in moves.moves]
    ends = ["5", "4", "3", "2", "1", "unrated", None]
    assert ways == sorted(ways, key=lambda way: (ends.index(way[0]), ends.index(way[1])))


def test_a_column_may_be_both_before_and_after() -> None:
    frame = pl.DataFrame({"grade": ["5", "4"]})
    assert movement(frame, before="grade", after="grade", grades=STARS).whole.stayed == 2


grades_held = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "中", None]),
        st.sampled_from(["5", "4", "1", "unrated", None]),
        st.sampled_from(["5", "4", "1", "unrated", None]),
    ),
    max_size=12,
)


@pytest.mark.parametrize("engine", ENGINES)
def test_grades_are_counted_alike_everywhere(
    engine: str, framed: Callable[[str], Framed]
) -> None:
    make = framed(engine)
    chance = random.Random(7)
    for size in (0, 1, 40) if engine != "pyspark" else (15,):
        rows = [
            (chance.choice(["A", "B", "中", None]), *(chance.choice(["5", "4", "1", "unrated", None]) for _ in "ba"))
            for _ in range(size)
        ]
        counted_alike(make, rows)


@given(grades_held)
def test_grades_are_counted_as_one_would(rows: list[tuple[Any, Any, Any]]) -> None:
    counted_alike(lambda columns: pl.from_arrow(arrow(columns)), rows)


def counted_alike(make: Framed, rows: Sequence[tuple[Any, Any, Any]]) -> None:
    columns = zip(*rows, strict=True) if rows else [[], [], []]
    named = zip(("street", "old", "new"), columns, strict=True)
    frame = make({name: ("string", list(values)) for name, values in named})
    spread = distribution(frame, grade="new", grades=STARS, by="street")
    moved = movement(frame, before="old", after="new", grades=STARS, by="street")
    groups = sorted({row[0] for row in rows}, key=lambda each: (each is None, each))
    assert [each.group for each in spread.groups] == groups
    assert [each.group for each in moved.groups] == groups
    for one, other in zip(
        (spread.whole, *spread.groups), (moved.whole, *moved.groups), strict=True
    ):
        mine = [row for row in rows if one is spread.whole or row[0] == one.group]
        new = Counter(row[2] for row in mine)
        assert {each: one.count(each) for each in (*one.grades, "unrated", None)} == {
            each: new[each] for each in (*one.grades, "unrated", None)
        }
        assert one.size == len(mine)
        ways = Counter(row[1:] for row in mine)
        assert {(each.before, each.after): each.count for each in other.moves} == ways
        rated = [row for row in mine if {row[1], row[2]} <= {"5", "4", "1"}]
        assert other.up == sum(int(row[2]) > int(row[1]) for row in rated)
        assert other.down == sum(int(row[2]) < int(row[1]) for row in rated)
        assert other.up + other.down + other.stayed == len(rated)
        assert len(mine) - len(rated) == other.appeared + other.vanished + other.without


@pytest.mark.parametrize("engine", ["polars", "polars lazy", "pandas numpy", "duckdb"])
def test_texts_that_are_no_grade_are_told(engine: str, framed: Callable[[str], Framed]) -> None:
    frame = framed(engine)({"grade": ("string", ["5", "six", "4 stars", "six"])})
    with pytest.raises(InvalidEvidence) as error:
        distribution(frame, grades=STARS)
    assert found(error) == [("unknown-grade", "grade")] * 2
    assert [each.found for each in error.value.problems] == ["4 stars", "six"]


def test_the_name_that_was_meant_is_told() -> None:
    frame = pl.DataFrame({"grade": ["silvr"]})
    with pytest.raises(InvalidEvidence) as error:
        distribution(frame, grades=["gold", "silver"])
    assert error.value.problems[0].nearest == "silver"
    assert error.value.problems[0].expected == "gold, silver"


@pytest.mark.parametrize(
    ("values", "groups"),
    [
        ([3, 1, None, 3], [1, 3, None]),
        ([True, False, True, True], [False, True]),
        (pl.Series(["b", "a", None, "b"], dtype=pl.Categorical), ["a", "b", None]),
    ],
)
def test_groups_may_be_numbers_truths_and_categories(values: Any, groups: list[Any]) -> None:
    frame = pl.DataFrame({"by": values, "stars": [5, 4, 3, None]})
    spread = distribution(frame, grade="stars", grades=STARS, by="by")
    assert [each.group for each in spread.groups] == groups


def test_groups_are_no_doubles() -> None:
    frame = pl.DataFrame({"by": [0.5], "grade": ["5"]})
    with pytest.raises(InvalidFrame) as error:
        distribution(frame, grades=STARS, by="by")
    assert found(error) == [("wrong-dtype", "by")]


def test_columns_that_are_missing_are_told() -> None:
    with pytest.raises(InvalidFrame) as error:
        movement(pl.DataFrame({"old": ["5"]}), before="old", after="new", grades=STARS, by="by")
    assert found(error) == [("missing-column", "new"), ("missing-column", "by")]


@pytest.mark.parametrize("backend", ["polars", "pyarrow", "pandas"])
def test_counts_as_frames(backend: str) -> None:
    frame = pl.DataFrame({"street": ["A", None], "grade": ["2", None], "old": ["1", "2"]})
    spread = distribution(frame, grades=[2, 1], by="street").to_frame(backend)
    assert read(spread)["of"] == ["all"] * 4 + ["group"] * 8
    assert read(spread)["group"] == [None] * 4 + ["A"] * 4 + [None] * 4
    assert read(spread)["grade"] == ["2", "1", "unrated", None] * 3
    assert read(spread)["count"] == [1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1]
    assert read(spread)["size"] == [2] * 4 + [1] * 8
    assert read(spread)["share"] == [0.5, 0, 0, 0.5, 1, 0, 0, 0, 0, 0, 0, 1]
    moved = movement(frame, before="old", after="grade", grades=[2, 1], by="street")
    assert read(moved.to_frame(backend)) == {
        "of": ["all", "all", "group", "group"],
        "group": [None, None, "A", None],
        "before": ["2", "1", "1", "2"],
        "after": [None, "2", "2", None],
        "count": [1, 1, 1, 1],
    }


def test_counts_as_text() -> None:
    frame = pl.DataFrame({"street": ["A", None], "grade": ["2", None], "old": ["1", "2"]})
    spread = distribution(frame, grades=[2, 1], by="street")
    assert spread.explain() == (
        "     2  1  unrated  no result  in all\n"
        "all  1  0  0        1          2\n"
        "A    1  0  0        0          1\n"
        "-    0  0  0        1          1"
    )
    assert "不评级" in spread.explain("zh")
    moved = movement(frame, before="old", after="grade", grades=[2, 1], by="street")
    assert moved.explain("xx") == (
        "     up  down  stayed  new  gone  no result  in all\n"
        "all  1   0     0       0    1     0          2\n"
        "A    1   0     0       0    0     0          1\n"
        "-    0   0     0       0    1     0          1"
    )
    assert "上升" in moved.explain("zh")


# Sums


def test_sums_that_could_leave_64_bits_are_refused() -> None:
    opening = opened(pl.DataFrame({"n": [1, 2]}), ["n"], ())
    most = {"n": Piece(opening.of("n"), 2**62 - 1)}
    assert summed(opening, opening.frame, {}, most)[0]["n"] == 3
    with pytest.raises(InvalidFrame) as error:
        summed(opening, opening.frame, {}, {"n": Piece(opening.of("n"), 2**62)})
    assert found(error) == [("too-wide", "n")]


def test_rows_of_a_lazy_frame_are_counted_where_numbers_are_large() -> None:
    opening = opened(pl.LazyFrame({"n": [1, 2]}), ["n"], ())
    large = {"n": Piece(opening.of("n"), 2**62 - 1)}
    assert summed(opening, opening.frame, {}, large)[0]["n"] == 3
    with pytest.raises(InvalidFrame):
        summed(opening, opening.frame, {}, {"n": Piece(opening.of("n"), 2**62)})
    short = {"n": Piece(opening.of("n"), 2**32 - 1)}
    assert summed(opening, opening.frame, {}, short)[0]["n"] == 3


# Losses against single results


def of_sheets(rubric: Rubric, sheets: Sequence[Mapping[str, Any]]) -> list[Evaluation | None]:
    """Return the results of sheets one by one; None for those that cannot be scored."""
    found = [said(rubric, sheet) for sheet in sheets]
    return [each if isinstance(each, Evaluation) else None for each in found]


def lost(node: NodeResult) -> Fraction:
    return node.lost * node.worth


#: Rubrics with nodes that have no worth or scale that is the same on every sheet.
VARYING = {
    "port-canteen-hygiene-permit": "not-applicable",
    "shapes/bands-rescaled": "not-applicable",
    "shapes/not-applicable": "not-applicable",
    "shapes/weights-by-parts": "not-applicable",
    "shapes/ballots": "too-wide",
    "shapes/baselines": "too-wide",
    "shapes/ranks": "too-wide",
    "shapes/value-weighted": "too-wide",
}
ANALYSES: list[Callable[..., Any]] = [item_analysis, clusters, weaknesses, common_problems, stakes_lost]


def cases_of(name: str, count: int) -> tuple[Rubric, list[Mapping[str, Any]]]:
    cases = golden_cases(SHAPES.parent / name if "/" in name else name)
    rubric, several = cases[0].rubric, [plain(each.evidence) for each in cases if not each.problems]
    return rubric, readable(rubric, [*several, *mixed(several, count, len(several))])


@pytest.mark.parametrize("name", sorted(VARYING))
def test_where_points_are_not_worth_the_same_no_losses_are_added_up(name: str) -> None:
    rubric, sheets = cases_of(name, 3)
    frame = results(rubric, sheets)
    for analysis in ANALYSES:
        with pytest.raises(InvalidFrame) as error:
            analysis(rubric, frame)
        assert {code for code, _ in found(error)} == {VARYING[name]}


@pytest.mark.parametrize("name", [each for each in with_cases() if each not in VARYING])
def test_a_population_lost_what_its_sheets_lost(name: str) -> None:
    rubric, sheets = cases_of(name, 40)
    frame, single = results(rubric, sheets), of_sheets(rubric, sheets)
    scored = [each for each in single if each is not None]
    check_weaknesses(rubric, frame, single)
    check_common(rubric, frame, scored)
    check_stakes(rubric, frame, scored)
    check_items(rubric, frame, scored)


def weakness_of(result: Evaluation, nodes: Sequence[str], least: Fraction) -> str:
    losses = {each: lost(result.nodes[each]) for each in nodes}
    whole = sum(losses.values())
    if not whole:
        return NONE
    worst = max(losses.values())
    first = next(each for each, own in losses.items() if own == worst)
    return first if worst >= least * whole else EVEN


def scored_as(single: Sequence[Evaluation | None], node: str) -> str | None:
    """Return the provenance that single results tell of a node."""
    return next(each.nodes[node].provenance for each in single if each is not None)


def check_weaknesses(rubric: Rubric, frame: Any, single: Sequence[Evaluation | None]) -> None:
    for depth, least in ((1, Fraction(1, 3)), (2, Fraction(1, 2)), (1, Fraction(1))):
        nodes = [each.place.id for each in cut_at(rubric, depth)]
        if not any(each.place.depth == depth for each in cut_at(rubric, depth)):
            continue
        whole = weaknesses(rubric, frame, depth=depth, least=least)
        assert whole.columns == [*frame.columns, "lost", "lost.scale", "weakness"]
        for row, result in zip(whole.iter_rows(named=True), single, strict=True):
            if result is None:
                assert (row["lost"], row["lost.scale"], row["weakness"]) == (None, None, None)
                continue
            assert row["weakness"] == weakness_of(result, nodes, least)
            all_lost = sum(lost(result.nodes[each]) for each in nodes)
            assert Fraction(row["lost"], row["lost.scale"]) == all_lost
        told = clusters(rubric, frame, depth=depth, least=least, by="street")
        streets = frame["street"].to_list()
        for group, parts in [(None, told.whole), *((each[0].group, each) for each in told.groups if each)]:
            mine = [
                result
                for result, street in zip(single, streets, strict=True)
                if result is not None and (parts is told.whole or street == group)
            ]
            kinds = Counter(weakness_of(each, nodes, least) for each in mine)
            assert {each.weakness: each.count for each in parts} == kinds
            order = [*nodes, EVEN, NONE]
            assert [each.weakness for each in parts] == sorted(kinds, key=order.index)
            for part in parts:
                assert part.provenance == (scored_as(single, part.weakness) if part.weakness in nodes else None)
                own = [each for each in mine if weakness_of(each, nodes, least) == part.weakness]
                amount = sum(lost(each.nodes[node]) for each in own for node in nodes)
                assert (part.lost, part.mean) == (amount, amount / len(own))
                assert part.share == Fraction(len(own), len(mine))


def check_common(rubric: Rubric, frame: Any, scored: Sequence[Evaluation]) -> None:
    told = common_problems(rubric, frame).whole
    assert told.scored == len(scored)
    amounts: dict[Any, Fraction] = {}
    counts: Counter[Any] = Counter()
    texts: dict[Any, Any] = {}
    by_rows = any(each.place.row for each in _nodes(rubric))
    for result in scored:
        losses: dict[Any, Fraction] = {}
        for each in losses_of(result.nodes.values()):
            step = each.step
            kind = None if step is None else (step.kind, step.origin, step.rule, str(step.text))
            if "[" not in each.node.id:
                key = (each.node.id, kind)
                losses[key] = losses.get(key, Fraction(0)) + each.lost
                stated = each.node.provenance if step is None else step.provenance
                texts[key] = (None, None, None, stated) if step is None else (step.text, step.id, step.reason, stated)
        for key, own in losses.items():
            amounts[key] = amounts.get(key, Fraction(0)) + own
            counts[key] += 1
    own = {
        (each.node, None if each.step is None else (each.kind, each.origin, each.rule, str(each.text))): each
        for each in told.problems
    }
    if not by_rows:
        # What rows lost is told row by row in a single result, and once here.
        assert set(own) == {key for key, each in amounts.items() if each}
        assert told.lost == sum(amounts.values())
    for key, each in own.items():
        if key in amounts:
            assert (each.lost, each.count) == (amounts[key], counts[key])
            assert each.mean == each.lost / len(scored)
            assert each.share == Fraction(each.count, len(scored))
            assert each.mean_affected * each.count == each.lost
            assert texts[key] == (each.text, each.id, each.reason, each.provenance)
    losses_in_order = [each.lost for each in told.problems]
    assert losses_in_order == sorted(losses_in_order, reverse=True)
    assert sum(losses_in_order) == told.lost


def _nodes(rubric: Rubric) -> Any:
    from rubric_engine.evaluation import program_of

    return program_of(rubric).lowered.nodes


def check_stakes(rubric: Rubric, frame: Any, scored: Sequence[Evaluation]) -> None:
    told = stakes_lost(rubric, frame)
    weighed = {each.id: each.share for each in weights(rubric)}
    assert told.scored == len(scored)
    for each in told.nodes:
        own = sum(lost(result.nodes[each.id]) for result in scored)
        assert each.mean == own / len(scored)
        assert each.provenance == scored_as(scored, each.id)
        nodes = [node.place.id for node in cut_at(rubric, each.depth) if weighed.get(node.place.id)]
        all_lost = sum(lost(result.nodes[node]) for result in scored for node in nodes)
        if all_lost:
            assert each.share == own / all_lost
            assert each.ratio == each.share / each.weight
        else:
            assert (each.share, each.ratio) == (None, None)
        assert told[each.id] is each


@settings(
    max_examples=1 + settings.default.max_examples // 2,
    suppress_health_check=[*settings.default.suppress_health_check, HealthCheck.filter_too_much],
)
@given(populations(), st.integers(0, 2**32))
def test_random_rubrics_lose_what_their_sheets_lost(example: Any, seed: int) -> None:
    document, several = example
    rubric = rubric_of(document)
    sheets = readable(rubric, [*several, *mixed(several, 12, seed)])
    single = of_sheets(rubric, sheets)
    scored = [each for each in single if each is not None]
    assume(scored)
    frame = frame_or_too_wide(rubric, sheets)
    # That both score the same sheets is for the law of frames to say.
    assume([each == "ok" for each in frame["status"]] == [each is not None for each in single])
    for check in (
        lambda: check_weaknesses(rubric, frame, single),
        lambda: check_common(rubric, frame, scored),
        lambda: check_stakes(rubric, frame, scored),
        lambda: check_items(rubric, frame, scored),
    ):
        try:
            check()
        except InvalidFrame as error:
            assert {each.code for each in error.problems} <= {"too-wide", "not-applicable"}


def frame_or_too_wide(rubric: Rubric, sheets: Sequence[Mapping[str, Any]]) -> Any:
    try:
        return results(rubric, sheets)
    except InvalidFrame as error:
        assume({each.code for each in error.problems} != {"too-wide"})
        raise


# Items


def group_mean(pairs: Sequence[tuple[Fraction, Fraction]], size: int) -> Fraction:
    """Return the mean share of the first units by total, ties counted in part."""
    ordered = sorted(pairs, key=lambda pair: pair[0])
    last = ordered[size - 1][0]
    inside = [share for total, share in ordered if total < last]
    tied = [share for total, share in ordered if total == last]
    part = Fraction(size - len(inside), len(tied))
    return (sum(inside) + part * sum(tied)) / size


def alpha_of(columns: Sequence[Sequence[Fraction]]) -> Fraction | None:
    """Return Cronbach's alpha by its definition."""
    if len(columns) < 2:
        return None
    totals = [sum(row) for row in zip(*columns, strict=True)]
    whole = statistics.pvariance(totals) if totals else 0
    if not whole:
        return None
    parts = sum(statistics.pvariance(each) for each in columns)
    return Fraction(len(columns), len(columns) - 1) * (1 - Fraction(parts) / whole)


def correlation_of(one: Sequence[Fraction], other: Sequence[Fraction]) -> float | None:
    first, second = (statistics.pvariance(each) for each in (one, other))
    if not first or not second:
        return None
    means = statistics.mean(one), statistics.mean(other)
    shared = sum((x - means[0]) * (y - means[1]) for x, y in zip(one, other, strict=True))
    return float(shared / len(one)) / sqrt(first * second)


def check_items(rubric: Rubric, frame: Any, scored: Sequence[Evaluation]) -> None:
    for part in (Fraction(27, 100), Fraction(1, 2), Fraction(1, 1000)):
        check_items_in(item_analysis(rubric, frame, group=part), rubric, scored, part)


def check_items_in(
    told: ItemAnalysis, rubric: Rubric, scored: Sequence[Evaluation], part: Fraction
) -> None:
    n, size = len(scored), int(len(scored) * part)
    assert (told.scored, told.group_size) == (n, size)
    ids = [
        each.place.id for each in leaves_of(rubric) if any(one.nodes[each.place.id].worth for one in scored)
    ]
    assert [each.id for each in told.items] == ids
    whole = {each: [one.nodes[each].exact * one.nodes[each].worth for one in scored] for each in ids}
    totals = [sum(row) for row in zip(*whole.values(), strict=True)]
    assert told.alpha == alpha_of(list(whole.values()))
    for each in told.items:
        own = [one.nodes[each.id].exact for one in scored]
        scale = scored[0].nodes[each.id].scale
        assert (each.scored, each.scale) == (n, scale)
        assert each.mean == sum(own) / n
        assert each.deviation == pytest.approx(sqrt(statistics.pvariance(own)), rel=1e-15)
        assert each.nothing == sum(score <= 0 for score in own)
        assert each.everybody_none == (each.nothing == n)
        if scale is None:
            assert (each.points, each.difficulty, each.discrimination, each.full) == (None,) * 3 + (0,)
        else:
            assert each.points == scale * scored[0].nodes[each.id].worth
            assert each.difficulty == sum(own) / n / scale
            assert each.full == sum(score >= scale for score in own)
            assert each.everybody_full == (each.full == n)
            assert each.nobody_full == (each.full == 0)
            if size:
                low = [(total, score / scale) for total, score in zip(totals, own, strict=True)]
                high = [(-total, share) for total, share in low]
                assert each.discrimination == group_mean(high, size) - group_mean(low, size)
            else:
                assert each.discrimination is None
        rest = [total - score for total, score in zip(totals, whole[each.id], strict=True)]
        expected = correlation_of(whole[each.id], rest)
        assert each.correlation == (None if expected is None else pytest.approx(expected, rel=1e-12, abs=1e-12))
        others = [column for name, column in whole.items() if name != each.id]
        assert each.alpha_without == alpha_of(others)
        assert told[each.id] is each


#: Two items of equal weight, so that figures can be worked out by hand.
PAIR = """
rubric: pair
items:
  - {id: a, points: 3, evidence: {n: {type: count, range: 0..3}}, start: 0, rules: [{award: 1, per: n}]}
  - {id: b, points: 6, evidence: {n: {type: count, range: 0..6}}, start: 0, rules: [{award: 1, per: n}]}
"""


def pair(*scores: tuple[int, int]) -> ItemAnalysis:
    rubric = loads(PAIR)
    frame = results(rubric, [{"a": {"n": a}, "b": {"n": b}} for a, b in scores])
    return item_analysis(rubric, frame, group="1/3")


def test_figures_worked_out_by_hand() -> None:
    """a: 1, 2, 3, with variance 2/3; b: 2, 4, 6, with 8/3; totals 3, 6, 9, with 6."""
    told = pair((1, 2), (2, 4), (3, 6))
    assert told.alpha == 2 * (1 - (Fraction(2, 3) + Fraction(8, 3)) / 6) == Fraction(8, 9)
    a, b = told.items
    assert (a.mean, a.difficulty, b.mean, b.difficulty) == (2, Fraction(2, 3), 4, Fraction(2, 3))
    assert (a.deviation, b.deviation) == (sqrt(2 / 3), sqrt(8 / 3))
    assert (a.correlation, b.correlation) == (1.0, 1.0)
    assert told.group_size == 1
    assert (a.discrimination, b.discrimination) == (Fraction(2, 3), Fraction(2, 3))
    assert (a.full, a.nothing, a.nobody_full, a.everybody_full, a.everybody_none) == (1, 0, False, False, False)
    assert (a.alpha_without, b.alpha_without) == (None, None)


def test_units_that_tie_for_the_last_place_of_a_group_count_in_part() -> None:
    """One place in each group of three; the upper is shared by (3, 0) and (0, 3)."""
    told = pair((3, 0), (0, 3), (0, 0))
    assert told["a"].discrimination == Fraction(1, 2) * 1
    assert told["b"].discrimination == Fraction(1, 2) * Fraction(3, 6)
    assert told["a"].correlation == pytest.approx(-0.5)
    # Variances 2 and 2; totals 3, 3, 0 have 2.
    assert told.alpha == 2 * (1 - Fraction(4, 2)) == -2


def test_items_that_tell_nothing_apart_are_flagged() -> None:
    told = pair((3, 0), (3, 0), (3, 0))
    a, b = told.items
    assert (a.everybody_full, a.nobody_full, a.everybody_none) == (True, False, False)
    assert (b.everybody_full, b.nobody_full, b.everybody_none) == (False, True, True)
    assert (told.alpha, a.correlation, a.deviation, a.discrimination) == (None, None, 0.0, 0)


def test_nobody_scored_has_no_figures() -> None:
    rubric = loads(PAIR)
    told = item_analysis(rubric, results(rubric, [{"a": {"n": 1}}]))
    assert (told.scored, told.unscored, told.alpha, told.group_size) == (0, 1, None, 0)
    a = told["a"]
    assert (a.mean, a.difficulty, a.deviation, a.discrimination, a.correlation) == (None,) * 5
    assert (a.everybody_full, a.nobody_full, a.everybody_none, a.full, a.nothing) == (False, False, False, 0, 0)
    empty = item_analysis(rubric, results(rubric, [{"a": {"n": 1}}]).head(0))
    assert (empty.scored, empty.unscored) == (0, 0)
    with pytest.raises(KeyError):
        told["c"]


@pytest.mark.parametrize(
    ("group", "code"),
    [("third", "bad-number"), (0, "out-of-range"), ("51/100", "out-of-range"), ("1/1000001", "out-of-range")],
)
def test_a_group_is_a_share_up_to_a_half(group: Any, code: str) -> None:
    rubric = loads(PAIR)
    with pytest.raises(InvalidRubric) as error:
        item_analysis(rubric, results(rubric, [{"a": {"n": 1}, "b": {"n": 1}}]), group=group)
    assert [each[0] for each in found(error)] == [code]


WIDE = """
rubric: wide
clip: none
items:
  - {id: a, points: none, evidence: {n: {type: count, range: 0..1000000000000}}, rules: [{award: 1, per: n}]}
  - {id: b, points: 5, evidence: {n: {type: count, range: 0..5}}, rules: [{deduct: 1, per: n}]}
"""


@pytest.mark.parametrize("lazy", [False, True])
def test_squares_that_do_not_fit_by_the_rubric_may_fit_by_the_columns(lazy: bool) -> None:
    rubric = loads(WIDE)
    sheets = [{"a": {"n": n}, "b": {"n": n % 3}} for n in (0, 1, 2, 5)]
    frame = results(rubric, sheets)
    told = item_analysis(rubric, frame.lazy() if lazy else frame)
    check_items_in(told, rubric, of_sheets_scored(rubric, sheets), Fraction(27, 100))
    large = results(rubric, [{"a": {"n": n}, "b": {"n": 0}} for n in (0, 10**12)])
    with pytest.raises(InvalidFrame) as error:
        item_analysis(rubric, large.lazy() if lazy else large)
    assert {code for code, _ in found(error)} == {"too-wide"}
    far = results(rubric, [{"a": {"n": n}, "b": {"n": 0}} for n in (10**12, 10**12 - 1)])
    assert item_analysis(rubric, far)["a"].deviation == 0.5
    nobody = results(rubric, [{"a": {"n": 1}}])
    assert item_analysis(rubric, nobody).scored == 0


def of_sheets_scored(rubric: Rubric, sheets: Sequence[Mapping[str, Any]]) -> list[Evaluation]:
    return [each for each in of_sheets(rubric, sheets) if each is not None]


@pytest.mark.parametrize("backend", ["polars", "pandas"])
def test_figures_as_frames(backend: str) -> None:
    columns = read(pair((1, 2), (2, 4), (3, 6)).to_frame(backend))
    assert columns["item"] == ["a", "b"]
    assert columns["title"] == [None, None]
    assert columns["scored"] == [3, 3]
    assert columns["full"] == [1, 1]
    assert columns["scale"] == [3.0, 6.0]
    assert columns["difficulty"] == [2 / 3, 2 / 3]
    assert columns["alpha_without"] == [None, None]
    assert columns["nobody_full"] == [False, False]


# Weaknesses and problems by hand


def test_what_cost_most_is_told_first() -> None:
    rubric = loads(SMALL)
    sheets = [
        {"roof": {"leaks": 3}, "door": {"shut": True, "locked": False}, "lawn": {"weeds": 0, "dry": False}},
        {"roof": {"leaks": 1}, "door": {"shut": True, "locked": True}, "lawn": {"weeds": 2, "dry": True}},
    ]
    told = common_problems(rubric, results(rubric, sheets)).whole
    assert [(each.node, each.kind, each.lost, each.count) for each in told.problems] == [
        ("roof", "deduct", 2, 2),
        ("door", "unearned", 2, 1),
        ("lawn", "deduct", 2, 1),
        ("yard", "deduct", 1, 1),
    ]
    roof, door, _, yard = told.problems
    assert (roof.id, roof.reason, str(roof.text), roof.step, roof.rule) == ("leaking", "repair", "half a point each", 1, 0)
    assert (roof.share, roof.mean, roof.mean_affected) == (1, 1, 1)
    assert (door.text, door.step, door.rule) == (None, None, None)
    assert str(yard.text) == "deduct 1, when lawn.dry"
    assert told.lost == 7
    assert common_problems(rubric, results(rubric, sheets), most=1).whole.problems == (roof,)
    assert common_problems(rubric, results(rubric, sheets), most=1).whole.lost == 7
    for most in (0, -1):
        with pytest.raises(InvalidRubric) as error:
            common_problems(rubric, results(rubric, sheets), most=most)
        assert found(error) == [("out-of-range", "most")]


def test_problems_are_told_for_each_street() -> None:
    rubric = loads(SMALL)
    sheets = small(30)
    frame = results(rubric, sheets)
    told = common_problems(rubric, frame, by="street")
    assert [each.group for each in told.groups] == ["A", "B", "C", None]
    for each in told.groups:
        mine = frame.filter(pl.col("street").eq_missing(pl.lit(each.group)))
        alone = common_problems(rubric, mine).whole
        assert (each.scored, each.lost, len(each.problems)) == (alone.scored, alone.lost, len(alone.problems))
        assert [one.lost for one in each.problems] == [one.lost for one in alone.problems]
    assert sum(each.lost for each in told.groups) == told.whole.lost


def test_problems_as_frame_and_text() -> None:
    rubric = loads(SMALL)
    frame = results(rubric, small(1, 4) + [{"roof": {"leaks": 1}, "door": {"shut": True, "locked": False}, "lawn": {"weeds": 0, "dry": False}}])
    told = common_problems(rubric, frame, by="street")
    columns = read(told.to_frame(language="zh"))
    count = len(told.whole.problems)
    assert columns["of"][: count + 1] == ["all"] * count + ["group"]
    assert columns["node"][:count] == [each.node for each in told.whole.problems]
    assert columns["lost"][:count] == [float(each.lost) for each in told.whole.problems]
    text = told.explain()
    assert "not earned" in text and "half a point each" in text and "lost" in text
    assert "未得分" in told.explain("zh")
    assert told.explain("xx") == text


STATED = """
rubric: stated
grades: [{stars: 2, from: 10}, {stars: 1}]
provenance: source
indicators:
  - id: frame
    rules: [{deduct: 1, when: a.bad}, {deduct: 1, when: b.bad, provenance: illustrative}]
    items:
      - {id: a, points: 5, evidence: {bad: flag}, rules: [{deduct: 2, when: bad}, {deduct: 1, when: bad, provenance: illustrative}]}
      - id: b
        points: 5
        provenance: illustrative
        evidence: {bad: flag}
        start: 0
        rules: [{award: 4, when: not bad, provenance: source}, {award: 1}, {deduct: 1, when: bad, provenance: source}]
  - {id: even, title: Even, provenance: illustrative, items: [{id: c, points: 8, evidence: {bad: flag}, rules: [{deduct: 1, when: bad}]}]}
"""


def test_what_is_illustrative_is_marked() -> None:
    """A rule says it, else the node whose rule it is; what is not earned has it of its node."""
    rubric = loads(STATED)
    sheet = {name: {"bad": True} for name in "abc"}
    frame = results(rubric, [sheet])
    told = common_problems(rubric, frame)
    assert {(each.node, each.rule): each.provenance for each in told.whole.problems} == {
        ("frame", 0): "source",
        ("frame", 1): "illustrative",
        ("a", 0): "source",
        ("a", 1): "illustrative",
        ("b", 2): "source",
        ("b", None): "illustrative",
        ("c", 0): "illustrative",
    }
    check_common(rubric, frame, of_sheets_scored(rubric, [sheet]))
    assert read(told.to_frame())["provenance"] == [each.provenance for each in told.whole.problems]
    closing = "* illustrative: made up to complete the example, not the scheme's own"
    *lines, last = told.explain().splitlines()
    assert [each.endswith(" *") for each in lines] == [False, *(p.provenance == "illustrative" for p in told.whole.problems)]
    assert sum("not earned *" in each for each in lines) == 1
    assert last == closing
    assert told.explain("xx").splitlines()[-1] == closing
    assert told.explain("zh").splitlines()[-1] == "* 示例：为补全样例而拟，非原方案所印"
    alone = common_problems(rubric, frame, most=1)
    assert [each.provenance for each in alone.whole.problems] == ["illustrative"]
    source = common_problems(loads(STATED.replace("illustrative", "source")), frame).explain()
    assert "*" not in source


def test_of_nodes_it_is_told_what_is_illustrative() -> None:
    rubric = loads(STATED)
    frame = results(rubric, [{name: {"bad": name == "b"} for name in "abc"}, {name: {"bad": True} for name in "abc"}])
    stakes = stakes_lost(rubric, frame)
    stated = {"frame": "source", "a": "source", "b": "illustrative", "even": "illustrative", "c": "illustrative"}
    assert {each.id: each.provenance for each in stakes.nodes} == stated
    assert read(stakes.to_frame())["provenance"] == list(stated.values())
    items = item_analysis(rubric, frame)
    assert {each.id: each.provenance for each in items.items} == {each: stated[each] for each in "abc"}
    assert read(items.to_frame())["provenance"] == ["source", "illustrative", "illustrative"]
    # A node may be called "even" where another depth is looked at.
    told = clusters(rubric, frame, depth=2, least="9/10")
    assert [(each.weakness, each.provenance) for each in told.whole] == [("b", "illustrative"), (EVEN, None)]
    assert read(told.to_frame())["provenance"] == ["illustrative", None]


def test_weaknesses_by_hand() -> None:
    rubric = loads(SMALL)

    def sheet(leaks: int, shut: bool, weeds: int, dry: bool = False) -> dict[str, Any]:
        return {"roof": {"leaks": leaks}, "door": {"shut": shut, "locked": True}, "lawn": {"weeds": weeds, "dry": dry}}

    sheets = [sheet(0, True, 0), sheet(4, True, 2), sheet(0, True, 2, True), sheet(2, False, 5)]
    frame = results(rubric, sheets, "nodes")
    told = weaknesses(rubric, frame)
    # Two and two: the first. Two of the lawn and one of the yard itself. Five and five.
    assert told["weakness"].to_list() == ["none", "house", "yard", "house"]
    scale = told["lost.scale"][0]
    assert [Fraction(each, scale) for each in told["lost"]] == [0, 4, 3, 10]
    below = weaknesses(rubric, frame, depth=2, least="1/2")
    assert below["weakness"].to_list() == ["none", "roof", "lawn", "lawn"]
    assert weaknesses(rubric, frame, depth=2, least="51/100")["weakness"].to_list() == ["none", "even", "lawn", "even"]
    groups = clusters(rubric, frame)
    assert [(each.weakness, each.count, each.mean) for each in groups.whole] == [("house", 2, 7), ("yard", 1, 3), ("none", 1, 0)]
    assert groups.groups == ()
    assert str(groups.whole[0].title) == "House"
    columns = read(clusters(rubric, frame, by="street").to_frame("pyarrow", "zh"))
    assert columns["weakness"][:3] == ["house", "yard", "none"]
    assert columns["title"][:3] == ["房屋", None, None]
    assert columns["share"][:3] == [0.5, 0.25, 0.25]


@pytest.mark.parametrize(
    ("options", "code", "path"),
    [
        ({"depth": 0}, "out-of-range", "depth"),
        ({"depth": 3}, "out-of-range", "depth"),
        ({"least": "most"}, "bad-number", "least"),
        ({"least": 0}, "out-of-range", "least"),
        ({"least": "4/3"}, "out-of-range", "least"),
        ({"least": "1/1000001"}, "out-of-range", "least"),
    ],
)
def test_what_a_weakness_cannot_be(options: dict[str, Any], code: str, path: str) -> None:
    rubric = loads(SMALL)
    frame = results(rubric, small(2), "nodes")
    for analysis in (weaknesses, clusters):
        with pytest.raises(InvalidRubric) as error:
            analysis(rubric, frame, **options)
        assert found(error) == [(code, path)]


def test_a_node_may_not_be_called_even_where_units_are() -> None:
    rubric = loads(SMALL.replace("id: house", "id: even"))
    with pytest.raises(InvalidRubric) as error:
        weaknesses(rubric, results(rubric, small(2), "nodes"))
    assert found(error) == [("duplicate-id", "even")]


def test_columns_of_losses_are_not_written_over() -> None:
    rubric = loads(SMALL)
    frame = results(rubric, small(2), "nodes").with_columns(Weakness=pl.lit("none"))
    with pytest.raises(InvalidFrame) as error:
        weaknesses(rubric, frame)
    assert found(error) == [("column-taken", "weakness")]


def test_names_may_have_a_prefix() -> None:
    rubric = loads(SMALL)
    sheets = small(20)
    frame, plainly = results(rubric, sheets, prefix="my "), results(rubric, sheets)
    told = weaknesses(rubric, frame, prefix="my ")
    assert told.columns[-3:] == ["my lost", "my lost.scale", "my weakness"]
    assert told["my weakness"].to_list() == weaknesses(rubric, plainly)["weakness"].to_list()
    for analysis in (item_analysis, clusters, common_problems, stakes_lost):
        assert analysis(rubric, frame, prefix="my ") == analysis(rubric, plainly)


def test_a_ledger_tells_what_nodes_tell() -> None:
    rubric = loads(SMALL)
    nodes, ledger = (results(rubric, small(20), each) for each in ("nodes", "ledger"))
    for analysis in (item_analysis, clusters, stakes_lost):
        assert analysis(rubric, nodes) == analysis(rubric, ledger)
    with pytest.raises(InvalidFrame) as error:
        common_problems(rubric, nodes)
    assert {code for code, _ in found(error)} == {"missing-column"}


def test_doubles_are_refused() -> None:
    rubric = loads(SMALL)
    with pytest.raises(InvalidFrame) as error:
        item_analysis(rubric, results(rubric, small(2), "nodes", exact=False))
    assert ("missing-column", "score.scale") in found(error)
    frame = results(rubric, small(2), "nodes").with_columns(pl.col("roof").cast(pl.Float64))
    with pytest.raises(InvalidFrame) as error:
        item_analysis(rubric, frame)
    assert found(error) == [("wrong-dtype", "roof")]


@pytest.mark.parametrize("change", [{"roof": 999}, {"roof": -1}, {"roof.scale": 7}])
@pytest.mark.parametrize("lazy", [False, True])
def test_scores_that_the_rubric_cannot_give_are_told(change: dict[str, int], lazy: bool) -> None:
    rubric = loads(SMALL)
    frame = results(rubric, small(3)).with_columns(
        **{
            name: pl.when(pl.int_range(pl.len()) == 1).then(value).otherwise(pl.col(name))
            for name, value in change.items()
        }
    )
    frame = frame.lazy() if lazy else frame
    below = {"depth": 2}
    for analysis, options in (
        *((item_analysis, {}), (clusters, below), (common_problems, {}), (stakes_lost, {})),
        *([] if lazy else [(weaknesses, below)]),
    ):
        with pytest.raises(InvalidEvidence) as error:
            analysis(rubric, frame, **options)
        assert ("out-of-range", "roof") in found(error)


def test_stakes_by_hand() -> None:
    rubric = loads(SMALL)
    sheets = [{"roof": {"leaks": 4}, "door": {"shut": True, "locked": True}, "lawn": {"weeds": 2, "dry": False}}] * 2
    told = stakes_lost(rubric, results(rubric, sheets, "nodes"))
    assert [(each.id, each.points, each.weight, each.mean, each.share, each.ratio) for each in told.nodes] == [
        ("house", 10, Fraction(1, 2), 2, Fraction(1, 2), 1),
        ("roof", 4, Fraction(1, 5), 2, Fraction(1, 2), Fraction(5, 2)),
        ("door", 6, Fraction(3, 10), 0, 0, 0),
        ("yard", 10, Fraction(1, 2), 2, Fraction(1, 2), 1),
        ("lawn", 10, Fraction(1, 2), 2, Fraction(1, 2), 1),
    ]
    assert [(each.depth, each.item) for each in told.nodes[:2]] == [(1, False), (2, True)]
    columns = read(told.to_frame())
    assert columns["node"] == ["house", "roof", "door", "yard", "lawn"]
    assert columns["title"] == ["House", None, None, None, None]
    assert columns["ratio"] == [1.0, 2.5, 0.0, 1.0, 1.0]
    nobody = stakes_lost(rubric, results(rubric, [{}], "nodes"))
    assert (nobody.scored, nobody["house"].mean, nobody["house"].share) == (0, 0, None)
    assert read(nobody.to_frame())["ratio"] == [None] * 5
    with pytest.raises(KeyError):
        nobody["garden"]


BASELINE = """
rubric: baseline
items:
  - id: a
    points: 20
    baseline: 15
    evidence: {n: {type: count, range: 0..9}, m: {type: count, range: 0..9}}
    rules: [{deduct: 1, per: n}, {deduct: 1/2, per: m, says: half a point}]
  - {id: b, points: 9, baseline: 9, evidence: {n: {type: count, range: 0..9}}, start: 0, rules: [{award: 1, per: n}]}
"""


def test_what_lies_below_a_baseline_counts_for_the_step_that_took_most() -> None:
    rubric = loads(BASELINE)
    sheets = [{"a": {"n": n, "m": m}, "b": {"n": n}} for n in range(0, 10, 3) for m in range(10)]
    frame = results(rubric, sheets)
    check_common(rubric, frame, of_sheets_scored(rubric, sheets))
    # 20 less 3 and 3 is 14: one below. Both took as much: the first.
    told = common_problems(rubric, results(rubric, [{"a": {"n": 3, "m": 6}, "b": {"n": 9}}])).whole
    assert [(each.node, each.rule, each.lost) for each in told.problems] == [("a", 0, 1)]
    told = common_problems(rubric, results(rubric, [{"a": {"n": 3, "m": 8}, "b": {"n": 8}}])).whole
    assert [(each.node, each.rule, each.lost) for each in told.problems] == [("a", 1, 2), ("b", None, 1)]


APART = """
rubric: apart
total: 10
combine: mean
indicators:
  - {id: told, combine: none, out_of: 10, weight: 1, rules: [{award: 2}], items: [{id: x, evidence: {n: {type: count, range: 0..5}}, out_of: 5, rules: [{deduct: 1, per: n}]}]}
  - {id: counted, out_of: 10, weight: 3, items: [{id: y, points: 10, evidence: {n: {type: count, range: 0..5}}, rules: [{deduct: 1, per: n}]}]}
"""


def test_what_is_added_to_nothing_loses_nothing() -> None:
    rubric = loads(APART)
    sheets = [{"x": {"n": n}, "y": {"n": n % 2}} for n in range(6)]
    frame, scored = results(rubric, sheets), of_sheets_scored(rubric, sheets)
    check_weaknesses(rubric, frame, list(scored))
    check_common(rubric, frame, scored)
    check_stakes(rubric, frame, scored)
    check_items(rubric, frame, scored)
    assert [each.id for each in item_analysis(rubric, frame).items] == ["y"]
    assert [each.id for each in stakes_lost(rubric, frame).nodes] == ["told", "counted", "y"]


def test_shares_of_totals_that_leave_64_bits_are_refused() -> None:
    rubric = loads(PAIR.replace("points: 6", "points: 10000000000000"))
    frame = results(rubric, [{"a": {"n": 3}, "b": {"n": 0}}])
    assert weaknesses(rubric, frame)["weakness"].to_list() == ["b"]
    with pytest.raises(InvalidFrame) as error:
        weaknesses(rubric, frame, least="1/1000000")
    assert found(error) == [("too-wide", "frame")]


def test_totals_that_leave_64_bits_are_refused() -> None:
    item = "{{id: i{0}, out_of: 900000000000000000, evidence: {{n: {{type: count, range: 0..900000000000000000}}}}, start: 0, rules: [{{award: 1, per: n}}]}}"
    items = ", ".join(item.format(each) for each in range(11))
    rubric = loads(f"rubric: best\ntotal: 900000000000000000\ncombine: highest\nitems: [{items}]")
    sheets = [{f"i{each}": {"n": n} for each in range(11)} for n in (0, 9 * 10**17)]
    with pytest.raises(InvalidFrame) as error:
        item_analysis(rubric, results(rubric, sheets))
    assert found(error) == [("too-wide", "frame")]


# All engines


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_says_the_same(engine: str, request: pytest.FixtureRequest) -> None:
    rubric = loads(SMALL)
    sheets: list[Mapping[str, Any]] = [*small(40), {"roof": {"leaks": 1}}]
    made = to_frame(rubric, sheets, backend="pyarrow")
    streets = ["ABC"[each % 3] if each % 7 else None for each in range(len(sheets))]
    whole = made.frame.append_column("street", [streets])
    columns = {name: (whole[name].type, whole[name].to_pylist()) for name in whole.column_names}
    frames = [
        evaluate_frame(rubric, make(columns), detail="ledger", exact=True)
        for make in (framing_of(request)("polars"), framing_of(request)(engine))
    ]
    for analysis, options in (
        (item_analysis, {}),
        (clusters, {"by": "street", "depth": 2}),
        (common_problems, {"by": "street"}),
        (stakes_lost, {}),
    ):
        expected, told = (analysis(rubric, each, **options) for each in frames)
        assert told == expected
    names = ("assessee", "lost", "lost.scale", "weakness")
    expected, told = ({name: read(weaknesses(rubric, each))[name] for name in names} for each in frames)
    assert {row[0]: row for row in zip(*told.values(), strict=True)} == {
        row[0]: row for row in zip(*expected.values(), strict=True)
    }


def test_a_lazy_frame_stays_lazy() -> None:
    rubric = loads(SMALL)
    frame = results(rubric, small(3), "nodes")
    assert isinstance(weaknesses(rubric, frame.lazy()), pl.LazyFrame)
    assert isinstance(weaknesses(rubric, nw.from_native(frame)), nw.DataFrame)


def test_the_reference_scheme_is_analysed() -> None:
    rubric = load("dongcheng-community")
    assert len(leaves_of(rubric)) == 50
    assert {each.place.depth for each in cut_at(rubric, 2)} == {2}
