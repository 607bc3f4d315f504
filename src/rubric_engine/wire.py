"""Results as plain data for JSON, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from cattrs import BaseValidationError, Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from rubric_engine.errors import InvalidEvidence, Problem
from rubric_engine.evaluation import Evaluation
from rubric_engine.exact import number_text
from rubric_engine.fields import MOST_PLACES, Shown
from rubric_engine.ledger import Finding, Record, RowAmount, Step, StepPart, StepText
from rubric_engine.model import ROOT
from rubric_engine.words import Words, words

__all__ = ["record_from_plain", "result_to_plain"]

#: No node of a result stands deeper.
_DEEPEST = 200
#: What `number_text` writes: results have more digits than rubrics, and never very many.
_NUMBER = re.compile(r"-?[0-9]{1,200}(\.[0-9]{1,200}|/[0-9]{1,200})?")


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
        given = {str(each["id"]): each for each in data["nodes"]}
        nodes = {ROOT: given[ROOT], **given}
        record: Record = _converter().structure({**data, "nodes": nodes}, Record)
    except (BaseValidationError, KeyError, TypeError, ValueError) as error:
        found = type(error).__name__
        problem = Problem("wrong-type", "$", "what Evaluation.to_dict gives", found)
        raise InvalidEvidence([problem]) from error
    for each in record.nodes.values():
        if not (0 <= each.places <= MOST_PLACES and 0 <= each.depth <= _DEEPEST):
            found = f"places {each.places}, depth {each.depth}"[:60]
            raise InvalidEvidence([Problem("out-of-range", "$", "a node of a rubric", found)])
    return record


@cache
def _converter() -> Converter:
    converter = Converter()
    converter.register_unstructure_hook(Fraction, number_text)
    converter.register_structure_hook(Fraction, lambda value, _: _fraction(value))
    converter.register_unstructure_hook(Words, lambda value: value.plain)
    converter.register_structure_hook(Words, lambda value, _: words(value))
    converter.register_unstructure_hook_func(lambda kind: bool(kind == Shown), _listed)
    converter.register_structure_hook_func(
        lambda kind: bool(kind == Shown), lambda value, _: _tupled(value)
    )
    left_out: dict[str, Any] = {"scale": override(omit=True), "looked_at": override(omit=True)}
    converter.register_unstructure_hook(
        StepText, make_dict_unstructure_fn(StepText, converter, **left_out)
    )
    converter.register_structure_hook(
        StepText, make_dict_structure_fn(StepText, converter, **left_out)
    )
    converter.register_unstructure_hook(Step, lambda step: _step_written(step, converter))
    converter.register_structure_hook(Step, lambda data, _: _step_read(data, converter))
    return converter


def _step_written(step: Step, converter: Converter) -> dict[str, Any]:
    about = converter.unstructure(step.about)
    amounts = {name: getattr(step, name) for name in ("asked", "taken", "before", "after")}
    written = {name: number_text(amount) for name, amount in amounts.items()}
    made: dict[str, Any] = {**about, **written}
    made["findings"] = [converter.unstructure(each) for each in step.findings]
    for key in ("parts", "rows"):
        if getattr(step, key):
            made[key] = [converter.unstructure(each) for each in getattr(step, key)]
    return made


def _step_read(data: Mapping[str, Any], converter: Converter) -> Step:
    about = converter.structure(data, StepText)
    asked, taken, before = (_fraction(data[name]) for name in ("asked", "taken", "before"))
    findings = converter.structure(data["findings"], tuple[Finding, ...])
    parts = converter.structure(data.get("parts", ()), tuple[StepPart, ...])
    rows = converter.structure(data.get("rows", ()), tuple[RowAmount, ...])
    return Step.stated(about, (asked, taken, before), findings, parts, rows)


def _listed(value: object) -> object:
    """Return a finding as JSON has it: lists where there are tuples."""
    if isinstance(value, tuple):
        return [_listed(each) for each in value]
    if isinstance(value, dict):
        return {name: _listed(each) for name, each in value.items()}
    return value


def _tupled(value: object) -> object:
    """Return a finding as results have it: tuples where JSON has lists."""
    if isinstance(value, list):
        return tuple(_tupled(each) for each in value)
    if isinstance(value, dict):
        return {name: _tupled(each) for name, each in value.items()}
    return value


def _fraction(value: object) -> Fraction:
    # `Fraction` reads exponents as well: a few digits of one would fill the memory.
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        msg = "not an exact number"
        raise ValueError(msg)
    return Fraction(value)
