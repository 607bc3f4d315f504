"""Golden cases: sheets with the results that were worked out by hand, kept beside a rubric.

For the tests of a rubric or of a plugin. A folder holds `rubric.yaml` and `cases.yaml`::

    sheets:
      full:
        plan: {missing: 0}
    cases:
      - name: six missing, 3 off, held at nought
        source: clause 4
        sheet: full                      # or evidence: {plan: {missing: 0}}
        change: {plan.missing: 6}
        expect: {score: 98, stars: 5, nodes: {plan: 0}}
      - name: what is missing is not nought
        source: the rubric language
        sheet: full
        remove: [plan.missing]
        problems: [{code: missing-finding, path: plan.missing}]

and a test is::

    @pytest.mark.parametrize("case", golden_cases("my-rubric"), ids=str)
    def test_golden_case(case):
        check_case(case)

    def test_golden_cases_exercise_the_rubric():
        check_exercised(golden_cases("my-rubric"), least="0.9")
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from importlib.resources.abc import Traversable
from os import PathLike
from pathlib import Path
from typing import Any

from attrs import evolve, field, frozen

from rubric_engine.errors import CODES, InvalidEvidence, Problem, RubricError, nearest_name
from rubric_engine.evaluation import Evaluation, evaluate
from rubric_engine.exact import exact_number, number_text
from rubric_engine.exercise import Exercised, ExercisedBranch, ExercisedWay, exercise
from rubric_engine.fields import shown
from rubric_engine.files import load
from rubric_engine.library import find_rubric, folder_of
from rubric_engine.model import Rubric, walk
from rubric_engine.reading import Document, content_of, read

__all__ = [
    "Case",
    "Exercised",
    "ExercisedBranch",
    "ExercisedWay",
    "Expectation",
    "InvalidCases",
    "check_case",
    "check_exercised",
    "exercise",
    "golden_cases",
]

FILE = "cases.yaml"
#: So many problems of a file of cases are told at most.
_MOST_PROBLEMS = 1_000


class InvalidCases(RubricError, ValueError):
    """A file of golden cases has problems."""

    heading = "the cases cannot be used"


@frozen
class Expectation:
    """What a case expects of a result; what is None or not named is not looked at."""

    #: The exact score, in points.
    score: Fraction | None = None
    stars: int | None = None
    #: The name of the grade; "unrated" where there is to be none.
    grade: str | None = None
    #: Exact scores by node, in points of each node's own scale; `plan[0]` for one row.
    nodes: tuple[tuple[str, Fraction], ...] = ()


@frozen
class Case:
    """A sheet, and either the result or the problems that it must give."""

    rubric: Rubric = field(repr=False)
    name: str
    #: Where what is expected comes from.
    source: str
    #: The sheet, values as text, typed by the rubric's fields when it is evaluated.
    evidence: Mapping[str, Any] = field(repr=False)
    #: None where the sheet must be refused.
    expect: Expectation | None = None
    #: Code and path of every problem that the sheet must have, in any order.
    problems: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.rubric.name}: {self.name}"


def golden_cases(name_or_path: str | PathLike[str]) -> list[Case]:
    """Return the cases of an installed rubric by its name, or of a rubric's file or folder.

    Raises `InvalidCases` with all problems of `cases.yaml` (an unknown key, sheet or node,
    a case that expects nothing), each with line and column, or if there is no such file;
    and what `load` raises if the rubric itself cannot be used.
    """
    rubric = load(name_or_path)
    file = find_rubric(name_or_path)
    folder: Traversable = file.parent if isinstance(file, Path) else folder_of(str(name_or_path))
    cases = folder.joinpath(FILE)
    if not cases.is_file():
        problem = Problem("empty", "$", f"{FILE} beside the rubric", file=str(cases))
        raise InvalidCases([problem])
    document, problems = read(content_of(cases))
    found: list[Case] = []
    if document is not None:
        reader = _Reader(rubric)
        found = reader.cases(document)
        problems += [document.placed(each) for each in reader.problems]
    if problems:
        ordered = sorted(problems, key=lambda each: (each.line or 0, each.column or 0))
        raise InvalidCases([each.inside(str(cases)) for each in ordered])
    return found


def check_case(case: Case) -> None:
    """Evaluate a case; raises `AssertionError` that lists every difference.

    Scores are compared exactly. Of every result it is also checked that the ledger of each
    node leads from its start to its score, that `to_dict` and `from_dict` lose nothing, and
    that the flat form of the sheet gives the same result.
    """
    differences = list(_differences(case))
    if differences:
        lines = [f"{case} ({case.source})", *(f"  {each}" for each in differences)]
        raise AssertionError("\n".join(lines))


def check_exercised(cases: Iterable[Case], least: Fraction | int | str = 1) -> Exercised:
    """Return what golden cases exercise of their rubric.

    Raises `AssertionError` that lists every outcome without a case if they exercise less
    than a share of all outcomes: `"0.9"` is nine of ten. Raises `ValueError` if that is no
    exact number from 0 to 1.
    """
    wanted = exact_number(least)
    if wanted is None or not 0 <= wanted <= 1:
        msg = f"the least share is an exact number from 0 to 1, as '0.9', not {least!r}"
        raise ValueError(msg)
    exercised = exercise(cases)
    if exercised.share < wanted:
        raise AssertionError(str(exercised))
    return exercised


def _differences(case: Case) -> Iterator[str]:
    try:
        result = evaluate(case.rubric, case.evidence)
    except InvalidEvidence as error:
        yield from _refusal(case, error.problems)
        return
    if case.expect is None:
        expected = ", ".join(f"{code} at {path}" for code, path in case.problems)
        yield f"problems: expected {expected or 'some'}, got {_number(result.exact)} points"
        return
    yield from _results(case.expect, result)
    for node in result.nodes.values():
        taken = sum((step.taken for step in node.steps), node.start)
        if taken != node.exact:
            yield f"ledger of {node.id}: adds up to {_number(taken)}, score {_number(node.exact)}"
        held = [node.start, *(step.after for step in node.steps)]
        if [step.before for step in node.steps] != held[:-1] or held[-1] != node.exact:
            yield f"ledger of {node.id}: the steps do not follow on one another"
    if Evaluation.from_dict(json.loads(json.dumps(result.to_dict()))) != result:
        yield "to_dict and from_dict: expected an equal result, got another"
    flat = dict(_flat(case.evidence))
    try:
        if evaluate(case.rubric, flat) != result:
            yield "the flat sheet: expected an equal result, got another"
    except InvalidEvidence as error:
        yield f"the flat sheet: expected an equal result, got {error}"


def _refusal(case: Case, problems: Iterable[Problem]) -> Iterator[str]:
    if case.expect is not None:
        yield "problems: expected none"
    found = [(each.code, each.path) for each in problems]
    for code, path in sorted({*case.problems, *found}):
        expected, got = case.problems.count((code, path)), found.count((code, path))
        if expected != got:
            yield f"problems: {code} at {path}: expected {expected}, got {got}"


def _results(expect: Expectation, result: Evaluation) -> Iterator[str]:
    known = result.nodes
    for node, _ in expect.nodes:
        if node not in known:
            yield f"{node}: expected a result, got none"
    scores = [(node, score, known[node].exact) for node, score in expect.nodes if node in known]
    if expect.score is not None:
        scores.insert(0, ("score", expect.score, result.exact))
    for name, expected, got in scores:
        if expected != got:
            yield f"{name}: expected {_number(expected)}, got {_number(got)}"
    for what, wanted, found in (
        ("stars", expect.stars, result.stars),
        ("grade", expect.grade, result.grade),
    ):
        if wanted is not None and wanted != found:
            yield f"{what}: expected {wanted}, got {found}"


def _flat(evidence: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in evidence.items():
        if "." not in key and isinstance(value, Mapping):
            yield from ((f"{key}.{name}", each) for name, each in value.items())
        else:
            yield key, value


def _number(number: Fraction) -> str:
    return number_text(number)


class _Reader:
    """Reads a document of cases, noting every problem of it."""

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric
        self.nodes = {node.id for node, _, _ in walk(rubric)}
        self.problems: list[Problem] = []

    @property
    def full(self) -> bool:
        """Whether so many problems were found that further ones need not be told."""
        return len(self.problems) >= _MOST_PROBLEMS

    def problem(self, code: str, path: str, expected: str, found: object = "") -> None:
        """Note a problem."""
        if self.full:
            return
        text = found if isinstance(found, str) else shown(found)
        self.problems.append(Problem(code, path, expected, text[:60]))

    def unknown(self, code: str, path: str, name: str, known: Iterable[str]) -> None:
        """Note a name that is not known, with the nearest one that is."""
        if self.full:
            return
        names = sorted(known)
        expected = "one of " + ", ".join(names) if len(names) <= 12 else ""
        nearest = nearest_name(name, names)
        self.problems.append(Problem(code, path, expected, name[:60], nearest))

    def mapping(self, value: object, path: str, expected: str) -> dict[str, Any]:
        """Return a mapping; an empty one where it is none."""
        if isinstance(value, dict):
            return value
        self.problem("empty" if value is None else "not-a-mapping", path, expected, shown(value))
        return {}

    def listed(self, value: object, path: str, expected: str) -> list[Any]:
        """Return a list with something in it; an empty one where it is none."""
        if isinstance(value, list) and value:
            return value
        empty = value is None or value == []
        self.problem("empty" if empty else "wrong-type", path, expected, "" if empty else value)
        return []

    def keys(self, value: dict[str, Any], path: str, known: tuple[str, ...]) -> None:
        """Refuse the keys that are not known."""
        for key in value:
            if key not in known:
                self.unknown("unknown-key", f"{path}.{key}", key, known)

    def text(self, holder: dict[str, Any], key: str, path: str) -> str:
        """Return a text that is required."""
        value = holder.get(key)
        if key not in holder:
            self.problem("missing-key", path, f"`{key}`")
        elif not isinstance(value, str) or not value.strip():
            self.problem("wrong-type", f"{path}.{key}", "a text", shown(value))
        return str(value) if isinstance(value, str) else ""

    def number(self, value: object, path: str) -> Fraction | None:
        """Return an exact number."""
        number = exact_number(value) if isinstance(value, str) else None
        if number is None:
            self.problem("bad-number", path, "an exact number", shown(value))
        return number

    def cases(self, document: Document) -> list[Case]:
        """Return all cases."""
        top = self.mapping(document.value, "$", "`cases`, and perhaps `sheets`")
        self.keys(top, "$", ("sheets", "cases"))
        sheets: dict[str, dict[str, Any]] = {}
        if "sheets" in top:
            written = self.mapping(top["sheets"], "$.sheets", "sheets by name")
            for name, sheet in written.items():
                sheets[name] = self.mapping(sheet, f"$.sheets.{name}", "a sheet")
        listed: list[Any] = []
        if "cases" in top:
            listed = self.listed(top["cases"], "$.cases", "one case at least")
        elif isinstance(document.value, dict):
            self.problem("missing-key", "$", "`cases`")
        found = [self.case(each, f"$.cases[{place}]", sheets) for place, each in enumerate(listed)]
        names: set[str] = set()
        for place, each in enumerate(found):
            if each.name in names:
                path = f"$.cases[{place}].name"
                self.problem("duplicate-id", path, "a name used once", each.name)
            names.add(each.name)
        return found

    def case(self, value: object, path: str, sheets: dict[str, dict[str, Any]]) -> Case:
        """Return one case."""
        case = self.mapping(value, path, "a case")
        known = ("name", "source", "sheet", "evidence", "change", "remove", "expect", "problems")
        self.keys(case, path, known)
        name, source = self.text(case, "name", path), self.text(case, "source", path)
        evidence = self.evidence(case, path, sheets)
        expect: Expectation | None = None
        problems: tuple[tuple[str, str], ...] = ()
        if ("expect" in case) == ("problems" in case):
            code = "conflicting-keys" if "expect" in case else "missing-key"
            at = f"{path}.problems" if "expect" in case else path
            self.problem(code, at, "either `expect` or `problems`")
        if "expect" in case:
            expect = self.expectation(case["expect"], f"{path}.expect")
        if "problems" in case:
            problems = tuple(self.expected_problems(case["problems"], f"{path}.problems"))
        return Case(self.rubric, name, source, evidence, expect, problems)

    def evidence(
        self, case: dict[str, Any], path: str, sheets: dict[str, dict[str, Any]]
    ) -> dict[str, Any]:
        """Return the sheet of a case, with its changes made."""
        base: dict[str, Any] = {}
        if ("sheet" in case) == ("evidence" in case):
            code = "conflicting-keys" if "sheet" in case else "missing-key"
            at = f"{path}.evidence" if "sheet" in case else path
            self.problem(code, at, "either `sheet` or `evidence`")
        elif "evidence" in case:
            base = self.mapping(case["evidence"], f"{path}.evidence", "a sheet")
        else:
            name = self.text(case, "sheet", path)
            if name not in sheets:
                self.unknown("unknown-name", f"{path}.sheet", name, sheets)
            base = sheets.get(name, {})
        sheet = {key: dict(each) if isinstance(each, dict) else each for key, each in base.items()}
        changes: dict[str, Any] = {}
        if "change" in case:
            changes = self.mapping(case["change"], f"{path}.change", "findings by `item.field`")
        for key, finding in changes.items():
            node, dot, name = key.partition(".")
            if not dot or not isinstance(sheet.get(node, {}), dict):
                self.problem("wrong-type", f"{path}.change.{key}", "`item.field`", key)
            elif key in sheet:
                sheet[key] = finding
            else:
                sheet.setdefault(node, {})[name] = finding
        if "remove" in case:
            removed = self.listed(case["remove"], f"{path}.remove", "a list of `item.field`")
            for place, key in enumerate(removed):
                self.remove(sheet, key, f"{path}.remove[{place}]")
        return sheet

    def remove(self, sheet: dict[str, Any], key: object, path: str) -> None:
        """Take a finding out of a sheet."""
        node, _, name = key.partition(".") if isinstance(key, str) else ("", "", "")
        if isinstance(key, str) and key in sheet and name:
            del sheet[str(key)]
        elif isinstance(sheet.get(node), dict) and name in sheet[node]:
            del sheet[node][name]
        else:
            known = [each for each, _ in _flat(sheet)]
            self.unknown("unknown-name", path, str(key) if isinstance(key, str) else "", known)

    def expectation(self, value: object, path: str) -> Expectation:
        """Return what a case expects."""
        written = self.mapping(value, path, "`score`, `stars`, `grade` or `nodes`")
        self.keys(written, path, ("score", "stars", "grade", "nodes"))
        if isinstance(value, dict) and not written:
            self.problem("empty", path, "`score`, `stars`, `grade` or `nodes`")
        expect = Expectation()
        if "score" in written:
            expect = evolve(expect, score=self.number(written["score"], f"{path}.score"))
        if "stars" in written:
            stars = self.number(written["stars"], f"{path}.stars")
            if stars is not None and stars.denominator != 1:
                self.problem("bad-number", f"{path}.stars", "a whole number", written["stars"])
            expect = evolve(expect, stars=None if stars is None else int(stars))
        if "grade" in written:
            expect = evolve(expect, grade=self.text(written, "grade", path))
        if "nodes" in written:
            nodes = self.mapping(written["nodes"], f"{path}.nodes", "scores by node")
            if isinstance(written["nodes"], dict) and not nodes:
                self.problem("empty", f"{path}.nodes", "the score of one node at least")
            expect = evolve(expect, nodes=tuple(self.scores(nodes, f"{path}.nodes")))
        return expect

    def scores(self, nodes: dict[str, Any], path: str) -> Iterator[tuple[str, Fraction]]:
        """Yield the scores that are expected of nodes."""
        for node, score in nodes.items():
            if node not in self.nodes and re.sub(r"\[[0-9]+\]$", "", node) not in self.nodes:
                self.unknown("unknown-node", f"{path}.{node}", node, self.nodes)
            number = self.number(score, f"{path}.{node}")
            if number is not None:
                yield node, number

    def expected_problems(self, value: object, path: str) -> Iterator[tuple[str, str]]:
        """Yield the problems that are expected."""
        for place, each in enumerate(self.listed(value, path, "one problem at least")):
            where = f"{path}[{place}]"
            problem = self.mapping(each, where, "`code` and `path`")
            self.keys(problem, where, ("code", "path"))
            code = self.text(problem, "code", where)
            if code and code not in CODES:
                self.unknown("unknown-name", f"{where}.code", code, CODES)
            yield code, self.text(problem, "path", where)
