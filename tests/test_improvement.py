"""The way up: against brute force over the graph, its reasons, its costs, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from strategies_sheets import Sheet
from test_laws import rubric_of, scored

from rubric_engine import InvalidEvidence, Rubric, evaluate, improve, load, loads
from rubric_engine.cheapest import holds_on
from rubric_engine.evaluation import program_of
from rubric_engine.evidence import read_sheet
from rubric_engine.fields import Checklist, Text
from rubric_engine.levers import is_repair, units_between
from rubric_engine.model import ROOT
from rubric_engine.provisional import every_finding

MOST = 1_500
Costs = dict[str, tuple[Fraction, Fraction]]


def choices(rubric: Rubric, found: tuple[Any, ...]) -> dict[str, list[Any]]:
    """Return what each finding may become, where that is not too much."""
    result: dict[str, list[Any]] = {}
    for each, now in zip(program_of(rubric).lowered.fields, found, strict=True):
        every = None if each.given or isinstance(each.field, Text) else every_finding(each.field)
        if every is None or len(every) > 300:
            continue
        made = [one for one in every if is_repair(each.field, one) and one != now]
        if getattr(each.field, "panel", None) is not None and now is not None:
            there = [one for one in now if one is not None]
            made = [one for one in made if len(one) - one.count(None) >= len(there)]
            made = [one for one in made if sorted(x for x in one if x is not None) != sorted(there)]
        if made:
            result[each.path] = [now, *made]
    return result


def brute(
    rubric: Rubric, found: tuple[Any, ...], options: dict[str, list[Any]], costs: Costs
) -> Iterator[tuple[Fraction, Fraction, int | None]]:
    """Try everything: yield what it costs, its score, and the index of its grade."""
    program = program_of(rubric)
    fields, positions = program.lowered.fields, program.positions
    at = program.graded.get(ROOT)
    for values in product(*options.values()):
        made, cost = list(found), Fraction(0)
        for path, value in zip(options, values, strict=True):
            place = positions[path]
            if value != found[place]:
                made[place] = value
                once, each = costs[path]
                cost += once + each * units_between(fields[place].field, found[place], value)
        sheet = tuple(made)
        if holds_on(program, sheet):
            scores = program.score(sheet)
            yield cost, program.exact(scores, ROOT), None if at is None else scores[at]


PRICES = [
    *((Fraction(once), Fraction(0)) for once in ("1", "1", "2", "1/2", "0")),
    (Fraction(0), Fraction(1)),
    (Fraction(1), Fraction(1, 3)),
]


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_way_up_is_the_cheapest_that_brute_force_finds(data: st.DataObject) -> None:
    document, sheet = data.draw(scored())
    rubric = rubric_of(document)
    found = read_sheet(program_of(rubric), sheet).found
    options: dict[str, list[Any]] = {}
    size = 1
    paths = choices(rubric, found)
    for path in data.draw(st.permutations(sorted(paths))) if paths else []:
        if size * len(paths[path]) <= MOST:
            size *= len(paths[path])
            options[path] = paths[path]
    costs = {path: data.draw(st.sampled_from(PRICES)) for path in options}
    tried = list(brute(rubric, found, options, costs))
    if rubric.grades and data.draw(st.booleans()):
        grade = data.draw(st.integers(0, len(rubric.grades) - 1))
        wish: dict[str, Any] = {"to": rubric.grades[grade].name}
        fits = [cost for cost, _, index in tried if index is not None and index <= grade]
        now = tried[0][2] is not None and tried[0][2] <= grade
    else:
        scores = sorted({score for _, score, _ in tried})
        higher = [each for each in scores if each > tried[0][1]]
        mark = data.draw(st.sampled_from(higher or scores))
        mark += data.draw(st.sampled_from([0, 0, 0, Fraction(1, 100)]))
        wish = {"points": mark}
        fits = [cost for cost, score, _ in tried if score >= mark]
        now = tried[0][1] >= mark
    prices = {path: {"once": once, "each": each} for path, (once, each) in costs.items()}
    way = improve(rubric, sheet, **wish, only=options, costs=prices)
    event(way.status)
    event(f"exact: {way.exact}")
    if now:
        assert way.status == "there"
        return
    if way.exact:
        assert (way.cost if way.reachable else None) == min(fits, default=None)
    if way.status == "reachable":
        assert way.cost in fits
        assert way.exact or way.cost >= min(fits)
        assert evaluate(rubric, way.evidence, given=way.given) == way.after
        assert sum(each.gain for each in way.repairs) == way.after.exact - way.before.exact
    elif way.status == "unreachable":
        assert way.obstacles
        assert way.best.exact == max(score for _, score, _ in tried)
        assert way.explain("zh")
