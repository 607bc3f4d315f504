"""Texts in one or several languages."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from rubric_engine.errors import malformed

__all__ = ["Words", "words"]


@frozen
class Words:
    """A text, plain or once for each of several languages."""

    #: Language and text; the language of a plain text is "".
    texts: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return self.texts[0][1]

    def in_language(self, language: str) -> str:
        """Return the text in a language, else the plain or the first one."""
        known = dict(self.texts)
        return known.get(language) or known.get("") or self.texts[0][1]

    @property
    def plain(self) -> str | dict[str, str]:
        """The text as data: a string, or a map of languages."""
        known = dict(self.texts)
        return known[""] if list(known) == [""] else known


def words(value: Words | str | Mapping[str, str] | None) -> Words | None:
    """Return a text from itself, a string or a map of languages.

    >>> words({"zh": "计划", "en": "plan"}).in_language("en")
    'plan'
    """
    if value is None or isinstance(value, Words):
        return value
    if isinstance(value, str):
        return Words((("", value),))
    if not value:
        raise malformed("empty", "a text in one language at least", "an empty map")
    return Words(tuple(value.items()))
