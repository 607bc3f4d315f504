"""Kinds that nodes are like, and rubrics that extend others: what is read, and where it is wrong."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

import rubric_engine
from hostile.files import marks_of
from rubric_engine import InvalidRubric, Problem, Rubric, UnknownRubric

KINDS = """\
rubric: kinds
total: 10
kinds:
  paper: {points: 2, evidence: {missing: count}, rules: [{deduct: 0.5, per: missing}]}
  signed: {like: paper, title: Signed, evidence: {unsigned: flag}, rules: [{deduct: 1, when: unsigned}]}
  area:
    points: 4
    methods: [documents]
    items:
      - {id: rooms, like: paper}
      - {id: yards, like: signed, title: Yards}
items:
  - {id: plan, like: paper}
  - {id: summary, like: signed}
  - {id: notes, like: paper, title: Notes, rules: [{deduct: 1, when: missing > 3}]}
indicators:
  - {id: site, like: area, title: Site}
"""

#: The same without kinds.
WRITTEN_OUT = """\
rubric: kinds
total: 10
indicators:
  - id: site
    title: Site
    points: 4
    methods: [documents]
    items:
      - {id: rooms, points: 2, evidence: {missing: count}, rules: [{deduct: 0.5, per: missing}]}
      - {id: yards, title: Yards, points: 2, evidence: {unsigned: flag}, rules: [{deduct: 1, when: unsigned}]}
items:
  - {id: plan, points: 2, evidence: {missing: count}, rules: [{deduct: 0.5, per: missing}]}
  - {id: summary, title: Signed, points: 2, evidence: {unsigned: flag}, rules: [{deduct: 1, when: unsigned}]}
  - {id: notes, title: Notes, points: 2, evidence: {missing: count}, rules: [{deduct: 1, when: missing > 3}]}
"""

BASE = """\
rubric: base
version: "3"
total: 10
grades: [{stars: 2, from: 5}, {stars: 1}]
indicators:
  - id: section
    points: 4
    items:
      - {id: rooms, points: 1, start: full}
      - {id: yards, points: 3, start: full}
items:
  - id: plan
    title: Plan
    points: 2
    evidence: {missing: count}
    rules: [{deduct: 0.5, per: missing}]
  - {id: report, points: 4, start: full}
"""


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InvalidRubric) as caught:
        rubric_engine.loads(text)
    return caught.value.problems


class Folder:
    """Files of a test, whose texts may hold marks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.places: dict[str, list[tuple[int, int]]] = {}

    def write(self, name: str, text: str) -> str:
        """Write a file, and return its path; a mark stands before each problem."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        plain, places = marks_of(dedent(text))
        file.write_text(plain, encoding="utf-8")
        self.places[name] = places
        return str(file)

    def load(self, name: str) -> Rubric:
        return rubric_engine.load(self.path / name)

    def check(self, name: str, *told: tuple[str, str, str]) -> tuple[Problem, ...]:
        """Assert that a file is refused for exactly these: the file, the code, the path.

        The places are those of the marks of that file, in their order.
        """
        with pytest.raises(InvalidRubric) as caught:
            self.load(name)
        found = caught.value.problems
        left = {file: list(places) for file, places in self.places.items()}
        expected = [(str(self.path / file), code, path, *left[file].pop(0)) for file, code, path in told]
        assert not any(left.values()), "a mark was left over"
        seen = [(str(Path(str(each.file)).resolve()), each.code, each.path, each.line, each.column) for each in found]
        assert sorted(seen) == sorted(expected), [str(each) for each in found]
        return found


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path.resolve())
    made.write("base.yaml", BASE)
    return made


# kinds


def test_a_node_has_the_keys_of_its_kind_where_it_does_not_say_them() -> None:
    assert rubric_engine.loads(KINDS) == rubric_engine.loads(WRITTEN_OUT)


def test_a_rubric_that_was_read_holds_the_nodes() -> None:
    rubric = rubric_engine.loads(KINDS)
    text = rubric_engine.dumps(rubric)
    assert "like:" not in text
    assert "kinds:" not in text
    assert rubric_engine.loads(text) == rubric


def test_kinds_may_stand_in_any_order_and_in_deep_nodes() -> None:
    text = """\
rubric: deep
total: 2
kinds:
  last: {like: first, title: Last}
  first: {points: 1, start: full}
indicators:
  - id: outer
    points: 2
    indicators:
      - id: inner
        points: 2
        items: [{id: a, like: last}, {id: b, like: first}]
"""
    nodes = {each.id: each for each in rubric_engine.loads(text).nodes()}
    assert (str(nodes["a"].title), nodes["a"].points, nodes["b"].title) == ("Last", 1, None)


def test_a_kind_that_is_an_indicator_gives_its_children() -> None:
    rubric = rubric_engine.loads(KINDS)
    assert [each.id for each in rubric.nodes()] == [
        *("total", "site", "rooms", "yards", "plan", "summary", "notes")
    ]
    sheet = {
        **dict.fromkeys(["rooms.missing", "plan.missing", "notes.missing"], 1),
        **dict.fromkeys(["yards.unsigned", "summary.unsigned"], True),
    }
    assert rubric_engine.evaluate(rubric, sheet).exact == 7


def test_an_unused_kind_changes_nothing() -> None:
    unused = KINDS.replace("  area:\n", "  unused: {points: 3, start: full}\n  area:\n")
    assert rubric_engine.loads(unused) == rubric_engine.loads(KINDS)


#: Name, what stands there, what stands instead with marks, and the problems: code and path.
WRONG_KINDS: list[tuple[str, str, str, list[tuple[str, str]]]] = [
    ("a name in a rule of the kind", "{deduct: 1, when: unsigned}]}\n  area", "{deduct: 1, when: not §§unsignd}]}\n  area", [("unknown-name", "$.items[1].rules[0].when"), ("unknown-name", "$.indicators[0].items[1].rules[0].when")]),
    ("a name in a rule of the node", "{deduct: 1, when: missing > 3}", "{deduct: 1, when: 3 > §mising}", [("unknown-name", "$.items[2].rules[0].when")]),
    ("a number of the kind", "{points: 2, evidence: {missing", "{points: §§§§§two, evidence: {missing", [("bad-number", f"{path}.points") for path in ("$.items[0]", "$.items[1]", "$.items[2]", "$.indicators[0].items[0]", "$.indicators[0].items[1]")]),
    ("a key that the node says itself is not looked at in the kind", "like: paper, title: Notes", "like: paper, title: §[Notes]", [("wrong-type", "$.items[2].title")]),
    ("a field of the kind", "{unsigned: flag}", "{unsigned: §§flags}", [("unknown-type", "$.items[1].evidence.unsigned"), ("unknown-type", "$.indicators[0].items[1].evidence.unsigned")]),
    ("a child of a kind", "{id: rooms, like: paper}", "{id: rooms, like: §papers}", [("unknown-name", "$.indicators[0].items[0].like")]),
    ("a method of a kind", "methods: [documents]", "methods: §[document]", [("unknown-value", "$.indicators[0].methods")]),
    ("a start that is unclear, at the node", "  - {id: plan, like: paper}", "  - §{id: plan, like: paper, rules: []}", [("start-unclear", "$.items[0]")]),
]


@pytest.mark.parametrize(("old", "new", "told"), [each[1:] for each in WRONG_KINDS], ids=[each[0] for each in WRONG_KINDS])
def test_a_problem_of_a_kind_has_the_path_of_the_node_and_the_place_of_the_kind(
    old: str, new: str, told: list[tuple[str, str]]
) -> None:
    assert KINDS.count(old) == 1
    text, places = marks_of(KINDS.replace(old, new))
    seen = [(each.code, each.path, each.line, each.column) for each in problems_of(text)]
    assert sorted(seen) == sorted((*each, *place) for each, place in zip(told, places, strict=True))


# extends


def test_the_keys_beside_extends_replace_those_of_the_root(folder: Folder) -> None:
    folder.write("own.yaml", "extends: base.yaml\nrubric: own\ntitle: Own\ngrades: null\n")
    base, own = folder.load("base.yaml"), folder.load("own.yaml")
    assert (own.name, str(own.title), own.version, own.total, own.grades) == ("own", "Own", "3", 10, ())
    assert (own.items, own.indicators) == (base.items, base.indicators)


def test_children_of_the_root_are_replaced_whole(folder: Folder) -> None:
    folder.write("own.yaml", "extends: base.yaml\nindicators: null\nitems: [{id: only, points: 10, start: full}]\n")
    assert [each.id for each in folder.load("own.yaml").nodes()] == ["total", "only"]


def test_single_nodes_are_changed_by_their_ids(folder: Folder) -> None:
    folder.write("own.yaml", """\
        extends: base.yaml
        change:
          plan: {points: 3, rules: null, start: zero, note: Other}
          report: {points: 3}
          yards: {title: Yards}
        """)
    nodes = {each.id: each for each in folder.load("own.yaml").nodes()}
    plan = nodes["plan"]
    assert (plan.points, plan.rules, plan.start, str(plan.note), str(plan.title)) == (3, (), "zero", "Other", "Plan")
    assert [name for name, _ in plan.evidence] == ["missing"]
    assert (nodes["report"].points, str(nodes["yards"].title)) == (3, "Yards")


def test_nodes_are_taken_away(folder: Folder) -> None:
    folder.write("own.yaml", "extends: base.yaml\ntotal: 6\nchange: {section: null}\n")
    assert [each.id for each in folder.load("own.yaml").nodes()] == ["total", "plan", "report"]
    folder.write("other.yaml", """\
        extends: base.yaml
        change:
          section: {points: 7}
          rooms: null
          yards: {points: 7}
          plan: null
          report: {points: 3}
        """)
    other = folder.load("other.yaml")
    assert [each.id for each in other.nodes()] == ["total", "section", "yards", "report"]
    assert rubric_engine.evaluate(other, {}).exact == 10


def test_a_changed_rubric_is_the_one_written_out(folder: Folder) -> None:
    folder.write("own.yaml", "extends: base.yaml\nchange: {plan: {title: Work plan}}\n")
    written = rubric_engine.loads(BASE.replace("title: Plan", "title: Work plan"))
    assert folder.load("own.yaml") == written
    assert rubric_engine.loads(rubric_engine.dumps(folder.load("own.yaml"))) == written


def test_children_of_a_changed_node_are_replaced_whole(folder: Folder) -> None:
    folder.write("own.yaml", "extends: base.yaml\nchange: {section: {items: [{id: attic, points: 4, start: full}]}}\n")
    assert [each.id for each in folder.load("own.yaml").nodes()] == ["total", "section", "attic", "plan", "report"]


def test_what_is_changed_may_be_like_a_kind(folder: Folder) -> None:
    folder.write("own.yaml", """\
        extends: base.yaml
        kinds: {marked: {title: Marked, note: By a kind}}
        change:
          plan: {like: marked, note: By itself}
          section: {like: marked}
        """)
    nodes = {each.id: each for each in folder.load("own.yaml").nodes()}
    assert (str(nodes["plan"].title), str(nodes["plan"].note)) == ("Marked", "By itself")
    assert (str(nodes["section"].title), str(nodes["section"].note)) == ("Marked", "By a kind")


def test_a_base_may_have_kinds_of_its_own(folder: Folder) -> None:
    folder.write("kinds.yaml", KINDS)
    folder.write("own.yaml", "extends: kinds.yaml\nrubric: own\nchange: {plan: {title: Plan}}\n")
    changed = WRITTEN_OUT.replace("rubric: kinds", "rubric: own").replace("{id: plan,", "{id: plan, title: Plan,")
    assert folder.load("own.yaml") == rubric_engine.loads(changed)


def test_an_installed_rubric_is_extended_by_its_name() -> None:
    base = rubric_engine.load("sf-food-safety")
    own = rubric_engine.loads("extends: sf-food-safety\nversion: mine\n")
    assert (own.name, own.version) == (base.name, "mine")
    assert (own.items, own.indicators, own.grades, own.rules) == (base.items, base.indicators, base.grades, base.rules)
    sheet = {"violations": {"high": 1, "moderate": 2, "low": 0}}
    assert rubric_engine.evaluate(own, sheet).exact == rubric_engine.evaluate(base, sheet).exact


def test_a_path_starts_at_the_folder_of_its_file(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("a/own.yaml", "extends: ../b/middle.yaml\nrubric: own\n")
    folder.write("b/middle.yaml", "extends: c/base.yaml\nversion: middle\n")
    folder.write("b/c/base.yaml", BASE)
    for here in (folder.path, folder.path / "a", Path.home()):
        monkeypatch.chdir(here)
        own = folder.load("a/own.yaml")
        assert (own.name, own.version, own.total) == ("own", "middle", 10)


def test_a_folder_with_a_rubric_is_a_path(folder: Folder) -> None:
    folder.write("scheme/rubric.yaml", BASE)
    folder.write("own.yaml", "extends: ./scheme\nrubric: own\n")
    assert folder.load("own.yaml").total == 10


def test_five_bases_deep_is_as_deep_as_it_goes(folder: Folder) -> None:
    folder.write("r0.yaml", BASE)
    for each in range(1, 7):
        folder.write(f"r{each}.yaml", f"extends: r{each - 1}.yaml\nversion: v{each}\n")
    assert folder.load("r5.yaml").version == "v5"
    with pytest.raises(InvalidRubric) as caught:
        folder.load("r6.yaml")
    assert [(each.code, each.path) for each in caught.value.problems] == [("cycle", "$.extends")]


def test_files_of_one_name_in_different_folders_are_no_circle(folder: Folder) -> None:
    folder.write("x.yaml", "extends: next/x.yaml\nrubric: own\n")
    folder.write("next/x.yaml", "extends: next/x.yaml\nversion: middle\n")
    folder.write("next/next/x.yaml", BASE)
    own = folder.load("x.yaml")
    assert (own.name, own.version) == ("own", "middle")


# what is wrong with what extends


def test_a_change_of_an_unknown_node_is_told_in_the_own_file(folder: Folder) -> None:
    folder.write("own.yaml", "extends: base.yaml\nchange: {§plam: {points: 3}, report: {points: 4}, §yard: null}\n")
    found = folder.check("own.yaml", ("own.yaml", "unknown-name", "$.change.plam"), ("own.yaml", "unknown-name", "$.change.yard"))
    assert [each.nearest for each in found] == ["plan", "yards"]


def test_a_change_of_what_was_taken_away_with_its_section_is_refused(folder: Folder) -> None:
    folder.write("own.yaml", "extends: base.yaml\ntotal: 6\nchange: {section: null, rooms: {points: 2}}\n")
    with pytest.raises(InvalidRubric) as caught:
        folder.load("own.yaml")
    (problem,) = caught.value.problems
    assert problem.code in ("conflicting-keys", "unknown-name")
    assert (problem.path, problem.line) == ("$.change.rooms", 3)


def test_keys_of_a_change_are_read_as_those_of_the_node(folder: Folder) -> None:
    folder.write("own.yaml", """\
        extends: base.yaml
        change:
          plan: {§pionts: 3, points: §two}
          rooms: {points: 1, rules: [{deduct: 1, §prr: 2}]}
        """)
    found = folder.check(
        "own.yaml",
        ("own.yaml", "unknown-key", "$.items[0].pionts"),
        ("own.yaml", "bad-number", "$.items[0].points"),
        ("own.yaml", "unknown-key", "$.indicators[0].items[0].rules[0].prr"),
    )
    assert [each.nearest for each in found] == ["points", None, "per"]


def test_an_id_cannot_be_changed(folder: Folder) -> None:
    folder.write("own.yaml", "extends: base.yaml\nchange: {plan: {§id: plans, points: 2}}\n")
    folder.check("own.yaml", ("own.yaml", "conflicting-keys", "$.change.plan.id"))


@pytest.mark.parametrize("change", ["§[plan]", "§plan"])
def test_changes_that_are_no_mapping(folder: Folder, change: str) -> None:
    folder.write("own.yaml", f"extends: base.yaml\nchange: {change}\n")
    folder.check("own.yaml", ("own.yaml", "not-a-mapping", "$.change"))


@pytest.mark.parametrize("change", ["§[points, 3]", "§3", "§away"])
def test_a_change_that_is_no_mapping(folder: Folder, change: str) -> None:
    folder.write("own.yaml", f"extends: base.yaml\nchange: {{plan: {change}}}\n")
    folder.check("own.yaml", ("own.yaml", "not-a-mapping", "$.change.plan"))


@pytest.mark.parametrize("name", [" §[base.yaml]", " §{file: base.yaml}", "§"])
def test_extends_that_is_no_name(folder: Folder, name: str) -> None:
    folder.write("own.yaml", f"rubric: own\ntotal: 1\nitems: [{{id: a, points: 1, start: full}}]\nextends:{name}\n")
    with pytest.raises(InvalidRubric) as caught:
        folder.load("own.yaml")
    (problem,) = caught.value.problems
    assert problem.code in ("wrong-type", "empty")
    assert (problem.path, problem.line, problem.column) == ("$.extends", *folder.places["own.yaml"][0])


def test_what_a_change_breaks_is_told_where_it_stands_in_the_base(folder: Folder) -> None:
    folder.write("marked.yaml", BASE.replace("per: missing", "per: §missing"))
    folder.write("own.yaml", "extends: marked.yaml\nchange: {plan: {evidence: {missed: count}}}\n")
    (problem,) = folder.check("own.yaml", ("marked.yaml", "unknown-name", "$.items[0].rules[0].per"))
    assert problem.nearest == "missed"


def test_problems_of_the_base_and_of_the_own_file_come_together(folder: Folder) -> None:
    folder.write("wrong.yaml", BASE.replace("title: Plan", "§tilte: Plan").replace("{stars: 1}", "{stars: §one}"))
    folder.write("own.yaml", "extends: wrong.yaml\n§versoin: 3\nchange: {§plann: {points: 2}}\n")
    found = folder.check(
        "own.yaml",
        ("wrong.yaml", "bad-number", "$.grades[1].stars"),
        ("wrong.yaml", "unknown-key", "$.items[0].tilte"),
        ("own.yaml", "unknown-key", "$.versoin"),
        ("own.yaml", "unknown-name", "$.change.plann"),
    )
    assert str(folder.path / "wrong.yaml") in "\n".join(map(str, found))


def test_what_the_own_file_replaces_is_not_looked_at_in_the_base(folder: Folder) -> None:
    folder.write("wrong.yaml", BASE.replace("{stars: 1}", "{stars: one}").replace("points: 2\n", "points: two\n"))
    folder.write("own.yaml", "extends: wrong.yaml\ngrades: null\nchange: {plan: {points: 2}}\n")
    assert folder.load("own.yaml").total == 10


def test_points_that_no_longer_add_up_are_told_where_the_node_says_them(folder: Folder) -> None:
    folder.write("section.yaml", BASE.replace("  - id: section\n    points: ", "  - id: section\n    points: §"))
    folder.write("own.yaml", "extends: section.yaml\nchange: {yards: {points: 2}}\n")
    folder.check("own.yaml", ("section.yaml", "points-do-not-add-up", "$.indicators[0]"))


def test_places_move_with_the_nodes_after_one_that_was_taken_away(folder: Folder) -> None:
    text = BASE.replace("{id: report, points: 4, start: full}", "{id: report, points: 4, start: full, rules: [{deduct: 1, when: 1 > §plann}]}")
    folder.write("wrong.yaml", text)
    folder.write("own.yaml", "extends: wrong.yaml\ntotal: 8\nchange: {plan: null}\n")
    folder.check("own.yaml", ("wrong.yaml", "unknown-name", "$.items[0].rules[0].when"))


def test_problems_of_a_kind_of_the_base_are_told_there(folder: Folder) -> None:
    folder.write("kinds.yaml", KINDS.replace("{deduct: 1, when: unsigned}]}\n  area", "{deduct: 1, when: §§unsignd}]}\n  area"))
    folder.write("own.yaml", "extends: kinds.yaml\nrubric: own\n")
    folder.check(
        "own.yaml",
        ("kinds.yaml", "unknown-name", "$.items[1].rules[0].when"),
        ("kinds.yaml", "unknown-name", "$.indicators[0].items[1].rules[0].when"),
    )


def test_a_problem_two_bases_down_names_its_file(folder: Folder) -> None:
    folder.write("deep/base.yaml", BASE.replace("per: missing", "per: §mising"))
    folder.write("middle.yaml", "extends: deep/base.yaml\nversion: middle\n")
    folder.write("own.yaml", "extends: middle.yaml\nchange: {report: {title: Report}}\n")
    folder.check("own.yaml", ("deep/base.yaml", "unknown-name", "$.items[0].rules[0].per"))


def test_a_change_of_the_middle_is_told_in_the_middle(folder: Folder) -> None:
    folder.write("middle.yaml", "extends: base.yaml\nchange: {plan: {points: §2x}}\n")
    folder.write("own.yaml", "extends: middle.yaml\nrubric: own\n")
    folder.check("own.yaml", ("middle.yaml", "bad-number", "$.items[0].points"))


def test_a_base_that_cannot_be_read_is_told_with_its_own_problems(folder: Folder) -> None:
    folder.write("broken.yaml", "rubric: a\ntitle: §&t text\nnote: §!!str text\n")
    folder.write("own.yaml", "extends: broken.yaml\nrubric: own\ntotal: 1\nitems: [{id: a, points: 1, start: full}]\n")
    folder.check("own.yaml", ("broken.yaml", "anchor", "$"), ("broken.yaml", "tag", "$"))
    folder.write("open.yaml", "rubric: [a\n§")
    folder.write("own.yaml", "extends: open.yaml\nrubric: own\ntotal: 1\nitems: [{id: a, points: 1, start: full}]\n")
    folder.places["broken.yaml"] = []
    folder.check("own.yaml", ("open.yaml", "not-yaml", "$"))


@pytest.mark.parametrize("content", [b"\xff\xfe", b"rubric: \xe8"])
def test_a_base_that_is_not_utf8(folder: Folder, content: bytes) -> None:
    (folder.path / "bytes.yaml").write_bytes(content)
    folder.write("own.yaml", "extends: bytes.yaml\nrubric: own\ntotal: 1\nitems: [{id: a, points: 1, start: full}]\n")
    with pytest.raises(InvalidRubric) as caught:
        folder.load("own.yaml")
    assert [(each.code, Path(str(each.file)).name) for each in caught.value.problems] == [("not-utf8", "bytes.yaml")]


def test_a_base_that_is_no_rubric(folder: Folder) -> None:
    folder.write("list.yaml", "- rubric: a\n")
    folder.write("own.yaml", "extends: list.yaml\nrubric: own\ntotal: 1\nitems: [{id: a, points: 1, start: full}]\n")
    with pytest.raises(InvalidRubric) as caught:
        folder.load("own.yaml")
    assert [each.code for each in caught.value.problems] == ["not-a-mapping"]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("sf-food-safty", "sf-food-safety"),
        ("nothing-of-the-kind", None),
        ("nothing.yaml", None),
        ("./nothing.yaml", None),
        ("../../nothing/rubric.yaml", None),
        ("/dev/null/rubric.yaml", None),
        ("/dev/zero", None),
        ("base", None),
    ],
)
def test_a_base_that_is_not_there(folder: Folder, name: str, near: str | None) -> None:
    folder.write("own.yaml", f"rubric: own\ntotal: 1\nextends: §{name}\nitems: [{{id: a, points: 1, start: full}}]\n")
    with pytest.raises(InvalidRubric) as caught:
        folder.load("own.yaml")
    (problem,) = caught.value.problems
    assert (problem.code, problem.path, problem.nearest) == ("unknown-rubric", "$.extends", near)
    assert (problem.line, problem.column) == folder.places["own.yaml"][0]
    assert problem.file == str(folder.path / "own.yaml")


def test_a_base_that_is_not_there_does_not_hide_what_else_is_wrong(folder: Folder) -> None:
    folder.write("own.yaml", "extends: §nothing.yaml\nrubric: own\n§totel: 1\ntotal: 1\nitems: [{id: a, points: §one}]\n")
    folder.check(
        "own.yaml",
        ("own.yaml", "unknown-rubric", "$.extends"),
        ("own.yaml", "unknown-key", "$.totel"),
        ("own.yaml", "bad-number", "$.items[0].points"),
    )


def test_a_base_that_is_not_there_is_no_missing_key(folder: Folder) -> None:
    folder.write("own.yaml", "extends: §nothing.yaml\nversion: mine\n")
    folder.check("own.yaml", ("own.yaml", "unknown-rubric", "$.extends"))


def test_text_that_came_from_nowhere_has_no_paths() -> None:
    for name in ("base.yaml", "./base", "folder/base.yaml"):
        text, places = marks_of(f"rubric: own\ntotal: 1\nextends: §{name}\nitems: [{{id: a, points: 1, start: full}}]\n")
        (problem,) = problems_of(text)
        assert (problem.code, problem.path, problem.line, problem.column) == ("unknown-rubric", "$.extends", *places[0])


def test_an_installed_base_is_named_in_its_problems() -> None:
    (problem,) = problems_of("extends: sf-food-safety\nchange: {violations: {evidence: {n: count}}}\n")[:1]
    assert problem.code == "unknown-name"
    assert problem.file == "sf-food-safety"
    assert problem.line is not None
    assert problem.line > 2


def test_a_file_that_extends_itself(folder: Folder) -> None:
    folder.write("own.yaml", "extends: §own.yaml\nrubric: own\n")
    with pytest.raises(InvalidRubric) as caught:
        folder.load("own.yaml")
    (problem,) = caught.value.problems
    assert (problem.code, problem.path, problem.line) == ("cycle", "$.extends", 1)
    assert Path(str(problem.file)).name == "own.yaml"


@pytest.mark.parametrize("written", ["a.yaml", "./a.yaml", "../here/a.yaml"])
def test_files_that_extend_each_other(folder: Folder, written: str) -> None:
    folder.write("here/a.yaml", "extends: b.yaml\nrubric: a\n")
    folder.write("here/b.yaml", f"extends: {written}\nrubric: b\n")
    for name in ("here/a.yaml", "here/b.yaml"):
        with pytest.raises(InvalidRubric) as caught:
            folder.load(name)
        (problem,) = caught.value.problems
        assert (problem.code, problem.path, problem.line) == ("cycle", "$.extends", 1)


def test_a_rubric_file_that_is_not_there_is_unknown(folder: Folder) -> None:
    with pytest.raises(UnknownRubric):
        folder.load("nothing.yaml")
