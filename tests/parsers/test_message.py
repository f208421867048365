"""Bytes into a Message: headers, body, attachments, attached mails, and what was wrong."""

from datetime import UTC, datetime

import pytest

from parsers.blocks import BlockKind, Mailbox
from parsers.message import Message, parse_message
from tests.raw_mail import HEAD, html_mail, mail, multipart, part


def body(message: Message) -> str:
    found = message.part("body")
    assert found is not None
    return found.text.strip()


def test_headers_are_read_decoded_and_unfolded():
    message = parse_message(
        mail(
            "Hallo",
            "Date: Thu, 10 Jan 2019 11:42:00 +0100",
            "Message-ID: <een@obsdeklimop.nl>",
            "Reply-To: Marieke Smit <m.smit@obsdeklimop.nl>",
            "Cc: a@school.nl, Bé <B@School.nl>",
            "In-Reply-To: <nul@vo-raad.nl>",
            "References: <min@vo-raad.nl>\r\n <nul@vo-raad.nl>",
            subject="=?utf-8?q?Co=C3=B6rdinatie?=\r\n van de groep",
        )
    )
    assert message.subject == "Coördinatie van de groep"
    assert message.from_ == Mailbox(name="Jan de Vries", address="j.devries@obsdeklimop.nl")
    assert message.reply_to == (Mailbox(name="Marieke Smit", address="m.smit@obsdeklimop.nl"),)
    assert message.cc == (Mailbox(name="", address="a@school.nl"), Mailbox(name="Bé", address="b@school.nl"))
    assert message.date == datetime(2019, 1, 10, 10, 42, tzinfo=UTC)
    assert message.message_id == "<een@obsdeklimop.nl>"
    assert message.in_reply_to == ("<nul@vo-raad.nl>",)
    assert message.references == ("<min@vo-raad.nl>", "<nul@vo-raad.nl>")
    assert message.header("SUBJECT") == "Coördinatie van de groep"


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n", b"\0", b"From", b'From: "', b"Message-ID: <>\r\nDate: \r\n\r\n", b"\xff\xfe"]
)
def test_bytes_that_are_no_mail_still_give_a_message(raw):
    message = parse_message(raw)
    assert message.part("body") is not None
    assert message.content_types


def test_a_mail_without_headers_is_all_text():
    assert body(parse_message(b"\r\nGraag meld ik mij aan.\r\n")) == "Graag meld ik mij aan."


def test_the_plain_part_of_an_alternative_is_read():
    raw = multipart(
        [part("Beste lezer, ik meld ons aan."), part("<p>Beste lezer, ik meld ons aan.</p>", "text/html")],
        "alternative",
    )
    message = parse_message(raw)
    assert body(message) == "Beste lezer, ik meld ons aan."
    assert message.parts[0].from_html is False
    assert message.content_types == ("multipart/alternative", "text/plain", "text/html")


def test_a_stub_of_a_plain_part_yields_to_html():
    html = "<p>" + "Wij doen mee omdat onze scholen gaan samenwonen. " * 4 + "</p>"
    raw = multipart([part("Uw programma toont geen HTML."), part(html, "text/html")], "alternative")
    message = parse_message(raw)
    assert body(message).startswith("Wij doen mee")
    assert message.parts[0].from_html is True


def test_a_table_is_read_from_html_when_the_plain_part_lost_it():
    plain = (
        "Organisatie\n\nObs De Klimop\n\nFunctie\n\nib'er\n\n"
        + "En verder kom ik graag met u in gesprek over dit alles. " * 6
    )
    html = (
        "<table><tr><td>Organisatie</td><td>Obs De Klimop</td></tr><tr><td>Functie</td><td>ib'er</td></tr></table><p>"
        + "En verder kom ik graag met u in gesprek over dit alles. " * 6
    )
    message = parse_message(multipart([part(plain), part(html, "text/html")], "alternative"))
    assert "Functie | ib'er" in body(message)


def test_a_paragraph_cut_into_short_lines_is_read_from_html():
    sentence = (
        "Wij krijgen volgend jaar een groep kinderen van de school voor speciaal onderwijs in huis en zoeken hulp."
    )
    plain = (
        "Wij krijgen volgend jaar een groep kinderen van de school voor speciaal\nonderwijs in huis en zoeken hulp.\n\n"
        * 4
    )
    html = f"<div>{sentence}</div><div><br></div>" * 4
    message = parse_message(multipart([part(plain), part(html, "text/html")], "alternative"))
    assert body(message).splitlines()[0] == sentence


def test_html_that_says_less_than_the_plain_part_is_left():
    plain = "Organisatie: Obs De Klimop\nFunctie: ib'er\n" + "Wij doen graag mee aan de groep.\n" * 20
    html = "<table><tr><td>logo</td><td>school</td></tr></table>"
    assert body(parse_message(multipart([part(plain), part(html, "text/html")], "alternative"))).startswith(
        "Organisatie"
    )


def test_an_attached_document_is_a_part_of_its_own():
    message = parse_message(
        multipart([part("Zie bijlage."), part("Naam: Jan", "text/plain", filename="formulier.txt")])
    )
    assert [(found.name, found.filename, found.text) for found in message.parts] == [
        ("body", "", "Zie bijlage."),
        ("attachment:1", "formulier.txt", "Naam: Jan"),
    ]
    assert message.blocks[-1].kind is BlockKind.ATTACHMENT


def test_what_holds_no_text_is_named_as_unread():
    raw = multipart(
        [
            part("Hoi"),
            part(b"\x89PNG\r\n", "image/png", filename="logo.png"),
            part(b"x\x9f>\x22", "application/ms-tnef", filename="winmail.dat"),
        ]
    )
    assert parse_message(raw).unread == ("logo.png", "winmail.dat")


def test_an_attached_mail_is_forwarded_and_knows_its_author():
    inner = b"From: Piet Prins <p.prins@debrug.nl>\r\nSubject: Opgave\r\n\r\nIk doe mee.\r\n\r\nGroet,\r\nPiet\r\n"
    message = parse_message(multipart([part("Zie bijgevoegd."), b"Content-Type: message/rfc822\r\n\r\n" + inner]))
    attached = message.part("mail:1")
    assert attached is not None
    assert attached.filename == "Opgave"
    kinds = [(block.kind, block.level, block.author) for block in message.blocks if block.part == "mail:1"]
    piet = Mailbox(name="Piet Prins", address="p.prins@debrug.nl")
    assert kinds == [(BlockKind.FORWARDED, 1, piet), (BlockKind.SIGNATURE, 1, piet)]


def test_an_attachment_of_an_attached_mail_carries_its_name():
    inner = multipart([part("Zie mijn bijlage."), part("Naam: Piet", filename="p.txt")], boundary="binnen")
    message = parse_message(multipart([part("Voor u."), b"Content-Type: message/rfc822\r\n\r\n" + inner]))
    assert [found.name for found in message.parts] == ["body", "mail:1", "mail:1/attachment:1"]
    assert message.blocks[-1].level == 1


def test_a_mail_attached_as_a_file_is_read_as_a_mail():
    inner = b"From: Piet Prins <p.prins@debrug.nl>\r\nSubject: Opgave\r\nDate: Thu, 10 Jan 2019 11:42:00 +0100\r\n\r\nIk doe mee.\r\n"
    message = parse_message(multipart([part("Zie."), part(inner, "application/octet-stream", filename="opgave.eml")]))
    assert [found.name for found in message.parts] == ["body", "mail:1"]


def test_a_mail_of_ours_that_is_attached_is_quoted():
    inner = b"From: Steunpunt <steunpunt@vo-raad.nl>\r\nSubject: Ontvangen\r\n\r\nWij noteerden uw gegevens.\r\n"
    message = parse_message(multipart([part("Zie uw mail."), b"Content-Type: message/rfc822\r\n\r\n" + inner]))
    assert [block.kind for block in message.blocks if block.part == "mail:1"] == [BlockKind.QUOTED]


@pytest.mark.parametrize(
    ("octets", "header"),
    [
        ("coördinator, één".encode("cp1252"), "us-ascii"),
        ("coördinator, één".encode("cp1252"), "iso-8859-1"),
        ("coördinator, één".encode("cp1252"), "x-unbekannt"),
        ("coördinator, één".encode(), "iso-8859-1"),
        ("coördinator, één".encode(), "us-ascii"),
        ("coördinator, één".encode().decode("cp1252").encode(), "utf-8"),
    ],
)
def test_a_wrong_charset_label_does_not_spoil_the_words(octets, header):
    assert body(parse_message(mail(octets, f"Content-Type: text/plain; charset={header}"))) == "coördinator, één"


def test_a_mail_without_a_charset_is_read_as_what_it_is():
    raw = HEAD + b"Subject: x\r\n\r\n" + "groep 3 – één €".encode("cp1252")
    assert body(parse_message(raw)) == "groep 3 – één €"


def test_broken_base64_gives_what_can_be_read():
    raw = mail(b"SGFsbG8sIGlrIG1lbGQgbWlqIGFhbi4*", "Content-Type: text/plain", "Content-Transfer-Encoding: base64")
    assert body(parse_message(raw)).startswith("Hallo, ik meld mij aan")


def test_flowed_lines_are_joined_again():
    raw = mail(
        "Wij doen graag mee met de groep \nvoor het po.\n\n> Wilt u de vragen \n> beantwoorden?\n\nGroet,\nJan\n",
        "Content-Type: text/plain; charset=utf-8; format=flowed",
    )
    text = body(parse_message(raw))
    assert "Wij doen graag mee met de groep voor het po." in text
    assert "> Wilt u de vragen beantwoorden?" in text


def test_a_mail_in_html_alone_is_rendered():
    message = parse_message(html_mail("<p>Beste lezer,</p><p>Wij doen <b>mee</b>.</p>"))
    assert body(message) == "Beste lezer,\n\nWij doen mee."
    assert message.content_type == "text/html"


def test_nothing_of_a_mail_is_logged(caplog):
    caplog.set_level("DEBUG")
    parse_message(
        multipart([part("x"), part("BEGIN:VCALENDAR", "text/calendar")], head=HEAD + b"X-A: =?utf-8?q?=ZZ?= Jan\r\n")
    )
    assert caplog.records == []


def test_words_joins_the_blocks_of_some_kinds():
    message = parse_message(mail("Wij doen mee.\n\nGroet,\nJan de Vries\n"))
    assert message.words(BlockKind.OWN).strip() == "Wij doen mee."
    assert "Jan de Vries" in message.words(BlockKind.SIGNATURE)
