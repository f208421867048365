import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.clean import one_line, paragraphs, unlink

ANY_TEXT = st.text(st.characters(codec=None), max_size=300)


@given(ANY_TEXT, st.integers(min_value=1, max_value=200))
def test_one_line_is_one_bounded_visible_line_whatever_comes_in(text, limit):
    line = one_line(text, limit)
    assert len(line) <= limit
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b-\u200f]", line)
    assert all(unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"} for character in line)
    assert line.encode("utf-8").decode("utf-8") == line


@given(ANY_TEXT)
def test_paragraphs_hold_no_line_breaks_and_are_bounded_together(text):
    lines = paragraphs(text, 100)
    assert sum(map(len, lines)) <= 100
    assert all(line and "\n" not in line and "\r" not in line for line in lines)


def test_ordinary_dutch_text_stays_as_it_is():
    text = "Wij willen – na 2½ jaar – graag één groep vormen: “samen naar school” (po/vo), kosten € 1.000,-."
    assert one_line(text) == text
    assert unlink(text) == text


def test_text_that_is_turned_around_reads_as_it_is_stored():
    assert one_line("Jan\u202egro.live\u202c de Vries") == "Jangro.live de Vries"


def test_marks_piled_on_one_letter_are_thinned_out():
    assert len(one_line("a" + "\u0336\u0300\u0489" * 50)) <= 5


def test_a_long_text_is_cut_at_a_word_and_says_so():
    assert one_line("een twee drie vier vijf", 20) == "een twee drie vier…"


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.nl/x",
        "http://evil.nl",
        "www.evil.nl",
        "evil.nl",
        "evil.co.uk",
        "jan@evil.nl",
        "ftp://a.b",
        "evil。nl",
        "mailto:jan",
        "javascript:alert",
    ],
)
def test_nothing_is_left_that_a_mail_program_makes_a_link_of(address):
    broken = unlink(f"zie {address} aub")
    assert address not in broken
    assert not re.search(r"\w://|\w[.。]\w|\w@\w|\w:\w", broken)
    assert broken.replace("\u200c", "") == f"zie {address} aub"


@pytest.mark.parametrize(
    "text", ["om 10.30 uur", "€ 1.000", "op 12.05.2026", "Einde. Begin", "om 9:15", "groep 3/4", "@home"]
)
def test_numbers_times_and_sentences_are_not_touched(text):
    assert unlink(text) == text
