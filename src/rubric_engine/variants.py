"""Ways of writing: kinds that nodes are like, and rubrics that extend others.

Both are worked out on the plain values of a document before it is structured, so that a
rubric that was read holds whole nodes. Every value keeps the place where it was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from rubric_engine.errors import Problem, UnknownRubric, nearest_name
from rubric_engine.fields import shown
from rubric_engine.library import find_rubric
from rubric_engine.reading import Document, content_of, read
from rubric_engine.tree import DEEPEST

__all__ = ["UNUSED", "expanded"]

_MOST_BASES = 5
_ENDINGS = (".yaml", ".yml", ".json")
#: Kinds in kinds make much out of little: so many keys and values of kinds stand in nodes at most.
MOST_INHERITED = 100_000
#: So many problems of kinds are told at most.
MOST_PROBLEMS = 100
_CHILDREN = ("indicators", "items")
#: The kinds that nodes stand in, the outermost first.
_Holders = tuple[str, ...]


def expanded(
    document: Document, folder: Path | None, seen: tuple[str, ...] = ()
) -> tuple[Document, list[Problem]]:
    """Return a document without `kinds`, `like`, `extends` and `change`, and all problems.

    `folder` is where relative paths of `extends` start; None where the text came from
    nowhere. Problems come with their places.
    """
    if not isinstance(document.value, dict):
        return document, []
    keys = document.value.keys() & {"kinds", "extends", "change"}
    if not keys and not any("like" in node for node, _ in _nodes(document.value, "$")):
        return document, []
    kinds = _Kinds(document)
    document = kinds.applied()
    problems = [document.placed(each) for each in kinds.problems]
    if "extends" in document.value:
        return _extended(document, folder, seen, problems)
    if "change" in document.value:
        problem = Problem("conflicting-keys", "$.change", "`extends` beside it")
        problems.append(document.placed(problem))
        return _without(document, "change"), problems
    return document, problems


def _without(document: Document, *keys: str) -> Document:
    value = {key: each for key, each in document.value.items() if key not in keys}
    return evolve(document, value=value)


def _nodes(value: Mapping[str, Any], path: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the nodes below a node, as far as they are mappings, with their paths."""
    for key in _CHILDREN:
        below = value.get(key)
        if not isinstance(below, list):
            continue
        for number, each in enumerate(below):
            if isinstance(each, dict):
                where = f"{path}.{key}[{number}]"
                yield each, where
                yield from _nodes(each, where)


class _Kinds:
    """Puts the keys of kinds into the nodes that are like them."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.aliases: dict[str, tuple[Document, str]] = dict(document.aliases)
        stated = document.value.get("kinds", {})
        if not isinstance(stated, dict):
            self.problems.append(
                Problem("not-a-mapping", "$.kinds", "kinds by their names", shown(stated))
            )
            stated = {}
        self.kinds: dict[str, dict[str, Any]] = {}
        for name, written in stated.items():
            where = f"$.kinds.{name}"
            kind = written if isinstance(written, dict) else {}
            if kind is not written:
                expected = "the keys of a node"
                self.problems.append(Problem("not-a-mapping", where, expected, shown(written)))
            elif "id" in kind:
                expected = "no `id`: each node that is like it has its own"
                self.problems.append(Problem("conflicting-keys", f"{where}.id", expected))
            self.kinds[name] = {key: each for key, each in kind.items() if key != "id"}
        self.used: set[str] = set()
        #: How many keys and values of kinds stand in nodes.
        self.count = 0
        self.sizes: dict[int, int] = {}

    def applied(self) -> Document:
        """Return the document with every node whole."""
        value = self.below(_without(self.document, "kinds").value, "$")
        changes = value.get("change")
        if isinstance(changes, dict):
            value["change"] = {
                name: self.node(each, f"$.change.{name}", ()) if isinstance(each, dict) else each
                for name, each in changes.items()
            }
        for name, kind in self.kinds.items():
            if name not in self.used:
                # A kind that nobody is like is read all the same, for what is wrong in it.
                whole = self.node(kind, f"$.kinds.{name}", (), (name,))
                value.setdefault(UNUSED, {})[name] = whole
        return evolve(self.document, value=value, aliases=self.aliases)

    def below(
        self, value: Mapping[str, Any], path: str, holders: Mapping[str, _Holders] | None = None
    ) -> dict[str, Any]:
        """Return a node with the nodes below it whole.

        `holders` has the kinds that each list of nodes stands in.
        """
        made = dict(value)
        if path.count("[") > DEEPEST:
            self.once(Problem("too-deep", path, f"at most {DEEPEST} levels"))
            return {key: each for key, each in made.items() if key not in _CHILDREN}
        for key in _CHILDREN:
            if isinstance(made.get(key), list):
                inside = holders[key] if holders else ()
                made[key] = [
                    self.node(each, f"{path}.{key}[{number}]", (), inside)
                    if isinstance(each, dict)
                    else each
                    for number, each in enumerate(made[key])
                ]
        return made

    def once(self, problem: Problem) -> None:
        """Note a problem, where none was noted at its place."""
        if all(each.path != problem.path for each in self.problems):
            self.problems.append(problem)

    def fits(self, value: object) -> bool:
        """Count what a node gets of a kind; say whether that much there may still be."""
        size = self.sizes.get(id(value))
        if size is None:
            size = self.sizes[id(value)] = _size(value)
        self.count += size
        if self.count > MOST_INHERITED:
            expected = f"at most {MOST_INHERITED:,} keys and values out of kinds"
            self.once(Problem("too-large", "$", expected))
        return self.count <= MOST_INHERITED

    def node(
        self,
        value: Mapping[str, Any],
        path: str,
        through: tuple[str, ...],
        inside: _Holders = (),
    ) -> dict[str, Any]:
        """Return one node whole: its own keys, then those of the kind it is like.

        `inside` are the kinds that it stands in.
        """
        made = dict(value)
        holders = dict.fromkeys(_CHILDREN, inside)
        if "like" in made:
            like = made.pop("like")
            for key, each, where in self.inherited(like, f"{path}.like", (*inside, *through)):
                if key not in made and self.fits(each):
                    made[key] = each
                    self.aliases[f"{path}.{key}"] = (self.document, where)
                    holders[key] = (*inside, str(like))
        return self.below(made, path, holders)

    def inherited(
        self, like: object, where: str, through: tuple[str, ...]
    ) -> Iterator[tuple[str, Any, str]]:
        """Yield the keys of a kind, with what stands there and its path."""
        if not isinstance(like, str) or like not in self.kinds:
            if len(self.problems) < MOST_PROBLEMS:
                near = nearest_name(like, self.kinds) if isinstance(like, str) else None
                names = ", ".join(self.kinds)[:1_000]
                expected = "one of " + (names or "the `kinds` of the rubric")
                self.problems.append(Problem("unknown-name", where, expected, shown(like), near))
            return
        name = str(like)
        self.used.add(name)
        if name in through:
            shown_cycle = " → ".join((*through, name))
            expected = "kinds that are not like themselves"
            self.once(Problem("cycle", where, expected, shown_cycle[-200:]))
            return
        if len(through) > DEEPEST:
            self.once(Problem("too-deep", where, f"at most {DEEPEST} kinds like each other"))
            return
        kind = self.kinds[name]
        for key, each in kind.items():
            if key != "like":
                yield key, each, f"$.kinds.{name}.{key}"
        if "like" in kind:
            yield from self.inherited(kind["like"], f"$.kinds.{name}.like", (*through, name))


def _size(value: object) -> int:
    """Return how many keys and values a value is made of."""
    size, waiting = 0, [value]
    while waiting:
        each = waiting.pop()
        size += 1
        if isinstance(each, dict):
            size += len(each)
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return size


#: Where the kinds that nobody is like are handed on; no key of a file can be called so.
UNUSED = " unused kinds"


# extends


def _extended(
    document: Document, folder: Path | None, seen: tuple[str, ...], problems: list[Problem]
) -> tuple[Document, list[Problem]]:
    stated = document.value["extends"]
    own = _without(document, "extends", "change")
    if not isinstance(stated, str):
        problem = Problem("wrong-type", "$.extends", "a name or a path", shown(stated))
        return own, [*problems, document.placed(problem)]
    name = str(stated)
    # The name of a base that cannot be read is not missing beside that.
    alone = evolve(own, value={"rubric": name, **own.value})
    known = _whole_path(folder, name) if folder is not None and _is_path(name) else name
    if known in seen or len(seen) >= _MOST_BASES:
        expected = f"rubrics that do not extend themselves, at most {_MOST_BASES} deep"
        problem = Problem("cycle", "$.extends", expected, " → ".join((*seen, known))[-200:])
        return alone, [*problems, document.placed(problem)]
    base, found = _base(name, folder, (*seen, known))
    if base is None:
        unread = [each for each in found if each.line is None]
        problems += [each for each in found if each.line is not None]
        problems += [document.placed(evolve(each, path="$.extends", file=None)) for each in unread]
        return alone, problems
    problems += found
    merged = _Merged(base, document)
    return merged.run(), problems + [document.placed(each) for each in merged.problems]


def _whole_path(folder: Path, name: str) -> str:
    try:
        return str((folder / name).resolve())
    except (OSError, ValueError):  # no name of a file: told where it is opened
        return name


def _is_path(name: str) -> bool:
    return "/" in name or "\\" in name or name.endswith(_ENDINGS)


def _base(
    name: str, folder: Path | None, seen: tuple[str, ...]
) -> tuple[Document | None, list[Problem]]:
    """Return the document that is extended, whole, or None and why it cannot be read."""
    is_path = _is_path(name)
    if is_path and folder is None:
        expected = "an installed rubric: a path needs a file to start from"
        return None, [Problem("unknown-rubric", "$.extends", expected, name[:100])]
    try:
        file = find_rubric(folder / name if is_path and folder is not None else name)
        if isinstance(file, Path) and not file.name.endswith(_ENDINGS):
            # Whoever writes a rubric must not learn from its problems what other files hold.
            expected = "a rubric, in a file that ends in " + ", ".join(_ENDINGS)
            return None, [Problem("unknown-rubric", "$.extends", expected, name[:100])]
        content = content_of(file)
    except UnknownRubric as error:
        return None, list(error.problems)
    except OSError as error:
        expected = "a file that can be read"
        return None, [Problem("unknown-rubric", "$.extends", expected, str(error)[:100])]
    shown_name = name if not is_path else str(file)
    document, problems = read(content)
    problems = [evolve(each, file=shown_name) for each in problems]
    if document is None or not isinstance(document.value, dict):
        return None, problems or [Problem("not-a-mapping", "$.extends", "a rubric", name[:100])]
    document = evolve(document, file=shown_name)
    inner = file.parent if isinstance(file, Path) else None
    made, found = expanded(document, inner, seen)
    return made, problems + found


class _Merged:
    """A document over the one that it extends."""

    def __init__(self, base: Document, own: Document) -> None:
        self.base, self.own = base, own
        self.problems: list[Problem] = []
        self.aliases: dict[str, tuple[Document, str]] = dict(own.aliases)
        stated = own.value.get("change", {})
        if not isinstance(stated, dict):
            expected = "keys of nodes by their ids"
            self.problems.append(Problem("not-a-mapping", "$.change", expected, shown(stated)))
            stated = {}
        self.changes: dict[str, Any] = dict(stated)
        self.changed: set[str] = set()

    def run(self) -> Document:
        """Return the whole document."""
        value: dict[str, Any] = {}
        for key, each in self.base.value.items():
            if key not in self.own.value and key != UNUSED:
                value[key] = each
                self.aliases[f"$.{key}"] = (self.base, f"$.{key}")
        for key, each in self.own.value.items():
            if key in ("extends", "change"):
                continue
            if each is None:
                value.pop(key, None)
            else:
                value[key] = each
        kept = {key: self.base.value.get(key) is value.get(key) for key in _CHILDREN}
        for key in _CHILDREN:
            if kept[key] and isinstance(value.get(key), list):
                value[key] = self.nodes(value[key], f"$.{key}", f"$.{key}")
        known = [str(each.get("id")) for each, _ in _nodes(self.base.value, "$")]
        for name in self.changes:
            if name not in self.changed:
                near = nearest_name(name, known)
                expected = "the id of a node of the rubric that it extends"
                path = f"$.change.{name}"
                self.problems.append(Problem("unknown-name", path, expected, name[:60], near))
        return Document(value, self.own.spots, self.own.keys, self.aliases, self.own.file)

    def nodes(self, nodes: list[Any], path: str, was: str) -> list[Any]:
        """Return the nodes of a list with their changes."""
        made: list[Any] = []
        for number, node in enumerate(nodes):
            old, new = f"{was}[{number}]", f"{path}[{len(made)}]"
            if not isinstance(node, dict):
                made.append(node)
                continue
            name = str(node.get("id"))
            change = self.changes.get(name, {}) if name in self.changes else {}
            if name in self.changes:
                self.changed.add(name)
            if change is None:
                continue
            self.aliases[new] = (self.base, old)
            made.append(self.node(node, change, name, (new, old)))
        return made

    def node(
        self, node: dict[str, Any], change: object, name: str, paths: tuple[str, str]
    ) -> dict[str, Any]:
        new, old = paths
        made = dict(node)
        if not isinstance(change, dict):
            expected = "the keys to change, or nothing to take the node away"
            where = f"$.change.{name}"
            self.problems.append(Problem("not-a-mapping", where, expected, shown(change)))
            change = {}
        for key, each in change.items():
            where = f"$.change.{name}.{key}"
            if key == "id":
                self.problems.append(Problem("conflicting-keys", where, "the same id"))
            elif each is None:
                made.pop(key, None)
            else:
                made[key] = each
                self.aliases[f"{new}.{key}"] = (self.own, where)
        for key in _CHILDREN:
            if key not in change and isinstance(made.get(key), list):
                made[key] = self.nodes(made[key], f"{new}.{key}", f"{old}.{key}")
        return made
