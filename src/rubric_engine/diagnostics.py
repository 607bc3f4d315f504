"""What is wrong with a rubric's text, or worth knowing, told to a person and to programs.

A problem or a claim becomes a `Diagnostic`: its line of the source, which part of it is
marked, and how to mend it. They are written as text and as JSON; `sarif` writes SARIF.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from os import PathLike
from typing import Any, Literal
from unicodedata import category, east_asian_width

from attrs import evolve, field, frozen

from rubric_engine.checking import check
from rubric_engine.claims import Claim, Report, Verdict, Witness
from rubric_engine.errors import AtKey, Problem, RubricError
from rubric_engine.exact import number_text
from rubric_engine.exercise import Exercised
from rubric_engine.files import Examined, examine, examine_text
from rubric_engine.library import find_rubric
from rubric_engine.mending import LANGUAGES, expected_in, fact_in, mend_of, sentence_of
from rubric_engine.reading import Document, content_of
from rubric_engine.words import on_one_line

__all__ = [
    "Diagnosis",
    "Diagnostic",
    "Source",
    "as_json",
    "as_text",
    "diagnose",
    "diagnose_text",
    "diagnosed",
    "placed_report",
    "summary",
    "unquoted",
    "witnesses_data",
]

#: How many columns of a source line are shown.
WINDOW = 100
#: So much of a line is looked at before and behind a place.
NEAR = 2_000
TAB = 4
#: A line of a text beside the source is cut at this length; a list of names can be long.
LONGEST = 600
#: How much of a sheet is shown in a text.
MOST_OF_A_SHEET = 240

Level = Literal["error", "warning", "note", "none"]

#: How grave each verdict is for a code host.
LEVELS: dict[str, Level] = {
    "wrong": "error",
    "suspect": "warning",
    "undecided": "note",
    "information": "note",
    "proved": "none",
}


# where it stands


@frozen
class Source:
    """The text that diagnostics point into, line by line."""

    lines: tuple[str, ...] = field(repr=False, default=())

    @classmethod
    def of(cls, content: str | bytes) -> Source:
        """Return the lines of a text as the reader counts them; what is no UTF-8 shows as `�`."""
        if isinstance(content, bytes):
            content = content.decode("utf-8", "replace")
        return cls(tuple(_LINE_END.split(content.removeprefix("\ufeff"))))

    @classmethod
    def read(cls, name_or_path: str | PathLike[str]) -> Source:
        """Read a rubric's file; empty where that is not possible."""
        try:
            return cls.of(content_of(find_rubric(name_or_path)))
        except (RubricError, OSError):
            return cls()

    def line(self, number: int | None) -> str | None:
        """Return a line by its number, counted from 1, or None."""
        if number is None or not 1 <= number <= len(self.lines):
            return None
        return self.lines[number - 1]


#: What YAML takes for the end of a line.
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


@frozen
class Diagnostic:
    """A problem or a claim, with all that somebody is told of it."""

    code: str
    verdict: Literal["wrong"] | Verdict
    #: Where: `$.items[0].rules[1]`.
    path: str
    #: What a claim is about: a rule, a grade, the id of a node or field.
    about: str = ""
    expected: str = ""
    found: str = ""
    nearest: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
    witnesses: tuple[Witness, ...] = field(default=(), repr=False)
    file: str | None = None
    #: Line and columns, counted from 1 in characters; `end_column` is the first behind.
    line: int | None = None
    column: int | None = None
    end_column: int | None = None
    #: The line of the source; None where it is not known.
    source: str | None = field(default=None, repr=False)

    @property
    def level(self) -> Level:
        """How grave it is."""
        return LEVELS[self.verdict]

    @property
    def marked(self) -> str:
        """What stands at the place; empty where that is not known."""
        if self.source is None or self.column is None or self.end_column is None:
            return ""
        return self.source[self.column - 1 : self.end_column - 1]

    def sentence(self, language: str = "en") -> str:
        """Return what is the matter, in one sentence."""
        about = f"{self.about}: " if self.about else ""
        undecided = _WORDS[language]["undecided_whether"] if self.verdict == "undecided" else ""
        return f"{about}{undecided}{sentence_of(self.code, language)}"

    def message(self, language: str = "en") -> str:
        """Return the sentence with what was found and expected, on one line."""
        say = _WORDS[language]
        parts = [self.sentence(language)]
        parts += [f"{say[key]}{text}" for key, text in self.details(language)]
        return say["and"].join(parts)

    def details(self, language: str = "en") -> Iterator[tuple[str, str]]:
        """Yield what was found, expected and near, and the facts, each with the word for it."""
        if self.found:
            yield "found", self.found
        if self.nearest:
            yield "nearest", self.nearest
        if self.expected:
            yield "expected", expected_in(self.expected, language)
        if self.facts:
            yield "facts", _pairs(self.facts, language)


def _pairs(pairs: Iterable[tuple[str, str]], language: str) -> str:
    """Return names with their values, as `low 0, high 10`."""
    words = (f"{fact_in(key, language)} {fact_in(value, language)}" for key, value in pairs)
    return _WORDS[language]["comma"].join(words)


def diagnosed(
    told: Iterable[Problem | Claim], sources: Mapping[str | None, Source]
) -> tuple[Diagnostic, ...]:
    """Return problems and claims as diagnostics, ordered by file and place.

    `sources` has the text of each file; the file of a text that came from nowhere is None.
    """
    made = (_diagnostic(each, sources.get(each.file, Source())) for each in told)
    return tuple(sorted(made, key=_place))


def _place(each: Diagnostic) -> tuple[str, int, int]:
    return each.file or "", each.line or 0, each.column or 0


def _diagnostic(told: Problem | Claim, source: Source) -> Diagnostic:
    text = source.line(told.line)
    end = None
    found = told.found if isinstance(told, Problem) else ""
    if text is not None and told.column is not None:
        start = told.column - 1
        first = max(start - NEAR, 0)
        end = _end_of(text[first : start + NEAR], start - first, found) + first + 1
    place: dict[str, Any] = {
        "file": told.file,
        "line": told.line,
        "column": told.column,
        "end_column": end,
        "source": text,
    }
    if isinstance(told, Claim):
        return Diagnostic(
            told.code,
            told.verdict,
            told.path,
            told.about,
            facts=told.facts,
            witnesses=told.witnesses,
            **place,
        )
    return Diagnostic(
        told.code,
        "wrong",
        told.path,
        "",
        told.expected,
        told.found,
        told.nearest,
        **place,
    )


_CLOSING = {"{": "}", "[": "]"}
#: A scalar ends before these, in a block and inside brackets.
_BLOCK_END = re.compile(r":(?=\s|$)|\s+#|\s*$")
_FLOW_END = re.compile(r":(?=\s|$)|\s+#|\s*[,\[\]{}]|\s*$")


def _end_of(text: str, start: int, found: str) -> int:
    """Return where that ends which begins at a place of a line, at least one sign further."""
    if start >= len(text):
        return start + 1
    sign = text[start]
    plain = unquoted(found)
    if plain and text.startswith(plain, start):
        return start + len(plain)
    if sign in _CLOSING:
        return _bracket_end(text, start)
    if sign in "\"'":
        return _quote_end(text, start)
    flow = _depth(text, start) > 0 or _opens_late(text, start)
    end = (_FLOW_END if flow else _BLOCK_END).search(text, start)
    return max(end.start() if end else len(text), start + 1)


def unquoted(found: str) -> str:
    """Return what was found as it stands in the text; texts are quoted in problems."""
    quoted = len(found) > 1 and found[0] in "\"'" and found[-1] == found[0]
    return found[1:-1] if quoted else found


def _quote_end(text: str, start: int) -> int:
    """Return where a quoted scalar ends, or the line."""
    quote = text[start]
    inner = r"(?:[^\"\\]|\\.)*" if quote == '"' else "(?:[^']|'')*"
    match = re.compile(f"{quote}{inner}{quote}").match(text, start)
    return match.end() if match else len(text.rstrip())


def _signs(text: str, start: int, stop: int) -> Iterator[tuple[int, str]]:
    """Yield the brackets between two places of a line that stand outside quotes."""
    place = start
    while place < stop:
        sign = text[place]
        before = text[place - 1] if place else " "
        if sign in "\"'" and before in " \t,:[{(":
            place = _quote_end(text, place)
            continue
        if sign == "#" and before in " \t":
            return
        if sign in "{[]}":
            yield place, sign
        place += 1


def _bracket_end(text: str, start: int) -> int:
    """Return where a bracket is closed, or where the line ends."""
    depth = 0
    for place, sign in _signs(text, start, len(text)):
        depth += 1 if sign in _CLOSING else -1
        if depth == 0:
            return place + 1
    return len(text.rstrip())


def _depth(text: str, start: int) -> int:
    """Return how many brackets are open at a place of a line."""
    return sum(1 if sign in _CLOSING else -1 for _, sign in _signs(text, 0, start))


def _opens_late(text: str, start: int) -> bool:
    """Say whether a bracket is closed behind a place that was opened on an earlier line."""
    depth = 0
    for _, sign in _signs(text, start, len(text)):
        depth += 1 if sign in _CLOSING else -1
        if depth < 0:
            return True
    return False


def placed_report(report: Report, document: Document | None) -> Report:
    """Return a report with the line and column of each claim, by its path.

    A claim about what a rule, gate or grade says, or a title or points, is placed where that
    begins; one about a field, a tier or a list at its name.
    """
    if document is None:
        return report
    claims = tuple(_placed(each, document) for each in report.claims)
    order = sorted(claims, key=lambda each: (each.line or 0, each.column or 0))
    return evolve(report, claims=tuple(order))


_SAID = re.compile(
    r".*\.(?:rules|gates|grades|group)\[\d+\]\.\w+|.*\.(?:title|points|out_of|weight)", re.DOTALL
)


def _placed(claim: Claim, document: Document) -> Claim:
    offset = None if _SAID.fullmatch(claim.path) else AtKey(0)
    at = document.placed(Problem(claim.code, claim.path, file=claim.file), offset)
    return evolve(claim, file=at.file, line=at.line, column=at.column)


# what is known of a file


@frozen
class Diagnosis:
    """What is known of one rubric: its report, and what is told of it."""

    #: What it is called in diagnostics; None for a text.
    file: str | None
    report: Report
    #: All problems and claims, the proved ones too, in the order of their places.
    diagnostics: tuple[Diagnostic, ...] = field(repr=False)
    #: The rubric's own language, as far as diagnostics are told in it.
    language: str = "en"
    #: Which rules, branches and grades its golden cases exercise, where that was asked.
    exercised: Exercised | None = None
    #: The golden cases that do not give what they expect, with the differences.
    failed: tuple[tuple[str, str], ...] = ()

    def told(self, *, everything: bool = False, quiet: bool = False) -> tuple[Diagnostic, ...]:
        """Return what to tell: with `everything` what is proved too, `quiet` only what is amiss."""
        left_out = set() if everything else {"proved"}
        left_out |= {"proved", "undecided", "information"} if quiet else set()
        return tuple(each for each in self.diagnostics if each.verdict not in left_out)

    def explain(
        self, language: str | None = None, *, everything: bool = False, quiet: bool = False
    ) -> str:
        """Return what is told as text: each with its source line, and how to mend it.

        In the rubric's language unless another is named ("zh", "en").
        """
        told = self.told(everything=everything, quiet=quiet)
        return as_text(told, language or self.language)

    def to_dict(
        self, language: str | None = None, *, everything: bool = False, quiet: bool = False
    ) -> dict[str, Any]:
        """Return it as plain data, ready for JSON."""
        told = {"everything": everything, "quiet": quiet}
        return _file_data(self, language or self.language, told)

    def to_sarif(
        self, language: str | None = None, *, everything: bool = False, quiet: bool = False
    ) -> dict[str, Any]:
        """Return it as a SARIF 2.1.0 log, for editors and code hosts."""
        from rubric_engine.sarif import as_sarif

        language = language or self.language
        return as_sarif([self], language, everything=everything, quiet=quiet)

    def with_problems(self, problems: Sequence[Problem]) -> Diagnosis:
        """Return the same with further problems, of files beside the rubric."""
        sources = {each.file: Source.read(str(each.file)) for each in problems}
        found = (*self.diagnostics, *diagnosed(problems, sources))
        report = evolve(self.report, wrong=(*self.report.wrong, *problems))
        return evolve(self, report=report, diagnostics=found)

    @property
    def counts(self) -> dict[str, int]:
        """How many diagnostics there are of each verdict."""
        return {
            verdict: sum(each.verdict == verdict for each in self.diagnostics) for verdict in LEVELS
        }


def diagnose(name_or_path: str | PathLike[str]) -> Diagnosis:
    """Read and check a rubric: all that is wrong with it, else all that is known of it.

    The rubric is named as for `load`. Raises `UnknownRubric` if there is no such rubric or
    file.

    >>> diagnose("sf-food-safety").told()
    ()
    """
    return _diagnosis(examine(name_or_path), Source.read(name_or_path))


def diagnose_text(content: str | bytes, file: str | None = None) -> Diagnosis:
    """Read and check the text of a rubric, as `diagnose` does a file."""
    return _diagnosis(examine_text(content, file), Source.of(content))


def _diagnosis(examined: Examined, source: Source) -> Diagnosis:
    if examined.rubric is None:
        report = Report("", wrong=examined.problems)
    else:
        report = placed_report(check(examined.rubric), examined.document)
    file = examined.file
    claims = tuple(each if each.file else evolve(each, file=file) for each in report.claims)
    report = evolve(report, claims=claims)
    told: tuple[Problem | Claim, ...] = (*report.wrong, *report.claims)
    sources: dict[str | None, Source] = {file: source}
    for each in {one.file for one in told} - {file}:
        sources[each] = Source.read(str(each))
    return Diagnosis(file, report, diagnosed(told, sources), _language(examined))


def _language(examined: Examined) -> str:
    """Return the language that a rubric states, if diagnostics are told in it; else English."""
    value = None if examined.document is None else examined.document.value
    stated = value.get("language") if isinstance(value, Mapping) else None
    return str(stated) if stated in LANGUAGES else "en"


# as text

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "wrong": "error: ",
        "suspect": "warning: ",
        "information": "note: ",
        "undecided": "not decided: ",
        "proved": "proved: ",
        "undecided_whether": "it could not be decided whether ",
        "found": "found: ",
        "expected": "expected: ",
        "nearest": "did you mean: ",
        "facts": "facts: ",
        "shown": "shown by: ",
        "differs": "against: ",
        "mend": "to mend it: ",
        "at": "at: ",
        "and": "; ",
        "comma": ", ",
        "and_more": " … and {} more",
        "count_wrong": "{} wrong",
        "count_suspect": "{} suspect",
        "count_undecided": "{} not decided",
        "count_information": "{} to know",
        "count_proved": "{} proved",
        "nothing": "nothing to tell",
        "head": "{}: ",
    },
    "zh": {
        "wrong": "错误：",
        "suspect": "警告：",
        "information": "提示：",
        "undecided": "未定：",
        "proved": "已证：",
        "undecided_whether": "未能判定是否",
        "found": "所写：",
        "expected": "应为：",
        "nearest": "是否指：",
        "facts": "数据：",
        "shown": "例证：",
        "differs": "对照：",
        "mend": "改法：",
        "at": "位置：",
        "and": "；",
        "comma": "，",
        "and_more": " … 另有 {} 项",
        "count_wrong": "错误 {} 处",
        "count_suspect": "可疑 {} 处",
        "count_undecided": "未定 {} 处",
        "count_information": "提示 {} 处",
        "count_proved": "已证 {} 项",
        "nothing": "没有要说明的",
        "head": "{}：",
    },
}


def as_text(diagnostics: Iterable[Diagnostic], language: str = "en") -> str:
    """Return diagnostics as text for a person, a block of lines for each."""
    return "\n".join(_block(each, language) for each in diagnostics)


def summary(diagnosis: Diagnosis, language: str = "en") -> str:
    """Return one line that counts what is known of a rubric."""
    say = _WORDS[language]
    report = diagnosis.report
    name = diagnosis.file or report.rubric
    counts = [say[f"count_{key}"].format(n) for key, n in diagnosis.counts.items() if n]
    text = say["comma"].join(counts) or say["nothing"]
    return on_one_line(say["head"].format(name) + text)


def _block(each: Diagnostic, language: str) -> str:
    say = _WORDS[language]
    known = [str(part) for part in (each.file, each.line, each.column) if part is not None]
    place = ":".join(known) + ": " if known else ""
    lines = [f"{place}{say[each.verdict]}{each.sentence(language)} [{each.code}]"]
    shown = _shown_line(each)
    seen = unquoted(each.found) == each.marked
    details = [
        f"{say[key]}{text}" for key, text in each.details(language) if not (key == "found" and seen)
    ]
    details += _witness_lines(each.witnesses, language)
    if each.verdict in ("wrong", "suspect", "information"):
        details.append(say["mend"] + mend_of(each.code, language))
    details.append(say["at"] + each.path)
    lines = [on_one_line(lines[0]), *shown, *(f"  {_held(text)}" for text in details)]
    return "\n".join(lines) + "\n"


def _held(text: str) -> str:
    """Return a text on one line of no endless length."""
    line = on_one_line(text)
    return line if len(line) <= LONGEST else line[: LONGEST - 2] + " …"


def _shown_line(each: Diagnostic) -> list[str]:
    """Return the line of the source and the line that marks the place, in equal columns."""
    if each.source is None or each.column is None or each.end_column is None:
        return []
    number = str(each.line)
    # No more of a line is looked at than can be shown of it.
    skipped = max(each.column - 1 - WINDOW, 0)
    start, end = each.column - 1 - skipped, each.end_column - 1 - skipped
    cells = _cells(each.source[skipped : each.column + WINDOW])
    cut = len(each.source) > each.column + WINDOW
    cells += [(" ", 1)] * (start + 1 - len(cells))
    end = min(end, len(cells))
    first, last = _window(cells, start, end)
    before = "…" if skipped or first else ""
    behind = "…" if cut or last < len(cells) else ""
    text = before + "".join(sign for sign, _ in cells[first:last]) + behind
    blank = len(before) + sum(columns for _, columns in cells[first:start])
    marks = sum(columns for _, columns in cells[start : min(end, last)])
    gutter = " " * len(number)
    return [
        f"  {number} | {text}".rstrip(),
        f"  {gutter} | {' ' * blank}{'^' * max(marks, 1)}",
    ]


def _cells(text: str) -> list[tuple[str, int]]:
    """Return the signs of a line as they are shown, each with its columns on a terminal."""
    cells: list[tuple[str, int]] = []
    column = 0
    for sign in text:
        if sign == "\t":
            columns = TAB - column % TAB
            shown = " " * columns
        else:
            shown = on_one_line(sign)
            columns = len(shown) if shown != sign else _columns_of(sign)
        cells.append((shown, columns))
        column += columns
    return cells


def _columns_of(sign: str) -> int:
    """Return how many columns of a terminal a sign takes; one that joins another takes none."""
    if category(sign) in ("Mn", "Me"):
        return 0
    return 2 if east_asian_width(sign) in "WF" else 1


def _window(cells: Sequence[tuple[str, int]], start: int, end: int) -> tuple[int, int]:
    """Return which signs of a line are shown: all, or about `WINDOW` columns at the place."""
    if sum(columns for _, columns in cells) <= WINDOW:
        return 0, len(cells)
    first, last, room = start, start, WINDOW
    while last < end and room - cells[last][1] >= 0:
        room -= cells[last][1]
        last += 1
    #: What is left goes half before the place, and all that is not used there behind it.
    left = room // 2
    while first > 0 and left - cells[first - 1][1] >= 0:
        first -= 1
        left -= cells[first][1]
        room -= cells[first][1]
    while last < len(cells) and room - cells[last][1] >= 0:
        room -= cells[last][1]
        last += 1
    while first > 0 and room - cells[first - 1][1] >= 0:
        first -= 1
        room -= cells[first][1]
    return first, last


def _witness_lines(witnesses: Sequence[Witness], language: str) -> Iterator[str]:
    """Yield the sheets that show a claim: the first, and what differs in the others."""
    say = _WORDS[language]
    first: dict[str, str] = {}
    for number, each in enumerate(witnesses):
        shows = _pairs(each.shows, language)
        arrow = f" → {shows}" if shows else ""
        flat = dict(_flat(each.evidence))
        if number and flat.keys() == first.keys():
            parts = [f"{key}: {value}" for key, value in flat.items() if value != first[key]]
            yield say["differs"] + _cut(parts, say) + arrow
        else:
            first = flat
            yield say["shown"] + _cut([f"{key}: {each}" for key, each in flat.items()], say) + arrow


def _cut(parts: Sequence[str], say: Mapping[str, str]) -> str:
    """Return parts of a sheet in braces, as many as there is room for."""
    kept: list[str] = []
    for each in parts:
        if kept and sum(map(len, kept)) + len(each) > MOST_OF_A_SHEET:
            break
        kept.append(each[:MOST_OF_A_SHEET])
    more = len(parts) - len(kept)
    return "{" + ", ".join(kept) + (say["and_more"].format(more) if more else "") + "}"


def _flat(evidence: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Yield the findings of a sheet by `item.field`, as text that a file could hold."""
    for key, each in evidence.items():
        path = f"{above}.{key}" if above else str(key)
        if isinstance(each, Mapping) and each:
            yield from _flat(each, path)
        else:
            yield path, _written(each)


def _written(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_written(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | Decimal | Fraction):
        return number_text(Fraction(value))
    return str(value)


# as JSON


def as_json(
    diagnoses: Iterable[Diagnosis], language: str | None = None, **told: bool
) -> dict[str, Any]:
    """Return diagnoses as plain data, each in its rubric's language unless one is named.

    `told` is as for `Diagnosis.told`.
    """
    files = [each.to_dict(language, **told) for each in diagnoses]
    return {"format": 1, "files": files}


def _file_data(diagnosis: Diagnosis, language: str, told: Mapping[str, bool]) -> dict[str, Any]:
    report = diagnosis.report
    return {
        "file": diagnosis.file,
        "rubric": report.rubric or None,
        "version": report.version or None,
        "sound": report.sound,
        "counts": diagnosis.counts,
        "diagnostics": [_data(each, language) for each in diagnosis.told(**told)],
        "cases": _cases_data(diagnosis),
    }


def _cases_data(diagnosis: Diagnosis) -> dict[str, Any] | None:
    if diagnosis.exercised is None:
        return None
    failed = [{"name": name, "differences": text} for name, text in diagnosis.failed]
    return {**diagnosis.exercised.to_dict(), "failed": failed}


def _data(each: Diagnostic, language: str) -> dict[str, Any]:
    return {
        "code": each.code,
        "verdict": each.verdict,
        "level": each.level,
        "message": each.message(language),
        "mend": mend_of(each.code, language),
        "path": each.path,
        "about": each.about or None,
        "expected": each.expected or None,
        "found": each.found or None,
        "nearest": each.nearest,
        "file": each.file,
        "line": each.line,
        "column": each.column,
        "end_column": each.end_column,
        "source": each.source if len(each.source or "") <= NEAR else None,
        "facts": dict(each.facts),
        "witnesses": witnesses_data(each),
    }


def witnesses_data(each: Diagnostic) -> list[dict[str, Any]]:
    """Return the sheets that show a claim as plain data."""
    return [{"evidence": _plain(one.evidence), "shows": dict(one.shows)} for one in each.witnesses]


def _plain(value: Any) -> Any:  # noqa: ANN401 - a finding, as JSON holds it
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    text = _written(value)
    return float(text) if re.fullmatch(r"-?\d{1,12}\.\d{1,3}", text, re.ASCII) else text
