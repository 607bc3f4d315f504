"""What can be wrong, and how it is told.

::

    RubricError
    ├── InvalidRubric (ValueError)       a rubric has problems
    ├── UnknownRubric (LookupError)      no rubric of this name, no such file
    ├── InvalidEvidence (ValueError)     a sheet has problems
    │   └── IncompleteEvidence           its only problems are missing findings
    ├── InvalidFrame (ValueError)        a frame's columns do not fit the rubric
    ├── InvalidCycle (ValueError)        the settings of a cycle have problems
    ├── InvalidStep (ValueError)         a step of a cycle cannot be recorded
    ├── InvalidArchive (ValueError)      an archive of a cycle cannot be read
    ├── UnknownNode (KeyError)           a result has no node of this id
    ├── MissingLibrary (ImportError)     a library that is needed is not installed
    └── PluginError                      a plugin cannot be used

Every error carries all its problems at once. Programs read `Problem.code` and its
place; the wording may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from heapq import nsmallest
from unicodedata import category

from attrs import evolve, frozen

__all__ = [
    "CODES",
    "AtKey",
    "IncompleteEvidence",
    "InvalidArchive",
    "InvalidCycle",
    "InvalidEvidence",
    "InvalidFrame",
    "InvalidRubric",
    "InvalidStep",
    "MissingLibrary",
    "PluginError",
    "Problem",
    "RubricError",
    "UnknownNode",
    "UnknownRubric",
    "malformed",
    "nearest_name",
]

#: Every code, with the sentence that says what is wrong.
CODES: dict[str, str] = {
    # files
    "not-utf8": "the file is not UTF-8 text",
    "too-large": "this is larger than allowed",
    "too-deep": "this is nested deeper than allowed",
    "not-yaml": "this cannot be read as YAML or JSON",
    "empty": "there is nothing here",
    "several-documents": "the file holds more than one document",
    "anchor": "anchors, aliases and merge keys are not allowed",
    "tag": "tags are not allowed",
    "duplicate-key": "this key stands here twice",
    "not-a-mapping": "this is not a mapping of keys to values",
    "unsupported-format": "this version of the file format is not known",
    # the shape of a rubric
    "unknown-key": "this key is not known here",
    "missing-key": "a required key is missing",
    "wrong-type": "this is of the wrong type",
    "bad-number": "this is not an exact number",
    "out-of-range": "this value is out of its range",
    "bad-id": "this cannot be an id",
    "unknown-type": "this type of evidence is not known",
    "unknown-verb": "the rule has no verb that is known",
    "full-width": "this holds a full-width sign where a plain one is due",
    "comma-lost": "a comma seems to be missing between the type and the title",
    "conflicting-keys": "these keys do not go together",
    # the sense of a rubric
    "duplicate-id": "this id is used twice",
    "no-children": "an indicator has no children",
    "points-do-not-add-up": "the points of the children do not add up to the scale of their parent",
    "scale-missing": "this node needs a scale of its own",
    "start-unclear": "it must be said where this item starts",
    "all-needs-scale": "`all` needs a scale, and cannot be a bonus",
    "by-and-amount": "the amount and `by` do not go together",
    "unknown-name": "this name is not known here",
    "unknown-function": "this function is not known",
    "unknown-value": "this is not a value of the field",
    "value-not-covered": "the map leaves values of the field open",
    "duplicate-edge": "this edge stands here twice",
    "can-be-negative": "this number could be negative",
    "cycle": "these scores depend on each other",
    "grades-order": "the grades are out of order",
    "grades-open": "some scores have no grade",
    "unknown-grade": "there is no such grade",
    "too-fine": "the exact numbers here leave 62 bits",
    # expressions
    "bad-expression": "this cannot be read as an expression",
    "expression-too-large": "this expression is larger than allowed",
    "wrong-operand": "this operation does not take these operands",
    "unprotected-division": "this divisor is not proved to keep the quotient exact",
    "unprotected-optional": "an optional finding is used where it must not be missing",
    # sheets
    "unknown-item": "the rubric has no such item",
    "unknown-field": "the item has no such field",
    "missing-finding": "a finding is missing",
    "given-twice": "this finding is given twice",
    "not-finite": "this is not a finite number",
    "not-exact": "this number has more decimals than the field states",
    "duplicate-value": "this value is listed twice",
    "not-applicable": "this does not go with a node that is not applicable",
    "too-few": "too few of these are there",
    "missing-method": "a method that the item names is not recorded as used",
    # frames
    "missing-column": "a column is missing",
    "unknown-column": "this column is named like a finding, and is none",
    "wrong-dtype": "a column of this type cannot hold these findings",
    "column-taken": "the frame has a column of this name already",
    "repeated-key": "this key is repeated, or missing in a row",
    "missing-table": "the frame of a table's rows is missing",
    "unknown-table": "the rubric has no such table",
    "unknown-assessee": "these rows belong to nobody in the frame",
    "mixed-frames": "these frames are of different kinds",
    "lazy-frame": "a lazy frame cannot do this",
    "too-wide": "exact numbers of this size do not fit the columns of a frame",
    # what is installed
    "unknown-rubric": "no rubric of this name is installed, and there is no such file",
    "unknown-node": "the rubric has no such node",
    "broken-plugin": "this plugin cannot be used",
    "missing-library": "this needs a library that is not installed",
    # cycles
    "unknown-unit": "the cycle has no such unit",
    "unknown-step": "a cycle has no such step",
    "step-not-allowed": "this step is not allowed in this state",
    "role-not-allowed": "this role may not record this step",
    "reason-missing": "a reason must be given",
    "review-missing": "a review that is due is not there",
    "answer-missing": "a department that must be asked has not answered",
    "decision-missing": "an objection is not decided",
    "window-open": "results can still be objected to",
    "plan-missing": "an improvement plan is missing, or not complete",
    "award-outdated": "results have changed since this award was recorded",
    # archives
    "record-changed": "this record is not as it was written",
    "record-missing": "records are missing here",
    "record-added": "this record was added",
    "record-moved": "this record stands elsewhere than it was written",
    "seal-broken": "the archive is not the one that was sealed",
    "foreign-rubric": "this is not the rubric of the archive",
    "not-recomputed": "this is not what comes out when it is worked out again",
}


#: A name is compared with so many at most.
_MOST_CANDIDATES = 200


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that `name` was most likely meant to be, if any is near."""
    candidates = sorted({each for each in known if len(each) <= 100})
    if len(candidates) > _MOST_CANDIDATES:
        # A comparison takes long: only with those that begin alike, and are about as long.
        first, length = name[:1], len(name)
        alike = (each for each in candidates if each[:1] == first)
        candidates = nsmallest(_MOST_CANDIDATES, alike, key=lambda each: abs(len(each) - length))
    close = get_close_matches(name[:100], candidates, n=1, cutoff=0.6)
    return close[0] if close else None


def _visible(text: str) -> str:
    """Return a text with what cannot be seen written out: keys and names are a stranger's."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or category(each) == "Zs" else ascii(each)[1:-1] for each in text
    )


class AtKey(int):
    """An offset into the text of a key, not of what stands there."""

    __slots__ = ()


@frozen
class Problem:
    """One thing that is wrong, with its place and what was expected there."""

    #: Stable name of the kind of problem, a key of `CODES`.
    code: str
    #: Where: `$.indicators[0].points` in a rubric, `plan.missing` in a sheet.
    path: str
    #: What would have been right.
    expected: str = ""
    #: What stands there instead.
    found: str = ""
    #: The known name nearest to the one found.
    nearest: str | None = None
    #: File name, and line and column counted from 1, where the input was a file or text.
    file: str | None = None
    line: int | None = None
    column: int | None = None

    @property
    def message(self) -> str:
        """The problem in one sentence, without its place."""
        parts = [CODES[self.code]]
        if self.found:
            parts.append(f": {self.found}")
        if self.expected:
            parts.append(f"; expected {self.expected}")
        if self.nearest:
            parts.append(f"; did you mean {self.nearest!r}?")
        return "".join(parts)

    @property
    def place(self) -> str:
        """File, line and column as far as they are known, then the path."""
        known = [str(each) for each in (self.file, self.line, self.column) if each is not None]
        return " ".join([":".join(known), self.path] if known else [self.path])

    def __str__(self) -> str:
        return _visible(f"{self.place}: {self.message} [{self.code}]")

    def inside(self, file: str | None) -> Problem:
        """Return the same problem, named as one of this file."""
        return evolve(self, file=file)


class RubricError(Exception):
    """The base of everything this library raises on purpose."""

    #: What the list of problems is about.
    heading = "rubric_engine cannot go on"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(tuple(problems))
        #: All problems, in the order of their places.
        self.problems: tuple[Problem, ...] = tuple(problems)

    def __str__(self) -> str:
        count = len(self.problems)
        noun = "problem" if count == 1 else "problems"
        lines = [f"{self.heading}: {count} {noun}"]
        lines += [f"  {each}" for each in self.problems]
        return "\n".join(lines)


class InvalidRubric(RubricError, ValueError):
    """A rubric has problems."""

    heading = "the rubric cannot be used"


def malformed(code: str, expected: str, found: str, at: str = "") -> InvalidRubric:
    """Return the error of one value of a rubric; `at` is the place inside that value."""
    return InvalidRubric([Problem(code, at, expected, found[:60])])


class UnknownRubric(RubricError, LookupError):
    """No installed rubric has this name, and no file either."""

    heading = "there is no such rubric"


class InvalidEvidence(RubricError, ValueError):
    """A sheet of evidence has problems."""

    heading = "the evidence cannot be scored"


class IncompleteEvidence(InvalidEvidence):
    """A sheet lacks findings, and has no other problem."""

    heading = "the evidence is incomplete"


class InvalidFrame(RubricError, ValueError):
    """The columns of a frame do not fit the rubric, or the call; no row was looked at."""

    heading = "the frame cannot be scored"


class InvalidCycle(RubricError, ValueError):
    """The settings of a cycle have problems, or do not fit their rubric."""

    heading = "the cycle cannot be used"


class InvalidStep(RubricError, ValueError):
    """A step of a cycle cannot be recorded: nothing of it was."""

    heading = "the step cannot be recorded"


class InvalidArchive(RubricError, ValueError):
    """The archive of a cycle cannot be read."""

    heading = "the archive cannot be read"


class UnknownNode(RubricError, KeyError):
    """A result was asked for a node that its rubric does not have."""

    heading = "there is no such node"


class MissingLibrary(RubricError, ImportError):
    """Something needs a library that is not installed."""

    heading = "a library is missing"


class PluginError(RubricError):
    """A plugin was asked for and cannot be used."""

    heading = "a plugin cannot be used"
