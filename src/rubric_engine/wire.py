"""Results as plain data for JSON, and back; and rules as one line of text."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from cattrs import BaseValidationError, Converter

from rubric_engine.errors import InvalidEvidence, Problem
from rubric_engine.evaluation import Evaluation, Record
from rubric_engine.exact import number_text
from rubric_engine.fields import Shown
from rubric_engine.files import rule_plain
from rubric_engine.words import Words, words

if TYPE_CHECKING:
    from rubric_engine.grading import Gate
    from rubric_engine.policies import Policy

__all__ = ["gate_text", "record_from_plain", "result_to_plain", "rule_text"]

_ASIDE = frozenset({"id", "says", "source", "reason", "provenance"})


def rule_text(rule: Policy | Gate) -> str:
    """Return a rule as one line: `deduct 0.5, per missing`."""
    data = {key: each for key, each in rule_plain(rule).items() if key not in _ASIDE}
    return ", ".join(f"{key} {_inline(each)}" for key, each in data.items())


gate_text = rule_text


def _inline(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {each}" for key, each in value.items()) + "}"
    return str(value)


def result_to_plain(result: Evaluation) -> dict[str, Any]:
    """Return a result as plain data, headed by what most readers look for."""
    record: dict[str, Any] = _converter().unstructure(result.record)
    nodes = list(record.pop("nodes").values())
    head = {
        "rubric": result.rubric,
        "version": result.version,
        "digest": result.digest,
        "score": str(result.score),
        "exact": number_text(result.exact),
        "grade": result.grade,
        "stars": result.stars,
    }
    return {**head, **record, "nodes": nodes}


def record_from_plain(data: Mapping[str, Any]) -> Record:
    """Return the record of a result; raises `InvalidEvidence` if the data is no result."""
    try:
        nodes = {str(each["id"]): each for each in data["nodes"]}
        return _converter().structure({**data, "nodes": nodes}, Record)
    except (BaseValidationError, KeyError, TypeError, ValueError) as error:
        found = type(error).__name__
        problem = Problem("wrong-type", "$", "what Evaluation.to_dict gives", found)
        raise InvalidEvidence([problem]) from error


@cache
def _converter() -> Converter:
    converter = Converter()
    converter.register_unstructure_hook(Fraction, number_text)
    converter.register_structure_hook(Fraction, lambda value, _: _fraction(value))
    converter.register_unstructure_hook(Words, lambda value: value.plain)
    converter.register_structure_hook(Words, lambda value, _: words(value))
    converter.register_unstructure_hook_func(
        lambda kind: bool(kind == Shown),
        lambda value: list(value) if isinstance(value, tuple) else value,
    )
    converter.register_structure_hook_func(
        lambda kind: bool(kind == Shown),
        lambda value, _: tuple(value) if isinstance(value, list) else value,
    )
    return converter


def _fraction(value: object) -> Fraction:
    number = Fraction(value) if isinstance(value, str) else None
    if number is None:
        msg = f"not an exact number: {value!r}"
        raise ValueError(msg)
    return number
