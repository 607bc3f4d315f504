"""Empty sheets: what is filled in evaluates, for every shipped rubric and for random ones."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rubric_engine import InvalidEvidence, Rubric, blank_sheet, evaluate, load, loads, rubric_names
from rubric_engine.changes import written
from rubric_engine.cheapest import holds_on
from rubric_engine.evaluation import program_of
from rubric_engine.evidence import read_sheet
from rubric_engine.fields import Checklist, Choice, Date, Field, Flag, Rows, Text
from rubric_engine.levers import nearest_to
from rubric_engine.sheets import read_sheets
from test_laws import rubric_of, scored


def finding(field: Field, chance: random.Random) -> Any:
    """Return a random finding, as the graph takes it."""
    if isinstance(field, Flag):
        return chance.randrange(2)
    if isinstance(field, Choice):
        named = [place for place, name in enumerate(field.names) if dict(field.means).get(name) not in ("missing", "skip", "unrated")]
        return chance.choice(named)
    if isinstance(field, Checklist):
        return chance.randrange(1 << len(field.names))
    if isinstance(field, Text):
        return "备注 note"
    if isinstance(field, Rows):
        fewest, most = field.sizes
        size = min(max(fewest, chance.randrange(3)), most)
        return tuple(tuple(finding(each, chance) for _, each in field.columns) for _ in range(size))
    interval = field.inputs("")[0].interval
    number = chance.randint(interval.low, interval.high)
    read = nearest_to(field, number, interval.high, up=False)
    read = nearest_to(field, interval.low, interval.high, up=True) if read is None else read
    panel = getattr(field, "panel", None)
    return read if panel is None else (read,) * panel


def as_yaml(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(as_yaml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {as_yaml(each)}" for key, each in value.items()) + "}"
    return "true" if value is True else "false" if value is False else "" if value is None else f"'{value}'"


def filled(rubric: Rubric, text: str, values: dict[str, Any]) -> str:
    """Write findings behind the colons of an empty sheet; record all methods."""
    lines, node = [], ""
    for line in text.splitlines():
        key = line.strip().partition(":")[0].strip('"')
        if line and not line.startswith((" ", "#")):
            node = key
        path = f"{node}.{key}"
        if node == "methods" and line.startswith("  "):
            line = line.replace("[]", "[" + line.partition("# ")[2] + "]")
        elif path in values and line.startswith("  ") and not line.strip().startswith("#"):
            line = f"{line} {as_yaml(values.pop(path))}"
        lines.append(line)
    assert values == {}
    return "\n".join(lines)


def random_findings(rubric: Rubric, seed: int) -> Iterator[tuple[Any, ...]]:
    """Yield random findings that make a valid sheet."""
    chance = random.Random(seed)
    program = program_of(rubric)
    for _ in range(40):
        found = tuple(finding(each.field, chance) for each in program.lowered.fields)
        if holds_on(program, found):
            yield found


def shown(rubric: Rubric, found: tuple[Any, ...]) -> dict[str, Any]:
    fields = program_of(rubric).lowered.fields
    return {each.path: written(each.field, read) for each, read in zip(fields, found, strict=True)}


@pytest.mark.parametrize("name", rubric_names())
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_filled_in_evaluates(name: str, language: str) -> None:
    rubric = load(name)
    empty = blank_sheet(rubric, language=language)
    assert empty.endswith("\n")
    for found in list(random_findings(rubric, 1))[:3]:
        text = filled(rubric, empty, shown(rubric, found))
        (sheet,) = read_sheets(Path("sheet.yaml"), text.encode()).sheets.values()
        result = evaluate(rubric, sheet)
        assert read_sheet(program_of(rubric), sheet).found == found
        if any(isinstance(each.field, Rows) for each in program_of(rubric).lowered.fields):
            continue
        head = next(csv.reader(StringIO(blank_sheet(rubric, "csv"))))
        values = shown(rubric, found)
        cells = [as_cell(values[path]) for path in head[1:]]
        out = StringIO()
        csv.writer(out, lineterminator="\r\n").writerows([head, ["north", *cells]])
        sheets = read_sheets(Path("sheet.csv"), b"\xef\xbb\xbf" + out.getvalue().encode())
        assert evaluate(rubric, sheets.sheets["north"]) == result


def as_cell(value: Any) -> str:
    if isinstance(value, list):
        return ";".join("" if each is None else str(each) for each in value)
    return "" if value is None else str(value)


@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(scored(), st.sampled_from(["en", "zh"]))
def test_random_rubrics_have_sheets_to_fill_in(example: tuple[Any, Any], language: str) -> None:
    document, _ = example
    rubric = rubric_of(document)
    empty = blank_sheet(rubric, language=language)
    (sheet,) = read_sheets(Path("sheet.yaml"), empty.encode()).sheets.values()
    fields = program_of(rubric).lowered.fields
    assert "{}" in empty or program_of(rubric).lowered.fields
    # Every field is there once, and empty.
    there = {f"{node}.{name}": each for node, own in sheet.items() if node != "methods" for name, each in own.items()}
    assert list(there) == [each.path for each in sorted(fields, key=lambda one: not one.given)]
    assert set(there.values()) <= {None}
    found = next(random_findings(rubric, 2), None)
    assume(found is not None)
    text = filled(rubric, empty, shown(rubric, found))
    (sheet,) = read_sheets(Path("sheet.yaml"), text.encode()).sheets.values()
    assert read_sheet(program_of(rubric), sheet, methods=False).found == found


FULL = """
rubric: full
language: zh
title: {zh: "甲\\n乙", en: "A: # b"}
methods: required
given:
  assessee: {type: {type: choice, values: [town, village]}, population: {type: number, places: 1, range: 0..5}}
evidence: {veto: {type: flag, note: Ask twice}}
rules: [{deduct: 1, when: veto}, {deduct: 1, when: assessee.population > 3}]
items:
  - id: no
    title: =1+1
    points: 10
    methods: [documents, report]
    for: [town, village]
    evidence:
      "yes": [count, "=SUM(A1)"]
      share: {type: share, places: 1, optional: true}
      listed: {type: number, one_of: [0, 2.5], places: 1, absent: 0}
      judged: {type: amount, range: 1..3}
      judged_low: {type: amount, range: 0..3}
      day: date
      note: text
      raters: {type: count, panel: 3, need: 2, range: 0..9}
      done: {type: checklist, values: {a: First, b: b, c: }, none_means: a}
      kind: {type: choice, values: {good: 好, na: 不适用}, means: {na: skip}}
    not_applicable: zero
    rules: [{deduct: 0.5..3, by: judged}]
  - {id: sheets, points: 20, evidence: {cases: {type: rows, columns: {n: [count, 数], t: text}, range: 1..5}}, rules: [{deduct: 1, each: cases, per: n}]}
"""


def test_every_kind_of_finding_is_described() -> None:
    rubric = loads(FULL.replace("judged: {type: amount, range: 1..3}", "judged: {type: amount, range: 0.5..3}"))
    text = blank_sheet(rubric, language="en")
    assert text.startswith("# Evidence for A: # b, version 1\n")
    for line in (
        "sheets:\n  assessee:\n",
        "# Given numbers, which nobody assesses",
        "    # number with up to 1 decimals, 0 to 5\n",
        "    # one of town, village\n",
        "# Ask twice\n",
        '    "no":  # =1+1; 10 points; by documents, report; only for town, village\n',
        '      # =SUM(A1): whole number, 0 to 1000000\n      "yes":\n',
        "number with up to 1 decimals, 0 to 100; may be left out",
        "one of 0, 2.5; 0 says that there is none",
        "0, or points from 0.5 to 3",
        "0, or points from 0 to 3",
        "year-month-day",
        "2 to 3 readings, as [1, 2], each whole number, 0 to 9",
        "those of a (First), b, c that hold, as [a, b]; left out: a",
        "one of good (好), na (不适用); na frees the rest of the item",
        '1 to 5 rows, each as\n      #   - "n":  # 数: whole number, 0 to 1000000\n      #     t:  # text, scores nothing\n      cases:\n',
        '    methods:\n      "no": []  # documents, report\n',
    ):
        assert line in text, line
    assert "甲 乙" in blank_sheet(rubric)
    with pytest.raises(InvalidEvidence) as caught:
        blank_sheet(rubric, "csv")
    assert [each.path for each in caught.value.problems] == ["sheets.cases"]
    with pytest.raises(InvalidEvidence):
        blank_sheet(rubric, "xlsx")  # type: ignore[arg-type]


def test_columns_are_described_beside_the_csv() -> None:
    item = "{id: a, title: 甲, points: 1, methods: [report], evidence: {x: [flag, =cmd], l: {type: checklist, values: [p, q]}, r: {type: count, panel: 2}}, rules: [{deduct: 1, unless: x}]}"
    rubric = loads(f"rubric: r\ngiven: {{cycle: {{mean: count}}}}\nitems: [{item}]")
    assert blank_sheet(rubric, "csv") == "assessee,a.x,a.l,a.r,cycle.mean\n"
    rows = list(csv.DictReader(StringIO(blank_sheet(rubric, "fields", language="en"))))
    assert [row["column"] for row in rows] == ["a.x", "a.l", "a.r", "cycle.mean"]
    assert (rows[0]["finding"], rows[0]["item"], rows[0]["methods"]) == ("'=cmd", "甲", "report")
    assert "as p;q" in rows[1]["expected"]
    assert "as 1;2" in rows[2]["expected"]
    assert (rows[3]["item"], rows[3]["type"]) == ("", "count")


def test_a_date_and_what_it_means_are_plain_text() -> None:
    assert isinstance(Date().read("2026-01-31"), int)
