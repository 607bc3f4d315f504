"""What is hostile or wrong is refused by name, at its place, quickly and in little room.

The corpus is data in `hostile/`; a new attack is one entry there.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

import rubric_engine
from hostile.evidence import COMPLETE, RUBRIC, SHEETS, HostileSheet
from hostile.files import BASE, FILES, LOADS, MEAN, NESTED, HostileFile

SECONDS = 0.1
BYTES = 50_000_000
MESSAGE = 20_000

#: Diagnostics about the file as a whole, which have no line.
PLACELESS = frozenset({"empty", "not-utf8", "too-large"})

#: The text of the expression stands where the mark is; what it may name is told in the corpus.
RUBRIC_OF_EXPRESSIONS = """\
rubric: expressions
total: 20
items:
  - id: own
    points: 10
    evidence:
      ok: flag
      missing: {type: count, range: 0..10}
      level: {type: choice, values: [none, poor, good]}
      papers: {type: checklist, values: [a, b]}
      bonus_points: {type: number, optional: true}
      remark: text
    rules:
      - {deduct: 1, when: "@"}
  - id: other
    points: 10
    evidence: {n: count}
    rules:
      - {deduct: 1, per: n}
"""

#: Expressions of the language near to hostile ones: if these fail, the corpus proves nothing.
HARMLESS = (
    "ok",
    "not ok",
    "missing > 1 and not ok",
    "1 < missing <= 5",
    "-missing < 0",
    "level == 'good'",
    'level == "good"',
    "level != none",
    "level in (poor, good)",
    "'a' in papers",
    "a in papers",
    "own.missing > 1",
    "other.n > 1",
    "other > 1",
    "missing / 3 > 1",
    "1 / (missing + 1) > 0.5",
    "(1 if ok else 2) > 1",
    "known(bonus_points)",
    "default(bonus_points, 0) > 1",
    "count(ok, missing > 1) >= 2",
    "ticked(papers) + unticked(papers) == 2",
    "min(missing, 3) + max(missing, 1) > abs(missing - 2)",
    "floor(missing / 2) < ceiling(missing / 2)",
    "missing < 999999999999999",
    "((((((((((ok))))))))))",
    " and ".join(["ok"] * 20),
    " + ".join(["missing"] * 20) + " > 1",
)


class HostileExpression(NamedTuple):
    """An expression and the diagnostics of which at least one must be reported."""

    name: str
    text: str
    codes: tuple[str, ...]


def expressions() -> tuple[HostileExpression, ...]:
    """Read the hostile expressions."""
    path = Path(__file__).parent / "hostile" / "expressions.yaml"
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(
        HostileExpression(
            each["name"],
            each["text"],
            (each["code"],) if isinstance(each["code"], str) else tuple(each["code"]),
        )
        for each in entries
    )


EXPRESSIONS = expressions()


def quoted(text: str) -> str:
    """Return a YAML scalar in double quotes that reads as exactly the text."""
    return (
        '"'
        + "".join(
            each if each.isascii() and each.isalnum() else f"\\U{ord(each):08x}" for each in text
        )
        + '"'
    )


def rubric_with(expression: str) -> str:
    """Return a rubric with the expression as the condition of a rule."""
    return RUBRIC_OF_EXPRESSIONS.replace('"@"', quoted(expression))


def refusal(call: Callable[[], object]) -> rubric_engine.RubricError | None:
    """Return the refusal of a call, or None if it went through; anything else escapes."""
    try:
        call()
    except rubric_engine.RubricError as error:
        return error
    return None


def seconds(call: Callable[[], object]) -> float:
    """Return the time of a call, the better of two if the first was too slow."""

    def once() -> float:
        start = time.perf_counter()
        refusal(call)
        return time.perf_counter() - start

    first = once()
    return first if first < SECONDS else min(first, once())


def check(call: Callable[[], object], codes: tuple[str, ...]) -> tuple[Any, ...]:
    """Assert a quick refusal for one of the reasons, and return the problems that give it."""
    error = refusal(call)
    if error is None:
        assert LOADS in codes, "was accepted"
        return ()
    assert isinstance(error.problems, tuple)
    found = tuple(each for each in error.problems if each.code in codes)
    assert found, [(each.code, each.path) for each in error.problems]
    assert len(str(error)) < MESSAGE
    assert seconds(call) < SECONDS
    return found


def check_places(problems: Iterable[Any]) -> None:
    """Assert that every problem which has a place in the file tells it."""
    for each in problems:
        if each.code not in PLACELESS:
            assert each.line is not None, each
            assert each.line >= 1, each
            assert each.column is not None, each
            assert each.column >= 1, each


def peak(call: Callable[[], object]) -> int:
    """Return the most bytes a refused call held at one time."""
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    refusal(call)
    _, most = tracemalloc.get_traced_memory()
    return most - before


def test_corpus_is_large_and_names_are_unique() -> None:
    """The corpus holds at least a hundred entries, each findable by its name."""
    assert len(EXPRESSIONS) >= 80
    assert len(FILES) >= 60
    assert len(SHEETS) >= 40
    for entries in (EXPRESSIONS, FILES, SHEETS):
        names = [each.name for each in entries]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "text", [BASE, NESTED, MEAN, RUBRIC], ids=["base", "nested", "mean", "sheet"]
)
def test_what_mutations_start_from_loads(text: str) -> None:
    """The rubrics that hostile files and sheets start from are valid, as text and as bytes."""
    rubric_engine.loads(text)
    rubric_engine.loads(text.encode())


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_expression_loads(text: str) -> None:
    """An expression of the language is accepted where the hostile ones are put."""
    rubric_engine.loads(rubric_with(text))


def test_complete_sheet_evaluates() -> None:
    """The sheet that hostile sheets start from is accepted."""
    rubric_engine.evaluate(rubric_engine.loads(RUBRIC), COMPLETE)


@pytest.mark.parametrize("entry", EXPRESSIONS, ids=lambda each: each.name)
def test_hostile_expression_is_refused(entry: HostileExpression) -> None:
    """A hostile expression is refused when the rubric is loaded, at its line."""
    content = rubric_with(entry.text)
    check_places(check(lambda: rubric_engine.loads(content), entry.codes))


@pytest.mark.parametrize("entry", FILES, ids=lambda each: each.name)
def test_hostile_file_is_refused(entry: HostileFile) -> None:
    """A hostile file is refused, at its line."""
    check_places(check(lambda: rubric_engine.loads(entry.content), entry.codes))


@pytest.mark.parametrize("entry", SHEETS, ids=lambda each: each.name)
def test_hostile_sheet_is_refused(entry: HostileSheet) -> None:
    """A hostile sheet is refused, and the finding named."""
    rubric = rubric_engine.loads(RUBRIC)
    found = check(lambda: rubric_engine.evaluate(rubric, entry.evidence), entry.codes)
    if entry.path is not None and found:
        assert entry.path in {each.path for each in found}


def test_refusals_take_little_memory() -> None:
    """No entry of the corpus makes the engine hold much memory on its way to the refusal."""
    rubric = rubric_engine.loads(RUBRIC)
    load, evaluate = rubric_engine.loads, rubric_engine.evaluate
    calls: list[tuple[str, Callable[[], object]]] = [
        *((each.name, partial(load, rubric_with(each.text))) for each in EXPRESSIONS),
        *((each.name, partial(load, each.content)) for each in FILES),
        *((each.name, partial(evaluate, rubric, each.evidence)) for each in SHEETS),
    ]
    gc.collect()
    tracemalloc.start()
    try:
        held = [(name, peak(call)) for name, call in calls]
    finally:
        tracemalloc.stop()
    assert [(name, most) for name, most in held if most >= BYTES] == []
