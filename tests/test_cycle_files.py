"""Cycles as files: what they say, every problem with its code and place, written and read again."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rubric_engine
from rubric_engine.cycle import settings
from rubric_engine.cycle.files import (
    check_cycle,
    checked,
    cycle_digest,
    cycle_to_plain,
    dumps_cycle,
    load_cycle,
    loads_cycle,
)
from rubric_engine.cycle.settings import (
    STEPS,
    Award,
    Consultation,
    Cycle,
    History,
    Places,
    Publicity,
    Review,
    Sample,
    Tolerance,
)
from rubric_engine.errors import InvalidCycle, InvalidRubric, UnknownRubric
from rubric_engine.files import keys_of
from rubric_engine.library import folder_of
from rubric_engine.words import Words

NAME = "dongcheng-community"
RUBRIC = rubric_engine.load(NAME)
NAMED = rubric_engine.loads(
    "{rubric: named, total: 2, grades: [{grade: good, stars: 2, from: 1}, {grade: bad}],"
    " items: [{id: a, points: 2, evidence: {n: count}, rules: [{deduct: 1, per: n}]}]}"
)
BARE = rubric_engine.loads(
    "{rubric: bare, items: [{id: a, points: 2, evidence: {n: count}, rules: [{deduct: 1, per: n}]}]}"
)
PAGE = Path(__file__).parents[1] / "docs" / "reference" / "cycle-file.md"

EVERYTHING = """\
format: 1
cycle: every.thing-1
version: '2.10'
rubric: dongcheng-community
title: {zh: 全部, en: Everything}
source: page 1
note:
  en: a note
  zh: 注
provenance: source
methods: noted
roles:
  approve: deputy
  decide: [district_head, deputy]
local: [street_group, deputy]
review:
  all: [5, unrated]
  sample: {share: 1/3, least: 2, rounding: up}
  tolerance: {points: none, grades: 1}
  queue_after: none
authority: [street]
consultation:
  departments:
    safety: {zh: 安全, en: Safety}
    信访: null
  about: [5, 4]
order: [decision, history]
publicity: {days: 5}
history: {up: 1, down: 2, add: 1}
improvement: [1, 2]
awards:
- {id: model, title: Model, grades: 5, reviewed: false, quota: {share: 0.1, of: eligible, rounding: up,
    ties: in, within: street}, by: street, order: [quota, eligible]}
- {quota: {places: 3}}
"""
MADE = Cycle(
    name="every.thing-1",
    version="2.10",
    rubric=NAME,
    title={"zh": "全部", "en": "Everything"},
    source="page 1",
    note={"en": "a note", "zh": "注"},
    provenance="source",
    methods="noted",
    roles={"approve": "deputy", "decide": ["district_head", "deputy"]},
    local=["street_group", "deputy"],
    review=Review(
        all=[5, "unrated"],
        sample=Sample(share="1/3", least=2, rounding="up"),
        tolerance=Tolerance(points=None, grades=1),
        queue_after=None,
    ),
    authority=("street",),
    consultation=Consultation(
        departments=(("safety", Words((("zh", "安全"), ("en", "Safety")))), ("信访", None)), about=[5, 4]
    ),
    order=("decision", "history"),
    publicity=Publicity(days=5),
    history=History(up=1, down=2, add=1),
    improvement=[1, 2],
    awards=(
        Award(
            id="model",
            title="Model",
            grades=5,
            reviewed=False,
            quota=Places(share="0.1", of="eligible", rounding="up", ties="in", within="street"),
            by="street",
            order=("quota", "eligible"),
        ),
        Award(quota=Places(places=3)),
    ),
)


def problems_of(text: str | bytes, rubric: Any = None) -> list[tuple[str, str, int | None, int | None]]:
    with pytest.raises(InvalidCycle) as caught:
        loads_cycle(text, rubric=rubric)
    return [(each.code, each.path, each.line, each.column) for each in caught.value.problems]


# what a file says


def test_every_key_is_read() -> None:
    assert loads_cycle(EVERYTHING, rubric=RUBRIC) == MADE


def test_what_is_written_is_the_same_file() -> None:
    assert dumps_cycle(MADE) == EVERYTHING


def test_json_says_the_same() -> None:
    text = dumps_cycle(MADE, format="json")
    assert loads_cycle(text, rubric=RUBRIC) == MADE
    assert json.loads(text) == cycle_to_plain(MADE)
    assert text.startswith('{\n  "format": "1",\n  "cycle": "every.thing-1"')
    assert "安全" in text
    assert text.endswith("}\n")


def test_all_but_the_name_has_a_default() -> None:
    assert loads_cycle("cycle: a") == Cycle(name="a")
    assert cycle_to_plain(Cycle(name="a")) == {"format": "1", "cycle": "a"}
    assert dumps_cycle(Cycle(name="a")) == "format: 1\ncycle: a\n"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("review: {sample: none}", {"review": Review(sample=None)}),
        ("review: {tolerance: none}", {"review": Review(tolerance=Tolerance(points=None, grades=None))}),
        ("review: {tolerance: {grades: none}}", {"review": Review(tolerance=Tolerance(grades=None))}),
        ("review: {queue_after: none}", {"review": Review(queue_after=None)}),
        ("review: {all: []}", {"review": Review(all=())}),
        ("publicity: {days: none}", {}),
        ("history: {up: none, down: none}", {}),
        ("consultation: {about: reviewed}", {"consultation": Consultation(about="reviewed")}),
        ("consultation: {about: [all]}", {"consultation": Consultation(about=("all",))}),
        ("consultation: {departments: [a, b]}", {"consultation": Consultation(departments=["a", "b"])}),
        ("improvement: 2", {"improvement": ("2",)}),
        ("improvement: []", {"improvement": ()}),
        ("awards: []", {"awards": ()}),
        ("awards: [{quota: none}]", {}),
        ("local: []", {"local": ()}),
        ("awards: [{quota: {share: 0}}]", {"awards": (Award(quota=Places(share=0)),)}),
        ("awards: [{quota: {share: 1, of: all, rounding: down}}]", {"awards": (Award(quota=Places(share=1)),)}),
        ("awards: [{quota: {places: 0}}]", {"awards": (Award(quota=Places(places=0)),)}),
        ("review: {sample: {share: 0, least: 0}}", {"review": Review(sample=Sample(share=0, least=0))}),
        ("review: {sample: {share: 1}}", {"review": Review(sample=Sample(share=1))}),
        ("review: {tolerance: {points: 0}}", {"review": Review(tolerance=Tolerance(points=0))}),
        ("publicity: {days: 0}", {"publicity": Publicity(days=0)}),
        ("publicity: {days: 3650}", {"publicity": Publicity(days=3650)}),
        ("history: {up: 0, down: 0}", {"history": History(up=0, down=0)}),
    ],
)
def test_short_forms_and_the_ends_of_ranges(text: str, made: dict[str, Any]) -> None:
    cycle = loads_cycle(f"cycle: a\n{text}")
    assert cycle == Cycle(name="a", **made)
    assert loads_cycle(dumps_cycle(cycle)) == cycle


# problems of files

FILES: dict[str, tuple[str, list[tuple[str, str, int, int]]]] = {
    "an empty file": ("", [("empty", "$", 1, 1)]),
    "no mapping": ("- a\n", [("not-a-mapping", "$", 1, 1)]),
    "a format of the future": ("format: 2\ncycle: a\n", [("unsupported-format", "$.format", 1, 9)]),
    "no name": ("version: 2\n", [("missing-key", "$", 1, 1)]),
    "no name, and more": (
        "local: [nobody]\n",
        [("missing-key", "$", 1, 1), ("unknown-name", "$.local[0]", 1, 9)],
    ),
    "an unreadable name, and more": (
        "cycle: []\nlocal: [nobody]\n",
        [("wrong-type", "$.cycle", 1, 8), ("unknown-name", "$.local[0]", 2, 9)],
    ),
    "an impossible name": ("cycle: a b\n", [("bad-id", "$.cycle", 1, 1)]),
    "an impossible rubric": ("cycle: a\nrubric: ../b\n", [("bad-id", "$.rubric", 2, 1)]),
    "a key twice": ("cycle: a\ncycle: b\n", [("duplicate-key", "$.cycle", 2, 1)]),
    "an anchor": ("cycle: &a a\n", [("anchor", "$", 1, 8)]),
    "an unknown key": ("cycle: a\nreveiw: {}\n", [("unknown-key", "$.reveiw", 2, 1)]),
    "unknown keys below": (
        "cycle: a\nreview:\n  al: 5\n  sample: {shar: 1}\nawards:\n- {grade: 5}\n- {quota: {plces: 1}}\n",
        [
            ("unknown-key", "$.review.al", 3, 3),
            ("unknown-key", "$.review.sample.shar", 4, 12),
            ("unknown-key", "$.awards[0].grade", 6, 4),
            ("unknown-key", "$.awards[1].quota.plces", 7, 12),
        ],
    ),
    "keys with dots": ("cycle: a\na.b: 1\nlocal: [x]\n", [("unknown-key", "$.a.b", 2, 1)]),
    "full-width signs": ("cycle: a\nreview: {all：5}\n", [("full-width", "$.review.all：5", 2, 15)]),
    "wrong types": (
        ("cycle: a\ntitle: []\nversion: {}\nmethods: requird\nreview: 5\nauthority: district\nawards: {}\n"
        "consultation: {departments: 5, about: al}\nroles: [a]\npublicity: {days: soon}\n"
        "improvement: {a: b}\nlocal: [[a], b]\nhistory: {up: 1.5, add: none}\norder: [decision, histroy]\n"),
        [
            ("wrong-type", "$.title", 2, 8),
            ("wrong-type", "$.version", 3, 10),
            ("unknown-value", "$.methods", 4, 10),
            ("not-a-mapping", "$.review", 5, 9),
            ("wrong-type", "$.authority", 6, 12),
            ("wrong-type", "$.awards", 7, 9),
            ("wrong-type", "$.consultation.departments", 8, 29),
            ("unknown-value", "$.consultation.about", 8, 39),
            ("not-a-mapping", "$.roles", 9, 8),
            ("bad-number", "$.publicity.days", 10, 19),
            ("wrong-type", "$.improvement", 11, 14),
            ("wrong-type", "$.local[0]", 12, 9),
            ("bad-number", "$.history.up", 13, 15),
            ("bad-number", "$.history.add", 13, 25),
            ("unknown-value", "$.order[1]", 14, 19),
        ],
    ),
    "wrong types in review": (
        "cycle: a\nreview:\n  sample: some\n  tolerance: some\n  queue_after: some\n  all: {}\n",
        [
            ("not-a-mapping", "$.review.sample", 3, 11),
            ("not-a-mapping", "$.review.tolerance", 4, 14),
            ("bad-number", "$.review.queue_after", 5, 16),
            ("wrong-type", "$.review.all", 6, 8),
        ],
    ),
    "wrong types in a sample": (
        "cycle: a\nreview: {sample: {share: x, least: none, rounding: half}, tolerance: {points: x, grades: x}}\n",
        [
            ("bad-number", "$.review.sample.share", 2, 26),
            ("bad-number", "$.review.sample.least", 2, 36),
            ("unknown-value", "$.review.sample.rounding", 2, 52),
            ("bad-number", "$.review.tolerance.points", 2, 79),
            ("bad-number", "$.review.tolerance.grades", 2, 90),
        ],
    ),
    "wrong types in an award": (
        "cycle: a\nawards:\n- {id: [], reviewed: yes, by: distrikt, quota: some}\n- {quota: {share: x, within: district}}\n- 5\n",
        [
            ("wrong-type", "$.awards[0].id", 3, 8),
            ("wrong-type", "$.awards[0].reviewed", 3, 22),
            ("unknown-value", "$.awards[0].by", 3, 31),
            ("not-a-mapping", "$.awards[0].quota", 3, 48),
            ("bad-number", "$.awards[1].quota.share", 4, 19),
            ("unknown-value", "$.awards[1].quota.within", 4, 30),
            ("not-a-mapping", "$.awards[2]", 5, 3),
        ],
    ),
    "nothing where something is due": (
        "cycle: a\ntitle:\nreview: {sample: null}\npublicity: {days: ~}\nlocal:\n",
        [
            ("empty", "$.title", 2, 7),
            ("not-a-mapping", "$.review.sample", 3, 18),
            ("bad-number", "$.publicity.days", 4, 19),
            ("empty", "$.local", 5, 7),
        ],
    ),
    "wrong titles and departments": (
        "cycle: a\nconsultation: {departments: {a: {zh: []}, b: [], c: x}}\n",
        [
            ("wrong-type", "$.consultation.departments.a.zh", 2, 38),
            ("wrong-type", "$.consultation.departments.b", 2, 46),
        ],
    ),
    "a department in a list that is none": (
        "cycle: a\nconsultation: {departments: [a, {b: c}]}\n",
        [("wrong-type", "$.consultation.departments[1]", 2, 33)],
    ),
    "unknown steps and impossible roles": (
        "cycle: a\nroles:\n  aprove: a\n  review: [b c, b c]\n  decide: []\n  answer: {}\n",
        [("wrong-type", "$.roles.answer", 6, 11)],
    ),
    "unknown steps, and what is in them": (
        "cycle: a\nroles:\n  aprove: a\n  review: [b c, d, d]\n  decide: []\n",
        [
            ("unknown-step", "$.roles.aprove", 3, 3),
            ("bad-id", "$.roles.review[0]", 4, 12),
            ("duplicate-value", "$.roles.review[2]", 4, 20),
            ("empty", "$.roles.decide", 5, 11),
        ],
    ),
    "a step twice": ("cycle: a\nroles: {review: a, review: b}\n", [("duplicate-key", "$.roles.review", 2, 20)]),
    "roles cannot be read, so who is local is not asked": (
        "cycle: a\nroles: {approve: [[]]}\nlocal: [a]\norder: []\n",
        [("wrong-type", "$.roles.approve[0]", 2, 19), ("too-few", "$.order", 4, 8)],
    ),
    "local roles": (
        "cycle: a\nlocal: [street_grop, street_group, street_group]\n",
        [("unknown-name", "$.local[0]", 2, 9), ("duplicate-value", "$.local[2]", 2, 36)],
    ),
    "local roles that are no longer there": (
        "cycle: a\nroles: {approve: x, send_back: x, submit: x}\n",
        [("unknown-name", "$.local[1]", 1, 1)],
    ),
    "ranges": (
        ("cycle: a\nreview: {sample: {share: 1.01, least: -1}, tolerance: {points: -0.1, grades: -1}, queue_after: 0}\n"
        "publicity: {days: 3651}\nhistory: {up: -1, down: -1, add: -1}\n"
        "awards:\n- {quota: {share: -0.1}}\n- {id: b, quota: {places: -1}}\n"),
        [
            ("out-of-range", "$.review.sample.share", 2, 26),
            ("out-of-range", "$.review.sample.least", 2, 39),
            ("out-of-range", "$.review.tolerance.points", 2, 64),
            ("out-of-range", "$.review.tolerance.grades", 2, 78),
            ("out-of-range", "$.review.queue_after", 2, 96),
            ("out-of-range", "$.publicity.days", 3, 19),
            ("out-of-range", "$.history.up", 4, 15),
            ("out-of-range", "$.history.down", 4, 25),
            ("out-of-range", "$.history.add", 4, 34),
            ("out-of-range", "$.awards[0].quota.share", 6, 19),
            ("out-of-range", "$.awards[1].quota.places", 7, 27),
        ],
    ),
    "days before none": ("cycle: a\npublicity: {days: -1}\n", [("out-of-range", "$.publicity.days", 2, 19)]),
    "a share of a sample below none": (
        "cycle: a\nreview: {sample: {share: -0.5}}\n",
        [("out-of-range", "$.review.sample.share", 2, 26)],
    ),
    "a quota of both": (
        "cycle: a\nawards: [{quota: {share: 0.5, places: 2, of: all}}]\n",
        [("conflicting-keys", "$.awards[0].quota.places", 2, 31)],
    ),
    "a quota of neither": ("cycle: a\nawards: [{quota: {ties: in}}]\n", [("missing-key", "$.awards[0].quota", 2, 18)]),
    "what a share says, without one": (
        "cycle: a\nawards: [{quota: {places: 2, of: all, rounding: down}}]\n",
        [
            ("conflicting-keys", "$.awards[0].quota.of", 2, 30),
            ("conflicting-keys", "$.awards[0].quota.rounding", 2, 39),
        ],
    ),
    "authority and order": (
        "cycle: a\nauthority: []\norder: [history]\nawards: [{order: [quota, quota]}, {id: b, order: []}]\n",
        [
            ("empty", "$.authority", 2, 12),
            ("too-few", "$.order", 3, 8),
            ("too-few", "$.awards[0].order", 4, 18),
            ("duplicate-value", "$.awards[0].order[1]", 4, 26),
            ("too-few", "$.awards[1].order", 4, 50),
        ],
    ),
    "authority twice": (
        "cycle: a\nauthority: [street, street]\n",
        [("duplicate-value", "$.authority[1]", 2, 21)],
    ),
    "ids": (
        "cycle: a\nconsultation: {departments: [a b, c, c]}\nawards: [{id: a b}, {id: c}, {id: c}]\n",
        [
            ("bad-id", "$.consultation.departments[0]", 2, 30),
            ("duplicate-id", "$.consultation.departments[2]", 2, 38),
            ("bad-id", "$.awards[0].id", 3, 15),
            ("duplicate-id", "$.awards[2].id", 3, 35),
        ],
    ),
    "ids of departments with titles": (
        "cycle: a\nconsultation: {departments: {a b: A, c: C}}\n",
        [("bad-id", "$.consultation.departments.a b", 2, 30)],
    ),
    "the default id twice": ("cycle: a\nawards: [{}, {}]\n", [("duplicate-id", "$.awards[1].id", 2, 14)]),
    "grades written twice": (
        "cycle: a\nreview: {all: [5, 4, 5]}\nconsultation: {about: [1, 1]}\nimprovement: [1, 1]\nawards: [{grades: [x, x]}]\n",
        [
            ("duplicate-value", "$.review.all[2]", 2, 22),
            ("duplicate-value", "$.consultation.about[1]", 3, 27),
            ("duplicate-value", "$.improvement[1]", 4, 18),
            ("duplicate-value", "$.awards[0].grades[1]", 5, 23),
        ],
    ),
    "no grades": (
        "cycle: a\nconsultation: {about: []}\nawards: [{grades: []}]\n",
        [("empty", "$.consultation.about", 2, 23), ("empty", "$.awards[0].grades", 3, 19)],
    ),
    "what cannot be read hides nothing beside it": (
        "cycle: a\npublicity: {days: x}\nhistory: {up: -1}\n",
        [("bad-number", "$.publicity.days", 2, 19), ("out-of-range", "$.history.up", 3, 15)],
    ),
}


@pytest.mark.parametrize(("text", "expected"), FILES.values(), ids=FILES)
def test_a_problem_has_its_code_and_its_place(text: str, expected: list[tuple[str, str, int, int]]) -> None:
    assert problems_of(text) == expected


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("reveiw: {}", "review"),
        ("roles: {aprove: a}", "approve"),
        ("local: [street_grop]", "street_group"),
        ("methods: requird", "required"),
        ("consultation: {about: reviewd}", "reviewed"),
        ("consultation: {about: {}}", None),
        ("awards: [{by: distrikt}]", "district"),
        ("review: {all: [unratd]}", "unrated"),
        ("histroy: {}", "history"),
    ],
)
def test_the_nearest_known_name_is_told(text: str, nearest: str | None) -> None:
    with pytest.raises(InvalidCycle) as caught:
        loads_cycle(f"cycle: a\n{text}", rubric=RUBRIC)
    assert [each.nearest for each in caught.value.problems] == [nearest]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("review: {queue_after: x}", "this is not an exact number: 'x'; expected a whole number or `none`"),
        ("publicity: {days: 4000}", "this value is out of its range: 4000; expected 0 to 3,650"),
        ("review: {queue_after: 0}", "this value is out of its range: 0; expected at least 1"),
        ("order: [history]", "too few of these are there: history; expected all 2 of them"),
        ("authority: []", "there is nothing here; expected one at least"),
        ("authority: [street, street]", "this value is listed twice: street; expected each of them once"),
        ("awards: [{quota: {}}]", "a required key is missing; expected `share` or `places`"),
        (
            "awards: [{quota: {places: 1, of: all}}]",
            "these keys do not go together: `places`; expected `share` beside it",
        ),
        (
            "awards: [{quota: {places: 1, share: 1}}]",
            "these keys do not go together; expected `share` or `places`, one of them",
        ),
        ("consultation: {departments: [a, a]}", "this id is used twice: a; expected each department once"),
        ("awards: [{}, {}]", "this id is used twice: commendation; expected each award once"),
        ("roles: []", "this is not a mapping of keys to values: list; expected roles by steps"),
        (
            "awards: [{id: 2x}]",
            "this cannot be an id: 2x; expected letters, digits and `_`, not beginning with a digit, and no keyword",
        ),
        (
            "consultation: {about: 7}",
            "this is not a value of the field: '7'; expected all, reviewed or a list of grades",
        ),
    ],
)
def test_what_was_expected_is_told(text: str, message: str) -> None:
    with pytest.raises(InvalidCycle) as caught:
        loads_cycle(f"cycle: a\n{text}")
    assert [each.message for each in caught.value.problems] == [message]


def test_known_steps_and_roles_are_listed() -> None:
    with pytest.raises(InvalidCycle) as caught:
        loads_cycle("cycle: a\nroles: {publicise: mayor}\nlocal: [nobody]")
    step, role = (each.expected for each in caught.value.problems)
    assert step == "one of " + ", ".join(STEPS)
    assert role == "a role of a step: one of " + ", ".join(settings.ROLES)


@pytest.mark.parametrize(
    "text",
    [
        b"\xff\xfe",
        "[" * 500,
        "cycle: a\nlocal: [" + "a, " * 20_000 + "a]",
        "cycle: a\nreview: {sample: {share: 1" + "0" * 10_000 + "}}",
        "cycle: a\nreview: {sample: {share: 1e999999999}}",
        "cycle: a\nreview: {sample: {share: 1/0}}",
        "cycle: a\nreview: {queue_after: 99999999999999999999}",
        "cycle: !!python/object:os.system a",
        "cycle: a\n---\ncycle: b",
        "cycle: a\nroles: {\x1b[31m: a}",
        "cycle: a\nroles: {" + "s" * 5_000 + ": a}",
        "cycle: " + "n" * 5_000,
        "cycle: a\nconsultation: {departments: {" + ", ".join(f"{n}a: b" for n in range(3_000)) + "}}",
        "cycle: a\nawards: [" + "{id: [], x: y}, " * 1_500 + "]",
        "\ud800",
        "cycle: a\n<<: {version: 2}",
    ],
    ids=range(16),
)
def test_hostile_files_are_refused_briefly(text: str | bytes) -> None:
    with pytest.raises(InvalidCycle) as caught:
        loads_cycle(text, rubric=RUBRIC)
    problems = caught.value.problems
    assert all(each.line is not None and each.column is not None for each in problems)
    assert all(len(each.found) <= 200 and len(each.path) <= 300 for each in problems)
    assert "\x1b" not in str(caught.value)


def test_a_file_has_so_many_values_at_most() -> None:
    longest = "cycle: a\nlocal: [" + ", ".join(["street_group"] * 9_995) + "]"
    assert {code for code, *_ in problems_of(longest)} == {"duplicate-value"}
    assert ("too-large", "$") in {each[:2] for each in problems_of(longest[:-1] + ", a, a]")}


# found beside a rubric


def test_the_cycle_of_a_rubric_is_found_by_name_by_file_and_by_folder(tmp_path: Path) -> None:
    cycle = load_cycle(NAME)
    folder = folder_of(NAME)
    assert (cycle.name, cycle.rubric) == ("dongcheng-year", NAME)
    assert load_cycle(Path(str(folder))) == load_cycle(Path(str(folder)) / "cycle.yaml") == cycle
    copy = tmp_path / "other.yaml"
    copy.write_text(dumps_cycle(cycle), encoding="utf-8")
    assert load_cycle(str(copy)) == load_cycle(copy, rubric=RUBRIC) == cycle


def test_a_cycle_is_checked_against_the_rubric_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "cycle.yaml"
    file.write_text("cycle: a\nreview: {all: 7}\n", encoding="utf-8")
    assert load_cycle(tmp_path).review.all == ("7",)
    (tmp_path / "rubric.yaml").write_text(rubric_engine.dumps(RUBRIC), encoding="utf-8")
    for place in (tmp_path, file, str(file)):
        with pytest.raises(InvalidCycle) as caught:
            load_cycle(place)
        (problem,) = caught.value.problems
        assert (problem.code, problem.path, problem.line, problem.column) == ("unknown-grade", "$.review.all[0]", 2, 15)
        assert problem.file == str(place)
    with pytest.raises(InvalidCycle) as caught:
        load_cycle(tmp_path, rubric=NAMED)
    assert {each.code for each in caught.value.problems} == {"unknown-grade"}
    assert [each.expected for each in caught.value.problems][:2] == ["one of 2, good, bad", "one of 2, good, bad"]
    (tmp_path / "rubric.yaml").write_text("rubric: a\n", encoding="utf-8")
    with pytest.raises(InvalidRubric):
        load_cycle(tmp_path)
    with pytest.raises(InvalidCycle):
        load_cycle(tmp_path, rubric=RUBRIC)


def test_the_rubric_that_is_given_counts_for_a_name_too() -> None:
    with pytest.raises(InvalidCycle) as caught:
        load_cycle(NAME, rubric=NAMED)
    assert ("unknown-name", "$.rubric") in {(each.code, each.path) for each in caught.value.problems}


@pytest.mark.parametrize(
    ("name", "found", "file", "nearest"),
    [
        ("sf-food-safety", "sf-food-safety: no cycle.yaml", None, None),
        ("dongcheng-comunity", "dongcheng-comunity", None, NAME),
        ("no/such", "no/such", "no/such", None),
        (Path("nosuch"), "nosuch", "nosuch", None),
        ("nosuch.yaml", "nosuch.yaml", "nosuch.yaml", None),
        ("a\0/b", "a\0/b", "a\0/b", None),
    ],
)
def test_what_is_not_there_is_told(name: Any, found: str, file: str | None, nearest: str | None) -> None:
    with pytest.raises(UnknownRubric) as caught:
        load_cycle(name)
    (problem,) = caught.value.problems
    assert (problem.code, problem.found, problem.file, problem.nearest) == ("unknown-rubric", found, file, nearest)


def test_the_built_in_cycle_is_the_default_one_with_departments() -> None:
    cycle = load_cycle(NAME)
    default = Cycle(name=cycle.name)
    own = {"rubric", "title", "source", "note", "provenance", "roles", "consultation", "awards"}
    for each in attrs.fields(Cycle):
        if each.name not in own:
            assert getattr(cycle, each.name) == getattr(default, each.name), each.name
    assert all(cycle.roles_of(step) == STEPS[step] for step in STEPS)
    assert cycle.consultation.names == ("discipline", "letters_and_calls", "safety", "civil_affairs")
    assert all("illustrative" in title.in_language("en") for _, title in cycle.consultation.departments if title)
    assert [attrs.evolve(each, title=None) for each in cycle.awards] == [Award()]
    assert cycle.provenance == "illustrative"
    assert check_cycle(cycle, RUBRIC) == []


def test_every_key_of_the_built_in_file_says_where_it_comes_from() -> None:
    text = folder_of(NAME).joinpath("cycle.yaml").read_text("utf-8")
    blocks = re.split(r"\n\n", text)[1:]
    assert len(blocks) == 11
    for block in blocks:
        comments = " ".join(re.findall(r"#.*", block))
        assert re.search(r"F\d\d|[Dd]efault|illustrative", comments), block


# made in Python


def test_a_cycle_that_is_in_order_is_returned() -> None:
    assert checked(MADE, RUBRIC) is MADE
    assert check_cycle(MADE) == []


def test_a_cycle_that_is_not_is_refused() -> None:
    with pytest.raises(InvalidCycle, match="the cycle cannot be used: 2 problems") as caught:
        checked(Cycle(name="a b", publicity=Publicity(days=-1)))
    assert isinstance(caught.value, ValueError)
    assert [(each.code, each.path, each.file, each.line) for each in caught.value.problems] == [
        ("bad-id", "$.cycle", None, None),
        ("out-of-range", "$.publicity.days", None, None),
    ]
    with pytest.raises(InvalidCycle):
        checked(Cycle(name="a", improvement="7"), RUBRIC)


class Wordy(Words):
    """Texts of a kind of its own are texts."""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": 5}, [("wrong-type", "$.cycle")]),
        ({"name": None}, [("wrong-type", "$.cycle")]),
        ({"version": 1}, [("wrong-type", "$.version")]),
        ({"rubric": 1}, [("wrong-type", "$.rubric")]),
        ({"methods": "never"}, [("unknown-value", "$.methods")]),
        ({"methods": None}, [("unknown-value", "$.methods")]),
        ({"provenance": "mine"}, [("unknown-value", "$.provenance")]),
        ({"review": None}, [("wrong-type", "$.review")]),
        ({"review": Sample()}, [("wrong-type", "$.review")]),
        ({"review": Review(sample=Tolerance())}, [("wrong-type", "$.review.sample")]),
        ({"review": Review(queue_after=True)}, [("wrong-type", "$.review.queue_after")]),
        ({"review": Review(queue_after=1.5)}, [("wrong-type", "$.review.queue_after")]),
        ({"review": Review(sample=Sample(least=None))}, [("wrong-type", "$.review.sample.least")]),
        ({"review": Review(sample=Sample(rounding="half"))}, [("unknown-value", "$.review.sample.rounding")]),
        ({"review": Review(tolerance=None)}, [("wrong-type", "$.review.tolerance")]),
        ({"authority": "district"}, [("wrong-type", "$.authority")]),
        ({"authority": ["district"]}, [("wrong-type", "$.authority")]),
        ({"authority": ("district", "city")}, [("unknown-value", "$.authority[1]")]),
        ({"order": ("history", 1)}, [("unknown-value", "$.order[1]")]),
        ({"awards": [Award()]}, [("wrong-type", "$.awards")]),
        ({"awards": (Award(), "x")}, [("wrong-type", "$.awards[1]")]),
        ({"awards": (Award(reviewed=1),)}, [("wrong-type", "$.awards[0].reviewed")]),
        ({"awards": (Award(quota=3),)}, [("wrong-type", "$.awards[0].quota")]),
        ({"awards": (Award(quota=Places(within="city")),)}, [("unknown-value", "$.awards[0].quota.within")]),
        (
            {"consultation": Consultation(departments=[("a", "A")])},
            [("wrong-type", "$.consultation.departments[0][1]")],
        ),
        ({"consultation": Consultation(departments=[("a",)])}, [("wrong-type", "$.consultation.departments[0]")]),
        (
            {"consultation": Consultation(departments=[(1, None)])},
            [("wrong-type", "$.consultation.departments[0][0]")],
        ),
        (
            {"history": History(add="1"), "publicity": Publicity(days="1")},
            [("wrong-type", "$.publicity.days"), ("wrong-type", "$.history.add")],
        ),
        # What they would mean is not looked at.
        ({"name": "a b", "history": History(up="1")}, [("wrong-type", "$.history.up")]),
    ],
)
def test_values_of_wrong_types_are_told(changes: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    cycle = Cycle(**{"name": "a", **changes})
    assert [(each.code, each.path) for each in check_cycle(cycle)] == expected


def test_what_a_wrong_type_should_have_been_is_told() -> None:
    cycle = Cycle(
        name="a",
        methods="requird",
        authority=["street"],
        review=Review(queue_after=True, sample=7),
        consultation=Consultation(departments=[("a",)]),
        publicity=Publicity(days=1.5),
    )
    found = {each.path: (each.expected, each.nearest) for each in check_cycle(cycle)}
    assert found == {
        "$.methods": ("one of required, noted", "required"),
        "$.authority": ("a tuple", None),
        "$.review.sample": ("a value of the type Sample", None),
        "$.review.queue_after": ("a value of the type int", None),
        "$.consultation.departments[0]": ("a pair", None),
        "$.publicity.days": ("a value of the type int", None),
    }


def test_a_value_that_may_be_of_two_types_is_told_by_the_nearer_one() -> None:
    about = attrs.evolve(Consultation(), about=("5",))
    object.__setattr__(about, "about", (5,))
    (problem,) = check_cycle(Cycle(name="a", consultation=about))
    assert (problem.code, problem.path) == ("wrong-type", "$.consultation.about[0]")
    object.__setattr__(about, "about", "al")
    (problem,) = check_cycle(Cycle(name="a", consultation=about))
    assert (problem.code, problem.path, problem.nearest) == ("unknown-value", "$.consultation.about", "all")


def test_steps_may_stand_once() -> None:
    cycle = Cycle(name="a", roles=[("review", "a"), ("decide", "b"), ("review", "c")])
    assert [(each.code, each.path) for each in check_cycle(cycle)] == [("duplicate-key", "$.roles.review")]
    cycle = Cycle(name="a", roles=[("revieww", "a"), ("revieww", "a")])
    assert [each.code for each in check_cycle(cycle)] == ["unknown-step"] * 2


def test_departments_with_titles_may_stand_once() -> None:
    departments = (("a", None), ("b", Wordy((("", "B"),))), ("a", None))
    cycle = Cycle(name="a", consultation=Consultation(departments=departments))
    assert [(each.code, each.path) for each in check_cycle(cycle)] == [
        ("duplicate-id", "$.consultation.departments.a")
    ]


def test_what_a_share_says_goes_with_one_in_python_too() -> None:
    quotas = (
        Places(places=1, of="eligible"),
        Places(places=1, rounding="up"),
        Places(places=1, ties="in", within="street"),
        Places(share=1, of="eligible", rounding="up"),
        Places(),
        Places(share=1, places=1),
    )
    awards = tuple(Award(id=f"a{place}", quota=each) for place, each in enumerate(quotas))
    assert [(each.code, each.path) for each in check_cycle(Cycle(name="a", awards=awards))] == [
        ("conflicting-keys", "$.awards[0].quota.of"),
        ("conflicting-keys", "$.awards[1].quota.rounding"),
        ("missing-key", "$.awards[4].quota"),
        ("conflicting-keys", "$.awards[5].quota.places"),
    ]


# beside a rubric


def beside(standard: Any, **changes: Any) -> list[tuple[str, str]]:
    plain = {"name": "a", "review": Review(all=()), "improvement": (), "awards": ()}
    return [(each.code, each.path) for each in check_cycle(Cycle(**{**plain, **changes}), standard)]


def test_grades_are_those_of_the_rubric_by_name_or_stars() -> None:
    assert beside(NAMED) == []
    assert beside(NAMED, review=Review(all=("good", "unrated"))) == []
    assert beside(NAMED, review=Review(all=(2, "bad"))) == []
    assert beside(NAMED, review=Review(all=("bad", "gut", 1))) == [
        ("unknown-grade", "$.review.all[1]"),
        ("unknown-grade", "$.review.all[2]"),
    ]
    assert beside(NAMED, review=Review(all=("good", 2))) == [("duplicate-value", "$.review.all[1]")]
    assert beside(NAMED, improvement=("unrated",)) == [("unknown-grade", "$.improvement[0]")]
    assert beside(NAMED, consultation=Consultation(about="reviewed")) == []
    assert beside(NAMED, consultation=Consultation(about=("good", "unrated"))) == [
        ("unknown-grade", "$.consultation.about[1]")
    ]
    assert beside(NAMED, awards=(Award(grades="good"), Award(id="b", grades=("bad", "5")))) == [
        ("unknown-grade", "$.awards[1].grades[1]")
    ]


def test_one_grade_under_two_names_is_told_as_that() -> None:
    (problem,) = check_cycle(Cycle(name="a", review=Review(all=("good", 2)), improvement=(), awards=()), NAMED)
    assert (problem.found, problem.expected) == ("2, which is good", "each grade once")


def test_a_grade_twice_is_told_once() -> None:
    assert beside(NAMED, improvement=("good", "good")) == [("duplicate-value", "$.improvement[1]")]


def test_the_rubric_is_the_one_that_is_named() -> None:
    assert beside(NAMED, rubric="named") == []
    assert beside(NAMED, rubric="other") == [("unknown-name", "$.rubric")]
    assert problems_of("cycle: a\nrubric: x\n", RUBRIC) == [("unknown-name", "$.rubric", 2, 9)]


def test_the_rubric_has_grades() -> None:
    assert beside(BARE, review=Review(all="7"), rubric="bare") == [("missing-key", "$.rubric")]
    assert beside(BARE, rubric="x") == [("unknown-name", "$.rubric"), ("missing-key", "$.rubric")]


def test_defaults_must_fit_as_well() -> None:
    assert problems_of("cycle: a\n", NAMED) == [
        ("unknown-grade", path, 1, 1)
        for path in (
            *("$.review.all[0]", "$.review.all[1]", "$.improvement[0]"),
            *("$.awards[0].grades[0]", "$.awards[0].grades[1]"),
        )
    ]


# digests and round trips


def test_a_digest_is_one_of_the_settings() -> None:
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", cycle_digest(MADE))
    assert cycle_digest(loads_cycle(EVERYTHING)) == cycle_digest(MADE)
    assert cycle_digest(attrs.evolve(MADE, version="3")) != cycle_digest(MADE)
    assert cycle_digest(Cycle(name="a")) == cycle_digest(loads_cycle("{cycle: a, publicity: {days: none}}"))


def test_reading_a_cycle_loads_no_frames() -> None:
    code = (
        "import sys; from rubric_engine.cycle.files import load_cycle; load_cycle('dongcheng-community');"
        "print([each for each in ('narwhals', 'polars', 'pandas', 'numpy', 'click') if each in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


ids = st.sampled_from(["a", "b1", "信访", "safety", "x_y", "none_", "all", "true", "reviewed"])
grades = st.lists(st.sampled_from(["5", "4", "3", "2", "1"]), unique=True)
some_grades = grades.filter(bool)
shares = st.fractions(0, 1, max_denominator=1000)
counts = st.integers(0, 10**9)
texts = st.one_of(st.sampled_from(["a", "none", "1.10", "a: b", " ", "", "true", "null", "#", "是，否", "1/3"]), st.text(max_size=8))
# What YAML cannot hold cannot stand in a file.
texts = texts.filter(lambda text: all(sign.isprintable() for sign in text))
titles = st.none() | texts | st.dictionaries(st.sampled_from(["zh", "en"]), texts, min_size=1)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def of(owner: type, key: str) -> st.SearchStrategy[Any]:
    kind = keys_of(owner)[key].type
    flat = [part for each in (get_args(kind) or ()) for part in (get_args(each) or (each,))]
    return st.sampled_from([each for each in (flat or get_args(kind)) if isinstance(each, str)])


quotas = st.one_of(
    st.builds(
        Places,
        share=shares,
        of=of(Places, "of"),
        rounding=of(Places, "rounding"),
        ties=of(Places, "ties"),
        within=maybe(st.just("street")),
    ),
    st.builds(Places, places=counts, ties=of(Places, "ties"), within=maybe(st.just("street"))),
)
awards = st.builds(
    Award,
    id=ids,
    title=titles,
    grades=some_grades,
    reviewed=st.booleans(),
    quota=maybe(quotas),
    by=of(Award, "by"),
    order=st.permutations(["eligible", "quota"]).map(tuple),
)


@st.composite
def cycles(draw: Any) -> Cycle:
    roles = draw(st.dictionaries(st.sampled_from(sorted(STEPS)), st.lists(ids, unique=True, min_size=1), max_size=3))
    known = Cycle(name="a", roles=roles).known_roles
    departments = draw(st.lists(ids, unique=True))
    titled = [(name, Words((("", draw(texts)),)) if draw(st.booleans()) else None) for name in departments]
    return Cycle(
        name=draw(st.sampled_from(["a", "a-b.c", "年度", "1.10", "true", "null"])),
        version=draw(texts),
        rubric=draw(st.sampled_from([None, NAME])),
        title=draw(titles),
        source=draw(titles),
        note=draw(titles),
        provenance=draw(st.sampled_from([None, "source", "illustrative"])),
        methods=draw(of(Cycle, "methods")),
        roles=roles,
        local=draw(st.lists(st.sampled_from(known), unique=True)),
        review=Review(
            all=draw(st.lists(st.sampled_from(["5", "4", "1", "unrated"]), unique=True)),
            sample=draw(
                maybe(st.builds(Sample, share=shares, least=counts, rounding=of(Sample, "rounding")))
            ),
            tolerance=Tolerance(
                points=draw(maybe(st.fractions(0, 100, max_denominator=1000))), grades=draw(maybe(counts))
            ),
            queue_after=draw(maybe(st.integers(1, 10**9))),
        ),
        authority=draw(st.lists(st.sampled_from(["district", "street"]), unique=True, min_size=1).map(tuple)),
        consultation=Consultation(
            departments=titled, about=draw(st.sampled_from(["all", "reviewed"]) | some_grades)
        ),
        order=draw(st.permutations(["history", "decision"]).map(tuple)),
        publicity=Publicity(days=draw(maybe(st.integers(0, 3650)))),
        history=History(up=draw(maybe(counts)), down=draw(maybe(counts)), add=draw(counts)),
        improvement=draw(grades),
        awards=tuple(draw(st.lists(awards, unique_by=lambda each: each.id, max_size=3))),
    )


@given(cycles())
def test_a_cycle_that_is_written_is_read_equal(cycle: Cycle) -> None:
    assert check_cycle(cycle, RUBRIC) == []
    for form in ("yaml", "json"):
        again = loads_cycle(dumps_cycle(cycle, format=form), rubric=RUBRIC)
        assert again == cycle
        assert cycle_digest(again) == cycle_digest(cycle)
    assert isinstance(cycle.review.sample, Sample | None)


@given(cycles(), cycles())
def test_digests_differ_where_cycles_do(one: Cycle, other: Cycle) -> None:
    assert (cycle_digest(one) == cycle_digest(other)) == (one == other)


plain = st.recursive(
    st.none() | st.sampled_from(["5", "none", "all", "x", "-1", "0.5", "street", "history", "district", "a b"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["share", "places", "sample", "all", "quota", "id", "days", "about", "departments", "of", "review"]),
        inner,
        max_size=3,
    ),
    max_leaves=8,
)
KEYS = [*keys_of(Cycle), "format", "x"]


@given(st.dictionaries(st.sampled_from(KEYS), plain, max_size=6))
def test_whatever_a_file_says_it_is_read_or_refused_with_places(data: dict[str, Any]) -> None:
    try:
        cycle = loads_cycle(json.dumps(data), rubric=RUBRIC)
    except InvalidCycle as error:
        assert all(each.line == 1 and each.column and each.path.startswith("$") for each in error.problems)
        assert len({(each.code, each.path) for each in error.problems}) == len(error.problems)
    else:
        assert check_cycle(cycle, RUBRIC) == []
        assert loads_cycle(dumps_cycle(cycle)) == cycle


# the page


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not beside the tests")
def test_the_page_names_every_key_with_its_default() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for owner, start in ((Cycle, ""), (Review, ""), (Sample, "sample."), (Tolerance, "tolerance."), (Places, "")):
        for key in keys_of(owner):
            assert re.search(rf"`{re.escape(start)}{key}[`.]|`{key}`", text), key
    for owner, start in ((Consultation, "consultation."), (Publicity, "publicity."), (History, "history.")):
        assert all(f"`{start}{key}`" in text for key in keys_of(owner))
    assert all(f"`awards[].{key}`" in text for key in keys_of(Award))
    rows = re.findall(r"^\| (`[^|]+`) \| ([^|]+) \|$", text.partition("The steps, each")[2].partition("##")[0], re.MULTILINE)
    listed = {step: tuple(re.findall(r"`(\w+)`", roles)) for steps, roles in rows for step in re.findall(r"`(\w+)`", steps)}
    assert {step: set(roles) for step, roles in listed.items()} == {step: set(roles) for step, roles in STEPS.items()}


def test_shares_stay_exact() -> None:
    sample = loads_cycle("cycle: a\nreview: {sample: {share: 1/3}}").review.sample
    assert sample is not None
    assert sample.share == Fraction(1, 3)
