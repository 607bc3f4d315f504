"""Where rubrics and policies are found: the built-in ones, and those of plugins.

Plugins are found through the entry point groups `rubric_engine.rubrics` and
`rubric_engine.policies`, on demand and in sorted order. One that cannot be used is named
with its reason and stops nothing else. `RUBRIC_ENGINE_NO_PLUGINS=1` switches all off.
"""

from __future__ import annotations

import os
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from attrs import field, frozen

from rubric_engine.errors import PluginError, Problem, UnknownRubric, nearest_name
from rubric_engine.policies import BUILT_IN, Policy

__all__ = [
    "Plugin",
    "find_file",
    "find_policies",
    "find_rubric",
    "is_path",
    "plugins",
    "rubric_names",
]

RUBRICS = "rubric_engine.rubrics"
POLICIES = "rubric_engine.policies"
SWITCH = "RUBRIC_ENGINE_NO_PLUGINS"
FILE = "rubric.yaml"


@frozen
class Plugin:
    """A rubric or a policy that an installed distribution offers."""

    kind: Literal["rubric", "policy"]
    #: The rubric's name, or the policy's verb.
    name: str
    distribution: str
    version: str
    #: What the entry point names: `package.module:attribute`.
    entry_point: str
    #: Why it cannot be used; None if it can.
    problem: str | None = None
    #: The folder of the rubric, or the class of the policy.
    target: Any = field(default=None, eq=False, repr=False)


def plugins() -> tuple[Plugin, ...]:
    """List what installed distributions offer, sorted, the broken ones with their reason."""
    if os.environ.get(SWITCH, "") not in ("", "0"):
        return ()
    found: list[Plugin] = []
    kinds: tuple[tuple[str, Literal["rubric", "policy"]], ...] = (
        (RUBRICS, "rubric"),
        (POLICIES, "policy"),
    )
    for group, kind in kinds:
        points = sorted(entry_points(group=group), key=_order)
        names = [point.name for point in points]
        found += [_offered(kind, point, twice=names.count(point.name) > 1) for point in points]
    return tuple(found)


def _order(point: EntryPoint) -> tuple[str, str, str]:
    return point.name, _distribution(point)[0], point.value


def _distribution(point: EntryPoint) -> tuple[str, str]:
    if point.dist is None:
        return "", ""
    return point.dist.name, point.dist.version


def _offered(kind: Literal["rubric", "policy"], point: EntryPoint, *, twice: bool) -> Plugin:
    distribution, version = _distribution(point)
    target, problem = None, None
    if twice:
        problem = f"more than one distribution offers {point.name!r}"
    elif kind == "policy" and point.name in BUILT_IN:
        problem = f"{point.name!r} is a verb of the library itself"
    elif kind == "rubric" and _built_in_folder(point.name) is not None:
        problem = f"{point.name!r} is a rubric of the library itself"
    else:
        try:
            loaded = point.load()
            target = _folder_of(loaded) if kind == "rubric" else _policy_of(loaded, point.name)
        except Exception as error:  # noqa: BLE001 - a guest may raise anything; it is named, not fatal
            problem = f"{type(error).__name__}: {error}"
    return Plugin(kind, point.name, distribution, version, point.value, problem, target)


def _folder_of(loaded: object) -> Traversable:
    """Return the folder of a rubric: a package's own, or a path."""
    folder: Any = files(loaded) if isinstance(loaded, ModuleType) else loaded
    if isinstance(folder, str):
        folder = Path(folder)
    if not isinstance(folder, Traversable):
        msg = f"a rubric's entry point names a package or a folder, not {type(loaded).__name__}"
        raise TypeError(msg)
    if not folder.joinpath(FILE).is_file():
        msg = f"its folder has no {FILE}"
        raise FileNotFoundError(msg)
    return folder


def _policy_of(loaded: object, name: str) -> type[Policy]:
    if not (isinstance(loaded, type) and issubclass(loaded, Policy)):
        msg = "a policy's entry point names a subclass of rubric_engine.Policy"
        raise TypeError(msg)
    if getattr(loaded, "verb", None) != name:
        msg = f"the entry point is named {name!r}, its verb is {getattr(loaded, 'verb', None)!r}"
        raise ValueError(msg)
    if "__attrs_attrs__" not in vars(loaded):
        msg = "a policy is a frozen attrs class of its own"
        raise TypeError(msg)
    return loaded


def find_policies() -> dict[str, type[Policy]]:
    """Return the policies of plugins that can be used, by their verb."""
    offered = plugins()
    return {
        each.name: each.target for each in offered if each.kind == "policy" and not each.problem
    }


def built_in_root() -> Traversable:
    """Return the folder of the built-in rubrics.

    A wheel carries it inside the package; a source tree has it beside `src`.
    """
    inside = files("rubric_engine").joinpath("policies")
    if inside.is_dir():
        return inside
    return Path(__file__).resolve().parents[2] / "policies"


def _built_in_folder(name: str) -> Traversable | None:
    if not name or name != name.strip(".") or "/" in name or "\\" in name:
        return None
    folder = built_in_root().joinpath(name)
    return folder if _is_file(folder.joinpath(FILE)) else None


def _is_file(file: Traversable) -> bool:
    """Say whether there is such a file; a name that no file can have is none."""
    try:
        return file.is_file()
    except (OSError, ValueError):
        return False


def rubric_names() -> tuple[str, ...]:
    """Return the names of all rubrics that can be loaded by name, sorted."""
    built_in = [each.name for each in built_in_root().iterdir() if each.joinpath(FILE).is_file()]
    offered = [each.name for each in plugins() if each.kind == "rubric" and not each.problem]
    return tuple(sorted([*built_in, *offered]))


def find_rubric(name_or_path: str | os.PathLike[str]) -> Traversable:
    """Return the file of a rubric; raises `UnknownRubric` or `PluginError`."""
    return find_file(name_or_path, FILE, "a rubric file")


def is_path(name_or_path: str | os.PathLike[str]) -> bool:
    """Say whether this is the path of a file or folder, and no name of a rubric."""
    text = os.fspath(name_or_path)
    named = isinstance(name_or_path, str) and not any(each in text for each in "/\\")
    return not named or text.endswith((".yaml", ".yml", ".json"))


def find_file(name_or_path: str | os.PathLike[str], name: str, expected: str) -> Traversable:
    """Return a file of a rubric's folder by that rubric's name, or by its own or its folder's path.

    Raises `UnknownRubric` or `PluginError`.
    """
    text = os.fspath(name_or_path)
    if not is_path(name_or_path):
        inside = folder_of(text).joinpath(name)
        if not _is_file(inside):
            raise UnknownRubric([Problem("unknown-rubric", "$", expected, f"{text}: no {name}")])
        return inside
    path = Path(text)
    file = path if _is_file(path) else path / name
    if not _is_file(file):
        problem = Problem("unknown-rubric", "$", expected, text[:200], file=text[:200])
        raise UnknownRubric([problem])
    return file


def folder_of(name: str) -> Traversable:
    """Return the folder of an installed rubric, with its cases and sources."""
    folder = _built_in_folder(name)
    if folder is not None:
        return folder
    for each in plugins():
        if each.kind == "rubric" and each.name == name:
            if each.problem is not None:
                found = f"{each.distribution} {each.version}: {each.problem}"
                raise PluginError([Problem("broken-plugin", name, "", found)])
            return each.target  # type: ignore[no-any-return]  # since a sound rubric's target is its folder
    names = rubric_names()
    expected = "one of " + ", ".join(names) + ", or the path of a file"
    near = nearest_name(name, names)
    raise UnknownRubric([Problem("unknown-rubric", "$", expected, name[:100], near)])
