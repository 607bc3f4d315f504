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

#: Given numbers, values, a table, a group, judged amounts, and rules to other accounts.
GIVEN = """\
rubric: given
total: 20
given:
  assessee: {type: {type: choice, values: [urban, rural]}, population: count}
  cycle: {as_of: date, mean: {type: number, range: 0..100}}
  history: {stars: {type: count, range: 1..5, optional: true}}
values:
  unit: 0.5
  big: assessee.population > 10000
  most: 5 if big else 3
grades:
  - {stars: 3, from: 15, minima: {persons: 1}, maxima: {money: 50}}
  - {stars: 2, from: 10, when: big}
  - {stars: 1}
gates:
  - {step: -1, per: persons.warnings, clamp: once}
  - {at_most: "default(history.stars, 3)"}
items:
  - id: persons
    points: 10
    start: full
    baseline: 8
    evidence:
      cases:
        type: rows
        range: 0..50
        columns:
          role: {type: choice, values: [leader, other]}
          penalty: {type: choice, values: [light, grave]}
          day: date
          cost: {type: number, places: 2, range: 0..1000}
          matter: text
      warnings: {type: count, range: 0..9}
      blame: {type: amount, range: 0.5..5}
      level: {type: choice, values: [none, light, grave]}
    rules:
      - {deduct: {light: 1, grave: 3}, by: penalty, each: cases, times: {role == leader: 2, cost > 5: 1.5}, stack: add, within: 2 years, once_per: matter, up_to: most}
      - {group: [{deduct: 1, per: warnings}, {deduct: 2, when: warnings > 3}], keep: highest, up_to: 5, round_to: 1, mode: floor}
      - {deduct: {none: 0, light: 0.5..2, grave: 2..5}, by: level, judged: blame}
      - {deduct: 1, when: level == grave, to: streets}
  - id: streets
    for: [urban]
    points: 10
    start: full
  - id: fields
    for: rural
    points: 10
    start: full
  - {id: money, points: beside, evidence: {spent: {type: count, range: 0..100}}, rules: [{award: spent}]}
"""

#: What may be missing, not applicable or assumed; readings, curves and ratios.
STATES = """\
rubric: states
total: 30
methods: required
not_applicable: rescale
items:
  - id: hall
    points: 10
    methods: [documents]
    evidence:
      state: {type: choice, values: [good, fair, none, void], means: {good: full, fair: 1.5, none: skip, void: missing}}
      visits: {type: count, range: 0..500, none_means: 0}
      lost: {type: count, range: 0..20, absent: -1}
      mark: {type: number, range: 0..10, panel: 5, need: 3}
    rules:
      - {award: state}
      - {award: 2, ratio: visits / lost, empty: full}
      - {multiply: 0.9, when: lost > 3}
      - {award: 1, when: "trimmed(mark, 1) > 5"}
  - id: courses
    points: 10
    evidence: {held: {type: count, range: 0..200}}
    rules:
      - {award: {at 60: 0, at 100: 10, beyond: level}, by: held}
      - {award: {curve: log, zero_at: 1, full_at: 100, gives: 2, step: 0.5}, by: held}
  - id: rest
    points: 10
    start: full
"""

#: One node for each row, and a node for each way to combine.
EACH = """\
rubric: each
total: 40
indicators:
  - id: upkeep
    points: 20
    each: months
    combine: mean
    empty: zero
    where: counted
    weigh: hours
    evidence:
      months: {type: rows, range: 0..12, columns: {counted: flag, hours: {type: count, range: 1..50}, faults: {type: count, range: 0..99}}}
    items:
      - {id: clean, points: 15, rules: [{deduct: 1, per: faults}]}
      - {id: calm, points: 5, start: full, rules: [{bonus: 1, when: faults == 0}]}
  - id: opinions
    points: 20
    out_of: 10
    combine: trimmed
    drop: 1
    need: 3
    empty: zero
    missing: skip
    bonus_up_to: 2
    items:
      - {id: first, out_of: 10, evidence: {one: {type: count, range: 0..10}}, rules: [{award: one}]}
      - {id: second, out_of: 10, evidence: {two: {type: count, range: 0..10}}, rules: [{award: two}]}
      - {id: third, out_of: 10, evidence: {three: {type: count, range: 0..10}}, rules: [{award: three}]}
      - {id: fourth, out_of: 10, evidence: {four: {type: count, range: 0..10}}, rules: [{award: four}]}
"""

#: Kinds, one of which is like another, and one that has children.
KINDS = """\
rubric: kinds
total: 20
kinds:
  paper: {points: 5, evidence: {missing: count}, rules: [{deduct: 0.5, per: missing}]}
  marked: {like: paper, title: Marked, methods: [documents]}
  area:
    points: 10
    items:
      - {id: rooms, like: paper}
      - {id: yards, like: paper}
items:
  - {id: plan, like: paper}
  - {id: summary, like: marked, title: Summary}
indicators:
  - {id: site, like: area}
"""

#: The one way to combine that rounds.
GEOMETRIC = """\
rubric: geometric
total: 10
combine: geometric
step: 0.1
items:
  - {id: a, out_of: 10, evidence: {x: {type: number, range: 0..10}}, rules: [{award: x}]}
  - {id: b, out_of: 10, evidence: {y: {type: number, range: 0..10}}, rules: [{award: y}]}
"""
#: Two items, each of which may be not applicable.
SKIPS = """\
rubric: skips
total: 20
not_applicable: rescale
items:
  - {id: one, points: 10, start: full, evidence: {here: {type: choice, values: [yes, no], means: {no: skip}}}}
  - {id: two, points: 10, start: full, not_applicable: full, evidence: {there: {type: choice, values: [yes, no], means: {no: skip}}}}
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
            mutated("combine: mean", "combine: mode", MEAN),
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
            "negative cap",
            mutated(flagged, "{deduct: 2, when: fault, up_to: -1}"),
            ("can-be-negative",),
        ),
        HostileFile(
            "formula that can be negative",
            mutated(flagged, "{deduct: missing - 2}"),
            ("can-be-negative",),
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


class PlacedFile(NamedTuple):
    """A rubric file and all its problems; each place is marked in the text, in their order."""

    name: str
    content: str
    #: For each mark the code and the path, and the nearest name where it must be told.
    problems: tuple[tuple[str | None, ...], ...]


#: Stands in the text of a `PlacedFile` before the place of each problem.
MARK = "§"

Told = tuple[str | None, ...]


def marks_of(content: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a text without its marks, and the line and column of each."""
    parts = content.split(MARK)
    befores = ["".join(parts[:number]) for number in range(1, len(parts))]
    places = [(each.count("\n") + 1, len(each) - each.rfind("\n")) for each in befores]
    return "".join(parts), places


def edited(text: str, edits: dict[str, str]) -> str:
    """Return the text with each of some texts, which stand in it once, replaced by another."""
    for old, new in edits.items():
        text = mutated(old, new, text)
    return text


def placed(text: str, name: str, edits: dict[str, str], *problems: Told) -> PlacedFile:
    """Return an edited rubric, in which the places of its problems are marked."""
    return PlacedFile(name, edited(text, edits), problems)


def at_top(text: str, name: str, edits: dict[str, str], *problems: Told) -> PlacedFile:
    """Return the same where the first problem is of the whole."""
    return PlacedFile(name, MARK + edited(text, edits), problems)


# fmt: off

PERSONS = "$.items[0]"
CASES = f"{PERSONS}.evidence.cases"
TABLE = GIVEN[GIVEN.index("      cases:\n") : GIVEN.index("      warnings:")]
OVER_CASES = "{deduct: {light: 1, grave: 3}, by: penalty, each: cases, times: {role == leader: 2, cost > 5: 1.5}, stack: add, within: 2 years, once_per: matter, up_to: most}"
JUDGED = "{deduct: {none: 0, light: 0.5..2, grave: 2..5}, by: level, judged: blame}"
POSTED = "{deduct: 1, when: level == grave, to: streets}"

#: Base, what stands there, what stands instead, the path of the unknown key, the nearest one.
MISSPELT: tuple[tuple[str, str, str, str, str], ...] = (
    (GIVEN, "each: cases", "§eahc: cases", f"{PERSONS}.rules[0].eahc", "each"),
    (GIVEN, "times: {role", "§tmes: {role", f"{PERSONS}.rules[0].tmes", "times"),
    (GIVEN, "stack: add", "§stak: add", f"{PERSONS}.rules[0].stak", "stack"),
    (GIVEN, "once_per: matter", "§onceper: matter", f"{PERSONS}.rules[0].onceper", "once_per"),
    (GIVEN, "within: 2 years", "§withn: 2 years", f"{PERSONS}.rules[0].withn", "within"),
    (GIVEN, "within: 2 years", "within: 2 years, §datd: day", f"{PERSONS}.rules[0].datd", "dated"),
    (GIVEN, "up_to: most", "§upto: most", f"{PERSONS}.rules[0].upto", "up_to"),
    (GIVEN, "keep: highest", "§kep: highest", f"{PERSONS}.rules[1].kep", "keep"),
    (GIVEN, "round_to: 1", "§roundto: 1", f"{PERSONS}.rules[1].roundto", "round_to"),
    (GIVEN, "mode: floor", "§mod: floor", f"{PERSONS}.rules[1].mod", "mode"),
    (GIVEN, "{deduct: 1, per: warnings}", "{deduct: 1, §pre: warnings}", f"{PERSONS}.rules[1].group[0].pre", "per"),
    (GIVEN, "judged: blame", "§judge: blame", f"{PERSONS}.rules[2].judge", "judged"),
    (GIVEN, "to: streets", "§too: streets", f"{PERSONS}.rules[3].too", "to"),
    (GIVEN, "baseline: 8", "§baselin: 8", f"{PERSONS}.baselin", "baseline"),
    (GIVEN, "for: rural", "§fro: rural", "$.items[2].fro", "for"),
    (GIVEN, "range: 0..50", "§rnge: 0..50", f"{CASES}.rnge", "range"),
    (GIVEN, "places: 2", "§place: 2", f"{CASES}.columns.cost.place", "places"),
    (GIVEN, "given:\n", "§givn:\n", "$.givn", "given"),
    (GIVEN, "values:\n", "§vaules:\n", "$.vaules", "values"),
    (GIVEN, "optional: true", "§optinal: true", "$.given.history.stars.optinal", "optional"),
    (GIVEN, "minima: {", "§minimum: {", "$.grades[0].minimum", "minima"),
    (GIVEN, "clamp: once", "§clmp: once", "$.gates[0].clmp", "clamp"),
    (GIVEN, "per: persons.warnings", "§pr: persons.warnings", "$.gates[0].pr", "per"),
    (STATES, "means: {good", "§meen: {good", f"{PERSONS}.evidence.state.meen", "means"),
    (STATES, "none_means: 0", "§non_means: 0", f"{PERSONS}.evidence.visits.non_means", "none_means"),
    (STATES, "absent: -1", "§absnt: -1", f"{PERSONS}.evidence.lost.absnt", "absent"),
    (STATES, "panel: 5", "§pannel: 5", f"{PERSONS}.evidence.mark.pannel", "panel"),
    (STATES, "need: 3", "§ned: 3", f"{PERSONS}.evidence.mark.ned", "need"),
    (STATES, "empty: full", "§emty: full", f"{PERSONS}.rules[1].emty", "empty"),
    (STATES, "not_applicable:", "§not_aplicable:", "$.not_aplicable", "not_applicable"),
    (STATES, "zero_at: 1", "§zeroat: 1", "$.items[1].rules[1].award.zeroat", "zero_at"),
    (EACH, "each: months", "§eech: months", "$.indicators[0].eech", "each"),
    (EACH, "where: counted", "§wher: counted", "$.indicators[0].wher", "where"),
    (EACH, "weigh: hours", "§weihg: hours", "$.indicators[0].weihg", "weigh"),
    (EACH, "drop: 1", "§dropp: 1", "$.indicators[1].dropp", "drop"),
    (EACH, "missing: skip", "§mising: skip", "$.indicators[1].mising", "missing"),
    (EACH, "bonus_up_to: 2", "§bonus_upto: 2", "$.indicators[1].bonus_upto", "bonus_up_to"),
    (GEOMETRIC, "step: 0.1", "§stepp: 0.1", "$.stepp", "step"),
    (KINDS, "{id: plan, like: paper}", "{id: plan, §liek: paper}", "$.items[0].liek", "like"),
    (SKIPS, "total: 20", "total: 20\n§extend: base", "$.extend", "extends"),
    (SKIPS, "total: 20", "total: 20\n§chnge: {one: null}", "$.chnge", "change"),
)


def misspelt_keys() -> list[PlacedFile]:
    """Every new key, misspelt by a letter or two."""
    like_paper = ("$.items[0]", "$.items[1]", "$.indicators[0].items[0]", "$.indicators[0].items[1]")
    return [
        *(
            placed(text, f"misspelt {near}, {path}", {old: new}, ("unknown-key", path, near))
            for text, old, new, path, near in MISSPELT
        ),
        placed(KINDS, "misspelt key of a kind, once for each node", {"{points: 5, evidence": "{§§§§pionts: 5, evidence"}, *(("unknown-key", f"{path}.pionts", "points") for path in like_paper)),
        placed(KINDS, "misspelt kinds, and what is like them", {"kinds:\n": "§kidns:\n", "{id: plan, like: paper}": "{id: plan, like: §paper}", "{id: summary, like: marked": "{id: summary, like: §marked", "{id: site, like: area}": "{id: site, like: §area}"}, ("unknown-key", "$.kidns", "kinds"), *(("unknown-name", f"{path}.like") for path in ("$.items[0]", "$.items[1]", "$.indicators[0]"))),
        placed(GIVEN, "misspelt columns", {"        type: rows": "        §type: rows", "        columns:": "        §colums:"}, ("missing-key", CASES), ("unknown-key", f"{CASES}.colums", "columns")),
        placed(GIVEN, "misspelt source, and what rests on it", {"  history:": "  §histroy:", "default(history.stars": "default(§history.stars"}, ("unknown-key", "$.given.histroy", "history"), ("unknown-name", "$.gates[1].at_most")),
    ]


#: Base, name, what stands there, what stands instead, the paths of the keys that are misplaced.
MISPLACED: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    (GIVEN, "each of the root", "total: 20", "total: 20\n§each: cases", ("$.each",)),
    (GIVEN, "where and weigh of the root", "total: 20", "total: 20\n§where: big\n§weigh: unit", ("$.where", "$.weigh")),
    (GIVEN, "for of the root", "total: 20", "total: 20\n§for: urban", ("$.for",)),
    (GIVEN, "weight of the root", "total: 20", "total: 20\n§weight: 2", ("$.weight",)),
    (GIVEN, "baseline of the root", "total: 20", "total: 20\n§baseline: 2", ("$.baseline",)),
    (GIVEN, "like of the root", "total: 20", "total: 20\n§like: paper", ("$.like",)),
    (GIVEN, "up_to of the root", "total: 20", "total: 20\n§up_to: 5", ("$.up_to",)),
    (GIVEN, "given of an item", "baseline: 8", "§given: {}", (f"{PERSONS}.given",)),
    (GIVEN, "values of an item", "baseline: 8", "§values: {}", (f"{PERSONS}.values",)),
    (GIVEN, "kinds of an item", "baseline: 8", "§kinds: {}", (f"{PERSONS}.kinds",)),
    (GIVEN, "extends of an item", "baseline: 8", "§extends: base", (f"{PERSONS}.extends",)),
    (GIVEN, "change of an item", "baseline: 8", "§change: {}", (f"{PERSONS}.change",)),
    (GIVEN, "empty and keep of a grade", "{stars: 2, from: 10", "{stars: 2, §empty: 1, §keep: all, from: 10", ("$.grades[1].empty", "$.grades[1].keep")),
    (GIVEN, "within of a gate", "clamp: once", "§within: 2 years", ("$.gates[0].within",)),
    (GIVEN, "each of a group", "keep: highest", "§each: cases", (f"{PERSONS}.rules[1].each",)),
    (GIVEN, "by, per and ratio of a group", "keep: highest", "§by: level, §per: warnings, §ratio: unit", (f"{PERSONS}.rules[1].by", f"{PERSONS}.rules[1].per", f"{PERSONS}.rules[1].ratio")),
    (GIVEN, "within and once_per of a group", "keep: highest", "§within: 2 years, §once_per: matter", (f"{PERSONS}.rules[1].within", f"{PERSONS}.rules[1].once_per")),
    (GIVEN, "keys of a deduction at set", JUDGED, "{set: 5, §per: warnings, §times: 2, §up_to: 3, §to: streets}", tuple(f"{PERSONS}.rules[2].{key}" for key in ("per", "times", "up_to", "to"))),
    (GIVEN, "keys over rows at set", JUDGED, "{set: 5, §each: cases, §once_per: matter, §keep: highest, §round_to: 1}", tuple(f"{PERSONS}.rules[2].{key}" for key in ("each", "once_per", "keep", "round_to"))),
    (GIVEN, "keys of a deduction at multiply", JUDGED, "{multiply: 0.5, §by: level, §per: warnings, §stack: add, §round_to: 1}", tuple(f"{PERSONS}.rules[2].{key}" for key in ("by", "per", "stack", "round_to"))),
    (GIVEN, "times at limit", JUDGED, "{limit: 0..5, §times: 2}", (f"{PERSONS}.rules[2].times",)),
    (GIVEN, "when and to at round", JUDGED, "{round: 1, §when: big, §to: streets}", (f"{PERSONS}.rules[2].when", f"{PERSONS}.rules[2].to")),
    (GIVEN, "panel beside rows", "range: 0..50", "§panel: 5", (f"{CASES}.panel",)),
    (GIVEN, "means beside rows", "range: 0..50", "§means: {}", (f"{CASES}.means",)),
    (GIVEN, "panel beside a choice", "{type: choice, values: [none, light, grave]}", "{type: choice, values: [none, light, grave], §panel: 3, §need: 2}", (f"{PERSONS}.evidence.level.panel", f"{PERSONS}.evidence.level.need")),
    (GIVEN, "means beside a count", "{type: count, range: 0..9}", "{type: count, §means: {0: skip}, range: 0..9}", (f"{PERSONS}.evidence.warnings.means",)),
    (GIVEN, "columns beside a count", "{type: count, range: 0..9}", "{type: count, §columns: {a: count}}", (f"{PERSONS}.evidence.warnings.columns",)),
    (GIVEN, "panel and range beside a date", "cycle: {as_of: date,", "cycle: {as_of: {type: date, §panel: 2, §range: 2026..2027},", ("$.given.cycle.as_of.panel", "$.given.cycle.as_of.range")),
    (GIVEN, "panel beside a text", "matter: text", "matter: {type: text, §panel: 2}", (f"{CASES}.columns.matter.panel",)),
    (EACH, "start and baseline of an indicator", "    drop: 1\n", "    drop: 1\n    §start: full\n    §baseline: 5\n", ("$.indicators[1].start", "$.indicators[1].baseline")),
    (EACH, "once_per and keep of a node", "    where: counted\n", "    §once_per: hours\n    §keep: highest\n", ("$.indicators[0].once_per", "$.indicators[0].keep")),
    (EACH, "bonus and clip of an item", "{id: calm, points: 5,", "{id: calm, §bonus: here, §clip: 5, points: 5,", ("$.indicators[0].items[1].bonus", "$.indicators[0].items[1].clip")),
)


def misplaced_keys() -> list[PlacedFile]:
    """New keys of the language where they are not known, and where they do not go together."""
    conflict = "conflicting-keys"
    rule = f"{PERSONS}.rules"
    return [
        *(
            placed(text, name, {old: new}, *(("unknown-key", path) for path in paths))
            for text, name, old, new, paths in MISPLACED
        ),
        placed(GIVEN, "rows keys without each", {POSTED: "{deduct: 1, §within: 2 years, §once_per: level, §keep: highest}"}, (conflict, f"{rule}[3].within"), (conflict, f"{rule}[3].once_per"), (conflict, f"{rule}[3].keep")),
        placed(GIVEN, "dated without within", {"within: 2 years": "§dated: day"}, (conflict, f"{rule}[0].dated")),
        placed(GIVEN, "dated without each", {POSTED: "{deduct: 1, §dated: cycle.as_of}"}, (conflict, f"{rule}[3].dated")),
        placed(GIVEN, "empty without ratio", {POSTED: "{deduct: 1, §empty: full}"}, (conflict, f"{rule}[3].empty")),
        placed(GIVEN, "stack without times", {POSTED: "{deduct: 1, §stack: add}"}, (conflict, f"{rule}[3].stack")),
        placed(GIVEN, "stack beside one multiplier", {POSTED: "{deduct: 1, times: unit, §stack: add}"}, (conflict, f"{rule}[3].stack")),
        placed(GIVEN, "stack of a group without times", {"keep: highest": "§stack: add"}, (conflict, f"{rule}[1].stack")),
        placed(GIVEN, "mode without round_to", {POSTED: "{deduct: 1, §mode: floor}"}, (conflict, f"{rule}[3].mode")),
        placed(GIVEN, "mode of a group without round_to", {"round_to: 1, mode: floor": "§mode: floor"}, (conflict, f"{rule}[1].mode")),
        placed(GIVEN, "clamp without a step", {"{step: -1, per: persons.warnings, clamp: once}": "{grade: 1, §per: persons.warnings, §clamp: once}"}, (conflict, "$.gates[0].per"), (conflict, "$.gates[0].clamp")),
        placed(GIVEN, "to of a member of a group", {"{deduct: 1, per: warnings}": "{deduct: 1, §to: streets}"}, (conflict, f"{rule}[1].group[0].to")),
        placed(GIVEN, "need without a panel", {"{type: count, range: 0..9}": "{type: count, range: 0..9, §need: 2}"}, (conflict, f"{PERSONS}.evidence.warnings.need")),
        placed(GIVEN, "combine on an item", {"baseline: 8": "§combine: mean"}, (conflict, f"{PERSONS}.combine")),
        placed(GIVEN, "where and weigh on an item without each", {"baseline: 8": "§where: big\n    §weigh: unit"}, (conflict, f"{PERSONS}.where"), (conflict, f"{PERSONS}.weigh")),
        placed(GIVEN, "keys of combining on an item", {"baseline: 8": "§missing: skip\n    §need: 2\n    §empty: zero\n    §drop: 1\n    §step: 1"}, *((conflict, f"{PERSONS}.{key}") for key in ("missing", "need", "empty", "drop", "step"))),
        placed(EACH, "missing on an item with each", {"total: 40\n": "total: 60\nitems:\n  - {id: solo, points: 20, start: full, each: days, combine: highest, empty: zero, §missing: skip, evidence: {days: {type: rows, columns: {x: count}}}}\n"}, (conflict, "$.items[0].missing")),
        placed(GIVEN, "change without extends", {"total: 20": "total: 20\n§change: {persons: {points: 5}}"}, (conflict, "$.change")),
        placed(EACH, "where and weigh without each", {"    drop: 1\n": "    drop: 1\n    §where: 1 > 0\n    §weigh: 1\n"}, (conflict, "$.indicators[1].where"), (conflict, "$.indicators[1].weigh")),
        placed(EACH, "weigh without a mean", {"combine: mean": "combine: median", "weigh: hours": "§weigh: hours"}, (conflict, "$.indicators[0].weigh")),
        placed(EACH, "drop without a trimmed mean", {"combine: trimmed": "combine: median", "drop: 1": "§drop: 1"}, (conflict, "$.indicators[1].drop")),
        placed(EACH, "step without a geometric mean", {"    drop: 1\n": "    drop: 1\n    §step: 0.5\n"}, (conflict, "$.indicators[1].step")),
        placed(EACH, "weight beside points", {"{id: clean, points: 15,": "{id: clean, points: 15, §weight: 2,"}, (conflict, "$.indicators[0].items[0].weight")),
        placed(EACH, "weight of a formula under a trimmed mean", {"{id: first, out_of: 10,": "{id: first, out_of: 10, §weight: 1 + 1,"}, (conflict, "$.indicators[1].items[0].weight")),
        placed(EACH, "points under a trimmed mean", {"{id: first, out_of: 10,": "{id: first, §points: 10,"}, (conflict, "$.indicators[1].items[0].points")),
        placed(EACH, "rescale_total under a trimmed mean", {"{one: {type: count, range: 0..10}}, rules": "{one: {type: count, range: 0..10}, gone: {type: choice, values: [yes, no], means: {yes: skip}}}, §not_applicable: rescale_total, rules"}, (conflict, "$.indicators[1].items[0].not_applicable")),
        placed(STATES, "empty beside a divisor that cannot be 0", {"visits / lost, empty: full": '"visits / max(lost, 1)", §empty: full'}, (conflict, f"{PERSONS}.rules[1].empty")),
        placed(STATES, "panel that is optional", {"panel: 5": "§optional: true, panel: 5"}, (conflict, f"{PERSONS}.evidence.mark.optional")),
        placed(STATES, "panel with a stand-in", {"panel: 5": "§none_means: 0;0;0, panel: 5"}, (conflict, f"{PERSONS}.evidence.mark.none_means")),
        placed(STATES, "optional field with a stand-in", {"none_means: 0}": "none_means: 0}\n      spare: {type: count, optional: true, §none_means: 0}"}, (conflict, f"{PERSONS}.evidence.spare.none_means")),
        placed(STATES, "beyond beside bands", {"{at 60: 0, at 100: 10, beyond: level}": "{from 60: 0, from 100: 10, §beyond: level}"}, (conflict, "$.items[1].rules[0].award.beyond")),
        placed(STATES, "bands beside lines", {"{award: {at 60: 0, at 100: 10, beyond: level}": "{§award: {at 60: 0, from 100: 10}"}, (conflict, "$.items[1].rules[0].award")),
        placed(STATES, "lines beside values", {"{award: {at 60: 0, at 100: 10, beyond: level}": "{§award: {at 60: 0, else: 10}"}, (conflict, "$.items[1].rules[0].award")),
        at_top(SKIPS, "rescale beside rescale_total", {"not_applicable: full": "not_applicable: rescale_total"}, (conflict, "$")),
    ]


def given_and_values() -> list[PlacedFile]:
    """Sources, values, types of assessees: unknown, twice, in a circle, of the wrong kind."""
    rule = f"{PERSONS}.rules"
    unknown = "unknown-name"
    return [
        placed(GIVEN, "given as a list", {GIVEN[GIVEN.index("given:\n") : GIVEN.index("values:\n")]: "given: §[]\n"}, ("not-a-mapping", "$.given")),
        placed(GIVEN, "source as a list", {"  history: {stars: {type: count, range: 1..5, optional: true}}": "  history: §[stars]"}, ("not-a-mapping", "$.given.history")),
        placed(GIVEN, "given of an unknown type", {"as_of: date": "as_of: §dat"}, ("unknown-type", "$.given.cycle.as_of", "date")),
        placed(GIVEN, "panel among given numbers", {"mean: {type: number, range: 0..100}": "mean: §{type: number, range: 0..100, panel: 3}"}, ("wrong-type", "$.given.cycle.mean")),
        placed(GIVEN, "rows among given numbers", {"mean: {type: number, range: 0..100}": "mean: §{type: rows, columns: {a: count}}"}, ("wrong-type", "$.given.cycle.mean")),
        placed(GIVEN, "meanings among given numbers", {"values: [urban, rural]}": "values: [urban, rural], §means: {urban: 1, rural: 2}}"}, ("conflicting-keys", "$.given.assessee.type.means")),
        placed(GIVEN, "stand-in among given numbers", {"mean: {type: number, range: 0..100}": "mean: {type: number, range: 0..100, §none_means: 50}"}, ("conflicting-keys", "$.given.cycle.mean.none_means")),
        placed(GIVEN, "node called like a source", {"id: fields": "id: history", "  history: {": "  history: §{"}, ("duplicate-id", "$.given.history")),
        placed(GIVEN, "given twice", {"mean: {type: number, range: 0..100}": "mean: {type: number, range: 0..100}, §mean: count"}, ("duplicate-key", "$.given.cycle.mean")),
        placed(GIVEN, "given misspelt in an expression", {"assessee.population > 10000": "§assessee.popluation > 10000"}, (unknown, "$.values.big", "assessee.population")),
        placed(GIVEN, "source misspelt in an expression", {"assessee.population > 10000": "§asessee.population > 10000"}, (unknown, "$.values.big", "assessee.population")),
        placed(GIVEN, "optional given number without protection", {'at_most: "default(history.stars, 3)"': "at_most: §history.stars + 1"}, ("unprotected-optional", "$.gates[1].at_most")),
        placed(GIVEN, "values as a list", {"values:\n  unit: 0.5\n  big: assessee.population > 10000\n  most: 5 if big else 3\n": "values: §[unit]\n"}, ("not-a-mapping", "$.values")),
        placed(GIVEN, "value as a list", {"unit: 0.5": "unit: §[0.5]"}, ("wrong-type", "$.values.unit")),
        placed(GIVEN, "value of itself", {"unit: 0.5": "unit: §unit + 1"}, ("cycle", "$.values.unit")),
        placed(GIVEN, "values in a circle", {"most: 5 if big else 3": "most: 5 if big else unit", "unit: 0.5": "unit: §most + 1"}, ("cycle", "$.values.unit")),
        placed(GIVEN, "value that rests on a field", {"unit: 0.5": "unit: §warnings + 1"}, (unknown, "$.values.unit")),
        placed(GIVEN, "value that rests on a field of a node", {"unit: 0.5": "unit: 1 + §persons.warnings"}, (unknown, "$.values.unit")),
        placed(GIVEN, "value that rests on a score", {"unit: 0.5": "unit: §persons / 2"}, (unknown, "$.values.unit")),
        placed(GIVEN, "value called like a node", {"unit: 0.5": "fields: §0.5"}, ("duplicate-id", "$.values.fields")),
        placed(GIVEN, "value called like a field", {"unit: 0.5": "blame: §0.5"}, ("duplicate-id", "$.values.blame")),
        placed(GIVEN, "value called like a column", {"unit: 0.5": "cost: §0.5"}, ("duplicate-id", "$.values.cost")),
        placed(GIVEN, "value called like a source", {"unit: 0.5": "history: §0.5"}, ("duplicate-id", "$.values.history")),
        placed(GIVEN, "value called so_far", {"unit: 0.5": "§so_far: 0.5"}, ("bad-id", "$.values.so_far")),
        placed(GIVEN, "value called a keyword", {"unit: 0.5": "§if: 0.5"}, ("bad-id", "$.values.if")),
        placed(GIVEN, "value misspelt", {"up_to: most": "up_to: §mots"}, (unknown, f"{rule}[0].up_to", "most")),
        placed(GIVEN, "value that is a truth as a number", {"up_to: most": "up_to: §big"}, ("wrong-operand", f"{rule}[0].up_to")),
        placed(GIVEN, "value that divides by what can be 0", {"unit: 0.5": "unit: §1 / assessee.population"}, ("unprotected-division", "$.values.unit")),
        placed(GIVEN, "value too fine", {"unit: 0.5": "unit: §assessee.population ** 8"}, ("too-fine", "$.values.unit")),
        placed(GIVEN, "for an unknown type", {"for: rural": "for: §[rural, rurl]"}, ("unknown-value", "$.items[2].for", "rural")),
        placed(GIVEN, "for as a map", {"for: rural": "for: §{rural: 1}"}, ("wrong-type", "$.items[2].for")),
        placed(GIVEN, "points that do not add up for one type", {"total: 20": "total: §20", "id: fields\n    for: rural\n    points: 10": "id: fields\n    for: rural\n    points: 9"}, ("points-do-not-add-up", "$")),
        placed(GIVEN, "points that do not add up for both types", {"total: 20": "total: §§20", "    points: 10\n    start: full\n    baseline: 8": "    points: 11\n    start: full\n    baseline: 8"}, ("points-do-not-add-up", "$"), ("points-do-not-add-up", "$")),
        at_top(GIVEN, "total that differs by type", {"total: 20\n": "", "id: fields\n    for: rural\n    points: 10": "id: fields\n    for: rural\n    points: 9"}, ("scale-missing", "$")),
        placed(GIVEN, "for without types", {"assessee: {type: {type: choice, values: [urban, rural]}, population: count}": "assessee: {population: count}", "for: [urban]": "for: §[urban]", "for: rural": "for: §rural"}, ("missing-key", "$.items[1].for"), ("missing-key", "$.items[2].for")),
        placed(GIVEN, "minima of an unknown node", {"minima: {persons: 1}": "minima: {§person: 1}"}, (unknown, "$.grades[0].minima.person", "persons")),
        placed(GIVEN, "maxima of an unknown node", {"maxima: {money: 50}": "maxima: {§mony: 50}"}, (unknown, "$.grades[0].maxima.mony", "money")),
        placed(GIVEN, "maxima as a formula", {"maxima: {money: 50}": "maxima: {money: §most}"}, ("bad-number", "$.grades[0].maxima.money")),
        placed(GIVEN, "steps that can be negative", {"per: persons.warnings": "per: §persons.warnings - 1"}, ("can-be-negative", "$.gates[0].per")),
        placed(GIVEN, "steps that can be broken", {"per: persons.warnings": "per: §persons.warnings * unit"}, ("wrong-operand", "$.gates[0].per")),
        placed(GIVEN, "steps by a truth", {"per: persons.warnings": "per: §big"}, ("wrong-operand", "$.gates[0].per")),
        placed(GIVEN, "clamp of another word", {"clamp: once": "clamp: §onse"}, ("unknown-value", "$.gates[0].clamp", "once")),
        placed(GIVEN, "at most a truth", {'at_most: "default(history.stars, 3)"': "at_most: §1 > 0"}, ("wrong-operand", "$.gates[1].at_most")),
        placed(GIVEN, "at most an unknown name", {'at_most: "default(history.stars, 3)"': 'at_most: "default(§history.star, 3)"'}, (unknown, "$.gates[1].at_most", "history.stars")),
        placed(GIVEN, "at most an unknown grade", {'at_most: "default(history.stars, 3)"': "at_most: §4"}, ("unknown-grade", "$.gates[1].at_most")),
        placed(GIVEN, "at most the stars of a node without grades", {'at_most: "default(history.stars, 3)"': 'at_most: "default(stars(§persons), 3)"'}, (unknown, "$.gates[1].at_most")),
    ]


def tables() -> list[PlacedFile]:
    """Tables and rules over their rows that cannot be meant."""
    rule = f"{PERSONS}.rules[0]"
    day = "          day: date\n"
    penalty = "          penalty: {type: choice, values: [light, grave]}\n"
    return [
        placed(GIVEN, "no columns", {TABLE: "      cases: {type: rows, columns: §{}}\n", f"      - {OVER_CASES}\n": ""}, ("empty", f"{CASES}.columns")),
        placed(GIVEN, "columns lacking", {TABLE: "      cases: §rows\n"}, ("missing-key", CASES)),
        placed(GIVEN, "columns as a list", {TABLE: "      cases: {type: rows, columns: §[role, day]}\n"}, ("not-a-mapping", f"{CASES}.columns")),
        placed(GIVEN, "column of an unknown type", {day: "          day: §dates\n"}, ("unknown-type", f"{CASES}.columns.day", "date")),
        placed(GIVEN, "rows in rows", {day: day + "          inner: §{type: rows, columns: {a: count}}\n"}, ("wrong-type", f"{CASES}.columns.inner")),
        placed(GIVEN, "panel in rows", {day: day + "          inner: §{type: count, panel: 3}\n"}, ("wrong-type", f"{CASES}.columns.inner")),
        placed(GIVEN, "skip in rows", {day: day + "          §inner: {type: choice, values: [a, b], means: {a: skip}}\n"}, ("conflicting-keys", f"{CASES}.columns.inner")),
        placed(GIVEN, "unrated in rows", {day: day + "          §inner: {type: choice, values: [a, b], means: {a: unrated}}\n"}, ("conflicting-keys", f"{CASES}.columns.inner")),
        placed(GIVEN, "stand-in in rows", {day: day + "          §inner: {type: count, none_means: 0}\n"}, ("conflicting-keys", f"{CASES}.columns.inner")),
        placed(GIVEN, "optional table", {"range: 0..50": "optional: true", "      cases:\n": "      §cases:\n"}, ("conflicting-keys", CASES)),
        placed(GIVEN, "stand-in for a table", {"range: 0..50": "§none_means: 0", "      cases:\n": "      §cases:\n"}, ("conflicting-keys", CASES), ("conflicting-keys", f"{CASES}.none_means")),
        placed(GIVEN, "sentinel for a table", {"range: 0..50": "absent: none", "      cases:\n": "      §cases:\n"}, ("conflicting-keys", CASES)),
        placed(GIVEN, "more rows than allowed", {"range: 0..50": "range: §0..10001"}, ("out-of-range", f"{CASES}.range")),
        placed(GIVEN, "no rows at all", {"range: 0..50": "range: §0..0"}, ("out-of-range", f"{CASES}.range")),
        placed(GIVEN, "rows below 0", {"range: 0..50": "range: §-1..50"}, ("out-of-range", f"{CASES}.range")),
        placed(GIVEN, "rows without an end", {"range: 0..50": "range: §0.."}, ("out-of-range", f"{CASES}.range")),
        placed(GIVEN, "half rows", {"range: 0..50": "range: §0.5..50"}, ("out-of-range", f"{CASES}.range")),
        placed(GIVEN, "column called like a node", {day: day + "          streets: §count\n"}, ("duplicate-id", f"{CASES}.columns.streets")),
        placed(GIVEN, "column called like a field", {day: day + "          blame: §count\n"}, ("duplicate-id", f"{CASES}.columns.blame")),
        placed(GIVEN, "column called a keyword", {day: day + "          §not: count\n"}, ("bad-id", f"{CASES}.columns.not")),
        placed(GIVEN, "column of a reversed range", {"cost: {type: number, places: 2, range: 0..1000}": "cost: {type: number, places: 2, range: §1000..0}"}, ("out-of-range", f"{CASES}.columns.cost.range")),
        placed(GIVEN, "column finer than its places", {"cost: {type: number, places: 2, range: 0..1000}": "cost: §{type: number, places: 2, range: 0..1000.001}"}, ("not-exact", f"{CASES}.columns.cost")),
        placed(GIVEN, "value of a column twice", {penalty: penalty.replace("[light, grave]", "§[light, grave, light]")}, ("duplicate-id", f"{CASES}.columns.penalty.values", "light")),
        # rules over rows
        placed(GIVEN, "unknown table", {"each: cases": "each: §cass"}, ("unknown-name", f"{rule}.each", "cases")),
        placed(GIVEN, "count as a table", {"each: cases": "each: §warnings"}, ("unknown-name", f"{rule}.each")),
        placed(GIVEN, "table of another node misspelt", {"each: cases": "each: §persons.case"}, ("unknown-name", f"{rule}.each", "persons.cases")),
        placed(GIVEN, "each as a list", {"each: cases": "each: §[cases]"}, ("wrong-type", f"{rule}.each")),
        placed(GIVEN, "by an unknown column", {"by: penalty, each": "by: §penality, each"}, ("unknown-name", f"{rule}.by", "penalty")),
        placed(GIVEN, "map without a value of a column", {"{deduct: {light: 1, grave: 3}, by: penalty": "{deduct: §{light: 1}, by: penalty"}, ("value-not-covered", f"{rule}.deduct")),
        placed(GIVEN, "map with an unknown value of a column", {"{deduct: {light: 1, grave: 3}, by: penalty": "{deduct: {light: 1, grave: 3, §graves: 4}, by: penalty"}, ("unknown-value", f"{rule}.deduct.graves", "grave")),
        placed(GIVEN, "column without each", {POSTED: "{deduct: 1, when: §role == leader}"}, ("unknown-name", f"{PERSONS}.rules[3].when")),
        placed(GIVEN, "column in up_to", {"up_to: most": "up_to: §cost"}, ("unknown-name", f"{rule}.up_to")),
        placed(GIVEN, "column by its table's name", {"cost > 5: 1.5": "§cases.cost > 5: 1.5"}, ("unknown-name", f"{rule}.times.cases.cost > 5")),
        placed(GIVEN, "once_per an unknown column", {"once_per: matter": "once_per: §mater"}, ("unknown-name", f"{rule}.once_per", "matter")),
        placed(GIVEN, "once_per what may be missing", {day: day + "          maybe: {type: count, optional: true}\n", "once_per: matter": "once_per: §maybe"}, ("unprotected-optional", f"{rule}.once_per")),
        placed(GIVEN, "once_per a checklist", {day: day + "          seen: {type: checklist, values: [a, b]}\n", "once_per: matter": "once_per: §seen"}, ("wrong-operand", f"{rule}.once_per")),
        placed(GIVEN, "once_per a list", {"once_per: matter": "once_per: §[matter]"}, ("wrong-type", f"{rule}.once_per")),
        placed(GIVEN, "dated by a number", {"within: 2 years": "within: 2 years, dated: §cost"}, ("wrong-operand", f"{rule}.dated")),
        placed(GIVEN, "dated by an unknown column", {"within: 2 years": "within: 2 years, dated: §days_ago"}, ("unknown-name", f"{rule}.dated")),
        placed(GIVEN, "dated by what may be missing", {day: day + "          maybe: {type: date, optional: true}\n", "within: 2 years": "within: 2 years, dated: §maybe"}, ("unprotected-optional", f"{rule}.dated")),
        placed(GIVEN, "within two dates", {day: day + "          until: date\n", "within: 2 years": "within: §2 years"}, ("missing-key", f"{rule}.within")),
        placed(GIVEN, "within no date", {day: "", "within: 2 years": "within: §2 years"}, ("missing-key", f"{rule}.within")),
        placed(GIVEN, "within without as_of", {"as_of: date, ": "", "within: 2 years": "within: §2 years"}, ("missing-key", f"{rule}.within")),
        placed(GIVEN, "within with an optional as_of", {"as_of: date, ": "as_of: {type: date, optional: true}, ", "within: 2 years": "within: §2 years"}, ("missing-key", f"{rule}.within")),
        placed(GIVEN, "within with an as_of that is no date", {"as_of: date, ": "as_of: count, ", "within: 2 years": "within: §2 years"}, ("missing-key", f"{rule}.within")),
        *(
            placed(GIVEN, f"within {text}", {"within: 2 years": f"within: §{text}"}, ("bad-number", f"{rule}.within"))
            for text in ("2 yers", "0 months", "-1 years", "half a year", "2", "years", "1.5 years", "100000 days", "２ years", "2 weeks")
        ),
        placed(GIVEN, "keep of another word", {"keep: highest": "keep: §higest"}, ("unknown-value", f"{PERSONS}.rules[1].keep", "highest")),
        placed(GIVEN, "stack of another word", {"stack: add": "stack: §ad"}, ("unknown-value", f"{rule}.stack", "add")),
        placed(GIVEN, "multiplier below 0", {"role == leader: 2": "role == leader: §-2"}, ("can-be-negative", f"{rule}.times.role == leader")),
        placed(GIVEN, "multiplier that is a choice", {"role == leader: 2": "role == leader: §penalty"}, ("wrong-operand", f"{rule}.times.role == leader")),
        placed(GIVEN, "multiplier by a number", {"role == leader: 2": "§cost: 2"}, ("wrong-operand", f"{rule}.times.cost")),
        placed(GIVEN, "multiplier by an unknown value", {"role == leader: 2": "role == §leadr: 2"}, ("unknown-name", f"{rule}.times.role == leadr", "leader")),
        placed(GIVEN, "multiplier as a list", {"times: {role == leader: 2, cost > 5: 1.5}, stack: add": "times: §[2, 3]"}, ("not-a-mapping", f"{rule}.times")),
        placed(GIVEN, "no multipliers", {"times: {role == leader: 2, cost > 5: 1.5}, stack: add": "times: §{}"}, ("empty", f"{rule}.times")),
        placed(GIVEN, "all over rows", {OVER_CASES: "{deduct: all, §each: cases}"}, ("conflicting-keys", f"{rule}.each")),
        placed(GIVEN, "per of rows below 0", {OVER_CASES: "{deduct: 1, per: §cost - 1, each: cases}"}, ("can-be-negative", f"{rule}.per")),
        placed(GIVEN, "rows over rows", {"{deduct: 2, when: warnings > 3}": "{deduct: 2, when: 'sum(cases, §costs) > 3'}"}, ("unknown-name", f"{PERSONS}.rules[1].group[1].when", "cost")),
        placed(GIVEN, "quotients of rows that cannot be added up", {OVER_CASES: "{deduct: §cost / (cost + 1), each: cases}"}, ("too-fine", f"{rule}.deduct")),
        # groups and other accounts
        placed(GIVEN, "group of nothing", {"[{deduct: 1, per: warnings}, {deduct: 2, when: warnings > 3}]": "§[]"}, ("empty", f"{PERSONS}.rules[1].group")),
        placed(GIVEN, "group that is a rule", {"[{deduct: 1, per: warnings}, {deduct: 2, when: warnings > 3}]": "§{deduct: 1}"}, ("wrong-type", f"{PERSONS}.rules[1].group")),
        placed(GIVEN, "group of two verbs", {"{group: [{deduct: 1, per: warnings}": "{§group: [{award: 1, per: warnings}"}, ("conflicting-keys", f"{PERSONS}.rules[1].group")),
        placed(GIVEN, "group with a limit", {"{group: [{deduct: 1, per: warnings}": "{§group: [{limit: 0..5}"}, ("conflicting-keys", f"{PERSONS}.rules[1].group")),
        placed(GIVEN, "group with a group of another verb", {"{group: [{deduct: 1, per: warnings}": "{§group: [{group: [{bonus: 1}]}"}, ("conflicting-keys", f"{PERSONS}.rules[1].group")),
        placed(GIVEN, "rule without a verb in a group", {"{deduct: 2, when: warnings > 3}": "§{when: warnings > 3}"}, ("unknown-verb", f"{PERSONS}.rules[1].group[1]")),
        placed(GIVEN, "problems of two members", {"[{deduct: 1, per: warnings}, {deduct: 2, when: warnings > 3}]": "[{deduct: 1, per: §warning}, {deduct: §-2}]"}, ("unknown-name", f"{PERSONS}.rules[1].group[0].per", "warnings"), ("out-of-range", f"{PERSONS}.rules[1].group[1].deduct")),
        placed(GIVEN, "to an unknown node", {"to: streets": "to: §street"}, ("unknown-name", f"{PERSONS}.rules[3].to", "streets")),
        placed(GIVEN, "to its own node", {"to: streets": "to: §persons"}, ("unknown-name", f"{PERSONS}.rules[3].to", None)),
        placed(GIVEN, "to a list", {"to: streets": "to: §[streets]"}, ("wrong-type", f"{PERSONS}.rules[3].to")),
        placed(GIVEN, "to what it rests on", {"when: level == grave, to: streets": "when: 'default(§streets, 0) > 3', to: streets"}, ("cycle", f"{PERSONS}.rules[3].when")),
        placed(GIVEN, "circle of two accounts", {"for: [urban]\n    points: 10\n    start: full": "points: 10\n    start: full\n    rules: [{deduct: 1, when: §streets > 3, to: persons}]", "id: fields\n    for: rural\n    points: 10": "id: fields\n    points: none", "start: full\n  - {id: money": "start: zero\n  - {id: money", "when: level == grave, to: streets": "when: §persons > 3, to: streets"}, ("cycle", f"{PERSONS}.rules[3].when"), ("cycle", "$.items[1].rules[0].when")),
        placed(GIVEN, "all to an open account", {POSTED: "{deduct: §all, when: level == grave, to: money}"}, ("all-needs-scale", f"{PERSONS}.rules[3].deduct")),
        placed(GIVEN, "round_to of ten places", {"round_to: 1": "round_to: §10"}, ("out-of-range", f"{PERSONS}.rules[1].round_to")),
        placed(GIVEN, "round_to of a half", {"round_to: 1": "round_to: §0.5"}, ("bad-number", f"{PERSONS}.rules[1].round_to")),
        placed(GIVEN, "round_to by an unknown mode", {"mode: floor": "mode: §flor"}, ("unknown-value", f"{PERSONS}.rules[1].mode", "floor")),
        placed(GIVEN, "up_to that can be negative", {"up_to: 5": "up_to: §5 - warnings"}, ("can-be-negative", f"{PERSONS}.rules[1].up_to")),
        placed(GIVEN, "up_to that is a list", {"up_to: 5": "up_to: §[5]"}, ("wrong-type", f"{PERSONS}.rules[1].up_to")),
        placed(GIVEN, "ranges without judged", {"{deduct: {none: 0, light: 0.5..2, grave: 2..5}, by: level, judged: blame}": "{deduct: §{none: 0, light: 0.5..2, grave: 2..5}, by: level}"}, ("by-and-amount", f"{PERSONS}.rules[2].deduct")),
        placed(GIVEN, "judged without ranges", {"{none: 0, light: 0.5..2, grave: 2..5}, by: level, judged: blame": "{none: 0, light: 1, grave: 2}, by: level, judged: §blame"}, ("by-and-amount", f"{PERSONS}.rules[2].judged")),
        placed(GIVEN, "judged by a count", {"judged: blame": "judged: §warnings"}, ("by-and-amount", f"{PERSONS}.rules[2].judged")),
        placed(GIVEN, "judged by an unknown field", {"judged: blame": "judged: §blam"}, ("unknown-name", f"{PERSONS}.rules[2].judged", "blame")),
        placed(GIVEN, "open range in a map", {"light: 0.5..2": "light: §0.5.."}, ("out-of-range", f"{PERSONS}.rules[2].deduct.light")),
        placed(GIVEN, "reversed range in a map", {"light: 0.5..2": "light: §2..0.5"}, ("out-of-range", f"{PERSONS}.rules[2].deduct.light")),
        placed(GIVEN, "formula in a map", {"light: 0.5..2": "light: §warnings * 2"}, ("bad-number", f"{PERSONS}.rules[2].deduct.light")),
        placed(GIVEN, "baseline of 0", {"baseline: 8": "baseline: §0"}, ("out-of-range", f"{PERSONS}.baseline")),
        placed(GIVEN, "baseline as a word", {"baseline: 8": "baseline: §mean"}, ("bad-number", f"{PERSONS}.baseline")),
    ]


def states() -> list[PlacedFile]:
    """Meanings, stand-ins, readings, lines, curves and divisors that cannot be meant."""
    field = f"{PERSONS}.evidence"
    rules = f"{PERSONS}.rules"
    lines = "{at 60: 0, at 100: 10, beyond: level}"
    curve = "{curve: log, zero_at: 1, full_at: 100, gives: 2, step: 0.5}"
    line, curved = "$.items[1].rules[0]", "$.items[1].rules[1]"
    means = "means: {good: full, fair: 1.5, none: skip, void: missing}"
    award = "{award: state}"
    return [
        placed(STATES, "meaning of an unknown value", {award: "{award: §state}", "fair: 1.5": "§fare: 1.5"}, ("unknown-value", f"{field}.state.means.fare", "fair"), ("wrong-operand", f"{rules}[0].award")),
        placed(STATES, "unknown meaning", {"none: skip": "none: §skp"}, ("unknown-value", f"{field}.state.means.none", "skip")),
        placed(STATES, "meaning as a list", {"none: skip": "none: §[skip]"}, ("wrong-type", f"{field}.state.means.none")),
        placed(STATES, "meanings as a list", {means: "means: §[good, fair]"}, ("not-a-mapping", f"{field}.state.means")),
        placed(STATES, "meanings as a text", {means: "means: §skip"}, ("not-a-mapping", f"{field}.state.means")),
        placed(STATES, "amount that not all values have", {award: "{award: §state}", "fair: 1.5, ": ""}, ("wrong-operand", f"{rules}[0].award")),
        placed(STATES, "amount that can be negative", {award: "{award: §state}", "fair: 1.5": "fair: -1.5"}, ("can-be-negative", f"{rules}[0].award")),
        placed(STATES, "skip without not_applicable", {"  - id: hall": "  - §id: hall", "not_applicable: rescale\n": ""}, ("missing-key", PERSONS)),
        at_top(STATES, "unrated without grades", {"void: missing": "void: unrated"}, ("missing-key", "$")),
        at_top(STATES, "absent child unrated without grades", {"methods: required": "missing: unrated"}, ("missing-key", "$")),
        placed(STATES, "not_applicable of another word", {"not_applicable: rescale": "not_applicable: §rescael"}, ("unknown-name", "$.not_applicable", "rescale")),
        placed(STATES, "not_applicable that names nothing, without skip", {"  - id: rest\n": "  - id: rest\n    not_applicable: §rst + 1\n"}, ("unknown-name", "$.items[2].not_applicable", "rest")),
        placed(STATES, "not_applicable that is no expression", {"  - id: rest\n": "  - id: rest\n    not_applicable: §1 +\n"}, ("bad-expression", "$.items[2].not_applicable")),
        placed(STATES, "not_applicable as a list", {"not_applicable: rescale": "not_applicable: §[rescale]"}, ("wrong-type", "$.not_applicable")),
        placed(STATES, "not_applicable that is a truth", {"not_applicable: rescale": "not_applicable: §1 > 0"}, ("wrong-operand", "$.not_applicable")),
        placed(STATES, "field of a node that may be not applicable", {"{award: {at 60": "{award: 1, per: §hall.lost}\n      - {award: {at 60"}, ("unprotected-optional", "$.items[1].rules[0].per")),
        placed(STATES, "score of a node that may be not applicable", {"{award: {at 60": "{award: 1, when: §hall > 3}\n      - {award: {at 60"}, ("unprotected-optional", "$.items[1].rules[0].when")),
        placed(STATES, "methods of the rubric in another word", {"methods: required": "methods: §requird"}, ("unknown-value", "$.methods", "required")),
        placed(STATES, "methods of the rubric as a list", {"methods: required": "methods: §[documents]"}, ("unknown-value", "$.methods")),
        placed(STATES, "unknown method of an item", {"methods: [documents]": "methods: §[document]"}, ("unknown-value", f"{PERSONS}.methods", "documents")),
        placed(STATES, "stand-in that the field does not take", {"none_means: 0": "none_means: §none"}, ("wrong-type", f"{field}.visits.none_means")),
        placed(STATES, "stand-in out of the range", {"none_means: 0": "none_means: §501"}, ("wrong-type", f"{field}.visits.none_means")),
        placed(STATES, "stand-in that is a list", {"none_means: 0": "none_means: §[0]"}, ("wrong-type", f"{field}.visits.none_means")),
        placed(STATES, "sentinel that is a list", {"absent: -1": "absent: §[-1]"}, ("wrong-type", f"{field}.lost.absent")),
        placed(STATES, "stand-in for a text", {"none_means: 0}": "none_means: 0}\n      said: {type: text, §none_means: nothing}"}, ("conflicting-keys", f"{field}.said.none_means")),
        placed(STATES, "one reading", {"panel: 5, need: 3": "panel: §1", "trimmed(mark, 1)": "mean(mark)"}, ("out-of-range", f"{field}.mark.panel")),
        placed(STATES, "37 readings", {"panel: 5": "panel: §37"}, ("out-of-range", f"{field}.mark.panel")),
        placed(STATES, "3,000 readings", {"panel: 5": "panel: §3000"}, ("out-of-range", f"{field}.mark.panel")),
        placed(STATES, "readings as a word", {"panel: 5": "panel: §five"}, ("bad-number", f"{field}.mark.panel")),
        placed(STATES, "no reading needed", {"need: 3": "need: §0", "trimmed(mark, 1)": "readings(mark)"}, ("out-of-range", f"{field}.mark.need")),
        placed(STATES, "more readings needed than there are", {"need: 3": "need: §6"}, ("out-of-range", f"{field}.mark.need")),
        placed(STATES, "too few readings to trim", {'"trimmed(mark, 1) > 5"': '§"trimmed(mark, 1) > 5"', "need: 3": "need: 2"}, ("unprotected-optional", f"{rules}[3].when")),
        placed(STATES, "divisor that can be 0", {"visits / lost, empty: full": "§visits / lost"}, ("unprotected-division", f"{rules}[1].ratio")),
        placed(STATES, "divisor that can be 0 in a formula", {award: "{award: §visits / lost}"}, ("unprotected-division", f"{rules}[0].award")),
        placed(STATES, "stand-in for a ratio above 1", {"empty: full": "empty: §2"}, ("out-of-range", f"{rules}[1].empty")),
        placed(STATES, "stand-in for a ratio below 0", {"empty: full": "empty: §-1"}, ("out-of-range", f"{rules}[1].empty")),
        placed(STATES, "stand-in for a ratio as a word", {"empty: full": "empty: §half"}, ("bad-number", f"{rules}[1].empty")),
        placed(STATES, "multiply by less than 0", {"{multiply: 0.9,": "{multiply: §-0.9,"}, ("can-be-negative", f"{rules}[2].multiply")),
        placed(STATES, "multiply by a truth", {"{multiply: 0.9,": "{multiply: §lost > 3,"}, ("wrong-operand", f"{rules}[2].multiply")),
        placed(STATES, "multiply by nothing", {"{multiply: 0.9,": "{multiply: §,"}, ("empty", f"{rules}[2].multiply")),
        placed(STATES, "multiply by a map", {"{multiply: 0.9,": "{multiply: §{a: 1},"}, ("wrong-type", f"{rules}[2].multiply")),
        placed(STATES, "formula that is a truth", {award: "{award: §lost > 3}"}, ("wrong-operand", f"{rules}[0].award")),
        placed(STATES, "formula that names nothing", {award: "{award: lost * 0.5§x}"}, ("bad-expression", f"{rules}[0].award")),
        placed(STATES, "formula with by", {award: "{award: lost * 2, by: §state}"}, ("by-and-amount", f"{rules}[0].by")),
        # lines and curves
        placed(STATES, "line through one point", {lines: "§{at 60: 0}"}, ("by-and-amount", f"{line}.award")),
        placed(STATES, "line through a point twice", {lines: "{at 60: §0, at 60.0: 10}"}, ("duplicate-edge", f"{line}.award.at 60")),
        placed(STATES, "line below 0", {lines: "{at 60: §-1, at 100: 10}"}, ("out-of-range", f"{line}.award.at 60")),
        placed(STATES, "line that goes on below 0", {lines: "§{at 60: 0, at 100: 10, beyond: extend}"}, ("can-be-negative", f"{line}.award")),
        placed(STATES, "line beyond in another word", {lines: "{at 60: 0, at 100: 10, beyond: §extended}"}, ("unknown-value", f"{line}.award.beyond", "extend")),
        placed(STATES, "line at a word", {lines: "{at sixty: §0, at 100: 10}"}, ("bad-number", f"{line}.award.at sixty")),
        placed(STATES, "line of all", {lines: "{at 60: 0, at 100: §all}"}, ("bad-number", f"{line}.award.at 100")),
        placed(STATES, "line without by", {f"{lines}, by: held": f"§{lines}"}, ("by-and-amount", f"{line}.award")),
        placed(STATES, "line by a choice", {"{held: {type: count, range: 0..200}}": "{held: {type: count, range: 0..200}, gone: {type: choice, values: [a, b]}}", f"{lines}, by: held": f"{lines}, by: §gone"}, ("by-and-amount", f"{line}.by")),
        placed(STATES, "curve of another name", {"curve: log": "curve: §logs"}, ("unknown-value", f"{curved}.award.curve", "log")),
        placed(STATES, "curve without a name", {"curve: log": "curve: §"}, ("bad-number", f"{curved}.award.curve")),
        placed(STATES, "curve without what it gives", {curve: "§{curve: log, zero_at: 1, full_at: 100, step: 0.5}"}, ("missing-key", f"{curved}.award")),
        placed(STATES, "curve without a step", {curve: "§{curve: log, zero_at: 1, full_at: 100, gives: 2}"}, ("missing-key", f"{curved}.award")),
        placed(STATES, "curve without an end", {curve: "§{curve: log, zero_at: 1, gives: 2, step: 0.5}"}, ("missing-key", f"{curved}.award")),
        placed(STATES, "log with an exponent", {"gives: 2": "§exponent: 2, gives: 2"}, ("conflicting-keys", f"{curved}.award.exponent")),
        placed(STATES, "log with a median", {"gives: 2": "§median: 2, gives: 2"}, ("conflicting-keys", f"{curved}.award.median")),
        placed(STATES, "power without an exponent", {curve: "§{curve: power, zero_at: 1, full_at: 100, gives: 2, step: 0.5}"}, ("missing-key", f"{curved}.award")),
        placed(STATES, "log-normal by ends", {curve: "§§{curve: log_normal, §zero_at: 1, §full_at: 100, gives: 2, step: 0.5}"}, ("missing-key", f"{curved}.award"), ("missing-key", f"{curved}.award"), ("conflicting-keys", f"{curved}.award.zero_at"), ("conflicting-keys", f"{curved}.award.full_at")),
        placed(STATES, "log from 0", {curve: "§{curve: log, zero_at: 0, full_at: 100, gives: 2, step: 0.5}"}, ("out-of-range", f"{curved}.award")),
        placed(STATES, "log below 0", {curve: "§{curve: log, zero_at: -5, full_at: 100, gives: 2, step: 0.5}"}, ("out-of-range", f"{curved}.award")),
        placed(STATES, "log between the same ends", {curve: "§{curve: log, zero_at: 5, full_at: 5, gives: 2, step: 0.5}"}, ("out-of-range", f"{curved}.award")),
        placed(STATES, "power of 0", {curve: "§{curve: power, zero_at: 1, full_at: 100, exponent: 0, gives: 2, step: 0.5}"}, ("out-of-range", f"{curved}.award")),
        placed(STATES, "log-normal upside down", {curve: "§{curve: log_normal, median: 5, p10: 9, gives: 2, step: 0.5}"}, ("out-of-range", f"{curved}.award")),
        placed(STATES, "log-normal from 0", {curve: "§{curve: log_normal, median: 5, p10: 0, gives: 2, step: 0.5}"}, ("out-of-range", f"{curved}.award")),
        placed(STATES, "curve that gives nothing", {"gives: 2": "gives: §0"}, ("out-of-range", f"{curved}.award.gives")),
        placed(STATES, "curve that gives no multiple of its step", {"gives: 2": "gives: §2.2"}, ("out-of-range", f"{curved}.award.gives")),
        placed(STATES, "curve with a step of 0", {"step: 0.5": "step: §0"}, ("out-of-range", f"{curved}.award.step")),
        placed(STATES, "curve of too many steps", {"step: 0.5": "step: §0.0001"}, ("too-large", f"{curved}.award.step")),
        placed(STATES, "curve with words for numbers", {curve: "{curve: log, zero_at: §one, full_at: §1e5, gives: 2, step: 0.5}"}, ("bad-number", f"{curved}.award.zero_at"), ("bad-number", f"{curved}.award.full_at")),
        placed(STATES, "curve without by", {f"{curve}, by: held": f"§{curve}"}, ("by-and-amount", f"{curved}.award")),
        placed(STATES, "curve by a truth", {f"{curve}, by: held": f"{curve}, by: §held > 3"}, ("wrong-operand", f"{curved}.by")),
        placed(STATES, "curve by a quotient", {f"{curve}, by: held": f"{curve}, by: §1000 / (held + 1)"}, ("too-fine", f"{curved}.by")),
        # exact numbers
        placed(STATES, "power that is too large", {award: "§{award: visits ** 8}"}, ("too-fine", f"{rules}[0]")),
        placed(STATES, "products that are too large", {award: "§{award: visits * visits * visits * visits * visits * visits * visits}"}, ("too-fine", f"{rules}[0]")),
        placed(STATES, "quotients that are too fine", {award: '§{award: "1 / (visits + 1) + 1 / (visits + 2) + 1 / (visits + 3) + 1 / (visits + 4) + 1 / (visits + 5) + 1 / (visits + 6) + 1 / (visits + 7) + 1 / (visits + 8)"}'}, ("too-fine", f"{rules}[0]")),
        placed(STATES, "power with a broken exponent", {award: "{award: §visits ** 0.5}"}, ("wrong-operand", f"{rules}[0].award")),
        placed(STATES, "power of a power", {award: "{award: §2 ** visits ** 2}"}, ("wrong-operand", f"{rules}[0].award")),
    ]


def combining() -> list[PlacedFile]:
    """Rows of a node, ways to combine, and kinds that cannot be meant."""
    upkeep, opinions = "$.indicators[0]", "$.indicators[1]"
    months = "months: {type: rows, range: 0..12, columns: {counted: flag, hours: {type: count, range: 1..50}, faults: {type: count, range: 0..99}}}"
    clean = "{id: clean, points: 15, rules: [{deduct: 1, per: faults}]}"
    first = "{id: first, out_of: 10, evidence: {one: {type: count, range: 0..10}}, rules: [{award: one}]}"
    skipping = "gone: {type: choice, values: [yes, no], means: {yes: skip}}"
    return [
        placed(EACH, "each of an unknown table", {"total: 40\n": "total: 60\nitems:\n  - {id: solo, points: 20, start: full, each: §day, combine: highest, empty: zero, evidence: {days: {type: rows, columns: {x: count}}}}\n"}, ("unknown-name", "$.items[0].each", "solo.days")),
        placed(EACH, "each of a table of a node that has none", {"total: 40\n": "total: 60\nitems:\n  - {id: solo, points: 20, start: full, each: §opinions.days, combine: highest, empty: zero, evidence: {days: {type: rows, columns: {x: count}}}}\n"}, ("unknown-name", "$.items[0].each")),
        placed(EACH, "each of a count", {"total: 40\n": "total: 60\nitems:\n  - {id: solo, points: 20, start: full, each: §first.one, combine: highest, empty: zero, evidence: {days: {type: rows, columns: {x: count}}}}\n"}, ("unknown-name", "$.items[0].each")),
        placed(EACH, "each without combine", {"    combine: mean\n    empty: zero\n    where: counted\n    weigh: hours\n": "    where: counted\n", "- id: upkeep": "- §id: upkeep"}, ("missing-key", upkeep)),
        placed(EACH, "each by a geometric mean", {"combine: mean\n    empty: zero\n    where: counted\n    weigh: hours\n": "combine: §geometric\n    empty: zero\n    step: 1\n"}, ("unknown-value", f"{upkeep}.combine")),
        placed(EACH, "each combined by nothing", {"combine: mean\n    empty: zero\n    where: counted\n    weigh: hours\n": "combine: §none\n    empty: zero\n    where: counted\n"}, ("unknown-value", f"{upkeep}.combine")),
        placed(EACH, "each without a stand-in for no rows", {"    empty: zero\n    where": "    where", "- id: upkeep": "- §id: upkeep"}, ("missing-key", upkeep)),
        placed(EACH, "each below an each", {clean: "{id: clean, points: 15, §each: upkeep.months, combine: sum, rules: [{deduct: 1, per: faults}]}"}, ("conflicting-keys", f"{upkeep}.items[0].each")),
        placed(EACH, "rule over rows in rows", {clean: "{id: clean, points: 15, rules: [{deduct: 1, §each: upkeep.months}]}"}, ("conflicting-keys", f"{upkeep}.items[0].rules[0].each")),
        placed(EACH, "where that is a number", {"where: counted": "where: §hours"}, ("wrong-operand", f"{upkeep}.where")),
        placed(EACH, "where by an unknown column", {"where: counted": "where: §conted"}, ("unknown-name", f"{upkeep}.where", "counted")),
        placed(EACH, "weigh that can be negative", {"weigh: hours": "weigh: §hours - 2"}, ("can-be-negative", f"{upkeep}.weigh")),
        placed(EACH, "weigh that is a truth", {"weigh: hours": "weigh: §counted"}, ("wrong-operand", f"{upkeep}.weigh")),
        placed(EACH, "column called like a field of the node", {months: months.replace("hours: {", "hours: §{") + "\n      hours: count"}, ("duplicate-id", f"{upkeep}.evidence.months.columns.hours")),
        placed(EACH, "column called like a field below", {"{id: calm, points: 5,": "{id: calm, evidence: {faults: §count}, points: 5,"}, ("duplicate-id", f"{upkeep}.items[1].evidence.faults")),
        placed(EACH, "to from a row to outside", {clean: "{id: clean, points: 15, start: full, rules: [{deduct: 1, per: faults, §to: first}]}"}, ("conflicting-keys", f"{upkeep}.items[0].rules[0].to")),
        placed(EACH, "to from outside to a row", {first: "{id: first, out_of: 10, evidence: {one: {type: count, range: 0..10}}, rules: [{award: one}, {award: one, §to: clean}]}"}, ("conflicting-keys", f"{opinions}.items[0].rules[1].to")),
        placed(EACH, "score of a row from outside", {first: "{id: first, out_of: 10, evidence: {one: {type: count, range: 0..10}}, rules: [{award: one, when: §clean > 3}]}"}, ("unknown-name", f"{opinions}.items[0].rules[0].when")),
        placed(EACH, "column from outside", {first: "{id: first, out_of: 10, evidence: {one: {type: count, range: 0..10}}, rules: [{award: one, when: §faults > 3}]}"}, ("unknown-name", f"{opinions}.items[0].rules[0].when")),
        placed(EACH, "minima of a node in rows", {"total: 40\n": "total: 40\ngrades: [{stars: 2, minima: {§clean: 5}}, {stars: 1}]\n"}, ("unknown-name", "$.grades[0].minima.clean")),
        placed(EACH, "drop lacking", {"    drop: 1\n": "", "- id: opinions": "- §id: opinions"}, ("missing-key", opinions)),
        placed(EACH, "drop of 0", {"drop: 1": "drop: §0"}, ("out-of-range", f"{opinions}.drop")),
        placed(EACH, "drop of a half", {"drop: 1": "drop: §0.5"}, ("bad-number", f"{opinions}.drop")),
        placed(EACH, "drop of more than there are", {"drop: 1\n    need: 3\n": "drop: 2\n", "- id: opinions": "- §id: opinions"}, ("out-of-range", opinions)),
        placed(EACH, "need of more than there are", {"need: 3": "need: §5"}, ("out-of-range", f"{opinions}.need")),
        placed(EACH, "need of 0", {"need: 3": "need: §0"}, ("out-of-range", f"{opinions}.need")),
        placed(EACH, "missing of another word", {"missing: skip": "missing: §skp"}, ("unknown-value", f"{opinions}.missing", "skip")),
        placed(EACH, "empty of another word", {"    empty: zero\n    missing": "    empty: §zreo\n    missing"}, ("bad-number", f"{opinions}.empty")),
        placed(EACH, "missing that skips without empty", {"    empty: zero\n    missing": "    missing", "- id: opinions": "- §id: opinions"}, ("missing-key", opinions)),
        placed(EACH, "bonus cap of 0", {"bonus_up_to: 2": "bonus_up_to: §0"}, ("out-of-range", f"{opinions}.bonus_up_to")),
        placed(EACH, "bonus cap as a word", {"bonus_up_to: 2": "bonus_up_to: §all"}, ("bad-number", f"{opinions}.bonus_up_to")),
        placed(SKIPS, "the whole that skips itself", {"total: 20\n": "total: 20\nmissing: skip\n§empty: skip\n"}, ("conflicting-keys", "$.empty")),
        placed(EACH, "weight that can be negative", {"combine: trimmed\n    drop: 1\n    need: 3\n": "combine: mean\n", "{id: first, out_of: 10,": "{id: first, out_of: 10, weight: §first.one - 1,"}, ("can-be-negative", f"{opinions}.items[0].weight")),
        placed(EACH, "weight that is a truth", {"combine: trimmed\n    drop: 1\n    need: 3\n": "combine: mean\n", "{id: first, out_of: 10,": "{id: first, out_of: 10, weight: §1 > 0,"}, ("wrong-operand", f"{opinions}.items[0].weight")),
        placed(EACH, "weight that names nothing", {"combine: trimmed\n    drop: 1\n    need: 3\n": "combine: mean\n", "{id: first, out_of: 10,": "{id: first, out_of: 10, weight: 1 + §second.twoo,"}, ("unknown-name", f"{opinions}.items[0].weight", "second.two")),
        placed(EACH, "weight of the mean itself", {"combine: trimmed\n    drop: 1\n    need: 3\n": "combine: mean\n", "{id: first, out_of: 10,": "{id: first, out_of: 10, weight: §opinions,"}, ("cycle", f"{opinions}.items[0].weight")),
        at_top(GEOMETRIC, "geometric mean without a step", {"step: 0.1\n": ""}, ("missing-key", "$")),
        placed(GEOMETRIC, "geometric mean with a step of 0", {"step: 0.1": "step: §0"}, ("out-of-range", "$.step")),
        placed(GEOMETRIC, "geometric mean of too many steps", {"step: 0.1": "step: §0.0001"}, ("too-fine", "$.step")),
        placed(GEOMETRIC, "geometric mean below 0", {"{x: {type: number, range: 0..10}}, rules: [{award: x}]": "{x: {type: number, range: 0..10}}, start: zero, rules: [{award: x}, {deduct: 1}, {limit: none}]", "combine: geometric": "combine: §geometric"}, ("can-be-negative", "$.combine")),
        placed(GEOMETRIC, "geometric mean of what may be left out", {"{x: {type: number, range: 0..10}}": f"{{x: {{type: number, range: 0..10}}, {skipping}}}, not_applicable: rescale", "combine: geometric": "§combine: geometric"}, ("conflicting-keys", "$.combine")),
        # kinds
        placed(KINDS, "unknown kind", {"{id: plan, like: paper}": "{id: plan, like: §papr}"}, ("unknown-name", "$.items[0].like", "paper")),
        placed(KINDS, "kind as a list", {"{id: plan, like: paper}": "{id: plan, like: §[paper]}"}, ("unknown-name", "$.items[0].like")),
        placed(KINDS, "kind like itself", {"  paper: {points: 5,": "  paper: {like: §paper, points: 5,"}, ("cycle", "$.kinds.paper.like")),
        placed(KINDS, "kinds in a circle", {"  paper: {points: 5,": "  paper: {like: §marked, points: 5,", "{like: paper, title: Marked": "{like: §paper, title: Marked"}, ("cycle", "$.kinds.paper.like"), ("cycle", "$.kinds.marked.like")),
        placed(KINDS, "kind like an unknown kind", {"{like: paper, title: Marked": "{like: §papers, title: Marked"}, ("unknown-name", "$.kinds.marked.like", "paper")),
        placed(KINDS, "kind with an id", {"  paper: {points: 5,": "  paper: {§id: paper, points: 5,"}, ("conflicting-keys", "$.kinds.paper.id")),
        placed(KINDS, "kind that is a list", {"  marked: {like: paper, title: Marked, methods: [documents]}": "  marked: §[paper]"}, ("not-a-mapping", "$.kinds.marked")),
        placed(KINDS, "kinds that are a list", {KINDS[KINDS.index("kinds:\n") : KINDS.index("items:\n  - {id: plan")]: "kinds: §[paper]\n", "{id: plan, like: paper}": "{id: plan, like: §paper}", "{id: summary, like: marked": "{id: summary, like: §marked", "{id: site, like: area}": "{id: site, like: §area}"}, ("not-a-mapping", "$.kinds"), *(("unknown-name", f"{path}.like") for path in ("$.items[0]", "$.items[1]", "$.indicators[0]"))),
        placed(KINDS, "type of a kind unknown, once for each node", {"evidence: {missing: count}": "evidence: {missing: §§§§conut}"}, *(("unknown-type", f"{path}.evidence.missing", "count") for path in ("$.items[0]", "$.items[1]", "$.indicators[0].items[0]", "$.indicators[0].items[1]"))),
        placed(KINDS, "rule of a kind that names nothing", {"per: missing": "per: §§§§mising"}, *(("unknown-name", f"{path}.rules[0].per", "missing") for path in ("$.items[0]", "$.items[1]", "$.indicators[0].items[0]", "$.indicators[0].items[1]"))),
        placed(KINDS, "unknown key of an unused kind", {"  area:\n": "  unused: {points: 5, §pionts: 5}\n  area:\n"}, ("unknown-key", "$.kinds.unused.pionts", "points")),
        placed(KINDS, "unused kind like an unknown one", {"  area:\n": "  unused: {like: §aera}\n  area:\n"}, ("unknown-name", "$.kinds.unused.like", "area")),
        placed(KINDS, "key of indicators on an item by a kind", {"{id: plan, like: paper}": "{id: plan, like: area}", "    items:\n      - {id: rooms": "    §items:\n      - {id: rooms"}, ("unknown-key", "$.items[0].items")),
        placed(KINDS, "ids of a kind used twice", {"total: ": "total: §", "  - {id: site, like: area}": "  - {id: site, like: area}\n  - {id: place, like: area}", "{id: yards": "{id: §yards", "{id: rooms": "{id: §rooms"}, ("points-do-not-add-up", "$"), ("duplicate-id", "$.indicators[1].items[0].id"), ("duplicate-id", "$.indicators[1].items[1].id")),
    ]

# fmt: on

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

#: Every file whose problems are all told, each at its place; names unique.
PLACED: tuple[PlacedFile, ...] = (
    *misspelt_keys(),
    *misplaced_keys(),
    *given_and_values(),
    *tables(),
    *states(),
    *combining(),
)
