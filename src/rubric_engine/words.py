"""Texts in one or several languages."""

from __future__ import annotations

from collections.abc import Mapping
from unicodedata import category

from attrs import frozen

from rubric_engine.errors import malformed

__all__ = ["Words", "on_one_line", "words"]

_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})


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


def on_one_line(text: str) -> str:
    r"""Return a text on one line, with no sign that would command a terminal.

    >>> on_one_line("\x1b[31m计划")
    '\\x1b[31m计划'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        sign.encode("unicode_escape").decode() if category(sign) in _UNPRINTABLE else sign
        for sign in text
    )
