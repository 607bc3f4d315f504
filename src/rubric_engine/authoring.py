"""The commands for authors of rubrics; `command` takes them into its group.

They end as the others do: 0 where all is well, 1 where the input has problems, 2 where the
call is wrong.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Sequence
from difflib import unified_diff
from fractions import Fraction
from pathlib import Path
from shutil import copymode
from tempfile import TemporaryDirectory
from typing import Any, Literal

import click

from rubric_engine.exact import read_number
from rubric_engine.words import on_one_line

__all__ = ["COMMANDS"]


@click.command(epilog="Example: rubric schema > rubric.schema.json")
@click.option("--evidence", "rubric", metavar="RUBRIC", help="Of this rubric's sheets instead.")
@click.option("--form", type=click.Choice(["nested", "flat"]), help="How a sheet is written.")
@click.option("--plain", is_flag=True, help="A finding is its value alone, as in a web form.")
@click.option("--files", is_flag=True, help="Of files of sheets, as `rubric evaluate` reads them.")
@click.option("--steps", is_flag=True, help="State decimals as multipleOf.")
@click.option("--language", help="Language of titles; the rubric's own.")
def schema(
    rubric: str | None,
    form: Literal["nested", "flat"] | None,
    *,
    plain: bool,
    files: bool,
    steps: bool,
    language: str | None,
) -> None:
    """Print the JSON Schema of rubric files.

    Editors complete and check by it. With --evidence RUBRIC it is the schema of a sheet of that
    rubric, for web forms and programs; the other options are for that only.
    """
    from rubric_engine.schema import rubric_schema

    if rubric is not None:
        from rubric_engine.files import load
        from rubric_engine.sheet_schema import evidence_schema

        made = evidence_schema(
            load(rubric),
            form=form or "nested",
            plain=plain,
            files=files,
            steps=steps,
            language=language,
        )
    elif form or plain or files or steps or language:
        msg = "--form, --plain, --files, --steps and --language go with --evidence"
        raise click.UsageError(msg)
    else:
        made = rubric_schema()
    click.echo(json.dumps(made, ensure_ascii=False, indent=2))


@click.command(epilog="Example: rubric check rubric.yaml --cases --least 90%")
@click.argument("rubrics", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="Form of the report; sarif is what code hosts and editors show.",
)
@click.option(
    "--language", type=click.Choice(["zh", "en"]), help="Language of the report; the rubric's own."
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write the report to, in UTF-8.",
)
@click.option("--all", "everything", is_flag=True, help="Tell what is proved too.")
@click.option("--quiet", is_flag=True, help="Tell only what is wrong or suspect.")
@click.option("--strict", is_flag=True, help="End with 1 if anything is suspect.")
@click.option("--cases", is_flag=True, help="Run the golden cases; tell what they do not exercise.")
@click.option(
    "--least",
    metavar="SHARE",
    callback=lambda _, __, text: _share(text),
    help="End with 1 if the cases exercise less of the outcomes, as 90% or 0.9.",
)
def check(  # noqa: PLR0913 - one parameter for each option
    rubrics: Sequence[str],
    form: str,
    language: str | None,
    output: Path | None,
    *,
    everything: bool,
    quiet: bool,
    strict: bool,
    cases: bool,
    least: Fraction | None,
) -> None:
    """Check rubrics before anybody is scored by them.

    FILE is a rubric file, the name of an installed rubric, or a folder: then all rubric files
    in it. What is wrong or suspect is told with its place, a sheet that shows it, and how to
    mend it; what is proved is counted. The command ends with 0 where nothing is wrong.
    """
    from rubric_engine.checked import WRITERS, Asked, fails, of_cases, rubrics_in, with_cases
    from rubric_engine.diagnostics import diagnose

    if everything and quiet:
        msg = "--all and --quiet do not go together."
        raise click.UsageError(msg)
    names = []
    for each in rubrics:
        found = rubrics_in(each)
        if not found:
            msg = on_one_line(f"{each}: there is no rubric file in this folder.")
            raise click.UsageError(msg)
        names += found
    if output is not None and any(Path(each).resolve() == output.resolve() for each in names):
        raise click.BadParameter("this is a FILE that is checked", param_hint="--output")
    diagnoses = [diagnose(each) for each in dict.fromkeys(names)]
    if cases or least is not None:
        diagnoses = [with_cases(each) for each in diagnoses]
    asked = Asked(language, least, strict=strict, everything=everything, quiet=quiet)
    text = WRITERS[form](diagnoses, asked)
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
    if form == "sarif":  # which has no place for what is amiss with cases
        for said in (line for each in diagnoses for line in of_cases(each, asked)):
            click.echo(said, err=True)
    if any(fails(each, asked) for each in diagnoses):
        click.get_current_context().exit(1)


def _share(text: str | None) -> Fraction | None:
    """Return a share from `90%`, `0.9` or `9/10`."""
    if text is None:
        return None
    number = read_number(text.removesuffix("%"))
    share = None if number is None else number / (100 if text.endswith("%") else 1)
    if share is None or not 0 <= share <= 1:
        msg = "a share is from 0 to 1, as 90% or 0.9"
        raise click.BadParameter(msg)
    return share


@click.command(epilog="Example: rubric template sf-food-safety --format csv --output visits.csv")
@click.argument("rubric")
@click.option(
    "--format",
    "form",
    type=click.Choice(["yaml", "csv"]),
    default="yaml",
    show_default=True,
    help="One sheet with comments, or the columns of many.",
)
@click.option(
    "--language", type=click.Choice(["zh", "en"]), help="Language of the texts; the rubric's own."
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write the sheet to, in UTF-8; one that is there already is left alone.",
)
@click.option(
    "--fields",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to describe the columns of a csv in, itself a csv.",
)
def template(
    rubric: str,
    form: Literal["yaml", "csv"],
    language: str | None,
    output: Path | None,
    fields: Path | None,
) -> None:
    """Print an empty sheet of evidence of a rubric.

    As yaml, comments say what each finding is: title, type, range, values, methods. As csv it
    is the row of headings; --fields describes the columns beside it. Once filled in,
    `rubric evaluate` reads either as it is.
    """
    from rubric_engine.blank import blank_sheet
    from rubric_engine.files import load

    if fields is not None and form != "csv":
        msg = "--fields goes with --format csv; a sheet in yaml says what each finding is."
        raise click.UsageError(msg)
    loaded = load(rubric)
    texts = [(output, blank_sheet(loaded, form, language=language))]
    if fields is not None:
        texts.append((fields, blank_sheet(loaded, "fields", language=language)))
    if fields is not None and output is not None and fields.resolve() == output.resolve():
        raise click.BadParameter("this is --output itself", param_hint="--fields")
    for path, _ in texts:
        if path is not None and path.exists():
            msg = on_one_line(f"{path} is there already.")
            raise click.UsageError(msg)
    for path, text in texts:
        if path is None:
            click.echo(text, nl=False)
        else:
            path.write_text(text, encoding="utf-8")


@click.command(epilog="Example: rubric improve dongcheng-community sheets.yaml --to 4")
@click.argument("rubric")
@click.argument("evidence", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--to", metavar="GRADE", help="The stars or the name of the grade to reach.")
@click.option("--points", metavar="NUMBER", help="The score to reach, instead of a grade.")
@click.option("--sheet", "keys", multiple=True, metavar="KEY", help="Only for this sheet.")
@click.option("--only", multiple=True, metavar="NAME", help="Item or item.field that may change.")
@click.option("--fixed", multiple=True, metavar="NAME", help="Item or item.field that stays.")
@click.option(
    "--costs",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML or JSON file of costs by item or item.field; 1 where not stated.",
)
@click.option(
    "--given",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML or JSON file of given numbers, by their sources, for all sheets.",
)
@click.option(
    "--language", type=click.Choice(["zh", "en"]), help="Language of the texts; the rubric's own."
)
def improve(  # noqa: PLR0913 - one parameter for each option
    rubric: str,
    evidence: Path,
    to: str | None,
    points: str | None,
    keys: Sequence[str],
    only: Sequence[str],
    fixed: Sequence[str],
    *,
    costs: Path | None,
    given: Path | None,
    language: str | None,
) -> None:
    """Find the cheapest findings to repair to reach a grade.

    EVIDENCE is a YAML, JSON or CSV file of sheets. For each, the repairs that reach the grade
    are listed with what each gains, or what stands in the way.
    """
    from rubric_engine.errors import InvalidEvidence, nearest_name
    from rubric_engine.files import load
    from rubric_engine.improvement import improve as improved
    from rubric_engine.sheets import read_sheets

    if (to is None) == (points is None):
        msg = "say what to reach: --to GRADE or --points NUMBER."
        raise click.UsageError(msg)
    loaded, sheets = load(rubric), read_sheets(evidence)
    for key in keys:
        if key not in sheets.sheets:
            near = nearest_name(key, sheets)
            hint = f"; did you mean {near!r}?" if near else "."
            raise click.UsageError(on_one_line(f"{evidence} has no sheet {key!r}{hint}"))
    priced = None if costs is None else _mapping_in(costs)
    beside = None if given is None else _mapping_in(given)
    problems = []
    for key in keys or sheets:
        try:
            way = improved(
                loaded,
                sheets.sheets[key],
                to,
                points=points,
                costs=priced,
                only=only or None,
                fixed=fixed,
                given=beside,
            )
        except InvalidEvidence as error:
            for each in error.problems:
                if each.path.partition(".")[0] in ("to", "points", "only", "fixed", "costs"):
                    msg = f"--{each.path}: {each.message}"
                    raise click.UsageError(on_one_line(msg)) from None
                problems.append(sheets.placed(key, each))
            continue
        if len(sheets) > 1:
            click.echo(f"== {on_one_line(key)} ==")
        click.echo(way.explain(language))
    if problems:
        raise InvalidEvidence(list(dict.fromkeys(problems)))


def _mapping_in(file: Path) -> dict[str, Any]:
    """Return the mapping that a YAML or JSON file holds."""
    from rubric_engine.errors import InvalidEvidence, Problem
    from rubric_engine.reading import read

    document, problems = read(file.read_bytes())
    value = None if document is None else document.value
    if not problems and not isinstance(value, dict):
        problems = [Problem("not-a-mapping", "$", "a mapping", line=1)]
    if problems or not isinstance(value, dict):
        raise InvalidEvidence([each.inside(str(file)) for each in problems])
    return value


@click.command(epilog="Example: rubric new --language zh --output scheme/ my-scheme")
@click.argument("name")
@click.option(
    "--language",
    type=click.Choice(["zh", "en"]),
    default="en",
    show_default=True,
    help="Language of the rubric and its comments.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="File .yaml to write it to, or a folder for it and its golden cases.",
)
def new(name: str, language: Literal["zh", "en"], output: Path | None) -> None:
    """Write a starter: a small whole rubric with comments.

    It is called NAME, and is to be written over piece by piece. What is there already is left
    alone.
    """
    from rubric_engine.errors import InvalidRubric
    from rubric_engine.starter import starter, starter_cases

    try:
        text = starter(name, language)
    except InvalidRubric as error:
        raise click.BadParameter(error.problems[0].message, param_hint="NAME") from None
    if output is None:
        click.echo(text, nl=False)
        return
    if output.suffix in (".yaml", ".yml") and not output.is_dir():
        files = {output: text}
    else:
        files = {output / "rubric.yaml": text, output / "cases.yaml": starter_cases(language)}
    for path in files:
        if path.exists():
            msg = on_one_line(f"{path} is there already.")
            raise click.BadParameter(msg, param_hint="--output")
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", newline="\n")


@click.command(epilog="Example: rubric fmt --check rubric.yaml")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
@click.option("--check", "only", is_flag=True, help="Write nothing; end with 1 if a file would.")
@click.option("--diff", "shown", is_flag=True, help="Write nothing; show what would change.")
def fmt(files: Sequence[Path], *, only: bool, shown: bool) -> None:
    """Write rubric files in their canonical form.

    Keys in order, rules on one line where they fit, quotes where they are needed; every
    comment stays, and a file says the same as before. With `-` standard input goes to standard
    output. A file that cannot be read is left alone, and what is wrong with it is told.
    """
    from rubric_engine.canonical import canonical_text
    from rubric_engine.errors import InvalidRubric, Problem

    problems: list[Problem] = []
    changed: list[str] = []
    for file in dict.fromkeys(files):
        piped = str(file) == "-"
        name = "<stdin>" if piped else on_one_line(str(file))
        old = sys.stdin.buffer.read() if piped else file.read_bytes()
        try:
            made = canonical_text(old).encode()
        except InvalidRubric as error:
            problems += [each.inside(name) for each in error.problems]
            continue
        if made != old:
            changed.append(name)
        if shown:
            click.echo(_what_changes(name, old, made), nl=False)
        elif piped and not only:
            sys.stdout.buffer.write(made)
        elif made != old and not only:
            _replace(file, made)
    for name in changed:
        click.echo(f"{name}: {'not canonical' if only or shown else 'written anew'}", err=True)
    if problems:
        raise InvalidRubric(problems)
    if only and changed:
        click.get_current_context().exit(1)


def _what_changes(name: str, old: bytes, made: bytes) -> str:
    """Return the lines that differ, as `diff -u` shows them."""
    before, after = (each.decode("utf-8-sig").splitlines() for each in (old, made))
    lines = unified_diff(before, after, name, f"{name} (canonical)", lineterm="")
    return "".join(f"{on_one_line(each)}\n" for each in lines)


def _replace(file: Path, content: bytes) -> None:
    """Put content in the place of a file at once: it is never half written.

    A link stays one; who may do what with the file stays too.
    """
    target = file.resolve()
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file))
    with TemporaryDirectory(prefix=".rubric-", dir=target.parent) as folder:
        made = Path(folder, target.name)
        made.write_bytes(content)
        copymode(target, made)
        made.replace(target)


@click.command(epilog="Example: rubric diff old.yaml new.yaml --meaning")
@click.argument("old")
@click.argument("new")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the list.",
)
@click.option(
    "--language",
    type=click.Choice(["zh", "en"]),
    help="Language of the list; the new rubric's own.",
)
@click.option("--meaning", is_flag=True, help="Leave out what is wording only.")
@click.option("--exit-code", "tell", is_flag=True, help="End with 1 if anything is listed.")
def diff(old: str, new: str, form: str, language: str | None, *, meaning: bool, tell: bool) -> None:
    """List what changed between two rubrics, in meaning and in wording.

    OLD and NEW are names of installed rubrics or files. Points, amounts, conditions, cuts,
    evidence: what was added, removed, moved or changed, however the files are written.
    """
    from rubric_engine.differences import compare_rubrics, differences_text
    from rubric_engine.errors import InvalidRubric
    from rubric_engine.files import examine

    examined = [examine(each) for each in (old, new)]
    before, after = (each.rubric for each in examined)
    if before is None or after is None:
        raise InvalidRubric([problem for each in examined for problem in each.problems])
    found = compare_rubrics(before, after)
    listed = [each for each in found if each.meaning or not meaning]
    if form == "json":
        heads = {
            key: {"rubric": each.name, "version": each.version}
            for key, each in (("old", before), ("new", after))
        }
        data = {**heads, "differences": [each.plain for each in listed]}
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        click.echo(differences_text(listed, language or after.language))
    if tell and listed:
        click.get_current_context().exit(1)


#: All of them, in the order in which the help lists them.
COMMANDS: tuple[click.Command, ...] = (
    new,
    check,
    fmt,
    diff,
    schema,
    template,
    improve,
)
