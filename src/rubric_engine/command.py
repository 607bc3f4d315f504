"""The command `rubric`: list, show, evaluate and explain from a terminal.

It ends with 0 where all is well, with 1 where the input has problems (all are listed on
standard error, each with its place), and with 2 where the call itself is wrong: an option,
the name of a rubric, a file that is not there or cannot be read or written.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from codecs import lookup
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import Any, Literal, TextIO

from attrs import asdict, evolve, frozen

try:
    import click
except ModuleNotFoundError:
    sys.stderr.write("The command `rubric` needs click: pip install 'rubric-engine[command]'\n")
    raise SystemExit(2) from None

from rubric_engine.authoring import COMMANDS
from rubric_engine.errors import (
    InvalidEvidence,
    MissingLibrary,
    PluginError,
    Problem,
    RubricError,
    UnknownRubric,
    nearest_name,
)
from rubric_engine.evaluation import Outcome, evaluate_many, program_of
from rubric_engine.exact import number_text
from rubric_engine.files import load
from rubric_engine.library import folder_of, plugins, rubric_names
from rubric_engine.model import ROOT, Item, Rubric
from rubric_engine.reading import read
from rubric_engine.sheets import Sheets, read_sheets
from rubric_engine.wording import width
from rubric_engine.words import on_one_line as _plain
from rubric_engine.words import words

__all__ = ["main"]

DEMO = "dongcheng-community"
#: With more sheets than this, a terminal is shown how far the scoring has come.
MANY = 500
HEAD = ("key", "score", "stars", "grade")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
#: What a spreadsheet takes for the beginning of a formula, in the widths it knows.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # noqa: RUF001 - full-width signs are meant


class _Commands(click.Group):
    """The commands, with the library's errors told in plain lines."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as click has it
        for stream in (sys.stdout, sys.stderr):
            _speak_utf8(stream)
        return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        try:
            super().invoke(ctx)
            sys.stdout.flush()
        except RubricError as error:
            _complain([f"{error.heading}:", *(f"  {each}" for each in error.problems)])
            ctx.exit(2 if isinstance(error, UnknownRubric | PluginError | MissingLibrary) else 1)
        except BrokenPipeError:
            raise  # click ends quietly
        except OSError as error:
            name = "" if error.filename is None else f"{error.filename}: "
            raise click.UsageError(_plain(f"{name}{error.strerror or error}"), ctx) from None


def _speak_utf8(stream: Any) -> None:  # noqa: ANN401 - a text stream, or what stands in for one
    """Let a stream write any text: UTF-8, except to a terminal that knows another encoding."""
    if hasattr(stream, "reconfigure"):
        other = stream.isatty() and lookup(stream.encoding).name != "ascii"
        stream.reconfigure(encoding=None if other else "utf-8", errors="backslashreplace")


def _version() -> str:
    try:
        return version("rubric-engine")
    except PackageNotFoundError:
        return "(a source tree that is not installed)"


_rubric = click.argument("rubric")
_evidence = click.argument(
    "evidence", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
)
_input_format = click.option(
    "--input-format",
    "kind",
    type=click.Choice(["yaml", "json", "csv"]),
    help="What EVIDENCE is, where its name does not tell.",
)
_given = click.option(
    "--given",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML or JSON file of given numbers, by their sources, for all sheets.",
)
_required = click.option(
    "--methods-required",
    "required",
    is_flag=True,
    help="Refuse items whose methods are not all recorded as used.",
)
_language = click.option(
    "--language", type=click.Choice(["zh", "en"]), help="Language of the texts; the rubric's own."
)


def _population_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that go with --engine."""
    file = click.Path(path_type=Path, dir_okay=False)
    for option in reversed(
        [
            click.option(
                "--engine",
                type=click.Choice(["polars", "duckdb", "spark"]),
                help="Score a population in this engine, from file to file.",
            ),
            click.option("--key", metavar="COLUMN", help="The column that says whose a row is."),
            click.option(
                "--rows",
                "tables",
                multiple=True,
                metavar="TABLE=FILE",
                help="The rows of a table, each with the assessee's key.",
            ),
            click.option(
                "--detail",
                type=click.Choice(["total", "nodes", "ledger"]),
                help="Add the score of every node, or what every step asked and took.",
            ),
            click.option("--exact", is_flag=True, help="Write scores as integers and their scale."),
            click.option(
                "--invalid",
                type=click.Choice(["flag", "null"]),
                help="Whether `status` says why a row has no score, or nothing does.",
            ),
            click.option("--prefix", metavar="TEXT", help="What the new columns begin with."),
            click.option("--problems", type=file, help="File to list every problem in."),
        ]
    ):
        command = option(command)
    return command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: rubric demo",
)
@click.version_option(_version(), prog_name="rubric")
def main() -> None:
    """Score sheets of evidence against a rubric, with the reason for every point.

    RUBRIC is the name of an installed rubric, or the path of a rubric file. The command
    ends with 0 where all is well, 1 where the input has problems, 2 where the call is wrong.
    """


for _command in COMMANDS:
    main.add_command(_command)


@main.command("list", epilog="Example: rubric list")
def list_() -> None:
    """List the installed rubrics.

    Plugins that cannot be used stand below, with the reason.
    """
    homes: dict[str, str] = {}
    broken: list[tuple[str, str, str]] = []
    for each in plugins():
        home = f"{each.distribution} {each.version}"
        if each.problem is not None:
            broken.append((each.name, home, each.problem))
        elif each.kind == "rubric":
            homes[each.name] = home
    rows = []
    for name in rubric_names():
        home = homes.get(name, "built in")
        try:
            rows.append(_listed(name, load(name), home))
        except RubricError as error:
            broken.append((name, home, str(error.problems[0])))
    head = ("name", "version", "title", "points", "items", "from", "provenance")
    _print_table(head, rows, sys.stdout, right=(3, 4))
    if broken:
        click.echo("\nCannot be used:")
        for name, home, reason in broken:
            click.echo(_plain(f"  {name} ({home}): {reason}"))


def _listed(name: str, rubric: Rubric, home: str) -> tuple[str, ...]:
    scale = program_of(rubric).lowered.nodes[0].place.scale
    points = "open" if scale is None else number_text(scale)
    items = sum(isinstance(node, Item) for node in rubric.nodes())
    title = "" if rubric.title is None else rubric.title.in_language(rubric.language)
    return name, rubric.version, title, points, str(items), home, _provenance(rubric)


def _provenance(rubric: Rubric) -> str:
    """Return whether a rubric is illustrative, wholly or in part."""
    stated = {
        each.provenance
        for node in rubric.nodes()
        for each in (node, *node.rules, *node.grades, *node.gates)
    }
    if "illustrative" not in stated:
        return ""
    return "partly illustrative" if "source" in stated else "illustrative"


@main.command(epilog="Example: rubric show dongcheng-community --language en")
@_rubric
@_language
def show(rubric: str, language: str | None) -> None:
    """Show the tree of a rubric.

    Every node has its points, evidence, rules and grades.
    """
    click.echo(load(rubric).explain(language))


@main.command(
    epilog="Example: rubric evaluate sf-food-safety visits.csv --format csv --output scores.csv"
)
@_rubric
@click.argument("evidence", type=click.Path(exists=True, allow_dash=True, path_type=Path))
@_input_format
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="Form of the results; json has every step, and the problems of bad sheets.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write the results to, in UTF-8.",
)
@click.option("--nodes", is_flag=True, help="Add the score of every node to a table or to csv.")
@_given
@_required
@_population_options
def evaluate(  # noqa: PLR0913 - one parameter for each option
    rubric: str,
    evidence: Path,
    kind: str | None,
    form: str,
    output: Path | None,
    *,
    nodes: bool,
    given: Path | None,
    required: bool,
    **population: Any,  # noqa: ANN401 - the options of `_Population`
) -> None:
    """Score the sheets of EVIDENCE.

    EVIDENCE is a YAML, JSON or CSV file, or `-` for standard input. A CSV file has a column
    `item.field` for each finding and a row for each assessee. Good sheets are scored even if
    others have problems.

    With --engine, EVIDENCE is a population of any size: a Parquet or CSV file, or a folder of
    Parquet files, that the engine reads, scores and writes to --output by itself.
    """
    asked = _Population.of(**population)
    if asked.engine is not None:
        beside = _Beside(None if given is None else _read_given(given), required)
        _score_population(load(rubric), evidence, output, asked, beside)
        return
    if evidence.is_dir():
        msg = f"{evidence} is a folder; those are read with --engine."
        raise click.UsageError(_plain(msg))
    loaded, sheets = load(rubric), _read(evidence, kind)
    if output is not None and output.exists() and evidence.exists() and output.samefile(evidence):
        raise click.BadParameter("this is EVIDENCE itself", param_hint="--output")
    problems: list[Problem] = []
    ids = [node for node in program_of(loaded).ids if node != ROOT] if nodes else []
    beside = _Beside(None if given is None else _read_given(given), required)
    file = None if output is None else output.open("w", encoding="utf-8", newline="")
    with file or nullcontext(sys.stdout) as out:
        calm = form == "table" or not out.isatty()
        scored = _outcomes(loaded, sheets, problems, beside)
        with _watched(scored, len(sheets), calm=calm) as outcomes:
            _WRITERS[form](outcomes, ids, out)
    _finish(problems, sheets)


def _read(evidence: Path, kind: str | None) -> Sheets:
    piped = str(evidence) == "-"
    kind = kind or evidence.suffix.lower().removeprefix(".")
    if kind == "parquet":
        msg = f"{evidence} is read with an engine: --engine polars, duckdb or spark."
        raise click.UsageError(_plain(msg))
    if kind not in ("yaml", "yml", "json", "csv"):
        what = "standard input" if piped else str(evidence)
        msg = f"Say what {what} is: --input-format yaml, json or csv."
        raise click.UsageError(_plain(msg))
    content = sys.stdin.buffer.read() if piped else evidence.read_bytes()
    name, key = ("<stdin>", "stdin") if piped else (str(evidence), evidence.stem)
    try:
        return evolve(read_sheets(Path(f"{key}.{kind}"), content), file=name)
    except InvalidEvidence as error:
        raise InvalidEvidence([each.inside(name) for each in error.problems]) from None


@frozen
class _Beside:
    """What holds for all sheets: the given numbers, and whether methods are required."""

    given: Mapping[str, Any] | None = None
    required: bool = False


@frozen(kw_only=True)
class _Population:
    """What is asked of a population: the options that go with --engine."""

    engine: str | None
    key: str | None
    rows: Mapping[str, Path]
    detail: Literal["total", "nodes", "ledger"]
    exact: bool
    invalid: Literal["flag", "null"]
    prefix: str
    problems: Path | None

    @classmethod
    def of(cls, engine: str | None, tables: Sequence[str], **options: Any) -> _Population:  # noqa: ANN401 - of click
        """Return the options; raises `UsageError` where they do not go together."""
        given = {"rows": tables, **options}
        lost = [f"--{name}" for name, value in given.items() if value]
        if engine is None and lost:
            msg = f"{', '.join(lost)}: only with --engine."
            raise click.UsageError(msg)
        context = click.get_current_context()
        names = {"kind": "--input-format", "form": "--format", "nodes": "--nodes"}
        default = click.core.ParameterSource.DEFAULT
        other = [
            option
            for name, option in names.items()
            if engine is not None and context.get_parameter_source(name) is not default
        ]
        if other:
            msg = f"{', '.join(other)}: not with --engine, which goes by the names of files."
            raise click.UsageError(msg)
        rows: dict[str, Path] = {}
        for each in tables:
            table, sign, file = each.partition("=")
            if not sign or not file or table in rows or not Path(file).exists():
                what = "is there already" if table in rows else "must be TABLE=FILE"
                what = f"{file} is not there" if file and not Path(file).exists() else what
                raise click.BadParameter(_plain(f"{each}: {what}"), param_hint="--rows")
            rows[table] = Path(file)
        if options["problems"] is not None and options["key"] is None:
            msg = "--problems needs --key, to say whose they are."
            raise click.UsageError(msg)
        options["detail"] = options["detail"] or "total"
        options["invalid"] = options["invalid"] or "flag"
        options["prefix"] = options["prefix"] or ""
        return cls(engine=engine, rows=rows, **options)


def _score_population(
    rubric: Rubric, source: Path, target: Path | None, asked: _Population, beside: _Beside
) -> None:
    """Score a population from file to file; end with 1 if rows could not be scored."""
    from rubric_engine.population_files import score_files

    if target is None:
        msg = "--engine needs --output, a file .parquet or .csv."
        raise click.UsageError(msg)
    _refuse_files(source, target, asked)
    begin = perf_counter()
    with _ticking() as watch:
        tally = score_files(
            rubric,
            asked.engine or "",
            source,
            target,
            key=asked.key,
            rows=asked.rows,
            problems=asked.problems,
            given=beside.given,
            methods="required" if beside.required else None,
            invalid=asked.invalid,
            prefix=asked.prefix,
            watch=watch,
            detail=asked.detail,
            exact=asked.exact,
        )
    seconds = perf_counter() - begin
    if sys.stderr.isatty():
        speed = tally.rows / seconds
        _complain([f"{tally.rows:,} rows in {seconds:.1f} s, {speed:,.0f} rows/s."])
    if not tally.rows:
        _complain([f"{source} holds no rows."])
    if tally.wrong:
        reasons = ", ".join(f"{code} {count}" for code, count in tally.wrong.items())
        count = sum(tally.wrong.values())
        _complain([f"{count} of {tally.rows} rows in {source} cannot be scored: {reasons}."])
        click.get_current_context().exit(1)


def _refuse_files(source: Path, target: Path, asked: _Population) -> None:
    """Refuse files of other formats, and a file that would be written over one that is used."""
    from rubric_engine.population_files import format_of

    if str(source) == "-" or format_of(source) is None:
        msg = "EVIDENCE must be a file .parquet or .csv, or a folder of Parquet files."
        raise click.UsageError(msg)
    for table, path in asked.rows.items():
        if format_of(path) != format_of(source):
            msg = f"{table} must be of the same format as EVIDENCE."
            raise click.BadParameter(_plain(msg), param_hint="--rows")
    used = [source, *asked.rows.values()]
    made = [("--output", target)]
    made += [] if asked.problems is None else [("--problems", asked.problems)]
    for hint, path in made:
        if path.suffix.lower() not in (".parquet", ".csv"):
            msg = f"{path} must end in .parquet or .csv."
            raise click.BadParameter(_plain(msg), param_hint=hint)
        if any(path.resolve() == each.resolve() for each in used):
            raise click.BadParameter("this file is used already", param_hint=hint)
        if path.is_dir() or (asked.engine == "spark" and path.exists()):
            msg = f"{path} is there already."
            raise click.BadParameter(_plain(msg), param_hint=hint)
        used.append(path)


@contextmanager
def _ticking() -> Iterator[Callable[[str], None]]:
    """Show on a terminal which step it is in, and for how long."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    done, steps, begin = Event(), ["Starting"], perf_counter()

    def show() -> None:
        while not done.wait(0.2):
            line = f"{_plain(steps[-1])} … {perf_counter() - begin:.0f} s"
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()

    thread = Thread(target=show, daemon=True)
    thread.start()
    try:
        yield steps.append
    finally:
        done.set()
        thread.join()
        sys.stderr.write("\r\x1b[K")


def _read_given(file: Path) -> Mapping[str, Any]:
    document, problems = read(file.read_bytes())
    value = None if document is None else document.value
    if not problems and not isinstance(value, dict):
        problems = [Problem("not-a-mapping", "$", "given numbers by their sources", line=1)]
    if problems or not isinstance(value, dict):
        raise InvalidEvidence([each.inside(str(file)) for each in problems])
    return value


def _outcomes(
    rubric: Rubric, sheets: Sheets, problems: list[Problem], beside: _Beside
) -> Iterator[Outcome]:
    """Score the sheets; their problems get their places, and are kept for the end."""
    methods: Literal["required"] | None = "required" if beside.required else None
    for outcome in evaluate_many(rubric, sheets.sheets, given=beside.given, methods=methods):
        placed = tuple(sheets.placed(outcome.key, each) for each in outcome.problems)
        whose = f"{outcome.key}: " if len(sheets) > 1 else ""
        problems += [evolve(each, path=f"{whose}{each.path}") for each in placed]
        yield evolve(outcome, problems=placed)


def _watched(
    outcomes: Iterator[Outcome], count: int, *, calm: bool
) -> AbstractContextManager[Iterable[Outcome]]:
    """Show how far it has come, on a terminal that nothing else is written to meanwhile."""
    if count <= MANY or not calm or not sys.stderr.isatty():
        return nullcontext(outcomes)
    return click.progressbar(
        outcomes, count, "Scoring", file=sys.stderr, update_min_steps=count // 100
    )


def _finish(problems: Sequence[Problem], sheets: Sheets) -> None:
    """List the problems of the sheets; end with 1 if there are any."""
    if not len(sheets):
        _complain([f"{sheets.file} holds no sheets."])
    if problems:
        noun = "problem" if len(problems) == 1 else "problems"
        _complain([*map(str, problems), f"{len(problems)} {noun} in {sheets.file}."])
        click.get_current_context().exit(1)


def _rows(outcomes: Iterable[Outcome], ids: Sequence[str]) -> Iterator[list[str]]:
    """Yield the head of the columns, then one row for each sheet that has a result."""
    yield [*HEAD, *(f"{each}.score" if each in HEAD else each for each in ids)]
    for outcome in outcomes:
        result = outcome.evaluation
        if result is not None:
            stars = "" if result.stars is None else str(result.stars)
            head = [str(outcome.key), format(result.score, "f"), stars, result.grade or ""]
            nodes = result.nodes if ids else {}
            yield head + [format(nodes[each].score, "f") for each in ids]


def _write_table(outcomes: Iterable[Outcome], ids: Sequence[str], out: TextIO) -> None:
    head, *rows = _rows(outcomes, ids)
    _print_table(head, rows, out, right=(1, 2, *range(len(HEAD), len(head))))


def _write_csv(outcomes: Iterable[Outcome], ids: Sequence[str], out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows(map(_harmless, row) for row in _rows(outcomes, ids))


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else cell


def _write_json(outcomes: Iterable[Outcome], ids: Sequence[str], out: TextIO) -> None:
    out.write("[")
    for number, outcome in enumerate(outcomes):
        found = [{**asdict(each), "message": each.message} for each in outcome.problems]
        result = outcome.evaluation
        data = {"problems": found} if result is None else result.to_dict()
        text = json.dumps({"key": outcome.key, **data}, ensure_ascii=False)
        out.write(("," if number else "") + "\n" + text)
    out.write("\n]\n")


_WRITERS = {"table": _write_table, "csv": _write_csv, "json": _write_json}


@main.command(epilog="Example: rubric explain dongcheng-community sheets.yaml --sheet north")
@_rubric
@_evidence
@_input_format
@click.option("--sheet", "keys", multiple=True, metavar="KEY", help="Explain this sheet only.")
@_language
@click.option("--all", "everything", is_flag=True, help="Explain what is at full marks too.")
@_given
@_required
def explain(  # noqa: PLR0913 - one parameter for each option
    rubric: str, evidence: Path, kind: str | None, keys: Sequence[str], language: str | None,
    *, everything: bool, given: Path | None, required: bool,
) -> None:  # fmt: skip
    """Explain the scores of EVIDENCE step by step."""
    loaded, sheets = load(rubric), _read(evidence, kind)
    for key in keys:
        if key not in sheets.sheets:
            near = nearest_name(key, sheets)
            hint = f"; did you mean {near!r}?" if near else "."
            raise click.UsageError(_plain(f"{sheets.file} has no sheet {key!r}{hint}"))
    chosen = evolve(sheets, sheets={key: sheets.sheets[key] for key in keys or sheets})
    problems: list[Problem] = []
    beside = _Beside(None if given is None else _read_given(given), required)
    for outcome in _outcomes(loaded, chosen, problems, beside):
        if outcome.evaluation is not None:
            if len(chosen) > 1:
                click.echo(f"== {_plain(outcome.key)} ==")
            click.echo(outcome.evaluation.explain(language, everything=everything) + "\n")
    _finish(problems, chosen)


@main.command(epilog="Example: rubric demo --language zh")
@click.option(
    "--language", type=click.Choice(["zh", "en"]), default="en", show_default=True,
    help="Language of the texts.",
)  # fmt: skip
@click.option("--cycle", is_flag=True, help="Show two synthetic years of a district instead.")
def demo(language: str, *, cycle: bool) -> None:
    """Score the built-in example and explain it."""
    if cycle:
        from rubric_engine.cycle.telling import demo_text

        click.echo(demo_text(language), nl=False)
        return
    rubric, file = load(DEMO), folder_of(DEMO).joinpath("demo.yaml")
    sheets = read_sheets(Path(file.name), file.read_bytes())
    problems: list[Problem] = []
    outcomes = list(_outcomes(rubric, sheets, problems, _Beside()))
    document = {} if sheets.document is None else sheets.document.value
    click.echo(f"{DEMO} ({_provenance(rubric)}), {len(sheets)} synthetic sheets\n")
    for note in (rubric.title, rubric.note, words(document.get("note"))):
        if note is not None:
            click.echo(note.in_language(language) + "\n")
    _write_table(outcomes, (), sys.stdout)
    first = outcomes[0]
    if first.evaluation is not None:
        click.echo(f"\n== {first.key} ==\n{first.evaluation.explain(language)}")
    _finish(problems, sheets)


def _print_table(
    head: Sequence[str], rows: Sequence[Sequence[str]], out: TextIO, right: Sequence[int]
) -> None:
    """Print aligned columns; those in `right` are numbers, and end under each other."""
    lines = [[_plain(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = []
        for place, (cell, columns) in enumerate(zip(line, widths, strict=True)):
            blank = " " * (columns - width(cell))
            cells.append(blank + cell if place in right else cell + blank)
        out.write("  ".join(cells).rstrip() + "\n")


def _complain(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(_plain(line), err=True)
