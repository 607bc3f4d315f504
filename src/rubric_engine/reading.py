"""YAML and JSON text as plain values with their places.

Scalars stay text, whatever they look like; the schema types them. A tree is built from
the events of PyYAML's C parser with our own stack, so that depth, anchors, tags and
duplicate keys are refused while reading, before anything is built out of them.
"""

from __future__ import annotations

import re
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

from attrs import evolve, field, frozen

from rubric_engine.errors import AtKey, Problem
from rubric_engine.fields import Scalar

__all__ = ["BREAK", "Document", "Spot", "decoded", "read"]

LARGEST_FILE = 5_000_000
#: A document has at most so many keys and values.
MOST_VALUES = 500_000
DEEPEST = 130
MOST_PROBLEMS = 500
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
#: Where the parser begins a new line.
BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
FULL_WIDTH = "，：；（）、【】"
_SURROGATES = re.compile(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)


class Spot(NamedTuple):
    """Where a value begins, counted from 1, and what stands there."""

    line: int
    column: int
    #: How far the text of the value begins after its place: 1 for a quoted scalar.
    skip: int = 0
    #: Whether the text of the value stands on one line as it is.
    literal: bool = False


@frozen
class Document:
    """A document that was read: plain values (dict, list, `Scalar`, None) and their places."""

    value: Any
    #: Places of values by path, `$.indicators[0].points`.
    spots: dict[str, Spot] = field(repr=False)
    #: Places of keys by the path of their value.
    keys: dict[str, Spot] = field(repr=False)
    #: Paths whose values were written elsewhere: in which document, under which path.
    aliases: dict[str, tuple[Document, str]] = field(factory=dict, repr=False)
    #: The file, where problems must name it: that of a rubric which another one extends.
    file: str | None = None

    def placed(self, problem: Problem, offset: int | None = None) -> Problem:
        """Return the problem with the line and column of its path.

        An unknown or misplaced key is placed at the key; `offset` counts into the text of
        an expression. A path that is not in the file is placed at its nearest parent.
        """
        path = problem.path
        at_key = isinstance(offset, AtKey) or _at_key(problem)
        spot = self.keys.get(path) if at_key else None
        for key in _ABOUT.get(problem.code, ()):
            if f"{path}.{key}" in self.spots or f"{path}.{key}" in self.aliases:
                about = self.placed(evolve(problem, code="", path=f"{path}.{key}"))
                return evolve(about, code=problem.code, path=path)
        while path:
            elsewhere = self.aliases.get(path)
            if elsewhere is not None:
                document, start = elsewhere
                inner = evolve(problem, path=start + problem.path[len(path) :])
                return evolve(document.placed(inner, offset), path=problem.path)
            spot = spot or self.spots.get(path)
            if spot is not None:
                break
            path = path[: max(path.rfind("."), path.rfind("["))] if path != "$" else ""
        problem = evolve(problem, file=problem.file or self.file)
        if spot is None:
            return evolve(problem, line=1, column=1)
        column = spot.column
        if offset and spot.literal and path == problem.path:
            column += spot.skip + offset
        return evolve(problem, line=spot.line, column=column)


_AT_KEYS = frozenset(
    {
        *("unknown-key", "duplicate-key", "conflicting-keys", "bad-id", "unknown-verb"),
        *("unknown-item", "unknown-field"),
    }
)
#: What these are about, where the node says it.
_ABOUT = {"points-do-not-add-up": ("out_of", "points", "total")}


def _at_key(problem: Problem) -> bool:
    """Say whether a problem is one of the key at its path, not of what stands there."""
    if problem.code == "bad-id":
        return not problem.path.endswith(".id")
    if problem.code in ("unknown-name", "unknown-value"):
        # The name of a map is wrong; that of a value is found inside the value.
        return problem.path.endswith(f".{problem.found}")
    return problem.code in _AT_KEYS


def content_of(file: Traversable) -> bytes:
    """Return the content of a file, at most one byte more than `read` takes."""
    with file.open("rb") as stream:
        content: bytes = stream.read(LARGEST_FILE + 1)
    return content


def read(content: str | bytes, most: int = MOST_VALUES) -> tuple[Document | None, list[Problem]]:
    """Read one document; returns it, or None, and all problems found on the way.

    It may have at most so many keys and values.
    """
    text = decoded(content)
    if isinstance(text, Problem):
        return None, [text]
    builder = _Builder(text, most)
    builder.run()
    problems = sorted(builder.problems, key=lambda each: (each.line or 0, each.column or 0))
    if builder.root is _UNBUILT and not problems:
        problems = [Problem("empty", "$", "a document", line=1, column=1)]
    if builder.broken or builder.root is _UNBUILT:
        return None, problems
    return Document(builder.root, builder.spots, builder.keys), problems


def decoded(content: str | bytes) -> str | Problem:
    """Return a document as the text that is parsed, or why it is none."""
    if len(content) > LARGEST_FILE:
        return _too_large(len(content))
    if isinstance(content, bytes):
        try:
            content = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            start = error.start
            line = error.object.count(b"\n", 0, start) + 1
            before = error.object[error.object.rfind(b"\n", 0, start) + 1 : start]
            column = len(before.decode("utf-8")) + 1
            found = f"byte {content[error.start]:#04x}"
            return Problem("not-utf8", "$", "UTF-8 text", found, line=line, column=column)
    text = content.removeprefix("\ufeff")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        return Problem("not-utf8", "$", "UTF-8 text", "a lone surrogate", line=line, column=1)
    if size > LARGEST_FILE:
        return _too_large(size)
    if text.lstrip()[:1] in ("{", "["):
        text = _yaml_of_json(text)
    return text


def _too_large(size: int) -> Problem:
    expected = f"at most {LARGEST_FILE:,} bytes"
    return Problem("too-large", "$", expected, f"{size:,}", line=1, column=1)


def _yaml_of_json(text: str) -> str:
    """Return JSON text as YAML that says the same on the same lines.

    YAML knows neither tabs between values nor pairs of surrogate escapes.
    """

    def paired(match: re.Match[str]) -> str:
        pair = bytes.fromhex(match[1] + match[2]).decode("utf-16-be")
        return f"\\U{ord(pair):08x}"

    text = _SURROGATES.sub(paired, text)
    if "\t" not in text:
        return text
    # A text that does not end goes to the end, so that it is looked through once only.
    quoted = re.compile(r'"(?:[^"\\]|\\.?)*(?:"|\Z)', re.DOTALL)
    parts, end = [], 0
    for match in quoted.finditer(text):
        parts += [text[end : match.start()].replace("\t", " "), match.group()]
        end = match.end()
    return "".join([*parts, text[end:].replace("\t", " ")])


class _Unbuilt:
    """Stands for a document that was not there."""


_UNBUILT: Any = _Unbuilt()


class _Builder:
    """Builds plain values from parser events, one open collection on the stack for each level."""

    def __init__(self, text: str, most: int) -> None:
        self.text = text
        self.most = self.left = most
        self.problems: list[Problem] = []
        self.spots: dict[str, Spot] = {}
        self.keys: dict[str, Spot] = {}
        self.root: Any = _UNBUILT
        self.broken = False
        #: Open collections: the value, its path, and the key that waits for its value.
        self.stack: list[tuple[Any, str, list[tuple[str, str]]]] = []

    def run(self) -> None:
        import yaml

        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            for event in yaml.parse(self.text, Loader=loader):
                if not self._take(event, yaml):
                    return
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            if mark is not None and "nesting depth" in str(getattr(error, "problem", "")):
                # Newer parsers look ahead to a limit of their own; what stands before it is
                # nested deeper than ours already, and that is where it is told.
                before = _Builder(self.text[: mark.index - 1], self.most)
                before.run()
                self.problems, self.broken = before.problems, True
            else:
                self._not_yaml(error)

    def _take(self, event: Any, yaml: Any) -> bool:
        """Add one event; return False where reading cannot go on."""
        if isinstance(event, yaml.DocumentStartEvent):
            if self.root is not _UNBUILT:
                return self._stop("several-documents", event, "one document")
            if event.tags:
                self._problem("tag", event, "no %TAG directives")
        elif isinstance(event, yaml.AliasEvent):
            self._problem("anchor", event, "the value itself", f"*{event.anchor}"[:40])
            self._add(None, event)
        elif isinstance(event, yaml.ScalarEvent):
            self._refuse_marks(event)
            plain = not event.style
            nothing = plain and event.value in _NOTHING
            self._add(None if nothing else Scalar(event.value), event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._refuse_marks(event)
            if len(self.stack) >= DEEPEST:
                return self._stop("too-deep", event, f"at most {DEEPEST} levels")
            self._open({} if isinstance(event, yaml.MappingStartEvent) else [], event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.stack.pop()
        if len(self.problems) > MOST_PROBLEMS:
            self.broken = True
        return not self.broken

    def _open(self, value: Any, event: Any) -> None:
        path = self._add(value, event)
        self.stack.append((value, path, []))

    def _add(self, value: Any, event: Any) -> str:
        """Put a value where it belongs; return its path."""
        self.left -= 1
        if self.left < 0 and not self.broken:
            self._stop("too-large", event, f"at most {self.most:,} keys and values")
        spot = self._spot(event)
        if not self.stack:
            self.root = value
            self.spots["$"] = spot
            return "$"
        holder, path, waiting = self.stack[-1]
        if isinstance(holder, list):
            where = f"{path}[{len(holder)}]"
            holder.append(value)
        elif not waiting:
            waiting.append(self._key(holder, path, value, event))
            return path
        else:
            key, where = waiting.pop()
            if where:
                holder[key] = value
            else:
                where = f"{path}.{key}"
                self.spots.setdefault(where, spot)
                return where
        self.spots[where] = spot
        return where

    def _key(self, holder: dict[str, Any], path: str, value: Any, event: Any) -> tuple[str, str]:
        """Return the key and the path of the value to come; an empty path drops that value."""
        if not isinstance(value, Scalar):
            self._problem("wrong-type", event, "a key that is plain text", at=path)
            return "", ""
        key = str(value)
        where = f"{path}.{key}" if len(key) <= 200 else f"{path}.{key[:200]}"
        if key == "<<":
            self._problem("anchor", event, "the keys themselves", "<<", at=where)
            return key, ""
        if key in holder:
            self._problem("duplicate-key", event, "each key once", key[:60], at=where)
            return key, ""
        self.keys[where] = self._spot(event)
        return key, where

    def _refuse_marks(self, event: Any) -> None:
        if event.anchor is not None:
            self._problem("anchor", event, "no anchor", f"&{event.anchor}"[:40])
        if event.tag is not None:
            self._problem("tag", event, "no tag", str(event.tag)[:40])

    def _spot(self, event: Any) -> Spot:
        start, end = event.start_mark, event.end_mark
        style = getattr(event, "style", None)
        literal = start.line == end.line and style in (None, "", "'", '"')
        return Spot(start.line + 1, start.column + 1, int(bool(style)), literal)

    def _problem(
        self,
        code: str,
        event: Any,
        expected: str,
        found: str = "",
        at: str = "",
    ) -> None:
        spot = self._spot(event)
        path = at or (self.stack[-1][1] if self.stack else "$")
        self.problems.append(
            Problem(code, path, expected, found, line=spot.line, column=spot.column)
        )

    def _stop(self, code: str, event: Any, expected: str) -> bool:
        self._problem(code, event, expected, at="$")
        self.broken = True
        return False

    def _not_yaml(self, error: Any) -> None:
        self.broken = True
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = 1 if mark is None else mark.line + 1
        column = 1 if mark is None else mark.column + 1
        if mark is None and hasattr(error, "position") and isinstance(error.position, int):
            line = self.text.count("\n", 0, error.position) + 1
            column = error.position - (self.text.rfind("\n", 0, error.position) + 1) + 1
        found = str(getattr(error, "problem", None) or getattr(error, "reason", ""))
        wide = None if mark is None else _wide_before(self.text, line, column)
        if wide is not None:
            line, column = wide
            found = BREAK.split(self.text)[line - 1][column - 1]
            expected = "plain signs `,` and `:`"
            problem = Problem("full-width", "$", expected, found, line=line, column=column)
        else:
            begun = getattr(error, "context_mark", None)
            if begun is not None and begun.line + 1 < line:
                found = f"{found}, {error.context} begun at line {begun.line + 1}"
            problem = Problem("not-yaml", "$", "YAML or JSON", found, line=line, column=column)
        self.problems.append(problem)


def _wide_before(text: str, line: int, column: int) -> tuple[int, int] | None:
    """Return the place of the full-width sign nearest before a place, on its line or the last.

    Behind it on the line where there is none before.
    """
    lines = BREAK.split(text)
    here = lines[line - 1] if line <= len(lines) else ""
    above = lines[line - 2] if line > 1 else ""
    for number, part in ((line, here[:column]), (line, here), (line - 1, above)):
        found = [place for place, sign in enumerate(part) if sign in FULL_WIDTH]
        if found:
            return number, found[-1] + 1
    return None
