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
from hostile.evidence import (
    COMPLETE,
    KNOWN,
    RUBRIC,
    SHEETS,
    TABLES,
    TOLD,
    WHOLE,
    HostileSheet,
    ToldSheet,
)
from hostile.expressions import HARMLESS, RUBRIC_OF_EXPRESSIONS, rubric_with
from hostile.files import (
    BASE,
    EACH,
    FILES,
    GEOMETRIC,
    GIVEN,
    KINDS,
    LOADS,
    MARK,
    MEAN,
    NESTED,
    PLACED,
    SKIPS,
    STATES,
    HostileFile,
    PlacedFile,
    marks_of,
)

SECONDS = 0.1
BYTES = 50_000_000
MESSAGE = 20_000

#: Diagnostics about the file as a whole, which have no line.
PLACELESS = frozenset({"empty", "not-utf8", "too-large"})


class HostileExpression(NamedTuple):
    """An expression and the diagnostics of which at least one must be reported.

    A text with the mark has one problem, at that place.
    """

    name: str
    text: str
    codes: tuple[str, ...]
    near: str | None = None


def expressions() -> tuple[HostileExpression, ...]:
    """Read the hostile expressions."""
    path = Path(__file__).parent / "hostile" / "expressions.yaml"
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(
        HostileExpression(
            each["name"],
            each["text"],
            (each["code"],) if isinstance(each["code"], str) else tuple(each["code"]),
            each.get("near"),
        )
        for each in entries
    )


EXPRESSIONS = expressions()
#: Those of which the place is told are tested apart.
SOMEWHERE = tuple(each for each in EXPRESSIONS if MARK not in each.text)
MARKED = tuple(each for each in EXPRESSIONS if MARK in each.text)


def refusal(call: Callable[[], object]) -> rubric_engine.RubricError | None:
    """Return the refusal of a call, or None if it went through; anything else escapes."""
    try:
        call()
    except rubric_engine.RubricError as error:
        return error
    return None


def seconds(call: Callable[[], object]) -> float:
    """Return the time of a call, the best of three if the first two were too slow."""
    taken: list[float] = []
    while len(taken) < 3 and (not taken or taken[-1] >= SECONDS):
        start = time.perf_counter()
        refusal(call)
        taken.append(time.perf_counter() - start)
    return min(taken)


def check(
    call: Callable[[], object], codes: Iterable[str], *, alone: bool = False
) -> tuple[Any, ...]:
    """Assert a quick refusal for one of the reasons, and return the problems that give it.

    With `alone`, for no other reason.
    """
    error = refusal(call)
    if error is None:
        assert LOADS in codes, "was accepted"
        return ()
    assert isinstance(error.problems, tuple)
    found = tuple(each for each in error.problems if each.code in codes)
    assert found, [(each.code, each.path) for each in error.problems]
    assert not alone or len(found) == len(error.problems), [str(each) for each in error.problems]
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
    assert len(MARKED) >= 150
    assert len(PLACED) >= 300
    assert len(SHEETS) >= 40
    assert len(TOLD) >= 150
    for entries in (EXPRESSIONS, FILES, PLACED, SHEETS, TOLD):
        names = [each.name for each in entries]
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "text",
    [BASE, NESTED, MEAN, RUBRIC, TABLES, GIVEN, STATES, EACH, KINDS, SKIPS, GEOMETRIC],
    ids=lambda text: text.split()[1],
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
    rubric = rubric_engine.loads(TABLES)
    for methods in (None, "required"):
        rubric_engine.evaluate(rubric, WHOLE, given=KNOWN, methods=methods)
    rubric_engine.evaluate(rubric, {**WHOLE, **KNOWN})


@pytest.mark.parametrize("entry", SOMEWHERE, ids=lambda each: each.name)
def test_hostile_expression_is_refused(entry: HostileExpression) -> None:
    """A hostile expression is refused when the rubric is loaded, at its line."""
    content = rubric_with(entry.text)
    check_places(check(lambda: rubric_engine.loads(content), entry.codes))


@pytest.mark.parametrize("entry", MARKED, ids=lambda each: each.name)
def test_expression_is_refused_at_its_place(entry: HostileExpression) -> None:
    """An expression with one problem is refused for it alone, at its place in the line."""
    before, _, after = entry.text.partition(MARK)
    quote = '"' if "'" in entry.text else "'"
    marked = f"{quote}{before}{MARK}{after}{quote}" if before else f"{MARK}{quote}{after}{quote}"
    text, [place] = marks_of(RUBRIC_OF_EXPRESSIONS.replace('"@"', marked))
    (problem,) = check(lambda: rubric_engine.loads(text), entry.codes, alone=True)
    assert (problem.path, problem.line, problem.column) == ("$.items[0].rules[0].when", *place)
    assert entry.near in (None, problem.nearest)


@pytest.mark.parametrize("entry", FILES, ids=lambda each: each.name)
def test_hostile_file_is_refused(entry: HostileFile) -> None:
    """A hostile file is refused, at its line."""
    check_places(check(lambda: rubric_engine.loads(entry.content), entry.codes))


@pytest.mark.parametrize("entry", PLACED, ids=lambda each: each.name)
def test_every_problem_of_a_file_is_told_at_its_place(entry: PlacedFile) -> None:
    """A file is refused with exactly its problems, each at its line and column."""
    text, places = marks_of(entry.content)
    told = zip(entry.problems, places, strict=True)
    expected = sorted((str(code), str(path), *place) for (code, path, *_), place in told)
    found = check(lambda: rubric_engine.loads(text), [each[0] for each in expected], alone=True)
    assert sorted((each.code, each.path, each.line, each.column) for each in found) == expected
    nearest = {(each.code, each.path): each.nearest for each in found}
    for code, path, *near in entry.problems:
        assert near in ([], [nearest[str(code), str(path)]]), (path, nearest)


@pytest.mark.parametrize("entry", SHEETS, ids=lambda each: each.name)
def test_hostile_sheet_is_refused(entry: HostileSheet) -> None:
    """A hostile sheet is refused, and the finding named."""
    rubric = rubric_engine.loads(RUBRIC)
    found = check(lambda: rubric_engine.evaluate(rubric, entry.evidence), entry.codes)
    if entry.path is not None and found:
        assert entry.path in {each.path for each in found}


#: The codes of what an incomplete sheet lacks.
LACKING = {"missing-finding", "missing-method", "too-few"}


@pytest.mark.parametrize("entry", TOLD, ids=lambda each: each.name)
def test_every_problem_of_a_sheet_is_told(entry: ToldSheet) -> None:
    """A sheet is refused with exactly its problems, each at its path."""
    rubric = rubric_engine.loads(TABLES)

    def call() -> object:
        return rubric_engine.evaluate(
            rubric, entry.evidence, given=entry.given, methods=entry.methods
        )

    expected = sorted((str(code), str(path)) for code, path, *_ in entry.problems)
    found = check(call, [each[0] for each in expected], alone=True)
    assert sorted((each.code, each.path) for each in found) == expected
    nearest = {(each.code, each.path): each.nearest for each in found}
    for code, path, *near in entry.problems:
        assert near in ([], [nearest[str(code), str(path)]]), (path, nearest)
    error = refusal(call)
    incomplete = isinstance(error, rubric_engine.IncompleteEvidence)
    assert incomplete is {each.code for each in found}.issubset(LACKING)


def test_refusals_take_little_memory() -> None:
    """No entry of the corpus makes the engine hold much memory on its way to the refusal."""
    rubric, tables = rubric_engine.loads(RUBRIC), rubric_engine.loads(TABLES)
    load, evaluate = rubric_engine.loads, rubric_engine.evaluate
    calls: list[tuple[str, Callable[[], object]]] = [
        *(
            (each.name, partial(load, rubric_with(each.text.replace(MARK, ""))))
            for each in EXPRESSIONS
        ),
        *((each.name, partial(load, each.content)) for each in FILES),
        # Not those with one small mistake in a small file.
        *((each.name, partial(evaluate, rubric, each.evidence)) for each in SHEETS),
        *((each.name, partial(evaluate, tables, each.evidence, given=each.given)) for each in TOLD),
    ]
    gc.collect()
    tracemalloc.start()
    try:
        held = [(name, peak(call)) for name, call in calls]
    finally:
        tracemalloc.stop()
    assert [(name, most) for name, most in held if most >= BYTES] == []
