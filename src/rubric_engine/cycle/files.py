"""Cycles as files, checked as strictly as a rubric: every problem at once, with its place.

The file `cycle.yaml` stands in the folder of a rubric. Whatever it does not say has the
default of `settings`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from os import PathLike
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs
from cattrs import Converter

from rubric_engine.checks import check_name
from rubric_engine.cycle.settings import (
    STEPS,
    Award,
    Consultation,
    Cycle,
    History,
    Places,
    Publicity,
    Review,
    Sample,
    Tolerance,
)
from rubric_engine.errors import (
    AtKey,
    InvalidCycle,
    InvalidRubric,
    Problem,
    nearest_name,
)
from rubric_engine.exact import number_text
from rubric_engine.expression import is_identifier
from rubric_engine.fields import shown
from rubric_engine.files import (
    Flow,
    FlowList,
    by_name,
    digest_of,
    in_order,
    json_text,
    keys_in,
    keys_of,
    listed,
    load,
    plain_converter,
    register_classes,
    structured,
    yaml_text,
)
from rubric_engine.grading import UNRATED
from rubric_engine.library import FILE as RUBRIC_FILE
from rubric_engine.library import find_file, is_path
from rubric_engine.model import FORMAT, Rubric
from rubric_engine.reading import content_of, read
from rubric_engine.words import Words

__all__ = [
    "FILE",
    "check_cycle",
    "checked",
    "cycle_digest",
    "cycle_to_plain",
    "dumps_cycle",
    "load_cycle",
    "loads_cycle",
]

#: What the file is called beside its rubric.
FILE = "cycle.yaml"
#: A file of a cycle has at most so many keys and values.
MOST_VALUES = 10_000
#: Results can be objected to for at most so many days: ten years.
MOST_DAYS = 3_650

_CLASSES = (*(Cycle, Review, Sample, Tolerance, Consultation, Publicity, History, Places, Award),)


def load_cycle(name_or_path: str | PathLike[str], *, rubric: Rubric | None = None) -> Cycle:
    """Load the cycle of an installed rubric by its name, or a file or folder by its path.

    What is a path and what a name is told as by `load`. The cycle is checked against
    `rubric`; where none is given, against the `rubric.yaml` beside the file, if there is one.
    Raises `UnknownRubric` if there is no such rubric or file, `InvalidRubric` if the rubric
    beside it cannot be used, and `InvalidCycle` with all problems of the cycle.

    >>> load_cycle("dongcheng-community").review.all
    ('5', '4')
    """
    file = find_file(name_or_path, FILE, "a file of a cycle")
    if rubric is None and not is_path(name_or_path):
        rubric = load(name_or_path)
    elif rubric is None and isinstance(file, Path) and (file.parent / RUBRIC_FILE).is_file():
        rubric = load(file.parent / RUBRIC_FILE)
    return _loaded(content_of(file), str(name_or_path), rubric)


def loads_cycle(text: str | bytes, *, rubric: Rubric | None = None) -> Cycle:
    """Load a cycle from YAML or JSON text, checked against a rubric if one is given.

    Raises `InvalidCycle` with every problem: code, path, line, column, what was expected and
    the nearest known name.

    >>> loads_cycle("{cycle: a-year, publicity: {days: 5}}").publicity.days
    5
    """
    return _loaded(text, None, rubric)


def dumps_cycle(cycle: Cycle, *, format: Literal["yaml", "json"] = "yaml") -> str:
    """Write a cycle as text that `loads_cycle` reads to an equal cycle."""
    data = cycle_to_plain(cycle)
    if format == "json":
        return json_text(data)
    return yaml_text({key: _flowing(each, key) for key, each in data.items()})


def cycle_to_plain(cycle: Cycle) -> dict[str, Any]:
    """Return a cycle as the plain values of its file, without what is as by default."""
    data: dict[str, Any] = _converter().unstructure(cycle, unstructure_as=Cycle)
    return {"format": str(FORMAT), **data}


def cycle_digest(cycle: Cycle) -> str:
    """Return a digest of a cycle's settings: equal cycles have equal digests."""
    return digest_of(cycle_to_plain(cycle))


def checked(cycle: Cycle, rubric: Rubric | None = None) -> Cycle:
    """Return a cycle that is in order; raises `InvalidCycle` with all its problems."""
    problems = check_cycle(cycle, rubric)
    if problems:
        raise InvalidCycle(problems)
    return cycle


def check_cycle(cycle: Cycle, rubric: Rubric | None = None) -> list[Problem]:
    """Return what is wrong with a cycle, and with a rubric what does not fit that.

    Paths are those of the file, `$.awards[0].quota.share`. Values of wrong types are told
    alone: what they would mean is not looked at.

    >>> [each.code for each in check_cycle(Cycle(name="a-year", publicity=Publicity(days=-1)))]
    ['out-of-range']
    """
    mistyped = list(_mistyped(cycle, Cycle, "$"))
    if mistyped:
        return mistyped
    found: list[Problem] = []
    check_name(cycle.name, "$.cycle", found.append)
    for check in (_head, _steps, _review, _consultation, _history, _awards):
        found += check(cycle)
    if rubric is not None:
        found += _beside(cycle, rubric)
    return found


# reading


def _loaded(content: str | bytes, file: str | None, rubric: Rubric | None) -> Cycle:
    document, problems = read(content, MOST_VALUES)
    cycle = None
    if document is not None:
        data = keys_in(document, "the keys of a cycle")
        if isinstance(data, Problem):
            wrong = [data]
        else:
            cycle, wrong = structured(data, Cycle, _converter())
            known = cycle, frozenset[str]()
            if cycle is None:
                known = _rest(data, wrong)
            wrong += [] if known[0] is None else _sensed(known[0], rubric, known[1])
        problems += [document.placed(each, _at(each)) for each in wrong]
    if cycle is None or problems:
        raise InvalidCycle(in_order(problems, file))
    return cycle


def _at(problem: Problem) -> int | None:
    """Return where in the text of its place a problem is: a step is the key itself."""
    return AtKey(0) if problem.code == "unknown-step" else None


def _rest(data: Mapping[str, Any], wrong: Iterable[Problem]) -> tuple[Cycle | None, frozenset[str]]:
    """Return the cycle without the keys whose values cannot be read, and those keys.

    So that whoever mends a file sees at once what else is wrong with it.
    """
    keys = {re.split(r"[.\[]", each.path.removeprefix("$").removeprefix("."))[0] for each in wrong}
    keys |= {"cycle"} if "" in keys else set()
    # Which roles there are is not known then.
    keys |= {"local"} if "roles" in keys else set()
    kept = {key: each for key, each in data.items() if key not in keys}
    if "cycle" in keys:
        kept["cycle"] = "unknown"
    return structured(kept, Cycle, _converter())[0], frozenset(keys)


def _sensed(cycle: Cycle, rubric: Rubric | None, without: frozenset[str]) -> list[Problem]:
    """Return what is wrong with a cycle besides what is under these keys."""
    found = check_cycle(cycle, rubric)
    return [each for each in found if re.split(r"[.\[]", each.path[2:])[0] not in without]


@cache
def _converter() -> Converter:
    converter = plain_converter()
    register_classes(converter, lambda kind: kind in _CLASSES, lambda kind: tuple(keys_of(kind)))
    converter.register_structure_hook_func(
        _is_list,
        lambda value, kind: listed(get_args(kind)[0], converter)(value, kind),
    )
    for kind in (int, Fraction, Sample, Places):
        _let_be_none(converter, kind)
    # By their own hooks, before `none` is let in.
    read_tolerance = converter.get_structure_hook(Tolerance)
    write_tolerance = converter.get_unstructure_hook(Tolerance)
    none = Tolerance(points=None, grades=None)
    about, roles = _kind_of(Consultation, "about"), _kind_of(Cycle, "roles")
    hooks: list[tuple[Any, Callable[[Any, Any], Any], Callable[[Any], Any]]] = [
        (
            Tolerance,
            lambda value, kind: none if value == "none" else read_tolerance(value, kind),
            lambda value: "none" if value == none else write_tolerance(value),
        ),
        (
            about,
            lambda value, _: _about(value, converter),
            lambda value: value if isinstance(value, str) else list(value),
        ),
        (
            roles,
            lambda value, _: _roles(value, converter),
            lambda value: {step: _names_written(names) for step, names in value},
        ),
        (tuple[str, ...], lambda value, _: _names(value, converter), _names_written),
    ]
    for kind, read_as, write_as in hooks:
        converter.register_structure_hook_func(_is(kind), read_as)
        converter.register_unstructure_hook_func(_is(kind), write_as)
    converter.register_structure_hook_func(
        _is(Places | None), lambda value, _: _quota(value, converter)
    )
    converter.register_structure_hook_func(
        _is(_kind_of(Consultation, "departments")), lambda value, _: _titled(value, converter)
    )
    return converter


def _is(kind: Any) -> Callable[[Any], bool]:
    return lambda other: bool(other == kind)


def _is_list(kind: Any) -> bool:
    origin: object = get_origin(kind)
    return origin is tuple and get_args(kind)[-1] is Ellipsis


def _kind_of(owner: type, key: str) -> Any:
    return keys_of(owner)[key].type


def _let_be_none(converter: Converter, kind: Any) -> None:
    """Let a value be None, which is `none` in a file."""

    def structure(value: object, _: object) -> Any:
        if isinstance(value, str) and value == "none":
            return None
        try:
            return converter.structure(value, kind)
        except InvalidRubric as error:
            problems = [
                attrs.evolve(each, expected=f"{each.expected} or `none`") if not each.path else each
                for each in error.problems
            ]
            raise InvalidRubric(problems) from error

    def unstructure(value: Any) -> Any:
        return "none" if value is None else converter.unstructure(value, unstructure_as=kind)

    converter.register_structure_hook_func(_is(kind | None), structure)
    converter.register_unstructure_hook_func(_is(kind | None), unstructure)


def _names(value: object, converter: Converter) -> tuple[str, ...]:
    return (str(value),) if isinstance(value, str) else listed(str, converter)(value, None)


def _names_written(names: tuple[str, ...]) -> object:
    return names[0] if len(names) == 1 else list(names)


def _titled(value: object, converter: Converter) -> tuple[tuple[str, Words | None], ...]:
    if isinstance(value, dict):
        return by_name(
            value, lambda title: None if title is None else converter.structure(title, Words)
        )
    return tuple((name, None) for name in listed(str, converter)(value, None))


def _quota(value: object, converter: Converter) -> Places | None:
    if isinstance(value, str) and value == "none":
        return None
    if isinstance(value, dict) and "places" in value and "share" not in value:
        stated = [key for key in ("of", "rounding") if key in value]
        if stated:
            raise InvalidRubric([_of_no_share(key) for key in stated])
    return converter.structure(value, Places)


def _of_no_share(path: str) -> Problem:
    return Problem("conflicting-keys", path, "`share` beside it", "`places`")


def _about(value: object, converter: Converter) -> Any:
    if isinstance(value, list):
        return tuple(listed(str, converter)(value, None))
    if isinstance(value, str) and value in ("all", "reviewed"):
        return str(value)
    near = nearest_name(value, ("all", "reviewed")) if isinstance(value, str) else None
    expected = "all, reviewed or a list of grades"
    raise InvalidRubric([Problem("unknown-value", "", expected, shown(value), near)])


def _roles(value: object, converter: Converter) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise InvalidRubric([Problem("not-a-mapping", "", "roles by steps", shown(value))])
    return by_name(value, lambda names: converter.structure(names, tuple[str, ...]))


# writing


#: Mappings whose keys stand below each other.
_BELOW_EACH_OTHER = frozenset({"consultation", "roles", "source", "note"})


def _flowing(data: Any, key: str) -> Any:
    """Mark what is written on one line: awards, and mappings and lists below them."""
    if key == "awards":
        return [Flow(each) for each in data]
    if isinstance(data, dict):
        inner = any(isinstance(each, dict) for each in data.values())
        below = {name: _flowing(each, name) for name, each in data.items()}
        return below if inner or key in _BELOW_EACH_OTHER else Flow(below)
    return FlowList(data) if isinstance(data, list) else data


# the types of values that were made in Python


def _mistyped(value: object, kind: Any, path: str) -> Iterator[Problem]:
    """Yield where values are not of the types of their attributes."""
    args = get_args(kind)
    if get_origin(kind) in (Union, UnionType):
        yield from _in_none(value, args, path)
    elif get_origin(kind) is Literal:
        if not (isinstance(value, str) and value in args):
            near = nearest_name(value, args) if isinstance(value, str) else None
            yield Problem("unknown-value", path, "one of " + ", ".join(args), shown(value), near)
    elif get_origin(kind) is tuple:
        long = args[-1] is Ellipsis
        if not isinstance(value, tuple) or not (long or len(value) == len(args)):
            yield Problem("wrong-type", path, "a tuple" if long else "a pair", shown(value))
        else:
            kinds = args[:1] * len(value) if long else args
            for place, (each, own) in enumerate(zip(value, kinds, strict=True)):
                yield from _mistyped(each, own, f"{path}[{place}]")
    elif not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        yield Problem("wrong-type", path, f"a value of the type {kind.__name__}", shown(value))
    elif kind in _CLASSES:
        for key, attribute in keys_of(kind).items():
            yield from _mistyped(getattr(value, attribute.name), attribute.type, f"{path}.{key}")


def _in_none(value: object, kinds: Iterable[Any], path: str) -> Iterator[Problem]:
    """Yield what is wrong with a value that may be of several types: the least of it."""
    if value is None and NoneType in kinds:
        return
    tried = [list(_mistyped(value, each, path)) for each in kinds if each is not NoneType]
    if [] not in tried:
        yield from max(tried, key=lambda each: len(each[0].path))


# what the form cannot say


def _head(cycle: Cycle) -> Iterator[Problem]:
    if cycle.rubric is not None:
        found: list[Problem] = []
        check_name(cycle.rubric, "$.rubric", found.append)
        yield from found
    yield from _once(cycle.authority, "$.authority", least=1)
    yield from _once(cycle.order, "$.order", least=2)
    yield from _once(cycle.improvement, "$.improvement")


def _steps(cycle: Cycle) -> Iterator[Problem]:
    seen = set()
    for step, roles in cycle.roles:
        path = f"$.roles.{step[:200]}"
        if step not in STEPS:
            expected = "one of " + ", ".join(STEPS)
            yield Problem("unknown-step", path, expected, step[:60], nearest_name(step, STEPS))
        elif step in seen:
            yield Problem("duplicate-key", path, "each step once", step)
        seen.add(step)
        yield from _once(roles, path, least=1)
        for place, role in enumerate(roles):
            yield from _id(role, f"{path}[{place}]")
    yield from _once(cycle.local, "$.local")
    known = cycle.known_roles
    for place, role in enumerate(cycle.local):
        if role not in known:
            expected = "a role of a step: one of " + ", ".join(known)
            near = nearest_name(role, known)
            yield Problem("unknown-name", f"$.local[{place}]", expected, role[:60], near)


def _review(cycle: Cycle) -> Iterator[Problem]:
    review = cycle.review
    yield from _once(review.all, "$.review.all")
    if review.sample is not None:
        yield from _within(review.sample.share, "$.review.sample.share", 0, 1)
        yield from _within(review.sample.least, "$.review.sample.least", 0)
    yield from _within(review.tolerance.points, "$.review.tolerance.points", 0)
    yield from _within(review.tolerance.grades, "$.review.tolerance.grades", 0)
    yield from _within(review.queue_after, "$.review.queue_after", 1)


def _consultation(cycle: Cycle) -> Iterator[Problem]:
    departments = cycle.consultation.departments
    path, seen = "$.consultation.departments", set()
    titled = any(title is not None for _, title in departments)
    for place, (name, _) in enumerate(departments):
        where = f"{path}.{name[:200]}" if titled else f"{path}[{place}]"
        yield from _id(name, where)
        if name in seen:
            yield Problem("duplicate-id", where, "each department once", name[:60])
        seen.add(name)
    about = cycle.consultation.about
    if not isinstance(about, str):
        yield from _once(about, "$.consultation.about", least=1)


def _history(cycle: Cycle) -> Iterator[Problem]:
    yield from _within(cycle.publicity.days, "$.publicity.days", 0, MOST_DAYS)
    yield from _within(cycle.history.up, "$.history.up", 0)
    yield from _within(cycle.history.down, "$.history.down", 0)
    yield from _within(cycle.history.add, "$.history.add", 0)


def _awards(cycle: Cycle) -> Iterator[Problem]:
    seen = set()
    for place, award in enumerate(cycle.awards):
        path = f"$.awards[{place}]"
        yield from _id(award.id, f"{path}.id")
        if award.id in seen:
            yield Problem("duplicate-id", f"{path}.id", "each award once", award.id[:60])
        seen.add(award.id)
        yield from _once(award.grades, f"{path}.grades", least=1)
        yield from _once(award.order, f"{path}.order", least=2)
        if award.quota is not None:
            yield from _places(award.quota, f"{path}.quota")


def _places(quota: Places, path: str) -> Iterator[Problem]:
    yield from _within(quota.share, f"{path}.share", 0, 1)
    yield from _within(quota.places, f"{path}.places", 0)
    if quota.share is not None and quota.places is not None:
        yield Problem("conflicting-keys", f"{path}.places", "`share` or `places`, one of them")
    elif quota.share is None and quota.places is None:
        yield Problem("missing-key", path, "`share` or `places`")
    elif quota.share is None:
        defaults = Places()
        for key in ("of", "rounding"):
            if getattr(quota, key) != getattr(defaults, key):
                yield _of_no_share(f"{path}.{key}")


def _id(text: str, path: str) -> Iterator[Problem]:
    if not is_identifier(text):
        expected = "letters, digits and `_`, not beginning with a digit, and no keyword"
        yield Problem("bad-id", path, expected, text[:60])


def _once(values: tuple[str, ...], path: str, least: int = 0) -> Iterator[Problem]:
    """Yield what stands twice in a list, and whether there is too little in it."""
    seen = set()
    for place, each in enumerate(values):
        if each in seen:
            yield Problem("duplicate-value", f"{path}[{place}]", "each of them once", each[:60])
        seen.add(each)
    if not values and least == 1:
        yield Problem("empty", path, "one at least")
    elif len(seen) < least:
        yield Problem("too-few", path, f"all {least} of them", ", ".join(values) or "nothing")


def _within(
    number: Fraction | int | None, path: str, low: int, high: int | None = None
) -> Iterator[Problem]:
    if number is not None and (number < low or (high is not None and number > high)):
        expected = f"at least {low}" if high is None else f"{low} to {high:,}"
        yield Problem("out-of-range", path, expected, number_text(Fraction(number))[:60])


# what must fit the rubric


def _beside(cycle: Cycle, rubric: Rubric) -> Iterator[Problem]:
    """Yield what does not fit a rubric: its name, and the grades that are named."""
    if cycle.rubric not in (None, rubric.name):
        expected = f"`{rubric.name}`, the name of the rubric"
        yield Problem("unknown-name", "$.rubric", expected, str(cycle.rubric)[:60])
    if not rubric.grades:
        yield Problem("missing-key", "$.rubric", "`grades` in the rubric")
        return
    names = {str(each.stars): each.name for each in rubric.grades if each.stars is not None}
    names |= {each.name: each.name for each in rubric.grades}
    named = {
        "$.review.all": cycle.review.all,
        "$.improvement": cycle.improvement,
        **{f"$.awards[{place}].grades": each.grades for place, each in enumerate(cycle.awards)},
    }
    if not isinstance(cycle.consultation.about, str):
        named["$.consultation.about"] = cycle.consultation.about
    for path, grades in named.items():
        allowed = {**names, UNRATED: UNRATED} if path == "$.review.all" else names
        yield from _grades(grades, path, allowed)


def _grades(grades: tuple[str, ...], path: str, names: Mapping[str, str]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for place, each in enumerate(grades):
        where = f"{path}[{place}]"
        if each not in names:
            expected = "one of " + ", ".join(names)
            yield Problem("unknown-grade", where, expected, each[:60], nearest_name(each, names))
        elif seen.setdefault(names[each], each) != each:
            found = f"{each}, which is {seen[names[each]]}"
            yield Problem("duplicate-value", where, "each grade once", found[:60])
