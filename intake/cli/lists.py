"""`intake export` and `intake digest`: the list as a file, and the staff's letter before it is sent."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from intake.cli.start import ConfigOption, fail, opened
from intake.cli.words import progress
from intake.digest import make_digest, preview_period, write_digest
from intake.export import write_csv, write_xlsx
from intake.listing import Filter, count_applications, find_applications, mistakes
from intake.whole import write_jsonl
from intake.worker import now
from models.application import ApplicationStatus
from replies.digest_overview import overviews, standings_of
from replies.dutch_time import AMSTERDAM
from replies.render import open_templates


class FileFormat(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


class Separator(StrEnum):
    """What stands between the cells of a CSV file."""

    SEMICOLON = "semicolon"
    COMMA = "comma"


def export(
    path: Annotated[Path, typer.Argument(help="Where to write it; its ending says what: .csv, .xlsx or .jsonl.")],
    config: ConfigOption = None,
    output: Annotated[FileFormat | None, typer.Option("--format", help="In place of the file's ending.")] = None,
    separator: Annotated[
        Separator, typer.Option(help="For CSV: Dutch Excel expects a semicolon.")
    ] = Separator.SEMICOLON,
    call: Annotated[str | None, typer.Option(help="Of this call only.")] = None,
    status: Annotated[ApplicationStatus | None, typer.Option(help="With this status only.")] = None,
    sector: Annotated[str | None, typer.Option(help="po, sbo, so, vo, vso, pro, mbo, or unknown.")] = None,
    region: Annotated[str | None, typer.Option(help="noord, zuid, or unknown.")] = None,
    incomplete: Annotated[bool | None, typer.Option("--incomplete/--complete", help="By what is missing.")] = None,
    review: Annotated[bool | None, typer.Option("--review/--no-review", help="By whether a person must look.")] = None,
    text: Annotated[str, typer.Option(help="Words that occur in it.")] = "",
) -> None:
    """Write the list of applications to a file: CSV or XLSX with Dutch headings, or JSON lines with everything.

    Example: intake export aanmeldingen.xlsx --region noord
    """
    kinds = {f".{kind}": kind for kind in FileFormat} | {".json": FileFormat.JSONL}
    kind = output or kinds.get(path.suffix.lower())
    if kind is None:
        fail(f"{path}: its ending says no format; name it with --format csv, xlsx or jsonl")
    wanted = Filter(
        call=call, status=status, sector=sector, region=region, incomplete=incomplete, needs_review=review, text=text
    )
    with opened(config) as installation, installation.readers() as session:
        if wrong := mistakes(wanted, installation.calls):
            fail("\n".join(wrong))
        calls = {name: one for name, one in installation.calls.items() if call in {None, name}}
        total = count_applications(session, wanted, calls)
        found = find_applications(session, wanted, calls, whole=kind is FileFormat.JSONL)
        rows = progress(found, "Exporting", total)
        try:
            with _replaced(path) as part:
                match kind:
                    case FileFormat.CSV:
                        delimiter = ";" if separator is Separator.SEMICOLON else csv.excel.delimiter
                        with part.open("w", encoding="utf-8-sig", newline="") as out:
                            count = write_csv(rows, calls, out, delimiter=delimiter)
                    case FileFormat.XLSX:
                        standing = overviews(session, calls, list(standings_of(session, calls)), now())
                        count = write_xlsx(rows, calls, part, standing)
                    case FileFormat.JSONL:
                        with part.open("w", encoding="utf-8") as out:
                            count = write_jsonl(session, rows, out)
        except OSError as error:
            fail(f"{path}: {error.strerror or error}")
    print(f"Wrote {count} application{'' if count == 1 else 's'} to {path}.")


@contextmanager
def _replaced(path: Path) -> Iterator[Path]:
    """Give a file beside the path, which takes its place only when it is whole; its owner alone may read it.

    What is no file (/dev/stdout) is written to as it is.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def digest(
    config: ConfigOption = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only show it: nothing is sent, nothing is marked as told.")
    ] = False,
    output: Annotated[Path | None, typer.Option("--output", help="With --preview: write it as .html or .txt.")] = None,
    day: Annotated[str | None, typer.Option("--date", help="With --preview: of another day, as 2026-01-31.")] = None,
) -> None:
    """Make the digest that is due now, unless it was made; or look at it beforehand.

    Example: intake digest --preview --output digest.html
    """
    if not preview and (output or day):
        fail("--output and --date go with --preview")
    with opened(config) as installation:
        settings = installation.settings
        folder = settings.letters.template_folder
        templates = open_templates([folder] if folder else [])
        if not preview:
            made = make_digest(installation, templates, now=now())
            print("The digest is in the outbox." if made else "No digest is due: it was made, or nobody gets one.")
            return
        try:
            wanted = date.fromisoformat(day) if day else now().astimezone(AMSTERDAM).date()
        except ValueError:
            fail(f"--date: {day}: not a date like 2026-01-31")
        with installation.readers() as session:
            period = preview_period(session, installation, wanted, now=now())
            letter = write_digest(session, installation, templates, period)
    if letter is None:
        print("There is nothing to tell, and the settings want no letter then.")
    elif output is None:
        print(f"{letter.subject}\n\n{letter.text}")
    else:
        try:
            output.write_text(letter.html if output.suffix.lower() in {".html", ".htm"} else letter.text, "utf-8")
        except OSError as error:
            fail(f"{output}: {error.strerror or error}")
        print(f"Wrote {output}.")
