"""The same rubric and sheet give the same bytes, whatever the process and its settings."""

from __future__ import annotations

import decimal
import locale
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import rubric_engine

SOURCES = Path(rubric_engine.__file__).parents[1]

#: Prints, for each built-in rubric, its text, its graph, and the result of one sheet.
SCRIPT = """
import json
import rubric_engine
from rubric_engine.evaluation import program_of
from rubric_engine.graph import reachable
from rubric_engine.testing import golden_cases

for name in ("dongcheng-community", "port-canteen-hygiene-permit", "sf-food-safety", "uk-food-hygiene"):
    rubric = rubric_engine.load(name)
    program = program_of(rubric)
    print(rubric_engine.dumps(rubric), rubric_engine.dumps(rubric, format="json"))
    for value in reachable([*program.score_roots, *program.ledger_roots]):
        print(value.index, value.op, [each.index for each in value.args], value.data)
    print([(each.node, each.name, each.inputs) for each in program.lowered.fields])
    print(rubric.explain("zh"), rubric.explain("en"))
    for case in golden_cases(name):
        try:
            result = rubric_engine.evaluate(rubric, case.evidence)
        except rubric_engine.RubricError as error:
            print(error)
        else:
            print(json.dumps(result.to_dict(), ensure_ascii=True))
            print(result.explain("en", everything=True))
"""


def printed(python: str, seed: str, *, path: Path | None = None) -> bytes:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
    environment["RUBRIC_ENGINE_NO_PLUGINS"] = "1"
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    done = subprocess.run([python, "-c", SCRIPT], capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="module")
def expected() -> bytes:
    return printed(sys.executable, "0")


@pytest.mark.parametrize("seed", ["1", "20260101", "random"])
def test_the_hash_seed_changes_nothing(expected: bytes, seed: str) -> None:
    assert len(expected) > 10_000
    assert printed(sys.executable, seed) == expected


def usable(name: str) -> str | None:
    """Return an interpreter that has the libraries, other than the one that runs."""
    python = shutil.which(name)
    if python is None:
        return None
    probe = "import attrs, cattrs, narwhals, yaml, simpleeval, sys; print(sys.version_info[:2])"
    done = subprocess.run([python, "-c", probe], capture_output=True, text=True, check=False)
    running = str(sys.version_info[:2])
    return python if done.returncode == 0 and done.stdout.strip() != running else None


@pytest.mark.parametrize("name", ["python3.11", "python3.12", "python3.13"])
def test_another_python_gives_the_same(expected: bytes, name: str) -> None:
    python = usable(name)
    if python is None:
        pytest.skip(f"{name} is not here, has not the libraries, or is the one that runs")
    assert printed(python, "7", path=SOURCES) == expected


# What a caller may have set

THIRDS = """\
rubric: thirds
total: 10
places: 4
items:
  - id: a
    points: 10
    out_of: 3
    evidence: {n: {type: number, places: 4, range: 0..3}}
    rules:
      - {deduct: 1, per: n}
"""


@pytest.fixture
def _strict_decimals() -> object:
    context = decimal.Context(
        prec=3,
        rounding=decimal.ROUND_UP,
        Emin=-1,
        Emax=1,
        traps=[
            *(decimal.Inexact, decimal.Rounded, decimal.Overflow, decimal.Underflow),
            *(decimal.FloatOperation, decimal.Subnormal, decimal.InvalidOperation),
        ],
    )
    with decimal.localcontext(context):
        yield


@pytest.mark.usefixtures("_strict_decimals")
@pytest.mark.parametrize(
    "finding", [0.0001, "0.0001", decimal.Decimal("0.0001"), decimal.Decimal("1.0000E-4")]
)
def test_the_decimal_context_of_the_caller_does_not_matter(finding: object) -> None:
    rubric = rubric_engine.loads(THIRDS)
    given = rubric_engine.fields.Scalar(finding) if isinstance(finding, str) else finding
    result = rubric_engine.evaluate(rubric, {"a": {"n": given}})
    assert str(result.exact) == "29999/3000"
    assert str(result.score) == "9.9997"
    assert str(result["a"].score) == "2.9999"
    assert "9.9997" in result.explain()
    assert rubric_engine.Evaluation.from_dict(result.to_dict()) == result
    assert rubric_engine.loads(rubric_engine.dumps(rubric)) == rubric
    assert rubric_engine.Deduct(decimal.Decimal("123.4567")).amount == rubric_engine.Deduct("123.4567").amount
    assert rubric_engine.Deduct(123.4567).amount == rubric_engine.Deduct("123.4567").amount
    with pytest.raises(rubric_engine.InvalidRubric):
        rubric_engine.Deduct(0.1 + 0.2)
    wrong = [
        (decimal.Decimal("0.00012345"), "not-exact"),
        (0.00012345, "not-exact"),
        (decimal.Decimal("sNaN"), "not-finite"),
        (float("inf"), "not-finite"),
        (1e300, "out-of-range"),
        (decimal.Decimal("1E+100000"), "out-of-range"),
    ]
    for value, code in wrong:
        with pytest.raises(rubric_engine.InvalidEvidence) as caught:
            rubric_engine.evaluate(rubric, {"a": {"n": value}})
        assert [each.code for each in caught.value.problems] == [code], value


def test_the_locale_of_the_caller_does_not_matter() -> None:
    before = locale.setlocale(locale.LC_ALL)
    expected_text = _scored_text()
    for name in ("de_DE.UTF-8", "tr_TR.UTF-8", "C"):
        try:
            locale.setlocale(locale.LC_ALL, name)
        except locale.Error:
            continue
        try:
            assert _scored_text() == expected_text
        finally:
            locale.setlocale(locale.LC_ALL, before)


def _scored_text() -> str:
    rubric = rubric_engine.loads(THIRDS)
    result = rubric_engine.evaluate(rubric, {"a": {"n": 0.5}})
    return result.explain() + rubric_engine.dumps(rubric) + str(result.to_dict())
