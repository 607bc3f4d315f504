"""Fields and sheets of the reference interpreter: what a finding is, and what is there."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from oracle_numbers import ZERO, day, is_number, number

Value = Any  # Fraction, bool, date, Level, Readings, a frozenset of texts, a list of rows, or None
Node = dict[str, Any]


class Level(str):
    """The value of a choice, and the amount that it means where a number is expected."""

    __slots__ = ("amount",)
    amount: Fraction | None

    def __new__(cls, value: str, amount: Fraction | None = None) -> Level:
        """Join a value and its amount."""
        found = super().__new__(cls, value)
        found.amount = amount
        return found


class Readings(tuple[Fraction, ...]):
    """The readings of a panel that are there."""

    __slots__ = ()


def declaration(written: Any) -> Node:
    """Write the declaration of a field in its long form."""
    if isinstance(written, dict):
        return written
    return {"type": written[0]} if isinstance(written, list) else {"type": written}


def true(written: Any) -> bool:
    """Read a flag."""
    return str(written).lower() in ("true", "yes")


def is_required(field: Node) -> bool:
    """Say whether a field may not be missing."""
    return field["type"] != "text" and not true(field.get("optional")) and "none_means" not in field


def meaning(field: Node, value: str | None) -> str | None:
    """Return the meaning of a choice's value, if it has one."""
    means = {str(key): str(what) for key, what in field.get("means", {}).items()}
    return None if value is None else means.get(value)


def bare(raw: Any) -> Any:
    """Take the value out of a finding that also carries a note, a source or a method."""
    return raw.get("value") if isinstance(raw, dict) else raw


def is_sentinel(value: Any, field: Node) -> bool:
    """Say whether a value is the one that reads as missing."""
    if "absent" not in field:
        return False
    written = field["absent"]
    if is_number(value) and is_number(written):
        return number(value) == number(written)
    return str(value).lower() == str(written).lower()


def read(raw: Any, field: Node, full: Fraction | None = None) -> Value:
    """Turn a finding into a value of its field's type; None where it is not there."""
    value = bare(raw)
    if value is not None and "panel" in field:
        one = {key: what for key, what in field.items() if key != "panel"}
        readings = [read(each, one) for each in value]
        return Readings(each for each in readings if each is not None) or None
    if value is None or is_sentinel(value, field):
        return None
    kind = field["type"]
    if kind == "choice":
        return level(str(value), field, full)
    readers: dict[str, Any] = {
        "flag": lambda: value if isinstance(value, bool) else true(value),
        "checklist": lambda: frozenset(str(part) for part in value),
        "date": lambda: day(value),
        "rows": lambda: list(value),
        "text": lambda: str(value),
    }
    return readers.get(kind, lambda: number(value))()


def level(value: str, field: Node, full: Fraction | None) -> Level | None:
    """Return the value of a choice with its amount; None where it means that nothing is found."""
    means = meaning(field, value)
    if means == "missing":
        return None
    if "means" not in field:
        return Level(value)
    amount = full if means == "full" else ZERO
    return Level(value, number(means) if means is not None and is_number(means) else amount)


class Sheet:
    """The findings of one sheet, nested or flat, with the given numbers and the methods used."""

    def __init__(self, evidence: Node, given: Node | None) -> None:
        self.raw: dict[tuple[str, str], Any] = {}
        for part in (evidence, given or {}):
            for key, found in part.items():
                if "." in key:
                    owner, name = key.split(".", 1)
                    self.raw[owner, name] = found
                else:
                    self.raw |= {(key, name): one for name, one in (found or {}).items()}

    def of(self, owner: str, name: str) -> Any:
        """Return a finding as it was handed over."""
        return self.raw.get((owner, name))

    def methods(self, owner: str, fields: Node, mapped: bool) -> set[str]:
        """List the methods recorded for a node, by its findings and by the map of methods."""
        recorded = [used for name in fields for used in recorded_in(self.of(owner, name))]
        listed = self.of("methods", owner) if mapped else None
        return {*recorded, *([listed] if isinstance(listed, str) else listed or [])}


def recorded_in(raw: Any) -> Iterator[str]:
    """List the methods that a finding, or anything inside it, records."""
    if isinstance(raw, dict):
        used = raw.get("method", [])
        yield from [used] if isinstance(used, str) else used or []
        for inner in raw.values():
            yield from recorded_in(inner)
    elif isinstance(raw, list):
        for inner in raw:
            yield from recorded_in(inner)
