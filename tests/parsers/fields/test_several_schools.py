"""A mail for several schools: who they are, and what belongs to each."""

import time

import pytest

from parsers.fields.applicants import shows
from tests.parsers.fields.test_deciding import values

HERE = "Anna Kuipers <a.kuipers@obsdewilg.nl>"
MINE_AND_HERS = """Beste Marloes,

Twee scholen, één mail. Ik ben Anna Kuipers, directeur van obs De Wilg in Assen. Samen met Joke Tamminga, teamleider van \
so De Beuk in Rolde (j.tamminga@sodebeuk.nl), schrijf ik deze mail. Bel haar op 0592 41 22 33 en mij op 06 12 34 56 78.
"""
BOTH_HERS = """Ik ben directeur van twee scholen en geef ze allebei op.

De eerste is basisschool De Wilg in Assen. De tweede is sbo De Beuk in Rolde.

Voor beide scholen ben ik te bereiken op 06 12 34 56 78.
"""
ROWS = """Twee aanmeldingen:

{first} | {second}
Contact | Anna Kuipers | Joke Tamminga
Mail | a.kuipers@obsdewilg.nl | j.tamminga@sodebeuk.nl
Telefoon | 0592 41 22 33 | 06 12 34 56 78
"""
PASSED_ON = """Namens twee van onze scholen, zelf doen wij niet mee.

obs De Wilg, Assen: Anna Kuipers, directeur, a.kuipers@obsdewilg.nl, 0592 41 22 33
so De Beuk, Rolde: Joke Tamminga, teamleider, j.tamminga@sodebeuk.nl, 06 12 34 56 78

Roel Ottens
bestuurssecretaris van Stichting Noordkring
0592 99 00 11
"""
PARTNER = """Ik meld onze school aan, obs De Wilg in Assen. Wij werken samen op twee scholen met so De Beuk, waar Joke Tamminga, \
teamleider, j.tamminga@sodebeuk.nl, mijn vraagbaak is. {more}

Anna Kuipers, directeur, 06 12 34 56 78
"""


def test_a_number_is_that_of_the_person_named_last_before_it(decide):
    first, second = (values(one) for one in decide(MINE_AND_HERS, sender=HERE))
    assert (first["name"], first["phone"]) == ("Anna Kuipers", "+31612345678")
    assert (second["name"], second["phone"]) == ("Joke Tamminga", "+31592412233")


def test_one_person_can_sign_up_two_schools(decide):
    found = [values(one) for one in decide(BOTH_HERS, sender=HERE)]
    assert [one["organisation"] for one in found] == ["basisschool De Wilg", "sbo De Beuk"]
    assert [one["phone"] for one in found] == ["+31612345678"] * 2


def test_the_head_of_a_table_names_the_schools_of_its_columns(decide):
    found = decide(ROWS.format(first="obs De Wilg", second="so De Beuk"), sender=HERE)
    assert [values(one)["name"] for one in found] == ["Anna Kuipers", "Joke Tamminga"]


def test_who_only_passes_two_schools_on_is_no_applicant(decide):
    found = [values(one) for one in decide(PASSED_ON, sender="Roel Ottens <r.ottens@noordkring.nl>")]
    assert [one["name"] for one in found] == ["Anna Kuipers", "Joke Tamminga"]
    assert "+31592990011" not in [one["phone"] for one in found]


@pytest.mark.parametrize("more", ["Zij doen niet mee.", "De Beuk doet zelf niet mee."])
def test_a_partner_that_does_not_take_part_is_no_applicant(decide, more):
    found = decide(PARTNER.format(more=more), sender=HERE)
    assert [values(one)["organisation"] for one in found] == ["obs De Wilg"]


@pytest.mark.parametrize(
    ("name", "address", "shown"),
    [
        ("Anna Kuipers", "a.kuipers@obsdewilg.nl", True),
        ("Anna Kuipers", "kuipers@obsdewilg.nl", True),
        ("Anna Kuipers", "joke.kuipers@obsdewilg.nl", False),
        ("Anna Kuipers", ".kuipers@obsdewilg.nl", False),
    ],
)
def test_an_address_shows_a_name_but_not_with_anothers_initial(name, address, shown):
    assert shows(name, address) is shown


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("De Wilg en De Beuk, " * 4000, id="schools"),
        pytest.param("obs De Wilg.\nAnna Kuipers, " * 4000, id="schools and people"),
        pytest.param("a | b | c\n" * 8000, id="rows"),
        pytest.param(PASSED_ON + "a|b|" + " " * 50_000 + "|x\n", id="blanks in a row"),
        pytest.param(PASSED_ON + ("#%" * 35 + "\n") * 2800, id="lines without words"),
    ],
)
def test_a_long_row_of_schools_is_read_within_seconds(decide, text):
    started = time.process_time()
    assert decide("Twee scholen. " + text, sender=HERE)
    assert time.process_time() - started < 6
