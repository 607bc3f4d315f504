"""Who is assessed, who acts, and what was known of a unit before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from attrs import field, frozen

from rubric_engine.errors import InvalidStep, Problem
from rubric_engine.exact import number_text
from rubric_engine.fields import shown
from rubric_engine.policies import perhaps_exactly
from rubric_engine.words import Words, words

__all__ = ["Actor", "Earlier", "Unit", "encodes", "sealed", "units_of"]


def encodes(text: str) -> bool:
    """Say whether a text can be written in UTF-8: there are none with half a surrogate pair."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def sealed(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return given numbers by their sources as mappings that cannot be changed."""
    return MappingProxyType(
        {
            name: MappingProxyType(each) if isinstance(each, dict) else each
            for name, each in _copied(given).items()
        }
    )


def _copied(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(name): dict(value) if isinstance(value, Mapping) else value
        for name, value in given.items()
    }


@frozen
class Unit:
    """A community, say: whoever is assessed, and the street that it belongs to."""

    id: str
    street: str
    #: Its type, where a rubric has different items for types: the given number `assessee.type`
    #: of a rubric that declares it, if `given` does not say it.
    type: str | None = field(default=None, kw_only=True)
    title: Words | None = field(default=None, converter=words, kw_only=True)
    #: Its own given numbers by their sources, as `evaluate` takes them.
    given: Mapping[str, Any] = field(factory=dict, converter=sealed, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data; what is not said is left out."""
        title = None if self.title is None else self.title.plain
        told = {"id": self.id, "street": self.street, "type": self.type, "title": title}
        found = {name: each for name, each in told.items() if each is not None}
        return found | ({"given": _copied(self.given)} if self.given else {})


@frozen
class Actor:
    """Who records a step, in which role."""

    #: Whoever answers for it: a name, or what a register of persons calls them.
    name: str
    role: str
    #: The street that a group or committee of a street belongs to.
    street: str | None = None
    #: The department that somebody speaks for.
    department: str | None = None

    def to_dict(self) -> dict[str, str]:
        """Return it as plain data; what is not said is left out."""
        told = {
            "name": self.name,
            "role": self.role,
            "street": self.street,
            "department": self.department,
        }
        return {name: each for name, each in told.items() if each is not None}


@frozen
class Earlier:
    """The final result of a unit in the cycle before."""

    #: The grade, by its name.
    grade: str
    #: The score, in points; None where it is not known.
    score: Fraction | None = field(default=None, converter=perhaps_exactly)
    #: The score as a share of the total of its rubric, for comparisons across versions.
    share: Fraction | None = field(default=None, converter=perhaps_exactly)
    #: The digest of its rubric; None where it is not known.
    digest: str | None = None

    def to_dict(self) -> dict[str, str]:
        """Return it as plain data; what is not known is left out."""
        told = {
            "grade": self.grade,
            "score": None if self.score is None else number_text(self.score),
            "share": None if self.share is None else number_text(self.share),
            "digest": self.digest,
        }
        return {name: each for name, each in told.items() if each is not None}


def units_of(pairs: Iterable[Unit | tuple[str, str]]) -> tuple[Unit, ...]:
    """Return units from units, or from pairs of an id and a street.

    Raises `InvalidStep` with every one that is neither (`wrong-type`).
    """
    units: list[Unit] = []
    problems: list[Problem] = []
    for place, given in enumerate(pairs):
        each: object = given
        if isinstance(each, Unit):
            units.append(each)
        elif isinstance(each, tuple | list) and len(each) == 2:
            units.append(Unit(*each))
        else:
            expected = "a Unit, or a pair of an id and a street"
            problems.append(Problem("wrong-type", f"units[{place}]", expected, shown(each)))
    if problems:
        raise InvalidStep(problems)
    return tuple(units)
