"""Rubrics as files: strict reading, every problem with its place, and writing.

cattrs structures the plain values of a document into the model; its errors are turned
into problems here. Then the rubric is lowered, so that a rubric that loads can be
evaluated. Nothing of the file form leaks into the model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from functools import cache
from hashlib import sha256
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

import attrs
import yaml
from cattrs import BaseValidationError, ClassValidationError, Converter, IterableValidationError
from cattrs.errors import AttributeValidationNote, ForbiddenExtraKeysError, IterableValidationNote
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from rubric_engine.amounts import Amounts, amount, plain
from rubric_engine.errors import InvalidRubric, Problem, RubricError, malformed, nearest_name
from rubric_engine.exact import exact_number, number_text
from rubric_engine.fields import FIELD_TYPES, Field, Meanings, Range, meanings, shown
from rubric_engine.figures import FIGURE_KEYS, FIGURES, Figure
from rubric_engine.grading import Gate, Grade
from rubric_engine.library import find_policies, find_rubric
from rubric_engine.lower import lower
from rubric_engine.model import (
    EMPTY,
    FORMAT,
    Empty,
    Given,
    Indicator,
    Item,
    Node,
    Points,
    Rubric,
)
from rubric_engine.policies import BUILT_IN, Limit, Period, Policy, Times, exactly, times
from rubric_engine.reading import FULL_WIDTH, Document, content_of, read
from rubric_engine.scope import Expression, expression
from rubric_engine.variants import UNUSED, expanded
from rubric_engine.words import Words, words

#: A rubric's file has at most so many keys and values.
MOST_VALUES = 100_000
#: So many values that cannot be structured are told; what comes after them is not looked at.
MOST_FAILURES = 1_000

Made = TypeVar("Made")

__all__ = [
    "Examined",
    "Flow",
    "FlowList",
    "by_name",
    "digest_of",
    "dumps",
    "examine",
    "examine_text",
    "gate_text",
    "in_order",
    "json_text",
    "keys_in",
    "keys_of",
    "listed",
    "load",
    "loads",
    "plain_converter",
    "register_classes",
    "rubric_digest",
    "rule_text",
    "structured",
    "to_plain",
    "yaml_text",
]


def load(name_or_path: str | PathLike[str]) -> Rubric:
    """Load an installed rubric by its name, or a rubric file by its path.

    A text with a path separator or ending in `.yaml`, `.yml` or `.json` is a path,
    everything else is a name. Raises `UnknownRubric` if there is no such rubric or file,
    `InvalidRubric` with all its problems if it cannot be used.

    >>> load("sf-food-safety").total
    Fraction(100, 1)
    """
    path = find_rubric(name_or_path)
    folder = path.parent if isinstance(path, Path) else None
    return _loaded(content_of(path), str(name_or_path), folder)


def loads(text: str | bytes) -> Rubric:
    """Load a rubric from YAML or JSON text.

    Raises `InvalidRubric` with every problem of the text: code, path, line, column, what
    was expected and the nearest known name.
    """
    return _loaded(text, None)


@attrs.frozen
class Examined:
    """What became of the text of a rubric: the rubric, or all that is wrong with it."""

    #: None where there are problems.
    rubric: Rubric | None
    #: In the order of their places, each with the file's name.
    problems: tuple[Problem, ...]
    #: The values of the text with their places; None where they could not be read.
    document: Document | None = attrs.field(repr=False)
    #: What the file is called in problems; None for a text.
    file: str | None = None


def examine(name_or_path: str | PathLike[str]) -> Examined:
    """Read a rubric as `load` does, without raising for what is wrong with it.

    Raises `UnknownRubric` if there is no such rubric or file.
    """
    path = find_rubric(name_or_path)
    folder = path.parent if isinstance(path, Path) else None
    return examine_text(content_of(path), str(name_or_path), folder)


def examine_text(
    content: str | bytes, file: str | None = None, folder: Path | None = None
) -> Examined:
    """Read the text of a rubric; `folder` is where those that it extends are looked for."""
    document, problems = read(content, MOST_VALUES)
    rubric = None
    if document is not None:
        document, written = expanded(document, folder)
        problems += written
        rubric, shape = _structured(document)
        problems += [document.placed(each) for each in shape]
        if rubric is not None and not problems:
            lowered, sense = lower(rubric)
            problems += [document.placed(each, offset) for each, offset in sense]
            if lowered is not None:
                from rubric_engine.sheet import Program

                rubric.derived["program"] = Program(lowered)
        elif problems:
            problems += [document.placed(*each) for each in _found_in_the_rest(document, problems)]
    named = in_order(problems, file)
    return Examined(None if named else rubric, named, document, file)


def in_order(problems: Iterable[Problem], file: str | None) -> tuple[Problem, ...]:
    """Return problems in the order of their places, each with the name of its file."""
    ordered = sorted(problems, key=lambda each: (each.line or 0, each.column or 0))
    return tuple(each if each.file else each.inside(file) for each in ordered)


#: A rule or a gate, and what is in it.
_IN_RULE = re.compile(
    r"(\$(?:\.(?:indicators|items)\[[0-9]{1,9}\])*\.(?:rules|gates))\[([0-9]{1,9})\](?:[.\[].*)?",
    re.DOTALL,
)
#: What is wrong with a rubric whatever the rules are that could not be read.
_WHATEVER = frozenset(
    {
        *("bad-expression", "expression-too-large", "unknown-function", "unknown-name"),
        *("wrong-operand", "unprotected-optional", "unknown-value", "value-not-covered"),
        *("by-and-amount", "duplicate-edge", "conflicting-keys", "duplicate-id", "bad-id"),
        *("points-do-not-add-up", "scale-missing", "no-children"),
        *("grades-order", "unknown-grade", "out-of-range", "not-exact"),
    }
)


def _found_in_the_rest(
    document: Document, problems: Sequence[Problem]
) -> Iterator[tuple[Problem, int | None]]:
    """Yield what else is wrong, where nothing but rules and gates could not be read.

    So that somebody who mends a rubric sees everything at once. In place of what could not
    be read stands a rule that does nothing; what could come of that is not told.
    """
    matches = [_IN_RULE.fullmatch(each.path) for each in problems]
    places = {(match[1], int(match[2])) for match in matches if match is not None}
    if not all(matches):
        return
    value = document.value
    for path, number in places:
        value = _with_idle(value, path.split(".")[1:], number)
    rubric, shape = _structured(attrs.evolve(document, value=value))
    if rubric is None or shape:
        return
    for problem, offset in lower(rubric)[1]:
        match = _IN_RULE.fullmatch(problem.path)
        inside = match is not None and (match[1], int(match[2])) in places
        if problem.code in _WHATEVER and not inside:
            yield problem, offset


def _with_idle(value: Any, steps: Sequence[str], number: int) -> Any:
    """Return plain values with a rule or gate replaced by one that does nothing.

    `steps` lead to the list that it stands in; what is not there stays so.
    """
    key, _, place = steps[0].partition("[")
    below = value.get(key) if isinstance(value, dict) else None
    at = int(place.removesuffix("]")) if place else number
    if not isinstance(below, list) or at >= len(below):
        return value
    inner = _with_idle(below[at], steps[1:], number) if place else _idle(below[at], key)
    return {**value, key: [*below[:at], inner, *below[at + 1 :]]}


def _idle(rule: object, key: str) -> dict[str, str]:
    if key == "gates":
        return {"step": "0"}
    verbs = [verb for verb in ("award", "bonus") if isinstance(rule, dict) and verb in rule]
    return {(verbs or ["deduct"])[0]: "0"}


def _loaded(content: str | bytes, file: str | None, folder: Path | None = None) -> Rubric:
    examined = examine_text(content, file, folder)
    if examined.rubric is None:
        raise InvalidRubric(examined.problems)
    return examined.rubric


def dumps(rubric: Rubric, *, format: Literal["yaml", "json"] = "yaml") -> str:
    """Write a rubric as text that `loads` reads to an equal rubric."""
    data = to_plain(rubric)
    return json_text(data) if format == "json" else yaml_text(_flowing(data))


def json_text(data: Any) -> str:
    """Write plain values as JSON."""
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def yaml_text(data: Any) -> str:
    """Write plain values as YAML, what is a `Flow` or a `FlowList` on one line."""
    return str(yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100))


def to_plain(rubric: Rubric) -> dict[str, Any]:
    """Return a rubric as the plain values of its file: mappings, lists and text."""
    data: dict[str, Any] = _converter().unstructure(rubric, unstructure_as=Rubric)
    return {"format": str(FORMAT), **data}


def rubric_digest(rubric: Rubric) -> str:
    """Return a digest of a rubric's plain values: equal rubrics have equal digests."""
    digest: str | None = rubric.derived.get("digest")
    if digest is None:
        digest = rubric.derived["digest"] = digest_of(to_plain(rubric))
    return digest


def digest_of(data: Any) -> str:
    """Return a digest of plain values, whatever the order of their keys."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True)
    return "sha256:" + sha256(text.encode()).hexdigest()


def rule_plain(rule: Policy | Gate | Grade) -> dict[str, Any]:
    """Return a rule, gate or grade as the plain values of its line in a file."""
    as_type = Policy if isinstance(rule, Policy) else type(rule)
    data: dict[str, Any] = _converter().unstructure(rule, unstructure_as=as_type)
    return data


_ASIDE = frozenset({"id", "says", "source", "reason", "provenance"})


def rule_text(rule: Policy | Gate) -> str:
    """Return a rule as one line: `deduct 0.5, per missing`."""
    data = {key: each for key, each in rule_plain(rule).items() if key not in _ASIDE}
    return ", ".join(f"{key} {_inline(each)}" for key, each in data.items())


gate_text = rule_text


def _inline(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_inline(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return str(value)


# structuring


def _structured(document: Document) -> tuple[Rubric | None, list[Problem]]:
    data = keys_in(document, "the keys of a rubric")
    if isinstance(data, Problem):
        return None, [data]
    unused = data.pop(UNUSED, {})
    finding = _plugins.set(cache(find_policies))
    try:
        with _counting():
            problems = [each for name, kind in unused.items() for each in _in_kind(name, kind)]
            rubric, wrong = structured(data, Rubric, _converter())
            return rubric, [*problems, *wrong]
    finally:
        _plugins.reset(finding)


def keys_in(document: Document, expected: str) -> dict[str, Any] | Problem:
    """Return what a document of this format holds besides `format`, or why it is none."""
    data = document.value
    if not isinstance(data, dict):
        return Problem("not-a-mapping", "$", expected, shown(data))
    data = dict(data)
    version = data.pop("format", str(FORMAT))
    if version != str(FORMAT):
        return Problem("unsupported-format", "$.format", f"`{FORMAT}`", shown(version))
    return data


def structured(
    data: dict[str, Any], kind: type[Made], converter: Converter
) -> tuple[Made | None, list[Problem]]:
    """Return the value that plain values stand for, or None and all that is wrong with them."""
    with _counting():
        try:
            return converter.structure(data, kind), []
        except (BaseValidationError, RubricError) as error:
            return None, _problems_of(error, "$")


#: How the policies of plugins are found: once for all rules of a document that is read.
_plugins: ContextVar[Callable[[], dict[str, type[Policy]]]] = ContextVar(
    "plugins", default=find_policies
)

#: What could not be structured so far: hooks of cattrs have no other way to know of each other.
_failures: ContextVar[list[str]] = ContextVar("failures")


@contextmanager
def _counting() -> Iterator[None]:
    """Count failures from here on, unless they are counted already."""
    if _failures.get(None) is not None:
        yield
        return
    token = _failures.set([])
    try:
        yield
    finally:
        _failures.reset(token)


def _enough(error: BaseException) -> bool:
    """Note a failure; say whether so much is wrong that the rest need not be looked at."""
    failures = _failures.get(None)
    if failures is None:
        return False
    failures.append(type(error).__name__)
    return len(failures) >= MOST_FAILURES


def _in_kind(name: str, kind: dict[str, Any]) -> list[Problem]:
    """Return what is wrong with the form of a kind that no node is like."""
    inner = any(key in kind for key in ("indicators", "items"))
    try:
        _converter().structure({"id": name, **kind}, Indicator if inner else Item)
    except (BaseValidationError, RubricError) as error:
        return _problems_of(error, f"$.kinds.{name}")
    return []


def _problems_of(error: BaseException, path: str) -> list[Problem]:
    """Turn what cattrs and our own hooks raised into problems with paths."""
    if isinstance(error, ClassValidationError | IterableValidationError):
        found: list[Problem] = []
        for each in error.exceptions:
            found += _problems_of(each, path + _step_of(each, getattr(error, "cl", None)))
        return found
    if isinstance(error, RubricError):
        return [attrs.evolve(each, path=_joined(path, each.path)) for each in error.problems]
    if isinstance(error, ForbiddenExtraKeysError):
        known = _keys_of(error.cl)
        keys = sorted(error.extra_fields)[:MOST_FAILURES]
        return [_unknown_key(path, key, known) for key in keys]
    if isinstance(error, KeyError):
        key = str(error.args[0])
        where = path.removesuffix(f".{key}")
        return [Problem("missing-key", where, f"`{key}`")]
    return [Problem("wrong-type", path, "", str(error)[:100])]


def _unknown_key(path: str, key: str, known: Sequence[str]) -> Problem:
    where = f"{path}.{key[:200]}"
    if any(sign in key for sign in FULL_WIDTH):
        return Problem("full-width", where, "plain signs `,` and `:`", shown(key))
    expected = "one of " + ", ".join(known)
    if ")" in key:
        expected = f"quotes around an expression with a comma; {expected}"
    return Problem("unknown-key", where, expected, shown(key), nearest_name(key, known))


def _step_of(error: BaseException, owner: type | None) -> str:
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return f".{_key_of(owner, note.name)}"
        if isinstance(note, IterableValidationNote):
            return f"[{note.index}]"
    return ""


def _joined(path: str, inner: str) -> str:
    return path if not inner else f"{path}.{inner}"


_RENAMED = {
    (Rubric, "name"): "rubric",
    (Grade, "at_least"): "from",
    (Item, "applies_to"): "for",
    (Indicator, "applies_to"): "for",
}


def _key_of(owner: type | None, attribute: str) -> str:
    if owner is not None and issubclass(owner, Policy):
        own = [each.name for each in attrs.fields(owner) if not each.kw_only]
        if own[:1] == [attribute]:
            return owner.verb
    if owner is None:
        return attribute
    own_key = attrs.fields_dict(owner)[attribute].metadata.get("key", attribute)
    return _RENAMED.get((owner, attribute), str(own_key))


#: The keys that are gone before a rubric is structured; see `variants`.
_WRITTEN = {Rubric: ("extends", "change", "kinds"), Item: ("like",), Indicator: ("like",)}


def keys_of(owner: type) -> dict[str, attrs.Attribute[Any]]:
    """Return the attributes of a class of the model by their keys in files, types resolved."""
    attrs.resolve_types(owner)
    return {_key_of(owner, each.name): each for each in attrs.fields(owner) if each.init}


def _keys_of(owner: type) -> list[str]:
    return [*keys_of(owner), *_WRITTEN.get(owner, ())]


# The shapes of single values.


def _text(value: object, _: object = None) -> str:
    if isinstance(value, str):
        return str(value)
    raise _shape("a text", value)


def _shape(expected: str, value: object) -> InvalidRubric:
    return malformed("empty" if value is None else "wrong-type", expected, shown(value))


def _whole(value: object, _: object = None) -> int:
    number = exact_number(value) if isinstance(value, str) else None
    if number is None or number.denominator != 1 or abs(number) > 10**9:
        raise malformed("bad-number", "a whole number", shown(value))
    return int(number)


def _verdict(value: object, _: object = None) -> bool:
    if isinstance(value, str) and value in ("true", "false"):
        return value == "true"
    raise malformed("wrong-type", "true or false", shown(value))


def _scalar(convert: Callable[[Any], Any]) -> Callable[[object, object], Any]:
    def hook(value: object, _: object) -> Any:
        if not isinstance(value, str):
            raise _shape("one value", value)
        return convert(str(value))

    return hook


_LONGEST_LANGUAGE = 100


def _words(value: object, _: object = None) -> Words | None:
    if isinstance(value, dict):
        for language, text in value.items():
            if not isinstance(text, str):
                raise malformed("wrong-type", "a text", shown(text), language)
            if len(language) > _LONGEST_LANGUAGE:
                # YAML reads no longer key on the line of its value.
                expected = f"the name of a language, at most {_LONGEST_LANGUAGE} characters"
                raise malformed("too-large", expected, shown(language), language[:200])
        return words({str(language): str(text) for language, text in value.items()})
    return words(_text(value))


def _amount(value: object, _: object) -> Amounts:
    if isinstance(value, dict):
        for key, each in value.items():
            if not isinstance(each, str):
                raise malformed("bad-number", "an amount", shown(each), key)
        return amount({str(key): str(each) for key, each in value.items()})
    if isinstance(value, str) and any(sign in value for sign in FULL_WIDTH):
        raise malformed("full-width", "plain signs `,` and `:`", shown(value))
    if not isinstance(value, str):
        raise _shape("an amount", value)
    return amount(str(value))


def _literal(value: object, kind: Any) -> object:
    allowed = get_args(kind)
    if isinstance(value, str) and str(value) in allowed:
        return str(value)
    names = [str(each) for each in allowed]
    near = nearest_name(value, names) if isinstance(value, str) else None
    problem = Problem("unknown-value", "", "one of " + ", ".join(names), shown(value), near)
    raise InvalidRubric([problem])


def _number_or(*others: str) -> Callable[[object, object], Any]:
    def hook(value: object, _: object) -> Any:
        if isinstance(value, str) and value in others:
            return str(value)
        if exact_number(value) is None or not isinstance(value, str):
            expected = " or ".join(["an exact number", *(f"`{each}`" for each in others)])
            raise malformed("bad-number", expected, shown(value))
        return exactly(str(value))

    return hook


def _edges(value: object, _: object) -> Any:
    if isinstance(value, dict):
        for name, each in value.items():
            if not isinstance(each, str) or exact_number(str(each)) is None:
                raise malformed("bad-number", "an exact number", shown(each), name)
        return tuple((str(name), exactly(str(each))) for name, each in value.items())
    return _number_or()(value, None)


def _values(value: object, _: object) -> Any:
    if isinstance(value, dict):
        titled = (
            (str(name), None if each is None else _words(each)) for name, each in value.items()
        )
        return tuple(titled)
    if not isinstance(value, list):
        raise _shape("a list of values", value)
    return tuple((_text(each), None) for each in value)


def _number_or_expression(text: str) -> Fraction | Expression | None:
    number = exact_number(text)
    return expression(text) if number is None else number


def _mapping_of_texts(value: object, expected: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise malformed("not-a-mapping", expected, shown(value))
    for name, each in value.items():
        if not isinstance(each, str):
            raise malformed("wrong-type", "one value", shown(each), name)
    return {str(name): str(each) for name, each in value.items()}


def _times(value: object, _: object) -> Times | None:
    if isinstance(value, str):
        return times(str(value))
    return times(_mapping_of_texts(value, "multipliers by their conditions"))


def _named(value: object, _: object) -> tuple[tuple[str, Expression], ...]:
    pairs = _mapping_of_texts(value, "numbers or expressions by their names")
    return tuple((name, Expression(text)) for name, text in pairs.items())


def _meanings(value: object, _: object) -> Meanings:
    return meanings(_mapping_of_texts(value, "meanings by the names of values"))


def _figure(value: object, _: object) -> Figure:
    """Read a figure: one of `FIGURES` with what it measures, and its options."""
    pairs = _mapping_of_texts(value, "a figure and its options")
    unknown = [key for key in pairs if key not in FIGURE_KEYS]
    if unknown:
        problems = [_unknown_key("", key, FIGURE_KEYS) for key in unknown]
        raise InvalidRubric(
            [attrs.evolve(each, path=each.path.removeprefix(".")) for each in problems]
        )
    kinds = [key for key in pairs if key in FIGURES]
    if not kinds:
        raise malformed("missing-key", "one of " + ", ".join(FIGURES), "")
    if len(kinds) > 1:
        raise malformed("conflicting-keys", "one figure", ", ".join(kinds), kinds[1])
    for key in ("at", "fixed"):
        if key in pairs and exact_number(pairs[key]) is None:
            raise malformed("bad-number", "an exact number", shown(pairs[key]), key)
    of = pairs.pop(kinds[0])
    return Figure(kinds[0], of, **pairs)


def _names(value: object, _: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (str(value),)
    if not isinstance(value, list):
        raise _shape("a name or a list of names", value)
    return tuple(_text(each) for each in value)


def _given(value: object, converter: Converter) -> Given:
    if not isinstance(value, dict):
        raise malformed("not-a-mapping", "fields by their sources", shown(value))
    return by_name(value, lambda fields: _evidence(fields, converter))


def by_name(
    value: Mapping[str, Any], convert: Callable[[Any], Made]
) -> tuple[tuple[str, Made], ...]:
    """Return the values of a mapping converted, or raise all that is wrong with them."""
    found: list[tuple[str, Made]] = []
    problems: list[Problem] = []
    for name, each in value.items():
        try:
            found.append((str(name), convert(each)))
        except (BaseValidationError, RubricError) as error:
            inner = _problems_of(error, "$")
            problems += [attrs.evolve(one, path=f"{name}{one.path[1:]}") for one in inner]
    if problems:
        raise InvalidRubric(problems)
    return tuple(found)


def _within(value: object, _: object) -> Range | None:
    text = _text(value)
    return None if text == "none" else Range.parse(text)


def listed(element: Any, converter: Converter) -> Callable[[object, object], Any]:
    """Return what reads a list of elements, or raises all that is wrong with them."""

    def hook(value: object, _: object) -> Any:
        if not isinstance(value, list):
            raise _shape("a list", value)
        made: list[Any] = []
        errors: list[Exception] = []
        for index, each in enumerate(value):
            try:
                made.append(converter.structure(each, element))
            except Exception as error:  # noqa: BLE001 - as cattrs collects them
                error.add_note(IterableValidationNote("", index, element))
                errors.append(error)
                if _enough(error):
                    break
        if errors:
            raise IterableValidationError("", errors, list)
        return tuple(made)

    return hook


# Fields and policies: their kinds.


def _field(value: object, name: str, converter: Converter) -> Field:
    """Read one field of evidence: `flag`, `[count, title]`, or the long form."""
    options: dict[str, Any] = {}
    if isinstance(value, str):
        kind: object = value
    elif isinstance(value, list):
        kind = value[0] if value else None
        if len(value) == 1:
            _refuse_lost_comma(value[0])
        if len(value) not in (1, 2) or not isinstance(kind, str):
            raise malformed("wrong-type", "[type, title]", f"a list of {len(value)}")
        options = {"title": value[1]} if len(value) == 2 else {}
    elif isinstance(value, dict):
        options = dict(value)
        if "type" not in options:
            raise malformed("missing-key", "`type`", "")
        kind = options.pop("type")
    else:
        raise _shape("a type of evidence", value)
    field_type = FIELD_TYPES.get(str(kind))
    if field_type is None:
        _refuse_lost_comma(kind)
        near = nearest_name(str(kind), FIELD_TYPES)
        expected = "one of " + ", ".join(FIELD_TYPES)
        raise InvalidRubric([Problem("unknown-type", "", expected, shown(kind), near)])
    return converter.structure(options, field_type)


def _refuse_lost_comma(kind: object) -> None:
    if not isinstance(kind, str):
        return
    wide = next((sign for sign in kind if sign in FULL_WIDTH), None)
    if wide is not None:
        raise malformed("full-width", "plain signs `,` and `:`", shown(kind))
    if kind.split(" ")[0] in FIELD_TYPES and " " in kind:
        raise malformed("comma-lost", "a comma after the type", shown(kind))


def _evidence(value: object, converter: Converter) -> tuple[tuple[str, Field], ...]:
    if isinstance(value, str) and any(sign in value for sign in FULL_WIDTH):
        raise malformed("full-width", "plain signs `,` and `:`", shown(value))
    if not isinstance(value, dict):
        raise malformed("not-a-mapping", "fields by name", shown(value))
    found: list[tuple[str, Field]] = []
    problems: list[Problem] = []
    for name, each in value.items():
        if any(sign in name for sign in FULL_WIDTH):
            expected = "plain signs `,` and `:`"
            problems.append(Problem("full-width", name, expected, shown(name)))
            continue
        try:
            found.append((str(name), _field(each, name, converter)))
        except (BaseValidationError, RubricError) as error:
            problems += [
                attrs.evolve(problem, path=problem.path.removeprefix("$."))
                for problem in _problems_of(error, f"$.{name}")
            ]
            if _enough(error):
                break
    if problems:
        raise InvalidRubric(problems)
    return tuple(found)


def _policy(value: object, converter: Converter) -> Policy:
    if not isinstance(value, dict):
        raise malformed("not-a-mapping", "a rule: a verb and its keys", shown(value))
    verbs = [key for key in value if key in BUILT_IN]
    known: Mapping[str, type[Policy]] = BUILT_IN
    if not verbs:
        known = {**_plugins.get()(), **BUILT_IN}
        verbs = [key for key in value if key in known]
    if len(verbs) > 1:
        raise malformed("conflicting-keys", "one verb to a rule", ", ".join(verbs), verbs[1])
    if not verbs:
        keys = [str(key) for key in value]
        near = next(filter(None, (nearest_name(key, known) for key in keys)), None)
        expected = "one of " + ", ".join(known)
        found = ", ".join(keys)[:60]
        code = "full-width" if any(sign in found for sign in FULL_WIDTH) else "unknown-verb"
        raise InvalidRubric([Problem(code, "", expected, found, near)])
    policy: Policy = converter.structure(value, known[verbs[0]])
    return policy


#: Names and what they are called.
_Titled = tuple[tuple[str, Words | None], ...]


def plain_converter() -> Converter:
    """Return a converter of texts, numbers, names and literals that knows no class yet."""
    converter = Converter(detailed_validation=True, forbid_extra_keys=True)
    structure: dict[Any, Callable[[Any, Any], Any]] = {
        str: _text,
        int: _whole,
        bool: _verdict,
        Fraction: _scalar(exactly),
        Words: _words,
    }
    for kind, hook in structure.items():
        converter.register_structure_hook(kind, hook)
        converter.register_structure_hook_func(_is(kind | None), hook)
    converter.register_structure_hook_func(_is(tuple[str, ...]), _names)
    converter.register_structure_hook_func(_is(_Titled), _values)
    converter.register_structure_hook_func(_is_literal, _literal)
    converter.register_structure_hook_func(
        lambda kind: not _is_literal(kind) and _literal_of(kind) is not None,
        lambda value, kind: _literal(value, _literal_of(kind)),
    )
    converter.register_structure_hook_func(_is_literals, _literals)
    converter.register_unstructure_hook(Fraction, number_text)
    converter.register_unstructure_hook(int, str)
    converter.register_unstructure_hook(bool, lambda value: "true" if value else "false")
    converter.register_unstructure_hook(Words, lambda value: value.plain)
    converter.register_unstructure_hook_func(
        _is(tuple[str, ...]), lambda value: value[0] if len(value) == 1 else list(value)
    )
    converter.register_unstructure_hook_func(_is(_Titled), _values_written)
    return converter


def register_classes(
    converter: Converter,
    owned: Callable[[Any], bool],
    order: Callable[[type], Sequence[str]],
) -> None:
    """Let a converter read and write attrs classes, their keys in an order."""
    converter.register_structure_hook_factory(owned, lambda kind: _object_hook(kind, converter))
    converter.register_unstructure_hook_factory(
        owned, lambda kind: _object_writer(kind, converter, order)
    )


@cache
def _converter() -> Converter:
    converter = plain_converter()
    structure: dict[Any, Callable[[Any, Any], Any]] = {
        Expression: _scalar(expression),
        Range: _scalar(Range.parse),
    }
    for kind, hook in structure.items():
        converter.register_structure_hook(kind, hook)
    special: list[tuple[Any, Callable[[Any, Any], Any]]] = [
        (Amounts, _amount),
        (Fraction | Literal["none"] | None, _number_or("none")),
        (Points | None, _number_or("none", "beside")),
        (Fraction | Literal["full", "zero"] | None, _number_or("full", "zero")),
        (Empty | None, _number_or(*EMPTY)),
        (Fraction | Expression | None, _scalar(_number_or_expression)),
        (Times | None, _times),
        (Period | None, _scalar(Period.parse)),
        (Fraction | tuple[tuple[str, Fraction], ...] | None, _edges),
        (tuple[tuple[str, Field], ...], lambda value, _: _evidence(value, converter)),
        (Given, lambda value, _: _given(value, converter)),
        (tuple[tuple[str, Expression], ...], _named),
        (Meanings, _meanings),
        (Figure | None, _figure),
        (Expression | None, structure[Expression]),
        (Policy, lambda value, _: _policy(value, converter)),
    ]
    for kind, hook in special:
        converter.register_structure_hook_func(_is(kind), hook)
    for element in (Policy, Indicator, Item, Grade, Gate, Fraction):
        kind = tuple[element, ...]  # type: ignore[valid-type]  # because the element type is a value here
        converter.register_structure_hook_func(_is(kind), listed(element, converter))
    _register_unstructuring(converter)
    return converter


def _is(kind: Any) -> Callable[[Any], bool]:
    return lambda other: bool(other == kind)


def _is_literal(kind: Any) -> bool:
    origin: object = get_origin(kind)
    return origin is Literal


def _literal_of(kind: Any) -> Any:
    """Return the literal type in `Literal[…] | None`."""
    parts = [each for each in get_args(kind) if each is not type(None)]
    return parts[0] if len(parts) == 1 and get_origin(parts[0]) is Literal else None


def _is_literals(kind: Any) -> bool:
    args = get_args(kind)
    return get_origin(kind) is tuple and len(args) == 2 and get_origin(args[0]) is Literal


def _literals(value: object, kind: Any) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise _shape("a list", value)
    return tuple(_literal(each, get_args(kind)[0]) for each in value)


def _is_ours(kind: Any) -> bool:
    bases = (Node, Policy, Field, Grade, Gate)
    return isinstance(kind, type) and issubclass(kind, bases) and kind is not Policy


def _overrides(kind: Any) -> dict[str, Any]:
    """Return how attributes are named and left out in files."""
    names = {each.name: key for key, each in keys_of(kind).items()}
    renamed = {
        name: override(rename=key, struct_hook=_within)
        if (kind, name) == (Limit, "within")
        else override(rename=key)
        for name, key in names.items()
        if key != name or (kind, name) == (Limit, "within")
    }
    return {
        **renamed,
        **{each.name: override(omit=True) for each in attrs.fields(kind) if not each.init},
    }


def _object_hook(kind: Any, converter: Converter) -> Callable[[Any, Any], Any]:
    generated = make_dict_structure_fn(
        kind, converter, _cattrs_forbid_extra_keys=True, **_overrides(kind)
    )

    def hook(value: Any, as_type: Any) -> Any:
        if isinstance(value, str) and any(sign in value for sign in FULL_WIDTH):
            raise malformed("full-width", "plain signs `,` and `:`", shown(value))
        if not isinstance(value, dict):
            raise malformed("not-a-mapping", "keys and values", shown(value))
        return generated(value, as_type)

    return hook


# unstructuring


def _register_unstructuring(converter: Converter) -> None:
    converter.register_unstructure_hook(Expression, str)
    converter.register_unstructure_hook(Range, str)
    register_classes(converter, _is_ours, keys_in_order)
    converter.register_unstructure_hook_func(
        _is(Policy), lambda value: converter.unstructure(value, unstructure_as=type(value))
    )
    loose: list[tuple[Any, Callable[[Any], Any]]] = [
        (Amounts, plain),
        (Fraction | Literal["none"] | None, _number_written),
        (Points | None, _number_written),
        (Fraction | Literal["full", "zero"] | None, _number_written),
        (Empty | None, _number_written),
        (Fraction | Expression | None, _number_written),
        (Times | None, _times_written),
        (Period | None, str),
        (Given, lambda value: {each: _evidence_written(own, converter) for each, own in value}),
        (tuple[tuple[str, Expression], ...], lambda value: {n: str(each) for n, each in value}),
        (Meanings, lambda value: {name: _number_written(each) for name, each in value}),
        (Figure | None, lambda value: value.plain),
        (Fraction | tuple[tuple[str, Fraction], ...] | None, _edges_written),
        (tuple[tuple[str, Field], ...], lambda value: _evidence_written(value, converter)),
    ]
    for kind, hook in loose:
        converter.register_unstructure_hook_func(_is(kind), hook)


def _object_writer(
    kind: Any, converter: Converter, order: Callable[[type], Sequence[str]]
) -> Callable[[Any], dict[str, Any]]:
    overrides = _overrides(kind)
    if kind is Limit:
        written = override(rename="limit", unstruct_hook=lambda each: str(each or "none"))
        overrides["within"] = written
    generated = make_dict_unstructure_fn(kind, converter, _cattrs_omit_if_default=True, **overrides)
    keys = order(kind)

    def write(value: Any) -> dict[str, Any]:
        data: dict[str, Any] = generated(value)
        return {key: data[key] for key in keys if key in data}

    return write


def keys_in_order(*kinds: type) -> tuple[str, ...]:
    """Return the keys of a node, rule, grade, gate or field in the order of a file.

    Of several kinds: the keys that any of them has.
    """
    own = ((kind, each) for kind in kinds for each in attrs.fields(kind) if each.init)
    keys = dict.fromkeys(_key_of(kind, each.name) for kind, each in own)
    kind = kinds[0]
    if issubclass(kind, Policy | Gate):
        asides = [key for key in ("says", "source", "reason", "provenance") if key in keys]
        rest = [key for key in keys if key not in ("id", *asides)]
        return ("id", *rest, *asides)
    first: tuple[str, ...] = ("stars", "grade", "from", "up_to", "when", "minima", "maxima")
    if not issubclass(kind, Grade):
        told = ("title", "code", "source", "provenance", "note")
        first = ("rubric", "id", "version", "language", *told) if issubclass(kind, Node) else ()
    order = {key: place for place, key in reversed([*enumerate((*first, *_ORDER))])}
    return tuple(sorted(keys, key=lambda key: order.get(key, order["evidence"])))


#: The order of keys in a file; keys that are not named stand where `evidence` does.
_ORDER = (
    *("rubric", "id", "version", "language", "title", "stars", "grade", "from", "code", "total"),
    *("clip", "places", "for", "points", "weight", "out_of", "start", "baseline", "combine"),
    *("drop", "step", "missing", "need", "empty", "not_applicable", "bonus", "bonus_up_to"),
    *(
        "methods",
        "given",
        "values",
        "each",
        "where",
        "weigh",
        "evidence",
        "rules",
        "grades",
        "otherwise",
        "gates",
        "note",
        "says",
        "source",
        "reason",
    ),
    *("provenance", "indicators", "items"),
)


def _number_written(value: object) -> object:
    if isinstance(value, Expression):
        return str(value)
    return number_text(value) if isinstance(value, Fraction) else value


def _times_written(value: Any) -> object:
    if isinstance(value, tuple):
        return {str(when): str(each) for when, each in value}
    return str(value)


def _edges_written(value: Any) -> object:
    if isinstance(value, tuple):
        return {name: number_text(each) for name, each in value}
    return _number_written(value)


def _values_written(value: Any) -> object:
    if all(title is None for _, title in value):
        return [name for name, _ in value]
    return {name: None if title is None else title.plain for name, title in value}


def _evidence_written(value: Any, converter: Converter) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for name, each in value:
        options = converter.unstructure(each, unstructure_as=type(each))
        if not options:
            written[name] = each.type
        elif list(options) == ["title"]:
            written[name] = [each.type, options["title"]]
        else:
            written[name] = {"type": each.type, **options}
    return written


class Flow(dict[str, Any]):
    """A mapping written on one line."""


class FlowList(list[Any]):
    """A list written on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes rules and fields on one line each, and numbers without quotes."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _represent_text(dumper: Any, text: str) -> Any:
    number = exact_number(text)
    if text in ("true", "false") or (number is not None and number_text(number) == text):
        tag = dumper.resolve(yaml.ScalarNode, text, (True, False))
        return dumper.represent_scalar(tag, text)
    return dumper.represent_str(text)


_Dumper.add_representer(
    Flow,
    lambda dumper, data: dumper.represent_mapping(
        "tag:yaml.org,2002:map", data.items(), flow_style=True
    ),
)
_Dumper.add_representer(str, _represent_text)

_Dumper.add_representer(
    FlowList,
    lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True),
)

_ONE_LINE = frozenset({"rules", "grades", "gates", "group"})


def _flowing(data: Any, key: str = "") -> Any:
    """Mark the mappings and lists that are written on one line: rules, grades, fields."""
    if isinstance(data, dict):
        if key in ("title", "field"):
            return Flow(data)
        below = "field" if key == "evidence" else ""
        return {name: _flowing(each, below or name) for name, each in data.items()}
    if isinstance(data, list):
        if key in ("methods", "field"):
            return FlowList(data)
        return [Flow(each) if key in _ONE_LINE else _flowing(each) for each in data]
    return data
