"""The JSON Schema (draft 2020-12) of a rubric's sheets, for forms, programs and editors.

It is made from the fields as `lower` has them: what a sheet must have, may leave out, and what
is freed is what `evaluate` takes it for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from fractions import Fraction
from math import isfinite
from typing import Any, Literal

import attrs
from attrs import frozen

from rubric_engine.declare import LoweredField
from rubric_engine.evaluation import program_of
from rubric_engine.evidence import METHODS, RECORDED, Note
from rubric_engine.exact import exact_number
from rubric_engine.fields import (
    LONGEST_FINDING,
    Amount,
    Checklist,
    Choice,
    Count,
    Date,
    Field,
    Flag,
    Number,
    Rows,
    Share,
    Text,
)
from rubric_engine.model import ROOT, Indicator, Item, Node, Rubric
from rubric_engine.schema import DIALECT, NUMBER, Schema, by_name, one_of, ref
from rubric_engine.tree import ROW
from rubric_engine.words import Words

__all__ = ["evidence_schema"]


@frozen
class _Way:
    """How a sheet is written that a schema is for."""

    #: Whether a finding is its value alone.
    plain: bool
    #: Whether it is a file, whose scalars may be text.
    files: bool
    #: Whether decimals are stated as `multipleOf`.
    steps: bool
    language: str

    def words(self, text: Words | None, otherwise: str = "") -> str:
        """Return a text in the language of the schema."""
        return otherwise if text is None else text.in_language(self.language)

    @property
    def remark(self) -> Schema:
        """What stands beside a finding in words, or nothing."""
        return {"type": ["string", "null", *(["number", "boolean"] if self.files else [])]}


def evidence_schema(
    rubric: Rubric,
    *,
    form: Literal["nested", "flat"] = "nested",
    plain: bool = False,
    files: bool = False,
    steps: bool = False,
    language: str | None = None,
) -> Schema:
    """Return the JSON Schema of a rubric's sheets, for forms, programs and editors.

    A sheet is `nested`, `{"plan": {"missing": 2}}`, or `flat`, `{"plan.missing": 2}`; one that
    mixes both is evaluated, but has no schema. With `plain` a finding is its value alone, as a
    form gives it; else it may also be `{"value": …, "method": …, "note": …}`, and nothing where
    it is not required. With `files` it is a file that `rubric evaluate` reads: one sheet or many,
    where numbers and truths may be text. With `steps` decimals are stated as `multipleOf`, for
    forms, and for validators that count in decimals: many count in binary and refuse 0.07 as a
    multiple of 0.01. `language` is that of titles, the rubric's own where None.

    Given numbers may stand in the sheet, but are not required there. Raises `InvalidRubric`
    for a rubric that cannot be used.

    >>> from rubric_engine import load
    >>> schema = evidence_schema(load("sf-food-safety"), plain=True)
    >>> schema["properties"]["violations"]["properties"]["high"]
    {'title': 'Violations of high risk', 'type': 'integer', 'minimum': 0, 'maximum': 1000000}
    """
    if form not in ("nested", "flat"):
        msg = f"a sheet is nested or flat, not {form!r}"
        raise ValueError(msg)
    way = _Way(plain, files, steps, language or rubric.language)
    lowered = program_of(rubric).lowered
    nodes = {each.place.id: each.place.node for each in lowered.nodes}
    made = _flat(lowered.fields, way) if form == "flat" else _nested(lowered.fields, nodes, way)
    if RECORDED not in nodes:
        made["properties"] |= _recorded(nodes, way)
    head = {"$schema": DIALECT, "title": way.words(rubric.title, rubric.name)}
    if rubric.note is not None:
        head["description"] = way.words(rubric.note)
    if not files:
        return {**head, **made}
    return {**head, **_file(way), "$defs": {"sheet": made}}


def _file(way: _Way) -> Schema:
    """Return a file of one sheet, or of many by their keys."""
    many = {
        "type": "object",
        "properties": {"sheets": by_name(ref("sheet")), "note": {}, "provenance": {}},
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "if": {"required": ["sheets"]},
        "then": many,
        "else": ref("sheet"),
    }


def _is_required(each: LoweredField) -> bool:
    """Say whether every sheet must have a finding: given numbers may come beside it."""
    return not (each.given or each.freed or each.field.none_means is not None) and _is_asked(
        each.field
    )


def _is_asked(field: Field) -> bool:
    return not (field.optional or isinstance(field, Text))


def _mapping(properties: Mapping[str, Schema], required: Collection[str]) -> Schema:
    made: Schema = {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    }
    return {**made, "required": list(required)} if required else made


def _flat(fields: Iterable[LoweredField], way: _Way) -> Schema:
    listed = {each.path: each for each in fields}
    return _mapping(
        {
            path: _finding(each.field, path, way, required=_is_required(each))
            for path, each in listed.items()
        },
        [path for path, each in listed.items() if _is_required(each)],
    )


def _nested(fields: Iterable[LoweredField], nodes: Mapping[str, Node], way: _Way) -> Schema:
    listed: dict[str, list[LoweredField]] = {}
    for each in fields:
        listed.setdefault(each.node, []).append(each)
    found: dict[str, Schema] = {}
    for name, own in listed.items():
        node = nodes.get(name)
        findings = {
            each.name: _finding(each.field, each.name, way, required=_is_required(each))
            for each in own
        }
        inner = _mapping(findings, [each.name for each in own if _is_required(each)])
        found[name] = {"title": way.words(None if node is None else node.title, name), **inner}
        if node is not None and node.note is not None:
            found[name]["description"] = way.words(node.note)
    return _mapping(found, [name for name, each in found.items() if "required" in each])


def _recorded(nodes: Mapping[str, Node], way: _Way) -> Schema:
    """Return the record of methods used, by the ids of nodes."""
    used: Schema = {"type": "array", "items": one_of(METHODS), "uniqueItems": True}
    stated = [name for name, each in nodes.items() if name != ROOT and _methods_of(each)]
    if not way.plain:
        used = {"anyOf": [one_of(METHODS), {"type": "array", "items": one_of(METHODS)}]}
        stated = list(nodes)
    names = [each for each in stated if not each.endswith(ROW)]
    if not names:
        return {}
    record = {"title": "Methods used", **by_name(used, one_of(names))}
    return {RECORDED: record}


def _methods_of(node: Node) -> Collection[str]:
    return node.methods if isinstance(node, Item | Indicator) else ()


def _finding(field: Field, name: str, way: _Way, *, required: bool) -> Schema:
    """Return a finding: its value, and how else it may be written."""
    head: Schema = {"title": way.words(field.title, name)}
    if field.note is not None:
        head["description"] = way.words(field.note)
    value = _FINDINGS[type(field)](field, way, required)
    absent = _sentinels(field, way)
    if way.plain:
        return {**head, **value}
    if required:
        values = [{**value, "not": one_of(absent)} if absent else value]
    else:
        values = [value, {"type": "null"}, *([one_of(absent)] if absent else [])]
    remarks = {key: way.remark for key in attrs.fields_dict(Note) if key != "assumed"}
    remarks["method"] = {"enum": [*METHODS, None]}
    alone = values[0] if len(values) == 1 else {"anyOf": values}
    long = _mapping({"value": alone, **remarks}, ["value"] if required else [])
    return {**head, "anyOf": [*values, long]}


def _sentinels(field: Field, way: _Way) -> list[object]:
    """Return the findings that say there is none."""
    if field.absent is None:
        return []
    if way.files:
        return _as_typed(field.absent)
    number = exact_number(field.absent)
    return [field.absent, *([] if number is None else [_json_number(number)])]


def _as_typed(text: str) -> list[object]:
    """Return a text, and what an editor may take it for in a file."""
    if text in ("true", "false"):
        return [text, text == "true"]
    try:
        number = int(text, 0) if re.fullmatch(r"0[xob]\w+", text) else float(text)
    except ValueError:
        return [text]
    if not (text.isascii() and isfinite(number)):
        return [text]
    return [text, int(number) if number == number // 1 else number]


def _json_number(number: Fraction) -> int | float:
    return int(number) if number.denominator == 1 else float(number)


def _flag(field: Flag, way: _Way, _: object) -> Schema:
    if way.files:
        pattern = "^(?:[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$"
        return {"type": ["boolean", "string"], "pattern": pattern}
    return {"type": "boolean"}


Numeric = Count | Number | Share | Amount


def _number(field: Numeric, way: _Way, required: object) -> Schema:
    reading = _reading(field, way)
    if field.panel is None:
        return reading
    absent = _sentinels(field, way)
    there = {**reading, "not": one_of(absent)} if absent else reading
    nothing = [{"type": "null"}, *([one_of(absent)] if absent else [])]
    listed: Schema = {
        "type": "array",
        "items": {"anyOf": [there, *nothing]},
        "maxItems": field.panel,
    }
    enough: Schema = {"contains": there, "minContains": field.fewest}
    listed |= enough if required else {"anyOf": [enough, {"not": {"contains": there}}]}
    if not way.files:
        return listed
    text = {"type": "string", "pattern": f"^(?:{NUMBER})?(?:;(?:{NUMBER})?)*$"}
    return {"anyOf": [listed, *([there] if field.fewest == 1 else []), text]}


def _reading(field: Numeric, way: _Way) -> Schema:
    """Return one number, in its range, and with no more decimals than it may have."""
    low, high = (_json_number(Fraction(each, field.quanta)) for each in field.bounds)
    made: Schema = {"type": "number" if field.decimals else "integer"}
    if field.decimals and way.steps:
        made["multipleOf"] = _json_number(Fraction(1, field.quanta))
    elif field.decimals:
        made["$comment"] = f"at most {field.decimals} decimals"
    if isinstance(field, Number) and field.one_of:
        made = one_of(_json_number(each) for each in field.one_of)
    elif isinstance(field, Amount) and field.range.low:
        judged = {"minimum": _json_number(field.range.low), "maximum": high}
        made["anyOf"] = [{"const": 0}, judged]
    else:
        made |= {"minimum": low, "maximum": high}
    if not way.files:
        return made
    return {"anyOf": [made, {"type": "string", "pattern": f"^{NUMBER}$"}]}


def _listed(names: Iterable[str], titles: Mapping[str, Words | None], way: _Way) -> Schema:
    """Return one of some values, with their titles where they have any."""
    if way.files:
        seen = {(type(each), each): each for name in names for each in _as_typed(name)}
        return {"enum": list(seen.values())}
    if not any(titles.values()):
        return one_of(names)
    return {
        "oneOf": [{"const": name, "title": way.words(titles[name], name)} for name in names],
    }


def _choice(field: Choice, way: _Way, required: object) -> Schema:
    missing = field.meaning("missing") if required else ()
    names = [each for each in field.names if each not in missing]
    return _listed(names, dict(field.values), way)


def _checklist(field: Checklist, way: _Way, _: object) -> Schema:
    one = _listed(field.names, dict(field.values), way)
    made: Schema = {"type": "array", "items": one, "uniqueItems": True}
    if not way.files:
        return made
    names = "|".join(field.names)
    text = {"type": "string", "pattern": f"^(?: *(?:{names}) *(?:;|$))*$"}
    return {"anyOf": [made, one, text]}


def _date(field: Date, way: _Way, _: object) -> Schema:
    month, day = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12][0-9]|3[01])"
    return {
        "type": "string",
        "format": "date",
        "pattern": f"^(?:19|2[01])[0-9]{{2}}-{month}-{day}$",
    }


def _text(field: Text, way: _Way, _: object) -> Schema:
    kinds = ["string", "number", "boolean"] if way.files else "string"
    return {"type": kinds, "maxLength": LONGEST_FINDING}


def _rows(field: Rows, way: _Way, _: object) -> Schema:
    fewest, most = field.sizes
    columns = {
        name: _finding(each, name, way, required=_is_asked(each)) for name, each in field.columns
    }
    row = _mapping(columns, [name for name, each in field.columns if _is_asked(each)])
    return {"type": "array", "items": row, "minItems": fewest, "maxItems": most}


#: What a finding of each type is, given its field, and whether it is required.
_FINDINGS: dict[type[Field], Callable[[Any, _Way, bool], Schema]] = {
    Flag: _flag,
    Count: _number,
    Number: _number,
    Share: _number,
    Amount: _number,
    Choice: _choice,
    Checklist: _checklist,
    Date: _date,
    Rows: _rows,
    Text: _text,
}
