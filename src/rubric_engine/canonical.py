"""The canonical form of a rubric file: one way of writing for everybody, every comment kept.

Keys stand in the order in which `dumps` writes them, two spaces indent, a rule, a grade or a
field is on one line where it fits, and quotes stand where they are needed. What the values
say is not touched: a rubric with mistakes is written with its mistakes.

The text is parsed once more by the parser that `reading` uses, with places; comments are what
the parser's tokens leave between them. Each goes with the entry beside which it stands.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from attrs import Factory, define, fields, frozen

from rubric_engine.curves import Curve
from rubric_engine.errors import InvalidRubric
from rubric_engine.fields import FIELD_TYPES, Field
from rubric_engine.figures import FIGURE_KEYS
from rubric_engine.files import keys_in_order
from rubric_engine.grading import Gate, Grade
from rubric_engine.model import Indicator, Item, Rubric
from rubric_engine.policies import BUILT_IN, Policy
from rubric_engine.reading import BREAK, decoded, read
from rubric_engine.wording import width

__all__ = ["LONGEST_LINE", "canonical_text"]

#: Columns of a line; a Chinese character takes two.
LONGEST_LINE = 100
#: A longer key has a line of its own.
_LONGEST_KEY = 1000
#: The first line of a text that is written over several lines, with a comment.
_HEADER = re.compile(r"[|>][-+0-9]*[ \t]+(#[^\n\r\x85\u2028\u2029]*)")
#: What YAML cannot have as it is, or what would not be seen.
_HIDDEN = re.compile(
    "[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def canonical_text(text: str | bytes) -> str:
    r"""Return the text of a rubric in its canonical form, which says the same.

    JSON stays JSON, everything else becomes YAML. Lines end as the first line of `text` does.
    Raises `InvalidRubric` with every problem and its place if the text cannot be read as YAML
    or JSON; what is wrong with the rubric otherwise is left as it is.

    >>> print(canonical_text("items: [{points: 2, id: plan}] # all\nrubric: sample"), end="")
    rubric: sample
    items:  # all
      - id: plan
        points: 2
    """
    document, problems = read(text)
    plain = decoded(text)
    if document is None or problems or not isinstance(plain, str):
        raise InvalidRubric(problems)
    reading = _Reading(plain)
    page = reading.page()
    lines = _json_lines(page) if _is_json(text) else _lines(page)
    _check_kept(lines, document.value, reading.remarks)
    first = BREAK.search(plain)
    ending = "\r\n" if first is not None and first.group() == "\r\n" else "\n"
    return "".join(f"{line}{ending}" for line in lines)


def _check_kept(lines: Sequence[str], value: object, remarks: Sequence[_Remark]) -> None:
    """Make sure that nothing was lost; raises `RuntimeError`, which is a mistake of ours.

    Raises `InvalidRubric` where the indents make a form that is too large to be read.
    """
    made = "".join(f"{line}\n" for line in lines)
    again, problems = read(made)
    if any(each.code == "too-large" for each in problems):
        raise InvalidRubric(problems)
    same = again is not None and not problems and again.value == value
    if not same or _comments(_remarks(str(decoded(made)))) != _comments(remarks):
        msg = "the canonical form does not say the same; please report this with the file"
        raise RuntimeError(msg)


def _comments(remarks: Sequence[_Remark]) -> list[str]:
    return sorted(each.text for each in remarks if each.text)


# what is read


@frozen
class _Remark:
    """A comment, or a blank line between two entries."""

    index: int
    #: Columns before it in its line.
    column: int
    #: From its `#` on; empty for a blank line.
    text: str
    #: Whether it stands before what comes next, not beside what came before.
    leads: bool


@define(eq=False)
class _Leaf:
    """A single value."""

    text: str
    #: Whether it stands for nothing, as `null` does.
    nothing: bool
    #: Whether it was quoted, or written over several lines.
    quoted: bool


@define(eq=False)
class _Entry:
    """A key with its value, or one value of a list, and the comments beside it."""

    key: _Leaf | None
    value: _Leaf | _Branch | None = None
    #: Comments on lines of their own before it; a blank line is empty.
    before: list[str] = Factory(list)
    #: Comments at the end of its line.
    beside: list[str] = Factory(list)


@define(eq=False)
class _Branch:
    """A mapping or a list."""

    mapped: bool
    #: Whether it was written in braces or brackets.
    flow: bool
    column: int
    entries: list[_Entry] = Factory(list)
    #: Comments after its last entry.
    tail: list[str] = Factory(list)


@define(eq=False)
class _Page:
    """A whole file."""

    root: _Entry
    head: list[str] = Factory(list)
    tail: list[str] = Factory(list)


def _loader() -> Any:  # noqa: ANN401 - PyYAML's loaders share no type
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _remarks(text: str) -> list[_Remark]:
    """Return the comments and blank lines of a text, in order."""
    import yaml

    starts = [0, *(match.end() for match in BREAK.finditer(text))]
    found: list[_Remark] = []
    done = 0
    tokens: Iterable[Any] = yaml.scan(text, Loader=_loader())
    for token in tokens:
        start, end = token.start_mark.index, token.end_mark.index
        if isinstance(token, yaml.StreamEndToken):
            start = end = len(text)
        if start > done:
            found += _between(text, done, start, starts)
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            head = _HEADER.match(text, start)
            if head is not None:
                found.append(_Remark(head.start(1), 0, head[1].rstrip(), leads=False))
            end = start + len(text[start:end].rstrip())
        done = max(done, end)
    return found


def _between(text: str, start: int, end: int, starts: list[int]) -> Iterator[_Remark]:
    """Yield the comments and blank lines between two tokens."""
    begin = start
    while begin < end:
        found = BREAK.search(text, begin, end)
        stop = end if found is None else found.start()
        mark = text.find("#", begin, stop)
        if mark >= 0:
            line = text[starts[bisect_right(starts, mark) - 1] : mark]
            # A comment after `- ` or `--- ` is about what begins there.
            leads = not line.strip(" \t-?") or line.startswith(("%", "..."))
            yield _Remark(mark, len(line), text[mark:stop].rstrip(), leads)
        elif begin > start and found is not None:
            yield _Remark(begin, 0, "", leads=True)
        begin = end if found is None else found.end()


class _Reading:
    """Builds the entries of a text, each with its comments."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.remarks = _remarks(text)
        self.next = 0
        #: Comments and blank lines that wait for the entry before which they stand.
        self.waiting: list[_Remark] = []
        self.made = _Page(_Entry(None))
        #: The entry that was begun or ended last.
        self.latest = self.made.root
        #: Open collections, each with the entry whose value it is.
        self.open: list[tuple[_Branch, _Entry]] = []

    def page(self) -> _Page:
        """Return the whole file."""
        import yaml

        events: Iterable[Any] = yaml.parse(self.text, Loader=_loader())
        for event in events:
            mark: Any = event.start_mark
            self.meet(mark.index)
            if isinstance(event, yaml.ScalarEvent):
                nothing = not event.style and event.value in ("", "~", "null", "Null", "NULL")
                self.put(_Leaf(event.value, nothing, bool(event.style)))
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                mapped = isinstance(event, yaml.MappingStartEvent)
                branch = _Branch(mapped, bool(event.flow_style), mark.column)
                self.open.append((branch, self.put(branch)))
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                self.close(mark)
        self.meet(len(self.text) + 1)
        self.made.tail += self.taken()
        self.made.head += self.made.root.beside
        self.part_head()
        return self.made

    def meet(self, index: int) -> None:
        """Take up the comments before a place."""
        while self.next < len(self.remarks) and self.remarks[self.next].index < index:
            remark = self.remarks[self.next]
            self.next += 1
            if remark.leads:
                self.waiting.append(remark)
            else:
                self.latest.beside.append(remark.text)

    def taken(self, count: int | None = None) -> list[str]:
        """Return the first comments that wait, or all of them; they wait no longer."""
        first, self.waiting = (
            (self.waiting, []) if count is None else (self.waiting[:count], self.waiting[count:])
        )
        return [each.text for each in first]

    def put(self, value: _Leaf | _Branch) -> _Entry:
        """Put a value, or a key, where it belongs; return its entry."""
        whole = isinstance(value, _Leaf) or value.flow
        if not self.open:
            entry = self.made.root
            entry.value = value
            if whole:
                self.made.head += self.taken()
        else:
            holder, _ = self.open[-1]
            last = holder.entries[-1] if holder.entries else None
            if holder.mapped and last is not None and last.value is None:
                entry = last
                entry.value = value
                if whole:
                    entry.before += filter(None, self.taken())
            else:
                key = value if holder.mapped and isinstance(value, _Leaf) else None
                entry = _Entry(key, None if holder.mapped else value, self.taken())
                holder.entries.append(entry)
        self.latest = entry
        return entry

    def close(self, mark: Any) -> None:  # noqa: ANN401 - PyYAML's marks come in two types
        """End a collection; what is indented like its entries is said at its end."""
        branch, entry = self.open.pop()
        if branch.flow:
            branch.tail += self.taken()
            self.latest = entry
            return
        beyond = 0 if mark.index >= len(self.text) else mark.column
        count = 0
        for number, remark in enumerate(self.waiting, 1):
            if remark.text:
                if remark.column < branch.column or remark.column <= beyond:
                    break
                count = number
        branch.tail += self.taken(count)

    def part_head(self) -> None:
        """Leave what stands above a blank line before the first key at the top of the file."""
        root = self.made.root.value
        if isinstance(root, _Branch) and not root.flow:
            before = root.entries[0].before
            above = max((at for at, each in enumerate(before, 1) if not each), default=0)
            self.made.head += before[:above]
            del before[:above]


# in which order, and what is on one line

#: What stands under a key of something; what is not named here is a value like any other.
_UNDER: dict[str, dict[str, str]] = {
    "node": {
        **dict.fromkeys(("indicators", "items", "kinds", "change"), "nodes"),
        **{key: key for key in ("rules", "grades", "gates", "values")},
        "evidence": "fields",
        "given": "givens",
    },
    "rule": {**dict.fromkeys(BUILT_IN, "amount"), "group": "group"},
    "field": {"columns": "columns", "figure": "figure"},
}
_UNDER["rubric"] = _UNDER["node"]
#: What each entry of something is.
_EACH = {
    **dict.fromkeys(("rules", "group"), "rule"),
    **dict.fromkeys(("fields", "columns"), "field"),
    "nodes": "node",
    "grades": "grade",
    "gates": "gate",
    "givens": "fields",
}
#: What has a line for each of its entries, but for a node that is only `like` a kind; all else
#: is on one line where it fits.
_OPEN = frozenset(
    {"rubric", "node", "nodes", "rules", "grades", "gates", "fields", "givens", "values"}
)


def _ordered(branch: _Branch, what: str) -> list[_Entry]:
    """Return the entries of a collection in the order in which they are written."""
    if not branch.mapped or what not in _KEYED:
        return branch.entries
    names = [each.key.text for each in branch.entries if each.key is not None]
    about = next((name for name in names if name in BUILT_IN), "") if what == "rule" else ""
    if what == "field":
        types = [each.value for each in branch.entries if each.key and each.key.text == "type"]
        about = types[0].text if types and isinstance(types[0], _Leaf) else ""
    if what == "amount" and "curve" not in names:
        return branch.entries
    places = _places(what, about if about in BUILT_IN or about in FIELD_TYPES else "")
    other = next((places[key] for key in ("evidence", "note", "says") if key in places), 99)
    return sorted(
        branch.entries,
        key=lambda each: places.get(each.key.text, other) if each.key is not None else other,
    )


_KEYED = frozenset({"rubric", "node", "rule", "grade", "gate", "field", "figure", "amount"})


@cache
def _places(what: str, about: str) -> dict[str, float]:
    """Return where the keys of something stand; `about` is a rule's verb, or a field's type."""
    keys: dict[str, tuple[str, ...]] = {
        "rubric": ("format", *keys_in_order(Rubric), "change"),
        "node": keys_in_order(Indicator, Item),
        "rule": keys_in_order(BUILT_IN.get(about, Policy)),
        "grade": keys_in_order(Grade),
        "gate": keys_in_order(Gate),
        "field": ("type", *keys_in_order(FIELD_TYPES.get(about, Field))),
        "figure": FIGURE_KEYS,
        "amount": tuple(each.name for each in fields(Curve)),
    }
    places: dict[str, float] = {key: place for place, key in enumerate(keys[what])}
    if what in ("rubric", "node"):
        after_id = places["rubric" if what == "rubric" else "id"] + 0.5
        places |= {"extends": after_id, "like": after_id}
        places["kinds"] = places["indicators"] - 0.5
    return places


# what is written


def _lines(page: _Page) -> list[str]:
    """Return the lines of a file in YAML."""
    root = page.root.value
    head, tail = page.head, page.tail
    if isinstance(root, _Branch) and root.entries:
        lead, lines = _block(root, "rubric", 0)
        head = [*head, *lead]
    elif isinstance(root, _Branch):
        head, lines = [*head, *root.tail], [_empty(root)]
    else:
        lines = _leaf(root, 0, 0)
    return [*_spaced(head, first=True), *lines, *_spaced(tail, last=True)]


def _spaced(remarks: Iterable[str], *, first: bool = False, last: bool = False) -> list[str]:
    """Return comments with at most one blank line between two, and none at an end of the file."""
    found: list[str] = []
    for each in remarks:
        if each or (found[-1] if found else not first):
            found.append(each)
    while last and found and not found[-1]:
        found.pop()
    return found


def _block(branch: _Branch, what: str, indent: int) -> tuple[list[str], list[str]]:
    """Return a collection with a line for each entry: what stands before it, and its lines."""
    lead: list[str] = []
    lines: list[str] = []
    under, each = _UNDER.get(what, {}), _EACH.get(what, "")
    for entry in _ordered(branch, what):
        inner = under.get(entry.key.text, each) if entry.key is not None else each
        before, own = _entry(entry, inner, indent)
        if lines:
            lines += [" " * indent + remark if remark else "" for remark in _spaced(before)]
        else:
            lead = before
        lines += own
    return lead, lines + [
        " " * indent + each if each else "" for each in _spaced(branch.tail, last=True)
    ]


def _entry(entry: _Entry, what: str, indent: int) -> tuple[list[str], list[str]]:
    """Return an entry of a block: the comments before it, and its lines."""
    _lift(entry, what)
    before, beside, lines = [*entry.before], [*entry.beside], list[str]()
    start = " " * indent
    if entry.key is None:
        start += "- "
    else:
        name = _scalar(entry.key, flow=False)
        if len(name) > _LONGEST_KEY:
            lines.append(f"{start}? {name}")
            name = ""
        start += f"{name}: "
    value = entry.value
    if isinstance(value, _Branch):
        room = LONGEST_LINE - width(start)
        short = None if _is_open(value, what) else _flow(value, what, room)
        if short is None:
            begun = (before, [*lines, start])
            return _nested(entry, value, (what, indent), begun)
        own = [short]
    else:
        own = _leaf(value, indent, width(start))
    lines += [start + own[0], *own[1:]]
    if beside:
        *more, last = beside
        before += more
        lines[-len(own)] += f"  {last}"
    return before, lines


def _lift(entry: _Entry, what: str) -> None:
    """Move comments to before an entry that can stand nowhere inside it.

    That is between a dash and what begins there, and in what is empty.
    """
    branch = entry.value
    if not isinstance(branch, _Branch):
        return
    if not branch.entries:
        entry.before += filter(None, branch.tail)
        branch.tail = []
    elif entry.key is None:
        first = _ordered(branch, what)[0]
        _lift(first, _EACH.get(what, ""))
        entry.before += _spaced(first.before, first=True)
        first.before = []


def _is_open(branch: _Branch, what: str) -> bool:
    """Whether a collection has a line for each of its entries, however short it is."""
    if not branch.entries or what not in _OPEN:
        return False
    if what != "node":
        return True
    names = {each.key.text for each in branch.entries if each.key is not None}
    return "like" not in names or not names.isdisjoint(_UNDER["node"])


def _nested(
    entry: _Entry, branch: _Branch, place: tuple[str, int], begun: tuple[list[str], list[str]]
) -> tuple[list[str], list[str]]:
    """Return an entry whose value has lines of its own."""
    before, (*lines, start) = begun
    what, indent = place
    lead, own = _block(branch, what, indent + 2)
    lead = _spaced(lead, first=True)
    if entry.key is None:
        # Nothing can stand between the dash and what begins there.
        before = [*before, *entry.beside, *lead]
        return before, [*lines, start + own[0][indent + 2 :], *own[1:]]
    start = start.rstrip()
    if entry.beside:
        *more, last = entry.beside
        before = [*before, *more]
        start += f"  {last}"
    inner = [" " * (indent + 2) + each if each else "" for each in lead]
    return before, [*lines, start, *inner, *own]


def _empty(branch: _Branch) -> str:
    return "{}" if branch.mapped else "[]"


def _flow(value: _Leaf | _Branch | None, what: str, room: int) -> str | None:
    """Return a value on one line, or None where it does not fit or has comments inside."""
    if not isinstance(value, _Branch):
        line = "null" if value is None or value.nothing else _scalar(value, flow=True)
        broken = value is not None and not value.nothing and "\n" in value.text
        return None if broken or width(line) > room else line
    if any(filter(None, value.tail)):
        return None
    if not value.entries:
        return _empty(value)
    under, each = _UNDER.get(what, {}), _EACH.get(what, "")
    parts: list[str] = []
    room -= 2
    for entry in _ordered(value, what):
        name = ""
        inner = each
        if entry.key is not None:
            name = _scalar(entry.key, flow=True) + ": "
            inner = under.get(entry.key.text, each)
        noted = entry.beside or any(filter(None, entry.before))
        own = None if noted else _flow(entry.value, inner, room - width(name))
        if own is None:
            return None
        parts.append(name + own)
        room -= width(parts[-1]) + 2
    line = ", ".join(parts)
    return None if room + 2 < 0 else (f"{{{line}}}" if value.mapped else f"[{line}]")


def _leaf(value: _Leaf | None, indent: int, used: int) -> list[str]:
    """Return a single value: what stands behind its key, and further lines."""
    if value is None or value.nothing:
        return ["null"]
    text = value.text
    body = text.removesuffix("\n")
    start = " " * (indent + 2)
    sign = "" if text != body else "-"
    if _is_literal(body):
        if "\n" in body:
            return [f"|{sign}", *(start + line if line else "" for line in body.split("\n"))]
        line = _scalar(value, flow=False)
        if text == body and used + width(line) <= LONGEST_LINE:
            return [line]
        folded = _folded(body, LONGEST_LINE - indent - 2)
        if len(folded) > 1 or text != body:
            return [f">{sign}", *(start + each for each in folded)]
    return [_scalar(value, flow=False)]


def _is_literal(body: str) -> bool:
    """Whether a text can stand as it is on lines of its own."""
    lines = body.split("\n")
    plain = not any(_HIDDEN.search(line) or (line and not line.strip()) for line in lines)
    return plain and bool(lines[0]) and bool(lines[-1]) and not lines[0].startswith(" ")


def _folded(text: str, columns: int) -> list[str]:
    """Return a text on lines of so many columns, each broken at a single space."""
    lines: list[str] = []
    line = ""
    for word in re.split(r"(?<=[^ ]) (?=[^ ])", text):
        if line and width(line) + 1 + width(word) > columns:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _scalar(leaf: _Leaf, *, flow: bool) -> str:
    """Return a value on one line, in quotes where they are needed."""
    text = leaf.text
    if _HIDDEN.search(text):
        return '"' + re.sub(rf'["\\]|{_HIDDEN.pattern}', _escaped, text) + '"'
    if _is_plain(text, flow=flow) and not (leaf.quoted and _is_typed(text)):
        return text
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


def _escaped(match: re.Match[str]) -> str:
    sign = match.group()
    code = ord(sign)
    long = f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return _ESCAPES.get(sign) or (f"\\x{code:02x}" if code < 0x100 else long)


_UNQUOTED = re.compile(r"(?:[^\s\-?:,\[\]{}#&*!|>'\"%@`]|-(?=[^\s]))(?:.*\S)?", re.ASCII)


def _is_plain(text: str, *, flow: bool) -> bool:
    """Whether a text is read as it is, without quotes."""
    wrong = ": " in text or " #" in text or text.endswith(":") or text.startswith(("---", "..."))
    if wrong or text in ("~", "null", "Null", "NULL") or _UNQUOTED.fullmatch(text) is None:
        return False
    return not flow or not any(sign in text for sign in ",[]{}?")


_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0[ox][0-9a-fA-F]+")


def _is_typed(text: str) -> bool:
    """Whether other readers of YAML take a text without quotes for something else."""
    import yaml

    if _NUMBER.fullmatch(text):
        return True
    loader = yaml.SafeLoader
    known = loader.yaml_implicit_resolvers
    kinds = [*known.get(text[:1], ()), *known.get(None, ())]
    return any(pattern.match(text) for _, pattern in kinds)


# JSON


def _is_json(text: str | bytes) -> bool:
    """Whether a text is JSON as its standard has it."""
    content = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
    if content.lstrip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(content, parse_int=str, parse_float=str, parse_constant=_refuse)
    except ValueError:
        return False
    return True


def _refuse(name: str) -> str:
    raise ValueError(name)


def _json_lines(page: _Page) -> list[str]:
    return _json(page.root.value, "rubric", 0).split("\n")


def _json(value: _Leaf | _Branch | None, what: str, indent: int) -> str:
    """Return a value in JSON, indented as the standard library does it."""
    if not isinstance(value, _Branch):
        return "null" if value is None or value.nothing else _json_scalar(value)
    if not value.entries:
        return _empty(value)
    under, each = _UNDER.get(what, {}), _EACH.get(what, "")
    lines: list[str] = []
    for entry in _ordered(value, what):
        name, inner = "", each
        if entry.key is not None:
            name = _json_scalar(entry.key) + ": "
            inner = under.get(entry.key.text, each)
        lines.append(" " * (indent + 2) + name + _json(entry.value, inner, indent + 2))
    start, end = "{}" if value.mapped else "[]"
    return "\n".join([start, ",\n".join(lines), " " * indent + end])


def _json_scalar(leaf: _Leaf) -> str:
    if not leaf.quoted:
        return leaf.text
    text = json.dumps(leaf.text, ensure_ascii=False)
    return _HIDDEN.sub(lambda match: json.dumps(match.group())[1:-1], text)
