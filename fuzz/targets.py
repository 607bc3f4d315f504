"""What is called with an input: one function for each way into the library.

A target takes bytes and returns nothing. Refusals of the library's own are right; anything else
that comes out of it is a finding, and so is a law that does not hold.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
if str(ROOT / "tests") not in sys.path:
    sys.path.insert(0, str(ROOT / "tests"))

import rubric_engine
from hostile.evidence import RUBRIC, TABLES
from hostile.expressions import rubric_with
from hostile.files import BASE, EACH, GEOMETRIC, GIVEN, KINDS, MEAN, NESTED, SKIPS, STATES
from rubric_engine import InvalidArchive, RubricError
from rubric_engine.expression import Mistake, parse
from rubric_engine.sheets import read_sheets
from rubric_engine.testing import check_case, golden_cases

#: The longest input, in bytes: long enough for every construct at once, short enough for speed.
LONGEST = 20_000
#: The longest rubric that is checked: a check tries many sheets.
LONGEST_CHECKED = 3_000
#: The longest message of a refusal, in characters.
LONGEST_MESSAGE = 400_000

#: Rubrics that documents are broken from, and that sheets are scored by, by name.
RUBRICS: dict[str, str] = {
    **{"base": BASE, "nested": NESTED, "mean": MEAN, "given": GIVEN, "states": STATES},
    **{"each": EACH, "kinds": KINDS, "geometric": GEOMETRIC, "skips": SKIPS},
    **{"sheet": RUBRIC, "tables": TABLES, "expressions": rubric_with("ok")},
    **{
        name: (ROOT / "policies" / name / "rubric.yaml").read_text(encoding="utf-8")
        for name in ("sf-food-safety", "dongcheng-community")
    },
}
FORMS = ("yaml", "csv", "json")


@cache
def rubric_of(name: str) -> rubric_engine.Rubric:
    """Return a rubric that sheets are scored by."""
    return rubric_engine.loads(RUBRICS[name])


def text_of(data: bytes) -> str:
    """Return bytes as text, whatever they are."""
    return data.decode("utf-8", "replace")


def headed(data: bytes) -> tuple[str, str, bytes]:
    """Return the rubric and the form that an input's first line names, and the rest.

    A first line that names nothing chooses by its length, so that no input is wasted.
    """
    head, _, rest = data.partition(b"\n")
    words = text_of(head).split()
    names = list(RUBRICS)
    name = words[0] if words and words[0] in RUBRICS else names[len(head) % len(names)]
    form = words[1] if len(words) > 1 and words[1] in FORMS else FORMS[len(head) % len(FORMS)]
    return name, form, rest


def told(error: RubricError) -> None:
    """Read a refusal as a caller does."""
    text = str(error)
    if len(text) > LONGEST_MESSAGE:
        raise AssertionError(f"a message of {len(text)} characters")
    if not error.problems:
        raise AssertionError("a refusal without a problem")
    for each in error.problems:
        hash(each)
        if each.code not in rubric_engine.errors.CODES:
            raise AssertionError(f"a code that is not listed: {each.code}")


def rubric(data: bytes) -> None:
    """A rubric's file: read; if it is one, written, read again, told and asked for its bounds."""
    try:
        loaded = rubric_engine.loads(data)
    except RubricError as error:
        told(error)
        return
    for form in ("yaml", "json"):
        if rubric_engine.loads(rubric_engine.dumps(loaded, format=form)) != loaded:
            raise AssertionError(f"another rubric after {form}")
    loaded.explain("en")
    loaded.explain("zh")
    loaded._repr_html_()
    scored(loaded, [{}])


def expression(data: bytes) -> None:
    """An expression, where a rule has its condition.

    One that cannot be read is met again in the whole rubric only now and then, for speed.
    """
    text = text_of(data)
    try:
        parse(text)
    except Mistake:
        if len(data) % 8:
            return
    try:
        rubric_engine.loads(rubric_with(text))
    except RubricError as error:
        told(error)


def scored(loaded: rubric_engine.Rubric, sheets: Iterable[Mapping[str, Any]]) -> None:
    """Score sheets in every way, and read all that the results say."""
    sheets = list(sheets)
    for outcome in rubric_engine.evaluate_many(loaded, sheets):
        if outcome.evaluation is None:
            told(rubric_engine.InvalidEvidence(outcome.problems))
        else:
            read_result(outcome.evaluation)
    for sheet in sheets[:3]:
        with suppress(RubricError):
            rubric_engine.evaluate(loaded, sheet, methods="required")
        try:
            str(rubric_engine.evaluate(loaded, sheet, provisional=True))
        except RubricError as error:
            told(error)


def read_result(result: rubric_engine.Evaluation) -> None:
    """Read a result as callers do; it must come back from its own data."""
    result.explain("zh", everything=True)
    result.explain("en")
    result._repr_html_()
    result.reasons(5)
    data = json.loads(json.dumps(result.to_dict()))
    if rubric_engine.Evaluation.from_dict(data) != result:
        raise AssertionError("another result after to_dict and from_dict")


def evidence(data: bytes) -> None:
    """A file of sheets; the first line names a rubric and the form."""
    name, form, content = headed(data)
    try:
        sheets = read_sheets(Path(f"sheets.{form}"), content)
    except RubricError as error:
        told(error)
        return
    known = list(sheets)[:20]
    scored(rubric_of(name), [sheets.sheets[key] for key in known])
    for key, outcome in zip(
        known,
        rubric_engine.evaluate_many(rubric_of(name), [sheets.sheets[key] for key in known]),
        strict=True,
    ):
        for problem in outcome.problems:
            str(sheets.placed(key, problem))


def findings(data: bytes) -> None:
    """A sheet as JSON gives it, with Python's numbers; the first line names a rubric."""
    name, _, content = headed(data)
    try:
        sheet = json.loads(content)
    except (ValueError, RecursionError):
        return
    given = sheet.pop("given", None) if isinstance(sheet, dict) else None
    loaded = rubric_of(name)
    for provisional in (False, True):
        try:
            rubric_engine.evaluate(loaded, sheet, given=given, provisional=provisional)
        except RubricError as error:
            told(error)
    if isinstance(sheet, dict):
        scored(loaded, [sheet])


def cases(data: bytes) -> None:
    """A file of golden cases; the first line names a rubric."""
    name, _, content = headed(data)
    folder = Path(_folder()) / name
    if not folder.exists():
        folder.mkdir()
        (folder / "rubric.yaml").write_text(RUBRICS[name], encoding="utf-8")
    (folder / "cases.yaml").write_bytes(content)
    try:
        found = golden_cases(folder)
    except RubricError as error:
        told(error)
        return
    for case in found[:20]:
        with suppress(AssertionError):  # that a case is wrong is what it is there to say
            check_case(case)


@cache
def _folder() -> str:
    return tempfile.mkdtemp(prefix="rubric-fuzz-")


def result(data: bytes) -> None:
    """A result as JSON."""
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError):
        return
    try:
        found = rubric_engine.Evaluation.from_dict(plain)
    except RubricError as error:
        told(error)
        return
    read_result(found)
    repr(found)
    hash(found)


def canonical(data: bytes) -> None:
    """A rubric's file in its canonical form, which says the same and has itself as its form."""
    from rubric_engine.canonical import canonical_text
    from rubric_engine.reading import read

    try:
        text = canonical_text(data)
    except RubricError as error:
        told(error)
        return
    before, after = read(data)[0], read(text)[0]
    if before is None or after is None or before.value != after.value:
        raise AssertionError("the canonical form says something else")
    if canonical_text(text) != text:
        raise AssertionError("the canonical form of the canonical form is another")


def diagnosis(data: bytes) -> None:
    """A rubric's file checked: its problems, or all that is proved, as text, JSON and SARIF."""
    from rubric_engine.diagnostics import diagnose_text

    if len(data) > LONGEST_CHECKED:
        return
    found = diagnose_text(data, "rubric.yaml")
    for language in ("en", "zh"):
        found.explain(language, everything=True)
    json.dumps(found.to_dict(everything=True))
    json.dumps(found.to_sarif(everything=True))


def cycle(data: bytes) -> None:
    """The file of a cycle: loaded, written and loaded again."""
    from rubric_engine.cycle import dumps_cycle, loads_cycle

    try:
        found = loads_cycle(data)
    except RubricError as error:
        told(error)
        return
    for form in ("yaml", "json"):
        if loads_cycle(dumps_cycle(found, format=form)) != found:
            raise AssertionError("a cycle is not what was written")


def archive(data: bytes) -> None:
    """The head and the records of an archive as a list in JSON, chained and sealed anew."""
    from rubric_engine.cycle.archive import dump_archive, seal_of, verify

    try:
        lines = [json.dumps(each, ensure_ascii=False) for each in json.loads(data)]
    except (ValueError, RecursionError, TypeError):
        return
    for place in range(1, len(lines)):
        digest = "sha256:" + sha256(lines[place - 1].encode("utf-8", "surrogatepass")).hexdigest()
        start = f'{{"previous":"{digest}","record":{place}'
        rest = lines[place].removeprefix("{")
        lines[place] = start + ("," if rest != "}" else "") + rest
    text = "".join(f"{each}\n" for each in lines)
    found = verify(text)
    if found.problems:
        told(InvalidArchive(found.problems))
    found.explain()
    if found.run is not None and lines:
        again = dump_archive(found.run)
        if not verify(again, seal=seal_of(again)).ok:
            raise AssertionError("what was carried out again does not verify")


class Target(NamedTuple):
    """A way into the library."""

    call: Callable[[bytes], None]
    #: Whether the first line names a rubric and a form.
    headed: bool = False
    #: Whether what follows is a tree that is worth being broken as one.
    tree: bool = True


TARGETS: dict[str, Target] = {
    "rubric": Target(rubric),
    "expression": Target(expression, tree=False),
    "evidence": Target(evidence, headed=True),
    "findings": Target(findings, headed=True),
    "cases": Target(cases, headed=True),
    "result": Target(result),
    "canonical": Target(canonical),
    "diagnosis": Target(diagnosis),
    "cycle": Target(cycle),
    "archive": Target(archive),
}
