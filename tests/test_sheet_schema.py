"""The JSON Schema of sheets: it takes what `evaluate` takes, and refuses what is plainly wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from click.testing import CliRunner
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import rubric_engine
from rubric_engine import Rubric, evaluate, evidence_schema, sheet_schema
from rubric_engine.command import main
from rubric_engine.errors import InvalidEvidence
from rubric_engine.evaluation import program_of
from rubric_engine.fields import FIELD_TYPES, Field
from rubric_engine.files import examine_text
from rubric_engine.reading import read
from rubric_engine.testing import golden_cases
from strategies import documents, sheets, to_text, wrong

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = sorted(
    path.parent
    for pattern in ("policies/*", "plugins/*/src/*", "tests/rubrics/*", "tests/shapes/*",
                    "tests/orders/*", "tests/worked/*")
    for path in ROOT.glob(f"{pattern}/rubric.yaml")
)  # fmt: skip


def quick(made: Any) -> Any:
    return jsonschema_rs.validator_for(made)


def complaints(made: Any, sheet: Any) -> list[str]:
    found = jsonschema.Draft202012Validator(made).iter_errors(sheet)
    return [f"{each.json_path}: {each.message[:200]}" for each in found]


def taken(rubric: Rubric, sheet: Any) -> bool:
    try:
        evaluate(rubric, sheet)
    except InvalidEvidence:
        return False
    return True


def as_json(value: Any) -> Any:
    """Return a sheet in Python as JSON has it."""
    return json.loads(json.dumps(value, default=lambda each: int(each) if each == int(each) else float(each)))


def as_typed(kind: Field, value: Any) -> Any:
    """Return a finding that stands as text in a file as a program hands it over."""
    if isinstance(value, dict):
        return {key: as_typed(kind, each) if key == "value" else each for key, each in value.items()}
    if value is None:
        return None
    if kind.type == "rows":
        columns = dict(kind.columns)
        return [{name: as_typed(columns[name], cell) for name, cell in row.items()} for row in value]
    if isinstance(value, list):
        return [as_typed(kind, each) for each in value]
    text = str(value)
    if kind.type == "flag":
        return text == "true"
    if kind.type in ("choice", "checklist", "date", "text"):
        return text
    return float(text) if "." in text else int(text)


def typed(rubric: Rubric, sheet: Any) -> Any:
    """Return a nested sheet of a file as a program hands it over."""
    fields = {(each.node, each.name): each.field for each in program_of(rubric).lowered.fields}
    return json.loads(json.dumps({
        node: findings if node == "methods" else {
            name: as_typed(fields[node, name], each) for name, each in findings.items()
        }
        for node, findings in sheet.items()
    }))  # fmt: skip


def nested(sheet: Any) -> Any:
    made: dict[str, Any] = {}
    for name, each in sheet.items():
        node, dot, field = name.partition(".")
        if dot:
            made.setdefault(node, {})[field] = each
        else:
            made[name] = {**made.get(name, {}), **each}
    return made


def flat(sheet: Any) -> Any:
    made: dict[str, Any] = {}
    for node, findings in sheet.items():
        if node == "methods":
            made[node] = findings
        else:
            made |= {f"{node}.{name}": each for name, each in findings.items()}
    return made


@cache
def example(folder: Path) -> tuple[Rubric, Any]:
    """Return a rubric and the first sheet of its cases that can be evaluated, as JSON."""
    cases = golden_cases(folder)
    rubric = cases[0].rubric
    return rubric, typed(rubric, nested(next(each for each in cases if each.expect).evidence))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_sheet_of_the_golden_cases_validates(folder: Path) -> None:
    cases = [each for each in golden_cases(folder) if each.expect]
    rubric = cases[0].rubric
    forms = {"nested": nested, "flat": flat}
    for form in ("nested", "flat"):
        in_files = quick(evidence_schema(rubric, form=form, files=True))
        in_programs = quick(evidence_schema(rubric, form=form))
        for case in cases:
            sheet = nested(json.loads(json.dumps(case.evidence)))
            written = forms[form](sheet)
            assert in_files.is_valid(written), (case.name, [str(e) for e in in_files.iter_errors(written)])
            assert in_files.is_valid({"sheets": {"one": written}, "note": "many"})
            handed = forms[form](typed(rubric, sheet))
            assert in_programs.is_valid(handed), (case.name, [str(e) for e in in_programs.iter_errors(handed)])


def test_the_demo_validates_as_a_file() -> None:
    folder = ROOT / "policies" / "dongcheng-community"
    made = evidence_schema(rubric_engine.load(folder), files=True)
    demo = json.loads(json.dumps(read((folder / "demo.yaml").read_bytes())[0].value))
    assert complaints(made, demo) == []
    assert complaints(made, {**demo, "other": 1})


@given(st.data())
@settings(max_examples=25)
def test_what_evaluate_takes_it_takes(data: st.DataObject) -> None:
    document = data.draw(documents())
    rubric = examine_text(to_text(document)).rubric
    assume(rubric is not None)  # a few are too fine
    drawn = data.draw(sheets(document))
    for sheet in (as_json(drawn), as_json(data.draw(wrong(document, drawn)))):
        if not taken(rubric, sheet):
            continue
        for made, form in (
            (evidence_schema(rubric), sheet),
            (evidence_schema(rubric, form="flat"), flat(sheet)),
            (evidence_schema(rubric, files=True), sheet),
        ):
            assert quick(made).is_valid(form), complaints(made, form)


def mutants(kind: Field, value: Any, required: bool) -> Iterator[tuple[str, Any]]:
    """Yield findings that are plainly wrong."""
    yield "mapping", {"zzz": 1}
    yield "method", {"value": value, "method": "telepathy"}
    yield "note", {"value": value, "note": ["a"]}
    if required:
        yield "nothing", None
        yield "nothing noted", {"value": None}
    if kind.type not in ("checklist", "rows") and getattr(kind, "panel", None) is None:
        yield "list", [value]
    if kind.type not in ("text", "date", "choice"):
        yield "text", "zzz"
    if kind.type != "flag":
        yield "truth", True
    if kind.type == "choice":
        yield "value", "zzz"
        yield "number", 7
    if kind.type == "checklist":
        yield "value", ["zzz"]
        yield "twice", [kind.names[0]] * 2
    if kind.type == "date":
        yield "month", "2026-13-01"
        yield "year", "1899-12-31"
        yield "number", 20261124
    if kind.type == "rows":
        yield "too many", [*value, *({} for _ in range(kind.sizes[1] + 1))]
        yield "unknown column", [*value, {"zzz": 1}]
        if value and any(not each.optional and each.type != "text" for _, each in kind.columns):
            yield "empty row", [{}, *value[1:]]
    if kind.type in ("count", "number", "share", "amount"):
        most = kind.bounds[1] // kind.quanta
        for name, each in (("above", most + 1), ("below", kind.bounds[0] // kind.quanta - 1)):
            yield name, each if kind.panel is None else [each]
        if not kind.decimals:
            yield "part", 0.5 if kind.panel is None else [0.5]
        if kind.panel is not None:
            yield "too many", [most] * (kind.panel + 1)
            if kind.fewest > 1:
                yield "too few", [most]
    elif kind.type == "text":
        yield "long", "x" * 10_001


def test_sheets_that_are_plainly_wrong_are_refused_by_both() -> None:
    tried, wrong_ones = 0, []
    for folder in FOLDERS:
        rubric, sheet = example(folder)
        known = quick(evidence_schema(rubric))
        in_flat = quick(evidence_schema(rubric, form="flat"))
        assert taken(rubric, sheet) and known.is_valid(sheet), folder.name
        listed = program_of(rubric).lowered.fields
        some = {(each.field, each.freed, each.given): each for each in listed}.values()
        changed = [("node", {**sheet, "zzz": {}}), ("node", {**sheet, "zzz.a": 1})]
        for each in some:
            own = sheet.get(each.node, {})
            if each.name not in own or isinstance(own[each.name], dict):
                continue
            required = sheet_schema._is_required(each)
            for name, new in mutants(each.field, own[each.name], required):
                changed.append((f"{each.path} {name}", {**sheet, each.node: {**own, each.name: new}}))
            changed.append((f"{each.path} field", {**sheet, each.node: {**own, "zzz": 1}}))
            if required:
                rest = {key: value for key, value in own.items() if key != each.name}
                changed.append((f"{each.path} left out", {**sheet, each.node: rest}))
        for name, mutant in changed:
            tried += 1
            if taken(rubric, mutant):
                wrong_ones.append(f"{folder.name} {name}: evaluate takes it")
            if known.is_valid(mutant):
                wrong_ones.append(f"{folder.name} {name}: the schema takes it")
            if "zzz" not in mutant and in_flat.is_valid(flat(mutant) if "zzz.a" not in mutant else mutant):
                wrong_ones.append(f"{folder.name} {name}: the schema takes it flat")
    assert wrong_ones == []
    assert tried > 2_000


# The forms of single findings

SAMPLE = rubric_engine.loads("""
rubric: sample
title: {en: Sample, zh: 样例}
note: What it is.
given: {assessee: {people: count}}
items:
  - id: plan
    title: {en: The plan, zh: 计划}
    note: {en: As written., zh: 原文}
    points: 2
    start: full
    methods: [documents]
    evidence:
      missing: {type: count, title: {en: Missing papers, zh: 缺少}, note: {en: All., zh: 全部}, range: 0..4, none_means: 0}
      level: {type: choice, values: {good: Good, "1": null, true: null, lost: null}, means: {lost: missing}}
      seen: {type: checklist, values: [a, "2"]}
      kept: flag
      rate: {type: share, absent: -1}
      marks: {type: number, places: 1, range: 0..10, panel: 3, need: 1, absent: -1}
      judged: {type: amount, range: 0.5..2}
      few: {type: number, one_of: [0, 5], optional: true, absent: none}
      on: date
      said: text
    rules: [{deduct: 0.5, per: missing}]
""")
SHEET = {
    "plan": {
        "missing": 1, "level": "good", "seen": ["a"], "kept": True, "rate": 0.07, "marks": [9.5, None],
        "judged": 0, "few": 5, "on": "2026-11-24", "said": "well",
    }
}  # fmt: skip


def finding(name: str, value: Any) -> Any:
    return {"plan": {**SHEET["plan"], name: value}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("missing", {"value": 1, "method": "documents", "note": "seen", "source": None}),
        ("missing", None), ("missing", {"note": "nobody looked"}), ("missing", 1.0),
        ("few", "none"), ("few", None), ("few", {"value": "none"}), ("marks", [-1, 3]),
        ("marks", [1, 2, 3]), ("judged", 0.5), ("said", None), ("rate", 100),
    ],
)  # fmt: skip
def test_findings_that_both_take(name: str, value: Any) -> None:
    sheet = finding(name, value) | {"assessee": {"people": 3}, "methods": {"plan": "documents"}}
    assert taken(SAMPLE, sheet)
    assert complaints(evidence_schema(SAMPLE), sheet) == []
    assert complaints(evidence_schema(SAMPLE, files=True), sheet) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("missing", "1"), ("level", "lost"), ("level", 1), ("seen", "a"), ("kept", "true"), ("rate", -1),
        ("rate", {"value": -1}), ("marks", [None, -1]), ("marks", [1, 2, 3, 4]), ("judged", 0.25),
        ("judged", 2.5), ("few", 3), ("on", "2026-00-01"), ("missing", {"valeu": 1}),
    ],
)  # fmt: skip
def test_findings_that_both_refuse(name: str, value: Any) -> None:
    sheet = finding(name, value) | {"assessee": {"people": 3}, "methods": {"plan": ["documents"]}}
    assert not taken(SAMPLE, sheet)
    assert complaints(evidence_schema(SAMPLE), sheet)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("missing", "1"), ("level", 1), ("level", True), ("level", "1"), ("seen", "a;2"), ("seen", 2),
        ("seen", ["a", 2]), ("seen", ""), ("kept", "TRUE"), ("rate", "0.07"), ("marks", "9.5;;3"),
        ("marks", 3), ("judged", "1.5"), ("few", "5"), ("said", 7), ("said", True),
    ],
)  # fmt: skip
def test_in_a_file_scalars_are_what_they_were_written(name: str, value: Any) -> None:
    made = evidence_schema(SAMPLE, files=True)
    assert complaints(made, finding(name, value)) == []
    written = {"plan.missing": 1, "assessee.people": 3, **flat(finding(name, value))}
    text = json.dumps(written, ensure_ascii=False)
    assert taken(SAMPLE, read(text)[0].value)


def test_in_a_file_what_no_field_takes_is_refused() -> None:
    made = evidence_schema(SAMPLE, files=True)
    for name, value in (("seen", "a;b"), ("rate", "much"), ("rate", "-1"), ("kept", "yes"), ("level", 2)):
        assert complaints(made, finding(name, value)), name


def test_names_of_values_are_what_an_editor_may_take_them_for() -> None:
    names = ["1e999", "nan", "0x10", "0xg", "01", "1", "true", "good", "٣", "12e"]
    rubric = rubric_engine.loads(json.dumps({
        "rubric": "a",
        "items": [{
            "id": "a", "points": 1, "evidence": {"c": {"type": "choice", "values": names}},
            "rules": [{"award": {"good": 1, "else": 0}, "by": "c"}],
        }],
    }))  # fmt: skip
    made = evidence_schema(rubric, files=True)["$defs"]["sheet"]["properties"]["a"]["properties"]["c"]
    assert made["anyOf"][0]["enum"] == [
        "1e999", "nan", "0x10", 16, "0xg", "01", 1, "1", "true", True, "good", "٣", "12e"
    ]  # fmt: skip


def test_a_plain_sheet_is_values_alone_with_titles_for_a_form() -> None:
    made = evidence_schema(SAMPLE, plain=True, language="zh")
    own = made["properties"]["plan"]
    assert (made["title"], made["description"], own["title"]) == ("样例", "What it is.", "计划")
    assert own["description"] == "原文"
    assert own["properties"]["missing"] == {
        "title": "缺少", "description": "全部", "type": "integer", "minimum": 0, "maximum": 4
    }  # fmt: skip
    assert own["properties"]["level"]["oneOf"][:2] == [
        {"const": "good", "title": "Good"}, {"const": "1", "title": "1"}
    ]  # fmt: skip
    assert "missing" not in own["required"] and "said" not in own["required"]
    assert made["properties"]["methods"]["propertyNames"] == {"enum": ["plan"]}
    assert complaints(made, SHEET) == []
    assert complaints(made, finding("missing", {"value": 1}))
    assert complaints(made, finding("missing", None))


def test_no_methods_are_asked_for_where_none_are_named() -> None:
    rubric = rubric_engine.load("sf-food-safety")
    assert "methods" not in evidence_schema(rubric, plain=True)["properties"]


def test_a_node_called_methods_is_a_node() -> None:
    rubric = rubric_engine.loads(
        "{rubric: a, items: [{id: methods, points: 1, evidence: {n: flag}, rules: [{deduct: 1, when: n}]}]}"
    )
    made = evidence_schema(rubric)
    assert complaints(made, {"methods": {"n": True}}) == []
    assert complaints(made, {"methods": {"methods": ["documents"]}})


def test_steps_are_exact_where_decimals_are() -> None:
    made = json.loads(json.dumps(evidence_schema(SAMPLE, steps=True)), parse_float=Decimal)

    def right(rate: str) -> bool:
        sheet = json.loads(json.dumps(SHEET).replace("0.07", rate), parse_float=Decimal)
        return not complaints(made, sheet)

    assert [each for each in ("0.07", "0.29", "100", "0.075") if right(each)] == ["0.07", "0.29", "100"]
    assert complaints(evidence_schema(SAMPLE, steps=True), SHEET), "many validators count in binary"


def test_every_type_of_evidence_has_its_findings() -> None:
    assert set(sheet_schema._FINDINGS) == set(FIELD_TYPES.values())


def test_there_is_no_other_form() -> None:
    with pytest.raises(ValueError, match="nested or flat"):
        evidence_schema(SAMPLE, form="mixed")


def test_the_command_prints_it() -> None:
    done = CliRunner().invoke(main, ["schema", "--evidence", "sf-food-safety", "--form", "flat", "--plain"])
    rubric = rubric_engine.load("sf-food-safety")
    assert done.exit_code == 0
    assert json.loads(done.output) == evidence_schema(rubric, form="flat", plain=True)
    assert CliRunner().invoke(main, ["schema", "--evidence", "no-such"]).exit_code == 2
