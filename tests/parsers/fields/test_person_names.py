import pytest

from parsers.fields.person_names import display_names, in_address, same_person


@pytest.mark.parametrize(
    ("display", "names"),
    [
        ("Vries, Jan de | OBS De Klimop", ("Jan de Vries",)),
        ("Loon, K. van (Karin) - CBS De Wegwijzer", ("Karin van Loon",)),
        ("GRINSVEN van, A.F.M.", ("A.F.M. van GRINSVEN",)),
        ("De Lichtkring - Wouter van Es", ("Wouter van Es",)),
        ("Directie CBS De Wierde", ()),
        ("Secretariaat", ()),
        ("j.devries@school.nl", ()),
        ("", ()),
    ],
)
def test_display_names_give_the_person(display, names):
    assert display_names(display) == names


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("H. Bouwkamp", "Hilda Bouwkamp", True),
        ("Bouwkamp", "Hilda Bouwkamp", True),
        ("Petra Janssen", "petra janssen-reijnders", True),
        ("Hilda Bouwkamp", "Henk Bouwkamp", False),
        ("Jan de Vries", "Piet de Vries", False),
        ("", "Jan de Vries", False),
    ],
)
def test_two_writings_are_of_one_person_or_not(one, other, same):
    assert same_person(one, other) is same


def test_an_address_shows_a_surname_or_a_first_name():
    assert in_address("Hilda Bouwkamp", "h.bouwkamp@cbsdewierde.nl") == "surname"
    assert in_address("Lobke Franssen", "lobke@mytylschool.nl") == "first"
    assert in_address("Lobke Franssen", "info@mytylschool.nl") == ""
