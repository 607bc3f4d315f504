"""The JSON Schema of rubric files: it takes what the loader takes, and refuses what is misshapen.

`jsonschema` validates by the letter of the standard; `jsonschema-rs`, another implementation, is
quick enough for thousands of documents, and has other regular expressions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar, Literal

import jsonschema
import jsonschema_rs
import pytest
from attrs import field, frozen
from click.testing import CliRunner
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import rubric_engine
from rubric_engine import Policy, fields, schema
from rubric_engine.command import main
from rubric_engine.fields import FIELD_TYPES
from rubric_engine.files import examine_text, keys_of, to_plain
from rubric_engine.grading import Gate, Grade
from rubric_engine.model import Indicator, Item, Rubric
from rubric_engine.policies import BUILT_IN
from rubric_engine.reading import read
from rubric_engine.schema import rubric_schema
from strategies import documents, to_text

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(
    [
        *ROOT.glob("policies/*/rubric.yaml"),
        *ROOT.glob("plugins/*/src/*/rubric.yaml"),
        *(path for each in ("rubrics", "shapes", "orders", "worked")
          for path in ROOT.glob(f"tests/{each}/*/rubric.yaml")),
    ],
    key=lambda path: path.stat().st_size,
)
SCHEMA = rubric_schema()
EXACT = jsonschema.Draft202012Validator(SCHEMA)
QUICK = jsonschema_rs.validator_for(SCHEMA)


def plainly(value: Any) -> Any:
    """Return a document as the loader reads it, every scalar a text."""
    return json.loads(json.dumps(value))


def typed(value: Any) -> Any:
    """Return a document as an editor reads it: what looks like a number or a truth is one."""
    if isinstance(value, dict):
        return {key: typed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [typed(each) for each in value]
    if not isinstance(value, str):
        return value
    if value in ("true", "True", "TRUE", "false", "False", "FALSE"):
        return value.lower() == "true"
    if re.fullmatch(r"[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+", value):
        return int(value, 0) if value.startswith(("0x", "0o")) else int(value)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", value):
        return float(value)
    return value


def document_of(path: Path) -> Any:
    document, problems = read(path.read_bytes())
    assert document is not None and not problems
    return plainly(document.value)


def problems_of(document: Any, folder: Path | None = None) -> set[tuple[str, str]]:
    """Return codes and paths of all that the loader finds wrong."""
    text = json.dumps(document, ensure_ascii=False)
    return {(each.code, each.path) for each in examine_text(text, None, folder).problems}


def complaints(document: Any) -> list[str]:
    return [f"{each.json_path}: {each.message[:200]}" for each in EXACT.iter_errors(document)]


# What is right is taken


def test_it_is_a_schema_and_ready_for_json() -> None:
    EXACT.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_every_rubric_validates_as_text_and_typed(path: Path) -> None:
    document = document_of(path)
    written = to_plain(rubric_engine.load(path))
    for each in (document, typed(document), written, typed(written)):
        assert QUICK.is_valid(each), complaints(each)
    if path.stat().st_size < 4_000:
        assert complaints(document) == []


def blocks(page: Path) -> Iterator[str]:
    """Yield the YAML blocks of a page that are whole rubrics."""
    for text in re.findall(r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        if text.startswith(("rubric:", "format:")):
            yield text


def test_every_rubric_of_the_docs_validates() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    texts = [text for page in pages if page.exists() for text in blocks(page)]
    if not texts:
        pytest.skip("the documentation is not beside the tests")
    sound = [text for text in texts if not examine_text(text).problems]
    assert len(sound) > 10
    for text in sound:
        document = plainly(read(text)[0].value)
        assert QUICK.is_valid(document), complaints(document)
        assert QUICK.is_valid(typed(document)), complaints(typed(document))


@given(st.data())
@settings(max_examples=25)
def test_what_the_loader_takes_it_takes(data: st.DataObject) -> None:
    text = to_text(data.draw(documents()))
    rubric = examine_text(text).rubric
    assume(rubric is not None)  # a few are too fine
    for each in (plainly(read(text)[0].value), to_plain(rubric)):
        assert QUICK.is_valid(each), complaints(each)
        assert QUICK.is_valid(typed(each)), complaints(typed(each))


VARIANT = {
    "extends": "sf-food-safety",
    "rubric": "variant",
    "note": None,
    "kinds": {"paper": {"points": 2, "evidence": {"missing": "count"}}},
    "change": {"violations": {"note": None, "like": "paper", "points": 2}, "gone": None},
}


def test_a_variant_takes_keys_and_nodes_away() -> None:
    assert complaints(VARIANT) == []
    assert complaints({"extends": "sf-food-safety"}) == []
    for change in (
        {"rubric": None},
        {"kinds": None},
        {"extends": None},
        {"change": None},
        {"change": {"violations": {"id": "other"}}},
        {"change": {"violations": {"like": None}}},
        {"change": {"violations": "gone"}},
        {"items": [None]},
    ):
        assert complaints({**VARIANT, **change}), change
        assert problems_of({**VARIANT, **change}), change
    assert complaints({"rubric": "sample", "items": [{"id": "a"}], "change": {}})


# What is misshapen is refused, by the loader alike

#: Keys of mappings whose keys are the author's own names.
NAMED = {
    *("evidence", "columns", "values", "means", "kinds", "change", "times", "minima", "maxima"),
    *("assessee", "cycle", "history", "cohort", "title", "note", "says", "source"),
    *("deduct", "award", "bonus", "set"),
}
#: Keys at which any text may stand, or one that names something.
WORDED = {
    *("id", "code", "title", "note", "says", "source", "reason", "rubric", "version", "language"),
    *("like", "extends", "for", "each", "to", "per", "by", "when", "unless", "below", "above", "of"),
    *("ratio", "times", "once_per", "dated", "judged", "up_to", "where", "weigh", "weight", "unrated"),
    *("multiply", "deduct", "award", "bonus", "set", "not_applicable", "at_most", "grade", "absent"),
    *("none_means", "values", "within", "among", "rank", "mean", "highest", "lowest", "sum", "count"),
    *("percentile", "*", "[]"),
}
#: Keys at which a mapping may stand as well.
MAPPED = {
    *("title", "note", "says", "source", "times", "minima", "maxima"),
    *("deduct", "award", "bonus", "set", "*", "[]"),
}
#: Keys of a mapping that it must have.
NEEDED = {
    "items": {"id"},
    "indicators": {"id"},
    "evidence": {"type", "values", "columns"},
    "columns": {"type", "values"},
    "rules": set(BUILT_IN),
    "group": set(BUILT_IN),
}
CHILDREN, LISTS = ("indicators", "items"), ("rules", "group", "gates")
#: What the loader says of a document that is misshapen.
MISSHAPEN = {
    *("wrong-type", "bad-number", "unknown-key", "empty", "not-a-mapping", "unknown-value"),
    *("missing-key", "unknown-type", "unknown-verb", "by-and-amount", "no-children"),
    *("unsupported-format", "conflicting-keys", "unknown-name", "bad-id"),
}
#: Of these, what a document with nothing wrong but its names cannot have.
SURELY = MISSHAPEN - {"unknown-name", "no-children", "conflicting-keys", "by-and-amount", "missing-key"}

Steps = tuple[Any, ...]


def is_named(kind: Steps) -> bool:
    """Say whether the keys of the mapping there are names: of nodes, values, languages."""
    titled = kind[-2:] == ("*", "[]") or kind[-2:-1] == ("values",)
    return titled or (kind[-1:] != () and kind[-1] in NAMED)


def places(value: Any, at: Steps = (), kind: Steps = ()) -> Iterator[tuple[Any, Steps, Steps]]:
    """Yield every value of a document, its place, and the place without the author's names."""
    yield value, at, kind
    if isinstance(value, dict):
        named = is_named(kind)
        for key, each in value.items():
            yield from places(each, (*at, key), (*kind, "*" if named else key))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from places(each, (*at, place), (*kind, "[]"))


def alone(value: Any, at: Steps) -> tuple[Any, Steps]:
    """Return a document with nothing beside a place in the lists that lead to it."""
    if not at or (at[0] not in (*CHILDREN, *LISTS) and not isinstance(value, list)):
        return value, at
    inner, where = alone(value[at[0]], at[1:])
    if isinstance(value, list):
        return [inner], (0, *where)
    others = CHILDREN if at[0] in CHILDREN else ()
    beside = {key: each for key, each in value.items() if key not in others}
    return {**beside, at[0]: inner}, (at[0], *where)


def changed(value: Any, at: Steps, new: Any) -> Any:
    if not at:
        return new
    made = value.copy()
    made[at[0]] = changed(value[at[0]], at[1:], new)
    return made


def mutants(value: Any, kind: Steps) -> Iterator[tuple[tuple[str, ...], bool, Any]]:
    """Yield what was done to a value, whether it is misshapen then, and the value."""
    last = kind[-1] if kind else ""
    above = kind[-2] if len(kind) > 1 else ""
    if isinstance(value, dict):
        names = is_named(kind)
        needed = NEEDED.get(above, set()) if last in ("[]", "*") else set()
        for key in value:
            rest = {name: each for name, each in value.items() if name != key}
            said = "*" if names else key
            yield ("drop", said), key in needed and not names, rest
            renamed = {(f"{name}x" if name == key else name): each for name, each in value.items()}
            yield ("misspell", said), not names, renamed
        yield ("add",), not names, {**value, "zzz": "1"}
        yield ("list",), True, [value]
        yield ("text",), last not in MAPPED, "zzz"
        yield ("number",), last not in MAPPED, 7
        yield ("clear",), False, {}
    elif isinstance(value, list):
        yield ("map",), last != "values", {"zzz": value}
        yield ("text",), last not in ("for", "*"), "zzz"
        yield ("nest",), True, [value]
        yield ("clear",), False, []
    else:
        yield ("list",), last not in ("for", "*"), [value]
        yield ("map",), last not in MAPPED, {"zzz": value}
        yield ("word",), last not in WORDED, "zzz"
        yield ("longer",), last not in WORDED, f"{value}x"
        yield ("number",), False, 7
    yield ("null",), "change" not in kind[-2:] and kind[-2:-1] != ("values",), None


def corpus() -> Iterator[tuple[str, bool, Any, Any]]:
    """Yield mutants, each kind at each kind of place once: a name, whether misshapen, two documents."""
    seen = set()
    for path in FILES:
        document = document_of(path)
        for value, at, kind in places(document):
            for done, misshapen, new in mutants(value, kind):
                signature = (kind[-3:], done)
                if signature in seen:
                    continue
                seen.add(signature)
                whole, where = alone(document, at)
                name = f"{path.parent.name} {'/'.join(map(str, kind))} {' '.join(done)}"
                yield name, misshapen, whole, changed(whole, where, new)


def test_misshapen_documents_are_refused_by_schema_and_loader_alike() -> None:
    """Whatever the schema refuses the loader refuses, and both refuse what is misshapen."""
    refused, all_misshapen, wrong = 0, 0, []
    for number, (name, misshapen, whole, mutant) in enumerate(corpus()):
        valid = QUICK.is_valid(mutant)
        all_misshapen += misshapen
        if number % 40 == 0 and EXACT.is_valid(mutant) != valid:
            wrong.append(f"{name}: the validators differ")
        if valid and misshapen:
            wrong.append(f"{name}: only the loader could find it")
        if not valid:
            refused += 1
            found = {code for code, _ in problems_of(mutant)}
            if not found & SURELY:
                found = {code for code, _ in problems_of(mutant) - problems_of(whole)}
            if not found & MISSHAPEN:
                wrong.append(f"{name}: only the schema refuses it; the loader says {found}")
    assert wrong == []
    assert (all_misshapen, refused) > (800, 900)


# What only the loader finds

SAMPLE = {
    "rubric": "sample",
    "items": [
        {"id": "a", "points": 2, "evidence": {"n": "count"}, "rules": [{"deduct": 1, "per": "n"}]},
        {"id": "b", "points": 3, "evidence": {"c": {"type": "choice", "values": ["x", "y"]}},
         "rules": [{"award": {"x": 1, "y": 3}, "by": "c"}]},
    ],
}  # fmt: skip
RULE, OTHER, COLUMN = ("items", 0, "rules", 0), ("items", 1, "rules", 0), ("items", 0, "evidence", "n")
ONLY_LOADER = {
    "a name that nothing has": ((*RULE, "per"), "m", "unknown-name"),
    "an expression that is none": ((*RULE, "per"), "n +", "bad-expression"),
    "a kind of operand": ((*RULE, "when"), "n", "wrong-operand"),
    "a number out of its range": (("places",), 12, "out-of-range"),
    "points that do not add up": (("total",), 7, "points-do-not-add-up"),
    "an id used twice": (("items", 1, "id"), "a", "duplicate-id"),
    "a letter that no id may have": (("items", 0, "id"), "½", "bad-id"),
    "ends of a range": (COLUMN, {"type": "count", "range": "5..2"}, "out-of-range"),
    "decimals of a range": (COLUMN, {"type": "count", "range": "0..2.5"}, "not-exact"),
    "a value not in a map": ((*OTHER, "award"), {"x": 1}, "value-not-covered"),
    "a value nobody declared": ((*OTHER, "award"), {"x": 1, "z": 2, "else": 0}, "unknown-value"),
    "keys that exclude each other": (("items", 0, "weight"), 2, "conflicting-keys"),
    "a map without what chooses": (("items", 1, "rules"), [{"award": {"x": 1}}], "by-and-amount"),
    "an order of grades": (("grades",), [{"stars": 1}, {"stars": 2, "from": 1}], "grades-order"),
    "a kind that nobody wrote": (("items", 0, "like"), "paper", "unknown-name"),
    "a rubric that is not there": (("extends",), "no-such-rubric", "unknown-rubric"),
}


@pytest.mark.parametrize("case", ONLY_LOADER)
def test_what_depends_on_names_and_sense_only_the_loader_finds(case: str) -> None:
    at, new, code = ONLY_LOADER[case]
    made = changed_at(SAMPLE, at, new)
    assert complaints(made) == []
    assert code in {found for found, _ in problems_of(made)}


def changed_at(value: Any, at: Steps, new: Any) -> Any:
    """Put a value at a place that need not be there yet."""
    if not at:
        return new
    made = value.copy()
    there = made[at[0]] if isinstance(made, list) else made.get(at[0])
    made[at[0]] = changed_at(there, at[1:], new)
    return made


@pytest.mark.parametrize(
    ("place", "text", "seen"),
    [((*RULE, "deduct"), "1e3", 1e3), (("total",), "0x5", 5), (("total",), "+5", 5)],
)
def test_a_number_written_otherwise_is_a_number_to_an_editor(place, text, seen) -> None:
    assert complaints(changed_at(SAMPLE, place, seen)) == []
    assert problems_of(changed_at(SAMPLE, place, text))


def test_an_empty_group_inside_a_group_is_told() -> None:
    for keep in ({}, {"keep": "highest"}):
        made = changed_at(SAMPLE, RULE, {"group": [{"group": [], **keep}]})
        assert ("empty", "$.items[0].rules[0].group[0].group") in problems_of(made)
        assert complaints(made)


def test_a_meaning_of_a_value_that_is_not_there_is_told() -> None:
    kind = {"type": "choice", "values": ["x"], "means": {"z": "unrated", "x": "full"}}
    found = problems_of(changed_at(SAMPLE, ("items", 1, "evidence", "c"), kind))
    assert ("unknown-value", "$.items[1].evidence.c.means.z") in found


# It is made from the model

CLASSES = {
    "rubric": Rubric, "item": Item, "indicator": Indicator, "grade": Grade, "gate": Gate,
    **{f"rules.{verb}": each for verb, each in BUILT_IN.items()},
}  # fmt: skip
WRITTEN = {"rubric": {"format", "kinds", "extends"}, "item": {"like"}, "indicator": {"like"}}


@pytest.mark.parametrize("name", CLASSES)
def test_every_key_of_the_model_is_there_with_its_shape_and_its_description(name: str) -> None:
    properties = SCHEMA["$defs"][name]["properties"]
    assert set(properties) == set(keys_of(CLASSES[name])) | WRITTEN.get(name, set())
    for key, each in properties.items():
        assert each.get("description"), f"{name}.{key} is not described"
        assert set(each) - {"description"}, f"a type of {name}.{key} has no shape in schema._SHAPES"


@pytest.mark.parametrize("name", FIELD_TYPES)
def test_every_option_of_every_type_is_there(name: str) -> None:
    taken = {}
    for place in ("field", "column", "known", "cohort"):
        part = SCHEMA["$defs"].get(f"{place}.{name}")
        taken |= part["properties"] if part else {}
        assert (part is None) == (name == "rows" and place != "field")
        assert part is None or f"#/$defs/{place}.{name}" in json.dumps(SCHEMA["$defs"][place])
    left = set(keys_of(FIELD_TYPES[name])) - set(taken)
    assert left <= {"figure", "none_means", "absent"}
    for key, each in taken.items():
        assert each.get("description"), f"{name}.{key} is not described"
        assert set(each) - {"description"}, f"a type of {name}.{key} has no shape in schema._SHAPES"


@frozen
class Halve(Policy):
    """Halves what is left."""

    verb: ClassVar[str] = "halve it/~"

    amount: Fraction = field(default=Fraction(1, 2))
    how: Literal["up", "down"] = field(default="up", kw_only=True)
    own: list[int] = field(factory=list, kw_only=True)


@frozen(kw_only=True)
class Mood(fields.Field):
    type: ClassVar[str] = "mood"

    depth: int


def test_a_policy_and_a_type_of_evidence_need_no_further_edit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "find_policies", lambda: {Halve.verb: Halve})
    monkeypatch.setitem(fields.FIELD_TYPES, "mood", Mood)
    made = rubric_schema()
    known = jsonschema.Draft202012Validator(made)
    rule = {"halve it/~": 0.5, "how": "down", "own": [1, 2], "says": "half"}
    document = changed_at(SAMPLE, RULE, rule)
    document = changed_at(document, COLUMN, {"type": "mood", "depth": 2})
    assert known.is_valid(document)
    for wrong in ({"how": "sideways"}, {"what": 1}, {"halve it/~": "much"}):
        assert not known.is_valid(changed_at(document, RULE, rule | wrong))
    for wrong in ({"type": "mood"}, {"type": "mood", "depth": "deep"}, "mood"):
        assert not known.is_valid(changed_at(document, COLUMN, wrong))
    assert made["$defs"][f"rules.{Halve.verb}"]["description"] == "Halves what is left."
    assert not EXACT.is_valid(document)


def test_a_built_in_verb_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "find_policies", lambda: {"deduct": Halve})
    assert rubric_schema() == SCHEMA


def test_it_says_less_where_the_source_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    schema._comments_in.cache_clear()
    monkeypatch.setattr(schema.inspect, "getsource", lambda _: "class")
    bare = rubric_schema()
    schema._comments_in.cache_clear()
    assert "description" not in bare["$defs"]["rules.deduct"]["properties"]["per"]
    monkeypatch.undo()
    assert rubric_schema() == SCHEMA


def test_what_is_changed_in_one_schema_is_not_in_the_next() -> None:
    rubric_schema()["$defs"]["item"]["properties"]["points"]["anyOf"].clear()
    assert rubric_schema() == SCHEMA


def test_it_is_made_quickly() -> None:
    start = perf_counter()
    rubric_schema()
    assert perf_counter() - start < 1  # typically 0.02 s; the machine may be busy


def test_the_command_prints_it() -> None:
    done = CliRunner().invoke(main, ["schema"])
    assert (done.exit_code, json.loads(done.output)) == (0, SCHEMA)
    assert CliRunner().invoke(main, ["schema", "--plain"]).exit_code == 2
