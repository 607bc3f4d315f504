"""What `rubric check` looks at and writes: rubric files, their golden cases, reports."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Sequence
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import quote

from attrs import evolve, frozen

from rubric_engine.diagnostics import Diagnosis, as_json, as_text, summary
from rubric_engine.exact import number_text
from rubric_engine.exercise import exercise
from rubric_engine.files import load
from rubric_engine.library import find_rubric, rubric_names
from rubric_engine.sarif import as_sarif
from rubric_engine.testing import InvalidCases, check_case, golden_cases
from rubric_engine.words import on_one_line

__all__ = ["WRITERS", "Asked", "fails", "of_cases", "rubrics_in", "with_cases"]


@frozen
class Asked:
    """What is asked of a check."""

    #: The language of the report; None for each rubric's own.
    language: str | None = None
    #: The least share of the outcomes that golden cases must exercise.
    least: Fraction | None = None
    #: Whether what is suspect fails too.
    strict: bool = False
    #: Whether what is proved is told, or only what is wrong or suspect.
    everything: bool = False
    quiet: bool = False


def rubrics_in(name: str) -> list[str]:
    """Return the rubric that is meant, or all rubric files of a folder, sorted.

    Raises `UnknownRubric` if there is neither.
    """
    folder = Path(name)
    if folder.is_dir() and name not in rubric_names():
        return [str(each) for each in sorted(folder.rglob("*")) if _is_rubric(each, folder)]
    find_rubric(name)
    return [name]


#: What a rubric begins a line with, whatever else may be wrong with it; in JSON indented.
_KEY = rb"[\"']?(?:rubric|extends)[\"']?\s*:"
_YAML, _JSON = re.compile(rb"^" + _KEY, re.MULTILINE), re.compile(rb"[{,]\s*" + _KEY)


def _is_rubric(file: Path, folder: Path) -> bool:
    """Say whether a file is a rubric: by its ending, and by a key near its beginning."""
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    if hidden or file.suffix not in (".yaml", ".yml", ".json") or not file.is_file():
        return False
    with file.open("rb") as stream:
        begin = stream.read(100_000).removeprefix(BOM_UTF8)
    pattern = _JSON if begin.lstrip()[:1] == b"{" else _YAML
    return file.name == "rubric.yaml" or pattern.search(begin) is not None


def with_cases(diagnosis: Diagnosis) -> Diagnosis:
    """Return what is known of a rubric, with what its golden cases show and exercise."""
    if diagnosis.report.wrong or diagnosis.file is None:
        return diagnosis
    try:
        cases = golden_cases(diagnosis.file)
    except InvalidCases as error:
        if any(each.line is not None for each in error.problems):
            return diagnosis.with_problems(error.problems)
        cases = []  # there is no such file: nothing is exercised
    failed: list[tuple[str, str]] = []
    for case in cases:
        try:
            check_case(case)
        except AssertionError as error:
            failed.append((case.name, str(error)))
    exercised = exercise(cases, None if cases else load(diagnosis.file))
    return evolve(diagnosis, exercised=exercised, failed=tuple(failed))


def fails(diagnosis: Diagnosis, asked: Asked) -> bool:
    """Say whether a rubric is not as it is asked to be."""
    report = diagnosis.report
    if report.wrong or diagnosis.failed or (asked.strict and report.suspect):
        return True
    return _falls_short(diagnosis, asked)


def _falls_short(diagnosis: Diagnosis, asked: Asked) -> bool:
    exercised = diagnosis.exercised
    return exercised is not None and asked.least is not None and exercised.share < asked.least


def _text(diagnoses: Sequence[Diagnosis], asked: Asked) -> str:
    parts: list[str] = []
    for each in diagnoses:
        language = asked.language or each.language
        shown = as_text(each.told(everything=asked.everything, quiet=asked.quiet), language)
        parts += [shown] if shown else []
        if each.exercised is not None:
            parts.append(each.exercised.explain(language) + "\n")
        parts += [f"{said}\n" for said in of_cases(each, asked)]
        if not asked.quiet:
            parts.append(summary(each, language) + "\n")
    return "\n".join(parts)


def of_cases(diagnosis: Diagnosis, asked: Asked) -> list[str]:
    """Return what is amiss with the golden cases, as text; nothing where they are fine."""
    said = [
        "\n".join(map(on_one_line, differences.splitlines())) for _, differences in diagnosis.failed
    ]
    language = asked.language or diagnosis.language
    return (
        [*said, _shortfall(diagnosis, asked, language)] if _falls_short(diagnosis, asked) else said
    )


_SHORTFALL = {
    "en": "{}: the cases exercise {} % of the outcomes, less than {} %",
    "zh": "{}：用例只覆盖 {} % 的结果，少于 {} %",
}


def _shortfall(diagnosis: Diagnosis, asked: Asked, language: str) -> str:
    """Return the line that says that the cases exercise too little."""
    share = Fraction(0) if diagnosis.exercised is None else diagnosis.exercised.share
    # Rounded down, so that what falls short never reads as enough.
    shown = [number_text(Fraction(int(1000 * each), 10)) for each in (share, asked.least or 0)]
    return on_one_line(_SHORTFALL[language].format(diagnosis.file, *shown))


def _json(diagnoses: Sequence[Diagnosis], asked: Asked) -> str:
    data = as_json(diagnoses, asked.language, everything=asked.everything, quiet=asked.quiet)
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _sarif(diagnoses: Sequence[Diagnosis], asked: Asked) -> str:
    language = asked.language or diagnoses[0].language
    log = as_sarif(
        diagnoses,
        language,
        version=_version(),
        uri=_uri,
        everything=asked.everything,
        quiet=asked.quiet,
    )
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


#: By the name of the form.
WRITERS: dict[str, Callable[[Sequence[Diagnosis], Asked], str]] = {
    "text": _text,
    "json": _json,
    "sarif": _sarif,
}


def _version() -> str | None:
    try:
        return version("rubric-engine")
    except PackageNotFoundError:
        return None


def _uri(file: str) -> str:
    """Return a file as a URI reference, from the folder where it runs if it is below that."""
    path = find_rubric(file)
    if not isinstance(path, Path):
        return quote(file)
    whole, here = path.resolve(), Path.cwd().resolve()
    return (
        quote(whole.relative_to(here).as_posix()) if whole.is_relative_to(here) else whole.as_uri()
    )
