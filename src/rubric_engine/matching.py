"""Which things of two lists belong together, and which of them were moved.

For what has no name that must be kept: rules, gates, grades.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Sequence
from functools import cache
from typing import Any

from attrs import Attribute, Factory

from rubric_engine.files import keys_of

__all__ = ["ALIKE", "MOST_COMPARED", "attributes", "likeness", "moved_places", "old_places"]

#: From this likeness on, a thing is held to be another one that was changed.
ALIKE = 0.5
#: More than so many things of a list, with nothing to tell them apart, are not held against
#: each other.
MOST_COMPARED = 100


def attributes(thing: object) -> tuple[tuple[str, str, object], ...]:
    """Return the attributes of a thing's class: key in a file, name, and default."""
    kind: Any = type(thing)
    return _attributes(kind)


@cache
def _attributes(owner: type) -> tuple[tuple[str, str, object], ...]:
    return tuple((key, each.name, _default(each)) for key, each in keys_of(owner).items())


def _default(attribute: Attribute[Any]) -> object:
    default = attribute.default
    return () if isinstance(default, Factory) else default  # type: ignore[arg-type]  # because attrs types it as a function


def likeness(one: object, other: object) -> float:
    """Return how much two things of a class have in common, from 0 to 1.5 for equal ones.

    That is the share of what is stated in either that is equal, and half the share that is
    stated in both.
    """
    stated = same = both = 0
    for _, name, default in attributes(one):
        first, second = getattr(one, name), getattr(other, name)
        if name == "id" or (first == default and second == default):
            continue
        stated += 1
        same += first == second
        both += default not in (first, second)
    return (same + both / 2) / stated if stated else 1.0


def _repr(thing: object) -> Hashable:
    return repr(thing)


def old_places(
    old: Sequence[Any], new: Sequence[Any], names: Sequence[Callable[[Any], Hashable]]
) -> dict[int, int]:
    """Return the old position of each new thing that is held to be the same.

    Things are matched by their names, then where they are equal, then by likeness.
    """
    pairs: dict[int, int] = {}
    for name in (*names, _repr):
        places: dict[Hashable, list[int]] = {}
        taken = set(pairs.values())
        for place, each in enumerate(old):
            if place not in taken and name(each) is not None:
                places.setdefault(name(each), []).append(place)
        for place, each in enumerate(new):
            known = places.get(name(each)) if place not in pairs else None
            if known:
                pairs[place] = known.pop(0)
    taken = set(pairs.values())
    lost = [place for place in range(len(old)) if place not in taken][:MOST_COMPARED]
    came = [place for place in range(len(new)) if place not in pairs][:MOST_COMPARED]
    likely = [
        (likeness(old[before], new[after]), -abs(after - before), -before, -after)
        for before in lost
        for after in came
        if type(old[before]) is type(new[after])
    ]
    for share, _, before, after in sorted(likely, reverse=True):
        if share >= ALIKE and -before in lost and -after not in pairs:
            pairs[-after] = -before
            lost.remove(-before)
    return pairs


def moved_places(order: Sequence[int]) -> set[int]:
    """Return the places that must move so that the rest is in order, as few as can be."""
    ends: list[int] = []
    at_end: list[int] = []
    before: list[int | None] = []
    for place, number in enumerate(order):
        length = bisect_left(ends, number)
        before.append(at_end[length - 1] if length else None)
        if length == len(ends):
            ends.append(number)
            at_end.append(place)
        else:
            ends[length], at_end[length] = number, place
    kept: set[int] = set()
    last = at_end[-1] if at_end else None
    while last is not None:
        kept.add(last)
        last = before[last]
    return set(range(len(order))) - kept
