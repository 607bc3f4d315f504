"""Broken trees: a document read as plain values, changed in a few places, written again.

Everything is drawn from a `random.Random`, so that the fuzzer (a seed for each input) and
Hypothesis (which shrinks the draws) share it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import yaml

#: Text that has broken readers of numbers, names, dates and lists before, or might.
SCALARS = (
    *("", " ", "0", "-0", "1", "-1", "2", "3", "5", "10", "100", "0.1", "0.5", "1/3", "-1/3"),
    *("1/0", "00", "1.", ".5", "1e3", "1e999999999", "0x10", "1_000", "١", "１", "½", "²", "∞"),
    *("NaN", "nan", "inf", "-Infinity", "9" * 15, "9" * 18, "9" * 19, "9" * 400),
    *("0." + "0" * 17 + "1", "4611686018427387904", "9223372036854775807", "1/" + "9" * 18),
    *("true", "false", "True", "yes", "no", "null", "~", "none", "full", "skip", "zero", "beside"),
    *("missing", "unrated", "urban", "a", "b", "c", "x", "total", "ok", "plan", "plan.missing"),
    *("0..10", "..", "1..", "..1", "5..1", "0..1000000", "0.5..2", "-5..5", "0..0", "1..1"),
    *("2026-11-24", "2026-02-30", "0000-00-00", "1900-01-01", "2199-12-31", "2 years", "13 months"),
    *("a;b", ";", "a;;b", "a;a", "1;2;3", "[]", "{}", "[1]", "=1+1", "@x", "+1", "-a", "\t", "\n"),
    *("\u202e", "\u200d", "\u0301", "\ufeff", "ﬁ", "计划", "缺少", "，", "：", "e\u0301", "𝒙"),
    *("🙂", "__class__", "lambda", "and", "x.y.z", "s0", "f0", "found", "sheet", "K0", "v0"),
    *("mean", "median", "sum", "lowest", "highest", "trimmed", "geometric", "rescale", "refuse"),
    *("flag", "count", "number", "share", "choice", "checklist", "amount", "text", "date", "rows"),
    *("half_up", "floor", "ceiling", "once", "add", "multiply", "required", "documents", "level"),
    *("max(missing, 1)", "missing / 3 > 1", "known(x)", "default(x, 0)", "rows(cases)", "so_far"),
    *("2 ** missing", "x + y", "stars(a)", "count(cases, late)", "sum(cases, cost)", "a" * 101),
)

#: The largest tree that is changed, in values; larger ones are cut.
MOST_VALUES = 3_000
#: How deep a tree is nested on purpose.
DEEPEST = 140

Path = tuple[Any, ...]


def read(text: str) -> Any:
    """Return a document as dicts, lists and text; None where it is none, or has aliases.

    Those would make trees without end, which the library never sees.
    """
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        if any(isinstance(each, yaml.AliasEvent) for each in yaml.parse(text, Loader=loader)):
            return None
        return yaml.load(text, Loader=loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def written(tree: Any, random: Random) -> str:
    """Write a tree as YAML, or as JSON, which is read by the same reader."""
    try:
        if random.random() < 0.3:
            plain, indent = random.random() < 0.3, random.choice([None, 1])
            return json.dumps(tree, ensure_ascii=plain, indent=indent)
        dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
        return str(yaml.dump(tree, Dumper=dumper, allow_unicode=True, sort_keys=False, width=1000))
    except (yaml.YAMLError, RecursionError):
        return "{}"


def places(tree: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every value of a tree, so many at most."""
    waiting = [(tree, path)]
    count = 0
    while waiting and count < MOST_VALUES:
        value, path = waiting.pop()
        count += 1
        yield path
        if isinstance(value, dict):
            waiting += [(each, (*path, key)) for key, each in value.items()]
        elif isinstance(value, list):
            waiting += [(each, (*path, number)) for number, each in enumerate(value)]


def at(tree: Any, path: Path) -> Any:
    """Return the value at a path."""
    for step in path:
        tree = tree[step]
    return tree


def mutated(tree: Any, random: Random, donors: list[Any] | None = None, most: int = 4) -> Any:
    """Return a copy of a tree with a few changes; `donors` are trees to take parts of."""
    tree = copied(tree)
    for _ in range(random.randint(1, most)):
        change = random.choice(_CHANGES)
        tree = change(tree, random, donors or [tree])
    return tree


def copied(tree: Any) -> Any:
    """Return a copy that shares nothing."""
    if isinstance(tree, dict):
        return {key: copied(each) for key, each in tree.items()}
    if isinstance(tree, list):
        return [copied(each) for each in tree]
    return tree


def _place(tree: Any, random: Random) -> Path:
    return random.choice(list(places(tree)))


def _put(tree: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    at(tree, path[:-1])[path[-1]] = value
    return tree


def _scalar(tree: Any, random: Random, donors: list[Any]) -> Any:
    """Put an odd text where some value stands."""
    return _put(tree, _place(tree, random), random.choice(SCALARS))


def _leaf(tree: Any, random: Random, donors: list[Any]) -> Any:
    """Put an odd text where a text stands."""
    leaves = [path for path in places(tree) if isinstance(at(tree, path), str)]
    return _put(tree, random.choice(leaves), random.choice(SCALARS)) if leaves else tree


def _part(tree: Any, random: Random, donors: list[Any]) -> Any:
    """Put a part of this or another tree where some value stands."""
    donor = random.choice(donors)
    return _put(tree, _place(tree, random), copied(at(donor, _place(donor, random))))


def _like(tree: Any, random: Random, donors: list[Any]) -> Any:
    """Put what stands under the same key elsewhere."""
    donor = random.choice(donors)
    path = _place(tree, random)
    if not path:
        return tree
    same = [each for each in places(donor) if each and each[-1] == path[-1]]
    return _put(tree, path, copied(at(donor, random.choice(same)))) if same else tree


def _swapped(tree: Any, random: Random, donors: list[Any]) -> Any:
    """Swap two values, neither of which holds the other."""
    one, other = _place(tree, random), _place(tree, random)
    shorter = min(len(one), len(other))
    if one[:shorter] == other[:shorter]:
        return tree
    left, right = at(tree, one), at(tree, other)
    return _put(_put(tree, one, right), other, left)


def _dropped(tree: Any, random: Random, donors: list[Any]) -> Any:
    """Take a value away."""
    path = _place(tree, random)
    if path:
        del at(tree, path[:-1])[path[-1]]
    return tree


def _doubled(tree: Any, random: Random, donors: list[Any]) -> Any:
    """Put an entry of a list there twice."""
    lists = [path for path in places(tree) if isinstance(at(tree, path), list) and at(tree, path)]
    if lists:
        entries = at(tree, random.choice(lists))
        entries.insert(random.randint(0, len(entries)), copied(random.choice(entries)))
    return tree


def _keyed(tree: Any, random: Random, donors: list[Any]) -> Any:
    """Give a mapping one more key, with what stands under it elsewhere."""
    donor = random.choice(donors)
    below = [path for path in places(donor) if path and isinstance(path[-1], str)]
    mappings = [path for path in places(tree) if isinstance(at(tree, path), dict)]
    if below and mappings:
        path = random.choice(below)
        at(tree, random.choice(mappings))[path[-1]] = copied(at(donor, path))
    return tree


def _renamed(tree: Any, random: Random, donors: list[Any]) -> Any:
    """Give a key of a mapping another name."""
    found = [at(tree, path) for path in places(tree)]
    mappings = [each for each in found if isinstance(each, dict) and each]
    if mappings:
        mapping = random.choice(mappings)
        key = random.choice(list(mapping))
        mapping[random.choice(SCALARS)] = mapping.pop(key)
    return tree


def _wrapped(tree: Any, random: Random, donors: list[Any]) -> Any:
    """Nest a value in lists or mappings, a few or very many."""
    path = _place(tree, random)
    value = at(tree, path)
    for _ in range(random.choice([1, 1, 2, 3, DEEPEST])):
        key = random.choice(["a", "items", "group", None])
        value = [value] if key is None else {key: value}
    return _put(tree, path, value)


def _nothing(tree: Any, random: Random, donors: list[Any]) -> Any:
    """Put nothing, or something empty, where a value stands."""
    return _put(tree, _place(tree, random), random.choice([None, [], {}, [None], [[]]]))


_CHANGES: tuple[Callable[[Any, Random, list[Any]], Any], ...] = (
    *(_scalar, _leaf, _leaf, _leaf, _part, _part, _like, _like, _like, _swapped),
    *(_dropped, _dropped, _doubled, _keyed, _keyed, _renamed, _wrapped, _nothing),
)
