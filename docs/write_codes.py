"""Writes what the docs say of codes from the code and from the gallery of the tests.

`python docs/write_codes.py` writes the reports of the galleries (`report.txt` of each example,
and `reports_zh.txt` of all), the page `reference/codes.md` and the table of
`reference/errors.md`. A test compares all of them with what would be written.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Any

from rubric_engine.claims import CLAIMS
from rubric_engine.cycle.archive import Verification
from rubric_engine.diagnostics import Diagnostic, Source, as_text, diagnose_text, diagnosed
from rubric_engine.errors import CODES, Problem, RubricError
from rubric_engine.evaluation import evaluate_many
from rubric_engine.files import examine, load
from rubric_engine.library import SWITCH
from rubric_engine.mending import TEXTS
from rubric_engine.sheets import read_sheets

DOCS = Path(__file__).resolve().parent
GALLERY = DOCS.parent / "tests" / "gallery"
CLAIMED = DOCS.parent / "tests" / "gallery_claims"
#: What the examples of cycles and archives begin with.
YEAR = DOCS.parent / "tests" / "small_year.py"
PAGE = DOCS / "reference" / "codes.md"
ERRORS = DOCS / "reference" / "errors.md"

#: The codes that head the parts of the page, with what the parts are called.
PARTS = {
    "not-utf8": "Files",
    "unknown-key": "The shape of a rubric",
    "duplicate-id": "The sense of a rubric",
    "bad-expression": "Expressions",
    "unknown-item": "Sheets",
    "missing-column": "Frames",
    "unknown-rubric": "What is installed",
    "unknown-unit": "Cycles",
    "record-changed": "Archives",
}
CLAIM_PARTS = {
    "score-range": "What is known of a rubric",
    "total-out-of-range": "What is seldom meant",
}


def example(code: str, which: str) -> Path:
    """Return the file of an example: `bad` or `good`."""
    yaml = GALLERY / code / f"{which}.yaml"
    return yaml if yaml.exists() else yaml.with_suffix(".py")


@cache
def problems_of(path: Path) -> list[Problem]:
    """Return what is wrong with an example, named by its file."""
    if path.suffix == ".py":
        return problems_of_code(path)
    if (path.parent / "rubric.yaml").exists():
        return problems_of_sheet(path)
    before = os.environ.get(SWITCH)
    os.environ[SWITCH] = "1"  # so that what is listed is the same wherever it is written
    try:
        return [each.inside(path.name) for each in examine(path).problems]
    finally:
        os.environ.pop(SWITCH)
        os.environ |= {} if before is None else {SWITCH: before}


def problems_of_sheet(path: Path) -> list[Problem]:
    sheets = read_sheets(Path(path.name), path.read_bytes())
    rubric = load(path.parent / "rubric.yaml")
    return [
        sheets.placed(outcome.key, each)
        for outcome in evaluate_many(rubric, sheets.sheets)
        for each in outcome.problems
    ]


def problems_of_code(path: Path) -> list[Problem]:
    """Run Python in a process that is left as it was: what it raises, or has in `found`.

    That is a frame, with a problem in each row, or what verifying an archive found.
    """
    names: dict[str, Any] = {}
    modules, places = dict(sys.modules), list(sys.path)
    sys.path.insert(0, str(YEAR.parent))
    try:
        exec(compile(path.read_text("utf-8"), path.name, "exec"), names)  # noqa: S102 - our own
    except RubricError as error:
        return list(error.problems)
    finally:
        sys.path[:] = places
        for name in [each for each, module in sys.modules.items() if module is None]:
            del sys.modules[name]
        sys.modules.update({name: modules[name] for name in modules.keys() - sys.modules.keys()})
    found = names.get("found")
    if isinstance(found, Verification):
        return list(found.problems)
    rows = [] if found is None else found.to_dicts()
    return [Problem(row["code"], row["column"], found=row["value"]) for row in rows]


def told_of(path: Path) -> tuple[Diagnostic, ...]:
    """Return what is told of an example."""
    return diagnosed(problems_of(path), {path.name: Source.of(path.read_bytes())})


@cache
def claims_of(path: Path) -> tuple[Diagnostic, ...]:
    """Return what is known of an example of a claim."""
    return diagnose_text(path.read_bytes(), path.name).diagnostics


def told_of_claim(code: str) -> tuple[Diagnostic, ...]:
    """Return what is told of the bad example of a claim; of what is proved, of the good one."""
    bad = CLAIMED / code / "bad.yaml"
    if bad.exists():
        return tuple(each for each in claims_of(bad) if each.verdict != "proved")
    return tuple(each for each in claims_of(CLAIMED / code / "good.yaml") if each.code == code)


def written() -> Iterator[tuple[Path, str]]:
    """Yield every file that is written, with what it should hold."""
    told = {GALLERY / code: told_of(example(code, "bad")) for code in CODES}
    told |= {CLAIMED / code: told_of_claim(code) for code in CLAIMS}
    for folder, each in told.items():
        yield folder / "report.txt", as_text(each)
    chinese = (f"== {folder.name} ==\n{as_text(each, 'zh')}" for folder, each in told.items())
    yield GALLERY / "reports_zh.txt", "\n".join(chinese)
    reports = {folder.name: as_text(each) for folder, each in told.items()}
    yield PAGE, "\n".join(page(reports)) + "\n"
    text = ERRORS.read_text("utf-8")
    head, _, rest = text.partition("| code | what is wrong |\n|---|---|\n")
    behind = re.sub(r"\A(\|.*\n)*", "", rest)
    yield ERRORS, head + "\n".join(table()) + "\n" + behind


def table() -> Iterator[str]:
    yield "| code | what is wrong |"
    yield "|---|---|"
    for code, sentence in CODES.items():
        yield f"| `{code}` | {sentence} |"


def page(reports: Mapping[str, str]) -> Iterator[str]:
    yield INTRODUCTION
    for code in CODES:
        if code in PARTS:
            yield f"\n## {PARTS[code]}"
        if code == "unknown-unit":
            yield "\nThe examples here and of archives use a small year, the module `small_year`:\n"
            yield fenced("text", YEAR.read_text("utf-8"))
        yield from section(code, CODES[code])
        path = example(code, "bad")
        if (path.parent / "rubric.yaml").exists():
            yield "\nA sheet for this rubric:\n"
            yield fenced("yaml", (path.parent / "rubric.yaml").read_text("utf-8"))
        yield "\nBad:\n"
        yield fenced("text", shortened(path.read_bytes().decode("utf-8", "replace")))
        yield ""
        yield fenced("text", reports[code])
        yield f"\nGood: {changed(path, example(code, 'good'))}"
    for code in CLAIMS:
        if code in CLAIM_PARTS:
            yield f"\n## {CLAIM_PARTS[code]}"
        yield from section(code, CLAIMS[code])
        bad, good = CLAIMED / code / "bad.yaml", CLAIMED / code / "good.yaml"
        yield "\nBad:\n" if bad.exists() else "\nFor example:\n"
        yield fenced("yaml", (bad if bad.exists() else good).read_text("utf-8"))
        yield ""
        yield fenced("text", reports[code])
        if bad.exists():
            yield f"\nGood: {changed(bad, good)}"


def section(code: str, sentence: str) -> Iterator[str]:
    texts = TEXTS[code]
    yield f"\n### {code}\n"
    yield f"{capital(sentence)}. {texts.mend}\n"
    yield f"{texts.zh}。{texts.mend_zh}"


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def fenced(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def shortened(text: str) -> str:
    """Return a text with its long lines cut."""
    lines = text.rstrip().split("\n")
    return "\n".join(each if len(each) <= 120 else f"{each[:110]} …" for each in lines)


def changed(bad: Path, good: Path) -> str:
    """Return the lines of the good example that differ from the bad one."""
    before = bad.read_bytes().decode("utf-8", "replace").rstrip().split("\n")
    after = good.read_text("utf-8").rstrip().split("\n")
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    kept: list[str] = []
    where = "instead"
    for kind, first, _, start, stop in matcher.get_opcodes():
        if kind != "equal":
            kept += after[start:stop]
            where = f"without line {first + 1}" if kind == "delete" else where
            where = f"before line {first + 1}" if kind == "insert" else where
            if kind == "insert" and first == len(before):
                where = "behind it"
    if not kept:
        return f"{where}."
    # The blocks of a page that begin like a whole rubric are read as one by the tests.
    part = good.suffix == ".py" or kept[0].startswith(("rubric:", "format:"))
    language = "text" if part else "yaml"
    return f"{where}\n\n" + fenced(language, "\n".join(map(shortened, kept)))


INTRODUCTION = """\
# Codes

Every code with its sentence, how to mend it, an example and what is told of it: first the codes
of problems, then those of claims, which `rubric check` makes of a rubric that can be used. This
page is written from the code by `docs/write_codes.py`; the examples are files under
`tests/gallery` and `tests/gallery_claims`, and the tests run them. What a problem is made of, and
which error carries it, is told under [errors](errors.md)."""


if __name__ == "__main__":
    for file, text in written():
        file.write_text(text, encoding="utf-8")
