"""Documents into text, by what they hold and not by what they are called."""

import io

import pypdf
import pytest

from parsers.attachments import Document, read_document
from parsers.mime import Reading
from tests.documents import archive, cell, docx, odt, paragraph, pdf, xlsx

BINARY = "application/octet-stream"


def read(data: bytes, filename: str = "bijlage", media_type: str = BINARY, reading: Reading | None = None) -> Document:
    return read_document(data, filename=filename, media_type=media_type, charset=None, reading=reading or Reading())


def test_a_word_document_reads_paragraphs_and_tables_in_their_order():
    row = f"<w:tr>{cell('Functie')}{cell('directeur')}</w:tr>"
    document = read(docx(paragraph("Aanmelding") + f"<w:tbl>{row}</w:tbl>" + paragraph("Groet")))
    assert document.text == "Aanmelding\nFunctie | directeur\nGroet"
    assert document.media_type.endswith("wordprocessingml.document")


def test_a_long_answer_in_a_table_keeps_its_lines():
    row = f"<w:tr>{cell('Vraag 1')}{cell('omdat wij willen', 'en moeten')}</w:tr>"
    assert read(docx(f"<w:tbl>{row}</w:tbl>")).text == "Vraag 1 | omdat wij willen\nen moeten"


def test_text_boxes_and_filled_controls_of_a_form_are_read_once():
    box = "<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent>{0}</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>{0}</w:txbxContent></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    control = f"<w:sdt><w:sdtPr/><w:sdtContent>{paragraph('De Klimop')}</w:sdtContent></w:sdt>"
    empty = f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{paragraph('Klik om tekst in te voeren.')}</w:sdtContent></w:sdt>"
    text = read(docx(box.format(paragraph("In een vak")) + control + empty + paragraph("Einde"))).text
    assert [line for line in text.split("\n") if line] == ["In een vak", "De Klimop", "Einde"]


def test_deleted_words_are_left_out_and_breaks_kept():
    body = "<w:p><w:r><w:t>een</w:t><w:br/><w:t>twee</w:t><w:tab/></w:r><w:del><w:r><w:delText>weg</w:delText></w:r></w:del><w:r><w:t>drie</w:t></w:r></w:p>"
    assert read(docx(body)).text == "een\ntwee\tdrie"


def test_lists_keep_their_bullets_and_numbers():
    numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    bullets = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="2"/></w:numPr>'
    numbering = (
        '<w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl></w:abstractNum>'
        '<w:abstractNum w:abstractNumId="8"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num>'
    )
    body = (
        paragraph("een", numbered)
        + paragraph("twee", numbered)
        + paragraph("punt", bullets)
        + paragraph("stijl", '<w:pStyle w:val="ListNumber"/>')
    )
    assert read(docx(body, numbering=numbering)).text == "1. een\n2. twee\n- punt\n1. stijl"


def test_heads_and_feet_of_pages_are_read_once():
    text = read(
        docx(
            paragraph("Brief"),
            header1=paragraph("De Klimop"),
            header2=paragraph("De Klimop"),
            footer1=paragraph("KvK 123"),
        )
    ).text
    assert text == "De Klimop\nBrief\nKvK 123"


def test_an_open_document_reads_tables_lists_and_spaces():
    styles = '<text:list-style style:name="L1"><text:list-level-style-number text:level="1"/></text:list-style>'
    content = (
        "<text:p>Aan<text:s text:c='2'/>het Steunpunt</text:p><table:table><table:table-row><table:table-cell><text:p>Sector</text:p></table:table-cell>"
        "<table:table-cell><text:p>po</text:p></table:table-cell></table:table-row></table:table>"
        '<text:list text:style-name="L1"><text:list-item><text:p>omdat</text:p></text:list-item><text:list-item><text:p>hoe</text:p></text:list-item></text:list>'
        "<text:list><text:list-item><text:p>punt</text:p></text:list-item></text:list><text:tracked-changes><text:p>weg</text:p></text:tracked-changes>"
    )
    document = read(odt(content, styles))
    assert document.text == "Aan  het Steunpunt\nSector | po\n1. omdat\n2. hoe\n- punt"


def test_a_workbook_reads_a_line_for_each_row():
    assert read(xlsx([["Functie", "directeur"], ["Sector", "po"]])).text == "Functie | directeur\nSector | po"


def test_a_pdf_reads_its_pages():
    document = read(pdf("Naam: Jan", "Functie: directeur"))
    assert document.text.split() == ["Naam:", "Jan", "Functie:", "directeur"]
    assert document.media_type == "application/pdf"


def test_an_encrypted_pdf_is_unread_and_it_is_said():
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf("geheim")))
    writer.encrypt("wachtwoord", algorithm="RC4-128")
    buffer = io.BytesIO()
    writer.write(buffer)
    reading = Reading()
    assert read(buffer.getvalue(), reading=reading).text == ""
    assert reading.defects == ["attachment is encrypted"]


def test_rich_text_reads_words_and_not_its_machinery():
    rtf = (
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator Word;}{\info{\author Jan}}\pard Beste lezer,\par "
        rb"\'e9\'e9n \u8364? \u-10179?\u-8704?{\b vet} \{haak\}\line nieuw\par\trowd Functie\cell directeur\cell\row}"
    )
    assert read(rtf, "brief.doc").text == "Beste lezer,\néén € 😀vet {haak}\nnieuw\nFunctie | directeur"


def test_a_business_card_reads_like_a_name_block():
    card = (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Vries;Jan;de;;\r\nFN:Jan de Vries\r\nORG:OBS De Klimop;Groep 3\r\nTITLE:directeur\r\n"
        "TEL;TYPE=CELL:06-12345678\r\nTEL;TYPE=WORK,\r\n VOICE:0592-123456\r\nitem1.EMAIL:jan@klimop.nl\r\nNOTE;ENCODING=QUOTED-PRINTABLE:c=C3=B6\r\nEND:VCARD\r\n"
    )
    assert read(card.encode(), "jan.vcf", "text/vcard").text.split("\n") == [
        "Naam: Jan de Vries", "Organisatie: OBS De Klimop, Groep 3", "Functie: directeur", "Mobiel: 06-12345678",
        "Telefoon: 0592-123456", "E-mail: jan@klimop.nl", "Opmerking: cö",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "filename", "media_type", "text"),
    [
        (b"Naam: Jan", "a.txt", "text/plain", "Naam: Jan"),
        (b"Naam: Jan", "a.txt", BINARY, "Naam: Jan"),
        ("één".encode("cp1252"), "a.txt", "text/plain", "één"),
        (b"<html><body><p>Naam: Jan</p></body></html>", "a.htm", BINARY, "Naam: Jan"),
        (b"Naam;Jan\r\nFunctie;ib", "a.csv", "text/csv", "Naam;Jan\nFunctie;ib"),
        (docx(paragraph("echt Word")), "a.pdf", "application/pdf", "echt Word"),
        (pdf("echt PDF"), "a.docx", "application/msword", "echt PDF"),
    ],
)
def test_names_and_media_types_that_lie_do_no_harm(data, filename, media_type, text):
    assert read(data, filename, media_type).text == text


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "application/msword"),
        (b"x\x9f>\x22", "application/ms-tnef"),
        (archive({"geheim.txt": "x"}), "application/zip"),
        (b"", BINARY),
        (b"\0\1\2" * 100, "text/plain"),
    ],
)
def test_what_is_no_document_of_ours_reads_as_nothing(data, media_type):
    assert read(data, "x", media_type).text == ""


@pytest.mark.parametrize(
    "data",
    [docx(paragraph("woord")), odt("<text:p>woord</text:p>"), pdf("woord"), xlsx([["woord"]]), rb"{\rtf1 woord}"],
)
def test_a_document_cut_anywhere_never_raises(data):
    for end in range(0, len(data), max(1, len(data) // 60)):
        assert isinstance(read(data[:end]).text, str)


def test_a_document_that_declares_entities_is_not_read():
    reading = Reading()
    bomb = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>'
    assert read(archive({"word/document.xml": bomb}), reading=reading).text == ""
    assert reading.truncated
