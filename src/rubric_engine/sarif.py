"""Diagnostics as SARIF 2.1.0, the format in which editors and code hosts show them.

Source: OASIS Standard, Static Analysis Results Interchange Format, version 2.1.0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any

from rubric_engine.diagnostics import Diagnosis, Diagnostic, unquoted, witnesses_data
from rubric_engine.mending import mend_of, sentence_of

__all__ = ["as_sarif"]

SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_sarif(
    diagnoses: Iterable[Diagnosis],
    language: str = "en",
    *,
    version: str | None = None,
    uri: Callable[[str], str] = str,
    **told: bool,
) -> dict[str, Any]:
    """Return diagnoses as a SARIF 2.1.0 log; `uri` names files as URI references."""
    diagnostics = [one for each in diagnoses for one in each.told(**told)]
    codes = list(dict.fromkeys(each.code for each in diagnostics))
    driver: dict[str, Any] = {
        "name": "rubric_engine",
        "language": _SARIF_LANGUAGE[language],
        "rules": [_rule(code, diagnostics, language) for code in codes],
    }
    if version is not None:
        driver["version"] = version
    run = {
        "tool": {"driver": driver},
        "language": _SARIF_LANGUAGE[language],
        "columnKind": "unicodeCodePoints",
        "defaultEncoding": "UTF-8",
        "results": [_result(each, codes, language, uri) for each in diagnostics],
    }
    return {"$schema": SARIF, "version": "2.1.0", "runs": [run]}


_SARIF_LANGUAGE = {"en": "en-US", "zh": "zh-CN"}


def _rule(code: str, diagnostics: Sequence[Diagnostic], language: str) -> dict[str, Any]:
    level = next(each.level for each in diagnostics if each.code == code)
    mend = mend_of(code, language)
    sentence = sentence_of(code, language)
    return {
        "id": code,
        "shortDescription": {"text": sentence},
        "fullDescription": {"text": f"{sentence}. {mend}" if language == "en" else sentence},
        "help": {"text": mend, "markdown": f"**{sentence}**\n\n{mend}"},
        "defaultConfiguration": {"level": level},
    }


def _result(
    each: Diagnostic,
    codes: Sequence[str],
    language: str,
    uri: Callable[[str], str],
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": each.code,
        "ruleIndex": codes.index(each.code),
        "level": each.level,
        "message": {"text": each.message(language)},
        "locations": [_location(each, uri)],
        "partialFingerprints": {"codeAndPath/v1": _fingerprint(each)},
    }
    if each.verdict == "proved":
        result["kind"] = "pass"
    if each.witnesses:
        result["properties"] = {"witnesses": witnesses_data(each)}
    if each.file is not None and each.nearest and each.marked == unquoted(each.found):
        result["fixes"] = [_fix(each, uri)]
    return result


def _location(each: Diagnostic, uri: Callable[[str], str]) -> dict[str, Any]:
    named: dict[str, Any] = {"fullyQualifiedName": each.path}
    if each.about:
        named["name"] = each.about
    location: dict[str, Any] = {"logicalLocations": [named]}
    if each.file is not None:
        physical: dict[str, Any] = {"artifactLocation": {"uri": uri(each.file)}}
        region = _region(each)
        if region:
            physical["region"] = region
        location["physicalLocation"] = physical
    return location


def _region(each: Diagnostic) -> dict[str, Any]:
    if each.line is None:
        return {}
    region: dict[str, Any] = {"startLine": each.line}
    if each.column is not None:
        region["startColumn"] = each.column
    if each.end_column is not None:
        region["endColumn"] = each.end_column
        region["snippet"] = {"text": each.marked}
    return region


def _fingerprint(each: Diagnostic) -> str:
    return sha256(f"{each.code} {each.path} {each.found}".encode()).hexdigest()[:32]


def _fix(each: Diagnostic, uri: Callable[[str], str]) -> dict[str, Any]:
    region = {key: value for key, value in _region(each).items() if key != "snippet"}
    replacement = {"deletedRegion": region, "insertedContent": {"text": each.nearest}}
    change = {
        "artifactLocation": {"uri": uri(str(each.file))},
        "replacements": [replacement],
    }
    return {"description": {"text": f"{each.marked} → {each.nearest}"}, "artifactChanges": [change]}
