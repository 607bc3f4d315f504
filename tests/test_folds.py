"""Means, medians, extremes of several numbers, against the plain way, for all small inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations, product
from statistics import median
from typing import Any

import pytest

from rubric_engine.folds import Listed, Rows, Unbounded, _comparators
from rubric_engine.graph import Graph, Input, TableInput
from rubric_engine.intervals import Interval
from rubric_engine.sheet import compute
from rubric_engine.symbols import LARGEST_COMMON, Quantity, Table, Truth

Number = Fraction | None


def number_of(quantity: Quantity, values: Sequence[Any]) -> Number:
    """Return the number that two values of the graph stand for, held against its bounds."""
    quanta, over = values
    if quanta is None or over is None:
        assert quantity.can_miss
        return None
    found = Fraction(quanta, quantity.scale * over)
    assert quantity.low <= found <= quantity.high
    return found


def roots(quantities: Sequence[Quantity]) -> list[Any]:
    one = quantities[0].graph.constant(1)
    return [part for each in quantities for part in (each.value, each.over or one)]


def trimmed_mean(numbers: Sequence[Fraction], drop: int) -> Number:
    kept = sorted(numbers)[drop : len(numbers) - drop]
    return sum(kept, Fraction(0)) / len(kept) if kept else None


FOLDS: dict[str, tuple[Callable[[Any], Quantity], Callable[[list[Fraction]], Number]]] = {
    "count": (lambda several: several.count, lambda numbers: Fraction(len(numbers))),
    "total": (lambda several: several.total(), lambda numbers: sum(numbers, Fraction(0))),
    "mean": (lambda several: several.mean(), lambda numbers: trimmed_mean(numbers, 0)),
    "lowest": (lambda several: several.lowest(), lambda numbers: min(numbers, default=None)),
    "highest": (lambda several: several.highest(), lambda numbers: max(numbers, default=None)),
    "median": (lambda several: several.median(), lambda numbers: median(numbers) if numbers else None),
    "trimmed 1": (lambda several: several.trimmed(1), lambda numbers: trimmed_mean(numbers, 1)),
    "trimmed 2": (lambda several: several.trimmed(2), lambda numbers: trimmed_mean(numbers, 2)),
}


def listed(size: int, *, counted: bool) -> tuple[Graph, Listed]:
    """Return numbers of halves and thirds from -1 up; with a truth for each, or none."""
    graph = Graph()
    numbers, truths = [], []
    for place in range(size):
        number = graph.input(Input(f"n.{place}", "integer", Interval(-2, 2)))
        numbers.append(Quantity(graph, number, 2 + place % 2))
        truth = graph.input(Input(f"c.{place}", "truth", Interval(0, 1)))
        truths.append(Truth(graph, truth) if counted and place else None)
    return graph, Listed(graph, tuple(numbers), tuple(truths))


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("counted", [True, False])
def test_numbers_known_one_by_one(size: int, counted: bool) -> None:
    graph, several = listed(size, counted=counted)
    folded = [build(several) for build, _ in FOLDS.values()]
    function = compute(roots(folded), len(graph.inputs))
    quanta = [-2, 0, 1, 2] if size < 4 else [-1, 2]
    for cells in product(*[quanta if each.kind == "integer" else [True, False] for each in graph.inputs][: 2 * size]):
        found = function(*cells)
        pairs = zip(several.numbers, cells[::2], cells[1::2], several.counted, strict=True)
        numbers = [Fraction(n, each.scale) for each, n, c, truth in pairs if truth is None or c]
        for place, (name, (_, meant)) in enumerate(FOLDS.items()):
            assert number_of(folded[place], found[2 * place : 2 * place + 2]) == meant(numbers), (name, cells)


@pytest.mark.parametrize("fewest", [0, 1, 2, 3])
def test_what_surely_counts_is_never_missing(fewest: int) -> None:
    graph = Graph()
    given = [graph.input(Input(f"n.{each}", "integer", Interval(0, 5, missing=True))) for each in range(3)]
    several = Listed.of(graph, [Quantity(graph, each, 1) for each in given], fewest)
    sure = fewest > 0
    for fold in (several.mean(), several.lowest(), several.highest(), several.median()):
        assert fold.can_miss != sure
    assert several.trimmed(1).can_miss == (fewest < 3)
    assert several.mean([Quantity.of(graph, 2)] * 3).can_miss
    assert (several.count.low, several.count.high) == (0, 3)
    # Those that always count are known to.
    plain = Listed.of(graph, [Quantity.of(graph, 4), Quantity(graph, given[0], 1)])
    assert [each is None for each in plain.counted] == [True, False]


def test_where_none_ever_counts_all_is_missing() -> None:
    graph = Graph()
    number = Quantity(graph, graph.input(Input("n", "integer", Interval(0, 5))), 1)
    several = Listed(graph, (number,), (Truth.of(graph, verdict=False),))
    folds = [several.median(), several.mean(), several.lowest(), several.highest()]
    assert compute([each.value for each in folds], 1)(3) == (None, None, None, None)
    assert several.count.constant == several.total().constant == 0


def test_a_mean_may_be_weighted() -> None:
    graph, several = listed(3, counted=True)
    weights = [
        Quantity(graph, graph.input(Input(f"w.{each}", "integer", Interval(0, 2))), 2) for each in range(3)
    ]
    mean = several.mean(weights)
    function = compute(roots([mean]), len(graph.inputs))
    for cells in product([-2, 1], [True], [-1, 2], [True, False], [0, 2], [True, False], [0, 1], [0, 2], [0, 1]):
        pairs = [
            (Fraction(cells[2 * place], each.scale), Fraction(cells[6 + place], 2))
            for place, each in enumerate(several.numbers)
            if place == 0 or cells[2 * place + 1]
        ]
        heavy = sum(weight for _, weight in pairs)
        meant = sum(number * weight for number, weight in pairs) / heavy if heavy else None
        assert number_of(mean, function(*cells)) == meant, cells


@pytest.mark.parametrize("step", [Fraction(1), Fraction(1, 2), Fraction(1, 10)])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_root_of_the_product_to_the_nearest_step(step: Fraction, size: int) -> None:
    graph = Graph()
    given = [graph.input(Input(f"n.{each}", "integer", Interval(0, 5))) for each in range(size)]
    root = Listed.of(graph, [Quantity(graph, each, 2) for each in given]).geometric(step)
    function = compute([root.value], size)
    for cells in product(range(6), repeat=size):
        exact = float(1)
        for each in cells:
            exact *= each / 2
        steps = int(exact ** (1 / size) / float(step) + 0.5 + 1e-9)
        assert Fraction(function(*cells)[0], root.scale) == steps * step, cells


def test_a_root_that_needs_more_steps_than_a_table_has_is_refused() -> None:
    graph = Graph()
    wide = Quantity(graph, graph.input(Input("n", "integer", Interval(0, 20_001))), 2)
    fits = Quantity(graph, graph.input(Input("m", "integer", Interval(0, 20_000))), 2)
    with pytest.raises(Unbounded):
        Listed.of(graph, [wide]).geometric(Fraction(1))
    table = Listed.of(graph, [fits]).geometric(Fraction(1))
    assert (table.low, table.high) == (0, 10_000)
    two = Listed.of(graph, [Quantity(graph, graph.input(Input(f"k{each}", "integer", Interval(0, 200))), 1) for each in range(2)])
    assert two.geometric(Fraction(1)).high == 200
    none = Quantity(graph, graph.input(Input("k", "integer", Interval(0, 0))), 2)
    assert Listed.of(graph, [none]).geometric(Fraction(1)).constant == 0
    quotient = Quantity(graph, fits.value, 1, graph.input(Input("d", "integer", Interval(1, 50))))
    with pytest.raises(Unbounded):
        Listed.of(graph, [quotient]).geometric(Fraction(1))


@pytest.mark.parametrize("size", range(1, 9))
def test_comparisons_put_numbers_in_order(size: int) -> None:
    # A network that sorts all zeros and ones sorts everything.
    network = _comparators(size)
    assert all(low < high < size for low, high in network)
    assert len(network) == [0, 1, 3, 5, 9, 12, 16, 19][size - 1]
    for ones in range(size + 1):
        for chosen in combinations(range(size), ones):
            numbers = [int(place in chosen) for place in range(size)]
            for low, high in network:
                if numbers[low] > numbers[high]:
                    numbers[low], numbers[high] = numbers[high], numbers[low]
            assert numbers == sorted(numbers)


@pytest.mark.parametrize("counted", [True, False])
def test_a_number_for_each_row(counted: bool) -> None:
    graph = Graph()
    table = Table(graph, "a.t", graph.declare_table(TableInput("a.t", 0, 4)), {})
    value = graph.input(Input("a.t.n", "integer", Interval(-2, 2), table.number))
    counts = graph.input(Input("a.t.c", "truth", Interval(0, 1), table.number))
    key = graph.input(Input("a.t.k", "integer", Interval(0, 1), table.number))
    number = Quantity(graph, value, 2)
    rows = Rows(table, number, Truth(graph, counts) if counted else None)
    folded = [build(rows) for build, _ in FOLDS.values()]
    weighted = rows.mean(Quantity(graph, graph.linear(1, [(1, key)]), 1))
    best = rows.best(key)
    assert rows.graph is graph
    function = compute(roots([*folded, weighted, best]), len(graph.inputs), {0: [0, 1, 2]})
    some = [(-2, True, 0), (1, True, 1), (2, False, 0), (2, True, 1), (0, True, 0)]
    for size in range(4):
        for chosen in product(some, repeat=size):
            found = function(chosen)
            kept = [(Fraction(n, 2), k) for n, c, k in chosen if c or not counted]
            numbers = [each for each, _ in kept]
            for place, (name, (_, meant)) in enumerate(FOLDS.items()):
                assert number_of(folded[place], found[2 * place : 2 * place + 2]) == meant(numbers), (name, chosen)
            heavy = sum(1 + k for _, k in kept)
            mean = sum(n * (1 + k) for n, k in kept) / heavy if kept else None
            assert number_of(weighted, found[-4:-2]) == mean
            sums = sum(max(n for n, k in kept if k == one) for one in {k for _, k in kept})
            assert number_of(best, found[-2:]) == sums


def test_quotients_of_rows_are_carried_over_one_divisor_up_to_a_size() -> None:
    graph = Graph()
    table = Table(graph, "a.t", graph.declare_table(TableInput("a.t", 0, 4)), {})
    value = graph.input(Input("a.t.n", "integer", Interval(0, 5), table.number))
    for largest, fits in ((LARGEST_COMMON, True), (LARGEST_COMMON + 1, False)):
        over = graph.input(Input(f"a.t.d{largest}", "integer", Interval(30, largest), table.number))
        rows = Rows(table, Quantity(graph, value, 1, over))
        if fits:
            assert rows.highest().over is None
        else:
            with pytest.raises(Unbounded):
                rows.highest()
    # A divisor of the sheet stays where it is.
    of_sheet = graph.input(Input("a.d", "integer", Interval(1, 99)))
    assert Rows(table, Quantity(graph, value, 1, of_sheet)).highest().over is of_sheet
