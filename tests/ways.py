"""Ten sheets of the reference rubric a few repairs below a star, and brute force for them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from itertools import combinations, product
from pathlib import Path
from typing import Any

from rubric_engine import Rubric, evaluate, load
from rubric_engine.changes import written
from rubric_engine.cheapest import holds_on
from rubric_engine.evaluation import program_of
from rubric_engine.evidence import read_sheet
from rubric_engine.fields import Checklist, Choice, Flag, Text
from rubric_engine.library import find_rubric
from rubric_engine.model import ROOT
from rubric_engine.sheets import read_sheets

REFERENCE = "dongcheng-community"
#: The stars to reach, and by how many points the sheet lies below them at least.
AIMS = ((5, 2), (5, 4), (5, 6), (4, 2), (4, 4), (4, 6), (3, 3), (3, 5), (2, 4), (2, 6))
CUTS = {5: 90, 4: 80, 3: 70, 2: 60}


def ends(field: Any) -> list[Any]:
    """Return every value of a field with names, either end of one with numbers."""
    if isinstance(field, Flag):
        return [0, 1]
    if isinstance(field, Choice):
        return list(range(len(field.names)))
    if isinstance(field, Checklist):
        return list(range(1 << len(field.names)))
    return [] if isinstance(field, Text) else list(field.bounds)


@cache
def ten_sheets() -> tuple[tuple[int, dict[str, Any]], ...]:
    """Return ten sheets, each with the stars to reach: a good one, made worse at random."""
    rubric = load(REFERENCE)
    program = program_of(rubric)
    fields = program.lowered.fields
    demo = read_sheets(Path(str(find_rubric(REFERENCE))).with_name("demo.yaml"))
    whole = read_sheet(program, demo.sheets["synthetic-01"]).found
    made = []
    for number, (stars, below) in enumerate(AIMS):
        chance = random.Random(number)
        found = list(whole)
        while program.exact(program.score(tuple(found)), ROOT) > CUTS[stars] - below:
            place = chance.randrange(len(fields))
            options = ends(fields[place].field)
            if not options:
                continue
            if fields[place].field.type == "count":
                found[place] += chance.randrange(1, 4)
            elif fields[place].field.type == "share":
                found[place] = max(found[place] - chance.randrange(1, 30) * 100, 0)
            else:
                found[place] = chance.choice(options)
        sheet: dict[str, Any] = {}
        for each, value in zip(fields, found, strict=True):
            if value is not None:
                sheet.setdefault(each.node, {})[each.name] = written(each.field, value)
        made.append((stars, sheet))
    return tuple(made)


def moves(rubric: Rubric, found: tuple[Any, ...]) -> dict[int, list[Any]]:
    """Return what each finding may become."""
    fields = program_of(rubric).lowered.fields
    options = {
        place: [value for value in ends(each.field) if value != found[place]]
        for place, each in enumerate(fields)
    }
    return {place: values for place, values in options.items() if values}


def reached_with(
    rubric: Rubric, found: tuple[Any, ...], stars: int, size: int
) -> Iterator[tuple[int, ...]]:
    """Yield every set of so many findings with which the stars can be reached."""
    program = program_of(rubric)
    wanted = [each.stars for each in rubric.grades].index(stars)
    at = program.graded[ROOT]
    options = moves(rubric, found)
    for places in combinations(options, size):
        for values in product(*(options[place] for place in places)):
            made = list(found)
            for place, value in zip(places, values, strict=True):
                made[place] = value
            sheet = tuple(made)
            if program.score(sheet)[at] <= wanted and holds_on(program, sheet):
                yield places
                break


def table() -> list[str]:
    """Return the rows of the table in the documentation."""
    from rubric_engine import improve

    rubric = load(REFERENCE)
    rows = []
    for number, (stars, sheet) in enumerate(ten_sheets(), start=1):
        before, way = evaluate(rubric, sheet), improve(rubric, sheet, stars)
        repairs = ", ".join(f"`{each.path}`" for each in way.repairs)
        assert way.after is not None
        rows.append(
            f"| {number} | {before.score} | {before.stars} → {stars} | {way.cost} | {repairs} |"
            f" {way.after.score} |"
        )
    return rows
