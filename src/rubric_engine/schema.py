"""The JSON Schema (draft 2020-12) of rubric files, for editors.

It is made from the classes that files are structured into: their attributes are the keys,
their types the values, their comments the descriptions, and the policies and types of evidence
are those that are installed. It says what can be said of a file without knowing what its names
mean; the rest only the loader finds.

An editor has typed the scalars of a YAML file, the loader reads them as text. So where a
number may stand, the schema takes a number or its text, and where a text may stand, anything
that could be one.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Collection, Iterable, Mapping
from copy import deepcopy
from fractions import Fraction
from functools import cache, reduce
from keyword import kwlist
from operator import or_
from typing import Any, Literal, get_args, get_origin
from urllib.parse import quote

import attrs

from rubric_engine.amounts import ALL, Amounts
from rubric_engine.checks import SO_FAR
from rubric_engine.curves import KEYS as CURVES
from rubric_engine.declare import COHORT
from rubric_engine.expression import KEYWORDS
from rubric_engine.fields import (
    FIELD_TYPES,
    MEANINGS,
    Field,
    Meanings,
    Range,
    Rows,
    Text,
)
from rubric_engine.figures import FIGURES, Figure
from rubric_engine.figures import WORDS as FIGURE_WORDS
from rubric_engine.files import keys_of
from rubric_engine.grading import ACTIONS, Gate, Grade
from rubric_engine.library import find_policies
from rubric_engine.model import FORMAT, ROOT, SOURCES, Given, Indicator, Item, Rubric
from rubric_engine.policies import BUILT_IN, Group, Limit, Period, Policy, Posting, Round, Times
from rubric_engine.reading import FULL_WIDTH
from rubric_engine.scope import Expression
from rubric_engine.symbols import ROUNDING_MODES
from rubric_engine.words import Words

__all__ = ["DIALECT", "NUMBER", "Schema", "by_name", "one_of", "ref", "rubric_schema"]

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def rubric_schema() -> Schema:
    """Return the JSON Schema of rubric files, with the policies of installed plugins.

    It is a new dictionary of plain values, ready for `json.dumps`.

    >>> schema = rubric_schema()
    >>> sorted(schema["$defs"]["rules.round"]["properties"])
    ['id', 'mode', 'provenance', 'reason', 'round', 'says', 'source']
    """
    policies = {**find_policies(), **BUILT_IN}
    made = {
        "$schema": DIALECT,
        "title": "A rubric",
        "description": "A scored standard: an indicator tree with evidence, rules and grades.",
        "type": "object",
        "if": {"required": ["extends"]},
        "then": ref("variant"),
        "else": ref("rubric"),
        "$defs": {
            **_scalars(),
            **_values(),
            "rule": {"anyOf": [ref(f"rules.{verb}") for verb in policies]},
            **{f"rules.{verb}": _rule(policy) for verb, policy in policies.items()},
            **_field_types(),
            **_lines(),
            **_nodes(),
        },
    }
    return deepcopy(made)


def ref(name: str, description: str = "") -> Schema:
    """Return what another part of the schema says."""
    pointer = quote(name.replace("~", "~0").replace("/", "~1"))
    made = {"$ref": f"#/$defs/{pointer}"}
    return {**made, "description": description} if description else made


# Scalars

#: A number as text: `-?digits[.digits]` or `-?digits/digits`, at most 18 digits in each part.
_UNSIGNED = r"[0-9]{1,18}(?:\.[0-9]{1,18}|/(?!0+(?![0-9]))[0-9]{1,18})?"
NUMBER = f"-?{_UNSIGNED}"
#: What no name has in it: blanks and signs. Letters are all that is left, of any script; JSON
#: Schema has no portable way to say letter.
_NO_NAME = rf"\s!-,/:-@\[-\^`{{-\x7f{FULL_WIDTH}"
_NAME = rf"^(?![0-9])[^{_NO_NAME}.\-]{{1,100}}$"
_VALUE = rf"^[^{_NO_NAME}.\-]{{1,100}}$"
_RUBRIC = rf"^[^{_NO_NAME}]{{1,100}}$"


def _scalars() -> Schema:
    """Return what single values look like, to an editor and to the loader."""
    most = 10**18
    no_name = sorted({*kwlist, *KEYWORDS, ROOT, SO_FAR})
    return {
        "text": {"type": ["string", "number", "boolean"]},
        "number": {
            "type": ["number", "string"],
            "pattern": f"^{NUMBER}$",
            "exclusiveMinimum": -most,
            "exclusiveMaximum": most,
        },
        "whole": {
            "type": ["integer", "string"],
            "pattern": r"^-?[0-9]{1,18}(?:\.0{1,18}|/[0-9]{1,18})?$",
            "minimum": -(10**9),
            "maximum": 10**9,
        },
        "truth": {"type": ["boolean", "string"], "pattern": "^(?:true|false)$"},
        "range": {
            "type": "string",
            "pattern": rf"^\s*(?:{NUMBER}\.\.(?:{NUMBER})?|\.\.{NUMBER})\s*$",
        },
        "judged": {"type": "string", "pattern": rf"^\s*{_UNSIGNED}\.\.{_UNSIGNED}\s*$"},
        "period": {
            "type": "string",
            "pattern": r"^\s*(?!0+ )[0-9]{1,5} (?:day|month|year)s?\s*$",
        },
        "name": {"type": ["string", "boolean"], "pattern": _NAME, "not": {"enum": no_name}},
        "value": {
            "type": ["string", "integer", "boolean"],
            "pattern": _VALUE,
            "minimum": 0,
            "not": {"enum": sorted(KEYWORDS)},
        },
        "rubric-name": {"type": ["string", "number", "boolean"], "pattern": _RUBRIC},
        "words": {
            "anyOf": [
                ref("text"),
                {
                    "type": "object",
                    "description": "The text by language, as {zh: …, en: …}.",
                    "additionalProperties": ref("text"),
                    "minProperties": 1,
                },
            ]
        },
    }


def one_of(words: Iterable[object]) -> Schema:
    """Return one of these words, or other constants."""
    return {"enum": list(words)}


def _number_or(words: Iterable[str]) -> Schema:
    return {"anyOf": [one_of(words), ref("number")]}


def by_name(value: Schema, names: Schema | None = None, fewest: int = 0) -> Schema:
    """Return a mapping of names to values."""
    made: Schema = {"type": "object", "additionalProperties": value}
    if names is not None:
        made["propertyNames"] = names
    return {**made, "minProperties": fewest} if fewest else made


def _list_of(value: Schema, fewest: int = 0) -> Schema:
    made: Schema = {"type": "array", "items": value}
    return {**made, "minItems": fewest} if fewest else made


# Values that are no scalars


def _values() -> Schema:
    number = ref("number")
    named = [ref("value"), one_of(["else"])]
    tier = {"anyOf": [one_of([ALL]), number, ref("judged")]}
    lines = {
        "type": "object",
        "properties": {"beyond": one_of(["level", "extend"])},
        "patternProperties": {rf"^at \s*{NUMBER}\s*$": number},
        "additionalProperties": False,
        "minProperties": 2,
    }
    bands = {
        "type": "object",
        "patternProperties": {rf"^from \s*{NUMBER}\s*$": number},
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {
        "amount": {
            "anyOf": [
                {**ref("text"), "examples": [ALL], "not": {"const": ""}},
                {**by_name(tier, {"anyOf": named}, 1), "not": {"required": ["curve"]}},
                bands,
                lines,
                *(_curve(kind, keys) for kind, keys in CURVES.items()),
            ]
        },
        "times": {"anyOf": [ref("text"), by_name(ref("text"), fewest=1)]},
        "figure": {"anyOf": [_figure(kind, options) for kind, options in FIGURES.items()]},
    }


def _curve(kind: str, keys: tuple[str, ...]) -> Schema:
    numbers = (*keys, "gives", "step")
    return {
        "type": "object",
        "properties": {"curve": {"const": kind}, **dict.fromkeys(numbers, ref("number"))},
        "required": ["curve", *numbers],
        "additionalProperties": False,
    }


def _figure(kind: str, options: tuple[str, ...]) -> Schema:
    """Return one kind of figure of the cohort, with the options that only it takes."""
    shared = ["within", "among"] if kind == "rank" else ["within", "among", "fixed"]
    shapes = {key: one_of(words) for key, words in FIGURE_WORDS.items()}
    shapes |= dict.fromkeys(("at", "fixed"), ref("number"))
    said = _comments(Figure)
    return {
        "type": "object",
        "properties": {
            kind: ref("text", said.get("of", "")),
            **{
                key: _told(shapes.get(key, ref("text")), said.get(key))
                for key in (*options, *shared)
            },
        },
        "required": [kind, *(["at"] if "at" in options else [])],
        "additionalProperties": False,
    }


#: What stands for a value of each type that the model has.
_SHAPES: list[tuple[Any, Schema]] = [
    (str, ref("text")),
    (int, ref("whole")),
    (bool, ref("truth")),
    (Fraction, ref("number")),
    (Expression, ref("text")),
    (Range, ref("range")),
    (Words, ref("words")),
    (Amounts, ref("amount")),
    (Times, ref("times")),
    (Period, ref("period")),
    (Figure, ref("figure")),
    (Policy, ref("rule")),
    (Item, ref("item")),
    (Indicator, ref("indicator")),
    (Grade, ref("grade")),
    (Gate, ref("gate")),
    (Fraction | Expression, ref("text")),
    (tuple[str, ...], {"anyOf": [ref("text"), _list_of(ref("text"))]}),
    (Meanings, by_name(_number_or(MEANINGS), ref("value"))),
    (
        Fraction | tuple[tuple[str, Fraction], ...],
        {"anyOf": [ref("number"), by_name(ref("number"))]},
    ),
    (
        tuple[tuple[str, Words | None], ...],
        {
            "anyOf": [
                _list_of(ref("value"), 1),
                by_name({"anyOf": [{"type": "null"}, ref("words")]}, ref("value"), 1),
            ]
        },
    ),
    (tuple[tuple[str, Field], ...], by_name(ref("field"), ref("name"))),
    (tuple[tuple[str, Expression], ...], by_name(ref("text"), ref("name"))),
    (
        Given,
        {
            "type": "object",
            "properties": {
                source: by_name(ref("cohort" if source == COHORT else "known"), ref("name"))
                for source in SOURCES
            },
            "additionalProperties": False,
        },
    ),
]

#: Where more is known of a key than its type says.
_SAID: dict[tuple[type, str], Schema] = {
    (Item, "id"): ref("name"),
    (Indicator, "id"): ref("name"),
    (Rubric, "name"): ref("rubric-name"),
    (Rows, "columns"): by_name(ref("column"), ref("name"), 1),
    (Limit, "within"): {"anyOf": [one_of(["none"]), ref("range")]},
    (Group, "members"): _list_of(
        {"anyOf": [ref(f"rules.{verb}") for verb in ("deduct", "award", "bonus", "group")]}, 1
    ),
    **{(owner, "mode"): one_of(ROUNDING_MODES) for owner in (Posting, Group, Round)},
}


def _shape(kind: Any) -> Schema | None:  # noqa: ANN401 - types are values here
    """Return what stands for a value of a type, or None for one that only a plugin knows."""
    parts = [each for each in get_args(kind) if each is not type(None)]
    if type(None) in get_args(kind):
        kind = reduce(or_, parts)
    for known, shape in _SHAPES:
        if known == kind:
            return shape
    if get_origin(kind) is Literal:
        return one_of(get_args(kind))
    if get_origin(kind) is tuple and parts[1:] == [...]:
        inner = _shape(parts[0])
        return None if inner is None else _list_of(inner)
    words = [each for each in parts if get_origin(each) is Literal]
    if len(words) == 1 and set(parts) == {Fraction, *words}:
        return _number_or(get_args(words[0]))
    return None


def _of_attribute(owner: type, attribute: attrs.Attribute[Any]) -> Schema:
    for each in owner.__mro__:
        if (each, attribute.name) in _SAID:
            return _SAID[each, attribute.name]
    return _shape(attribute.type) or {}


# Classes of the model


def _object(
    owner: type,
    *,
    without: Collection[str] = (),
    beside: Mapping[str, Schema] | None = None,
) -> Schema:
    """Return a mapping with the keys of a class of the model."""
    said, keys = _comments(owner), keys_of(owner)
    kept = {key: each for key, each in keys.items() if key not in without}
    required = [key for key, each in kept.items() if each.default is attrs.NOTHING]
    made: Schema = {
        "type": "object",
        "properties": {
            **{
                key: _told(_of_attribute(owner, each), said.get(each.name))
                for key, each in kept.items()
            },
            **(beside or {}),
        },
        "additionalProperties": False,
    }
    return {**made, "required": required} if required else made


def _told(shape: Schema, description: str | None) -> Schema:
    return {**shape, "description": description} if description else shape


def _heading(owner: type) -> Schema:
    """Return the first paragraph of a class's docstring as its description."""
    text = inspect.cleandoc(owner.__doc__ or "").partition("\n\n")[0]
    # What attrs puts there where a class says nothing is no description.
    return {"description": " ".join(text.split())} if text and "(" not in text[:60] else {}


_BESIDE_AMOUNTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("below", "above", "step", "parts"), ("of",)),
    **dict.fromkeys(("within", "once_per", "keep"), ("each",)),
    "dated": ("within",),
    "empty": ("ratio",),
    "mode": ("round_to",),
    "stack": ("times",),
    "judged": ("by",),
}
#: Keys of rules that stand only beside another.
_BESIDE: dict[str, dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("deduct", "award", "bonus"), _BESIDE_AMOUNTS),
    "group": {"mode": ("round_to",), "stack": ("times",)},
    "set": {"judged": ("by",)},
}


def _rule(policy: type[Policy]) -> Schema:
    made = {"title": policy.verb, **_heading(policy), **_object(policy)}
    # The verb decides which policy it is, so it is there even where its value has a default.
    made["required"] = sorted({policy.verb, *made.get("required", ())})
    beside = _BESIDE.get(policy.verb) if BUILT_IN.get(policy.verb) is policy else None
    if beside is None:
        return made
    return {**made, "dependentRequired": {key: list(each) for key, each in beside.items()}}


def _lines() -> Schema:
    """Return grades and gates."""
    return {
        "grade": {
            **_heading(Grade),
            **_object(Grade),
            "anyOf": [{"required": ["stars"]}, {"required": ["grade"]}],
        },
        "gate": {
            **_heading(Gate),
            **_object(Gate),
            "oneOf": [{"required": [key]} for key in ACTIONS],
            "dependentRequired": {"per": ["step"], "clamp": ["step"]},
        },
    }


#: Where fields stand: as evidence, as columns of a table, as given numbers, as those of the
#: cohort; which types and which keys are not allowed there.
_FIELDS: dict[str, tuple[Collection[type[Field]], Collection[str]]] = {
    "field": ((), ("figure",)),
    "column": ((Rows,), ("figure", "panel", "need", "none_means")),
    "known": ((Rows,), ("figure", "panel", "need", "none_means")),
    "cohort": ((Rows,), ("panel", "need", "none_means")),
}
#: Keys that a type shares with the others, but does not take.
_NOT_TAKEN: dict[type[Field], Collection[str]] = {
    Rows: ("none_means", "absent"),
    Text: ("none_means",),
}


def _field_types() -> Schema:
    """Return the declarations of fields, for each place where they stand."""
    made: Schema = {}
    for place, (types, keys) in _FIELDS.items():
        listed = {name: each for name, each in FIELD_TYPES.items() if each not in types}
        needing = {name for name, each in listed.items() if _object(each).get("required")}
        short = one_of(name for name in listed if name not in needing)
        made[place] = {
            "anyOf": [
                {**short, "description": "The type of the finding."},
                {
                    "type": "array",
                    "description": "The type of the finding, and its title.",
                    "prefixItems": [short, ref("words")],
                    "minItems": 1,
                    "maxItems": 2,
                },
                *(ref(f"{place}.{name}") for name in listed),
            ]
        }
        for name, each in listed.items():
            kind: Schema = {"const": name, "description": "The type of the finding."}
            without = (*keys, *_NOT_TAKEN.get(each, ()))
            long = _object(each, without=without, beside={"type": kind})
            long["required"] = ["type", *long.get("required", [])]
            made[f"{place}.{name}"] = {"title": name, **_heading(each), **long}
    return made


_CHILDREN = [
    {"required": [key], "properties": {key: {"minItems": 1}}} for key in ("indicators", "items")
]
_LIKE = ref("text", "The kind whose keys it has where it does not say them itself.")


def _nodes() -> Schema:
    """Return the rubric, its nodes, and what the ways of writing make of them."""
    like = {"like": _LIKE}
    item = {**_heading(Item), **_object(Item, beside=like)}
    indicator = {**_heading(Indicator), **_object(Indicator, beside=like)}
    either = {**indicator["properties"], **item["properties"]}
    del either["id"]
    part = {"type": "object", "properties": either, "additionalProperties": False}
    head: Schema = {
        "format": {"enum": [FORMAT, str(FORMAT)], "description": "The version of the format."},
        "kinds": {**by_name(ref("kind")), "description": "Keys that nodes share, by a name."},
        "extends": ref("text", "The rubric that this one changes: a name, or a path."),
    }
    whole = _object(Rubric, beside=head)
    # In a variant nothing takes a key of the other rubric away, and its name stays unless said.
    kept = {"rubric", *head}
    own = {
        key: each if key in kept else _or_nothing(each) for key, each in whole["properties"].items()
    }
    change = {
        **by_name(_or_nothing(ref("change"))),
        "description": "Keys of single nodes by their ids; nothing takes the node away.",
    }
    return {
        "item": item,
        "indicator": {**indicator, "anyOf": [*_CHILDREN, {"required": ["like"]}]},
        "kind": {"description": "The keys of a node, without its id.", **part},
        "change": {
            "description": "The keys to change in a node; nothing takes one away.",
            **part,
            "properties": {
                key: each if key == "like" else _or_nothing(each) for key, each in either.items()
            },
        },
        "rubric": {**whole, "anyOf": _CHILDREN},
        "variant": {
            "type": "object",
            "properties": {**own, "change": change},
            "required": ["extends"],
            "additionalProperties": False,
        },
    }


def _or_nothing(shape: Schema) -> Schema:
    made = {key: each for key, each in shape.items() if key != "description"}
    return _told({"anyOf": [made, {"type": "null"}]}, shape.get("description"))


# Descriptions


def _comments(owner: type) -> dict[str, str]:
    """Return what `#:` comments say of the attributes of a class, its bases' ones first.

    Where the source is not there to be read, nothing is said.
    """
    found: dict[str, str] = {}
    for each in reversed(owner.__mro__):
        found |= _comments_in(each.__module__).get(each.__name__, {})
    return found


@cache
def _comments_in(module: str) -> dict[str, dict[str, str]]:
    try:
        source = inspect.getsource(sys.modules[module])
        tree = ast.parse(source)
    except (KeyError, OSError, SyntaxError, TypeError):
        return {}
    lines = source.splitlines()
    return {
        node.name: {
            line.target.id: text
            for line in node.body
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
            if (text := _comment_above(lines, line.lineno - 1))
        }
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }


def _comment_above(lines: list[str], place: int) -> str:
    """Return the `#:` comment that stands right above a line."""
    first = place
    while first and lines[first - 1].lstrip().startswith("#:"):
        first -= 1
    return " ".join(line.strip().removeprefix("#:").strip() for line in lines[first:place])
