"""The list of applications as a table with Dutch headings: CSV and XLSX."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path
from typing import TextIO

import phonenumbers
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from config.call import Call
from models.application import Application, ApplicationStatus
from models.value import ApplicationValue
from replies.digest_content import UNKNOWN, Overview
from replies.dutch_time import AMSTERDAM

STATUS = {
    ApplicationStatus.OPEN: "aangemeld",
    ApplicationStatus.WITHDRAWN: "ingetrokken",
    ApplicationStatus.MERGED: "samengevoegd",
}
_NAMES = {"po": "PO", "vo": "VO", "both": "PO en VO", UNKNOWN: "onbekend", "noord": "Noord", "zuid": "Zuid"}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the start of a formula (OWASP, "CSV injection")."""
_CELL_LIMIT = 32_767
"""Characters that a cell of a spreadsheet holds."""
_WIDTHS = {"reference": 15, "created": 17, "updated": 17, "organisation": 32, "role": 24, "name": 24, "email": 32}
_ANSWER_WIDTH, _OTHER_WIDTH = 60, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the exported table: its Dutch heading, how to read it off an application, how wide it is."""

    id: str
    heading: str
    read: Callable[[Application, Mapping[str, ApplicationValue]], str | datetime]
    width: int = _OTHER_WIDTH


def columns(calls: Mapping[str, Call]) -> list[Column]:
    """Return the columns that these calls need: what every application has, each call's fields, then its answers."""
    found = {
        "reference": Column(id="reference", heading="Kenmerk", read=lambda row, _: row.reference, width=15),
        "status": Column(id="status", heading="Status", read=lambda row, _: STATUS[row.status]),
        "created": Column(id="created", heading="Ontvangen", read=lambda row, _: row.created_at, width=17),
        "updated": Column(id="updated", heading="Bijgewerkt", read=lambda row, _: row.updated_at, width=17),
    }
    for call in calls.values():
        for field in call.fields:
            found.setdefault(field.id, _value_column(field.id, field.label, _WIDTHS.get(field.id, _OTHER_WIDTH)))
        if call.regions:
            found.setdefault("region", _value_column("region", "Regio", _OTHER_WIDTH))
        for question in call.questions:
            heading = f"{question.id}. {question.topic[:1].upper()}{question.topic[1:]}"
            found.setdefault(f"answer:{question.id}", _value_column(f"answer:{question.id}", heading, _ANSWER_WIDTH))
    found["people"] = Column(id="people", heading="Ook aangemeld", read=lambda row, _: _people(row), width=32)
    found["missing"] = Column(id="missing", heading="Ontbreekt", read=lambda row, _: _missing(row, calls), width=24)
    found["review"] = Column(id="review", heading="Nakijken", read=lambda row, _: "ja" if row.needs_review else "")
    if len(calls) > 1:
        found["call"] = Column(id="call", heading="Oproep", read=lambda row, _: row.call)
    return list(found.values())


def _value_column(field: str, heading: str, width: int) -> Column:
    def read(_: Application, current: Mapping[str, ApplicationValue]) -> str:
        value = current[field].value if field in current else ""
        return _phone(value) if field == "phone" else value.replace(",", ", ") if field == "sector" else value

    return Column(id=field, heading=heading, read=read, width=width)


def _phone(number: str) -> str:
    """A Dutch number as people dial it, others with their country; what is no number as it is."""
    try:
        parsed = phonenumbers.parse(number, "NL")
    except phonenumbers.NumberParseException:
        return number
    dutch = parsed.country_code == 31
    style = phonenumbers.PhoneNumberFormat.NATIONAL if dutch else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)


def _people(row: Application) -> str:
    taking_part = (person for person in row.people if person.removed_at is None)
    return "; ".join(", ".join(filter(None, (one.name, one.role, one.email, one.phone))) for one in taking_part)


def _missing(row: Application, calls: Mapping[str, Call]) -> str:
    call = calls.get(row.call)
    if call is None:
        return ""
    labels = {field.id: field.label.lower() for field in call.fields}
    labels |= {f"answer:{question.id}": question.topic for question in call.questions}
    return ", ".join(labels[field] for field in row.missing(call.required))


def write_csv(rows: Iterable[Application], calls: Mapping[str, Call], out: TextIO, *, delimiter: str = ";") -> int:
    """Write a table that Dutch Excel opens by a double click; returns how many rows. `out`: utf-8-sig, newline="".

    A cell that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    wanted = columns(calls)
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow([column.heading for column in wanted])
    count = 0
    for row in rows:
        writer.writerow([_csv_cell(value) for value in _values(row, wanted)])
        count += 1
    return count


def _csv_cell(value: str | datetime) -> str:
    if isinstance(value, datetime):
        return value.astimezone(AMSTERDAM).strftime("%Y-%m-%d %H:%M")
    return f"'{value}" if _like_a_formula(value) else value


def _like_a_formula(value: str) -> bool:
    """Whether a spreadsheet may calculate the text; some skip the spaces before it."""
    return value.startswith(_FORMULA_STARTS) or value.lstrip().startswith(_FORMULA_STARTS)


def _values(row: Application, wanted: Sequence[Column]) -> list[str | datetime]:
    current = row.current()
    return [column.read(row, current) for column in wanted]


def write_xlsx(
    rows: Iterable[Application], calls: Mapping[str, Call], path: Path, overviews: Sequence[Overview]
) -> int:
    """Write a workbook: the applications, and how the open ones stand in all; returns how many rows.

    Rows leave memory as they are written. Every text is a text cell, never a formula; what looks like one is marked as
    text (quotePrefix), so that it stays one when somebody edits it. Raises OSError when the file can't be written.
    """
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    try:
        with xlsxwriter.Workbook(str(path), options) as book:
            heading = book.add_format({"bold": True, "bg_color": "#DCE6F1", "valign": "top", "text_wrap": True})
            count = _write_applications(book, rows, columns(calls), heading)
            _write_overviews(book, overviews, calls, heading)
    except FileCreateError as error:
        raise OSError(str(error)) from error
    return count


def _write_applications(
    book: xlsxwriter.Workbook, rows: Iterable[Application], wanted: Sequence[Column], heading: Format
) -> int:
    sheet = book.add_worksheet("Aanmeldingen")
    cell = {"text_wrap": True, "valign": "top"}
    text, quoted = book.add_format(cell), book.add_format(cell | {"quote_prefix": True})
    date = book.add_format(cell | {"num_format": "dd-mm-yyyy hh:mm"})
    sheet.freeze_panes(1, 1)
    for n, column in enumerate(wanted):
        sheet.set_column(n, n, column.width)
        sheet.write_string(0, n, column.heading, heading)
    count = 0
    for count, row in enumerate(rows, start=1):
        for n, value in enumerate(_values(row, wanted)):
            if isinstance(value, datetime):
                sheet.write_datetime(count, n, value.astimezone(AMSTERDAM).replace(tzinfo=None), date)
            elif value:
                sheet.write_string(count, n, _cut(value), quoted if _like_a_formula(value) else text)
    sheet.autofilter(0, 0, count, len(wanted) - 1)
    return count


def _cut(value: str) -> str:
    """What fits in a cell, with an ellipsis where more was said; JSON lines have the whole."""
    return value if len(value) <= _CELL_LIMIT else value[: _CELL_LIMIT - 1] + "…"


def _write_overviews(
    book: xlsxwriter.Workbook, overviews: Sequence[Overview], calls: Mapping[str, Call], heading: Format
) -> None:
    """One table for each call: levels by regions, complete and incomplete, the last weeks."""
    sheet = book.add_worksheet("Overzicht")
    date = book.add_format({"num_format": "dd-mm-yyyy", "align": "left"})
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 6, 14)
    sheet.write_string(0, 0, "Alle aanmeldingen die meedoen, ook die niet in deze export staan.")
    row = 2
    for overview in overviews:
        row = _write_overview(sheet, overview, calls[overview.call], row=row, heading=heading, date=date) + 3


def _write_overview(
    sheet: Worksheet, overview: Overview, call: Call, *, row: int, heading: Format, date: Format
) -> int:
    """Write one table from a row on; returns its last row."""
    regions = [*dict.fromkeys(call.regions.values()), UNKNOWN]
    levels = ("po", "vo", "both", UNKNOWN)
    counts = [[overview.cells.get((level, region), 0) for region in regions] for level in levels]
    head = [call.subject.capitalize(), *(_NAMES.get(region, region) for region in regions), "samen"]
    sheet.write_row(row, 0, head, heading)
    for level, numbers in zip(levels, counts, strict=True):
        row += 1
        sheet.write_row(row, 0, [_NAMES[level], *numbers, sum(numbers)])
    sums = [sum(column) for column in zip(*counts, strict=True)]
    sheet.write_row(row + 1, 0, ["samen", *sums, overview.total])
    sheet.write_row(row + 3, 0, ["compleet", overview.complete])
    sheet.write_row(row + 4, 0, ["niet compleet", overview.incomplete])
    row += 6
    sheet.write_row(row, 0, ["week van", "aanmeldingen"], heading)
    for monday, count in overview.weeks:
        row += 1
        sheet.write_datetime(row, 0, datetime.combine(monday, time()), date)
        sheet.write_number(row, 1, count)
    return row
