"""Plugins: what installed distributions offer, used, refused, and switched off."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

import rubric_engine
from rubric_engine import PluginError, UnknownRubric
from rubric_engine.library import find_policies, find_rubric, folder_of

RUBRIC = """\
rubric: {name}
total: 10
items:
  - id: plan
    points: 10
    evidence: {{missing: count}}
    rules:
      - {{deduct: 1, per: missing}}
"""

FORFEIT = """\
from fractions import Fraction

from attrs import field, frozen

import rubric_engine
from rubric_engine.amounts import amount


@frozen
class ForfeitShare(rubric_engine.Policy):
    '''Takes a stated share of what the node holds at that step.'''

    verb = "forfeit_share"

    share: Fraction = field(converter=Fraction)
    when: rubric_engine.scope.Expression | None = field(
        default=None, converter=rubric_engine.scope.expression, kw_only=True
    )

    def post(self, account, scope):
        if not 0 <= self.share <= 1:
            scope.problem("out-of-range", self.verb, "a share within 0..1", str(self.share))
            return account
        nothing = scope.constant(0)
        taken = account.score.greatest(nothing) * self.share
        return account.deduct(scope.holds(self.when, None).choose(taken, nothing))
"""

Install = Callable[..., Path]


@pytest.fixture(autouse=True)
def _switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUBRIC_ENGINE_NO_PLUGINS", raising=False)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return a function that installs a distribution of one package for the test."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def installed(
        distribution: str,
        *,
        rubrics: dict[str, str] | None = None,
        policies: dict[str, str] | None = None,
        files: dict[str, str] | None = None,
        version: str = "1.2",
    ) -> Path:
        for name, text in (files or {}).items():
            path = site / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n", encoding="utf-8"
        )
        lines: list[str] = []
        for group, points in (("rubrics", rubrics), ("policies", policies)):
            lines.append(f"[rubric_engine.{group}]")
            lines += [f"{name} = {value}" for name, value in (points or {}).items()]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        importlib.invalidate_caches()
        return site

    yield installed
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(site)):
            del sys.modules[name]


def ours(*distributions: str) -> dict[tuple[str, str], rubric_engine.Plugin]:
    """Return what these distributions offer, by distribution and name."""
    offered = rubric_engine.plugins()
    return {
        (each.distribution, each.name): each
        for each in offered
        if each.distribution in distributions
    }


# Rubrics that can be used


def test_a_package_with_a_rubric_file_can_be_loaded_by_name(install: Install) -> None:
    install(
        "guest-rubric",
        rubrics={"guest": "guest_rubric"},
        files={
            "guest_rubric/__init__.py": "",
            "guest_rubric/rubric.yaml": RUBRIC.format(name="guest"),
        },
    )
    (plugin,) = ours("guest-rubric").values()
    assert (plugin.kind, plugin.name, plugin.version) == ("rubric", "guest", "1.2")
    assert plugin.entry_point == "guest_rubric"
    assert plugin.problem is None
    assert "guest" in rubric_engine.rubric_names()
    rubric = rubric_engine.load("guest")
    assert rubric_engine.evaluate(rubric, {"plan": {"missing": 3}}).exact == 7


@pytest.mark.parametrize("written", ["Path(__file__).parent / 'data'", "str(FOLDER)"])
def test_a_folder_can_be_offered_as_path_or_text(install: Install, written: str) -> None:
    source = f"""\
        from pathlib import Path

        FOLDER = Path(__file__).parent / "data"
        OFFERED = {written}
        """
    install(
        "guest-folder",
        rubrics={"guest-folder": "guest_folder:OFFERED"},
        files={
            "guest_folder/__init__.py": dedent(source),
            "guest_folder/data/rubric.yaml": RUBRIC.format(name="guest-folder"),
        },
    )
    assert rubric_engine.load("guest-folder").name == "guest-folder"
    assert folder_of("guest-folder").joinpath("rubric.yaml").is_file()


# Policies that can be used


@pytest.fixture
def forfeit(install: Install) -> None:
    """Install a policy written the way the library's own are."""
    install(
        "guest-policy",
        policies={"forfeit_share": "guest_policy:ForfeitShare"},
        files={
            "guest_policy.py": FORFEIT.replace(
                "import rubric_engine\n", "import rubric_engine\nimport rubric_engine.scope\n"
            )
        },
    )


FORFEITED = """\
rubric: forfeited
language: en
total: 10
items:
  - id: plan
    points: 10
    evidence: {missing: count, falsified: flag}
    rules:
      - {deduct: 1, per: missing}
      - {forfeit_share: 1/4, when: falsified, says: A falsified plan costs a quarter}
"""


@pytest.mark.usefixtures("forfeit")
def test_a_guest_policy_scores_and_stands_in_the_ledger() -> None:
    assert list(find_policies()) == ["forfeit_share"]
    rubric = rubric_engine.loads(FORFEITED)
    honest = rubric_engine.evaluate(rubric, {"plan": {"missing": 2, "falsified": False}})
    assert honest.exact == 8
    assert [step.kind for step in honest["plan"].steps] == ["deduct"]
    result = rubric_engine.evaluate(rubric, {"plan": {"missing": 2, "falsified": True}})
    assert result.exact == 6
    step = result["plan"].steps[-1]
    assert (step.kind, step.asked, step.taken, step.before, step.after) == (
        ("forfeit_share", -2, -2, 8, 6)
    )
    assert [(each.path, each.value) for each in step.findings] == [("plan.falsified", True)]


@pytest.mark.usefixtures("forfeit")
def test_a_guest_policy_is_explained_dumped_and_read_back() -> None:
    rubric = rubric_engine.loads(FORFEITED)
    result = rubric_engine.evaluate(rubric, {"plan": {"missing": 2, "falsified": True}})
    text = result.explain()
    assert "A falsified plan costs a quarter" in text
    assert "forfeit_share" in text
    assert "forfeit_share 0.25, when falsified" in rubric.explain()
    for form in ("yaml", "json"):
        dumped = rubric_engine.dumps(rubric, format=form)
        assert rubric_engine.loads(dumped) == rubric
    assert rubric_engine.Evaluation.from_dict(result.to_dict()) == result


@pytest.mark.usefixtures("forfeit")
def test_a_guest_policy_reports_problems_in_its_place() -> None:
    with pytest.raises(rubric_engine.InvalidRubric) as caught:
        rubric_engine.loads(FORFEITED.replace("1/4", "5/4"))
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("out-of-range", "$.items[0].rules[1].forfeit_share")
    assert (problem.line, problem.column) == (10, 25)


def test_what_a_guest_policy_raises_itself_becomes_a_problem_in_its_place(install: Install) -> None:
    source = """\
        import attrs
        import rubric_engine


        def checked(instance, attribute, value):
            error = ValueError("not on my watch")
            error.add_note("said the guest")
            raise error


        @attrs.frozen
        class Picky(rubric_engine.Policy):
            verb = "picky"

            amount: str = attrs.field(converter=lambda value: checked(None, None, value))

            def post(self, account, scope):
                return account
        """
    install("picky-guest", policies={"picky": "picky:Picky"}, files={"picky.py": dedent(source)})
    with pytest.raises(rubric_engine.InvalidRubric) as caught:
        rubric_engine.loads(FORFEITED.replace("forfeit_share", "picky").replace(", when: falsified", ""))
    (problem,) = caught.value.problems
    assert (problem.code, problem.line) == ("wrong-type", 10)
    assert "not on my watch" in problem.found


@pytest.mark.usefixtures("forfeit")
def test_an_unknown_verb_near_a_guest_policy_is_told() -> None:
    with pytest.raises(rubric_engine.InvalidRubric) as caught:
        rubric_engine.loads(FORFEITED.replace("forfeit_share", "forfeit_shares"))
    (problem,) = caught.value.problems
    assert (problem.code, problem.nearest) == ("unknown-verb", "forfeit_share")


# What cannot be used

POLICY = """\
from attrs import frozen

import rubric_engine


class Plain(rubric_engine.Policy):
    verb = "plain_class"

    def post(self, account, scope):
        return account


@frozen
class Other(rubric_engine.Policy):
    verb = "other_verb"

    def post(self, account, scope):
        return account


@frozen
class Nameless(rubric_engine.Policy):
    def post(self, account, scope):
        return account


def function(account, scope):
    return account


@frozen
class Deduct(rubric_engine.Policy):
    verb = "deduct"


class NotAPolicy:
    verb = "not_a_policy"
"""

BROKEN = [
    ("rubrics", "b-missing", "no_such_module_here", "ModuleNotFoundError"),
    ("rubrics", "b-attribute", "broken_guest:NO_SUCH", "AttributeError"),
    ("rubrics", "b-wrong-type", "broken_guest:function", "not function"),
    ("rubrics", "b-no-file", "broken_guest:EMPTY_FOLDER", "FileNotFoundError"),
    ("rubrics", "b-raises", "raising_guest", "RuntimeError: not today"),
    ("rubrics", "uk-food-hygiene", "broken_guest", "rubric of the library"),
    ("policies", "b_missing", "no_such_module_here:Policy", "ModuleNotFoundError"),
    ("policies", "b_function", "broken_guest:function", "TypeError"),
    ("policies", "not_a_policy", "broken_guest:NotAPolicy", "TypeError"),
    ("policies", "b_verb", "broken_guest:Other", "'other_verb'"),
    ("policies", "b_nameless", "broken_guest:Nameless", "None"),
    ("policies", "plain_class", "broken_guest:Plain", "attrs"),
    ("policies", "deduct", "broken_guest:Deduct", "verb of the library"),
]


@pytest.mark.parametrize(("group", "name", "value", "reason"), BROKEN, ids=lambda each: str(each))
def test_a_broken_plugin_is_named_with_its_reason_and_stops_nothing(
    install: Install, group: str, name: str, value: str, reason: str
) -> None:
    site = install(
        "broken-guest",
        version="0.9",
        files={
            "broken_guest.py": POLICY + f"\nEMPTY_FOLDER = {str(Path(__file__).parent)!r}\n",
            "raising_guest.py": "raise RuntimeError('not today')\n",
        },
        **{group: {name: value}},
    )
    assert site.is_dir()
    sound = "sound-guest"
    install(
        sound,
        rubrics={"sound": "sound_guest"},
        files={
            "sound_guest/__init__.py": "",
            "sound_guest/rubric.yaml": RUBRIC.format(name="sound"),
        },
    )
    plugin = ours("broken-guest")["broken-guest", name]
    assert (plugin.kind, plugin.version, plugin.entry_point) == (
        "rubric" if group == "rubrics" else "policy",
        "0.9",
        value,
    )
    assert plugin.problem is not None
    assert reason in plugin.problem
    assert plugin.target is None
    assert ours(sound)[sound, "sound"].problem is None
    assert rubric_engine.load("sound").name == "sound"
    assert rubric_engine.load("sf-food-safety").name == "sf-food-safety"
    assert rubric_engine.load("uk-food-hygiene").name == "uk-food-hygiene"
    assert name not in find_policies()
    names = rubric_engine.rubric_names()
    assert names.count(name) == (1 if name == "uk-food-hygiene" else 0)
    deducting = rubric_engine.loads(RUBRIC.format(name="own"))
    assert rubric_engine.evaluate(deducting, {"plan.missing": 1}).exact == 9


def test_loading_a_broken_rubric_by_name_says_who_and_why(install: Install) -> None:
    install("broken-guest", rubrics={"b-missing": "no_such_module_here"}, version="0.9")
    with pytest.raises(PluginError) as caught:
        rubric_engine.load("b-missing")
    (problem,) = caught.value.problems
    assert (problem.code, problem.path) == ("broken-plugin", "b-missing")
    assert problem.found.startswith("broken-guest 0.9: ModuleNotFoundError")


def test_a_name_that_two_distributions_offer_is_refused_for_both(install: Install) -> None:
    files = {
        "first_guest/__init__.py": "",
        "first_guest/rubric.yaml": RUBRIC.format(name="shared"),
        "second_guest/__init__.py": "",
        "second_guest/rubric.yaml": RUBRIC.format(name="shared"),
    }
    install("second-guest", rubrics={"shared": "second_guest"}, files=files)
    install("first-guest", rubrics={"shared": "first_guest"})
    offered = ours("first-guest", "second-guest")
    assert list(offered) == [("first-guest", "shared"), ("second-guest", "shared")]
    assert all("more than one" in str(each.problem) for each in offered.values())
    assert "shared" not in rubric_engine.rubric_names()
    with pytest.raises(PluginError):
        rubric_engine.load("shared")


def test_plugins_are_sorted_by_name_whatever_the_order_of_installation(install: Install) -> None:
    files = {"many_guest/__init__.py": "", "many_guest/rubric.yaml": RUBRIC.format(name="m")}
    install("b-dist", rubrics={"zeta": "many_guest", "alpha": "many_guest"}, files=files)
    install("a-dist", rubrics={"mu": "many_guest"}, policies={"a_policy": "many_guest:X"})
    rubrics = [each.name for each in rubric_engine.plugins() if each.kind == "rubric"]
    assert rubrics == sorted(rubrics)
    assert {"alpha", "mu", "zeta"} <= set(rubrics)
    kinds = [each.kind for each in rubric_engine.plugins()]
    assert kinds == sorted(kinds, reverse=True), "rubrics come before policies"
    names = rubric_engine.rubric_names()
    assert list(names) == sorted(names)


def test_an_entry_point_without_a_distribution_is_listed_without_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from importlib.metadata import EntryPoint

    stray = EntryPoint("stray", "no_such_module_here", "rubric_engine.rubrics")
    monkeypatch.setattr(
        "rubric_engine.library.entry_points",
        lambda group: [stray] if group == stray.group else [],
    )
    (plugin,) = rubric_engine.plugins()
    assert (plugin.name, plugin.distribution, plugin.version) == ("stray", "", "")


# The switch


@pytest.mark.usefixtures("forfeit")
def test_the_switch_turns_all_plugins_off(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"guest_off/__init__.py": "", "guest_off/rubric.yaml": RUBRIC.format(name="off")}
    install("guest-off", rubrics={"off": "guest_off"}, files=files)
    monkeypatch.setenv("RUBRIC_ENGINE_NO_PLUGINS", "1")
    assert rubric_engine.plugins() == ()
    assert find_policies() == {}
    built_in = ("dongcheng-community", "port-canteen-hygiene-permit", "sf-food-safety", "uk-food-hygiene")
    assert rubric_engine.rubric_names() == built_in
    with pytest.raises(UnknownRubric):
        rubric_engine.load("off")
    with pytest.raises(rubric_engine.InvalidRubric) as caught:
        rubric_engine.loads(FORFEITED)
    assert [each.code for each in caught.value.problems] == ["unknown-verb"]
    for off in ("", "0"):
        monkeypatch.setenv("RUBRIC_ENGINE_NO_PLUGINS", off)
        assert rubric_engine.load("off").name == "off"


# Names and paths


def test_a_name_nearly_right_has_the_nearest_one() -> None:
    with pytest.raises(UnknownRubric) as caught:
        rubric_engine.load("sf-food-safty")
    (problem,) = caught.value.problems
    assert (problem.code, problem.nearest) == ("unknown-rubric", "sf-food-safety")
    assert isinstance(caught.value, LookupError)
    assert "uk-food-hygiene" in problem.expected


@pytest.mark.parametrize("name", ["", ".", "..", "no-such-rubric", "a\0b"])
def test_what_is_no_name_is_unknown(name: str) -> None:
    with pytest.raises(UnknownRubric) as caught:
        rubric_engine.load(name)
    assert caught.value.problems[0].nearest is None


def test_a_rubric_can_be_loaded_from_a_file_or_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    file = folder / "rubric.yaml"
    file.write_text(RUBRIC.format(name="mine"), encoding="utf-8")
    for written in (file, str(file), folder, f"{folder}/"):
        assert rubric_engine.load(written).name == "mine"
    json_file = tmp_path / "other.JSON"
    json_file.write_text('{"rubric": "j", "items": []}', encoding="utf-8")
    assert find_rubric(json_file) == json_file


@pytest.mark.parametrize("name", ["missing.yaml", "missing.yml", "missing.json", "no/such"])
def test_a_missing_file_is_named(name: str) -> None:
    with pytest.raises(UnknownRubric) as caught:
        rubric_engine.load(name)
    (problem,) = caught.value.problems
    assert (problem.code, problem.file, problem.found) == ("unknown-rubric", name, name)


def test_a_folder_without_a_rubric_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UnknownRubric):
        rubric_engine.load(tmp_path)


def test_the_built_in_rubrics_are_found_inside_a_wheel_or_beside_the_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rubric_engine import library

    inside = tmp_path / "policies" / "inside"
    inside.mkdir(parents=True)
    (inside / "rubric.yaml").write_text(RUBRIC.format(name="inside"), encoding="utf-8")
    monkeypatch.setenv("RUBRIC_ENGINE_NO_PLUGINS", "1")
    monkeypatch.setattr(library, "files", lambda _: tmp_path)
    assert rubric_engine.rubric_names() == ("inside",)
    monkeypatch.setattr(library, "files", lambda _: tmp_path / "elsewhere")
    assert "sf-food-safety" in rubric_engine.rubric_names()
