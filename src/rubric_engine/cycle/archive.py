"""The archive of a cycle: one file of JSON Lines that anybody can verify (F31).

The first line is the head: the cycle, the whole rubric, the units, and the versions of the
library and of plugins. Every record is a line. Each line carries the SHA-256 of the line
before it, byte by byte, so that no line can be changed, dropped, added or moved without its
successor showing it. The last line is the seal: how many records there are, and the digest of
the last one. Whoever keeps the seal elsewhere can tell a file whose end was cut off, and one
that was written anew as a whole.

`verify` does not stop at digests. It carries the cycle out again from what was handed in, by
the same rules that recorded it, and compares every score, draw, decision and final star.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from attrs import field, frozen

from rubric_engine.cycle.files import cycle_digest, cycle_to_plain, loads_cycle
from rubric_engine.cycle.recorded_sheets import RecordedSheets
from rubric_engine.cycle.recording import apply
from rubric_engine.cycle.records import Asked, Register, Run
from rubric_engine.cycle.steps import RULES, begin
from rubric_engine.cycle.units import Actor, Earlier, Unit
from rubric_engine.errors import InvalidArchive, Problem, RubricError
from rubric_engine.fields import shown
from rubric_engine.files import loads, rubric_digest, to_plain
from rubric_engine.library import plugins
from rubric_engine.model import Rubric

__all__ = ["Seal", "Verification", "dump_archive", "load_archive", "seal_of", "verify"]

#: The form of the file; another number for one that is read otherwise.
FORMAT = "rubric_engine cycle 1"
#: So many problems are told at most.
MOST_PROBLEMS = 1_000
_KEYS = frozenset(
    {
        *("previous", "record", "step", "unit", "by", "when", "why", "before", "after"),
        *("based_on", "data", "found"),
    }
)


@frozen
class Seal:
    """What is kept elsewhere of an archive: how many records, and the digest of the last line."""

    records: int
    #: `sha256:` and 64 hexadecimal digits.
    digest: str

    def __str__(self) -> str:
        return f"{self.records} {self.digest}"

    @classmethod
    def parse(cls, text: str) -> Seal:
        """Read a seal from its text; raises `InvalidArchive` for what is none.

        >>> from rubric_engine.cycle.archive import Seal
        >>> seal = Seal(3, "sha256:" + "0" * 64)
        >>> Seal.parse(str(seal)) == seal
        True
        """
        count, _, digest = str(text).strip().partition(" ")
        known = digest.startswith("sha256:") and len(digest) == 71
        if not (count.isascii() and count.isdigit() and known):
            expected = "a number of records and `sha256:…`"
            raise InvalidArchive([Problem("wrong-type", "seal", expected, shown(text))])
        return cls(int(count), digest)


@frozen
class Verification:
    """What verifying an archive found; nothing, if it is whole and everything comes out again."""

    problems: tuple[Problem, ...]
    #: How many records were read, and how many sheets were scored again.
    records: int
    sheets: int
    #: The seal of the file as it is.
    seal: Seal | None
    #: The versions that wrote it, by distribution, and those that verified it where they differ.
    written_by: Mapping[str, str] = field(factory=dict)
    verified_by: Mapping[str, str] = field(factory=dict)
    #: The cycle as it was carried out again; None where that was not possible.
    run: Run | None = field(default=None, eq=False, repr=False)

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.problems

    def explain(self) -> str:
        """Return it as text for a terminal."""
        if self.ok:
            return (
                f"verified: {self.records} records, {self.sheets} sheets scored again; "
                f"seal {self.seal}"
            )
        lines = [f"not verified: {len(self.problems)} problems"]
        return "\n".join([*lines, *(f"  {each}" for each in self.problems)])


def dump_archive(run: Run) -> str:
    """Return a cycle as the text of its archive, to be written in UTF-8 as it is.

    A cycle can be written at any time; once it is closed nothing more can be recorded.
    """
    lines = [_line({"format": FORMAT, **_head(run)})]
    for each in run.records:
        lines.append(_line({"previous": _digest(lines[-1]), **each.plain}))
    seal = Seal(len(run.records), _digest(lines[-1]))
    lines.append(_line({"seal": {"records": seal.records, "digest": seal.digest}}))
    return "".join(f"{each}\n" for each in lines)


def seal_of(content: str | bytes) -> Seal:
    """Return the seal of an archive as it is; raises `InvalidArchive` for what is none.

    It is worked out from the lines, whatever the last one says.
    """
    lines = _lines(_text(content))
    if not lines:
        raise InvalidArchive([Problem("empty", "archive", "a head and records")])
    body = lines[:-1] if _is_seal(lines[-1]) else lines
    return Seal(len(body) - 1, _digest(body[-1]))


def load_archive(content: str | bytes, *, seal: Seal | str | None = None) -> Run:
    """Return the cycle of an archive, carried out again.

    Raises `InvalidArchive` with everything that `verify` finds.
    """
    found = verify(content, seal=seal)
    if found.problems or found.run is None:
        raise InvalidArchive(found.problems)
    return found.run


def verify(
    content: str | bytes,
    *,
    seal: Seal | str | None = None,
    rubric: Rubric | None = None,
) -> Verification:
    """Verify an archive: the chain of its lines, its seal, and every result.

    `seal` is the one that was kept elsewhere: without it a file that somebody wrote anew from
    the beginning, every digest and result included, cannot be told from the true one. `rubric`
    is the one that it must have been scored with. Nothing is raised for what is wrong with the
    archive: it is found, and named by its record (`record 12`) and unit. Codes:
    `record-changed`, `record-missing`, `record-added`, `record-moved`, `seal-broken`,
    `foreign-rubric`, `not-recomputed`, and those of steps that would be refused.
    """
    kept = Seal.parse(seal) if isinstance(seal, str) else seal
    try:
        text = _text(content)
    except InvalidArchive as error:
        return Verification(error.problems, 0, 0, None)
    lines = _lines(text)
    if not lines:
        return Verification((Problem("empty", "archive", "a head and records"),), 0, 0, None)
    reading = _Reading(lines, ended=text.endswith("\n"))
    written_by = _versions_of(reading.head)
    run, sheets, carried_out = None, 0, []
    if reading.head is not None:
        carried = _Carried(reading, rubric)
        run, sheets, carried_out = carried.run, carried.sheets, carried.problems
    problems = [*reading.problems, *_of_seal(reading, kept), *carried_out]
    now = _versions()
    changed = {name: now.get(name, "not installed") for name in written_by}
    found = Seal(reading.count, reading.last)
    return Verification(
        tuple(problems[:MOST_PROBLEMS]),
        reading.count,
        sheets,
        found,
        written_by,
        {name: each for name, each in changed.items() if each != written_by[name]},
        run,
    )


def _head(run: Run) -> dict[str, Any]:
    return {
        "period": run.period,
        "cycle": cycle_to_plain(run.cycle),
        "cycle_digest": cycle_digest(run.cycle),
        "rubric": to_plain(run.rubric),
        "rubric_digest": rubric_digest(run.rubric),
        "units": [case.unit.to_dict() for case in run.cases.values()],
        "earlier": {unit: each.to_dict() for unit, each in run.earlier.items()},
        "given": dict(run.given),
        "written_by": _versions(),
    }


def _versions() -> dict[str, str]:
    """Return the versions of the library and of the plugins that are installed."""
    found = {each.distribution: each.version for each in plugins() if each.distribution}
    try:
        found["rubric-engine"] = version("rubric-engine")
    except PackageNotFoundError:
        found["rubric-engine"] = "a source tree"
    return dict(sorted(found.items()))


def _versions_of(head: Mapping[str, Any] | None) -> dict[str, str]:
    said = {} if head is None else head.get("written_by")
    return {str(name): str(each) for name, each in said.items()} if isinstance(said, dict) else {}


def _line(data: Mapping[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _digest(line: str) -> str:
    return "sha256:" + sha256(line.encode("utf-8", "surrogatepass")).hexdigest()


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, bytes):
        expected = "the text of an archive, or its bytes"
        raise InvalidArchive([Problem("wrong-type", "archive", expected, shown(content))])
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        number = content.count(b"\n", 0, error.start)
        raise InvalidArchive(
            [Problem("not-utf8", f"record {number}", "UTF-8 text", line=number + 1)]
        ) from None


def _lines(text: str) -> list[str]:
    """Return the lines; only a line feed ends one, and the last may be without it."""
    lines = text.split("\n")
    return lines[:-1] if lines and not lines[-1] else lines


def _is_seal(line: str) -> bool:
    return line.startswith('{"seal":')


class _Reading:
    """The lines of an archive, read, and what is wrong with their chain."""

    def __init__(self, lines: Sequence[str], *, ended: bool) -> None:
        self.problems: list[Problem] = []
        self.sealed: Mapping[str, Any] | None = None
        #: Whether the line of the seal is as it was written, to the last byte.
        self.seal_as_written = ended
        body = list(lines)
        if _is_seal(body[-1]) and len(body) > 1:
            written = body.pop()
            last = _parsed(written) or {}
            self.seal_as_written = ended and written == _line(last)
            seal = last.get("seal")
            self.sealed = seal if isinstance(seal, dict) and set(last) == {"seal"} else {}
        self.digests = [_digest(each) for each in body]
        self.last = self.digests[-1]
        self.head = _parsed(body[0])
        if self.head is None or self.head.get("format") != FORMAT:
            self._told("record-changed", 0, f"the head of `{FORMAT}`")
            self.head = None
        #: The lines of records, by the places where they stand; and what they say they are.
        self.lines = body
        self.said = [_said(each) for each in body]
        for place, said in enumerate(self.said[1:], 1):
            if said is None:
                self._told("record-changed", place, "a record in JSON")
        #: Whether every record stands where its number says.
        self.in_order = self._check_chain()

    @property
    def count(self) -> int:
        """How many records there are."""
        return len(self.lines) - 1

    def record(self, place: int) -> dict[str, Any] | None:
        """Return the record at a place; None, after telling so, for a line that is none."""
        data = _parsed(self.lines[place])
        if data is not None and set(data) == _KEYS:
            return data
        self.changed(place, "a record in JSON")
        return None

    def changed(self, place: int, expected: str) -> None:
        """Tell that a record, or the head, is not as it was written; once."""
        path = "head" if place == 0 else f"record {place}"
        if not any(each.path == path for each in self.problems):
            self._told("record-changed", place, expected)

    def _told(self, code: str, place: int, expected: str, found: str = "") -> None:
        path = "head" if place == 0 else f"record {place}"
        self.problems.append(Problem(code, path, expected, found, line=place + 1))

    def _check_chain(self) -> bool:
        """Tell what was changed, dropped, added or moved; say whether all stand in order."""
        numbers = {place: said[1] for place, said in enumerate(self.said) if place and said}
        often = Counter(numbers.values())
        kept = set(_rising(numbers))
        before = 0
        for place, number in numbers.items():
            if place not in kept:
                if often[number] > 1:
                    self._told("record-added", place, f"record {number} once")
                else:
                    expected = f"a record between {number - 1} and {number + 1}"
                    self._told("record-moved", place, expected, f"record {number}")
                continue
            lost = [each for each in range(before + 1, number) if each not in often]
            # A line that could not be read is told already.
            if lost and place - 1 in (0, *numbers):
                gap = f"{lost[0]} to {lost[-1]}" if len(lost) > 1 else f"{lost[0]}"
                self._told("record-missing", place, f"record {gap} before record {number}")
            follows = place - 1 == 0 or numbers.get(place - 1) == number - 1
            previous = self.said[place]
            if follows and not lost and previous and previous[0] != self.digests[place - 1]:
                # The line before is not the one that this line followed.
                self.changed(place - 1, "the line as it was written")
            before = number
        return list(numbers.items()) == [(each, each) for each in range(1, self.count + 1)]


def _rising(numbers: Mapping[int, int]) -> list[int]:
    """Return the places of a longest run of numbers that rise: of all that stand in order."""
    ends: list[int] = []
    places: list[int] = []
    earlier: dict[int, int | None] = {}
    for place, number in numbers.items():
        at = bisect_left(ends, number)
        if ends[at : at + 1] == [number]:
            continue  # of two that are the same, the first stands in order
        earlier[place] = places[at - 1] if at else None
        ends[at : at + 1] = [number]
        places[at : at + 1] = [place]
    found: list[int] = []
    last = places[-1] if places else None
    while last is not None:
        found.append(last)
        last = earlier[last]
    return found


#: How the line of a record begins.
_BEGINNING = re.compile(r'\{"previous":"(sha256:[0-9a-f]{64})","record":([1-9][0-9]{0,17}),')


def _said(line: str) -> tuple[str, int] | None:
    """Return the digest that a record follows, and its number; None for what is no record."""
    match = _BEGINNING.match(line)
    return None if match is None else (match[1], int(match[2]))


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _of_seal(reading: _Reading, kept: Seal | None) -> Iterator[Problem]:
    count, last = reading.count, reading.last
    said = reading.sealed
    if said is None:
        yield Problem("seal-broken", "seal", "a last line with the seal", "none")
    elif said != {"records": count, "digest": last} or not reading.seal_as_written:
        expected = f"{said.get('records')} records, the last {said.get('digest')}"
        yield Problem("seal-broken", "seal", expected, f"{count} records, the last {last}")
    if kept is not None and kept != Seal(count, last):
        yield Problem("seal-broken", "seal", str(kept), f"{count} {last}")


class _Carried:
    """A cycle that is carried out again from its archive."""

    def __init__(self, reading: _Reading, rubric: Rubric | None) -> None:
        self.problems: list[Problem] = []
        self.run: Run | None = None
        self.sheets = 0
        self.reading = reading
        head = reading.head or {}
        begun = self._begun(head, rubric)
        if begun is None or not reading.in_order:
            return
        register = Register(begun)
        actors: dict[tuple[Any, ...], Actor] = {}
        for place in range(1, reading.count + 1):
            data = reading.record(place)
            asked = None if data is None else self._asked(place, data, actors, begun.scoring)
            if data is None or asked is None or not self._repeated(register, asked, place, data):
                return
        if register.pending:
            at = f"record {reading.count + 1}"
            expected = f"`{register.pending_step}` for {register.pending[0]}"
            self.problems.append(Problem("record-missing", at, expected, "none"))
            return
        self.run = register.done()

    def _begun(self, head: Mapping[str, Any], rubric: Rubric | None) -> Run | None:
        try:
            own = loads(json.dumps(head.get("rubric"), ensure_ascii=False))
            cycle = loads_cycle(json.dumps(head.get("cycle"), ensure_ascii=False))
            if rubric_digest(own) != head.get("rubric_digest"):
                self._foreign("the rubric that its digest names", str(head.get("rubric_digest")))
            if rubric is not None and rubric_digest(rubric) != rubric_digest(own):
                expected = f"{rubric.name}, version {rubric.version}, {rubric_digest(rubric)}"
                self._foreign(expected, f"version {own.version}, {rubric_digest(own)}")
            if cycle_digest(cycle) != head.get("cycle_digest"):
                expected = "the cycle that its digest names"
                self.problems.append(Problem("not-recomputed", "head.cycle", expected, line=1))
            return begin(
                cycle,
                own,
                [Unit(**each) for each in head["units"]],
                period=head["period"],
                earlier={unit: Earlier(**each) for unit, each in head["earlier"].items()},
                given=dict(head["given"].items()),
            )
        except RubricError as error:
            self.problems += [
                Problem(each.code, f"head: {each.path}", each.expected, each.found, line=1)
                for each in error.problems
            ]
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            expected = "the head of an archive"
            self.problems.append(
                Problem("record-changed", "head", expected, type(error).__name__, line=1)
            )
        return None

    def _foreign(self, expected: str, found: str) -> None:
        self.problems.append(Problem("foreign-rubric", "head.rubric", expected, found, line=1))

    def _asked(
        self,
        place: int,
        data: dict[str, Any],
        actors: dict[tuple[Any, ...], Actor],
        scoring: RecordedSheets,
    ) -> Asked | None:
        try:
            key = tuple(data["by"].items())
            by = actors.get(key)
            if by is None:
                by = actors[key] = Actor(**data["by"])
            unit = data["unit"]
            when = date.fromisoformat(data["when"])
            known = isinstance(data["data"], dict) and (unit is None or isinstance(unit, str))
        except (TypeError, ValueError, AttributeError):
            known = False
        if not known or by is None:
            self.reading.changed(place, "who, when and what, as a record has it")
            return None
        scoring.share(data["data"].get("sheet"))
        return Asked(data["step"], unit, by, when, data["why"], data["data"])

    def _repeated(self, register: Register, asked: Asked, place: int, data: dict[str, Any]) -> bool:
        """Record a step again and compare; say whether the next one can be."""
        try:
            apply(register, asked, RULES)
        except RubricError as error:
            at = f"record {place}"
            self.problems += [
                Problem(each.code, f"{at}: {each.path}", each.expected, each.found, line=place + 1)
                for each in error.problems
            ]
            return False
        record = register.records[-1]
        self.sheets += "sheet" in asked.data or "changes" in asked.data
        plain, unit = record.plain, asked.unit or asked.step
        for name in ("before", "after", "based_on", "found"):
            for path, made, said in _differences(plain[name], data[name], f"{unit}.{name}"):
                at = f"record {place}: {path}"
                self.problems.append(
                    Problem("not-recomputed", at, shown(made), shown(said), line=place + 1)
                )
        return True


def _differences(made: object, said: object, path: str) -> Iterator[tuple[str, object, object]]:
    """Yield where two plain values differ, as deep as both are mappings of the same keys."""
    if made == said and type(made) is type(said):
        return
    if isinstance(made, dict) and isinstance(said, dict) and made.keys() == said.keys():
        for key in made:
            yield from _differences(made[key], said[key], f"{path}.{key}")
        return
    yield path, made, said
