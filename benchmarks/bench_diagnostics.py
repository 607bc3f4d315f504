"""How long it takes to tell everything that is wrong with a file of 200 problems.

Claim: read and told as text, as JSON or as SARIF, in under 500 ms. The problems are of the
shape (unknown keys, numbers, types), and in a second file of the sense (names, functions,
operands), which are found only once the whole rubric is lowered.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from statistics import median
from time import perf_counter

from report import Claim, Report

from rubric_engine.diagnostics import Diagnosis, as_json, as_text, diagnose_text
from rubric_engine.sarif import as_sarif

_ROUNDS = 7
_PROBLEMS = 200
_AT_MOST = 500
_SHAPE = (
    "{deduct: 1, wen: late}",
    "{deduct: 1, below: 3, of: missing, step: 1%}",
    "{dedcut: 1}",
    "{deduct: 1, keep: best}",
)
_SENSE = (
    "{deduct: 1, per: mising}",
    "{deduct: 1, when: 'late and maxi(missing) > 2'}",
    "{deduct: 1, when: missing}",
    "{deduct: 1, per: missing - 3}",
)


def many_problems(count: int, rules: tuple[str, ...] = _SENSE) -> str:
    """Return the text of a rubric with so many problems, four to an item."""
    lines = ["rubric: many", f"total: {10 * count // 4}", "items:"]
    for number in range(count // 4):
        lines += [f"  - id: item{number}", "    title: 工作计划与总结", "    points: 10"]
        lines += ["    evidence: {missing: count, late: flag}", "    rules:"]
        lines += [f"      - {rule}" for rule in rules]
    return "\n".join(lines) + "\n"


def _text(found: Diagnosis) -> str:
    return as_text(found.told())


def _json(found: Diagnosis) -> str:
    return json.dumps(as_json([found]))


def _sarif(found: Diagnosis) -> str:
    return json.dumps(as_sarif([found]))


_FORMS: dict[str, Callable[[Diagnosis], str]] = {"text": _text, "JSON": _json, "SARIF": _sarif}


def run() -> Report:
    """Measure reading and telling, for each kind of problem and each form."""
    report = Report(f"Telling all of {_PROBLEMS} problems of a file")
    report.lines = [f"{'':32}{'ms':>8}"]
    slowest = 0.0
    for kind, rules in (("of the shape", _SHAPE), ("of the sense", _SENSE)):
        text = many_problems(_PROBLEMS, rules)
        for form, write in _FORMS.items():
            times = []
            for _ in range(_ROUNDS):
                begin = perf_counter()
                found = diagnose_text(text, "many.yaml")
                write(found)
                times.append((perf_counter() - begin) * 1e3)
            if len(found.diagnostics) != _PROBLEMS:
                msg = f"{len(found.diagnostics)} problems were found, not {_PROBLEMS}"
                raise AssertionError(msg)
            report.lines.append(f"{f'{kind}, as {form}':32}{median(times):8.1f}")
            slowest = max(slowest, median(times))
    report.claims = [Claim(f"the slowest, at most {_AT_MOST} ms", slowest, _AT_MOST, "ms")]
    return report
