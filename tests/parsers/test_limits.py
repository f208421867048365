"""Hostile mail: whatever it is, it is answered within bounded work, and it is said what was cut.

How work grows is measured, not how long it takes: twice the input may take little more than twice the time.
"""

import io
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from parsers.attachments import MAX_DOCUMENT, Document, read_document
from parsers.message import Message, parse_message
from parsers.mime import MAX_HEADERS, MAX_LINES, Reading
from parsers.parts import MAX_DOCUMENTS, MAX_PARTS, MAX_TOTAL
from parsers.text import MAX_TEXT
from tests.documents import WORD, docx, paragraph, pdf
from tests.raw_mail import HEAD, html_mail, mail, multipart, part

ROOT = Path(__file__).parents[2]


def seconds(raw: bytes) -> float:
    """Processor time of one parse, the best of three."""
    best = float("inf")
    for _ in range(3):
        begun = time.process_time()
        parse_message(raw)
        best = min(best, time.process_time() - begun)
    return best


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(make, id=name)
        for name, make in {
            "quote marks on a line": lambda n: mail(">" * n),
            "pipes on a line": lambda n: mail("|" * n),
            "spaces on a line": lambda n: mail(" " * n + "x"),
            "words on a line": lambda n: mail("woord " * (n // 6)),
            "underscores on a line": lambda n: mail("_" * n),
            "attributions on a line": lambda n: mail("Op 1 jan 2019 schreef " * (n // 22)),
            "attributions never ended": lambda n: mail("Op 1 jan 2019 schreef jan <\n" * (n // 56)),
            "attributions over lines": lambda n: mail("Op 1 jan 2019\nschreef jan\n" * (n // 56)),
            "header blocks": lambda n: mail("Van: a@b.nl\nDatum: 1 jan 2019\nOnderwerp: x\n\nhallo\n" * (n // 112)),
            "senders and dates": lambda n: mail("Van: a@b.nl\nDatum: 1 jan 2019\n\n" * (n // 64)),
            "headers": lambda n: mail("Van: a@b.nl\n" * (n // 30)),
            "alternating quotes": lambda n: mail("> a\nb\n" * (n // 30)),
            "alternating depths": lambda n: mail("> a\n>> b\n>>> c\nd\n" * (n // 60)),
            "closings": lambda n: mail("Met vriendelijke groet,\nJan\n" * (n // 56)),
            "weak closings": lambda n: mail("Dank\n" * (n // 20)),
            "disclaimers": lambda n: mail("dit bericht is vertrouwelijk en aansprakelijk\n\n" * (n // 47)),
            "signature lines": lambda n: mail("-- \n" * (n // 20)),
            "questions of a form": lambda n: mail(
                "Op 1 jan 2019 schreef x <c@vo-raad.nl>:\n" + "vraag...\nantwoord\n" * (n // 40)
            ),
            "placeholders": lambda n: mail(
                "Op 1 jan 2019 schreef x <c@vo-raad.nl>:\n" + ("onbekend." * 200 + "\n") * (n // 1800)
            ),
            "flowed lines": lambda n: mail("a \n" * (n // 3), "Content-Type: text/plain; format=flowed"),
            "mojibake": lambda n: mail("Ã¶â‚¬Â" * (n // 14)),
            "semicolons": lambda n: mail("x", "Content-Type: text/plain" + ";" * n),
            "open quotes in a parameter": lambda n: mail("x", "Content-Type: text/plain" + ';a="' * (n // 4)),
            "folded header": lambda n: mail("x", "X-Lang: a" + "\r\n b" * (n // 4)),
            "addresses": lambda n: mail("x", "Cc: " + '"a" <a@b.nl>, ' * (n // 14)),
            "open quotes in an address": lambda n: mail("x", "Cc: " + '"\\' * (n // 2)),
            "open brackets in an address": lambda n: mail("x", "Cc: " + "(" * n),
            "encoded words": lambda n: mail("x", subject="=?utf-8?q?a?= " * (n // 14)),
            "html elements in each other": lambda n: html_mail("<div>" * (n // 5) + "x"),
            "html tables in each other": lambda n: html_mail("<table><tr><td>" * (n // 15) + "x"),
            "html quotations in each other": lambda n: html_mail("<blockquote type=cite>a" * (n // 24)),
            "html quotations in a row": lambda n: html_mail("<blockquote type=cite>a</blockquote>b" * (n // 60)),
            "html attributes": lambda n: html_mail("<a " + "".join(f"a{i}=1 " for i in range(n // 8)) + ">x"),
            "html brackets in attributes": lambda n: html_mail(
                "<a " + "".join(f'a{i}=">" ' for i in range(n // 10)) + ">x"
            ),
            "html open comments": lambda n: html_mail("<!--" * (n // 4)),
            "html open tags": lambda n: html_mail("<" * n),
            "html paragraphs": lambda n: html_mail("<p>a" * (n // 40)),
        }.items()
    ],
)
def test_twice_the_input_takes_little_more_than_twice_the_time(make: Callable[[int], bytes]):
    once, twice = (seconds(make(size)) for size in (30_000, 60_000))
    assert twice < 3.2 * once + 0.02


def parsed(raw: bytes) -> Message:
    message = parse_message(raw)
    assert message.truncated
    assert message.defects
    return message


def test_a_body_of_a_million_characters_is_cut_and_it_is_said():
    message = parsed(mail("Wij doen mee met de groep.\n" * 40_000))
    assert len(message.parts[0].text) == MAX_TEXT


def test_a_mail_of_three_thousand_parts_is_cut_and_it_is_said():
    message = parsed(multipart([part("Wij doen mee.")] * 3000))
    assert len(message.content_types) <= MAX_PARTS


def test_thousands_of_attachments_are_cut_and_it_is_said():
    message = parsed(multipart([part("Hoi")] + [part("Naam: Jan", filename="a.txt")] * 2000))
    assert len(message.parts) == MAX_DOCUMENTS + 1


def test_all_texts_together_are_bounded():
    message = parsed(multipart([part("Hoi")] + [part("woord " * 60_000, filename="a.txt")] * 10))
    assert sum(len(found.text) for found in message.parts) == MAX_TOTAL


def test_multiparts_within_multiparts_are_cut_and_it_is_said():
    raw = part("diep")
    for depth in range(200):
        raw = multipart([raw], boundary=f"b{depth}", head=b"")
    parsed(HEAD + raw)


def test_mails_within_mails_are_cut_and_it_is_said():
    raw = mail("diep")
    for _ in range(60):
        raw = HEAD + b"Content-Type: message/rfc822\r\n\r\n" + raw
    parsed(raw)


def test_nesting_that_breaks_the_parser_still_gives_the_words():
    raw = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(5000))
    message = parsed(HEAD + raw + b"\r\nWij doen mee.\r\n")
    assert message.subject == ""
    assert message.from_.address == "j.devries@obsdeklimop.nl"


def test_a_mail_of_line_ends_is_cut_and_it_is_said():
    parsed(mail("\n" * (MAX_LINES + 10)))
    parsed(HEAD + b"\r\n" + b"\r" * (MAX_LINES + 10))


def test_thousands_of_headers_are_cut_and_it_is_said():
    message = parsed(HEAD + b"".join(b"X-Nr-%d: y\r\n" % number for number in range(20_000)) + b"\r\nWij doen mee.\r\n")
    assert len(message.headers) == MAX_HEADERS
    assert message.parts[0].text.strip() == "Wij doen mee."


def bomb(name: str, element: bytes, megabytes: int) -> bytes:
    """A document whose XML unpacks to so many megabytes of one element."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file, file.open(name, "w", force_zip64=True) as inside:
        inside.write(f'<w:document xmlns:w="{WORD}"><w:body>'.encode())
        for _ in range(megabytes):
            inside.write(element * (1_000_000 // len(element)))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "element"),
    [
        ("word/document.xml", b"<w:p><w:r><w:t>aaaa</w:t></w:r></w:p>"),
        ("word/document.xml", b"<w:p/>"),
        ("word/document.xml", b" "),
        ("word/document.xml", b"<w:tbl><w:tr><w:tc>"),
        ("content.xml", b"<text:p>aaaa</text:p>"),
    ],
)
def test_a_zip_bomb_is_stopped_while_it_unpacks(name, element):
    raw = multipart(
        [part("Wij doen mee."), part(bomb(name, element, 50), "application/octet-stream", filename="x.docx")]
    )
    begun = time.process_time()
    message = parsed(raw)
    assert time.process_time() - begun < 5
    assert message.parts[0].text == "Wij doen mee."


def test_many_small_bombs_share_one_budget():
    small = part(bomb("word/document.xml", b"<w:p/>", 9), "application/octet-stream", filename="x.docx")
    begun = time.process_time()
    parsed(multipart([part("Hoi")] + [small] * 20))
    assert time.process_time() - begun < 5


def test_a_pdf_of_many_pages_is_cut_and_it_is_said():
    raw = multipart([part("Hoi"), part(pdf(*["woord"] * 300), "application/pdf", filename="x.pdf")])
    assert any("PDF cut" in defect for defect in parsed(raw).defects)


def test_a_document_too_large_is_not_read():
    reading = Reading()
    data = b"a" * (MAX_DOCUMENT + 1)
    assert read_document(data, filename="x.txt", media_type="text/plain", charset=None, reading=reading) == Document()
    assert reading.truncated


MEMORY = """
import resource, sys
from config.call import load_calls
from parsers.extract import extract
from parsers.extraction import Kind
from parsers.message import parse_message
raw = sys.stdin.buffer.read()
call = load_calls()["ontwikkelgroep"]
extract(parse_message(b"From: a@example.org\\n\\nOBS De Klimop doet graag mee."), call, Kind.APPLICATION)
resource.setrlimit(resource.RLIMIT_AS, (int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize() + 500_000_000,) * 2)
message = parse_message(raw)
extract(message, call)
extract(message, call, Kind.APPLICATION)
print(message.from_.address, message.truncated)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux to bound memory")
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(
            lambda: multipart([part("Hoi"), part(os.urandom(17_000_000), filename="x.bin")]), id="25 MB attached"
        ),
        pytest.param(lambda: mail("a" * 24_000_000), id="25 MB on a line"),
        pytest.param(lambda: mail("\n" * 12_000_000), id="12 million lines"),
        pytest.param(
            lambda: multipart([part(bomb("word/document.xml", b"<w:p/>", 50), filename="x.docx")]), id="zip bomb"
        ),
        pytest.param(
            lambda: html_mail("<table>" + "<tr><td>a<td>b" * 20_000 + "<td>" + "c" * 700_000), id="giant table"
        ),
        pytest.param(lambda: html_mail("<p>a" * 300_000), id="paragraphs"),
        pytest.param(lambda: mail("Wij doen graag mee. " * 50_000), id="a million characters of sentences"),
        pytest.param(
            lambda: mail("Ik ben Jan de Vries van OBS De Klimop in Assen, 06-12345678, j@klimop.nl\n" * 13_000),
            id="13,000 applicants",
        ),
        pytest.param(lambda: mail("1. (\n" * 200_000), id="marks"),
        pytest.param(lambda: multipart([part("Wij doen mee.")] * 3_000), id="3,000 parts"),
    ],
)
def test_five_hundred_megabytes_are_enough(make):
    result = subprocess.run([sys.executable, "-c", MEMORY], input=make(), capture_output=True, cwd=ROOT, check=False)
    assert result.stdout.split()[:1] == [b"j.devries@obsdeklimop.nl"], result.stderr[-500:]


def test_ordinary_mail_meets_no_limit():
    documents = [part(docx(paragraph("woord ") * 500), filename="a.docx"), part(pdf("een", "twee"), filename="b.pdf")]
    message = parse_message(multipart([part("Wij doen mee.\n" * 300), *documents * 3]))
    assert not message.truncated
    assert message.defects == ()
    assert len(message.parts) == 7
