"""Transfer encodings, charsets and wrapped lines."""

import pytest

from parsers.charset import decode, mend, printable
from parsers.mime import Reading
from parsers.text import MAX_TEXT, limited, tidied, unflow


@pytest.mark.parametrize(
    ("octets", "charset", "text", "wrong"),
    [
        (b"gewoon", "us-ascii", "gewoon", ""),
        (b"gewoon", None, "gewoon", ""),
        ("één".encode(), "utf-8", "één", ""),
        ("één".encode(), "ISO-8859-1", "één", "utf-8 called ISO-8859-1"),
        ("één €".encode("cp1252"), "iso-8859-1", "één €", ""),
        ("één €".encode("cp1252"), "windows-1252", "één €", ""),
        ("één".encode("cp1252"), "utf-8", "één", "windows-1252 called utf-8"),
        ("één".encode("cp1252"), None, "één", "windows-1252 called nothing"),
        ("één".encode("cp1252"), "x-foo", "één", "unknown charset x-foo"),
        ("één".encode("utf-16"), "utf-16", "één", ""),
        ("één".encode("utf-16-le"), "utf-16le", "één", ""),
        ("één".encode("cp437"), "cp437", "één", ""),
        ("日本語".encode("iso-2022-jp"), "iso-2022-jp", "日本語", ""),
        (
            "één woord met vele letters, zó".encode()[:-1],
            "utf-8",
            "één woord met vele letters, z\ufffd",
            "broken utf-8",
        ),
        (b"\x81\x8d", "latin-1", "\x81\x8d", ""),
        (b"abc", "base64", "abc", "unknown charset base64"),
        (b"abc", "idna", "abc", "unknown charset idna"),
        (b"\xef\xbb\xbfabc", "utf-8", "abc", ""),
    ],
)
def test_octets_are_read_as_what_they_are(octets, charset, text, wrong):
    assert decode(octets, charset) == (text, wrong)


@pytest.mark.parametrize(
    ("spoilt", "right"),
    [
        ("coÃ¶rdinator, Ã©Ã©n â‚¬ â€“ dâ€™r", "coördinator, één € – d’r"),
        ("één €, CAFÉ®, Ã, â", "één €, CAFÉ®, Ã, â"),
        ("ðŸ˜€", "😀"),
    ],
)
def test_utf8_that_was_read_as_windows_1252_is_mended_and_nothing_else(spoilt, right):
    assert mend(spoilt) == right


def test_control_characters_and_lone_surrogates_are_taken_out():
    assert printable("a\x00b\x1bc\td\ne\ud800") == "abc\td\ne?"


def test_letters_with_loose_accents_become_one_character():
    assert printable("e\u0301e\u0301n") == "één"


def test_white_space_is_made_plain():
    assert tidied("a\r\nb\rc\u2028d\xa0e\u200bf\u202fg\xadh") == "a\nb\nc\nd ef gh"


@pytest.mark.parametrize(
    ("flowed", "text"),
    [
        ("een \ntwee\n", "een twee\n"),
        ("een\ntwee", "een\ntwee"),
        ("> een \n> twee\n>> drie \n> vier", "> een twee\n>> drie \n> vier"),
        (" >geen teken", ">geen teken"),
        ("Groet \n-- \nJan \nde Vries", "Groet \n-- \nJan de Vries"),
        ("", ""),
    ],
)
def test_flowed_lines_are_joined_within_one_quote_depth(flowed, text):
    assert unflow(flowed) == text


def test_delsp_takes_the_joining_space_away():
    assert unflow("ontwik \nkelgroep", delsp=True) == "ontwikkelgroep"


def test_a_text_too_long_is_cut_and_it_is_said():
    reading = Reading()
    assert len(limited("a" * (MAX_TEXT + 1), reading)) == MAX_TEXT
    assert reading.truncated
    assert reading.defects
