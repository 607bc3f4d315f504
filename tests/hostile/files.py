"""Rubric files that must be refused, most of them one mutation away from a valid one."""

from __future__ import annotations

from typing import NamedTuple

#: Stands among the codes where loading without a problem is right, too.
LOADS = "loads"

BASE = """\
format: 1
rubric: sample
version: "1"
total: 10
grades:
  - {stars: 5, from: 9}
  - {stars: 3, from: 6}
  - {stars: 1}
gates:
  - {at_most: 3, when: plan.fault}
items:
  - id: plan
    title: Plan
    points: 6
    evidence:
      missing: [count, 缺少]
      fault: flag
      level: {type: choice, values: [none, poor, good]}
      share_done: share
    rules:
      - {deduct: 1, per: missing}
      - {deduct: 2, when: fault}
      - {deduct: {none: 3, poor: 1, good: 0}, by: level}
  - id: report
    points: 4
    evidence:
      late: {type: count, range: 0..10}
    rules:
      - {deduct: 0.5, per: late}
"""

#: One indicator below the root, and an open account.
NESTED = """\
rubric: nested
total: 10
indicators:
  - id: lead
    points: 10
    items:
      - id: plan
        points: 10
        evidence: {missing: count}
        rules:
          - {deduct: 1, per: missing}
      - id: extra
        points: none
        evidence: {prizes: count}
        rules:
          - {award: 1, per: prizes}
"""

MEAN = """\
rubric: mean
total: 10
combine: mean
items:
  - {id: a, out_of: 10, weight: 1, evidence: {x: count}, rules: [{deduct: 1, per: x}]}
  - {id: b, out_of: 5, weight: 2, evidence: {y: count}, rules: [{deduct: 1, per: y}]}
"""


class HostileFile(NamedTuple):
    """A rubric file and the diagnostics of which at least one must be reported."""

    name: str
    content: bytes | str
    codes: tuple[str, ...]


def mutated(old: str, new: str, text: str = BASE) -> str:
    """Return the text with its one occurrence of `old` replaced."""
    if text.count(old) != 1:
        message = f"{old!r} stands {text.count(old)} times in the text to mutate"
        raise ValueError(message)
    return text.replace(old, new)


def raw_bytes() -> list[HostileFile]:
    """Files that are hostile as bytes, before any YAML is read."""
    return [
        HostileFile(
            "latin-1",
            mutated("title: Plan", "title: Prüfung").encode("latin-1", "replace"),
            ("not-utf8",),
        ),
        HostileFile("gb18030", BASE.encode("gb18030"), ("not-utf8",)),
        HostileFile("utf-16 with mark", BASE.encode("utf-16"), ("not-utf8",)),
        HostileFile(
            "utf-16 big endian without mark",
            "rubric: x\n".encode("utf-16-be"),
            ("not-utf8", "not-yaml"),
        ),
        HostileFile("utf-32 with mark", BASE.encode("utf-32"), ("not-utf8",)),
        HostileFile(
            "utf-8 with mark", b"\xef\xbb\xbf" + BASE.encode(), (LOADS, "not-utf8", "not-yaml")
        ),
        HostileFile("windows line ends", BASE.replace("\n", "\r\n").encode(), (LOADS, "not-yaml")),
        HostileFile(
            "cut inside a character",
            BASE.encode()[: BASE.encode().index("缺".encode()) + 1],
            ("not-utf8",),
        ),
        HostileFile("overlong slash", b"rubric: \xc0\xaf\n", ("not-utf8",)),
        HostileFile("surrogate bytes", b"rubric: \xed\xa0\x80\n", ("not-utf8",)),
        HostileFile(
            "surrogate in text", mutated("title: Plan", "title: \ud800"), ("not-utf8", "not-yaml")
        ),
        HostileFile(
            "surrogate escape",
            mutated("title: Plan", 'title: "\\ud800"'),
            ("not-utf8", "not-yaml", "wrong-type"),
        ),
        HostileFile(
            "surrogate escape as key",
            mutated("title: Plan", '"\\udfff": Plan'),
            ("not-utf8", "not-yaml", "unknown-key"),
        ),
        HostileFile("bytes 0xff", b"\xff" * 1000, ("not-utf8",)),
        HostileFile(
            "gzip",
            b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + b"\x00" * 50,
            ("not-utf8", "not-yaml"),
        ),
        HostileFile("nul byte", BASE.encode() + b"\x00", ("not-yaml",)),
        HostileFile("nul byte in a scalar", mutated("title: Plan", "title: Pl\0an"), ("not-yaml",)),
        HostileFile("nul bytes only", b"\x00" * 10_000, ("not-yaml", "empty")),
        HostileFile(
            "escape character", mutated("title: Plan", "title: \x1b[31mPlan"), ("not-yaml",)
        ),
        HostileFile("nothing", b"", ("empty",)),
        HostileFile("nothing as text", "", ("empty",)),
        HostileFile("line ends only", "\n\n\n", ("empty",)),
        HostileFile("comments only", "# a rubric\n# to be written\n", ("empty",)),
        HostileFile("document mark only", "---\n", ("empty", "not-a-mapping")),
        HostileFile("6 MB of comments", b"# " + b"x" * 6_000_000 + b"\n", ("too-large",)),
        HostileFile("6 MB of text", BASE + "note: " + "x" * 6_000_000 + "\n", ("too-large",)),
        HostileFile("6 MB in characters of three bytes", "# " + "缺" * 2_000_000, ("too-large",)),
    ]


def document_structure() -> list[HostileFile]:
    """Files that are hostile as YAML: bombs, depth, tags, several documents."""
    laughs = "a0: &a0 [x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
    )
    return [
        HostileFile("alias bomb", laughs + BASE, ("anchor",)),
        HostileFile(
            "alias bomb of merges", "a: &a {x: 1}\nb: &b {<<: [*a, *a]}\n" + BASE, ("anchor",)
        ),
        HostileFile("alias of itself", "a: &a [*a]\n" + BASE, ("anchor",)),
        HostileFile("anchor never used", mutated("title: Plan", "title: &t Plan"), ("anchor",)),
        HostileFile(
            "anchor on a mapping",
            mutated("{deduct: 2, when: fault}", "&r {deduct: 2, when: fault}"),
            ("anchor",),
        ),
        HostileFile(
            "alias of nothing", mutated("title: Plan", "title: *t"), ("anchor", "not-yaml")
        ),
        HostileFile("alias as a key", mutated("title: Plan", "*t : Plan"), ("anchor", "not-yaml")),
        HostileFile(
            "merge key",
            mutated("{deduct: 2, when: fault}", "{<<: {deduct: 2}, when: fault}"),
            ("unknown-key", "unknown-verb", "tag", "anchor"),
        ),
        HostileFile("python call", "!!python/object/apply:os.system ['true']\n", ("tag",)),
        HostileFile(
            "python call inside",
            mutated("title: Plan", "title: !!python/object/apply:os.system ['true']"),
            ("tag",),
        ),
        HostileFile(
            "python name", mutated("title: Plan", "title: !!python/name:os.system"), ("tag",)
        ),
        HostileFile("binary tag", mutated("title: Plan", "title: !!binary UGxhbg=="), ("tag",)),
        HostileFile("str tag", mutated("title: Plan", "title: !!str Plan"), ("tag",)),
        HostileFile("own tag", mutated("title: Plan", "title: !custom Plan"), ("tag",)),
        HostileFile("bare tag", mutated("title: Plan", "title: ! Plan"), ("tag",)),
        HostileFile("tag on a key", mutated("title: Plan", "!!str title: Plan"), ("tag",)),
        HostileFile(
            "set tag", mutated("values: [none, poor, good]", "values: !!set {none, poor}"), ("tag",)
        ),
        HostileFile(
            "duplicate key",
            mutated("    points: 6\n", "    points: 6\n    points: 6\n"),
            ("duplicate-key",),
        ),
        HostileFile(
            "duplicate key in quotes",
            mutated("    points: 6\n", '    points: 6\n    "points": 6\n'),
            ("duplicate-key",),
        ),
        HostileFile(
            "duplicate key by escape",
            mutated("    points: 6\n", '    points: 6\n    "p\\x6fints": 6\n'),
            ("duplicate-key",),
        ),
        HostileFile("duplicate key at top", BASE + "total: 10\n", ("duplicate-key",)),
        HostileFile(
            "duplicate field",
            mutated("      fault: flag\n", "      fault: flag\n      fault: count\n"),
            ("duplicate-key",),
        ),
        HostileFile(
            "duplicate key in flow",
            mutated("{deduct: 1, per: missing}", "{deduct: 1, per: missing, deduct: 1}"),
            ("duplicate-key",),
        ),
        HostileFile("100 KB of [", "[" * 100_000, ("too-deep", "not-yaml")),
        HostileFile("100 KB of {", "{" * 100_000, ("too-deep", "not-yaml")),
        HostileFile("100 KB of dashes", "- " * 50_000, ("too-deep", "not-yaml")),
        HostileFile("100 KB of ?", "? " * 50_000, ("too-deep", "not-yaml")),
        HostileFile(
            "100 KB of colons",
            ": " * 50_000,
            ("too-deep", "not-yaml", "not-a-mapping", "unknown-key", "wrong-type"),
        ),
        HostileFile(
            "100 KB of [ in a value",
            mutated("title: Plan", "title: " + "[" * 100_000),
            ("too-deep", "not-yaml"),
        ),
        HostileFile(
            "closed lists 200 deep",
            mutated("title: Plan", "title: " + "[" * 200 + "]" * 200),
            ("too-deep",),
        ),
        HostileFile(
            "closed maps 200 deep",
            mutated("title: Plan", "title: " + "{a: " * 200 + "b" + "}" * 200),
            ("too-deep",),
        ),
        HostileFile(
            "blocks 200 deep",
            "rubric: x\nnote:\n" + "".join(" " * i + "a:\n" for i in range(1, 201)),
            ("too-deep",),
        ),
        HostileFile(
            "indicators 200 deep",
            "rubric: x\n"
            + "".join(f"{' ' * 2 * i}indicators:\n{' ' * 2 * i}- id: n{i}\n" for i in range(200)),
            ("too-deep",),
        ),
        HostileFile("two documents", BASE + "---\n" + BASE, ("several-documents",)),
        HostileFile("second document empty", BASE + "---\n", ("several-documents",)),
        HostileFile(
            "second document hostile",
            BASE + "---\n!!python/name:os.system\n",
            ("several-documents", "tag"),
        ),
        HostileFile(
            "unclosed after the end mark", BASE + "...\n[", ("several-documents", "not-yaml")
        ),
        HostileFile(
            "yaml directive", "%YAML 1.1\n---\n" + BASE, (LOADS, "not-yaml", "several-documents")
        ),
        HostileFile("yaml directive of another major", "%YAML 9.9\n---\n" + BASE, ("not-yaml",)),
        HostileFile("directive without a document", "%YAML 1.1\n", ("not-yaml", "empty")),
        HostileFile(
            "tag directive in use",
            "%TAG !e! tag:example.org,2000:\n---\n" + mutated("title: Plan", "title: !e!x Plan"),
            ("tag", "not-yaml"),
        ),
        HostileFile(
            "tab as indentation", mutated("    title: Plan", "\ttitle: Plan"), ("not-yaml",)
        ),
        HostileFile("indentation off", mutated("    title: Plan", "   title: Plan"), ("not-yaml",)),
        HostileFile("unclosed list", mutated("[count, 缺少]", "[count, 缺少"), ("not-yaml",)),
        HostileFile("unclosed quote", mutated("title: Plan", 'title: "Plan'), ("not-yaml",)),
        HostileFile("unknown escape", mutated("title: Plan", 'title: "\\q"'), ("not-yaml",)),
        HostileFile(
            "escape beyond unicode", mutated("title: Plan", 'title: "\\UFFFFFFFF"'), ("not-yaml",)
        ),
        HostileFile("backtick", mutated("title: Plan", "title: `Plan`"), ("not-yaml",)),
        HostileFile("scalar", "rubric\n", ("not-a-mapping",)),
        HostileFile("null", "~\n", ("not-a-mapping", "empty")),
        HostileFile("number", "42\n", ("not-a-mapping",)),
        HostileFile("list at top", "- rubric: x\n", ("not-a-mapping",)),
        HostileFile("empty mapping", "{}\n", ("missing-key", "empty", "no-children")),
        HostileFile("json list", "[1, 2]", ("not-a-mapping",)),
        HostileFile("json cut off", '{"rubric": "x", "items": [', ("not-yaml",)),
        HostileFile("scalar of 1 MB", "x" * 1_000_000, ("not-a-mapping", "too-large")),
        HostileFile(
            "quoted scalar of 1 MB", '"' + "x" * 1_000_000 + '"', ("not-a-mapping", "too-large")
        ),
        HostileFile(
            "key of 100,000 characters",
            BASE + "k" * 100_000 + ": 1\n",
            ("unknown-key", "not-yaml", "too-large"),
        ),
        HostileFile(
            "explicit key of 100,000 characters",
            BASE + "? " + "k" * 100_000 + "\n: 1\n",
            ("unknown-key", "not-yaml", "too-large"),
        ),
        HostileFile(
            "list as key", BASE + "? [a, b]\n: 1\n", ("wrong-type", "unknown-key", "not-yaml")
        ),
        HostileFile(
            "mapping as key", BASE + "? {a: b}\n: 1\n", ("wrong-type", "unknown-key", "not-yaml")
        ),
        HostileFile(
            "mapping as flow key",
            mutated("{deduct: 1, per: missing}", "{{deduct: 1}: 2, per: missing}"),
            ("wrong-type", "unknown-key", "not-yaml"),
        ),
    ]


#: Name, what stands for the 6 points of the item `plan`, and further codes besides bad-number.
NUMBERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("exponent", "1e9", ()),
    ("exponent that overflows", "1e999999999", ()),
    ("hexadecimal", "0x10", ()),
    ("octal", "0o17", ()),
    ("underscore", "1_000", ()),
    ("leading dot", ".5", ()),
    ("trailing dot", "5.", ()),
    ("two dots", "6.0.0", ()),
    ("plus", "+5", ()),
    ("two minus signs", "--6", ()),
    ("minus alone", "'-'", ()),
    ("minus behind", "6-", ()),
    ("NaN", "NaN", ()),
    ("yaml nan", ".nan", ()),
    ("inf", "inf", ()),
    ("yaml infinity", "-.inf", ()),
    ("minus zero", "-0", ("out-of-range",)),
    ("zero", "0", ("out-of-range",)),
    ("arabic-indic digits", "٣", ()),
    ("full-width digits", "６", ("full-width",)),
    ("full-width dot", "6．0", ("full-width",)),
    ("superscript", "²", ()),
    ("fraction character", "½", ()),
    ("chinese numeral", "六", ()),
    ("roman numeral character", "Ⅵ", ()),
    ("19 digits", "1234567890123456789", ("out-of-range", "too-large")),
    ("19 decimals", "6.0000000000000000000", ("out-of-range", "too-large")),
    ("401 digits", "1" + "0" * 400, ("out-of-range", "too-large")),
    ("5,000 digits", "9" * 5_000, ("out-of-range", "too-large")),
    ("1,000,000 digits", "9" * 1_000_000, ("out-of-range", "too-large")),
    ("divided by zero", "1/0", ("out-of-range",)),
    ("zero by zero", "0/0", ("out-of-range",)),
    ("fraction of decimals", "6/1.5", ()),
    ("fraction of three", "12/2/1", ()),
    ("fraction with a minus below", "6/-1", ()),
    ("fraction with blanks", "6 / 1", ()),
    ("fraction open", "6/", ()),
    ("yes", "yes", ("wrong-type",)),
    ("no", "no", ("wrong-type",)),
    ("on", "on", ("wrong-type",)),
    ("true", "true", ("wrong-type",)),
    ("word", "six", ("wrong-type",)),
    ("time", "12:30", ("wrong-type",)),
    ("date", "2026-01-01", ("wrong-type",)),
    ("percent", "60%", ()),
    ("thousands comma", "1,000", ()),
    ("line end behind", '"6\\n"', ()),
    ("blank before", '" 6"', ()),
    ("no-break space behind", '"6\\xa0"', ()),
    ("zero-width space inside", '"6\\u200b"', ()),
    ("null written out", "null", ("wrong-type",)),
    ("tilde", "~", ("wrong-type",)),
    ("nothing", "", ("wrong-type", "empty", "missing-key")),
    ("empty quotes", '""', ("wrong-type", "empty", "missing-key")),
    ("list", "[6]", ("wrong-type",)),
    ("map", "{six: 6}", ("wrong-type",)),
    ("expression", "3 + 3", ()),
    ("negative", "-6", ("out-of-range",)),
)


def numbers() -> list[HostileFile]:
    """Points of an item, written in ways that are no number or no number of points."""
    return [
        HostileFile(
            f"points {name}", mutated("points: 6", f"points: {text}"), ("bad-number", *more)
        )
        for name, text, more in NUMBERS
    ]


#: Name, what stands for the id `report`, and further codes besides bad-id.
IDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("keyword of expressions", "and", ()),
    ("keyword of Python", "lambda", ()),
    ("constant of Python", "None", ()),
    ("total", "total", ("duplicate-id",)),
    ("leading digit", "1report", ()),
    ("digits", "123", ()),
    ("hyphen", "re-port", ()),
    ("dot", "re.port", ()),
    ("blank", "re port", ()),
    ("slash", "../report", ()),
    ("empty", '""', ("empty", "missing-key", "wrong-type")),
    ("list", "[report]", ("wrong-type",)),
    ("ligature", "ﬁnal", ()),
    ("full-width letters", "ｒｅｐｏｒｔ", ("full-width",)),
    ("accent not composed", '"re\\u0301port"', ()),
    ("kelvin sign", '"\\u212a"', ()),
    ("superscript digit", "report²", ()),
    ("zero-width space", '"re\\u200bport"', ()),
    ("zero-width joiner", '"re\\u200dport"', ()),
    ("right-to-left override", '"\\u202ereport"', ()),
    ("line end behind", '"report\\n"', ()),
    ("emoji", '"report\\U0001F600"', ()),
    ("full-width bracket", "报告（二）", ("full-width",)),
    ("nul by escape", '"re\\0port"', ("not-yaml",)),
)


def ids() -> list[HostileFile]:
    """Ids of nodes, fields and values that are none, or that stand twice."""
    return [
        *(
            HostileFile(f"id {name}", mutated("id: report", f"id: {text}"), ("bad-id", *more))
            for name, text, more in IDS
        ),
        HostileFile("duplicate ids", mutated("id: report", "id: plan"), ("duplicate-id",)),
        HostileFile(
            "duplicate ids on two levels",
            mutated("id: plan", "id: lead", NESTED),
            ("duplicate-id",),
        ),
        HostileFile(
            "field named as its node",
            mutated("missing: [count, 缺少]", "plan: count"),
            ("duplicate-id", "bad-id"),
        ),
        HostileFile(
            "field named as another node", mutated("late: {", "plan: {"), ("duplicate-id", "bad-id")
        ),
        HostileFile("field keyword", mutated("fault: flag", "not: flag"), ("bad-id",)),
        HostileFile(
            "field with leading digit", mutated("fault: flag", "1fault: flag"), ("bad-id",)
        ),
        HostileFile("field with a dot", mutated("fault: flag", "a.b: flag"), ("bad-id",)),
        HostileFile(
            "choice value keyword",
            mutated("values: [none, poor, good]", "values: [none, if, good]"),
            ("bad-id",),
        ),
        HostileFile(
            "choice value twice",
            mutated("values: [none, poor, good]", "values: [none, poor, poor, good]"),
            ("duplicate-id", "duplicate-key", "bad-id"),
        ),
        HostileFile(
            "name of the rubric with a blank",
            mutated("rubric: sample", "rubric: a b"),
            ("bad-id", "wrong-type"),
        ),
        HostileFile(
            "name of the rubric as a path",
            mutated("rubric: sample", "rubric: a/../b"),
            ("bad-id", "wrong-type"),
        ),
    ]


def keys_and_types() -> list[HostileFile]:
    """Keys that are unknown, missing or misplaced, and values of the wrong type."""
    return [
        HostileFile("unknown key near points", mutated("points: 6", "ponits: 6"), ("unknown-key",)),
        HostileFile(
            "unknown key near deduct",
            mutated("{deduct: 1, per: missing}", "{deducts: 1, per: missing}"),
            ("unknown-key", "unknown-verb"),
        ),
        HostileFile("unknown key in capitals", mutated("points: 6", "Points: 6"), ("unknown-key",)),
        HostileFile("unknown key at top", BASE + "author: me\n", ("unknown-key",)),
        HostileFile(
            "unknown key in a grade",
            mutated("{stars: 1}", "{stars: 1, score: 0}"),
            ("unknown-key",),
        ),
        HostileFile(
            "unknown key in a gate",
            mutated("{at_most: 3,", "{at_least: 3,"),
            ("unknown-key", "unknown-verb"),
        ),
        HostileFile(
            "unknown key in a field", mutated("range: 0..10", "ranges: 0..10"), ("unknown-key",)
        ),
        HostileFile(
            "option of another type",
            mutated("range: 0..10", "values: [a, b]"),
            ("unknown-key", "conflicting-keys"),
        ),
        HostileFile("dunder key", mutated("title: Plan", "__class__: Plan"), ("unknown-key",)),
        HostileFile("empty key", mutated("title: Plan", '"": Plan'), ("unknown-key",)),
        HostileFile("homoglyph key", mutated("title: Plan", "tіtle: Plan"), ("unknown-key",)),
        HostileFile(
            "key of the root on an item", mutated("title: Plan", "clip: 6"), ("unknown-key",)
        ),
        HostileFile(
            "combine on an item",
            mutated("title: Plan", "combine: sum"),
            ("unknown-key", "conflicting-keys"),
        ),
        HostileFile(
            "start on an indicator",
            mutated("  - id: lead\n", "  - id: lead\n    start: zero\n", NESTED),
            ("unknown-key", "conflicting-keys"),
        ),
        HostileFile(
            "bonus key on an item",
            mutated("title: Plan", "bonus: here"),
            ("unknown-key", "conflicting-keys"),
        ),
        HostileFile("rule key on a node", mutated("title: Plan", "when: fault"), ("unknown-key",)),
        HostileFile("rubric without a name", mutated("rubric: sample\n", ""), ("missing-key",)),
        HostileFile("item without an id", mutated("id: report", "title: Report"), ("missing-key",)),
        HostileFile(
            "item without points",
            mutated("    points: 4\n", ""),
            ("missing-key", "points-do-not-add-up", "start-unclear"),
        ),
        HostileFile(
            "grade without a name", mutated("{stars: 1}", "{title: Low}"), ("missing-key",)
        ),
        HostileFile(
            "gate without an act",
            mutated("{at_most: 3, when: plan.fault}", "{when: plan.fault}"),
            ("missing-key", "unknown-verb"),
        ),
        HostileFile(
            "choice without values",
            mutated("values: [none, poor, good]", "title: Level"),
            ("missing-key",),
        ),
        HostileFile(
            "choice in the short form",
            mutated("share_done: share", "rank: choice"),
            ("missing-key",),
        ),
        HostileFile(
            "checklist without values",
            mutated("share_done: share", "seen: checklist"),
            ("missing-key",),
        ),
        HostileFile(
            "amount without a range",
            mutated("share_done: share", "merit: amount"),
            ("missing-key",),
        ),
        HostileFile(
            "choice with no values",
            mutated("values: [none, poor, good]", "values: []"),
            ("empty", "missing-key", "wrong-type"),
        ),
        HostileFile(
            "values as text", mutated("values: [none, poor, good]", "values: none"), ("wrong-type",)
        ),
        HostileFile(
            "unknown type near count", mutated("[count, 缺少]", "[cuont, 缺少]"), ("unknown-type",)
        ),
        HostileFile(
            "unknown type near flag", mutated("fault: flag", "fault: flga"), ("unknown-type",)
        ),
        HostileFile(
            "type of another system", mutated("fault: flag", "fault: bool"), ("unknown-type",)
        ),
        HostileFile("type in capitals", mutated("fault: flag", "fault: Flag"), ("unknown-type",)),
        HostileFile(
            "field without a type",
            mutated("fault: flag", "fault: {title: Fault}"),
            ("missing-key",),
        ),
        HostileFile(
            "field null",
            mutated("fault: flag", "fault:"),
            ("unknown-type", "wrong-type", "empty", "missing-key"),
        ),
        HostileFile(
            "field as a short list of three",
            mutated("[count, 缺少]", "[count, 缺少, x]"),
            ("wrong-type", "unknown-type", "comma-lost"),
        ),
        HostileFile(
            "field as an empty list",
            mutated("[count, 缺少]", "[]"),
            ("wrong-type", "unknown-type", "empty", "missing-key"),
        ),
        HostileFile(
            "full-width comma",
            mutated("[count, 缺少]", "[count， 缺少]"),
            ("full-width", "unknown-type"),
        ),
        HostileFile(
            "full-width comma without a blank",
            mutated("[count, 缺少]", "[count，缺少]"),
            ("full-width", "unknown-type"),
        ),
        HostileFile(
            "ideographic comma",
            mutated("[none, poor, good]", "[none、poor、good]"),
            ("full-width", "bad-id"),
        ),
        HostileFile(
            "full-width colon among fields",
            mutated("missing: [count, 缺少]", "missing： count"),
            ("full-width", "not-yaml"),
        ),
        HostileFile(
            "full-width colon alone",
            mutated("late: {type: count, range: 0..10}", "late： count"),
            ("full-width", "wrong-type", "not-yaml"),
        ),
        HostileFile(
            "full-width comma in a rule",
            mutated("{deduct: 2, when: fault}", "{deduct: 2， when: fault}"),
            ("full-width", "not-yaml", "bad-number"),
        ),
        HostileFile(
            "full-width brackets",
            mutated("[count, 缺少]", "［count, 缺少］"),
            ("full-width", "unknown-type", "not-yaml"),
        ),
        HostileFile(
            "comma lost", mutated("[count, 缺少]", "[count 缺少]"), ("comma-lost", "unknown-type")
        ),
        HostileFile(
            "comma lost in a rule",
            mutated("{deduct: 1, per: missing}", "{deduct: 1 per: missing}"),
            ("comma-lost", "not-yaml", "bad-number"),
        ),
        HostileFile(
            "blank behind the colon lost",
            mutated("{deduct: 1, per: missing}", "{deduct:1, per: missing}"),
            ("unknown-key", "unknown-verb", "not-yaml", "wrong-type"),
        ),
        HostileFile(
            "unsupported format", mutated("format: 1", "format: 2"), ("unsupported-format",)
        ),
        HostileFile(
            "format as a word",
            mutated("format: 1", "format: one"),
            ("unsupported-format", "bad-number"),
        ),
        HostileFile(
            "items as a map", "rubric: x\ntotal: 1\nitems: {plan: {points: 1}}\n", ("wrong-type",)
        ),
        HostileFile("items as text", "rubric: x\ntotal: 1\nitems: plan\n", ("wrong-type",)),
        HostileFile(
            "item as text", "rubric: x\ntotal: 1\nitems: [plan]\n", ("wrong-type", "not-a-mapping")
        ),
        HostileFile(
            "items null", "rubric: x\ntotal: 1\nitems:\n", ("wrong-type", "no-children", "empty")
        ),
        HostileFile("items empty", "rubric: x\ntotal: 1\nitems: []\n", ("no-children", "empty")),
        HostileFile(
            "no children", "rubric: x\ntotal: 1\n", ("no-children", "missing-key", "empty")
        ),
        HostileFile(
            "indicator without children",
            "rubric: x\ntotal: 1\nindicators: [{id: a, points: 1}]\n",
            ("no-children", "missing-key", "empty"),
        ),
        HostileFile(
            "evidence as a list",
            mutated("{missing: count}", "[missing]", NESTED),
            ("wrong-type", "not-a-mapping"),
        ),
        HostileFile(
            "rules as a map",
            mutated("      - {deduct: 0.5, per: late}", "      {deduct: 0.5, per: late}"),
            ("wrong-type",),
        ),
        HostileFile(
            "rule as text",
            mutated("- {deduct: 2, when: fault}", "- deduct 2"),
            ("wrong-type", "not-a-mapping"),
        ),
        HostileFile(
            "rule null",
            mutated("- {deduct: 2, when: fault}", "-"),
            ("wrong-type", "not-a-mapping", "empty", "unknown-verb", "missing-key"),
        ),
        HostileFile(
            "grades empty",
            mutated(
                "grades:\n  - {stars: 5, from: 9}\n  - {stars: 3, from: 6}\n  - {stars: 1}\n",
                "grades: []\n",
            ),
            ("empty", "grades-open", "unknown-grade", "wrong-type", "missing-key"),
        ),
        HostileFile(
            "gates as text",
            BASE.replace("  - {at_most: 3, when: plan.fault}\n", "  none\n"),
            ("wrong-type",),
        ),
        HostileFile("title as a list", mutated("title: Plan", "title: [Plan]"), ("wrong-type",)),
        HostileFile(
            "title in nested languages",
            mutated("title: Plan", "title: {en: {a: b}}"),
            ("wrong-type",),
        ),
        HostileFile(
            "unknown provenance",
            mutated("title: Plan", "provenance: guessed"),
            ("unknown-value", "unknown-name", "wrong-type"),
        ),
        HostileFile(
            "unknown method",
            mutated("title: Plan", "methods: [hearsay]"),
            ("unknown-value", "unknown-name", "wrong-type"),
        ),
        HostileFile(
            "unknown combine",
            mutated("combine: mean", "combine: median", MEAN),
            ("unknown-value", "unknown-name", "wrong-type"),
        ),
        HostileFile(
            "start as a word",
            mutated("title: Plan", "start: half"),
            ("bad-number", "wrong-type", "unknown-value", "unknown-name", "start-unclear"),
        ),
    ]


def rules() -> list[HostileFile]:
    """Rules whose verbs, amounts, expressions or order cannot be meant."""
    by_level = "{deduct: {none: 3, poor: 1, good: 0}, by: level}"
    flagged = "{deduct: 2, when: fault}"
    negative = ("out-of-range", "bad-number")
    return [
        HostileFile(
            "two verbs",
            mutated(flagged, "{deduct: 2, award: 1, when: fault}"),
            ("conflicting-keys", "unknown-verb"),
        ),
        HostileFile("no verb", mutated(flagged, "{when: fault}"), ("unknown-verb", "missing-key")),
        HostileFile("empty rule", mutated(flagged, "{}"), ("unknown-verb", "missing-key", "empty")),
        HostileFile(
            "by without a map", mutated(by_level, "{deduct: 3, by: level}"), ("by-and-amount",)
        ),
        HostileFile(
            "map without by",
            mutated(by_level, "{deduct: {none: 3, poor: 1, good: 0}}"),
            ("by-and-amount", "missing-key"),
        ),
        HostileFile(
            "bands without by",
            mutated(by_level, "{deduct: {from 80: 2}}"),
            ("by-and-amount", "missing-key"),
        ),
        HostileFile(
            "map without a value",
            mutated(by_level, "{deduct: {none: 3, poor: 1}, by: level}"),
            ("value-not-covered",),
        ),
        HostileFile(
            "map with an unknown value",
            mutated(by_level, "{deduct: {none: 3, poor: 1, good: 0, fair: 2}, by: level}"),
            ("unknown-value",),
        ),
        HostileFile(
            "map with a misspelt value",
            mutated(by_level, "{deduct: {none: 3, poor: 1, goood: 0}, by: level}"),
            ("unknown-value", "value-not-covered"),
        ),
        HostileFile(
            "map by a flag",
            mutated(by_level, "{deduct: {none: 3, poor: 1}, by: fault}"),
            ("by-and-amount", "wrong-operand"),
        ),
        HostileFile(
            "map by a number",
            mutated(by_level, "{deduct: {none: 3, poor: 1}, by: missing}"),
            (
                "by-and-amount",
                "wrong-type",
                "unknown-value",
                "bad-number",
                "unknown-key",
                "bad-expression",
            ),
        ),
        HostileFile(
            "empty map",
            mutated(by_level, "{deduct: {}, by: level}"),
            ("empty", "value-not-covered", "by-and-amount"),
        ),
        HostileFile(
            "negative amount in a map",
            mutated(by_level, "{deduct: {none: -3, poor: 1, good: 0}, by: level}"),
            negative,
        ),
        HostileFile(
            "band twice, written alike",
            mutated(by_level, "{deduct: {from 80: 2, from 80: 1}, by: share_done}"),
            ("duplicate-key", "duplicate-edge"),
        ),
        HostileFile(
            "band twice, written differently",
            mutated(by_level, "{deduct: {from 80: 2, from 80.0: 1}, by: share_done}"),
            ("duplicate-edge",),
        ),
        HostileFile(
            "band twice, as a fraction",
            mutated(by_level, "{deduct: {from 80: 2, from 160/2: 1}, by: share_done}"),
            ("duplicate-edge", "bad-number"),
        ),
        HostileFile(
            "band without a number",
            mutated(by_level, "{deduct: {from x: 2}, by: share_done}"),
            ("bad-number",),
        ),
        HostileFile(
            "bands and values mixed",
            mutated(by_level, "{deduct: {from 80: 2, poor: 1}, by: share_done}"),
            ("conflicting-keys", "unknown-key", "unknown-value", "bad-number", "by-and-amount"),
        ),
        HostileFile(
            "judged range by a share",
            mutated(by_level, "{deduct: 0.5..2, by: share_done}"),
            ("by-and-amount", "wrong-type", "bad-expression"),
        ),
        HostileFile(
            "judged range without by",
            mutated(by_level, "{deduct: 0.5..2}"),
            ("by-and-amount", "missing-key", "bad-number"),
        ),
        HostileFile("negative deduction", mutated(flagged, "{deduct: -2, when: fault}"), negative),
        HostileFile(
            "negative cap", mutated(flagged, "{deduct: 2, when: fault, up_to: -1}"), negative
        ),
        HostileFile(
            "amount as an expression", mutated(flagged, "{deduct: missing * 2}"), ("bad-number",)
        ),
        HostileFile(
            "amount null",
            mutated(flagged, "{deduct: , when: fault}"),
            ("bad-number", "wrong-type", "empty", "missing-key"),
        ),
        HostileFile(
            "amount as a list",
            mutated(flagged, "{deduct: [2], when: fault}"),
            ("wrong-type", "bad-number"),
        ),
        HostileFile(
            "bonus all",
            mutated(flagged, "{bonus: all, when: fault}"),
            ("all-needs-scale", "conflicting-keys", "bad-number"),
        ),
        HostileFile(
            "deduct all on an open account",
            mutated("{award: 1, per: prizes}", "{deduct: all, when: prizes > 1}", NESTED),
            ("all-needs-scale",),
        ),
        HostileFile(
            "award all on an open account",
            mutated("{award: 1, per: prizes}", "{award: all, when: prizes > 1}", NESTED),
            ("all-needs-scale",),
        ),
        HostileFile(
            "full start of an open account",
            mutated("points: none\n", "points: none\n        start: full\n", NESTED),
            ("all-needs-scale", "start-unclear", "conflicting-keys", "out-of-range"),
        ),
        HostileFile(
            "all with per",
            mutated(flagged, "{deduct: all, per: missing}"),
            ("conflicting-keys", "all-needs-scale"),
        ),
        HostileFile(
            "below and above",
            mutated(flagged, "{deduct: 1, below: 5, above: 2, of: missing}"),
            ("conflicting-keys",),
        ),
        HostileFile(
            "below with per",
            mutated(flagged, "{deduct: 1, below: 5, of: missing, per: missing}"),
            ("conflicting-keys",),
        ),
        HostileFile(
            "below without of",
            mutated(flagged, "{deduct: 1, below: 5}"),
            ("missing-key", "conflicting-keys"),
        ),
        HostileFile(
            "of without below",
            mutated(flagged, "{deduct: 1, of: missing}"),
            ("missing-key", "conflicting-keys", "unknown-key"),
        ),
        HostileFile(
            "per below zero",
            mutated("{deduct: 1, per: missing}", "{deduct: 1, per: missing - 5}"),
            ("can-be-negative",),
        ),
        HostileFile(
            "per a flag",
            mutated("{deduct: 1, per: missing}", "{deduct: 1, per: fault}"),
            ("wrong-operand",),
        ),
        HostileFile(
            "per a choice",
            mutated("{deduct: 1, per: missing}", "{deduct: 1, per: level}"),
            ("wrong-operand",),
        ),
        HostileFile(
            "per a count of another node by bare name",
            mutated("{deduct: 1, per: missing}", "{deduct: 1, per: late}"),
            ("unknown-name",),
        ),
        HostileFile(
            "step of zero",
            mutated(flagged, "{deduct: 1, below: 5, of: missing, step: 0}"),
            negative,
        ),
        HostileFile(
            "unknown parts",
            mutated(flagged, "{deduct: 1, below: 5, of: missing, parts: half}"),
            ("unknown-value", "unknown-name", "wrong-type"),
        ),
        HostileFile("limit reversed", mutated(flagged, "{limit: 5..0}"), negative),
        HostileFile(
            "limit as a word",
            mutated(flagged, "{limit: high}"),
            ("bad-number", "wrong-type", "unknown-value"),
        ),
        HostileFile(
            "limit with when",
            mutated(flagged, "{limit: 0..5, when: fault}"),
            ("unknown-key", "conflicting-keys"),
        ),
        HostileFile("round to ten places", mutated(flagged, "{round: 10}"), negative),
        HostileFile("round to minus one", mutated(flagged, "{round: -1}"), negative),
        HostileFile(
            "round by an unknown mode",
            mutated(flagged, "{round: 1, mode: up}"),
            ("unknown-value", "unknown-name", "wrong-type"),
        ),
        HostileFile(
            "mode without round",
            mutated(flagged, "{deduct: 2, mode: floor}"),
            ("unknown-key", "conflicting-keys"),
        ),
        HostileFile(
            "set with per",
            mutated(flagged, "{set: 2, per: missing}"),
            ("unknown-key", "conflicting-keys"),
        ),
        HostileFile(
            "condition misspelt", mutated(flagged, "{deduct: 2, when: falt}"), ("unknown-name",)
        ),
        HostileFile(
            "condition hostile",
            mutated(flagged, "{deduct: 2, when: \"__import__('os').system('true')\"}"),
            ("bad-expression", "unknown-name"),
        ),
        HostileFile(
            "condition empty",
            mutated(flagged, '{deduct: 2, when: ""}'),
            ("bad-expression", "empty", "wrong-type"),
        ),
        HostileFile(
            "condition as a list",
            mutated(flagged, "{deduct: 2, when: [fault]}"),
            ("wrong-type", "bad-expression"),
        ),
        HostileFile(
            "condition as a map",
            mutated(flagged, "{deduct: 2, when: {fault: true}}"),
            ("wrong-type", "bad-expression"),
        ),
        HostileFile(
            "own score in a rule", mutated(flagged, "{deduct: 2, when: plan > 3}"), ("cycle",)
        ),
        HostileFile(
            "total in a rule", mutated(flagged, "{deduct: 2, when: total > 3}"), ("cycle",)
        ),
        HostileFile(
            "parent's score in a rule",
            mutated("{deduct: 1, per: missing}", "{deduct: 1, when: lead > 3}", NESTED),
            ("cycle",),
        ),
        HostileFile(
            "two scores that need each other",
            mutated(
                "{deduct: 0.5, per: late}",
                "{deduct: 1, when: plan > 3}",
                mutated(flagged, "{deduct: 2, when: report > 3}"),
            ),
            ("cycle",),
        ),
        HostileFile(
            "three scores that need each other",
            "rubric: x\ntotal: 3\nitems:\n"
            + "".join(
                f"  - {{id: {a}, points: 1, rules: [{{deduct: 1, when: {b} > 0}}]}}\n"
                for a, b in ("ab", "bc", "ca")
            ),
            ("cycle",),
        ),
        HostileFile(
            "start not to be told", mutated(flagged, "{award: 2, when: fault}"), ("start-unclear",)
        ),
        HostileFile(
            "start without rules",
            mutated("    rules:\n      - {deduct: 0.5, per: late}\n", ""),
            ("start-unclear",),
        ),
        HostileFile(
            "range reversed",
            mutated("range: 0..10", "range: 10..0"),
            ("out-of-range", "bad-number"),
        ),
        HostileFile(
            "range below zero for a count",
            mutated("range: 0..10", "range: -5..10"),
            ("out-of-range", "bad-number"),
        ),
        HostileFile(
            "range of one number",
            mutated("range: 0..10", "range: 10"),
            ("bad-number", "wrong-type"),
        ),
        HostileFile(
            "range of three dots", mutated("range: 0..10", "range: 0...10"), ("bad-number",)
        ),
        HostileFile(
            "range without an end",
            mutated("range: 0..10", "range: 0.."),
            ("bad-number", "out-of-range", "wrong-type"),
        ),
        HostileFile(
            "range without a beginning",
            mutated("range: 0..10", "range: ..10"),
            ("bad-number", "out-of-range", "wrong-type"),
        ),
        HostileFile(
            "range with words", mutated("range: 0..10", "range: low..high"), ("bad-number",)
        ),
        HostileFile(
            "range of broken counts",
            mutated("range: 0..10", "range: 0.5..10"),
            ("not-exact",),
        ),
    ]


def points_and_grades() -> list[HostileFile]:
    """Points that do not add up, and grades and gates that contradict themselves."""
    top = "{stars: 5, from: 9}"
    gate = "{at_most: 3, when: plan.fault}"
    return [
        HostileFile(
            "points not adding up", mutated("points: 4", "points: 5"), ("points-do-not-add-up",)
        ),
        HostileFile(
            "points not adding up by a hair",
            mutated("points: 4", "points: 4.000000001"),
            ("points-do-not-add-up",),
        ),
        HostileFile(
            "points not adding up in the last place",
            mutated("points: 4", "points: 3.9999999999999999"),
            ("points-do-not-add-up",),
        ),
        HostileFile(
            "points not adding up below",
            mutated("        points: 10\n", "        points: 9\n", NESTED),
            ("points-do-not-add-up",),
        ),
        HostileFile(
            "points beside weight",
            mutated("points: 4", "points: 4\n    weight: 1"),
            ("conflicting-keys", "unknown-key"),
        ),
        HostileFile(
            "points under a mean",
            mutated("{id: b, out_of: 5,", "{id: b, points: 5,", MEAN),
            ("conflicting-keys", "unknown-key"),
        ),
        HostileFile(
            "weight of zero",
            mutated("weight: 2", "weight: 0", MEAN),
            ("out-of-range", "bad-number"),
        ),
        HostileFile(
            "negative weight",
            mutated("weight: 2", "weight: -2", MEAN),
            ("out-of-range", "bad-number"),
        ),
        HostileFile(
            "weight under lowest",
            mutated("combine: mean", "combine: lowest", MEAN),
            ("conflicting-keys", "unknown-key"),
        ),
        HostileFile(
            "open child under a mean",
            mutated("out_of: 5, ", "", MEAN),
            ("scale-missing", "missing-key", "start-unclear", "all-needs-scale"),
        ),
        HostileFile(
            "scale of zero", mutated("out_of: 5", "out_of: 0", MEAN), ("out-of-range", "bad-number")
        ),
        HostileFile(
            "total of zero", mutated("total: 10", "total: 0"), ("out-of-range", "bad-number")
        ),
        HostileFile(
            "negative places",
            mutated("total: 10", "total: 10\nplaces: -1"),
            ("out-of-range", "bad-number"),
        ),
        HostileFile(
            "a billion places",
            mutated("total: 10", "total: 10\nplaces: 1000000000"),
            ("out-of-range", "bad-number"),
        ),
        HostileFile(
            "places broken",
            mutated("total: 10", "total: 10\nplaces: 1.5"),
            ("bad-number", "out-of-range", "wrong-type"),
        ),
        HostileFile(
            "a billion places of a field",
            mutated(
                "late: {type: count, range: 0..10}", "late: {type: number, places: 1000000000}"
            ),
            ("out-of-range", "bad-number"),
        ),
        HostileFile("grades out of order", mutated(top, "{stars: 5, from: 5}"), ("grades-order",)),
        HostileFile(
            "grades of the same cut",
            mutated(top, "{stars: 5, from: 6}"),
            ("grades-order", "duplicate-edge"),
        ),
        HostileFile(
            "grades mixing from and up_to",
            mutated(top, "{stars: 5, up_to: 9}"),
            ("grades-order", "conflicting-keys"),
        ),
        HostileFile(
            "grade with from and up_to",
            mutated(top, "{stars: 5, from: 9, up_to: 10}"),
            ("grades-order", "conflicting-keys"),
        ),
        HostileFile(
            "last grade with a cut", mutated("{stars: 1}", "{stars: 1, from: 2}"), ("grades-open",)
        ),
        HostileFile(
            "last grade with a condition",
            mutated("{stars: 1}", "{stars: 1, when: plan.fault}"),
            ("grades-open",),
        ),
        HostileFile(
            "otherwise misspelt",
            mutated("{stars: 1}", "{stars: 1, from: 2}\notherwise: unratd"),
            ("unknown-value", "unknown-name", "wrong-type", "grades-open"),
        ),
        HostileFile(
            "stars increasing",
            mutated("{stars: 3, from: 6}", "{stars: 6, from: 6}"),
            ("grades-order",),
        ),
        HostileFile(
            "stars twice",
            mutated("{stars: 3, from: 6}", "{stars: 5, from: 6}"),
            ("grades-order", "duplicate-id"),
        ),
        HostileFile(
            "negative stars", mutated("{stars: 1}", "{stars: -1}"), ("out-of-range", "bad-number")
        ),
        HostileFile(
            "broken stars",
            mutated("{stars: 1}", "{stars: 1.5}"),
            ("bad-number", "out-of-range", "wrong-type"),
        ),
        HostileFile("cut as a word", mutated(top, "{stars: 5, from: high}"), ("bad-number",)),
        HostileFile(
            "minima of an unknown node",
            mutated(top, "{stars: 5, minima: {plann: 5}}"),
            ("unknown-name",),
        ),
        HostileFile(
            "grade by an unknown name",
            mutated(top, "{stars: 5, when: plann > 5}"),
            ("unknown-name",),
        ),
        HostileFile(
            "gate with unknown stars",
            mutated(gate, "{at_most: 4, when: plan.fault}"),
            ("unknown-grade",),
        ),
        HostileFile(
            "gate with an unknown name",
            mutated(gate, "{grade: best, when: plan.fault}"),
            ("unknown-grade",),
        ),
        HostileFile(
            "gate with two acts",
            mutated(gate, "{at_most: 3, grade: 1, when: plan.fault}"),
            ("conflicting-keys", "unknown-verb"),
        ),
        HostileFile(
            "gate with a broken step",
            mutated(gate, "{step: 0.5, when: plan.fault}"),
            ("bad-number", "out-of-range", "wrong-type"),
        ),
        HostileFile(
            "gate by a bare field", mutated(gate, "{at_most: 3, when: fault}"), ("unknown-name",)
        ),
        HostileFile(
            "gates without grades",
            mutated(
                "grades:\n  - {stars: 5, from: 9}\n  - {stars: 3, from: 6}\n  - {stars: 1}\n", ""
            ),
            ("unknown-grade", "missing-key", "conflicting-keys", "grades-open"),
        ),
    ]


#: Every hostile file, names unique.
FILES: tuple[HostileFile, ...] = (
    *raw_bytes(),
    *document_structure(),
    *numbers(),
    *ids(),
    *keys_and_types(),
    *rules(),
    *points_and_grades(),
)
