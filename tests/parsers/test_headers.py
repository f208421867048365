"""Headers as real mail has them."""

import pytest

from parsers.headers import date_of, decoded, mailboxes, message_ids


@pytest.mark.parametrize(
    ("raw", "boxes"),
    [
        ("Vries, Jan de | OBS De Klimop <j@klimop.nl>", [("Vries, Jan de | OBS De Klimop", "j@klimop.nl")]),
        ('"Vries, Jan de" <j@klimop.nl>', [("Vries, Jan de", "j@klimop.nl")]),
        ("Loon, K. van (Karin) - CBS De Weg <d@w.nl>", [("Loon, K. van (Karin) - CBS De Weg", "d@w.nl")]),
        ("=?utf-8?q?Vries=2C_Jan?= <a@b.nl>, x@y.nl", [("Vries, Jan", "a@b.nl"), ("", "x@y.nl")]),
        ("jan@x.nl (Jan de Vries)", [("Jan de Vries", "jan@x.nl")]),
        ("Jan de Vries", [("Jan de Vries", "")]),
        ("jan@x.nl <jan@x.nl>", [("", "jan@x.nl")]),
        ("'jan@x.nl' <jan@x.nl>", [("", "jan@x.nl")]),
        ('"info@x.nl" <piet@y.nl>', [("info@x.nl", "piet@y.nl")]),
        ("jan@x.nl, piet@y.nl; klaas@z.nl", [("", "jan@x.nl"), ("", "piet@y.nl"), ("", "klaas@z.nl")]),
        ("undisclosed-recipients:;", []),
        ("Groep: a@b.nl, c@d.nl;", [("", "a@b.nl"), ("", "c@d.nl")]),
        ("Jan [mailto:Jan@X.nl]", [("Jan", "jan@x.nl")]),
        ("Jan <jan@x.nl", [("Jan", "jan@x.nl")]),
        ('"Jan \\"J\\" de Vries" <jan@x.nl>', [('Jan "J" de Vries', "jan@x.nl")]),
        ("Jan @ OBS De Klimop <j@x.nl>", [("Jan @ OBS De Klimop", "j@x.nl")]),
        ("J\udcf6rg <j@x.nl>", [("Jörg", "j@x.nl")]),
        ("a@[", [("a@[", "")]),
        ("a:;b", [("a:;b", "")]),
        ("<>", []),
        (",,;", []),
        ("", []),
    ],
)
def test_mailboxes_keep_names_as_they_stand(raw, boxes):
    assert [(box.name, box.address) for box in mailboxes(raw)] == boxes


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("=?utf-8?b?w6nDqW4=?=", "één"),
        ("=?utf-8?B?w6?==?utf-8?B?qQ==?=", "é"),
        ("=?utf-8?q?een?=\r\n =?utf-8?q?_twee?=", "een twee"),
        ("=?windows-1252?q?=80_10?= en =?utf-8?q?=E2=82=AC?=", "€ 10 en €"),
        ("=?iso-8859-1*nl?q?=E9?=", "é"),
        ("=?x-onbekend?q?abc?=", "abc"),
        ("=?utf-8?q?kapot", "=?utf-8?q?kapot"),
        ("gewoon\r\n\tgevouwen", "gewoon gevouwen"),
        ("c\udce9", "cé"),
        ("a\x00b\r\nc", "ab c"),
    ],
)
def test_header_text_is_decoded_and_unfolded(raw, text):
    assert decoded(raw) == text


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "gisteren",
        "Mon, 99 Foo 2019",
        "Thu, 10 Jan 99999 00:00:00 +0000",
        "\x00",
        "Thu, 10 Jan 2019 11:42:00 +9999999",
    ],
)
def test_a_date_that_cannot_be_read_is_none(raw):
    assert date_of(raw) is None


def test_a_date_without_a_zone_is_aware_all_the_same():
    date = date_of("Thu, 10 Jan 2019 11:42:00")
    assert date is not None
    assert date.tzinfo is not None


def test_message_ids_are_found_among_anything():
    assert message_ids("uw bericht <a@b> van\r\n <c@d>, <>") == ("<a@b>", "<c@d>")
