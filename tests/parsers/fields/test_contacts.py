import time

import pytest

from parsers.fields.contacts import addresses, e164, numbers
from parsers.fields.reading import Voice


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("06 - 48 21 93 07", "+31648219307"),
        ("06.12.34.56.78", "+31612345678"),
        ("030/2512345", "+31302512345"),
        ("(030) 251 23 45", "+31302512345"),
        ("+31 (0)529 46 71 38", "+31529467138"),
        ("0031 20 640 77 15", "+31206407715"),
        ("31 6 12345678", "+31612345678"),
        ("O6-12345678", "+31612345678"),
        ("06_34 88 71 20", "+31634887120"),
        ("06 70 29 13 58", "+31670291358"),
        ("+32 470 12 34 56", "+32470123456"),
        ("+49 171 5520 913", "+491715520913"),
        ("0123 456", ""),
        ("2019-2023", ""),
    ],
)
def test_a_number_is_read_in_any_way_of_writing(written, number):
    assert e164(written) == number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tel. 070 - 325 90 16 / 06 - 2244 1078", ["+31703259016", "+31622441078"]),
        ("0113 76 20 45 / 06 38 11 92 07", ["+31113762045", "+31638119207"]),
        ("bel 0115 61 83 40 toestel 3", ["+31115618340"]),
        ("nummer: 06 48 13\n90 22, op vrijdag", ["+31648139022"]),
        ("06 24118730\n1 omdat wij", ["+31624118730"]),
    ],
)
def test_numbers_are_found_where_they_stand(reading_of, text, found):
    own = next(p for p in reading_of(text).passages if p.voice is Voice.OWN)
    spans = list(numbers(own))
    assert [value for *_, value in spans] == found
    assert all(e164(own.text[start:end]) == value for start, end, value in spans)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("mijn nummer nul zes, dan 5571, dan 2049.", "+31655712049"),
        ("Bel gerust: 0299 dan 40 dan 77 dan 13.", "+31299407713"),
        ("bellen: nul-een-acht-twee, 53 61 09 *", "+31182536109"),
        ("06-22 90 13 (en dan nog) 55", "+31622901355"),
        ("06-nummer: 29 44 10 73 (dat is privé)", "+31629441073"),
        ("Mijn nummer: 06, 43, 19, 80, 02.", "+31643198002"),
        ("Mobiel 06\u201113 90 77 24.", "+31613907724"),
    ],
)
def test_a_number_is_read_as_people_dictate_it(reading_of, text, number):
    own = next(p for p in reading_of(text).passages if p.voice is Voice.OWN)
    assert [value for *_, value in numbers(own)] == [number]


def test_small_numbers_in_a_sentence_are_no_telephone_number(reading_of):
    text = "Wij hebben 01 klas van nul tot zes, twee van acht en 3 van negen, dan nog een van 12 en 14."
    assert not list(numbers(reading_of(text).passages[-1]))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("mail naar J.deVries@School.NL.", "j.devries@school.nl"),
        ("k.hulsink (at) eekhoornraalte (punt) nl", "k.hulsink@eekhoornraalte.nl"),
        ("j.devries [at] school punt nl graag", "j.devries@school.nl"),
        ("jan apenstaartje school.nl", "jan@school.nl"),
        ("jan @ school.nl", "jan@school.nl"),
    ],
)
def test_an_address_is_read_plainly_or_hidden_from_robots(reading_of, text, address):
    own = next(p for p in reading_of(text).passages if p.voice is Voice.OWN)
    assert [value for *_, value in addresses(own)] == [address]


def test_a_hostile_run_of_digits_and_at_signs_takes_linear_time(reading_of):
    started = time.process_time()
    dictated, blanks = "06-12345678 x nul zes 12 34\n" * 7000, "jan (at) klimop " + " " * 50_000 + "x"
    for text in ("0 " * 50_000, "06-" * 40_000, "a.b@" * 40_000, "x (at) " * 20_000, dictated, blanks):
        for passage in reading_of(text).passages:
            list(numbers(passage))
            list(addresses(passage))
    assert time.process_time() - started < 10
